//! The real Stripe CLI on devtool's own local API: `stripe get`, `post`, `fixtures`, resources, `trigger` and
//! `events resend` by `--api-base`.

use std::collections::BTreeSet;

use devtool::event::Trigger;
use serde_json::Value;

use crate::api_webhooks::{made, url, wait_for};
use crate::stripe_triggers::OTHERS;
use crate::support::asking::{ask, ask_with};
use crate::support::endpoint::Endpoint;
use crate::support::running_api::RunningApi;
use crate::support::stripe::binary::{RealStripe, VERSIONS};

fn stripe_at(port: u16) -> RealStripe {
    RealStripe::at(VERSIONS[0], format!("http://127.0.0.1:{port}"))
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn get_post_and_resource_commands_work() {
    let api = RunningApi::start(&["--no-history"]);
    let stripe = stripe_at(api.port);
    let made = stripe.run(&["customers", "create", "--email", "mara@example.com"]).code(0).json();
    let id = made["id"].as_str().unwrap();
    let path = format!("/v1/customers/{id}");
    let changed = stripe.run(&["post", &path, "-d", "metadata[order]=7"]).code(0).json();
    assert_eq!(changed["metadata"]["order"], "7");
    assert_eq!(stripe.run(&["get", &path]).code(0).json(), changed);
    assert_eq!(stripe.run(&["customers", "retrieve", id]).code(0).json(), changed);
    let events = stripe.run(&["events", "list", "--limit", "5"]).code(0).json();
    let kinds: Vec<&Value> =
        events["data"].as_array().unwrap().iter().map(|e| &e["type"]).collect();
    assert_eq!(kinds, ["customer.updated", "customer.created"]);
    let none = stripe.run(&["get", "/v1/customers/cus_none"]).code(0).json();
    assert_eq!(none["error"]["code"], "resource_missing");
    let gone = stripe.run(&["customers", "delete", id, "--confirm"]).code(0).stdout;
    assert!(gone.contains("\"deleted\": true"), "{gone}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_fixture_of_ones_own_is_made_with_its_references() {
    let api = RunningApi::start(&["--no-history"]);
    let stripe = stripe_at(api.port);
    let fixture = r#"{"_meta": {"template_version": 0}, "fixtures": [
        {"name": "someone", "path": "/v1/customers", "method": "post", "params": {"name": "Mara"}},
        {"name": "item", "path": "/v1/invoiceitems", "method": "post",
         "params": {"customer": "${someone:id}", "amount": 700, "currency": "usd"}}]}"#;
    std::fs::write(stripe.home.path().join("own.json"), fixture).unwrap();
    stripe.run(&["fixtures", "own.json"]).code(0);
    let items = ask(api.port, "GET /v1/invoiceitems").1;
    let customers = ask(api.port, "GET /v1/customers").1;
    assert_eq!(items["data"][0]["amount"], 700);
    assert_eq!(items["data"][0]["customer"], customers["data"][0]["id"]);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_a_trigger_causes_is_delivered_and_sent_again_when_that_is_asked_for() {
    let app = Endpoint::accepting();
    let api = RunningApi::start(&["--port", &app.port().to_string()]);
    let stripe = stripe_at(api.port);
    let triggered = stripe.run(&["trigger", "customer.created"]).code(0);
    assert!(triggered.stdout.contains("Trigger succeeded!"), "{}", triggered.stdout);
    api.process.wait_for_output("customer.created");
    let id = app.received()[0].event()["id"].as_str().unwrap().to_owned();
    let again = stripe.run(&["events", "resend", &id]).code(0).json();
    assert_eq!(again["id"], *id);
    api.process.wait_for_rows("customer.created", 2);
    let received = app.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].body, received[1].body);
    let unknown = stripe.run(&["events", "resend", "evt_none"]).code(0).json();
    assert_eq!(unknown["error"]["code"], "resource_missing");
    let to_one =
        stripe.run(&["events", "resend", &id, "--webhook-endpoint", "we_1"]).code(0).json();
    assert_eq!(to_one["error"]["code"], "resource_missing");
    let webhook = Endpoint::accepting();
    made(api.port, &url(&webhook), "enabled_events[]=product.created");
    let (_, all) = ask(api.port, "GET /v1/webhook_endpoints");
    let one = all["data"][0]["id"].as_str().unwrap();
    let to_one = stripe.run(&["events", "resend", &id, "--webhook-endpoint", one]).code(0).json();
    assert_eq!(to_one["id"], *id);
    wait_for(&webhook, 1);
    assert_eq!(webhook.names(), ["customer.created"]);
    assert_eq!(app.count(), 2);
}

