//! What subscription schedules do as time goes by: they begin, their subscription follows their phases, and they end.

use serde_json::{Map, Value, json};

use super::action;
use super::draft::{Draft, PaymentCause};
use super::finalizing::{self, DRAFT_SECONDS};
use super::input::Input;
use super::schedule_items::{items_of, wanted_changes};
use super::schedules::{CANCELED, SCHEDULE, span};
use super::subscription_changes::UPDATE;
use super::subscription_items::interval;
use super::subscriptions::set_items;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

const DAY: i64 = 24 * 60 * 60;
/// How long before its end a schedule is told of (the library's description of the event), …
pub(super) const NOTICE: i64 = 7 * DAY;
/// … and by which event.
pub(super) const EXPIRING: &str = "subscription_schedule.expiring";
const USUAL_PRORATION: &str = "create_prorations";
const SUBSCRIPTION_UPDATED: &str = "customer.subscription.updated";
const SCHEDULE_UPDATED: &str = "subscription_schedule.updated";

impl Draft<'_, '_> {
    /// The first phase of a schedule begins, and with it the subscription; returns the schedule as it is then.
    pub(super) fn begin_schedule(&mut self, mut schedule: Value) -> Result<Value> {
        self.know_prices_of(&schedule);
        let phase = schedule["phases"][0].clone();
        let create = action::required("POST /v1/subscriptions")?;
        let mut given = wanted_by_phase(&schedule, &phase);
        if let Some(method) = given.get("default_payment_method")
            && self.unless_detached(method, &schedule["customer"]).is_null()
        {
            given.shift_remove("default_payment_method");
        }
        let keeps_away = self.keeps_away(&schedule, &phase);
        if keeps_away {
            given.insert("discounts".to_owned(), Value::Null);
        }
        create.check(self, &given)?;
        let mut subscription = self.new_subscription(create, &given)?;
        subscription["schedule"] = schedule["id"].clone();
        subscription["cancel_at"] = end_of(&schedule);
        let mut invoice = self.first_invoice(&mut subscription)?;
        // It is a draft for an hour, as those of renewals are (stripe-node issue 912).
        let due = self.inquiry.now.saturating_add(DRAFT_SECONDS);
        finalizing::plan(&mut invoice, &due.into());
        schedule["current_phase"] = span(&phase);
        schedule["status"] = "active".into();
        schedule["subscription"] = subscription["id"].clone();
        if keeps_away {
            subscription["discounts"] = json!([]);
        }
        let number = self.add(subscription.clone(), create.call.event.as_deref());
        if keeps_away {
            self.keep_away_discounts(number, true);
        }
        self.add(invoice, Some("invoice.created"));
        self.tell_of_short_trial(subscription);
        Ok(ordered(schedule))
    }

    /// What the phases of a schedule are billed by may be archived meanwhile.
    pub(super) fn know_prices_of(&mut self, schedule: &Value) {
        let phases = schedule["phases"].as_array().into_iter().flatten();
        let items = phases.filter_map(|phase| phase["items"].as_array()).flatten();
        self.known_prices.extend(items.map(|item| item["price"].clone()));
    }

    /// A schedule was to begin by now. Where it cannot, since what it names is gone, it is canceled.
    pub(super) fn schedule_starts(&mut self, before: Value) {
        let from = self.changes.len();
        let Ok(after) = self.begin_schedule(before.clone()) else {
            self.changes.truncate(from);
            self.schedule_is_canceled(before, CANCELED);
            return;
        };
        let began = self.changes.split_off(from);
        self.change((before, after), Some(SCHEDULE_UPDATED));
        self.changes.extend(began);
    }

