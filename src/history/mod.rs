//! What was delivered, kept in one SQLite file: every event that came, where it went, and what came
//! of each attempt.
//!
//! A [`History`] takes deliveries and attempts; one thread of its own writes them, many in one
//! transaction, or whoever records while that has nothing to do. A [`Reader`] has a connection of its own
//! and never holds the writer up. Several processes may write at once.

mod backlog;
mod database;
mod earlier;
mod endpoint_filter;
mod entries;
mod filter;
mod find;
mod follow;
mod headers;
mod identity;
mod intake;
mod kept_attempt;
mod kept_calls;
mod log;
mod moments;
mod notice;
mod opening;
mod parts;
mod point_in_time;
mod presence;
mod prune;
mod query;
mod record;
mod rows;
mod schema;
mod sessions;
mod storage;
mod store;
mod trouble;
mod watched;
mod window;
mod writer;
mod written_stories;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

pub use endpoint_filter::EndpointFilter;
pub use entries::Entry;
pub use filter::{Filter, State, StatusFilter};
pub use follow::{Follower, FoundEvents, NewlyRecorded};
pub use headers::Headers;
pub use kept_attempt::KeptAttempt;
pub use kept_calls::{KeptCall, KeptCalls};
pub use notice::{Gone, Notice};
pub use opening::Opening;
pub use point_in_time::PointInTime;
pub use prune::{Pruned, prune};
pub use query::{LastAccepted, Reader, Record};
pub use record::{Delivery, DeliveryId, Receipt, RecordedStory, Session, Via};
pub use sessions::SessionEntry;
pub use storage::{FileOrigin, Limits, Scratch, Storage};
pub use window::{DeliveryWindow, Interrupter, WindowPlace};

use crate::delivery::{Attempt, Outcome};
use crate::error::{Error, Result};
use crate::protocol::{Clock, Moment};
use crate::text::redaction::Redactor;
use database::Database;
use notice::Notices;
use record::{AttemptRow, Message};
use writer::Writer;

/// How many messages may wait for the writer; more, and those who send wait too.
const BACKLOG: usize = 512;

/// How much of an answer's body is kept, in bytes.
const ANSWER_BYTES: usize = 256 * 1024;

/// Takes what is to be recorded; a clone writes to the same file. When the last clone goes, what is
/// left is written.
#[derive(Clone, Debug, Default)]
pub struct History(Option<Arc<Open>>);

#[derive(Debug)]
struct Open {
    writer: Arc<Mutex<Writer>>,
    sender: Option<mpsc::Sender<Message>>,
    thread: Option<JoinHandle<()>>,
    notices: Notices,
    /// What is not kept of headers and answers.
    redactor: Redactor,
}

/// A history that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The history.
    pub history: History,
    /// Where the file that was there lies now, if it was damaged: the history is a new one then.
    pub set_aside: Option<PathBuf>,
}

impl History {
    /// Opens the file for a session, which it is listed under as soon as something is recorded. A file
    /// that is not there is made, an older one migrated; a damaged one is set aside at devtool's own place.
    ///
    /// # Errors
    /// The file cannot be made or opened, is no history of devtool's, or is of a later devtool.
    pub fn open(
        place: Storage,
        session: Session,
        clock: Clock,
        redactor: Redactor,
    ) -> Result<Opened> {
        let opened = Database::open(&place, clock.now())?;
        Self::of(opened, place, (session, clock), redactor)
    }

    /// The same of a file that is being opened already.
    ///
    /// # Errors
    /// As [`History::open`].
    pub fn opened(
        opening: Opening,
        place: Storage,
        session: Session,
        clock: Clock,
        redactor: Redactor,
    ) -> Result<Opened> {
        match opening.connection() {
            Some(open) => {
                let opened = (Database::of(&place.file, open), None);
                Self::of(opened, place, (session, clock), redactor)
            }
            None => Self::open(place, session, clock, redactor),
        }
    }

