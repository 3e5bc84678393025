//! Time goes by: what comes due happens, in the order of the built-in scenarios.

use serde_json::json;

use super::super::payments::scenario;
use super::super::writes::{Talk, id};
use super::subscriptions::{ready, told};
use super::*;

pub(super) const NOW: i64 = 1_792_000_000;

/// A subscription of a customer with that card.
pub(super) fn begun(talk: &mut Talk, card: &str, more: &str) -> Value {
    let (_, body) = ready(talk, card);
    talk.done("POST /v1/subscriptions", &format!("{body}&{more}"))
}

/// What is told while time goes by.
pub(super) fn after(talk: &mut Talk, steps: &[&str]) -> Vec<String> {
    let count = told(talk).len();
    for step in steps {
        talk.api.advance(step.parse().unwrap(), NOW).unwrap();
    }
    told(talk).split_off(count)
}

/// A subscription is to be paid by another card.
pub(super) fn pay_by(talk: &mut Talk, made: &Value, card: &str) {
    let customer = made["customer"].as_str().unwrap();
    let path = format!("POST /v1/payment_methods/{card}/attach");
    let method = talk.done(&path, &format!("customer={customer}"));
    let path = format!("POST /v1/subscriptions/{}", id(made));
    talk.done(&path, &format!("default_payment_method={}", id(&method)));
}

pub(super) fn served(talk: &mut Talk, made: &Value) -> Value {
    talk.done(&format!("GET /v1/subscriptions/{}", id(made)), "")
}

#[test]
fn a_subscription_renews_and_its_draft_is_charged_after_an_hour() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    assert_eq!(after(&mut talk, &["1mo"]), scenario("renewal")[..2]);
    assert_eq!(after(&mut talk, &["1h"]), scenario("renewal")[2..]);
    let now = served(&mut talk, &made);
    let item = &now["items"]["data"][0];
    let start = NOW + 31 * 86_400;
    assert_eq!(item["current_period_start"], start);
    assert_eq!(item["current_period_end"], start + 30 * 86_400);
    let path = format!("GET /v1/invoices/{}", now["latest_invoice"].as_str().unwrap());
    let invoice = talk.done(&path, "");
    let parts = ["billing_reason", "status", "amount_paid", "period_start", "created"];
    let wanted =
        [json!("subscription_cycle"), json!("paid"), json!(1200), json!(NOW), json!(start)];
    assert_eq!(parts.map(|name| invoice[name].clone()), wanted);
    assert_eq!(invoice["lines"]["data"][0]["period"]["start"], start);
    // Half a year more is six renewals.
    let paid = after(&mut talk, &["6mo"]);
    assert_eq!(paid.iter().filter(|event| *event == "invoice.paid").count(), 6);
    assert_eq!(served(&mut talk, &made)["status"], "active");
}

#[test]
fn a_trial_ends_as_the_scenarios_tell_it() {
    for (card, more, wanted) in [
        ("pm_card_visa", "", "trial-ends"),
        ("", "trial_settings[end_behavior][missing_payment_method]=pause", "trial-ends-paused"),
    ] {
        let mut talk = Talk::default();
        begun(&mut talk, card, &format!("trial_period_days=14&{more}"));
        assert_eq!(after(&mut talk, &["14d", "1h"]), scenario(wanted), "{wanted}");
    }
    let mut talk = Talk::default();
    let more = "trial_period_days=14&trial_settings[end_behavior][missing_payment_method]=cancel";
    let made = begun(&mut talk, "", more);
    let wanted = ["customer.subscription.trial_will_end", "customer.subscription.deleted"];
    assert_eq!(after(&mut talk, &["15d"]), wanted);
    assert_eq!(served(&mut talk, &made)["status"], "canceled");
}

#[test]
fn a_payment_that_fails_is_tried_again_until_the_subscription_ends() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    pay_by(&mut talk, &made, "pm_card_chargeCustomerFail");
    assert_eq!(after(&mut talk, &["1mo 1h", "3d", "7d"]), scenario("dunning"));
    let now = served(&mut talk, &made);
    let reason = &now["cancellation_details"]["reason"];
    assert_eq!((&now["status"], reason), (&json!("canceled"), &json!("payment_failed")));
    assert_eq!(after(&mut talk, &["2mo"]), [""; 0]);
}

