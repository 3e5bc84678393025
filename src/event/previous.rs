//! `previous_attributes`: what an object was before, in the form that Stripe gives it.

use serde_json::{Map, Value};

/// The members that differ, with their earlier values. Objects are compared member by member, so
/// that only what changed is given; a list is given whole; a member that was not there is null.
pub fn attributes(before: &Value, after: &Value) -> Map<String, Value> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return Map::new() };
    let mut previous = Map::new();
    for (name, new) in after {
        match before.get(name) {
            Some(old) if old == new => {}
            Some(old) => {
                previous.insert(name.clone(), earlier(old, new));
            }
            None => {
                previous.insert(name.clone(), Value::Null);
            }
        }
    }
    let gone = before.iter().filter(|(name, _)| !after.contains_key(*name));
    previous.extend(gone.map(|(name, old)| (name.clone(), old.clone())));
    previous
}

fn earlier(old: &Value, new: &Value) -> Value {
    if old.is_object() && new.is_object() {
        Value::Object(attributes(old, new))
    } else {
        old.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changed_is_given() {
        let before = json!({"a": 1, "b": {"x": 1, "y": 2}, "l": {"data": [1, 2], "url": "u"}});
        let after = json!({"a": 1, "b": {"x": 1, "y": 3}, "l": {"data": [1, 3], "url": "u"}});
        let expected = json!({"b": {"y": 2}, "l": {"data": [1, 2]}});
        assert_eq!(Value::Object(attributes(&before, &after)), expected);
    }

    #[test]
    fn a_member_that_was_not_there_is_null() {
        let (before, after) = (json!({"metadata": {}}), json!({"metadata": {"order": "1"}}));
        let expected = json!({"metadata": {"order": null}});
        assert_eq!(Value::Object(attributes(&before, &after)), expected);
    }

    #[test]
    fn nothing_changed_gives_nothing() {
        assert!(attributes(&json!({"a": [1]}), &json!({"a": [1]})).is_empty());
    }
}
