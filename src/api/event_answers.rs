//! What came of delivering the events that something waits for: drafts of invoices wait until `invoice.created` was
//! accepted.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::caused::CausedEvent;
use super::sent::SentEvent;

/// The type of those.
const AWAITED: &str = "invoice.created";
/// Of how many of them it is known at most where they go.
const MOST: usize = 1_000;
/// How long time does not go by since one is under way.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What an endpoint has answered to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventAnswer {
    pub(crate) is_accepted: bool,
    /// When, outside of the API's own time.
    pub(crate) second: i64,
}

/// The newest events that something waits for, and what is known of their answers.
#[derive(Debug, Default)]
pub(super) struct EventAnswers(VecDeque<AwaitedEvent>);

#[derive(Debug)]
struct AwaitedEvent {
    id: String,
    /// How many deliveries there are, how many answers came, and how many of these were good.
    deliveries: usize,
    ended: usize,
    accepted: usize,
    since: Instant,
}

impl EventAnswers {
    /// A delivery of an event is to come.
    pub(super) fn expect(&mut self, event: &CausedEvent) {
        if event.name != AWAITED {
            return;
        }
        if let Some(known) = self.find(&event.id) {
            known.deliveries += 1;
            return;
        }
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        let (id, since) = (event.id.clone(), Instant::now());
        self.0.push_back(AwaitedEvent { id, deliveries: 1, ended: 0, accepted: 0, since });
    }

    /// One of its deliveries does not come.
    pub(super) fn give_up(&mut self, event: &str) {
        if let Some(known) = self.find(event) {
            known.deliveries = known.deliveries.saturating_sub(1);
        }
    }

    /// One of its deliveries has ended; returns whether all were accepted, `None` where that is not known yet.
    pub(super) fn note(&mut self, event: &str, is_accepted: bool) -> Option<bool> {
        let Some(known) = self.find(event) else { return Some(is_accepted) };
        known.ended += 1;
        known.accepted += usize::from(is_accepted);
        let is_known = !is_accepted || known.accepted >= known.deliveries;
        is_known.then_some(is_accepted)
    }

    /// The events that have answers to come yet.
    pub(super) fn under_way(&self) -> Vec<String> {
        let is_under_way = |event: &&AwaitedEvent| {
            event.ended < event.deliveries && event.since.elapsed() < LONGEST_WAIT
        };
        self.0.iter().filter(is_under_way).map(|event| event.id.clone()).collect()
    }

    fn find(&mut self, id: &str) -> Option<&mut AwaitedEvent> {
        self.0.iter_mut().find(|event| event.id == id)
    }
}

impl SentEvent {
    /// The object that waits until this event was accepted, where there is one.
    pub(super) fn waiting(&self) -> Option<String> {
        let is_awaited = self.is_written && self.name() == AWAITED;
        let payload = is_awaited.then(|| self.payload())?;
        payload["data"]["object"]["id"].as_str().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::super::caused::CausingCall;
    use super::*;

    #[test]
    fn an_event_is_accepted_once_all_its_endpoints_have_and_refused_by_each() {
        let cause = CausingCall {
            method: "POST".to_owned(),
            path: "/v1/invoices".to_owned(),
            request: "req_1".to_owned(),
        };
        let event = |id: &str, name: &str| CausedEvent {
            id: id.to_owned(),
            name: name.to_owned(),
            body: String::new(),
            cause: cause.clone(),
            chain: 0,
            webhook: None,
        };
        let mut answers = EventAnswers::default();
        answers.expect(&event("evt_1", "invoice.paid"));
        answers.expect(&event("evt_2", "invoice.created"));
        answers.expect(&event("evt_2", "invoice.created"));
        answers.expect(&event("evt_3", "invoice.created"));
        assert_eq!(answers.under_way(), ["evt_2", "evt_3"]);
        assert_eq!(answers.note("evt_2", true), None, "the other one has to, too");
        assert_eq!(answers.note("evt_2", false), Some(false));
        answers.give_up("evt_3");
        assert_eq!(answers.under_way(), [""; 0]);
        assert_eq!(answers.note("evt_2", true), Some(true), "it was sent again");
        assert_eq!(answers.note("evt_4", true), Some(true), "nobody has announced it");
    }
}
