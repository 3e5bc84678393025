//! An event type: a name, and what an event of it is about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::thin::Thin;

use crate::protocol::moment::Offset;

/// What an event of one name is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventType {
    /// What it tells, in one sentence.
    pub description: String,
    /// The type of the object that it carries.
    pub object: String,
    /// Other types of objects that it may carry, and what is different with them.
    #[serde(default)]
    pub objects: BTreeMap<String, Instead>,
    /// Where it stands among events of the same second, causes before effects.
    #[serde(default)]
    pub rank: Option<u16>,
    /// How the Stripe CLI can cause it.
    #[serde(default)]
    pub stripe: Option<ThroughStripe>,
    /// Whether the object comes to be with it.
    #[serde(default)]
    pub creates: bool,
    /// Who caused it.
    #[serde(default)]
    pub cause: Cause,
    /// Who caused it in stories of a variant, such as a debit that settles days later.
    #[serde(default)]
    pub causes: BTreeMap<String, Cause>,
    /// How long after its object's creation it happens when nothing else says so.
    #[serde(default)]
    pub after: Option<String>,
    /// How old its object is by then when nothing else says so.
    #[serde(default)]
    pub age: Option<Offset>,
    /// The payment method of a story that begins with it; `card` where there is none.
    #[serde(default)]
    pub payment_method: Option<String>,
    /// The states of its object, applied in this order.
    #[serde(default)]
    pub states: Vec<String>,
    /// What else it changes, by path.
    #[serde(default)]
    pub set: Map<String, Value>,
    /// What was different before it, by path; `previous_attributes` comes of it.
    #[serde(default)]
    pub was: Map<String, Value>,
    /// Only for a name that Stripe never sends: the types that may be meant.
    #[serde(default)]
    pub near: Vec<String>,
    /// Only for a thin event: what it is about.
    #[serde(skip)]
    pub thin: Option<Thin>,
}

/// What is different where a type carries another object than its usual one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instead {
    /// The states of that object.
    pub states: Vec<String>,
    /// What else it changes, by path.
    pub set: Map<String, Value>,
    /// What was different before it, by path.
    pub was: Map<String, Value>,
}

/// How the Stripe CLI can cause an event in test mode.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ThroughStripe {
    /// `stripe trigger` of this name does.
    Trigger(String),
    /// It comes along with what `stripe trigger` of this name causes.
    SideEffectOf(String),
    /// A fixture of devtool's own, of this name, does.
    Fixture(String),
    /// Nothing does, for this reason.
    No(String),
}

impl EventType {
    /// A type that the catalogue does not have for this object; `near` as for the type of its name.
    pub(super) fn unlisted(object: &str, near: &[String]) -> Self {
        Self {
            description: String::new(),
            object: object.to_owned(),
            objects: BTreeMap::new(),
            rank: None,
            stripe: None,
            creates: false,
            cause: Cause::Stripe,
            causes: BTreeMap::new(),
            after: None,
            age: None,
            payment_method: None,
            states: Vec::new(),
            set: Map::new(),
            was: Map::new(),
            near: near.to_vec(),
            thin: None,
        }
    }

    /// The type as it is with another object.
    pub(super) fn about(&self, object: &str) -> Self {
        if self.object == object {
            return self.clone();
        }
        match self.objects.get(object) {
            None => Self::unlisted(object, &self.near),
            Some(instead) => Self {
                object: object.to_owned(),
                states: instead.states.clone(),
                set: instead.set.clone(),
                was: instead.was.clone(),
                ..self.clone()
            },
        }
    }

    /// Whether Stripe has this type, as far as the catalogue knows.
    pub fn is_stripes(&self) -> bool {
        self.near.is_empty()
    }

    /// Whether `stripe trigger` knows it.
    pub fn has_trigger(&self) -> bool {
        matches!(self.stripe, Some(ThroughStripe::Trigger(_)))
    }
}

/// Who caused an event: decides the envelope's `request`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Stripe itself: both members of `request` are null.
    #[default]
    Stripe,
    /// An API request with an idempotency key, as the libraries send it.
    Request,
    /// An API request without a key, such as a DELETE.
    UnkeyedRequest,
}
