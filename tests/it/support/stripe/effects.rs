//! Paths that cause more than their own object's event: Connect, issuing, reports.

use serde_json::{Value, json};

use super::events::New;
use super::fault::Answer;
use super::state::{ApiRequest, State};

/// The answer of a path that has an effect of its own.
pub(crate) fn answer(
    state: &mut State,
    method: &str,
    path: &[&str],
    parameters: &Value,
) -> Option<Answer> {
    Some(match (method, path) {
        ("DELETE", ["accounts", id]) => leave(state, id),
        ("POST", ["payouts"]) => Answer::ok(pay_out(state, parameters)),
        ("POST", ["transfers", id, "reversals"]) => reverse(state, id),
        ("POST", ["reporting", "report_runs"]) => {
            let run = state.create_with(
                "reporting/report_runs",
                parameters,
                &json!({"status": "succeeded"}),
            );
            state.emit(New::of("reporting.report_run.succeeded", &run));
            Answer::ok(run)
        }
        ("POST", ["issuing", "cards", id, "test", "authorizations"]) => authorize(state, id),
        ("POST", ["test_helpers", "issuing", "transactions", "create_force_capture"]) => {
            let transaction = state.make("issuing.transaction", "ipi_", parameters);
            state.emit(New::of("issuing_transaction.created", &transaction));
            if !transaction["purchase_details"]["receipt"].is_null() {
                let kind = "issuing_transaction.purchase_details_receipt_updated";
                state.emit(New::of(kind, &transaction));
            }
            Answer::ok(transaction)
        }
        _ => return None,
    })
}

/// What Stripe sends besides, and the local API does not.
pub(crate) fn besides(state: &mut State, request: &ApiRequest, answer: &Value) {
    if request.path.ends_with("/cancel") && answer["object"] == "subscription_schedule" {
        state.emit(New::of("subscription_schedule.aborted", answer));
    }
    if request.parameter("payment_method") == Some("pm_card_bypassPending") {
        let balance =
            json!({"object": "balance", "available": [], "livemode": false, "pending": []});
        state.emit(New::of("balance.available", &balance));
    }
}

/// Money goes to a bank; the test account `000111111116` does not exist there.
fn pay_out(state: &mut State, parameters: &Value) -> Value {
    let payout = state.create_with("payouts", parameters, &json!({"status": "pending"}));
    let account = state.account_of_events.as_ref().and_then(|id| state.objects.get(id));
    let is_lost = account.is_some_and(|a| a["external_account"]["account_number"] == 111_111_116);
    if !is_lost {
        return payout;
    }
    let fields = json!({"status": "failed", "failure_code": "no_account"});
    state.update(payout["id"].as_str().unwrap(), &fields, Some("payout.failed"))
}

fn leave(state: &mut State, id: &str) -> Answer {
    if state.objects.remove(id).is_none() {
        return Answer::no_such_object("account", id);
    }
    let application = json!({"id": "ca_1FakeStripe", "object": "application", "name": "Fake"});
    state.emit(New {
        account: Some(id),
        ..New::of("account.application.deauthorized", &application)
    });
    Answer::ok(json!({"id": id, "object": "account", "deleted": true}))
}

fn reverse(state: &mut State, id: &str) -> Answer {
    if !state.objects.contains_key(id) {
        return Answer::no_such_object("transfer", id);
    }
    let amount = state.objects[id]["amount"].clone();
    let reversal =
        state.make("transfer_reversal", "trr_", &json!({"transfer": id, "amount": amount}));
    let transfer = state.update(id, &json!({"reversed": true, "amount_reversed": amount}), None);
    state.emit(New::of("transfer.reversed", &transfer));
    Answer::ok(reversal)
}

fn authorize(state: &mut State, card: &str) -> Answer {
    if !state.objects.contains_key(card) {
        return Answer::no_such_object("issuing.card", card);
    }
    let fields = json!({"card": card, "amount": 0, "approved": false, "status": "pending"});
    let authorization = state.make("issuing.authorization", "iauth_", &fields);
    state.emit(New::of("issuing_authorization.request", &authorization));
    let authorization =
        state.update(authorization["id"].as_str().unwrap(), &json!({"approved": true}), None);
    state.emit(New::of("issuing_authorization.created", &authorization));
    Answer::ok(authorization)
}
