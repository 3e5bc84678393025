//! Subscriptions change: their items, by the subscription or by themselves; they pause, and go on.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::action::{self, WriteAction};
use super::charging::PaymentTerms;
use super::draft::{Draft, PaymentCause};
use super::input::Input;
use super::new_periods::{begins_anew, is_anchored_now};
use super::pending_updates::{check_waiting, waits_for};
use super::periods;
use super::plans::of_only_item;
use super::prices::{check_fits, plan};
use super::proration::ItemChange;
use super::subscription_items::{interval, set_quantity, several_currencies, several_intervals};
use super::subscriptions::set_items;
use crate::api::change::{ChangeKind, ObjectChange};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// The call that changes a subscription.
pub(super) const UPDATE: &str = "POST /v1/subscriptions/{subscription_exposed_id}";
/// How a change is charged for, in the calls of items too.
const TERMS: [&str; 4] =
    ["off_session", "payment_behavior", "proration_behavior", "proration_date"];

/// A subscription whose items are about to be others.
#[derive(Debug)]
pub(super) struct ChangedItems {
    pub(super) after: Value,
    /// What is billed for that at once.
    pub(super) invoice: Option<Value>,
    /// Where the items are among the changes.
    noted: Range<usize>,
}

impl Draft<'_, '_> {
    pub(super) fn update_subscription(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        self.check_free_of_schedule(input, &before)?;
        let input = &of_only_item(input, &before)?;
        if input.contains_key("items") || is_anchored_now(input) {
            action.check_state(self.inquiry, &before, input)?;
            check_beside_items(input)?;
            return self.change_items_and_trial(action, input, before);
        }
        self.change_terms(action, input, before)
    }

    /// An item is added, changed or removed by itself; `given` is what is said of it.
    pub(super) fn change_item(&mut self, input: &Input) -> Result<usize> {
        let by = action::required(UPDATE)?;
        let id: Option<String> = self.inquiry.route.variables.last().map(|(_, id)| id.to_string());
        let (mut item, mut terms) = (Map::new(), Map::new());
        for (name, value) in input.iter().filter(|(name, _)| *name != "subscription") {
            let place = if TERMS.contains(&name.as_str()) { &mut terms } else { &mut item };
            place.insert(name.clone(), value.clone());
        }
        let subscription = match &id {
            None => input["subscription"].clone(),
            Some(id) => {
                let missing = || RequestError::missing("subscription_item", id);
                let known = self.find("subscription_item", id).ok_or_else(missing)?;
                item.insert("id".to_owned(), Value::from(id.clone()));
                known["subscription"].clone()
            }
        };
        if self.inquiry.request.method == "DELETE" {
            item.insert("deleted".to_owned(), true.into());
        }
        terms.insert("items".to_owned(), json!([item]));
        let subscription = subscription.as_str().unwrap_or_default();
        let missing = || RequestError::missing_in("subscription", subscription, "subscription");
        let before = self.find("subscription", subscription).ok_or_else(missing)?;
        by.check_state(self.inquiry, &before, &terms)?;
        let from = self.changes.len();
        self.change_items(by, &terms, before).map_err(|error| error.of_single("items[0]"))?;
        let is_item = |change: &ObjectChange| change.object() == "subscription_item";
        if let Some(at) = self.changes[from..].iter().position(is_item) {
            return Ok(from + at);
        }
        // The change waits for its payment.
        let known = id.and_then(|id| self.find("subscription_item", &id));
        let new = || RequestError::not_served("a new subscription item that waits for its payment");
        known.map(|known| self.tell(known, None)).ok_or_else(new)
    }

    /// Changes the items of a subscription, and charges for the rest of the period as is said.
    pub(super) fn change_items(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        before: Value,
    ) -> Result<usize> {
        check_waiting(input)?;
        let before = self.without_pending_update(before)?;
        let ChangedItems { after, invoice, noted } = self.changed_items(action, input, &before)?;
        let change = (before, after);
        let invoice = match invoice {
            Some(invoice) if waits_for(input, &invoice) => {
                let items = self.changes.drain(noted).collect();
                return self.change_once_paid(change, items, (invoice, input));
            }
            other => other,
        };
        let number = self.change(change, action.call.event.as_deref());
        if let Some(invoice) = invoice {
            self.charge_update(invoice, input)?;
        }
        Ok(number)
    }

