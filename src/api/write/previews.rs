//! What an invoice would come to: of a subscription's next period, of a change of it, of one that would begin, or of
//! items alone. All is drafted as it would be done, and nothing is kept.

use serde_json::{Map, Value, json};

use super::action::{self, WriteAction};
use super::added_items::of_call;
use super::draft::Draft;
use super::finalizing::DRAFT_SECONDS;
use super::input::Input;
use super::invoicing::address;
use super::new_periods::is_anchored_now;
use super::schedules::SCHEDULE;
use super::subscription_changes::UPDATE;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// What is said of a subscription that would begin, …
const OF_NEW: [&str; 8] = [
    "billing_cycle_anchor",
    "billing_mode",
    "default_tax_rates",
    "items",
    "metadata",
    "proration_behavior",
    "start_date",
    "trial_end",
];
/// … and of a change of one.
const OF_CHANGE: [&str; 4] =
    ["billing_cycle_anchor", "items", "proration_behavior", "proration_date"];

impl Draft<'_, '_> {
    pub(super) fn preview_invoice(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let details = input.get("subscription_details").and_then(Value::as_object);
        let id = format!("upcoming_{}", self.drawn_id("invoice")?);
        let mut invoice = match (input.get("subscription").and_then(Value::as_str), details) {
            (Some(subscription), details) => {
                self.invoice_to_come(subscription, details, input).map_err(of_details)?
            }
            (None, Some(details)) => self.invoice_of_new(details, input).map_err(of_details)?,
            (None, None) => self.invoice_of_customer(action, &id, input)?,
        };
        invoice["id"] = id.as_str().into();
        invoice["billing_reason"] = "upcoming".into();
        invoice["lines"]["url"] = format!("/v1/invoices/{id}/lines").into();
        let mut items = Vec::new();
        let given = input.get("invoice_items").and_then(Value::as_array).into_iter().flatten();
        for (at, given) in given.enumerate() {
            let given = given.as_object().cloned().unwrap_or_default();
            let item = self.item_of(&given, &invoice);
            items.push(item.map_err(|error| of_call(error, &format!("invoice_items[{at}]")))?);
        }
        self.take_in(&mut invoice, &items)?;
        for line in invoice["lines"]["data"].as_array_mut().into_iter().flatten() {
            let drawn = self.drawn_id("line_item")?;
            line["id"] = drawn.replacen("il_", "il_tmp_", 1).into();
            line["invoice"] = id.as_str().into();
        }
        self.shown = Some(ordered(invoice.clone()));
        Ok(self.add(invoice, None))
    }

    /// The next invoice of a customer: that of the subscription whose period ends first, or of what waits.
    fn invoice_of_customer(
        &mut self,
        action: &'static WriteAction,
        id: &str,
        input: &Input,
    ) -> Result<Value> {
        let goes_on = |own: &Value| own["customer"] == input["customer"] && bills_again(own);
        let subscriptions = self.every("subscription", goes_on);
        let end = |own: &&Value| own["items"]["data"][0]["current_period_end"].as_i64();
        if let Some(first) = subscriptions.iter().min_by_key(end)
            && !input.contains_key("discounts")
        {
            return self.renewal_of(first);
        }
        let invoice = self.invoice_of_items(action, id, input)?;
        let is_empty = invoice["lines"]["data"].as_array().is_none_or(Vec::is_empty);
        if is_empty && !input.contains_key("invoice_items") {
            return Err(nothing_upcoming(&invoice));
        }
        Ok(invoice)
    }

    /// The invoice of what waits for one.
    fn invoice_of_items(
        &mut self,
        action: &'static WriteAction,
        id: &str,
        input: &Input,
    ) -> Result<Value> {
        let (customer, currency) = self.billed(&input["customer"], input.get("currency"))?;
        let mut invoice = self.made(&action.object.new, id);
        address(&mut invoice, &customer, &currency);
        if let Some(given) = input.get("discounts") {
            invoice["discounts"] =
                self.discounts(given, ("invoice", &json!(id)), &customer["id"])?;
        } else {
            invoice["discounts"] = self.discounts_or_customers(&json!([]), &customer["id"]);
        }
        let pending = self.pending(&invoice);
        self.take_in(&mut invoice, &pending)?;
        Ok(invoice)
    }

    /// The first invoice of a subscription that would begin now.
    fn invoice_of_new(&mut self, details: &Map<String, Value>, input: &Input) -> Result<Value> {
        let action = action::required("POST /v1/subscriptions")?;
        let mut given = only(details, &OF_NEW);
        given.extend(only(input, &["currency", "customer", "discounts"]));
        if let Some(start) = given.shift_remove("start_date") {
            given.insert("backdate_start_date".to_owned(), start);
        }
        if let Some(anchor) = given.shift_remove("billing_cycle_anchor") {
            if !anchor["timestamp"].is_i64() {
                let what = "a preview of a new subscription with an anchor that is no timestamp";
                return Err(RequestError::not_served(what));
            }
            given.insert("billing_cycle_anchor".to_owned(), anchor["timestamp"].clone());
        }
        action.check(self, &given)?;
        let mut subscription = self.new_subscription(action, &given)?;
        if self.begins_free(&subscription) {
            // There is no invoice before that of the first whole period.
            let mut invoice = self.renewal_of(&subscription)?;
            forget(&mut invoice);
            return Ok(invoice);
        }
        let mut invoice = self.first_invoice(&mut subscription)?;
        // There is none yet that it could name.
        forget(&mut invoice);
        Ok(invoice)
    }

