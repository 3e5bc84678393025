//! Payments by a debit of a bank account: processing at first, and known later whether the money came.

use serde_json::{Value, json};

use super::charging::PaymentTerms;
use super::draft::Draft;
use super::test_accounts::{self, DebitKind};
use super::transfer_payments;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};

const SESSION: &str = "checkout.session";
/// What failures say, by their codes; some other text for others.
const MESSAGES: [(&str, &str); 6] = [
    ("account_closed", "The customer's bank account has been closed."),
    ("charge_exceeds_source_limit", "The payment exceeds the weekly limit of the bank account."),
    (
        "debit_not_authorized",
        "The customer has notified their bank that this payment was unauthorized.",
    ),
    ("insufficient_funds", "The customer's account has insufficient funds to cover this payment."),
    ("invalid_currency", "The bank account does not take the currency of this payment."),
    ("no_account", "The customer's bank account could not be located."),
];
const OTHER: &str = "The payment could not be processed.";

/// The payments by debit that go on, and when it is known what became of each, in the order in which the bank was asked.
pub(super) fn under_way(inquiry: &Inquiry<'_>) -> impl Iterator<Item = (i64, String)> {
    let made = inquiry.states("charge").filter(|state| state.is_written && !state.is_deleted);
    made.filter_map(|state| {
        let charge = state.own();
        let id = charge["payment_intent"].as_str().filter(|_| charge["status"] == "pending")?;
        let intent = inquiry.own("payment_intent", id)?;
        if intent["status"] != "processing" || intent["latest_charge"] != charge["id"] {
            return None;
        }
        let method = inquiry.own("payment_method", intent["payment_method"].as_str()?)?;
        let (_, account) = test_accounts::of(method).filter(|(_, account)| !account.is_endless)?;
        let second = charge["created"].as_i64()?.saturating_add(account.after);
        Some((second, id.to_owned()))
    })
}

impl Draft<'_, '_> {
    /// A payment method of a test account.
    pub(super) fn account_method(&mut self, kind: &str, number: &str) -> Result<Value> {
        let kind = test_accounts::kind(kind).ok_or_else(|| self.inquiry.not_served())?;
        let what = "bank accounts that are none of Stripe's test accounts";
        let shown = kind.account(number).ok_or_else(|| RequestError::not_served(what))?;
        let mut method = self.blank("payment_method")?;
        method["type"] = kind.name.as_str().into();
        method[kind.name.as_str()] = shown;
        Ok(method)
    }

    /// The bank is asked for the money, once the account is verified; returns where the payment is among the changes.
    pub(super) fn debit(
        &mut self,
        after: Value,
        method: &Value,
        terms: &PaymentTerms,
    ) -> Result<usize> {
        if method["type"] == transfer_payments::KIND {
            return self.pay_by_transfer(after);
        }
        let what = || RequestError::not_served("payments by this kind of payment method");
        let debited = test_accounts::of(method).ok_or_else(what)?;
        check_currency(&after, debited.0)?;
        if terms.decline.is_some() {
            let what = "a decline of a debit: pay by a test account that fails";
            return Err(RequestError::not_served(what));
        }
        if after["capture_method"] == "manual" {
            return Err(RequestError::not_served(
                "a debit of a bank account that is captured later",
            ));
        }
        let mandate = self.mandate_for(&after, (method, debited.0), &terms.mandate)?;
        if terms.is_on_page {
            self.verify_method(method);
        } else if self.is_to_be_verified(&after, method, debited.1)? {
            return self.send_deposits(after, (method, debited.1), &mandate);
        }
        self.ask_bank(after, (method, debited.0), &mandate)
    }

    /// The bank of a payment method is asked for the money, by a mandate.
    pub(super) fn ask_bank(
        &mut self,
        mut after: Value,
        (method, kind): (&Value, &DebitKind),
        mandate: &Value,
    ) -> Result<usize> {
        let before = self.payment_before(&after);
        let is_kept = !after["setup_future_usage"].is_null() && !after["customer"].is_null();
        if is_kept && method["customer"].is_null() {
            self.attach(method.clone(), &after["customer"])?;
        }
        let charge = self.charge_of_debit(&after, (method, kind), mandate)?;
        after["latest_charge"] = charge["id"].clone();
        after["status"] = "processing".into();
        let number = self.change((before, after), Some("payment_intent.processing"));
        self.add(charge, Some("charge.pending"));
        Ok(number)
    }