    fn of(
        (database, set_aside): (Database, Option<PathBuf>),
        place: Storage,
        (session, clock): (Session, Clock),
        redactor: Redactor,
    ) -> Result<Opened> {
        let (sender, messages) = mpsc::channel(BACKLOG);
        let notices = Notices::default();
        let writer = Writer::new(place, session, clock, notices.clone(), database);
        let writer = Arc::new(Mutex::new(writer));
        let shared = Arc::clone(&writer);
        let thread = std::thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || Writer::run(&shared, messages))
            .map_err(|error| Error::bug(format!("no thread for the history: {error}")))?;
        let (sender, thread) = (Some(sender), Some(thread));
        let open = Open { writer, sender, thread, notices, redactor };
        Ok(Opened { history: Self(Some(Arc::new(open))), set_aside })
    }

    /// A history that keeps nothing.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Whether it keeps anything.
    pub const fn keeps(&self) -> bool {
        self.0.is_some()
    }

    /// The number of the session, once something of it is recorded.
    pub fn session(&self) -> Option<i64> {
        let open = self.0.as_ref()?;
        open.writer.lock().unwrap_or_else(PoisonError::into_inner).session()
    }

    /// Records an event that came, and returns when it is committed, or cannot be for now: then the receipt has
    /// no number yet, and [`History::notice`] says why. It is kept until its last attempt, or until it is
    /// given up.
    pub async fn received(&self, delivery: Delivery) -> Receipt {
        let Some(open) = &self.0 else { return Receipt::default() };
        let delivery = open.without_secrets(delivery);
        match open.write_at_once(Box::new(delivery)) {
            Ok(receipt) => receipt,
            Err(delivery) => {
                let (done, written) = oneshot::channel();
                let receipt = self.deliver(delivery, Some(done)).await;
                let _ = written.await;
                receipt
            }
        }
    }

    /// The same without waiting for the commit, for events that can be made again.
    pub async fn queued(&self, delivery: Delivery) -> Receipt {
        let Some(open) = &self.0 else { return Receipt::default() };
        self.deliver(Box::new(open.without_secrets(delivery)), None).await
    }

    /// Records an event again that is gone with its file, in the same place for what comes of it.
    pub async fn again(&self, receipt: &Receipt, delivery: Delivery) {
        let Some(open) = &self.0 else { return };
        receipt.set(None);
        let (done, written) = oneshot::channel();
        let (delivery, receipt) = (Box::new(open.without_secrets(delivery)), receipt.clone());
        self.send(Message::Delivery { delivery, receipt, written: Some(done) }).await;
        let _ = written.await;
    }

    async fn deliver(
        &self,
        delivery: Box<Delivery>,
        written: Option<oneshot::Sender<()>>,
    ) -> Receipt {
        let receipt = Receipt::default();
        self.send(Message::Delivery { delivery, receipt: receipt.clone(), written }).await;
        receipt
    }

    /// Records what came of an attempt that began at that moment. It is written soon.
    pub async fn attempt(&self, receipt: &Receipt, at: Moment, attempt: &Attempt) {
        self.conclude(receipt, (at, attempt), false).await;
    }

    /// The same of an attempt that no other follows: pruning may take the delivery.
    pub async fn last_attempt(&self, receipt: &Receipt, at: Moment, attempt: &Attempt) {
        self.conclude(receipt, (at, attempt), true).await;
    }

    async fn conclude(&self, receipt: &Receipt, (at, attempt): (Moment, &Attempt), is_last: bool) {
        if let Some(open) = &self.0 {
            let attempt = Box::new(attempt_row(at, attempt, &open.redactor));
            self.send(Message::Attempt { receipt: receipt.clone(), attempt, is_last }).await;
        }
    }

    /// Records what the app asked the local API during the last attempt of a delivery.
    pub async fn asked(
        &self,
        receipt: &Receipt,
        calls: impl ExactSizeIterator<Item = KeptCall> + Send,
    ) {
        if let Some(open) = &self.0 {
            let calls = KeptCalls::of(calls, &open.redactor).bytes();
            self.send(Message::Calls { receipt: receipt.clone(), calls }).await;
        }
    }

    /// No attempt of a delivery follows those that there were: pruning may take it.
    pub async fn given_up(&self, receipt: &Receipt) {
        self.send(Message::GivenUp(receipt.clone())).await;
    }

    /// The body of a delivery that was recorded; `None` where it is not there any more.
    pub async fn body(&self, receipt: &Receipt) -> Option<Bytes> {
        let (body, asked) = oneshot::channel();
        self.send(Message::Body { receipt: receipt.clone(), body }).await;
        asked.await.ok()
    }

    /// Returns when everything before is written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        self.send(Message::Flush(done)).await;
        let _ = written.await;
    }

    /// The same at the session's end, which is written with it.
    pub async fn end(&self) {
        let (done, written) = oneshot::channel();
        self.send(Message::End(done)).await;
        let _ = written.await;
    }

    /// What has to be said of it: each is told once. Deliveries go on all the same, and recording goes on as
    /// soon as it can.
    pub fn notice(&self) -> Option<Notice> {
        self.0.as_ref()?.notices.next()
    }

    async fn send(&self, message: Message) {
        let Some(Open { sender: Some(sender), thread, .. }) = self.0.as_deref() else { return };
        let is_awaited = message.is_awaited();
        // A writer that is gone records nothing more.
        let _ = sender.send(message).await;
        if let (true, Some(thread)) = (is_awaited, thread) {
            thread.thread().unpark();
        }
    }
}

