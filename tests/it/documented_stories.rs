//! Stories that are known from Stripe's documentation alone: each tells what it is named after.

use serde_json::{Value, json};

use crate::library::{events, events_with, object, objects};

#[test]
fn a_platform_keeps_its_fee_of_a_payment_that_goes_on() {
    let events = events("connect-application-fee");
    let charge = object(&events, "charge.succeeded");
    assert_eq!(
        (&charge["application_fee"], &charge["transfer"]),
        (&Value::Null, &Value::Null),
        "they come with the settlement"
    );
    let settled = object(&events, "charge.updated");
    assert!(settled["application_fee"].as_str().unwrap().starts_with("fee_"));
    assert_eq!(settled["transfer"], object(&events, "transfer.created")["id"]);
    let fee = &object(&events, "payment_intent.created")["application_fee_amount"];
    assert_eq!((fee, &settled["application_fee_amount"]), (&290.into(), fee));
    let told = &events.last().unwrap()["data"]["previous_attributes"];
    let expected = json!({"application_fee": null, "balance_transaction": null, "transfer": null});
    assert_eq!(*told, expected);
}

#[test]
fn a_debit_that_fails_leaves_its_session_unpaid() {
    let events = events("checkout-async-failed");
    let failed = object(&events, "checkout.session.async_payment_failed");
    assert_eq!(
        (&failed["status"], &failed["payment_status"]),
        (&"complete".into(), &"unpaid".into())
    );
    let charge = object(&events, "charge.failed");
    assert_eq!(charge["id"], object(&events, "charge.pending")["id"]);
    assert_eq!(charge["failure_code"], "insufficient_funds");
    let open = object(&events, "payment_intent.payment_failed");
    assert_eq!(open["status"], "requires_payment_method");
    assert_eq!(open["last_payment_error"]["charge"], charge["id"]);
    assert_eq!(open["last_payment_error"]["payment_method"]["type"], "us_bank_account");
}

#[test]
fn an_authorisation_that_lapses_cancels_its_payment() {
    let events = events("payment-capture-expired");
    let expired = object(&events, "charge.expired");
    assert_eq!((&expired["captured"], &expired["refunded"]), (&false.into(), &true.into()));
    let canceled = object(&events, "payment_intent.canceled");
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["latest_charge"], expired["id"]);
    assert_eq!(canceled["cancellation_reason"], Value::Null, "it is not settled");
}

#[test]
fn a_paused_subscription_resumes_with_a_paid_invoice() {
    let events = events("subscription-pause");
    let paused = object(&events, "customer.subscription.paused");
    let why = &paused["status_details"]["paused"]["subscription"]["type"];
    assert_eq!((&paused["status"], why), (&"paused".into(), &"pause_requested".into()));
    let resumed = object(&events, "customer.subscription.resumed");
    let paid = object(&events, "invoice.paid");
    assert_eq!(resumed["status"], "active");
    assert_eq!(resumed["latest_invoice"], paid["id"]);
    assert_ne!(paused["latest_invoice"], paid["id"]);
    assert_eq!(resumed["items"]["data"][0]["current_period_start"], paid["created"]);
}

#[test]
fn an_invoice_whose_draft_nobody_accepted_becomes_final_after_three_days() {
    let events = events("invoice-created-fails");
    let draft = object(&events, "invoice.created");
    let open = object(&events, "invoice.finalized");
    let at = |value: &Value| value.as_i64().unwrap();
    let final_at = at(&open["status_transitions"]["finalized_at"]);
    assert_eq!(final_at - at(&draft["created"]), 72 * 60 * 60);
    assert_eq!(open["webhooks_delivered_at"], Value::Null);
    assert_eq!(object(&events, "invoice.paid")["status"], "paid");
}

#[test]
fn a_quote_has_its_invoice_once_it_is_accepted() {
    let events = events("quote-to-invoice");
    let invoice = object(&events, "invoice.created");
    assert_eq!(object(&events, "quote.finalized")["invoice"], Value::Null);
    let quote = object(&events, "quote.accepted");
    assert_eq!((&quote["invoice"], &quote["subscription"]), (&invoice["id"], &Value::Null));
    assert_eq!(invoice["status"], "draft");
    assert_eq!(invoice["parent"]["quote_details"]["quote"], quote["id"]);
    assert_eq!(object(&events, "invoice.paid")["parent"], invoice["parent"]);
}

#[test]
fn before_basil_the_invoice_of_a_quote_names_it_at_the_top() {
    let events = events_with("quote-to-invoice", &["--api-version", "2025-02-24.acacia"]);
    let quote = &object(&events, "quote.accepted")["id"];
    for name in ["invoice.created", "invoice.paid"] {
        let invoice = object(&events, name);
        assert_eq!((&invoice["quote"], invoice.get("parent")), (quote, None), "{name}");
    }
}

#[test]
fn a_schedule_raises_the_price_with_its_second_phase() {
    let events = events("subscription-schedule");
    let updates = objects(&events, "subscription_schedule.updated");
    let phases: Vec<usize> =
        updates.iter().map(|schedule| schedule["phases"].as_array().unwrap().len()).collect();
    assert_eq!(phases, [2, 2]);
    let renewed = object(&events, "customer.subscription.updated");
    let start = &renewed["items"]["data"][0]["current_period_start"];
    assert_eq!(updates[0]["current_phase"]["end_date"], *start);
    assert_eq!(updates[1]["current_phase"]["start_date"], *start);
    assert_eq!(renewed["schedule"], updates[1]["id"]);
    assert_eq!(updates[1]["phases"][1]["items"][0]["price"], renewed["plan"]["id"]);
    let released = object(&events, "subscription_schedule.released");
    assert_eq!(
        (&released["subscription"], &released["released_subscription"]),
        (&Value::Null, &renewed["id"])
    );
}

#[test]
fn usage_that_cannot_be_counted_is_told_by_thin_events_between_the_others() {
    let events = events("usage-billing");
    let thin: Vec<&Value> =
        events.iter().filter(|event| event["object"] == "v2.core.event").collect();
    let types: Vec<&Value> = thin.iter().map(|event| &event["type"]).collect();
    assert_eq!(
        types,
        ["v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found"]
    );
    let meter = &object(&events, "billing.meter.created")["id"];
    assert_eq!(thin[0]["related_object"]["id"], *meter);
    assert_eq!(
        object(&events, "billing.alert.triggered")["alert"]["usage_threshold"]["meter"],
        *meter
    );
    let grant = &object(&events, "billing.credit_grant.created")["id"];
    assert_eq!(
        object(&events, "billing.credit_balance_transaction.created")["credit_grant"],
        *grant
    );
}
