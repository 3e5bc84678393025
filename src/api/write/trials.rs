//! Trials: those that begin in the middle of a subscription, where what was paid for and is free now is given back, and what
//! becomes of those that end with nothing to pay by.

use serde_json::{Map, Value, json};

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use super::subscriptions::set_items;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// How a change is charged for.
const TERMS: [&str; 3] = ["off_session", "payment_behavior", "proration_behavior"];

impl Draft<'_, '_> {
    /// Whether a subscription does not go on when its trial ends, since there is nothing to pay by.
    pub(super) fn stops_after_trial(&self, subscription: &Value) -> bool {
        let behavior = &subscription["trial_settings"]["end_behavior"]["missing_payment_method"];
        subscription["status"] == "trialing"
            && (behavior == "cancel" || behavior == "pause")
            && !self.method_of_subscription(subscription)
    }

    /// It ends then, or pauses, as it says.
    pub(super) fn stop_after_trial(&mut self, before: &Value) -> Result<()> {
        let behavior = &before["trial_settings"]["end_behavior"]["missing_payment_method"];
        if behavior == "cancel" {
            return self.end_subscription(before, None);
        }
        self.pause_after_trial(before);
        Ok(())
    }

    fn pause_after_trial(&mut self, before: &Value) {
        let mut after = before.clone();
        after["status"] = "paused".into();
        after["status_details"] = json!({
            "paused": {
                "subscription": {"type": "trial_end_without_payment_method"},
                "transitioned_at": self.inquiry.now,
                "type": "subscription",
            },
        });
        self.change((before.clone(), after), Some("customer.subscription.paused"));
    }

    /// When a trial ends that a call lets begin.
    pub(super) fn trial_to_begin(
        &self,
        input: &Input,
        subscription: &Value,
    ) -> Result<Option<i64>> {
        let Some(end) = input.get("trial_end").and_then(Value::as_i64) else { return Ok(None) };
        let status = subscription["status"].as_str().unwrap_or_default();
        if status == "trialing" {
            return Ok(None);
        }
        if !["active", "past_due"].contains(&status) {
            let what = format!("trial_end of a subscription whose status is {status}");
            return Err(RequestError::not_served(&what));
        }
        if end <= self.inquiry.now {
            return Err(RequestError::not_ahead("trial_end"));
        }
        Ok(Some(end))
    }

    /// A trial begins: its period is billed at once, with nothing but what is given back of the one before
    /// (docs.stripe.com/billing/subscriptions/billing-cycle).
    pub(super) fn begin_trial(
        &mut self,
        action: &'static WriteAction,
        (input, end): (&Input, i64),
        before: Value,
    ) -> Result<usize> {
        let now = self.inquiry.now;
        if input.get("proration_behavior").is_none_or(|behavior| behavior != "none") {
            self.give_rest_back(&before)?;
        }
        let mut terms = input.clone();
        terms.shift_remove("trial_end");
        let number = self.change_terms(action, &terms, before)?;
        let mut after = self.changes[number].after.clone();
        let mut items = after["items"]["data"].as_array().cloned().unwrap_or_default();
        for item in &mut items {
            let known = item.clone();
            item["current_period_start"] = now.into();
            item["current_period_end"] = end.into();
            self.change((known, item.clone()), None);
        }
        set_items(&mut after, items);
        for (field, second) in
            [("billing_cycle_anchor", end), ("trial_end", end), ("trial_start", now)]
        {
            after[field] = second.into();
        }
        if after["cancel_at_period_end"] == true {
            after["cancel_at"] = end.into();
        }
        after["status"] = "trialing".into();
        let mut invoice = self.first_invoice(&mut after)?;
        if self.is_once(&after["discounts"][0]) {
            // It waits for an invoice that it takes something off.
            invoice["discounts"] = self.lasting(&invoice["discounts"], now);
            self.recount(&mut invoice);
        }
        invoice["billing_reason"] = "subscription_update".into();
        self.changes[number].after = ordered(after.clone());
        self.tell_of_short_trial(after);
        self.charge_update(invoice, input)?;
        Ok(number)
    }

    /// Items change, and a trial ends or begins with that: one change of the subscription, which one event tells of.
    pub(super) fn change_items_and_trial(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        before: Value,
    ) -> Result<usize> {
        let mut items = input.clone();
        let end = items.shift_remove("trial_end");
        let is_said = |(name, _): &(&String, &Value)| TERMS.contains(&name.as_str());
        let said = input.iter().filter(is_said);
        let mut terms: Map<String, Value> =
            said.map(|(name, value)| (name.clone(), value.clone())).collect();
        if self.trial_to_begin(input, &before)?.is_some() {
            if input.get("proration_behavior").is_none_or(|behavior| behavior != "none") {
                self.give_rest_back(&before)?;
            }
            for said in [&mut items, &mut terms] {
                said.insert("proration_behavior".to_owned(), "none".into());
            }
        }
        let number = self.change_items(action, &items, before.clone())?;
        let changed = self.changes[number].after.clone();
        let Some(end) = end.filter(|end| *end != "now" || before["status"] == "trialing") else {
            return Ok(number);
        };
        if changed["latest_invoice"] != before["latest_invoice"] {
            return Err(RequestError::not_served("another interval beside `trial_end`"));
        }
        self.changes[number].event = None;
        terms.insert("trial_end".to_owned(), end);
        let number = self.change_terms(action, &terms, changed)?;
        self.changes[number].before = before;
        Ok(number)
    }
}
