//! The library: each built-in scenario is one true story, whatever it is about.

use std::collections::{BTreeMap, BTreeSet};

use devtool::protocol::{Clock, Moment};
use devtool::scenario::library;
use serde_json::Value;

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Received};

const NAMES: [&str; 44] = [
    "bank-debit",
    "billing",
    "cancel-at-period-end",
    "cancel-at-period-end-classic",
    "checkout",
    "checkout-async",
    "checkout-async-failed",
    "checkout-expired",
    "checkout-guest",
    "checkout-subscription",
    "connect-application-fee",
    "connect-direct",
    "connect-transfer",
    "dispute-inquiry",
    "dispute-lost",
    "dispute-won",
    "dunning",
    "invoice-created-fails",
    "invoice-paid-out-of-band",
    "invoice-uncollectible",
    "invoice-void",
    "pause-collection",
    "payment",
    "payment-3ds",
    "payment-capture-expired",
    "payment-capture-later",
    "payment-card",
    "payment-failed-then-paid",
    "payout",
    "payout-failed",
    "quote-to-invoice",
    "refund-failed",
    "refund-full",
    "refund-partial",
    "renewal",
    "setup-intent",
    "subscription-elements",
    "subscription-lifecycle",
    "subscription-pause",
    "subscription-schedule",
    "trial-ends",
    "trial-ends-paused",
    "trial-ends-unpaid",
    "usage-billing",
];

/// The events of a scenario.
pub(crate) fn events(name: &str) -> Vec<Value> {
    events_with(name, &[])
}

/// The same with more arguments.
pub(crate) fn events_with(name: &str, arguments: &[&str]) -> Vec<Value> {
    let endpoint = Endpoint::accepting();
    let all = [&["scenario", name], arguments].concat();
    Devtool::sending(&all, endpoint.port()).run().code(0);
    endpoint.received().iter().map(Received::event).collect()
}

/// The events of every scenario, by its name.
pub(crate) fn all() -> BTreeMap<String, Vec<Value>> {
    let scenarios = library::all().unwrap();
    scenarios.into_iter().map(|scenario| (scenario.name.clone(), events(&scenario.name))).collect()
}

/// The objects of the events of a type.
pub(crate) fn objects<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
    let of_type = events.iter().filter(|event| event["type"] == name);
    of_type.map(|event| &event["data"]["object"]).collect()
}

pub(crate) fn object<'e>(events: &'e [Value], name: &str) -> &'e Value {
    objects(events, name)[0]
}

/// When an event was made, in seconds; a thin one has that as text.
fn made(event: &Value) -> i64 {
    let text = || Moment::parse(event["created"].as_str().unwrap()).unwrap().seconds();
    event["created"].as_i64().unwrap_or_else(text)
}

#[test]
fn it_has_every_story_and_lists_them_with_length_and_purpose() {
    let names: Vec<String> = library::all().unwrap().into_iter().map(|s| s.name).collect();
    assert_eq!(names, NAMES);
    let listed = Devtool::new(&["scenario"]).run().code(0).stdout;
    for scenario in library::all().unwrap() {
        assert!(!scenario.purpose.is_empty() && !scenario.purpose.ends_with('.'));
        let line = listed.lines().find(|line| line.starts_with(&format!("{} ", scenario.name)));
        let line = line.unwrap();
        assert!(line.contains(&format!("{} events", scenario.steps.len())), "{line}");
        assert!(line.ends_with(&scenario.purpose), "{line}");
    }
}

#[test]
fn times_of_every_story_agree() {
    let now = Clock::system().now().seconds();
    for (name, events) in all() {
        let mut before = 0;
        for event in &events {
            let (kind, at) = (&event["type"], made(event));
            assert!(at <= now + 60, "{name}: {kind} is in the future");
            assert!(at >= before || name == "payment", "{name}: {kind} comes before its time");
            before = at;
            let object = &event["data"]["object"];
            // The invoice to come has the time of its coming.
            let is_upcoming = kind == "invoice.upcoming";
            if let (Some(created), false) = (object["created"].as_i64(), is_upcoming) {
                assert!(created <= at, "{name}: {kind} at {at} is before its object at {created}");
            }
            let is_creation = kind.as_str().unwrap().ends_with(".created");
            if is_creation && object["created"].is_i64() {
                assert_eq!(object["created"], event["created"], "{name}: {kind}");
            }
        }
        let last = made(events.last().unwrap());
        assert!((now - last).abs() <= 60, "{name} ends now");
    }
}

