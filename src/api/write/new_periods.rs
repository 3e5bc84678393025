//! Periods of subscriptions that begin before the old one ends: by a price with another interval, or by a new anchor.

use serde_json::Value;

use super::draft::Draft;
use super::input::Input;
use super::periods;
use super::proration::ItemChange;
use super::subscription_items::interval;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// Whether a call asks for a period that begins now.
pub(super) fn is_anchored_now(input: &Input) -> bool {
    input.get("billing_cycle_anchor").is_some_and(|anchor| anchor["type"] == "now")
}

/// Whether a change makes a period begin at once: another interval does, of what is billed, and a new anchor.
pub(super) fn begins_anew(before: &Value, items: &[Value], input: &Input) -> Result<bool> {
    let is_asked = is_anchored_now(input);
    let first = &before["items"]["data"][0]["price"];
    let is_other = items.iter().any(|item| interval(&item["price"]) != interval(first));
    match before["status"].as_str() {
        _ if !is_other && !is_asked => Ok(false),
        Some("active" | "past_due") => Ok(true),
        Some("trialing" | "paused") if !is_asked => Ok(false),
        _ => {
            let what =
                "a change of the interval or the anchor of a subscription that is not active";
            Err(RequestError::not_served(what))
        }
    }
}

impl Draft<'_, '_> {
    /// A period begins now, by the interval of the items.
    pub(super) fn begin_period(
        &self,
        subscription: &mut Value,
        items: &mut [Value],
        changes: &mut [ItemChange],
    ) {
        let now = self.inquiry.now;
        for item in items {
            item["current_period_start"] = now.into();
            item["current_period_end"] =
                periods::boundary(now, &item["price"]["recurring"], 1).into();
            let own = changes.iter_mut().filter(|change| change.after["id"] == item["id"]);
            own.for_each(|change| change.after = item.clone());
            if subscription["cancel_at_period_end"] == true {
                subscription["cancel_at"] = item["current_period_end"].clone();
            }
        }
        subscription["billing_cycle_anchor"] = now.into();
        subscription["discounts"] = self.open(&subscription["discounts"], now);
    }

    /// The invoice of a change, where it has one: that of a whole period, or of what waits for one.
    pub(super) fn invoice_of_change(
        &mut self,
        subscription: &mut Value,
        (begins_anew, is_invoiced): (bool, bool),
    ) -> Result<Option<Value>> {
        if begins_anew {
            let mut invoice = self.first_invoice(subscription)?;
            invoice["billing_reason"] = "subscription_update".into();
            return Ok(Some(invoice));
        }
        if is_invoiced {
            return self.update_invoice_of(subscription).map(Some);
        }
        Ok(None)
    }
}
