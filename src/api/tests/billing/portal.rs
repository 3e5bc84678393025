//! Sessions of the customer portal.

use serde_json::json;

use super::super::writes::{Talk, id};
use super::subscriptions::monthly;
use super::time::{NOW, begun};
use super::*;
use crate::api::write::CustomerAnswer;

const CALL: &str = "POST /v1/billing_portal/sessions";

#[test]
fn a_portal_session_has_the_account_s_configuration() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "email=a%40example.com");
    let body = format!("customer={}&return_url=https://example.com/me", id(&customer));
    let call = "POST /v1/billing_portal/sessions";
    let first = talk.done(call, &body);
    assert_eq!(first["return_url"], "https://example.com/me");
    assert!(first["url"].as_str().unwrap().starts_with("https://billing.stripe.com/p/session/"));
    assert_eq!(unknown("billing_portal.session", &first), BTreeSet::new());
    let second = talk.done(call, &format!("customer={}", id(&customer)));
    assert_eq!(second["configuration"], first["configuration"]);
    assert_eq!(second["return_url"], Value::Null);
    let list = talk.done("GET /v1/billing_portal/configurations?is_default=true", "");
    assert_eq!(list["data"][0]["id"], first["configuration"]);
    let wanted =
        ["customer.created", "billing_portal.session.created", "billing_portal.session.created"];
    assert_eq!(talk.events(), wanted);
    let parameter = "configuration";
    talk.refused(
        (call, &format!("{body}&{parameter}=bpc_x")),
        (400, "resource_missing", parameter, "No such"),
    );
    talk.refused((call, ""), (400, "parameter_missing", "customer", "customer"));
    assert_eq!(talk.ask(call, "customer=cus_x").0, 400);
    assert_eq!(first["locale"], json!(null));
}

/// A subscription of a customer with a card, and what a flow about it says.
fn flow(talk: &mut Talk, more: &str, kind: &str) -> (Value, String) {
    let made = begun(talk, "pm_card_visa", more);
    let said = format!(
        "customer={}&flow_data[type]={kind}&flow_data[{kind}][subscription]={}",
        made["customer"].as_str().unwrap(),
        id(&made)
    );
    (made, said)
}

fn confirm(talk: &Talk, page: &Value) -> Value {
    let answer = CustomerAnswer { id: page.as_str().unwrap().to_owned(), decline: None };
    talk.api.complete(&answer, NOW).unwrap()
}

#[test]
fn a_customer_cancels_in_the_portal_as_each_billing_mode_tells_it() {
    for (more, at_end) in [("", false), ("billing_mode[type]=classic", true)] {
        let mut talk = Talk::default();
        let (made, said) = flow(&mut talk, more, "subscription_cancel");
        let session = talk.done(CALL, &said);
        assert_eq!(session["flow"]["type"], "subscription_cancel");
        assert_eq!(session["flow"]["after_completion"]["type"], "portal_homepage");
        let count = talk.events().len();
        let done = confirm(&talk, &session["url"]);
        let end = &made["items"]["data"][0]["current_period_end"];
        assert_eq!((&done["id"], &done["cancel_at"]), (&made["id"], end));
        assert_eq!(
            (&done["status"], &done["cancel_at_period_end"]),
            (&json!("active"), &json!(at_end))
        );
        assert_eq!(done["cancellation_details"]["reason"], "cancellation_requested");
        assert_eq!(talk.events()[count..], ["customer.subscription.updated"]);
        let parameter = "flow_data[subscription_cancel][subscription]";
        talk.refused((CALL, &said), (400, "", parameter, "already set to be canceled"));
    }
}

#[test]
fn a_configuration_says_how_the_customer_cancels_and_whether() {
    let mut talk = Talk::default();
    let (_, said) = flow(&mut talk, "", "subscription_cancel");
    let configurations = "POST /v1/billing_portal/configurations";
    let own = talk.done(configurations, "features[invoice_history][enabled]=true");
    assert_eq!(unknown("billing_portal.configuration", &own), BTreeSet::new());
    assert_eq!(own["is_default"], false);
    let said = format!("{said}&configuration={}", id(&own));
    talk.refused((CALL, &said), (400, "", "", "in the portal configuration is disabled"));
    let now = "features[subscription_cancel][enabled]=true&features[subscription_cancel][mode]=immediately";
    talk.done(&format!("{configurations}/{}", id(&own)), now);
    let session = talk.done(CALL, &said);
    let done = confirm(&talk, &session["id"]);
    assert_eq!((&done["status"], &done["ended_at"]), (&json!("canceled"), &json!(NOW)));
    assert_eq!(talk.events().last().unwrap(), "customer.subscription.deleted");
}

