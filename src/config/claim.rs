//! The place by which other commands see one that runs: a file in which it says what it is, beside one that its
//! process holds locked. The lock goes with the process, whatever ends it, so a stale file is known as such.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{files, private};
use crate::error::Result;

/// How long to wait for another process that looks who is there, and how often: it needs microseconds.
const PROBE_WAIT: Duration = Duration::from_millis(2);
const PROBE_WAITS: u32 = 500;

/// A place that is taken, as long as this is kept.
#[derive(Debug)]
pub(crate) struct FileClaim {
    file: PathBuf,
    /// Locked.
    _lock: File,
}

impl FileClaim {
    /// Takes the place of that file, whose directory is made; `None` where another process has it.
    ///
    /// # Errors
    /// The directory or the lock cannot be written, or belongs to another user.
    pub(crate) fn take(file: PathBuf) -> io::Result<Option<Self>> {
        private::directory(&files::directory_of(&file))?;
        let lock = private::new_file().truncate(false).open(lock_of(&file))?;
        Ok(if lock_whole(&lock, &file)? { Some(Self { file, _lock: lock }) } else { None })
    }

    /// Tells others what runs.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn publish(&self, running: &impl Serialize) -> io::Result<()> {
        // Whole or not at all, for those who read it meanwhile.
        files::replace(&self.file, &serde_json::to_string(running)?)
    }

    /// The file that others read.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for FileClaim {
    fn drop(&mut self) {
        // What is left is known to be stale all the same. The file of the lock stays, since another
        // may be about to lock it.
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Whether the files of a place are devtool's own.
///
/// # Errors
/// Another user has put one of them there.
pub(crate) fn check(file: &Path) -> Result<()> {
    for file in [file, &lock_of(file)] {
        private::check(file).map_err(|source| private::untrusted(file, source))?;
    }
    Ok(())
}

/// What stands in the file, whether its process is still there or not.
pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> Option<T> {
    serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()
}

/// Whether the process that wrote the file is still there.
pub(crate) fn is_held(file: &Path) -> bool {
    let lock = OpenOptions::new().read(true).open(lock_of(file));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn lock_of(file: &Path) -> PathBuf {
    file.with_extension("lock")
}

/// Takes the lock of a place, unless another has it. One that only looks who is there has it, too, for a moment, but
/// shares it: that one is waited for.
fn lock_whole(lock: &File, place: &Path) -> io::Result<bool> {
    for _ in 0..PROBE_WAITS {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if is_held(place) => return Ok(false),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PROBE_WAIT),
            Err(TryLockError::Error(source)) => return Err(source),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_only_looks_keeps_nobody_from_a_place() {
        let directory = tempfile::tempdir().unwrap();
        let place = || directory.path().join("a.json");
        let taken = || FileClaim::take(place()).unwrap().is_some();
        assert!(taken());
        let looking = File::open(lock_of(&place())).unwrap();
        looking.lock_shared().unwrap();
        let gone = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(looking);
        });
        assert!(taken());
        gone.join().unwrap();
    }

    #[test]
    fn a_place_is_taken_once_and_what_a_killed_one_left_is_stale() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("places/a.json");
        let claim = FileClaim::take(place.clone()).unwrap().unwrap();
        claim.publish(&7).unwrap();
        assert_eq!((read(&place), is_held(&place)), (Some(7), true));
        assert!(FileClaim::take(place.clone()).unwrap().is_none());
        drop(claim);
        assert_eq!((read::<i32>(&place), is_held(&place)), (None, false));
        std::fs::write(&place, "7").unwrap();
        assert_eq!((read(&place), is_held(&place)), (Some(7), false));
        assert!(FileClaim::take(place).unwrap().is_some());
    }
}
