//! Subscriptions that change what they cost: other intervals, discounts, changes that wait for their payment.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, ready};
use super::time::{NOW, after, pay_by, served};
use super::*;

const DAY: i64 = 24 * 60 * 60;
/// From 2026-10-14 on.
const MONTH: i64 = 31 * DAY;
const UPDATED: &str = "customer.subscription.updated";

fn begun(talk: &mut Talk, amount: i64, more: &str) -> Value {
    let (_, body) = ready(talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap().to_owned();
    let price = monthly(talk, amount);
    talk.done("POST /v1/subscriptions", &format!("{customer}&items[0][price]={price}&{more}"))
}

fn price(talk: &mut Talk, amount: i64, more: &str) -> String {
    let body = format!("currency=usd&unit_amount={amount}&product_data[name]=Membership&{more}");
    id(&talk.done("POST /v1/prices", &body)).to_owned()
}

fn yearly(talk: &mut Talk, amount: i64) -> String {
    price(talk, amount, "recurring[interval]=year")
}

/// Puts another price on the only item.
fn change(talk: &mut Talk, made: &Value, price: &str, more: &str) -> (u16, Value) {
    let item = id(&made["items"]["data"][0]);
    let body = format!("items[0][id]={item}&items[0][price]={price}&{more}");
    talk.ask(&format!("POST /v1/subscriptions/{}", id(made)), &body)
}

fn invoice(talk: &mut Talk, subscription: &Value) -> Value {
    let id = subscription["latest_invoice"].as_str().unwrap();
    talk.done(&format!("GET /v1/invoices/{id}"), "")
}

#[test]
fn another_interval_begins_a_period_that_is_charged_at_once() {
    for (behavior, total) in [("", 10_000 - 600), ("proration_behavior=none", 10_000)] {
        let mut talk = Talk::default();
        let made = begun(&mut talk, 1200, "");
        let price = yearly(&mut talk, 10_000);
        talk.later = MONTH / 2;
        let (status, now) = change(&mut talk, &made, &price, behavior);
        assert_eq!(status, 200, "{now}");
        let item = &now["items"]["data"][0];
        let start = NOW + MONTH / 2;
        assert_eq!(
            ["current_period_start", "current_period_end"].map(|name| item[name].clone()),
            [json!(start), json!(start + 365 * DAY)]
        );
        assert_eq!(
            (&now["billing_cycle_anchor"], &now["status"]),
            (&json!(start), &json!("active"))
        );
        let path = format!("GET /v1/subscription_items/{}", id(item));
        assert_eq!(talk.done(&path, ""), *item);
        let invoice = invoice(&mut talk, &now);
        let parts = ["total", "status", "billing_reason"].map(|name| invoice[name].clone());
        assert_eq!(parts, [json!(total), json!("paid"), json!("subscription_update")]);
    }
}

#[test]
fn another_interval_while_nothing_is_billed_waits_for_that() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, 1200, "trial_period_days=14");
    let price = yearly(&mut talk, 10_000);
    let (status, now) = change(&mut talk, &made, &price, "");
    assert_eq!((status, &now["status"]), (200, &json!("trialing")));
    assert_eq!(now["items"]["data"][0]["current_period_end"], NOW + 14 * DAY);
    assert_eq!(now["latest_invoice"], made["latest_invoice"]);
    after(&mut talk, &["14d 1h"]);
    let now = served(&mut talk, &made);
    assert_eq!(now["items"]["data"][0]["current_period_end"], NOW + (14 + 365) * DAY);
    assert_eq!(invoice(&mut talk, &now)["amount_paid"], 10_000);
}

