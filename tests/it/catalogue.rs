//! The catalogue as a whole: everything in it can be sent, and holds together.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use devtool::event::Catalogue;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Received};

/// An event of each type that the catalogue has, each with a random seed of its own.
pub(crate) fn all() -> &'static [Value] {
    static EVENTS: OnceLock<Vec<Value>> = OnceLock::new();
    EVENTS.get_or_init(|| {
        let names: Vec<&str> = Catalogue::names().collect();
        let print = |name: &&str| Devtool::new(&["trigger", name, "--print"]).run().code(0).json();
        let half = |names: &[&str]| names.iter().map(print).collect::<Vec<Value>>();
        std::thread::scope(|scope| {
            let (first, second) = names.split_at(names.len() / 2);
            let first = scope.spawn(|| half(first));
            let second = half(second);
            let mut events = first.join().unwrap();
            events.extend(second);
            events
        })
    })
}

/// Objects of which an account or a customer has one, so that Stripe gives them no id, and alerts.
const WITHOUT_ID: [&str; 6] = [
    "balance",
    "balance_settings",
    "billing.alert_triggered",
    "cash_balance",
    "entitlements.active_entitlement_summary",
    "tax.settings",
];

#[test]
fn every_type_can_be_sent_and_is_whole() {
    for event in all() {
        let name = event["type"].as_str().unwrap();
        let object = &event["data"]["object"];
        let at = event["created"].as_i64().unwrap();
        let has_id = object["id"].as_str().is_some();
        let kind = object["object"].as_str().unwrap();
        let without = name == "invoice.upcoming" || WITHOUT_ID.contains(&kind);
        assert_eq!(has_id, !without, "{name}");
        let previous = event["data"].get("previous_attributes");
        assert!(!name.ends_with(".updated") || previous.is_some(), "{name}");
        if let Some(previous) = previous {
            assert_differs(previous, object, name);
        }
        if name != "invoice.upcoming" {
            assert_nothing_is_from_the_future(&event["data"], at, name);
        }
        assert!(no_expression_is_left(event), "{name}");
    }
}

/// Every member of `previous_attributes` differs from the object's, at every depth.
pub(crate) fn assert_differs(previous: &Value, object: &Value, place: &str) {
    let members = previous.as_object().filter(|members| !members.is_empty());
    for (key, old) in members.unwrap_or_else(|| panic!("{place}: nothing changed")) {
        assert_ne!(&object[key], old, "{place}: `{key}` did not change");
        if old.is_object() && object[key].is_object() {
            assert_differs(old, &object[key], &format!("{place}.{key}"));
        }
    }
}

/// Nothing in an event came to be after it, at any depth.
fn assert_nothing_is_from_the_future(value: &Value, at: i64, name: &str) {
    let told = ["created", "updated", "canceled_at", "accepted_at", "finalized_at", "paid_at"];
    let members = value.as_object().into_iter().flatten();
    for (key, member) in members {
        let is_past = member.as_i64() <= Some(at) || !told.contains(&key.as_str());
        assert!(is_past, "{name}: `{key}` is after the event");
        assert_nothing_is_from_the_future(member, at, name);
    }
    for element in value.as_array().into_iter().flatten() {
        assert_nothing_is_from_the_future(element, at, name);
    }
}

/// No string of the payload has a brace: none of Stripe's values has, but an expression would.
fn no_expression_is_left(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains(['{', '}']),
        Value::Array(list) => list.iter().all(no_expression_is_left),
        Value::Object(map) => map.values().all(no_expression_is_left),
        _ => true,
    }
}

#[test]
fn the_catalogue_passes_its_own_check() {
    let run = Devtool::new(&["events", "--check"]).run().code(0);
    assert!(run.stdout.ends_with("objects: no errors\n"), "{}", run.stdout);
    let json = Devtool::new(&["events", "--check", "--format", "json"]).run().code(0).json();
    assert_eq!(json["checked"]["types"], Catalogue::names().count());
    assert_eq!(json["problems"], Value::Array(Vec::new()));
}

#[test]
fn no_id_comes_twice_in_a_run_of_many_types() {
    let events = all();
    let ids: BTreeSet<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), events.len());
    // Ids of the objects are drawn as well, but for those that Stripe itself names.
    let fixed = ["capability", "climate.product", "reporting.report_type"];
    let mut seen = BTreeSet::new();
    for event in events {
        let object = &event["data"]["object"];
        let kind = object["object"].as_str().unwrap();
        if let Some(id) = object["id"].as_str().filter(|_| !fixed.contains(&kind)) {
            assert!(seen.insert(id), "{kind}: {id}");
        }
    }
}

