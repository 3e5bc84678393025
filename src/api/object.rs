//! What the store knows of an object's value.

use std::sync::Arc;

use serde_json::Value;

/// Where an object's state stands among those of its story: its second, its rank in it, and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) second: i64,
    pub(super) rank: u16,
    pub(super) number: usize,
}

impl Place {
    /// Before every event.
    pub(super) const FIRST: Self = Self { second: i64::MIN, rank: 0, number: 0 };
}

/// Whose word the value is: a later one has precedence, whatever its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Authority {
    /// The story's, of what no event carries.
    Companion,
    /// Another object's, that it lies in.
    Within,
    /// An event's of its own.
    Event,
}

/// An object in one state.
#[derive(Clone, Debug)]
pub(super) struct ObjectState {
    pub(super) value: Arc<Value>,
    pub(super) place: Place,
    pub(super) source: Authority,
    pub(super) is_deleted: bool,
}

impl ObjectState {
    /// Whether it takes the place of another: never one that is older, of the same source.
    pub(super) fn replaces(&self, other: &Self) -> bool {
        (self.source, self.place) >= (other.source, other.place)
    }

    /// The object's type.
    pub(super) fn kind(&self) -> &str {
        self.value["object"].as_str().unwrap_or_default()
    }
}

/// What an object is called: its type and its id. A price and its plan have the same id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ObjectKey {
    pub(super) kind: String,
    pub(super) id: String,
}

impl ObjectKey {
    /// Of a value that is an object of Stripe's; of those that there is one of, the id is empty.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let kind = value["object"].as_str()?;
        let id = value["id"].as_str().unwrap_or_default();
        Some(Self { kind: kind.to_owned(), id: id.to_owned() })
    }
}

/// Calls back with each object that lies in a value, and with each text in it.
pub(super) fn walk<'v>(value: &'v Value, visit: &mut impl FnMut(Element<'v>)) {
    match value {
        Value::String(text) => visit(Element::Text(text)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(members) => {
            if members.contains_key("object") && members.contains_key("id") {
                visit(Element::Object(value));
            }
            members.values().for_each(|member| walk(member, visit));
        }
        _ => {}
    }
}

/// What lies in a value.
pub(super) enum Element<'v> {
    Object(&'v Value),
    Text(&'v str),
}
