//! What the events of each built-in scenario say of one object agrees from one to the next.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::library::{all, objects};

/// What Stripe counts without an event that says so, and what it leaves out when that is over.
const UNSAID: [&str; 3] = ["next_invoice_sequence", "status_details", "webhooks_delivered_at"];

/// What an object never changes.
const FIXED: [&str; 8] = [
    "id",
    "object",
    "created",
    "currency",
    "customer",
    "livemode",
    "payment_intent",
    "subscription",
];

/// The earlier values that `previous_attributes` would have to give, by path.
fn changes(before: &Value, after: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    if let (Value::Object(old), Value::Object(new)) = (before, after) {
        let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
        for name in names.filter(|name| !UNSAID.contains(&name.as_str())) {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let (old, new) = (&before[name], &after[name]);
            changes(old, new, &path, found);
        }
    } else if before != after {
        found.insert(path.to_owned(), before.clone());
    }
}

/// The paths and values of `previous_attributes`, as deep as the object has members there.
fn told(previous: &Map<String, Value>, object: &Value, path: &str) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (name, value) in previous {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value {
            Value::Object(members) if object[name].is_object() => {
                found.extend(told(members, &object[name], &path));
            }
            _ => {
                found.insert(path, value.clone());
            }
        }
    }
    found
}

/// What is told once more under an older name.
fn is_told_again(kind: &str) -> bool {
    kind == "charge.refund.updated"
}

#[test]
fn what_was_different_before_is_what_the_event_before_it_said() {
    let mut wrong = Vec::new();
    for (name, events) in all() {
        let mut last: BTreeMap<String, Value> = BTreeMap::new();
        for event in &events {
            let (kind, object) = (event["type"].as_str().unwrap(), &event["data"]["object"]);
            let Some(id) = object["id"].as_str() else { continue };
            let before = last.insert(id.to_owned(), object.clone());
            let previous = event["data"]["previous_attributes"].as_object();
            let (Some(before), Some(previous)) = (before, previous) else { continue };
            if is_told_again(kind) {
                continue;
            }
            let mut changed = BTreeMap::new();
            changes(&before, object, "", &mut changed);
            let told = told(previous, object, "");
            if changed != told {
                wrong.push(format!("{name}: {kind}: changed {changed:?}, told {told:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_never_changes_stays_and_what_ends_stays_ended() {
    for (name, events) in all() {
        let mut last: BTreeMap<String, Value> = BTreeMap::new();
        for event in &events {
            let object = &event["data"]["object"];
            let Some(id) = object["id"].as_str() else { continue };
            let Some(before) = last.insert(id.to_owned(), object.clone()) else { continue };
            for field in FIXED {
                let is_new = object["object"] == "customer" && before[field].is_null();
                // A schedule lets go of its subscription.
                let is_released = field == "subscription" && object["status"] == "released";
                let may_change = is_new || is_released;
                assert!(before[field] == object[field] || may_change, "{name}: {id}: {field}");
            }
            for given_once in ["number", "balance_transaction", "hosted_invoice_url"] {
                let is_kept =
                    before[given_once].is_null() || before[given_once] == object[given_once];
                assert!(is_kept, "{name}: {id}: {given_once}");
            }
            let has_ended = ["paid", "void", "canceled", "succeeded"];
            let status = before["status"].as_str().unwrap_or_default();
            // A bank may return what seemed to have arrived.
            let can_return = ["payout", "refund"].iter().any(|kind| object["object"] == *kind);
            let is_final = has_ended.contains(&status) && !can_return;
            assert!(!is_final || before["status"] == object["status"], "{name}: {id} is {status}");
        }
    }
}

#[test]
fn a_payment_belongs_to_one_invoice_and_is_of_one_kind() {
    for (name, events) in all() {
        let mut paid: BTreeMap<String, String> = BTreeMap::new();
        for payment in objects(&events, "invoice_payment.paid") {
            let intent = payment["payment"]["payment_intent"].to_string();
            let other = paid.insert(intent, payment["invoice"].to_string());
            assert_eq!(other, None, "{name}: two invoices of one payment");
        }
        let is_invoiced = events.iter().any(|event| event["data"]["object"]["object"] == "invoice");
        for intent in objects(&events, "payment_intent.created") {
            let method = if is_invoiced { "automatic" } else { "automatic_async" };
            let is_by_hand = intent["capture_method"] == "manual";
            assert!(intent["capture_method"] == method || is_by_hand, "{name}");
        }
        for charge in objects(&events, "charge.succeeded").iter().filter(|c| c["captured"] == true)
        {
            assert_eq!(charge["balance_transaction"].is_null(), !is_invoiced, "{name}");
        }
        let settled = objects(&events, "charge.updated").len();
        assert!(settled == 0 || !is_invoiced, "{name}: a payment of an invoice is settled at once");
    }
}

/// What one action causes has its request, if it has any: a session that completes names none.
#[test]
fn events_of_one_second_know_of_one_request() {
    for (name, events) in all() {
        let mut requests: BTreeMap<String, &Value> = BTreeMap::new();
        for event in &events {
            let request = &event["request"];
            if request["idempotency_key"].is_string() || request["id"].is_string() {
                let first = *requests.entry(event["created"].to_string()).or_insert(request);
                assert_eq!(first, request, "{name}: {}", event["type"]);
            }
        }
    }
}

/// What one action causes has its request: an invoice that becomes final makes its payment and takes it on.
#[test]
fn payments_and_charges_of_one_second_have_one_request() {
    for (name, events) in all() {
        let mut requests: BTreeMap<String, &Value> = BTreeMap::new();
        for event in &events {
            let kind = event["data"]["object"]["object"].as_str();
            if kind.is_some_and(|kind| ["payment_intent", "charge"].contains(&kind)) {
                let first =
                    *requests.entry(event["created"].to_string()).or_insert(&event["request"]);
                assert_eq!(first, &event["request"], "{name}: {}", event["type"]);
            }
        }
    }
}
