//! `devtool scenario`: the whole stories, as the endpoint sees them.

use std::collections::BTreeSet;

use devtool::config::Secret;
use devtool::protocol::{Clock, signature};
use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::{Devtool, SECRET};

const PAYMENT: [&str; 9] = [
    "invoice.created",
    "customer.subscription.updated",
    "payment_intent.requires_action",
    "payment_intent.created",
    "payment_intent.processing",
    "charge.pending",
    "charge.succeeded",
    "payment_intent.succeeded",
    "transfer.created",
];

const BILLING: [&str; 7] = [
    "customer.updated",
    "customer.subscription.updated",
    "invoice.updated",
    "invoice.finalized",
    "invoice.paid",
    "invoice.voided",
    "customer.subscription.deleted",
];

/// The events of a scenario, as they arrived.
fn events(name: &str, more: &[&str]) -> Vec<Value> {
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["scenario", name], endpoint.port()).args(more).run().code(0);
    endpoint.received().iter().map(crate::support::endpoint::Received::event).collect()
}

/// The object of the (first) event of a type.
fn object<'e>(events: &'e [Value], name: &str) -> &'e Value {
    let event = events.iter().find(|event| event["type"] == name).unwrap();
    &event["data"]["object"]
}

#[test]
fn payment_sends_the_guides_nine_in_the_guides_order() {
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["scenario", "payment"], endpoint.port()).run().code(0);
    assert_eq!(endpoint.names(), PAYMENT);
}

#[test]
fn billing_sends_the_guides_others() {
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["scenario", "billing"], endpoint.port()).run().code(0);
    assert_eq!(endpoint.names(), BILLING);
}

