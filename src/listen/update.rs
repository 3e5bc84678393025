//! What a listen reports while it runs, as values that can wait to be shown.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::config::Secret;
use crate::delivery::{Attempt, Endpoint};
use crate::history::Via;
use crate::protocol::Moment;
use crate::relay::{EventSource, IncomingEvent, RelayObserver, RelayUpdate};

/// Something that happened.
#[derive(Debug)]
pub enum ListenUpdate {
    /// Events come in from now on.
    Ready {
        /// The API version of events, where the Stripe CLI names one.
        api_version: Option<String>,
        /// The secret that Stripe signs with.
        secret: Secret,
    },
    /// `stripe listen` is ready with another secret than before.
    AnotherSecret(Secret),
    /// `stripe listen` ended, or is not ready in time; it is started again. Emitted once.
    Lost {
        /// What happened.
        reason: String,
    },
    /// It is ready again.
    Back {
        /// How long it was away.
        after: Duration,
    },
    /// A remark of the Stripe CLI's.
    Remark(String),
    /// An attempt to deliver has come to something.
    Attempt(Box<Row>),
    /// An endpoint takes no connection. Emitted once.
    EndpointDown {
        /// The endpoint.
        endpoint: String,
        /// What the system says.
        error: String,
    },
    /// It takes connections again.
    EndpointBack {
        /// The endpoint.
        endpoint: String,
        /// How long it was down.
        after: Duration,
    },
    /// Something came that Stripe has not signed.
    BadSignature(String),
    /// So many events wait that new ones are answered at once, and delivered later.
    OverCapacity(usize),
    /// Events that were missing were found and delivered.
    CaughtUp(CaughtUp),
    /// Gaps are not looked for any more.
    NoCatchUp(String),
    /// The history takes nothing; deliveries go on.
    HistoryError(String),
    /// The app that devtool runs.
    App(AppUpdate),
}

/// How missing events were brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaughtUp {
    /// Sent again by Stripe.
    pub resent: usize,
    /// Taken from Stripe's list.
    pub listed: usize,
}

/// What the app does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppUpdate {
    /// It wrote a line.
    Line(String),
    /// Its port answers.
    Up(Duration),
    /// Its port does not answer for long; it is not waited for any longer.
    Slow(Duration),
    /// It ended by itself.
    Ended(String),
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When the event came.
    pub at: Moment,
    /// Its type.
    pub event: String,
    /// Its id.
    pub event_id: String,
    /// The connected account that it is from.
    pub account: Option<String>,
    /// How it came.
    pub via: Via,
    /// Which stream it came by.
    pub source: EventSource,
    /// Where it went.
    pub endpoint: String,
    /// Which attempt this is, from 1.
    pub attempt: usize,
    /// The answer's status.
    pub status: Option<u16>,
    /// The word of the outcome.
    pub outcome: &'static str,
    /// How long it took.
    pub latency: Duration,
    /// The answer's first words, or why there was none; nothing of an acceptance.
    pub answer: String,
    /// When it is sent again.
    pub again_in: Option<Duration>,
}

impl Row {
    /// Whether the endpoint accepted it.
    pub fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// How much of an answer is shown, in bytes.
const FIRST_WORDS: usize = 1_000;

/// Turns the relay's updates into those of the listen, and remembers which events came.
#[derive(Debug)]
pub(super) struct Reporter {
    updates: UnboundedSender<ListenUpdate>,
    /// The hashes of the ids of events that came, and when Stripe made those; `None` where nobody asks.
    /// (Hashes, because a busy hour has many.)
    seen: Mutex<Option<HashMap<u64, i64>>>,
    hasher: RandomState,
}

/// Whether the events that came are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// Until they are forgotten.
    Kept,
    /// Nobody asks for them.
    None,
}

impl Reporter {
    pub(super) fn new(updates: UnboundedSender<ListenUpdate>, memory: Memory) -> Self {
        let seen = (memory == Memory::Kept).then(HashMap::new);
        Self { updates, seen: Mutex::new(seen), hasher: RandomState::new() }
    }

    pub(super) fn emit(&self, update: ListenUpdate) {
        // Nobody listens any more at the very end.
        let _ = self.updates.send(update);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<HashMap<u64, i64>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has_seen(&self, id: &str) -> bool {
        let id = self.hasher.hash_one(id);
        self.lock().as_ref().is_some_and(|seen| seen.contains_key(&id))
    }

    pub(super) fn remember(&self, id: &str, created: i64) {
        let id = self.hasher.hash_one(id);
        if let Some(seen) = self.lock().as_mut() {
            seen.insert(id, created);
        }
    }

    /// Forgets events that were made before.
    pub(super) fn forget_before(&self, created: i64) {
        if let Some(seen) = self.lock().as_mut() {
            seen.retain(|_, made| *made >= created);
        }
    }

    /// Forgets all of them, for ever.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    fn saw(&self, event: &IncomingEvent) {
        let created = event.created.unwrap_or_else(|| event.at.seconds());
        self.remember(&event.event_id, created);
    }
}

impl RelayObserver for Reporter {
    fn on(&self, update: RelayUpdate<'_>) {
        match update {
            RelayUpdate::Received(event) | RelayUpdate::Duplicate(event) => self.saw(event),
            RelayUpdate::Attempted { event, endpoint, number, attempt, again_in } => {
                let row = row(event, endpoint, (number, attempt), again_in);
                self.emit(ListenUpdate::Attempt(Box::new(row)));
            }
            RelayUpdate::Finished { .. } => {}
            RelayUpdate::EndpointDown { endpoint, error } => {
                self.emit(ListenUpdate::EndpointDown {
                    endpoint: endpoint.to_string(),
                    error: error.to_owned(),
                });
            }
            RelayUpdate::EndpointBack { endpoint, after } => {
                self.emit(ListenUpdate::EndpointBack { endpoint: endpoint.to_string(), after });
            }
            RelayUpdate::BadSignature { error, .. } => {
                self.emit(ListenUpdate::BadSignature(error.to_string()));
            }
            RelayUpdate::NotRecorded { error } => {
                self.emit(ListenUpdate::HistoryError(error.to_owned()));
            }
            RelayUpdate::OverCapacity { waiting } => self.emit(ListenUpdate::OverCapacity(waiting)),
        }
    }
}

fn row(
    event: &IncomingEvent,
    endpoint: &Endpoint,
    (number, attempt): (usize, &Attempt),
    again_in: Option<Duration>,
) -> Row {
    let (status, answer) = match &attempt.outcome {
        crate::delivery::Outcome::Response(response) => {
            let start = &response.body[..response.body.len().min(FIRST_WORDS)];
            let text = String::from_utf8_lossy(start);
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (Some(response.status), if response.is_accepted() { String::new() } else { words })
        }
        crate::delivery::Outcome::None { error, .. } => (None, error.clone()),
    };
    Row {
        at: event.at,
        event: event.event_type.clone(),
        event_id: event.event_id.clone(),
        account: event.account.clone(),
        via: event.via,
        source: event.source,
        endpoint: endpoint.to_string(),
        attempt: number,
        status,
        outcome: attempt.outcome.word(),
        latency: attempt.latency,
        answer,
        again_in,
    }
}
