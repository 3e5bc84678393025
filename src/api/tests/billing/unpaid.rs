//! Subscriptions and invoices that nobody has paid yet: what closes them, and which attempts count.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::{ready, told};
use super::time::{NOW, after, begun, pay_by, served};
use super::*;

fn invoice_of(talk: &mut Talk, subscription: &Value) -> Value {
    let id = subscription["latest_invoice"].as_str().unwrap();
    talk.done(&format!("GET /v1/invoices/{id}"), "")
}

/// A subscription whose renewal was declined.
fn past_due(talk: &mut Talk) -> Value {
    let made = begun(talk, "pm_card_visa", "");
    pay_by(talk, &made, "pm_card_chargeCustomerFail");
    after(talk, &["1mo 1h"]);
    talk.later = 32 * 86_400;
    let now = served(talk, &made);
    assert_eq!(now["status"], "past_due");
    now
}

#[test]
fn a_subscription_expires_with_its_first_invoice() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "", "payment_behavior=default_incomplete");
    let count = told(&mut talk).len();
    talk.done(&format!("POST /v1/invoices/{}/void", made["latest_invoice"].as_str().unwrap()), "");
    let now = served(&mut talk, &made);
    assert_eq!((&now["status"], &now["ended_at"]), (&json!("incomplete_expired"), &json!(NOW)));
    let wanted = ["invoice.voided", "payment_intent.canceled", "customer.subscription.updated"];
    assert_eq!(told(&mut talk)[count..], wanted);
}

#[test]
fn a_subscription_goes_on_without_a_payment_that_is_given_up() {
    let mut talk = Talk::default();
    let made = past_due(&mut talk);
    let path = made["latest_invoice"].as_str().unwrap();
    talk.done(&format!("POST /v1/invoices/{path}/mark_uncollectible"), "");
    assert_eq!(served(&mut talk, &made)["status"], "active");
    let last = talk.events();
    let wanted = ["invoice.marked_uncollectible", "customer.subscription.updated"];
    assert_eq!(last[last.len() - 2..], wanted);
}

#[test]
fn a_change_of_a_subscription_that_owes_is_prorated() {
    let mut talk = Talk::default();
    let made = past_due(&mut talk);
    let item = id(&made["items"]["data"][0]);
    talk.later = 45 * 86_400;
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    talk.done(&path, &format!("items[0][id]={item}&items[0][quantity]=2"));
    let waiting = talk.done("GET /v1/invoiceitems?pending=true", "");
    assert_eq!(waiting["data"].as_array().unwrap().len(), 2);
}

#[test]
fn of_attempts_the_first_counts_and_those_of_the_schedule() {
    let mut talk = Talk::default();
    let made = past_due(&mut talk);
    let open = invoice_of(&mut talk, &made);
    assert_eq!(open["attempt_count"], 1);
    let pay = format!("POST /v1/invoices/{}/pay", id(&open));
    for _ in 0..3 {
        assert_eq!(talk.ask(&pay, "").0, 402);
    }
    let now = invoice_of(&mut talk, &made);
    let schedule = ["attempt_count", "next_payment_attempt"];
    assert_eq!(schedule.map(|name| &now[name]), schedule.map(|name| &open[name]));
    after(&mut talk, &["3d"]);
    assert_eq!(invoice_of(&mut talk, &made)["attempt_count"], 2);
    assert_eq!(served(&mut talk, &made)["status"], "past_due");
}

#[test]
fn collection_resumes_when_it_is_to() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let until = NOW + 10 * 86_400;
    let body =
        format!("pause_collection[behavior]=keep_as_draft&pause_collection[resumes_at]={until}");
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    assert_eq!(talk.done(&path, &body)["pause_collection"]["resumes_at"], until);
    assert_eq!(after(&mut talk, &["10d"]), ["customer.subscription.updated"]);
    assert_eq!(served(&mut talk, &made)["pause_collection"], Value::Null);
}

#[test]
fn the_end_of_a_short_trial_is_told_of_at_once() {
    let notice = "customer.subscription.trial_will_end";
    for (days, wanted) in [(2, true), (3, true), (4, false)] {
        let mut talk = Talk::default();
        let (_, body) = ready(&mut talk, "pm_card_visa");
        talk.done("POST /v1/subscriptions", &format!("{body}&trial_period_days={days}"));
        assert_eq!(talk.events().last().is_some_and(|last| last == notice), wanted, "{days}");
        after(&mut talk, &["5d"]);
        assert_eq!(talk.events().iter().filter(|event| *event == notice).count(), 1, "{days}");
    }
}

#[test]
fn two_who_let_time_go_by_at_once_tell_of_a_trial_once() {
    let mut talk = Talk::default();
    begun(&mut talk, "pm_card_visa", "trial_period_days=14");
    let both = [talk.api.clone(), talk.api.clone()];
    std::thread::scope(|scope| {
        for api in &both {
            scope.spawn(move || api.advance("13d".parse().unwrap(), NOW).unwrap());
        }
    });
    let all = talk.events();
    let notice = "customer.subscription.trial_will_end";
    assert_eq!(all.iter().filter(|event| *event == notice).count(), 1, "{all:?}");
}

#[test]
fn nobody_is_billed_by_the_card_of_another_customer() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let other = talk.done("POST /v1/customers", "email=b%40example.com");
    let body = format!("customer={}", id(&other));
    let card = talk.done("POST /v1/payment_methods/pm_card_visa/attach", &body);
    let (own, customer) = (id(&made), made["customer"].as_str().unwrap());
    let (simple, inner) = ("default_payment_method", "invoice_settings[default_payment_method]");
    for (path, parameter) in [
        (format!("POST /v1/subscriptions/{own}"), simple),
        (format!("POST /v1/customers/{customer}"), inner),
    ] {
        for card in [id(&card), "pm_card_visa"] {
            let body = format!("{parameter}={card}");
            let wanted = (400, "resource_missing", parameter, "must be attached to the customer");
            talk.refused((&path, &body), wanted);
        }
    }
}
