//! Objects come to be, with those that are made of what was said of them.

use serde_json::{Map, Value};

use super::action::{self, WriteAction};
use super::draft::Draft;
use super::input::Input;
use super::sources::SOURCE_CREATED;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// What tells of a change of a customer's balance.
pub(super) const TRANSACTION: &str = "customer_balance_transaction";

impl Draft<'_, '_> {
    pub(super) fn create(&mut self, action: &'static WriteAction, input: &Input) -> Result<usize> {
        let links = self.make_before(action, input)?;
        let mut object = self.new_object(action, input)?;
        object.as_object_mut().into_iter().for_each(|members| members.extend(links.clone()));
        self.set_owner(action, input, &mut object)?;
        derive(action.object.kind, &mut object);
        if action.object.kind == TRANSACTION {
            self.count_adjustment(&mut object)?;
        }
        action.check_unique(self.inquiry, &object)?;
        let is_customer = action.object.kind == "customer";
        if is_customer {
            self.check_room_for_customer(&object["test_clock"])?;
        }
        let source = input.get("source").filter(|_| is_customer);
        let card = source.map(|source| self.card_of_token(source, &object["id"])).transpose()?;
        if let Some(card) = &card {
            object["default_source"] = card["id"].clone();
        }
        let customer = object["id"].clone();
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(object)));
        if let Some(card) = card {
            self.add(card, Some(SOURCE_CREATED));
        }
        if is_customer {
            self.redeem_for_customer(number, input)?;
            if let Some(method) = input.get("payment_method") {
                self.attach_to_new(method, &customer)?;
            }
        }
        self.make_after(action, input, number)?;
        Ok(number)
    }

    /// The objects that a new one names, of what was said of them; returns their ids by its fields.
    fn make_before(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<Map<String, Value>> {
        let mut links = Map::new();
        for (parameter, inner) in &action.call.with {
            let (Some(field), None) = (&inner.field, &inner.names) else { continue };
            let Some(Value::Object(given)) = input.get(parameter) else { continue };
            let made = self.perform(action::required(&inner.by)?, given);
            let made = made.map_err(|error| error.below(parameter))?;
            links.insert(field.clone(), self.changes[made].after["id"].clone());
        }
        Ok(links)
    }

    /// The objects that name the new one at that place, of what was said of them.
    fn make_after(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        number: usize,
    ) -> Result<()> {
        for (parameter, inner) in &action.call.with {
            let (Some(name), Some(said)) = (&inner.names, input.get(parameter)) else { continue };
            let all = said.as_array().map_or(std::slice::from_ref(said), Vec::as_slice);
            for (at, given) in all.iter().filter_map(Value::as_object).enumerate() {
                let before = self.changes[number].after.clone();
                let mut given = given.clone();
                given.insert(name.clone(), before["id"].clone());
                let made = self.perform(action::required(&inner.by)?, &given);
                let place =
                    if said.is_array() { format!("{parameter}[{at}]") } else { parameter.clone() };
                let made = made.map_err(|error| error.below(&place))?;
                let Some(field) = &inner.field else { continue };
                let mut after = before.clone();
                after[field] = self.changes[made].after["id"].clone();
                self.change((before, after), inner.event.as_deref());
            }
        }
        Ok(())
    }

    /// Whose a new object is: of the one that the path names, or of that with which it is made.
    fn set_owner(&self, action: &WriteAction, input: &Input, object: &mut Value) -> Result<()> {
        let Some(kind) = &action.call.of else { return Ok(()) };
        let said = input.get(kind).and_then(Value::as_str).map(str::to_owned);
        let id = said.or_else(|| self.named_by_path(kind)).unwrap_or_default();
        let owner = self.find(kind, &id).ok_or_else(|| RequestError::missing(kind, &id))?;
        object[kind] = owner["id"].clone();
        Ok(())
    }

    /// The id of the object of a type that the path names.
    pub(super) fn named_by_path(&self, kind: &str) -> Option<String> {
        let mut named = self.inquiry.route.variables.iter();
        named.find(|(name, _)| *name == kind).map(|(_, id)| id.to_string())
    }
}

/// What follows from other fields of a new object.
pub(super) fn derive(kind: &str, object: &mut Value) {
    if kind == "price" {
        object["type"] =
            if object["recurring"].is_null() { "one_time" } else { "recurring" }.into();
        if let Some(amount) = object["unit_amount"].as_i64() {
            object["unit_amount_decimal"] = amount.to_string().into();
        }
    }
    if let Some(currency) = object["fixed_amount"]["currency"].as_str() {
        object["fixed_amount"]["currency"] = currency.to_lowercase().into();
    }
    if kind == "tax_rate" {
        object["effective_percentage"] = object["percentage"].clone();
    }
    if kind == "tax_id" {
        object["owner"]["customer"] = object["customer"].clone();
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        // A number of the Union begins with its country, all other types are named by theirs.
        let named = if text("type") == "eu_vat" { text("value") } else { text("type") };
        object["country"] = named.get(..2).map(str::to_uppercase).into();
    }
    if let Some(currency) = object["currency"].as_str() {
        object["currency"] = currency.to_lowercase().into();
    }
}
