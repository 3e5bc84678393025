//! Makes sure that a Stripe CLI is there which devtool supports.

use std::path::PathBuf;
use std::time::Duration;

use semver::Version;

use super::download::Downloader;
use super::error;
use super::install::{self, Lock, Tried, Verified};
use super::program::OLDEST;
use super::release::{Host, Releases};
use super::verify::Checksum;
use super::{InstallDir, Program, find, npm};
use crate::config::file::ProjectMirror;
use crate::error::{Error, Kind, Result};

/// Where the Stripe CLI is installed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallSource {
    /// A release, or npm where its host cannot be reached.
    Any,
    /// A release.
    Release,
    /// The user's npm.
    Npm,
    /// An archive that the user has, with its checksum.
    Archive(PathBuf, Checksum),
}

/// What counts as being there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// A supported Stripe CLI anywhere.
    Kept,
    /// A supported one in the place that is installed to (`--dir`).
    KeptInPlace,
    /// None: it is installed anew (`--force`).
    Replaced,
}

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct SetupJob {
    /// Where from.
    pub source: InstallSource,
    /// Which version; the latest where none is named.
    pub version: Option<Version>,
    /// What counts as being there already.
    pub existing: Existing,
    /// Where to.
    pub place: InstallDir,
    /// Who has the releases.
    pub releases: Releases,
    /// How long a server may say nothing.
    pub time_limit: Duration,
    /// The user's token for GitHub.
    pub token: Option<String>,
    /// Whether the network may be used.
    pub network: Network,
}

/// Whether the network may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// It may.
    Online,
    /// It may not (`--offline`).
    Offline,
}

