//! One `stripe` program: its path and its version.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use semver::Version;

use super::error;
use crate::error::Result;
use crate::process::Child;
use crate::process::inheritance::{self, Heir};

/// The oldest version that devtool supports.
pub const OLDEST: Version = Version::new(1, 42, 14);
/// How long `stripe --version` may take: 0.13 s is usual, a machine at its limit takes longer.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// A `stripe` program that was asked for its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// What it says that it is.
    pub version: Version,
}

impl Program {
    /// Asks a program for its version. (`stripe version` would ask GitHub for a newer one.)
    ///
    /// # Errors
    /// It does not run, does not end in time, or says no version.
    pub async fn at(path: &Path) -> Result<Self> {
        let unusable = |reason: &str| error::unusable(path, reason);
        let output = output(path).await.map_err(|error| unusable(&error.to_string()))?;
        let version = parse(&output).ok_or_else(|| unusable("`--version` says no version"))?;
        Ok(Self { path: path.to_owned(), version })
    }

    /// Whether devtool supports it.
    pub fn is_supported(&self) -> bool {
        self.version >= OLDEST
    }

    /// Itself, if devtool supports it.
    ///
    /// # Errors
    /// It is older than that.
    pub fn supported(self) -> Result<Self> {
        if self.is_supported() {
            return Ok(self);
        }
        Err(error::too_old(&self.path, &self.version, &OLDEST))
    }

    /// Runs a program with the user's terminal, arguments and environment (but for devtool's own variables),
    /// and gives back its exit code. On Unix it takes this process's place, so that signals and job control are its own.
    ///
    /// # Errors
    /// It does not run.
    pub fn hand_over(path: &Path, arguments: &[std::ffi::OsString]) -> Result<u8> {
        let mut command = Command::new(path);
        command.args(arguments);
        inheritance::limit(&mut command, Heir::Users);
        replaced_by(&mut command).map_err(|error| error::unusable(path, &error.to_string()))
    }
}

#[cfg(unix)]
fn replaced_by(command: &mut Command) -> io::Result<u8> {
    use std::os::unix::process::CommandExt as _;
    // Comes back only where the program does not run.
    Err(command.exec())
}

#[cfg(not(unix))]
fn replaced_by(command: &mut Command) -> io::Result<u8> {
    let code = command.status()?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// The first line that `--version` writes.
async fn output(path: &Path) -> io::Result<String> {
    let mut command = Command::new(path);
    inheritance::limit(&mut command, Heir::Unknown);
    command
        .arg("--version")
        .env("STRIPE_CLI_TELEMETRY_OPTOUT", "1")
        .env("STRIPE_NO_AUTO_UPDATE", "1");
    let child = Child::start(command, Stdio::piped(), Stdio::null())?;
    let line = child.first_line(TIME_LIMIT).await;
    line.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => io::Error::other("`--version` gave no answer in 20 s"),
        _ => error,
    })
}

/// `stripe version 1.52.0`
fn parse(output: &str) -> Option<Version> {
    output.strip_prefix("stripe version ")?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(parse("stripe version 1.52.0\n"), Some(Version::new(1, 52, 0)));
        assert_eq!(parse("stripe version master\n"), None);
        assert_eq!(parse("stripes 1.52.0"), None);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let error = Program::at(Path::new("/nowhere/stripe")).await.unwrap_err();
        assert!(error.to_string().contains("/nowhere/stripe"), "{error}");
    }
}
