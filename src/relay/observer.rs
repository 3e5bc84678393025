//! What a relay tells while it runs.

use std::time::Duration;

use super::settings::Source;
use crate::delivery::{Attempt, Endpoint};
use crate::history::{Receipt, Via};
use crate::protocol::Moment;
use crate::protocol::signature::VerifyError;

/// An event that came, and where it goes.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its place in the history.
    pub receipt: Receipt,
    /// How it came.
    pub via: Via,
    /// Which stream it came by.
    pub source: Source,
    /// Its id; empty where it has none.
    pub event_id: String,
    /// Its type; empty where it has none.
    pub event: String,
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
    /// The relay ended, or its patience with an endpoint that is down.
    Undelivered,
}

/// What happens.
#[derive(Debug)]
pub enum Progress<'a> {
    /// An event came and is recorded.
    Received(&'a Arrival),
    /// An event came that was there before: it is not delivered again.
    Duplicate(&'a Arrival),
    /// An attempt has its outcome.
    Attempted {
        /// The event.
        arrival: &'a Arrival,
        /// Where it went.
        endpoint: &'a Endpoint,
        /// Which of its attempts this is, from 1.
        number: usize,
        /// What came of it.
        attempt: &'a Attempt,
        /// When it is sent again, if it is.
        again_in: Option<Duration>,
    },
    /// No more attempts are made.
    Finished {
        /// The event.
        arrival: &'a Arrival,
        /// How many attempts there were.
        attempts: usize,
        /// How it ended.
        end: End,
    },
    /// An endpoint takes no connection: events wait until it is back. Told once.
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
    /// Something came that Stripe has not signed; it is refused.
    BadSignature {
        /// The stream that it came by.
        source: Source,
        /// What is wrong.
        fault: VerifyError,
    },
    /// Events cannot be recorded; they are delivered all the same. Told once.
    NotRecorded {
        /// What the system says.
        fault: &'a str,
    },
    /// So many events wait that new ones are answered at once and delivered later. Told once, until
    /// half of them are answered.
    OverCapacity {
        /// How many wait.
        waiting: usize,
    },
}

/// Is told what happens, in the order in which it happens.
pub trait Observer: Send + Sync {
    /// Called for each. It should be quick: nothing goes on meanwhile.
    fn on(&self, progress: Progress<'_>);
}

/// What a relay did in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Events that came, copies apart.
    pub received: u64,
    /// Copies.
    pub duplicates: u64,
    /// Events that the endpoint accepted.
    pub accepted: u64,
    /// Events that it did not accept.
    pub failed: u64,
    /// Events that did not reach it.
    pub undelivered: u64,
}