    /// The next invoice of a subscription, with a change of it where one is said.
    fn invoice_to_come(
        &mut self,
        id: &str,
        details: Option<&Map<String, Value>>,
        input: &Input,
    ) -> Result<Value> {
        let missing = || RequestError::missing_in("subscription", id, "subscription");
        let known = self.find("subscription", id).ok_or_else(missing)?;
        let other = input.get("customer").filter(|customer| **customer != known["customer"]);
        if other.is_some() {
            return Err(missing());
        }
        let is_other_currency =
            input.get("currency").is_some_and(|currency| *currency != known["currency"]);
        if input.contains_key("discounts") || is_other_currency {
            let what = "a preview with other discounts, or in another currency";
            return Err(RequestError::not_served(what));
        }
        let names = details.into_iter().flat_map(Map::keys);
        let is_at = |name: &str| name == "billing_cycle_anchor" && is_timestamp(details);
        if let Some(name) =
            names.into_iter().find(|name| !OF_CHANGE.contains(&name.as_str()) || is_at(name))
        {
            let what = format!("a preview with another `{name}` of a subscription");
            return Err(RequestError::not_served(&what));
        }
        let is_change =
            |said: &&Map<String, Value>| said.contains_key("items") || is_anchored_now(said);
        let Some(details) = details.filter(is_change) else {
            return self.renewal_of(&known);
        };
        let action = action::required(UPDATE)?;
        action.check_state(self.inquiry, &known, details)?;
        let known = self.without_pending_update(known)?;
        let changed = self.changed_items(action, details, &known)?;
        changed.invoice.map_or_else(|| self.renewal_of(&changed.after), Ok)
    }

    /// The invoice with which the next period begins.
    fn renewal_of(&mut self, subscription: &Value) -> Result<Value> {
        if !bills_again(subscription) || self.stops_after_trial(subscription) {
            return Err(nothing_upcoming(subscription));
        }
        self.check_no_phase_comes(subscription)?;
        let start = subscription["items"]["data"][0]["current_period_end"].clone();
        let (_, mut invoice) = self.renewed(subscription)?;
        for field in ["created", "period_end"] {
            invoice[field] = start.clone();
        }
        let charged = invoice["collection_method"] == "charge_automatically";
        let payment =
            start.as_i64().filter(|_| charged).map(|start| start.saturating_add(DRAFT_SECONDS));
        invoice["next_payment_attempt"] = payment.into();
        invoice["automatically_finalizes_at"] = Value::Null;
        Ok(invoice)
    }

    /// Whether the next period is not that of another phase of a schedule, nor one of the prorations that one begins with.
    fn check_no_phase_comes(&self, subscription: &Value) -> Result<()> {
        let id = subscription["schedule"].as_str().unwrap_or_default();
        let Some(schedule) = self.find(SCHEDULE, id) else { return Ok(()) };
        let end = &schedule["current_phase"]["end_date"];
        let mut phases = schedule["phases"].as_array().into_iter().flatten();
        let comes = phases.any(|phase| phase["start_date"] == *end);
        let period_end = subscription["items"]["data"][0]["current_period_end"].as_i64();
        if comes && end.as_i64() <= period_end {
            let what = "a preview of a subscription that its schedule is about to change";
            return Err(RequestError::not_served(what));
        }
        Ok(())
    }

    /// An invoice item of a preview.
    fn item_of(&mut self, given: &Input, invoice: &Value) -> Result<Value> {
        let action = action::required("POST /v1/invoiceitems")?;
        let mut given = given.clone();
        if let Some(price) = given.remove("price") {
            given.insert("pricing".to_owned(), json!({"price": price}));
        }
        given.insert("customer".to_owned(), invoice["customer"].clone());
        let made = self.perform(action, &given)?;
        Ok(self.changes[made].after.clone())
    }
}

/// Whether a subscription has another period that is billed.
fn bills_again(subscription: &Value) -> bool {
    let status = subscription["status"].as_str().unwrap_or_default();
    let end = subscription["items"]["data"][0]["current_period_end"].as_i64();
    let is_last = subscription["cancel_at"].as_i64().is_some_and(|at| Some(at) <= end);
    ["active", "past_due", "trialing", "unpaid"].contains(&status) && !is_last
}

/// That nothing is to come, of an object's customer.
fn nothing_upcoming(object: &Value) -> RequestError {
    RequestError::nothing_upcoming(object["customer"].as_str().unwrap_or_default())
}

/// Whether an anchor is said that a subscription that is there cannot have.
fn is_timestamp(details: Option<&Map<String, Value>>) -> bool {
    let anchor = details.and_then(|details| details.get("billing_cycle_anchor"));
    anchor.is_some_and(|anchor| anchor["type"] == "timestamp")
}

/// An error about what is said of a subscription, where that says it here.
fn of_details(error: RequestError) -> RequestError {
    let name = error.parameter.as_deref().and_then(|name| name.split('[').next());
    let is_its = name.is_some_and(|name| OF_NEW.contains(&name) || OF_CHANGE.contains(&name));
    if is_its { error.below("subscription_details") } else { error }
}

/// Those of some names.
fn only(said: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let is_meant = |(name, _): &(&String, &Value)| names.contains(&name.as_str());
    said.iter().filter(is_meant).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// An invoice names no subscription.
fn forget(invoice: &mut Value) {
    invoice["parent"]["subscription_details"]["subscription"] = Value::Null;
    for line in invoice["lines"]["data"].as_array_mut().into_iter().flatten() {
        for details in ["subscription_item_details", "invoice_item_details"] {
            if line["parent"][details].is_object() {
                line["parent"][details]["subscription"] = Value::Null;
            }
        }
    }
}
