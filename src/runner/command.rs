//! Commands of the user's that look at the app or prepare it, with the story's ids in their environment.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::process::inheritance::{self, Heir};
use crate::process::{Child, search, shell};
use crate::scenario::Values;

/// The longest output that is taken, in bytes.
const LONGEST_OUTPUT: usize = 1024 * 1024;
/// What the names of the story's values begin with in the environment.
const PREFIX: &str = "DEVTOOL_";

/// Where and for how long a command may run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommandLimits<'l> {
    /// How long.
    pub time: Duration,
    /// Where, if that is not where devtool runs.
    pub directory: Option<&'l Path>,
}

/// What a command left.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: Vec<u8>,
}

impl Ran {
    /// How it ended, and the last line that it wrote to stderr.
    pub(crate) fn told(&self) -> String {
        let stderr = String::from_utf8_lossy(&self.stderr);
        let last = stderr.lines().rev().map(str::trim).find(|line| !line.is_empty());
        let status = self.status.code().map_or_else(
            || "it was ended by a signal".to_owned(),
            |code| format!("it ended with {code}"),
        );
        last.map_or_else(|| status.clone(), |last| format!("{status} ({last})"))
    }
}

/// Runs a line of the system's shell.
///
/// # Errors
/// It does not run, writes too much, is not done in time, or devtool was told to end.
pub(crate) async fn of_shell(
    line: &str,
    ids: &Values,
    limits: CommandLimits<'_>,
    cancel: &CancellationToken,
) -> io::Result<Ran> {
    run(shell::command(line), ids, limits, cancel).await
}

/// Runs a program with its arguments; no shell reads them.
///
/// # Errors
/// As [`of_shell`], or there is no such program.
pub(crate) async fn of_words(
    words: &[String],
    ids: &Values,
    limits: CommandLimits<'_>,
    cancel: &CancellationToken,
) -> io::Result<Ran> {
    let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(found(program)?);
    command.args(arguments);
    run(command, ids, limits, cancel).await
}

/// The program of a file's command: a path as it is, a name on the PATH but never in the working directory.
fn found(program: &str) -> io::Result<PathBuf> {
    if program.contains(['/', '\\']) {
        return search::typed(Path::new(program));
    }
    let missing = || io::Error::new(io::ErrorKind::NotFound, "no such program is on the PATH");
    search::first(program).ok_or_else(missing)
}

async fn run(
    mut command: Command,
    ids: &Values,
    limits: CommandLimits<'_>,
    cancel: &CancellationToken,
) -> io::Result<Ran> {
    inheritance::limit(&mut command, Heir::Users);
    command.envs(ids.entries().map(|(name, value)| (variable(name), OsString::from(value))));
    if let Some(directory) = limits.directory {
        command.current_dir(directory);
    }
    let child = Child::start(command, Stdio::piped(), Stdio::piped())?;
    let output = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(io::Error::other("interrupted")),
        output = child.output(limits.time) => output?,
    };
    if output.stdout.len() > LONGEST_OUTPUT {
        return Err(io::Error::other("it writes more than 1 MiB"));
    }
    Ok(Ran { status: output.status, stdout: output.stdout, stderr: output.stderr })
}

/// The variable of a value: `DEVTOOL_PAYMENT_INTENT`, `DEVTOOL_PRICE_SECOND`.
pub(crate) fn variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    PREFIX.chars().chain(name.chars().map(plain)).collect()
}

/// Whether a line of the shell names a value of the story.
pub(crate) fn names_story(line: &str, ids: &Values) -> bool {
    ids.names().any(|name| line.contains(&variable(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_named_after_objects() {
        assert_eq!(variable("customer"), "DEVTOOL_CUSTOMER");
        assert_eq!(variable("checkout.session"), "DEVTOOL_CHECKOUT_SESSION");
        assert_eq!(variable("price/second"), "DEVTOOL_PRICE_SECOND");
    }
}
