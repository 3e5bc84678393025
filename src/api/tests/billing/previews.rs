//! Previews say what the call itself would bill, and leave nothing behind.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, ready, told};
use super::time::{NOW, after, begun, served};
use super::*;

const PREVIEW: &str = "POST /v1/invoices/create_preview";
const DAY: i64 = 24 * 60 * 60;

fn latest(talk: &mut Talk, made: &Value) -> Value {
    let id = served(talk, made)["latest_invoice"].as_str().unwrap().to_owned();
    talk.done(&format!("GET /v1/invoices/{id}"), "")
}

/// The amounts of an invoice, and of its lines.
fn amounts(invoice: &Value) -> Value {
    let lines = invoice["lines"]["data"].as_array().unwrap();
    let line = |line: &Value| json!([line["amount"], line["period"], line["description"]]);
    json!([invoice["total"], invoice["currency"], lines.iter().map(line).collect::<Vec<_>>()])
}

#[test]
fn the_next_invoice_of_a_subscription_is_what_its_renewal_bills() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let count = told(&mut talk).len();
    let preview = talk.done(PREVIEW, &format!("subscription={}", id(&made)));
    assert_eq!(told(&mut talk).len(), count);
    let (next, reason) = (NOW + 31 * DAY, json!("upcoming"));
    let parts = ["created", "period_start", "period_end", "next_payment_attempt", "billing_reason"];
    let wanted = [json!(next), json!(NOW), json!(next), json!(next + 3600), reason];
    assert_eq!(parts.map(|name| preview[name].clone()), wanted);
    assert_eq!(preview["parent"]["subscription_details"]["subscription"], made["id"]);
    assert_eq!(unknown("invoice", &preview), BTreeSet::new());
    after(&mut talk, &["1mo"]);
    assert_eq!(amounts(&preview), amounts(&latest(&mut talk, &made)));
}

#[test]
fn a_change_costs_what_its_preview_says() {
    for (behavior, is_billed_now) in [("create_prorations", false), ("always_invoice", true)] {
        let mut talk = Talk::default();
        let made = begun(&mut talk, "pm_card_visa", "");
        talk.later = 10 * DAY;
        let (item, dearer) = (&made["items"]["data"][0], monthly(&mut talk, 3000));
        let change = format!("items[0][id]={}&items[0][price]={dearer}", id(item));
        let details = change.replace("items[0]", "subscription_details[items][0]");
        let preview = talk.done(
            PREVIEW,
            &format!(
                "subscription={}&{details}&subscription_details[proration_behavior]={behavior}",
                id(&made)
            ),
        );
        assert_eq!(
            served(&mut talk, &made)["items"]["data"][0]["price"]["id"],
            item["price"]["id"]
        );
        let path = format!("POST /v1/subscriptions/{}", id(&made));
        talk.done(&path, &format!("{change}&proration_behavior={behavior}"));
        if !is_billed_now {
            after(&mut talk, &["1mo"]);
        }
        let billed = latest(&mut talk, &made);
        assert_eq!(amounts(&preview), amounts(&billed), "{behavior}");
        assert_ne!(billed["total"], 1200, "{behavior}");
    }
}

#[test]
fn a_change_of_the_interval_costs_what_its_preview_says() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    talk.later = 10 * DAY;
    let body = "currency=usd&unit_amount=12000&recurring[interval]=year&product_data[name]=Year";
    let yearly = id(&talk.done("POST /v1/prices", body)).to_owned();
    let item = id(&made["items"]["data"][0]).to_owned();
    let change = format!("items[0][id]={item}&items[0][price]={yearly}");
    let details = change.replace("items[0]", "subscription_details[items][0]");
    let preview = talk.done(PREVIEW, &format!("subscription={}&{details}", id(&made)));
    talk.done(&format!("POST /v1/subscriptions/{}", id(&made)), &change);
    assert_eq!(amounts(&preview), amounts(&latest(&mut talk, &made)));
}