/// How far a setup is.
#[derive(Debug)]
pub enum Stage<'a> {
    /// A Stripe CLI was found that will do.
    Found(&'a Program),
    /// One was found that will not do.
    TooOld(&'a Program),
    /// None was found.
    NotFound,
    /// Another installation is under way, and waited for.
    Waiting,
    /// The latest version is asked for.
    Asking {
        /// Who is asked.
        host: &'a str,
    },
    /// A file is being downloaded.
    Downloading {
        /// Its name.
        asset: &'a str,
        /// Who has it.
        host: &'a str,
        /// Bytes so far.
        received: u64,
        /// Bytes in all, where the server said so.
        total: Option<u64>,
    },
    /// The releases cannot be reached, so npm is asked.
    Instead(&'a Error),
    /// npm is at work.
    Npm,
    /// It was installed.
    Installed(&'a Program),
}

/// Is told how far a setup is.
pub type OnStage<'w> = &'w mut dyn FnMut(Stage<'_>);

/// What a setup does only if the user agrees.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// A mirror that the project names is to be used: what comes from it is run.
    Mirror(&'a ProjectMirror),
    /// An older version is to take the place of a newer one, though none was named.
    GoBack {
        /// The version in the place.
        from: &'a Version,
        /// The version that is the latest where it is installed from.
        to: &'a Version,
    },
}

/// Asks the user; where there is nobody to ask, the answer is no.
pub type Ask<'a> = &'a mut dyn FnMut(Question<'_>) -> bool;

/// Finds a Stripe CLI that will do, or installs one; returns it.
///
/// # Errors
/// None is there and none can be installed.
pub async fn run(job: &SetupJob, watch: OnStage<'_>, ask: Ask<'_>) -> Result<Program> {
    check_version(job)?;
    if let Some(program) = existing(job, watch).await {
        watch(Stage::Found(&program));
        return Ok(program);
    }
    let is_local = matches!(job.source, InstallSource::Archive(..));
    if job.network == Network::Offline && !is_local {
        return Err(error::missing());
    }
    let lock = job.place.lock(&mut || watch(Stage::Waiting)).await?;
    // Another setup may just have done it.
    if let Some(program) = existing(job, &mut |_| {}).await {
        return Ok(program);
    }
    let program = install(job, &lock, watch, ask).await?;
    watch(Stage::Installed(&program));
    Ok(program)
}

fn check_version(job: &SetupJob) -> Result<()> {
    match &job.version {
        Some(version) if *version < OLDEST => {
            let message = format!(
                "cannot set up Stripe CLI {version}: the oldest supported version is {OLDEST}"
            );
            Err(Error::new(Kind::Usage, message))
        }
        _ => Ok(()),
    }
}

/// The first Stripe CLI that is supported, and is the version that was asked for. An archive that the
/// user names is always installed.
async fn existing(job: &SetupJob, watch: OnStage<'_>) -> Option<Program> {
    let is_named = matches!(job.source, InstallSource::Archive(..));
    let programs: Vec<Program> = match job.existing {
        Existing::Replaced => return None,
        _ if is_named => return None,
        Existing::Kept => find::programs(&job.place).await,
        Existing::KeptInPlace => job.place.installed().await.into_iter().collect(),
    };
    if programs.is_empty() {
        watch(Stage::NotFound);
    }
    for program in programs {
        let is_wanted = job.version.as_ref().is_none_or(|wanted| program.version == *wanted);
        if !program.is_supported() {
            watch(Stage::TooOld(&program));
        } else if is_wanted {
            return Some(program);
        }
    }
    None
}

async fn install(job: &SetupJob, lock: &Lock, watch: OnStage<'_>, ask: Ask<'_>) -> Result<Program> {
    let tried = match &job.source {
        InstallSource::Archive(file, checksum) => {
            let verified = job.place.take(file, *checksum, job.version.clone(), lock)?;
            job.place.try_out(verified, lock).await?
        }
        InstallSource::Npm => from_npm(job, lock, watch, ask).await?,
        InstallSource::Release => from_release(job, lock, watch, ask).await?,
        InstallSource::Any => match from_release(job, lock, watch, ask).await {
            // Whoever names a mirror wants nothing from elsewhere.
            Err(error)
                if error.kind() == Kind::Unreachable
                    && job.releases == Releases::Of(Host::GitHub)
                    && npm::find().is_some() =>
            {
                watch(Stage::Instead(&error));
                from_npm(job, lock, watch, ask).await?
            }
            outcome => outcome?,
        },
    };
    Ok(job.place.put(tried, lock)?.0)
}

async fn from_release(
    job: &SetupJob,
    lock: &Lock,
    watch: OnStage<'_>,
    ask: Ask<'_>,
) -> Result<Tried> {
    let host = job.releases.agreed(&mut |mirror| ask(Question::Mirror(mirror)))?;
    let verified = download(job, &host, lock, watch, ask).await?;
    job.place.try_out(verified, lock).await
}

async fn download(
    job: &SetupJob,
    host: &Host,
    lock: &Lock,
    watch: OnStage<'_>,
    ask: Ask<'_>,
) -> Result<Verified> {
    let downloader = Downloader::new(job.time_limit, job.token.clone())?;
    let name = host.name();
    let version = if let Some(version) = &job.version {
        version.clone()
    } else {
        watch(Stage::Asking { host: &name });
        let latest = host.latest(&downloader).await?;
        install::supported(&latest)?;
        may_go_back(job, &latest, ask).await?;
        latest
    };
    let located = host.locate(version, job.place.platform());
    let (asset, host) = (located.asset.as_str(), name.as_str());
    let mut progress = |received, total| watch(Stage::Downloading { asset, host, received, total });
    job.place.fetch(&located, &downloader, &mut progress, lock).await
}

/// A version that nobody has named takes the place of a newer one only if the user agrees.
async fn may_go_back(job: &SetupJob, to: &Version, ask: Ask<'_>) -> Result<()> {
    let installed = job.place.installed().await;
    let Some(from) = installed.map(|program| program.version).filter(|from| from > to) else {
        return Ok(());
    };
    if job.version.is_some() || ask(Question::GoBack { from: &from, to }) {
        return Ok(());
    }
    let message =
        format!("Stripe CLI {to} is not installed: it is older than {from}, which is installed");
    Err(Error::new(Kind::Usage, message)
        .hinted(format!("`devtool setup --force --version {to}` goes back to it")))
}

async fn from_npm(job: &SetupJob, lock: &Lock, watch: OnStage<'_>, ask: Ask<'_>) -> Result<Tried> {
    let client = npm::find();
    let client = client.ok_or_else(|| error::npm("there is no npm"))?;
    watch(Stage::Npm);
    let scratch = job.place.scratch(lock)?;
    let (version, platform) = (job.version.as_ref(), job.place.platform());
    let program = npm::install(&client, scratch.path(), version, platform).await?;
    let verified = job.place.adopt(&program, "@stripe/cli", job.version.clone(), lock)?;
    let tried = job.place.try_out(verified, lock).await?;
    may_go_back(job, &tried.version, ask).await?;
    Ok(tried)
}

/// What `--check` found.
#[derive(Debug)]
pub struct SetupCheck {
    /// The Stripe CLI that would be used.
    pub installed: Option<Program>,
    /// The latest version, or why it is not known; `None` where it was not asked for.
    pub latest: Option<Result<Version>>,
}

impl SetupCheck {
    /// The error of an installation that will not do.
    ///
    /// # Errors
    /// The Stripe CLI is missing or too old.
    pub fn outcome(&self) -> Result<()> {
        match &self.installed {
            None => Err(error::missing()),
            Some(program) => program.clone().supported().map(|_| ()),
        }
    }
}

/// Looks at what is installed and what is the latest; changes nothing and asks nothing.
///
/// # Errors
/// The system gives no TLS.
pub async fn check(job: &SetupJob) -> Result<SetupCheck> {
    let installed = find::choose(&job.place).await;
    let latest = match job.network {
        Network::Offline => None,
        Network::Online => {
            let downloader = Downloader::new(job.time_limit, job.token.clone())?;
            Some(match job.releases.agreed(&mut |_| false) {
                Ok(host) => host.latest(&downloader).await,
                Err(error) => Err(error),
            })
        }
    };
    Ok(SetupCheck { installed, latest })
}