#[test]
fn every_delivery_is_signed_and_looks_like_stripes() {
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["scenario", "payment"], endpoint.port()).run().code(0);
    let secret = Secret::parse(SECRET).unwrap();
    for request in endpoint.received() {
        assert_eq!(request.method, "POST");
        assert_eq!(request.uri.path(), "/webhook");
        assert_eq!(request.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(request.header("cache-control"), "no-cache");
        assert_eq!(request.header("accept"), "*/*; q=0.5, application/xml");
        assert_eq!(request.header("user-agent"), "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        assert_eq!(request.header("accept-encoding"), "gzip");
        let header = request.header("stripe-signature");
        let now = Clock::system().now();
        assert_eq!(signature::verify(&secret, header, &request.body, now), Ok(()));
        let indented = format!("{:#}", request.event());
        assert_eq!(request.body, indented.as_bytes(), "two spaces, no trailing newline");
    }
}

#[test]
fn the_payment_is_one_story() {
    let events = events("payment", &[]);
    let invoice = object(&events, "invoice.created");
    let subscription = object(&events, "customer.subscription.updated");
    let intent = object(&events, "payment_intent.succeeded");
    let charge = object(&events, "charge.succeeded");
    let transfer = object(&events, "transfer.created");

    for other in [subscription, intent, charge] {
        assert_eq!(other["customer"], invoice["customer"]);
    }
    assert_eq!(invoice["parent"]["subscription_details"]["subscription"], subscription["id"]);
    assert_eq!(subscription["latest_invoice"], invoice["id"]);
    let (line, item) = (&invoice["lines"]["data"][0], &subscription["items"]["data"][0]);
    assert_eq!(line["parent"]["subscription_item_details"]["subscription_item"], item["id"]);
    assert_eq!(line["pricing"]["price_details"]["price"], item["price"]["id"]);
    assert_eq!(line["pricing"]["price_details"]["product"], item["price"]["product"]);
    assert_eq!(charge["payment_intent"], intent["id"]);
    assert_eq!(intent["latest_charge"], charge["id"]);
    assert_eq!(transfer["source_transaction"], charge["id"]);
    assert!(charge["id"].as_str().unwrap().starts_with("py_"));

    let account = &transfer["destination"];
    assert!(account.as_str().unwrap().starts_with("acct_"));
    for with_data in [subscription, intent, charge] {
        assert_eq!(&with_data["transfer_data"]["destination"], account);
    }
    assert!(invoice.get("transfer_data").is_none());
    for removed in ["payment_intent", "charge", "subscription"] {
        assert!(invoice.get(removed).is_none());
    }
    assert!(intent.get("invoice").is_none() && charge.get("invoice").is_none());

    for amount in [
        &invoice["amount_due"],
        &invoice["total"],
        &line["amount"],
        &item["price"]["unit_amount"],
        &intent["amount"],
        &intent["amount_received"],
        &charge["amount"],
        &transfer["amount"],
    ] {
        assert_eq!(amount, &invoice["amount_remaining"]);
    }
    for with_currency in [invoice, subscription, intent, charge, transfer] {
        assert_eq!(with_currency["currency"], "usd");
    }
}

#[test]
fn every_snapshot_is_in_the_state_of_its_moment() {
    let payment = events("payment", &[]);
    let state = |name: &str, field: &str| object(&payment, name)[field].clone();
    assert_eq!(state("invoice.created", "status"), "draft");
    assert_eq!(state("payment_intent.requires_action", "status"), "requires_action");
    let next = &object(&payment, "payment_intent.requires_action")["next_action"];
    assert_eq!(next["type"], "verify_with_microdeposits");
    assert_eq!(state("payment_intent.created", "status"), "requires_payment_method");
    assert_eq!(state("payment_intent.processing", "status"), "processing");
    assert_eq!(state("payment_intent.processing", "amount_received"), 0);
    assert_eq!(state("charge.pending", "status"), "pending");
    assert_eq!(state("charge.pending", "paid"), false);
    assert_eq!(state("charge.succeeded", "status"), "succeeded");
    assert_eq!(state("charge.succeeded", "paid"), true);
    for at_once in ["balance_transaction", "transfer"] {
        assert_eq!(state("charge.pending", at_once), Value::Null);
        assert_ne!(state("charge.succeeded", at_once), Value::Null);
    }

    let billing = events("billing", &[]);
    let state = |name: &str, field: &str| object(&billing, name)[field].clone();
    assert_eq!(state("invoice.updated", "status"), "open");
    assert_eq!(state("invoice.finalized", "status"), "open");
    assert_eq!(state("invoice.paid", "status"), "paid");
    assert_eq!(state("invoice.paid", "amount_remaining"), 0);
    assert_eq!(state("invoice.voided", "status"), "void");
    assert_ne!(state("invoice.voided", "id"), state("invoice.paid", "id"));
    assert_ne!(state("invoice.voided", "number"), state("invoice.paid", "number"));
    assert_eq!(state("invoice.finalized", "id"), state("invoice.paid", "id"));
    assert_eq!(state("customer.subscription.deleted", "status"), "canceled");
    let deleted = billing.last().unwrap();
    assert_eq!(deleted["data"]["object"]["canceled_at"], deleted["created"]);
}

#[test]
fn updates_say_what_was_different() {
    for event in events("payment", &[]).iter().chain(&events("billing", &[])) {
        let name = event["type"].as_str().unwrap();
        let previous = event["data"].get("previous_attributes");
        assert_eq!(previous.is_some(), name.ends_with(".updated"), "{name}");
        if let Some(previous) = previous {
            crate::catalogue::assert_differs(previous, &event["data"]["object"], name);
        }
    }
}

#[test]
fn requests_tell_who_caused_what() {
    let payment = events("payment", &[]);
    let request = |name: &str| {
        let event = payment.iter().find(|event| event["type"] == name).unwrap();
        event["request"].clone()
    };
    let nobody = serde_json::json!({"id": null, "idempotency_key": null});
    for automatic in [
        "invoice.created",
        "customer.subscription.updated",
        "payment_intent.created",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
        "transfer.created",
    ] {
        assert_eq!(request(automatic), nobody, "{automatic}");
    }
    let confirmation = request("payment_intent.processing");
    assert!(confirmation["id"].as_str().unwrap().starts_with("req_"));
    assert_eq!(confirmation["idempotency_key"].as_str().unwrap().len(), 36);
    assert_eq!(request("charge.pending"), confirmation, "one call caused both");
}

#[test]
fn two_stories_of_one_seed_have_different_events() {
    let ids = |name: &str| -> BTreeSet<String> {
        events(name, &[]).iter().map(|event| event["id"].to_string()).collect()
    };
    assert!(ids("payment").is_disjoint(&ids("billing")));
}

#[test]
fn times_never_contradict_the_story() {
    let now = || Clock::system().now().seconds();
    for (name, last) in
        [("payment", "transfer.created"), ("billing", "customer.subscription.deleted")]
    {
        let begun = now();
        let events = events(name, &[]);
        let ended = now();
        for event in &events {
            let at = event["created"].as_i64().unwrap();
            assert!(at <= ended + 1, "{} is in the future", event["type"]);
            let object = &event["data"]["object"]["created"];
            assert!(object.as_i64().unwrap() <= at, "{} is before its object", event["type"]);
        }
        let end = events.last().unwrap();
        assert_eq!(end["type"], last);
        let end = end["created"].as_i64().unwrap();
        assert!((begun - 5..=ended + 5).contains(&end), "the story ends now");
    }
    let payment = events("payment", &[]);
    let at = |name: &str| payment.iter().find(|e| e["type"] == name).unwrap()["created"].clone();
    assert_eq!(at("payment_intent.requires_action"), at("payment_intent.created"));
    assert!(at("charge.pending").as_i64() < at("charge.succeeded").as_i64());
}

#[test]
fn ids_are_unique_and_well_formed() {
    for events in [events("payment", &[]), events("billing", &[])] {
        let ids: BTreeSet<&str> = events.iter().map(|e| e["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), events.len());
        for id in ids {
            let body = id.strip_prefix("evt_").unwrap();
            assert!(body.len() == 24 && body.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
        }
    }
}

#[test]
fn the_seed_repeats_the_ids_and_no_seed_changes_them() {
    let ids = |more: &[&str]| -> Vec<Value> {
        let endpoint = Endpoint::accepting();
        let port = endpoint.port().to_string();
        Devtool::new(&["scenario", "payment", "--port", &port]).args(more).run().code(0);
        endpoint.received().iter().map(|request| request.event()["id"].clone()).collect()
    };
    assert_eq!(ids(&["--seed", "1"]), ids(&["--seed", "1"]));
    assert_ne!(ids(&["--seed", "1"]), ids(&["--seed", "2"]));
    assert_ne!(ids(&[]), ids(&[]));
}

#[test]
fn fail_fast_stops_at_the_first_event_that_is_not_accepted() {
    let endpoint = Endpoint::new(|request| {
        Reply::new(if request.name() == "payment_intent.created" { 500 } else { 200 }, "")
    });
    let run = Devtool::sending(&["scenario", "payment", "--fail-fast", "--format", "json"], {
        endpoint.port()
    });
    let report = run.run().code(1).json();
    assert_eq!(endpoint.names(), PAYMENT[..4]);
    assert_eq!(report["totals"]["skipped"], 5);
    assert_eq!(report["steps"][4]["verdict"], "skipped");
}

#[test]
fn without_a_name_the_scenarios_are_listed() {
    let run = Devtool::new(&["scenario"]).run().code(0);
    let json = Devtool::new(&["scenario", "--format", "json"]).run().code(0).json();
    assert_eq!(json["schema"], 1);
    let scenarios = json["scenarios"].as_array().unwrap();
    assert_eq!(run.stdout.lines().count(), scenarios.len());
    let payment = scenarios.iter().find(|scenario| scenario["name"] == "payment").unwrap();
    assert_eq!(payment["steps"], 9);
}

#[test]
fn an_unknown_name_says_which_are_near() {
    let run = Devtool::new(&["scenario", "paymnt"]).run().code(2);
    assert_eq!(
        run.stderr,
        "error: unknown scenario `paymnt`\n  hint: did you mean `payment`, `payment-3ds` or `payment-card`?\n"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_still_reports_what_was_delivered() {
    use std::process::Stdio;
    use std::time::Duration;
    let endpoint = Endpoint::new(|request| Reply {
        after: Duration::from_secs(if request.name() == "charge.pending" { 20 } else { 0 }),
        ..Reply::new(200, "")
    });
    let devtool = Devtool::sending(&["scenario", "payment", "--format", "json"], endpoint.port());
    let child = devtool.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while endpoint.received().len() < 6 {
        std::thread::sleep(Duration::from_millis(5));
    }
    crate::support::interrupt(&child);
    let run = crate::support::Run::of(child.wait_with_output().unwrap()).code(130);
    let report = run.json();
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["totals"]["accepted"], 5);
    assert_eq!(report["totals"]["skipped"], 3);
    let attempt = &report["steps"][5]["attempts"][0];
    let error = attempt["error"].as_str().unwrap();
    assert!(error.starts_with("interrupted before the answer"), "{attempt}");
}
