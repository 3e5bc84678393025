//! The items that phases of subscription schedules ask for, as calls say them.

use serde_json::{Value, json};

/// The items of a phase as a call says them.
pub(super) fn items_of(phase: &Value) -> Value {
    let items = phase["items"].as_array().into_iter().flatten();
    items.map(said_item).collect()
}

fn said_item(item: &Value) -> Value {
    let mut said = json!({"metadata": item["metadata"], "price": item["price"]});
    if item["quantity"].is_i64() {
        said["quantity"] = item["quantity"].clone();
    }
    let rates = item["tax_rates"].as_array().into_iter().flatten();
    let rates: Vec<Value> = rates.map(|rate| rate["id"].clone()).collect();
    if !rates.is_empty() {
        said["tax_rates"] = Value::Array(rates);
    }
    said
}

/// What a call would say to make a subscription's items those of a phase: of the same price, an item stays; without
/// one, the first that is left gets the price.
pub(super) fn wanted_changes(subscription: &Value, phase: &Value) -> Value {
    let mut known = subscription["items"]["data"].as_array().cloned().unwrap_or_default();
    let wanted = phase["items"].as_array().cloned().unwrap_or_default();
    let (mut changes, mut others) = (Vec::new(), Vec::new());
    for item in wanted {
        let Some(at) = known.iter().position(|own| own["price"]["id"] == item["price"]) else {
            others.push(item);
            continue;
        };
        let own = known.remove(at);
        let mut metadata = item["metadata"].as_object().into_iter().flatten();
        if own["quantity"] != item["quantity"]
            || own["tax_rates"] != item["tax_rates"]
            || metadata.any(|(name, value)| own["metadata"][name.as_str()] != *value)
        {
            let mut said = said_item(&item);
            said["id"] = own["id"].clone();
            changes.push(said);
        }
    }
    let mut left = known.into_iter();
    for item in others {
        let mut said = said_item(&item);
        if let Some(own) = left.next() {
            said["id"] = own["id"].clone();
        }
        changes.push(said);
    }
    changes.extend(left.map(|own| json!({"id": own["id"], "deleted": true})));
    Value::Array(changes)
}
