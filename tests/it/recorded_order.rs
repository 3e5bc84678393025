//! Which events come in which order, as it was recorded: in stories, and, as Stripe's clock counts in seconds, within
//! one second from `--order created` and from a relay that orders.

use std::rc::Rc;
use std::time::Duration;

use devtool::event::rank;
use devtool::relay::{DeliveryOrder, EventSource, Settings};
use devtool::scenario::library;
use serde_json::Value;

use crate::library::{all, events};
use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Received};
use crate::support::relay::{Rig, together, upstream};

/// Recorded sequences by type, in the order of creation, causes before effects within a second. Of those in
/// brackets Stripe keeps no place: they come before or after the others.
const SEQUENCES: [(&str, &[&str]); 9] = [
    // 40 of 40 paid invoices at 2025-11-17.clover, and a renewed subscription at 2025-08-27.basil.
    (
        "renewal",
        &[
            "invoice.created",
            "[customer.subscription.updated]",
            "payment_intent.created",
            "invoice.updated",
            "invoice.finalized",
            "charge.succeeded",
            "payment_intent.succeeded",
            "invoice.updated",
            "invoice.paid",
            "invoice.payment_succeeded",
            "[invoice_payment.paid]",
        ],
    ),
    // Seven logs from 2025-10 to 2026-08.
    (
        "checkout",
        &[
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
            "charge.updated",
        ],
    ),
    // A log of 2025-05 with the bodies, and one of a card that asks for 3-D Secure.
    (
        "payment-card",
        &[
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "charge.updated",
        ],
    ),
    (
        "payment-3ds",
        &[
            "payment_intent.created",
            "payment_intent.requires_action",
            "charge.succeeded",
            "payment_intent.succeeded",
            "charge.updated",
        ],
    ),
    // Two of two logs, in the same second.
    (
        "setup-intent",
        &[
            "[setup_intent.created]",
            "[setup_intent.requires_action]",
            "payment_method.attached",
            "setup_intent.succeeded",
            "[customer.updated]",
        ],
    ),
    // Two whole logs of 2025-09 and 2025-10, and three payloads of basil and clover.
    (
        "checkout-subscription",
        &[
            "[customer.created]",
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "payment_method.attached",
            "customer.updated",
            "customer.subscription.created",
            "invoice.created",
            "invoice.finalized",
            "invoice.paid",
            "invoice.payment_succeeded",
            "[checkout.session.completed]",
            "[invoice_payment.paid]",
        ],
    ),
    // One run of 2025-05 with four bodies, after the payment.
    (
        "refund-full",
        &[
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "charge.updated",
            "refund.created",
            "charge.refunded",
            "refund.updated",
            "charge.refund.updated",
        ],
    ),
    // Twelve of twelve at 2025-11-17.clover.
    (
        "invoice-paid-out-of-band",
        &[
            "customer.updated",
            "invoice.created",
            "invoiceitem.created",
            "invoice.updated",
            "payment_intent.created",
            "invoice.updated",
            "invoice.finalized",
            "invoice.sent",
            "invoice.updated",
            "invoice.paid",
            "invoice.payment_succeeded",
            "payment_intent.canceled",
        ],
    ),
    // 50 finalisations at 2025-11-17.clover; the payment's end is that of twelve invoices paid elsewhere.
    (
        "invoice-void",
        &[
            "invoice.created",
            "invoiceitem.created",
            "invoice.updated",
            "payment_intent.created",
            "invoice.updated",
            "invoice.finalized",
            "invoice.sent",
            "invoice.voided",
            "payment_intent.canceled",
        ],
    ),
];

#[test]
fn stories_have_the_events_of_recorded_ones_in_their_order() {
    for (name, recorded) in SEQUENCES {
        let (free, placed): (Vec<&str>, Vec<&str>) =
            recorded.iter().partition(|kind| kind.starts_with('['));
        let free: Vec<&str> = free.iter().map(|kind| kind.trim_matches(['[', ']'])).collect();
        let sent: Vec<String> =
            events(name).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
        let rest: Vec<&str> =
            sent.iter().map(String::as_str).filter(|kind| !free.contains(kind)).collect();
        assert_eq!(rest, placed, "{name}");
        assert!(free.iter().all(|kind| sent.iter().any(|sent| sent == kind)), "{name}: {free:?}");
        assert_eq!(sent.len(), recorded.len(), "{name}");
    }
}

