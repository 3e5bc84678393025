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
use super::way_out::{self, Sought};
use super::{Broken, Found, InstallDir, Platform, Program, find, npm};
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
    /// Where to; `None` where there is no home directory to have a place in.
    pub place: Option<InstallDir>,
    /// The machine to install for.
    pub platform: Platform,
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
    /// What is there is asked for its version.
    Looking,
    /// A Stripe CLI was found that will do.
    Found(&'a Program),
    /// One was found that will not do.
    TooOld(&'a Program),
    /// One was found that does not run.
    Broken(&'a Broken),
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
    /// What was fetched is unpacked and run.
    Trying,
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
    if let Some(program) = existing(job, watch).await? {
        watch(Stage::Found(&program));
        return Ok(program);
    }
    let is_local = matches!(job.source, InstallSource::Archive(..));
    if job.network == Network::Offline && !is_local {
        return Err(way_out::offline(sought(job)));
    }
    let place = job.place.as_ref().ok_or_else(error::no_place)?;
    let lock = place.lock(&mut || watch(Stage::Waiting)).await?;
    // Another setup may just have done it.
    let done = place.installed().await.filter(|program| will_do(job, program));
    if let Some(program) = done.filter(|_| is_kept(job)) {
        return Ok(program);
    }
    let work = Work { job, place, lock: &lock };
    let program = work.install(watch, ask).await?;
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

fn sought(job: &SetupJob) -> Sought<'_> {
    Sought { platform: job.platform, version: job.version.as_ref(), releases: &job.releases }
}

/// Whether one that is there may do. An archive that the user names is always installed.
fn is_kept(job: &SetupJob) -> bool {
    job.existing != Existing::Replaced && !matches!(job.source, InstallSource::Archive(..))
}

/// Whether it is supported, and the version that was asked for.
fn will_do(job: &SetupJob, program: &Program) -> bool {
    program.is_supported() && job.version.as_ref().is_none_or(|wanted| program.version == *wanted)
}

/// The first Stripe CLI that will do.
async fn existing(job: &SetupJob, watch: OnStage<'_>) -> Result<Option<Program>> {
    if !is_kept(job) {
        return Ok(None);
    }
    watch(Stage::Looking);
    let (programs, broken) = match (job.existing, &job.place) {
        (Existing::KeptInPlace, Some(place)) => (Vec::from_iter(place.installed().await), None),
        (_, place) => find::programs(place.as_ref()).await,
    };
    if let Some(program) = programs.iter().find(|program| will_do(job, program)) {
        return Ok(Some(program.clone()));
    }
    for program in programs.iter().filter(|program| !program.is_supported()) {
        watch(Stage::TooOld(program));
    }
    match broken {
        Some(broken) if broken.is_in_the_way_of_all() => return Err(broken.error()),
        Some(broken) if programs.is_empty() => watch(Stage::Broken(&broken)),
        None if programs.is_empty() => watch(Stage::NotFound),
        _ => {}
    }
    Ok(None)
}

/// An installation under way.
#[derive(Clone, Copy)]
struct Work<'w> {
    job: &'w SetupJob,
    place: &'w InstallDir,
    lock: &'w Lock,
}

impl Work<'_> {
    async fn install(self, watch: OnStage<'_>, ask: Ask<'_>) -> Result<Program> {
        let job = self.job;
        let tried = match &job.source {
            InstallSource::Archive(file, checksum) => {
                let version = job.version.clone();
                let verified = self.place.take(file, *checksum, version, self.lock)?;
                self.try_out(verified, watch).await?
            }
            InstallSource::Npm => {
                let npm = self.by_npm(watch, ask).await;
                npm.map_err(|error| way_out::of_npm(error, sought(job)))?
            }
            InstallSource::Release => {
                let release = self.by_release(watch, ask).await;
                release.map_err(|error| way_out::of_release(error, sought(job)))?
            }
            InstallSource::Any => self.by_any(watch, ask).await?,
        };
        Ok(self.place.put(tried, self.lock)?.0)
    }

    /// From a release, else from npm. Whoever names a mirror wants nothing from elsewhere.
    async fn by_any(self, watch: OnStage<'_>, ask: Ask<'_>) -> Result<Tried> {
        let job = self.job;
        match self.by_release(watch, ask).await {
            Err(error)
                if error.kind() == Kind::Unreachable
                    && job.releases == Releases::Of(Host::GitHub)
                    && npm::find().is_some() =>
            {
                watch(Stage::Instead(&error));
                let npm = self.by_npm(watch, ask).await;
                npm.map_err(|error| way_out::of_both(error, sought(job)))
            }
            outcome => outcome.map_err(|error| way_out::of_release(error, sought(job))),
        }
    }

    async fn by_release(self, watch: OnStage<'_>, ask: Ask<'_>) -> Result<Tried> {
        let agreed = self.job.releases.agreed(&mut |mirror| ask(Question::Mirror(mirror)));
        let verified = self.download(&agreed?, watch, ask).await?;
        self.try_out(verified, watch).await
    }

    async fn download(self, host: &Host, watch: OnStage<'_>, ask: Ask<'_>) -> Result<Verified> {
        let job = self.job;
        let downloader = Downloader::new(job.time_limit, job.token.clone())?;
        let name = host.name();
        let version = if let Some(version) = &job.version {
            version.clone()
        } else {
            watch(Stage::Asking { host: &name });
            let latest = host.latest(&downloader).await?;
            install::supported(&latest)?;
            self.may_go_back(&latest, ask).await?;
            latest
        };
        let located = host.locate(version, job.platform);
        let (asset, host) = (located.asset.as_str(), name.as_str());
        let mut progress =
            |received, total| watch(Stage::Downloading { asset, host, received, total });
        self.place.fetch(&located, &downloader, &mut progress, self.lock).await
    }

    async fn by_npm(self, watch: OnStage<'_>, ask: Ask<'_>) -> Result<Tried> {
        let client = npm::find();
        let client = client.ok_or_else(|| error::npm("there is no npm on the PATH"))?;
        watch(Stage::Npm);
        let scratch = self.place.scratch(self.lock)?;
        let version = self.job.version.as_ref();
        let program = npm::install(&client, scratch.path(), version, self.job.platform).await?;
        let wanted = self.job.version.clone();
        let verified = self.place.adopt(&program, "@stripe/cli", wanted, self.lock)?;
        let tried = self.try_out(verified, watch).await?;
        self.may_go_back(&tried.version, ask).await?;
        Ok(tried)
    }

    async fn try_out(self, verified: Verified, watch: OnStage<'_>) -> Result<Tried> {
        watch(Stage::Trying);
        self.place.try_out(verified, self.lock).await
    }

    /// A version that nobody has named takes the place of a newer one only if the user agrees.
    async fn may_go_back(self, to: &Version, ask: Ask<'_>) -> Result<()> {
        let installed = self.place.installed().await;
        let Some(from) = installed.map(|program| program.version).filter(|from| from > to) else {
            return Ok(());
        };
        if self.job.version.is_some() || ask(Question::GoBack { from: &from, to }) {
            return Ok(());
        }
        let message = format!(
            "Stripe CLI {to} is not installed: it is older than {from}, which is installed"
        );
        Err(Error::new(Kind::Usage, message).hinted(format!(
            "agree with `--yes`, or name the version:\ndevtool setup --force --version {to}"
        )))
    }
}

/// What `--check` found.
#[derive(Debug)]
pub struct SetupCheck {
    /// The Stripe CLI that would be used.
    pub found: Found,
    /// The latest version, or why it is not known; `None` where it was not asked for.
    pub latest: Option<Result<Version>>,
}

impl SetupCheck {
    /// The error of an installation that will not do.
    ///
    /// # Errors
    /// The Stripe CLI is missing, does not run, or is too old.
    pub fn outcome(&self) -> Result<()> {
        self.found.clone().supported().map(|_| ())
    }
}

/// Looks at what is installed and what is the latest; changes nothing and asks nothing.
///
/// # Errors
/// The system gives no TLS.
pub async fn check(job: &SetupJob) -> Result<SetupCheck> {
    let found = find::choose(job.place.as_ref()).await;
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
    Ok(SetupCheck { found, latest })
}