#[test]
fn every_story_has_one_customer_one_currency_and_events_of_its_own() {
    let mut ids = BTreeSet::new();
    for (name, events) in all() {
        let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for event in &events {
            assert!(ids.insert(event["id"].to_string()), "{name}: {}", event["id"]);
            assert_eq!(event["livemode"], false);
            let object = &event["data"]["object"];
            for key in ["customer", "currency", "subscription"] {
                if object[key].is_string() {
                    seen.entry(key).or_default().insert(object[key].to_string());
                }
            }
        }
        assert!(seen.values().all(|values| values.len() == 1), "{name}: {seen:?}");
    }
}

#[test]
fn charges_and_payments_of_every_story_belong_together() {
    for (name, events) in all() {
        let of = |kind: &str| -> Vec<&Value> {
            let objects = events.iter().map(|event| &event["data"]["object"]);
            objects.filter(|object| object["object"] == kind).collect()
        };
        let intents: BTreeSet<String> =
            of("payment_intent").iter().map(|o| o["id"].to_string()).collect();
        let charges: BTreeSet<String> = of("charge").iter().map(|o| o["id"].to_string()).collect();
        for charge in of("charge") {
            assert!(
                intents.is_empty() || intents.contains(&charge["payment_intent"].to_string()),
                "{name}"
            );
        }
        for intent in of("payment_intent") {
            let latest = &intent["latest_charge"];
            assert!(latest.is_null() || charges.contains(&latest.to_string()), "{name}: {latest}");
        }
        for other in [of("refund"), of("dispute")].concat() {
            assert!(charges.contains(&other["charge"].to_string()), "{name}");
            assert!(intents.contains(&other["payment_intent"].to_string()), "{name}");
        }
    }
}

#[test]
fn updates_of_every_story_say_what_was_different() {
    for (name, events) in all() {
        for event in &events {
            let kind = event["type"].as_str().unwrap();
            let previous = event["data"].get("previous_attributes");
            if kind.ends_with(".updated") {
                assert!(
                    previous.is_some_and(|p| !p.as_object().unwrap().is_empty()),
                    "{name}: {kind}"
                );
            }
            if let Some(previous) = previous {
                crate::catalogue::assert_differs(previous, &event["data"]["object"], kind);
            }
        }
    }
}

#[test]
fn a_declined_card_leaves_the_payment_open_until_the_next() {
    let events = events("payment-failed-then-paid");
    let declined = object(&events, "charge.failed");
    let open = object(&events, "payment_intent.payment_failed");
    let paid = object(&events, "payment_intent.succeeded");
    assert_eq!(open["status"], "requires_payment_method");
    assert_eq!(open["latest_charge"], declined["id"]);
    assert_eq!(open["last_payment_error"]["charge"], declined["id"]);
    assert_eq!(declined["status"], "failed");
    let charge = object(&events, "charge.succeeded");
    assert_ne!(charge["id"], declined["id"]);
    assert_eq!(paid["latest_charge"], charge["id"]);
    assert_eq!(paid["last_payment_error"], Value::Null);
    let asked = self::events("payment-3ds");
    assert_eq!(object(&asked, "payment_intent.requires_action")["status"], "requires_action");
    let card = &object(&asked, "charge.succeeded")["payment_method_details"]["card"];
    assert_eq!(card["three_d_secure"]["result"], "authenticated");
}

