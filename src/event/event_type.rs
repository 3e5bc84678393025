//! An event type: a name, and what an event of it is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::protocol::moment::Offset;

/// What an event of one name is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Entry")]
pub struct EventType {
    /// What it tells, in one sentence.
    pub description: String,
    /// The type of the object that it carries, or is about; empty for none.
    pub object: String,
    /// Other types of objects that it may carry, and what is different with them.
    pub objects: BTreeMap<String, Snapshot>,
    /// Whether Stripe sends it.
    pub listing: Listing,
    /// What it tells of its object.
    pub payload: Payload,
    /// Whether the object comes to be with it.
    pub creates: bool,
    /// Who caused it.
    pub cause: EventCause,
    /// Who caused it in stories of a variant, such as a debit that settles days later.
    pub causes: BTreeMap<String, EventCause>,
    /// How long after its object's creation it happens by default.
    pub after: Option<String>,
    /// How old its object is by then by default.
    pub age: Option<Offset>,
    /// The payment method of a story that begins with it; `card` where there is none.
    pub payment_method: Option<String>,
    /// What else it may tell of its object; `NAME/STATE` for an object that is in that state.
    pub forms: Arc<BTreeMap<String, Form>>,
    /// The form that it has, where it has forms.
    pub form: Option<String>,
}

/// One of the things that events of a type tell, such as that an invoice became final, or was paid.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Form {
    /// The states of the object, applied in this order.
    pub states: Vec<String>,
    /// What was different before it, by path.
    pub was: Map<String, Value>,
    /// How old its object is by then, where no other event of the story creates it.
    pub age: Option<Offset>,
}

/// Whether Stripe sends events of a type.
#[derive(Clone, Debug)]
pub enum Listing {
    /// It does; and how the Stripe CLI can cause them, if it can.
    Stripe(Option<ThroughStripe>),
    /// Nobody knows: a name of the user's own, or with an object that the catalogue does not have
    /// for it.
    Unlisted,
    /// It never does; these types may be meant.
    NeverSent(Vec<String>),
}

/// What an event tells of its object.
#[derive(Clone, Debug)]
pub enum Payload {
    /// All of it, as it is after the event.
    Snapshot(Snapshot),
    /// Its name; `None` where the event is about no object.
    Thin(Option<RelatedObject>),
}

/// The object of a snapshot event.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Snapshot {
    /// The states of the object, applied in this order.
    pub states: Vec<String>,
    /// What else the event changes, by path.
    pub set: Map<String, Value>,
    /// What was different before it, by path; `previous_attributes` comes of it.
    pub was: Map<String, Value>,
}

/// The object that a thin event is about.
#[derive(Clone, Debug)]
pub struct RelatedObject {
    /// Its type.
    pub(super) kind: String,
    /// Its id, as a template.
    pub(super) id: String,
    /// Where it can be fetched, as a template.
    pub(super) url: String,
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

/// What a file of `catalog/events/` says of a type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    description: String,
    object: String,
    #[serde(default)]
    objects: BTreeMap<String, Snapshot>,
    /// Read from the index, without the rest.
    #[serde(default, rename = "rank")]
    _rank: Option<u16>,
    /// As well.
    #[serde(default, rename = "ranks")]
    _ranks: IgnoredAny,
    #[serde(default)]
    stripe: Option<ThroughStripe>,
    #[serde(default)]
    creates: bool,
    #[serde(default)]
    cause: EventCause,
    #[serde(default)]
    causes: BTreeMap<String, EventCause>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    age: Option<Offset>,
    #[serde(default)]
    payment_method: Option<String>,
    #[serde(default)]
    forms: BTreeMap<String, Form>,
    #[serde(default)]
    form: Option<String>,
    #[serde(default)]
    states: Vec<String>,
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    was: Map<String, Value>,
    /// Only for a name that Stripe never sends.
    #[serde(default)]
    near: Vec<String>,
}

impl From<Entry> for EventType {
    fn from(entry: Entry) -> Self {
        let Entry { states, set, was, .. } = entry;
        Self {
            description: entry.description,
            object: entry.object,
            objects: entry.objects,
            listing: if entry.near.is_empty() {
                Listing::Stripe(entry.stripe)
            } else {
                Listing::NeverSent(entry.near)
            },
            payload: Payload::Snapshot(Snapshot { states, set, was }),
            creates: entry.creates,
            cause: entry.cause,
            causes: entry.causes,
            after: entry.after,
            age: entry.age,
            payment_method: entry.payment_method,
            forms: Arc::new(entry.forms),
            form: entry.form,
        }
    }
}

