//! Subscriptions that change: other items, prorations to the second, pauses.

use serde_json::json;

use super::super::payments::scenario;
use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, ready, told};
use super::*;

const START: i64 = 1_792_000_000;
/// From 2026-10-14 on.
const MONTH: i64 = 31 * 24 * 60 * 60;

/// A subscription of so many of a price a month, and its only item.
fn begun(talk: &mut Talk, (amount, quantity): (i64, i64), more: &str) -> (Value, String) {
    let (_, body) = ready(talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap().to_owned();
    let price = monthly(talk, amount);
    let body = format!("{customer}&items[0][price]={price}&items[0][quantity]={quantity}&{more}");
    let made = talk.done("POST /v1/subscriptions", &body);
    let item = id(&made["items"]["data"][0]).to_owned();
    (made, item)
}

/// Changes the item at a second of its period.
fn change(talk: &mut Talk, made: &Value, body: &str, second: i64) -> (u16, Value) {
    let date = START + second;
    let path = format!("POST /v1/subscriptions/{}", id(made));
    talk.ask(&path, &format!("{body}&proration_date={date}"))
}

/// The amounts of what waits for the next invoice, the oldest first.
fn waiting(talk: &mut Talk) -> Vec<i64> {
    let list = talk.done("GET /v1/invoiceitems?pending=true&limit=100", "");
    let items = list["data"].as_array().unwrap().iter().rev();
    items.map(|item| item["amount"].as_i64().unwrap()).collect()
}

#[test]
fn an_upgrade_in_the_middle_of_a_month_is_told_as_by_the_scenario() {
    let mut talk = Talk::default();
    let (made, item) = begun(&mut talk, (1200, 1), "");
    let price = monthly(&mut talk, 3000);
    let count = told(&mut talk).len();
    let body = format!("items[0][id]={item}&items[0][price]={price}");
    let (status, now) = change(&mut talk, &made, &body, MONTH / 2);
    assert_eq!((status, &now["items"]["data"][0]["id"]), (200, &json!(item)));
    assert_eq!((&now["plan"]["id"], &now["quantity"]), (&json!(price), &json!(1)));
    assert_eq!(talk.done(&format!("GET /v1/subscription_items/{item}"), "")["price"]["id"], price);
    let lifecycle = scenario("subscription-lifecycle");
    let at = lifecycle.iter().position(|event| event == "invoiceitem.created").unwrap();
    assert_eq!(told(&mut talk)[count..], lifecycle[at..at + 3]);
    assert_eq!(waiting(&mut talk), [-600, 1500]);
    let items = talk.done("GET /v1/invoiceitems", "");
    let unused = &items["data"][1];
    assert_eq!(unused["description"], "Unused time on Membership after 30 Oct 2026");
    assert_eq!(unused["period"], json!({"end": START + MONTH, "start": START + MONTH / 2}));
    assert_eq!(unused["parent"]["subscription_details"]["subscription_item"], item);
    assert_eq!(unknown("invoiceitem", unused), BTreeSet::new());
}

#[test]
fn prorations_are_counted_to_the_second() {
    // The price and quantity before and after, the seconds into the month, and what is given back and charged.
    for (before, after, second, wanted) in [
        ((1000, 1), (2000, 1), 0, [-1000, 2000]),
        ((1000, 1), (2000, 1), MONTH / 2, [-500, 1000]),
        ((1000, 1), (2000, 1), MONTH, [0, 0]),
        ((1000, 1), (1000, 3), MONTH / 4, [-750, 2250]),
        ((1000, 3), (1000, 1), MONTH / 4, [-2250, 750]),
        ((999, 1), (1999, 1), 1, [-999, 1999]),
        ((999, 1), (1999, 1), 86_400, [-967, 1935]),
        ((26_784_000, 1), (1, 1), 7, [-26_783_930, 1]),
    ] {
        for mode in ["classic", "flexible"] {
            let mut talk = Talk::default();
            let (made, item) = begun(&mut talk, before, &format!("billing_mode[type]={mode}"));
            let price = monthly(&mut talk, after.0);
            let body = format!(
                "items[0][id]={item}&items[0][price]={price}&items[0][quantity]={}",
                after.1
            );
            let (status, answer) = change(&mut talk, &made, &body, second);
            assert_eq!(status, 200, "{answer}");
            assert_eq!(waiting(&mut talk), wanted, "{before:?} {after:?} {second} {mode}");
        }
    }
}

#[test]
fn flexible_billing_gives_back_of_what_was_charged_and_classic_of_the_price() {
    for (mode, credit) in [("flexible", -334), ("classic", -333)] {
        let mut talk = Talk::default();
        let (made, item) = begun(&mut talk, (600, 1), &format!("billing_mode[type]={mode}"));
        for (amount, second) in [(1000, MONTH / 3), (2000, MONTH / 3 * 2)] {
            let price = monthly(&mut talk, amount);
            let body = format!("items[0][id]={item}&items[0][price]={price}");
            assert_eq!(change(&mut talk, &made, &body, second).0, 200);
        }
        assert_eq!(waiting(&mut talk), [-400, 667, credit, 667], "{mode}");
    }
}

#[test]
fn a_change_can_be_invoiced_at_once_or_cost_nothing() {
    for (behavior, card, status, code) in [
        ("proration_behavior=always_invoice", "pm_card_visa", "active", ""),
        ("proration_behavior=none", "pm_card_visa", "active", ""),
        ("proration_behavior=always_invoice", "pm_card_chargeCustomerFail", "past_due", ""),
        (
            "proration_behavior=always_invoice&payment_behavior=error_if_incomplete",
            "pm_card_chargeCustomerFail",
            "active",
            "card_declined",
        ),
        (
            "proration_behavior=always_invoice&payment_behavior=default_incomplete",
            "pm_card_visa",
            "past_due",
            "",
        ),
    ] {
        let mut talk = Talk::default();
        let (made, item) = begun(&mut talk, (1000, 1), "");
        let path = format!("POST /v1/payment_methods/{card}/attach");
        let customer = made["customer"].as_str().unwrap();
        let method = talk.done(&path, &format!("customer={customer}"));
        let path = format!("POST /v1/subscriptions/{}", id(&made));
        talk.done(&path, &format!("default_payment_method={}", id(&method)));
        let price = monthly(&mut talk, 2000);
        let body = format!("items[0][id]={item}&items[0][price]={price}&{behavior}");
        let (_, answer) = change(&mut talk, &made, &body, MONTH / 2);
        assert_eq!(answer["error"]["code"].as_str().unwrap_or_default(), code, "{answer}");
        let now = talk.done(&format!("GET {}", path.replace("POST ", "")), "");
        assert_eq!(now["status"], status, "{behavior} {card}");
        let is_new = now["latest_invoice"] != made["latest_invoice"];
        assert_eq!(is_new, !behavior.ends_with("none") && code.is_empty(), "{behavior}");
        assert_eq!(waiting(&mut talk), [0_i64; 0], "{behavior}");
        if is_new {
            let path = format!("GET /v1/invoices/{}", now["latest_invoice"].as_str().unwrap());
            let invoice = talk.done(&path, "");
            assert_eq!(
                (&invoice["total"], &invoice["billing_reason"]),
                (&json!(500), &json!("subscription_update"))
            );
        }
    }
}

#[test]
fn items_are_added_changed_and_removed_by_themselves() {
    let mut talk = Talk::default();
    let (made, item) = begun(&mut talk, (1000, 1), "");
    let price = monthly(&mut talk, 500);
    let none = "proration_behavior=none";
    let body = format!("subscription={}&price={price}&quantity=2&{none}", id(&made));
    let added = talk.done("POST /v1/subscription_items", &body);
    assert_eq!((&added["quantity"], &added["price"]["id"]), (&json!(2), &json!(price)));
    let path = format!("/v1/subscription_items/{}", id(&added));
    let changed = talk.done(&format!("POST {path}"), &format!("quantity=5&metadata[a]=1&{none}"));
    assert_eq!((&changed["quantity"], &changed["metadata"]["a"]), (&json!(5), &json!("1")));
    let list = talk.done(&format!("GET /v1/subscription_items?subscription={}", id(&made)), "");
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    let now = talk.done(&format!("GET /v1/subscriptions/{}", id(&made)), "");
    assert_eq!((&now["items"]["total_count"], &now["plan"]), (&json!(2), &Value::Null));
    assert_eq!(now["items"]["data"][1]["quantity"], 5);
    let gone = talk.done(&format!("DELETE {path}?{none}"), "");
    assert_eq!(gone, json!({"id": added["id"], "object": "subscription_item", "deleted": true}));
    talk.refused(
        (&format!("DELETE /v1/subscription_items/{item}?{none}"), ""),
        (400, "", "items", "at least one active plan"),
    );
    assert_eq!(talk.events().last().unwrap(), "customer.subscription.updated");
    assert_eq!(waiting(&mut talk), [0_i64; 0]);
}

#[test]
fn the_quantity_changes_though_the_price_is_not_sold_any_more() {
    let mut talk = Talk::default();
    let (made, item) = begun(&mut talk, (1000, 1), "");
    let price = made["items"]["data"][0]["price"]["id"].as_str().unwrap();
    talk.done(&format!("POST /v1/prices/{price}"), "active=false");
    let body = format!("items[0][id]={item}&items[0][quantity]=2");
    assert_eq!(change(&mut talk, &made, &body, MONTH / 2).1["quantity"], 2);
    assert_eq!(waiting(&mut talk), [-500, 1000]);
    let body = format!("items[0][id]={item}&items[0][price]={price}&items[0][quantity]=3");
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    talk.refused((&path, &body), (400, "", "items[0][price]", "is inactive"));
    let sell = format!("line_items[0][price]={price}&line_items[0][quantity]=1");
    let body = format!("mode=subscription&success_url=https://a.example&{sell}");
    talk.refused(
        ("POST /v1/checkout/sessions", &body),
        (400, "", "line_items[0][price]", "is inactive"),
    );
}

#[test]
fn a_subscription_pauses_and_resumes_as_the_scenario_tells_it() {
    let mut talk = Talk::default();
    let (made, _) = begun(&mut talk, (1000, 1), "");
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    let count = talk.events().len();
    let paused = talk.done(&format!("{path}/pause"), "type=subscription");
    assert_eq!(paused["status"], "paused");
    assert_eq!(paused["status_details"]["paused"]["subscription"]["type"], "pause_requested");
    let resumed = talk.done(&format!("{path}/resume"), "");
    assert_eq!((&resumed["status"], &resumed["status_details"]), (&json!("active"), &Value::Null));
    assert_eq!(talk.events()[count..], scenario("subscription-pause"));
}

#[test]
fn what_is_to_end_with_its_period_ends_with_the_one_that_it_resumes_with() {
    let mut talk = Talk::default();
    let (made, _) = begun(&mut talk, (1000, 1), "cancel_at_period_end=true");
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    talk.done(&format!("{path}/pause"), "type=subscription");
    talk.later = 2 * MONTH;
    let resumed = talk.done(&format!("{path}/resume"), "");
    assert_eq!(resumed["items"]["data"][0]["current_period_start"], START + 2 * MONTH);
    assert_eq!(resumed["cancel_at"], resumed["items"]["data"][0]["current_period_end"]);
}

#[test]
fn a_classic_subscription_becomes_flexible() {
    let mut talk = Talk::default();
    let (made, _) = begun(&mut talk, (1000, 1), "billing_mode[type]=classic");
    assert_eq!(made["billing_mode"], json!({"flexible": null, "type": "classic"}));
    let path = format!("POST /v1/subscriptions/{}/migrate", id(&made));
    let now = talk.done(&path, "billing_mode[type]=flexible");
    assert_eq!(now["billing_mode"]["type"], "flexible");
    assert_eq!(talk.events().last().unwrap(), "customer.subscription.updated");
}
