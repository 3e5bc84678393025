//! What a customer's balance does to invoices, and invoices to it.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, told};
use super::time::{after, begun};
use super::*;

fn customer(talk: &mut Talk, balance: i64) -> String {
    let made = talk.done("POST /v1/customers", "email=a%40example.com");
    if balance != 0 {
        let path = format!("POST /v1/customers/{}/balance_transactions", id(&made));
        talk.done(&path, &format!("amount={balance}&currency=usd"));
    }
    id(&made).to_owned()
}

fn balance(talk: &mut Talk, customer: &str) -> i64 {
    talk.done(&format!("GET /v1/customers/{customer}"), "")["balance"].as_i64().unwrap()
}

/// The transactions of a customer, the newest first: the amount, the balance afterwards, and why.
fn transactions(talk: &mut Talk, customer: &str) -> Vec<Value> {
    let list = talk.done(&format!("GET /v1/customers/{customer}/balance_transactions"), "");
    let all = list["data"].as_array().unwrap().iter();
    all.map(|one| json!([one["amount"], one["ending_balance"], one["type"]])).collect()
}

#[test]
fn an_invoice_takes_the_balance_in_when_it_becomes_final() {
    // The balance and the total at first; then what is due, the balance afterwards, and why it is another.
    for (balance_before, total, due, ending, reason) in [
        (0, 1000, 1000, 0, ""),
        (-300, 1000, 700, 0, "applied_to_invoice"),
        (-1500, 1000, 0, -500, "applied_to_invoice"),
        (-1000, 1000, 0, 0, "applied_to_invoice"),
        (200, 1000, 1200, 0, "applied_to_invoice"),
        (0, -700, 0, -700, "applied_to_invoice"),
        (500, -700, 0, -200, "applied_to_invoice"),
        (0, 30, 0, 30, "invoice_too_small"),
        (-980, 1000, 0, 20, "invoice_too_small"),
        (-500, 0, 0, -500, ""),
    ] {
        let what = format!("{balance_before} {total}");
        let mut talk = Talk::default();
        let payer = customer(&mut talk, balance_before);
        talk.done(
            "POST /v1/invoiceitems",
            &format!("customer={payer}&amount={total}&currency=usd"),
        );
        let include = "pending_invoice_items_behavior=include&currency=usd&auto_advance=false";
        let draft = talk.done("POST /v1/invoices", &format!("customer={payer}&{include}"));
        assert_eq!(
            (&draft["amount_due"], &draft["ending_balance"]),
            (&json!(due), &Value::Null),
            "{what}"
        );
        assert_eq!(balance(&mut talk, &payer), balance_before, "{what}");
        let path = format!("POST /v1/invoices/{}/finalize", id(&draft));
        let open = talk.done(&path, "");
        let parts =
            ["starting_balance", "amount_due", "amount_remaining", "ending_balance", "status"];
        let status = if due > 0 { "open" } else { "paid" };
        let wanted = json!([balance_before, due, due, ending, status]);
        assert_eq!(json!(parts.map(|name| open[name].clone())), wanted, "{what}");
        assert_eq!(balance(&mut talk, &payer), ending, "{what}");
        let newest = transactions(&mut talk, &payer).into_iter().next();
        if reason.is_empty() {
            assert_ne!(
                newest.map(|one| one[2].clone()),
                Some(json!("applied_to_invoice")),
                "{what}"
            );
        } else {
            assert_eq!(newest, Some(json!([ending - balance_before, ending, reason])), "{what}");
        }
    }
}

#[test]
fn what_a_void_invoice_took_is_given_back() {
    let mut talk = Talk::default();
    let payer = customer(&mut talk, -300);
    talk.done("POST /v1/invoiceitems", &format!("customer={payer}&amount=1000&currency=usd"));
    let include = "pending_invoice_items_behavior=include&auto_advance=false";
    let draft = talk.done("POST /v1/invoices", &format!("customer={payer}&{include}"));
    talk.done(&format!("POST /v1/invoices/{}/finalize", id(&draft)), "");
    assert_eq!(balance(&mut talk, &payer), 0);
    talk.done(&format!("POST /v1/invoices/{}/void", id(&draft)), "");
    assert_eq!(balance(&mut talk, &payer), -300);
    let wanted = [
        json!([-300, -300, "unapplied_from_invoice"]),
        json!([300, 0, "applied_to_invoice"]),
        json!([-300, -300, "adjustment"]),
    ];
    assert_eq!(transactions(&mut talk, &payer), wanted);
}

#[test]
fn what_a_downgrade_gives_back_pays_for_the_next_invoice() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let payer = made["customer"].as_str().unwrap();
    talk.later = 15 * 86_400;
    let cheap = monthly(&mut talk, 600);
    let count = told(&mut talk).len();
    let body = format!(
        "items[0][id]={}&items[0][price]={cheap}&proration_behavior=always_invoice",
        id(&made["items"]["data"][0])
    );
    talk.done(&format!("POST /v1/subscriptions/{}", id(&made)), &body);
    // 16 of 31 days: 619 back, 310 to pay.
    assert_eq!(balance(&mut talk, payer), -309);
    let events = told(&mut talk).split_off(count);
    assert!(events.contains(&"customer.updated".to_owned()), "{events:?}");
    assert!(events.contains(&"invoice.paid".to_owned()), "{events:?}");
    after(&mut talk, &["1mo 1h"]);
    let list = talk.done(&format!("GET /v1/invoices?subscription={}&limit=1", id(&made)), "");
    let newest = &list["data"][0];
    let parts = ["starting_balance", "total", "amount_paid", "status"];
    let wanted = json!([-309, 600, 291, "paid"]);
    assert_eq!(json!(parts.map(|name| newest[name].clone())), wanted);
    assert_eq!(balance(&mut talk, payer), 0);
}

#[test]
fn a_transaction_has_what_the_catalogue_s_has_and_its_metadata_change() {
    let mut talk = Talk::default();
    let payer = customer(&mut talk, -300);
    let list = talk.done(&format!("GET /v1/customers/{payer}/balance_transactions"), "");
    let one = &list["data"][0];
    assert_eq!(unknown("customer_balance_transaction", one), BTreeSet::new());
    let path = format!("POST /v1/customers/{payer}/balance_transactions/{}", id(one));
    assert_eq!(talk.done(&path, "metadata[a]=b")["metadata"], json!({"a": "b"}));
    assert_eq!(told(&mut talk), ["customer.created", "customer.updated", "customer.updated"]);
}
