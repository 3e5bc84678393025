//! Subscriptions by calls: how they begin, in each payment behaviour.

use serde_json::json;

use super::super::payments::scenario;
use super::super::writes::{Talk, id};
use super::*;

/// A customer who pays by a card, where one is named, and a price of 12.00 a month; the call that subscribes them.
pub(super) fn ready(talk: &mut Talk, card: &str) -> (String, String) {
    let customer = talk.done("POST /v1/customers", "email=a%40example.com");
    if !card.is_empty() {
        let path = format!("POST /v1/payment_methods/{card}/attach");
        let method = talk.done(&path, &format!("customer={}", id(&customer)));
        let body = format!("invoice_settings[default_payment_method]={}", id(&method));
        talk.done(&format!("POST /v1/customers/{}", id(&customer)), &body);
    }
    let price = monthly(talk, 1200);
    (price.clone(), format!("customer={}&items[0][price]={price}", id(&customer)))
}

pub(super) fn monthly(talk: &mut Talk, amount: i64) -> String {
    let body = format!(
        "currency=usd&unit_amount={amount}&recurring[interval]=month&product_data[name]=Membership"
    );
    id(&talk.done("POST /v1/prices", &body)).to_owned()
}

/// The events but for those of the products and prices.
pub(super) fn told(talk: &mut Talk) -> Vec<String> {
    let is_of_prices =
        |event: &String| ["plan.", "price.", "product."].iter().any(|of| event.starts_with(of));
    talk.events().into_iter().filter(|event| !is_of_prices(event)).collect()
}

#[test]
fn a_subscription_that_waits_for_its_payment_is_as_the_scenario_tells_it() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "");
    let body = format!(
        "{body}&payment_behavior=default_incomplete&expand[]=latest_invoice.confirmation_secret"
    );
    let made = talk.done("POST /v1/subscriptions", &body);
    assert_eq!(made["status"], "incomplete");
    let secret = made["latest_invoice"]["confirmation_secret"]["client_secret"].as_str().unwrap();
    let intent = secret.split("_secret").next().unwrap();
    let confirm = format!("POST /v1/payment_intents/{intent}/confirm");
    talk.done(&confirm, "payment_method=pm_card_visa");
    let now = talk.done(&format!("GET /v1/subscriptions/{}", id(&made)), "");
    assert_eq!(now["status"], "active");
    assert_eq!(told(&mut talk), scenario("subscription-elements"));
    assert_eq!(unknown("subscription", &now), BTreeSet::new());
    let item = &now["items"]["data"][0];
    // A month of 31 days from 2026-10-14.
    let period = ["current_period_start", "current_period_end"].map(|name| item[name].clone());
    assert_eq!(period, [json!(1_792_000_000), json!(1_792_000_000 + 31 * 86_400)]);
    let path = format!("GET /v1/subscription_items/{}", id(item));
    assert_eq!(talk.done(&path, "")["price"]["unit_amount"], 1200);
    let lines = &talk
        .done(&format!("GET /v1/invoices/{}", now["latest_invoice"].as_str().unwrap()), "")["lines"]
        ["data"];
    assert_eq!(lines[0]["description"], "1 × Membership (at $12.00 / month)");
}

#[test]
fn a_change_alone_may_wait_for_its_payment() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let body = format!("{body}&payment_behavior=pending_if_incomplete");
    let wanted = (400, "", "payment_behavior", "when updating");
    talk.refused(("POST /v1/subscriptions", &body), wanted);
}

#[test]
fn each_payment_behaviour_does_what_it_says() {
    for (card, behavior, status, code) in [
        ("pm_card_visa", "", "active", ""),
        ("pm_card_visa", "error_if_incomplete", "active", ""),
        ("pm_card_chargeCustomerFail", "allow_incomplete", "incomplete", ""),
        ("pm_card_chargeCustomerFail", "error_if_incomplete", "", "card_declined"),
        ("pm_card_authenticationRequired", "allow_incomplete", "incomplete", ""),
        (
            "pm_card_authenticationRequired",
            "error_if_incomplete",
            "",
            "invoice_payment_intent_requires_action",
        ),
        ("", "allow_incomplete", "", "resource_missing"),
        ("", "default_incomplete", "incomplete", ""),
    ] {
        let mut talk = Talk::default();
        let (_, body) = ready(&mut talk, card);
        let behavior_body = match behavior {
            "" => String::new(),
            behavior => format!("&payment_behavior={behavior}"),
        };
        let count = talk.events().len();
        let (_, answer) = talk.ask("POST /v1/subscriptions", &format!("{body}{behavior_body}"));
        let found = answer["error"]["code"].as_str().unwrap_or_default();
        assert_eq!(found, code, "{card} {behavior}: {answer}");
        let list = talk.done("GET /v1/subscriptions?status=all", "");
        assert_eq!(list["data"][0]["status"].as_str().unwrap_or_default(), status, "{card}");
        if status.is_empty() {
            assert_eq!(talk.events().len(), count, "{card} {behavior}");
        }
    }
}

