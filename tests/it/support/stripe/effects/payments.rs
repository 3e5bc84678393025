//! Payment intents, setup intents, charges, refunds, disputes, payment methods.

use serde_json::{Value, json};

use super::super::events::New;
use super::super::fault::Answer;
use super::super::state::State;

pub(super) fn answer(
    state: &mut State,
    method: &str,
    path: &[&str],
    parameters: &Value,
) -> Option<Answer> {
    Some(match (method, path) {
        ("POST", ["payment_intents"]) => create(state, parameters),
        ("POST", ["payment_intents", id, "confirm"]) => confirm(state, id, parameters),
        ("POST", ["payment_intents", id, "capture"]) => capture(state, id),
        ("POST", ["setup_intents"]) => setup(state, parameters),
        ("POST", ["refunds"]) => refund(state, parameters),
        ("POST", ["refunds", id]) => update_refund(state, id, parameters),
        ("POST", ["payment_methods"]) => Answer::ok(make_method(state, parameters)),
        ("POST", ["payment_methods", id, "attach"]) => attach(state, id, parameters),
        ("POST", ["payment_methods", id, "detach"]) => detach(state, id),
        _ => return None,
    })
}

/// What happens when a payment method is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Succeeds,
    Disputed,
    Fails,
    NeedsAction,
    /// The bank takes its time, and pays.
    Pends,
    /// The bank takes its time, and does not pay.
    PendsInVain,
}

impl State {
    /// The fate of a payment method, by the test card or the bank account that it stands for.
    pub(super) fn fate(&self, method: &Value) -> Fate {
        let id = method.as_str().unwrap_or_default();
        let stored = self.objects.get(id);
        let card = stored.map_or(id, |method| method["test_card"].as_str().unwrap_or_default());
        let kind = stored.map_or("", |method| method["type"].as_str().unwrap_or_default());
        match card {
            _ if kind == "sepa_debit" && is_account_without_money(stored) => Fate::PendsInVain,
            _ if kind == "sepa_debit" => Fate::Pends,
            card if card.contains("createDispute") => Fate::Disputed,
            card if card.contains("chargeDeclined") || card.contains("chargeCustomerFail") => {
                Fate::Fails
            }
            card if card.contains("threeDSecure") || card.contains("authenticationRequired") => {
                Fate::NeedsAction
            }
            _ => Fate::Succeeds,
        }
    }

    /// A charge of a payment intent.
    fn charge(&mut self, intent: &Value, status: &str) -> Value {
        let fields = json!({
            "amount": intent["amount"],
            "amount_captured": if intent["capture_method"] == "manual" { json!(0) } else { intent["amount"].clone() },
            "amount_refunded": 0,
            "balance_transaction": null,
            "captured": intent["capture_method"] != "manual",
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": false,
            "metadata": intent["metadata"],
            "paid": status == "succeeded",
            "payment_intent": intent["id"],
            "payment_method": intent["payment_method"],
            "refunded": false,
            "status": status,
        });
        self.make("charge", "ch_", &fields)
    }

    fn set_intent(&mut self, id: &str, fields: &Value, kind: &str) -> Value {
        let intent = self.update(id, fields, None);
        self.emit(New::of(kind, &intent));
        intent
    }

