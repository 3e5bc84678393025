//! The same JSON in other bytes.

use serde_json::{Map, Value, json};

/// Without any white space.
pub(super) fn compact(payload: &Value) -> Vec<u8> {
    payload.to_string().into_bytes()
}

/// With tabs and more white space than anybody writes.
pub(super) fn spacious(payload: &Value) -> Vec<u8> {
    let mut out = String::from("\n\t ");
    write_spaced(payload, &mut out);
    out.push_str(" \t\n");
    out.into_bytes()
}

fn write_spaced(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value), out: &mut String| {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push_str("\t:  ");
                write_spaced(value, out);
            };
            list(('{', '}'), members.iter(), member, out);
        }
        Value::Array(elements) => list(('[', ']'), elements.iter(), write_spaced, out),
        other => out.push_str(&other.to_string()),
    }
}

fn list<T>(
    (open, close): (char, char),
    elements: impl Iterator<Item = T>,
    write: impl Fn(T, &mut String),
    out: &mut String,
) {
    out.push(open);
    for (at, element) in elements.enumerate() {
        out.push_str(if at == 0 { "\n\t" } else { "\t,\n\n" });
        write(element, out);
    }
    out.push_str("\n ");
    out.push(close);
}

/// With the keys of every object in reverse order.
pub(super) fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().rev().map(|(name, value)| (name.clone(), reversed(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(elements) => elements.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

/// The object that an event carries; of a thin one the event itself.
pub(super) fn object(payload: &mut Value) -> &mut Value {
    if payload["data"]["object"].is_object() { &mut payload["data"]["object"] } else { payload }
}

/// As Stripe lays it out, with bytes in the place of a text: `bytes` is JSON of its own.
pub(super) fn with_bytes(mut payload: Value, name: &str, bytes: &str) -> Vec<u8> {
    const PLACE: &str = "devtool puts something here";
    let object = object(&mut payload);
    if object["metadata"].is_object() && bytes.starts_with('"') {
        object["metadata"][name] = PLACE.into();
    } else {
        object[name] = PLACE.into();
    }
    let text = serde_json::to_string_pretty(&payload).unwrap_or_default();
    text.replacen(&json!(PLACE).to_string(), bytes, 1).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_are_the_same_json() {
        let payload =
            json!({"id": "evt_1", "data": {"object": {"a": [1, {"b": null}], "c": "x\ty"}}});
        for bytes in [compact(&payload), spacious(&payload)] {
            assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), payload);
        }
        assert_eq!(reversed(&payload), payload);
        assert!(reversed(&payload).to_string().starts_with("{\"data\":"));
        let bytes = with_bytes(payload, "n", "1e3");
        assert!(String::from_utf8(bytes).unwrap().contains("\"n\": 1e3\n"));
    }
}
