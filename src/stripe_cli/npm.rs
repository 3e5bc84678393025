//! The Stripe CLI by way of the user's own npm client.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use semver::Version;

use super::platform::Platform;
use crate::error::{Error, Result};

/// Where npm is on the PATH.
pub fn find() -> Option<PathBuf> {
    which::which("npm").ok()
}

/// Lets npm put Stripe's package, without running its scripts, into an empty directory, and returns
/// the platform's program in it. npm verifies what it downloads.
///
/// # Errors
/// npm is not there or fails, or the package has no program for the platform.
pub fn install(
    npm: &Path,
    directory: &Path,
    version: Option<&Version>,
    platform: Platform,
) -> Result<PathBuf> {
    let failed = |reason: String| Error::Npm { reason };
    let wanted = version.map_or_else(|| "latest".to_owned(), ToString::to_string);
    let output = Command::new(npm)
        .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"])
        .arg("--prefix")
        .arg(directory)
        .arg(format!("@stripe/cli@{wanted}"))
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|fault| failed(fault.to_string()))?;
    if !output.status.success() {
        return Err(failed(last_words(&output.stderr)));
    }
    let package = platform.npm_package();
    let package = package.ok_or_else(|| failed("it has none for this system".to_owned()))?;
    let program = directory.join("node_modules").join(package).join("bin").join(platform.program());
    if program.is_file() {
        Ok(program)
    } else {
        Err(failed(format!("`{package}` holds no `{}`", platform.program())))
    }
}

/// The first of npm's errors, without its prefix.
fn last_words(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let errors = text.lines().filter_map(|line| line.strip_prefix("npm error "));
    let is_telling = |line: &&str| {
        !["", "code", "errno", "syscall"].contains(&line.split(' ').next().unwrap_or_default())
    };
    let first = errors.map(str::trim).find(is_telling);
    first.unwrap_or("npm failed and said nothing").to_owned()
}
