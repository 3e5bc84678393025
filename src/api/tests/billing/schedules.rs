//! Schedules of subscriptions: made, changed and ended by calls, and followed as time goes by.

use serde_json::json;

use super::super::writes::{Refusal, Talk, id};
use super::subscriptions::{monthly, ready, told};
use super::time::{NOW, after, begun, served};
use super::*;

const DAY: i64 = 86_400;
const PATH: &str = "/v1/subscription_schedules";
/// From NOW on, 2026-10-14: months of 31, 30 and 31 days.
const MONTHS: [i64; 4] = [NOW, NOW + 31 * DAY, NOW + 61 * DAY, NOW + 92 * DAY];

/// A customer with that card, and prices of 12.00 and 20.00 a month.
fn prepared(talk: &mut Talk, card: &str) -> (String, [String; 2]) {
    let (price, body) = ready(talk, card);
    let customer = body.split(['=', '&']).nth(1).unwrap().to_owned();
    (customer, [price, monthly(talk, 2000)])
}

/// A schedule of a month by the first price and one by the second.
fn made(talk: &mut Talk, card: &str, more: &str) -> Value {
    let (customer, [low, high]) = prepared(talk, card);
    let body = format!(
        "customer={customer}&phases[0][items][0][price]={low}&phases[0][iterations]=1&\
         phases[1][items][0][price]={high}&phases[1][duration][interval]=month&\
         phases[1][duration][interval_count]=2&{more}"
    );
    talk.done(&format!("POST {PATH}"), &body)
}

fn schedule(talk: &mut Talk, made: &Value) -> Value {
    talk.done(&format!("GET {PATH}/{}", id(made)), "")
}

fn subscription(talk: &mut Talk, made: &Value) -> Value {
    let id = schedule(talk, made)["subscription"].as_str().unwrap().to_owned();
    talk.done(&format!("GET /v1/subscriptions/{id}"), "")
}

/// The events of schedules and subscriptions alone.
fn of_both(events: Vec<String>) -> Vec<String> {
    let is_of_both = |event: &String| {
        event.starts_with("subscription_schedule") || event.starts_with("customer.subscription")
    };
    events.into_iter().filter(is_of_both).collect()
}

#[test]
fn a_schedule_that_begins_now_makes_its_subscription_with_a_draft() {
    let mut talk = Talk::default();
    let made = made(&mut talk, "pm_card_visa", "start_date=now&metadata[order]=7");
    assert_eq!(unknown("subscription_schedule", &made), BTreeSet::new());
    let phase = |at: usize| {
        let price = &made["phases"][at]["items"][0]["price"];
        json!({
            "add_invoice_items": [], "application_fee_percent": null,
            "billing_cycle_anchor": null, "billing_thresholds": null, "collection_method": null,
            "currency": "usd", "default_payment_method": null, "description": null,
            "discounts": [], "end_date": MONTHS[[1, 3][at]], "invoice_settings": null,
            "items": [{
                "billing_thresholds": null, "discounts": [], "metadata": {}, "plan": price,
                "price": price, "quantity": 1, "tax_rates": [],
            }],
            "metadata": {}, "on_behalf_of": null, "proration_behavior": "create_prorations",
            "start_date": MONTHS[at], "transfer_data": null, "trial_end": null,
        })
    };
    assert_eq!(made["phases"], json!([phase(0), phase(1)]));
    assert_eq!(made["current_phase"], json!({"start_date": NOW, "end_date": MONTHS[1]}));
    let said = ["status", "end_behavior", "metadata"].map(|name| made[name].clone());
    assert_eq!(said, [json!("active"), json!("release"), json!({"order": "7"})]);
    let begun = subscription(&mut talk, &made);
    assert_eq!((&begun["status"], &begun["schedule"]), (&json!("active"), &made["id"]));
    let invoice = format!("GET /v1/invoices/{}", begun["latest_invoice"].as_str().unwrap());
    let draft = talk.done(&invoice, "");
    let said = ["status", "billing_reason", "automatically_finalizes_at"];
    let wanted = [json!("draft"), json!("subscription_create"), json!(NOW + 3600)];
    assert_eq!(said.map(|name| draft[name].clone()), wanted);
    let events = of_both(told(&mut talk));
    assert_eq!(events, ["subscription_schedule.created", "customer.subscription.created"]);
    after(&mut talk, &["1h"]);
    assert_eq!(talk.done(&invoice, "")["status"], "paid");
}

