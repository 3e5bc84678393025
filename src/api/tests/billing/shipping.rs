//! Checkout that ships, and subscriptions of Checkout whose first period is not a whole one.

use serde_json::json;

use super::super::writes::{Refusal, Talk, id};
use super::subscriptions::monthly;
use super::time::NOW;
use super::*;
use crate::api::write::CustomerAnswer;

const DAY: i64 = 86_400;
const SESSIONS: &str = "POST /v1/checkout/sessions";
const PAGE: &str = "success_url=https://example.com/done";
const MUG: &str = "line_items[0][quantity]=2&line_items[0][price_data][currency]=usd\
                   &line_items[0][price_data][unit_amount]=1500\
                   &line_items[0][price_data][product_data][name]=Mug";
const RATE: &str = "display_name=Ground&fixed_amount[amount]=500&fixed_amount[currency]=USD";

fn complete(talk: &Talk, session: &Value, later: i64) -> Value {
    let answer = CustomerAnswer { id: id(session).to_owned(), decline: None };
    talk.api.complete(&answer, NOW + later).unwrap()
}

#[test]
fn shipping_rates_are_made_changed_and_listed() {
    let mut talk = Talk::default();
    let body = format!(
        "{RATE}&metadata[a]=1&delivery_estimate[minimum][unit]=business_day\
         &delivery_estimate[minimum][value]=3"
    );
    let made = talk.done("POST /v1/shipping_rates", &body);
    let minimum = json!({"unit": "business_day", "value": 3});
    let wanted = json!({
        "id": made["id"], "object": "shipping_rate", "active": true, "created": NOW,
        "delivery_estimate": {"maximum": null, "minimum": minimum},
        "display_name": "Ground", "fixed_amount": {"amount": 500, "currency": "usd"},
        "livemode": false, "metadata": {"a": "1"}, "tax_behavior": "unspecified",
        "tax_code": null, "type": "fixed_amount",
    });
    assert_eq!(made, wanted);
    assert!(id(&made).starts_with("shr_"), "{made}");
    let path = format!("/v1/shipping_rates/{}", id(&made));
    let body = "active=false&tax_behavior=exclusive&metadata[a]=";
    let changed = talk.done(&format!("POST {path}"), body);
    let shown = ["active", "tax_behavior", "metadata"].map(|name| &changed[name]);
    assert_eq!(shown, [&json!(false), &json!("exclusive"), &json!({})]);
    assert_eq!(talk.done(&format!("GET {path}"), ""), changed);
    for (query, wanted) in [("", 1), ("?active=true", 0), ("?active=false&currency=usd", 1)] {
        let list = talk.done(&format!("GET /v1/shipping_rates{query}"), "");
        assert_eq!(list["data"].as_array().unwrap().len(), wanted, "{query}");
    }
    assert_eq!(talk.events(), [""; 0]);
    for (body, wanted) in [
        ("display_name=A", (400, "parameter_missing", "fixed_amount", "")),
        (
            "fixed_amount[amount]=1&fixed_amount[currency]=usd",
            (400, "parameter_missing", "display_name", ""),
        ),
        (
            "display_name=A&fixed_amount[amount]=1",
            (400, "parameter_missing", "fixed_amount[currency]", ""),
        ),
    ] as [(&str, Refusal); 3]
    {
        talk.refused(("POST /v1/shipping_rates", body), wanted);
    }
}

#[test]
fn a_session_ships_at_the_first_rate_to_a_country_that_is_allowed() {
    for (countries, country) in [(["DE", "US"], "US"), (["DE", "FR"], "DE")] {
        let mut talk = Talk::default();
        let rate = talk.done("POST /v1/shipping_rates", RATE);
        let [first, second] = countries;
        let open = talk.done(
            SESSIONS,
            &format!(
                "mode=payment&{PAGE}&{MUG}&customer_creation=always\
                 &shipping_options[0][shipping_rate]={}\
                 &shipping_options[1][shipping_rate_data][display_name]=Air\
                 &shipping_options[1][shipping_rate_data][fixed_amount][amount]=2500\
                 &shipping_options[1][shipping_rate_data][fixed_amount][currency]=usd\
                 &shipping_address_collection[allowed_countries][0]={first}\
                 &shipping_address_collection[allowed_countries][1]={second}\
                 &expand[]=shipping_cost.shipping_rate",
                id(&rate)
            ),
        );
        // Stories ship nothing.
        let mut strange = unknown("checkout.session", &open);
        strange.retain(|path| !path.starts_with("shipping_"));
        assert_eq!(strange, BTreeSet::new());
        let cost = json!({
            "amount_subtotal": 500, "amount_tax": 0, "amount_total": 500, "shipping_rate": rate,
        });
        let totals = json!({"amount_discount": 0, "amount_shipping": 500, "amount_tax": 0});
        let found = ["shipping_cost", "total_details", "amount_subtotal", "amount_total"];
        let found = found.map(|name| open[name].clone());
        assert_eq!(found, [cost, totals, json!(3000), json!(3500)]);
        let options = open["shipping_options"].as_array().unwrap();
        let amounts: Vec<_> = options.iter().map(|one| &one["shipping_amount"]).collect();
        assert_eq!(amounts, [&json!(500), &json!(2500)]);
        assert_eq!(open["shipping_address_collection"], json!({"allowed_countries": countries}));
        let done = complete(&talk, &open, 0);
        let address = json!({
            "city": "Portland", "country": country, "line1": "418 Alder Street", "line2": null,
            "postal_code": "97204", "state": "OR",
        });
        let shipping = json!({"address": address, "name": "Mara Lindqvist"});
        assert_eq!(done["collected_information"]["shipping_details"], shipping);
        let path = format!("GET /v1/payment_intents/{}", done["payment_intent"].as_str().unwrap());
        let intent = talk.done(&path, "");
        assert_eq!(intent["amount_received"], 3500);
        assert_eq!(intent["shipping"]["address"], address);
        let path = format!("GET /v1/customers/{}", done["customer"].as_str().unwrap());
        assert_eq!(talk.done(&path, "")["shipping"]["address"], address);
    }
}

