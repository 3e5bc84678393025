//! The phases of subscription schedules: when each begins and ends, and what the subscription is in it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::draft::Draft;
use super::periods;
use super::prices::is_metered;
use super::subscription_items::{WantedItem, interval, several_currencies};
use super::subscriptions::days_missing;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// How many phases a schedule may have, those that are over not counted
/// (docs.stripe.com/billing/subscriptions/subscription-schedules).
const MOST_PHASES: usize = 10;
/// What may be said of a phase.
const SERVED: [&str; 16] = [
    "billing_cycle_anchor",
    "collection_method",
    "currency",
    "default_payment_method",
    "default_tax_rates",
    "description",
    "discounts",
    "duration",
    "end_date",
    "invoice_settings",
    "items",
    "iterations",
    "metadata",
    "proration_behavior",
    "start_date",
    "trial_end",
];

impl Draft<'_, '_> {
    /// The phases that a call asks for, one after the other from that second on.
    pub(super) fn phases(
        &mut self,
        given: &Value,
        start: i64,
        customer: &Value,
    ) -> Result<Vec<Value>> {
        let given = given.as_array().cloned().unwrap_or_default();
        if given.len() > MOST_PHASES {
            let message = format!("A subscription schedule can have up to {MOST_PHASES} phases.");
            return Err(RequestError::invalid("phases", message));
        }
        let (mut phases, mut start) = (Vec::new(), start);
        for (at, one) in given.iter().enumerate() {
            let place = format!("phases[{at}]");
            let parameter = format!("{place}[default_payment_method]");
            self.check_attached(&one["default_payment_method"], (customer, &parameter))?;
            let said = &one["start_date"];
            let said = if *said == "now" { Some(self.inquiry.now) } else { said.as_i64() };
            if said.is_some_and(|said| said != start) {
                let message = "A phase has to start where the one before it ends.";
                return Err(RequestError::invalid(&format!("{place}[start_date]"), message));
            }
            let phase = self.phase(one, start, &place)?;
            start = phase["end_date"].as_i64().unwrap_or(i64::MAX);
            phases.push(phase);
        }
        if phases.iter().any(|phase| phase["currency"] != phases[0]["currency"]) {
            return Err(several_currencies("phases"));
        }
        for (at, pair) in phases.windows(2).enumerate() {
            self.check_proration(&pair[0], &pair[1], at + 1)?;
        }
        Ok(phases)
    }

    /// Whether a phase that begins in the middle of a period can be prorated.
    fn check_proration(&self, before: &Value, phase: &Value, at: usize) -> Result<()> {
        let id = before["items"][0]["price"].as_str().unwrap_or_default();
        let price = self.find("price", id).unwrap_or_default();
        let number = |name: &str| before[name].as_i64().unwrap_or_default();
        let (start, end) = (number("start_date"), number("end_date"));
        let is_whole = before["trial_end"] == end
            || periods::after(start, &price["recurring"], end.saturating_sub(1)) == end;
        let has_several = before["items"].as_array().is_some_and(|items| items.len() > 1);
        if is_whole || !has_several || phase["proration_behavior"] == "none" {
            return Ok(());
        }
        let one = &phase["discounts"][0];
        let place = format!("phases[{at}][discounts][0]");
        if one.is_object()
            && self.redeemable(one, (&phase["currency"], &place))?.0["amount_off"].is_i64()
        {
            let what = "prorations of several items beside a coupon that takes an amount off";
            return Err(RequestError::not_served(what));
        }
        Ok(())
    }

