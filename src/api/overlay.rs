//! What calls have changed in an object of a story: it outlasts the states that the story tells later.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What calls have changed in an object that a story tells of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Overlay {
    /// By field; what differs in a hash is told by its members. In metadata, null is for what was taken out.
    fields: Map<String, Value>,
    pub(super) is_deleted: bool,
}

impl Overlay {
    pub(super) fn note(&mut self, before: &Value, after: &Value) {
        merge(&mut self.fields, difference(before, after));
    }

    /// The same changes made in a newer state.
    pub(super) fn laid_over(&self, own: &Value) -> Value {
        let mut own = own.clone();
        lay_over(&self.fields, &mut own, false);
        own
    }
}

/// The members that differ, with what they are now.
fn difference(before: &Value, after: &Value) -> Map<String, Value> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return Map::new() };
    let mut changed = Map::new();
    for (name, now) in after {
        match before.get(name) {
            Some(was) if was == now => {}
            Some(was @ Value::Object(_)) if now.is_object() => {
                changed.insert(name.clone(), Value::Object(difference(was, now)));
            }
            _ => {
                changed.insert(name.clone(), now.clone());
            }
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    changed.extend(gone.map(|name| (name.clone(), Value::Null)));
    changed
}

fn merge(known: &mut Map<String, Value>, newer: Map<String, Value>) {
    for (name, value) in newer {
        match (known.get_mut(&name), value) {
            (Some(Value::Object(known)), Value::Object(newer)) => merge(known, newer),
            (_, value) => {
                known.insert(name, value);
            }
        }
    }
}

fn lay_over(changes: &Map<String, Value>, value: &mut Value, is_map: bool) {
    let Some(members) = value.as_object_mut() else { return };
    for (name, change) in changes {
        match (members.get_mut(name), change) {
            (Some(place @ Value::Object(_)), Value::Object(changes)) => {
                lay_over(changes, place, name == "metadata");
            }
            (_, Value::Null) if is_map => {
                members.shift_remove(name);
            }
            (_, change) => {
                members.insert(name.clone(), change.clone());
            }
        }
    }
}
