//! The events that were sent: the newest of them, within bounds.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use serde_json::{Value, json};

use super::noted::Notes;

/// An account: `None` is the platform's own.
pub(super) type Account = Option<String>;

/// How many events are kept.
pub(super) const MOST_EVENTS: usize = 4_000;
/// How many bytes of them; the newest is kept whatever its length.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// An event that was sent. What it carries is read again where it is asked for: read, it takes several times the room.
#[derive(Clone, Debug)]
pub(super) struct SentEvent {
    pub(super) account: Account,
    id: Box<str>,
    /// Its type.
    name: Box<str>,
    /// The second of its creation; 0 for a thin one.
    pub(super) created: i64,
    is_snapshot: bool,
    /// Whether a call of the API caused it.
    pub(super) is_written: bool,
    /// Byte by byte.
    pub(super) body: Bytes,
}

impl SentEvent {
    pub(super) fn new(account: Account, payload: &Value, body: &[u8]) -> Self {
        let text = |name: &str| payload[name].as_str().unwrap_or_default().into();
        Self {
            account,
            id: text("id"),
            name: text("type"),
            created: payload["created"].as_i64().unwrap_or_default(),
            is_snapshot: payload["object"] == "event",
            is_written: false,
            body: Bytes::copy_from_slice(body),
        }
    }

    /// One that a call of the API caused.
    pub(super) fn written(account: Account, payload: &Value, body: &[u8]) -> Self {
        Self { is_written: true, ..Self::new(account, payload, body) }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it carries its object: the others are events of `/v2/core/events`.
    pub(super) const fn is_snapshot(&self) -> bool {
        self.is_snapshot
    }

    /// What lists are filtered by.
    pub(super) fn head(&self) -> Value {
        json!({"created": self.created, "type": *self.name})
    }

    /// All that was sent.
    pub(super) fn payload(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
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
    /// What is different of those that calls have caused.
    pub(super) notes: Notes<String>,
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
        if event.is_written {
            self.notes.there(&event.id().to_owned());
        }
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
        if event.is_written {
            self.notes.gone(&event.id().to_owned());
        }
        self.bytes -= event.body.len();
        self.gone += 1;
        Some((self.gone - 1, event))
    }

    /// Forgets those that do not stay.
    pub(super) fn retain(&mut self, stays: impl Fn(&SentEvent) -> bool) {
        let Self { kept, notes, .. } = std::mem::take(self);
        for event in kept.into_iter().filter(stays) {
            self.keep(event);
        }
        // Those that a file keeps have stayed.
        self.notes = notes;
    }

    /// The event of that id.
    pub(super) fn of(&self, id: &str) -> Option<&SentEvent> {
        self.kept.get(self.numbers.get(id)? - self.gone)
    }

    /// Those that are kept, the newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &SentEvent> {
        self.kept.iter().rev()
    }
}