#[test]
fn a_subscription_that_is_paid_at_once_begins_active() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let count = talk.events().len();
    let made = talk.done("POST /v1/subscriptions", &format!("{body}&metadata[plan]=gold"));
    let wanted = [
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
    assert_eq!(talk.events()[count..], wanted);
    let path = format!("GET /v1/invoices/{}", made["latest_invoice"].as_str().unwrap());
    let invoice = talk.done(&path, "");
    let details = &invoice["parent"]["subscription_details"];
    assert_eq!(details["metadata"], json!({"plan": "gold"}));
    let parts = ["status", "billing_reason", "amount_paid"].map(|name| invoice[name].clone());
    assert_eq!(parts, [json!("paid"), json!("subscription_create"), json!(1200)]);
}

#[test]
fn a_trial_costs_nothing_and_a_coupon_and_taxes_count() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "");
    let made = talk.done("POST /v1/subscriptions", &format!("{body}&trial_period_days=14"));
    assert_eq!((&made["status"], &made["trial_end"]), (&json!("trialing"), &json!(1_793_209_600)));
    let all = told(&mut talk);
    assert_eq!(all[all.len() - 5..], scenario("subscription-lifecycle")[5..10]);
    let rate = talk.done("POST /v1/tax_rates", "display_name=a&inclusive=false&percentage=10");
    talk.done("POST /v1/coupons", "id=half&percent_off=50&duration=forever");
    let customer = made["customer"].as_str().unwrap();
    let body = format!(
        "customer={customer}&items[0][price]={price}&items[0][quantity]=3&discounts[0][coupon]=half&\
         default_tax_rates[0]={}&collection_method=send_invoice&days_until_due=7&expand[]=latest_invoice",
        id(&rate)
    );
    let made = talk.done("POST /v1/subscriptions", &body);
    let invoice = &made["latest_invoice"];
    assert_eq!((&made["status"], &invoice["status"]), (&json!("active"), &json!("draft")));
    assert_eq!((&invoice["subtotal"], &invoice["total"]), (&json!(3600), &json!(1980)));
}

#[test]
fn a_trial_goes_on_once_what_waited_is_paid() {
    for behavior in ["allow_incomplete", "default_incomplete"] {
        let mut talk = Talk::default();
        let (_, body) = ready(&mut talk, "pm_card_visa");
        let customer = body.split('&').next().unwrap();
        talk.done("POST /v1/invoiceitems", &format!("{customer}&amount=500&currency=usd"));
        let more = format!("{body}&trial_period_days=14&payment_behavior={behavior}");
        let made = talk.done("POST /v1/subscriptions", &more);
        if behavior == "default_incomplete" {
            assert_eq!(made["status"], "incomplete");
            let invoice = made["latest_invoice"].as_str().unwrap();
            talk.done(&format!("POST /v1/invoices/{invoice}/pay"), "");
        }
        let now = talk.done(&format!("GET /v1/subscriptions/{}", id(&made)), "");
        assert_eq!(now["status"], "trialing", "{behavior}");
    }
}

#[test]
fn what_no_subscription_can_be_made_of_is_refused() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "");
    let once = talk.done("POST /v1/prices", "currency=usd&unit_amount=5&product_data[name]=Mug");
    let customer = body.split('&').next().unwrap().to_owned();
    let of_once = format!("{customer}&items[0][price]={}", id(&once));
    let past = format!("{body}&trial_end=1");
    let sent = format!("{body}&collection_method=send_invoice");
    let call = "POST /v1/subscriptions";
    for (body, code, parameter, message) in [
        (customer.as_str(), "parameter_missing", "items", "Missing required param"),
        (&of_once, "", "items[0][price]", "type=one_time"),
        (&past, "", "trial_end", "in the future"),
        (&sent, "", "days_until_due", "days_until_due"),
        ("items[0][price]=x", "parameter_missing", "customer", "customer"),
    ] {
        talk.refused((call, body), (400, code, parameter, message));
    }
}

#[test]
fn in_classic_billing_all_items_recur_alike() {
    let mut talk = Talk::default();
    let (month, body) = ready(&mut talk, "pm_card_visa");
    let body_of_year =
        "currency=usd&unit_amount=9000&recurring[interval]=year&product_data[name]=A";
    let year = talk.done("POST /v1/prices", body_of_year);
    let year = id(&year);
    let message = "Found mismatch in interval field.";
    for (mode, wanted) in [
        ("classic", (400, "", "items", message)),
        ("flexible", (400, "devtool_not_served", "", "several intervals")),
    ] {
        let more = format!("{body}&billing_mode[type]={mode}");
        let both = format!("{more}&items[1][price]={year}");
        talk.refused(("POST /v1/subscriptions", &both), wanted);
        let made = talk.done("POST /v1/subscriptions", &more);
        let path = format!("POST /v1/subscriptions/{}", id(&made));
        talk.refused((&path, &format!("items[0][price]={year}")), wanted);
        talk.refused((&path, &format!("items[0][price]={month}&items[1][price]={year}")), wanted);
    }
}