/// A purchase on a Checkout page by bank debit, paid days later, disputed and refunded.
const PURCHASE: &str = r#"
purpose = "A purchase that takes days, and comes back"
[story]
payment_method = "us_bank_account"
[[step]]
event = "checkout.session.completed"
at = "-6d"
[[step]]
event = "charge.pending"
at = "-6d"
[[step]]
event = "checkout.session.async_payment_succeeded"
at = "-1d"
[[step]]
event = "refund.created"
at = "-1h"
[[step]]
event = "charge.refunded"
at = "-1h"
[[step]]
event = "payment_method.detached"
at = "-1m"
[[step]]
event = "customer.deleted"
at = "0s"
"#;

#[test]
fn objects_of_a_story_belong_together() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "purchase.toml"], endpoint.port());
    devtool.file("purchase.toml", PURCHASE).run().code(0);
    let events = endpoint.received();
    let events: Vec<Value> = events.iter().map(Received::event).collect();
    let objects: Vec<&Value> = events.iter().map(|event| &event["data"]["object"]).collect();
    let [session, charge, paid, refund, refunded, method, customer] = objects[..] else {
        panic!("{} events", objects.len());
    };
    assert_eq!(session["id"], paid["id"]);
    assert_eq!(session["payment_intent"], charge["payment_intent"]);
    assert_eq!(
        (&session["payment_status"], &paid["payment_status"]),
        (&"unpaid".into(), &"paid".into())
    );
    assert_eq!(refund["charge"], charge["id"]);
    assert_eq!(refund["charge"], refunded["id"]);
    assert_eq!(refund["payment_method"], method["id"]);
    assert_eq!(charge["payment_method"], method["id"]);
    assert_eq!(events[5]["data"]["previous_attributes"]["customer"], customer["id"]);
    for object in [charge, session, refund] {
        assert_eq!(object["customer"], customer["id"]);
    }
    for (event, object) in events.iter().zip(&objects) {
        assert!(object["created"].as_i64() <= event["created"].as_i64(), "{event:#}");
    }
    assert_eq!(session["created"], paid["created"]);
    assert!(refund["id"].as_str().unwrap().starts_with("pyr_"));
}

#[test]
fn what_comes_to_be_with_an_event_is_as_old_as_it() {
    let catalogue = Catalogue::embedded().unwrap();
    for (name, event_type) in catalogue.event_types().unwrap() {
        let event = all().iter().find(|event| event["type"] == name).unwrap();
        let created = &event["data"]["object"]["created"];
        assert!(!event_type.creates || created.is_null() || created == &event["created"], "{name}");
        assert!(event_type.creates || !name.ends_with(".created"), "{name}");
    }
}

#[test]
fn every_type_has_a_rank_that_tells_causes_from_effects() {
    assert_eq!(Catalogue::rank("invoice.draft.paid"), None);
    assert_eq!(Catalogue::rank("no.such.type"), None);
    assert!(Catalogue::names().all(|name| Catalogue::rank(name).is_some()));
    for chain in [
        ["customer.created", "customer.updated", "customer.subscription.created"],
        ["invoice.created", "customer.subscription.updated", "invoice.finalized"],
        ["payment_intent.created", "payment_intent.processing", "charge.pending"],
        ["charge.succeeded", "payment_intent.succeeded", "invoice.paid"],
        ["invoice.payment_succeeded", "charge.updated", "charge.refunded"],
    ] {
        let ranks = chain.map(|name| Catalogue::rank(name).unwrap());
        assert!(ranks.is_sorted(), "{chain:?}: {ranks:?}");
    }
}

#[test]
fn keys_are_in_stripes_order() {
    fn check(value: &Value) {
        if let Value::Object(map) = value {
            let keys: Vec<&str> = map.keys().map(String::as_str).collect();
            let mut sorted = keys.clone();
            sorted.sort_by_key(|key| (*key != "id", *key != "object", *key));
            assert_eq!(keys, sorted);
        }
        let members = value.as_object().map(|map| map.values().collect::<Vec<_>>());
        let elements = value.as_array().map(|list| list.iter().collect::<Vec<_>>());
        members.or(elements).into_iter().flatten().for_each(check);
    }
    all().iter().for_each(check);
}

#[test]
fn every_type_has_a_description_in_one_sentence() {
    for (name, event_type) in Catalogue::embedded().unwrap().event_types().unwrap() {
        let text = &event_type.description;
        assert!((10..=90).contains(&text.len()) && !text.ends_with('.'), "{name}: {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_ids_of_a_run_are_unique_and_well_formed(seed in any::<u32>()) {
        use devtool::event::id::{IdBody, Seed, event_id};
        let ids: BTreeSet<String> = (0..500)
            .map(|n| event_id(Seed(seed), Some(IdBody::Object), "invoice", &format!("event/{n}/x")))
            .collect();
        prop_assert_eq!(ids.len(), 500);
        for id in ids {
            let body = id.strip_prefix("evt_1").unwrap_or_default();
            prop_assert!(body.len() == 23 && body.bytes().all(|b| b.is_ascii_alphanumeric()));
        }
    }
}
