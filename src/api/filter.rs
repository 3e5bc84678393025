//! Which objects a list has: those that its parameters ask for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::filter_values::bound_of;
use super::packed::ValueRef;
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
pub(super) fn is_listed(kind: &str, object: ValueRef<'_>, parameters: &RequestParameters) -> bool {
    let Some((_, parents)) = OF_CLOCKS.iter().find(|(known, _)| *known == kind) else {
        return true;
    };
    object.get("test_clock").is_none_or(ValueRef::is_null)
        || parents.iter().any(|name| parameters.get(name).is_some())
}

/// The filters of a list of one type of objects, as far as a request asks for them.
pub(super) struct ListFilters<'r> {
    kind: &'r str,
    parameters: &'r RequestParameters,
    asked: Vec<AskedFilter<'r>>,
}

/// One of them.
struct AskedFilter<'r> {
    name: &'r str,
    /// Where in an object its value lies.
    path: Vec<&'r str>,
    /// The value of the parameter without brackets.
    wanted: Option<&'r str>,
}

impl<'r> ListFilters<'r> {
    pub(super) fn new(kind: &'r str, parameters: &'r RequestParameters, by: &'r [String]) -> Self {
        let is_asked = |name: &&String| parameters.iter().any(|one| one.name[0] == **name);
        let asked = by.iter().filter(is_asked).map(|name| AskedFilter {
            name,
            path: path(kind, field_of(kind, name)),
            wanted: parameters.get(name),
        });
        Self { kind, parameters, asked: asked.collect() }
    }

    /// Whether an object passes them.
    pub(super) fn pass(&self, object: ValueRef<'_>) -> bool {
        if self.kind == "subscription" && !has_status(object, self.parameters.get("status")) {
            return false;
        }
        self.asked.iter().all(|filter| self.passes(object, filter))
    }

    fn passes(&self, object: ValueRef<'_>, filter: &AskedFilter<'_>) -> bool {
        let AskedFilter { name, path, wanted } = filter;
        match (self.kind, *name, *wanted) {
            ("subscription", "status", _) => return true,
            ("subscription_schedule", "scheduled", Some(wanted)) => {
                return (object.text("status") == "not_started") == (wanted == "true");
            }
            ("invoiceitem", "pending", Some(wanted)) => {
                return object.get("invoice").is_none_or(ValueRef::is_null) == (wanted == "true");
            }
            ("product" | "price" | "event", "ids" | "lookup_keys" | "types", _) => {
                let mut wanted = self.parameters.list(name).peekable();
                return wanted.peek().is_none() || wanted.any(|wanted| holds(object, path, wanted));
            }
            (kind, _, Some(wanted)) if kind.starts_with("v2.") && bound_of(name).is_some() => {
                let (_, bound) = bound_of(name).unwrap_or_default();
                return is_within(object, path, (bound, wanted));
            }
            (_, _, Some(wanted)) => return holds(object, path, wanted),
            _ => {}
        }
        self.parameters.below(name).all(|(rest, wanted)| {
            let (last, way) =
                rest.split_last().map_or(("", rest), |(last, way)| (last.as_str(), way));
            let mut path = path.clone();
            path.extend(way.iter().map(String::as_str));
            match last {
                "gt" | "gte" | "lt" | "lte" => is_within(object, &path, (last, wanted)),
                index if is_index(index) => true,
                member => {
                    path.push(member);
                    holds(object, &path, wanted)
                }
            }
        })
    }
}

/// The field that a filter is about, by the name that it has there.
fn field_of<'n>(kind: &str, name: &'n str) -> &'n str {
    match (kind, name) {
        ("event", "types") => "type",
        _ if kind.starts_with("v2.") => bound_of(name).map_or(name, |(field, _)| field),
        _ => name,
    }
}

/// Lists leave cancelled subscriptions out, unless they are asked for.
fn has_status(subscription: ValueRef<'_>, wanted: Option<&str>) -> bool {
    let status = subscription.text("status");
    match wanted {
        Some("all") => true,
        Some("ended") => ENDED.contains(&status),
        Some(wanted) => wanted == status,
        None => status != "canceled",
    }
}

/// Where in an object the value of a field lies.
fn path<'n>(kind: &str, name: &'n str) -> Vec<&'n str> {
    type Filters = BTreeMap<String, BTreeMap<String, String>>;
    static FILTERS: OnceLock<Filters> = OnceLock::new();
    let filters = FILTERS.get_or_init(|| serde_json::from_str(FILTER_FILE).unwrap_or_default());
    let elsewhere = filters.get(kind).and_then(|of_kind| of_kind.get(name));
    elsewhere.map_or(name, String::as_str).split('.').collect()
}

/// Whether one of the values at a path is that one.
fn holds(object: ValueRef<'_>, path: &[impl AsRef<str>], wanted: &str) -> bool {
    any(object, path, &mut |value| !value.is_null() && value.compared() == wanted)
}

fn is_within(object: ValueRef<'_>, path: &[&str], (bound, wanted): (&str, &str)) -> bool {
    let Some(wanted) = number(ValueRef::from(&Value::from(wanted))) else { return false };
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
fn number(value: ValueRef<'_>) -> Option<i64> {
    match value.as_str() {
        Some(text) => text.parse().ok().or_else(|| Moment::parse(text).map(Moment::milliseconds)),
        None => value.as_i64(),
    }
}

/// Whether one of the values at a path is as wanted; a path leads through the elements of lists.
pub(super) fn any(
    value: ValueRef<'_>,
    path: &[impl AsRef<str>],
    is_wanted: &mut impl FnMut(ValueRef<'_>) -> bool,
) -> bool {
    if let Some(items) = value.items() {
        return items.into_iter().any(|item| any(item, path, is_wanted));
    }
    match path.split_first() {
        None => is_wanted(value),
        Some((first, rest)) => {
            value.get(first.as_ref()).is_some_and(|next| any(next, rest, is_wanted))
        }
    }
}
