//! Payment methods: cards by a token or a number, and Stripe's test cards by their names.

use serde_json::{Value, json};

use super::action::{self, WriteAction};
use super::draft::Draft;
use super::input::Input;
use super::test_accounts;
use super::test_cards::{self, CardDecline, TestCard};
use super::transfer_payments;
use crate::api::change::ObjectChange;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::Moment;

/// What the names of the test cards begin with, as payment methods and as tokens.
const METHOD_PREFIX: &str = "pm_card_";
pub(super) const TOKEN_PREFIX: &str = "tok_";
/// The parameters that may name one, as places in a call.
const METHOD_PARAMETERS: [&str; 3] =
    ["/payment_method", "/default_payment_method", "/invoice_settings/default_payment_method"];
const TEST_MODE_DECLINE: &str = "Your card was declined. Your request was in test mode, but used a \
                                 non test card. For a list of valid test cards, visit: \
                                 https://stripe.com/docs/testing.";

impl Draft<'_, '_> {
    /// The parameters of a call with payment methods in the place of test cards' names, each of which makes one.
    pub(super) fn with_test_methods(&mut self, input: &Input) -> Result<Input> {
        let mut input = Value::Object(input.clone());
        let mut made: Vec<(String, Value)> = Vec::new();
        for place in METHOD_PARAMETERS {
            let Some(value) = input.pointer_mut(place) else { continue };
            let Some(name) = value.as_str().map(str::to_owned) else { continue };
            let (card, account) =
                (test_cards::named(&name, METHOD_PREFIX), test_accounts::named(&name));
            if card.is_none() && account.is_none() {
                continue;
            }
            if let Some((_, id)) = made.iter().find(|(known, _)| *known == name) {
                *value = id.clone();
                continue;
            }
            let method = match (card, account) {
                (Some(card), _) => self.test_method(card)?,
                (None, Some((kind, number))) => {
                    let method = self.account_method(&kind.name, number)?;
                    self.add(method.clone(), None);
                    method
                }
                (None, None) => continue,
            };
            *value = method["id"].clone();
            made.push((name, value.clone()));
        }
        Ok(input.as_object().cloned().unwrap_or_default())
    }

    /// The parameters of a call with the payment method that is made of what it says of one.
    pub(super) fn with_given_method(&mut self, mut input: Input) -> Result<Input> {
        let Some(Value::Object(given)) = input.remove("payment_method_data") else {
            return Ok(input);
        };
        let made = self.perform(action::required("POST /v1/payment_methods")?, &given)?;
        input.insert("payment_method".to_owned(), self.changes[made].after["id"].clone());
        Ok(input)
    }

    /// A payment method of a test card.
    pub(super) fn test_method(&mut self, card: &TestCard) -> Result<Value> {
        let mut method = self.blank("payment_method")?;
        method["card"] = blank_card();
        card.fill_named(&mut method["card"]);
        self.add(method.clone(), None);
        Ok(method)
    }

    /// A payment method that a parameter names, or a customer's card as one.
    pub(super) fn method(&self, id: &str, parameter: &str) -> Result<Value> {
        if let Some(found) = self.find("payment_method", id) {
            return Ok(found);
        }
        let card = self.find("card", id).filter(|card| card["customer"].is_string());
        let missing = || RequestError::missing_in("payment_method", id, parameter);
        self.method_of_card(&card.ok_or_else(missing)?)
    }

    /// What a change says that a customer is billed by has to be attached to them.
    pub(super) fn check_billed_by(&self, change: &ObjectChange) -> Result<()> {
        let (place, customer) = match change.object() {
            "customer" => ("/invoice_settings/default_payment_method", &change.after["id"]),
            "invoice" | "subscription" => ("/default_payment_method", &change.after["customer"]),
            "subscription_schedule" => {
                ("/default_settings/default_payment_method", &change.after["customer"])
            }
            _ => return Ok(()),
        };
        let said = change.after.pointer(place);
        if said == change.before.pointer(place) {
            return Ok(());
        }
        let parameter = match change.object() {
            "customer" => "invoice_settings[default_payment_method]",
            "subscription_schedule" => "default_settings[default_payment_method]",
            _ => "default_payment_method",
        };
        self.check_attached(said.unwrap_or(&Value::Null), (customer, parameter))
    }

