//! What phases of schedules do to their subscription: its customer's discount, and what nobody can pay.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, ready};
use super::time::{NOW, after};
use super::*;

const PATH: &str = "POST /v1/subscription_schedules";
const DAY: i64 = 86_400;

fn totals(talk: &mut Talk, subscription: &Value) -> Vec<i64> {
    let path = format!("GET /v1/invoices?subscription={}", subscription.as_str().unwrap());
    let list = talk.done(&path, "");
    let all = list["data"].as_array().unwrap().iter().rev();
    all.map(|invoice| invoice["total"].as_i64().unwrap()).collect()
}

#[test]
fn a_phase_may_keep_its_customers_discount_away() {
    // Whether each of the three phases says so, and whether a call changes that of the second.
    for (says_none, then, wanted) in [
        ([false, false, false], None, [600, 600, 600]),
        ([true, false, true], None, [1200, 600, 1200]),
        ([false, true, false], None, [600, 1200, 600]),
        ([false, true, false], Some(false), [600, 600, 600]),
        ([false, false, false], Some(true), [600, 1200, 600]),
    ] {
        let mut talk = Talk::default();
        talk.done("POST /v1/coupons", "id=off&percent_off=50&duration=forever");
        let (price, body) = ready(&mut talk, "pm_card_visa");
        let customer = body.split('&').next().unwrap();
        let path = format!("POST /v1/customers/{}", &customer["customer=".len()..]);
        talk.done(&path, "coupon=off");
        let phase = |at: usize, says_none: bool| {
            let none = if says_none { format!("&phases[{at}][discounts]=") } else { String::new() };
            format!("phases[{at}][items][0][price]={price}&phases[{at}][iterations]=1{none}")
        };
        let phases = |says_none: [bool; 3]| [0, 1, 2].map(|at| phase(at, says_none[at])).join("&");
        let made = talk.done(PATH, &format!("{customer}&start_date=now&{}", phases(says_none)));
        if let Some(second) = then {
            let phases = phases([says_none[0], second, says_none[2]]);
            let path = format!("{PATH}/{}", id(&made));
            talk.done(&path, &format!("phases[0][start_date]={NOW}&{phases}"));
        }
        after(&mut talk, &["1mo", "1mo"]);
        assert_eq!(totals(&mut talk, &made["subscription"]), wanted, "{says_none:?} {then:?}");
    }
}

#[test]
fn a_current_phase_keeps_a_discount_away_as_soon_as_a_call_says_so() {
    let mut talk = Talk::default();
    talk.done("POST /v1/coupons", "id=off&percent_off=50&duration=forever");
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    talk.done(&format!("POST /v1/customers/{}", &customer["customer=".len()..]), "coupon=off");
    let phases = format!("phases[0][items][0][price]={price}&phases[0][iterations]=2");
    let made = talk.done(PATH, &format!("{customer}&start_date=now&{phases}"));
    let change = format!("phases[0][start_date]={NOW}&{phases}&phases[0][discounts]=");
    talk.done(&format!("{PATH}/{}", id(&made)), &change);
    after(&mut talk, &["1mo"]);
    assert_eq!(totals(&mut talk, &made["subscription"]), [600, 1200]);
}

#[test]
fn a_phase_that_nobody_can_pay_leaves_its_schedule_active() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "");
    let customer = body.split('&').next().unwrap();
    let (free, dear) = (monthly(&mut talk, 0), monthly(&mut talk, 3100));
    let phases = format!(
        "phases[0][items][0][price]={free}&phases[0][end_date]={}&\
         phases[1][items][0][price]={dear}&phases[1][end_date]={}&\
         phases[1][proration_behavior]=always_invoice",
        NOW + 11 * DAY,
        NOW + 31 * DAY
    );
    let made = talk.done(PATH, &format!("{customer}&start_date=now&{phases}"));
    after(&mut talk, &["12d"]);
    let schedule = talk.done(&format!("GET /v1/subscription_schedules/{}", id(&made)), "");
    let second = json!({"end_date": NOW + 31 * DAY, "start_date": NOW + 11 * DAY});
    assert_eq!((&schedule["status"], &schedule["current_phase"]), (&json!("active"), &second));
    let path = format!("GET /v1/subscriptions/{}", schedule["subscription"].as_str().unwrap());
    let subscription = talk.done(&path, "");
    let item = &subscription["items"]["data"][0];
    assert_eq!(
        (&subscription["status"], &item["price"]["id"], &subscription["schedule"]),
        (&json!("past_due"), &json!(dear), &made["id"])
    );
    let path = format!("GET /v1/invoices/{}", subscription["latest_invoice"].as_str().unwrap());
    let invoice = talk.done(&path, "");
    let shown = ["status", "amount_due", "attempt_count", "billing_reason", "next_payment_attempt"];
    let tried_again = NOW + 14 * DAY;
    let wanted =
        [json!("open"), json!(2000), json!(1), json!("subscription_update"), json!(tried_again)];
    assert_eq!(shown.map(|name| invoice[name].clone()), wanted);
}

/// What is said of a price of a product that is not there.
fn strange_price(place: &str) -> String {
    format!(
        "{place}[price_data][currency]=usd&{place}[price_data][unit_amount]=5&\
         {place}[price_data][recurring][interval]=month&{place}[price_data][product]=prod_none"
    )
}

#[test]
fn errors_in_lists_name_the_list() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let preview = "POST /v1/invoices/create_preview";
    for (call, body, code, parameter) in [
        (
            preview,
            format!("{customer}&invoice_items[0][amount]=5&invoice_items[1][price]=price_none"),
            "resource_missing",
            "invoice_items[1][price]",
        ),
        (
            preview,
            format!("{customer}&subscription_details[items][0][price]=price_none"),
            "resource_missing",
            "subscription_details[items][0][price]",
        ),
        (
            preview,
            format!(
                "{customer}&subscription_details[items][0][price]={price}&discounts[0][coupon]=none"
            ),
            "resource_missing",
            "discounts[0][coupon]",
        ),
        (
            "POST /v1/subscriptions",
            format!("{customer}&items[0][price]={price}&{}", strange_price("items[1]")),
            "resource_missing",
            "items[1][price_data][product]",
        ),
        (
            "POST /v1/checkout/sessions",
            format!(
                "mode=subscription&success_url=https%3A%2F%2Fa.example&line_items[0][quantity]=1&{}",
                strange_price("line_items[0]")
            ),
            "resource_missing",
            "line_items[0][price_data][product]",
        ),
        (
            "POST /v1/products",
            "name=A&default_price_data[currency]=usd".to_owned(),
            "parameter_missing",
            "default_price_data[unit_amount]",
        ),
    ] {
        talk.refused((call, &body), (400, code, parameter, ""));
    }
}
