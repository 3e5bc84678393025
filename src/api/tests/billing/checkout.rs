//! Checkout by calls: sessions, and the customer who pays in them.

use serde_json::json;

use super::super::payments::scenario;
use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, told};
use super::*;
use crate::api::write::CustomerAnswer;

const PAGES: &str = "success_url=https://example.com/done&cancel_url=https://example.com/back";

fn complete(talk: &Talk, session: &Value, decline: Option<&str>) -> Value {
    let answer = CustomerAnswer { id: id(session).to_owned(), decline: decline.map(str::to_owned) };
    talk.api.complete(&answer, 1_792_000_000).unwrap()
}

fn once(talk: &mut Talk, amount: i64) -> String {
    let body = format!("currency=usd&unit_amount={amount}&product_data[name]=Mug");
    id(&talk.done("POST /v1/prices", &body)).to_owned()
}

#[test]
fn a_purchase_is_told_as_by_the_scenario() {
    let mut talk = Talk::default();
    let price = once(&mut talk, 1500);
    let body = format!(
        "mode=payment&{PAGES}&line_items[0][price]={price}&line_items[0][quantity]=2&\
         metadata[order]=7&payment_intent_data[metadata][order]=7&client_reference_id=u1"
    );
    let open = talk.done("POST /v1/checkout/sessions", &body);
    assert_eq!((&open["status"], &open["amount_total"]), (&json!("open"), &json!(3000)));
    assert_eq!(unknown("checkout.session", &open), BTreeSet::new());
    let count = told(&mut talk).len();
    let done = complete(&talk, &open, None);
    assert_eq!(told(&mut talk)[count..], scenario("checkout-guest"));
    assert_eq!((&done["status"], &done["payment_status"]), (&json!("complete"), &json!("paid")));
    let path = format!(
        "GET /v1/checkout/sessions/{}?expand[]=line_items&expand[]=payment_intent",
        id(&open)
    );
    let now = talk.done(&path, "");
    assert_eq!(now["payment_intent"]["metadata"], json!({"order": "7"}));
    let options = json!({"card": {
        "installments": null, "mandate_options": null, "network": null, "request_three_d_secure": "automatic",
    }});
    assert_eq!(now["payment_intent"]["payment_method_options"], options);
    let item = &now["line_items"]["data"][0];
    assert_eq!((&item["amount_total"], &item["price"]["id"]), (&json!(3000), &json!(price)));
    // Another session has items of its own.
    let other = talk.done("POST /v1/checkout/sessions", &body);
    let path = format!("GET /v1/checkout/sessions/{}/line_items", id(&other));
    assert_eq!(talk.done(&path, "")["data"].as_array().unwrap().len(), 1);
    let expire = format!("POST /v1/checkout/sessions/{}/expire", id(&open));
    talk.refused((&expire, ""), (400, "", "", "has a status of `complete`"));
    let answer = CustomerAnswer { id: id(&open).to_owned(), decline: None };
    assert!(talk.api.complete(&answer, 0).unwrap_err().contains("its status is complete"));
}

#[test]
fn a_declined_card_leaves_a_session_open() {
    for mode in ["payment", "subscription"] {
        let mut talk = Talk::default();
        let price = if mode == "payment" { once(&mut talk, 900) } else { monthly(&mut talk, 900) };
        let body =
            format!("mode={mode}&{PAGES}&line_items[0][price]={price}&line_items[0][quantity]=1");
        let open = talk.done("POST /v1/checkout/sessions", &body);
        let declined = complete(&talk, &open, Some("insufficient_funds"));
        assert_eq!(declined["status"], "open");
        let all = talk.events();
        assert_eq!(all[all.len() - 2..], ["charge.failed", "payment_intent.payment_failed"]);
        assert_eq!(complete(&talk, &open, None)["status"], "complete");
    }
}

#[test]
fn a_subscription_is_bought_as_the_scenario_tells_it() {
    let mut talk = Talk::default();
    let price = monthly(&mut talk, 1200);
    let body = format!(
        "mode=subscription&{PAGES}&line_items[0][price]={price}&line_items[0][quantity]=1&\
         subscription_data[metadata][plan]=gold&customer_email=b%40example.com"
    );
    let open = talk.done("POST /v1/checkout/sessions", &body);
    complete(&talk, &open, None);
    assert_eq!(told(&mut talk), scenario("checkout-subscription"));
    let expand = "expand[]=subscription&expand[]=customer&expand[]=invoice.payments";
    let done = talk.done(&format!("GET /v1/checkout/sessions/{}?{expand}", id(&open)), "");
    let subscription = &done["subscription"];
    assert_eq!(
        (&subscription["status"], &subscription["metadata"]["plan"]),
        (&json!("active"), &json!("gold"))
    );
    assert_eq!(done["customer"]["email"], "b@example.com");
    assert!(subscription["default_payment_method"].is_string());
    let invoice = &done["invoice"];
    assert_eq!((&invoice["status"], &invoice["amount_paid"]), (&json!("paid"), &json!(1200)));
    assert_eq!(invoice["payments"]["data"][0]["status"], "paid");
    assert_eq!(done["payment_intent"], Value::Null);
}