    fn phase(&mut self, given: &Value, start: i64, place: &str) -> Result<Value> {
        check_served(given, place)?;
        let input = given.as_object().cloned().unwrap_or_default();
        let items = self.wanted_items(&input).map_err(|error| error.below(place))?;
        check_items(&items, place)?;
        let recurring = &items[0].price["recurring"];
        let end = phase_end(given, (start, place), recurring)?;
        check_trial(given, (start, end), place)?;
        let tax_rates = self.tax_rates(&given["default_tax_rates"], "default_tax_rates");
        let tax_rates = tax_rates.map_err(|error| error.below(place))?;
        let currency = items[0].price["currency"].clone();
        let discounts = self.discounts_of_phase(given, (&currency, place))?;
        let proration = given["proration_behavior"].as_str().unwrap_or("create_prorations");
        let mut phase = json!({
            "add_invoice_items": [],
            "application_fee_percent": null,
            "billing_cycle_anchor": given["billing_cycle_anchor"],
            "billing_thresholds": null,
            "collection_method": given["collection_method"],
            "currency": currency,
            "default_payment_method": given["default_payment_method"],
            "description": given["description"],
            "discounts": discounts,
            "end_date": end,
            "invoice_settings": invoice_settings(&given["invoice_settings"]),
            "items": items.iter().map(shown_item).collect::<Vec<_>>(),
            "metadata": metadata_of(&given["metadata"]),
            "on_behalf_of": null,
            "proration_behavior": proration,
            "start_date": start,
            "transfer_data": null,
            "trial_end": given["trial_end"],
        });
        if given["default_tax_rates"].is_array() {
            phase["default_tax_rates"] = tax_rates;
        }
        Ok(ordered(phase))
    }

    fn discounts_of_phase(
        &self,
        given: &Value,
        (currency, place): (&Value, &str),
    ) -> Result<Vec<Value>> {
        let place = format!("{place}[discounts][0]");
        let all = given["discounts"].as_array().into_iter().flatten();
        let discount = |one: &Value| {
            if let Some(id) = one["discount"].as_str() {
                let parameter = format!("{place}[discount]");
                let missing = || RequestError::missing_in("discount", id, &parameter);
                self.find("discount", id).ok_or_else(missing)?;
                return Ok(json!({"coupon": null, "discount": id, "promotion_code": null}));
            }
            self.redeemable(one, (currency, &place))?;
            let (coupon, code) = (&one["coupon"], &one["promotion_code"]);
            Ok(json!({"coupon": coupon, "discount": null, "promotion_code": code}))
        };
        all.map(discount).collect()
    }

    /// The phase that a subscription is in that no schedule has managed yet.
    pub(super) fn phase_of(subscription: &Value) -> Value {
        let items = subscription["items"]["data"].as_array().into_iter().flatten();
        let first = &subscription["items"]["data"][0];
        let item = |item: &Value| {
            let mut one = json!({
                "billing_thresholds": null, "discounts": [], "metadata": item["metadata"],
                "plan": item["price"]["id"], "price": item["price"]["id"],
                "tax_rates": item["tax_rates"],
            });
            if let Some(quantity) = item["quantity"].as_i64() {
                one["quantity"] = quantity.into();
            }
            one
        };
        // That of a period before this one is over.
        let trial_end = subscription["trial_end"].as_i64();
        let trial_end = trial_end.filter(|end| Some(*end) > first["current_period_start"].as_i64());
        let discounts = subscription["discounts"].as_array().into_iter().flatten();
        let discount = |id: &Value| json!({"coupon": null, "discount": id, "promotion_code": null});
        ordered(json!({
            "add_invoice_items": [],
            "application_fee_percent": null,
            "billing_cycle_anchor": null,
            "billing_thresholds": null,
            "collection_method": null,
            "currency": subscription["currency"],
            "default_payment_method": null,
            "description": null,
            "discounts": discounts.map(discount).collect::<Vec<_>>(),
            "end_date": first["current_period_end"],
            "invoice_settings": null,
            "items": items.map(item).collect::<Vec<_>>(),
            "metadata": subscription["metadata"],
            "on_behalf_of": null,
            "proration_behavior": "create_prorations",
            "start_date": first["current_period_start"],
            "transfer_data": null,
            "trial_end": trial_end.map_or(Value::Null, Value::from),
        }))
    }
}

/// An item as a phase shows it.
fn shown_item(item: &WantedItem) -> Value {
    let mut shown = json!({
        "billing_thresholds": null, "discounts": [], "metadata": item.metadata,
        "plan": item.price["id"], "price": item.price["id"], "tax_rates": item.tax_rates,
    });
    if !is_metered(&item.price) {
        shown["quantity"] = item.quantity.unwrap_or(1).into();
    }
    shown
}