#[test]
fn a_shorter_interval_gives_the_rest_back_to_the_balance() {
    let mut talk = Talk::default();
    let year = yearly(&mut talk, 10_000);
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let made = talk.done("POST /v1/subscriptions", &format!("{customer}&items[0][price]={year}"));
    let month = monthly(&mut talk, 1200);
    let (status, now) = change(&mut talk, &made, &month, "");
    assert_eq!((status, &now["status"]), (200, &json!("active")));
    let invoice = invoice(&mut talk, &now);
    let parts = ["total", "amount_due", "status"].map(|name| invoice[name].clone());
    assert_eq!(parts, [json!(-8800), json!(0), json!("paid")]);
    let payer = talk.done(&format!("GET /v1/customers/{}", now["customer"].as_str().unwrap()), "");
    assert_eq!(payer["balance"], -8800);
}

#[test]
fn a_coupon_counts_in_prorations() {
    // The coupon, and what is given back and charged for half a month of 10.00 and then 20.00.
    for (coupon, mode, wanted) in [
        ("percent_off=50&duration=forever", "flexible", [-250, 500]),
        ("percent_off=50&duration=forever", "classic", [-250, 500]),
        ("percent_off=50&duration=once", "flexible", [-250, 1000]),
        ("percent_off=50&duration=once", "classic", [-250, 1000]),
        ("amount_off=200&currency=usd&duration=forever", "flexible", [-400, 900]),
        ("amount_off=200&currency=usd&duration=forever", "classic", [-400, 900]),
        ("amount_off=200&currency=usd&duration=once", "flexible", [-400, 1000]),
    ] {
        let mut talk = Talk::default();
        talk.done("POST /v1/coupons", &format!("id=half&{coupon}"));
        let more = format!("discounts[0][coupon]=half&billing_mode[type]={mode}");
        let made = begun(&mut talk, 1000, &more);
        let price = monthly(&mut talk, 2000);
        talk.later = MONTH / 2;
        let (status, now) = change(&mut talk, &made, &price, "proration_behavior=always_invoice");
        assert_eq!(status, 200, "{now}");
        let invoice = invoice(&mut talk, &now);
        let lines = invoice["lines"]["data"].as_array().unwrap();
        let amounts: Vec<&Value> = lines.iter().map(|line| &line["amount"]).collect();
        assert_eq!(amounts, [&json!(wanted[0]), &json!(wanted[1])], "{coupon} {mode}");
        assert_eq!(invoice["total"], wanted.iter().sum::<i64>(), "{coupon} {mode}");
    }
}

#[test]
fn of_several_items_a_coupon_of_an_amount_is_not_prorated() {
    let mut talk = Talk::default();
    talk.done("POST /v1/coupons", "id=off&amount_off=100&currency=usd&duration=forever");
    let other = monthly(&mut talk, 500);
    let made = begun(&mut talk, 1000, &format!("discounts[0][coupon]=off&items[1][price]={other}"));
    let price = monthly(&mut talk, 2000);
    let (status, refused) = change(&mut talk, &made, &price, "");
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("devtool_not_served")));
}

#[test]
fn packages_are_billed_and_prorated_in_place_of_a_quantity() {
    let mut talk = Talk::default();
    let body = "currency=usd&unit_amount=1000&recurring[interval]=month&product_data[name]=Seats&\
                transform_quantity[divide_by]=5&transform_quantity[round]=up";
    let price = talk.done("POST /v1/prices", body);
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let body = format!("{customer}&items[0][price]={}&items[0][quantity]=7", id(&price));
    let made = talk.done("POST /v1/subscriptions", &body);
    let first = invoice(&mut talk, &made);
    let line = &first["lines"]["data"][0];
    assert_eq!((&line["amount"], &line["quantity"]), (&json!(2000), &json!(7)));
    talk.later = MONTH / 2;
    let item = id(&made["items"]["data"][0]).to_owned();
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    let more =
        format!("items[0][id]={item}&items[0][quantity]=11&proration_behavior=always_invoice");
    let now = talk.done(&path, &more);
    assert_eq!(invoice(&mut talk, &now)["total"], 500);
}

