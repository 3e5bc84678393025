//! What a session's page asks for besides the payment, and what it sells besides a subscription.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::*;
use crate::api::CustomerAnswer;

const PAGES: &str = "success_url=https://example.com/thanks";

fn complete(talk: &Talk, session: &Value) -> Value {
    let answer = CustomerAnswer { id: id(session).to_owned(), decline: None };
    talk.api.complete(&answer, 1_792_000_000).unwrap()
}

fn price(talk: &mut Talk, amount: u32, recurring: bool) -> String {
    let recurring = if recurring { "&recurring[interval]=month" } else { "" };
    let body = format!("currency=usd&unit_amount={amount}&product_data[name]=Studio{recurring}");
    id(&talk.done("POST /v1/prices", &body)).to_owned()
}

#[test]
fn a_page_asks_what_the_app_wants_to_know_and_the_customer_answers() {
    let mut talk = Talk::default();
    let price = price(&mut talk, 1500, false);
    let body = format!(
        "mode=payment&{PAGES}&line_items[0][price]={price}&line_items[0][quantity]=2&\
         line_items[0][adjustable_quantity][enabled]=true&\
         custom_fields[0][key]=name&custom_fields[0][type]=text&custom_fields[0][label][type]=custom&\
         custom_fields[0][label][custom]=Engraving&custom_fields[0][text][maximum_length]=4&\
         custom_fields[1][key]=size&custom_fields[1][type]=dropdown&\
         custom_fields[1][label][type]=custom&custom_fields[1][label][custom]=Size&\
         custom_fields[1][dropdown][options][0][label]=Small&\
         custom_fields[1][dropdown][options][0][value]=s&\
         custom_fields[2][key]=note&custom_fields[2][type]=numeric&custom_fields[2][optional]=true&\
         custom_fields[2][label][type]=custom&custom_fields[2][label][custom]=Note&\
         custom_text[submit][message]=Thank%20you&consent_collection[terms_of_service]=required&\
         tax_id_collection[enabled]=true&phone_number_collection[enabled]=true"
    );
    let open = talk.done("POST /v1/checkout/sessions", &body);
    let label = |text: &str| json!({"custom": text, "type": "custom"});
    let text = json!({
        "default_value": null, "maximum_length": 4, "minimum_length": null, "value": null,
    });
    let asked = json!({
        "dropdown": null, "key": "name", "label": label("Engraving"), "numeric": null,
        "optional": false, "text": text, "type": "text",
    });
    assert_eq!(open["custom_fields"][0], asked);
    assert_eq!(open["tax_id_collection"], json!({"enabled": true, "required": "never"}));
    assert_eq!(open["consent"], Value::Null);
    let done = complete(&talk, &open);
    let fields = &done["custom_fields"];
    let said = [&fields[0]["text"], &fields[1]["dropdown"], &fields[2]["numeric"]];
    assert_eq!(said.map(|field| field["value"].clone()), [json!("Engr"), json!("s"), json!(null)]);
    assert_eq!(done["consent"], json!({"promotions": null, "terms_of_service": "accepted"}));
    assert_eq!(done["customer_details"]["phone"], "+15035550123");
    assert_eq!(done["amount_total"], 3000);
}

#[test]
fn a_trial_begins_without_a_card_where_that_may_be() {
    let mut talk = Talk::default();
    let price = price(&mut talk, 1500, true);
    let body = format!(
        "mode=subscription&{PAGES}&line_items[0][price]={price}&line_items[0][quantity]=1&\
         subscription_data[trial_period_days]=7&payment_method_collection=if_required"
    );
    let open = talk.done("POST /v1/checkout/sessions", &body);
    assert_eq!(open["payment_method_collection"], "if_required");
    let done = complete(&talk, &open);
    assert_eq!(done["payment_status"], "no_payment_required");
    let path = format!("GET /v1/subscriptions/{}", done["subscription"].as_str().unwrap());
    let made = talk.done(&path, "");
    assert_eq!(json!([made["status"], made["default_payment_method"]]), json!(["trialing", null]));
    let cards = format!("GET /v1/customers/{}/payment_methods", made["customer"].as_str().unwrap());
    assert_eq!(talk.done(&cards, "")["data"], json!([]));
}

/// With the first period, or at once where that is free.
#[test]
fn what_is_sold_once_is_paid_with_the_subscription() {
    for (trial, lines, total) in [
        ("", json!([["1 × Studio (at $15.00 / month)", 1500], ["Studio", 500]]), 2000),
        (
            "&subscription_data[trial_period_days]=7",
            json!([["Trial period for Studio", 0], ["Studio", 500]]),
            500,
        ),
    ] {
        let mut talk = Talk::default();
        let (monthly, once) = (price(&mut talk, 1500, true), price(&mut talk, 500, false));
        let body = format!(
            "mode=subscription&{PAGES}&line_items[0][price]={monthly}&line_items[0][quantity]=1&\
             line_items[1][price]={once}&line_items[1][quantity]=1{trial}"
        );
        let open = talk.done("POST /v1/checkout/sessions", &body);
        assert_eq!(open["amount_total"], total, "{trial}");
        let done = complete(&talk, &open);
        assert_eq!(done["payment_status"], "paid", "{trial}");
        let path = format!("GET /v1/invoices/{}", done["invoice"].as_str().unwrap());
        let invoice = talk.done(&path, "");
        assert_eq!(json!([invoice["status"], invoice["amount_paid"]]), json!(["paid", total]));
        let own = invoice["lines"]["data"].as_array().unwrap().iter();
        let own: Vec<Value> =
            own.map(|line| json!([line["description"], line["amount"]])).collect();
        assert_eq!(json!(own), lines, "{trial}");
        let path = format!("GET /v1/subscriptions/{}", done["subscription"].as_str().unwrap());
        assert_eq!(talk.done(&path, "")["items"]["data"].as_array().unwrap().len(), 1);
    }
}
