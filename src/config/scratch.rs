//! Directories for the time of a run, that nobody else can look into. Beside each lies a file that is
//! locked as long as it is used: what a killed devtool has left is known by that, and cleared by the next.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{directories, private};

/// How the directories begin.
const PREFIX: &str = "run-";
/// The ending of the file beside a directory.
const LOCK: &str = "lock";

/// A directory that is gone with the value, or with the next devtool.
#[derive(Debug)]
pub struct ScratchDirectory {
    directory: TempDir,
    /// Held as long as the directory is used; `None` in the system's own place for such directories.
    lock: Option<File>,
}

impl ScratchDirectory {
    /// A directory in devtool's own place, or in the system's where that cannot be written.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> io::Result<Self> {
        let own = directories::state().map_err(io::Error::other);
        own.and_then(|state| Self::below(&state.join("scratch"))).or_else(|_| Self::of_system())
    }

    /// A directory in the system's place for those, where nobody clears up.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn of_system() -> io::Result<Self> {
        Ok(Self {
            directory: private::temporary_directory(&std::env::temp_dir(), PREFIX)?,
            lock: None,
        })
    }

    fn below(place: &Path) -> io::Result<Self> {
        private::directory(place)?;
        // One at a time, so that no directory is cleared before its lock is held.
        let gate = private::new_file().open(place.join("gate"))?;
        gate.lock()?;
        clear(place)?;
        let directory = private::temporary_directory(place, PREFIX)?;
        let lock = private::new_file().open(lock_of(directory.path()))?;
        lock.lock()?;
        Ok(Self { directory, lock: Some(lock) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for ScratchDirectory {
    fn drop(&mut self) {
        // The directory first: while it is there, the lock says that it is used. What cannot be removed
        // is left to the next devtool.
        if fs::remove_dir_all(self.path()).is_ok() && self.lock.take().is_some() {
            let _ = fs::remove_file(lock_of(self.path()));
        }
    }
}

fn lock_of(directory: &Path) -> PathBuf {
    directory.with_extension(LOCK)
}

/// Removes the directories that nobody uses any more.
fn clear(place: &Path) -> io::Result<()> {
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        let is_ours = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(PREFIX));
        if !is_ours || !is_left(&lock_of(&path)) {
            continue;
        }
        if path.is_dir() {
            fs::remove_dir_all(&path)?;
        }
        let _ = fs::remove_file(lock_of(&path));
    }
    Ok(())
}

/// Whether nobody holds that lock.
fn is_left(lock: &Path) -> bool {
    match File::open(lock) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(place: &Path) -> Vec<String> {
        let entries = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_used_stays_and_what_was_left_goes() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("state/scratch");
        let used = ScratchDirectory::below(&place).unwrap();
        fs::write(used.path().join("a"), "").unwrap();
        for left in ["run-killed", "run-killed-early", "somebody-elses"] {
            fs::create_dir(place.join(left)).unwrap();
            fs::write(place.join(left).join("b"), "").unwrap();
        }
        for lock in ["run-killed.lock", "run-killed-late.lock"] {
            fs::write(place.join(lock), "").unwrap();
        }
        drop(ScratchDirectory::below(&place).unwrap());
        let own = used.path().file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(names(&place), ["gate", &own, &format!("{own}.lock"), "somebody-elses"]);
        assert!(used.path().join("a").is_file());
        drop(used);
        assert_eq!(names(&place), ["gate", "somebody-elses"]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_looks_into_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("state/scratch");
        let used = ScratchDirectory::below(&place).unwrap();
        for directory in [used.path(), &place] {
            let mode = fs::metadata(directory).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", directory.display());
        }
    }
}
