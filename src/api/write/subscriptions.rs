//! Subscriptions begin: their items, their first invoice, and how it is paid.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::backdating::Backdated;
use super::charging::PaymentTerms;
use super::decimal::Decimal;
use super::draft::Draft;
use super::finalizing::{self, DRAFT_SECONDS};
use super::input::Input;
use super::invoicing::{address, parent_of};
use super::periods::{self, TRIAL_NOTICE, TRIAL_WILL_END};
use super::prices;
use super::subscription_items::{billed_quantity, interval, pricing_line, several_intervals};
use super::sums;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

const DAY: i64 = 24 * 60 * 60;

impl Draft<'_, '_> {
    pub(super) fn create_subscription(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let behavior = input.get("payment_behavior").and_then(Value::as_str);
        if behavior == Some("pending_if_incomplete") {
            let message = "`pending_if_incomplete` can only be used when updating a subscription.";
            return Err(RequestError::invalid("payment_behavior", message));
        }
        let mut subscription = self.new_subscription(action, input)?;
        if self.begins_free(&subscription) && !input.contains_key("add_invoice_items") {
            if behavior == Some("default_incomplete") {
                self.ask_for_a_card(&mut subscription)?;
            }
            return Ok(self.note_begun(action, subscription));
        }
        self.add_invoice_items(input, &subscription)?;
        let invoice = self.first_invoice(&mut subscription)?;
        let due = invoice["amount_due"].as_i64().unwrap_or_default();
        let is_sent = subscription["collection_method"] == "send_invoice";
        let begins_unpaid = due > 0 && !is_sent;
        if begins_unpaid {
            subscription["status"] = "incomplete".into();
        }
        if !begins_unpaid && behavior == Some("default_incomplete") {
            self.ask_for_a_card(&mut subscription)?;
        }
        let number = self.note_begun(action, subscription.clone());
        self.add(invoice.clone(), Some("invoice.created"));
        if is_sent && due > 0 {
            return Ok(number);
        }
        let open = self.finalize(&Value::Null, invoice, Some("Subscription creation"))?;
        if begins_unpaid && behavior != Some("default_incomplete") {
            self.pay_first(number, &open, behavior)?;
        }
        self.tell_of_short_trial(self.changes[number].after.clone());
        Ok(number)
    }

    /// Whether nothing is billed until the anchor; unlike a trial, that makes no invoice
    /// (docs.stripe.com/payments/checkout/billing-cycle).
    pub(super) fn begins_free(&self, subscription: &Value) -> bool {
        let items = subscription["items"]["data"].as_array();
        let mut items = items.into_iter().flatten();
        self.is_first_part_free && items.any(|item| periods::part(item, subscription).is_some())
    }

    fn note_begun(&mut self, action: &'static WriteAction, mut subscription: Value) -> usize {
        let inherits_none = subscription["discounts"].is_null();
        if inherits_none {
            subscription["discounts"] = json!([]);
        }
        let created = (Value::Null, ordered(subscription));
        let number = self.note(action, ChangeKind::Created, created);
        if inherits_none {
            self.keep_away_discounts(number, true);
        }
        number
    }

    /// The end of a trial that is near already when it begins is told of at once.
    pub(super) fn tell_of_short_trial(&mut self, subscription: Value) {
        let notice = subscription["trial_end"].as_i64().map(|end| end.saturating_sub(TRIAL_NOTICE));
        if notice.is_some_and(|notice| notice <= self.inquiry.now) {
            self.tell(subscription, Some(TRIAL_WILL_END));
        }
    }

    /// Tries to pay the first invoice; the event of the beginning tells how that went.
    fn pay_first(&mut self, number: usize, open: &Value, behavior: Option<&str>) -> Result<()> {
        let id = self.changes[number].id().to_owned();
        let method = self.method_of_invoice(open, &Input::new())?;
        self.beginning = Some(id);
        self.charge_invoice(open, &method, &PaymentTerms::default())?;
        self.beginning = None;
        let refusal = self.refusal.take();
        if self.invoice_by_now(open)["status"] == "paid" {
            let mut begun = self.changes[number].after.clone();
            begun["status"] = paid_status(&begun, self.inquiry.now).into();
            self.keep_method(&mut begun, open);
            self.changes[number].after = begun;
            return Ok(());
        }
        match refusal {
            Some(refusal) if behavior == Some("error_if_incomplete") => Err(refusal),
            _ => Ok(()),
        }
    }

