//! What was seen of Stripe itself, held against what devtool sends: fields, their form and their presence
//! (`real_life.txt`). `recorded_order.rs` has the order of events.

use std::collections::{BTreeMap, BTreeSet};

use devtool::scenario::library;
use serde_json::Value;

use crate::catalogue_meaning::{find, holds};
use crate::library::{events, object, objects};
use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Received};

const FACTS: &str = include_str!("real_life.txt");

/// An event as `devtool trigger` makes it with these words.
pub(crate) fn triggered(words: &str) -> Value {
    let arguments: Vec<&str> = words.split_whitespace().collect();
    Devtool::new(&["trigger", "--print"]).args(&arguments).run().code(0).json()
}

/// The event of a scenario, `NAME EVENT` or the last of several `NAME EVENT last`.
fn told(words: &str) -> Value {
    let words: Vec<&str> = words.split_whitespace().collect();
    let of_type = |event: &Value| event["type"] == words[1];
    let mut found = events(words[0]).into_iter().filter(of_type);
    let event = if words.len() > 2 { found.next_back() } else { found.next() };
    event.unwrap_or_else(|| panic!("{words:?}"))
}

#[test]
fn fields_are_as_they_were_recorded() {
    let mut wrong = Vec::new();
    for line in FACTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (words, checks) = line.split_once("  ").expect(line);
        let event = match words.strip_prefix("scenario ") {
            Some(words) => told(words),
            None => triggered(words),
        };
        for check in checks.split(';').map(str::trim).filter(|check| !holds(&event, check)) {
            let field = check.split(' ').next().unwrap();
            wrong.push(format!("{words}: {check}: it is {:?}", find(&event, field)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The names in `previous_attributes`, as deep as they go.
fn names(value: &Value, path: &str, found: &mut Vec<String>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match member {
            Value::Object(members) if !members.is_empty() => names(member, &path, found),
            _ => found.push(path),
        }
    }
}

fn previous(words: &str) -> Vec<String> {
    let mut found = Vec::new();
    names(&triggered(words)["data"]["previous_attributes"], "", &mut found);
    found
}

/// Recorded at 2025-11-17.clover: 65 drafts, 50 finalised, 52 paid.
#[test]
fn an_invoice_changes_in_its_three_recorded_forms() {
    let draft = [
        "amount_due",
        "amount_remaining",
        "lines.data",
        "lines.total_count",
        "subtotal",
        "subtotal_excluding_tax",
        "total",
        "total_excluding_tax",
    ];
    assert_eq!(previous("invoice.updated --state draft"), draft);
    let finalized = [
        "effective_at",
        "ending_balance",
        "hosted_invoice_url",
        "invoice_pdf",
        "number",
        "rendering.pdf.page_size",
        "status",
        "status_transitions.finalized_at",
    ];
    assert_eq!(previous("invoice.updated --state finalized --state manual"), finalized);
    let mut of_a_renewal = finalized.to_vec();
    of_a_renewal.retain(|name| *name != "rendering.pdf.page_size");
    of_a_renewal.insert(0, "automatically_finalizes_at");
    assert_eq!(previous("invoice.updated --state finalized"), of_a_renewal);
    let paid = ["amount_paid", "amount_remaining", "status", "status_transitions.paid_at"];
    let charged = previous("invoice.updated");
    let by_hand =
        previous("invoice.updated --state paid --state manual --state sent --state out_of_band");
    for name in paid {
        assert!(charged.contains(&name.to_owned()) && by_hand.contains(&name.to_owned()), "{name}");
    }
    assert!(
        charged.contains(&"attempted".to_owned()) && !by_hand.contains(&"attempted".to_owned())
    );
    assert!(by_hand.contains(&"auto_advance".to_owned()));
    assert_eq!(previous("invoice.updated --state paid"), charged, "it is the usual form");
}

/// A draft gets its lines soon after it was made; the other forms come after the hour of a draft.
#[test]
fn an_invoice_is_as_old_as_its_change_needs() {
    let age = |words: &str| {
        let event = triggered(words);
        let at = |value: &Value| value["created"].as_i64().unwrap();
        at(&event) - at(&event["data"]["object"])
    };
    assert_eq!(age("invoice.updated --state draft"), 5);
    assert_eq!(age("invoice.updated --state finalized"), 3_600);
    for state in ["unpaid", "paid"] {
        assert_eq!(age(&format!("invoice.updated --state {state}")), 3_660, "{state}");
    }
}

/// One-off payments are captured a moment later since 2024-04-10 only.
#[test]
fn payments_of_versions_before_asynchronous_capture_are_captured_at_once() {
    let at = |version: &str| {
        let event = triggered(&format!("charge.succeeded --api-version {version}"));
        event["data"]["object"]["balance_transaction"].is_null()
    };
    assert!(!at("2023-10-16") && at("2024-04-10") && at("2026-10-28.endive"));
    let method = |version: &str| {
        let event = triggered(&format!("payment_intent.created --api-version {version}"));
        event["data"]["object"]["capture_method"].clone()
    };
    assert_eq!(method("2023-10-16"), "automatic");
    assert_eq!(method("2024-04-10"), "automatic_async");
    let count = |version: &str| {
        let endpoint = Endpoint::accepting();
        let arguments = ["scenario", "checkout", "--api-version", version];
        Devtool::sending(&arguments, endpoint.port()).run().code(0);
        endpoint.received().len()
    };
    assert_eq!((count("2023-10-16"), count("2024-04-10")), (4, 5), "no charge.updated before");
}

/// The events of scenarios at an API version before basil.
fn before_basil(names: &[String]) -> Vec<Value> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let endpoint = Endpoint::accepting();
    let arguments = ["scenario", "--api-version", "2024-06-20"];
    Devtool::sending(&arguments, endpoint.port()).args(&names).run().code(0);
    endpoint.received().iter().map(Received::event).collect()
}

fn names_of_all_stories() -> Vec<String> {
    library::all().unwrap().into_iter().map(|scenario| scenario.name).collect()
}

/// What a database with one payment for each invoice found.
#[test]
fn before_basil_each_invoice_has_a_payment_and_a_charge_of_its_own() {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for name in names_of_all_stories() {
        let events = before_basil(std::slice::from_ref(&name));
        let told: BTreeSet<&str> =
            events.iter().filter_map(|event| event["data"]["object"]["id"].as_str()).collect();
        let is_selection = ["billing", "payment"].contains(&name.as_str());
        for event in &events {
            let invoice = &event["data"]["object"];
            if invoice["object"] != "invoice" || invoice["id"].is_null() {
                continue;
            }
            for member in ["payment_intent", "charge"] {
                let Some(id) = invoice[member].as_str() else { continue };
                let owner = owners.entry(id.to_owned()).or_insert(invoice["id"].to_string());
                assert_eq!(*owner, invoice["id"].to_string(), "{name}: {member} {id}");
                let is_told = told.contains(id) || is_selection;
                assert!(is_told, "{name}: {}: {member} {id} has no event", event["type"]);
            }
        }
    }
    assert!(owners.len() >= 5, "{owners:?}");
}

/// Recorded before basil.
#[test]
fn before_basil_an_invoice_paid_elsewhere_has_neither_payment_nor_charge_in_the_end() {
    let events = before_basil(&["invoice-paid-out-of-band".to_owned()]);
    let paid = object(&events, "invoice.paid");
    assert_eq!((&paid["payment_intent"], &paid["charge"]), (&Value::Null, &Value::Null));
    assert_eq!((&paid["paid"], &paid["paid_out_of_band"]), (&true.into(), &true.into()));
    let events = before_basil(&["renewal".to_owned()]);
    let charged = object(&events, "invoice.paid");
    assert!(charged["payment_intent"].is_string() && charged["charge"].is_string());
    assert_eq!(charged["paid_out_of_band"], false);
}

/// Payments of invoices have objects and events since basil.
#[test]
fn before_basil_no_story_tells_of_an_invoice_payment() {
    let events = before_basil(&names_of_all_stories());
    assert!(objects(&events, "invoice.paid").len() > 5);
    assert_eq!(objects(&events, "invoice_payment.paid"), Vec::<&Value>::new());
}

/// 18 of 18 recorded headers of test mode.
#[test]
fn a_delivery_has_a_second_scheme_in_its_signature() {
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["trigger", "invoice.paid"], endpoint.port()).run().code(0);
    let delivered = endpoint.received()[0].header("stripe-signature").to_owned();
    let schemes = |header: &str| -> Vec<(String, usize)> {
        let parts = header.split(',').map(|part| part.split_once('=').unwrap());
        parts.map(|(scheme, value)| (scheme.to_owned(), value.len())).collect()
    };
    let of = |names: &[(&str, usize)]| -> Vec<(String, usize)> {
        names.iter().map(|(name, length)| ((*name).to_owned(), *length)).collect()
    };
    assert_eq!(schemes(&delivered), of(&[("t", 10), ("v1", 64), ("v0", 64)]));
    let curl = Devtool::new(&["trigger", "invoice.paid", "--curl"]).run().code(0).stdout;
    assert!(curl.contains(",v0="), "{curl}");
}

/// Eight of nine events of Checkout and the portal; the session itself five of five.
#[test]
fn events_of_a_page_of_stripes_share_a_key_and_have_no_request() {
    for name in ["checkout", "checkout-subscription"] {
        let events = events(name);
        let by_stripe = ["charge.updated", "checkout.session.completed", "invoice_payment.paid"];
        let (own, of_page): (Vec<&Value>, Vec<&Value>) =
            events.iter().partition(|event| by_stripe.contains(&event["type"].as_str().unwrap()));
        let key = &of_page[0]["request"]["idempotency_key"];
        assert!(key.as_str().is_some_and(|key| key.len() == 36), "{key}");
        let request = serde_json::json!({"id": null, "idempotency_key": key});
        assert!(of_page.iter().all(|event| event["request"] == request), "{name}");
        let none = serde_json::json!({"id": null, "idempotency_key": null});
        assert!(own.iter().all(|event| event["request"] == none), "{name}");
    }
}