    /// A phase is over: the next one begins, or the schedule ends. Where it cannot begin, since what it names is gone, the
    /// schedule lets its subscription go on by itself.
    pub(super) fn phase_ends(&mut self, before: Value) -> Result<()> {
        let from = self.changes.len();
        self.cause = PaymentCause::Phase;
        let began = self.next_phase_begins(before.clone());
        self.cause = PaymentCause::Call;
        if began.is_ok() {
            return Ok(());
        }
        self.changes.truncate(from);
        let release = action::required("POST /v1/subscription_schedules/{schedule}/release")?;
        self.release_known(release, &Input::new(), before)?;
        Ok(())
    }

    fn next_phase_begins(&mut self, before: Value) -> Result<()> {
        let end = before["current_phase"]["end_date"].clone();
        let mut phases = before["phases"].as_array().into_iter().flatten();
        let Some(next) = phases.find(|phase| phase["start_date"] == end).cloned() else {
            return self.schedule_completes(before);
        };
        let id = before["subscription"].as_str().unwrap_or_default();
        if let Some(subscription) = self.find("subscription", id) {
            self.follow_phase(&before, subscription, (&next, None))?;
            if self.find(SCHEDULE, before["id"].as_str().unwrap_or_default()).as_ref()
                != Some(&before)
            {
                // It has ended with its subscription.
                return Ok(());
            }
        }
        let mut after = before.clone();
        after["current_phase"] = span(&next);
        self.change((before, after), Some(SCHEDULE_UPDATED));
        Ok(())
    }

    /// The last phase is over: the subscription ends, or goes on by itself.
    fn schedule_completes(&mut self, before: Value) -> Result<()> {
        let mut after = before.clone();
        after["completed_at"] = self.inquiry.now.into();
        after["current_phase"] = Value::Null;
        after["status"] = "completed".into();
        let id = before["subscription"].as_str().unwrap_or_default();
        let subscription = self.find("subscription", id);
        let ends = before["end_behavior"] == "cancel";
        self.change((before, after), Some("subscription_schedule.completed"));
        let Some(subscription) = subscription else { return Ok(()) };
        if ends {
            return self.end_subscription(&subscription, None);
        }
        let mut free = subscription.clone();
        free["schedule"] = Value::Null;
        self.change((subscription, free), Some(SUBSCRIPTION_UPDATED));
        Ok(())
    }

    /// The subscription is as the changed schedule says.
    pub(super) fn follow_changed_schedule(
        &mut self,
        before: &Value,
        after: &Value,
        proration: Option<&str>,
    ) -> Result<()> {
        let id = after["subscription"].as_str().unwrap_or_default();
        let Some(subscription) = self.find("subscription", id) else { return Ok(()) };
        let (known, current) = (current_phase(before), current_phase(after));
        let was_kept_away = known.is_some_and(|known| self.kept_away(before, known));
        let is_kept_away = current.is_some_and(|phase| self.keeps_away(after, phase));
        let is_new =
            known.map(unspanned) != current.map(unspanned) || was_kept_away != is_kept_away;
        if let (Some(phase), true) = (current, is_new) {
            let mut phase = phase.clone();
            if known.is_some_and(|known| known["discounts"] == phase["discounts"]) {
                // Its coupon is redeemed already, and may be used up.
                phase["discounts"] = Value::Null;
            }
            let proration = proration.unwrap_or(USUAL_PRORATION);
            return self.follow_phase(after, subscription, (&phase, Some(proration)));
        }
        let mut next = subscription.clone();
        next["cancel_at"] = end_of(after);
        if end_of(before) != next["cancel_at"] {
            self.change((subscription, next), Some(SUBSCRIPTION_UPDATED));
        }
        Ok(())
    }

