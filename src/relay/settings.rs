//! The settings of a relay: where events go, how many at a time, in which order, and how long.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::ApiLink;
use crate::config::FoundSecret;
use crate::delivery::{Certificates, Endpoint, Header, Hosts, RetrySchedule, Route};

/// Which of `stripe listen`'s streams an event came by. Each has a path of its own at the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventSource {
    /// Snapshot events of the account (`--forward-to`).
    Snapshot,
    /// Snapshot events of connected accounts (`--forward-connect-to`).
    Connect,
    /// Thin events, of the account and of connected accounts.
    Thin,
}

impl EventSource {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Snapshot, Self::Connect, Self::Thin];

    /// The word that stands for it in paths and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Connect => "connect",
            Self::Thin => "thin",
        }
    }
}

/// An endpoint, and what its deliveries need.
#[derive(Clone, Debug)]
pub struct UpstreamSettings {
    /// Where to.
    pub endpoint: Endpoint,
    /// Which hosts are allowed.
    pub hosts: Hosts,
    /// Whether certificates count.
    pub certificates: Certificates,
    /// Whose signature the endpoint gets.
    pub signing: Signing,
    /// Headers that each delivery has besides its own.
    pub headers: Vec<Header>,
}

/// Whose signature an endpoint gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing {
    /// Stripe's, as it came; what is sent later or again is signed anew with the same secret.
    Stripes,
    /// One made with this secret, unless Stripe's was made with it, too.
    With(FoundSecret),
}

/// In which order deliveries go out.
#[derive(Clone, Copy, Debug)]
pub enum DeliveryOrder {
    /// Several at a time, as they come.
    AsTheyCome,
    /// One at a time to each endpoint, sorted by `created` and the catalogue's rank.
    Causal {
        /// How long an event waits for those that belong before it.
        window: Duration,
    },
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Until `stripe listen` has to have an answer. It waits for 30 s itself.
    pub answer: Duration,
    /// One attempt.
    pub attempt: Duration,
    /// Until an event is given up whose endpoint takes no connection.
    pub unreachable: Duration,
    /// What is still under way when the relay is to end.
    pub drain: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(25),
            attempt: Duration::from_secs(30),
            unreachable: Duration::from_secs(3_600),
            drain: Duration::from_secs(5),
        }
    }
}

/// What bounds the relay's memory.
#[derive(Clone, Copy, Debug)]
pub struct MemoryLimits {
    /// How many events may wait for their answer; those after them are answered at once, and
    /// delivered all the same.
    pub waiting: usize,
    /// How many bytes of bodies may wait in memory.
    pub queued_bytes: usize,
    /// How many events are known again when a duplicate comes.
    pub known_events: usize,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self { waiting: 1_024, queued_bytes: 8 * 1024 * 1024, known_events: 4_096 }
    }
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The endpoint of each source; what comes by another is refused.
    pub upstreams: BTreeMap<EventSource, UpstreamSettings>,
    /// Endpoints by event type; the first that fits takes the event from its source's endpoint.
    pub routes: Vec<Route<UpstreamSettings>>,
    /// How many deliveries are under way at a time to each endpoint.
    pub concurrency: usize,
    /// In which order they go out.
    pub order: DeliveryOrder,
    /// When an event that was not accepted is sent again.
    pub retry: RetrySchedule,
    /// How long things may take.
    pub deadlines: Deadlines,
    /// What bounds the memory.
    pub limits: MemoryLimits,
    /// What the app can ask meanwhile: it is told each event.
    pub(crate) api: Option<ApiLink>,
}

/// How many deliveries are under way at a time to an endpoint by default.
pub const CONCURRENCY: usize = 8;

/// How long an ordered event waits for earlier ones by default.
pub const WINDOW: Duration = Duration::from_millis(250);

impl Settings {
    /// A relay of the account's snapshot events to one endpoint, with defaults for everything else.
    pub fn new(upstream: UpstreamSettings) -> Self {
        Self {
            upstreams: BTreeMap::from([(EventSource::Snapshot, upstream)]),
            routes: Vec::new(),
            concurrency: CONCURRENCY,
            order: DeliveryOrder::AsTheyCome,
            retry: RetrySchedule::none(),
            deadlines: Deadlines::default(),
            limits: MemoryLimits::default(),
            api: None,
        }
    }
}
