//! Reads what is recorded as it comes, within bounds: the newest events of a history, and those that follow.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::storage::Storage;
use super::store::{self, StoreError};
use super::watched::OpenFiles;
use crate::error::Result;

/// How many events there are at once, and how many bytes of them.
const MOST_EVENTS: usize = 500;
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// How many events a search finds, and how long it may take.
const MOST_FOUND: usize = 50;
const SEARCH_TIME: Duration = Duration::from_millis(300);

/// Follows a history, also one that is not there yet, or takes the place of one that was deleted.
#[derive(Debug)]
pub struct Follower {
    place: Storage,
    open: Option<OpenHistory>,
    /// How many events and bytes were given since the last beginning.
    given: Given,
}

#[derive(Debug)]
struct OpenHistory {
    connection: Connection,
    files: OpenFiles,
    /// The number that changes with each commit of others.
    version: i64,
    /// The last delivery that was read.
    last: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Given {
    events: usize,
    bytes: usize,
}

/// What is new in a history.
#[derive(Debug, Default)]
pub struct NewlyRecorded {
    /// Whether what was given before does not count any more.
    pub is_anew: bool,
    /// The bodies of the events, in the order in which they came.
    pub bodies: Vec<Vec<u8>>,
    /// Whether there are older events, which are too many.
    pub is_cut: bool,
}

impl Follower {
    /// Follows that history from its newest events on.
    pub fn new(place: Storage) -> Self {
        Self { place, open: None, given: Given::default() }
    }

    /// What was recorded since this was asked last. It costs little where that is nothing.
    ///
    /// # Errors
    /// The file cannot be read, or is no history of devtool's.
    pub fn look(&mut self) -> Result<NewlyRecorded> {
        let mut recorded = NewlyRecorded::default();
        if self.open.as_ref().is_some_and(|open| open.files.change().is_some()) {
            self.open = None;
            self.given = Given::default();
            recorded.is_anew = true;
        }
        if self.open.is_none() && self.place.file.exists() {
            let connection = store::open_existing(&self.place)?;
            self.open = connection.map(|connection| OpenHistory {
                connection,
                files: OpenFiles::of(&self.place.file),
                version: -1,
                last: 0,
            });
        }
        self.read(&mut recorded).map_err(|error| store::unusable(&self.place.file, error))?;
        Ok(recorded)
    }

    /// The bodies of the newest events that hold a text, also of those that are too old to be followed, the oldest
    /// first: as far as they are found in a time that an answer may wait for.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn search(&self, text: &str) -> Result<Vec<Vec<u8>>> {
        let Some(open) = &self.open else { return Ok(Vec::new()) };
        open.search(text)
            .map_err(|error| store::unusable(&self.place.file, StoreError::from(error)))
    }

    fn read(&mut self, recorded: &mut NewlyRecorded) -> std::result::Result<(), StoreError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let version = open.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        if version == open.version {
            return Ok(());
        }
        let is_full = self.given.events >= 2 * MOST_EVENTS || self.given.bytes >= 2 * MOST_BYTES;
        if is_full {
            open.last = 0;
            self.given = Given::default();
            recorded.is_anew = true;
        }
        open.newest(recorded)?;
        // Only what was read whole is not read again.
        open.version = version;
        self.given.events += recorded.bodies.len();
        self.given.bytes += recorded.bodies.iter().map(Vec::len).sum::<usize>();
        Ok(())
    }
}

impl OpenHistory {
    fn search(&self, text: &str) -> rusqlite::Result<Vec<Vec<u8>>> {
        let mut statement =
            self.connection.prepare_cached("SELECT body FROM content ORDER BY delivery DESC")?;
        let mut rows = statement.query([])?;
        let (start, mut found) = (Instant::now(), Vec::new());
        while found.len() < MOST_FOUND
            && start.elapsed() < SEARCH_TIME
            && let Some(row) = rows.next()?
        {
            let body = row.get_ref(0)?.as_bytes()?;
            if std::str::from_utf8(body).is_ok_and(|body| body.contains(text)) {
                found.push(body.to_vec());
            }
        }
        found.reverse();
        Ok(found)
    }

    /// The newest events after the last one, each once.
    fn newest(&mut self, recorded: &mut NewlyRecorded) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.id, d.event_id, content.body FROM delivery d
             JOIN content ON content.delivery = d.id WHERE d.id > ?1 ORDER BY d.id DESC",
        )?;
        let mut rows = statement.query([self.last])?;
        let (mut known, mut bytes, mut last) = (HashSet::new(), 0, self.last);
        while let Some(row) = rows.next()? {
            last = last.max(row.get(0)?);
            if !known.insert(row.get::<_, String>(1)?) {
                continue;
            }
            let body: Vec<u8> = row.get(2)?;
            bytes += body.len();
            if recorded.bodies.len() == MOST_EVENTS || bytes > MOST_BYTES {
                recorded.is_cut = true;
                break;
            }
            recorded.bodies.push(body);
        }
        recorded.bodies.reverse();
        drop(rows);
        drop(statement);
        self.last = last;
        Ok(())
    }
}
