//! Makes sure that a Stripe CLI is there which devtool supports.

use std::path::PathBuf;
use std::time::Duration;

use semver::Version;

use crate::error::{Error, Result};
use crate::stripe_cli::download::Downloader;
use crate::stripe_cli::install::Lock;
use crate::stripe_cli::program::OLDEST;
use crate::stripe_cli::release::Host;
use crate::stripe_cli::verify::Checksum;
use crate::stripe_cli::{Place, Program, find, npm};

/// Where the Stripe CLI is installed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
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
    /// None: it is installed anew (`--force`).
    Replaced,
}

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct SetupJob {
    /// Where from.
    pub source: Source,
    /// Which version; the latest where none is named.
    pub version: Option<Version>,
    /// What counts as being there already.
    pub existing: Existing,
    /// Where to.
    pub place: Place,
    /// Who has the releases.
    pub host: Host,
    /// How long a server may say nothing.
    pub patience: Duration,
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
    /// A file is being downloaded.
    Downloading {
        /// Its name.
        asset: &'a str,
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
pub type Watch<'w> = &'w mut dyn FnMut(Stage<'_>);

/// Finds a Stripe CLI that will do, or installs one; returns it.
///
/// # Errors
/// None is there and none can be installed.
pub async fn run(job: &SetupJob, watch: Watch<'_>) -> Result<Program> {
    if job.existing == Existing::Kept
        && let Some(program) = existing(job, watch)
    {
        watch(Stage::Found(&program));
        return Ok(program);
    }
    let is_local = matches!(job.source, Source::Archive(..));
    if job.network == Network::Offline && !is_local {
        return Err(Error::StripeMissing);
    }
    let lock = job.place.lock()?;
    let program = install(job, &lock, watch).await?;
    watch(Stage::Installed(&program));
    Ok(program)
}

/// The first Stripe CLI that is supported, and is the version that was asked for.
fn existing(job: &SetupJob, watch: Watch<'_>) -> Option<Program> {
    let mut candidates = candidates(&job.place).peekable();
    if candidates.peek().is_none() {
        watch(Stage::NotFound);
    }
    for program in candidates {
        let is_wanted = job.version.as_ref().is_none_or(|wanted| program.version == *wanted);
        if !program.is_supported() {
            watch(Stage::TooOld(&program));
        } else if is_wanted {
            return Some(program);
        }
    }
    None
}

/// The programs that run at all.
fn candidates(place: &Place) -> impl Iterator<Item = Program> {
    let own = place.program();
    find::all(place).into_iter().filter_map(move |path| {
        if path == own { place.installed() } else { Program::at(&path).ok() }
    })
}

async fn install(job: &SetupJob, lock: &Lock, watch: Watch<'_>) -> Result<Program> {
    match &job.source {
        Source::Archive(file, checksum) => {
            let verified = job.place.take(file, *checksum, lock)?;
            Ok(job.place.install(verified, lock)?.0)
        }
        Source::Npm => from_npm(job, lock, watch),
        Source::Release => from_release(job, lock, watch).await,
        Source::Any => match from_release(job, lock, watch).await {
            Err(fault @ (Error::Download { .. } | Error::RateLimited { .. }))
                if npm::find().is_some() =>
            {
                watch(Stage::Instead(&fault));
                from_npm(job, lock, watch)
            }
            outcome => outcome,
        },
    }
}

async fn from_release(job: &SetupJob, lock: &Lock, watch: Watch<'_>) -> Result<Program> {
    let downloader = Downloader::new(job.patience, job.token.clone())?;
    let version = match &job.version {
        Some(version) => version.clone(),
        None => job.host.latest(&downloader).await?,
    };
    let located = job.host.locate(version, job.place.platform());
    let mut progress =
        |received, total| watch(Stage::Downloading { asset: &located.asset, received, total });
    let verified = job.place.fetch(&located, &downloader, &mut progress, lock).await?;
    Ok(job.place.install(verified, lock)?.0)
}

fn from_npm(job: &SetupJob, lock: &Lock, watch: Watch<'_>) -> Result<Program> {
    let client = npm::find();
    let client = client.ok_or_else(|| Error::Npm { reason: "there is no npm".to_owned() })?;
    watch(Stage::Npm);
    let scratch = job.place.scratch(lock)?;
    let program =
        npm::install(&client, scratch.path(), job.version.as_ref(), job.place.platform())?;
    let verified = job.place.adopt(&program, "@stripe/cli", lock)?;
    Ok(job.place.install(verified, lock)?.0)
}

/// What `--check` found.
#[derive(Debug)]
pub struct Check {
    /// The Stripe CLI that would be used.
    pub installed: Option<Program>,
    /// The latest version, or why it is not known; `None` where it was not asked for.
    pub latest: Option<Result<Version>>,
}

impl Check {
    /// The error of an installation that will not do.
    ///
    /// # Errors
    /// The Stripe CLI is missing or too old.
    pub fn outcome(&self) -> Result<()> {
        match &self.installed {
            None => Err(Error::StripeMissing),
            Some(program) if !program.is_supported() => Err(Error::StripeTooOld {
                program: program.path.clone(),
                found: program.version.to_string(),
                oldest: OLDEST.to_string(),
            }),
            Some(_) => Ok(()),
        }
    }
}

/// Looks at what is installed and what is the latest, and changes nothing.
///
/// # Errors
/// The system gives no TLS.
pub async fn check(job: &SetupJob) -> Result<Check> {
    let programs: Vec<Program> = candidates(&job.place).collect();
    let supported = programs.iter().find(|program| program.is_supported());
    let installed = supported.or(programs.first()).cloned();
    let latest = match job.network {
        Network::Offline => None,
        Network::Online => {
            let downloader = Downloader::new(job.patience, job.token.clone())?;
            Some(job.host.latest(&downloader).await)
        }
    };
    Ok(Check { installed, latest })
}
