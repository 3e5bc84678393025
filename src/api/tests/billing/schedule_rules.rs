//! What holds for schedules of subscriptions whatever happens beside them: they end with their customer, are paid by what is
//! the customer's, and never stop time for others.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::{ready, told};
use super::time::{NOW, after};
use super::*;

const DAY: i64 = 86_400;
const PATH: &str = "/v1/subscription_schedules";

/// What a call says of a customer with a card, and of a first phase from that second on.
fn later(talk: &mut Talk, start: i64) -> (String, String) {
    let (price, body) = ready(talk, "pm_card_visa");
    let customer = body.split(['=', '&']).nth(1).unwrap().to_owned();
    let said = format!("customer={customer}&start_date={start}&phases[0][items][0][price]={price}");
    (customer, said)
}

fn schedule(talk: &mut Talk, made: &Value) -> Value {
    talk.done(&format!("GET {PATH}/{}", id(made)), "")
}

#[test]
fn a_schedule_that_has_not_begun_is_canceled_with_its_customer() {
    let mut talk = Talk::default();
    let (customer, body) = later(&mut talk, NOW + 10 * DAY);
    let made = talk.done(&format!("POST {PATH}"), &body);
    let count = told(&mut talk).len();
    talk.done(&format!("DELETE /v1/customers/{customer}"), "");
    let wanted = ["subscription_schedule.canceled", "customer.deleted"];
    assert_eq!(told(&mut talk).split_off(count), wanted);
    let now = schedule(&mut talk, &made);
    assert_eq!((&now["status"], &now["canceled_at"]), (&json!("canceled"), &json!(NOW)));
    assert_eq!(after(&mut talk, &["11d"]), [""; 0]);
}

#[test]
fn a_schedule_is_canceled_with_its_test_clock_at_the_time_of_that() {
    let mut talk = Talk::default();
    let clock = talk.done("POST /v1/test_helpers/test_clocks", "frozen_time=1700000000");
    let customer = talk.done("POST /v1/customers", &format!("test_clock={}", id(&clock)));
    let (_, body) = later(&mut talk, 1_700_000_000 + DAY);
    let (_, rest) = body.split_once('&').unwrap();
    let body = format!("customer={}&{rest}", id(&customer));
    let made = talk.done(&format!("POST {PATH}"), &body);
    talk.done(&format!("DELETE /v1/test_helpers/test_clocks/{}", id(&clock)), "");
    let now = schedule(&mut talk, &made);
    let wanted = (&json!("canceled"), &json!(1_700_000_000));
    assert_eq!((&now["status"], &now["canceled_at"]), wanted);
}

#[test]
fn a_schedule_that_is_over_is_not_changed() {
    let mut talk = Talk::default();
    for (call, message) in [
        (
            "cancel",
            "You cannot update a subscription schedule that is currently in the `canceled` status. It \
             must be in `not_started`, `active` status to be updated.",
        ),
        ("release", "currently in the `released` status."),
    ] {
        let (_, body) = later(&mut talk, NOW + DAY);
        let made = talk.done(&format!("POST {PATH}"), &body);
        talk.done(&format!("POST {PATH}/{}/{call}", id(&made)), "");
        let call = format!("POST {PATH}/{}", id(&made));
        talk.refused((&call, "metadata[a]=b"), (400, "", "", message));
    }
}

/// A card that is attached to a customer.
fn attached(talk: &mut Talk, customer: &str) -> String {
    let call = "POST /v1/payment_methods/pm_card_mastercard/attach";
    id(&talk.done(call, &format!("customer={customer}"))).to_owned()
}