    /// A subscription that begins now, with its items; nothing but these is among the changes yet.
    pub(super) fn new_subscription(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<Value> {
        let items = self.wanted_items(input)?;
        let first = &items[0].price;
        let (customer, currency) = self.billed(&input["customer"], Some(&first["currency"]))?;
        self.check_room_for_subscription(&customer)?;
        let recurring = first["recurring"].clone();
        if items.iter().any(|item| interval(&item.price) != interval(first)) {
            let is_classic =
                input.get("billing_mode").is_some_and(|mode| mode["type"] == "classic");
            return Err(several_intervals(is_classic));
        }
        let mut subscription = self.new_object(action, input)?;
        let id = subscription["id"].clone();
        subscription["currency"] = currency.into();
        subscription["test_clock"] = customer["test_clock"].clone();
        subscription["items"]["url"] =
            format!("/v1/subscription_items?subscription={}", id.as_str().unwrap_or_default())
                .into();
        self.set_times(&mut subscription, input, &recurring)?;
        self.is_first_part_free =
            input.get("proration_behavior").is_some_and(|behavior| behavior == "none");
        set_mode(&mut subscription, input);
        self.check_first_discount(&subscription, input, &items)?;
        self.set_billing(&mut subscription, input)?;
        if let Some(start) = self.backdated.as_ref().map(|backdated| backdated.start) {
            self.backdate_discounts(start)?;
        }
        let mut all = Vec::new();
        for item in &items {
            let item = self.new_item(item, &subscription)?;
            self.add(item.clone(), None);
            all.push(item);
        }
        set_items(&mut subscription, all);
        Ok(subscription)
    }

    /// When it began, and until when it is free.
    fn set_times(
        &mut self,
        subscription: &mut Value,
        input: &Input,
        recurring: &Value,
    ) -> Result<()> {
        let now = self.inquiry.now;
        let days = input.get("trial_period_days").and_then(Value::as_i64).filter(|days| *days > 0);
        let until = match input.get("trial_end") {
            Some(Value::Number(second)) => second.as_i64(),
            _ => days.map(|days| now.saturating_add(days.saturating_mul(DAY))),
        };
        if until.is_some_and(|until| until <= now) {
            return Err(RequestError::not_ahead("trial_end"));
        }
        let anchor = anchor_ahead(input, recurring, now)?;
        if anchor.is_some() && until.is_some() {
            return Err(RequestError::not_served("billing_cycle_anchor beside a trial"));
        }
        self.backdated = Backdated::of(input, (now, anchor), recurring)?;
        if self.backdated.is_some() && until.is_some() {
            return Err(RequestError::not_served("backdate_start_date beside a trial"));
        }
        let first = until.or(anchor);
        subscription["billing_cycle_anchor"] = first.unwrap_or(now).into();
        let end = first.unwrap_or_else(|| periods::boundary(now, recurring, 1));
        subscription["current_period_end"] = end.into();
        let began = self.backdated.as_ref().map(|backdated| (backdated.start, backdated.current));
        let (start, current) = began.unwrap_or((now, now));
        subscription["start_date"] = start.into();
        subscription["current_period_start"] = current.into();
        subscription["status"] = if until.is_some() { "trialing" } else { "active" }.into();
        if let Some(until) = until {
            subscription["trial_start"] = now.into();
            subscription["trial_end"] = until.into();
        }
        if subscription["cancel_at_period_end"] == true {
            subscription["cancel_at"] = end.into();
            subscription["canceled_at"] = now.into();
            subscription["cancellation_details"]["reason"] = "cancellation_requested".into();
        }
        Ok(())
    }

    /// How it is billed: until when, with which taxes and discount.
    fn set_billing(&mut self, subscription: &mut Value, input: &Input) -> Result<()> {
        let is_sent = subscription["collection_method"] == "send_invoice";
        if is_sent && subscription["days_until_due"].is_null() {
            return Err(days_missing());
        }
        if !is_sent && input.contains_key("days_until_due") {
            let message = "You can only pass `days_until_due` when `collection_method` is \
                           `send_invoice`.";
            return Err(RequestError::invalid("days_until_due", message));
        }
        self.set_taxes_and_discounts(subscription, input)?;
        if input.get("discounts").is_some_and(Value::is_null) {
            // Until it is noted, that says that it inherits none.
            subscription["discounts"] = Value::Null;
        }
        Ok(())
    }

    /// What is added to each of its invoices, and taken off.
    pub(super) fn set_taxes_and_discounts(
        &mut self,
        subscription: &mut Value,
        input: &Input,
    ) -> Result<()> {
        if let Some(ids) = input.get("default_tax_rates") {
            subscription["default_tax_rates"] = self.tax_rates(ids, "default_tax_rates")?;
        }
        let Some(given) = input.get("discounts") else { return Ok(()) };
        let known = &subscription["discounts"];
        if *given == json!([{"discount": known[0]}]) && known[0].is_string() {
            return Ok(());
        }
        let (id, customer) = (subscription["id"].clone(), subscription["customer"].clone());
        if self.find("subscription", id.as_str().unwrap_or_default()).is_some() {
            self.check_no_least_amount(&given[0], "discounts[0]")?;
        }
        subscription["discounts"] = self.discounts(given, ("subscription", &id), &customer)?;
        Ok(())
    }

    /// The first invoice of a subscription, as a draft.
    pub(super) fn first_invoice(&mut self, subscription: &mut Value) -> Result<Value> {
        let mut invoice = self.subscription_invoice(subscription, "subscription_create")?;
        let items = subscription["items"]["data"].as_array().cloned().unwrap_or_default();
        let backdated = self.backdated.take();
        let mut lines = Vec::new();
        for item in &items {
            if let Some(backdated) = &backdated {
                lines.extend(self.backdated_lines(item, (subscription, &invoice), backdated)?);
            }
            if backdated.as_ref().is_none_or(|backdated| !backdated.is_all) {
                lines.extend(self.item_lines(item, subscription, &invoice)?);
            }
        }
        if let Some(all) = invoice["lines"]["data"].as_array_mut() {
            all.extend(lines);
        }
        let pending = self.pending(&invoice);
        self.take_in(&mut invoice, &pending)?;
        self.lay_on(&invoice["id"], pending);
        self.use_up_own(subscription, &invoice);
        subscription["latest_invoice"] = invoice["id"].clone();
        Ok(invoice)
    }

    /// An invoice of a subscription without lines.
    pub(super) fn subscription_invoice(
        &mut self,
        subscription: &Value,
        reason: &str,
    ) -> Result<Value> {
        let now = self.inquiry.now;
        let mut invoice = self.blank("invoice")?;
        let customer = self.find("customer", subscription["customer"].as_str().unwrap_or_default());
        let currency = subscription["currency"].as_str().unwrap_or_default();
        address(&mut invoice, &customer.unwrap_or_default(), currency);
        invoice["auto_advance"] = true.into();
        invoice["billing_reason"] = reason.into();
        for field in ["collection_method", "default_tax_rates"] {
            invoice[field] = subscription[field].clone();
        }
        invoice["discounts"] = self.discounts_of_subscription(subscription);
        invoice["rendering"] = Value::Null;
        if let Some(days) = subscription["days_until_due"].as_i64() {
            invoice["due_date"] = now.saturating_add(days.saturating_mul(DAY)).into();
            finalizing::plan(&mut invoice, &(now + DRAFT_SECONDS).into());
        }
        invoice["parent"] = parent_of(subscription);
        Ok(invoice)
    }

    /// The lines of an invoice that an item of a subscription is, for its period.
    pub(super) fn item_lines(
        &mut self,
        item: &Value,
        subscription: &Value,
        invoice: &Value,
    ) -> Result<Vec<Value>> {
        let product = self.find("product", item["price"]["product"].as_str().unwrap_or_default());
        let name = product.and_then(|product| product["name"].as_str().map(str::to_owned));
        let name = name.unwrap_or_else(|| "Subscription".to_owned());
        let is_free = subscription["status"] == "trialing";
        // What is tried out has no tiers.
        let price = if is_free { item["price"].clone() } else { self.priced(&item["price"]) };
        let mut lines = Vec::new();
        for part in prices::parts(&price, billed_quantity(item)).unwrap_or_default() {
            let mut line = self.blank_beside("line_item", "invoice")?;
            pricing_line(&mut line, item, (&name, &part), is_free);
            if let Some(part) = periods::part(item, subscription) {
                bill_part(&mut line, part, self.is_first_part_free);
            }
            line["invoice"] = invoice["id"].clone();
            line["metadata"] = subscription["metadata"].clone();
            lines.push(line);
        }
        Ok(lines)
    }

    /// What asks for a card where there is nothing to pay yet.
    fn ask_for_a_card(&mut self, subscription: &mut Value) -> Result<()> {
        let mut intent = self.blank("setup_intent")?;
        intent["customer"] = subscription["customer"].clone();
        intent["usage"] = "off_session".into();
        subscription["pending_setup_intent"] = intent["id"].clone();
        self.add(intent, Some("setup_intent.created"));
        Ok(())
    }
}

/// The items of a subscription, and what it shows of them itself.
pub(super) fn set_items(subscription: &mut Value, items: Vec<Value>) {
    let one = if let [one] = items.as_slice() { one.clone() } else { Value::Null };
    subscription["plan"] = one["plan"].clone();
    subscription["quantity"] = one["quantity"].clone();
    subscription["items"]["total_count"] = items.len().into();
    subscription["items"]["data"] = Value::Array(items);
    if let Some(members) = subscription.as_object_mut() {
        members.shift_remove("current_period_end");
        members.shift_remove("current_period_start");
    }
}

/// What a subscription is once its invoice is paid.
pub(super) fn paid_status(subscription: &Value, now: i64) -> &'static str {
    let is_tried = subscription["trial_end"].as_i64().is_some_and(|end| end > now);
    if is_tried { "trialing" } else { "active" }
}

