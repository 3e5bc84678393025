//! What subscriptions bill besides their items: one-time charges that are added, and what is metered.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::ready;
use super::time::{NOW, after, served};
use super::*;

const MONTH: i64 = 31 * 24 * 60 * 60;

fn once(talk: &mut Talk, amount: i64) -> String {
    let body = format!("currency=usd&unit_amount={amount}&product_data[name]=Setup");
    id(&talk.done("POST /v1/prices", &body)).to_owned()
}

fn metered(talk: &mut Talk) -> String {
    let body = "currency=usd&unit_amount=3&product_data[name]=Calls&recurring[interval]=month&\
                recurring[usage_type]=metered";
    id(&talk.done("POST /v1/prices", body)).to_owned()
}

fn latest(talk: &mut Talk, subscription: &Value) -> Value {
    let id = subscription["latest_invoice"].as_str().unwrap();
    talk.done(&format!("GET /v1/invoices/{id}"), "")
}

#[test]
fn what_is_added_at_the_beginning_is_on_the_first_invoice() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let setup = once(&mut talk, 5000);
    let more = format!("add_invoice_items[0][price]={setup}&add_invoice_items[0][quantity]=2");
    let made = talk.done("POST /v1/subscriptions", &format!("{body}&{more}"));
    assert_eq!(made["items"]["data"].as_array().unwrap().len(), 1);
    let invoice = latest(&mut talk, &made);
    assert_eq!((&invoice["amount_paid"], &invoice["status"]), (&json!(11_200), &json!("paid")));
    let items = talk.done(&format!("GET /v1/invoiceitems?invoice={}", id(&invoice)), "");
    let item = &items["data"][0];
    assert_eq!(item["parent"]["subscription_details"]["subscription"], made["id"]);
    assert_eq!(unknown("invoiceitem", item), BTreeSet::new());
    assert!(talk.events().contains(&"invoiceitem.created".to_owned()));
    // The next one has nothing of it.
    after(&mut talk, &["1mo 1h"]);
    let now = served(&mut talk, &made);
    assert_eq!(latest(&mut talk, &now)["amount_paid"], 1200);
}

#[test]
fn what_is_added_later_waits_for_the_next_invoice() {
    // In classic billing, it may be invoiced by itself.
    for (more, mode, is_invoiced) in [
        ("", "flexible", false),
        ("proration_behavior=always_invoice", "flexible", false),
        ("", "classic", false),
        ("proration_behavior=always_invoice", "classic", true),
    ] {
        let mut talk = Talk::default();
        let (_, body) = ready(&mut talk, "pm_card_visa");
        let made =
            talk.done("POST /v1/subscriptions", &format!("{body}&billing_mode[type]={mode}"));
        let setup = once(&mut talk, 5000);
        let path = format!("POST /v1/subscriptions/{}", id(&made));
        let now = talk.done(&path, &format!("add_invoice_items[0][price]={setup}&{more}"));
        assert_eq!(now["latest_invoice"] != made["latest_invoice"], is_invoiced, "{more} {mode}");
        if is_invoiced {
            assert_eq!(latest(&mut talk, &now)["amount_paid"], 5000);
            continue;
        }
        after(&mut talk, &["1mo 1h"]);
        let now = served(&mut talk, &made);
        assert_eq!(latest(&mut talk, &now)["amount_paid"], 6200, "{more} {mode}");
    }
}

#[test]
fn what_is_added_to_one_subscription_is_not_on_the_invoice_of_another() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_visa");
    let first = talk.done("POST /v1/subscriptions", &body);
    let setup = once(&mut talk, 5000);
    let path = format!("POST /v1/subscriptions/{}", id(&first));
    talk.done(&path, &format!("add_invoice_items[0][price]={setup}"));
    let customer = body.split('&').next().unwrap();
    talk.done("POST /v1/invoiceitems", &format!("{customer}&amount=100&currency=usd"));
    // What is of none is on the first one that comes.
    let other = talk.done("POST /v1/subscriptions", &body);
    assert_eq!(latest(&mut talk, &other)["amount_paid"], 1300);
    after(&mut talk, &["1mo 1h"]);
    for (made, amount) in [(first, 6200), (other, 1200)] {
        let now = served(&mut talk, &made);
        assert_eq!(latest(&mut talk, &now)["amount_paid"], amount);
    }
}

