//! Coupons of subscriptions: for how long they count, and how they come and go.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::ready;
use super::time::{NOW, after, begun, served};
use super::*;

fn coupon(talk: &mut Talk, id: &str, more: &str) {
    talk.done("POST /v1/coupons", &format!("id={id}&percent_off=25&{more}"));
}

/// What the invoices of a subscription come to, the oldest first.
fn totals(talk: &mut Talk, made: &Value) -> Vec<i64> {
    let list = talk.done(&format!("GET /v1/invoices?subscription={}", id(made)), "");
    let all = list["data"].as_array().unwrap().iter().rev();
    all.map(|invoice| invoice["total"].as_i64().unwrap()).collect()
}

#[test]
fn a_coupon_counts_for_as_long_as_it_says() {
    for (more, wanted) in [
        ("duration=once", [900, 1200, 1200, 1200]),
        ("duration=repeating&duration_in_months=1", [900, 1200, 1200, 1200]),
        ("duration=repeating&duration_in_months=3", [900, 900, 900, 1200]),
        ("duration=forever", [900, 900, 900, 900]),
        ("duration=forever&duration_in_months=2", [900, 900, 900, 900]),
    ] {
        let mut talk = Talk::default();
        coupon(&mut talk, "off", more);
        let made = begun(&mut talk, "pm_card_visa", "discounts[0][coupon]=off");
        after(&mut talk, &["3mo"]);
        assert_eq!(totals(&mut talk, &made), wanted, "{more}");
    }
}

#[test]
fn a_discount_says_when_it_ends() {
    let mut talk = Talk::default();
    coupon(&mut talk, "off", "duration=repeating&duration_in_months=2");
    let more = "discounts[0][coupon]=off&expand[]=discounts";
    let made = begun(&mut talk, "pm_card_visa", more);
    let discount = &made["discounts"][0];
    assert_eq!((&discount["start"], &discount["end"]), (&json!(NOW), &json!(NOW + 61 * 86_400)));
}

#[test]
fn a_subscription_gets_a_coupon_later_and_loses_it() {
    let mut talk = Talk::default();
    coupon(&mut talk, "off", "duration=forever");
    let made = begun(&mut talk, "pm_card_visa", "");
    let path = format!("POST /v1/subscriptions/{}", id(&made));
    let now = talk.done(&path, "discounts[0][coupon]=off");
    let discount = now["discounts"][0].as_str().unwrap().to_owned();
    assert!(discount.starts_with("di_"), "{discount}");
    let kept = talk.done(&path, &format!("discounts[0][discount]={discount}"));
    assert_eq!(kept["discounts"], json!([discount]));
    after(&mut talk, &["1mo"]);
    assert_eq!(talk.done(&path, "discounts=")["discounts"], json!([]));
    after(&mut talk, &["1mo"]);
    assert_eq!(totals(&mut talk, &made), [1200, 900, 1200]);
    assert_eq!(served(&mut talk, &made)["discounts"], json!([]));
    let body = "discounts[0][coupon]=none";
    let wanted = (400, "resource_missing", "discounts[0][coupon]", "No such coupon: 'none'");
    talk.refused((&path, body), wanted);
}

#[test]
fn a_coupon_for_one_invoice_waits_for_the_next_one() {
    // What is said at ten days, and what the invoices come to: one of nothing begins a trial, less what is given back.
    for (more, wanted) in [
        ("", vec![1200, 900, 1200]),
        ("proration_behavior=none&trial_end=1794000000", vec![1200, 0, 900, 1200]),
    ] {
        let mut talk = Talk::default();
        coupon(&mut talk, "off", "duration=once");
        let made = begun(&mut talk, "pm_card_visa", "");
        after(&mut talk, &["10d"]);
        let path = format!("/v1/subscriptions/{}", id(&made));
        let now = talk.done(&format!("POST {path}"), &format!("discounts[0][coupon]=off&{more}"));
        assert_eq!(now["discounts"].as_array().unwrap().len(), 1, "{more}");
        let of = format!("subscription={}", id(&made));
        assert_eq!(talk.done("POST /v1/invoices/create_preview", &of)["total"], 900, "{more}");
        after(&mut talk, &["2mo"]);
        assert_eq!(totals(&mut talk, &made), wanted, "{more}");
        assert_eq!(served(&mut talk, &made)["discounts"], json!([]), "{more}");
        assert_eq!(talk.done("POST /v1/invoices/create_preview", &of)["total"], 1200, "{more}");
    }
}

