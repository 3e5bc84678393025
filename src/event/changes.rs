//! The user's own values in the payloads of a run: what `--set` and `--unset` change.

use serde_json::Value;

use super::error::{EventError, Result};
use super::path::{MissingSegment, Path, Segment};
use super::setting::Setting;
use super::shape;
use crate::protocol::ordered;
use crate::text::suggestion;

/// The names at the top of an event: a path that begins with another one starts in `data.object`.
const ENVELOPE: [&str; 11] = [
    "id",
    "object",
    "account",
    "api_version",
    "context",
    "created",
    "data",
    "livemode",
    "pending_webhooks",
    "request",
    "type",
];

/// Where the object of an event is.
const OBJECT: [&str; 2] = ["data", "object"];

/// Whether `--set` may add fields that an event does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewFields {
    /// A path that does not exist is an error, except in metadata.
    Refused,
    /// A path that does not exist is made.
    Added,
}

/// Sets the fields in every payload that has them, and takes out those that are to go. The payloads are those
/// of the run's steps, in their order.
///
/// # Errors
/// None of the payloads has such a field.
pub fn apply(settings: &[Setting], payloads: &mut [Value], new_fields: NewFields) -> Result<()> {
    let names: Vec<String> = payloads.iter().map(name).collect();
    for setting in settings {
        match setting {
            Setting::Within { events, setting } => {
                let is_meant = |at: usize| events.fits(at + 1, &names[at]);
                let chosen = payloads.iter_mut().enumerate().filter(|(at, _)| is_meant(*at));
                let mut chosen: Vec<&mut Value> = chosen.map(|(_, payload)| payload).collect();
                // Another story of the run may have the events.
                if !chosen.is_empty() {
                    make(setting, &mut chosen, new_fields)?;
                }
            }
            plain => make(plain, &mut payloads.iter_mut().collect::<Vec<_>>(), new_fields)?,
        }
    }
    for payload in payloads.iter_mut() {
        *payload = ordered(payload.take());
    }
    Ok(())
}

/// The type's name.
fn name(payload: &Value) -> String {
    payload["type"].as_str().unwrap_or_default().to_owned()
}

/// Makes one change in every payload that has a place for it.
fn make(setting: &Setting, payloads: &mut [&mut Value], new_fields: NewFields) -> Result<()> {
    let (path, value) = match setting {
        Setting::Field { path, value } => (path, Some(value.as_str())),
        Setting::Removal { path } => (path, None),
        // The story has them.
        Setting::Parameter { .. }
        | Setting::Id { .. }
        | Setting::Metadata { .. }
        | Setting::Within { .. } => return Ok(()),
    };
    let mut was_there = false;
    for payload in payloads.iter_mut() {
        let path = whole_path(path, payload);
        let is_free = new_fields == NewFields::Added || path.is_in_metadata(payload);
        if is_free || path.find(payload).is_ok() {
            was_there |= change(payload, &path, value);
        }
    }
    if was_there { Ok(()) } else { Err(unknown(path, payloads)) }
}

/// The path from the event: one that begins with no name of the event's own begins in its object.
fn whole_path(path: &Path, payload: &Value) -> Path {
    let in_envelope = path.first().is_some_and(|name| ENVELOPE.contains(&name));
    let has_object = payload["data"]["object"].is_object();
    if in_envelope || !has_object { path.clone() } else { path.clone().below(&OBJECT) }
}

/// Sets a field, or takes it out; nothing to take out is fine where the user may add what is not
/// there. Returns whether there was a place for it.
fn change(payload: &mut Value, path: &Path, value: Option<&str>) -> bool {
    let Some(text) = value else {
        path.remove(payload);
        return true;
    };
    let new = typed(text, path, payload);
    path.set(payload, new)
}

/// The value as JSON where it is JSON, else as text. What was text stays text, so that
/// `description=42` does not make a number of it; in metadata all is text.
fn typed(text: &str, path: &Path, payload: &Value) -> Value {
    if path.is_in_metadata(payload) {
        return Value::String(text.to_owned());
    }
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    let stays_text = path.find(payload).is_ok_and(Value::is_string);
    match parsed {
        Some(value @ (Value::Number(_) | Value::Bool(_))) if !stays_text => value,
        Some(Value::Number(_) | Value::Bool(_)) | None => Value::String(text.to_owned()),
        Some(value) => value,
    }
}

/// The error for a path that no payload has, with the fields that may be meant.
fn unknown(path: &Path, payloads: &[&mut Value]) -> EventError {
    let whole = path.to_string();
    let short = path.without(&OBJECT).map_or_else(|| whole.clone(), |short| short.to_string());
    let objects = payloads.iter().map(|payload| &payload["data"]["object"]);
    let mut earlier = objects.map(|object| shape::earlier_field(object, &short));
    if let Some(earlier) = earlier.find_map(|field| field.ok().flatten()) {
        return EventError::EarlierField { path: whole, name: short, earlier };
    }
    let near = payloads.iter().map(|payload| nearest(path, payload)).find(|near| !near.is_empty());
    EventError::UnknownField { path: whole, near: near.unwrap_or_default() }
}

