//! Programs by name.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::Environment;

/// The elements of the PATH in which devtool looks for programs that nobody has typed. Those that are
/// relative (empty ones and `.` are) lead into the working directory, which may be a stranger's project.
pub(crate) fn path() -> Vec<PathBuf> {
    let environment = Environment::of_process();
    let elements = environment.path().map(std::env::split_paths);
    elements.into_iter().flatten().filter(|element| element.is_absolute()).collect()
}

/// All programs of that name on the PATH, the first one first.
pub(crate) fn all(name: &str) -> Vec<PathBuf> {
    let Ok(path) = std::env::join_paths(path()) else { return Vec::new() };
    // An empty PATH would mean the working directory.
    if path.is_empty() {
        return Vec::new();
    }
    which::which_in_all(name, Some(path), "").into_iter().flatten().collect()
}

/// The program that the user has typed, as the shell would find it. On Windows that may be a batch file.
///
/// # Errors
/// There is none.
pub(crate) fn typed(program: &Path) -> io::Result<PathBuf> {
    which::which(program).map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))
}
