//! The app, where devtool runs it: with the signing secret in its environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::update::{AppUpdate, ListenUpdate, Reporter};
use crate::config::Secret;
use crate::delivery::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::stripe_cli::child::Group;
use crate::stripe_cli::leash::Leash;

/// How long the app's port is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often its port is tried.
const LOOK: Duration = Duration::from_millis(50);
/// How long it may take to end when it is asked to.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What to run.
#[derive(Clone, Debug)]
pub struct AppJob {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// The variable that the secret is given in.
    pub variable: String,
    /// The secret that its endpoint checks with.
    pub secret: Secret,
    /// Where it is run.
    pub directory: PathBuf,
}

/// The app, running. When it is dropped, it is killed.
pub(super) struct App {
    child: Child,
    group: Group,
    reporter: Arc<Reporter>,
}

impl App {
    /// Starts it.
    pub(super) fn start(job: &AppJob, leash: &Leash, reporter: &Arc<Reporter>) -> Result<Self> {
        let (program, arguments) =
            job.command.split_first().ok_or_else(|| Error::bug("an app without a name"))?;
        let unusable = |source: std::io::Error| {
            Error::new(Kind::Config, format!("cannot start `{}`", Path::new(program).display()))
                .caused_by(source)
                .hinted("after `--` stands the command that starts your app")
        };
        // Looked up here, since what holds it would start all the same.
        let found = which::which(program)
            .map_err(|fault| unusable(std::io::Error::new(std::io::ErrorKind::NotFound, fault)))?;
        let mut command = std::process::Command::new(found);
        command.args(arguments).env(&job.variable, job.secret.reveal());
        command.current_dir(&job.directory);
        let mut command = Command::from(leash.hold(&command));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(unusable)?;
        let group = Group::of(&child);
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(pass_on(stdout, Arc::clone(reporter)));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(pass_on(stderr, Arc::clone(reporter)));
        }
        Ok(Self { child, group, reporter: Arc::clone(reporter) })
    }

    /// Returns when its port answers, when it is clear that it will not for now, or when it has ended.
    pub(super) async fn is_up(&mut self, endpoint: Option<&Endpoint>, reporter: &Reporter) {
        let Some(endpoint) = endpoint else { return };
        let start = Instant::now();
        let address = (endpoint.host().trim_matches(['[', ']']).to_owned(), endpoint.port());
        while !matches!(self.child.try_wait(), Ok(Some(_))) {
            let connected = timeout(LOOK * 10, tokio::net::TcpStream::connect(address.clone()));
            if matches!(connected.await, Ok(Ok(_))) {
                return reporter.emit(ListenUpdate::App(AppUpdate::Up(start.elapsed())));
            }
            if start.elapsed() > PATIENCE {
                return reporter.emit(ListenUpdate::App(AppUpdate::Slow(start.elapsed())));
            }
            sleep(LOOK).await;
        }
    }

    /// Asks it to end, and sees to it that it does, with all that it started.
    pub(super) async fn end(mut self) {
        self.group.end();
        let _ = timeout(LAST_WORDS, self.child.wait()).await;
        self.group.kill();
        let _ = self.child.wait().await;
    }
}

/// Waits until the app has ended by itself, for ever where there is none; tells whether it failed.
pub(super) async fn ended(app: &mut Option<App>) -> bool {
    let Some(app) = app else { return std::future::pending().await };
    let status = app.child.wait().await;
    let (how, failed) = match status {
        Ok(status) => (status.to_string(), !status.success()),
        Err(fault) => (fault.to_string(), true),
    };
    app.reporter.emit(ListenUpdate::App(AppUpdate::Ended(how)));
    failed
}

/// Tells each line; bytes that are no UTF-8 are replaced.
async fn pass_on(pipe: impl AsyncRead + Unpin, reporter: Arc<Reporter>) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while pipe.read_until(b'\n', &mut line).await.is_ok_and(|length| length > 0) {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        reporter.emit(ListenUpdate::App(AppUpdate::Line(text)));
        line.clear();
    }
}