    /// Changes the items of a subscription, and bills what is to be billed for that; the subscription itself is not
    /// among the changes yet.
    pub(super) fn changed_items(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        before: &Value,
    ) -> Result<ChangedItems> {
        let mut after = before.clone();
        action.apply(input, &mut after);
        let mut after = self.with_set(action, before, after);
        let given = input.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut items = before["items"]["data"].as_array().cloned().unwrap_or_default();
        let mut changes = Vec::new();
        for (at, one) in given.iter().enumerate() {
            changes.push(self.item_change(one, at, (&mut items, before))?);
        }
        check_items(&items, before)?;
        let begins_anew = begins_anew(before, &items, input)?;
        if begins_anew {
            let is_changed =
                |item: &&Value| changes.iter().any(|one| one.after["id"] == item["id"]);
            let others = items.iter().filter(|item| !is_changed(item));
            let others =
                others.map(|item| ItemChange { before: item.clone(), after: item.clone() });
            changes.extend(others.collect::<Vec<_>>());
            self.begin_period(&mut after, &mut items, &mut changes);
        }
        set_items(&mut after, items);
        let from = self.changes.len();
        for change in &changes {
            self.note_item(change);
        }
        let noted = from..self.changes.len();
        self.add_invoice_items(input, &after)?;
        let behavior = input.get("proration_behavior").and_then(Value::as_str);
        let is_billed = before["status"] == "active" || before["status"] == "past_due";
        let is_prorated = behavior != Some("none") && is_billed;
        if is_prorated {
            self.prorate_all(&changes, before, (input, begins_anew))?;
        }
        let is_invoiced = is_prorated && behavior == Some("always_invoice");
        let invoice = self.invoice_of_change(&mut after, (begins_anew, is_invoiced))?;
        Ok(ChangedItems { after: ordered(after), invoice, noted })
    }

    fn prorate_all(
        &mut self,
        changes: &[ItemChange],
        before: &Value,
        (input, begins_anew): (&Input, bool),
    ) -> Result<()> {
        let off = self.proration_discount(before)?;
        let now = self.inquiry.now;
        let second = input.get("proration_date").and_then(Value::as_i64).unwrap_or(now);
        for change in changes.iter().filter(|change| begins_anew || change.is_priced_anew()) {
            // A whole period is billed by itself: only what is left of the old one is given back.
            let after = if begins_anew { Value::Null } else { change.after.clone() };
            let change = ItemChange { before: change.before.clone(), after };
            self.prorate(&change, before, (second, &off))?;
        }
        Ok(())
    }

    /// What is said of one item, among those that there are.
    pub(super) fn item_change(
        &mut self,
        given: &Value,
        at: usize,
        (items, subscription): (&mut Vec<Value>, &Value),
    ) -> Result<ItemChange> {
        let shown = format!("items[{at}]");
        let Some(id) = given["id"].as_str() else {
            let wanted = self.wanted_item(given, &shown)?;
            let after = self.new_item(&wanted, subscription)?;
            items.push(after.clone());
            return Ok(ItemChange { before: Value::Null, after });
        };
        let place = items.iter().position(|item| item["id"] == id);
        let parameter = format!("{shown}[id]");
        let place =
            place.ok_or_else(|| RequestError::missing_in("subscription_item", id, &parameter))?;
        let before = items[place].clone();
        if given["deleted"] == true {
            items.remove(place);
            return Ok(ItemChange { before, after: Value::Null });
        }
        let after = self.changed_item(&before, given, &shown)?;
        items[place] = after.clone();
        Ok(ItemChange { before, after })
    }

    fn changed_item(&mut self, before: &Value, given: &Value, shown: &str) -> Result<Value> {
        let mut wanted = given.as_object().cloned().unwrap_or_default();
        for name in ["id", "deleted"] {
            wanted.shift_remove(name);
        }
        let is_repriced =
            ["plan", "price", "price_data"].iter().any(|name| wanted.contains_key(*name));
        let metadata = wanted.shift_remove("metadata");
        let has_taxes = wanted.contains_key("tax_rates");
        let wanted = Value::Object(wanted);
        let wanted = if is_repriced {
            self.wanted_item(&wanted, shown)?
        } else {
            self.wanted_of(before["price"].clone(), &wanted, shown)?
        };
        let mut after = before.clone();
        if after["price"]["id"] != wanted.price["id"] {
            after["plan"] = plan(&wanted.price);
            after["price"] = wanted.price.clone();
        }
        set_quantity(&mut after, wanted.quantity);
        let quantity = after["quantity"].as_i64().unwrap_or(1);
        check_fits(&self.priced(&wanted.price), quantity, &format!("{shown}[quantity]"))?;
        if has_taxes {
            after["tax_rates"] = wanted.tax_rates.clone();
        }
        for (name, value) in metadata.as_ref().and_then(Value::as_object).into_iter().flatten() {
            match value {
                Value::Null => {
                    after["metadata"].as_object_mut().map(|all| all.shift_remove(name));
                }
                value => after["metadata"][name.as_str()] = value.clone(),
            }
        }
        Ok(after)
    }

    fn note_item(&mut self, change: &ItemChange) {
        let kind = match (change.before.is_null(), change.after.is_null()) {
            (true, _) => ChangeKind::Created,
            (_, true) => ChangeKind::Deleted,
            _ => ChangeKind::Updated,
        };
        let after = if change.after.is_null() { &change.before } else { &change.after };
        self.push(kind, (change.before.clone(), after.clone()), None);
    }

