//! Coupons of subscriptions: for how long they count, and how they come and go.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::time::{NOW, after, begun, served};
use super::*;

fn coupon(talk: &mut Talk, id: &str, more: &str) {
    talk.done("POST /v1/coupons", &format!("id={id}&percent_off=25&{more}"));
}

/// What the invoices of a subscription come to, the oldest first.
fn totals(talk: &mut Talk, made: &Value) -> Vec<i64> {
    let list = talk.done(&format!("GET /v1/invoices?subscription={}", id(made)), "");
    let all = list["data"].as_array().unwrap().iter().rev();
    all.map(|invoice| invoice["total"].as_i64().unwrap()).collect()
}

#[test]
fn a_coupon_counts_for_as_long_as_it_says() {
    for (more, wanted) in [
        ("duration=once", [900, 1200, 1200, 1200]),
        ("duration=repeating&duration_in_months=1", [900, 1200, 1200, 1200]),
        ("duration=repeating&duration_in_months=3", [900, 900, 900, 1200]),
        ("duration=forever", [900, 900, 900, 900]),
        ("duration=forever&duration_in_months=2", [900, 900, 900, 900]),
    ] {
        let mut talk = Talk::default();
        coupon(&mut talk, "off", more);
        let made = begun(&mut talk, "pm_card_visa", "discounts[0][coupon]=off");
        after(&mut talk, &["3mo"]);
        assert_eq!(totals(&mut talk, &made), wanted, "{more}");
    }
}

#[test]
fn a_discount_says_when_it_ends() {
    let mut talk = Talk::default();
    coupon(&mut talk, "off", "duration=repeating&duration_in_months=2");
    let more = "discounts[0][coupon]=off&expand[]=discounts";
    let made = begun(&mut talk, "pm_card_visa", more);
    let discount = &made["discounts"][0];
    assert_eq!((&discount["start"], &discount["end"]), (&json!(NOW), &json!(NOW + 61 * 86_400)));
}

#[test]
fn a_subscription_gets_a_coupon_later_and_loses_it() {
    let mut talk = Talk::default();
    coupon(&mut talk, "off", "duration=forever");
    let made = begun(&mut talk, "pm_card_visa", "");
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    let now = talk.done(&path, "discounts[0][coupon]=off");
    let discount = now["discounts"][0].as_str().unwrap().to_owned();
    assert!(discount.starts_with("di_"), "{discount}");
    let kept = talk.done(&path, &format!("discounts[0][discount]={discount}"));
    assert_eq!(kept["discounts"], json!([discount]));
    after(&mut talk, &["1mo"]);
    assert_eq!(talk.done(&path, "discounts=")["discounts"], json!([]));
    after(&mut talk, &["1mo"]);
    assert_eq!(totals(&mut talk, &made), [1200, 900, 1200]);
    assert_eq!(served(&mut talk, &made)["discounts"], json!([]));
    let body = "discounts[0][coupon]=none";
    let wanted = (400, "resource_missing", "discounts[0][coupon]", "No such coupon: 'none'");
    talk.refused((&path, body), wanted);
}
