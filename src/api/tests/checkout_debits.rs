//! Debits in Checkout that fail, and what becomes of their sessions.

use serde_json::json;

use super::payments::scenario;
use super::writes::{Refusal, Talk, id};
use super::*;
use crate::api::write::CustomerAnswer;

const NOW: i64 = 1_792_000_000;

/// A session of 15.00 that takes a kind of payment method.
fn session(talk: &mut Talk, kind: &str, currency: &str) -> String {
    let price = format!("currency={currency}&unit_amount=1500&product_data[name]=Mug");
    let price = talk.done("POST /v1/prices", &price);
    format!(
        "mode=payment&success_url=https%3A%2F%2Fa.example&line_items[0][quantity]=1\
         &line_items[0][price]={}&allowed_payment_method_types[]={kind}",
        id(&price)
    )
}

fn answer(id: &Value, decline: &str) -> CustomerAnswer {
    CustomerAnswer { id: id.as_str().unwrap().to_owned(), decline: Some(decline.to_owned()) }
}

/// The kind, its currency, and a code with which a debit fails.
const FAILING: [(&str, &str, &str); 4] = [
    ("us_bank_account", "usd", "account_closed"),
    ("us_bank_account", "usd", "insufficient_funds"),
    ("sepa_debit", "eur", "insufficient_funds"),
    ("sepa_debit", "eur", "generic_could_not_process"),
];

#[test]
fn a_debit_fails_with_the_code_that_is_asked_for() {
    for (kind, currency, code) in FAILING {
        let mut talk = Talk::default();
        let body = session(&mut talk, kind, currency);
        let made = talk.done("POST /v1/checkout/sessions", &body);
        let count = talk.events().len();
        let done = talk.api.complete(&answer(&made["id"], code), NOW).unwrap();
        assert_eq!(json!([done["status"], done["payment_status"]]), json!(["complete", "unpaid"]));
        assert_eq!(talk.events()[count..], scenario("checkout-async-failed"), "{kind} {code}");
        let intent = done["payment_intent"].as_str().unwrap();
        let failed = talk.done(&format!("GET /v1/payment_intents/{intent}"), "");
        assert_eq!(failed["last_payment_error"]["code"], code);
        // The session takes no card.
        let call = format!("POST /v1/payment_intents/{intent}/confirm");
        let wanted = (400, "", "", "(card) is not allowed for this PaymentIntent.");
        talk.refused((&call, "payment_method=pm_card_visa"), wanted);
    }
}

#[test]
fn a_session_whose_debit_failed_is_paid_by_a_card_later_which_no_event_tells() {
    let mut talk = Talk::default();
    let body = session(&mut talk, "us_bank_account", "usd");
    let body = format!("{body}&allowed_payment_method_types[]=card");
    let made = talk.done("POST /v1/checkout/sessions", &body);
    let done = talk.api.complete(&answer(&made["id"], "no_account"), NOW).unwrap();
    let intent = done["payment_intent"].as_str().unwrap();
    let path = format!("GET /v1/checkout/sessions/{}", id(&made));
    let unpaid = talk.done(&path, "");
    let count = talk.events().len();
    let call = format!("POST /v1/payment_intents/{intent}/confirm");
    let paid = talk.done(&call, "payment_method=pm_card_visa");
    assert_eq!(paid["status"], "succeeded");
    let mut wanted = unpaid.clone();
    wanted["payment_status"] = "paid".into();
    assert_eq!(talk.done(&path, ""), wanted);
    let events = ["charge.succeeded", "payment_intent.succeeded", "charge.updated"];
    assert_eq!(talk.events()[count..], events);
}

#[test]
fn what_no_account_fails_with_is_said_and_so_is_a_currency_that_a_debit_has_not() {
    let mut talk = Talk::default();
    let body = session(&mut talk, "us_bank_account", "usd");
    let made = talk.done("POST /v1/checkout/sessions", &body);
    let count = talk.events().len();
    let refused = talk.api.complete(&answer(&made["id"], "lost_card"), NOW).unwrap_err();
    assert_eq!(
        refused,
        "no `us_bank_account` fails with the code `lost_card`, but: account_closed, \
         charge_exceeds_source_limit, debit_not_authorized, insufficient_funds, invalid_currency, \
         no_account"
    );
    let wanted: Refusal =
        (400, "", "currency", "Payments with us_bank_account support the following currencies");
    let other = session(&mut talk, "us_bank_account", "eur");
    let added = talk.events().len() - count;
    talk.refused(("POST /v1/checkout/sessions", &other), wanted);
    assert_eq!(talk.events().len(), count + added);
}