#[test]
fn what_is_tried_in_vain_is_tried_three_times() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_chargeCustomerFail");
    let customer = body.split('&').next().unwrap();
    talk.done("POST /v1/invoiceitems", &format!("{customer}&amount=500&currency=usd"));
    let more = "pending_invoice_items_behavior=include&auto_advance=true";
    let invoice = talk.done("POST /v1/invoices", &format!("{customer}&{more}"));
    let count = |told: Vec<String>, name: &str| told.iter().filter(|event| *event == name).count();
    assert_eq!(count(after(&mut talk, &["2h"]), "invoice.payment_failed"), 1);
    assert_eq!(count(after(&mut talk, &["1mo"]), "invoice.payment_failed"), 2);
    let now = talk.done(&format!("GET /v1/invoices/{}", id(&invoice)), "");
    assert_eq!((&now["status"], &now["auto_advance"]), (&json!("open"), &json!(false)));
    // So is what the customer's bank asks about, who is not there.
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    pay_by(&mut talk, &made, "pm_card_authenticationRequired");
    let asked = "invoice.payment_action_required";
    assert_eq!(count(after(&mut talk, &["1mo 1h"]), asked), 1);
    assert_eq!(served(&mut talk, &made)["status"], "past_due");
    assert_eq!(count(after(&mut talk, &["10d"]), asked), 2);
    assert_eq!(served(&mut talk, &made)["status"], "canceled");
}

#[test]
fn nothing_is_collected_for_a_subscription_that_has_ended() {
    // Its draft of the new period, and the payment that was to be tried again.
    for (card, time, status) in
        [("pm_card_visa", "1mo", "draft"), ("pm_card_chargeCustomerFail", "1mo 1h", "open")]
    {
        let mut talk = Talk::default();
        let made = begun(&mut talk, "pm_card_visa", "");
        pay_by(&mut talk, &made, card);
        after(&mut talk, &[time]);
        let ended = talk.done(&format!("DELETE /v1/subscriptions/{}", id(&made)), "");
        assert_eq!(ended["status"], "canceled");
        assert_eq!(after(&mut talk, &["1mo"]), [""; 0], "{card}");
        let path = format!("GET /v1/invoices/{}", ended["latest_invoice"].as_str().unwrap());
        let invoice = talk.done(&path, "");
        assert_eq!((&invoice["status"], &invoice["auto_advance"]), (&json!(status), &json!(false)));
    }
}

#[test]
fn what_was_to_end_does_and_what_nobody_paid_lapses() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "cancel_at_period_end=true");
    assert_eq!(after(&mut talk, &["2mo"]), ["customer.subscription.deleted"]);
    assert_eq!(served(&mut talk, &made)["ended_at"], NOW + 31 * 86_400);
    let mut talk = Talk::default();
    let made = begun(&mut talk, "", "payment_behavior=default_incomplete");
    assert_eq!(after(&mut talk, &["22h"]), [""; 0]);
    let wanted = ["customer.subscription.updated", "invoice.voided", "payment_intent.canceled"];
    assert_eq!(after(&mut talk, &["1h"]), wanted);
    assert_eq!(served(&mut talk, &made)["status"], "incomplete_expired");
    let body = "mode=setup&currency=usd&success_url=https://example.com";
    let session = talk.done("POST /v1/checkout/sessions", body);
    assert_eq!(after(&mut talk, &["1d"]), ["checkout.session.expired"]);
    let path = format!("GET /v1/checkout/sessions/{}", id(&session));
    assert_eq!(talk.done(&path, "")["status"], "expired");
}

#[test]
fn an_invoice_that_advances_becomes_final_by_itself() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    talk.done("POST /v1/invoiceitems", &format!("{customer}&amount=500&currency=usd"));
    let more = "pending_invoice_items_behavior=include&auto_advance=true";
    talk.done("POST /v1/invoices", &format!("{customer}&{more}"));
    assert_eq!(after(&mut talk, &["59m"]), [""; 0]);
    assert_eq!(after(&mut talk, &["1m"]), scenario("renewal")[2..]);
}

#[test]
fn the_draft_of_a_period_cannot_be_deleted() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    after(&mut talk, &["1mo"]);
    let draft = served(&mut talk, &made)["latest_invoice"].clone();
    let delete = format!("DELETE /v1/invoices/{}", draft.as_str().unwrap());
    talk.refused((&delete, ""), (400, "", "", "created by subscriptions"));
}

#[test]
fn two_who_let_time_go_by_at_once_leave_nothing_undone() {
    let mut talk = Talk::default();
    begun(&mut talk, "pm_card_visa", "");
    let both = [talk.api.clone(), talk.api.clone()];
    std::thread::scope(|scope| {
        for api in &both {
            scope.spawn(move || api.advance("6mo".parse().unwrap(), NOW).unwrap());
        }
    });
    let left = talk.api.advance("1s".parse().unwrap(), NOW).unwrap();
    assert_eq!(left["happened"], 0, "{left}");
}

#[test]
fn time_goes_forward_only() {
    let talk = Talk::default();
    for by in ["-1d", "0s"] {
        let refused = talk.api.advance(by.parse().unwrap(), NOW).unwrap_err();
        assert!(refused.contains("forward"), "{refused}");
    }
    let now = talk.api.advance("1mo".parse().unwrap(), NOW).unwrap();
    assert_eq!(now, json!({"now": "2026-11-14T17:46:40Z", "happened": 0}));
}