    /// Charges an intent, with all that follows.
    pub(super) fn pay(&mut self, id: &str, fate: Fate) -> Result<Value, Answer> {
        let intent = self.objects[id].clone();
        match fate {
            Fate::Succeeds | Fate::Disputed => Ok(self.succeed(&intent, fate)),
            Fate::Fails => {
                let charge = self.charge(&intent, "failed");
                self.emit(New::of("charge.failed", &charge));
                let fields = json!({
                    "latest_charge": charge["id"],
                    "last_payment_error": {"code": "card_declined", "type": "card_error"},
                    "status": "requires_payment_method",
                });
                let intent = self.set_intent(id, &fields, "payment_intent.payment_failed");
                let mut answer =
                    Answer::error(402, "card_error", "card_declined", "Your card was declined.");
                answer.body["error"]["payment_intent"] = intent;
                Err(answer)
            }
            Fate::NeedsAction => {
                let fields =
                    json!({"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}});
                Ok(self.set_intent(id, &fields, "payment_intent.requires_action"))
            }
            Fate::Pends | Fate::PendsInVain => {
                let charge = self.charge(&intent, "pending");
                let fields = json!({"status": "processing", "latest_charge": charge["id"]});
                let intent = self.set_intent(id, &fields, "payment_intent.processing");
                self.emit(New::of("charge.pending", &charge));
                self.pending.push((id.to_owned(), fate == Fate::Pends));
                Ok(intent)
            }
        }
    }

    fn succeed(&mut self, intent: &Value, fate: Fate) -> Value {
        let id = intent["id"].as_str().unwrap();
        let charge = self.charge(intent, "succeeded");
        self.emit(New::of("charge.succeeded", &charge));
        let charge_id = &charge["id"];
        if intent["capture_method"] == "manual" {
            let fields = json!({"status": "requires_capture", "amount_capturable": intent["amount"], "latest_charge": charge_id});
            return self.set_intent(id, &fields, "payment_intent.amount_capturable_updated");
        }
        let fields = json!({"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge_id});
        let paid = self.set_intent(id, &fields, "payment_intent.succeeded");
        if fate == Fate::Disputed {
            let fields = json!({"amount": intent["amount"], "charge": charge_id, "currency": intent["currency"],
                "payment_intent": id, "reason": "fraudulent", "status": "needs_response"});
            let dispute = self.make("dispute", "du_", &fields);
            self.emit(New::of("charge.dispute.created", &dispute));
        }
        if intent["payment_method"].as_str().is_some_and(|method| method.contains("bypassPending"))
        {
            self.emit(New::of(
                "balance.available",
                &json!({"object": "balance", "available": [], "livemode": false, "pending": []}),
            ));
        }
        paid
    }

    /// The banks have answered.
    pub(crate) fn settle(&mut self) {
        for (id, pays) in std::mem::take(&mut self.pending) {
            if !pays {
                self.fall_through(&id);
                continue;
            }
            let charge = self.objects[&id]["latest_charge"].as_str().unwrap().to_owned();
            let charge = self.update(&charge, &json!({"status": "succeeded", "paid": true}), None);
            self.emit(New::of("charge.succeeded", &charge));
            let amount = self.objects[&id]["amount"].clone();
            let fields = json!({"status": "succeeded", "amount_received": amount});
            self.set_intent(&id, &fields, "payment_intent.succeeded");
        }
    }
}

/// The test account numbers whose bank does not pay.
fn is_account_without_money(method: Option<&Value>) -> bool {
    let iban =
        method.map_or("", |method| method["sepa_debit"]["iban"].as_str().unwrap_or_default());
    ["AT861904300235473202", "DE62370400440532013001", "IT60X0542811101000000123456"]
        .contains(&iban)
}

impl State {
    /// A bank has not paid.
    fn fall_through(&mut self, id: &str) {
        let charge = self.objects[id]["latest_charge"].as_str().unwrap().to_owned();
        let charge = self.update(&charge, &json!({"status": "failed"}), None);
        self.emit(New::of("charge.failed", &charge));
        let fields = json!({"status": "requires_payment_method"});
        self.set_intent(id, &fields, "payment_intent.payment_failed");
    }
}

fn create(state: &mut State, parameters: &Value) -> Answer {
    for needed in ["amount", "currency"] {
        if parameters[needed].is_null() {
            return Answer::invalid(
                "parameter_missing",
                &format!("Missing required param: {needed}."),
            );
        }
    }
    let method = &parameters["payment_method"];
    let has_method = !method.is_null() || !parameters["payment_method_data"].is_null();
    let status = if has_method { "requires_confirmation" } else { "requires_payment_method" };
    let fields = json!({"status": status, "amount_received": 0, "amount_capturable": 0, "latest_charge": null});
    let intent = state.create_with("payment_intents", parameters, &fields);
    if parameters["confirm"] != true {
        return Answer::ok(intent);
    }
    let fate = match &parameters["payment_method_data"]["type"] {
        Value::String(kind) if kind == "sepa_debit" => Fate::Pends,
        Value::String(kind) if kind == "customer_balance" => Fate::NeedsAction,
        _ => state.fate(method),
    };
    paid(state, intent["id"].as_str().unwrap(), fate)
}

fn paid(state: &mut State, id: &str, fate: Fate) -> Answer {
    match state.pay(id, fate) {
        Ok(intent) => Answer::ok(intent),
        Err(declined) => declined,
    }
}

fn confirm(state: &mut State, id: &str, parameters: &Value) -> Answer {
    if !state.objects.contains_key(id) {
        return Answer::no_such_object("payment_intent", id);
    }
    let intent = state.update(id, parameters, None);
    let fate = state.fate(&intent["payment_method"]);
    paid(state, id, fate)
}

fn capture(state: &mut State, id: &str) -> Answer {
    let Some(intent) = state.objects.get(id).cloned() else {
        return Answer::no_such_object("payment_intent", id);
    };
    if intent["status"] != "requires_capture" {
        return Answer::invalid(
            "payment_intent_unexpected_state",
            "This PaymentIntent could not be captured.",
        );
    }
    let charge = intent["latest_charge"].as_str().unwrap();
    let charge =
        state.update(charge, &json!({"captured": true, "amount_captured": intent["amount"]}), None);
    state.emit(New::of("charge.captured", &charge));
    let fields =
        json!({"status": "succeeded", "amount_received": intent["amount"], "amount_capturable": 0});
    Answer::ok(state.set_intent(id, &fields, "payment_intent.succeeded"))
}

fn setup(state: &mut State, parameters: &Value) -> Answer {
    let method = &parameters["payment_method"];
    let fate = state.fate(method);
    let status = if method.is_null() { "requires_payment_method" } else { "requires_confirmation" };
    let intent = state.create_with("setup_intents", parameters, &json!({"status": status}));
    if parameters["confirm"] != true {
        return Answer::ok(intent);
    }
    let (status, kind) = match fate {
        Fate::Fails => ("requires_payment_method", "setup_intent.setup_failed"),
        Fate::NeedsAction => ("requires_action", "setup_intent.requires_action"),
        _ => ("succeeded", "setup_intent.succeeded"),
    };
    let stored = state.method_of(method, &parameters["customer"]);
    let fields = json!({"status": status, "payment_method": stored["id"]});
    let intent = state.set_intent(intent["id"].as_str().unwrap(), &fields, kind);
    if fate == Fate::Fails {
        return Answer::error(402, "card_error", "card_declined", "Your card was declined.");
    }
    if !intent["customer"].is_null() {
        state.emit(New::of("payment_method.attached", &stored));
    }
    Answer::ok(state.with_mandate(&intent, &stored))
}

impl State {
    /// A debit comes with a mandate; the bank refuses that of the test account `00033333`.
    fn with_mandate(&mut self, intent: &Value, method: &Value) -> Value {
        if method["type"] != "bacs_debit" {
            return intent.clone();
        }
        let fields =
            json!({"payment_method": method["id"], "status": "active", "type": "multi_use"});
        let mandate = self.make("mandate", "mandate_", &fields);
        if method["bacs_debit"]["account_number"] == 33_333 {
            let id = mandate["id"].as_str().unwrap();
            self.update(id, &json!({"status": "inactive"}), Some("mandate.updated"));
        }
        self.update(intent["id"].as_str().unwrap(), &json!({"mandate": mandate["id"]}), None)
    }
}

fn refund(state: &mut State, parameters: &Value) -> Answer {
    let intent = parameters["payment_intent"].as_str().and_then(|id| state.objects.get(id));
    let charge = parameters["charge"].as_str().or(intent.and_then(|i| i["latest_charge"].as_str()));
    let Some(charge) = charge.and_then(|id| state.objects.get(id)).cloned() else {
        return Answer::no_such_object("charge", parameters["charge"].as_str().unwrap_or_default());
    };
    let amount =
        if parameters["amount"].is_null() { &charge["amount"] } else { &parameters["amount"] };
    let fields = json!({"amount": amount, "charge": charge["id"], "currency": charge["currency"],
        "payment_intent": charge["payment_intent"], "status": "succeeded"});
    let refund = state.create_with("refunds", parameters, &fields);
    let fields = json!({"amount_refunded": amount, "refunded": *amount == charge["amount"]});
    state.update(charge["id"].as_str().unwrap(), &fields, Some("charge.refunded"));
    if charge["payment_method"].as_str().is_some_and(|method| method.contains("refundFail")) {
        let id = refund["id"].as_str().unwrap();
        let fields = json!({"status": "failed", "failure_reason": "expired_or_canceled_card"});
        let failed = state.update(id, &fields, Some("refund.updated"));
        state.emit(New::of("charge.refund.updated", &failed));
        state.emit(New::of("refund.failed", &failed));
        return Answer::ok(failed);
    }
    Answer::ok(refund)
}

fn update_refund(state: &mut State, id: &str, parameters: &Value) -> Answer {
    if !state.objects.contains_key(id) {
        return Answer::no_such_object("refund", id);
    }
    let refund = state.update(id, parameters, Some("refund.updated"));
    state.emit(New::of("charge.refund.updated", &refund));
    Answer::ok(refund)
}

fn make_method(state: &mut State, parameters: &Value) -> Value {
    let fields = json!({"customer": null});
    let mut object = parameters.clone();
    super::super::objects::merge(&mut object, &fields);
    if let Some(token) = parameters["card"]["token"].as_str() {
        object["test_card"] = token.replace("tok_", "pm_card_").into();
    }
    state.make("payment_method", "pm_", &object)
}

impl State {
    /// The payment method itself, or a new one of the test card.
    fn method_of(&mut self, method: &Value, customer: &Value) -> Value {
        let id = method.as_str().unwrap_or("pm_card_visa");
        if self.objects.contains_key(id) {
            return self.update(id, &json!({"customer": customer}), None);
        }
        let fields = json!({"type": "card", "customer": customer, "test_card": id,
            "card": {"brand": "visa", "last4": "4242"}});
        self.make("payment_method", "pm_", &fields)
    }
}

fn attach(state: &mut State, id: &str, parameters: &Value) -> Answer {
    let customer = parameters["customer"].as_str().unwrap_or_default();
    if !state.objects.contains_key(customer) {
        return Answer::no_such_object("customer", customer);
    }
    if !id.starts_with("pm_card_") && !state.objects.contains_key(id) {
        return Answer::no_such_object("payment_method", id);
    }
    let method = state.method_of(&id.into(), &parameters["customer"]);
    state.emit(New::of("payment_method.attached", &method));
    // What an invoice of the customer is paid with.
    state.update(customer, &json!({"attached": method["id"]}), None);
    Answer::ok(method)
}

fn detach(state: &mut State, id: &str) -> Answer {
    if !state.objects.contains_key(id) {
        return Answer::no_such_object("payment_method", id);
    }
    Answer::ok(state.update(id, &json!({"customer": ""}), Some("payment_method.detached")))
}
