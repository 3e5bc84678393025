//! Subscriptions whose first period goes to a second that their call says.

use serde_json::json;

use super::super::writes::{Refusal, Talk, id};
use super::subscriptions::{monthly, ready, told};
use super::time::{NOW, after, begun, served};
use super::*;

const DAY: i64 = 86_400;
const PAID: [&str; 11] = [
    "customer.updated",
    "customer.subscription.created",
    "invoice.created",
    "payment_intent.created",
    "invoice.finalized",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
];
const FREE: [&str; 6] = [
    "customer.updated",
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
];

fn latest(talk: &mut Talk, made: &Value) -> Value {
    let id = served(talk, made)["latest_invoice"].as_str().unwrap().to_owned();
    talk.done(&format!("GET /v1/invoices/{id}"), "")
}

#[test]
fn the_first_period_goes_to_the_anchor_and_costs_a_part() {
    // The seconds to the anchor, of a month of 31 days for 12.00; what else is said; the subtotal, the total, whether
    // that is a proration, and the events.
    for (ahead, more, subtotal, total, is_part, events) in [
        (10 * DAY, "", 387, 387, true, &PAID[..]),
        (10 * DAY, "&proration_behavior=create_prorations", 387, 387, true, &PAID),
        (31 * DAY / 2, "", 600, 600, true, &PAID),
        (31 * DAY - 1, "&items[0][quantity]=3000", 3_599_999, 3_599_999, true, &PAID),
        (1, "", 0, 0, true, &FREE),
        (31 * DAY, "", 1200, 1200, false, &PAID),
        (31 * DAY, "&proration_behavior=none", 1200, 1200, false, &PAID),
        (10 * DAY, "&discounts[0][coupon]=half", 387, 193, true, &PAID),
    ] {
        let mut talk = Talk::default();
        talk.done("POST /v1/coupons", "id=half&percent_off=50&duration=forever");
        let anchor = NOW + ahead;
        let (_, body) = ready(&mut talk, "pm_card_visa");
        let count = talk.events().len();
        let body = format!("{body}&billing_cycle_anchor={anchor}{more}");
        let made = talk.done("POST /v1/subscriptions", &body);
        let case = format!("{ahead} {more}");
        let mut told = talk.events().split_off(count);
        told.retain(|event| !event.contains("discount"));
        assert_eq!(told, events, "{case}");
        let item = &made["items"]["data"][0];
        let said = json!([
            made["status"],
            made["billing_cycle_anchor"],
            item["current_period_start"],
            item["current_period_end"],
        ]);
        assert_eq!(said, json!(["active", anchor, NOW, anchor]), "{case}");
        let invoice = latest(&mut talk, &made);
        let line = &invoice["lines"]["data"][0];
        let said = json!([
            invoice["billing_reason"],
            invoice["subtotal"],
            invoice["total"],
            line["period"],
            line["parent"]["subscription_item_details"]["proration"],
        ]);
        let period = json!({"end": anchor, "start": NOW});
        let wanted = json!(["subscription_create", subtotal, total, period, is_part]);
        assert_eq!(said, wanted, "{case}");
    }
}

#[test]
fn a_free_part_makes_no_invoice_and_leaves_the_coupon_to_the_first_one() {
    let mut talk = Talk::default();
    talk.done("POST /v1/coupons", "id=half&percent_off=50&duration=once");
    let free = format!("billing_cycle_anchor={}&proration_behavior=none", NOW + 10 * DAY);
    let made = begun(&mut talk, "pm_card_visa", &format!("{free}&discounts[0][coupon]=half"));
    let said = json!([made["status"], made["latest_invoice"], made["pending_setup_intent"]]);
    assert_eq!(said, json!(["active", null, null]));
    let events = told(&mut talk);
    let begin = events.iter().position(|event| event == "customer.subscription.created");
    assert_eq!(events[begin.unwrap()..], ["customer.subscription.created"]);
    let invoices = format!("GET /v1/invoices?subscription={}", id(&made));
    assert_eq!(talk.done(&invoices, "")["data"], json!([]));
    after(&mut talk, &["10d", "1h"]);
    let totals = talk.done(&invoices, "")["data"].clone();
    let totals: Vec<&Value> = totals.as_array().unwrap().iter().map(|own| &own["total"]).collect();
    assert_eq!(totals, [600]);
    after(&mut talk, &["31d", "1h"]);
    assert_eq!(latest(&mut talk, &made)["total"], 1200);
}

