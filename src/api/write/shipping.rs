//! Shipping in Checkout: the rates that a session offers, what the chosen one costs, and where it is shipped to
//! (docs.stripe.com/payments/during-payment/charge-shipping). The customer takes the first one.

use serde_json::{Value, json};

use super::action;
use super::draft::Draft;
use super::input::Input;
use super::prices::is_currency;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

const OPTIONS: &str = "shipping_options";
/// How many of them a session may have (the library's description).
const MOST_OPTIONS: usize = 5;

impl Draft<'_, '_> {
    /// The rates that a session offers, in its currency; the first one's cost is part of its total.
    pub(super) fn offer_shipping(
        &mut self,
        session: &mut Value,
        (mode, input): (&str, &Input),
        currency: &Value,
    ) -> Result<()> {
        let Some(given) = input.get(OPTIONS).and_then(Value::as_array) else { return Ok(()) };
        if mode != "payment" {
            let message = "`shipping_options` can only be used in `payment` mode.";
            return Err(RequestError::invalid(OPTIONS, message));
        }
        if given.len() > MOST_OPTIONS {
            let message = format!("You can specify at most {MOST_OPTIONS} shipping options.");
            return Err(RequestError::invalid(OPTIONS, message));
        }
        let mut options = Vec::new();
        for (at, one) in given.iter().enumerate() {
            let place = format!("{OPTIONS}[{at}]");
            let rate = self.offered_rate(one, &place)?;
            if !is_currency(&rate["fixed_amount"]["currency"], currency) {
                let message = "The currency of a shipping rate must be that of the line items.";
                return Err(RequestError::invalid(&place, message));
            }
            let amount = &rate["fixed_amount"]["amount"];
            options.push(json!({"shipping_amount": amount, "shipping_rate": rate["id"]}));
        }
        if let Some(chosen) = options.first() {
            let amount = &chosen["shipping_amount"];
            session["shipping_cost"] = json!({
                "amount_subtotal": amount, "amount_tax": 0, "amount_total": amount,
                "shipping_rate": chosen["shipping_rate"],
            });
        }
        session[OPTIONS] = Value::Array(options);
        Ok(())
    }

    /// A rate that is there, or one that is made of what is said of it.
    fn offered_rate(&mut self, given: &Value, place: &str) -> Result<Value> {
        match (given["shipping_rate"].as_str(), given["shipping_rate_data"].as_object()) {
            (Some(_), Some(_)) => {
                let names = ["shipping_rate".to_owned(), "shipping_rate_data".to_owned()];
                Err(RequestError::several_of(&names).below(place))
            }
            (None, None) => {
                Err(RequestError::missing_parameter(&format!("{place}[shipping_rate]")))
            }
            (Some(id), None) => {
                let parameter = format!("{place}[shipping_rate]");
                let missing = || RequestError::missing_in("shipping_rate", id, &parameter);
                let rate = self.find("shipping_rate", id).ok_or_else(missing)?;
                if rate["active"] == false {
                    let message = format!("The shipping rate `{id}` is not active.");
                    return Err(RequestError::invalid(&parameter, message));
                }
                Ok(rate)
            }
            (None, Some(data)) => {
                let made = self.perform(action::required("POST /v1/shipping_rates")?, data);
                let place = format!("{place}[shipping_rate_data]");
                let made = made.map_err(|error| error.below(&place))?;
                Ok(self.changes[made].after.clone())
            }
        }
    }

    /// Where a session ships to, once the customer has said it: to the address that they have, else to a country that is
    /// allowed.
    pub(super) fn ship_to(&self, session: &Value) -> Option<Value> {
        let allowed = session["shipping_address_collection"]["allowed_countries"].as_array()?;
        let details = self.details_of(session);
        let mut address = details["address"].clone();
        if !allowed.contains(&address["country"]) {
            address["country"] = allowed.first().cloned().unwrap_or_default();
        }
        Some(json!({"address": address, "name": details["name"]}))
    }
}

/// What the shipping of a session comes to.
pub(super) fn cost(session: &Value) -> i64 {
    session["shipping_cost"]["amount_total"].as_i64().unwrap_or_default()
}
