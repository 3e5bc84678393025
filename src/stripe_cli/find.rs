//! Finds the Stripe CLI: on the PATH, else devtool's own managed copy.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

use super::broken::Broken;
use super::error;
use super::install::InstallDir;
use super::platform::Platform;
use super::program::Program;
use crate::error::Result;
use crate::process::search;

/// What was found of the Stripe CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// One that runs, whether devtool supports it or not.
    Runs(Program),
    /// One that does not run, where no other does.
    Broken(Broken),
    /// None.
    Nowhere,
}

impl Found {
    /// The program, where one runs.
    pub fn program(&self) -> Option<&Program> {
        match self {
            Self::Runs(program) => Some(program),
            Self::Broken(_) | Self::Nowhere => None,
        }
    }

    /// The program, if devtool can drive it.
    ///
    /// # Errors
    /// There is none, it does not run, or it is too old.
    pub fn supported(self) -> Result<Program> {
        match self {
            Self::Runs(program) => program.supported(),
            Self::Broken(broken) => Err(broken.error()),
            Self::Nowhere => Err(error::missing()),
        }
    }
}

/// The one to use: the first that is supported; else the first that runs; else the first that is there.
pub async fn choose(place: Option<&InstallDir>) -> Found {
    let (programs, broken) = programs(place).await;
    let program = programs.iter().find(|program| program.is_supported()).or(programs.first());
    match (program, broken) {
        (Some(program), _) => Found::Runs(program.clone()),
        (None, Some(broken)) => Found::Broken(broken),
        (None, None) => Found::Nowhere,
    }
}

/// Those of [`all`] that run, and the first that does not; only where none runs, one that the shell would pass
/// over counts, too.
pub async fn programs(place: Option<&InstallDir>) -> (Vec<Program>, Option<Broken>) {
    let own_program = match place {
        Some(place) => place.installed().await,
        None => None,
    };
    let (mut programs, mut first_broken) = (Vec::new(), None);
    for path in all(place) {
        match &own_program {
            Some(program) if path == program.path => programs.push(program.clone()),
            _ => match Program::at(&path).await {
                Ok(program) => programs.push(program),
                Err(broken) => first_broken = first_broken.or(Some(broken)),
            },
        }
    }
    if programs.is_empty() && first_broken.is_none() {
        first_broken = passed_over().await;
    }
    (programs, first_broken)
}

/// A file on the PATH with the program's name that cannot be run.
async fn passed_over() -> Option<Broken> {
    let path = search::present(&format!("stripe{EXE_SUFFIX}")).next()?;
    Program::at(&path).await.err()
}

/// The first on the PATH (devtool itself does not count), and the one in devtool's own place.
pub fn all(place: Option<&InstallDir>) -> Vec<PathBuf> {
    let own = std::env::current_exe().and_then(|path| path.canonicalize()).ok();
    let on_path = search::all("stripe").filter(|path| path.canonicalize().ok() != own);
    let first = on_path.map(|path| behind_shim(&path).unwrap_or(path)).take(1);
    let managed = place.map(InstallDir::program).filter(|program| program.is_file());
    first.chain(managed).collect()
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
    // By parts, for Windows shows each separator as it was given.
    let path = name.split('/').chain(["bin", platform.program()]);
    Some(homes.map(|home| path.clone().fold(home, |folder, part| folder.join(part))))
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
