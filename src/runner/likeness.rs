//! How like two events are, whatever their ids and moments, and what the recorded one says of the time before it.

use serde_json::{Map, Value};

use super::app_state::{is_drawn, is_word};

/// Numbers from here on are moments, not amounts: a day of 2001 in seconds.
const FIRST_MOMENT: i64 = 1_000_000_000;
/// The characters that the numbers of a customer's invoices begin with: capitals and digits.
const INVOICE_PREFIX: usize = 8;
/// What stands for a member that was not there, as in the catalogue.
const ABSENT: &str = "{absent}";

/// The fields whose texts are words of Stripe's.
const WORDS: [&str; 10] = [
    "amount_decimal",
    "behavior",
    "billing_reason",
    "collection_method",
    "currency",
    "payment_status",
    "proration_behavior",
    "status",
    "submission_method",
    "unit_amount_decimal",
];

/// Which earlier values a scenario may repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// Those that are words of Stripe's, numbers, or nothing.
    Plain,
    /// Texts that may be personal, too.
    All,
}

/// How many fields of what two events tell of their objects are not alike.
pub(super) fn differences(recorded: &Value, told: &Value) -> usize {
    let part = |part: &str| different(&recorded["data"][part], &told["data"][part]);
    part("object") + part("previous_attributes")
}

fn different(one: &Value, other: &Value) -> usize {
    match (one, other) {
        (Value::Object(members), Value::Object(others)) => {
            let of_both = members.iter().map(|(name, value)| match others.get(name) {
                Some(other) => different(value, other),
                None => leaves(value),
            });
            let rest = others.iter().filter(|(name, _)| !members.contains_key(*name));
            of_both.sum::<usize>() + rest.map(|(_, value)| leaves(value)).sum::<usize>()
        }
        (Value::Array(list), Value::Array(others)) => {
            let of_both = list.iter().zip(others).map(|(one, other)| different(one, other));
            let common = list.len().min(others.len());
            let rest = list[common..].iter().chain(&others[common..]);
            of_both.sum::<usize>() + rest.map(leaves).sum::<usize>()
        }
        (one, other) if is_alike(one, other) => 0,
        (one, other) => leaves(one).max(leaves(other)),
    }
}

/// How many values there are; an empty list counts as one.
fn leaves(value: &Value) -> usize {
    let inner: usize = match value {
        Value::Object(members) => members.values().map(leaves).sum(),
        Value::Array(list) => list.iter().map(leaves).sum(),
        _ => 1,
    };
    inner.max(1)
}

fn is_alike(one: &Value, other: &Value) -> bool {
    let are_moments = is_moment(one) && is_moment(other);
    let texts = one.as_str().zip(other.as_str());
    one == other || are_moments || texts.is_some_and(|(one, other)| masked(one) == masked(other))
}

fn is_moment(value: &Value) -> bool {
    value.as_i64().is_some_and(|number| number >= FIRST_MOMENT)
}

/// A text without what is drawn for each story: of an id, what it begins with is left.
fn masked(text: &str) -> String {
    let pieces = text.split_inclusive(|c| !is_word(c));
    let is_own = |word: &str| is_drawn(word) || is_invoice_prefix(word);
    let is_masked = |piece: &str| words(piece).next().is_some_and(is_own);
    pieces.map(|piece| if is_masked(piece) { kind(piece) } else { piece }).collect()
}

fn is_invoice_prefix(word: &str) -> bool {
    let is_capital = |c: char| c.is_ascii_uppercase();
    word.len() == INVOICE_PREFIX
        && word.contains(is_capital)
        && word.chars().all(|c| is_capital(c) || c.is_ascii_digit())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word(c))
}

/// What an id begins with.
fn kind(word: &str) -> &str {
    word.split_once('_').map_or("", |(kind, _)| kind)
}

/// Who caused an event, as a scenario says it; none for a thin one.
pub(super) fn cause(event: &Value) -> Option<&'static str> {
    let request = event["request"].as_object()?;
    let has = |name: &str| request.get(name).is_some_and(Value::is_string);
    Some(match (has("id"), has("idempotency_key")) {
        (false, false) => "stripe",
        (true, true) => "request",
        (true, false) => "unkeyed_request",
        (false, true) => "page",
    })
}

