//! Test clocks: what lives by them, and how far they go.

use serde_json::json;

use super::super::payments::scenario;
use super::super::writes::{Talk, id};
use super::subscriptions::{monthly, told};
use super::*;

/// Long before the time of the calls.
const START: i64 = 1_700_000_000;
const DAY: i64 = 24 * 60 * 60;
/// From 2023-11-14 on.
const MONTH: i64 = 30 * DAY;
const CLOCKS: &str = "/v1/test_helpers/test_clocks";

fn clock(talk: &mut Talk, frozen: i64) -> String {
    let made = talk.done(&format!("POST {CLOCKS}"), &format!("frozen_time={frozen}&name=a"));
    id(&made).to_owned()
}

/// A customer with a card who lives by a clock.
fn customer(talk: &mut Talk, clock: &str) -> String {
    let card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
    let body = format!("test_clock={clock}&email=a%40example.com&{card}");
    id(&talk.done("POST /v1/customers", &body)).to_owned()
}

fn subscription(talk: &mut Talk, customer: &str, more: &str) -> Value {
    let price = monthly(talk, 1200);
    let body = format!("customer={customer}&items[0][price]={price}&{more}");
    talk.done("POST /v1/subscriptions", &body)
}

fn advance(talk: &mut Talk, clock: &str, until: i64) -> Value {
    talk.done(&format!("POST {CLOCKS}/{clock}/advance"), &format!("frozen_time={until}"))
}

fn served(talk: &mut Talk, path: &str, value: &Value) -> Value {
    talk.done(&format!("GET {path}/{}", id(value)), "")
}

#[test]
fn a_clock_is_made_shown_listed_and_deleted() {
    let mut talk = Talk::default();
    let made = talk.done(&format!("POST {CLOCKS}"), &format!("frozen_time={START}"));
    assert_eq!((&made["status"], &made["name"]), (&json!("ready"), &Value::Null));
    assert_eq!(made["deletes_after"], 1_792_000_000 + 30 * DAY);
    assert_eq!(unknown("test_helpers.test_clock", &made), BTreeSet::new());
    assert_eq!(served(&mut talk, CLOCKS, &made), made);
    assert_eq!(talk.done(&format!("GET {CLOCKS}"), "")["data"], json!([made]));
    let path = format!("{CLOCKS}/{}", id(&made));
    let gone = talk.done(&format!("DELETE {path}"), "");
    let wanted = json!({"id": made["id"], "object": "test_helpers.test_clock", "deleted": true});
    assert_eq!(gone, wanted);
    talk.refused((&format!("GET {path}"), ""), (404, "resource_missing", "id", "No such"));
    assert_eq!(
        talk.events(),
        ["test_helpers.test_clock.created", "test_helpers.test_clock.deleted"]
    );
}

#[test]
fn the_payment_of_an_invoice_that_is_voided_is_canceled_by_the_time_of_payments() {
    let mut talk = Talk::default();
    let clock = clock(&mut talk, START);
    let customer = customer(&mut talk, &clock);
    let made = subscription(&mut talk, &customer, "payment_behavior=default_incomplete");
    let open = made["latest_invoice"].as_str().unwrap();
    let gone = talk.done(&format!("POST /v1/invoices/{open}/void"), "");
    assert_eq!(gone["status_transitions"]["voided_at"], START);
    let list = talk.done(&format!("GET /v1/payment_intents?customer={customer}"), "");
    assert_eq!(list["data"][0]["canceled_at"], 1_792_000_000);
}

#[test]
fn what_a_customer_has_lives_by_their_clock_and_payments_do_not() {
    let mut talk = Talk::default();
    let clock = clock(&mut talk, START);
    let customer = customer(&mut talk, &clock);
    let made = subscription(&mut talk, &customer, "");
    let invoice = made["latest_invoice"].as_str().unwrap();
    let invoice = talk.done(&format!("GET /v1/invoices/{invoice}"), "");
    for own in [&made, &invoice] {
        assert_eq!((&own["test_clock"], &own["created"]), (&json!(clock), &json!(START)));
    }
    assert_eq!(made["items"]["data"][0]["current_period_end"], START + MONTH);
    assert_eq!(invoice["status_transitions"]["paid_at"], START);
    let body = format!("customer={customer}&amount=100&currency=usd");
    let item = talk.done("POST /v1/invoiceitems", &body);
    assert_eq!((&item["test_clock"], &item["date"]), (&json!(clock), &json!(START)));
    let list = talk.done(&format!("GET /v1/charges?customer={customer}"), "");
    assert_eq!(list["data"][0]["created"], 1_792_000_000);
    let list = talk.done(&format!("GET /v1/payment_intents?customer={customer}"), "");
    assert_eq!(list["data"][0]["created"], 1_792_000_000);
}

