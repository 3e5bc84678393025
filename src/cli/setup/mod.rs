//! `devtool setup`.

mod app_secret;
mod steps;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::FalseyValueParser;
use semver::Version;

use self::steps::{Consent, StepOptions, Steps};
use super::context::Context;
use super::out::{Out, YesOrNo};
use super::output_options::{Format, OutputOptions};
use super::stripe_options::{self, MIRROR_VARIABLE};
use super::transfer::TransferLine;
use crate::config::FileConfig;
use crate::config::file::positive_duration;
use crate::config::reading::{self, InputKind};
use crate::error::{Error, Exit, Kind, Result};
use crate::process::Shutdown;
use crate::report;
use crate::stripe_cli::release::Releases;
use crate::stripe_cli::setup::{self, Existing, InstallSource, Network, Question, SetupJob};
use crate::stripe_cli::verify::{Checksum, Unlisted};
use crate::stripe_cli::{Found, InstallDir, Platform, Program, error};

/// Set up the Stripe CLI, the login and the signing secret
///
/// Finds the Stripe CLI or installs the right release, logs in if necessary, writes the signing secret for
/// your app, and runs the checks of `devtool doctor`. A second run changes nothing.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct SetupArguments {
    /// Where to install from: github, npm, or the path of an archive [default: github, then npm]
    #[arg(long, value_name = "SOURCE")]
    from: Option<String>,

    /// SHA-256 of the archive [default: from the checksums file next to the archive]
    #[arg(long, value_name = "DIGITS")]
    sha256: Option<Checksum>,

    /// Version to install [default: the latest]
    #[arg(long, env = "DEVTOOL_STRIPE_VERSION", value_name = "X.Y.Z")]
    version: Option<Version>,

    /// Install even if a supported Stripe CLI is present
    #[arg(long)]
    force: bool,

    /// Directory to install into [default: devtool's own data directory]
    #[arg(long, env = "DEVTOOL_DIR", value_name = "DIR")]
    dir: Option<PathBuf>,

    /// URL of a mirror with releases/latest and releases/download, as on GitHub
    #[arg(long, env = MIRROR_VARIABLE, value_name = "URL")]
    mirror: Option<String>,

    /// Give up if a server is silent for this long, such as 10s [default: 30s]
    #[arg(long, env = "DEVTOOL_SETUP_TIMEOUT", value_name = "DURATION", value_parser = positive_duration)]
    timeout: Option<Duration>,

    #[command(flatten)]
    mode: Mode,

    #[command(flatten)]
    steps: StepOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// What to do besides installing.
#[derive(Args, Debug)]
struct Mode {
    /// Do not use the network
    #[arg(long, env = "DEVTOOL_OFFLINE", value_parser = FalseyValueParser::new())]
    offline: bool,

    /// Print the installed and the latest version and exit
    #[arg(long, conflicts_with = "uninstall")]
    check: bool,

    /// Remove the Stripe CLI that devtool installed
    #[arg(long)]
    uninstall: bool,
}

const EXAMPLES: &str = "Examples:
  devtool setup
  devtool setup --yes --skip-login
  devtool setup --check
  devtool setup --from npm --version 1.52.0
  devtool setup --from stripe_1.52.0_linux_x86_64.tar.gz";

/// How long a server may say nothing.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

impl SetupArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let config = context.config()?;
        let job = self.job(&config, context)?;
        context.unless_ended(async |context| {
            if self.mode.uninstall {
                return uninstall(job.place.as_ref(), context).await;
            }
            if self.mode.check {
                return check(&job, self.output.format, context).await;
            }
            let program = install(&job, self.steps.consent(), context).await?;
            if let (Some(_), Some(place)) = (&self.dir, &job.place) {
                context.out.note(&path_hint(place.directory(), context));
            }
            let found = used_from_now_on(&program, &job, context).await;
            let steps = self.steps.run(&job, found, &config, context).await?;
            show(&program, &steps, self.output.format, context);
            steps.failed.map_or(Ok(Exit::Done), Err)
        })
    }

    fn job(&self, config: &FileConfig, context: &Context) -> Result<SetupJob> {
        let platform = Platform::current()?;
        let directory = match &self.dir {
            Some(directory) => Some(context.environment.working_directory.join(directory)),
            None => Context::stripe_directory().ok(),
        };
        Ok(SetupJob {
            source: self.source(context)?,
            version: self.version.clone(),
            existing: match &self.dir {
                _ if self.force => Existing::Replaced,
                Some(_) => Existing::KeptInPlace,
                None => Existing::Kept,
            },
            place: directory.map(|directory| InstallDir::new(directory, platform)),
            platform,
            releases: Releases::of(self.mirror.clone(), config.mirror()),
            time_limit: self.timeout.unwrap_or(DEFAULT_TIMEOUT),
            token: context.environment.variable("GITHUB_TOKEN").map(ToOwned::to_owned),
            network: if self.mode.offline { Network::Offline } else { Network::Online },
        })
    }

    fn source(&self, context: &Context) -> Result<InstallSource> {
        match self.from.as_deref() {
            None => Ok(InstallSource::Any),
            Some("github") => Ok(InstallSource::Release),
            Some("npm") => Ok(InstallSource::Npm),
            Some(file) => {
                let archive = context.environment.working_directory.join(file);
                std::fs::File::open(&archive).map_err(|source| {
                    let message = format!("cannot open the archive `{}`", archive.display());
                    Error::new(Kind::Usage, message)
                        .caused_by(source)
                        .hinted("`--from` takes github, npm, or the path of an archive")
                })?;
                let checksum = self.sha256.map_or_else(|| listed_beside(&archive), Ok)?;
                Ok(InstallSource::Archive(archive, checksum))
            }
        }
    }
}

