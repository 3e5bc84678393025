//! The app, where devtool runs it: with the signing secret in its environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;

use super::reporter::Reporter;
use super::update::{AppUpdate, ListenUpdate};
use crate::config::Secret;
use crate::error::{Error, Kind, Result};
use crate::process::{Child, Lines, search};

/// How long it may take to end when it is asked to.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What to run.
#[derive(Clone, Debug)]
pub(crate) struct AppJob {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// The variable that the secret is given in.
    pub variable: String,
    /// The secret that its endpoint checks with.
    pub secret: Secret,
    /// Where its Stripe library finds the local API, and a key for it; none without one.
    pub api: Vec<(&'static str, String)>,
    /// Where it is run.
    pub directory: PathBuf,
}

/// The app, running. When it is dropped, it is killed.
pub(super) struct App {
    child: Child,
    program: PathBuf,
    reporter: Arc<Reporter>,
}

impl AppJob {
    /// Starts it. Its pipes have to be drained.
    ///
    /// # Errors
    /// It does not run.
    pub(crate) fn start(&self) -> Result<Child> {
        let (program, arguments) =
            self.command.split_first().ok_or_else(|| Error::bug("an app without a name"))?;
        let program = Path::new(program);
        let unusable = |error| not_started(program, error);
        let found = search::typed(program).map_err(unusable)?;
        let mut command = Command::new(found);
        command.args(arguments).env(&self.variable, self.secret.reveal());
        command.envs(self.api.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.directory);
        Child::start(command, Stdio::piped(), Stdio::piped()).map_err(unusable)
    }

    fn program(&self) -> PathBuf {
        self.command.first().map(PathBuf::from).unwrap_or_default()
    }
}

impl App {
    /// Starts it.
    pub(super) fn start(job: &AppJob, reporter: &Arc<Reporter>) -> Result<Self> {
        let mut child = job.start()?;
        if let Some(stdout) = child.take_stdout() {
            tokio::spawn(pass_on(stdout, Arc::clone(reporter)));
        }
        if let Some(stderr) = child.take_stderr() {
            tokio::spawn(pass_on(stderr, Arc::clone(reporter)));
        }
        Ok(Self { child, program: job.program(), reporter: Arc::clone(reporter) })
    }

    /// What it and all that it starts descend from.
    pub(super) fn root(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it to end, and sees to it that it does, with all that it started.
    pub(super) async fn end(self) {
        self.child.end(LAST_WORDS).await;
    }
}

fn not_started(program: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::Config, format!("cannot start `{}`", program.display()))
        .caused_by(error)
        .hinted("check its name: what follows on `--` is the command that starts your app, and no shell reads it")
}

/// Waits until the app has ended by itself, for ever where there is none; tells whether it failed.
pub(super) async fn ended(app: &mut Option<App>) -> Result<bool> {
    let Some(app) = app else { return std::future::pending().await };
    let status = app.child.wait().await;
    let status = status.map_err(|error| not_started(&app.program, error))?;
    app.reporter.emit(ListenUpdate::App(AppUpdate::Ended(status)));
    Ok(!status.success())
}

/// Tells each line.
async fn pass_on(pipe: impl AsyncRead + Unpin, reporter: Arc<Reporter>) {
    let mut lines = Lines::new(pipe);
    while let Some(line) = lines.next().await {
        reporter.emit(ListenUpdate::App(AppUpdate::Line(line)));
    }
}
