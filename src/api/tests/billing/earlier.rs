//! What calls have made, as a call of an earlier API version sees it.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::*;

/// The fields that earlier versions had besides, of an invoice, its charge and its payment intent.
#[test]
fn an_invoice_names_its_payment_and_that_its_invoice_as_they_did_earlier() {
    let mut talk = Talk::default();
    let card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
    let customer = talk.done("POST /v1/customers", card);
    let price = "currency=usd&unit_amount=1000&recurring[interval]=month&product_data[name]=Studio";
    let price = talk.done("POST /v1/prices", price);
    let tax = "display_name=VAT&percentage=20&inclusive=false";
    let tax = talk.done("POST /v1/tax_rates", tax);
    let body = format!(
        "customer={}&items[0][price]={}&default_tax_rates[]={}",
        id(&customer),
        id(&price),
        id(&tax)
    );
    let made = talk.done("POST /v1/subscriptions", &body);
    let invoice = made["latest_invoice"].as_str().unwrap().to_owned();
    talk.version = Some("2024-06-20".to_owned());
    let path = format!("GET /v1/invoices/{invoice}");
    let seen = talk.done(&path, "");
    let payment = talk.done(&format!("{path}?expand[]=payment_intent&expand[]=charge"), "");
    let (intent, charge) = (&payment["payment_intent"], &payment["charge"]);
    assert_eq!(
        json!([
            [seen["status"], seen["paid"], seen["paid_out_of_band"], seen["tax"]],
            [seen["subscription"], seen["payment_intent"], seen["charge"]],
            [seen["lines"]["data"][0]["price"]["id"], seen["lines"]["data"][0]["plan"]["id"]],
            [intent["status"], intent["invoice"], charge["status"], charge["invoice"]],
        ]),
        json!([
            ["paid", true, false, 200],
            [made["id"], intent["id"], charge["id"]],
            [price["id"], price["id"]],
            ["succeeded", seen["id"], "succeeded", seen["id"]],
        ])
    );
    let named = |value: &Value| value["id"].as_str().is_some_and(|id| id.len() > 10);
    assert!(named(intent) && named(charge), "{payment}");
    let listed = talk.done(&format!("GET /v1/invoices?subscription={}", id(&made)), "");
    assert_eq!(listed["data"], json!([seen]));
}

/// What cannot be expanded is refused before anything is done, also below what the call makes.
#[test]
fn a_call_whose_answer_cannot_be_shown_does_nothing() {
    let mut talk = Talk::default();
    let card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
    let customer = talk.done("POST /v1/customers", card);
    let price = "currency=usd&unit_amount=1000&recurring[interval]=month&product_data[name]=Studio";
    let price = talk.done("POST /v1/prices", price);
    let body = format!("customer={}&items[0][price]={}", id(&customer), id(&price));
    let before = talk.events().len();
    for wrong in
        ["latest_invoice.payment_intent", "latest_invoice.payments.data.payment.payment_intent"]
    {
        let (status, answer) =
            talk.ask("POST /v1/subscriptions", &format!("{body}&expand[]={wrong}"));
        assert_eq!((status, talk.events().len()), (400, before), "{answer}");
    }
    let listed = talk.done("GET /v1/subscriptions?status=all", "");
    assert_eq!(listed["data"], json!([]));
    let right = "latest_invoice.payments&expand[]=items.data.price.product";
    let made = talk.done("POST /v1/subscriptions", &format!("{body}&expand[]={right}"));
    assert_eq!(made["latest_invoice"]["payments"]["data"][0]["status"], "paid");
    assert_eq!(made["items"]["data"][0]["price"]["product"]["name"], "Studio");
    talk.version = Some("2024-06-20".to_owned());
    let made = format!("{body}&expand[]=latest_invoice.payment_intent");
    let made = talk.done("POST /v1/subscriptions", &made);
    assert_eq!(made["latest_invoice"]["payment_intent"]["status"], "succeeded");
}

/// Which price a line has, what its taxes and its discount are: also where metadata name another price.
#[test]
fn a_bill_has_its_own_price_taxes_and_discount_in_their_earlier_forms() {
    let mut talk = Talk::default();
    let card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
    let customer = talk.done("POST /v1/customers", card);
    let price = |amount: u32| {
        format!("currency=usd&unit_amount={amount}&recurring[interval]=month&product_data[name]=A")
    };
    let other = talk.done("POST /v1/prices", &price(9900));
    let price = talk.done("POST /v1/prices", &price(1000));
    talk.done("POST /v1/coupons", "id=TEN&percent_off=10&duration=forever");
    let mut rate = |percentage: &str, inclusive: bool| {
        let body = format!("display_name=VAT&percentage={percentage}&inclusive={inclusive}");
        id(&talk.done("POST /v1/tax_rates", &body)).to_owned()
    };
    let (upper, lower) = (rate("20", false), rate("5", false));
    let body = format!(
        "customer={}&items[0][price]={}&metadata[from]={}&default_tax_rates[]={upper}&\
         default_tax_rates[]={lower}&discounts[0][coupon]=TEN",
        id(&customer),
        id(&price),
        id(&other)
    );
    let made = talk.done("POST /v1/subscriptions", &body);
    talk.version = Some("2024-06-20".to_owned());
    let path = format!("GET /v1/invoices/{}", made["latest_invoice"].as_str().unwrap());
    let seen = talk.done(&path, "");
    let line = &seen["lines"]["data"][0];
    let tax = |rate: &str, amount: u32| {
        json!({
            "amount": amount, "inclusive": false, "tax_rate": rate,
            "taxability_reason": "not_available", "taxable_amount": 900,
        })
    };
    assert_eq!(
        json!([
            [line["price"]["unit_amount"], line["plan"]["amount"], line["amount_excluding_tax"]],
            [seen["tax"], seen["total_tax_amounts"], line["tax_amounts"]],
            seen["discount"]["coupon"]["id"],
        ]),
        json!([
            [1000, 1000, 1000],
            [225, [tax(&upper, 180), tax(&lower, 45)], [tax(&upper, 180), tax(&lower, 45)]],
            "TEN",
        ])
    );
    let subscription = talk.done(&format!("GET /v1/subscriptions/{}", id(&made)), "");
    assert_eq!(subscription["discount"]["coupon"]["id"], "TEN");
    let intent = seen["payment_intent"].as_str().unwrap();
    talk.done(&format!("POST /v1/payment_intents/{intent}"), "description=mine");
    assert_eq!(talk.done(&format!("GET /v1/payment_intents/{intent}"), "")["invoice"], seen["id"]);
}
