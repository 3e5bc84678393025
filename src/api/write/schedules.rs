//! Schedules of subscriptions by calls: made, changed, canceled, and let go, so that the subscription goes on by itself.
//! What happens when their phases begin and end is in `schedule_runs`.

use serde_json::{Value, json};

use super::action::{self, WriteAction};
use super::draft::Draft;
use super::input::Input;
use super::schedule_phases::check_collection;
use crate::api::change::{ChangeKind, ObjectChange};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// The type.
pub(super) const SCHEDULE: &str = "subscription_schedule";
pub(super) const CANCELED: &str = "subscription_schedule.canceled";

impl Draft<'_, '_> {
    pub(super) fn create_schedule(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let mut schedule = self.new_object(action, input)?;
        if let Some(id) = input.get("from_subscription").and_then(Value::as_str) {
            let subscription = self.find("subscription", id).unwrap_or_default();
            return self.schedule_of(action, input, (schedule, subscription));
        }
        let customer = self.find("customer", input["customer"].as_str().unwrap_or_default());
        schedule["test_clock"] = customer.unwrap_or_default()["test_clock"].clone();
        if input.get("billing_mode").is_some_and(|mode| mode["type"] == "classic") {
            schedule["billing_mode"] = json!({"flexible": null, "type": "classic"});
        }
        let now = self.inquiry.now;
        let start = input.get("start_date").and_then(Value::as_i64).unwrap_or(now);
        if start < now {
            return Err(RequestError::not_served("a `start_date` in the past"));
        }
        let phases = self.phases(&input["phases"], start, &schedule["customer"])?;
        schedule["phases"] = Value::Array(phases);
        check_collection(&schedule)?;
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(schedule)));
        self.keep_away_by_phases(number, &input["phases"]);
        if start == now {
            self.changes[number].after = self.begin_schedule(self.changes[number].after.clone())?;
        }
        Ok(number)
    }

    /// A schedule for a subscription that is there: its period is the first phase.
    fn schedule_of(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        (mut schedule, subscription): (Value, Value),
    ) -> Result<usize> {
        if let Some(name) =
            input.keys().find(|name| *name != "from_subscription" && *name != "metadata")
        {
            let message = format!("You cannot set `{name}` if `from_subscription` is set.");
            return Err(RequestError::invalid(name, message));
        }
        if let Some(known) = subscription["schedule"].as_str() {
            let message = format!(
                "You cannot migrate a subscription that is already attached to a schedule: `{known}`."
            );
            return Err(RequestError::invalid("from_subscription", message));
        }
        let status = subscription["status"].as_str().unwrap_or_default();
        if !["active", "past_due", "trialing"].contains(&status) {
            let what = format!("a schedule of a subscription whose status is {status}");
            return Err(RequestError::not_served(&what));
        }
        for field in ["customer", "test_clock"] {
            schedule[field] = subscription[field].clone();
        }
        for field in ["collection_method", "description"] {
            schedule["default_settings"][field] = subscription[field].clone();
        }
        let method = &subscription["default_payment_method"];
        schedule["default_settings"]["default_payment_method"] =
            self.unless_detached(method, &subscription["customer"]);
        schedule["default_settings"]["invoice_settings"]["days_until_due"] =
            subscription["days_until_due"].clone();
        schedule["billing_mode"]["flexible"] = subscription["billing_mode"]["flexible"].clone();
        schedule["billing_mode"]["type"] = subscription["billing_mode"]["type"].clone();
        let phase = Self::phase_of(&subscription);
        schedule["current_phase"] = span(&phase);
        schedule["phases"] = json!([phase]);
        schedule["status"] = "active".into();
        schedule["subscription"] = subscription["id"].clone();
        let id = schedule["id"].clone();
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(schedule)));
        let mut after = subscription.clone();
        after["schedule"] = id;
        self.change((subscription, after), Some("customer.subscription.updated"));
        Ok(number)
    }

    pub(super) fn update_schedule(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        let number = self.update(action, input, before.clone())?;
        let mut after = self.changes[number].after.clone();
        self.know_prices_of(&before);
        if let Some(given) = input.get("phases") {
            self.set_phases(&mut after, given)?;
            self.changes[number].after = after.clone();
            self.keep_away_by_phases(number, given);
        }
        check_collection(&after)?;
        let is_due = after["status"] == "not_started"
            && after["phases"][0]["start_date"].as_i64() <= Some(self.inquiry.now);
        if is_due {
            after = self.begin_schedule(after)?;
        } else if after["status"] == "active" {
            let proration = input.get("proration_behavior").and_then(Value::as_str);
            self.follow_changed_schedule(&before, &after, proration)?;
        }
        self.changes[number].after = ordered(after);
        Ok(number)
    }

    /// Other phases, from the current one on; those that are over stay.
    fn set_phases(&mut self, schedule: &mut Value, given: &Value) -> Result<()> {
        let now = self.inquiry.now;
        let start = match &given[0]["start_date"] {
            Value::Null => {
                let message = "The subscription schedule update is missing at least one phase with a \
                               `start_date` to anchor end dates to.";
                return Err(RequestError::invalid("phases", message));
            }
            said => said.as_i64().unwrap_or(now),
        };
        let phases = self.phases(given, start, &schedule["customer"])?;
        if schedule["status"] == "not_started" {
            if start < now {
                return Err(RequestError::not_served("a `start_date` in the past"));
            }
            schedule["phases"] = Value::Array(phases);
            return Ok(());
        }
        let is_current = |phase: &&Value| {
            let number = |name: &str| phase[name].as_i64().unwrap_or_default();
            number("start_date") <= now && now < number("end_date")
        };
        let current = phases.iter().find(is_current).map(span);
        let Some(current) =
            current.filter(|span| span["start_date"] == schedule["current_phase"]["start_date"])
        else {
            let message = "You can not modify the start date of the current phase.";
            return Err(RequestError::invalid("phases[0][start_date]", message));
        };
        let all_known = schedule["phases"].as_array().map_or(&[][..], Vec::as_slice);
        let has_ended = |phase: &&Value| phase["end_date"].as_i64() <= Some(now);
        if phases.iter().filter(has_ended).any(|phase| !all_known.contains(phase)) {
            let message = "You can not modify a phase that has already ended.";
            return Err(RequestError::invalid("phases", message));
        }
        let is_over = |phase: &&Value| phase["end_date"].as_i64().is_some_and(|end| end <= start);
        let known = all_known.iter().filter(is_over).cloned();
        let all: Vec<Value> = known.chain(phases).collect();
        schedule["current_phase"] = current;
        schedule["phases"] = Value::Array(all);
        Ok(())
    }

    pub(super) fn cancel_schedule(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        let id = before["subscription"].as_str().unwrap_or_default();
        if let Some(subscription) = self.find("subscription", id) {
            let cancel = action::required("DELETE /v1/subscriptions/{subscription_exposed_id}")?;
            let said = |name: &str| input.get(name).cloned().unwrap_or(Value::Bool(true));
            let terms = ["prorate", "invoice_now"].map(|name| (name.to_owned(), said(name)));
            self.cancel_known(cancel, &Input::from_iter(terms), subscription)?;
        } else {
            self.schedule_is_canceled(before.clone(), CANCELED);
        }
        let is_it = |change: &ObjectChange| change.id() == before["id"];
        self.changes.iter().position(is_it).ok_or_else(|| self.inquiry.not_served())
    }

    pub(super) fn schedule_is_canceled(&mut self, before: Value, event: &str) {
        let mut after = before.clone();
        after["canceled_at"] = self.inquiry.now.into();
        after["current_phase"] = Value::Null;
        after["status"] = "canceled".into();
        self.change((before, after), Some(event));
    }

    /// The schedule of a subscription that has ended is canceled with it; or aborted, where nobody paid.
    pub(super) fn end_schedule_of(&mut self, subscription: &Value, is_unpaid: bool) {
        let id = subscription["schedule"].as_str().unwrap_or_default();
        if let Some(schedule) = self.find(SCHEDULE, id)
            && schedule["status"] == "active"
        {
            let event = if is_unpaid { "subscription_schedule.aborted" } else { CANCELED };
            self.schedule_is_canceled(schedule, event);
        }
    }

    pub(super) fn release_schedule(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        self.release_known(action, input, before)
    }

    pub(super) fn release_known(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        before: Value,
    ) -> Result<usize> {
        let subscription = before["subscription"].as_str().unwrap_or_default().to_owned();
        let cancels = before["end_behavior"] == "cancel";
        let number = self.update(action, input, before)?;
        if let Some(before) = self.find("subscription", &subscription)
            && before["schedule"] == self.changes[number].after["id"]
        {
            let mut after = before.clone();
            after["schedule"] = Value::Null;
            let preserves = input.get("preserve_cancel_date").and_then(Value::as_bool);
            if !preserves.unwrap_or(!cancels) {
                after["cancel_at"] = Value::Null;
            }
            self.change((before, after), Some("customer.subscription.updated"));
        }
        Ok(number)
    }
}

/// From when to when a phase is.
pub(super) fn span(phase: &Value) -> Value {
    json!({"end_date": phase["end_date"], "start_date": phase["start_date"]})
}
