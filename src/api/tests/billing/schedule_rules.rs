//! What holds for schedules of subscriptions whatever happens beside them: they end with their customer, are paid by what is
//! the customer's, and never stop time for others.

use serde_json::json;

use super::super::writes::{Refusal, Talk, id};
use super::subscriptions::{monthly, ready, told};
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

#[test]
fn phases_that_could_not_begin_are_refused_when_they_are_given() {
    let mut talk = Talk::default();
    let start = NOW + DAY;
    let (_, body) = later(&mut talk, start);
    let item = body.split_once("phases[0]").unwrap().1.to_owned();
    let price = item.rsplit_once('=').unwrap().1.to_owned();
    let archived = monthly(&mut talk, 900);
    talk.done(&format!("POST /v1/prices/{archived}"), "active=false");
    let second = |more: &str| format!("{body}&phases[1]{item}&{more}");
    let end = start + 5 * DAY;
    let within = "must end after the phase starts";
    let cases: [(String, Refusal); 8] = [
        (format!("{body}&phases[0][trial_end]={start}"), (400, "", "phases[0][trial_end]", within)),
        (
            format!("{body}&phases[0][end_date]={end}&phases[0][trial_end]={}", end + 1),
            (400, "", "phases[0][trial_end]", within),
        ),
        (
            format!("{body}&phases[0][items][1][price]={price}"),
            (
                400,
                "",
                "phases[0][items]",
                "Cannot add multiple subscription items with the same plan",
            ),
        ),
        (
            format!("{body}&phases[0][end_date]={end}&phases[0][duration][interval]=month"),
            (400, "", "phases[0][duration]", "only specify one of these parameters"),
        ),
        (
            format!("{body}&phases[1][items][0][price]={archived}"),
            (400, "", "phases[1][items][0][price]", "price specified is inactive"),
        ),
        (
            second("phases[1][collection_method]=send_invoice"),
            (400, "", "days_until_due", "You must pass `days_until_due`"),
        ),
        (
            format!("{body}&default_settings[collection_method]=send_invoice"),
            (400, "", "days_until_due", "You must pass `days_until_due`"),
        ),
        (
            format!("{body}&phases[0][end_date]={start}"),
            (400, "", "phases[0][end_date]", "after its start date"),
        ),
    ];
    let create = format!("POST {PATH}");
    for (said, wanted) in cases {
        talk.refused((&create, &said), wanted);
    }
}

#[test]
fn phases_follow_one_another_and_do_not_begin_in_the_past() {
    let mut talk = Talk::default();
    let start = NOW + DAY;
    let (_, body) = later(&mut talk, start);
    let item = body.split_once("phases[0]").unwrap().1.to_owned();
    let end = start + 5 * DAY;
    let create = format!("POST {PATH}");
    let days = "phases[1][invoice_settings][days_until_due]=5";
    let sent = format!("{body}&phases[1]{item}&phases[1][collection_method]=send_invoice&{days}");
    talk.done(&create, &sent);
    let made = talk.done(&create, &body);
    let update = format!("{create}/{}", id(&made));
    let past = format!("phases[0]{item}&phases[0][start_date]={}", NOW - DAY);
    talk.refused((&update, &past), (400, "devtool_not_served", "", "in the past"));
    let gap = format!(
        "phases[0]{item}&phases[0][start_date]={start}&phases[0][end_date]={end}&phases[1]{item}&\
         phases[1][start_date]={}",
        end + 1
    );
    let wanted = (400, "", "phases[1][start_date]", "where the one before it ends");
    talk.refused((&update, &gap), wanted);
}

#[test]
fn phases_that_are_over_stay_as_they_were() {
    let mut talk = Talk::default();
    let (_, body) = later(&mut talk, NOW);
    let item = body.split_once("phases[0]").unwrap().1.to_owned();
    let high = monthly(&mut talk, 2000);
    let said = format!("{body}&phases[1][items][0][price]={high}");
    let made = talk.done(&format!("POST {PATH}"), &said);
    after(&mut talk, &["33d"]);
    talk.later = 33 * DAY;
    let update = format!("POST {PATH}/{}", id(&made));
    let later = format!(
        "phases[0][start_date]={NOW}&phases[1][items][0][price]={high}&phases[1][items][0][quantity]=2"
    );
    let changed = format!("{later}&phases[0][items][0][price]={high}");
    talk.refused((&update, &changed), (400, "", "phases", "already ended"));
    let changed = talk.done(&update, &format!("{later}&phases[0]{item}"));
    assert_eq!(changed["phases"][0], made["phases"][0]);
    assert_eq!(changed["phases"][1]["items"][0]["quantity"], 2);
}

