//! What else of a subscription changes: its end, its trial, and how it is paid.

use serde_json::json;

use super::super::writes::{Refusal, Talk, id};
use super::subscriptions::{ready, told};
use super::*;

const NOW: i64 = 1_792_000_000;
const DAY: i64 = 86_400;

fn subscribed(talk: &mut Talk, more: &str) -> String {
    let (_, body) = ready(talk, "pm_card_visa");
    let made = talk.done("POST /v1/subscriptions", &format!("{body}{more}"));
    format!("/v1/subscriptions/{}", id(&made))
}

#[test]
fn it_ends_at_a_time_or_not_after_all() {
    let mut talk = Talk::default();
    let path = subscribed(&mut talk, "");
    let before = told(&mut talk).len();
    let end = NOW + 10 * DAY;
    let ending = talk.done(&format!("POST {path}"), &format!("cancel_at={end}"));
    let fields = ["cancel_at", "canceled_at", "cancel_at_period_end"];
    assert_eq!(fields.map(|name| ending[name].clone()), [json!(end), json!(NOW), json!(false)]);
    assert_eq!(ending["cancellation_details"]["reason"], "cancellation_requested");
    let going = talk.done(&format!("POST {path}"), "cancel_at=");
    assert_eq!(fields.map(|name| going[name].clone()), [Value::Null, Value::Null, json!(false)]);
    assert_eq!(going["cancellation_details"]["reason"], Value::Null);
    assert_eq!(told(&mut talk)[before..], ["customer.subscription.updated"; 2]);
}

#[test]
fn how_it_is_paid_changes_with_the_days_to_pay() {
    let mut talk = Talk::default();
    let path = subscribed(&mut talk, "");
    let sent =
        talk.done(&format!("POST {path}"), "collection_method=send_invoice&days_until_due=14");
    assert_eq!(
        (&sent["collection_method"], &sent["days_until_due"]),
        (&json!("send_invoice"), &json!(14))
    );
    assert_eq!(talk.done(&format!("POST {path}"), "days_until_due=7")["days_until_due"], 7);
    let charged = talk.done(&format!("POST {path}"), "collection_method=charge_automatically");
    assert_eq!(charged["days_until_due"], Value::Null);
}

#[test]
fn a_trial_is_longer_or_over_at_once() {
    let mut talk = Talk::default();
    let path = subscribed(&mut talk, "&trial_period_days=7");
    let before = told(&mut talk).len();
    let end = NOW + 20 * DAY;
    let longer = talk.done(&format!("POST {path}"), &format!("trial_end={end}"));
    assert_eq!((&longer["trial_end"], &longer["billing_cycle_anchor"]), (&json!(end), &json!(end)));
    assert_eq!(longer["items"]["data"][0]["current_period_end"], end);
    assert_eq!(longer["status"], "trialing");
    talk.later = DAY;
    let over = talk.done(&format!("POST {path}"), "trial_end=now");
    assert_eq!((&over["status"], &over["trial_end"]), (&json!("active"), &json!(NOW + DAY)));
    let item = &over["items"]["data"][0];
    assert_eq!(item["current_period_start"], NOW + DAY);
    assert_eq!(item["current_period_end"], NOW + 32 * DAY);
    let invoice = format!("GET /v1/invoices/{}", over["latest_invoice"].as_str().unwrap());
    let invoice = talk.done(&invoice, "");
    let said = ["billing_reason", "status", "amount_paid"].map(|name| invoice[name].clone());
    assert_eq!(said, [json!("subscription_update"), json!("paid"), json!(1200)]);
    let events = told(&mut talk);
    let (updated, notice) =
        ("customer.subscription.updated", "customer.subscription.trial_will_end");
    assert_eq!(events[before..before + 4], [updated, updated, notice, "invoice.created"]);
    assert!(events.contains(&"invoice.paid".to_owned()), "{events:?}");
}

const REFUSED: &[(&str, Refusal)] = &[
    ("cancel_at=1700000000", (400, "", "cancel_at", "in the future")),
    ("cancel_at=1800000000&cancel_at_period_end=true", (400, "", "cancel_at", "only specify one")),
    ("cancel_at=min_period_end", (400, "devtool_not_served", "", "other than a time")),
    (
        "collection_method=send_invoice",
        (400, "", "days_until_due", "You must pass `days_until_due`"),
    ),
    ("days_until_due=3", (400, "devtool_not_served", "", "charged automatically")),
    ("trial_end=1700000000", (400, "", "trial_end", "in the future")),
];

