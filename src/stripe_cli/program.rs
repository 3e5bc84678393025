//! One `stripe` program: its path and its version.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use semver::Version;

use super::broken::{Broken, Problem};
use super::error;
use crate::error::Result;
use crate::process::inheritance::{self, Heir};
use crate::process::{Child, FirstLine};

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
    /// It does not run, does not answer in time, or says no version.
    pub async fn at(path: &Path) -> std::result::Result<Self, Broken> {
        let broken = |problem| Broken { path: path.to_owned(), problem };
        match first_line(path).await {
            Ok(FirstLine::Said(line)) => match parse(&line) {
                Some(version) => Ok(Self { path: path.to_owned(), version }),
                None => Err(broken(Problem::another(&line))),
            },
            Ok(FirstLine::Ended { status, .. }) if status.success() => {
                Err(broken(Problem::another("")))
            }
            Ok(FirstLine::Ended { status, stderr }) => {
                Err(broken(Problem::failed(&status.to_string(), &String::from_utf8_lossy(&stderr))))
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Err(broken(Problem::Silent(TIME_LIMIT.as_secs())))
            }
            Err(error) => Err(Broken::not_started(path, &error)),
        }
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
        replaced_by(&mut command).map_err(|error| Broken::not_started(path, &error).error())
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

/// What `--version` writes first.
async fn first_line(path: &Path) -> io::Result<FirstLine> {
    let mut command = Command::new(path);
    inheritance::limit(&mut command, Heir::Unknown);
    command
        .arg("--version")
        .env("STRIPE_CLI_TELEMETRY_OPTOUT", "1")
        .env("STRIPE_NO_AUTO_UPDATE", "1");
    Child::start(command, Stdio::piped(), Stdio::piped())?.first_line(TIME_LIMIT).await
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
        let broken = Program::at(Path::new("/nowhere/stripe")).await.unwrap_err();
        assert_eq!(broken.describe(), "the Stripe CLI at `/nowhere/stripe` does not run");
    }
}