    /// Whether a payment method that a parameter names, where it names one, is attached to that customer.
    pub(super) fn check_attached(
        &self,
        method: &Value,
        (customer, parameter): (&Value, &str),
    ) -> Result<()> {
        let Some(id) = method.as_str() else { return Ok(()) };
        if self.find("payment_method", id).is_some_and(|method| method["customer"] == *customer) {
            return Ok(());
        }
        let message = format!(
            "The customer does not have a payment method with the ID {id}. The payment method must \
             be attached to the customer."
        );
        Err(RequestError::invalid(parameter, message).coded("resource_missing"))
    }

    /// A payment method that something is to be paid by; null once it is detached from that customer.
    pub(super) fn unless_detached(&self, method: &Value, customer: &Value) -> Value {
        let known = self.find("payment_method", method.as_str().unwrap_or_default());
        let is_detached = known.is_some_and(|known| known["customer"] != *customer);
        if is_detached { Value::Null } else { method.clone() }
    }

    /// A payment method is nobody's from now on, nor what its customer pays by.
    pub(super) fn detach_method(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        let (id, owner) = (before["id"].clone(), before["customer"].clone());
        let number = self.update(action, input, before)?;
        self.keep_detached(number);
        if let Some(customer) = self.find("customer", owner.as_str().unwrap_or_default())
            && customer["invoice_settings"]["default_payment_method"] == id
        {
            let mut after = customer.clone();
            after["invoice_settings"]["default_payment_method"] = Value::Null;
            self.change((customer, after), Some("customer.updated"));
        }
        Ok(number)
    }

    pub(super) fn create_method(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let kind = input["type"].as_str().unwrap_or_default();
        if let Some(of_debits) = test_accounts::kind(kind) {
            let given = &input[kind];
            let number = given[of_debits.number.as_str()].as_str().unwrap_or_default();
            let mut method = self.account_method(kind, number)?;
            action.apply(input, &mut method);
            for name in ["account_holder_type", "account_type", "routing_number"] {
                if let Some(said) = given.get(name) {
                    method[kind][name] = said.clone();
                }
            }
            let unknown = |name: &&String| method["billing_details"][name.as_str()].is_null();
            if let Some(name) = of_debits.billing.iter().find(unknown) {
                return Err(RequestError::missing_parameter(&format!("billing_details[{name}]")));
            }
            let made = self.add(method, None);
            self.note_unverified(made, of_debits);
            return Ok(made);
        }
        if kind == transfer_payments::KIND {
            let mut method = self.new_object(action, input)?;
            method[kind] = json!({});
            return Ok(self.add(method, None));
        }
        if kind != "card" {
            return Err(RequestError::not_served(&format!("payment methods of type {kind}")));
        }
        let (given, second) = (&input["card"], self.inquiry.request.second);
        let mut method = self.new_object(action, input)?;
        method["card"] = blank_card();
        if let Some(token) = given["token"].as_str() {
            let card = test_cards::named(token, TOKEN_PREFIX);
            let missing = || RequestError::missing_in("token", token, "card[token]");
            card.ok_or_else(missing)?.fill_named(&mut method["card"]);
            test_cards::check_given(&mut method, true);
        } else {
            let card = by_number(given)?;
            check_details(given, second)?;
            card.fill(&mut method["card"]);
            for name in ["exp_month", "exp_year"] {
                method["card"][name] = given[name].clone();
            }
            test_cards::check_given(&mut method, !given["cvc"].is_null());
        }
        Ok(self.add(method, None))
    }

    pub(super) fn attach_method(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let name = self.inquiry.route.variables.last().map_or("", |(_, id)| id);
        let before = match test_cards::named(name, METHOD_PREFIX) {
            Some(card) => self.test_method(card)?,
            None => self.known(action)?,
        };
        action.check_state(self.inquiry, &before, input)?;
        self.check_attachable(&before)?;
        self.attach(before, &input["customer"])
    }

