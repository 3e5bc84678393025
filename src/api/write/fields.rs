//! How parameters become fields of an object: most have the field's own name.

use serde_json::{Map, Value};

use super::action::WriteAction;
use super::input::Input;
use super::kinds::{HashKind, ParameterForm, ParameterKind};

impl WriteAction {
    /// Sets what was said in an object.
    pub(super) fn apply(&self, input: &Input, object: &mut Value) {
        for (name, value) in input.iter().filter(|(name, _)| self.leaves_a_trace(name)) {
            let (Some(kind), Some(members)) =
                (self.parameters.members.get(name), object.as_object_mut())
            else {
                continue;
            };
            let place = members.entry(name.clone()).or_insert(Value::Null);
            self.put(kind, value, (place, name));
        }
    }

    fn leaves_a_trace(&self, name: &str) -> bool {
        let is_traceless = self.call.traceless.iter().any(|known| known == name);
        !is_traceless && !self.call.with.contains_key(name)
    }

    fn put(&self, kind: &ParameterKind, value: &Value, (place, path): (&mut Value, &str)) {
        match (&kind.form, value) {
            (ParameterForm::Map(_), Value::Null) => *place = Value::Object(Map::new()),
            (_, Value::Null) => *place = self.unset(path),
            (ParameterForm::Map(_), Value::Object(given)) => put_entries(given, place),
            (ParameterForm::Hash(hash), Value::Object(given)) => {
                if !place.is_object() {
                    *place = self.empty(hash, path);
                }
                let Some(members) = place.as_object_mut() else { return };
                for (name, value) in given {
                    let Some(kind) = hash.members.get(name) else { continue };
                    let place = members.entry(name.clone()).or_insert(Value::Null);
                    self.put(kind, value, (place, &format!("{path}.{name}")));
                }
            }
            _ => *place = value.clone(),
        }
    }

    /// What a field holds that is unset: what it held at first.
    fn unset(&self, path: &str) -> Value {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let new = self.object.new.get(first).unwrap_or(&Value::Null);
        let found = match rest {
            "" => Some(new),
            rest => new.pointer(&format!("/{}", rest.replace('.', "/"))),
        };
        found.filter(|value| !is_template(value)).cloned().unwrap_or_default()
    }

    /// A hash of which nothing was said yet.
    fn empty(&self, hash: &HashKind, path: &str) -> Value {
        if let Some(known) = self.object.hashes.get(path) {
            return known.clone();
        }
        let is_served = |name: &&String| {
            let own = format!("{path}.{name}");
            !self.call.not_served.contains(&own)
        };
        hash.members.keys().filter(is_served).map(|name| (name.clone(), Value::Null)).collect()
    }
}

/// Entries of a map, such as metadata; null takes one out.
fn put_entries(given: &Map<String, Value>, place: &mut Value) {
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    let Some(entries) = place.as_object_mut() else { return };
    for (name, value) in given {
        if value.is_null() {
            entries.shift_remove(name);
        } else {
            entries.insert(name.clone(), value.clone());
        }
    }
}

fn is_template(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with('{'))
}
