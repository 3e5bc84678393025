//! What nobody does in time: money that is held and not captured, invoices that are sent and not paid, coupons that expire.

use serde_json::json;

use super::super::payments::scenario;
use super::super::writes::{Talk, id};
use super::subscriptions::{ready, told};
use super::time::{NOW, after, begun, served};
use super::*;

const DAY: i64 = 86_400;

#[test]
fn an_authorization_lapses_after_seven_days_as_the_scenario_tells_it() {
    let mut talk = Talk::default();
    let body = "amount=2000&currency=usd&allowed_payment_method_types[]=card&capture_method=manual\
                &confirm=true&payment_method=pm_card_visa";
    let held = talk.done("POST /v1/payment_intents", body);
    assert_eq!(after(&mut talk, &["167h"]), [""; 0]);
    after(&mut talk, &["1h"]);
    assert_eq!(told(&mut talk), scenario("payment-capture-expired"));
    let path = format!("GET /v1/payment_intents/{}?expand[]=latest_charge", id(&held));
    let now = talk.done(&path, "");
    let charge = &now["latest_charge"];
    let parts = [&now["status"], &now["amount_capturable"], &now["cancellation_reason"]];
    assert_eq!(parts, [&json!("canceled"), &json!(0), &Value::Null]);
    let parts = ["refunded", "captured", "amount_refunded", "status"].map(|name| &charge[name]);
    assert_eq!(parts, [&json!(true), &json!(false), &json!(2000), &json!("succeeded")]);
    let capture = format!("POST /v1/payment_intents/{}/capture", id(&held));
    let code = "payment_intent_unexpected_state";
    talk.refused((&capture, ""), (400, code, "", "has a status of canceled"));
    assert_eq!(after(&mut talk, &["1mo"]), [""; 0]);
    // What was captured or canceled in time does not.
    for deed in ["capture", "cancel"] {
        let held = talk.done("POST /v1/payment_intents", body);
        talk.done(&format!("POST /v1/payment_intents/{}/{deed}", id(&held)), "");
        assert_eq!(after(&mut talk, &["8d"]), [""; 0], "{deed}");
    }
}

#[test]
fn a_subscription_owes_when_its_invoice_is_not_paid_by_the_due_date() {
    let mut talk = Talk::default();
    let made = begun(&mut talk, "", "collection_method=send_invoice&days_until_due=5");
    let invoice = made["latest_invoice"].as_str().unwrap().to_owned();
    after(&mut talk, &["1h"]);
    let open = talk.done(&format!("GET /v1/invoices/{invoice}"), "");
    assert_eq!((&open["status"], &open["due_date"]), (&json!("open"), &json!(NOW + 5 * DAY)));
    assert_eq!(after(&mut talk, &["118h"]), [""; 0]);
    assert_eq!(served(&mut talk, &made)["status"], "active");
    assert_eq!(after(&mut talk, &["1h"]), ["customer.subscription.updated"]);
    assert_eq!(served(&mut talk, &made)["status"], "past_due");
    assert_eq!(after(&mut talk, &["10d"]), [""; 0]);
    talk.done(&format!("POST /v1/invoices/{invoice}/pay"), "paid_out_of_band=true");
    assert_eq!(served(&mut talk, &made)["status"], "active");
    // One that is paid in time never does.
    let mut talk = Talk::default();
    let made = begun(&mut talk, "", "collection_method=send_invoice&days_until_due=5");
    after(&mut talk, &["1h"]);
    let invoice = made["latest_invoice"].as_str().unwrap();
    talk.done(&format!("POST /v1/invoices/{invoice}/pay"), "paid_out_of_band=true");
    assert_eq!(after(&mut talk, &["10d"]), [""; 0]);
}

#[test]
fn what_has_expired_cannot_be_redeemed_and_says_so() {
    let mut talk = Talk::default();
    let body = format!("percent_off=10&duration=once&redeem_by={}", NOW + 2 * DAY);
    let coupon = id(&talk.done("POST /v1/coupons", &body)).to_owned();
    let promotion = format!("promotion[type]=coupon&promotion[coupon]={coupon}");
    let mut codes = Vec::new();
    for more in [String::new(), format!("&expires_at={}", NOW + DAY)] {
        let made = talk.done("POST /v1/promotion_codes", &format!("{promotion}{more}"));
        codes.push(format!("GET /v1/promotion_codes/{}", id(&made)));
    }
    let seen = |talk: &mut Talk| {
        let valid = talk.done(&format!("GET /v1/coupons/{coupon}"), "")["valid"].clone();
        let active = codes.iter().map(|code| talk.done(code, "")["active"].clone());
        (valid, active.collect::<Vec<_>>())
    };
    assert_eq!(after(&mut talk, &["23h"]), [""; 0]);
    assert_eq!(seen(&mut talk), (json!(true), vec![json!(true), json!(true)]));
    assert_eq!(after(&mut talk, &["1h"]), [""; 0]);
    assert_eq!(seen(&mut talk), (json!(true), vec![json!(true), json!(false)]));
    assert_eq!(after(&mut talk, &["2d"]), [""; 0]);
    assert_eq!(seen(&mut talk), (json!(false), vec![json!(false), json!(false)]));
}

#[test]
fn calls_bill_what_waits_for_one_subscription_alone() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let [one, other] = [0, 1].map(|_| {
        let body = format!("{customer}&items[0][price]={price}");
        id(&talk.done("POST /v1/subscriptions", &body)).to_owned()
    });
    let item = |talk: &mut Talk, amount: i64, more: &str| {
        let body = format!("{customer}&amount={amount}&currency=usd{more}");
        talk.done("POST /v1/invoiceitems", &body)
    };
    let made = item(&mut talk, 100, &format!("&subscription={one}"));
    assert_eq!(made["parent"]["subscription_details"]["subscription"], *one);
    item(&mut talk, 20, &format!("&subscription={other}"));
    item(&mut talk, 3, "");
    let body = format!("{customer}&subscription={one}&pending_invoice_items_behavior=include");
    let invoice = talk.done("POST /v1/invoices", &body);
    let parts = ["amount_due", "billing_reason"].map(|name| &invoice[name]);
    assert_eq!(parts, [&json!(100), &json!("manual")]);
    let parent = &invoice["parent"]["subscription_details"]["subscription"];
    assert_eq!((parent, unknown("invoice", &invoice)), (&json!(one), BTreeSet::new()));
    talk.done(&format!("POST /v1/invoices/{}/pay", id(&invoice)), "");
    // What is of no subscription goes to the first that is billed next.
    after(&mut talk, &["1mo"]);
    let mut due: Vec<Value> = [one, other]
        .iter()
        .map(|own| {
            let own = talk.done(&format!("GET /v1/subscriptions/{own}"), "");
            let path = format!("GET /v1/invoices/{}", own["latest_invoice"].as_str().unwrap());
            talk.done(&path, "")["amount_due"].clone()
        })
        .collect();
    due.sort_by_key(Value::as_i64);
    assert_eq!(due, [json!(1203), json!(1220)]);
    let stranger = talk.done("POST /v1/customers", "email=b%40example.com");
    for call in ["POST /v1/invoices", "POST /v1/invoiceitems"] {
        let more = if call.ends_with("items") { "&amount=5&currency=usd" } else { "" };
        let body = format!("customer={}&subscription=sub_none{more}", id(&stranger));
        talk.refused((call, &body), (400, "resource_missing", "subscription", "No such"));
    }
}