    /// A payment method is the customer's from now on, if the card can be saved.
    pub(super) fn attach(&mut self, before: Value, customer: &Value) -> Result<usize> {
        let can_be_saved = test_cards::of(&before).is_some_and(|card| card.can_be_saved);
        if let Some(decline) = test_cards::decline_of(&before).filter(|_| !can_be_saved) {
            return Err(RequestError::of_decline(decline));
        }
        let mut after = before.clone();
        after["customer"] = customer.clone();
        if after["type"] == "card" {
            after["card"]["checks"] = test_cards::checked(&before);
        }
        Ok(self.change((before, after), Some("payment_method.attached")))
    }

    /// The payment method that a new customer begins with.
    pub(super) fn attach_to_new(&mut self, method: &Value, customer: &Value) -> Result<usize> {
        let before = self.method(method.as_str().unwrap_or_default(), "payment_method")?;
        if !before["customer"].is_null() {
            let message =
                "The payment method you provided has already been attached to a customer.";
            return Err(RequestError::wrong_state(None, message.to_owned()));
        }
        self.check_attachable(&before)?;
        self.attach(before, customer)
    }
}

impl RequestError {
    /// A card is declined.
    pub(super) fn of_decline(decline: &'static CardDecline) -> Self {
        Self::card(&decline.code, &decline.message, decline.parameter.as_deref())
            .with("decline_code", decline.name.as_str().into())
    }

    /// A card is declined when it is charged, which leaves a charge.
    pub(super) fn of_charge(decline: &'static CardDecline, charge: Value) -> Self {
        let refusal = Self::of_decline(decline).with("advice_code", decline.advice.as_str().into());
        let code = decline.network_code.as_deref();
        let refusal = match code {
            Some(code) => refusal.with("network_decline_code", code.into()),
            None => refusal,
        };
        refusal.with("charge", charge)
    }
}

/// A card of which nothing was said.
pub(super) fn blank_card() -> Value {
    let card = action::of_kind("payment_method").and_then(|known| known.hashes.get("card"));
    card.cloned().unwrap_or_default()
}

/// The card of a number, which is a test card's.
fn by_number(given: &Value) -> Result<&'static TestCard> {
    let Some(number) = given["number"].as_str() else {
        return Err(RequestError::missing_parameter("card[number]"));
    };
    let number: String = number.chars().filter(|c| ![' ', '-'].contains(c)).collect();
    if !test_cards::is_card_number(&number) {
        let message = "Your card number is incorrect.";
        return Err(RequestError::card("incorrect_number", message, Some("number")));
    }
    test_cards::numbered(&number).ok_or_else(|| {
        RequestError::card("card_declined", TEST_MODE_DECLINE, Some("number"))
            .with("decline_code", "test_mode_live_card".into())
    })
}

/// Whether what stands on a card beside its number can be so.
fn check_details(given: &Value, second: i64) -> Result<()> {
    for name in ["exp_month", "exp_year"] {
        if given[name].is_null() {
            return Err(RequestError::missing_parameter(&format!("card[{name}]")));
        }
    }
    let number = |name: &str| given[name].as_i64().unwrap_or_default();
    check_expiry((number("exp_month"), number("exp_year")), second)?;
    let cvc = given["cvc"].as_str().unwrap_or("000");
    if !(3..=4).contains(&cvc.len()) || !cvc.bytes().all(|b| b.is_ascii_digit()) {
        let message = "Your card's security code is invalid.";
        return Err(RequestError::card("invalid_cvc", message, Some("cvc")));
    }
    Ok(())
}

/// Whether a card can be good until then.
pub(super) fn check_expiry((month, year): (i64, i64), second: i64) -> Result<()> {
    let now = Moment::from_seconds(second);
    let is_over = (year, month) < (now.year().into(), now.month().into());
    if !(1..=12).contains(&month) {
        let message = "Your card's expiration month is invalid.";
        return Err(RequestError::card("invalid_expiry_month", message, Some("exp_month")));
    }
    if is_over || year > i64::from(now.year()) + 50 {
        let message = "Your card's expiration year is invalid.";
        return Err(RequestError::card("invalid_expiry_year", message, Some("exp_year")));
    }
    Ok(())
}
