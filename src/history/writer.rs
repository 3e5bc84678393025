//! The writer, one at a time: a thread takes what has come, and commits it together. A delivery that comes
//! while there is nothing else to write is written on the spot.
//!
//! Nobody waits for a history that cannot be written: what comes then is kept, and written when it can be.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::backlog::{Backlog, PendingRow, Tracked};
use super::database::{Database, Wait, Work};
use super::intake::{gather, next};
use super::notice::{Gone, Notice, Notices};
use super::record::{Delivery, DeliveryId, Message, Receipt, Session};
use super::storage::{FileOrigin, Storage};
use super::store::{self, StoreError};
use super::trouble::{LOCKED_AGAIN, Trouble, is_locked, is_passing};
use crate::protocol::Clock;

/// When so many came together, more are on their way, for which it pays to wait a moment.
const BUSY_MESSAGES: usize = 6;

/// What is written on the spot: a delivery of so many bytes at most, when the last commit is so long ago. After
/// a shorter time more is on its way, which is better written together.
const SMALL_BYTES: usize = 64 * 1024;
const QUIET: Duration = Duration::from_millis(2);

/// After how many deliveries, made or come, the limits are looked at.
const DELIVERIES_BETWEEN_LOOKS: usize = 256;

/// For how long a locked history is waited for at the end.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// What writes.
#[derive(Debug)]
pub(super) struct Writer {
    place: Storage,
    session: Session,
    clock: Clock,
    notices: Notices,
    /// `None` where its file is gone and no new one could be begun yet.
    database: Option<Database>,
    backlog: Backlog,
    /// What the session still has to deliver.
    waiting: BTreeMap<i64, Receipt>,
    /// The number of its last delivery.
    last: i64,
    /// The number of its first delivery that waits, as it was written last.
    waiting_from: i64,
    /// Whether a delivery ended without an acceptance since then.
    has_failed: bool,
    unlooked: usize,
    /// When it wrote last.
    wrote: Option<Instant>,
    trouble: Option<Trouble>,
    /// Whether the session is over.
    has_ended: bool,
}

impl Writer {
    pub(super) fn new(
        place: Storage,
        session: Session,
        clock: Clock,
        notices: Notices,
        database: Database,
    ) -> Self {
        Self {
            place,
            session,
            clock,
            notices,
            database: Some(database),
            backlog: Backlog::default(),
            waiting: BTreeMap::new(),
            last: 0,
            waiting_from: 0,
            has_failed: false,
            unlooked: 0,
            wrote: None,
            trouble: None,
            has_ended: false,
        }
    }

    /// The number of the session, once something of it is written.
    pub(super) fn session(&self) -> Option<i64> {
        self.database.as_ref()?.session()
    }

