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