#[test]
fn a_free_part_is_invoiced_with_what_is_added_and_asks_for_a_card() {
    for (more, setup, wanted) in [
        ("&payment_behavior=default_incomplete", true, json!([])),
        (
            "&add_invoice_items[0][price_data][currency]=usd\
             &add_invoice_items[0][price_data][product]=prod_fee\
             &add_invoice_items[0][price_data][unit_amount]=500",
            false,
            json!([500]),
        ),
    ] {
        let mut talk = Talk::default();
        talk.done("POST /v1/products", "id=prod_fee&name=Fee");
        let free = format!("billing_cycle_anchor={}&proration_behavior=none", NOW + 10 * DAY);
        let made = begun(&mut talk, "pm_card_visa", &format!("{free}{more}"));
        assert_eq!(made["status"], "active");
        assert_eq!(made["pending_setup_intent"].is_string(), setup, "{more}");
        let list = talk.done(&format!("GET /v1/invoices?subscription={}", id(&made)), "");
        let totals = list["data"].as_array().unwrap().iter().map(|own| &own["total"]);
        assert_eq!(json!(totals.collect::<Vec<_>>()), wanted, "{more}");
    }
}

#[test]
fn from_the_anchor_on_whole_periods_are_billed() {
    for more in ["", "&proration_behavior=none"] {
        let mut talk = Talk::default();
        let anchor = NOW + 10 * DAY;
        let made =
            begun(&mut talk, "pm_card_visa", &format!("billing_cycle_anchor={anchor}{more}"));
        assert_eq!(after(&mut talk, &["9d"]), [""; 0]);
        after(&mut talk, &["1d", "1h"]);
        let now = served(&mut talk, &made);
        let item = &now["items"]["data"][0];
        let invoice = latest(&mut talk, &made);
        let said = json!([
            now["billing_cycle_anchor"],
            item["current_period_start"],
            item["current_period_end"],
            invoice["billing_reason"],
            invoice["status"],
            invoice["amount_paid"],
        ]);
        let end = anchor + 31 * DAY;
        let wanted = json!([anchor, anchor, end, "subscription_cycle", "paid", 1200]);
        assert_eq!(said, wanted, "{more}");
    }
}

#[test]
fn a_change_before_the_anchor_is_prorated_by_whole_periods() {
    // What is said at first, and what half of the ten days is worth: of what was, and of 30.00.
    for (more, wanted) in [
        ("", [-194, 484]),
        ("&proration_behavior=none", [0, 484]),
        ("&billing_mode[type]=classic", [-194, 484]),
    ] {
        let mut talk = Talk::default();
        let anchor = NOW + 10 * DAY;
        let made =
            begun(&mut talk, "pm_card_visa", &format!("billing_cycle_anchor={anchor}{more}"));
        talk.later = 5 * DAY;
        let (item, dearer) = (id(&made["items"]["data"][0]).to_owned(), monthly(&mut talk, 3000));
        let path = format!("POST /v1/subscriptions/{}", id(&made));
        talk.done(&path, &format!("items[0][id]={item}&items[0][price]={dearer}"));
        let path = format!("GET /v1/invoiceitems?customer={}", made["customer"].as_str().unwrap());
        let items = talk.done(&path, "")["data"].as_array().unwrap().clone();
        let amounts: Vec<&Value> = items.iter().rev().map(|item| &item["amount"]).collect();
        assert_eq!(json!(amounts), json!(wanted), "{more}");
    }
}

#[test]
fn anchors_that_no_period_can_go_to_are_refused() {
    let late = "later than next natural billing date (1794678400) for plan";
    for (more, wanted) in [
        ("billing_cycle_anchor=1700000000", (400, "", "billing_cycle_anchor", "in the future")),
        ("billing_cycle_anchor=1792000000", (400, "", "billing_cycle_anchor", "in the future")),
        ("billing_cycle_anchor=1794678401", (400, "", "billing_cycle_anchor", late)),
        (
            "billing_cycle_anchor=1792864000&trial_period_days=3",
            (400, "devtool_not_served", "", "beside a trial"),
        ),
    ] as [(&str, Refusal); 4]
    {
        let mut talk = Talk::default();
        let (_, body) = ready(&mut talk, "pm_card_visa");
        let before = told(&mut talk);
        talk.refused(("POST /v1/subscriptions", &format!("{body}&{more}")), wanted);
        assert_eq!(told(&mut talk), before, "{more}");
    }
}
