//! Charges by themselves, as before payment intents: made of a token or of the customer's card, and captured.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::charging::{PaymentTerms, hold};
use super::draft::Draft;
use super::input::Input;
use super::methods::TOKEN_PREFIX;
use super::payments::{check_amount, check_capture};
use super::test_cards::{self, CardDecline, TestCard};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

impl Draft<'_, '_> {
    pub(super) fn create_charge(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let currency = input["currency"].as_str().unwrap_or_default().to_lowercase();
        check_amount(input, Some(&currency.clone().into()))?;
        let (method, source) = self.charged_card(input)?;
        let card = test_cards::of(&method);
        let mut terms = Value::Object(input.clone());
        terms["currency"] = currency.into();
        let refused = refused(card)?;
        let mut charge = match refused {
            Some(decline) => self.failed_charge(&terms, &method, decline)?,
            None => self.charged(&terms, &method, &PaymentTerms::default())?,
        };
        charge["metadata"] = json!({});
        action.apply(input, &mut charge);
        charge["currency"] = terms["currency"].clone();
        charge["source"] = source;
        if let Some(decline) = refused {
            let id = charge["id"].clone();
            self.refusal = Some(RequestError::of_charge(decline, id));
            return Ok(self.add(charge, Some("charge.failed")));
        }
        if input.get("capture") == Some(&false.into()) {
            hold(&mut charge, self.inquiry.request.second);
        } else {
            self.settle(&mut charge)?;
            self.follow_later(&charge);
        }
        Ok(self.add(charge, action.call.event.as_deref()))
    }

    /// The card that is charged, as a payment method, and what the charge shows of it as its source.
    fn charged_card(&mut self, input: &Input) -> Result<(Value, Value)> {
        let customer = input.get("customer").cloned().unwrap_or_default();
        let Some(name) = input.get("source").and_then(Value::as_str) else {
            if customer.is_null() {
                let message = "Must provide source or customer.".to_owned();
                return Err(RequestError::wrong_state(Some("parameter_missing"), message));
            }
            let none = || {
                let message = "Cannot charge a customer that has no active card";
                RequestError::card("missing", message, Some("card"))
            };
            if let Some(known) = self.chosen_method(&json!({"customer": customer})) {
                return Ok((known, Value::Null));
            }
            let card = self.usual_card(&customer).ok_or_else(none)?;
            return Ok((self.method_of_card(&card)?, card));
        };
        if let Some(card) = self.card_of_customer(name, &customer) {
            return Ok((self.method_of_card(&card)?, card));
        }
        if !customer.is_null() {
            let owned = self.find("payment_method", name);
            let owned = owned.filter(|method| method["customer"] == customer);
            let missing = || {
                let customer = customer.as_str().unwrap_or_default();
                let message =
                    format!("Customer {customer} does not have a linked source with ID {name}.");
                RequestError::invalid("source", message).coded("missing")
            };
            return Ok((owned.ok_or_else(missing)?, Value::Null));
        }
        let card = test_cards::named(name, TOKEN_PREFIX);
        let card = card.ok_or_else(|| RequestError::missing_in("token", name, "source"))?;
        // It is of this charge alone.
        let source = self.token_card(card)?;
        Ok((self.method_of_card(&source)?, source))
    }

    pub(super) fn capture_charge(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        if before["status"] != "succeeded" || !before["payment_intent"].is_null() {
            let what = "to capture a charge that failed, or that a payment intent has made";
            return Err(RequestError::not_served(what));
        }
        let held = before["amount"].as_i64().unwrap_or_default();
        let amount = input.get("amount").and_then(Value::as_i64).unwrap_or(held);
        check_capture(amount, held).map_err(|error| error.about("amount"))?;
        let mut captured = before.clone();
        action.apply(input, &mut captured);
        captured["captured"] = true.into();
        captured["amount_captured"] = amount.into();
        self.settle(&mut captured)?;
        self.follow_later(&captured);
        Ok(self.change((before, captured), action.call.event.as_deref()))
    }
}

/// Why a card is not charged without its owner, where it is not: nobody can answer its bank.
fn refused(card: Option<&TestCard>) -> Result<Option<&'static CardDecline>> {
    let Some(card) = card else { return Ok(None) };
    if card.decline().is_some() || card.authentication.is_none() {
        return Ok(card.decline());
    }
    let decline = test_cards::decline("authentication_required");
    let unknown = || RequestError::not_served("charges of a card whose bank asks the customer");
    decline.map(Some).ok_or_else(unknown)
}