/// What was different before a recorded event, by path, as far as a scenario can say it.
pub(super) fn earlier(event: &Value, kept: Earlier) -> Map<String, Value> {
    let data = &event["data"];
    let mut found = Map::new();
    collect(&data["previous_attributes"], &data["object"], ("", kept), &mut found);
    found
}

fn collect(
    before: &Value,
    after: &Value,
    (path, kept): (&str, Earlier),
    found: &mut Map<String, Value>,
) {
    match (before, after) {
        (Value::Object(members), Value::Object(_)) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(value, &after[name], (&path, kept), found);
            }
        }
        (Value::Array(list), Value::Array(others)) => {
            for (at, (value, after)) in list.iter().zip(others).enumerate() {
                collect(value, after, (&format!("{path}[{at}]"), kept), found);
            }
        }
        (before, after) if before != after => {
            let value = said(before, path, kept);
            found.extend(value.map(|value| (path.to_owned(), value)));
        }
        _ => {}
    }
}

/// An earlier value as a scenario says it; none where only its own story could know it.
fn said(value: &Value, path: &str, kept: Earlier) -> Option<Value> {
    let name = path.rsplit('.').next().unwrap_or_default();
    match value {
        Value::Null => Some(ABSENT.into()),
        Value::Bool(_) => Some(value.clone()),
        Value::Number(number) if number.is_i64() && !is_moment(value) => Some(value.clone()),
        Value::String(text) => {
            let is_plain = !words(text).any(is_drawn) && !text.contains(['{', '}']);
            let is_kept = kept == Earlier::All || WORDS.contains(&name);
            (is_plain && is_kept).then(|| value.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_alike_but_for_what_is_drawn() {
        for (one, other) in [
            ("cus_NffrFeUfNV2Hib", "cus_OtherOther12345"),
            ("8VY9A8G4-0001", "HGVUFTYX-0001"),
            ("pi_3MtwBwLkdIwHu7ix28a3tqPa", "pi_3MtwBwLkdIwHu7ix0snUVjK1"),
            (
                "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH",
                "pi_3MtwBwLkdIwHu7ix0snUVjK1_secret_T9mVzsFQ0yEwtpXrRbHhLuKdC",
            ),
            (
                "https://pay.stripe.com/invoice/acct_1032D82eZvKYlo2C/test_a?s=ap",
                "https://pay.stripe.com/invoice/acct_1NffrFeUfNV2HibX/test_a?s=ap",
            ),
        ] {
            assert_eq!(differences_of(one, other), 0, "{one}, {other}");
        }
        for (one, other) in [
            ("Jenny Rosen", "Alexander Quist"),
            ("Alexander", "Elizabeth"),
            ("cus_NffrFeUfNV2Hib", "sub_OtherOther12345"),
            ("8VY9A8G4-0001", "8VY9A8G4-0002"),
            ("29000000", "49000000"),
            ("requires_capture", "requires_payment_method"),
        ] {
            assert_eq!(differences_of(one, other), 1, "{one}, {other}");
        }
    }

    fn differences_of(one: &str, other: &str) -> usize {
        let event = |text: &str| json!({"data": {"object": {"a": text}}});
        differences(&event(one), &event(other))
    }

    #[test]
    fn names_of_before_are_said_and_ids_are_not() {
        let before = json!({
            "name": "Jenny Rosen",
            "description": "Alexander",
            "latest_invoice": "in_1MtHbELkdIwHu7ixl4OzzPMv",
            "client_secret": "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH",
        });
        let event = json!({"data": {"object": {}, "previous_attributes": before}});
        let said = json!({"description": "Alexander", "name": "Jenny Rosen"});
        assert_eq!(Value::Object(earlier(&event, Earlier::All)), said);
        assert_eq!(earlier(&event, Earlier::Plain), Map::new());
    }
}
