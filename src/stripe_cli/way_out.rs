//! What to do where an installation has failed: never what was just tried.

use semver::Version;

use super::npm;
use super::platform::Platform;
use super::release::{Host, Releases};
use crate::error::{Error, Kind};
use crate::text::command_line::CommandLine;

/// Where releases are to be had with a browser.
const RELEASES: &str = "https://github.com/stripe/stripe-cli/releases";

/// What is to be installed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sought<'s> {
    /// The machine.
    pub platform: Platform,
    /// The version, where one is named.
    pub version: Option<&'s Version>,
    /// Who has the releases.
    pub releases: &'s Releases,
}

/// The error where nothing will do that is there, and nothing may be downloaded.
pub(super) fn offline(sought: Sought<'_>) -> Error {
    let what = match sought.version {
        Some(version) => format!("Stripe CLI {version} is not installed"),
        None => "no supported Stripe CLI is installed".to_owned(),
    };
    Error::new(Kind::StripeMissing, format!("{what}, and `--offline` downloads nothing"))
        .hinted(by_hand(sought))
}

/// The error of a release that cannot be had, with other ways.
pub(super) fn of_release(error: Error, sought: Sought<'_>) -> Error {
    let from_npm = format!("install it by npm:\n{}", setup_from("npm", sought));
    match (sought.releases, npm::find()) {
        _ if !is_about_the_way(&error) => error,
        (Releases::Of(Host::GitHub), Some(_)) => hinted(error, &from_npm, sought),
        (Releases::Of(Host::GitHub), None) => {
            hinted(error, "check the network and HTTPS_PROXY", sought)
        }
        (Releases::Of(Host::Mirror(_)) | Releases::Proposed(_), _) => {
            hinted(error, "check the mirror's URL and the network", sought)
        }
    }
}

/// The error of an npm that has failed, with other ways.
pub(super) fn of_npm(error: Error, sought: Sought<'_>) -> Error {
    if error.hint().is_some() {
        error
    } else {
        let from_github = format!("install it without npm:\n{}", setup_from("github", sought));
        hinted(error, &from_github, sought)
    }
}

/// The error of an npm that has failed after the releases could not be had.
pub(super) fn of_both(error: Error, sought: Sought<'_>) -> Error {
    if !is_about_the_way(&error) {
        return error;
    }
    hinted(error, "check the network and HTTPS_PROXY", sought)
}

/// Whether another way may have what this one does not.
fn is_about_the_way(error: &Error) -> bool {
    let is_one = matches!(error.kind(), Kind::Unreachable | Kind::NotFound | Kind::StripeCli);
    is_one && error.hint().is_none()
}

fn hinted(error: Error, first: &str, sought: Sought<'_>) -> Error {
    let between = if first.contains('\n') { "\n" } else { "; " };
    error.hinted(format!("{first}{between}or {}", by_hand(sought)))
}

/// The command that installs the same from another source.
fn setup_from(source: &str, sought: Sought<'_>) -> CommandLine {
    let command = CommandLine::new("setup").with("--from", source);
    match sought.version {
        Some(version) => command.with("--version", version.to_string()),
        None => command,
    }
}

/// How to install without devtool's own download.
fn by_hand(sought: Sought<'_>) -> String {
    let (archive, list) = files(sought.platform, sought.version);
    format!(
        "download {archive} and {list} from {RELEASES}, on another machine if need be, and install the archive:\n\
         devtool setup --from FILE"
    )
}

/// The archive and the list of checksums.
fn files(platform: Platform, version: Option<&Version>) -> (String, &'static str) {
    let archive = match version {
        Some(version) => platform.asset(version),
        None => platform.asset(&Version::new(0, 0, 0)).replace("0.0.0", "X.Y.Z"),
    };
    (archive, platform.checksums())
}
