//! Discounts of customers: they count for all that a customer is billed and that has no discount of its own. They come by
//! parameters that the API had until 2025-03-31.basil, and go with `DELETE /v1/customers/{customer}/discount`.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use super::promotions::DiscountFor;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// What is known of a subscription that has its own discounts alone, and not shown.
const INHERITS_NONE: &str = "inherits_no_discounts";
/// The beginnings of a schedule's phases that keep their customer's discount away (`discounts` that are an empty text).
const KEEPING_AWAY: &str = "phases_without_discounts";
const CREATED: &str = "customer.discount.created";
const UPDATED: &str = "customer.discount.updated";
const DELETED: &str = "customer.discount.deleted";

impl Draft<'_, '_> {
    pub(super) fn update_customer(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        self.check_default_source(&before, input)?;
        let mut input = input.clone();
        let card = input.get("source").map(|source| self.card_of_token(source, &before["id"]));
        let card = card.transpose()?;
        if let Some(card) = &card {
            input.insert("default_source".to_owned(), card["id"].clone());
        }
        let known = before["default_source"].clone();
        let number = self.update(action, &input, before)?;
        if let Some(card) = card {
            self.take_place_of(&known, card);
        }
        self.redeem_for_customer(number, &input)?;
        Ok(number)
    }

    /// The customer of that change gets, changes or loses a discount, as older versions of the API allow.
    pub(super) fn redeem_for_customer(&mut self, number: usize, input: &Input) -> Result<()> {
        let mut named = ["coupon", "promotion_code"].into_iter();
        let Some(name) = named.find(|name| input.contains_key(*name)) else { return Ok(()) };
        let customer = self.changes[number].after.clone();
        let known = self.discount_of_customer(&customer);
        if input[name].is_null() {
            if let Some(known) = known {
                self.changes[number].after["discount"] = Value::Null;
                self.push(ChangeKind::Deleted, (known.clone(), known), Some(DELETED));
            }
            return Ok(());
        }
        let one = json!({name: input[name]});
        let of = DiscountFor { customer: &customer["id"], bill: None, place: "" };
        self.check_restrictions(&one, &of)?;
        let mut redeemed = self.redeem(&one, (&customer["currency"], ""))?;
        let discount = &mut redeemed.discount;
        discount["customer"] = customer["id"].clone();
        if let Some(known) = &known {
            discount["id"] = known["id"].clone();
        }
        let discount = ordered(discount.clone());
        self.changes[number].after["discount"] = discount.clone();
        match known {
            Some(known) => self.change((known, discount), Some(UPDATED)),
            None => self.add(discount, Some(CREATED)),
        };
        self.count_redemption(redeemed);
        Ok(())
    }

    /// The discount goes of the customer, or of the subscription, that the path names.
    pub(super) fn delete_discount(&mut self, action: &'static WriteAction) -> Result<usize> {
        let (kind, id) = match self.named_by_path("customer") {
            Some(id) => ("customer", id),
            None => {
                ("subscription", self.named_by_path("subscription_exposed_id").unwrap_or_default())
            }
        };
        let owner = self.find(kind, &id).ok_or_else(|| RequestError::missing(kind, &id))?;
        let discount = if kind == "customer" {
            self.discount_of_customer(&owner)
        } else {
            self.find("discount", owner["discounts"][0].as_str().unwrap_or_default())
        };
        let none = || RequestError::no_discount(kind, &id);
        let discount = discount.ok_or_else(none)?;
        // The library's type of a deleted discount has no end.
        self.told_once
            .extend([("deleted".to_owned(), true.into()), ("end".to_owned(), Value::Null)]);
        if kind == "customer" {
            return Ok(self.end_customer_discount(owner, discount));
        }
        let mut after = owner.clone();
        after["discounts"] = json!([]);
        self.change((owner, after), Some("customer.subscription.updated"));
        Ok(self.note(action, ChangeKind::Deleted, (discount.clone(), discount)))
    }

    /// A customer has no discount any more; returns where the discount is among the changes.
    pub(super) fn end_customer_discount(&mut self, customer: Value, discount: Value) -> usize {
        let mut after = customer.clone();
        after["discount"] = Value::Null;
        self.change((customer, after), Some("customer.updated"));
        self.push(ChangeKind::Deleted, (discount.clone(), discount), Some(DELETED))
    }

    /// The discount that a customer has.
    pub(super) fn discount_of_customer(&self, customer: &Value) -> Option<Value> {
        self.find("discount", customer["discount"]["id"].as_str()?)
    }