    fn charge_of_debit(
        &mut self,
        intent: &Value,
        (method, kind): (&Value, &DebitKind),
        mandate: &Value,
    ) -> Result<Value> {
        let mut charge = self.charged(intent, method, &PaymentTerms::default())?;
        let id = charge["id"].as_str().unwrap_or_default().replacen("ch_", "py_", 1);
        charge["id"] = id.into();
        for (field, value) in [
            ("calculated_statement_descriptor", Value::Null),
            ("paid", json!(false)),
            ("receipt_url", Value::Null),
            ("status", json!("pending")),
        ] {
            charge[field] = value;
        }
        let mut shown = json!({"mandate": mandate});
        for name in &kind.charged {
            shown[name.as_str()] = method[kind.name.as_str()][name.as_str()].clone();
        }
        charge["payment_method_details"] = json!({"type": kind.name, kind.name.as_str(): shown});
        charge["outcome"] = json!({
            "advice_code": null, "network_advice_code": null, "network_decline_code": null,
            "network_status": "approved_by_network", "reason": null, "risk_level": "not_assessed",
            "seller_message": "Payment complete.", "type": "authorized",
        });
        Ok(charge)
    }

    /// It is known whether the money of a debit came.
    pub(super) fn debit_is_known(&mut self, intent: Value) -> Result<()> {
        let method = self.method(intent["payment_method"].as_str().unwrap_or_default(), "")?;
        let failure =
            test_accounts::of(&method).and_then(|(_, account)| account.failure.as_deref());
        let charge = self.charge_of(&intent)?;
        if let Some(code) = failure {
            let failed = self.debit_failed((intent, charge), &method, code);
            return self.follow_debit(failed);
        }
        let mut paid = charge.clone();
        paid["paid"] = true.into();
        paid["status"] = "succeeded".into();
        self.change((charge, paid.clone()), Some("charge.succeeded"));
        let mut after = intent.clone();
        after["amount_received"] = after["amount"].clone();
        after["status"] = "succeeded".into();
        let known = self.change((intent.clone(), after), Some("payment_intent.succeeded"));
        self.follow_debit(known)?;
        self.tell_session(&intent, "paid", "checkout.session.async_payment_succeeded");
        let mut settled = paid.clone();
        self.settle(&mut settled)?;
        self.change((paid, settled), Some("charge.updated"));
        Ok(())
    }

    fn debit_failed(
        &mut self,
        (intent, charge): (Value, Value),
        method: &Value,
        code: &str,
    ) -> usize {
        let known = MESSAGES.iter().find(|(known, _)| *known == code);
        let message = known.map_or(OTHER, |(_, message)| message);
        let mut failed = charge.clone();
        failed["failure_code"] = code.into();
        failed["failure_message"] = message.into();
        failed["status"] = "failed".into();
        self.change((charge, failed), Some("charge.failed"));
        let mut after = intent.clone();
        after["last_payment_error"] = json!({
            "charge": intent["latest_charge"], "code": code,
            "doc_url": format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")),
            "message": message, "payment_method": method, "type": "card_error",
        });
        after["payment_method"] = Value::Null;
        after["status"] = "requires_payment_method".into();
        let number = self.change((intent.clone(), after), Some("payment_intent.payment_failed"));
        self.tell_session(&intent, "unpaid", "checkout.session.async_payment_failed");
        number
    }

    /// The session in which a payment was made tells what became of it.
    fn tell_session(&mut self, intent: &Value, status: &str, event: &str) {
        let is_its = |own: &Value| own["payment_intent"] == intent["id"];
        let Some(before) = self.every(SESSION, is_its).pop() else { return };
        let mut after = before.clone();
        after["payment_status"] = status.into();
        if before == after {
            self.tell(before, Some(event));
        } else {
            self.change((before, after), Some(event));
        }
    }
}

/// Whether a payment or a session is in the currency of the debits that it takes.
pub(super) fn check_currencies(object: &Value) -> Result<()> {
    let kinds = object["payment_method_types"].as_array().into_iter().flatten();
    let debits = kinds.filter_map(|kind| test_accounts::kind(kind.as_str()?));
    debits.into_iter().try_for_each(|kind| check_currency(object, kind))
}

/// Whether a payment is in the currency of its debit.
fn check_currency(intent: &Value, kind: &DebitKind) -> Result<()> {
    let name = kind.name.as_str();
    if intent["currency"] != kind.currency {
        let message = format!(
            "The currency provided ({}) is invalid. Payments with {name} support the following \
             currencies: {}.",
            intent["currency"].as_str().unwrap_or_default(),
            kind.currency
        );
        return Err(RequestError::invalid("currency", message));
    }
    Ok(())
}