#[test]
fn a_trial_in_checkout_needs_no_payment() {
    let mut talk = Talk::default();
    let price = monthly(&mut talk, 1200);
    let body = format!(
        "mode=subscription&{PAGES}&line_items[0][price]={price}&line_items[0][quantity]=1&\
         subscription_data[trial_period_days]=7"
    );
    let path = "POST /v1/checkout/sessions?expand[]=line_items";
    let open = talk.done(path, &body);
    let amounts = ["amount_subtotal", "amount_total"];
    assert_eq!(amounts.map(|name| open[name].clone()), [0, 0]);
    let item = &open["line_items"]["data"][0];
    assert_eq!(amounts.map(|name| item[name].clone()), [0, 0]);
    assert_eq!(item["price"]["unit_amount"], 1200);
    let done = complete(&talk, &open, None);
    assert_eq!(done["payment_status"], "no_payment_required");
    let list = talk.done("GET /v1/subscriptions", "");
    assert_eq!(list["data"][0]["status"], "trialing");
    assert!(!talk.events().contains(&"charge.succeeded".to_owned()));
}

#[test]
fn a_card_is_saved_in_setup_mode() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "email=a%40example.com");
    let body = format!("mode=setup&currency=usd&{PAGES}&customer={}", id(&customer));
    let open = talk.done("POST /v1/checkout/sessions", &body);
    assert_eq!(complete(&talk, &open, Some("generic_decline"))["status"], "open");
    complete(&talk, &open, None);
    let wanted = [
        "customer.created",
        "setup_intent.created",
        "setup_intent.setup_failed",
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
    ];
    assert_eq!(talk.events(), wanted);
    let methods = talk.done(&format!("GET /v1/payment_methods?customer={}", id(&customer)), "");
    assert_eq!(methods["data"][0]["card"]["last4"], "4242");
}

#[test]
fn discounts_and_taxes_count_in_a_session() {
    let mut talk = Talk::default();
    let rate = talk.done("POST /v1/tax_rates", "display_name=a&inclusive=false&percentage=10");
    talk.done("POST /v1/coupons", "id=half&percent_off=50");
    let body = format!(
        "mode=payment&{PAGES}&discounts[0][coupon]=half&line_items[0][quantity]=1&\
         line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=2000&\
         line_items[0][price_data][product_data][name]=Mug&line_items[0][tax_rates][0]={}",
        id(&rate)
    );
    let open = talk.done("POST /v1/checkout/sessions", &body);
    let details = json!({"amount_discount": 1000, "amount_shipping": 0, "amount_tax": 100});
    assert_eq!((&open["amount_total"], &open["total_details"]), (&json!(1100), &details));
}

#[test]
fn what_no_session_can_be_made_of_is_refused() {
    let mut talk = Talk::default();
    let (once, monthly) = (once(&mut talk, 500), monthly(&mut talk, 500));
    let items = |price: &str| format!("line_items[0][price]={price}&line_items[0][quantity]=1");
    let call = "POST /v1/checkout/sessions";
    for (body, code, parameter, message) in [
        (format!("{PAGES}&{}", items(&once)), "parameter_missing", "mode", "mode"),
        (format!("mode=payment&{PAGES}"), "parameter_missing", "line_items", "line_items"),
        (
            format!("mode=payment&{}", items(&once)),
            "parameter_missing",
            "success_url",
            "success_url",
        ),
        (format!("mode=payment&{PAGES}&{}", items(&monthly)), "", "", "passed a recurring price"),
        (
            format!("mode=subscription&{PAGES}&{}", items(&once)),
            "",
            "",
            "at least one recurring price",
        ),
        (
            format!("mode=payment&{PAGES}&{}", items("price_x")),
            "resource_missing",
            "line_items[0][price]",
            "No such price",
        ),
        (
            format!("mode=payment&{PAGES}&expires_at=5&{}", items(&once)),
            "",
            "expires_at",
            "30 minutes",
        ),
    ] {
        talk.refused((call, &body), (400, code, parameter, message));
    }
}
