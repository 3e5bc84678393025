//! What the API is told of a story. It is plain data, so that another process may be told it, too.

use std::iter::repeat;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::{Companion, Event, StoryObjects, Versions};

/// A story, before its first event.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StoryTelling {
    /// Its events, in its own order.
    pub events: Vec<ToldEvent>,
    /// The objects that none of them carries.
    pub companions: Vec<Companion>,
    /// The id of the platform's own account.
    pub own_account: Option<String>,
    /// The API version that the events name.
    pub api_version: String,
}

/// An event that may be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ToldEvent {
    /// Its payload, as planned.
    pub payload: Value,
    /// What it is about, as the catalogue has it: before the changes of the user.
    pub object: Option<Versions>,
    /// The members that a thin event has besides, once it is fetched.
    #[serde(default)]
    pub details: Option<Value>,
}

fn in_own_shape(object: Versions) -> Versions {
    Versions { own: object.own, ..Versions::default() }
}

impl StoryTelling {
    /// What the history keeps of it: all that the recorded events do not carry, in the shape of their version alone, as
    /// theirs is.
    pub(crate) fn kept(self) -> Vec<u8> {
        let event = |event: ToldEvent| {
            if event.payload["object"] != "event" {
                return ToldEvent { object: event.object.map(in_own_shape), ..event };
            }
            let head = serde_json::from_value::<EventHead>(event.payload).unwrap_or_default();
            ToldEvent { payload: head.value(), object: None, details: None }
        };
        let companion = |companion: Companion| Companion {
            object: in_own_shape(companion.object),
            owner: companion.owner,
        };
        let kept = Self {
            events: self.events.into_iter().map(event).collect(),
            companions: self.companions.into_iter().map(companion).collect(),
            ..self
        };
        serde_json::to_vec(&kept).unwrap_or_default()
    }

    /// What was kept of one; `None` where a devtool kept it that has another form.
    pub(super) fn of_kept(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The story of these events.
    pub fn new(told: StoryObjects, events: &[Event], api_version: &str) -> Self {
        Self::of(told, events, api_version, whole)
    }

    /// The same with what is wanted of each payload.
    pub(super) fn of(
        told: StoryObjects,
        events: &[Event],
        api_version: &str,
        payload: fn(&Event) -> Value,
    ) -> Self {
        let StoryObjects { objects, details, companions, own_account } = told;
        let event = |((event, object), details)| {
            let payload = payload(event);
            ToldEvent { payload, object, details }
        };
        let objects = objects.into_iter().chain(repeat(None));
        let details = details.into_iter().chain(repeat(None));
        let events = events.iter().zip(objects).zip(details).map(event).collect();
        Self { events, companions, own_account, api_version: api_version.to_owned() }
    }
}

/// All of an event's payload.
pub(super) fn whole(event: &Event) -> Value {
    serde_json::from_slice(&event.body).unwrap_or_default()
}

/// What is kept of it, where it carries its object: the rest is not read.
pub(super) fn head(event: &Event) -> Value {
    match serde_json::from_slice::<EventHead>(&event.body) {
        Ok(head) if head.object == "event" => head.value(),
        _ => whole(event),
    }
}

/// What is kept of the payload of an event that is recorded itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct EventHead {
    id: Value,
    object: Value,
    #[serde(rename = "type")]
    name: Value,
    created: Value,
    account: Value,
    api_version: Value,
}

impl EventHead {
    fn value(self) -> Value {
        let members = [
            ("id", self.id),
            ("object", self.object),
            ("type", self.name),
            ("created", self.created),
            ("account", self.account),
            ("api_version", self.api_version),
        ];
        let known = members.into_iter().filter(|(_, value)| !value.is_null());
        known.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