#[test]
fn a_coupon_of_an_amount_is_no_part_of_the_prorations_of_several_items() {
    let mut talk = Talk::default();
    let (_, body) = later(&mut talk, NOW + DAY);
    let (first, other) = (monthly(&mut talk, 900), monthly(&mut talk, 500));
    let coupon = talk.done("POST /v1/coupons", "amount_off=100&currency=usd&duration=forever");
    let said = |end: i64, more: &str| {
        format!(
            "{body}&phases[0][items][1][price]={first}&phases[0][end_date]={end}&\
             phases[1][items][0][price]={other}&phases[1][discounts][0][coupon]={}{more}",
            id(&coupon)
        )
    };
    let create = format!("POST {PATH}");
    let wanted = (400, "devtool_not_served", "", "prorations of several items");
    talk.refused((&create, &said(NOW + 9 * DAY, "")), wanted);
    talk.done(&create, &said(NOW + 9 * DAY, "&phases[1][proration_behavior]=none"));
    // A month after the phase begins.
    talk.done(&create, &said(NOW + 32 * DAY, ""));
}

#[test]
fn a_schedule_goes_on_by_archived_prices_and_ends_where_what_it_names_is_gone() {
    let mut talk = Talk::default();
    let (_, body) = later(&mut talk, NOW + DAY);
    let price = body.rsplit_once('=').unwrap().1.to_owned();
    let high = monthly(&mut talk, 2000);
    let coupon = talk.done("POST /v1/coupons", "percent_off=10&duration=forever");
    let body = format!("{body}&phases[1][items][0][price]={high}");
    let create = format!("POST {PATH}");
    let made = |talk: &mut Talk, at: &str| {
        let more = format!("{at}[discounts][0][coupon]={}", id(&coupon));
        talk.done(&create, &if at.is_empty() { body.clone() } else { format!("{body}&{more}") })
    };
    let goes_on = made(&mut talk, "");
    let never = made(&mut talk, "phases[0]");
    let once = made(&mut talk, "phases[1]");
    for price in [&price, &high] {
        talk.done(&format!("POST /v1/prices/{price}"), "active=false");
    }
    talk.done(&format!("DELETE /v1/coupons/{}", id(&coupon)), "");
    after(&mut talk, &["33d"]);
    let status = |talk: &mut Talk, made: &Value| schedule(talk, made)["status"].clone();
    assert_eq!(status(&mut talk, &goes_on), "active");
    assert_eq!(status(&mut talk, &never), "canceled");
    let released = schedule(&mut talk, &once);
    assert_eq!(released["status"], "released");
    for (of, price) in [
        (&schedule(&mut talk, &goes_on)["subscription"], &high),
        (&released["released_subscription"], &price),
    ] {
        let own = talk.done(&format!("GET /v1/subscriptions/{}", of.as_str().unwrap()), "");
        let said = json!([own["status"], own["items"]["data"][0]["price"]["id"]]);
        assert_eq!(said, json!(["active", price]));
    }
}

#[test]
fn a_phase_that_comes_is_not_previewed_and_takes_metadata_of_items_over() {
    let mut talk = Talk::default();
    let (customer, body) = later(&mut talk, NOW + DAY);
    let price = body.rsplit_once('=').unwrap().1.to_owned();
    let body = format!(
        "{body}&phases[0][items][0][metadata][a]=1&phases[0][items][0][metadata][b]=1&\
         phases[1][items][0][price]={price}&phases[1][items][0][metadata][b]=2"
    );
    let made = talk.done(&format!("POST {PATH}"), &body);
    after(&mut talk, &["2d"]);
    let of = schedule(&mut talk, &made)["subscription"].as_str().unwrap().to_owned();
    let preview = "POST /v1/invoices/create_preview";
    let wanted = (400, "devtool_not_served", "", "its schedule is about to change");
    talk.refused((preview, &format!("subscription={of}")), wanted);
    talk.refused((preview, &format!("customer={customer}")), wanted);
    after(&mut talk, &["32d"]);
    let own = talk.done(&format!("GET /v1/subscriptions/{of}"), "");
    assert_eq!(own["items"]["data"][0]["metadata"], json!({"a": "1", "b": "2"}));
    talk.done(preview, &format!("subscription={of}"));
}

#[test]
fn a_trial_without_a_card_ends_the_subscription_before_the_phase_that_would_follow() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "");
    let end = NOW + 14 * DAY;
    let behavior = "trial_settings[end_behavior][missing_payment_method]=cancel";
    let own = format!("{body}&trial_end={end}&{behavior}");
    let own = talk.done("POST /v1/subscriptions", &own);
    let made = talk.done(&format!("POST {PATH}"), &format!("from_subscription={}", id(&own)));
    let high = monthly(&mut talk, 2000);
    let phases = format!(
        "phases[0][items][0][price]={price}&phases[0][start_date]={NOW}&phases[0][end_date]={end}&\
         phases[0][trial_end]={end}&phases[1][items][0][price]={high}"
    );
    talk.done(&format!("POST {PATH}/{}", id(&made)), &phases);
    let ended = after(&mut talk, &["15d"]);
    let wanted = [
        "customer.subscription.trial_will_end",
        "customer.subscription.deleted",
        "subscription_schedule.canceled",
    ];
    assert_eq!(ended, wanted);
    assert_eq!(schedule(&mut talk, &made)["status"], "canceled");
    let now = talk.done(&format!("GET /v1/subscriptions/{}", id(&own)), "");
    let said = json!([now["status"], now["items"]["data"][0]["price"]["id"]]);
    assert_eq!(said, json!(["canceled", price]));
}
