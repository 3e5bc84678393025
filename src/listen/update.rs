//! What a listen tells while it runs, as values that can wait to be shown.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::config::Secret;
use crate::delivery::{Attempt, Endpoint};
use crate::history::Via;
use crate::protocol::Moment;
use crate::relay::{Arrival, Observer, Progress, Source};

/// Something that happened.
#[derive(Debug)]
pub enum News {
    /// Events come in from now on.
    Ready {
        /// The API version of events, where the Stripe CLI names one.
        api_version: Option<String>,
        /// The secret that Stripe signs with.
        secret: Secret,
    },
    /// `stripe listen` is ready with another secret than before.
    AnotherSecret(Secret),
    /// `stripe listen` ended, or is not ready in time; it is started again. Told once.
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
    /// An endpoint takes no connection. Told once.
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
    CaughtUp(Found),
    /// Gaps are not looked for any more.
    NoCatchUp(String),
    /// The history takes nothing; deliveries go on.
    HistoryFault(String),
    /// The app that devtool runs.
    App(AppNews),
}

/// How missing events were brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Sent again by Stripe.
    pub resent: usize,
    /// Taken from Stripe's list.
    pub listed: usize,
}

/// What the app does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppNews {
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
    pub source: Source,
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

/// Turns what the relay tells into news, and remembers which events came.
#[derive(Debug)]
pub(super) struct Teller {
    news: UnboundedSender<News>,
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

impl Teller {
    pub(super) fn new(news: UnboundedSender<News>, memory: Memory) -> Self {
        let seen = (memory == Memory::Kept).then(HashMap::new);
        Self { news, seen: Mutex::new(seen), hasher: RandomState::new() }
    }

    pub(super) fn tell(&self, news: News) {
        // Nobody listens any more at the very end.
        let _ = self.news.send(news);
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

    fn saw(&self, arrival: &Arrival) {
        let created = arrival.created.unwrap_or_else(|| arrival.at.seconds());
        self.remember(&arrival.event_id, created);
    }
}

impl Observer for Teller {
    fn on(&self, progress: Progress<'_>) {
        match progress {
            Progress::Received(arrival) | Progress::Duplicate(arrival) => self.saw(arrival),
            Progress::Attempted { arrival, endpoint, number, attempt, again_in } => {
                let row = row(arrival, endpoint, (number, attempt), again_in);
                self.tell(News::Attempt(Box::new(row)));
            }
            Progress::Finished { .. } => {}
            Progress::EndpointDown { endpoint, error } => self.tell(News::EndpointDown {
                endpoint: endpoint.to_string(),
                error: error.to_owned(),
            }),
            Progress::EndpointBack { endpoint, after } => {
                self.tell(News::EndpointBack { endpoint: endpoint.to_string(), after });
            }
            Progress::BadSignature { fault, .. } => {
                self.tell(News::BadSignature(fault.to_string()));
            }
            Progress::NotRecorded { fault } => self.tell(News::HistoryFault(fault.to_owned())),
            Progress::OverCapacity { waiting } => self.tell(News::OverCapacity(waiting)),
        }
    }
}

fn row(
    arrival: &Arrival,
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
        at: arrival.at,
        event: arrival.event.clone(),
        event_id: arrival.event_id.clone(),
        account: arrival.account.clone(),
        via: arrival.via,
        source: arrival.source,
        endpoint: endpoint.to_string(),
        attempt: number,
        status,
        outcome: attempt.outcome.word(),
        latency: attempt.latency,
        answer,
        again_in,
    }
}