#[test]
fn a_subscription_that_would_begin_costs_what_its_preview_says() {
    for more in ["", "&discounts[0][coupon]=half", "&TRIAL"] {
        let mut talk = Talk::default();
        talk.done("POST /v1/coupons", "id=half&percent_off=50&duration=once");
        let (price, body) = ready(&mut talk, "pm_card_visa");
        let customer = body.split('&').next().unwrap();
        let trial = format!("trial_end={}", NOW + 5 * DAY);
        let of_preview = more
            .replace("TRIAL", &format!("subscription_details[{}", trial.replacen('=', "]=", 1)));
        let details = format!("subscription_details[items][0][price]={price}{of_preview}");
        let preview = talk.done(PREVIEW, &format!("{customer}&{details}"));
        assert_eq!(preview["parent"]["subscription_details"]["subscription"], json!(null));
        assert_eq!(talk.done("GET /v1/subscriptions", "")["data"], json!([]));
        let made = talk
            .done("POST /v1/subscriptions", &format!("{body}{}", more.replace("TRIAL", &trial)));
        assert_eq!(amounts(&preview), amounts(&latest(&mut talk, &made)), "{more}");
    }
}

#[test]
fn what_ends_has_no_invoice_to_come() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    talk.done(&format!("POST /v1/subscriptions/{}", id(&made)), "cancel_at_period_end=true");
    let customer = made["customer"].as_str().unwrap();
    assert!(customer.starts_with("cus_"));
    let body = format!("subscription={}", id(&made));
    talk.refused(
        (PREVIEW, &body),
        (404, "invoice_upcoming_none", "", "No upcoming invoices for customer: cus_"),
    );
    let body = "subscription=sub_none";
    talk.refused(
        (PREVIEW, body),
        (400, "resource_missing", "subscription", "No such subscription"),
    );
}

#[test]
fn a_customer_s_next_invoice_is_that_of_the_subscription_whose_period_ends_first() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let customer = made["customer"].as_str().unwrap();
    let of_customer = talk.done(PREVIEW, &format!("customer={customer}"));
    let of_subscription = talk.done(PREVIEW, &format!("subscription={}", id(&made)));
    assert_eq!(amounts(&of_customer), amounts(&of_subscription));
    let other = id(&talk.done("POST /v1/customers", "")).to_owned();
    let wanted = (404, "invoice_upcoming_none", "", "No upcoming invoices for customer: cus_");
    talk.refused((PREVIEW, &format!("customer={other}")), wanted);
}

#[test]
fn what_will_not_be_billed_is_not_to_come() {
    let cancels = format!("cancel_at={}", NOW + 9 * DAY);
    let stops = "trial_settings[end_behavior][missing_payment_method]=cancel&trial_period_days=5";
    for (card, at_first, then) in [
        ("pm_card_visa", "", cancels.as_str()),
        ("", stops, ""),
        ("", "payment_behavior=default_incomplete", ""),
    ] {
        let mut talk = Talk::default();
        let made = begun(&mut talk, card, at_first);
        talk.done(&format!("POST /v1/subscriptions/{}", id(&made)), then);
        let body = format!("subscription={}", id(&made));
        talk.refused((PREVIEW, &body), (404, "invoice_upcoming_none", "", "No upcoming"));
    }
}

#[test]
fn what_a_preview_does_not_look_at_is_refused() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", "");
    let body = format!("subscription={}", id(&made));
    for more in ["currency=eur", "subscription_details[trial_end]=now", "discounts[0][coupon]=a"] {
        let wanted = (400, "devtool_not_served", "", "a preview");
        talk.refused((PREVIEW, &format!("{body}&{more}")), wanted);
    }
}

#[test]
fn a_period_without_end_is_previewed() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "pm_card_visa", &format!("trial_end={}", i64::MAX - 1));
    let preview = talk.done(PREVIEW, &format!("subscription={}", id(&made)));
    assert_eq!(preview["next_payment_attempt"], i64::MAX);
}