#[test]
fn an_invoice_uses_a_coupon_for_one_up() {
    let mut talk = Talk::default();
    coupon(&mut talk, "off", "duration=once");
    let made = begun(&mut talk, "pm_card_visa", "discounts[0][coupon]=off");
    assert_eq!((totals(&mut talk, &made), &made["discounts"]), (vec![900], &json!([])));
    assert_eq!(served(&mut talk, &made)["discounts"], json!([]));
    let wanted = (404, "resource_missing", "id", "No active discount for subscription");
    talk.refused((&format!("DELETE /v1/subscriptions/{}/discount", id(&made)), ""), wanted);
    // It is used up with the first invoice of a schedule's phase that begins in the middle of a period, too.
    let mut talk = Talk::default();
    coupon(&mut talk, "off", "duration=once");
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let body = format!(
        "{customer}&start_date=now&phases[0][items][0][price]={price}&phases[0][end_date]={}&\
         phases[1][items][0][price]={price}&phases[1][iterations]=3&\
         phases[1][discounts][0][coupon]=off",
        NOW + 10 * 86_400
    );
    let schedule = talk.done("POST /v1/subscription_schedules", &body);
    let made = json!({"id": schedule["subscription"]});
    after(&mut talk, &["10d", "2mo"]);
    assert_eq!(totals(&mut talk, &made), [1200, 900, 1200]);
}

#[test]
fn a_coupon_for_one_invoice_that_waits_is_not_prorated() {
    for mode in ["flexible", "classic"] {
        let mut talk = Talk::default();
        coupon(&mut talk, "off", "duration=once");
        let made = begun(&mut talk, "pm_card_visa", &format!("billing_mode[type]={mode}"));
        let path = format!("POST /v1/subscriptions/{}", id(&made));
        talk.done(&path, "discounts[0][coupon]=off");
        let item = id(&made["items"]["data"][0]).to_owned();
        let more = "proration_behavior=always_invoice";
        talk.done(&path, &format!("items[0][id]={item}&items[0][quantity]=3&{more}"));
        after(&mut talk, &["1mo"]);
        assert_eq!(totals(&mut talk, &made), [1200, 2400, 2700], "{mode}");
    }
}

/// A customer's events since the coupon was there.
fn of_customer(talk: &mut Talk) -> Vec<String> {
    talk.events().into_iter().filter(|event| event != "coupon.created").collect()
}

#[test]
fn a_customer_gets_changes_and_loses_a_coupon_by_parameters_of_older_versions() {
    let mut talk = Talk::default();
    coupon(&mut talk, "off", "duration=forever");
    talk.done(
        "POST /v1/coupons",
        "id=months&percent_off=50&duration=repeating&duration_in_months=2",
    );
    let made = talk.done("POST /v1/customers", "email=a%40example.com&coupon=off");
    let path = format!("/v1/customers/{}", id(&made));
    let mut discount = json!({
        "id": made["discount"]["id"], "object": "discount", "checkout_session": null,
        "customer": made["id"], "customer_account": null, "end": null, "invoice": null,
        "invoice_item": null, "promotion_code": null,
        "source": {"coupon": "off", "type": "coupon"}, "start": NOW, "subscription": null,
        "subscription_item": null,
    });
    assert_eq!(made["discount"], discount);
    assert_eq!(talk.done(&format!("GET {path}/discount"), ""), discount);
    assert_eq!(talk.done("GET /v1/coupons/off", "")["times_redeemed"], 1);
    talk.later = 60;
    let changed = talk.done(&format!("POST {path}"), "coupon=months");
    discount["source"]["coupon"] = "months".into();
    discount["start"] = (NOW + 60).into();
    discount["end"] = (NOW + 60 + 61 * 86_400).into();
    assert_eq!(changed["discount"], discount);
    let last = talk.done("GET /v1/events?limit=1", "")["data"][0].clone();
    let was = json!({"end": null, "source": {"coupon": "off"}, "start": NOW});
    assert_eq!(last["data"], json!({"object": discount, "previous_attributes": was}));
    assert_eq!(talk.done(&format!("POST {path}"), "coupon=")["discount"], Value::Null);
    talk.refused(
        (&format!("DELETE {path}/discount"), ""),
        (404, "resource_missing", "id", "No active discount for customer"),
    );
    let wanted = [
        "customer.created",
        "customer.discount.created",
        "customer.updated",
        "customer.discount.updated",
        "customer.updated",
        "customer.discount.deleted",
    ];
    assert_eq!(of_customer(&mut talk), wanted);
    // The newest version has no such parameter.
    talk.version = Some(Catalogue::api_version().to_owned());
    let body = (format!("POST {path}"), "coupon=off");
    talk.refused((&body.0, body.1), (400, "parameter_unknown", "coupon", "unknown parameter"));
}