/// The line that puts a directory on the PATH of the user's shell.
fn path_hint(directory: &Path, context: &Context) -> String {
    let directory = directory.display();
    let shell = context.environment.variable("SHELL").unwrap_or_default();
    let line = if cfg!(windows) {
        format!("$env:Path = \"{directory};$env:Path\"")
    } else if shell.ends_with("fish") {
        format!("fish_add_path '{directory}'")
    } else {
        format!("export PATH=\"{directory}:$PATH\"")
    };
    format!("to run it as `stripe`: {line}")
}

/// The checksum in the release's list that lies beside an archive.
fn listed_beside(archive: &Path) -> Result<Checksum> {
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let list = archive.with_file_name(Platform::current()?.checksums());
    let text = match reading::text(&list, InputKind::Text) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        text => text.map_err(|source| Error::read(&list, source))?,
    };
    Checksum::in_list(&text, &name).map_err(|why| {
        let list = list.display();
        let (reason, hint) = match why {
            Unlisted::Missing => (
                format!("neither `--sha256` nor `{list}` gives its checksum"),
                "download that list from the release that the archive is from",
            ),
            Unlisted::Contradictory => (format!("`{list}` {why}"), "download that list again"),
        };
        error::unverified(&name, &reason).hinted(hint)
    })
}

async fn install(job: &SetupJob, consent: Consent, context: &mut Context) -> Result<Program> {
    let mut line = TransferLine::new(context.out.shows_progress());
    let Context { out, shutdown, .. } = context;
    let mut ask = |question: Question<'_>| consent.covers(question) || asked(question, shutdown);
    let mut watch = |stage: setup::Stage<'_>| {
        if let Some(text) = report::setup::stage(&stage) {
            line.clear();
            out.note(&text);
        }
        line.show(&stage);
    };
    setup::run(job, &mut watch, &mut ask).await
}

/// The Stripe CLI that devtool uses from now on: the one that was there already; else the one that is found now,
/// which may be another than the one that was installed. One that lies elsewhere is used by this setup at least.
async fn used_from_now_on(program: &Program, job: &SetupJob, context: &Context) -> Found {
    let is_new = job.place.as_ref().is_some_and(|place| place.program() == program.path);
    if is_new {
        let found = stripe_options::found(context).await;
        if found.program().is_some_and(Program::is_supported) {
            return found;
        }
    }
    Found::Runs(program.clone())
}

/// Asks on the terminal; where there is none, the answer is no.
fn asked(question: Question<'_>, shutdown: &Shutdown) -> bool {
    let _question = shutdown.immediate();
    Out::can_ask() && Out::agrees(&report::setup::question(question), YesOrNo::No)
}

fn show(program: &Program, steps: &Steps, format: Format, context: &mut Context) {
    let shown = report::setup::SetupView {
        program,
        login: &steps.login,
        secret: &steps.secret,
        findings: &steps.findings,
    };
    context.out.result(&match format {
        Format::Json => report::setup::json(&shown),
        Format::Compact => report::setup::compact(&shown),
        Format::Text => report::setup::text(&shown, context.out.layout()),
    });
}

async fn check(job: &SetupJob, format: Format, context: &mut Context) -> Result<Exit> {
    let found = setup::check(job).await?;
    if let Some(Err(error)) = &found.latest {
        let cause = error.with_root_cause();
        context.out.warning(&format!("cannot find the latest version: {cause}"));
    }
    context.out.result(&match format {
        Format::Json => report::setup::check_json(&found),
        Format::Text | Format::Compact => report::setup::check_text(&found),
    });
    found.outcome().map(|()| Exit::Done)
}

async fn uninstall(place: Option<&InstallDir>, context: &mut Context) -> Result<Exit> {
    let Some(place) = place else {
        context.out.note("devtool has not installed the Stripe CLI");
        return Ok(Exit::Done);
    };
    let program = place.program();
    let was_there = place.uninstall().await?;
    let what = if was_there { "removed" } else { "devtool has not installed" };
    context.out.note(&format!("{what} {}", program.display()));
    Ok(Exit::Done)
}