#[test]
fn a_clock_goes_on_by_itself_and_what_comes_due_is_told_on_its_way() {
    let mut talk = Talk::default();
    let clock = clock(&mut talk, START);
    let owner = customer(&mut talk, &clock);
    let made = subscription(&mut talk, &owner, "");
    let count = told(&mut talk).len();
    let answer = advance(&mut talk, &clock, START + MONTH + 3600);
    assert_eq!((&answer["status"], &answer["frozen_time"]), (&json!("advancing"), &json!(START)));
    let target = &answer["status_details"]["advancing"]["target_frozen_time"];
    assert_eq!(*target, START + MONTH + 3600);
    assert_eq!(unknown("test_helpers.test_clock", &answer), BTreeSet::new());
    let now = served(&mut talk, CLOCKS, &answer);
    assert_eq!(
        (&now["status"], &now["frozen_time"], &now["status_details"]),
        (&json!("ready"), target, &json!({}))
    );
    let all = told(&mut talk).split_off(count);
    assert_eq!(all.first().unwrap(), "test_helpers.test_clock.advancing");
    assert_eq!(all.last().unwrap(), "test_helpers.test_clock.ready");
    assert_eq!(all[1..all.len() - 1], scenario("renewal"));
    let now = served(&mut talk, "/v1/subscriptions", &made);
    assert_eq!(now["items"]["data"][0]["current_period_start"], START + MONTH);
    // The rest goes by devtool's own time, and this does not.
    let other = subscription(&mut talk, &owner, "trial_period_days=2");
    assert_eq!(other["trial_end"], START + MONTH + 3600 + 2 * DAY);
    talk.api.advance("29d".parse().unwrap(), 1_792_000_000).unwrap();
    assert_eq!(served(&mut talk, "/v1/subscriptions", &made), now);
    let body = format!("customer={owner}&amount=100&currency=usd");
    assert_eq!(talk.done("POST /v1/invoiceitems", &body)["date"], START + MONTH + 3600);
}

#[test]
fn a_clock_moves_nothing_of_others() {
    let mut talk = Talk::default();
    let clocks = [clock(&mut talk, START), clock(&mut talk, START)];
    let all = clocks.clone().map(|clock| customer(&mut talk, &clock));
    let all = all.map(|customer| subscription(&mut talk, &customer, ""));
    let without = talk.done(
        "POST /v1/customers",
        "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa",
    );
    let without = subscription(&mut talk, id(&without), "");
    advance(&mut talk, &clocks[0], START + MONTH);
    let mut start = |own: &Value| {
        served(&mut talk, "/v1/subscriptions", own)["items"]["data"][0]["current_period_start"]
            .clone()
    };
    assert_eq!([&all[0], &all[1], &without].map(&mut start), [START + MONTH, START, 1_792_000_000]);
}

#[test]
fn how_far_a_clock_goes() {
    let mut talk = Talk::default();
    let clock = clock(&mut talk, START);
    let path = format!("POST {CLOCKS}/{clock}/advance");
    let time = |second: i64| format!("frozen_time={second}");
    let refused = |talk: &mut Talk, second: i64, words: &'static str| {
        talk.refused((&path, &time(second)), (400, "", "frozen_time", words));
    };
    refused(&mut talk, START, "must be after");
    refused(&mut talk, START - 1, "must be after");
    refused(&mut talk, START + 731 * DAY + 1, "two years");
    talk.refused((&path, ""), (400, "parameter_missing", "frozen_time", "frozen_time"));
    advance(&mut talk, &clock, START + 731 * DAY);
    let now = START + 731 * DAY;
    let owner = customer(&mut talk, &clock);
    let made = subscription(&mut talk, &owner, "");
    // From 2025-11-14 on, two months are 61 days.
    refused(&mut talk, now + 61 * DAY + 1, "two intervals");
    talk.done(&format!("DELETE /v1/subscriptions/{}", id(&made)), "");
    advance(&mut talk, &clock, now + 61 * DAY + 1);
    let none = format!("POST {CLOCKS}/clock_none/advance");
    talk.refused((&none, &time(now)), (404, "resource_missing", "id", "No such"));
    for wrong in [-1, i64::MAX] {
        let create = format!("POST {CLOCKS}");
        talk.refused((&create, &time(wrong)), (400, "", "frozen_time", "Invalid timestamp"));
    }
    let body = "test_clock=clock_none";
    let wanted = (400, "resource_missing", "test_clock", "No such");
    talk.refused(("POST /v1/customers", body), wanted);
}

