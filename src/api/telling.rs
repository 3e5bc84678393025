//! What the API is told of a story. It is plain data, so that another process may be told it, too.

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

impl StoryTelling {
    /// The story of these events.
    pub fn new(told: StoryObjects, events: &[Event], api_version: &str) -> Self {
        let StoryObjects { objects, details, companions, own_account } = told;
        let event = |((event, object), details): ((&Event, _), _)| ToldEvent {
            payload: serde_json::from_slice(&event.body).unwrap_or_default(),
            object,
            details,
        };
        let events = events.iter().zip(objects).zip(details).map(event).collect();
        Self { events, companions, own_account, api_version: api_version.to_owned() }
    }
}
