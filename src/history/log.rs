//! The log that SQLite writes before it writes the file (WAL), and how it is carried over.
//!
//! That takes two waits for the disk. A thread of its own does it while the writer goes on; only a log
//! that grows faster than it is carried over makes the writer wait.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::store;

/// From this size on, the log is carried over beside the writer, by the writer, and at the end of a run
/// (whoever opens the file next reads the whole log).
const BESIDE: u64 = 8 << 20;
const BY_THE_WRITER: u64 = 64 << 20;
const AT_THE_END: u64 = 4 << 20;

/// Keeps the log small.
#[derive(Debug)]
pub(super) struct Log {
    file: PathBuf,
    path: PathBuf,
    carrier: Option<Carrier>,
}

/// The thread that carries over.
#[derive(Debug)]
struct Carrier {
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Log {
    pub(super) fn of(file: &Path) -> Self {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        Self { file: file.to_owned(), path: log.into(), carrier: None }
    }

    /// Looks at the log after a commit. What cannot be carried over now will be later.
    pub(super) fn after_commit(&mut self, connection: &Connection) {
        match self.size() {
            size if size >= BY_THE_WRITER => {
                let _ = connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
            }
            size if size >= BESIDE => self.wake(),
            _ => {}
        }
    }

    /// Leaves a small log behind.
    pub(super) fn at_the_end(self, connection: &Connection) {
        let size = self.size();
        if let Some(Carrier { wake, thread }) = self.carrier {
            drop(wake);
            let _ = thread.join();
        }
        if size >= AT_THE_END {
            // Whoever still reads or writes will see to it.
            let _ = connection.busy_timeout(Duration::ZERO);
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |found| found.len())
    }

    fn wake(&mut self) {
        if self.carrier.is_none() {
            self.carrier = Carrier::start(&self.file);
        }
        if let Some(carrier) = &self.carrier {
            // Where one is waiting already, that one will see everything.
            let _ = carrier.wake.try_send(());
        }
    }
}

impl Carrier {
    /// `None` where the system gives no thread; the writer carries over then.
    fn start(file: &Path) -> Option<Self> {
        let (wake, woken) = sync_channel(1);
        let file = file.to_owned();
        let thread = std::thread::Builder::new().name("history log".to_owned());
        let thread = thread.spawn(move || carry(&file, &woken)).ok()?;
        Some(Self { wake, thread })
    }
}

fn carry(file: &Path, woken: &Receiver<()>) {
    let Ok(connection) = store::connect(file) else { return };
    while woken.recv().is_ok() {
        let _ = connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
    }
}