    /// The discounts of what a customer is billed: its own, or where there are none, the customer's.
    pub(super) fn discounts_or_customers(&self, own: &Value, customer: &Value) -> Value {
        if own.as_array().is_some_and(|own| !own.is_empty()) {
            return own.clone();
        }
        let customer = self.find("customer", customer.as_str().unwrap_or_default());
        let discount = customer.and_then(|customer| self.discount_of_customer(&customer));
        discount.map_or_else(|| json!([]), |discount| json!([discount["id"]]))
    }

    /// The same of a subscription, which may keep its customer's discount away (`discounts` that are an empty text).
    pub(super) fn discounts_of_subscription(&self, subscription: &Value) -> Value {
        let own = &subscription["discounts"];
        let id = subscription["id"].as_str().unwrap_or_default();
        if own.is_null() || self.inherits_none(id) {
            return if own.is_null() { json!([]) } else { own.clone() };
        }
        self.discounts_or_customers(own, &subscription["customer"])
    }

    fn inherits_none(&self, id: &str) -> bool {
        self.hidden(id).is_some_and(|hidden| hidden[INHERITS_NONE] == true)
    }

    /// The schedule of a change keeps what was said of its phases' discounts; those that are not given stay as they are.
    pub(super) fn keep_away_by_phases(&mut self, number: usize, given: &Value) {
        let schedule = &self.changes[number].after;
        let given = given.as_array().map_or(&[][..], Vec::as_slice);
        let phases = schedule["phases"].as_array().map_or(&[][..], Vec::as_slice);
        let (known, new) = phases.split_at(phases.len().saturating_sub(given.len()));
        let says_none = |one: &Value| one.get("discounts").is_some_and(Value::is_null);
        let new = new.iter().zip(given).filter(|(_, one)| says_none(one)).map(|(phase, _)| phase);
        let known = known.iter().filter(|phase| self.keeps_away(schedule, phase));
        let starts: Vec<Value> =
            known.chain(new).map(|phase| phase["start_date"].clone()).collect();
        self.changes[number].hidden = json!({KEEPING_AWAY: starts});
    }

    /// Whether a subscription has no discount of its customer's in a phase.
    pub(super) fn keeps_away(&self, schedule: &Value, phase: &Value) -> bool {
        let hidden = self.hidden(schedule["id"].as_str().unwrap_or_default());
        hidden.is_some_and(|hidden| has_start(hidden, phase))
    }

    /// Whether that was so before the call, too.
    pub(super) fn kept_away(&self, schedule: &Value, phase: &Value) -> bool {
        let hidden = self.inquiry.store.hidden(schedule["id"].as_str().unwrap_or_default());
        hidden.is_some_and(|hidden| has_start(hidden, phase))
    }

    /// A subscription has its customer's discount from now on, or not, as a phase says.
    pub(super) fn follow_kept_away(
        &mut self,
        schedule: &Value,
        subscription: &Value,
        phase: &Value,
    ) {
        let is_kept_away = self.keeps_away(schedule, phase);
        let id = subscription["id"].as_str().unwrap_or_default();
        if self.inherits_none(id) != is_kept_away {
            let number = self.change((subscription.clone(), subscription.clone()), None);
            self.keep_away_discounts(number, is_kept_away);
        }
    }

    /// A change of a subscription says whether that has its customer's discount from now on.
    pub(super) fn keep_away_discounts(&mut self, number: usize, is_kept_away: bool) {
        self.changes[number].hidden = json!({INHERITS_NONE: is_kept_away});
    }

    /// A customer's coupon for one invoice has had its turn with one that becomes final.
    pub(super) fn use_up_discount(&mut self, invoice: &Value) {
        let id = invoice["customer"].as_str().unwrap_or_default();
        let Some(customer) = self.find("customer", id) else { return };
        let Some(discount) = self.discount_of_customer(&customer) else { return };
        let coupon = self.coupon(discount["source"]["coupon"].as_str().unwrap_or_default());
        let is_once = coupon.is_some_and(|coupon| coupon["duration"] == "once");
        if is_once && invoice["discounts"][0] == discount["id"] {
            self.end_customer_discount(customer, discount);
        }
    }

    /// A discount that was given for some months is over.
    pub(super) fn customer_discount_ends(&mut self, customer: Value) {
        if let Some(discount) = self.discount_of_customer(&customer) {
            self.end_customer_discount(customer, discount);
        }
    }
}

fn has_start(hidden: &Value, phase: &Value) -> bool {
    let starts = hidden[KEEPING_AWAY].as_array();
    starts.is_some_and(|starts| starts.contains(&phase["start_date"]))
}