#[test]
fn the_subscription_follows_the_phases_until_the_schedule_ends() {
    for (more, at_the_end, status) in [
        ("", ["subscription_schedule.completed", "customer.subscription.updated"], "active"),
        (
            "&end_behavior=cancel",
            ["subscription_schedule.completed", "customer.subscription.deleted"],
            "canceled",
        ),
    ] {
        let mut talk = Talk::default();
        let made = made(&mut talk, "pm_card_visa", &format!("start_date=now{more}"));
        let cancels = status == "canceled";
        let end = if cancels { json!(MONTHS[3]) } else { Value::Null };
        assert_eq!(subscription(&mut talk, &made)["cancel_at"], end);
        let next = after(&mut talk, &["31d"]);
        let wanted = ["customer.subscription.updated", "subscription_schedule.updated"];
        assert_eq!(of_both(next), wanted);
        let now = subscription(&mut talk, &made);
        let item = &now["items"]["data"][0];
        let shown = json!([
            item["price"]["unit_amount"],
            item["current_period_start"],
            item["current_period_end"],
        ]);
        assert_eq!(shown, json!([2000, MONTHS[1], MONTHS[2]]));
        let span = json!({"start_date": MONTHS[1], "end_date": MONTHS[3]});
        assert_eq!(schedule(&mut talk, &made)["current_phase"], span);
        assert_eq!(of_both(after(&mut talk, &["31d"])), ["customer.subscription.updated"]);
        // Seven days before the end.
        assert_eq!(of_both(after(&mut talk, &["22d"])), Vec::<String>::new());
        assert_eq!(of_both(after(&mut talk, &["2d"])), ["subscription_schedule.expiring"]);
        let ended = of_both(after(&mut talk, &["6d"]));
        assert_eq!(ended[..2], at_the_end);
        let now = schedule(&mut talk, &made);
        let said = ["status", "completed_at", "current_phase"].map(|name| now[name].clone());
        assert_eq!(said, [json!("completed"), json!(MONTHS[3]), Value::Null]);
        let of_it = made["subscription"].clone();
        let now = talk.done(&format!("GET /v1/subscriptions/{}", of_it.as_str().unwrap()), "");
        assert_eq!(now["status"], status);
        assert_eq!(now["schedule"].is_null(), !cancels);
        let list = format!("GET /v1/invoices?subscription={}", of_it.as_str().unwrap());
        let all = talk.done(&list, "");
        let totals: Vec<&Value> =
            all["data"].as_array().unwrap().iter().rev().map(|one| &one["total"]).collect();
        let mut wanted = vec![1200, 2000, 2000];
        wanted.extend(Some(2000).filter(|_| !cancels));
        assert_eq!(json!(totals), json!(wanted));
    }
}

#[test]
fn a_schedule_begins_later_and_a_phase_in_the_middle_of_a_period_is_prorated() {
    let mut talk = Talk::default();
    let (customer, [low, high]) = prepared(&mut talk, "pm_card_visa");
    let start = NOW + 10 * DAY;
    let body = format!(
        "customer={customer}&start_date={start}&phases[0][items][0][price]={low}&\
         phases[0][end_date]={}&phases[1][items][0][price]={high}&phases[1][items][0][quantity]=2&\
         phases[1][proration_behavior]=always_invoice&phases[1][metadata][tier]=high",
        start + 10 * DAY
    );
    let made = talk.done(&format!("POST {PATH}"), &body);
    let said = ["status", "subscription", "current_phase"].map(|name| made[name].clone());
    assert_eq!(said, [json!("not_started"), Value::Null, Value::Null]);
    let began = of_both(after(&mut talk, &["10d"]));
    assert_eq!(began, ["subscription_schedule.updated", "customer.subscription.created"]);
    assert_eq!(subscription(&mut talk, &made)["start_date"], start);
    let next = after(&mut talk, &["1h", "10d"]);
    let prorations = next.iter().filter(|event| *event == "invoiceitem.created").count();
    assert_eq!(prorations, 2, "{next:?}");
    let now = subscription(&mut talk, &made);
    let item = &now["items"]["data"][0];
    let shown = json!([item["price"]["unit_amount"], item["quantity"], now["metadata"]]);
    assert_eq!(shown, json!([2000, 2, {"tier": "high"}]));
    let invoice = format!("GET /v1/invoices/{}", now["latest_invoice"].as_str().unwrap());
    // 21 of 31 days are left: of 40.00 less those of 12.00.
    assert_eq!(talk.done(&invoice, "")["total"], 2710 - 813);
}

