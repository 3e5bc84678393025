//! A history that is opened while something else goes on: SQLite reads the log of the runs before, which
//! takes as long as a few events.

use std::thread::JoinHandle;

use rusqlite::Connection;

use super::storage::Storage;
use super::store;
use super::watched::OpenFiles;

/// A file that is being opened.
#[derive(Debug)]
pub struct Opening {
    place: Storage,
    /// `None` where the system gives no thread; the file is opened when it is needed then.
    thread: Option<JoinHandle<Option<(Connection, OpenFiles)>>>,
}

impl Opening {
    /// Begins with it, where the file is devtool's own. Nothing is made, moved or said yet; an older schema is brought
    /// to the newest.
    pub fn begin(place: &Storage) -> Self {
        let file = place.clone();
        let thread = std::thread::Builder::new().name("history opening".to_owned());
        let thread = thread.spawn(move || {
            let connection = store::open_existing(&file).ok().flatten()?;
            // Another file may stand there by the time this one is used.
            Some((connection, OpenFiles::of(&file.file)))
        });
        let thread = thread.ok();
        Self { place: place.clone(), thread }
    }

    /// Whether that file is meant.
    pub(crate) fn is_of(&self, place: &Storage) -> bool {
        self.place == *place
    }

    /// The connection and its files, where that was all.
    pub(super) fn connection(self) -> Option<(Connection, OpenFiles)> {
        self.thread?.join().ok().flatten()
    }
}
