//! Subscriptions that began before their call.

use serde_json::json;

use super::super::writes::{Refusal, Talk, id};
use super::subscriptions::ready;
use super::time::{NOW, after};
use super::*;

const DAY: i64 = 86_400;
const PREVIEW: &str = "POST /v1/invoices/create_preview";

/// The total of an invoice, and of each line from when to when it is, in days from now, whether it is a proration, and
/// its amount.
fn billed(invoice: &Value) -> Value {
    let days = |second: &Value| (second.as_i64().unwrap() - NOW) / DAY;
    let line = |line: &Value| {
        let (start, end) = (days(&line["period"]["start"]), days(&line["period"]["end"]));
        let is_part = &line["parent"]["subscription_item_details"]["proration"];
        json!([start, end, is_part, line["amount"]])
    };
    let lines = invoice["lines"]["data"].as_array().unwrap().iter();
    json!([invoice["total"], lines.map(line).collect::<Vec<_>>()])
}

/// What is said besides the beginning, by the call and by a preview.
fn said(is_anchored: bool, is_classic: bool, more: &str) -> (String, String) {
    let (mut call, mut preview) = (more.to_owned(), more.to_owned());
    let mut say = |of_call: String, of_preview: &str| {
        call.push_str(&format!("&{of_call}"));
        preview.push_str(&format!("&subscription_details{of_preview}"));
    };
    if is_anchored {
        let anchor = NOW + 10 * DAY;
        say(
            format!("billing_cycle_anchor={anchor}"),
            &format!(
                "[billing_cycle_anchor][type]=timestamp\
                 &subscription_details[billing_cycle_anchor][timestamp]={anchor}"
            ),
        );
    }
    if is_classic {
        say("billing_mode[type]=classic".to_owned(), "[billing_mode][type]=classic");
    }
    (call, preview)
}

#[test]
fn what_has_passed_is_billed_with_the_first_invoice() {
    // Now is 2026-10-14, 45 days ago was 08-30, and a month costs 12.00.
    let half = "&discounts[0][coupon]=half";
    let months = json!([[-45, -30, true, 581], [-30, 0, false, 1200], [0, 31, false, 1200]]);
    for (is_anchored, is_classic, more, current, wanted) in [
        (false, false, "", [0, 31], json!([2981, months])),
        (false, false, half, [0, 31], json!([1490, months])),
        (
            true,
            false,
            "",
            [-20, 10],
            json!([2168, [[-45, -20, true, 968], [-20, 10, false, 1200]]]),
        ),
        (false, true, "", [0, 31], json!([2960, [[-45, 0, true, 1760], [0, 31, false, 1200]]])),
        (true, true, "", [-45, 10], json!([2160, [[-45, 10, true, 2160]]])),
    ] {
        let mut talk = Talk::default();
        talk.done("POST /v1/coupons", "id=half&percent_off=50&duration=once");
        let (price, body) = ready(&mut talk, "pm_card_visa");
        let start = NOW - 45 * DAY;
        let (of_call, of_preview) = said(is_anchored, is_classic, more);
        let preview = format!(
            "{}&subscription_details[items][0][price]={price}\
             &subscription_details[start_date]={start}{of_preview}",
            body.split('&').next().unwrap()
        );
        assert_eq!(billed(&talk.done(PREVIEW, &preview)), wanted, "preview of {of_call}");
        let call = format!("{body}&backdate_start_date={start}{of_call}&expand[]=latest_invoice");
        let made = talk.done("POST /v1/subscriptions", &call);
        assert_eq!(billed(&made["latest_invoice"]), wanted, "{of_call}");
        let item = &made["items"]["data"][0];
        let times = ["current_period_start", "current_period_end"].map(|name| &item[name]);
        let current = current.map(|days| json!(NOW + days * DAY));
        assert_eq!(times, [&current[0], &current[1]], "{of_call}");
        let found = ["status", "created", "start_date"].map(|name| &made[name]);
        assert_eq!(found, [&json!("active"), &json!(NOW), &json!(start)], "{of_call}");
        after(&mut talk, &["32d"]);
        let path = format!("GET /v1/invoices?subscription={}&limit=1", id(&made));
        assert_eq!(talk.done(&path, "")["data"][0]["total"], 1200, "{of_call}");
    }
}

#[test]
fn what_has_passed_may_be_free() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let (start, anchor) = (NOW - 45 * DAY, NOW + 10 * DAY);
    let free = format!(
        "{body}&backdate_start_date={start}&billing_cycle_anchor={anchor}&proration_behavior=none"
    );
    let made = talk.done("POST /v1/subscriptions", &free);
    assert_eq!((&made["start_date"], &made["latest_invoice"]), (&json!(start), &Value::Null));
    // A preview of such a subscription shows the first invoice that there will be.
    let customer = body.split('&').next().unwrap();
    let preview = format!(
        "{customer}&subscription_details[items][0][price]={price}\
         &subscription_details[billing_cycle_anchor][type]=timestamp\
         &subscription_details[billing_cycle_anchor][timestamp]={anchor}\
         &subscription_details[proration_behavior]=none"
    );
    let preview = billed(&talk.done(PREVIEW, &preview));
    assert_eq!(preview, json!([1200, [[10, 41, false, 1200]]]));
    after(&mut talk, &["10d"]);
    let path = format!("GET /v1/invoices?subscription={}", id(&made));
    assert_eq!(billed(&talk.done(&path, "")["data"][0]), preview);
}

#[test]
fn beginnings_that_cannot_be_are_refused() {
    let past = format!("backdate_start_date={}", NOW - DAY);
    for (more, wanted) in [
        (
            format!("backdate_start_date={}", NOW + 1),
            (400, "", "backdate_start_date", "must be in the past"),
        ),
        (format!("{past}&trial_period_days=3"), (400, "devtool_not_served", "", "beside a trial")),
        (
            format!("{past}&discounts[0][coupon]=some"),
            (400, "devtool_not_served", "", "a coupon for some months"),
        ),
        (
            "backdate_start_date=0".to_owned(),
            (400, "", "backdate_start_date", "more than 250 line items"),
        ),
    ] as [(String, Refusal); 4]
    {
        let mut talk = Talk::default();
        talk.done(
            "POST /v1/coupons",
            "id=some&percent_off=50&duration=repeating&duration_in_months=3",
        );
        let (_, body) = ready(&mut talk, "pm_card_visa");
        talk.refused(("POST /v1/subscriptions", &format!("{body}&{more}")), wanted);
    }
}
