//! What else of a subscription changes: when it ends, until when it is free, and how it is paid.

use serde_json::Value;

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use super::pending_updates::check_waiting;
use super::periods;
use super::subscriptions::{days_missing, set_items};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

impl Draft<'_, '_> {
    pub(super) fn change_terms(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        before: Value,
    ) -> Result<usize> {
        let now = self.inquiry.now;
        let was_tried = before["status"] == "trialing";
        check_waiting(input)?;
        if let Some(end) = self.trial_to_begin(input, &before)? {
            return self.begin_trial(action, (input, end), before);
        }
        let number = self.update(action, input, before)?;
        let mut after = self.changes[number].after.clone();
        self.add_invoice_items(input, &after)?;
        set_collection(&mut after, input)?;
        self.set_taxes_and_discounts(&mut after, input)?;
        if let Some(discounts) = input.get("discounts") {
            self.keep_away_discounts(number, discounts.is_null());
        }
        if let Some(end) = input.get("cancel_at") {
            set_end(&mut after, end, now)?;
        }
        // What is not tried has no trial that could end now.
        let Some(end) = input.get("trial_end").filter(|_| was_tried) else {
            let invoice = if Self::invoices_added_items(input, &after) {
                Some(self.update_invoice_of(&mut after)?)
            } else {
                None
            };
            self.changes[number].after = ordered(after);
            invoice.map_or(Ok(()), |invoice| self.charge_update(invoice, input))?;
            return Ok(number);
        };
        let is_over = end == "now";
        let end = if is_over { now } else { end.as_i64().unwrap_or_default() };
        if !is_over && end <= now {
            return Err(RequestError::not_ahead("trial_end"));
        }
        let stops = is_over && self.stops_after_trial(&after);
        self.set_trial_end(&mut after, end, is_over && !stops);
        if !is_over || stops {
            self.changes[number].after = ordered(after.clone());
            self.tell_of_short_trial(after.clone());
            if stops {
                self.stop_after_trial(&after)?;
            }
            return Ok(number);
        }
        after["status"] = "active".into();
        let mut invoice = self.first_invoice(&mut after)?;
        invoice["billing_reason"] = "subscription_update".into();
        self.changes[number].after = ordered(after.clone());
        // As Stripe's reference says of trials that end at once.
        self.tell_of_short_trial(after);
        self.charge_update(invoice, input)?;
        Ok(number)
    }

    /// The period that is free ends then, or ends now and another begins.
    fn set_trial_end(&mut self, subscription: &mut Value, end: i64, is_over: bool) {
        let mut items = subscription["items"]["data"].as_array().cloned().unwrap_or_default();
        for item in &mut items {
            let known = item.clone();
            item["current_period_end"] = end.into();
            if is_over {
                let next = periods::boundary(end, &known["price"]["recurring"], 1);
                item["current_period_start"] = end.into();
                item["current_period_end"] = next.into();
            }
            self.change((known, item.clone()), None);
        }
        if subscription["cancel_at_period_end"] == true
            && let Some(first) = items.first()
        {
            subscription["cancel_at"] = first["current_period_end"].clone();
        }
        set_items(subscription, items);
        subscription["billing_cycle_anchor"] = end.into();
        subscription["trial_end"] = end.into();
    }
}

/// When it ends, and that somebody asked for that; null for that it does not.
fn set_end(subscription: &mut Value, end: &Value, now: i64) -> Result<()> {
    if end.is_string() {
        return Err(RequestError::not_served("cancel_at other than a time"));
    }
    if end.as_i64().is_some_and(|end| end <= now) {
        return Err(RequestError::not_ahead("cancel_at"));
    }
    let is_ended = !end.is_null();
    subscription["cancel_at_period_end"] = false.into();
    subscription["canceled_at"] = if is_ended { now.into() } else { Value::Null };
    subscription["cancellation_details"]["reason"] =
        if is_ended { "cancellation_requested".into() } else { Value::Null };
    Ok(())
}

fn set_collection(subscription: &mut Value, input: &Input) -> Result<()> {
    let is_sent = subscription["collection_method"] == "send_invoice";
    if is_sent && subscription["days_until_due"].is_null() {
        return Err(days_missing());
    }
    if !is_sent && input.contains_key("days_until_due") {
        let what = "days_until_due of a subscription that is charged automatically";
        return Err(RequestError::not_served(what));
    }
    if !is_sent {
        subscription["days_until_due"] = Value::Null;
    }
    Ok(())
}