    /// The subscription becomes what a phase says: with its next period, where one begins in that second, else at once,
    /// prorated as the call says, or the phase.
    fn follow_phase(
        &mut self,
        schedule: &Value,
        before: Value,
        (phase, said): (&Value, Option<&str>),
    ) -> Result<()> {
        self.know_prices_of(schedule);
        self.follow_kept_away(schedule, &before, phase);
        let next = self.with_terms(schedule, &before, phase)?;
        let items = wanted_changes(&next, phase);
        let period_end = &before["items"]["data"][0]["current_period_end"];
        if said.is_none() && period_end.as_i64() == Some(self.inquiry.now) {
            if self.stops_after_trial(&next) {
                return self.stop_after_trial(&before);
            }
            return self.renew_as(before, next, (items, phase));
        }
        if items.as_array().is_none_or(Vec::is_empty) {
            self.change((before, next), Some(SUBSCRIPTION_UPDATED));
            return Ok(());
        }
        let of_phase = phase["proration_behavior"].as_str();
        let proration = said.or(of_phase).unwrap_or(USUAL_PRORATION);
        let mut input = Input::new();
        input.insert("items".to_owned(), items);
        input.insert("proration_behavior".to_owned(), proration.into());
        if phase["billing_cycle_anchor"] == "phase_start" && said.is_none() {
            input.insert("billing_cycle_anchor".to_owned(), json!({"type": "now"}));
        }
        let number = self.change_items(action::required(UPDATE)?, &input, next)?;
        self.changes[number].before = before;
        Ok(())
    }

    /// A period begins with other items.
    fn renew_as(
        &mut self,
        before: Value,
        mut next: Value,
        (changes, phase): (Value, &Value),
    ) -> Result<()> {
        let known = interval_of(&before);
        let mut items = next["items"]["data"].as_array().cloned().unwrap_or_default();
        for (at, one) in changes.as_array().into_iter().flatten().enumerate() {
            let change = self.item_change(one, at, (&mut items, &next))?;
            // What is renewed is noted there.
            if change.before.is_null() || change.after.is_null() {
                let is_new = change.before.is_null();
                let kind = if is_new { ChangeKind::Created } else { ChangeKind::Deleted };
                let own = if is_new { &change.after } else { &change.before };
                self.push(kind, (change.before.clone(), own.clone()), None);
            }
        }
        set_items(&mut next, items);
        if interval_of(&next) != known || phase["billing_cycle_anchor"] == "phase_start" {
            next["billing_cycle_anchor"] = self.inquiry.now.into();
        }
        let (after, invoice) = self.renewed(&next)?;
        self.add(invoice, Some("invoice.created"));
        self.change((before, after), Some(SUBSCRIPTION_UPDATED));
        Ok(())
    }

    /// A subscription with what a phase says besides its items.
    fn with_terms(&mut self, schedule: &Value, before: &Value, phase: &Value) -> Result<Value> {
        let mut next = before.clone();
        let defaults = &schedule["default_settings"];
        for field in ["collection_method", "default_payment_method", "description"] {
            let own = if phase[field].is_null() { &defaults[field] } else { &phase[field] };
            next[field] = own.clone();
        }
        let method = &next["default_payment_method"];
        next["default_payment_method"] = self.unless_detached(method, &next["customer"]);
        next["days_until_due"] = if next["collection_method"] == "send_invoice" {
            days_until_due(schedule, phase)
        } else {
            Value::Null
        };
        for (name, value) in phase["metadata"].as_object().into_iter().flatten() {
            next["metadata"][name.as_str()] = value.clone();
        }
        if let Some(metadata) = next["metadata"].as_object_mut() {
            metadata.retain(|_, value| value != "");
        }
        if phase["default_tax_rates"].is_array() {
            next["default_tax_rates"] = phase["default_tax_rates"].clone();
        }
        let discounts = discounts_of(phase);
        let is_known = |one: &Value| one["discount"].is_string();
        let is_kept = phase["discounts"].is_null()
            || discounts.as_array().into_iter().flatten().any(is_known);
        if !is_kept {
            let (id, customer) = (next["id"].clone(), next["customer"].clone());
            next["discounts"] = self.discounts(&discounts, ("subscription", &id), &customer)?;
        }
        next["cancel_at"] = end_of(schedule);
        Ok(next)
    }

