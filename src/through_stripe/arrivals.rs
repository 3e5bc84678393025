//! The deliveries that a listen records, as they come.

use std::collections::BTreeMap;
use std::time::Duration;

use super::attribution::{Attributor, Traces};
use crate::delivery::{Attempt, NoAnswer, Outcome, Response};
use crate::error::Result;
use crate::history::{Filter, KeptAttempt, Reader, Record, State, Via};
use crate::protocol::Moment;

/// How events of Stripe's own come.
const BY_STRIPE: [&str; 3] = [Via::Stripe.word(), Via::Resent.word(), Via::Listed.word()];

/// A delivery by the listen, and whose it is.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) record: Record,
    pub(super) traces: Traces,
    /// The number of its step among all of the run, from 0.
    pub(super) step: Option<usize>,
}

impl Arrival {
    /// Whether the endpoint has answered, or it is clear that it does not.
    pub(super) fn is_concluded(&self) -> bool {
        self.record.entry.state != State::Open
    }

    /// What was tried, as a run's own attempts.
    pub(super) fn attempts(&self) -> Vec<Attempt> {
        self.record.attempts.iter().map(attempt).collect()
    }
}

/// Everything that has come since a run began.
#[derive(Debug)]
pub(super) struct Arrivals {
    reader: Reader,
    filter: Filter,
    version: Option<i64>,
    /// By their number, which is the order in which they were recorded.
    found: BTreeMap<i64, Arrival>,
}

impl Arrivals {
    pub(super) fn new(reader: Reader, since: Moment) -> Self {
        let filter = Filter { since: Some(since), ..Filter::default() };
        Self { reader, filter, version: None, found: BTreeMap::new() }
    }

    /// Reads what is new, and attributes each delivery to its step.
    pub(super) fn poll(&mut self, attributor: &mut Attributor) -> Result<()> {
        let version = self.reader.version()?;
        if self.version == Some(version) {
            return Ok(());
        }
        self.version = Some(version);
        for entry in self.reader.list(&self.filter)? {
            let known = self.found.get(&entry.id.0);
            let is_news = known.is_none_or(|known| known.record.entry != entry);
            // A replay and what is sent locally are no arrivals from Stripe.
            if is_news && BY_STRIPE.contains(&entry.via.as_str()) {
                self.read(entry.id.0)?;
            }
        }
        self.attribute(attributor);
        Ok(())
    }

    fn read(&mut self, id: i64) -> Result<()> {
        let record = self.reader.find(&id.to_string())?;
        let body = serde_json::from_slice(&record.body).unwrap_or_default();
        let traces = Traces::of(&record.entry.event, &body);
        let step = self.found.get(&id).and_then(|known| known.step);
        self.found.insert(id, Arrival { record, traces, step });
        Ok(())
    }

    /// An event may refer to an object whose own event comes later, so this goes on as long as something
    /// is found.
    fn attribute(&mut self, attributor: &mut Attributor) {
        let mut goes_on = true;
        while goes_on {
            goes_on = false;
            for arrival in self.found.values_mut().filter(|arrival| arrival.step.is_none()) {
                arrival.step = attributor.attribute(&arrival.traces);
                goes_on |= arrival.step.is_some();
            }
        }
    }

    /// All of them, in the order in which they came.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arrival> {
        self.found.values()
    }

    /// How many have come, and how many of those were answered.
    pub(super) fn concluded(&self) -> (usize, usize) {
        let concluded = self.all().filter(|arrival| arrival.is_concluded()).count();
        (self.found.len(), concluded)
    }

    /// The types of what belongs to a step, in the order in which they came.
    pub(super) fn types_of(&self, step: usize) -> Vec<String> {
        let theirs = self.all().filter(|arrival| arrival.step == Some(step));
        theirs.map(|arrival| arrival.traces.event.clone()).collect()
    }

    /// The objects that events of a step are about, in the order in which they came.
    pub(super) fn objects_of(&self, step: usize) -> Vec<String> {
        let theirs = self.all().filter(|arrival| arrival.step == Some(step));
        let mut objects: Vec<String> = Vec::new();
        for id in theirs.filter_map(|arrival| arrival.traces.object_id.clone()) {
            if !objects.contains(&id) {
                objects.push(id);
            }
        }
        objects
    }

    /// The first event of that type that belongs to a step.
    pub(super) fn of_step(&self, step: usize, event: &str) -> Option<&Arrival> {
        self.all().find(|arrival| arrival.step == Some(step) && arrival.traces.event == event)
    }
}

fn attempt(kept: &KeptAttempt) -> Attempt {
    let outcome = match kept.status {
        Some(status) => Outcome::Response(Response {
            status,
            headers: kept
                .headers
                .iter()
                .map(|(name, value)| (name, String::from_utf8_lossy(value).into_owned()))
                .collect(),
            body: kept.body.clone(),
            is_truncated: kept.is_truncated,
            broke_off: kept.error.clone(),
        }),
        None => Outcome::None {
            why: NoAnswer::of_word(&kept.outcome),
            error: kept.error.clone().unwrap_or_default(),
        },
    };
    Attempt { outcome, latency: kept.latency.max(Duration::ZERO), is_stale: false }
}
