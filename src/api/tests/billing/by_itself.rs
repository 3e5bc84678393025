//! What Stripe does by itself afterwards, and what is left of what is gone.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::*;

const CARD: &str = "payment_method=pm_card_visa&\
                    invoice_settings[default_payment_method]=pm_card_visa";

/// As in the built-in scenarios: a charge gets its balance transaction, and an invoice's payment is known, by nobody's
/// request.
#[test]
fn what_stripe_does_by_itself_names_no_request() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", CARD);
    let price = "currency=usd&unit_amount=900&recurring[interval]=month&product_data[name]=A";
    let price = talk.done("POST /v1/prices", price);
    let body = format!("customer={}&items[0][price]={}", id(&customer), id(&price));
    talk.done("POST /v1/subscriptions", &body);
    let body = "amount=900&currency=usd&confirm=true&payment_method=pm_card_createDispute&\
                allowed_payment_method_types[]=card";
    talk.done("POST /v1/payment_intents", body);
    let listed = talk.done("GET /v1/events?limit=100", "");
    let of_nobody = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["request"] == json!({"id": null, "idempotency_key": null}));
    let names: BTreeSet<&str> = of_nobody.map(|event| event["type"].as_str().unwrap()).collect();
    let wanted = [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.updated",
        "invoice_payment.paid",
    ];
    assert_eq!(names, BTreeSet::from(wanted));
}

#[test]
fn a_line_with_a_product_of_its_own_names_that() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", CARD);
    let invoice = talk.done("POST /v1/invoices", &format!("customer={}", id(&customer)));
    let line = "lines[0][price_data][currency]=usd&lines[0][price_data][unit_amount]=200&\
                lines[0][price_data][product_data][name]=Fence";
    let path = format!("POST /v1/invoices/{}/add_lines", id(&invoice));
    let line = talk.done(&path, line)["lines"]["data"][0].clone();
    assert_eq!(json!([line["description"], line["amount"]]), json!(["Fence", 200]));
    let product = line["pricing"]["price_details"]["product"].as_str().unwrap();
    assert_eq!(talk.done(&format!("GET /v1/products/{product}"), "")["name"], "Fence");
}

#[test]
fn a_discount_that_is_gone_still_says_what_it_was() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", CARD);
    talk.done("POST /v1/coupons", "id=TEN&percent_off=10&duration=forever");
    let price = "currency=usd&unit_amount=900&recurring[interval]=month&product_data[name]=A";
    let price = talk.done("POST /v1/prices", price);
    let body = format!(
        "customer={}&items[0][price]={}&discounts[0][coupon]=TEN",
        id(&customer),
        id(&price)
    );
    let made = talk.done("POST /v1/subscriptions", &body);
    let invoice = made["latest_invoice"].as_str().unwrap().to_owned();
    talk.done(&format!("DELETE /v1/subscriptions/{}/discount", id(&made)), "");
    let seen = talk.done(&format!("GET /v1/invoices/{invoice}?expand[]=discounts"), "");
    let discount = &seen["discounts"][0];
    assert_eq!(
        json!([discount["deleted"], discount["source"]["coupon"], discount.get("end")]),
        json!([true, "TEN", null])
    );
}
