//! All event types and objects, as data: the files under catalog/, embedded, read when needed.
//!
//! An object file holds a full object in its first state (`base`), as a template, and `states` that
//! change it. An event type names its object, the states it is in, and what was different before.
//! `catalog/README.md` describes the form.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::id::IdForm;
use crate::error::{Error, Result};
use crate::text::suggestion;

type Files = &'static [(&'static str, &'static str)];

const OBJECT_FILES: Files = include!(concat!(env!("OUT_DIR"), "/objects.rs"));
const EVENT_FILES: Files = include!(concat!(env!("OUT_DIR"), "/events.rs"));
const ID_FILE: &str = include_str!("../../catalog/ids.json");
const PAYMENT_METHOD_FILE: &str = include_str!("../../catalog/payment_methods.json");
const API_VERSION_FILE: &str = include_str!("../../catalog/api_version.txt");

/// An event type: a name, and what an event of it is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventType {
    /// What it tells, in one sentence.
    pub description: String,
    /// The type of the object that it carries.
    pub object: String,
    /// Whether `stripe trigger` knows it.
    #[serde(default)]
    pub stripe_trigger: bool,
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
}

impl EventType {
    /// A type that the catalogue does not have for this object; `near` as for the type of its name.
    fn unlisted(object: &str, near: &[String]) -> Self {
        Self {
            description: String::new(),
            object: object.to_owned(),
            stripe_trigger: false,
            creates: false,
            cause: Cause::Stripe,
            causes: BTreeMap::new(),
            after: None,
            payment_method: None,
            states: Vec::new(),
            set: Map::new(),
            was: Map::new(),
            near: near.to_vec(),
        }
    }

    /// Whether Stripe has this type, as far as the catalogue knows.
    pub fn is_stripes(&self) -> bool {
        self.near.is_empty()
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

/// An object in its first state, and its other states.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectType {
    pub(super) id: IdForm,
    pub(super) created: String,
    pub(super) base: Value,
    pub(super) states: BTreeMap<String, Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentMethod {
    currencies: Option<Vec<String>>,
}

struct ObjectFile {
    name: &'static str,
    text: &'static str,
    parsed: OnceLock<ObjectType>,
}

/// The catalogue: event types at once, objects when they are asked for.
pub struct Catalogue {
    types: BTreeMap<String, EventType>,
    ids: BTreeMap<String, IdForm>,
    objects: Vec<ObjectFile>,
}

impl Catalogue {
    /// The catalogue that is built into devtool.
    ///
    /// # Errors
    /// The embedded data has a fault (a bug; a test reads all of it).
    pub fn embedded() -> Result<Self> {
        let mut types = BTreeMap::new();
        for (name, text) in EVENT_FILES {
            let file: BTreeMap<String, EventType> = parse(&format!("events/{name}.json"), text)?;
            types.extend(file);
        }
        let ids = parse("ids.json", ID_FILE)?;
        let objects = OBJECT_FILES
            .iter()
            .map(|(name, text)| ObjectFile { name, text, parsed: OnceLock::new() })
            .collect();
        Ok(Self { types, ids, objects })
    }

    /// The API version whose shape the objects have.
    pub fn api_version() -> &'static str {
        API_VERSION_FILE.trim_end()
    }

    /// The types that Stripe sends, by name.
    pub fn event_types(&self) -> impl Iterator<Item = (&str, &EventType)> {
        let listed = self.types.iter().filter(|(_, event_type)| event_type.is_stripes());
        listed.map(|(name, event_type)| (name.as_str(), event_type))
    }

    /// The type of that name; any name at all where `object` says what to carry.
    ///
    /// # Errors
    /// There is no such type, or no such object.
    pub fn event_type(&self, name: &str, object: Option<&str>) -> Result<EventType> {
        match (self.types.get(name), object) {
            (_, Some(object)) if !self.objects.iter().any(|file| file.name == object) => {
                Err(self.unknown_object(object))
            }
            (Some(known), Some(object)) if known.object != object => {
                Ok(EventType::unlisted(object, &known.near))
            }
            (Some(known), _) => Ok(known.clone()),
            (None, Some(object)) => Ok(EventType::unlisted(object, &[])),
            (None, None) => Err(self.unknown_event(name)),
        }
    }

    fn unknown_event(&self, name: &str) -> Error {
        let names = self.event_types().map(|(name, _)| name);
        Error::UnknownEvent { name: name.to_owned(), near: suggestion::near(name, names) }
    }

    fn unknown_object(&self, name: &str) -> Error {
        let names = self.objects.iter().map(|file| file.name);
        Error::UnknownObject { name: name.to_owned(), near: suggestion::near(name, names) }
    }

    pub(super) fn object(&self, name: &str) -> Result<&ObjectType> {
        let file = self.objects.iter().find(|file| file.name == name);
        let file = file.ok_or_else(|| self.unknown_object(name))?;
        if let Some(parsed) = file.parsed.get() {
            return Ok(parsed);
        }
        let parsed = parse(&format!("objects/{name}.json"), file.text)?;
        Ok(file.parsed.get_or_init(|| parsed))
    }

    /// The form of an object's ids, and when it comes to be where nothing else says so. `name` may
    /// have a role (`invoice/second`).
    pub(super) fn form(&self, name: &str) -> Result<(&IdForm, Option<&str>)> {
        let kind = name.split('/').next().unwrap_or(name);
        if let Some(form) = self.ids.get(kind) {
            return Ok((form, form.created.as_deref()));
        }
        let object = self.object(kind)?;
        Ok((&object.id, Some(&object.created)))
    }

    /// The currencies that a payment method takes, `None` for every one.
    ///
    /// # Errors
    /// Names the payment methods where there is none of that name.
    pub(super) fn currencies(payment_method: &str) -> Result<Option<Vec<String>>> {
        let mut methods: BTreeMap<String, PaymentMethod> =
            parse("payment_methods.json", PAYMENT_METHOD_FILE)?;
        match methods.remove(payment_method) {
            Some(method) => Ok(method.currencies),
            None => Err(Error::InvalidSetting {
                setting: format!("payment_method to `{payment_method}`"),
                reason: format!(
                    "expected one of {}",
                    methods.into_keys().collect::<Vec<_>>().join(", ")
                ),
            }),
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|fault| Error::Bug { what: format!("catalog/{file}: {fault}") })
}
