//! What becomes of a payment when the card is tried: a charge, an error, or a question for the customer's bank.

use serde_json::{Value, json};

use super::allowed::{check_allowed, show_kind};
use super::draft::Draft;
use super::input::Input;
use super::mandates::MandateTerms;
use super::test_cards::{self, Authentication, CardDecline, TestCard};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// How much of a payment Stripe keeps, as in the catalogue: three per cent and thirty.
const FEE_PERCENT: i64 = 3;
const FEE_FIXED: i64 = 30;
/// How long an authorization holds.
const HELD_SECONDS: i64 = 7 * 24 * 60 * 60;

/// How a payment is made.
#[derive(Debug, Default)]
pub(super) struct PaymentTerms {
    pub(super) return_url: Option<Value>,
    /// Whether the customer is not there.
    pub(super) is_off_session: bool,
    /// Whether the customer has answered the bank's question.
    pub(super) is_authenticated: bool,
    /// Whether the customer is on a page of Stripe's, where they verify their bank account at once.
    pub(super) is_on_page: bool,
    /// The mandate of a debit.
    pub(super) mandate: MandateTerms,
    /// The decline that is asked for …
    pub(super) decline: Option<&'static CardDecline>,
    /// … or the code with which a debit is to fail.
    pub(super) failure: Option<String>,
}

impl PaymentTerms {
    /// As a call says.
    pub(super) fn of(input: &Input) -> Self {
        let off_session = input.get("off_session");
        Self {
            return_url: input.get("return_url").cloned(),
            is_off_session: off_session.is_some_and(|value| *value != false),
            mandate: MandateTerms::of(input),
            ..Self::default()
        }
    }
}

impl Draft<'_, '_> {
    /// Tries the card of a payment method; returns where the payment is among the changes.
    pub(super) fn pay(
        &mut self,
        before: &Value,
        method: &Value,
        terms: &PaymentTerms,
    ) -> Result<usize> {
        let card = test_cards::of(method);
        check_allowed(before, method)?;
        self.give_cash_back(before)?;
        let mut after = before.clone();
        show_kind(&mut after, method);
        after["payment_method"] = method["id"].clone();
        after["next_action"] = Value::Null;
        after["last_payment_error"] = Value::Null;
        if method["type"] != "card" {
            return self.debit(after, method, terms);
        }
        if self.needs_authentication(card, method, terms) {
            if terms.is_off_session {
                let decline = test_cards::decline("authentication_required");
                let decline = decline.ok_or_else(|| self.inquiry.not_served())?;
                return Ok(self.fail(after, (method, decline), None));
            }
            if before["confirmation_method"] == "manual" {
                let what = "manual confirmation of a payment that the bank asks about";
                return Err(RequestError::not_served(what));
            }
            after["status"] = "requires_action".into();
            after["next_action"] = question("payment_intent", &after["id"], terms);
            let event = Some("payment_intent.requires_action");
            let known = self.payment_before(&after);
            return Ok(self.change((known, after), event));
        }
        if let Some(decline) = terms.decline.or_else(|| test_cards::decline_of(method)) {
            let charge = self.failed_charge(&after, method, decline)?;
            return Ok(self.fail(after, (method, decline), Some(charge)));
        }
        self.succeed(after, method, terms)
    }

    /// Whether the customer's bank asks for 3-D Secure.
    pub(super) fn needs_authentication(
        &self,
        card: Option<&TestCard>,
        method: &Value,
        terms: &PaymentTerms,
    ) -> bool {
        if terms.is_authenticated {
            return false;
        }
        match card.and_then(|card| card.authentication) {
            None | Some(Authentication::Frictionless) => false,
            Some(Authentication::Always) => true,
            Some(Authentication::OnSession) => !terms.is_off_session,
            Some(Authentication::UntilSetUp) => {
                !terms.is_off_session || !self.was_set_up(&method["id"])
            }
        }
    }

    /// Whether the customer has agreed to payments by it while they are away.
    fn was_set_up(&self, method: &Value) -> bool {
        let is_its = |own: &Value| own["payment_method"] == *method && own["status"] == "succeeded";
        let is_kept = |own: &Value| is_its(own) && own["setup_future_usage"] == "off_session";
        self.inquiry.states("setup_intent").any(|state| is_its(state.own()))
            || self.inquiry.states("payment_intent").any(|state| is_kept(state.own()))
    }

