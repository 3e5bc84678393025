//! Which sessions live. Each holds a shared lock on a file beside the history; the lock goes with its process,
//! whatever ends that. Whoever gets the whole lock is alone, and sessions without an end are crashed ones.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::identity::beside;
use crate::config::private;

/// What the name of the locked file ends with.
const ENDING: &str = "-lock";
/// How long to wait for another process that looks whether it is alone, and how often: it needs
/// microseconds.
const PROBE_WAIT: Duration = Duration::from_millis(2);
const PROBE_WAITS: u32 = 50;

/// A session's share of the lock; `None` where the system gives none.
#[derive(Debug)]
pub(super) struct Presence(Option<File>);

impl Presence {
    pub(super) fn take(history: &Path) -> Self {
        let shared = open(history).and_then(|file| share(&file).map(|()| file));
        Self(shared.ok())
    }

    /// Whether no other session lives. Whoever asks holds the history's write lock, so that no other process
    /// prunes while this session's own share is given up for a moment. (Not every system makes a whole lock
    /// of a share.)
    pub(super) fn is_alone(&self) -> bool {
        let Some(file) = &self.0 else { return false };
        let is_alone = file.unlock().is_ok() && file.try_lock().is_ok();
        // Where it fails, the next one that looks takes this session for a crashed one: nothing lets that
        // happen but a program that holds the file locked for ever.
        let _ = file.unlock().and_then(|()| share(file));
        is_alone
    }
}

/// Whether no session lives that records into that history.
pub(super) fn nobody_lives(history: &Path) -> bool {
    let file = beside(history, ENDING);
    match private::check(&file).and_then(|()| File::open(file)) {
        Ok(file) => file.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn share(file: &File) -> io::Result<()> {
    let mut shared = file.try_lock_shared();
    for _ in 0..PROBE_WAITS {
        if !matches!(shared, Err(std::fs::TryLockError::WouldBlock)) {
            break;
        }
        std::thread::sleep(PROBE_WAIT);
        shared = file.try_lock_shared();
    }
    shared.map_err(io::Error::from)
}

fn open(history: &Path) -> io::Result<File> {
    let file = beside(history, ENDING);
    private::check(&file)?;
    private::new_file().append(true).open(file)
}
