//! The events that were sent: the newest of them, within bounds.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

/// An account: `None` is the platform's own.
pub(super) type Account = Option<String>;

/// How many events are kept.
pub(super) const MOST_EVENTS: usize = 4_000;
/// How many bytes of them; the newest is kept whatever its length.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// An event that was sent.
#[derive(Clone, Debug)]
pub(super) struct SentEvent {
    pub(super) account: Account,
    pub(super) payload: Arc<Value>,
    /// Byte by byte.
    pub(super) body: Bytes,
}

impl SentEvent {
    pub(super) fn id(&self) -> &str {
        self.payload["id"].as_str().unwrap_or_default()
    }

    /// Whether it carries its object: the others are events of `/v2/core/events`.
    pub(super) fn is_snapshot(&self) -> bool {
        self.payload["object"] == "event"
    }
}

/// The newest events that were sent, each with a number, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct SentEvents {
    kept: VecDeque<SentEvent>,
    /// The number of each, by id.
    numbers: HashMap<String, usize>,
    bytes: usize,
    /// How many are kept no more.
    gone: usize,
}

impl SentEvents {
    /// Keeps an event, in the place of the one of its id; its number, `None` where it is there already, byte by
    /// byte.
    pub(super) fn keep(&mut self, event: SentEvent) -> Option<usize> {
        let known = self.numbers.get(event.id()).copied();
        let place = known.and_then(|number| self.kept.get_mut(number - self.gone));
        if place.as_ref().is_some_and(|place| place.body == event.body) {
            return None;
        }
        self.bytes += event.body.len();
        if let Some(place) = place {
            self.bytes -= place.body.len();
            *place = event;
            return known;
        }
        let number = self.gone + self.kept.len();
        self.numbers.insert(event.id().to_owned(), number);
        self.kept.push_back(event);
        Some(number)
    }

    /// Takes the oldest out, with its number, where there are too many.
    pub(super) fn take_surplus(&mut self) -> Option<(usize, SentEvent)> {
        let is_much = self.bytes > MOST_BYTES && self.kept.len() > 1;
        if self.kept.len() <= MOST_EVENTS && !is_much {
            return None;
        }
        let event = self.kept.pop_front()?;
        self.numbers.remove(event.id());
        self.bytes -= event.body.len();
        self.gone += 1;
        Some((self.gone - 1, event))
    }

    /// All of them.
    pub(super) fn into_oldest_first(self) -> impl Iterator<Item = SentEvent> {
        self.kept.into_iter()
    }

    /// Those that are kept, the newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &SentEvent> {
        self.kept.iter().rev()
    }
}