    /// The card is charged, or the money held until it is captured.
    fn succeed(&mut self, mut after: Value, method: &Value, terms: &PaymentTerms) -> Result<usize> {
        let before = self.payment_before(&after);
        let is_kept = !after["setup_future_usage"].is_null() && !after["customer"].is_null();
        if is_kept && method["customer"].is_null() {
            self.attach(method.clone(), &after["customer"])?;
        }
        let mut charge = self.charged(&after, method, terms)?;
        after["latest_charge"] = charge["id"].clone();
        let way = after["capture_method"].clone();
        if way == "manual" {
            hold(&mut charge, self.inquiry.request.second);
            after["amount_capturable"] = after["amount"].clone();
            after["status"] = "requires_capture".into();
            self.add(charge, Some("charge.succeeded"));
            let event = Some("payment_intent.amount_capturable_updated");
            return Ok(self.change((before, after), event));
        }
        if way == "automatic" {
            self.settle(&mut charge)?;
        }
        after["amount_received"] = after["amount"].clone();
        after["status"] = "succeeded".into();
        self.add(charge.clone(), Some("charge.succeeded"));
        let number = self.change((before, after), Some("payment_intent.succeeded"));
        self.session_is_paid(number);
        if way != "automatic" {
            let mut settled = charge.clone();
            self.settle(&mut settled)?;
            self.change((charge.clone(), settled), Some("charge.updated"));
        }
        self.follow_later(&charge);
        Ok(number)
    }

    /// A payment as it is until now.
    pub(super) fn payment_before(&self, after: &Value) -> Value {
        let id = after["id"].as_str().unwrap_or_default();
        self.find("payment_intent", id).unwrap_or_default()
    }

