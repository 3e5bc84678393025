//! Changes of subscriptions that wait for the payment of their invoice (`payment_behavior=pending_if_incomplete`).

use serde_json::{Value, json};

use super::action;
use super::charging::PaymentTerms;
use super::draft::Draft;
use super::input::Input;
use super::subscriptions::{paid_status, set_items};
use crate::api::change::{ChangeKind, ObjectChange};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

pub(super) const UPDATED: &str = "customer.subscription.updated";
const APPLIED: &str = "customer.subscription.pending_update_applied";
const EXPIRED: &str = "customer.subscription.pending_update_expired";
/// How long a change waits.
const LONGEST_WAIT: i64 = 23 * 60 * 60;
/// What can be said of a change that may wait.
const TAKEN: [&str; 7] = [
    "add_invoice_items",
    "items",
    "metadata",
    "off_session",
    "payment_behavior",
    "proration_behavior",
    "proration_date",
];

/// Whether a change waits for the payment of that invoice.
pub(super) fn waits_for(input: &Input, invoice: &Value) -> bool {
    may_wait(input)
        && invoice["collection_method"] == "charge_automatically"
        && invoice["amount_due"].as_i64().is_some_and(|due| due > 0)
}

fn may_wait(input: &Input) -> bool {
    input.get("payment_behavior").is_some_and(|behavior| behavior == "pending_if_incomplete")
}

/// Whether all that is said can wait.
pub(super) fn check_waiting(input: &Input) -> Result<()> {
    let other = input.keys().find(|name| may_wait(input) && !TAKEN.contains(&name.as_str()));
    other.map_or(Ok(()), |name| {
        let message =
            format!("`{name}` cannot be set with `payment_behavior=pending_if_incomplete`.");
        Err(RequestError::invalid(name, message))
    })
}

impl Draft<'_, '_> {
    /// A subscription changes once its invoice is paid: at once, or the change waits. `items` are the changes of its items.
    pub(super) fn change_once_paid(
        &mut self,
        (before, mut after): (Value, Value),
        items: Vec<ObjectChange>,
        (invoice, input): (Value, &Input),
    ) -> Result<usize> {
        self.add(invoice.clone(), Some("invoice.created"));
        let open = self.finalize(&Value::Null, invoice, Some("Subscription update"))?;
        let method = self.method_of_invoice(&open, &Input::new())?;
        self.charge_invoice(&open, &method, &PaymentTerms::default())?;
        self.refusal = None;
        if self.invoice_by_now(&open)["status"] == "paid" {
            // Its newest invoice is paid, whatever became of the one before.
            if after["status"] == "past_due" {
                after["status"] = paid_status(&after, self.inquiry.now).into();
            }
            self.changes.extend(items);
            return Ok(self.change((before, after), Some(UPDATED)));
        }
        let mut waiting = before.clone();
        waiting["latest_invoice"] = open["id"].clone();
        waiting["pending_update"] = self.pending_update(&before, &after, input);
        Ok(self.change((before, waiting), Some(UPDATED)))
    }

    fn pending_update(&self, before: &Value, after: &Value, input: &Input) -> Value {
        let field = |name: &str| {
            let is_new = before[name] != after[name];
            if is_new { after[name].clone() } else { Value::Null }
        };
        let end = before["items"]["data"][0]["current_period_end"].as_i64();
        let latest = self.inquiry.now.saturating_add(LONGEST_WAIT);
        json!({
            "billing_cycle_anchor": field("billing_cycle_anchor"),
            "cancel_at_period_end": null,
            "discount": null,
            "discounts": null,
            "expires_at": end.unwrap_or(latest).min(latest),
            "metadata": input.get("metadata").cloned().unwrap_or_else(|| json!({})),
            "subscription_items": after["items"]["data"],
            "trial_end": null,
            "trial_from_plan": null,
        })
    }

