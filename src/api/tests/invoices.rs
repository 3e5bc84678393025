//! Invoices by calls: paid, voided, given up; the events in the order of the built-in scenarios.

use serde_json::json;

use super::payments::scenario;
use super::writes::{Talk, id};
use super::*;

/// An open invoice of a story, and how many events there were before.
fn open() -> (Talk, Value, usize) {
    let told = Told::of(&["invoice.finalized"]);
    let invoice = told.send(0);
    let mut talk = Talk::with(&told.api);
    let count = talk.events().len();
    (talk, invoice, count)
}

/// What a scenario tells from an event on.
fn from(name: &str, first: &str) -> Vec<String> {
    scenario(name).into_iter().skip_while(|event| event != first).collect()
}

#[test]
fn an_open_invoice_is_paid_by_card_as_the_scenario_tells_it() {
    let (mut talk, invoice, count) = open();
    let path = format!("POST /v1/invoices/{}/pay", id(&invoice));
    let paid = talk.done(&path, "payment_method=pm_card_visa");
    assert_eq!((&paid["status"], &paid["amount_remaining"]), (&json!("paid"), &json!(0)));
    assert_eq!(talk.events()[count..], from("renewal", "charge.succeeded"));
    let list = talk.done(&format!("GET /v1/invoice_payments?invoice={}", id(&invoice)), "");
    let payment = &list["data"][0];
    assert_eq!(
        (&payment["status"], &payment["amount_paid"]),
        (&json!("paid"), &paid["amount_paid"])
    );
    talk.refused((&path, ""), (400, "", "", "Invoice is already paid"));
}

#[test]
fn an_invoice_whose_card_is_declined_stays_open() {
    let (mut talk, invoice, count) = open();
    let path = format!("/v1/invoices/{}", id(&invoice));
    let (status, answer) =
        talk.ask(&format!("POST {path}/pay"), "payment_method=pm_card_chargeCustomerFail");
    assert_eq!((status, &answer["error"]["code"]), (402, &json!("card_declined")));
    let now = talk.done(&format!("GET {path}"), "");
    assert_eq!((&now["status"], &now["attempt_count"]), (&json!("open"), &json!(1)));
    let mut wanted = from("invoice-uncollectible", "charge.failed");
    let told = talk.events()[count..].to_vec();
    wanted.truncate(told.len());
    assert_eq!(told, wanted);
    assert!(told.len() >= 4);
    let lost = talk.done(&format!("POST {path}/mark_uncollectible"), "");
    assert_eq!(lost["status"], "uncollectible");
    // The subscription, which owed that, goes on.
    let told = talk.events();
    let wanted = ["invoice.marked_uncollectible", "customer.subscription.updated"];
    assert_eq!(told[told.len() - 2..], wanted);
    // Who pays outside of Stripe in the end was asked before.
    let paid = talk.done(&format!("POST {path}/pay"), "paid_out_of_band=true");
    assert_eq!((&paid["status"], &paid["attempted"]), (&json!("paid"), &json!(true)));
}

#[test]
fn a_voided_invoice_takes_its_payment_with_it() {
    let (mut talk, invoice, count) = open();
    let path = format!("POST /v1/invoices/{}/void", id(&invoice));
    assert_eq!(talk.done(&path, "")["status"], "void");
    assert_eq!(talk.events()[count..], from("invoice-void", "invoice.voided"));
    talk.refused((&path, ""), (400, "", "", "This invoice isn't open."));
    let delete = format!("DELETE /v1/invoices/{}", id(&invoice));
    talk.refused((&delete, ""), (400, "", "", "only delete draft"));
}

#[test]
fn an_invoice_is_sent_and_paid_outside_of_stripe() {
    let (mut talk, invoice, count) = open();
    let path = format!("POST /v1/invoices/{}", id(&invoice));
    talk.done(&format!("{path}/send"), "");
    let paid = talk.done(&format!("{path}/pay"), "paid_out_of_band=true");
    assert_eq!((&paid["status"], &paid["attempted"]), (&json!("paid"), &json!(false)));
    assert_eq!(talk.events()[count..], from("invoice-paid-out-of-band", "invoice.sent"));
}
