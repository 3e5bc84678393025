//! The order of keys on the wire.

use serde_json::Value;

/// The order of keys on Stripe's wire: `id` and `object`, then by alphabet, at every depth.
pub fn ordered(mut value: Value) -> Value {
    order(&mut value);
    value
}

/// Orders in place; most values are in order already, and stay as they are.
fn order(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if !map.keys().map(|key| place(key)).is_sorted() {
                let mut members: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
                members.sort_by(|(a, _), (b, _)| place(a).cmp(&place(b)));
                map.extend(members);
            }
            map.values_mut().for_each(order);
        }
        Value::Array(list) => list.iter_mut().for_each(order),
        _ => {}
    }
}

/// Where a key stands among the others.
fn place(key: &str) -> (u8, &str) {
    match key {
        "id" => (0, ""),
        "object" => (1, ""),
        other => (2, other),
    }
}