#[test]
fn shipping_that_cannot_be_is_refused() {
    let mut talk = Talk::default();
    let price = monthly(&mut talk, 500);
    let euro = talk.done("POST /v1/shipping_rates", &RATE.replace("USD", "eur"));
    let gone = talk.done("POST /v1/shipping_rates", RATE);
    talk.done(&format!("POST /v1/shipping_rates/{}", id(&gone)), "active=false");
    let once = format!("mode=payment&{PAGE}&{MUG}");
    let option = |id: &str| format!("shipping_options[0][shipping_rate]={id}");
    let six: Vec<String> =
        (0..6).map(|at| format!("shipping_options[{at}][shipping_rate]={}", id(&euro))).collect();
    for (body, code, parameter, message) in [
        (
            format!("{once}&{}", option("shr_none")),
            "resource_missing",
            "shipping_options[0][shipping_rate]",
            "No such shipping_rate",
        ),
        (format!("{once}&{}", option(id(&euro))), "", "shipping_options[0]", "currency"),
        (
            format!("{once}&{}", option(id(&gone))),
            "",
            "shipping_options[0][shipping_rate]",
            "is not active",
        ),
        (format!("{once}&{}", six.join("&")), "", "shipping_options", "at most 5"),
        (
            format!("{once}&shipping_options[0][shipping_rate_data][display_name]=A"),
            "parameter_missing",
            "shipping_options[0][shipping_rate_data][fixed_amount]",
            "Missing required param",
        ),
        (
            format!(
                "mode=subscription&{PAGE}&line_items[0][price]={price}&line_items[0][quantity]=1&{}",
                option(id(&euro))
            ),
            "",
            "shipping_options",
            "`payment` mode",
        ),
    ] {
        talk.refused((SESSIONS, &body), (400, code, parameter, message));
    }
}

#[test]
fn a_subscription_of_checkout_begins_with_a_part_of_a_period_or_a_trial() {
    // A month of 31 days costs 12.00. What is said; the total at first, and of one that is paid an hour later.
    let anchor = format!("subscription_data[billing_cycle_anchor]={}", NOW + 10 * DAY);
    for (said, total, later, paid) in [
        (anchor.clone(), 387, 3600, Some(385)),
        (anchor.clone(), 387, 0, Some(387)),
        (format!("{anchor}&subscription_data[proration_behavior]=none"), 0, 3600, None),
        (format!("subscription_data[trial_end]={}", NOW + 5 * DAY), 0, 0, Some(0)),
    ] {
        let mut talk = Talk::default();
        let price = monthly(&mut talk, 1200);
        let open = talk.done(
            SESSIONS,
            &format!(
                "mode=subscription&{PAGE}&line_items[0][price]={price}&line_items[0][quantity]=1&{said}"
            ),
        );
        assert_eq!(open["amount_total"], total, "{said}");
        let done = complete(&talk, &open, later);
        assert_eq!(done["amount_total"], paid.unwrap_or_default(), "{said} {later}");
        let status = if total == 0 { "no_payment_required" } else { "paid" };
        assert_eq!(done["payment_status"], status, "{said}");
        let path = format!("GET /v1/subscriptions/{}", done["subscription"].as_str().unwrap());
        let made = talk.done(&format!("{path}?expand[]=latest_invoice"), "");
        let end = &made["items"]["data"][0]["current_period_end"];
        assert_eq!(*end, made["billing_cycle_anchor"], "{said}");
        let of_invoice = made["latest_invoice"]["amount_paid"].as_i64();
        assert_eq!((of_invoice, &made["start_date"]), (paid, &json!(NOW + later)), "{said}");
    }
    let mut talk = Talk::default();
    let price = monthly(&mut talk, 1200);
    let body =
        format!("mode=subscription&{PAGE}&line_items[0][price]={price}&line_items[0][quantity]=1");
    let anchor = "subscription_data[billing_cycle_anchor]";
    for (said, parameter, message) in [
        (NOW + DAY, "subscription_data[trial_end]", "at least 2 days"),
        (NOW, anchor, "in the future"),
        (NOW + 40 * DAY, anchor, "later than"),
    ] {
        let wanted = (400, "", parameter, message);
        talk.refused((SESSIONS, &format!("{body}&{parameter}={said}")), wanted);
    }
}
