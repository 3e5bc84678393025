//! Payments by bank transfer: the customer sends money, which is applied to what waits for it.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::bank_transfers;
use super::charging::PaymentTerms;
use super::draft::Draft;
use super::input::Input;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::api::object::CASH_BALANCE;
use crate::event::id::CODE;

/// The way to pay, as payment methods and payments call it.
pub(super) const KIND: &str = "customer_balance";
const TRANSACTION: &str = "customer_cash_balance_transaction";
const INSTRUCTIONS: &str = "display_bank_transfer_instructions";
/// What the instructions are for: with another, the payment has to be confirmed again.
const INSTRUCTED: [&str; 3] = ["currency", "customer", "payment_method"];
const REFERENCE_LENGTH: usize = 12;
/// What the Stripe CLI calls the transfer of yen.
const OLDER: &str = "jp_bank_account";

/// What is missing of a payment that waits for money.
fn remaining(intent: &Value) -> i64 {
    let open = &intent["next_action"][INSTRUCTIONS]["amount_remaining"];
    open.as_i64().or_else(|| intent["amount"].as_i64()).unwrap_or_default()
}

/// How much was applied to a payment that waits for more.
fn applied(intent: &Value) -> i64 {
    if !waits(intent) {
        return 0;
    }
    intent["amount"].as_i64().unwrap_or_default().saturating_sub(remaining(intent))
}

/// Whether a payment waits for a transfer.
pub(super) fn waits(intent: &Value) -> bool {
    intent["status"] == "requires_action" && intent["next_action"]["type"] == INSTRUCTIONS
}

impl Draft<'_, '_> {
    /// The customer is told where to send the money, unless it is there; returns where the payment is among the changes.
    pub(super) fn pay_by_transfer(&mut self, mut after: Value) -> Result<usize> {
        check(&after)?;
        if self.is_of_invoice(&after) || after["capture_method"] == "manual" {
            let what = "a bank transfer for an invoice, or that is captured later";
            return Err(RequestError::not_served(what));
        }
        let there = self.applied_by_itself(&after);
        after["next_action"] = self.instructions(&after);
        after["status"] = "requires_action".into();
        let missing = remaining(&after);
        let before = self.payment_before(&after);
        let is_enough = there >= missing;
        let event = Some("payment_intent.requires_action").filter(|_| !is_enough);
        let number = self.change((before, after.clone()), event);
        if there > 0 { self.apply_cash(after, there.min(missing)) } else { Ok(number) }
    }

    /// The money of a payment's customer in its currency.
    fn cash_for(&self, intent: &Value) -> (i64, bool) {
        let customer = intent["customer"].as_str().unwrap_or_default();
        let cash = self.find(CASH_BALANCE, customer).unwrap_or_default();
        let currency = intent["currency"].as_str().unwrap_or_default();
        let there = cash["available"][currency].as_i64().unwrap_or_default();
        (there, cash["settings"]["reconciliation_mode"] == "manual")
    }

    /// How much of it is applied though nobody says so.
    fn applied_by_itself(&self, intent: &Value) -> i64 {
        let (there, is_manual) = self.cash_for(intent);
        if is_manual { 0 } else { there }
    }

    fn instructions(&self, intent: &Value) -> Value {
        let currency = intent["currency"].as_str().unwrap_or_default();
        let seed = self.inquiry.store.next_name(0).0;
        let drawn = |name: &str, of: &Value, length: usize| {
            let name = format!("{name}/{}", of.as_str().unwrap_or_default());
            seed.characters(&name, CODE, length)
        };
        let page = drawn("instructions", &intent["id"], 60);
        json!({
            INSTRUCTIONS: {
                "amount_remaining": intent["amount"],
                "currency": currency,
                "hosted_instructions_url":
                    format!("https://payments.stripe.com/bank_transfers/instructions/test_{page}"),
                "reference": drawn("transfer", &intent["customer"], REFERENCE_LENGTH),
                "type": bank_transfers::of(currency).map(|transfer| transfer.name.as_str()),
            },
            "type": INSTRUCTIONS,
        })
    }

    /// Money that came is applied to the payments that wait for it: to one of just that amount, else to the oldest.
    pub(super) fn reconcile(&mut self, customer: &str, currency: &str, came: i64) -> Result<()> {
        let is_its =
            |own: &Value| own["customer"] == customer && own["currency"] == currency && waits(own);
        let mut open = self.every("payment_intent", is_its);
        open.sort_by_key(|intent| (remaining(intent) != came, intent["created"].as_i64()));
        for intent in open {
            let amount = self.applied_by_itself(&intent).min(remaining(&intent));
            if amount > 0 {
                self.apply_cash(intent, amount)?;
            }
        }
        Ok(())
    }

