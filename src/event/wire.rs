//! What goes over the wire: the order of keys, and an event's exact bytes.

use serde_json::Value;

use super::moment::Moment;

/// The order of keys on Stripe's wire: `id` and `object`, then by alphabet, at every depth.
pub(super) fn ordered(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(String, Value)> = map.into_iter().collect();
            let rank = |name: &str| match name {
                "id" => 0,
                "object" => 1,
                _ => 2,
            };
            members.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
            Value::Object(members.into_iter().map(|(k, v)| (k, ordered(v))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(ordered).collect()),
        other => other,
    }
}

/// One event: its exact bytes, and what devtool needs to know of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `evt_…`
    pub id: String,
    /// The type's name.
    pub name: String,
    /// The body as it is signed and sent: JSON indented by two spaces, as Stripe sends it.
    pub body: Vec<u8>,
    /// When it is signed, where that is not when it goes out.
    pub signed_at: Option<Moment>,
}

impl Event {
    /// The event of a payload.
    pub fn new(payload: &Value) -> Self {
        let text = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
        let body = format!("{payload:#}").into_bytes();
        Self { id: text("id"), name: text("type"), body, signed_at: None }
    }
}