#[test]
fn nobody_pays_by_the_card_of_another_customer_in_any_phase() {
    let mut talk = Talk::default();
    let other = talk.done("POST /v1/customers", "");
    let card = attached(&mut talk, id(&other));
    let (_, body) = later(&mut talk, NOW + DAY);
    let item = body.split_once("&phases").unwrap().1;
    let later = format!("phases[1]{}", item.strip_prefix("[0]").unwrap());
    let start = format!("phases{item}&phases[0][start_date]={}", NOW + DAY);
    let made = talk.done(&format!("POST {PATH}"), &body);
    let create = format!("POST {PATH}");
    let update = format!("{create}/{}", id(&made));
    let message = "The customer does not have a payment method with the ID pm_";
    for (of, call, said) in [
        ("phases[1][default_payment_method]", &create, format!("{body}&{later}")),
        ("phases[0][default_payment_method]", &create, body.clone()),
        ("default_settings[default_payment_method]", &create, body.clone()),
        ("phases[1][default_payment_method]", &update, format!("{start}&{later}")),
        ("default_settings[default_payment_method]", &update, "metadata[a]=b".to_owned()),
    ] {
        let wanted = (400, "resource_missing", of, message);
        talk.refused((call, &format!("{said}&{of}={card}")), wanted);
    }
    let own = attached(&mut talk, made["customer"].as_str().unwrap());
    let said = format!("{body}&{later}&phases[1][default_payment_method]={own}");
    assert_eq!(talk.done(&create, &said)["phases"][1]["default_payment_method"], own);
}

#[test]
fn a_detached_card_is_no_customers_default_and_pays_nothing() {
    let mut talk = Talk::default();
    let (customer, body) = later(&mut talk, NOW + DAY);
    let card = attached(&mut talk, &customer);
    let body = format!("{body}&default_settings[default_payment_method]={card}");
    let made = talk.done(&format!("POST {PATH}"), &body);
    let detach = format!("POST /v1/payment_methods/{card}/detach");
    talk.done(&detach, "");
    after(&mut talk, &["25h"]);
    let id = schedule(&mut talk, &made)["subscription"].as_str().unwrap().to_owned();
    let begun = talk.done(&format!("GET /v1/subscriptions/{id}?expand[]=latest_invoice"), "");
    let said = json!([begun["default_payment_method"], begun["latest_invoice"]["status"]]);
    // What the customer pays by otherwise has paid.
    assert_eq!(said, json!([null, "paid"]));
    let owner = talk.done(&format!("GET /v1/customers/{customer}"), "");
    let usual = owner["invoice_settings"]["default_payment_method"].as_str().unwrap().to_owned();
    let is_told = |event: &String| event == "customer.updated";
    let count = told(&mut talk).into_iter().filter(is_told).count();
    talk.done(&format!("POST /v1/payment_methods/{usual}/detach"), "");
    assert_eq!(told(&mut talk).into_iter().filter(is_told).count(), count + 1);
    let owner = talk.done(&format!("GET /v1/customers/{customer}"), "");
    assert_eq!(owner["invoice_settings"]["default_payment_method"], Value::Null);
    after(&mut talk, &["32d"]);
    let now = talk.done(&format!("GET /v1/subscriptions/{id}?expand[]=latest_invoice"), "");
    let said = json!([now["status"], now["latest_invoice"]["status"]]);
    assert_eq!(said, json!(["past_due", "open"]));
}

#[test]
fn a_subscription_whose_own_card_is_detached_is_paid_by_the_customers() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split(['=', '&']).nth(1).unwrap().to_owned();
    let card = attached(&mut talk, &customer);
    let begun = format!("{body}&default_payment_method={card}");
    let begun = talk.done("POST /v1/subscriptions", &begun);
    talk.done(&format!("POST /v1/payment_methods/{card}/detach"), "");
    after(&mut talk, &["32d"]);
    let path = format!("GET /v1/subscriptions/{}?expand[]=latest_invoice", id(&begun));
    let now = talk.done(&path, "");
    let said = json!([now["status"], now["latest_invoice"]["status"]]);
    assert_eq!(said, json!(["active", "paid"]));
    let list = format!("GET /v1/charges?customer={customer}");
    let by = |charge: &Value| charge["payment_method"] == card.as_str();
    let charges = talk.done(&list, "")["data"].as_array().unwrap().clone();
    assert_eq!(charges.iter().map(by).collect::<Vec<_>>(), [false, true]);
}