    /// Money of the cash balance is applied to a payment; returns where that is among the changes.
    fn apply_cash(&mut self, before: Value, amount: i64) -> Result<usize> {
        self.move_cash_of(&before, -amount, "applied_to_payment")?;
        let mut after = before.clone();
        let missing = remaining(&before) - amount;
        if missing > 0 {
            after["next_action"][INSTRUCTIONS]["amount_remaining"] = missing.into();
            return Ok(self.change((before, after), Some("payment_intent.partially_funded")));
        }
        let id = before["payment_method"].as_str().unwrap_or_default();
        let method = self.method(id, "payment_method")?;
        let mut charge = self.charged(&before, &method, &PaymentTerms::default())?;
        let id = charge["id"].as_str().unwrap_or_default().replacen("ch_", "py_", 1);
        charge["id"] = id.into();
        charge["calculated_statement_descriptor"] = Value::Null;
        charge["payment_method_details"] = json!({KIND: {}, "type": KIND});
        after["amount_received"] = after["amount"].clone();
        after["latest_charge"] = charge["id"].clone();
        after["next_action"] = Value::Null;
        after["status"] = "succeeded".into();
        self.add(charge.clone(), Some("charge.succeeded"));
        let number = self.change((before, after), Some("payment_intent.succeeded"));
        let mut settled = charge.clone();
        self.settle(&mut settled)?;
        self.change((charge, settled), Some("charge.updated"));
        Ok(number)
    }

    fn move_cash_of(&mut self, intent: &Value, amount: i64, kind: &str) -> Result<()> {
        let mut transaction = self.blank(TRANSACTION)?;
        if let Some(members) = transaction.as_object_mut() {
            members.shift_remove("funded");
            members.insert(kind.to_owned(), json!({"payment_intent": intent["id"]}));
        }
        transaction["type"] = kind.into();
        let text = |name: &str| intent[name].as_str().unwrap_or_default();
        self.move_cash(transaction, (text("customer"), text("currency")), amount)?;
        Ok(())
    }

    /// What was applied to a payment that waits no more for that transfer is the customer's again.
    pub(super) fn give_cash_back(&mut self, intent: &Value) -> Result<()> {
        let applied = applied(intent);
        if applied > 0 {
            self.move_cash_of(intent, applied, "unapplied_from_payment")?;
        }
        Ok(())
    }

    /// A payment that waits is updated: what is missing is counted anew.
    pub(super) fn follow_update(&mut self, before: &Value, after: &mut Value) -> Result<()> {
        if !waits(before) {
            return Ok(());
        }
        if INSTRUCTED.iter().any(|name| before[*name] != after[*name]) {
            after["next_action"] = Value::Null;
            after["status"] = "requires_confirmation".into();
            return self.give_cash_back(before);
        }
        let applied = applied(before);
        let missing = after["amount"].as_i64().unwrap_or_default().saturating_sub(applied);
        if missing < 1 {
            let what = format!(
                "an amount that is no more than what is applied to the payment already ({applied})"
            );
            return Err(RequestError::not_served(&what));
        }
        after["next_action"][INSTRUCTIONS]["amount_remaining"] = missing.into();
        Ok(())
    }

    /// Money is applied because a call says so.
    pub(super) fn apply_balance(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        if !waits(&before) {
            let what = "to apply a cash balance to a payment that does not wait for a transfer";
            return Err(RequestError::not_served(what));
        }
        let said = input.get("currency").and_then(Value::as_str).map(str::to_lowercase);
        let currency = before["currency"].as_str().unwrap_or_default();
        if said.is_some_and(|said| said != currency) {
            let message = format!("The currency must be that of the payment ({currency}).");
            return Err(RequestError::invalid("currency", message));
        }
        let missing = remaining(&before);
        let amount = input.get("amount").and_then(Value::as_i64).unwrap_or(missing);
        let (there, _) = self.cash_for(&before);
        if !(1..=missing).contains(&amount) || there < amount {
            let message = format!(
                "The amount ({amount}) must be no more than what remains to be paid ({missing}) \
                 and what the customer's cash balance has ({there})."
            );
            return Err(RequestError::invalid("amount", message));
        }
        self.apply_cash(before, amount)
    }
}

/// Whether a payment may be made that way.
fn check(intent: &Value) -> Result<()> {
    if !intent["automatic_payment_methods"].is_null() {
        let what = "bank transfers of a payment that does not name them \
                    (allowed_payment_method_types)";
        return Err(RequestError::not_served(what));
    }
    if intent["customer"].is_null() {
        return Err(RequestError::missing_parameter("customer"));
    }
    let currency = intent["currency"].as_str().unwrap_or_default();
    let said = intent.pointer("/payment_method_options/customer_balance/bank_transfer/type");
    let said = said.and_then(Value::as_str).unwrap_or_default();
    let Some(transfer) = bank_transfers::of(currency) else {
        let message = format!("Bank transfers in {currency} are not supported.");
        return Err(RequestError::invalid("currency", message));
    };
    let wanted = if said == OLDER { "jp_bank_transfer" } else { said };
    if wanted != transfer.name {
        let parameter = "payment_method_options[customer_balance][bank_transfer][type]";
        let message = format!("Payments in {currency} need the type {}.", transfer.name);
        return Err(RequestError::invalid(parameter, message));
    }
    Ok(())
}
