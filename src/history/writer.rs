//! The writer, one at a time: a thread takes what has come, and commits it together. A delivery that comes
//! while there is nothing else to write is written on the spot.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::{mpsc, oneshot};

use super::log::Log;
use super::prune;
use super::record::{AttemptRow, Delivery, DeliveryId, Message, Receipt, Session};
use super::storage::{FileOrigin, Limits};
use super::store::{self, StoreError};
use crate::protocol::Clock;

/// How much is committed at once.
const BATCH_MESSAGES: usize = 512;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// It pays to gather for a moment, because each commit writes the pages of every index anew: where nobody
/// waits for the commit, and where so many came together that more are on their way.
const BUSY_MESSAGES: usize = 6;
const GATHERING: Duration = Duration::from_millis(8);

/// What is written on the spot: a delivery of so many bytes at most, when the last commit is so long ago. After
/// a shorter time more is on its way, which is better written together.
const SMALL_BYTES: usize = 64 * 1024;
const QUIET: Duration = Duration::from_millis(2);

/// After how many deliveries the limits are looked at.
const DELIVERIES_BETWEEN_LOOKS: usize = 256;

/// Why recording fails, for whoever asks first.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstError(Arc<Mutex<FirstErrorState>>);

#[derive(Debug, Default)]
struct FirstErrorState {
    waiting: Option<String>,
    was_told: bool,
}

impl FirstError {
    fn set(&self, error: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.was_told {
            state.was_told = true;
            state.waiting = Some(error.to_owned());
        }
    }

    pub(super) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting.take()
    }
}

/// What writes.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) file: PathBuf,
    pub(super) origin: FileOrigin,
    pub(super) connection: Connection,
    pub(super) session: Session,
    pub(super) limits: Limits,
    pub(super) clock: Clock,
    pub(super) error: FirstError,
    pub(super) session_id: Option<i64>,
    pub(super) names: HashMap<String, i64>,
    pub(super) unlooked: usize,
    /// When it wrote last.
    pub(super) wrote: Option<Instant>,
    pub(super) log: Log,
}

/// Those that wait for a commit.
#[derive(Default)]
struct Waiting {
    written: Vec<oneshot::Sender<()>>,
    receipts: Vec<Receipt>,
}

impl Writer {
    /// Writes until nobody is left who could send: what its thread does.
    pub(super) fn run(shared: &Mutex<Self>, mut messages: mpsc::Receiver<Message>) {
        let mut last = 0;
        loop {
            // All at once, so that those who wait to send are woken once.
            let mut gathered = Vec::new();
            if messages.blocking_recv_many(&mut gathered, BATCH_MESSAGES) == 0 {
                break;
            }
            if !gathered.iter().any(Message::is_awaited) {
                // Whoever sends something that is awaited, or is the last, ends this.
                std::thread::park_timeout(GATHERING);
                take_more(&mut gathered, &mut messages);
            }
            // From here on, whoever records waits for the thread, so that the order stays.
            let mut writer = lock(shared);
            if last >= BUSY_MESSAGES && gathered.len() < BATCH_MESSAGES {
                std::thread::sleep(GATHERING);
                take_more(&mut gathered, &mut messages);
            }
            let mut gathered = VecDeque::from(gathered);
            while !gathered.is_empty() {
                let batch = batch(&mut gathered);
                last = batch.len();
                writer.write_batch(batch);
            }
        }
        lock(shared).end();
    }

    /// Writes a delivery on the spot; gives it back where that would be more than a moment's work, or fails:
    /// then it is the thread's.
    pub(super) fn write_at_once(
        &mut self,
        delivery: Box<Delivery>,
    ) -> Result<Receipt, Box<Delivery>> {
        let is_quiet = self.wrote.is_none_or(|wrote| wrote.elapsed() >= QUIET);
        let has_chores = self.unlooked >= DELIVERIES_BETWEEN_LOOKS || self.log.is_long();
        if !is_quiet || has_chores || delivery.body.len() > SMALL_BYTES {
            return Err(delivery);
        }
        let receipt = Receipt::default();
        // Another process that writes is waited for by the thread.
        let _ = self.connection.busy_timeout(Duration::ZERO);
        let rows = [Row::Delivery(delivery, receipt.clone())];
        let written = self.write(&rows);
        let _ = self.connection.busy_timeout(store::TIME_LIMIT);
        if let (Err(_), [Row::Delivery(delivery, _)]) = (written, rows) {
            // Those that were new in it are gone with it.
            self.names.clear();
            return Err(delivery);
        }
        self.unlooked += 1;
        Ok(receipt)
    }

