//! What Stripe's public preview has besides: event types that are of no API version yet, and their
//! objects, as data in `catalog/preview.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::embedded::parse_once;
use super::error::{EventError, Result};
use super::event_type::{EventType, Payload, RelatedObject, Snapshot};
use super::id::IdForm;
use super::object_type::ObjectType;
use super::thin::{self, ThinObject};

const FILE: &str = include_str!("../../catalog/preview.json");

/// The preview.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Preview {
    /// Its name in place of an API version.
    api_version: String,
    types: BTreeMap<String, PreviewType>,
    /// Objects that its snapshot types carry.
    objects: BTreeMap<String, ObjectType>,
    /// Objects that its thin types are about.
    thin: BTreeMap<String, ThinObject>,
}

/// A type of the preview.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviewType {
    description: String,
    /// The object that it carries, or is about.
    #[serde(default)]
    object: Option<String>,
    /// The states of the object, applied in this order.
    #[serde(default)]
    states: Vec<String>,
    /// What else it changes of the object.
    #[serde(default)]
    set: Map<String, Value>,
}

impl PreviewType {
    fn event_type(&self, name: &str, preview: &'static Preview) -> Result<EventType> {
        let object = self.object.as_deref().unwrap_or_default();
        let payload = if thin::is_thin(name) {
            Payload::Thin(self.object.as_deref().map(|kind| related(kind, preview)).transpose()?)
        } else {
            let (states, set) = (self.states.clone(), self.set.clone());
            Payload::Snapshot(Snapshot { states, set, ..Snapshot::default() })
        };
        let description = self.description.clone();
        Ok(EventType { description, payload, ..EventType::unlisted(object) })
    }
}

fn related(kind: &str, preview: &'static Preview) -> Result<RelatedObject> {
    match preview.thin.get(kind) {
        Some(object) => Ok(object.related(kind)),
        None => thin::object(kind)?.map(|object| object.related(kind)).ok_or_else(|| {
            EventError::at_words(kind, format!("there is no `{kind}` in preview.json"))
        }),
    }
}

/// The types, by name.
///
/// # Errors
/// The embedded data has an error.
pub fn types() -> Result<Vec<(&'static str, EventType)>> {
    let preview = preview()?;
    let types = preview.types.iter();
    types.map(|(name, entry)| Ok((name.as_str(), entry.event_type(name, preview)?))).collect()
}

/// The type of that name.
pub(super) fn find(name: &str) -> Result<Option<EventType>> {
    let preview = preview()?;
    preview.types.get(name).map(|entry| entry.event_type(name, preview)).transpose()
}

/// The name of the preview, where it has the type.
pub(super) fn version_of(name: &str) -> Result<Option<&'static str>> {
    let preview = preview()?;
    Ok(preview.types.contains_key(name).then_some(preview.api_version.as_str()))
}

/// The object of that name.
pub(super) fn object(name: &str) -> Result<Option<&'static ObjectType>> {
    Ok(preview()?.objects.get(name))
}

/// The form of the ids of an object, and when it comes to be.
pub(super) fn form(kind: &str) -> Result<Option<(Option<&'static IdForm>, Option<&'static str>)>> {
    let preview = preview()?;
    if let Some(object) = preview.objects.get(kind) {
        return Ok(Some((object.id.as_ref(), Some(&object.created))));
    }
    Ok(preview.thin.get(kind).map(|object| (object.form.as_ref(), None)))
}

fn preview() -> Result<&'static Preview> {
    static READ: OnceLock<Preview> = OnceLock::new();
    parse_once(&READ, "preview.json", FILE)
}