    /// The invoice of a change, with all that waits for one.
    pub(super) fn update_invoice_of(&mut self, subscription: &mut Value) -> Result<Value> {
        let mut invoice = self.subscription_invoice(subscription, "subscription_update")?;
        // A coupon for one invoice waits for that of a period.
        invoice["discounts"] = self.lasting(&invoice["discounts"], self.inquiry.now);
        let pending = self.pending(&invoice);
        self.take_in(&mut invoice, &pending)?;
        self.lay_on(&invoice["id"], pending);
        subscription["latest_invoice"] = invoice["id"].clone();
        Ok(invoice)
    }

    pub(super) fn charge_update(&mut self, invoice: Value, input: &Input) -> Result<()> {
        let is_sent = invoice["collection_method"] == "send_invoice";
        let due = invoice["amount_due"].as_i64().unwrap_or_default();
        self.add(invoice.clone(), Some("invoice.created"));
        let open = self.finalize(&Value::Null, invoice, Some("Subscription update"))?;
        let behavior = input.get("payment_behavior").and_then(Value::as_str);
        if due == 0 || is_sent {
            return Ok(());
        }
        if behavior == Some("default_incomplete") {
            self.subscription_becomes("past_due", &["active"], &open);
            return Ok(());
        }
        let method = match self.method_of_invoice(&open, &Input::new()) {
            // It stays open, and the schedule goes on.
            Err(_) if self.cause == PaymentCause::Phase => {
                self.invoice_is_unpaid(&open);
                return Ok(());
            }
            method => method?,
        };
        self.charge_invoice(&open, &method, &PaymentTerms::default())?;
        match self.refusal.take() {
            Some(refusal) if behavior == Some("error_if_incomplete") => Err(refusal),
            _ => Ok(()),
        }
    }

    pub(super) fn pause_subscription(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        if before["billing_mode"]["type"] != "flexible" {
            return Err(RequestError::not_served(
                "to pause a subscription in classic billing mode",
            ));
        }
        let mut after = before.clone();
        after["status"] = "paused".into();
        after["status_details"] = json!({
            "paused": {
                "subscription": {"type": "pause_requested"},
                "transitioned_at": self.inquiry.now,
                "type": "subscription",
            },
        });
        Ok(self.change((before, after), action.call.event.as_deref()))
    }

    /// It goes on with a new period, once that is paid.
    pub(super) fn resume_subscription(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        if input.contains_key("billing_cycle_anchor") && !is_anchored_now(input) {
            return Err(RequestError::not_served("to resume a subscription in its old period"));
        }
        let now = self.inquiry.now;
        let mut after = before.clone();
        let mut items = before["items"]["data"].as_array().cloned().unwrap_or_default();
        for item in &mut items {
            let known = item.clone();
            item["current_period_start"] = now.into();
            item["current_period_end"] =
                periods::boundary(now, &item["price"]["recurring"], 1).into();
            self.change((known, item.clone()), None);
        }
        if after["cancel_at_period_end"] == true {
            after["cancel_at"] = items[0]["current_period_end"].clone();
        }
        set_items(&mut after, items);
        after["billing_cycle_anchor"] = now.into();
        after["status"] = "active".into();
        if let Some(members) = after.as_object_mut() {
            members.shift_remove("status_details");
        }
        let mut invoice = self.first_invoice(&mut after)?;
        invoice["billing_reason"] = Value::Null;
        self.add(invoice.clone(), Some("invoice.created"));
        let open = self.finalize(&Value::Null, invoice, Some("Subscription update"))?;
        let method = self.method_of_invoice(&open, &Input::new())?;
        self.charge_invoice(&open, &method, &PaymentTerms::default())?;
        if self.refusal.is_some() {
            let what = "to resume a subscription whose payment fails, or waits for the customer";
            return Err(RequestError::not_served(what));
        }
        let late =
            self.changes.pop_if(|change| change.event.as_deref() == Some("invoice_payment.paid"));
        let number = self.change((before, after), action.call.event.as_deref());
        self.changes.extend(late);
        Ok(number)
    }
}

/// What is not served together with a change of the items.
fn check_beside_items(input: &Input) -> Result<()> {
    let other =
        ["cancel_at", "collection_method", "days_until_due", "default_tax_rates", "discounts"]
            .into_iter()
            .find(|name| input.contains_key(*name));
    other.map_or(Ok(()), |name| {
        Err(RequestError::not_served(&format!("the parameter `{name}` beside items")))
    })
}

fn check_items(items: &[Value], subscription: &Value) -> Result<()> {
    let Some(first) = items.first() else {
        let message = "A subscription must have at least one active plan.";
        return Err(RequestError::invalid("items", message));
    };
    if items.iter().any(|item| interval(&item["price"]) != interval(&first["price"])) {
        let is_classic = subscription["billing_mode"]["type"] == "classic";
        return Err(several_intervals(is_classic));
    }
    if items.iter().any(|item| item["price"]["currency"] != subscription["currency"]) {
        return Err(several_currencies("items"));
    }
    Ok(())
}
