//! Invoices that are paid by debits of bank accounts: they stay open until the bank has answered.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, told};
use super::time::{NOW, after, served};
use super::*;

const CLOCKS: &str = "/v1/test_helpers/test_clocks";

/// A customer who pays by a bank account that was set up, and what makes a monthly subscription of theirs.
fn ready(talk: &mut Talk, account: &str, more: &str) -> String {
    let customer = talk.done("POST /v1/customers", more);
    let body = format!(
        "allowed_payment_method_types[]=us_bank_account&confirm=true&customer={}\
         &payment_method=pm_usBankAccount_{account}&mandate_data[customer_acceptance][type]=offline",
        id(&customer)
    );
    let setup = talk.done("POST /v1/setup_intents", &body);
    let price = monthly(talk, 1200);
    format!(
        "customer={}&items[0][price]={price}&default_payment_method={}",
        id(&customer),
        setup["payment_method"].as_str().unwrap()
    )
}

fn invoice_of(talk: &mut Talk, subscription: &Value) -> Value {
    let now = served(talk, subscription);
    talk.done(&format!("GET /v1/invoices/{}", now["latest_invoice"].as_str().unwrap()), "")
}

fn parts(invoice: &Value) -> Value {
    let names = ["status", "attempt_count", "attempted", "amount_paid", "next_payment_attempt"];
    names.iter().map(|name| invoice[*name].clone()).collect()
}

const BEGUN: [&str; 6] = [
    "payment_intent.processing",
    "charge.pending",
    "invoice.updated",
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
];

/// What is told of a subscription from its making on, whatever the order of what comes at once.
fn asked(talk: &mut Talk, count: usize) -> (BTreeSet<String>, Vec<String>) {
    let mut all = told(talk).split_off(count);
    let at = all.iter().position(|event| event == "charge.succeeded" || event == "charge.failed");
    let later = at.map_or(Vec::new(), |at| all.split_off(at));
    (all.into_iter().collect(), later)
}

#[test]
fn a_subscription_is_incomplete_until_its_first_debit_is_paid() {
    for (account, status, paid, later) in [
        (
            "success",
            "active",
            json!(["paid", 1, true, 1200, null]),
            vec![
                "charge.succeeded",
                "payment_intent.succeeded",
                "invoice.updated",
                "invoice.paid",
                "invoice.payment_succeeded",
                "customer.subscription.updated",
                "invoice_payment.paid",
                "charge.updated",
            ],
        ),
        (
            "accountClosed",
            "incomplete",
            json!(["open", 1, true, 0, null]),
            vec!["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"],
        ),
        ("processing", "incomplete", json!(["open", 1, true, 0, null]), vec![]),
    ] {
        let mut talk = Talk::default();
        let body = ready(&mut talk, account, "");
        let count = told(&mut talk).len();
        let made = talk.done("POST /v1/subscriptions", &body);
        assert_eq!(made["status"], "incomplete", "{account}");
        let (now, after) = asked(&mut talk, count);
        assert!(BEGUN.iter().all(|event| now.contains(*event)), "{now:?}");
        assert_eq!(after, later, "{account}");
        assert_eq!(served(&mut talk, &made)["status"], status, "{account}");
        let invoice = invoice_of(&mut talk, &made);
        assert_eq!(parts(&invoice), paid, "{account}");
    }
}

#[test]
fn a_renewal_stays_open_until_its_debit_is_paid_or_failed_and_is_tried_again() {
    let mut talk = Talk::default();
    let body = ready(&mut talk, "success", "");
    let made = talk.done("POST /v1/subscriptions", &body);
    let renewed = after(&mut talk, &["1mo", "1h"]);
    let wanted = [
        "invoice.updated",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "charge.updated",
    ];
    assert_eq!(renewed[renewed.len() - wanted.len()..], wanted, "{renewed:?}");
    assert_eq!(served(&mut talk, &made)["status"], "active");
    assert_eq!(parts(&invoice_of(&mut talk, &made)), json!(["paid", 1, true, 1200, null]));
    // The next ones are by an account that fails, three times.
    let failing = "POST /v1/setup_intents";
    let body = format!(
        "allowed_payment_method_types[]=us_bank_account&confirm=true&customer={}\
         &payment_method=pm_usBankAccount_insufficientFunds\
         &mandate_data[customer_acceptance][type]=offline",
        made["customer"].as_str().unwrap()
    );
    let setup = talk.done(failing, &body);
    let body = format!("default_payment_method={}", setup["payment_method"].as_str().unwrap());
    talk.done(&format!("POST /v1/subscriptions/{}", id(&made)), &body);
    after(&mut talk, &["1mo", "1h"]);
    assert_eq!(served(&mut talk, &made)["status"], "past_due");
    let unpaid = invoice_of(&mut talk, &made);
    assert_eq!(json!([unpaid["status"], unpaid["attempt_count"]]), json!(["open", 1]));
    let next = unpaid["next_payment_attempt"].as_i64().unwrap();
    assert!(next > NOW + 60 * 86_400, "{next}");
    after(&mut talk, &["3d"]);
    assert_eq!(invoice_of(&mut talk, &made)["attempt_count"], 2);
    after(&mut talk, &["7d"]);
    let end = served(&mut talk, &made);
    let why = &end["cancellation_details"]["reason"];
    assert_eq!((&end["status"], why), (&json!("canceled"), &json!("payment_failed")));
}

#[test]
fn an_invoice_of_a_customer_with_a_clock_is_paid_once_the_clock_is_there() {
    let mut talk = Talk::default();
    let start = 1_700_000_000;
    let clock = talk.done(&format!("POST {CLOCKS}"), &format!("frozen_time={start}"));
    let body = ready(&mut talk, "success", &format!("test_clock={}", id(&clock)));
    let made = talk.done("POST /v1/subscriptions", &body);
    let first = invoice_of(&mut talk, &made);
    assert_eq!(first["status_transitions"]["paid_at"], start);
    let until = start + 30 * 86_400 + 3_600;
    let call = format!("POST {CLOCKS}/{}/advance", id(&clock));
    talk.done(&call, &format!("frozen_time={until}"));
    let second = invoice_of(&mut talk, &made);
    assert_ne!(second["id"], first["id"]);
    assert_eq!(
        json!([second["status"], second["status_transitions"]["paid_at"]]),
        json!(["paid", until])
    );
}

#[test]
fn an_invoice_is_paid_by_a_debit_that_a_call_names() {
    let mut talk = Talk::default();
    let body = ready(&mut talk, "success", "");
    let customer = body.split_once('&').unwrap().0;
    let method = body.rsplit_once('=').unwrap().1.to_owned();
    let item = format!("{customer}&amount=900&currency=usd");
    let draft = talk
        .done("POST /v1/invoices", &format!("{customer}&pending_invoice_items_behavior=include"));
    talk.done("POST /v1/invoiceitems", &format!("{item}&invoice={}", id(&draft)));
    let path = format!("/v1/invoices/{}", id(&draft));
    talk.done(&format!("POST {path}/finalize"), "");
    let asked = talk.done(&format!("POST {path}/pay"), &format!("payment_method={method}"));
    assert_eq!(parts(&asked), json!(["open", 1, true, 0, null]));
    assert_eq!(parts(&talk.done(&format!("GET {path}"), "")), json!(["paid", 1, true, 900, null]));
}