#[test]
fn what_is_added_later_costs_all_beside_a_coupon_for_one_invoice() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "pm_card_visa");
    talk.done("POST /v1/coupons", "id=half&percent_off=50&duration=once");
    let more = "discounts[0][coupon]=half&billing_mode[type]=classic";
    let made = talk.done("POST /v1/subscriptions", &format!("{body}&{more}"));
    assert_eq!(latest(&mut talk, &made)["amount_paid"], 600);
    let setup = once(&mut talk, 5000);
    let more = format!("add_invoice_items[0][price]={setup}&proration_behavior=always_invoice");
    let now = talk.done(&format!("POST /v1/subscriptions/{}", id(&made)), &more);
    assert_eq!(latest(&mut talk, &now)["amount_paid"], 5000);
}

#[test]
fn what_cannot_be_added_is_refused() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let call = "POST /v1/subscriptions";
    let (setup, at) = (once(&mut talk, 500), "add_invoice_items[0]");
    let data = format!("[price_data][currency]=usd&{at}[price_data][unit_amount]=5");
    for (more, code, parameter, words) in [
        ("[price]=price_none".to_owned(), "resource_missing", "[price]", "No such price"),
        (format!("[price]={price}"), "", "[price]", "type=one_time"),
        ("[quantity]=2".to_owned(), "parameter_missing", "[price]", "Missing"),
        (format!("[price]={setup}&{at}[quantity]=-1"), "", "[quantity]", "non-negative"),
        (
            format!("[price]={setup}&{at}[tax_rates][0]=a"),
            "resource_missing",
            "[tax_rates][0]",
            "No such",
        ),
        (
            format!("{data}&{at}[price_data][product]=a"),
            "resource_missing",
            "[price_data][product]",
            "No such",
        ),
    ] {
        let body = format!("{body}&add_invoice_items[0]{more}");
        let parameter: &'static str = Box::leak(format!("add_invoice_items[0]{parameter}").into());
        talk.refused((call, &body), (400, code, parameter, words));
    }
    assert_eq!(talk.done("GET /v1/invoiceitems", "")["data"], json!([]));
}

#[test]
fn what_is_metered_has_no_quantity_and_costs_nothing() {
    let mut talk = Talk::default();
    let (price, body) = ready(&mut talk, "pm_card_visa");
    let calls = metered(&mut talk);
    let made = talk.done("POST /v1/subscriptions", &format!("{body}&items[1][price]={calls}"));
    let item = &made["items"]["data"][1];
    assert_eq!((item.get("quantity"), &item["price"]["id"]), (None, &json!(calls)));
    assert_eq!(item["plan"]["usage_type"], "metered");
    assert_eq!(latest(&mut talk, &made)["amount_paid"], 1200);
    after(&mut talk, &["1mo 1h"]);
    let now = served(&mut talk, &made);
    let invoice = latest(&mut talk, &now);
    let lines = invoice["lines"]["data"].as_array().unwrap();
    let parts = |line: &Value| {
        [line["amount"].clone(), line["quantity"].clone(), line["period"]["start"].clone()]
    };
    assert_eq!(parts(&lines[0]), [json!(1200), json!(1), json!(NOW + MONTH)]);
    assert_eq!(parts(&lines[1]), [json!(0), json!(0), json!(NOW)]);
    let words = "Quantity should not be specified";
    let body = format!("{body}&items[1][price]={calls}&items[1][quantity]=2");
    talk.refused(("POST /v1/subscriptions", &body), (400, "", "items[1][quantity]", words));
    // From one to the other and back, nothing is prorated of what is metered.
    let path = format!("POST /v1/subscription_items/{}", id(item));
    let now = talk.done(&path, &format!("price={price}&quantity=2"));
    assert_eq!(now["quantity"], 2);
    let now = talk.done(&path, &format!("price={calls}&proration_behavior=none"));
    assert_eq!(now.get("quantity"), None);
    let waits = talk.done("GET /v1/invoiceitems?pending=true", "");
    assert_eq!(waits["data"].as_array().unwrap().len(), 1);
}