#[test]
fn a_subscription_that_is_there_is_changed_at_the_end_of_its_period() {
    let mut talk = Talk::default();
    let own = begun(&mut talk, "pm_card_visa", "");
    let high = monthly(&mut talk, 2000);
    let count = told(&mut talk).len();
    let made = talk.done(&format!("POST {PATH}"), &format!("from_subscription={}", id(&own)));
    assert_eq!(unknown("subscription_schedule", &made), BTreeSet::new());
    let low = made["phases"][0]["items"][0]["price"].as_str().unwrap().to_owned();
    let span = json!({"start_date": NOW, "end_date": MONTHS[1]});
    let said = ["status", "subscription", "current_phase"].map(|name| made[name].clone());
    assert_eq!(said, [json!("active"), own["id"].clone(), span]);
    assert_eq!(served(&mut talk, &own)["schedule"], made["id"]);
    let body = format!(
        "phases[0][items][0][price]={low}&phases[0][items][0][quantity]=1&phases[0][start_date]={NOW}&\
         phases[0][end_date]={}&phases[1][items][0][price]={high}&phases[1][proration_behavior]=none",
        MONTHS[1]
    );
    let changed = talk.done(&format!("POST {PATH}/{}", id(&made)), &body);
    assert_eq!(changed["phases"].as_array().unwrap().len(), 2);
    let wanted = [
        "subscription_schedule.created",
        "customer.subscription.updated",
        "subscription_schedule.updated",
    ];
    assert_eq!(told(&mut talk).split_off(count), wanted);
    after(&mut talk, &["31d", "1h"]);
    let now = served(&mut talk, &own);
    assert_eq!(now["items"]["data"][0]["price"]["id"], high);
    let invoice = format!("GET /v1/invoices/{}", now["latest_invoice"].as_str().unwrap());
    let invoice = talk.done(&invoice, "");
    let said = ["billing_reason", "total", "status"].map(|name| invoice[name].clone());
    assert_eq!(said, [json!("subscription_cycle"), json!(2000), json!("paid")]);
}

#[test]
fn a_schedule_is_canceled_with_its_subscription_and_the_other_way_round() {
    for (by, wanted) in [
        ("schedule", vec!["customer.subscription.deleted", "subscription_schedule.canceled"]),
        ("subscription", vec!["customer.subscription.deleted", "subscription_schedule.canceled"]),
        ("later", vec!["subscription_schedule.canceled"]),
    ] {
        let mut talk = Talk::default();
        let start = if by == "later" {
            format!("start_date={}", NOW + DAY)
        } else {
            "start_date=now".into()
        };
        let made = made(&mut talk, "pm_card_visa", &start);
        let count = told(&mut talk).len();
        let now = if by == "subscription" {
            let path =
                format!("DELETE /v1/subscriptions/{}", made["subscription"].as_str().unwrap());
            talk.done(&path, "");
            schedule(&mut talk, &made)
        } else {
            let body = "prorate=false&invoice_now=false";
            talk.done(&format!("POST {PATH}/{}/cancel", id(&made)), body)
        };
        let said = ["status", "canceled_at", "current_phase"].map(|name| now[name].clone());
        assert_eq!(said, [json!("canceled"), json!(NOW), Value::Null], "{by}");
        assert_eq!(of_both(told(&mut talk).split_off(count)), wanted, "{by}");
    }
}

