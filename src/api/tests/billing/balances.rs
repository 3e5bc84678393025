//! What a customer's balance does to invoices, and invoices to it.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, ready, told};
use super::time::{NOW, after, begun};
use super::*;
use crate::api::write::CustomerAnswer;

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
        let first = || json!([balance_before, balance_before, "adjustment"]);
        let wanted = match reason {
            "" => (balance_before != 0).then(first),
            reason => Some(json!([ending - balance_before, ending, reason])),
        };
        assert_eq!(newest, wanted, "{what}");
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
    assert_eq!(told(&mut talk), ["customer.created", "customer.updated"]);
}

#[test]
fn what_is_left_of_a_canceled_subscription_is_given_back_where_that_is_asked_for() {
    // What is said; then the balance, what waits for an invoice, and the total of the latest one.
    for (said, wanted) in [
        ("", json!([0, null, 1200])),
        ("prorate=true", json!([0, -619, 1200])),
        ("invoice_now=true", json!([0, null, 1200])),
        ("prorate=true&invoice_now=true", json!([-619, null, -619])),
    ] {
        let mut talk = Talk::default();
        let made = begun(&mut talk, "pm_card_visa", "");
        talk.later = 15 * 86_400;
        let path = format!("DELETE /v1/subscriptions/{}", id(&made));
        let now = talk.done(&format!("{path}?{said}"), "");
        assert_eq!(now["status"], "canceled", "{said}");
        let waiting =
            talk.done("GET /v1/invoiceitems?pending=true", "")["data"][0]["amount"].clone();
        let latest = format!("GET /v1/invoices/{}", now["latest_invoice"].as_str().unwrap());
        let total = talk.done(&latest, "")["total"].clone();
        let owed = balance(&mut talk, made["customer"].as_str().unwrap());
        assert_eq!(json!([owed, waiting, total]), wanted, "{said}");
    }
}

#[test]
fn what_an_invoice_took_is_given_back_whoever_voids_it() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let payer = made["customer"].as_str().unwrap();
    let path = format!("POST /v1/customers/{payer}/balance_transactions");
    talk.done(&path, "amount=-700&currency=usd");
    let method = "POST /v1/payment_methods/pm_card_chargeCustomerFail/attach";
    let method = talk.done(method, &format!("customer={payer}"));
    let dear = monthly(&mut talk, 3000);
    let body = format!(
        "items[0][id]={}&items[0][price]={dear}&proration_behavior=always_invoice&\
         payment_behavior=pending_if_incomplete",
        id(&made["items"]["data"][0])
    );
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    talk.done(&path, &format!("default_payment_method={}", id(&method)));
    let now = talk.done(&path, &body);
    assert!(now["pending_update"].is_object(), "{now}");
    assert_eq!(balance(&mut talk, payer), 0);
    talk.done(&format!("DELETE /v1/subscriptions/{}", id(&made)), "");
    assert_eq!(balance(&mut talk, payer), -700);
}

#[test]
fn a_draft_starts_with_the_balance_of_now_and_nobody_s_balance_holds_time_up() {
    let mut talk = Talk::default();
    let payer = customer(&mut talk, 0);
    let item = |amount: i64| format!("customer={payer}&amount={amount}&currency=usd");
    let include = format!("customer={payer}&pending_invoice_items_behavior=include");
    talk.done("POST /v1/invoiceitems", &item(2000));
    let draft = talk.done("POST /v1/invoices", &format!("{include}&auto_advance=false"));
    let path = format!("POST /v1/customers/{payer}/balance_transactions");
    talk.done(&path, "amount=-500&currency=usd");
    let draft = talk.done(&format!("GET /v1/invoices/{}", id(&draft)), "");
    let parts = ["starting_balance", "amount_due", "ending_balance"];
    assert_eq!(json!(parts.map(|name| draft[name].clone())), json!([-500, 1500, null]));

    talk.done("POST /v1/invoiceitems", &item(-900));
    let draft = talk.done("POST /v1/invoices", &format!("{include}&auto_advance=true"));
    talk.done(&format!("DELETE /v1/customers/{payer}"), "");
    after(&mut talk, &["2h"]);
    let paid = talk.done(&format!("GET /v1/invoices/{}", id(&draft)), "");
    assert_eq!((&paid["status"], &paid["amount_due"]), (&json!("paid"), &json!(0)));
}

#[test]
fn a_transaction_of_another_customer_is_not_there() {
    let mut talk = Talk::default();
    let (one, other) = (customer(&mut talk, -300), customer(&mut talk, 0));
    let list = talk.done(&format!("GET /v1/customers/{one}/balance_transactions"), "");
    let path = format!("POST /v1/customers/{other}/balance_transactions/{}", id(&list["data"][0]));
    let wanted = (404, "resource_missing", "id", "No such");
    talk.refused((&path, "metadata[a]=b"), wanted);
}

#[test]
fn a_free_session_of_a_customer_who_owes_is_not_completed() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "");
    let payer = body.split('&').next().unwrap();
    let path = format!("POST /v1/customers/{}/balance_transactions", &payer[9..]);
    talk.done(&path, "amount=200&currency=usd");
    talk.done("POST /v1/coupons", "id=all&percent_off=100&duration=once");
    let body = format!(
        "mode=subscription&{payer}&line_items[0][price]={price}&line_items[0][quantity]=1&\
         discounts[0][coupon]=all&success_url=https%3A%2F%2Fa.example"
    );
    let session = talk.done("POST /v1/checkout/sessions", &body);
    let answer = CustomerAnswer { id: id(&session).to_owned(), decline: None };
    let refused = talk.api.complete(&answer, NOW).unwrap_err();
    assert!(refused.contains("has a balance"), "{refused}");
    assert_eq!(balance(&mut talk, &payer[9..]), 200);
}
