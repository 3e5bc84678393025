//! Customers, invoices, subscriptions, schedules and checkout.

use serde_json::{Value, json};

use super::super::events::New;
use super::super::fault::Answer;
use super::super::state::{State, now};
use super::payments::Fate;

const MONTH: i64 = 30 * 24 * 3_600;

pub(super) fn answer(
    state: &mut State,
    method: &str,
    path: &[&str],
    parameters: &Value,
) -> Option<Answer> {
    if let ["customers" | "invoices" | "subscriptions", id, ..] = path {
        let kind = path[0].trim_end_matches('s');
        if !state.objects.get(*id).is_some_and(|object| object["object"] == kind) {
            return Some(Answer::no_such_object(kind, id));
        }
    }
    Some(match (method, path) {
        ("POST", ["customers"]) => customer(state, parameters),
        ("POST", ["customers", id]) => update_customer(state, id, parameters),
        ("POST", ["customers", id, "sources"]) => source(state, id, parameters),
        ("POST", ["customers", _, "sources", id]) => {
            Answer::ok(state.update(id, parameters, Some("customer.source.updated")))
        }
        ("POST", ["invoices"]) => invoice(state, parameters),
        ("POST", ["invoices", id, "finalize"]) => Answer::ok(finalize(state, id)),
        ("POST", ["invoices", id, "send"]) => {
            let invoice = finalize(state, id);
            state.emit(New::of("invoice.sent", &invoice));
            Answer::ok(invoice)
        }
        ("POST", ["invoices", id, "pay"]) => pay(state, id),
        ("POST", ["subscriptions"]) => subscription(state, parameters),
        ("DELETE", ["subscriptions", id]) => {
            let fields = json!({"status": "canceled", "canceled_at": now(), "ended_at": now()});
            let subscription = state.update(id, &fields, None);
            state.emit(New::of("customer.subscription.deleted", &subscription));
            Answer::ok(subscription)
        }
        ("POST", ["subscriptions", id]) => update_subscription(state, id, parameters),
        ("POST", ["prices"]) => price(state, parameters),
        ("POST", ["plans"]) => plan(state, parameters),
        _ => return None,
    })
}

fn customer(state: &mut State, parameters: &Value) -> Answer {
    let customer = state.create("customers", parameters);
    let id = customer["id"].as_str().unwrap();
    if let Some(method) = parameters["payment_method"].as_str() {
        state.update(id, &json!({"attached": method}), None);
    }
    if let Some(token) = parameters["source"].as_str() {
        let fields = json!({"customer": id, "brand": "Visa", "last4": "4242", "test_card": token});
        let card = state.make("card", "card_", &fields);
        state.emit(New::of("customer.source.created", &card));
        state.update(id, &json!({"attached": token.replace("tok_", "pm_card_")}), None);
    }
    discount(state, &customer, parameters, "customer.discount.created");
    Answer::ok(customer)
}

fn discount(state: &mut State, customer: &Value, parameters: &Value, kind: &str) {
    if parameters["coupon"].is_null() {
        return;
    }
    let fields = json!({"customer": customer["id"], "source": {"coupon": parameters["coupon"]}});
    let discount = state.make("discount", "di_", &fields);
    state.emit(New::of(kind, &discount));
}

fn update_customer(state: &mut State, id: &str, parameters: &Value) -> Answer {
    let before = state.objects[id].clone();
    let after = state.update(id, parameters, Some("customer.updated"));
    let had_one = !before["coupon"].is_null();
    match &parameters["coupon"] {
        Value::Null => {}
        coupon if *coupon == "" => discount(state, &after, &before, "customer.discount.deleted"),
        _ if had_one => discount(state, &after, parameters, "customer.discount.updated"),
        _ => discount(state, &after, parameters, "customer.discount.created"),
    }
    let method = &parameters["invoice_settings"]["default_payment_method"];
    if !method.is_null() {
        state.update(id, &json!({"attached": method}), None);
    }
    Answer::ok(after)
}