    /// The payment fails, and the call is answered by an error that shows it.
    fn fail(
        &mut self,
        mut after: Value,
        (method, decline): (&Value, &'static CardDecline),
        charge: Option<Value>,
    ) -> usize {
        let before = self.payment_before(&after);
        let mut error = error_of(decline, method);
        let mut refusal = RequestError::of_decline(decline).with("payment_method", method.clone());
        if let Some(charge) = charge {
            after["latest_charge"] = charge["id"].clone();
            error["charge"] = charge["id"].clone();
            if let Some(code) = &decline.network_code {
                error["network_decline_code"] = code.as_str().into();
            }
            refusal = RequestError::of_charge(decline, charge["id"].clone())
                .with("payment_method", method.clone());
            self.add(charge, Some("charge.failed"));
        }
        after["last_payment_error"] = error;
        after["payment_method"] = Value::Null;
        after["status"] = "requires_payment_method".into();
        let number = self.change((before, after), Some("payment_intent.payment_failed"));
        let shown = self.changes[number].after.clone();
        self.refusal = Some(refusal.with("payment_intent", shown));
        number
    }

    /// What is charged for a payment.
    pub(super) fn charged(
        &mut self,
        intent: &Value,
        method: &Value,
        terms: &PaymentTerms,
    ) -> Result<Value> {
        let mut charge = self.blank("charge")?;
        for field in [
            "amount",
            "currency",
            "customer",
            "description",
            "metadata",
            "receipt_email",
            "shipping",
            "statement_descriptor",
            "statement_descriptor_suffix",
            "transfer_group",
        ] {
            charge[field] = intent[field].clone();
        }
        charge["amount_captured"] = intent["amount"].clone();
        charge["billing_details"] = method["billing_details"].clone();
        charge["payment_intent"] = intent["id"].clone();
        charge["payment_method"] = method["id"].clone();
        let details = &mut charge["payment_method_details"]["card"];
        for field in
            ["brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4"]
        {
            details[field] = method["card"][field].clone();
        }
        details["checks"] = test_cards::checked(method);
        details["network"] = method["card"]["brand"].clone();
        details["amount_authorized"] = intent["amount"].clone();
        details["overcapture"]["maximum_amount_capturable"] = intent["amount"].clone();
        let options = &intent["payment_method_options"]["card"];
        if options["request_incremental_authorization"] == "if_available" {
            details["incremental_authorization"]["status"] = "available".into();
        }
        let card = test_cards::of(method);
        let when = card.and_then(|card| card.authentication);
        if terms.is_authenticated {
            details["three_d_secure"] = authentication("challenge");
        } else if when == Some(Authentication::Frictionless) {
            details["three_d_secure"] = authentication("frictionless");
        }
        if let Some(risk) = card.and_then(|card| card.risk.as_ref()) {
            charge["outcome"]["risk_level"] = risk.level.as_str().into();
            charge["outcome"]["risk_score"] = risk.score.into();
        }
        Ok(charge)
    }

    pub(super) fn failed_charge(
        &mut self,
        intent: &Value,
        method: &Value,
        decline: &CardDecline,
    ) -> Result<Value> {
        let mut charge = self.charged(intent, method, &PaymentTerms::default())?;
        for (field, value) in [
            ("amount_captured", json!(0)),
            ("captured", json!(false)),
            ("failure_code", json!(decline.code)),
            ("failure_message", json!(decline.message)),
            ("outcome", outcome(decline)),
            ("paid", json!(false)),
            ("receipt_url", Value::Null),
            ("status", json!("failed")),
        ] {
            charge[field] = value;
        }
        charge["payment_method_details"]["card"]["amount_authorized"] = Value::Null;
        Ok(charge)
    }

    /// The money of a charge shows on the balance.
    pub(super) fn settle(&mut self, charge: &mut Value) -> Result<()> {
        let mut transaction = self.blank_beside("balance_transaction", "charge")?;
        let amount = charge["amount_captured"].as_i64().unwrap_or_default();
        let fee = amount * FEE_PERCENT / 100 + FEE_FIXED;
        let id = charge["payment_method"].as_str().unwrap_or_default();
        let method = self.find("payment_method", id);
        let card = method.as_ref().and_then(test_cards::of);
        // Debits of accounts in the US settle at once in test mode (<https://docs.stripe.com/testing>).
        let is_debit = method.as_ref().is_some_and(|method| method["type"] == "us_bank_account");
        if is_debit || card.is_some_and(|card| card.is_available) {
            transaction["available_on"] = transaction["created"].clone();
            transaction["status"] = "available".into();
        }
        for (field, value) in [
            ("amount", json!(amount)),
            ("currency", charge["currency"].clone()),
            ("description", charge["description"].clone()),
            ("fee", json!(fee)),
            ("net", json!(amount - fee)),
            ("source", charge["id"].clone()),
        ] {
            transaction[field] = value;
        }
        transaction["fee_details"][0]["amount"] = fee.into();
        transaction["fee_details"][0]["currency"] = charge["currency"].clone();
        charge["balance_transaction"] = transaction["id"].clone();
        self.add(transaction, None);
        Ok(())
    }
}

/// What the bank is asked, and where.
pub(super) fn question(kind: &str, id: &Value, terms: &PaymentTerms) -> Value {
    let Some(return_url) = &terms.return_url else {
        return json!({"type": "use_stripe_sdk", "use_stripe_sdk": {}});
    };
    let id = id.as_str().unwrap_or_default();
    let url = format!("https://hooks.stripe.com/3d_secure_2/hosted?{kind}={id}");
    json!({"redirect_to_url": {"return_url": return_url, "url": url}, "type": "redirect_to_url"})
}

/// What an intent says of a decline.
pub(super) fn error_of(decline: &CardDecline, method: &Value) -> Value {
    let page = decline.code.replace('_', "-");
    let mut error = json!({
        "advice_code": decline.advice,
        "code": decline.code,
        "decline_code": decline.name,
        "doc_url": format!("https://stripe.com/docs/error-codes/{page}"),
        "message": decline.message,
        "payment_method": method,
        "type": "card_error",
    });
    if let Some(parameter) = &decline.parameter {
        error["param"] = parameter.as_str().into();
    }
    error
}

fn outcome(decline: &CardDecline) -> Value {
    let (status, kind) = if decline.is_blocked {
        ("not_sent_to_network", "blocked")
    } else {
        ("declined_by_network", "issuer_declined")
    };
    json!({
        "advice_code": decline.advice,
        "network_advice_code": null,
        "network_decline_code": decline.network_code,
        "network_status": status,
        "reason": if decline.is_blocked { "highest_risk_level" } else { decline.name.as_str() },
        "risk_level": if decline.is_blocked { "highest" } else { "normal" },
        "risk_score": if decline.is_blocked { 92 } else { 41 },
        "seller_message": if decline.is_blocked {
            "Stripe blocked this payment as too risky."
        } else {
            "The bank did not return any further details with this decline."
        },
        "type": kind,
    })
}

fn authentication(flow: &str) -> Value {
    json!({
        "authentication_flow": flow,
        "electronic_commerce_indicator": "05",
        "exemption_indicator": null,
        "result": "authenticated",
        "result_reason": null,
        "transaction_id": "7b8f1c1e-5a0d-4f0e-9f67-2f6f0c1d9a34",
        "version": "2.2.0",
    })
}

/// The money is not the account's yet.
pub(super) fn hold(charge: &mut Value, now: i64) {
    charge["amount_captured"] = 0.into();
    charge["captured"] = false.into();
    let card = &mut charge["payment_method_details"]["card"];
    card["capture_before"] = (now + HELD_SECONDS).into();
}
