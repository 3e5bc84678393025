//! Cards as sources of customers, as before payment methods: made of a token, charged by `charges.create`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::action::{self, WriteAction};
use super::draft::Draft;
use super::input::Input;
use super::methods::{TOKEN_PREFIX, blank_card};
use super::test_cards::{self, TestCard};
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::api::object::{ObjectState, Shapes};
use crate::api::stories::shape_of;
use crate::event::Catalogue;
use crate::protocol::ordered;

/// The event of a new one.
pub(super) const SOURCE_CREATED: &str = "customer.source.created";
const SOURCE_DELETED: &str = "customer.source.deleted";
/// What a card shows by the same name as the card of a payment method.
const FIELDS: [&str; 7] =
    ["country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status"];
/// The checks of a payment method's card, and as a card has them.
const CHECKS: [(&str, &str); 3] = [
    ("address_line1_check", "address_line1_check"),
    ("address_postal_code_check", "address_zip_check"),
    ("cvc_check", "cvc_check"),
];
/// Brands as cards have them, by what payment methods call them.
const BRANDS: [(&str, &str); 7] = [
    ("amex", "American Express"),
    ("diners", "Diners Club"),
    ("discover", "Discover"),
    ("jcb", "JCB"),
    ("mastercard", "MasterCard"),
    ("unionpay", "UnionPay"),
    ("visa", "Visa"),
];

/// The card that the path names, as a payment method; `None` where it is no customer's.
pub(crate) fn card_as_method(inquiry: &Inquiry<'_>) -> Option<ObjectState> {
    let id = inquiry.route.id.as_deref()?;
    let card = inquiry.store.objects(&inquiry.account)?.find(&["card".to_owned()], id)?;
    if card.is_deleted || !card.own()["customer"].is_string() {
        return None;
    }
    let mut method = Draft::new(inquiry).method_of_card(card.own()).ok()?;
    method["created"] = card.place.second.into();
    let newest = shape_of(Catalogue::api_version());
    let shapes = Arc::new(Shapes::new(ordered(method), newest, BTreeMap::new()));
    Some(ObjectState { is_written: true, ..ObjectState::new(shapes, card.place, card.source) })
}

impl Draft<'_, '_> {
    /// A customer's first card is the one that they are charged by.
    pub(super) fn create_source(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let id = self.named_by_path("customer").unwrap_or_default();
        let missing = || RequestError::missing("customer", &id);
        let before = self.find("customer", &id).ok_or_else(missing)?;
        let mut card = self.card_of_token(&input["source"], &before["id"])?;
        action.apply(input, &mut card);
        let made = self.add(card.clone(), action.call.event.as_deref());
        if before["default_source"].is_null() {
            self.charge_by(before, &card["id"]);
        }
        Ok(made)
    }

    /// The newest of the others takes its place.
    pub(super) fn delete_source(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let card = self.allowed(action, input)?;
        let gone = self.delete_known(action, card.clone())?;
        let owner = self.find("customer", card["customer"].as_str().unwrap_or_default());
        if let Some(before) = owner.filter(|owner| owner["default_source"] == card["id"]) {
            let is_other =
                |own: &Value| own["customer"] == card["customer"] && own["id"] != card["id"];
            let next = self.every("card", is_other).pop().unwrap_or_default();
            self.charge_by(before, &next["id"]);
        }
        Ok(gone)
    }

    fn charge_by(&mut self, before: Value, card: &Value) {
        let mut after = before.clone();
        after["default_source"] = card.clone();
        self.change((before, after), Some("customer.updated"));
    }

    /// Whether a customer can be charged by the source that a call names.
    pub(super) fn check_default_source(&self, customer: &Value, input: &Input) -> Result<()> {
        let Some(id) = input.get("default_source").and_then(Value::as_str) else { return Ok(()) };
        if self.card_of_customer(id, &customer["id"]).is_some() {
            return Ok(());
        }
        let customer = customer["id"].as_str().unwrap_or_default();
        let message = format!("Customer {customer} does not have a linked source with ID {id}.");
        Err(RequestError::invalid("default_source", message).coded("missing"))
    }

    /// A customer's new card takes the place of the one that they were charged by until now, which goes, as the library
    /// describes `source` of customers.
    pub(super) fn take_place_of(&mut self, known: &Value, card: Value) {
        self.add(card, Some(SOURCE_CREATED));
        if let Some(old) = self.find("card", known.as_str().unwrap_or_default()) {
            self.push(ChangeKind::Deleted, (old.clone(), old), Some(SOURCE_DELETED));
        }
    }

    /// The card of a token, as a customer's own.
    pub(super) fn card_of_token(&mut self, token: &Value, customer: &Value) -> Result<Value> {
        let name = token.as_str().unwrap_or_default();
        if !name.starts_with(TOKEN_PREFIX) {
            return Err(RequestError::not_served("sources that are no token of a test card"));
        }
        let known = test_cards::named(name, TOKEN_PREFIX);
        let known = known.ok_or_else(|| RequestError::missing_in("token", name, "source"))?;
        if let Some(decline) = known.decline_to_save() {
            return Err(RequestError::of_decline(decline));
        }
        let mut card = self.token_card(known)?;
        card["customer"] = customer.clone();
        Ok(card)
    }

    /// The card that a token stands for.
    pub(super) fn token_card(&mut self, known: &TestCard) -> Result<Value> {
        let mut card = self.blank("card")?;
        let mut shown = blank_card();
        known.fill(&mut shown);
        for name in FIELDS {
            card[name] = shown[name].clone();
        }
        let named = BRANDS.iter().find(|(of_method, _)| *of_method == known.brand);
        for (check, shown) in CHECKS {
            if check == "cvc_check" || known.checks.contains_key(check) {
                card[shown] = known.check(check).into();
            }
        }
        card["customer"] = Value::Null;
        card["brand"] = named.map_or("Unknown", |(_, brand)| *brand).into();
        Ok(card)
    }

    /// A card as a payment method, which a charge is made by.
    pub(super) fn method_of_card(&self, card: &Value) -> Result<Value> {
        let known = action::of_kind("payment_method").ok_or_else(|| self.inquiry.not_served())?;
        let mut method = self.made(&known.new, card["id"].as_str().unwrap_or_default());
        let mut shown = blank_card();
        let number = test_cards::of_fingerprint(card["fingerprint"].as_str().unwrap_or_default());
        if let Some(known) = number {
            known.fill(&mut shown);
        }
        for name in FIELDS {
            shown[name] = card[name].clone();
        }
        for (check, name) in CHECKS {
            shown["checks"][check] = card[name].clone();
        }
        method["card"] = shown;
        for (field, own) in [
            ("city", "address_city"),
            ("country", "address_country"),
            ("line1", "address_line1"),
            ("line2", "address_line2"),
            ("postal_code", "address_zip"),
            ("state", "address_state"),
        ] {
            method["billing_details"]["address"][field] = card[own].clone();
        }
        method["billing_details"]["name"] = card["name"].clone();
        for field in ["customer", "metadata"] {
            method[field] = card[field].clone();
        }
        Ok(method)
    }

    /// The card of that id, if it is that customer's.
    pub(super) fn card_of_customer(&self, id: &str, customer: &Value) -> Option<Value> {
        let card = self.find("card", id)?;
        Some(card).filter(|card| !customer.is_null() && card["customer"] == *customer)
    }

    /// The card that a customer is charged by where nothing else is said.
    pub(super) fn usual_card(&self, customer: &Value) -> Option<Value> {
        let owner = self.find("customer", customer.as_str()?)?;
        self.card_of_customer(owner["default_source"].as_str()?, customer)
    }
}
