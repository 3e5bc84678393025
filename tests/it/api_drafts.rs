//! Drafts of invoices wait for the answer to `invoice.created`, whoever delivers it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::support::asking::ask;
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::running_api::RunningApi;

/// An endpoint that answers 500 to `invoice.created` while that is so.
fn failing() -> (Endpoint, Arc<AtomicBool>) {
    let is_failing = Arc::new(AtomicBool::new(true));
    let fails = Arc::clone(&is_failing);
    let endpoint = Endpoint::new(move |request| {
        let fails = request.name() == "invoice.created" && fails.load(Ordering::SeqCst);
        if fails { Reply::new(500, "no") } else { Reply::new(200, "ok") }
    });
    (endpoint, is_failing)
}

fn done(api: &RunningApi, call: &str) -> Value {
    let (status, answer) = ask(api.port, call);
    assert_eq!(status, 200, "{call}: {answer}");
    answer
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

/// A monthly subscription that is paid by a card; returns it.
fn subscribed(api: &RunningApi) -> Value {
    let customer = done(api, "POST /v1/customers?email=mara@example.com");
    let id = text(&customer, "id");
    done(api, &format!("POST /v1/payment_methods/pm_card_visa/attach?customer={id}"));
    let price = done(
        api,
        "POST /v1/prices?currency=usd&unit_amount=500&recurring[interval]=month&product_data[name]=a",
    );
    let price = text(&price, "id");
    let methods = done(api, &format!("GET /v1/customers/{id}/payment_methods"));
    let method = text(&methods["data"][0], "id");
    let call = format!(
        "POST /v1/subscriptions?customer={id}&items[0][price]={price}&default_payment_method={method}"
    );
    done(api, &call)
}

fn advance(api: &RunningApi, by: &str) -> u64 {
    let told = api.devtool.rerun(&["api", "advance", by, "--format", "json"]).code(0).json();
    told["happened"].as_u64().unwrap()
}

fn latest(api: &RunningApi, subscription: &Value) -> Value {
    let path = format!("GET /v1/subscriptions/{}", text(subscription, "id"));
    let now = done(api, &path);
    done(api, &format!("GET /v1/invoices/{}", text(&now, "latest_invoice")))
}

#[test]
fn time_stands_still_until_the_endpoint_has_answered_and_a_draft_waits_for_it_for_three_days() {
    let (app, is_failing) = failing();
    let port = app.port().to_string();
    let api = RunningApi::start(&["--no-history", "--port", &port]);
    let made = subscribed(&api);
    // The period, and nothing of the draft, for which the endpoint's answer is waited.
    assert_eq!(advance(&api, "1mo 71h"), 1);
    let draft = latest(&api, &made);
    let created = draft["created"].as_i64().unwrap();
    assert_eq!(text(&draft, "status"), "draft");
    assert_eq!(draft["automatically_finalizes_at"], created + 72 * 60 * 60);
    assert_eq!(advance(&api, "1h"), 1);
    let paid = latest(&api, &made);
    assert_eq!((text(&paid, "status"), &paid["webhooks_delivered_at"]), ("paid", &Value::Null));
    is_failing.store(false, Ordering::SeqCst);
    assert_eq!(advance(&api, "1mo"), 2);
    let paid = latest(&api, &made);
    assert_eq!(text(&paid, "status"), "paid");
    assert_eq!(paid["webhooks_delivered_at"], paid["created"]);
}
