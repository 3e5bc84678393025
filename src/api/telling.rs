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

fn in_own_shape(object: &Versions) -> Versions {
    Versions { own: object.own.clone(), ..Versions::default() }
}

/// What is kept of the payload of an event that is recorded itself.
const KEPT: [&str; 6] = ["id", "object", "type", "created", "account", "api_version"];

impl StoryTelling {
    /// What the history keeps of it: all that the recorded events do not carry, in the shape of their version alone, as
    /// theirs is.
    pub(crate) fn kept(&self) -> Vec<u8> {
        let event = |event: &ToldEvent| {
            if event.payload["object"] != "event" {
                let object = event.object.as_ref().map(in_own_shape);
                return ToldEvent { object, ..event.clone() };
            }
            let known = |name: &&str| Some(((*name).to_owned(), event.payload.get(*name)?.clone()));
            let payload = Value::Object(KEPT.iter().filter_map(known).collect());
            ToldEvent { payload, object: None, details: None }
        };
        let companion = |companion: &Companion| Companion {
            object: in_own_shape(&companion.object),
            owner: companion.owner.clone(),
        };
        let kept = Self {
            events: self.events.iter().map(event).collect(),
            companions: self.companions.iter().map(companion).collect(),
            own_account: self.own_account.clone(),
            api_version: self.api_version.clone(),
        };
        serde_json::to_vec(&kept).unwrap_or_default()
    }

    /// What was kept of one; `None` where a devtool kept it that has another form.
    pub(super) fn of_kept(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

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
