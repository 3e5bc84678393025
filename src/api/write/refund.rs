//! Refunds: money of a charge goes back, all that is left of it or a part; of some test cards later, or not at all.

use serde_json::Value;

use super::action::{self, WriteAction};
use super::draft::Draft;
use super::input::Input;
use super::test_cards::{self, TestRefund};
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::protocol::ordered;

/// What else happens to the charge.
const CHARGE_EVENT: &str = "charge.refunded";
/// What tells of a failure beside the update of the refund.
const FAILED: &str = "refund.failed";
/// Why the refunds of the test card fail, as Stripe's documentation of refunds names it.
const WHY: &str = "expired_or_canceled_card";
/// Why a refund is pending, as in the catalogue.
const PENDING: &str = "processing";

/// What becomes of a refund of that charge later.
fn later(charge: &Value) -> Option<TestRefund> {
    let print = charge["payment_method_details"]["card"]["fingerprint"].as_str()?;
    test_cards::of_fingerprint(print)?.refund
}

/// The refunds of which more is to be known, and when: Stripe tells it some seconds after the call.
pub(super) fn under_way(inquiry: &Inquiry<'_>) -> impl Iterator<Item = (i64, String)> {
    let made = inquiry.states("refund").filter(|state| state.is_written && !state.is_deleted);
    made.filter_map(|state| {
        let refund = state.own();
        let open = match later(inquiry.own("charge", refund["charge"].as_str()?)?)? {
            TestRefund::Pends => "pending",
            TestRefund::Fails => "succeeded",
        };
        let second = refund["created"].as_i64().filter(|_| refund["status"] == open)?;
        Some((second, refund["id"].as_str()?.to_owned()))
    })
}

impl Draft<'_, '_> {
    /// Gives back what a charge has, in the order in which Stripe tells it: the refund, then the charge.
    pub(super) fn refund(&mut self, action: &'static WriteAction, input: &Input) -> Result<usize> {
        let before = self.charge(input)?;
        let amount = amount(&before, input)?;
        let transaction = self.drawn_id("balance_transaction")?;
        let mut refund = self.new_object(action, input)?;
        for field in ["currency", "customer", "payment_intent", "payment_method"] {
            refund[field] = before[field].clone();
        }
        refund["amount"] = amount.into();
        refund["charge"] = before["id"].clone();
        refund["balance_transaction"] = transaction.as_str().into();
        if later(&before) == Some(TestRefund::Pends) {
            refund["status"] = "pending".into();
            refund["pending_reason"] = PENDING.into();
        }
        let moved = -refund["amount"].as_i64().unwrap_or_default();
        self.book(&refund, moved, &transaction);
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(refund)));
        let after = with_refunded(&before, amount);
        self.change((before, after), Some(CHARGE_EVENT));
        Ok(number)
    }

    /// It is known what became of a refund: it is done, or failed, and the money is on the balance again.
    pub(super) fn refund_is_known(&mut self, before: Value) -> Result<()> {
        let id = before["charge"].as_str().unwrap_or_default();
        let missing = || RequestError::missing("charge", id);
        let charge = self.find("charge", id).ok_or_else(missing)?;
        let mut after = before.clone();
        let has_failed = later(&charge) == Some(TestRefund::Fails);
        if has_failed {
            let transaction = self.drawn_id("balance_transaction")?;
            let amount = before["amount"].as_i64().unwrap_or_default();
            after["failure_balance_transaction"] = transaction.as_str().into();
            after["failure_reason"] = WHY.into();
            after["status"] = "failed".into();
            self.book(&after, amount, &transaction);
            self.change((charge.clone(), with_refunded(&charge, -amount)), None);
        } else {
            after["status"] = "succeeded".into();
            after.as_object_mut().and_then(|members| members.shift_remove("pending_reason"));
        }
        let told = (before, ordered(after));
        let update = action::required("POST /v1/refunds/{refund}")?;
        self.note(update, ChangeKind::Updated, told.clone());
        if has_failed {
            self.push(ChangeKind::Told, told, Some(FAILED));
        }
        Ok(())
    }

    /// The charge whose money it is.
    fn charge(&self, input: &Input) -> Result<Value> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = match (input.get("charge"), input.get("payment_intent")) {
            (Some(charge), _) => text(charge),
            (None, Some(intent)) => {
                let id = text(intent);
                let intent = self.find("payment_intent", &id);
                let charge = intent.map(|intent| text(&intent["latest_charge"]));
                let none = || {
                    let message = "This PaymentIntent does not have a successful charge to refund.";
                    RequestError::invalid("payment_intent", format!("{message} ({id})"))
                };
                charge.filter(|charge| !charge.is_empty()).ok_or_else(none)?
            }
            (None, None) => String::new(),
        };
        let found = self.find("charge", &id);
        let charge = found.ok_or_else(|| RequestError::missing_in("charge", &id, "charge"))?;
        let is_plain = charge["payment_method_details"]["type"] == "card"
            && charge["disputed"] == false
            && charge["transfer"].is_null()
            && charge["application_fee"].is_null();
        if charge["status"] != "succeeded" || charge["captured"] != true || !is_plain {
            let what =
                "the refund of a charge that is not by card, captured, undisputed and your own";
            return Err(RequestError::not_served(what));
        }
        Ok(charge)
    }

    /// The movement on the balance: away with a refund, back where it failed.
    fn book(&mut self, refund: &Value, amount: i64, id: &str) {
        let known = action::of_kind("refund");
        let template = known.and_then(|known| known.beside.get("balance_transaction"));
        let Some(template) = template else { return };
        let mut transaction = self.made(template, id);
        if amount > 0 {
            for (field, value) in [
                ("description", "Refund failure"),
                ("reporting_category", "refund_failure"),
                ("type", "refund_failure"),
            ] {
                transaction[field] = value.into();
            }
        }
        transaction["amount"] = amount.into();
        transaction["net"] = amount.into();
        transaction["currency"] = refund["currency"].clone();
        transaction["source"] = refund["id"].clone();
        self.add(transaction, None);
    }
}

/// A charge of which more has gone back, or less.
fn with_refunded(charge: &Value, amount: i64) -> Value {
    let mut after = charge.clone();
    let refunded = charge["amount_refunded"].as_i64().unwrap_or_default() + amount;
    after["amount_refunded"] = refunded.into();
    after["refunded"] = (charge["amount_captured"] == refunded).into();
    after
}

/// How much of it goes back.
fn amount(charge: &Value, input: &Input) -> Result<i64> {
    let field = |name: &str| charge[name].as_i64().unwrap_or_default();
    let left = field("amount_captured") - field("amount_refunded");
    if left <= 0 {
        let id = charge["id"].as_str().unwrap_or_default();
        let message = format!("Charge {id} has already been refunded.");
        return Err(RequestError::wrong_state(Some("charge_already_refunded"), message));
    }
    match input.get("amount").and_then(Value::as_i64) {
        None => Ok(left),
        Some(amount) if amount < 1 => {
            Err(RequestError::out_of_range("amount", "Invalid positive integer".to_owned()))
        }
        Some(amount) if amount > left => {
            let message = format!(
                "Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            );
            Err(RequestError::invalid("amount", message))
        }
        Some(amount) => Ok(amount),
    }
}