#[test]
fn a_discount_of_a_customer_or_of_a_subscription_is_deleted() {
    let mut talk = Talk::default();
    coupon(&mut talk, "off", "duration=forever");
    let made = begun(&mut talk, "pm_card_visa", "discounts[0][coupon]=off");
    let customer = format!("/v1/customers/{}", made["customer"].as_str().unwrap());
    talk.refused(
        (&format!("DELETE {customer}/discount"), ""),
        (404, "resource_missing", "id", "No active discount for customer"),
    );
    talk.refused(
        (&format!("GET {customer}/discount"), ""),
        (404, "resource_missing", "id", "No such discount"),
    );
    let owner = talk.done(&format!("POST {customer}"), "coupon=off");
    let count = talk.events().len();
    let gone = talk.done(&format!("DELETE {customer}/discount"), "");
    let mut wanted = owner["discount"].clone();
    wanted.as_object_mut().unwrap().shift_remove("end");
    wanted["deleted"] = true.into();
    assert_eq!(gone, wanted);
    assert_eq!(talk.done(&format!("GET {customer}"), "")["discount"], Value::Null);
    let path = format!("/v1/subscriptions/{}", id(&made));
    let gone = talk.done(&format!("DELETE {path}/discount"), "");
    assert_eq!((&gone["id"], &gone["deleted"]), (&made["discounts"][0], &json!(true)));
    assert_eq!(gone["subscription"], made["id"]);
    assert_eq!(served(&mut talk, &made)["discounts"], json!([]));
    talk.refused(
        (&format!("DELETE {path}/discount"), ""),
        (404, "resource_missing", "id", "No active discount for subscription"),
    );
    let told = talk.events().split_off(count);
    let wanted = ["customer.updated", "customer.discount.deleted", "customer.subscription.updated"];
    assert_eq!(told, wanted);
    after(&mut talk, &["1mo"]);
    assert_eq!(totals(&mut talk, &made), [900, 1200]);
}

#[test]
fn a_customers_coupon_counts_for_what_has_none_of_its_own() {
    // For how long, the subscription's own coupon, the totals by month, and what is left to the customer.
    for (more, own, wanted, is_left) in [
        ("duration=once", "", [900, 1200, 1200], false),
        ("duration=repeating&duration_in_months=2", "", [900, 900, 1200], false),
        ("duration=forever", "", [900, 900, 900], true),
        ("duration=forever", "discounts[0][coupon]=half", [600, 900, 900], true),
    ] {
        let mut talk = Talk::default();
        coupon(&mut talk, "off", more);
        talk.done("POST /v1/coupons", "id=half&percent_off=50");
        let (_, body) = ready(&mut talk, "pm_card_visa");
        let customer = body.split(['=', '&']).nth(1).unwrap().to_owned();
        talk.done(&format!("POST /v1/customers/{customer}"), "coupon=off");
        let made = talk.done("POST /v1/subscriptions", &format!("{body}&{own}"));
        after(&mut talk, &["1mo", "1mo", "1d"]);
        assert_eq!(totals(&mut talk, &made), wanted, "{more} {own}");
        let now = talk.done(&format!("GET /v1/customers/{customer}"), "");
        assert_eq!(now["discount"].is_object(), is_left, "{more} {own}");
        let told = talk.events();
        let gone = told.iter().filter(|event| *event == "customer.discount.deleted").count();
        assert_eq!(gone == 1, !is_left, "{more} {own}");
    }
}

#[test]
fn an_invoice_takes_its_customers_coupon_unless_it_says_otherwise() {
    for (more, wanted) in [("", 1500), ("&discounts=", 2000), ("&discounts[0][coupon]=half", 1000)]
    {
        let mut talk = Talk::default();
        coupon(&mut talk, "off", "");
        talk.done("POST /v1/coupons", "id=half&percent_off=50");
        let customer = talk.done("POST /v1/customers", "coupon=off");
        let body = format!("customer={}&amount=2000&currency=usd", id(&customer));
        talk.done("POST /v1/invoiceitems", &body);
        let body =
            format!("customer={}&pending_invoice_items_behavior=include{more}", id(&customer));
        let draft = talk.done("POST /v1/invoices", &body);
        assert_eq!(draft["total"], wanted, "{more}");
        talk.done(&format!("POST /v1/invoices/{}/finalize", id(&draft)), "");
        let now = talk.done(&format!("GET /v1/customers/{}", id(&customer)), "");
        assert_eq!(now["discount"].is_null(), wanted == 1500, "{more}");
    }
}

#[test]
fn a_subscription_keeps_its_customers_coupon_away_where_it_says_so() {
    // What is said at the beginning, and later; the totals, of three months.
    for (more, later, wanted) in [
        ("", "", [900, 900, 900]),
        ("discounts=", "", [1200, 1200, 1200]),
        ("", "discounts=", [900, 1200, 1200]),
        ("discounts=", "discounts[0][coupon]=half", [1200, 600, 900]),
    ] {
        let mut talk = Talk::default();
        coupon(&mut talk, "off", "duration=forever");
        talk.done("POST /v1/coupons", "id=half&percent_off=50");
        let (_, body) = ready(&mut talk, "pm_card_visa");
        let customer = body.split(['=', '&']).nth(1).unwrap().to_owned();
        talk.done(&format!("POST /v1/customers/{customer}"), "coupon=off");
        let made = talk.done("POST /v1/subscriptions", &format!("{body}&{more}"));
        assert_eq!(made["discounts"], json!([]), "{more} {later}");
        if !later.is_empty() {
            talk.done(&format!("POST /v1/subscriptions/{}", id(&made)), later);
        }
        let of = format!("subscription={}", id(&made));
        let preview = talk.done("POST /v1/invoices/create_preview", &of);
        assert_eq!(preview["total"], wanted[1], "{more} {later}");
        after(&mut talk, &["2mo"]);
        assert_eq!(totals(&mut talk, &made), wanted, "{more} {later}");
    }
}
