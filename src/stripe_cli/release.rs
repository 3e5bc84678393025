//! Where a release of the Stripe CLI is to be had.

use semver::Version;
use serde::Deserialize;

use super::download::{Downloader, shown};
use super::error;
use super::platform::Platform;
use crate::config::file::ProjectMirror;
use crate::error::{Error, Kind, Result};

/// Where GitHub answers which release is the latest.
const GITHUB_API: &str = "https://api.github.com/repos/stripe/stripe-cli";
/// Where GitHub has the releases' files.
const GITHUB: &str = "https://github.com/stripe/stripe-cli";

/// A place that has releases: GitHub, or a mirror with the same paths below its URL
/// (`releases/latest`, `releases/download/vX.Y.Z/FILE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// GitHub itself.
    GitHub,
    /// A company's mirror.
    Mirror(String),
}

/// Who is to have the releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Releases {
    /// Devtool's own choice or the user's.
    Of(Host),
    /// A project's choice, which the user has to agree to.
    Proposed(ProjectMirror),
}

impl Releases {
    /// Those of the mirror that the user names; else of the one that the project names; else GitHub's.
    pub fn of(users: Option<String>, projects: Option<ProjectMirror>) -> Self {
        match (users, projects) {
            (Some(url), _) => Self::Of(Host::Mirror(url)),
            (None, Some(mirror)) => Self::Proposed(mirror),
            (None, None) => Self::Of(Host::GitHub),
        }
    }

    /// The host, where nobody has to be asked.
    pub fn trusted(&self) -> Option<&Host> {
        match self {
            Self::Of(host) => Some(host),
            Self::Proposed(_) => None,
        }
    }

    /// The host, if the user agrees to a project's.
    ///
    /// # Errors
    /// The user does not.
    pub fn agreed(&self, agrees: &mut dyn FnMut(&ProjectMirror) -> bool) -> Result<Host> {
        match self {
            Self::Of(host) => Ok(host.clone()),
            Self::Proposed(mirror) if agrees(mirror) => Ok(Host::Mirror(mirror.url.clone())),
            Self::Proposed(mirror) => Err(untrusted(mirror)),
        }
    }
}

fn untrusted(mirror: &ProjectMirror) -> Error {
    let (file, line) = (mirror.file.display(), mirror.line);
    let message = format!(
        "{file} line {line} names the mirror {}, which is not used unasked",
        shown(&mirror.url)
    );
    Error::new(Kind::Config, message).hinted(
        "if you trust it, name it yourself, here or in DEVTOOL_MIRROR:\ndevtool setup --mirror URL",
    )
}

/// A release's archive and its list of checksums, both still where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The release.
    pub version: Version,
    /// The archive's name.
    pub asset: String,
    /// The archive's URL.
    pub url: String,
    /// The URL of the list of checksums.
    pub checksums_url: String,
}

#[derive(Deserialize)]
struct Release {
    tag_name: String,
}

impl Host {
    /// The host's name, for a reader.
    pub fn name(&self) -> String {
        match self {
            Self::GitHub => "github.com".to_owned(),
            Self::Mirror(url) => shown(url),
        }
    }

    /// Asks for the latest release's version.
    ///
    /// # Errors
    /// The host cannot be reached, limits the rate, or answers something else.
    pub async fn latest(&self, downloader: &Downloader) -> Result<Version> {
        let base = match self {
            Self::GitHub => GITHUB_API,
            Self::Mirror(url) => url.trim_end_matches('/'),
        };
        let url = format!("{base}/releases/latest");
        let text = downloader.text(&url).await?;
        let release: Option<Release> = serde_json::from_str(&text).ok();
        let version = release.and_then(|r| r.tag_name.trim_start_matches('v').parse().ok());
        let unnamed = "it names no release (`tag_name`)";
        version.ok_or_else(|| error::download(&shown(&url), unnamed))
    }

    /// Where the archive of a release is for a platform.
    pub fn locate(&self, version: Version, platform: Platform) -> Located {
        let base = match self {
            Self::GitHub => GITHUB,
            Self::Mirror(url) => url.trim_end_matches('/'),
        };
        let folder = format!("{base}/releases/download/v{version}");
        let asset = platform.asset(&version);
        Located {
            url: format!("{folder}/{asset}"),
            checksums_url: format!("{folder}/{}", platform.checksums()),
            asset,
            version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_has_githubs_paths() {
        let platform = Platform::of("linux", "x86_64").unwrap();
        let located = Host::Mirror("https://m.example/stripe/".to_owned())
            .locate(Version::new(1, 52, 0), platform);
        let folder = "https://m.example/stripe/releases/download/v1.52.0";
        assert_eq!(located.url, format!("{folder}/stripe_1.52.0_linux_x86_64.tar.gz"));
        assert_eq!(located.checksums_url, format!("{folder}/stripe-linux-checksums.txt"));
    }
}
