//! Which objects a list has: those that its parameters ask for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::filter_values::bound_of;
use super::parameters::{RequestParameters, is_index};
use crate::protocol::Moment;

const FILTER_FILE: &str = include_str!("../../catalog/api/filters.json");
/// The states of subscriptions that have ended.
const ENDED: [&str; 2] = ["canceled", "incomplete_expired"];

/// Objects of test clocks that lists leave out, unless one of these parameters is there.
const OF_CLOCKS: [(&str, &[&str]); 6] = [
    ("customer", &["test_clock"]),
    ("invoice", &["customer", "subscription"]),
    ("invoiceitem", &["customer", "invoice"]),
    ("quote", &["customer", "test_clock"]),
    ("subscription", &["customer", "test_clock"]),
    ("subscription_schedule", &["customer"]),
];

/// Whether a list has an object at all: those of test clocks only where their parent is named.
pub(super) fn is_listed(kind: &str, object: &Value, parameters: &RequestParameters) -> bool {
    let Some((_, parents)) = OF_CLOCKS.iter().find(|(known, _)| *known == kind) else {
        return true;
    };
    object["test_clock"].is_null() || parents.iter().any(|name| parameters.get(name).is_some())
}

/// Whether an object passes the filters of a list.
pub(super) fn passes(
    kind: &str,
    object: &Value,
    parameters: &RequestParameters,
    by: &[String],
) -> bool {
    if kind == "subscription" && !has_status(object, parameters.get("status")) {
        return false;
    }
    by.iter().all(|name| passes_one(kind, object, parameters, name))
}

/// Lists leave cancelled subscriptions out, unless they are asked for.
fn has_status(subscription: &Value, wanted: Option<&str>) -> bool {
    let status = subscription["status"].as_str().unwrap_or_default();
    match wanted {
        Some("all") => true,
        Some("ended") => ENDED.contains(&status),
        Some(wanted) => wanted == status,
        None => status != "canceled",
    }
}

fn passes_one(kind: &str, object: &Value, parameters: &RequestParameters, name: &str) -> bool {
    match (kind, name, parameters.get(name)) {
        ("subscription", "status", _) => return true,
        ("subscription_schedule", "scheduled", Some(wanted)) => {
            return (object["status"] == "not_started") == (wanted == "true");
        }
        ("invoiceitem", "pending", Some(wanted)) => {
            return object["invoice"].is_null() == (wanted == "true");
        }
        ("product" | "price" | "event", "ids" | "lookup_keys" | "types", _) => {
            let mut wanted = parameters.list(name).peekable();
            let path = path(kind, if name == "types" { "type" } else { name });
            return wanted.peek().is_none() || wanted.any(|wanted| holds(object, &path, wanted));
        }
        (_, _, Some(wanted)) if kind.starts_with("v2.") && bound_of(name).is_some() => {
            let (field, bound) = bound_of(name).unwrap_or_default();
            return is_within(object, &path(kind, field), (bound, wanted));
        }
        (_, _, Some(wanted)) => return holds(object, &path(kind, name), wanted),
        _ => {}
    }
    parameters.below(name).all(|(rest, wanted)| {
        let (last, way) = rest.split_last().map_or(("", rest), |(last, way)| (last.as_str(), way));
        let mut path = path(kind, name);
        path.extend(way.iter().cloned());
        match last {
            "gt" | "gte" | "lt" | "lte" => is_within(object, &path, (last, wanted)),
            index if is_index(index) => true,
            member => {
                path.push(member.to_owned());
                holds(object, &path, wanted)
            }
        }
    })
}

/// Where in an object the value of a filter lies.
fn path(kind: &str, name: &str) -> Vec<String> {
    type Filters = BTreeMap<String, BTreeMap<String, String>>;
    static FILTERS: OnceLock<Filters> = OnceLock::new();
    let filters = FILTERS.get_or_init(|| serde_json::from_str(FILTER_FILE).unwrap_or_default());
    let elsewhere = filters.get(kind).and_then(|of_kind| of_kind.get(name));
    elsewhere.map_or(name, String::as_str).split('.').map(str::to_owned).collect()
}

/// Whether one of the values at a path is that one.
pub(super) fn holds(object: &Value, path: &[String], wanted: &str) -> bool {
    any(object, path, &mut |value| match value {
        Value::String(text) => text == wanted,
        Value::Object(whole) => whole.get("id").is_some_and(|id| id == wanted),
        Value::Null => false,
        other => {
            let text = other.to_string();
            text == wanted
        }
    })
}

fn is_within(object: &Value, path: &[String], (bound, wanted): (&str, &str)) -> bool {
    let Some(wanted) = number(&Value::from(wanted)) else { return false };
    any(object, path, &mut |value| {
        number(value).is_some_and(|number| match bound {
            "gt" => number > wanted,
            "gte" => number >= wanted,
            "lt" => number < wanted,
            _ => number <= wanted,
        })
    })
}

/// What a value is compared by: a number, or the milliseconds of a moment.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => {
            text.parse().ok().or_else(|| Moment::parse(text).map(Moment::milliseconds))
        }
        other => other.as_i64(),
    }
}

/// Whether one of the values at a path is as wanted; a path leads through the elements of lists.
pub(super) fn any(
    value: &Value,
    path: &[String],
    is_wanted: &mut impl FnMut(&Value) -> bool,
) -> bool {
    if let Value::Array(items) = value {
        return items.iter().any(|item| any(item, path, is_wanted));
    }
    match path.split_first() {
        None => is_wanted(value),
        Some((first, rest)) => value.get(first).is_some_and(|next| any(next, rest, is_wanted)),
    }
}