impl Open {
    /// The delivery as it is kept. Its body stays as it was sent: it is to be sent again.
    fn without_secrets(&self, delivery: Delivery) -> Delivery {
        Delivery { headers: delivery.headers.redacted(&self.redactor), ..delivery }
    }

    /// Writes a delivery without the thread, where that has nothing to do: to wake it, and to be woken,
    /// takes as long as the commit (0.1 of 0.5 ms an event in `cargo bench --bench relay`). Gives back what is the thread's.
    fn write_at_once(
        &self,
        delivery: Box<Delivery>,
    ) -> std::result::Result<Receipt, Box<Delivery>> {
        let is_idle = self.sender.as_ref().is_some_and(|sender| sender.capacity() == BACKLOG);
        match self.writer.try_lock() {
            Ok(mut writer) if is_idle => writer.write_at_once(delivery),
            _ => Err(delivery),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // The writer ends when it has written what is left.
        drop(self.sender.take());
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn attempt_row(at: Moment, attempt: &Attempt, redactor: &Redactor) -> AttemptRow {
    let row = AttemptRow {
        at,
        outcome: attempt.outcome.word(),
        state: State::of(&attempt.outcome).number(),
        status: None,
        latency_us: i64::try_from(attempt.latency.as_micros()).unwrap_or(i64::MAX),
        headers: None,
        body: None,
        body_truncated: false,
        error: None,
    };
    let shown = |text: &str| redactor.text(text).into_owned();
    match &attempt.outcome {
        Outcome::Response(response) => {
            // No more is looked through than is kept: the next event waits for it.
            let kept = &response.body[..response.body.len().min(ANSWER_BYTES)];
            let is_cut = response.is_truncated || kept.len() < response.body.len();
            let body = if is_cut { redactor.cut_bytes(kept) } else { redactor.bytes(kept) };
            let headers = response.headers.iter().map(|(name, value)| (name, value));
            AttemptRow {
                status: Some(response.status),
                headers: Some(headers.collect::<Headers>().redacted(redactor)),
                body: Some(body.into_owned()),
                body_truncated: is_cut,
                error: response.broke_off.as_deref().map(shown),
                ..row
            }
        }
        Outcome::None { error, .. } => AttemptRow { error: Some(shown(error)), ..row },
    }
}

/// Where the file is while nothing else is said.
pub fn default_file(state_directory: &Path) -> PathBuf {
    state_directory.join("history.db")
}

#[cfg(test)]
mod tests;