#[test]
fn what_cannot_change_is_refused() {
    let mut talk = Talk::default();
    let path = subscribed(&mut talk, "");
    let before = talk.done(&format!("GET {path}"), "");
    for (body, wanted) in REFUSED {
        talk.refused((&format!("POST {path}"), body), *wanted);
    }
    assert_eq!(talk.done(&format!("GET {path}"), ""), before);
    let path = subscribed(&mut talk, "&trial_period_days=7");
    talk.refused(
        (&format!("POST {path}"), "trial_end=1700000000"),
        (400, "", "trial_end", "in the future"),
    );
}

#[test]
fn a_trial_that_begins_later_gives_the_rest_of_the_period_back() {
    // What is said besides, the total of the invoice, and the balance that it leaves.
    for (more, total, balance) in [
        ("", -600, -600),
        ("&proration_behavior=none", 0, 0),
        ("&proration_behavior=always_invoice", -600, -600),
        ("&items[0][quantity]=2", -600, -600),
    ] {
        let mut talk = Talk::default();
        let path = subscribed(&mut talk, "");
        let before = talk.done(&format!("GET {path}"), "");
        let item = id(&before["items"]["data"][0]).to_owned();
        let count = told(&mut talk).len();
        // Half of the month of 31 days is over.
        talk.later = 31 * DAY / 2;
        let (now, end) = (NOW + talk.later, NOW + 40 * DAY);
        let more = more.replace("&items[0]", &format!("&items[0][id]={item}&items[0]"));
        let tried = talk.done(&format!("POST {path}"), &format!("trial_end={end}{more}"));
        let fields = ["status", "trial_start", "trial_end", "billing_cycle_anchor"];
        let wanted = [json!("trialing"), json!(now), json!(end), json!(end)];
        assert_eq!(fields.map(|name| tried[name].clone()), wanted, "{more}");
        let item = &tried["items"]["data"][0];
        let period = ["current_period_start", "current_period_end"].map(|name| item[name].clone());
        assert_eq!(period, [json!(now), json!(end)], "{more}");
        let invoice = format!("GET /v1/invoices/{}", tried["latest_invoice"].as_str().unwrap());
        let invoice = talk.done(&invoice, "");
        let said = ["billing_reason", "status", "total"].map(|name| invoice[name].clone());
        assert_eq!(said, [json!("subscription_update"), json!("paid"), json!(total)], "{more}");
        let customer = tried["customer"].as_str().unwrap();
        let customer = talk.done(&format!("GET /v1/customers/{customer}"), "");
        assert_eq!(customer["balance"], balance, "{more}");
        let mut events = told(&mut talk).split_off(count);
        events.retain(|event| event != "customer.updated");
        let mut wanted = vec![
            "customer.subscription.updated",
            "invoice.created",
            "invoice.finalized",
            "invoice.paid",
            "invoice.payment_succeeded",
        ];
        if total < 0 {
            wanted.insert(0, "invoiceitem.created");
        }
        assert_eq!(events, wanted, "{more}");
        talk.api.advance("40d".parse().unwrap(), NOW).unwrap();
        let later = talk.done(&format!("GET {path}"), "");
        assert_eq!(later["status"], "active", "{more}");
    }
}

#[test]
fn a_trial_that_does_not_go_on_cannot_end_and_one_that_does_ends_with_a_change() {
    let mut talk = Talk::default();
    let path = subscribed(&mut talk, "");
    let before = talk.done(&format!("GET {path}"), "");
    assert_eq!(talk.done(&format!("POST {path}"), "trial_end=now"), before);
    let item = id(&before["items"]["data"][0]).to_owned();
    let body = format!("items[0][id]={item}&items[0][quantity]=2&trial_end=now");
    let changed = talk.done(&format!("POST {path}"), &body);
    assert_eq!((&changed["quantity"], &changed["trial_end"]), (&json!(2), &Value::Null));
    let path = subscribed(&mut talk, "&trial_period_days=7");
    let before = talk.done(&format!("GET {path}"), "");
    let item = id(&before["items"]["data"][0]).to_owned();
    let body = format!("items[0][id]={item}&items[0][quantity]=2&trial_end=now");
    let count = told(&mut talk).len();
    let changed = talk.done(&format!("POST {path}"), &body);
    let said = (&changed["status"], &changed["quantity"], &changed["trial_end"]);
    assert_eq!(said, (&json!("active"), &json!(2), &json!(NOW)));
    let invoice = format!("GET /v1/invoices/{}", changed["latest_invoice"].as_str().unwrap());
    assert_eq!(talk.done(&invoice, "")["amount_paid"], 2400);
    let events = told(&mut talk).split_off(count);
    let updated = events.iter().filter(|event| *event == "customer.subscription.updated").count();
    assert_eq!(updated, 1, "{events:?}");
}