/// A change that waits, since the card is declined.
fn waiting(talk: &mut Talk) -> (Value, Value) {
    let made = begun(talk, 1000, "");
    pay_by(talk, &made, "pm_card_chargeCustomerFail");
    let price = monthly(talk, 3000);
    let more = "proration_behavior=always_invoice&payment_behavior=pending_if_incomplete";
    let (status, now) = change(talk, &made, &price, more);
    assert_eq!(status, 200, "{now}");
    (made, now)
}

#[test]
fn a_change_that_is_paid_happens_at_once() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, 1000, "");
    let price = monthly(&mut talk, 3000);
    let more = "proration_behavior=always_invoice&payment_behavior=pending_if_incomplete";
    let (_, now) = change(&mut talk, &made, &price, more);
    assert_eq!((&now["plan"]["id"], &now["pending_update"]), (&json!(price), &Value::Null));
    assert_eq!(invoice(&mut talk, &now)["amount_paid"], 2000);
    assert_eq!(talk.events().last().unwrap(), UPDATED);
}

#[test]
fn a_change_waits_for_its_payment() {
    let mut talk = Talk::default();
    let (made, now) = waiting(&mut talk);
    assert_eq!((&now["status"], &now["plan"]), (&json!("active"), &made["plan"]));
    let pending = &now["pending_update"];
    assert_eq!(pending["expires_at"], NOW + 23 * 60 * 60);
    assert_eq!(pending["subscription_items"][0]["price"]["unit_amount"], 3000);
    let open = invoice(&mut talk, &now);
    assert_eq!((&open["status"], &open["total"]), (&json!("open"), &json!(2000)));
    let count = talk.events().len();
    let pay = format!("POST /v1/invoices/{}/pay", id(&open));
    talk.done(&pay, "payment_method=pm_card_visa");
    let told = talk.events().split_off(count);
    let applied = "customer.subscription.pending_update_applied";
    assert_eq!(told[told.len() - 3..], [UPDATED, applied, "invoice_payment.paid"]);
    let now = served(&mut talk, &made);
    assert_eq!((&now["pending_update"], &now["status"]), (&Value::Null, &json!("active")));
    assert_eq!(now["items"]["data"][0]["price"]["unit_amount"], 3000);
    let path = format!("GET /v1/subscription_items/{}", id(&now["items"]["data"][0]));
    assert_eq!(talk.done(&path, ""), now["items"]["data"][0]);
}

#[test]
fn a_change_that_nobody_pays_is_dropped() {
    let expired = "customer.subscription.pending_update_expired";
    let mut talk = Talk::default();
    let (made, waits) = waiting(&mut talk);
    assert_eq!(after(&mut talk, &["22h"]), [""; 0]);
    let told = after(&mut talk, &["1h"]);
    assert_eq!(told, [expired, "invoice.voided", "payment_intent.canceled"]);
    let now = served(&mut talk, &made);
    assert_eq!((&now["pending_update"], &now["items"]), (&Value::Null, &made["items"]));
    assert_eq!(now["status"], "active");
    // So is one whose invoice is voided, and one that another takes the place of.
    for is_voided in [true, false] {
        let mut talk = Talk::default();
        let (made, waits) = waiting(&mut talk);
        if is_voided {
            let open = waits["latest_invoice"].as_str().unwrap();
            talk.done(&format!("POST /v1/invoices/{open}/void"), "");
        } else {
            let price = monthly(&mut talk, 500);
            let (_, now) = change(&mut talk, &made, &price, "proration_behavior=none");
            assert_eq!(now["plan"]["amount"], 500);
        }
        let now = served(&mut talk, &made);
        assert_eq!(now["pending_update"], Value::Null, "{is_voided}");
        assert_eq!(invoice(&mut talk, &waits)["status"], "void", "{is_voided}");
        assert_eq!(now["items"] == made["items"], is_voided);
    }
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    let body = "items[0][price]=x&payment_behavior=pending_if_incomplete&description=a";
    talk.refused((&path, body), (400, "", "description", "pending_if_incomplete"));
    assert!(waits["pending_update"].is_object());
}