#[test]
fn names_of_older_versions_are_taken_but_not_with_the_newest_one() {
    let api = RunningApi::start(&["--no-history"]);
    let call = "POST /v1/payment_intents?amount=500&currency=usd&payment_method_types[]=card";
    let made = ask(api.port, call);
    assert_eq!((made.0, &made.1["payment_method_types"][0]), (200, &Value::from("card")));
    let version = format!("Stripe-Version: {}\r\n", devtool::event::Catalogue::api_version());
    let refused = ask_with(api.port, call, &version);
    assert_eq!((refused.0, &refused.1["error"]["code"]), (400, &"parameter_unknown".into()));
    let coupon = ask(api.port, "POST /v1/coupons?percent_off=20").1;
    let code = format!("POST /v1/promotion_codes?coupon={}", coupon["id"].as_str().unwrap());
    let (status, code) = ask(api.port, &code);
    assert_eq!((status, &code["promotion"]["coupon"]), (200, &coupon["id"]));
}

#[test]
fn an_invoice_that_is_paid_or_sent_as_a_draft_becomes_final_first() {
    let api = RunningApi::start(&["--no-history"]);
    let id = |answer: (u16, Value)| answer.1["id"].as_str().unwrap_or_default().to_owned();
    let customer = id(ask(api.port, "POST /v1/customers?email=a@example.com"));
    let draft = || {
        ask(
            api.port,
            &format!("POST /v1/invoiceitems?customer={customer}&amount=900&currency=usd"),
        );
        let include = "pending_invoice_items_behavior=include";
        id(ask(api.port, &format!("POST /v1/invoices?customer={customer}&{include}")))
    };
    let invoice = draft();
    let paid = ask(api.port, &format!("POST /v1/invoices/{invoice}/pay?paid_out_of_band=true"));
    assert_eq!((paid.0, &paid.1["status"]), (200, &"paid".into()), "{}", paid.1);
    let sent = ask(api.port, &format!("POST /v1/invoices/{}/send", draft()));
    assert_eq!((sent.0, &sent.1["status"]), (200, &"open".into()), "{}", sent.1);
    let events = ask(api.port, "GET /v1/events?limit=100").1;
    let told = events["data"].as_array().unwrap().iter().rev();
    let told = told.filter(|event| event["data"]["object"]["id"] == *invoice);
    let kinds: Vec<&Value> = told.map(|event| &event["type"]).collect();
    let wanted = ["created", "updated", "finalized", "updated", "paid", "payment_succeeded"];
    let wanted: Vec<Value> = wanted.iter().map(|kind| format!("invoice.{kind}").into()).collect();
    assert_eq!(kinds, wanted.iter().collect::<Vec<_>>());
}

/// Triggers that do not work on the local API, since it does not serve a call that they make. Whoever serves one takes
/// its name out; nobody puts one in unawares.
const NOT_SERVED: &[&str] = &[
    "account.application.deauthorized",
    "account.updated",
    "balance.available",
    "credit_note.created",
    "credit_note.updated",
    "credit_note.voided",
    "identity.verification_session.canceled",
    "identity.verification_session.created",
    "identity.verification_session.redacted",
    "issuing_authorization.request",
    "issuing_authorization.request.eu",
    "issuing_authorization.request.gb",
    "issuing_card.created",
    "issuing_card.created.eu",
    "issuing_card.created.gb",
    "issuing_cardholder.created",
    "issuing_cardholder.created.eu",
    "issuing_cardholder.created.gb",
    "issuing_transaction.created",
    "issuing_transaction.purchase_details_receipt_updated",
    "issuing_transaction.updated",
    "quote.accepted",
    "quote.canceled",
    "quote.created",
    "quote.finalized",
    "reporting.report_run.succeeded",
    "subscription_schedule.aborted",
    "subscription_schedule.expiring",
    "transfer.created",
    "transfer.reversed",
    "transfer.updated",
];

/// Whether a trigger goes through and its event is there.
fn works(stripe: &RealStripe, port: u16, name: &str) -> Result<(), String> {
    let kind = OTHERS.iter().find(|(other, _)| *other == name).map_or(name, |other| other.1);
    let call = format!("GET /v1/events?limit=1&type={kind}");
    let newest = || ask(port, &call).1.pointer("/data/0/id").cloned();
    let before = newest();
    let run = stripe.run(&["trigger", name]);
    if run.code != 0 {
        return Err(run.stderr);
    }
    if newest() == before { Err(format!("no {kind}")) } else { Ok(()) }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_trigger_works_but_for_those_that_are_named_here() {
    let api = RunningApi::start(&["--no-history"]);
    let stripe = stripe_at(api.port);
    // Meter events go to a host of their own, which cannot be put on loopback.
    let names = Trigger::names().unwrap().filter(|name| !name.starts_with("v1.billing.meter."));
    let (mut count, mut wrong) = (0, Vec::new());
    let mut not_served: BTreeSet<&str> = NOT_SERVED.iter().copied().collect();
    for name in names {
        let is_known = not_served.remove(name);
        match (works(&stripe, api.port, name), is_known) {
            (Ok(()), false) => count += 1,
            (Err(_), true) => {}
            (Ok(()), true) => wrong.push(format!("{name} works: take it out of the list")),
            (Err(why), false) => wrong.push(format!("{name}: {why}")),
        }
    }
    println!(
        "{count} triggers of the Stripe CLI work on the local API, {} do not",
        NOT_SERVED.len()
    );
    assert!(not_served.is_empty(), "no such triggers: {not_served:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
