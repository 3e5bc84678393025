//! What a listen has under way and what it came to, counted in one place: whoever shows it looks there, and takes
//! nothing out of the queue of updates for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::history::DeliveryId;
use crate::protocol::Moment;
use crate::relay::{End, IncomingEvent};

/// The most events that are known one by one; others are counted.
const MOST: usize = 10_000;

/// The counts; a clone has the same ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    accepted: u64,
    failed: u64,
    waiting: u64,
    /// By the id of the event.
    under_way: HashMap<String, UnderWay>,
}

/// An event that came, and whose delivery has no end yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnderWay {
    /// Its number in the history.
    pub delivery: Option<DeliveryId>,
    /// Its type.
    pub event: String,
    /// When it came.
    pub since: Moment,
}

/// The counts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TallySnapshot {
    /// Events that the endpoint accepted.
    pub accepted: u64,
    /// Events that it did not accept, or that did not reach it.
    pub failed: u64,
    /// Events without an end.
    pub waiting: u64,
    /// The oldest of those.
    pub oldest: Vec<UnderWay>,
}

impl Tally {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn began(&self, event: &IncomingEvent) {
        let mut counts = self.lock();
        counts.waiting += 1;
        if counts.under_way.len() < MOST {
            let under_way = UnderWay {
                delivery: event.receipt.id(),
                event: event.event_type.clone(),
                since: event.at,
            };
            counts.under_way.insert(event.event_id.clone(), under_way);
        }
    }

    pub(super) fn ended(&self, event: &IncomingEvent, end: End) {
        let mut counts = self.lock();
        counts.waiting = counts.waiting.saturating_sub(1);
        counts.under_way.remove(&event.event_id);
        match end {
            End::Accepted => counts.accepted += 1,
            End::Failed | End::Undelivered | End::Lost => counts.failed += 1,
        }
    }

    /// The counts now, and so many of the oldest events that are under way.
    pub(crate) fn now(&self, most: usize) -> TallySnapshot {
        let counts = self.lock();
        let mut oldest: Vec<&UnderWay> = counts.under_way.values().collect();
        oldest.sort_by_key(|one| (one.since, one.delivery));
        TallySnapshot {
            accepted: counts.accepted,
            failed: counts.failed,
            waiting: counts.waiting,
            oldest: oldest.into_iter().take(most).cloned().collect(),
        }
    }
}