#[test]
fn checkout_sessions_tell_of_what_they_made() {
    let once = events("checkout");
    let session = object(&once, "checkout.session.completed");
    assert_eq!(session["mode"], "payment");
    assert_eq!(session["payment_intent"], object(&once, "payment_intent.succeeded")["id"]);
    assert_eq!(session["payment_status"], "paid");
    assert_eq!(session["amount_total"], object(&once, "charge.succeeded")["amount"]);
    let events = events("checkout-subscription");
    let session = object(&events, "checkout.session.completed");
    let subscription = object(&events, "customer.subscription.created");
    let invoice = object(&events, "invoice.paid");
    assert_eq!(session["mode"], "subscription");
    assert_eq!(session["subscription"], subscription["id"]);
    assert_eq!(session["invoice"], invoice["id"]);
    assert_eq!(session["payment_intent"], Value::Null);
    assert_eq!(session["customer"], object(&events, "customer.created")["id"]);
    assert_eq!(invoice["billing_reason"], "subscription_create");
    assert_eq!(subscription["status"], "active");
    assert!(objects(&events, "customer.subscription.updated").is_empty());
    assert_eq!(subscription["latest_invoice"], invoice["id"]);
    let paid = object(&events, "invoice_payment.paid");
    assert_eq!(paid["invoice"], invoice["id"]);
    assert_eq!(
        paid["payment"]["payment_intent"],
        object(&events, "payment_intent.succeeded")["id"]
    );
}

#[test]
fn refunds_give_back_what_they_say() {
    let whole = events("refund-full");
    let charge = object(&whole, "charge.refunded");
    assert_eq!(object(&whole, "refund.created")["amount"], charge["amount"]);
    assert_eq!(charge["amount_refunded"], charge["amount"]);
    assert_eq!(charge["refunded"], true);
    let part = events("refund-partial");
    let charge = object(&part, "charge.refunded");
    for name in ["refund.created", "refund.updated"] {
        assert_eq!(object(&part, name)["amount"], charge["amount_refunded"], "{name}");
    }
    assert!(charge["amount_refunded"].as_i64() < charge["amount"].as_i64());
    assert_eq!(charge["refunded"], false);
}

#[test]
fn disputes_end_as_they_are_named() {
    let lost = events("dispute-lost");
    let won = events("dispute-won");
    for events in [&lost, &won] {
        let status = |name: &str| object(events, name)["status"].clone();
        assert_eq!(status("charge.dispute.created"), "needs_response");
        assert_eq!(status("charge.dispute.updated"), "under_review");
        let withdrawn = &object(events, "charge.dispute.funds_withdrawn")["balance_transactions"];
        assert_eq!(withdrawn.as_array().unwrap().len(), 1);
    }
    assert_eq!(object(&lost, "charge.dispute.closed")["status"], "lost");
    assert_eq!(object(&won, "charge.dispute.closed")["status"], "won");
    let back = &object(&won, "charge.dispute.funds_reinstated")["balance_transactions"];
    let sum: i64 = back.as_array().unwrap().iter().map(|t| t["amount"].as_i64().unwrap()).sum();
    assert_eq!(sum, 0, "what was taken is back");
}