    /// The change that has waited for an invoice happens, since that is paid.
    pub(super) fn apply_pending_update(&mut self, invoice: &Value) {
        let Some(before) = self.waiting_for(invoice) else { return };
        let pending = &before["pending_update"];
        let wanted = pending["subscription_items"].as_array().cloned().unwrap_or_default();
        let known = before["items"]["data"].as_array().cloned().unwrap_or_default();
        let is_in = |all: &[Value], item: &Value| all.iter().any(|one| one["id"] == item["id"]);
        for item in known.iter().filter(|item| !is_in(&wanted, item)) {
            self.push(ChangeKind::Deleted, (item.clone(), item.clone()), None);
        }
        for item in &wanted {
            let was = known.iter().find(|one| one["id"] == item["id"]).cloned();
            let kind = if was.is_some() { ChangeKind::Updated } else { ChangeKind::Created };
            self.push(kind, (was.unwrap_or_default(), item.clone()), None);
        }
        let mut after = before.clone();
        set_items(&mut after, wanted);
        if pending["billing_cycle_anchor"].is_i64() {
            after["billing_cycle_anchor"] = pending["billing_cycle_anchor"].clone();
        }
        for (name, value) in pending["metadata"].as_object().into_iter().flatten() {
            after["metadata"][name.as_str()] = value.clone();
        }
        if let Some(metadata) = after["metadata"].as_object_mut() {
            metadata.retain(|_, value| !value.is_null());
        }
        after["pending_update"] = Value::Null;
        self.change((before.clone(), after.clone()), Some(UPDATED));
        self.change((before, after), Some(APPLIED));
    }

    /// The subscription of which a change waits for an invoice.
    pub(super) fn waiting_for(&self, invoice: &Value) -> Option<Value> {
        let subscription = self.subscription_of_invoice(invoice)?;
        let goes_on = ["active", "past_due", "trialing"]
            .contains(&subscription["status"].as_str().unwrap_or_default());
        let waits = subscription["pending_update"].is_object();
        let is_its = subscription["latest_invoice"] == invoice["id"];
        (goes_on && waits && is_its).then_some(subscription)
    }

    /// A change that nobody has paid for in time is dropped, and its invoice with it.
    pub(super) fn pending_update_expires(&mut self, before: &Value) -> Result<()> {
        self.drop_pending_update(before, EXPIRED);
        self.void_latest(before)
    }

    /// A change that waits is dropped; returns the subscription without it.
    pub(super) fn drop_pending_update(&mut self, before: &Value, event: &str) -> Value {
        let mut after = before.clone();
        after["pending_update"] = Value::Null;
        self.change((before.clone(), after.clone()), Some(event));
        after
    }

    /// A subscription that changes again: what has waited until then is dropped.
    pub(super) fn without_pending_update(&mut self, before: Value) -> Result<Value> {
        if before["pending_update"].is_null() {
            return Ok(before);
        }
        let after = self.drop_pending_update(&before, UPDATED);
        self.void_latest(&before)?;
        Ok(after)
    }

    /// A subscription has ended: the invoice of a change that has waited is void.
    pub(super) fn void_what_waits(&mut self, ended: &Value) -> Result<()> {
        if ended["pending_update"].is_null() { Ok(()) } else { self.void_latest(ended) }
    }

    /// The newest invoice of a subscription is voided, where it waits for its payment.
    pub(super) fn void_latest(&mut self, subscription: &Value) -> Result<()> {
        let id = subscription["latest_invoice"].as_str().unwrap_or_default();
        let void = action::named("POST /v1/invoices/{invoice}/void");
        let (Some(invoice), Some(void)) = (self.find("invoice", id), void) else { return Ok(()) };
        if invoice["status"] == "open" {
            self.update(void, &Input::new(), invoice.clone())?;
            self.cancel_payment_of(&invoice);
            self.give_back(&invoice)?;
        }
        Ok(())
    }
}
