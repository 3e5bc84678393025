//! What a relay reports while it runs, and to whom.

use std::time::Duration;

use super::settings::EventSource;
use crate::api::ApiCall;
use crate::delivery::{Attempt, Endpoint};
use crate::history::{Notice, Receipt, Via};
use crate::protocol::Moment;
use crate::protocol::signature::VerifyError;

/// An event that came, and where it goes.
#[derive(Clone, Debug)]
pub struct IncomingEvent {
    /// Its place in the history.
    pub receipt: Receipt,
    /// How it came.
    pub via: Via,
    /// Which stream it came by.
    pub source: EventSource,
    /// Its id; empty where it has none.
    pub event_id: String,
    /// Its type; empty where it has none.
    pub event_type: String,
    /// When Stripe made it, in seconds.
    pub created: Option<i64>,
    /// The connected account that it is from.
    pub account: Option<String>,
    /// When it came.
    pub at: Moment,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The endpoint accepted the event.
    Accepted,
    /// It did not, and no retry is left.
    Failed,
    /// The relay ended first, or the endpoint was down for too long.
    Undelivered,
    /// The history had its body, and has it no longer.
    Lost,
}

/// What happens.
#[derive(Debug)]
pub enum RelayUpdate<'a> {
    /// An event came and is recorded.
    Received(&'a IncomingEvent),
    /// An event came again that was there before: it is not delivered again.
    Duplicate(&'a IncomingEvent),
    /// An attempt has its outcome.
    Attempted {
        /// The event.
        event: &'a IncomingEvent,
        /// Where it went.
        endpoint: &'a Endpoint,
        /// Which of its attempts this is, from 1.
        number: usize,
        /// What came of it.
        attempt: &'a Attempt,
        /// What the app asked the local API meanwhile; `None` where there is none.
        calls: Option<&'a [ApiCall]>,
        /// When it is sent again, if it is.
        again_in: Option<Duration>,
    },
    /// No more attempts are made.
    Finished {
        /// The event.
        event: &'a IncomingEvent,
        /// How many attempts there were.
        attempts: usize,
        /// How it ended.
        end: End,
    },
    /// An endpoint takes no connection: events wait until it is back. Emitted once.
    EndpointDown {
        /// The endpoint.
        endpoint: &'a Endpoint,
        /// What the system says.
        error: &'a str,
    },
    /// An endpoint that was down takes connections again.
    EndpointBack {
        /// The endpoint.
        endpoint: &'a Endpoint,
        /// How long it was down.
        after: Duration,
    },
    /// Requests came that Stripe has not signed; they are refused. Emitted at once for the first, then once in
    /// a while for those since.
    BadSignature {
        /// How many.
        count: u64,
        /// What is wrong with the last.
        error: VerifyError,
    },
    /// Something of the history that its user has to know.
    History(&'a Notice),
    /// So many events wait that new ones are answered at once and delivered later. Emitted once, until
    /// half of them are answered.
    OverCapacity {
        /// How many wait.
        waiting: usize,
    },
}

/// Gets what happens, in the order in which it happens.
pub trait RelayObserver: Send + Sync {
    /// Called for each. It should be quick: nothing goes on meanwhile.
    fn on(&self, update: RelayUpdate<'_>);
}

/// What a relay did in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Events that came, without duplicates.
    pub received: u64,
    /// Duplicates of them.
    pub duplicates: u64,
    /// Events that the endpoint accepted.
    pub accepted: u64,
    /// Events that it did not accept.
    pub failed: u64,
    /// Events that did not reach it.
    pub undelivered: u64,
    /// Events that did not reach it and are gone.
    pub lost: u64,
}