#[test]
fn payouts_and_saved_cards_go_through_their_states() {
    let payout = events("payout");
    let ids: BTreeSet<String> =
        payout.iter().skip(1).map(|e| e["data"]["object"]["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(object(&payout, "payout.created")["status"], "pending");
    assert_eq!(object(&payout, "payout.paid")["status"], "paid");
    assert!(payout.iter().skip(1).all(|event| event["data"]["object"]["automatic"] == true));
    assert_eq!(object(&events("payout-failed"), "payout.failed")["status"], "failed");
    let setup = events("setup-intent");
    let saved = object(&setup, "setup_intent.succeeded");
    assert_eq!(saved["payment_method"], object(&setup, "payment_method.attached")["id"]);
    let default = &object(&setup, "customer.updated")["invoice_settings"]["default_payment_method"];
    assert_eq!(default, &saved["payment_method"]);
}

#[test]
fn invoices_end_as_they_are_named() {
    for (name, last) in [("invoice-void", "void"), ("invoice-uncollectible", "uncollectible")] {
        let events = events(name);
        let invoices: Vec<&Value> = events
            .iter()
            .map(|event| &event["data"]["object"])
            .filter(|object| object["object"] == "invoice")
            .collect();
        let ids: BTreeSet<String> =
            invoices.iter().map(|invoice| invoice["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "{name}");
        assert_eq!(invoices[0]["status"], "draft");
        assert!(invoices.iter().any(|invoice| invoice["status"] == "open"), "{name}");
        let numbers: BTreeSet<String> = invoices
            .iter()
            .map(|invoice| &invoice["number"])
            .filter(|number| !number.is_null())
            .map(Value::to_string)
            .collect();
        assert_eq!(numbers.len(), 1, "{name}: {numbers:?}");
        assert_eq!(invoices.last().unwrap()["status"], last);
        assert_eq!(invoices.last().unwrap()["amount_paid"], 0);
    }
}

#[test]
fn dunning_tries_three_times_and_ends() {
    let events = events("dunning");
    let attempts = objects(&events, "invoice.payment_failed");
    let counts: Vec<_> = attempts.iter().map(|invoice| invoice["attempt_count"].clone()).collect();
    assert_eq!(counts, [1, 2, 3]);
    assert_eq!(attempts[2]["next_payment_attempt"], Value::Null);
    let charges: BTreeSet<String> =
        objects(&events, "charge.failed").iter().map(|c| c["id"].to_string()).collect();
    assert_eq!(charges.len(), 3);
    let due = objects(&events, "customer.subscription.updated")[1];
    assert_eq!(due["status"], "past_due");
    let ended = object(&events, "customer.subscription.deleted");
    assert_eq!(ended["status"], "canceled");
    assert_eq!(ended["cancellation_details"]["reason"], "payment_failed");
}

#[test]
fn a_subscription_lives_from_its_trial_to_its_end() {
    let events = events("subscription-lifecycle");
    let begun = object(&events, "customer.subscription.created");
    assert_eq!(begun["status"], "trialing");
    assert_eq!(begun["items"]["data"][0]["current_period_end"], begun["trial_end"]);
    let updates = objects(&events, "customer.subscription.updated");
    assert_eq!(updates.len(), 4, "past the trial, renewed, upgraded, paused");
    let period =
        |o: &Value, end: &str| o["items"]["data"][0][format!("current_period_{end}")].clone();
    assert_eq!(period(updates[0], "start"), begun["trial_end"]);
    assert_eq!(updates[0]["status"], "active");
    let invoices = objects(&events, "invoice.created");
    assert_eq!(begun["latest_invoice"], invoices[0]["id"]);
    assert_eq!(invoices[0]["amount_due"], 0, "the trial costs nothing");
    assert_eq!(updates[0]["latest_invoice"], invoices[1]["id"]);
    assert_eq!(updates[1]["latest_invoice"], invoices[2]["id"]);
    assert_eq!(period(updates[1], "start"), invoices[2]["created"]);
    let price = |o: &Value| o["items"]["data"][0]["price"]["unit_amount"].as_i64().unwrap();
    assert_eq!(price(updates[2]), 2 * price(updates[1]));
    let prorations = objects(&events, "invoiceitem.created");
    let amounts: i64 = prorations.iter().map(|item| item["amount"].as_i64().unwrap()).sum();
    assert_eq!(amounts, price(updates[1]) / 2, "half a month of the difference");
    assert!(prorations.iter().all(|item| item["proration"] == true));
    assert_eq!(updates[3]["pause_collection"]["behavior"], "keep_as_draft");
    assert_eq!(object(&events, "customer.subscription.deleted")["status"], "canceled");
}

#[test]
fn all_of_them_go_out_in_one_call() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario"], endpoint.port()).args(&NAMES);
    let run = devtool.run().code(0);
    assert!(run.stdout.contains("PASS 44 of 44 stories, "), "{}", run.stdout);
}
