//! Children: started in a group of their own, and ended with it, within a time, in one place.
//!
//! A child that is dropped, by a future that is given up or by the end of this process however it
//! comes, is killed with everything that it started (`group`).

use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::time::timeout;

use super::Lines;
use super::group::Group;

/// How long the system may take to take down what was killed.
const LAST_MOMENT: Duration = Duration::from_secs(2);
/// The longest output that is read as a whole, in bytes: a page of a hundred large events is smaller.
const LONGEST_OUTPUT: u64 = 64 * 1024 * 1024;

/// A child that runs.
#[derive(Debug)]
pub(crate) struct Child {
    /// The program itself, or the process that stands between (`die_with_parent`).
    process: tokio::process::Child,
    group: Group,
}

/// What a child left.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: Vec<u8>,
}

/// What a child says first.
#[derive(Clone, Debug)]
pub(crate) enum FirstLine {
    /// A line on stdout.
    Said(String),
    /// Nothing there, to its end.
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to stderr.
        stderr: Vec<u8>,
    },
}

impl Child {
    /// Starts a program in a group of its own, so that Ctrl-C reaches devtool alone; its stdin is
    /// closed. A pipe has to be drained, because a full one stops it.
    ///
    /// # Errors
    /// It does not run. What keeps it from running may also be told by [`Child::wait`].
    pub(crate) fn start(command: Command, stdout: Stdio, stderr: Stdio) -> io::Result<Self> {
        let (mut command, prepared) = Group::prepare(command)?;
        command.stdout(stdout).stderr(stderr);
        let process = command.spawn()?;
        let group = prepared.of(&process)?;
        Ok(Self { process, group })
    }

    /// Starts a program that uses devtool's own terminal, so that it stays in devtool's group: Ctrl-C
    /// reaches both.
    ///
    /// # Errors
    /// It does not run.
    pub(crate) fn on_terminal(command: Command) -> io::Result<Self> {
        let process = tokio::process::Command::from(command).kill_on_drop(true).spawn()?;
        let group = Group::alone(&process);
        Ok(Self { process, group })
    }

    /// The process that it and all that it starts descend from; `None` where it has ended.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Its stdin, where that is a pipe; once.
    pub(crate) fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.process.stdin.take()
    }

    /// Its stdout, where that is a pipe; once.
    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.process.stdout.take()
    }

    /// Its stderr, where that is a pipe; once.
    pub(crate) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.process.stderr.take()
    }

    /// Waits until the program has ended. What it started may still run until the child is ended or
    /// dropped. May be given up and called again.
    ///
    /// # Errors
    /// It could not be run.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.group.ended(&mut self.process).await
    }

    /// Asks it to end, waits that long, and then kills what is left of it and of its group.
    pub(crate) async fn end(mut self, time_limit: Duration) {
        if self.group.ask_to_end() {
            let _ = timeout(time_limit, self.wait()).await;
        }
        self.group.kill(&mut self.process);
        let _ = timeout(LAST_MOMENT, self.process.wait()).await;
    }

    /// Reads both pipes to their ends. The child is killed when the time is up.
    ///
    /// # Errors
    /// It could not be run, writes too much, or is not done in time (`TimedOut`).
    pub(crate) async fn output(mut self, time_limit: Duration) -> io::Result<Output> {
        let (stdout, stderr) = (self.take_stdout(), self.take_stderr());
        let done = async {
            let (stdout, stderr) = tokio::try_join!(whole(stdout), whole(stderr))?;
            Ok(Output { status: self.wait().await?, stdout, stderr })
        };
        timeout(time_limit, done).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// The first line that it writes to stdout. It is not waited for after that, since it may be a
    /// script that leaves others behind.
    ///
    /// # Errors
    /// It could not be run, or neither says something nor ends in time (`TimedOut`).
    pub(crate) async fn first_line(mut self, time_limit: Duration) -> io::Result<FirstLine> {
        let stderr = tokio::spawn(whole(self.take_stderr()));
        let stdout = self.take_stdout();
        let first = async {
            let line = match stdout {
                Some(stdout) => Lines::new(stdout).next().await,
                None => None,
            };
            match line {
                Some(line) => Ok(FirstLine::Said(line)),
                // Nothing: perhaps because it did not run.
                None => {
                    self.wait().await.map(|status| FirstLine::Ended { status, stderr: Vec::new() })
                }
            }
        };
        let first = timeout(time_limit, first).await;
        match first.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))? {
            FirstLine::Ended { status, .. } => {
                // What it has started may hold the pipe open.
                let stderr = timeout(LAST_MOMENT, stderr).await;
                let stderr = stderr.ok().and_then(|read| read.ok()?.ok()).unwrap_or_default();
                Ok(FirstLine::Ended { status, stderr })
            }
            said @ FirstLine::Said(_) => Ok(said),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.group.kill(&mut self.process);
    }
}

async fn whole(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let Some(pipe) = pipe else { return Ok(bytes) };
    let length = pipe.take(LONGEST_OUTPUT + 1).read_to_end(&mut bytes).await?;
    if u64::try_from(length).is_ok_and(|length| length > LONGEST_OUTPUT) {
        return Err(io::Error::other("it writes more than 64 MiB"));
    }
    Ok(bytes)
}
