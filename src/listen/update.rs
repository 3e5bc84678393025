//! What a listen reports while it runs, as values that can wait to be shown.

use std::net::SocketAddr;
use std::process::ExitStatus;
use std::time::Duration;

use crate::api::ApiCall;
use crate::config::Secret;
use crate::delivery::{Diagnosis, Endpoint, NoAnswer, Remark};
use crate::history::{DeliveryId, Notice, Via};
use crate::protocol::Moment;
use crate::relay::EventSource;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum ListenUpdate {
    /// Events come in from now on.
    Ready {
        /// The API version of events, where the Stripe CLI names one.
        api_version: Option<String>,
        /// The secret that Stripe signs with.
        secret: Secret,
        /// Where the relay takes events, as it may be shown.
        relay: String,
        /// When that was.
        at: Moment,
    },
    /// `stripe listen` is ready with another secret than before.
    AnotherSecret(Secret),
    /// `stripe listen` ended, or is not ready in time; it is started again.
    Lost {
        /// What happened.
        reason: String,
        /// How often that was so since it was ready.
        tries: u32,
        /// When it is started again.
        next_in: Duration,
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
    /// Requests came that Stripe has not signed.
    BadSignature {
        /// How many since the last time that this was reported.
        count: u64,
        /// What is wrong with the last.
        error: String,
    },
    /// So many events wait that new ones are answered at once, and delivered later.
    OverCapacity(usize),
    /// So many events are missing that they are delivered from Stripe's list.
    CatchingUp {
        /// How many.
        missing: usize,
    },
    /// Some of them are still to be delivered.
    CatchUpLeft {
        /// How many.
        left: usize,
        /// Of how many.
        of: usize,
    },
    /// Events that were missing were found and delivered.
    CaughtUp(CaughtUp),
    /// Gaps are not looked for any more.
    NoCatchUp(String),
    /// An event of that type comes of a chain of calls that has no end.
    EndlessCalls(String),
    /// Events of calls do not go to a webhook endpoint of the local API's, for that reason.
    NotDelivered(String),
    /// Something of the history that its user has to know; deliveries go on.
    History(Notice),
    /// The app that devtool runs.
    App(AppUpdate),
    /// So many updates were left out here, because nobody took those before.
    LeftOut(u64),
}

/// How missing events were brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CaughtUp {
    /// Sent again by Stripe.
    pub resent: usize,
    /// Taken from Stripe's list.
    pub listed: usize,
}

/// What the app does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AppUpdate {
    /// It wrote a line.
    Line(String),
    /// It accepts connections.
    Up(Duration),
    /// It does not accept any at the endpoint for a while.
    Waiting {
        /// The endpoint.
        endpoint: Endpoint,
        /// Where the app listens instead, as far as the system tells.
        elsewhere: Vec<SocketAddr>,
    },
    /// It ended by itself.
    Ended(ExitStatus),
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// When the event came.
    pub at: Moment,
    /// The number of the delivery, where it is recorded.
    pub delivery: Option<DeliveryId>,
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
    /// What is to be said of the answer besides its status.
    pub remarks: Vec<Remark>,
    /// Why there was no answer, where there was none.
    pub no_answer: Option<NoAnswer>,
    /// What the outcome most likely means, where it is not an acceptance.
    pub diagnosis: Option<Diagnosis>,
    /// What the app asked the local API meanwhile; `None` where there is none.
    pub api_calls: Option<Vec<ApiCall>>,
    /// When it is sent again.
    pub again_in: Option<Duration>,
}

impl Row {
    /// Whether the event is gone.
    pub(crate) fn is_lost(&self) -> bool {
        self.status.is_none() && self.outcome == NoAnswer::Lost.word()
    }

    /// Whether the endpoint accepted it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}
