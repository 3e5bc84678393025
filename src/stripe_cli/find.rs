//! Finds the Stripe CLI: on the PATH, else devtool's own managed copy.

use std::path::{Path, PathBuf};

use super::install::InstallDir;
use super::platform::Platform;
use super::program::Program;
use crate::process::search;

/// Where the Stripe CLI was looked for, and what was found; `Display` says it to a reader.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Found {
    /// The program.
    #[error("the Stripe CLI is at `{}`", .0.display())]
    At(PathBuf),
    /// There is none.
    #[error("no `stripe` program is on the PATH, and devtool has installed none")]
    Nowhere,
}

/// The first that [`all`] finds.
pub fn find(place: &InstallDir) -> Found {
    all(place).into_iter().next().map_or(Found::Nowhere, Found::At)
}

/// The program to use: the first that is supported; else the first that runs.
pub async fn choose(place: &InstallDir) -> Option<Program> {
    let programs = programs(place).await;
    programs.iter().find(|program| program.is_supported()).or(programs.first()).cloned()
}

/// Those of [`all`] that run.
pub async fn programs(place: &InstallDir) -> Vec<Program> {
    let own = place.program();
    let own_program = place.installed().await;
    let mut programs = Vec::new();
    for path in all(place) {
        programs.extend(match &own_program {
            Some(program) if path == own => Some(program.clone()),
            _ => Program::at(&path).await.ok(),
        });
    }
    programs
}

/// The first on the PATH (devtool itself does not count), and the one in devtool's own place.
pub fn all(place: &InstallDir) -> Vec<PathBuf> {
    let own = std::env::current_exe().and_then(|path| path.canonicalize()).ok();
    let on_path = search::all("stripe").filter(|path| path.canonicalize().ok() != own);
    let first = on_path.map(|path| behind_shim(&path).unwrap_or(path)).take(1);
    first.chain(Some(place.program()).filter(|program| program.is_file())).collect()
}

/// The platform's program behind npm's shim. The shim is a Node script (on Windows a batch file that
/// starts it) that waits for the program and does not pass signals on, so a listener would outlive it.
fn behind_shim(path: &Path) -> Option<PathBuf> {
    let platform = Platform::current().ok()?;
    let package = package_of_shim(path)?;
    candidates(&package, platform)?.into_iter().find(|program| program.is_file())
}

/// npm's package `@stripe/cli`, if that path is its shim.
fn package_of_shim(path: &Path) -> Option<PathBuf> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("cmd")) {
        return Some(path.parent()?.join("node_modules").join("@stripe").join("cli"));
    }
    let shim = path.canonicalize().ok()?;
    let is_shim = shim.ends_with("@stripe/cli/bin/shim.js");
    is_shim.then(|| shim.parent()?.parent().map(Path::to_owned)).flatten()
}

/// Where npm may have put the platform's package: beside `@stripe/cli`, or in it.
fn candidates(package: &Path, platform: Platform) -> Option<[PathBuf; 2]> {
    let name = platform.npm_package()?;
    let homes = [package.parent()?.parent()?.to_owned(), package.join("node_modules")];
    Some(homes.map(|home| home.join(name).join("bin").join(platform.program())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_behind_windows_batch_file_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let package = package_of_shim(&directory.path().join("stripe.cmd")).unwrap();
        let platform = Platform::of("windows", "x86_64").unwrap();
        let modules = directory.path().join("node_modules");
        let program = "@stripe/cli-win32-x64/bin/stripe.exe";
        let expected =
            [modules.join(program), modules.join("@stripe/cli/node_modules").join(program)];
        assert_eq!(candidates(&package, platform).unwrap(), expected);
    }
}