#[test]
fn a_change_that_waits_is_dropped_with_the_subscription() {
    let deleted = "customer.subscription.deleted";
    let mut talk = Talk::default();
    let (made, waits) = waiting(&mut talk);
    let count = talk.events().len();
    talk.done(&format!("DELETE /v1/subscriptions/{}", id(&made)), "");
    let told = talk.events().split_off(count);
    assert_eq!(told, [deleted, "invoice.voided", "payment_intent.canceled"]);
    let now = served(&mut talk, &made);
    assert_eq!((&now["status"], &now["pending_update"]), (&json!("canceled"), &Value::Null));
    assert_eq!(invoice(&mut talk, &waits)["status"], "void");
    // Nothing is left to come due.
    assert_eq!(after(&mut talk, &["2d"]), [""; 0]);
    // The same where it ends at a time that was said.
    let mut talk = Talk::default();
    let (made, waits) = waiting(&mut talk);
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    let own = served(&mut talk, &made)["created"].as_i64().unwrap();
    assert!(own <= NOW && waits["pending_update"].is_object());
    talk.done(&path, &format!("cancel_at={}", NOW + 3600));
    let told = after(&mut talk, &["2h"]);
    let now = served(&mut talk, &made);
    assert_eq!(
        (&now["status"], &now["pending_update"]),
        (&json!("canceled"), &Value::Null),
        "{told:?}"
    );
    assert_eq!(invoice(&mut talk, &waits)["status"], "void");
}

#[test]
fn a_change_that_is_paid_ends_that_another_invoice_was_not() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, 1000, "");
    pay_by(&mut talk, &made, "pm_card_chargeCustomerFail");
    after(&mut talk, &["1mo 1h"]);
    assert_eq!(served(&mut talk, &made)["status"], "past_due");
    pay_by(&mut talk, &made, "pm_card_visa");
    talk.later = MONTH + 10 * DAY;
    let price = monthly(&mut talk, 3000);
    let more = "proration_behavior=always_invoice&payment_behavior=pending_if_incomplete";
    let (status, now) = change(&mut talk, &made, &price, more);
    assert_eq!(
        (status, &now["status"], &now["pending_update"]),
        (200, &json!("active"), &json!(null))
    );
    assert_eq!(invoice(&mut talk, &now)["status"], "paid");
}

#[test]
fn a_change_that_waits_takes_metadata_out() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, 1000, "metadata[old]=1&metadata[stays]=1");
    pay_by(&mut talk, &made, "pm_card_chargeCustomerFail");
    let price = monthly(&mut talk, 3000);
    let more = "proration_behavior=always_invoice&payment_behavior=pending_if_incomplete&\
                metadata[old]=&metadata[new]=2";
    let (_, now) = change(&mut talk, &made, &price, more);
    assert_eq!(now["metadata"], made["metadata"]);
    let open = now["latest_invoice"].as_str().unwrap();
    talk.done(&format!("POST /v1/invoices/{open}/pay"), "payment_method=pm_card_visa");
    assert_eq!(served(&mut talk, &made)["metadata"], json!({"new": "2", "stays": "1"}));
}

#[test]
fn a_period_of_the_users_that_ends_before_it_begins_costs_nothing_more() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, 1000, "");
    let price = monthly(&mut talk, 3000);
    let mut objects = talk.api.exported(0).0;
    let mut own = objects.iter_mut().filter(|own| own["id"] == made["id"]);
    own.next().unwrap()["items"]["data"][0]["current_period_start"] = json!(NOW + 2 * MONTH);
    let other = Api::new();
    let text = serde_json::to_vec(&objects).unwrap();
    other.take_in(crate::api::GivenObjects::parse(&text).unwrap()).unwrap();
    let mut talk = Talk::with(&other);
    let (status, now) = change(&mut talk, &made, &price, "");
    assert_eq!((status, &now["plan"]["id"]), (200, &json!(price)), "{now}");
    let items = talk.done("GET /v1/invoiceitems", "");
    let amounts = items["data"].as_array().unwrap().iter().map(|item| item["amount"].clone());
    assert_eq!(amounts.collect::<Vec<_>>(), [json!(0), json!(0)]);
}