fn source(state: &mut State, id: &str, parameters: &Value) -> Answer {
    let fields = json!({"customer": id, "brand": "Visa", "last4": "4242", "test_card": parameters["source"]});
    let card = state.make("card", "card_", &fields);
    state.emit(New::of("customer.source.created", &card));
    Answer::ok(card)
}

/// A draft of what the customer's items come to.
fn invoice(state: &mut State, parameters: &Value) -> Answer {
    let customer = parameters["customer"].clone();
    if !customer.as_str().is_some_and(|id| state.objects.contains_key(id)) {
        return Answer::no_such_object("customer", customer.as_str().unwrap_or_default());
    }
    let items: Vec<Value> = state
        .objects
        .values()
        .filter(|o| {
            o["object"] == "invoiceitem" && o["customer"] == customer && o["invoice"].is_null()
        })
        .cloned()
        .collect();
    let invoice = draft(state, parameters, &items);
    for item in items {
        state.update(item["id"].as_str().unwrap(), &json!({"invoice": invoice["id"]}), None);
    }
    Answer::ok(invoice)
}

fn draft(state: &mut State, parameters: &Value, items: &[Value]) -> Value {
    let total: i64 = items.iter().filter_map(|item| item["amount"].as_i64()).sum();
    let currency = items.first().map_or(json!("usd"), |item| item["currency"].clone());
    let fields = json!({
        "amount_due": total, "amount_paid": 0, "amount_remaining": total, "total": total,
        "currency": currency, "status": "draft", "billing_reason": "manual",
        "lines": {"object": "list", "data": items, "has_more": false},
    });
    state.create_with("invoices", parameters, &fields)
}

fn finalize(state: &mut State, id: &str) -> Value {
    let fields = json!({"status": "open", "number": format!("FAKE-{:04}", state.objects.len())});
    let invoice = state.update(id, &fields, Some("invoice.updated"));
    state.emit(New::of("invoice.finalized", &invoice));
    invoice
}

fn pay(state: &mut State, id: &str) -> Answer {
    if state.objects[id]["status"] == "draft" {
        finalize(state, id);
    }
    let invoice = state.objects[id].clone();
    let customer = invoice["customer"].as_str().unwrap_or_default();
    let method =
        state.objects.get(customer).map_or(Value::Null, |customer| customer["attached"].clone());
    let fate = state.fate(&method);
    let fields = json!({"status": "requires_confirmation"});
    let parameters = json!({"amount": invoice["amount_due"], "currency": invoice["currency"],
        "customer": customer, "payment_method": method});
    let intent = state.create_with("payment_intents", &parameters, &fields);
    let outcome = state.pay(intent["id"].as_str().unwrap(), fate);
    let failure = match (outcome, fate) {
        (Err(declined), _) => Some((declined, "invoice.payment_failed")),
        (Ok(_), Fate::NeedsAction) => {
            let message = "This payment requires additional user action before it can be completed successfully.";
            Some((
                Answer::error(402, "card_error", "invoice_payment_intent_requires_action", message),
                "invoice.payment_action_required",
            ))
        }
        (Ok(_), _) => None,
    };
    if let Some((answer, kind)) = failure {
        let invoice = state.update(
            id,
            &json!({"attempted": true, "attempt_count": 1}),
            Some("invoice.updated"),
        );
        state.emit(New::of(kind, &invoice));
        return answer;
    }
    let fields = json!({"status": "paid", "attempted": true, "amount_paid": invoice["amount_due"], "amount_remaining": 0});
    let invoice = state.update(id, &fields, Some("invoice.updated"));
    state.emit(New::of("invoice.paid", &invoice));
    state.emit(New::of("invoice.payment_succeeded", &invoice));
    let fields = json!({"invoice": id, "payment": {"type": "payment_intent", "payment_intent": intent["id"]}, "status": "paid"});
    let payment = state.make("invoice_payment", "inpay_", &fields);
    state.emit(New::of("invoice_payment.paid", &payment));
    Answer::ok(invoice)
}