    fn write_batch(&mut self, batch: Vec<Message>) {
        let mut waiting = Waiting::default();
        if let Err(error) = self.commit(batch, &mut waiting) {
            // The batch is lost, and what was given a name in it.
            self.names.clear();
            waiting.receipts.iter().for_each(|receipt| receipt.set(None));
            self.error.set(&error.to_string());
        }
        for written in waiting.written {
            // Whoever asked may be gone.
            let _ = written.send(());
        }
    }

    fn end(&mut self) {
        if let Some(id) = self.session_id {
            let now = self.clock.now().milliseconds();
            let ended = "UPDATE session SET ended_at = ?2 WHERE id = ?1";
            let _ = self.connection.execute(ended, params![id, now]);
        }
        self.log.at_the_end(&self.connection);
    }

    /// A damaged file is replaced.
    fn replace(&mut self) -> Result<(), StoreError> {
        let new = store::replace(&self.file, self.clock.now())?;
        let aside = new.set_aside.unwrap_or_default();
        self.error.set(&format!("the file was damaged; devtool moved it to `{}`", aside.display()));
        self.connection = new.connection;
        self.log = Log::of(&self.file, &mut self.connection);
        self.session_id = None;
        self.names.clear();
        Ok(())
    }

    fn commit(&mut self, batch: Vec<Message>, waiting: &mut Waiting) -> Result<(), StoreError> {
        // Whoever waits is told also when the batch fails.
        let mut rows = Vec::with_capacity(batch.len());
        for message in batch {
            match message {
                Message::Flush(done) => waiting.written.push(done),
                Message::Body { id, body } => self.give_body(id, body),
                Message::Delivery { delivery, receipt, written } => {
                    waiting.written.extend(written);
                    waiting.receipts.push(receipt.clone());
                    rows.push(Row::Delivery(delivery, receipt));
                }
                Message::Attempt { receipt, attempt } => rows.push(Row::Attempt(receipt, attempt)),
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.unlooked += waiting.receipts.len();
        match self.write(&rows) {
            Err(damage) if store::is_damage(&damage) && self.origin == FileOrigin::Default => {
                self.replace()?;
                self.write(&rows)?;
            }
            other => other?,
        }
        self.log.after_commit(&self.connection);
        Ok(())
    }

    /// Whoever asks for what is not there is told by the end of the channel.
    fn give_body(&self, id: DeliveryId, asked: oneshot::Sender<Vec<u8>>) {
        let select = "SELECT body FROM content WHERE delivery = ?1";
        let select = self.connection.prepare_cached(select);
        if let Ok(body) = select.and_then(|mut s| s.query_row([id.0], |row| row.get(0))) {
            let _ = asked.send(body);
        }
    }

    fn write(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        self.execute("BEGIN IMMEDIATE")?;
        let written = self.write_rows(rows).and_then(|session| {
            self.execute("COMMIT")?;
            Ok(session)
        });
        if written.is_err() {
            // Some problems have undone everything already.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        self.session_id = Some(written?);
        self.wrote = Some(Instant::now());
        Ok(())
    }

    /// Runs a statement that is prepared once.
    fn execute(&self, sql: &str) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute([])
    }

    /// Returns the session that they are of.
    fn write_rows(&mut self, rows: &[Row]) -> rusqlite::Result<i64> {
        let (connection, names) = (&self.connection, &mut self.names);
        let session = match self.session_id {
            Some(id) => id,
            None => begin(connection, &self.session)?,
        };
        for row in rows {
            match row {
                Row::Delivery(delivery, receipt) => {
                    receipt.set(Some(insert(connection, session, delivery, names)?));
                }
                Row::Attempt(receipt, attempt) => {
                    if let Some(id) = receipt.id() {
                        conclude(connection, id, attempt)?;
                    }
                }
            }
        }
        if self.unlooked >= DELIVERIES_BETWEEN_LOOKS {
            prune::look(connection, &self.limits, self.clock.now())?;
            self.unlooked = 0;
        }
        Ok(session)
    }
}

/// What a message writes.
enum Row {
    Delivery(Box<Delivery>, Receipt),
    Attempt(Receipt, Box<AttemptRow>),
}

/// The writer, for as long as that is held.
fn lock(shared: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes what has come meanwhile, too.
fn take_more(gathered: &mut Vec<Message>, messages: &mut mpsc::Receiver<Message>) {
    while gathered.len() < BATCH_MESSAGES
        && let Ok(next) = messages.try_recv()
    {
        gathered.push(next);
    }
}

/// As much of what has gathered as one commit takes.
fn batch(gathered: &mut VecDeque<Message>) -> Vec<Message> {
    let (mut bytes, mut batch) = (0, Vec::new());
    while bytes < BATCH_BYTES {
        let Some(next) = gathered.pop_front() else { break };
        bytes += size(&next);
        batch.push(next);
    }
    batch
}

fn size(message: &Message) -> usize {
    match message {
        Message::Delivery { delivery, .. } => delivery.body.len(),
        Message::Attempt { attempt, .. } => attempt.body.as_ref().map_or(0, Vec::len),
        Message::Flush(_) | Message::Body { .. } => 0,
    }
}

fn begin(connection: &Connection, session: &Session) -> rusqlite::Result<i64> {
    let insert = "INSERT INTO session (command, name, started_at) VALUES (?1, ?2, ?3)";
    let started = session.started_at.milliseconds();
    connection.execute(insert, params![session.command, session.name, started])?;
    Ok(connection.last_insert_rowid())
}

fn insert(
    connection: &Connection,
    session: i64,
    delivery: &Delivery,
    names: &mut HashMap<String, i64>,
) -> rusqlite::Result<DeliveryId> {
    let account = delivery.account.as_deref();
    let account = account.map(|account| name(connection, names, account)).transpose()?;
    connection
        .prepare_cached(
            "INSERT INTO delivery
                 (session, via, event_id, type, created, account, endpoint, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            session,
            name(connection, names, delivery.via.word())?,
            delivery.event_id,
            name(connection, names, &delivery.event)?,
            delivery.created,
            account,
            name(connection, names, &delivery.endpoint)?,
            delivery.received_at.milliseconds(),
        ])?;
    let id = connection.last_insert_rowid();
    connection
        .prepare_cached("INSERT INTO content (delivery, headers, body) VALUES (?1, ?2, ?3)")?
        .execute(params![id, delivery.headers.as_bytes(), &*delivery.body])?;
    Ok(DeliveryId(id))
}

/// The number of a word.
fn name(
    connection: &Connection,
    names: &mut HashMap<String, i64>,
    text: &str,
) -> rusqlite::Result<i64> {
    if let Some(id) = names.get(text) {
        return Ok(*id);
    }
    let known = connection
        .prepare_cached("SELECT id FROM name WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()?;
    let id = if let Some(id) = known {
        id
    } else {
        connection.prepare_cached("INSERT INTO name (text) VALUES (?1)")?.execute([text])?;
        connection.last_insert_rowid()
    };
    names.insert(text.to_owned(), id);
    Ok(id)
}

/// Adds an attempt; the delivery's state is that of its last one.
fn conclude(connection: &Connection, id: DeliveryId, attempt: &AttemptRow) -> rusqlite::Result<()> {
    // `RETURNING` would make a table of its own for each, and `INSERT … SELECT` a journal.
    let changed = connection
        .prepare_cached(
            "UPDATE delivery
             SET state = ?2, status = ?3, latency_us = ?4, attempts = attempts + 1
             WHERE id = ?1",
        )?
        .execute(params![id.0, attempt.state, attempt.status, attempt.latency_us])?;
    // It may have been pruned meanwhile.
    if changed == 0 {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO attempt (delivery, number, at, outcome, status, latency_us, headers, body,
                 body_truncated, error)
             VALUES (?1, (SELECT attempts FROM delivery WHERE id = ?1),
                 ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            id.0,
            attempt.at.milliseconds(),
            attempt.outcome,
            attempt.status,
            attempt.latency_us,
            attempt.headers.as_ref().map(super::Headers::as_bytes),
            attempt.body,
            attempt.body_truncated,
            attempt.error,
        ])?;
    Ok(())
}