/// The second to which the first period goes, where a call says one: no later than it would end by itself (the text is
/// that of stripe-java issue 454).
pub(super) fn anchor_ahead(input: &Input, recurring: &Value, now: i64) -> Result<Option<i64>> {
    let parameter = "billing_cycle_anchor";
    let Some(anchor) = input.get(parameter).and_then(Value::as_i64) else { return Ok(None) };
    if anchor <= now {
        return Err(RequestError::not_ahead(parameter));
    }
    let natural = periods::boundary(now, recurring, 1);
    if anchor > natural {
        let message = format!(
            "billing_cycle_anchor cannot be later than next natural billing date ({natural}) for \
             plan"
        );
        return Err(RequestError::invalid(parameter, message));
    }
    Ok(Some(anchor))
}

/// A line is for a part of a period, to the second, or is free.
fn bill_part(line: &mut Value, (time, whole): (i64, i64), is_free: bool) {
    let amount = line["amount"].as_i64().unwrap_or_default();
    let amount = if is_free { 0 } else { sums::part(amount, time, whole) };
    let quantity = line["quantity"].as_i64().unwrap_or(1);
    line["amount"] = amount.into();
    if !line["pricing"]["unit_amount_decimal"].is_null() {
        line["pricing"]["unit_amount_decimal"] = Decimal::each(amount, quantity).to_string().into();
    }
    line["parent"]["subscription_item_details"]["proration"] = (!is_free).into();
}

/// An invoice that is sent has to be paid in some time.
pub(super) fn days_missing() -> RequestError {
    let message = "You must pass `days_until_due` when `collection_method` is `send_invoice`.";
    RequestError::invalid("days_until_due", message)
}

fn set_mode(subscription: &mut Value, input: &Input) {
    if input.get("billing_mode").is_some_and(|mode| mode["type"] == "classic") {
        subscription["billing_mode"] = json!({"flexible": null, "type": "classic"});
    }
}