    /// Whether a call may say when a subscription ends: a schedule says that of its own.
    pub(super) fn check_free_of_schedule(&self, input: &Input, subscription: &Value) -> Result<()> {
        let Some(id) = subscription["schedule"].as_str() else { return Ok(()) };
        let is_active =
            self.find(SCHEDULE, id).is_some_and(|schedule| schedule["status"] == "active");
        let mut ends = ["cancel_at", "cancel_at_period_end"].into_iter();
        let Some(name) = ends.find(|name| input.contains_key(*name)).filter(|_| is_active) else {
            return Ok(());
        };
        let message = format!(
            "The subscription is managed by the subscription schedule `{id}`, and updating any \
             cancelation behavior directly is not allowed. Please update the schedule instead."
        );
        Err(RequestError::invalid(name, message))
    }
}

/// What is said of a subscription that begins with a phase.
fn wanted_by_phase(schedule: &Value, phase: &Value) -> Input {
    let mut given = Map::new();
    given.insert("billing_mode".to_owned(), json!({"type": schedule["billing_mode"]["type"]}));
    given.insert("customer".to_owned(), schedule["customer"].clone());
    given.insert("items".to_owned(), items_of(phase));
    let mut metadata = phase["metadata"].as_object().cloned().unwrap_or_default();
    metadata.retain(|_, value| value != "");
    given.insert("metadata".to_owned(), Value::Object(metadata));
    let defaults = &schedule["default_settings"];
    for field in ["collection_method", "default_payment_method", "description"] {
        let own = if phase[field].is_null() { &defaults[field] } else { &phase[field] };
        if !own.is_null() {
            given.insert(field.to_owned(), own.clone());
        }
    }
    let days = days_until_due(schedule, phase);
    if days.is_i64() {
        given.insert("days_until_due".to_owned(), days);
    }
    if phase["trial_end"].is_i64() {
        given.insert("trial_end".to_owned(), phase["trial_end"].clone());
    }
    for (field, value) in
        [("discounts", discounts_of(phase)), ("default_tax_rates", rates_of(phase))]
    {
        if value.as_array().is_some_and(|all| !all.is_empty()) {
            given.insert(field.to_owned(), value);
        }
    }
    given
}

/// When the subscription of a schedule ends, where it does with the last phase.
fn end_of(schedule: &Value) -> Value {
    let last = schedule["phases"].as_array().and_then(|phases| phases.last());
    match last {
        Some(last) if schedule["end_behavior"] == "cancel" => last["end_date"].clone(),
        _ => Value::Null,
    }
}

fn current_phase(schedule: &Value) -> Option<&Value> {
    let start = &schedule["current_phase"]["start_date"];
    schedule["phases"].as_array()?.iter().find(|phase| phase["start_date"] == *start)
}

/// A phase but for when it is, and how it is prorated.
fn unspanned(phase: &Value) -> Value {
    let mut phase = phase.clone();
    for field in ["end_date", "proration_behavior", "start_date"] {
        phase[field] = Value::Null;
    }
    phase
}

fn days_until_due(schedule: &Value, phase: &Value) -> Value {
    let own = &phase["invoice_settings"]["days_until_due"];
    let of_all = &schedule["default_settings"]["invoice_settings"]["days_until_due"];
    if own.is_null() { of_all.clone() } else { own.clone() }
}

fn interval_of(subscription: &Value) -> (String, i64) {
    let (name, count) = interval(&subscription["items"]["data"][0]["price"]);
    (name.to_owned(), count)
}

fn discounts_of(phase: &Value) -> Value {
    let all = phase["discounts"].as_array().into_iter().flatten();
    let said = |one: &Value| {
        let members = one.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<String, Value>>()
    };
    all.map(said).map(Value::Object).collect()
}

fn rates_of(phase: &Value) -> Value {
    let rates = phase["default_tax_rates"].as_array().into_iter().flatten();
    rates.map(|rate| rate["id"].clone()).collect()
}