    /// Writes until nobody is left who could send: what its thread does.
    pub(super) fn run(shared: &Mutex<Self>, mut messages: mpsc::Receiver<Message>) {
        let mut last = 0;
        let mut is_behind = false;
        while let Some(mut gathered) = next(&mut messages, is_behind) {
            // From here on, whoever records waits for the thread, so that the order stays.
            let mut writer = lock(shared);
            let is_end = gathered.iter().any(|message| matches!(message, Message::End(_)));
            if last >= BUSY_MESSAGES && !is_end {
                gather(&mut gathered, &mut messages);
            }
            last = gathered.len();
            writer.take(gathered);
            is_behind = !writer.backlog.is_empty();
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
        let Some(database) = self.database.as_mut().filter(|_| is_quiet) else {
            return Err(delivery);
        };
        let has_chores = self.unlooked >= DELIVERIES_BETWEEN_LOOKS
            || !self.backlog.is_empty()
            || database.log.is_long();
        let is_large = delivery.body.len() > SMALL_BYTES;
        if has_chores || is_large || database.watched.change().is_some() {
            return Err(delivery);
        }
        let receipt = Receipt::default();
        let rows = [PendingRow::Delivery(delivery, receipt.clone(), Tracked::Yes)];
        let session = &self.session;
        // Another process that writes is waited for by the thread.
        let (waiting_from, ended_at, look) = (None, None, None);
        let work = Work { rows: &rows, session, waiting_from, ended_at, look, wait: Wait::No };
        let written = database.write(work);
        if let (Err(_), [PendingRow::Delivery(delivery, ..)]) = (written, rows) {
            return Err(delivery);
        }
        self.has_written(&receipt, Tracked::Yes);
        self.wrote = Some(Instant::now());
        self.unlooked += 1;
        Ok(receipt)
    }

    /// Writes what has come; what cannot be written is kept. Whoever waits is told in any case.
    fn take(&mut self, messages: Vec<Message>) {
        let (mut written, mut flushed) = (Vec::new(), Vec::new());
        for message in messages {
            match message {
                Message::Flush(done) => flushed.push(done),
                Message::End(done) => {
                    self.has_ended = true;
                    flushed.push(done);
                }
                Message::Body { receipt, body } => self.give_body(&receipt, body),
                Message::Delivery { delivery, receipt, written: wanted } => {
                    let awaited = if wanted.is_some() { Tracked::Yes } else { Tracked::No };
                    written.extend(wanted);
                    self.backlog.push(PendingRow::Delivery(delivery, receipt, awaited));
                }
                Message::Attempt { receipt, attempt, is_last } => {
                    self.has_failed |= is_last && !attempt.is_accepted();
                    self.backlog.push(PendingRow::Attempt(receipt.clone(), attempt));
                    if is_last {
                        self.backlog.push(PendingRow::Finished(receipt));
                    }
                }
                Message::Calls { receipt, calls } => {
                    self.backlog.push(PendingRow::Calls(receipt, calls));
                }
                Message::GivenUp(receipt) => {
                    self.has_failed = true;
                    self.backlog.push(PendingRow::Finished(receipt));
                }
            }
        }
        self.write_backlog();
        if !flushed.is_empty() {
            self.wait_at_the_end();
        }
        if let (true, Some(database)) = (self.has_ended, &mut self.database) {
            database.end_session(self.clock.now());
        }
        for done in written.into_iter().chain(flushed) {
            // Whoever asked may be gone.
            let _ = done.send(());
        }
    }

    /// Whoever asks for what is not there is told by the end of the channel.
    fn give_body(&self, receipt: &Receipt, asked: oneshot::Sender<bytes::Bytes>) {
        let body = if let Some((id, database)) = receipt.id().zip(self.database.as_ref()) {
            database.body(id).ok().map(Into::into)
        } else {
            let mut unwritten = self.backlog.deliveries();
            unwritten.find(|(_, own)| own.is(receipt)).map(|(one, _)| one.body.clone())
        };
        if let Some(body) = body {
            let _ = asked.send(body);
        }
    }

    /// Writes what there is, as far as it can be written now.
    fn write_backlog(&mut self) {
        if self.trouble.is_some_and(|trouble| trouble.is_fresh()) {
            return;
        }
        while !self.backlog.is_empty() {
            if !self.has_file() {
                return;
            }
            let rows = self.backlog.take();
            match self.write(&rows) {
                Ok(()) => {}
                Err(error) if self.is_replaced(&error) => {
                    self.backlog.put_back(rows);
                    self.replace_damaged();
                }
                Err(error) => {
                    let is_kept = is_passing(&error);
                    self.has_trouble(&error);
                    if is_kept {
                        self.backlog.put_back(rows);
                        return;
                    }
                }
            }
        }
        self.trouble = None;
        let left_out = self.backlog.left_out();
        if left_out > 0 {
            self.notices.each(Notice::NotRecorded(left_out));
        }
    }

    fn write(&mut self, rows: &[PendingRow]) -> Result<(), StoreError> {
        let is_first_try = self.trouble.is_none();
        for row in rows {
            if let PendingRow::Finished(receipt) = row {
                self.forget(receipt);
            }
        }
        let Some(database) = &mut self.database else { return Ok(()) };
        let look = (self.unlooked >= DELIVERIES_BETWEEN_LOOKS)
            .then(|| (self.place.limits, self.clock.now()));
        let from = self.waiting.first_key_value().map_or(self.last + 1, |(id, _)| *id);
        let moves = from > self.waiting_from && (look.is_some() || self.has_failed);
        let done = database.write(Work {
            rows,
            session: &self.session,
            waiting_from: moves.then_some(from),
            ended_at: self.has_ended.then(|| self.clock.now()),
            look,
            wait: if is_first_try { Wait::Briefly } else { Wait::No },
        })?;
        database.after_commit();
        self.wrote = Some(Instant::now());
        if moves {
            (self.waiting_from, self.has_failed) = (from, false);
        }
        if look.is_some() {
            self.unlooked = 0;
        }
        if done.is_exceeded {
            self.notices.once(Notice::OverLimits);
        }
        for row in rows {
            match row {
                PendingRow::Delivery(_, receipt, awaited) => self.has_written(receipt, *awaited),
                PendingRow::Finished(receipt) => self.forget(receipt),
                PendingRow::Attempt(..) | PendingRow::Calls(..) => continue,
            }
            self.unlooked += 1;
        }
        Ok(())
    }

    fn has_written(&mut self, receipt: &Receipt, awaited: Tracked) {
        let Some(DeliveryId(id)) = receipt.id() else { return };
        self.last = self.last.max(id);
        if awaited == Tracked::Yes {
            self.waiting.insert(id, receipt.clone());
        }
    }

    fn forget(&mut self, receipt: &Receipt) {
        receipt.id().map(|id| self.waiting.remove(&id.0));
    }

    /// Whether the file is there. One that is not the one that was opened is let go, and a new one is begun.
    fn has_file(&mut self) -> bool {
        let gone = self.database.as_ref().and_then(|database| database.watched.change());
        if let Some(how) = gone
            && let Some(old) = self.database.take()
        {
            let kept = self.rescue(&old);
            if how == Gone::Deleted {
                old.watched.remove_others();
            }
            old.close();
            self.notices.each(Notice::Gone { how, kept });
        }
        if self.database.is_none() {
            match Database::open(&self.place, self.clock.now()) {
                Ok((new, _)) => self.begin(new),
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    self.notices.once(Notice::Incomplete(cause.unwrap_or(error.to_string())));
                    self.trouble = Some(Trouble::again(self.trouble, false));
                }
            }
        }
        self.database.is_some()
    }

