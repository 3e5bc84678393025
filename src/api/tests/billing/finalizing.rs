//! Drafts that become final by themselves wait for the endpoint, as Stripe's do.

use std::time::Duration;

use serde_json::json;

use super::super::payments::scenario;
use super::super::writes::{Talk, id};
use super::subscriptions::{ready, told};
use super::time::{NOW, after, begun, served};
use super::*;
use crate::api::links::{LinkOrigin, Receiving};
use crate::api::operation::{LinkMessage, LinkReply, Operation};
use crate::api::{CausedEvent, EventAnswer, EventRelease, EventTaking};

const HOUR: i64 = 60 * 60;

/// An endpoint to which the events of calls are delivered.
struct Endpoint {
    api: Api,
    link: u64,
}

impl Endpoint {
    fn of(talk: &Talk) -> Self {
        let mut endpoint = Self { api: talk.api.clone(), link: 0 };
        let open = Operation::Open { faults: Vec::new(), latency: Duration::ZERO };
        endpoint.link = endpoint.perform(open).number;
        let (release, taking) = (EventRelease::After, EventTaking::Always);
        endpoint.perform(Operation::Receive(Some(Receiving { release, taking })));
        endpoint
    }

    fn perform(&self, operation: Operation) -> LinkReply {
        let message = LinkMessage { link: self.link, operation };
        self.api.perform(message, LinkOrigin::Here).unwrap()
    }

    /// Takes what was caused; only what tells of a new invoice is of interest.
    fn take(&self) -> Vec<CausedEvent> {
        let mut caused = self.perform(Operation::Caused).caused;
        caused.retain(|event| event.name == "invoice.created");
        caused
    }

    /// It answers an event, so many seconds later than all began, outside of the API's own time.
    fn answer(&self, event: &CausedEvent, is_accepted: bool) {
        let begin = Operation::Begin { event: event.id.clone(), body: event.body.clone() };
        let delivery = self.perform(begin).number;
        let answer = Some(EventAnswer { is_accepted, second: NOW });
        self.perform(Operation::End { delivery, answer });
    }
}

/// When the newest invoice of a subscription becomes final, and when its webhooks were delivered.
fn plan(talk: &mut Talk, made: &Value) -> [Value; 3] {
    let latest = served(talk, made)["latest_invoice"].clone();
    let invoice = talk.done(&format!("GET /v1/invoices/{}", latest.as_str().unwrap()), "");
    ["automatically_finalizes_at", "next_payment_attempt", "webhooks_delivered_at"]
        .map(|name| invoice[name].clone())
}

#[test]
fn a_renewal_is_three_days_late_where_the_endpoint_fails() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let endpoint = Endpoint::of(&talk);
    let start = NOW + 31 * 86_400;
    assert_eq!(after(&mut talk, &["1mo"]), scenario("invoice-created-fails")[..2]);
    let drafted = endpoint.take();
    assert_eq!(plan(&mut talk, &made), [json!(start + HOUR), json!(start + HOUR), Value::Null]);
    endpoint.answer(&drafted[0], false);
    let late = start + 72 * HOUR;
    assert_eq!(plan(&mut talk, &made), [json!(late), json!(late), Value::Null]);
    assert_eq!(after(&mut talk, &["71h"]), [""; 0]);
    assert_eq!(after(&mut talk, &["1h"]), scenario("invoice-created-fails")[2..]);
    assert_eq!(plan(&mut talk, &made), [Value::Null, Value::Null, Value::Null]);
}

#[test]
fn what_the_endpoint_accepts_later_is_charged_an_hour_after_that() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let endpoint = Endpoint::of(&talk);
    after(&mut talk, &["1mo"]);
    let drafted = endpoint.take();
    endpoint.answer(&drafted[0], false);
    assert_eq!(after(&mut talk, &["5h"]), [""; 0]);
    endpoint.answer(&drafted[0], true);
    let accepted = NOW + 31 * 86_400 + 5 * HOUR;
    let due = json!(accepted + HOUR);
    assert_eq!(plan(&mut talk, &made), [due.clone(), due, json!(accepted)]);
    assert_eq!(after(&mut talk, &["59m"]), [""; 0]);
    assert_eq!(after(&mut talk, &["1m"]), scenario("renewal")[2..]);
    assert_eq!(plan(&mut talk, &made), [Value::Null, Value::Null, json!(accepted)]);
}

#[test]
fn time_waits_for_the_answer_of_the_endpoint() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let endpoint = Endpoint::of(&talk);
    let waits = talk.api.advance("2mo".parse().unwrap(), NOW).unwrap();
    assert_eq!(waits, json!({"now": "2026-11-14T17:46:40Z", "happened": 1, "left": "+30d"}));
    endpoint.answer(&endpoint.take()[0], true);
    // The draft becomes final; that of the next period begins with the last second.
    let rest = talk.api.advance("30d".parse().unwrap(), NOW).unwrap();
    assert_eq!(rest, json!({"now": "2026-12-14T17:46:40Z", "happened": 2}));
    assert!(talk.api.advance("1h".parse().unwrap(), NOW).unwrap()["left"].is_string());
    // What is not delivered is not waited for.
    for event in endpoint.take() {
        endpoint.perform(Operation::GiveUp { event: event.id });
    }
    assert!(talk.api.advance("1h".parse().unwrap(), NOW).unwrap()["left"].is_null());
    assert_eq!(served(&mut talk, &made)["status"], "active");
}

#[test]
fn a_draft_becomes_final_when_a_call_has_said_whatever_the_endpoint_answers() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let endpoint = Endpoint::of(&talk);
    talk.done("POST /v1/invoiceitems", &format!("{customer}&amount=500&currency=usd"));
    let more = "pending_invoice_items_behavior=include&auto_advance=true";
    let wanted = NOW + 10 * 86_400;
    let body = format!("{customer}&{more}&automatically_finalizes_at={wanted}");
    let made = talk.done("POST /v1/invoices", &body);
    assert_eq!(made["automatically_finalizes_at"], wanted);
    endpoint.answer(&endpoint.take()[0], false);
    let path = format!("POST /v1/invoices/{}", id(&made));
    let kept = talk.done(&path, "description=Later");
    assert_eq!(kept["automatically_finalizes_at"], wanted);
    assert_eq!(after(&mut talk, &["239h"]), [""; 0]);
    assert_eq!(after(&mut talk, &["1h"]), scenario("renewal")[2..]);
    let count = told(&mut talk).len();
    for (body, message) in [
        ("auto_advance=true&automatically_finalizes_at=1", "in the future"),
        ("auto_advance=true&automatically_finalizes_at=2000000000", "5 years ahead"),
        ("automatically_finalizes_at=1793000000", "`auto_advance` is true"),
    ] {
        let body = format!("{customer}&{body}");
        let wanted = (400, "", "automatically_finalizes_at", message);
        talk.refused(("POST /v1/invoices", &body), wanted);
    }
    assert_eq!(told(&mut talk).len(), count);
}