fn subscription(state: &mut State, parameters: &Value) -> Answer {
    let trial = parameters["trial_period_days"].as_i64().or(parameters["trial_end"].as_i64());
    let status = if trial.is_some() { "trialing" } else { "active" };
    let items: Vec<Value> = parameters["items"].as_array().cloned().unwrap_or_default();
    let mut data = Vec::new();
    for item in &items {
        let price = item["price"]
            .as_str()
            .and_then(|id| state.objects.get(id))
            .cloned()
            .unwrap_or_default();
        let fields = json!({"price": price, "quantity": 1, "current_period_start": now(), "current_period_end": now() + MONTH});
        data.push(state.make("subscription_item", "si_", &fields));
    }
    let fields = json!({"status": status, "items": {"object": "list", "data": data, "has_more": false}, "cancel_at_period_end": false});
    let subscription = state.create_with("subscriptions", parameters, &fields);
    state.emit(New::of("customer.subscription.created", &subscription));
    if trial.is_some() {
        state.emit(New::of("customer.subscription.trial_will_end", &subscription));
    }
    let lines: Vec<Value> = data
        .iter()
        .map(|item| json!({"amount": if trial.is_some() { json!(0) } else { item["price"]["unit_amount"].clone() }, "currency": item["price"]["currency"], "price": item["price"]["id"]}))
        .collect();
    let of = json!({"customer": parameters["customer"], "billing_reason": "subscription_create",
        "parent": {"type": "subscription_details", "subscription_details": {"subscription": subscription["id"]}}});
    let invoice = draft(state, &of, &lines);
    let id = subscription["id"].as_str().unwrap();
    let paid = pay(state, invoice["id"].as_str().unwrap());
    let mut fields = json!({"latest_invoice": invoice["id"]});
    if paid.status != 200 {
        fields["status"] = "incomplete".into();
    }
    Answer::ok(state.update(id, &fields, Some("customer.subscription.updated")))
}

fn update_subscription(state: &mut State, id: &str, parameters: &Value) -> Answer {
    let mut fields = parameters.clone();
    let is_paused = !parameters["pause_collection"].is_null();
    fields.as_object_mut().unwrap().remove("items");
    let after = state.update(id, &fields, Some("customer.subscription.updated"));
    let ends_unpaid = after["trial_settings"]["end_behavior"]["missing_payment_method"] == "pause";
    if is_paused || (ends_unpaid && parameters["trial_end"] == "now") {
        let paused = state.update(id, &json!({"status": "paused"}), None);
        state.emit(New::of("customer.subscription.paused", &paused));
        return Answer::ok(paused);
    }
    Answer::ok(after)
}

fn price(state: &mut State, parameters: &Value) -> Answer {
    let product = match (&parameters["product"], &parameters["product_data"]) {
        (Value::String(id), _) if !state.objects.contains_key(id) => {
            return Answer::no_such_object("product", id);
        }
        (Value::Null, data) if data.is_object() => state.create("products", data)["id"].clone(),
        (product, _) => product.clone(),
    };
    let mut given = parameters.clone();
    given.as_object_mut().unwrap().remove("product_data");
    given["product"] = product;
    let kind = if given["recurring"].is_null() { "one_time" } else { "recurring" };
    let price = state.create_with("prices", &given, &json!({"active": true, "type": kind}));
    if kind == "recurring" {
        state.emit(New::of("plan.created", &price));
    }
    Answer::ok(price)
}

fn plan(state: &mut State, parameters: &Value) -> Answer {
    let mut given = parameters.clone();
    if parameters["product"].is_object() {
        given["product"] = state.create("products", &parameters["product"])["id"].clone();
    }
    let plan = state.create("plans", &given);
    state.emit(New::of("price.created", &plan));
    Answer::ok(plan)
}