impl EventType {
    /// A type that the catalogue does not have for this object.
    pub(super) fn unlisted(object: &str) -> Self {
        Self {
            description: String::new(),
            object: object.to_owned(),
            objects: BTreeMap::new(),
            listing: Listing::Unlisted,
            payload: Payload::Snapshot(Snapshot::default()),
            creates: false,
            cause: EventCause::Stripe,
            causes: BTreeMap::new(),
            after: None,
            age: None,
            payment_method: None,
            forms: Arc::default(),
            form: None,
        }
    }

    /// The type as it is with another object.
    pub(super) fn about(&self, object: &str) -> Self {
        if self.object == object {
            return self.clone();
        }
        match (self.objects.get(object), &self.listing) {
            (Some(snapshot), _) => Self {
                object: object.to_owned(),
                payload: Payload::Snapshot(snapshot.clone()),
                forms: Arc::default(),
                ..self.clone()
            },
            (None, Listing::NeverSent(_)) => {
                Self { listing: self.listing.clone(), ..Self::unlisted(object) }
            }
            (None, _) => Self::unlisted(object),
        }
    }

    /// The type with something else that was different before. A thin event does not tell it.
    #[must_use]
    pub fn with_was(mut self, was: Map<String, Value>) -> Self {
        if let Payload::Snapshot(snapshot) = &mut self.payload {
            snapshot.was = was;
        }
        self
    }

    /// What was different before it.
    pub(crate) fn was(self) -> Map<String, Value> {
        match self.payload {
            Payload::Snapshot(snapshot) => snapshot.was,
            Payload::Thin(_) => Map::new(),
        }
    }

    /// The type in the form that these states of its object ask for, else in its usual one, and the states
    /// that name no form.
    #[must_use]
    pub fn in_form(mut self, states: &[String]) -> (Self, Vec<String>) {
        let (named, rest): (Vec<&String>, Vec<&String>) =
            states.iter().partition(|state| self.forms.contains_key(*state));
        let rest: Vec<String> = rest.into_iter().cloned().collect();
        let Some(name) = named.first().copied().or(self.form.as_ref()) else { return (self, rest) };
        let in_state = rest.iter().find_map(|state| self.forms.get(&format!("{name}/{state}")));
        if let Some(form) = in_state.or_else(|| self.forms.get(name)) {
            if let Payload::Snapshot(snapshot) = &mut self.payload {
                snapshot.states.clone_from(&form.states);
                snapshot.was.clone_from(&form.was);
            }
            self.form = Some(name.clone());
            self.age = form.age.or(self.age);
        }
        (self, rest)
    }

    /// The names of its forms.
    pub fn form_names(&self) -> impl Iterator<Item = &str> {
        self.forms.keys().map(String::as_str).filter(|name| !name.contains('/'))
    }

    /// The types that may be meant by a name that Stripe never sends; none for any other.
    pub fn near(&self) -> &[String] {
        match &self.listing {
            Listing::NeverSent(near) => near,
            Listing::Stripe(_) | Listing::Unlisted => &[],
        }
    }

    /// Whether its events name an object, and carry nothing of it.
    pub fn is_thin(&self) -> bool {
        matches!(self.payload, Payload::Thin(_))
    }

    /// Whether its events tell what was different before.
    pub fn tells_before(&self) -> bool {
        let in_payload = match &self.payload {
            Payload::Snapshot(snapshot) => !snapshot.was.is_empty(),
            Payload::Thin(_) => false,
        };
        in_payload || self.forms.values().any(|form| !form.was.is_empty())
    }

    /// How the Stripe CLI can cause it.
    pub fn through_stripe(&self) -> Option<&ThroughStripe> {
        match &self.listing {
            Listing::Stripe(stripe) => stripe.as_ref(),
            Listing::Unlisted | Listing::NeverSent(_) => None,
        }
    }

    /// Whether `stripe trigger` knows it.
    pub fn has_trigger(&self) -> bool {
        matches!(self.through_stripe(), Some(ThroughStripe::Trigger(_)))
    }
}

/// Who caused an event: decides the envelope's `request`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum EventCause {
    /// Stripe itself: both members of `request` are null.
    #[default]
    Stripe,
    /// An API request with an idempotency key, as the libraries send it.
    Request,
    /// An API request without a key, such as a DELETE.
    UnkeyedRequest,
    /// The customer, on a page of Stripe's such as Checkout or the portal: a key without a request.
    Page,
}