#[test]
fn a_schedule_is_aborted_where_nobody_pays_and_released_where_that_is_asked_for() {
    let mut talk = Talk::default();
    let made_one = made(&mut talk, "pm_card_chargeCustomerFail", "start_date=now");
    // The first payment is tried once, that of the next period three times.
    let told = after(&mut talk, &["42d"]);
    let wanted = [
        "customer.subscription.updated",
        "customer.subscription.updated",
        "subscription_schedule.updated",
        "customer.subscription.deleted",
        "subscription_schedule.aborted",
    ];
    assert_eq!(of_both(told), wanted);
    assert_eq!(schedule(&mut talk, &made_one)["status"], "canceled");
    let made = made(&mut talk, "pm_card_visa", "start_date=now&end_behavior=cancel");
    let released = talk.done(&format!("POST {PATH}/{}/release", id(&made)), "");
    assert_eq!(released["released_subscription"], made["subscription"]);
    let path = format!("GET /v1/subscriptions/{}", made["subscription"].as_str().unwrap());
    let now = talk.done(&path, "");
    assert_eq!((&now["schedule"], &now["cancel_at"]), (&Value::Null, &Value::Null));
}

/// The customer and the subscription of a schedule, and an item of its first phase as a call says it.
fn parts(made: &Value) -> [String; 3] {
    let price = made["phases"][0]["items"][0]["price"].as_str().unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    [text("customer"), text("subscription"), format!("phases[0][items][0][price]={price}")]
}

#[test]
fn schedules_that_cannot_be_made_are_refused() {
    let mut talk = Talk::default();
    let [customer, of, item] = parts(&made(&mut talk, "pm_card_visa", "start_date=now"));
    let (customer, of) = (format!("customer={customer}"), format!("from_subscription={of}"));
    let create = format!("POST {PATH}");
    let not_served = |what| (400, "devtool_not_served", "", what);
    let missing = |name| (400, "parameter_missing", name, name);
    let no_price = (400, "resource_missing", "phases[0][items][0][price]", "No such price");
    let both = format!("{customer}&{item}");
    let cases: [(String, Refusal); 8] = [
        (item.clone(), missing("customer")),
        (customer.clone(), missing("phases")),
        (format!("{customer}&phases[0][items][0][price]=none"), no_price),
        (
            format!("{both}&phases[0][end_date]=5"),
            (400, "", "phases[0][end_date]", "after its start"),
        ),
        (format!("{both}&start_date=5"), not_served("in the past")),
        (format!("{both}&phases[0][transfer_data][destination]=a"), not_served("transfer_data")),
        (of.clone(), (400, "", "from_subscription", "already attached")),
        (format!("{of}&start_date=now"), (400, "", "start_date", "cannot set")),
    ];
    for (body, wanted) in cases {
        talk.refused((&create, &body), wanted);
    }
    talk.version = Some(Catalogue::api_version().to_owned());
    let wanted = (400, "parameter_unknown", "phases[0][iterations]", "unknown parameter");
    talk.refused((&create, &format!("{both}&phases[0][iterations]=2")), wanted);
}

#[test]
fn changes_that_a_schedule_does_not_take_are_refused() {
    let mut talk = Talk::default();
    let made = made(&mut talk, "pm_card_visa", "start_date=now");
    let [_, of, item] = parts(&made);
    let update = format!("POST {PATH}/{}", id(&made));
    let cancel = format!("{update}/cancel");
    let later = format!("{item}&phases[0][start_date]={}", NOW + DAY);
    let anchor = (400, "", "phases", "to anchor end dates to");
    talk.refused((&update, &item), anchor);
    let moved = (400, "", "phases[0][start_date]", "start date of the current phase");
    talk.refused((&update, &later), moved);
    let managed = (400, "", "cancel_at_period_end", "managed by the subscription schedule");
    let call = format!("POST /v1/subscriptions/{of}");
    talk.refused((&call, "cancel_at_period_end=true"), managed);
    talk.done(&cancel, "");
    talk.refused((&cancel, ""), (400, "", "", "currently in the `canceled` status"));
}

#[test]
fn how_a_schedule_ends_is_changed_and_its_subscription_says_so() {
    let mut talk = Talk::default();
    let made = made(&mut talk, "pm_card_visa", "start_date=now");
    let update = format!("POST {PATH}/{}", id(&made));
    let count = told(&mut talk).len();
    assert_eq!(talk.done(&update, "end_behavior=cancel")["end_behavior"], "cancel");
    assert_eq!(subscription(&mut talk, &made)["cancel_at"], MONTHS[3]);
    talk.done(&update, "end_behavior=release&metadata[order]=8");
    assert_eq!(subscription(&mut talk, &made)["cancel_at"], Value::Null);
    let both = ["subscription_schedule.updated", "customer.subscription.updated"];
    assert_eq!(told(&mut talk).split_off(count), [both, both].concat());
}