/// The fields that may be meant: those with a similar name (or the last elements) at the place where
/// the path leaves the payload; else those of that name elsewhere in its object.
fn nearest(path: &Path, payload: &Value) -> Vec<String> {
    let whole = whole_path(path, payload);
    let Err(MissingSegment { place, segment, way }) = whole.find(payload) else {
        return Vec::new();
    };
    let mut found: Vec<Path> = match (place, &segment) {
        (Value::Object(map), Segment::Key(name)) => {
            let names = suggestion::near(name, map.keys().map(String::as_str));
            names.into_iter().map(|name| Path::beside(way, Segment::Key(name))).collect()
        }
        (Value::Array(list), Segment::Index(_)) => list
            .len()
            .checked_sub(1)
            .map(|at| Path::beside(way, Segment::Index(at)))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    };
    if let (true, Segment::Key(name)) = (found.is_empty(), &segment) {
        elsewhere(name, payload, &mut Vec::new(), &mut found);
    }
    // As the user wrote it: from the object where the path did not begin at the event.
    let shown = |found: Path| match found.without(&OBJECT) {
        Some(short) if whole != *path => short.to_string(),
        _ => found.to_string(),
    };
    found.into_iter().map(shown).collect()
}

/// How many fields of the same name are named to the user.
const MOST_ELSEWHERE: usize = 3;

/// The paths of all fields of a name, the first few.
fn elsewhere(name: &str, value: &Value, way: &mut Vec<Segment>, found: &mut Vec<Path>) {
    let mut enter = |segment: Segment, value: &Value| {
        if found.len() < MOST_ELSEWHERE {
            if segment == Segment::Key(name.to_owned()) {
                found.push(Path::beside(way, segment.clone()));
            }
            way.push(segment);
            elsewhere(name, value, way, found);
            way.pop();
        }
    };
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| enter(Segment::Key(key.clone()), value));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| enter(Segment::Index(at), value));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::error::Error;

    fn applied(settings: &[&str], new_fields: NewFields) -> Result<Value> {
        let parse = |text: &&str| match text.strip_prefix("--unset ") {
            Some(path) => Setting::parse_removal(path).unwrap(),
            None => Setting::parse(text).unwrap(),
        };
        let settings: Vec<Setting> = settings.iter().map(parse).collect();
        let object = json!({"customer": "cus_1", "amount": 1, "metadata": {}, "on": null,
            "items": {"data": [{"quantity": 1}]}});
        let mut payloads = [json!({"id": "evt_1", "type": "t", "data": {"object": object}})];
        apply(&settings, &mut payloads, new_fields)?;
        Ok(payloads[0].take())
    }

    #[test]
    fn fields_are_set_in_the_envelope_and_in_the_object() {
        let event = applied(
            &[
                "data.object.customer=cus_2",
                "id=evt_2",
                "data.object.amount=7",
                "items.data[0].quantity=3",
                "metadata.order_id=42",
                "on=true",
            ],
            NewFields::Refused,
        );
        let event = event.unwrap();
        assert_eq!(event["id"], "evt_2");
        let expected = json!({"amount": 7, "customer": "cus_2",
            "items": {"data": [{"quantity": 3}]}, "metadata": {"order_id": "42"}, "on": true});
        assert_eq!(event["data"]["object"], expected);
    }

    #[test]
    fn whole_values_are_set() {
        let event =
            applied(&["metadata={\"a\":\"1\"}", "customer_id=x"], NewFields::Added).unwrap();
        assert_eq!(event["data"]["object"]["metadata"], json!({"a": "1"}));
        assert_eq!(event["data"]["object"]["customer_id"], "x");
    }

    #[test]
    fn text_stays_text() {
        let event = applied(&["data.object.customer=42"], NewFields::Refused).unwrap();
        assert_eq!(event["data"]["object"]["customer"], "42");
    }

    #[test]
    fn a_field_that_is_not_there_names_those_near() {
        let error = applied(&["data.object.custmer=x"], NewFields::Refused).unwrap_err();
        insta::assert_snapshot!(error, @"no event of this run has the field `data.object.custmer`");
        insta::assert_snapshot!(Error::from(error).hint().unwrap(), @"did you mean `data.object.customer`? (`--force` adds a missing field)");
    }

    fn near(setting: &str) -> String {
        let error = Error::from(applied(&[setting], NewFields::Refused).unwrap_err());
        error.hint().unwrap().to_owned()
    }

    #[test]
    fn what_may_be_meant_can_be_typed() {
        assert!(near("custmer=x").starts_with("did you mean `customer`?"), "{}", near("custmer=x"));
        assert!(near("quantity=2").starts_with("did you mean `items.data[0].quantity`?"));
        assert!(near("--unset items.data[4]").starts_with("did you mean `items.data[0]`?"));
        assert!(
            near("items.data[0].quantiy=2").starts_with("did you mean `items.data[0].quantity`?")
        );
        assert!(near("zzzzzz=2").starts_with("`--force` adds"), "{}", near("zzzzzz=2"));
    }

    #[test]
    fn fields_and_elements_are_taken_out() {
        let removals =
            ["--unset on", "--unset items.data[0]", "--unset metadata.none", "--unset id"];
        let event = applied(&removals, NewFields::Refused).unwrap();
        assert!(event.get("id").is_none());
        let expected =
            json!({"amount": 1, "customer": "cus_1", "items": {"data": []}, "metadata": {}});
        assert_eq!(event["data"]["object"], expected);
        assert!(applied(&["--unset nothing"], NewFields::Refused).is_err());
        assert!(applied(&["--unset nothing"], NewFields::Added).is_ok());
        assert!(Setting::parse_removal("a=b").is_err());
    }

    proptest! {
        #[test]
        fn no_setting_panics(text in ".{0,40}", path in "[a-dmz.\\[\\]0-9]{1,20}", value in ".{0,20}") {
            for text in [text, format!("{path}={value}")] {
                if Setting::parse(&text).is_ok() {
                    let _ = applied(&[&text], NewFields::Added);
                    let _ = applied(&[&text], NewFields::Refused);
                }
            }
        }
    }
}
