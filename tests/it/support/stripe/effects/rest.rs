//! Checkout, Connect, cash balances, issuing, test clocks, reports.

use serde_json::{Value, json};

use super::super::events::New;
use super::super::fault::Answer;
use super::super::state::State;
use super::payments::Fate;

pub(super) fn answer(
    state: &mut State,
    method: &str,
    path: &[&str],
    parameters: &Value,
) -> Option<Answer> {
    Some(match (method, path) {
        ("POST", ["checkout", "sessions"]) => checkout(state, parameters),
        ("GET", ["payment_pages", id]) => page(state, id),
        ("POST", ["payment_pages", id, "confirm"]) => complete(state, id, parameters),
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
        ("POST", ["test_helpers", "customers", id, "fund_cash_balance"]) => {
            fund(state, id, parameters)
        }
        ("POST", ["test_helpers", "test_clocks", id, "advance"]) => advance(state, id, parameters),
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

/// Time passes for the customers of a clock: their schedules come to their ends.
fn advance(state: &mut State, id: &str, parameters: &Value) -> Answer {
    const TWO_WEEKS: i64 = 14 * 24 * 3_600;
    let Some(clock) = state.objects.get(id).cloned() else {
        return Answer::no_such_object("test_helpers.test_clock", id);
    };
    state.emit(New::of("test_helpers.test_clock.advancing", &clock));
    let now = parameters["frozen_time"].as_i64().unwrap_or_default();
    let has_clock = |o: &&Value| {
        let customer = o["customer"].as_str().and_then(|id| state.objects.get(id));
        o["object"] == "subscription_schedule" && customer.is_some_and(|c| c["test_clock"] == id)
    };
    let schedules: Vec<Value> = state.objects.values().filter(has_clock).cloned().collect();
    for schedule in schedules {
        let phase = &schedule["phases"][0];
        let start = schedule["start_date"].as_i64().unwrap_or_default();
        let months = phase["iterations"].as_i64().map(|months| start + months * 30 * 24 * 3_600);
        let end = phase["end_date"].as_i64().or(months).unwrap_or(i64::MAX);
        if now >= end {
            state.emit(New::of("subscription_schedule.completed", &schedule));
        } else if end - now < TWO_WEEKS {
            state.emit(New::of("subscription_schedule.expiring", &schedule));
        }
    }
    let clock = state.update(id, &json!({"frozen_time": now, "status": "ready"}), None);
    state.emit(New::of("test_helpers.test_clock.ready", &clock));
    Answer::ok(clock)
}

fn checkout(state: &mut State, parameters: &Value) -> Answer {
    let line = |item: &Value| {
        let price = item["price"].as_str().and_then(|id| state.objects.get(id));
        price.map_or(0, |price| {
            price["unit_amount"].as_i64().unwrap_or(0) * item["quantity"].as_i64().unwrap_or(1)
        })
    };
    let total: i64 = parameters["line_items"].as_array().into_iter().flatten().map(line).sum();
    let fields = json!({"status": "open", "payment_status": "unpaid", "amount_total": total, "currency": "usd"});
    Answer::ok(state.create_with("checkout/sessions", parameters, &fields))
}

fn page(state: &State, id: &str) -> Answer {
    match state.objects.get(id) {
        None => Answer::no_such_object("checkout.session", id),
        Some(session) => Answer::ok(json!({
            "id": "ppage_1FakeStripe",
            "object": "payment_page",
            "session_id": id,
            "line_item_group": {"total": session["amount_total"], "due": session["amount_total"]},
            "total_summary": {"due": session["amount_total"], "total": session["amount_total"]},
            "invoice": {"total": session["amount_total"]},
        })),
    }
}

/// The customer pays at the checkout.
fn complete(state: &mut State, id: &str, parameters: &Value) -> Answer {
    let Some(session) = state.objects.get(id).cloned() else {
        return Answer::no_such_object("checkout.session", id);
    };
    let method = &parameters["payment_method"];
    let fate = state.fate(method);
    let intent =
        json!({"amount": session["amount_total"], "currency": "usd", "payment_method": method});
    let intent =
        state.create_with("payment_intents", &intent, &json!({"status": "requires_confirmation"}));
    let paid = state.pay(intent["id"].as_str().unwrap(), fate);
    let payment_status = if fate == Fate::Succeeds { "paid" } else { "unpaid" };
    let fields = json!({"status": "complete", "payment_status": payment_status, "payment_intent": intent["id"]});
    let session = state.update(id, &fields, None);
    state.emit(New::of("checkout.session.completed", &session));
    match (fate, paid) {
        (Fate::PendsInVain, _) => {
            state.settle();
            state.emit(New::of("checkout.session.async_payment_failed", &session));
        }
        (Fate::Pends, _) => {
            state.settle();
            let session = state.update(id, &json!({"payment_status": "paid"}), None);
            state.emit(New::of("checkout.session.async_payment_succeeded", &session));
        }
        (_, Err(_)) => {
            state.emit(New::of("checkout.session.async_payment_failed", &session));
        }
        _ => {}
    }
    Answer::ok(
        json!({"id": "ppage_1FakeStripe", "object": "payment_page", "session_id": id, "state": "succeeded"}),
    )
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

fn fund(state: &mut State, id: &str, parameters: &Value) -> Answer {
    if !state.objects.contains_key(id) {
        return Answer::no_such_object("customer", id);
    }
    let fields = json!({"customer": id, "net_amount": parameters["amount"], "currency": parameters["currency"], "type": "funded"});
    let transaction = state.make("customer_cash_balance_transaction", "ccsbtxn_", &fields);
    state.emit(New::of("customer_cash_balance_transaction.created", &transaction));
    let balance = json!({"object": "cash_balance", "customer": id, "livemode": false});
    state.emit(New::of("cash_balance.funds_available", &balance));
    let waiting = |o: &&Value| {
        o["object"] == "payment_intent" && o["customer"] == id && o["status"] == "requires_action"
    };
    if let Some(intent) = state.objects.values().find(waiting).cloned() {
        state.emit(New::of("payment_intent.partially_funded", &intent));
    }
    Answer::ok(transaction)
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