/// Whether a subscription may have these items.
fn check_items(items: &[WantedItem], place: &str) -> Result<()> {
    let first = interval(&items[0].price);
    if items.iter().any(|item| interval(&item.price) != first) {
        return Err(RequestError::not_served("items with several intervals"));
    }
    let mut known = HashSet::new();
    let mut ids = items.iter().filter_map(|item| item.price["id"].as_str());
    let Some(id) = ids.find(|id| !known.insert(*id)) else { return Ok(()) };
    let message = format!("Cannot add multiple subscription items with the same plan: {id}");
    Err(RequestError::invalid(&format!("{place}[items]"), message))
}

/// Whether a trial ends within its phase (`trial_end` of phases in Stripe's reference).
fn check_trial(given: &Value, (start, end): (i64, i64), place: &str) -> Result<()> {
    let Some(until) = given["trial_end"].as_i64() else { return Ok(()) };
    if start < until && until <= end {
        return Ok(());
    }
    let message = "The trial of a phase must end after the phase starts, and not after it ends.";
    Err(RequestError::invalid(&format!("{place}[trial_end]"), message))
}

/// Whether each phase says in how many days what is sent is to be paid.
pub(super) fn check_collection(schedule: &Value) -> Result<()> {
    let defaults = &schedule["default_settings"];
    let lacks_days = |phase: &Value| {
        let own = &phase["collection_method"];
        let method = if own.is_null() { &defaults["collection_method"] } else { own };
        let days = |of: &Value| of["invoice_settings"]["days_until_due"].is_i64();
        method == "send_invoice" && !days(phase) && !days(defaults)
    };
    let phases = schedule["phases"].as_array().into_iter().flatten();
    if phases.into_iter().any(lacks_days) { Err(days_missing()) } else { Ok(()) }
}

/// The metadata of a phase, in which an empty text takes a key out of the subscription's (the library's description).
fn metadata_of(given: &Value) -> Value {
    let said = |value: &Value| if value.is_null() { json!("") } else { value.clone() };
    let members = given.as_object().into_iter().flatten();
    Value::Object(members.map(|(name, value)| (name.clone(), said(value))).collect())
}

fn check_served(given: &Value, place: &str) -> Result<()> {
    let names = given.as_object().into_iter().flatten().map(|(name, _)| name);
    if let Some(other) = names.into_iter().find(|name| !SERVED.contains(&name.as_str())) {
        return Err(RequestError::not_served(&format!("the parameter `{place}[{other}]`")));
    }
    if given["discounts"].as_array().is_some_and(|all| all.len() > 1) {
        return Err(RequestError::not_served("several discounts of a phase"));
    }
    let is_later = place != "phases[0]";
    if is_later && given["trial_end"].is_i64() {
        return Err(RequestError::not_served("`trial_end` of a phase that is not the first"));
    }
    Ok(())
}

/// When a phase ends: at a second, after some time, after some periods, or else after one.
fn phase_end(given: &Value, (start, place): (i64, &str), recurring: &Value) -> Result<i64> {
    let iterations = given["iterations"].as_i64().unwrap_or(1);
    if given["end_date"].is_i64() && given["duration"].is_object() {
        return Err(
            RequestError::several_of(&["duration".to_owned(), "end_date".to_owned()]).below(place)
        );
    }
    let end = if let Some(end) = given["end_date"].as_i64() {
        end
    } else if given["duration"].is_object() {
        periods::boundary(start, &given["duration"], 1)
    } else {
        periods::boundary(start, recurring, iterations)
    };
    if end <= start {
        let message = "The end date of a phase must be after its start date.";
        return Err(RequestError::invalid(&format!("{place}[end_date]"), message));
    }
    Ok(end)
}

/// The settings of invoices in a phase.
fn invoice_settings(given: &Value) -> Value {
    if !given.is_object() {
        return Value::Null;
    }
    json!({
        "account_tax_ids": null, "custom_fields": null, "days_until_due": given["days_until_due"],
        "description": given["description"], "footer": given["footer"], "issuer": null,
    })
}
