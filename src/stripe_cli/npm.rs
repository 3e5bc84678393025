//! The Stripe CLI by way of the user's own npm client.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use semver::Version;

use super::error;
use super::platform::Platform;
use crate::error::Result;
use crate::process::inheritance::{self, Heir};
use crate::process::{Child, search};

/// How long npm may take.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// Where npm is on the PATH.
pub fn find() -> Option<PathBuf> {
    search::first("npm")
}

/// Lets npm put Stripe's package, without running its scripts, into an empty directory, and returns
/// the platform's program in it. npm verifies what it downloads.
///
/// # Errors
/// npm is not there or fails, or the package has no program for the platform.
pub async fn install(
    npm: &Path,
    directory: &Path,
    version: Option<&Version>,
    platform: Platform,
) -> Result<PathBuf> {
    let wanted = version.map_or_else(|| "latest".to_owned(), ToString::to_string);
    let mut command = Command::new(npm);
    inheritance::limit(&mut command, Heir::Npm);
    command
        .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"])
        // Whatever the user's npm is set to otherwise.
        .args(["--include=optional", "--global=false", "--color=false"])
        .arg("--prefix")
        .arg(directory)
        .arg(format!("@stripe/cli@{wanted}"))
        .current_dir(directory);
    let output = match Child::start(command, Stdio::piped(), Stdio::piped()) {
        Ok(child) => child.output(TIME_LIMIT).await,
        Err(error) => Err(error),
    };
    let output = output.map_err(|error| match error.kind() {
        std::io::ErrorKind::TimedOut => error::npm("npm did not end in ten minutes"),
        _ => error::npm(&error.to_string()),
    })?;
    if !output.status.success() {
        return Err(error::npm(&last_words(&output.stderr)));
    }
    let package = platform.npm_package();
    let package = package.ok_or_else(|| error::npm("it has none for this system"))?;
    let package_directory = directory.join("node_modules").join(package);
    let program = package_directory.join("bin").join(platform.program());
    match (program.is_file(), package_directory.is_dir()) {
        (true, _) => Ok(program),
        (false, true) => Err(error::npm(&format!("`{package}` holds no `{}`", platform.program()))),
        // npm says nothing where an optional package is missing.
        (false, false) => Err(error::npm(&format!("the registry has no `{package}` {wanted}"))),
    }
}

/// The first of npm's errors, without its prefix.
fn last_words(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    // The second is how older versions write.
    let message = |line| str::strip_prefix(line, "npm error ").or(line.strip_prefix("npm ERR! "));
    let errors = text.lines().filter_map(message);
    let is_telling = |line: &&str| {
        !["", "code", "errno", "syscall"].contains(&line.split(' ').next().unwrap_or_default())
    };
    let first = errors.map(str::trim).find(is_telling);
    first.unwrap_or("npm failed and said nothing").to_owned()
}
