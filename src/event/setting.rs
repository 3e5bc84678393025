//! `--set`: the user's own values in a story and in its events.

use serde_json::Value;

use super::path::{Missing, Path, Segment};
use super::story::{self, Parameters};
use crate::error::{Error, Result};
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

/// One `--set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A parameter of the story: `amount`, `currency`, `customer`, `email`.
    Parameter {
        /// Its name.
        name: String,
        /// Its new value.
        value: String,
    },
    /// A field of the payload.
    Field {
        /// Where.
        path: Path,
        /// The new value as written.
        value: String,
    },
}

/// Whether `--set` may add fields that an event does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewFields {
    /// A path that does not exist is an error, except in metadata.
    Refused,
    /// A path that does not exist is made.
    Added,
}

impl Setting {
    /// Reads `PATH=VALUE`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("expected PATH=VALUE")?;
        let value = value.to_owned();
        if ["amount", "currency", "customer", "email"].contains(&path) {
            return Ok(Self::Parameter { name: path.to_owned(), value });
        }
        let path = Path::parse(path)?;
        let in_envelope = path.first().is_some_and(|name| ENVELOPE.contains(&name));
        let path = if in_envelope { path } else { path.below(&["data", "object"]) };
        Ok(Self::Field { path, value })
    }
}

/// The story's parameters with the user's values.
///
/// # Errors
/// A value does not fit its parameter.
pub fn parameters(settings: &[Setting]) -> Result<Parameters> {
    let mut parameters = Parameters::default();
    for setting in settings {
        let Setting::Parameter { name, value } = setting else { continue };
        let fault = |reason: &str| Error::InvalidSetting {
            setting: format!("{name} to `{value}`"),
            reason: reason.to_owned(),
        };
        match name.as_str() {
            "amount" => parameters.amount = amount(value).map_err(fault)?,
            "currency" => parameters.currency = currency(value).map_err(fault)?,
            "customer" => {
                let id = word(value, "expected a customer's id, such as `cus_123`");
                parameters.customer = Some(id.map_err(fault)?);
            }
            _ => parameters.email = word(value, "expected an e-mail address").map_err(fault)?,
        }
    }
    Ok(parameters)
}

/// Stripe's own limit: eight digits.
fn amount(text: &str) -> std::result::Result<u32, &'static str> {
    let amount = text.parse().ok().filter(|amount| (1..=99_999_999).contains(amount));
    amount.ok_or("expected a whole number of cents from 1 to 99999999")
}

fn currency(text: &str) -> std::result::Result<String, &'static str> {
    let lower = text.to_ascii_lowercase();
    let is_code = lower.len() == 3 && lower.bytes().all(|b| b.is_ascii_lowercase());
    if is_code { Ok(lower) } else { Err("expected a code of three letters, such as `usd`") }
}

/// Text of one word; `expected` says what it should have been.
fn word(text: &str, expected: &'static str) -> std::result::Result<String, &'static str> {
    let plain = !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if plain { Ok(text.to_owned()) } else { Err(expected) }
}

/// Sets the fields in every payload that has them.
///
/// # Errors
/// None of the payloads has such a field.
pub fn apply(settings: &[Setting], payloads: &mut [Value], new_fields: NewFields) -> Result<()> {
    for setting in settings {
        let Setting::Field { path, value } = setting else { continue };
        let mut was_set = false;
        for payload in payloads.iter_mut() {
            let is_free = new_fields == NewFields::Added || path.is_in_metadata(payload);
            if is_free || path.find(payload).is_ok() {
                let new = typed(value, path, payload);
                was_set |= path.set(payload, new);
            }
        }
        if !was_set {
            let near = payloads.first().map(|payload| nearest(path, payload)).unwrap_or_default();
            return Err(Error::UnknownField { path: path.to_string(), near });
        }
    }
    for payload in payloads.iter_mut() {
        *payload = story::ordered(payload.take());
    }
    Ok(())
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

/// The fields that may be meant, at the place where the path leaves the payload.
fn nearest(path: &Path, payload: &Value) -> Vec<String> {
    match path.find(payload) {
        Err(Missing { place: Value::Object(map), segment: Segment::Key(name) }) => {
            suggestion::near(&name, map.keys().map(String::as_str))
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn applied(settings: &[&str], new_fields: NewFields) -> Result<Value> {
        let settings: Vec<Setting> = settings.iter().map(|s| Setting::parse(s).unwrap()).collect();
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
        let fault = applied(&["data.object.custmer=x"], NewFields::Refused).unwrap_err();
        insta::assert_snapshot!(fault, @"no event of this run has the field `data.object.custmer`");
        insta::assert_snapshot!(fault.hint().unwrap(), @"did you mean `customer`? (`--force` adds a field that is not there)");
    }

    #[test]
    fn parameters_that_do_not_fit_are_refused() {
        for text in ["amount=0", "amount=1.5", "currency=dollars", "customer=", "email=a b"] {
            assert!(parameters(&[Setting::parse(text).unwrap()]).is_err(), "{text}");
        }
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
