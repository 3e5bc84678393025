//! Thin events: notifications that name an object and carry nothing of it. What is special about
//! them lies in `catalog/thin/`; a type whose name is that of a snapshot type with `v1.` in front
//! takes the rest from there.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use super::embedded::parse_once;
use super::error::{EventError, Result};
use super::event_type::{EventCause, RelatedObject};
use super::id::IdForm;

const TYPE_FILE: &str = include_str!("../../catalog/thin/types.json");
const DATA_FILE: &str = include_str!("../../catalog/thin/data.json");
const OBJECT_FILE: &str = include_str!("../../catalog/thin/objects.json");

/// What `catalog/thin/types.json` says of a type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThinType<'t> {
    /// In one sentence; else that of the snapshot type.
    #[serde(default)]
    pub(super) description: Option<&'t str>,
    /// The object that it is about.
    #[serde(default)]
    pub(super) about: Option<&'t str>,
    /// Who caused it, where there is no snapshot type that says so.
    #[serde(default)]
    pub(super) cause: EventCause,
    /// The states of the object, applied in this order, where there is no snapshot type that says so.
    #[serde(default)]
    pub(super) states: Vec<String>,
    /// Whether `stripe trigger` knows it, where that is not as for the snapshot type.
    #[serde(default)]
    pub(super) stripe_trigger: Option<bool>,
}

/// An object that thin events can be about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThinObject {
    /// Where it can be fetched, as a template.
    url: String,
    /// Its id, as a template; `{absent}` for what there is only one of.
    #[serde(default = "own_id")]
    id: String,
    /// The form of its ids, where the catalogue has no such object.
    #[serde(default)]
    pub(super) form: Option<IdForm>,
}

impl ThinObject {
    /// The object as an event names it.
    pub(super) fn related(&self, kind: &str) -> RelatedObject {
        RelatedObject { kind: kind.to_owned(), id: self.id.clone(), url: self.url.clone() }
    }
}

fn own_id() -> String {
    "{id}".to_owned()
}

impl ThinType<'_> {
    /// The object that events of it are about.
    pub(super) fn related_object(&self) -> Result<Option<RelatedObject>> {
        let Some(kind) = self.about else { return Ok(None) };
        let entry = objects()?.get(kind).ok_or_else(|| {
            let what = format!("there is no `{kind}` in thin/objects.json");
            EventError::at_words(kind, what)
        })?;
        Ok(Some(entry.related(kind)))
    }
}

/// Whether a name is one of a thin event.
pub fn is_thin(name: &str) -> bool {
    name.starts_with("v1.") || name.starts_with("v2.")
}

/// The names of all thin types, sorted.
///
/// # Errors
/// The embedded data has an error.
pub fn names() -> Result<impl Iterator<Item = &'static str>> {
    Ok(types()?.keys().copied())
}

/// The line of a type in its file, from 1.
pub(super) fn line(name: &str) -> usize {
    let is_its = |line: &str| line.trim_start().starts_with(&format!("\"{name}\":"));
    TYPE_FILE.lines().position(is_its).map_or(1, |at| at + 1)
}

/// The object of that name.
pub(super) fn object(kind: &str) -> Result<Option<&'static ThinObject>> {
    Ok(objects()?.get(kind))
}

/// The names of the objects that only thin events are about, and that have ids.
pub(super) fn object_names() -> Result<impl Iterator<Item = &'static str>> {
    let only_here = objects()?.iter().filter(|(_, entry)| entry.form.is_some());
    Ok(only_here.map(|(name, _)| *name))
}

/// The form of the ids of an object that only thin events are about.
pub(super) fn form(kind: &str) -> Result<Option<&'static IdForm>> {
    Ok(objects()?.get(kind).and_then(|entry| entry.form.as_ref()))
}

/// The thin types, by name.
pub(super) fn types() -> Result<&'static BTreeMap<&'static str, ThinType<'static>>> {
    static TYPES: OnceLock<BTreeMap<&str, ThinType<'_>>> = OnceLock::new();
    parse_once(&TYPES, "thin/types.json", TYPE_FILE)
}

/// The states in which events of a type leave their object, where no snapshot type says so.
pub(super) fn states(name: &str) -> Result<Vec<String>> {
    Ok(types()?.get(name).map(|entry| entry.states.clone()).unwrap_or_default())
}

/// What the events of a type tell besides, once they are fetched, as a template.
pub(super) fn data(name: &str) -> Result<Option<&'static Value>> {
    static DATA: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    Ok(parse_once(&DATA, "thin/data.json", DATA_FILE)?.get(name))
}

fn objects() -> Result<&'static BTreeMap<&'static str, ThinObject>> {
    static OBJECTS: OnceLock<BTreeMap<&str, ThinObject>> = OnceLock::new();
    parse_once(&OBJECTS, "thin/objects.json", OBJECT_FILE)
}
