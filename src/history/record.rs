//! What is recorded: sessions, deliveries, and what came of their attempts.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::headers::Headers;
use crate::protocol::Moment;

/// The run of a command that records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// `listen`, `scenario`, `trigger`, `replay`.
    pub command: String,
    /// The scenario's name, where there is one.
    pub name: Option<String>,
    /// When it began.
    pub started_at: Moment,
}

/// How an event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// devtool made it.
    Local,
    /// The Stripe CLI forwarded it.
    Stripe,
    /// The Stripe CLI forwarded it after it was found missing and asked for again.
    Resent,
    /// It was found missing and taken from Stripe's list: freshly signed.
    Listed,
    /// It is an earlier delivery, sent again.
    Replay,
}

impl Via {
    /// The word in lists and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Stripe => "stripe",
            Self::Resent => "resent",
            Self::Listed => "listed",
            Self::Replay => "replay",
        }
    }

    pub(super) fn of_word(word: &str) -> Self {
        let all = [Self::Local, Self::Stripe, Self::Resent, Self::Listed, Self::Replay];
        all.into_iter().find(|via| via.word() == word).unwrap_or(Self::Local)
    }
}

/// One event that came, and where it goes.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// How it came.
    pub via: Via,
    /// The event's id.
    pub event_id: String,
    /// The event's type.
    pub event: String,
    /// When Stripe created it, in seconds; `None` where the event does not say.
    pub created: Option<i64>,
    /// The connected account that it is from.
    pub account: Option<String>,
    /// The URL that it goes to, without a password.
    pub endpoint: String,
    /// When it came.
    pub received_at: Moment,
    /// The headers that it came with.
    pub headers: Headers,
    /// Its exact bytes.
    pub body: Bytes,
    /// The story that it is of, where the local API was told one.
    pub story: Option<RecordedStory>,
}

/// A story of which deliveries are recorded. Clones are the same one.
#[derive(Clone, Debug)]
pub struct RecordedStory {
    /// What it is known by in this process, whatever file it is written to.
    pub(super) number: u64,
    /// What the local API was told of it, without what the events carry.
    telling: Arc<LazyTelling>,
}

/// What makes a telling when its first delivery is written.
type LazyTelling = LazyLock<Vec<u8>, Box<dyn FnOnce() -> Vec<u8> + Send>>;

/// How many stories there were.
static STORIES: AtomicU64 = AtomicU64::new(0);

impl RecordedStory {
    /// A story of that telling, of which nothing is recorded yet: it is made by the thread that writes.
    pub fn new(telling: impl FnOnce() -> Vec<u8> + Send + 'static) -> Self {
        let number = STORIES.fetch_add(1, Ordering::Relaxed);
        Self { number, telling: Arc::new(LazyLock::new(Box::new(telling))) }
    }

    /// The telling.
    pub(super) fn telling(&self) -> &[u8] {
        &self.telling
    }
}

/// The number of a delivery in the history: later ones have higher numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub i64);

/// What stands for the number of a delivery that is gone with its file.
const GONE: i64 = -1;

/// A delivery's place in the history, for what comes of it. It may not be known yet: deliveries and
/// attempts are written in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub struct Receipt(pub(super) Arc<AtomicI64>);

impl Receipt {
    /// The delivery's number; `None` as long as it is not written, or where it could not be.
    pub fn id(&self) -> Option<DeliveryId> {
        let id = self.0.load(Ordering::Acquire);
        (id > 0).then_some(DeliveryId(id))
    }

    /// The receipt of a delivery that is written already.
    pub(crate) fn of(id: DeliveryId) -> Self {
        let receipt = Self::default();
        receipt.set(Some(id));
        receipt
    }

    /// Whether the delivery was written, and is gone with its file.
    pub fn is_gone(&self) -> bool {
        self.0.load(Ordering::Acquire) == GONE
    }

    pub(super) fn lose(&self) {
        self.0.store(GONE, Ordering::Release);
    }

    /// Whether both are the same delivery's.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn set(&self, id: Option<DeliveryId>) {
        self.0.store(id.map_or(0, |id| id.0), Ordering::Release);
    }
}

/// What the writer is told.
#[derive(Debug)]
pub(super) enum Message {
    /// An event came.
    Delivery { delivery: Box<Delivery>, receipt: Receipt, written: Option<oneshot::Sender<()>> },
    /// An attempt has its outcome; whether no other follows.
    Attempt { receipt: Receipt, attempt: Box<AttemptRow>, is_last: bool },
    /// What the app asked the local API during the last attempt.
    Calls { receipt: Receipt, calls: Vec<u8> },
    /// No attempt follows those that there were, if any.
    GivenUp(Receipt),
    /// Give the body of a delivery.
    Body { receipt: Receipt, body: oneshot::Sender<Bytes> },
    /// Tell when everything before this is written.
    Flush(oneshot::Sender<()>),
    /// The same at the session's end: nothing more is on its way.
    End(oneshot::Sender<()>),
}

impl Message {
    /// Whether somebody waits until it is written.
    pub(super) const fn is_awaited(&self) -> bool {
        match self {
            Self::Delivery { written, .. } => written.is_some(),
            Self::Attempt { .. } | Self::Calls { .. } | Self::GivenUp(_) => false,
            Self::Body { .. } | Self::Flush(_) | Self::End(_) => true,
        }
    }
}

impl AttemptRow {
    /// Whether the endpoint took the event.
    pub(super) fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// One attempt as it is kept.
#[derive(Debug)]
pub(super) struct AttemptRow {
    pub(super) at: Moment,
    pub(super) outcome: &'static str,
    pub(super) state: i64,
    pub(super) status: Option<u16>,
    pub(super) latency_us: i64,
    pub(super) headers: Option<Headers>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) body_truncated: bool,
    pub(super) error: Option<String>,
}