#[test]
fn a_coupon_for_one_invoice_counts_once() {
    for mode in ["flexible", "classic"] {
        let mut talk = Talk::default();
        talk.done("POST /v1/coupons", "id=half&percent_off=50&duration=once");
        let more = format!("discounts[0][coupon]=half&billing_mode[type]={mode}");
        let made = begun(&mut talk, 1000, &more);
        talk.later = MONTH / 2;
        let mut amounts = Vec::new();
        for (amount, interval) in [(3000, "month"), (4000, "month"), (36_000, "year")] {
            let price = price(&mut talk, amount, &format!("recurring[interval]={interval}"));
            let behavior = "proration_behavior=always_invoice";
            let (status, now) = change(&mut talk, &made, &price, behavior);
            assert_eq!(status, 200, "{now}");
            amounts.push(invoice(&mut talk, &now)["total"].as_i64().unwrap());
        }
        assert_eq!(amounts, [1500 - 250, 2000 - 1500, 36_000 - 2000], "{mode}");
        assert_eq!(served(&mut talk, &made)["discounts"], json!([]), "{mode}");
    }
}

#[test]
fn what_is_given_back_is_what_was_charged_last_also_in_one_second_or_for_nothing() {
    for mode in ["flexible", "classic"] {
        let mut talk = Talk::default();
        let made = begun(&mut talk, 1000, &format!("billing_mode[type]={mode}"));
        for amount in [3000, 0, 5000] {
            let price = monthly(&mut talk, amount);
            let (status, now) = change(&mut talk, &made, &price, "");
            assert_eq!(status, 200, "{now}");
        }
        let items = talk.done("GET /v1/invoiceitems", "");
        let amounts = items["data"].as_array().unwrap().iter().rev();
        let amounts: Vec<i64> = amounts.map(|item| item["amount"].as_i64().unwrap()).collect();
        assert_eq!(amounts, [-1000, 3000, -3000, 0, 0, 5000], "{mode}");
    }
}

#[test]
fn a_new_anchor_begins_a_period_at_once_less_the_rest_of_the_old_one() {
    for (more, version, total) in [
        ("billing_cycle_anchor[type]=now", None, 600),
        ("billing_cycle_anchor[type]=now&proration_behavior=none", None, 1200),
        ("billing_cycle_anchor=now", Some("2024-06-20"), 600),
    ] {
        let mut talk = Talk::default();
        let made = begun(&mut talk, 1200, "");
        talk.later = MONTH / 2;
        talk.version = version.map(str::to_owned);
        let path = format!("POST /v1/subscriptions/{}", id(&made));
        talk.done(&path, more);
        talk.version = None;
        let now = served(&mut talk, &made);
        let (start, item) = (NOW + MONTH / 2, &now["items"]["data"][0]);
        assert_eq!(now["billing_cycle_anchor"], start, "{more}");
        assert_eq!(item["current_period_start"], start, "{more}");
        let invoice = invoice(&mut talk, &now);
        let parts = ["total", "status"].map(|name| invoice[name].clone());
        assert_eq!(parts, [json!(total), json!("paid")], "{more}");
    }
    let mut talk = Talk::default();
    let made = begun(&mut talk, 1200, "trial_period_days=14");
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    let message = "the anchor of a subscription that is not active";
    let wanted = (400, "devtool_not_served", "", message);
    talk.refused((&path, "billing_cycle_anchor[type]=now"), wanted);
}
