//! Subscriptions are canceled by a call: what is left of the period is given back, and what waits is invoiced, where
//! that is asked for.

use serde_json::Value;

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use super::proration::ItemChange;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

impl Draft<'_, '_> {
    pub(super) fn cancel_subscription(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        self.cancel_known(action, input, before)
    }

    pub(super) fn cancel_known(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        before: Value,
    ) -> Result<usize> {
        let is_asked = |name: &str| input.get(name) == Some(&Value::Bool(true));
        let is_billed = before["status"] == "active" || before["status"] == "past_due";
        if is_asked("prorate") && is_billed {
            self.give_rest_back(&before)?;
        }
        let number = self.update(action, input, before)?;
        let mut after = self.changes[number].after.clone();
        if is_asked("invoice_now") && self.waits_for_invoice(&after) {
            let invoice = self.update_invoice_of(&mut after)?;
            self.changes[number].after = ordered(after);
            self.charge_update(invoice, &Input::new())?;
        }
        Ok(number)
    }

    /// What is left of the period of each item becomes an invoice item.
    pub(super) fn give_rest_back(&mut self, subscription: &Value) -> Result<()> {
        let off = self.proration_discount(subscription)?;
        let items = subscription["items"]["data"].as_array().into_iter().flatten();
        for item in items {
            let change = ItemChange { before: item.clone(), after: Value::Null };
            self.prorate(&change, subscription, (self.inquiry.now, &off))?;
        }
        Ok(())
    }

    /// Whether there are items of a subscription that no invoice has yet.
    fn waits_for_invoice(&self, subscription: &Value) -> bool {
        let pending = self.every("invoiceitem", |item| {
            let of = &item["parent"]["subscription_details"]["subscription"];
            item["invoice"].is_null() && *of == subscription["id"]
        });
        !pending.is_empty()
    }
}
