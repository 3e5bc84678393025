//! The log that SQLite writes before it writes the file (WAL), and how it is carried over.
//!
//! That takes two waits for the disk. A thread of its own does it while the writer goes on; only a log
//! that grows faster than it is carried over makes the writer wait.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::store;

/// From so many pages on, the log is carried over beside the writer, and by the writer: 32 and 128 MiB. More
/// often would hold the deliveries up more often, and write the pages of the indexes more often.
const BESIDE: usize = 2_048;
const BY_THE_WRITER: usize = 8_192;
/// From so many bytes on, it is carried over at the end of a run: whoever opens the file next reads the
/// whole log.
const AT_THE_END: u64 = 4 << 20;

/// Keeps the log small.
#[derive(Debug)]
pub(super) struct Log {
    file: PathBuf,
    /// How many pages of it hold something. The log is written from its start again, and stays as long as
    /// it was: to cut it would stop the writer for milliseconds.
    pages: Arc<AtomicUsize>,
    carrier: Option<Carrier>,
}

/// The thread that carries over.
#[derive(Debug)]
struct Carrier {
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Log {
    /// The log of what that connection writes.
    pub(super) fn of(file: &Path, connection: &mut Connection) -> Self {
        let pages = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&pages);
        // It fails where there is no memory for it; then the log is carried over at the end only.
        let _ = connection.wal_hook(Some(move |_: &mut Wal, pages| {
            count.store(usize::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }));
        Self { file: file.to_owned(), pages, carrier: None }
    }

    /// Looks at the log after a commit. What cannot be carried over now will be later.
    pub(super) fn after_commit(&mut self, connection: &Connection) {
        match self.pages.load(Ordering::Relaxed) {
            pages if pages >= BY_THE_WRITER => {
                let _ = connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
            }
            pages if pages >= BESIDE => self.wake(),
            _ => {}
        }
    }

    /// Whether it is time to carry it over.
    pub(super) fn is_long(&self) -> bool {
        self.pages.load(Ordering::Relaxed) >= BESIDE
    }

    /// Leaves a small log behind.
    pub(super) fn at_the_end(&mut self, connection: &Connection) {
        let size = self.size();
        self.stop_carrier();
        if size >= AT_THE_END {
            // Whoever still reads or writes will see to it.
            let _ = connection.busy_timeout(Duration::ZERO);
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    /// Leaves it as it is.
    pub(super) fn stop(mut self) {
        self.stop_carrier();
    }

    fn stop_carrier(&mut self) {
        if let Some(Carrier { wake, thread }) = self.carrier.take() {
            drop(wake);
            let _ = thread.join();
        }
    }

    fn size(&self) -> u64 {
        let mut log = self.file.clone().into_os_string();
        log.push("-wal");
        std::fs::metadata(log).map_or(0, |found| found.len())
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
