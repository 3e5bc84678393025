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

/// All programs of that name on the PATH, the first one first; they are looked for as they are taken.
pub(crate) fn all(name: &str) -> impl Iterator<Item = PathBuf> {
    // An empty PATH would mean the working directory.
    let path = std::env::join_paths(path()).ok().filter(|path| !path.is_empty());
    let found = path.and_then(|path| which::which_in_all(name, Some(path), "").ok());
    found.into_iter().flatten()
}

/// The first of them.
pub(crate) fn first(name: &str) -> Option<PathBuf> {
    all(name).next()
}

/// All files of that name on the PATH, whether they can be run or not.
pub(crate) fn present(file_name: &str) -> impl Iterator<Item = PathBuf> {
    let files = path().into_iter().map(move |directory| directory.join(file_name));
    // A link counts also where it leads to nothing.
    files.filter(|file| file.symlink_metadata().is_ok() && !file.is_dir())
}

/// The program that the user has typed, as the shell would find it. On Windows that may be a batch file.
///
/// # Errors
/// There is none.
pub(crate) fn typed(program: &Path) -> io::Result<PathBuf> {
    which::which(program).map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))
}
