//! An open history that is written: its connection, and what belongs to the one file that it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::backlog::PendingRow;
use super::log::Log;
use super::presence::Presence;
use super::prune::{self, Cursor};
use super::record::{Delivery, DeliveryId, Session};
use super::rows;
use super::storage::{Limits, Storage};
use super::store::{self, StoreError};
use super::watched::OpenFiles;
use super::written_stories::WrittenStories;
use crate::protocol::Moment;

/// How long a commit waits for another process that writes: a delivery waits for it, too.
const BUSY_WAIT: Duration = Duration::from_millis(500);

/// What is open.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
    pub(super) log: Log,
    pub(super) watched: OpenFiles,
    presence: Presence,
    session: Option<i64>,
    /// Whether its end is written.
    has_end: bool,
    names: HashMap<String, i64>,
    stories: WrittenStories,
    cursor: Cursor,
}

/// What is written in one transaction.
#[derive(Clone, Copy)]
pub(super) struct Work<'w> {
    pub(super) rows: &'w [PendingRow],
    pub(super) session: &'w Session,
    /// The number from which on the session's deliveries still have to be made, where that is known to
    /// have changed.
    pub(super) waiting_from: Option<i64>,
    /// When the session ended, where it has.
    pub(super) ended_at: Option<Moment>,
    /// The limits, where they are to be looked at.
    pub(super) look: Option<(Limits, Moment)>,
    /// Whether another process that writes is waited for.
    pub(super) wait: Wait,
}

/// Whether another process that writes is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// For a moment.
    Briefly,
    /// Not at all.
    No,
}

impl Database {
    /// Opens the file; tells also where a damaged one lies now.
    pub(super) fn open(
        place: &Storage,
        now: Moment,
    ) -> crate::error::Result<(Self, Option<PathBuf>)> {
        let store = store::open(place, now)?;
        Ok((Self::of(&place.file, with_files(&place.file, store.connection)), store.set_aside))
    }

    /// Sets the damaged file aside, and begins a new one.
    pub(super) fn replacing(
        file: &Path,
        now: Moment,
    ) -> Result<(Self, Option<PathBuf>), StoreError> {
        let store = store::replace(file, now)?;
        Ok((Self::of(file, with_files(file, store.connection)), store.set_aside))
    }

    /// An open file, with what stood at its path when it was opened.
    pub(super) fn of(file: &Path, (mut connection, watched): (Connection, OpenFiles)) -> Self {
        Self {
            log: Log::of(file, &mut connection),
            watched,
            presence: Presence::take(file),
            connection,
            session: None,
            has_end: false,
            names: HashMap::new(),
            stories: WrittenStories::default(),
            cursor: Cursor::default(),
        }
    }

    /// The number of the session, once something of it is written.
    pub(super) const fn session(&self) -> Option<i64> {
        self.session
    }

    /// Writes all of it or nothing; tells whether events beyond the limits had to stay.
    pub(super) fn write(&mut self, work: Work<'_>) -> Result<prune::Look, StoreError> {
        let wait = match work.wait {
            Wait::Briefly => BUSY_WAIT,
            Wait::No => Duration::ZERO,
        };
        // Other processes wait for this one from the beginning of the transaction on.
        work.rows.iter().for_each(PendingRow::make_story);
        self.connection.busy_timeout(wait)?;
        self.execute("BEGIN IMMEDIATE")?;
        let written = self.write_rows(work).and_then(|written| {
            self.execute("COMMIT")?;
            Ok(written)
        });
        match written {
            Ok((session, look)) => {
                self.session = Some(session);
                self.has_end = work.ended_at.is_some();
                Ok(look)
            }
            Err(error) => {
                // Some problems have undone everything already, and what was given a name is undone with it.
                let _ = self.connection.execute_batch("ROLLBACK");
                self.names.clear();
                self.stories.clear();
                work.rows.iter().for_each(PendingRow::unwrite);
                Err(error.into())
            }
        }
    }

    /// Runs a statement that is prepared once.
    fn execute(&self, sql: &str) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute([])
    }

    fn write_rows(&mut self, work: Work<'_>) -> rusqlite::Result<(i64, prune::Look)> {
        let Self { connection, names, stories, .. } = self;
        let session = match self.session {
            Some(id) => id,
            None => rows::begin(connection, work.session)?,
        };
        for row in work.rows {
            match row {
                PendingRow::Delivery(delivery, receipt, _) => {
                    let id = rows::insert(connection, session, delivery, names, stories)?;
                    receipt.set(Some(id));
                }
                PendingRow::Attempt(receipt, attempt) => {
                    if let Some(id) = receipt.id() {
                        rows::conclude(connection, id, attempt)?;
                    }
                }
                PendingRow::Calls(receipt, calls) => {
                    if let Some(id) = receipt.id() {
                        rows::ask(connection, id, calls)?;
                    }
                }
                PendingRow::Finished(_) => {}
            }
        }
        if let Some(from) = work.waiting_from {
            let waiting = "UPDATE session SET waiting_from = ?2 WHERE id = ?1";
            connection.prepare_cached(waiting)?.execute([session, from])?;
        }
        if let Some(at) = work.ended_at {
            rows::end(connection, session, at)?;
        }
        let mut look = prune::Look::default();
        if let Some((limits, now)) = work.look {
            look = prune::look(connection, (&limits, now), &mut self.cursor)?;
            if look.removed > 0 {
                stories.after_pruning(connection)?;
            }
            if look.kept > 0 && self.presence.is_alone() {
                prune::forget_crashed(connection, Some(session))?;
            }
        }
        Ok((session, look))
    }

    /// The body of a delivery, where it is there.
    pub(super) fn body(&self, id: DeliveryId) -> rusqlite::Result<Vec<u8>> {
        let select = "SELECT body FROM content WHERE delivery = ?1";
        self.connection.prepare_cached(select)?.query_row([id.0], |row| row.get(0))
    }

    /// A delivery, where all of it is there.
    pub(super) fn delivery(&self, id: DeliveryId) -> rusqlite::Result<Delivery> {
        let delivery = rows::delivery(&self.connection, id)?;
        Ok(Delivery { story: self.stories.of(&self.connection, id), ..delivery })
    }

    /// Lets the file go as it is.
    pub(super) fn close(self) {
        let Self { connection, log, .. } = self;
        log.stop();
        drop(connection);
    }

    /// Writes the session's end, where it was not written with its last rows.
    pub(super) fn end_session(&mut self, now: Moment) {
        if let Some(id) = self.session.filter(|_| !self.has_end) {
            self.has_end = rows::end(&self.connection, id, now).is_ok();
        }
    }

    /// Ends the session, and leaves a small log behind.
    pub(super) fn end(&mut self, now: Moment) {
        self.end_session(now);
        self.log.at_the_end(&self.connection);
    }

    /// Looks at the log after a commit.
    pub(super) fn after_commit(&mut self) {
        self.log.after_commit(&self.connection);
    }
}

/// A connection that was made just now.
fn with_files(file: &Path, connection: Connection) -> (Connection, OpenFiles) {
    (connection, OpenFiles::of(file))
}
