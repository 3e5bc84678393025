//! A type of objects: what `catalog/objects/` says of one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::id::IdForm;

/// An object in its first state, and its other states.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectType {
    /// The form of its ids; none for an object without one, or with an id of the base's.
    pub(super) id: Option<IdForm>,
    pub(super) created: String,
    pub(super) base: Value,
    #[serde(default)]
    pub(super) states: BTreeMap<String, Map<String, Value>>,
}
