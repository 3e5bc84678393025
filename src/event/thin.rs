//! Thin events: notifications that name an object and carry nothing of it. What is special about
//! them lies in `catalog/thin/`; a type whose name is that of a snapshot type with `v1.` in front
//! takes the rest from there.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalogue::{Catalogue, parse_once};
use super::error::{EventError, Result};
use super::event_type::{Cause, EventType, ThroughStripe};
use super::id::IdForm;

const TYPE_FILE: &str = include_str!("../../catalog/thin/types.json");
const OBJECT_FILE: &str = include_str!("../../catalog/thin/objects.json");

/// What a thin event is about.
#[derive(Clone, Debug)]
pub struct Thin {
    related: Option<Related>,
}

/// An object that thin events can be about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Related {
    /// Where it can be fetched, as a template.
    url: String,
    /// Its id, as a template; `{absent}` for what there is only one of.
    #[serde(default = "own_id")]
    id: String,
    /// The form of its ids, where the catalogue has no such object.
    #[serde(default)]
    form: Option<IdForm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThinType<'t> {
    /// In one sentence; else that of the snapshot type.
    #[serde(default)]
    description: Option<&'t str>,
    /// The object that it is about.
    #[serde(default)]
    about: Option<&'t str>,
    /// Who caused it, where there is no snapshot type that says so.
    #[serde(default)]
    cause: Cause,
    /// Whether `stripe trigger` knows it, where that is not as for the snapshot type.
    #[serde(default)]
    stripe_trigger: Option<bool>,
}

fn own_id() -> String {
    "{id}".to_owned()
}

impl Thin {
    /// The template of `related_object`; `None` where the event is about no object.
    pub(super) fn related_object(&self, kind: &str) -> Option<Value> {
        let related = self.related.as_ref()?;
        Some(json!({"id": related.id, "type": kind, "url": related.url}))
    }
}

/// Whether a name is one of a thin event.
pub fn is_thin(name: &str) -> bool {
    name.starts_with("v1.") || name.starts_with("v2.")
}

/// The names of all thin types, sorted.
///
/// # Errors
/// The embedded data has a fault.
pub fn names() -> Result<impl Iterator<Item = &'static str>> {
    Ok(types()?.keys().copied())
}

impl Catalogue {
    /// The thin types, by name.
    ///
    /// # Errors
    /// The embedded data has a fault.
    pub fn thin_types(&self) -> Result<Vec<(&'static str, EventType)>> {
        let types = types()?.iter();
        types.map(|(name, told)| Ok((*name, self.complete(name, told)?))).collect()
    }

    /// The thin type of that name.
    pub(super) fn thin_type(&self, name: &str) -> Result<Option<EventType>> {
        if !is_thin(name) {
            return Ok(None);
        }
        types()?.get(name).map(|told| self.complete(name, told)).transpose()
    }

    fn complete(&self, name: &str, told: &ThinType<'_>) -> Result<EventType> {
        let about = told.about.unwrap_or_default();
        let related = match told.about {
            None => None,
            Some(kind) => Some(objects()?.get(kind).cloned().ok_or_else(|| {
                let what = format!("there is no `{kind}` in thin/objects.json");
                EventError::at_words(kind, what)
            })?),
        };
        let twin = name.strip_prefix("v1.").map(|twin| self.find(twin)).transpose()?.flatten();
        let mut complete = match twin {
            Some(twin) => EventType { object: about.to_owned(), ..EventType::clone(twin) },
            None => EventType { cause: told.cause, ..EventType::unlisted(about, &[]) },
        };
        complete.stripe = match (told.stripe_trigger, &complete.stripe) {
            (None, Some(ThroughStripe::Trigger(_))) | (Some(true), _) => {
                Some(ThroughStripe::Trigger(name.to_owned()))
            }
            _ => None,
        };
        if let Some(description) = told.description {
            description.clone_into(&mut complete.description);
        }
        complete.thin = Some(Thin { related });
        Ok(complete)
    }
}

/// The line of a type in its file, from 1.
pub(super) fn line(name: &str) -> usize {
    let is_its = |line: &str| line.trim_start().starts_with(&format!("\"{name}\":"));
    TYPE_FILE.lines().position(is_its).map_or(1, |at| at + 1)
}

/// The form of the ids of an object that only thin events are about.
pub(super) fn form(kind: &str) -> Result<Option<&'static IdForm>> {
    Ok(objects()?.get(kind).and_then(|related| related.form.as_ref()))
}

fn types() -> Result<&'static BTreeMap<&'static str, ThinType<'static>>> {
    static TYPES: OnceLock<BTreeMap<&str, ThinType<'_>>> = OnceLock::new();
    parse_once(&TYPES, "thin/types.json", TYPE_FILE)
}

fn objects() -> Result<&'static BTreeMap<&'static str, Related>> {
    static OBJECTS: OnceLock<BTreeMap<&str, Related>> = OnceLock::new();
    parse_once(&OBJECTS, "thin/objects.json", OBJECT_FILE)
}
