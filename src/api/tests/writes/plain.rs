//! Updates that only set fields, of objects that stories tell of; and schedules that are let go.

use serde_json::json;

use super::super::*;
use super::{Talk, id};

/// An event whose object is changed, the path of its type, what is set, and the event that follows.
const UPDATES: &[(&str, &str, &str, &str)] = &[
    ("payout.created", "payouts", "metadata[a]=b", "payout.updated"),
    ("transfer.created", "transfers", "metadata[a]=b&description=rent", "transfer.updated"),
    ("topup.created", "topups", "metadata[a]=b&description=more", ""),
    ("charge.dispute.created", "disputes", "metadata[a]=b", "charge.dispute.updated"),
    ("credit_note.created", "credit_notes", "memo=sorry&metadata[a]=b", "credit_note.updated"),
    ("payment_link.created", "payment_links", "active=false&metadata[a]=b", "payment_link.updated"),
    (
        "billing.credit_grant.created",
        "billing/credit_grants",
        "metadata[a]=b",
        "billing.credit_grant.updated",
    ),
    ("billing.meter.created", "billing/meters", "display_name=Calls", "billing.meter.updated"),
    (
        "billing_portal.configuration.created",
        "billing_portal/configurations",
        "metadata[a]=b&default_return_url=https%3A%2F%2Fa.example",
        "billing_portal.configuration.updated",
    ),
    (
        "identity.verification_session.created",
        "identity/verification_sessions",
        "metadata[a]=b",
        "",
    ),
    (
        "issuing_authorization.created",
        "issuing/authorizations",
        "metadata[a]=b",
        "issuing_authorization.updated",
    ),
    ("issuing_card.created", "issuing/cards", "metadata[a]=b", "issuing_card.updated"),
    (
        "issuing_cardholder.created",
        "issuing/cardholders",
        "email=a%40b.example",
        "issuing_cardholder.updated",
    ),
    ("issuing_dispute.created", "issuing/disputes", "metadata[a]=b", "issuing_dispute.updated"),
    (
        "issuing_transaction.created",
        "issuing/transactions",
        "metadata[a]=b",
        "issuing_transaction.updated",
    ),
    ("terminal.reader.action_succeeded", "terminal/readers", "label=Till", ""),
    ("treasury.financial_account.created", "treasury/financial_accounts", "metadata[a]=b", ""),
    ("climate.order.created", "climate/orders", "metadata[a]=b", ""),
    ("quote.created", "quotes", "metadata[a]=b&description=offer", ""),
    (
        "subscription_schedule.created",
        "subscription_schedules",
        "metadata[a]=b",
        "subscription_schedule.updated",
    ),
    (
        "charge.succeeded",
        "charges",
        "description=Mug&fraud_details[user_report]=safe",
        "charge.updated",
    ),
];

#[test]
fn plain_fields_are_set_and_the_event_tells_of_it() {
    for (event, path, body, follows) in UPDATES {
        let story = Told::of(&[event]);
        let object = story.send(0);
        let mut talk = Talk::with(&story.api);
        let call = format!("/v1/{path}/{}", id(&object));
        let updated = talk.done(&format!("POST {call}"), body);
        assert_ne!(updated, object, "{event}");
        if body.contains("metadata") {
            assert_eq!(updated["metadata"]["a"], "b", "{event}");
        }
        assert_eq!(talk.done(&format!("GET {call}"), ""), updated);
        let told: Vec<String> = talk.events();
        let wanted: Vec<&str> =
            [*event, follows].into_iter().filter(|name| !name.is_empty()).collect();
        assert_eq!(told, wanted, "{event}");
    }
}

#[test]
fn a_schedule_that_is_let_go_leaves_its_subscription_to_itself() {
    let story = Told::of(&["customer.subscription.created", "subscription_schedule.created"]);
    let (subscription, schedule) = (story.send(0), story.send(1));
    assert_eq!(schedule["subscription"], subscription["id"]);
    let mut talk = Talk::with(&story.api);
    let call = format!("POST /v1/subscription_schedules/{}/release", id(&schedule));
    let released = talk.done(&call, "");
    assert_eq!(
        (&released["status"], &released["released_subscription"], &released["subscription"]),
        (&json!("released"), &subscription["id"], &Value::Null)
    );
    assert_eq!(released["released_at"], 1_792_000_000);
    let now = talk.done(&format!("GET /v1/subscriptions/{}", id(&subscription)), "");
    assert_eq!(now["schedule"], Value::Null);
    talk.refused((&call, ""), (400, "", "", "currently in the `released` status"));
    let events = talk.events();
    let wanted = if subscription["schedule"].is_null() {
        vec!["subscription_schedule.released"]
    } else {
        vec!["subscription_schedule.released", "customer.subscription.updated"]
    };
    assert_eq!(events[2..], wanted);
}