#[test]
fn a_customer_confirms_another_price_in_the_portal_and_pays_as_the_configuration_says() {
    let mut talk = Talk::default();
    let (made, said) = flow(&mut talk, "", "subscription_update_confirm");
    let item = id(&made["items"]["data"][0]).to_owned();
    let dear = monthly(&mut talk, 3000);
    let (name, price) = (
        "flow_data[subscription_update_confirm][items][0]",
        &made["items"]["data"][0]["price"]["id"],
    );
    let wanted =
        |price: &str| format!("{said}&{name}[id]={item}&{name}[price]={price}&{name}[quantity]=1");
    let same = wanted(price.as_str().unwrap());
    talk.refused((CALL, &same), (400, "", "", "there are no changes to confirm"));
    let session = talk.done(CALL, &wanted(&dear));
    let behavior = "features[subscription_update][proration_behavior]=always_invoice";
    let configuration = session["configuration"].as_str().unwrap();
    talk.done(&format!("POST /v1/billing_portal/configurations/{configuration}"), behavior);
    let done = confirm(&talk, &session["url"]);
    assert_eq!(done["items"]["data"][0]["price"]["id"], dear);
    let list = talk.done("GET /v1/invoices?limit=1", "");
    let invoice = &list["data"][0];
    let shown = ["billing_reason", "status", "total"].map(|name| invoice[name].clone());
    assert_eq!(shown, [json!("subscription_update"), json!("paid"), json!(1800)]);
    let of_line = |line: &Value| (id(line).starts_with("il_"), line["invoice"] == invoice["id"]);
    let lines = invoice["lines"]["data"].as_array().unwrap();
    assert!(
        lines.len() == 2 && lines.iter().all(|line| of_line(line) == (true, true)),
        "{invoice}"
    );
}

#[test]
fn a_trial_ends_with_a_change_in_the_portal_and_one_event_tells_of_both() {
    let mut talk = Talk::default();
    let (made, said) = flow(&mut talk, "trial_period_days=7", "subscription_update_confirm");
    assert_eq!(made["status"], "trialing");
    let dear = monthly(&mut talk, 3000);
    let name = "flow_data[subscription_update_confirm][items][0]";
    let item = id(&made["items"]["data"][0]);
    let session = talk.done(CALL, &format!("{said}&{name}[id]={item}&{name}[price]={dear}"));
    let count = talk.events().len();
    let done = confirm(&talk, &session["url"]);
    assert_eq!((&done["status"], &done["trial_end"]), (&json!("active"), &json!(NOW)));
    assert_eq!(done["items"]["data"][0]["price"]["id"], dear);
    let events = talk.events().split_off(count);
    let updated = events.iter().filter(|event| *event == "customer.subscription.updated");
    assert_eq!(updated.count(), 1, "{events:?}");
    assert!(events.contains(&"invoice.paid".to_owned()), "{events:?}");
}

#[test]
fn what_no_flow_is_for_waits_for_nobody() {
    let mut talk = Talk::default();
    let (made, said) = flow(&mut talk, "", "subscription_cancel");
    let other = talk.done("POST /v1/customers", "email=b%40example.com");
    let customer = made["customer"].as_str().unwrap();
    let parameter = "flow_data[subscription_cancel][subscription]";
    let of_other = said.replace(customer, id(&other));
    talk.refused((CALL, &of_other), (400, "resource_missing", parameter, "No such subscription"));
    let nothing = format!("customer={customer}&flow_data[type]=subscription_cancel");
    let parameter = "flow_data[subscription_cancel]";
    talk.refused((CALL, &nothing), (400, "parameter_missing", parameter, "Missing"));
    let plain = talk.done(CALL, &format!("customer={customer}"));
    let sold = "line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=500&\
                line_items[0][price_data][product_data][name]=Mug&line_items[0][quantity]=1";
    let link = talk.done("POST /v1/payment_links", sold);
    let method = format!("customer={customer}&flow_data[type]=payment_method_update");
    let method = talk.done(CALL, &method);
    for (page, decline, why) in [
        (id(&plain), None, "waits for nothing that devtool knows"),
        (link["url"].as_str().unwrap(), None, "it is a payment link"),
        (id(&method), None, "devtool does not serve what the customer chooses"),
        (id(&talk.done(CALL, &said)), Some("lost_card"), "devtool does not serve a decline"),
        ("bps_x", None, "No such billing_portal.session"),
        ("https://billing.stripe.com/p/session/test_x", None, "has that URL"),
    ] {
        let answer = CustomerAnswer { id: page.to_owned(), decline: decline.map(str::to_owned) };
        let error = talk.api.complete(&answer, NOW).unwrap_err();
        assert!(error.contains(why), "{page}: {error}");
    }
}
