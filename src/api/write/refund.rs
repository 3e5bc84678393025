//! Refunds: money of a charge goes back, all that is left of it or a part.

use serde_json::Value;

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// What else happens to the charge.
const CHARGE_EVENT: &str = "charge.refunded";

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
        self.book(action, &refund, &transaction);
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(refund)));
        let mut after = before.clone();
        let refunded = before["amount_refunded"].as_i64().unwrap_or_default() + amount;
        after["amount_refunded"] = refunded.into();
        after["refunded"] = (before["amount_captured"] == refunded).into();
        self.change((before, after), Some(CHARGE_EVENT));
        Ok(number)
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

    /// The movement on the balance.
    fn book(&mut self, action: &WriteAction, refund: &Value, id: &str) {
        let Some(template) = action.object.beside.get("balance_transaction") else { return };
        let mut transaction = self.made(template, id);
        let amount = -refund["amount"].as_i64().unwrap_or_default();
        transaction["amount"] = amount.into();
        transaction["net"] = amount.into();
        transaction["currency"] = refund["currency"].clone();
        transaction["source"] = refund["id"].clone();
        self.add(transaction, None);
    }
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