    /// Takes what still has to be delivered out of a file that is let go, as far as it is there; it is written
    /// again. Tells how much that is.
    fn rescue(&mut self, old: &Database) -> usize {
        let waiting = std::mem::take(&mut self.waiting);
        let mut room = self.backlog.room();
        let mut rows = Vec::new();
        for (id, receipt) in waiting {
            let found = (room > 0).then(|| old.delivery(DeliveryId(id)));
            let Some(Ok(delivery)) = found else {
                receipt.lose();
                continue;
            };
            receipt.set(None);
            room = room.saturating_sub(delivery.body.len());
            rows.push(PendingRow::Delivery(Box::new(delivery), receipt, Tracked::Yes));
        }
        let kept = rows.len();
        self.backlog.put_back(rows);
        kept
    }

    /// Whether a new file is begun in place of a damaged one.
    fn is_replaced(&self, error: &StoreError) -> bool {
        store::is_damage(error) && self.place.origin == FileOrigin::Default
    }

    /// A damaged file is set aside, and a new one is begun.
    fn replace_damaged(&mut self) {
        let Some(old) = self.database.take() else { return };
        self.rescue(&old);
        old.close();
        match Database::replacing(&self.place.file, self.clock.now()) {
            Ok((new, aside)) => {
                let aside = aside.unwrap_or_default();
                let moved =
                    format!("the file was damaged; devtool moved it to `{}`", aside.display());
                self.notices.once(Notice::Incomplete(moved));
                self.begin(new);
            }
            Err(error) => self.has_trouble(&error),
        }
    }

    fn begin(&mut self, new: Database) {
        self.database = Some(new);
        (self.last, self.waiting_from) = (0, 0);
    }

    fn has_trouble(&mut self, error: &StoreError) {
        let trouble = Trouble::again(self.trouble, is_locked(error));
        self.trouble = Some(trouble);
        if !trouble.is_locked() {
            self.notices.once(Notice::Incomplete(error.to_string()));
        } else if trouble.is_locked_for_long() {
            self.notices.once(Notice::Locked);
        }
    }

    /// Waits for a locked history, since this process ends.
    fn wait_at_the_end(&mut self) {
        let end = Instant::now() + LAST_WAIT;
        let is_locked = |writer: &Self| writer.trouble.is_some_and(|trouble| trouble.is_locked());
        while is_locked(self) && Instant::now() < end {
            std::thread::sleep(LOCKED_AGAIN);
            self.write_backlog();
        }
        // Where something else is wrong, that was said.
        let unwritten = if is_locked(self) { self.backlog.deliveries().count() } else { 0 };
        let not_recorded = u64::try_from(unwritten).unwrap_or(u64::MAX) + self.backlog.left_out();
        if not_recorded > 0 {
            self.notices.each(Notice::NotRecorded(not_recorded));
        }
    }

    fn end(&mut self) {
        self.write_backlog();
        if let Some(database) = &mut self.database {
            database.end(self.clock.now());
        }
    }
}

/// The writer, for as long as that is held.
fn lock(shared: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
