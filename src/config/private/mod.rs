//! Who may look into what devtool keeps: nobody but its owner, whatever the process's mask says. This is the one
//! place that decides it, and that knows how each system says so.
//!
//! It is for devtool's own directories and files. A directory of the user's is never changed.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::error::{Error, Kind};

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// Makes a directory of devtool's own, with those above it that are missing. One that is there is closed to
/// others.
///
/// # Errors
/// It cannot be made or closed, or belongs to another user.
pub fn directory(directory: &Path) -> io::Result<()> {
    missing_directory(directory)?;
    system::check_owner(&std::fs::metadata(directory)?)?;
    system::close(directory)
}

/// Makes a directory unless it is there.
///
/// # Errors
/// It cannot be made.
pub fn missing_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    system::for_owner(&mut builder);
    builder.create(directory)
}

/// A directory that is gone with the value, in that place; its name begins so.
///
/// # Errors
/// It cannot be made.
pub fn temporary_directory(place: &Path, prefix: &str) -> io::Result<tempfile::TempDir> {
    system::temporary(tempfile::Builder::new().prefix(prefix)).tempdir_in(place)
}

/// How a file is opened that is made where it is missing.
pub fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).write(true);
    system::new_file(&mut options);
    options
}

/// Lets the owner run a program, and nobody else.
///
/// # Errors
/// The system refuses it.
pub fn make_program(program: &File) -> io::Result<()> {
    system::make_program(program)
}

/// Whether the mode of a file lets anybody run it. Windows has no such mode.
pub fn is_program(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|found| found.is_file() && system::is_program(&found))
}

/// Whether something is there that belongs to another user.
pub fn is_foreign(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| system::check_owner(&found).is_err())
}

/// Whether a file of devtool's own, if it is there, is to be trusted.
///
/// # Errors
/// It belongs to another user, or is no regular file. A link counts as its target if the user has made it.
pub fn check(file: &Path) -> io::Result<()> {
    let found = std::fs::symlink_metadata(file).and_then(|found| {
        system::check_owner(&found)?;
        std::fs::metadata(file)
    });
    match found {
        // What the user may not look at is none of devtool's own: whoever needs it says that it cannot be read.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(error),
        Ok(found) if !found.is_file() => Err(io::Error::other("it is not a regular file")),
        Ok(_) => Ok(()),
    }
}

/// The error for a file or directory of devtool's own that is not to be trusted.
pub fn untrusted(path: &Path, source: io::Error) -> Error {
    Error::new(Kind::Config, format!("cannot trust `{}`", path.display()))
        .caused_by(source)
        .hinted("delete it: devtool makes it anew, readable only by you")
}

/// Closes a directory of devtool's own and what lies in it, where it is open to others. devtool 0.1 left to
/// the mask who could look into it. What belongs to another user, or cannot be changed, stays.
pub fn close_whole(directory: &Path) {
    let is_own = |path: &Path| {
        std::fs::symlink_metadata(path).is_ok_and(|found| system::check_owner(&found).is_ok())
    };
    if !is_own(directory) || !system::is_open(directory) {
        return;
    }
    let _ = system::close(directory);
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => close_whole(&entry.path()),
            Ok(kind) if kind.is_file() && is_own(&entry.path()) => {
                let _ = system::close(&entry.path());
            }
            _ => {}
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_open_is_closed_and_programs_stay_programs() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("devtool");
        std::fs::create_dir_all(root.join("inner")).unwrap();
        let set = |path: &str, mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(root.join(path), mode).unwrap();
        };
        for (name, mode) in [("file", 0o666), ("inner/program", 0o775), ("read-only", 0o444)] {
            std::fs::write(root.join(name), "").unwrap();
            set(name, mode);
        }
        std::os::unix::fs::symlink("/", root.join("link")).unwrap();
        set("inner", 0o777);
        set("", 0o777);
        close_whole(&root);
        let modes = ["", "file", "inner", "inner/program", "read-only"].map(|name| {
            let mode = std::fs::metadata(root.join(name)).unwrap().permissions().mode() & 0o777;
            format!("{name} {mode:o}")
        });
        assert_eq!(modes, [" 700", "file 600", "inner 700", "inner/program 700", "read-only 400"]);
    }
}