#[test]
fn lists_have_what_lives_by_clocks_only_where_its_parent_is_named() {
    let mut talk = Talk::default();
    let clock = clock(&mut talk, START);
    let owner = customer(&mut talk, &clock);
    let made = subscription(&mut talk, &owner, "");
    talk.done("POST /v1/invoiceitems", &format!("customer={owner}&amount=100&currency=usd"));
    let count = |talk: &mut Talk, path: &str| {
        talk.done(&format!("GET {path}"), "")["data"].as_array().unwrap().len()
    };
    for (list, by) in [
        ("customers", vec![format!("test_clock={clock}")]),
        ("subscriptions", vec![format!("test_clock={clock}"), format!("customer={owner}")]),
        ("invoices", vec![format!("customer={owner}"), format!("subscription={}", id(&made))]),
        ("invoiceitems", vec![format!("customer={owner}")]),
    ] {
        assert_eq!(count(&mut talk, &format!("/v1/{list}")), 0, "{list}");
        for by in by {
            assert_eq!(count(&mut talk, &format!("/v1/{list}?{by}")), 1, "{list} {by}");
        }
    }
    assert_eq!(count(&mut talk, "/v1/subscriptions?customer=cus_none"), 0);
    let path = format!("GET /v1/subscriptions/{}?expand[]=test_clock", id(&made));
    assert_eq!(talk.done(&path, "")["test_clock"]["frozen_time"], START);
}

#[test]
fn with_a_clock_its_customers_go_and_their_subscriptions_end() {
    for is_over in [false, true] {
        let mut talk = Talk::default();
        let clock = clock(&mut talk, START);
        let owner = customer(&mut talk, &clock);
        let made = subscription(&mut talk, &owner, "");
        let count = talk.events().len();
        if is_over {
            talk.api.advance("30d".parse().unwrap(), 1_792_000_000).unwrap();
        } else {
            talk.done(&format!("DELETE {CLOCKS}/{clock}"), "");
        }
        assert_eq!(
            talk.events()[count..],
            [
                "customer.subscription.deleted",
                "customer.deleted",
                "test_helpers.test_clock.deleted"
            ]
        );
        assert_eq!(talk.done(&format!("GET /v1/customers/{owner}"), "")["deleted"], true);
        assert_eq!(served(&mut talk, "/v1/subscriptions", &made)["status"], "canceled");
    }
}

#[test]
fn what_devtool_does_not_do_stops_a_clock_for_good() {
    let mut talk = Talk::default();
    let clock = clock(&mut talk, START);
    let owner = customer(&mut talk, &clock);
    let made = subscription(&mut talk, &owner, "");
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    talk.done(&path, "pause_collection[behavior]=void");
    advance(&mut talk, &clock, START + MONTH);
    let now = talk.done(&format!("GET {CLOCKS}/{clock}"), "");
    assert_eq!((&now["status"], &now["frozen_time"]), (&json!("internal_failure"), &json!(START)));
    assert_eq!(talk.events().last().unwrap(), "test_helpers.test_clock.internal_failure");
    let path = format!("POST {CLOCKS}/{clock}/advance");
    let body = format!("frozen_time={}", START + MONTH);
    talk.refused((&path, &body), (400, "", "", "failed to advance"));
    talk.done(&format!("DELETE {CLOCKS}/{clock}"), "");
}

#[test]
fn a_clock_has_room_for_three_customers_with_three_subscriptions_each() {
    let mut talk = Talk::default();
    let clock = clock(&mut talk, START);
    let owners = [(); 3].map(|()| customer(&mut talk, &clock));
    let wanted = (400, "", "test_clock", "the limit of 3 customers");
    talk.refused(("POST /v1/customers", &format!("test_clock={clock}")), wanted);
    let all = [(); 3].map(|()| subscription(&mut talk, &owners[0], ""));
    let price = monthly(&mut talk, 1200);
    let body = format!("customer={}&items[0][price]={price}", owners[0]);
    let wanted = (400, "", "customer", "up to 3 subscriptions");
    talk.refused(("POST /v1/subscriptions", &body), wanted);
    talk.done(&format!("DELETE /v1/subscriptions/{}", id(&all[0])), "");
    talk.done("POST /v1/subscriptions", &body);
    talk.done(&format!("DELETE /v1/customers/{}", owners[1]), "");
    customer(&mut talk, &clock);
}

#[test]
fn a_balance_changes_at_the_time_of_the_clock() {
    let mut talk = Talk::default();
    let clock = clock(&mut talk, START);
    let owner = customer(&mut talk, &clock);
    let path = format!("POST /v1/customers/{owner}/balance_transactions");
    let made = talk.done(&path, "amount=-500&currency=usd");
    assert_eq!(made["created"], START);
    subscription(&mut talk, &owner, "");
    let all = talk.done(&format!("GET /v1/customers/{owner}/balance_transactions"), "");
    let all = all["data"].as_array().unwrap().iter();
    let shown: Vec<Value> =
        all.map(|one| json!([one["type"], one["amount"], one["created"]])).collect();
    let wanted = [json!(["applied_to_invoice", 500, START]), json!(["adjustment", -500, START])];
    assert_eq!(shown, wanted);
}