/// 40 of 40 invoices at 2025-11-17.clover that were made, final and paid within a second or two.
const CHARGED: &str = r#"
    [story]
    payment_method = "card"

    [[step]]
    event = "customer.updated"
    state = ["billed"]
    was = { currency = "{absent}" }

    [[step]]
    event = "invoice.created"
    state = ["manual", "empty"]

    [[step]]
    event = "invoiceitem.created"
    state = ["invoiced_at_once"]

    [[step]]
    event = "invoice.updated"
    state = ["draft"]

    [[step]]
    event = "payment_intent.created"

    [[step]]
    event = "invoice.updated"
    state = ["finalized", "manual"]

    [[step]]
    event = "invoice.finalized"
    state = ["manual"]

    [[step]]
    event = "charge.succeeded"

    [[step]]
    event = "payment_intent.succeeded"

    [[step]]
    event = "invoice.updated"
    state = ["paid", "manual"]

    [[step]]
    event = "invoice.paid"
    state = ["manual"]

    [[step]]
    event = "invoice.payment_succeeded"
    state = ["manual"]
"#;

/// A scenario's text with its steps the other way round.
fn reversed(text: &str) -> String {
    let (head, steps) = text.split_once("[[step]]").unwrap();
    let mut steps: Vec<&str> = steps.split("[[step]]").collect();
    steps.reverse();
    format!("{head}[[step]]{}", steps.join("\n[[step]]"))
}

fn text_of(name: &str) -> String {
    let path = format!("{}/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// The events of a scenario of this text.
fn told(text: &str, more: &[&str]) -> Vec<Value> {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "told.toml"], endpoint.port());
    devtool.args(more).file("told.toml", text).run().code(0);
    endpoint.received().iter().map(Received::event).collect()
}

/// What tells an event from the others of its story: its type, and the status of its object.
fn label(event: &Value) -> String {
    let status = event["data"]["object"]["status"].as_str().unwrap_or_default();
    format!("{} {status}", event["type"].as_str().unwrap())
}

fn labels(events: &[Value]) -> Vec<String> {
    events.iter().map(label).collect()
}

/// The recorded sequences, each by its name and the text of a scenario that has its order.
fn recorded() -> Vec<(String, String)> {
    let of_library = SEQUENCES.iter().map(|(name, _)| ((*name).to_owned(), text_of(name)));
    of_library.chain([("an invoice that is charged".to_owned(), CHARGED.to_owned())]).collect()
}

/// All events of a sequence within one second.
const ONE_SECOND: [&str; 2] = ["--set", "created=1790000000"];

#[test]
fn what_was_recorded_is_the_order_by_creation() {
    for (name, text) in recorded() {
        let story = labels(&told(&text, &[]));
        let sorted = told(&reversed(&text), &[&ONE_SECOND[..], &["--order", "created"]].concat());
        assert_eq!(labels(&sorted), story, "{name}");
    }
}

#[tokio::test]
async fn what_was_recorded_is_the_order_of_a_relay_that_orders() {
    for (name, text) in recorded() {
        let endpoint = Endpoint::accepting();
        let mut settings = Settings::new(upstream(endpoint.port()));
        settings.order = DeliveryOrder::Causal { window: Duration::from_millis(500) };
        let rig = Rc::new(Rig::new(&settings).await);
        let story = told(&text, &ONE_SECOND);
        let bodies: Vec<Vec<u8>> =
            story.iter().rev().map(|event| event.to_string().into_bytes()).collect();
        let count = bodies.len();
        let posts = async move |rig: Rc<Rig>, number: usize| {
            rig.post(EventSource::Snapshot, &bodies[number]).await.status
        };
        assert_eq!(together(&rig, count, posts).await, vec![200; count]);
        let came: Vec<Value> = endpoint.received().iter().map(Received::event).collect();
        assert_eq!(labels(&came), labels(&story), "{name}");
    }
}

#[test]
fn every_story_is_in_the_order_of_creation_already() {
    for scenario in library::all().unwrap() {
        let text = text_of(&scenario.name);
        let mut story = labels(&told(&text, &[]));
        if scenario.name == "payment" {
            // The guide's order: Stripe may deliver the two so.
            story.swap(2, 3);
        }
        let sorted = labels(&told(&reversed(&text), &["--order", "created"]));
        assert_eq!(sorted, story, "{}", scenario.name);
    }
}

#[test]
fn a_body_says_of_an_event_what_its_payload_does() {
    for (name, events) in all() {
        for event in events {
            let kind = event["type"].as_str().unwrap();
            let body = event.to_string();
            let rank = rank::of_payload(&event);
            assert_eq!(rank::of_body(kind, body.as_bytes()), rank, "{name}: {kind}");
        }
    }
    assert_eq!(rank::of_body("no.such.type", b"{}"), u16::MAX, "what is not known comes last");
    let usual = rank::of_body("invoice.paid", b"{}");
    assert_eq!(rank::of_body("v1.invoice.paid", b"{}"), usual, "a thin twin has its place");
    assert!(rank::of_body("invoice.updated", b"no JSON") < usual);
}
