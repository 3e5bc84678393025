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
/// How many bytes of stories.
const MOST_STORY_BYTES: usize = 8 * 1024 * 1024;
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
    /// The stories that were given since the last beginning.
    stories: HashSet<i64>,
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
    /// The events.
    pub found: FoundEvents,
    /// Whether there are older events, which are too many.
    pub is_cut: bool,
}

/// Recorded events.
#[derive(Debug, Default)]
pub struct FoundEvents {
    /// What is kept of the stories that they are of.
    pub stories: Vec<Vec<u8>>,
    /// Their bodies, in the order in which they came.
    pub bodies: Vec<Vec<u8>>,
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
                stories: HashSet::new(),
            });
        }
        self.read(&mut recorded).map_err(|error| store::unusable(&self.place.file, error))?;
        Ok(recorded)
    }

    /// The newest events that hold a text, also of those that are too old to be followed, the oldest
    /// first: as far as they are found in a time that an answer may wait for.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn search(&mut self, text: &str) -> Result<FoundEvents> {
        let Some(open) = &mut self.open else { return Ok(FoundEvents::default()) };
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
            open.stories.clear();
            self.given = Given::default();
            recorded.is_anew = true;
        }
        open.newest(recorded)?;
        // Only what was read whole is not read again.
        open.version = version;
        let bodies = &recorded.found.bodies;
        self.given.events += bodies.len();
        self.given.bytes += bodies.iter().map(Vec::len).sum::<usize>();
        Ok(())
    }
}

impl OpenHistory {
    fn search(&mut self, text: &str) -> rusqlite::Result<FoundEvents> {
        let select = "SELECT body, delivery FROM content ORDER BY delivery DESC";
        let mut statement = self.connection.prepare_cached(select)?;
        let mut rows = statement.query([])?;
        let (start, mut bodies, mut deliveries) = (Instant::now(), Vec::new(), Vec::new());
        while bodies.len() < MOST_FOUND
            && start.elapsed() < SEARCH_TIME
            && let Some(row) = rows.next()?
        {
            let body = row.get_ref(0)?.as_bytes()?;
            if std::str::from_utf8(body).is_ok_and(|body| body.contains(text)) {
                bodies.push(body.to_vec());
                deliveries.push(row.get(1)?);
            }
        }
        drop(rows);
        drop(statement);
        bodies.reverse();
        Ok(FoundEvents { stories: self.stories_of(&deliveries)?, bodies })
    }

    /// The stories of deliveries, the newest of which is the first, that were not given yet: as many of the newest as
    /// there is room for, the oldest first.
    fn stories_of(&mut self, deliveries: &[i64]) -> rusqlite::Result<Vec<Vec<u8>>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT story.delivery, telling FROM delivery
             JOIN story ON story.delivery = delivery.story WHERE delivery.id = ?1",
        )?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        for delivery in deliveries {
            let mut rows = statement.query([delivery])?;
            let Some(row) = rows.next()? else { continue };
            let story = row.get(0)?;
            if self.stories.contains(&story) {
                continue;
            }
            let telling: Vec<u8> = row.get(1)?;
            bytes += telling.len();
            if bytes > MOST_STORY_BYTES {
                break;
            }
            self.stories.insert(story);
            found.push(telling);
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
        let (mut bodies, mut deliveries) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let delivery = row.get(0)?;
            last = last.max(delivery);
            if !known.insert(row.get::<_, String>(1)?) {
                continue;
            }
            let body: Vec<u8> = row.get(2)?;
            bytes += body.len();
            if bodies.len() == MOST_EVENTS || bytes > MOST_BYTES {
                recorded.is_cut = true;
                break;
            }
            bodies.push(body);
            deliveries.push(delivery);
        }
        drop(rows);
        drop(statement);
        bodies.reverse();
        recorded.found = FoundEvents { stories: self.stories_of(&deliveries)?, bodies };
        self.last = last;
        Ok(())
    }
}
