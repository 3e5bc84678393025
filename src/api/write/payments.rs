//! Payment intents: what calls ask of them. What becomes of the card is in `charging`.

use serde_json::Value;

use super::action::WriteAction;
use super::allowed::check_allowed;
use super::charging::PaymentTerms;
use super::debits::check_currencies;
use super::draft::Draft;
use super::input::Input;
use super::making::derive;
use super::payment_kinds::{check_kinds, set_automatic, set_kinds};
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};

/// The least and the most that may be paid.
pub(super) const LEAST_USD: i64 = 50;
pub(super) const MOST_PAID: i64 = 99_999_999;
/// What an update may change in any state.
const FREE: [&str; 4] = ["description", "metadata", "receipt_email", "shipping"];
/// What an invoice says of its payment.
const OF_INVOICE: [&str; 3] = ["amount", "currency", "customer"];
const OPEN: [&str; 3] = ["requires_payment_method", "requires_confirmation", "requires_action"];
const UNEXPECTED: Option<&str> = Some("payment_intent_unexpected_state");

impl Draft<'_, '_> {
    pub(super) fn create_payment(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        check_amount(input, input.get("currency"))?;
        check_kinds(input)?;
        let mut intent = self.new_object(action, input)?;
        derive("payment_intent", &mut intent);
        set_automatic(self.inquiry, &mut intent, input);
        set_kinds(&mut intent);
        check_currencies(&intent)?;
        let event = action.call.event.as_deref();
        let method = self.method_of_payment(&intent)?;
        if input.get("confirm") != Some(&Value::Bool(true)) {
            if method.is_some() {
                intent["status"] = "requires_confirmation".into();
            }
            return Ok(self.add(intent, event));
        }
        let terms = PaymentTerms::of(input);
        check_return(self.inquiry, &intent, &terms)?;
        let method = method.or_else(|| self.usual_method(&intent));
        let method = method.ok_or_else(|| missing_method(&intent))?;
        // The event tells of it as it is before the card is tried.
        intent["payment_method"] = Value::Null;
        self.add(intent.clone(), event);
        self.pay(&intent, &method, &terms)
    }

    pub(super) fn update_payment(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        let status = before["status"].as_str().unwrap_or_default();
        let kept = input.keys().find(|name| !FREE.contains(&name.as_str()));
        if let (Some(name), false) = (kept, OPEN.contains(&status)) {
            let message = format!(
                "This PaymentIntent's {name} could not be updated because it has a status of \
                 {status}. You may only update the {name} of a PaymentIntent with one of the \
                 following statuses: {}.",
                OPEN.join(", ")
            );
            let error = RequestError::wrong_state(UNEXPECTED, message).about(name);
            return Err(error.with("payment_intent", before));
        }
        check_amount(input, input.get("currency").or(before.get("currency")))?;
        let is_billed = OF_INVOICE.iter().any(|name| input.contains_key(*name));
        if is_billed && self.is_of_invoice(&before) {
            let message = "The payment of an invoice has its amount, currency and customer.";
            return Err(RequestError::wrong_state(None, message.to_owned()));
        }
        let mut after = before.clone();
        action.apply(input, &mut after);
        derive("payment_intent", &mut after);
        check_currencies(&after)?;
        if input.contains_key("payment_method") && status == "requires_payment_method" {
            after["status"] = "requires_confirmation".into();
        }
        self.method_of_payment(&after)
            .map_err(|error| error.with("payment_intent", before.clone()))?;
        self.follow_update(&before, &mut after)?;
        Ok(self.change((before, after), None))
    }

    pub(super) fn confirm_payment(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let mut intent = self.known(action)?;
        let shown = intent.clone();
        action.check_state(self.inquiry, &intent, input)?;
        action.apply(input, &mut intent);
        if let Some(method) = input.get("payment_method") {
            intent["payment_method"] = method.clone();
        }
        let terms = PaymentTerms::of(input);
        let found = self.method_of_payment(&intent).and_then(|method| {
            let method = method.or_else(|| self.usual_method(&intent));
            check_return(self.inquiry, &intent, &terms)?;
            method.ok_or_else(|| missing_method(&intent))
        });
        let method = found.map_err(|error| error.with("payment_intent", shown))?;
        let paid = self.pay(&intent, &method, &terms)?;
        self.follow_payment(paid);
        Ok(paid)
    }

    /// That of an invoice ends with it.
    pub(super) fn cancel_payment(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        if self.is_of_invoice(&before) {
            let message = "The payment of an invoice cannot be canceled. Void the invoice instead.";
            return Err(RequestError::wrong_state(None, message.to_owned()));
        }
        self.give_cash_back(&before)?;
        self.update(action, input, before)
    }

    pub(super) fn capture_payment(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        let held = before["amount_capturable"].as_i64().unwrap_or_default();
        let amount = input.get("amount_to_capture").and_then(Value::as_i64).unwrap_or(held);
        check_capture(amount, held)
            .map_err(|error| error.with("payment_intent", before.clone()))?;
        let charge = self.charge_of(&before)?;
        let mut captured = charge.clone();
        captured["captured"] = true.into();
        captured["amount_captured"] = amount.into();
        self.settle(&mut captured)?;
        self.follow_later(&captured);
        self.change((charge, captured), Some("charge.captured"));
        let mut after = before.clone();
        action.apply(input, &mut after);
        after["amount_capturable"] = 0.into();
        after["amount_received"] = amount.into();
        after["status"] = "succeeded".into();
        let number = self.change((before, after), action.call.event.as_deref());
        self.session_is_paid(number);
        Ok(number)
    }

    pub(super) fn increment_payment(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        let (held, amount) = (before["amount"].as_i64(), input["amount"].as_i64());
        let charge = self.charge_of(&before)?;
        let details = "/payment_method_details/card/incremental_authorization/status";
        if charge.pointer(details) != Some(&"available".into()) {
            let message = "This PaymentIntent's authorization cannot be incremented, since it did not ask for that: \
                           payment_method_options[card][request_incremental_authorization].";
            return Err(RequestError::wrong_state(None, message.to_owned()));
        }
        if amount <= held {
            let message = "The amount must be greater than the currently authorized amount.";
            let error = RequestError::out_of_range("amount", message.to_owned());
            return Err(error.with("payment_intent", before));
        }
        let mut more = charge.clone();
        more["amount"] = input["amount"].clone();
        let card = &mut more["payment_method_details"]["card"];
        card["amount_authorized"] = input["amount"].clone();
        card["overcapture"]["maximum_amount_capturable"] = input["amount"].clone();
        self.change((charge, more), None);
        let mut after = before.clone();
        action.apply(input, &mut after);
        after["amount_capturable"] = input["amount"].clone();
        Ok(self.change((before, after), action.call.event.as_deref()))
    }

    /// The charge that a payment has led to.
    pub(super) fn charge_of(&self, intent: &Value) -> Result<Value> {
        let id = intent["latest_charge"].as_str().unwrap_or_default();
        self.find("charge", id).ok_or_else(|| RequestError::missing("charge", id))
    }

    /// The payment method that a payment names, which has to be its customer's, or nobody's.
    fn method_of_payment(&self, intent: &Value) -> Result<Option<Value>> {
        let Some(id) = intent["payment_method"].as_str() else { return Ok(None) };
        let method = self.method(id, "payment_method")?;
        let (owner, customer) = (&method["customer"], &intent["customer"]);
        if let (Some(owner), None) = (owner.as_str(), customer.as_str()) {
            let message = format!(
                "The `payment_method` parameter supplied {id} belongs to the Customer {owner}. \
                 Please include the Customer in the `customer` parameter on the PaymentIntent."
            );
            // As at Stripe: it names the parameter of older calls.
            return Err(RequestError::invalid("source", message).coded("parameter_missing"));
        }
        check_owner((id, owner), customer)?;
        self.check_usable(&method, intent)?;
        check_allowed(intent, &method)?;
        Ok(Some(method))
    }

    /// What a customer pays by where nothing is said: their choice, else their card, as the library describes
    /// `default_payment_method` of subscriptions and `confirm` of payments.
    pub(super) fn usual_method(&self, object: &Value) -> Option<Value> {
        self.chosen_method(object).or_else(|| {
            let card = self.usual_card(&object["customer"])?;
            self.method_of_card(&card).ok()
        })
    }

    /// The customer's own choice, as long as it is attached to them.
    pub(super) fn chosen_method(&self, object: &Value) -> Option<Value> {
        let customer = self.find("customer", object["customer"].as_str()?)?;
        let id = customer["invoice_settings"]["default_payment_method"].as_str()?;
        let method = self.find("payment_method", id)?;
        Some(method).filter(|method| method["customer"] == customer["id"])
    }
}

/// Whether a payment method is that customer's, where it is somebody's.
pub(super) fn check_owner((id, owner): (&str, &Value), customer: &Value) -> Result<()> {
    if owner.is_null() || owner == customer {
        return Ok(());
    }
    let customer = customer.as_str().unwrap_or_default();
    let message = format!(
        "The PaymentMethod {id} does not belong to the Customer you supplied {customer}. Please \
         use this PaymentMethod with the Customer that it belongs to instead."
    );
    Err(RequestError::invalid("payment_method", message))
}

/// It is more than may be paid.
pub(super) fn too_large() -> RequestError {
    let message = "Amount must be no more than $999,999.99";
    RequestError::wrong_state(Some("amount_too_large"), message.to_owned())
}

pub(super) fn check_amount(input: &Input, currency: Option<&Value>) -> Result<()> {
    let Some(amount) = input.get("amount").and_then(Value::as_i64) else { return Ok(()) };
    let is_usd = currency.is_some_and(|currency| currency == "usd");
    if amount < 1 {
        let message = "The amount must be greater than or equal to the minimum charge amount \
                       allowed for your account and the currency set \
                       (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). If \
                       you want to save a Payment Method for future use without an immediate \
                       payment, use a Setup Intent instead: \
                       https://docs.stripe.com/payments/setup-intents";
        return Err(RequestError::out_of_range("amount", message.to_owned()));
    }
    if is_usd && amount < LEAST_USD {
        let message = "Amount must be at least $0.50 usd";
        return Err(RequestError::invalid("amount", message).coded("amount_too_small"));
    }
    if amount > MOST_PAID {
        return Err(too_large().about("amount"));
    }
    Ok(())
}

/// Some ways to pay lead to a page of their own, and have to know where to come back to. Who names no version, as the
/// Stripe CLI, may have an account from before there were any.
pub(super) fn check_return(
    inquiry: &Inquiry<'_>,
    intent: &Value,
    terms: &PaymentTerms,
) -> Result<()> {
    let is_led_away = intent["automatic_payment_methods"]["allow_redirects"] == "always"
        && inquiry.request.headers.version.is_some();
    if !is_led_away || terms.return_url.is_some() || terms.is_off_session {
        return Ok(());
    }
    let noun = if intent["object"] == "setup_intent" { "SetupIntent" } else { "PaymentIntent" };
    let message = format!(
        "This {noun} is configured to accept payment methods enabled in your Dashboard. Because \
         some of these payment methods might redirect your customer off of your page, you must \
         provide a `return_url`. If you don't want to accept redirect-based payment methods, set \
         `automatic_payment_methods[enabled]` to `true` and \
         `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and \
         Payment Intents."
    );
    Err(RequestError::wrong_state(None, message))
}

fn missing_method(intent: &Value) -> RequestError {
    let how = match intent["customer"].as_str() {
        Some(customer) => format!(
            "To confirm the PaymentIntent with {customer}, specify a payment method attached to \
             this customer along with the customer ID."
        ),
        None => {
            "You can either update the PaymentIntent with a payment method and then confirm it \
                 again, or confirm it again directly with a payment method or ConfirmationToken."
                .to_owned()
        }
    };
    let why = "You cannot confirm this PaymentIntent because it's missing a payment method.";
    RequestError::wrong_state(UNEXPECTED, format!("{why} {how}"))
}

pub(super) fn check_capture(amount: i64, held: i64) -> Result<()> {
    if amount < 0 {
        return Err(RequestError::invalid("amount_to_capture", "Invalid non-negative integer"));
    }
    if amount == 0 {
        let message = "This value must be greater than or equal to 1.";
        return Err(RequestError::out_of_range("amount", message.to_owned()));
    }
    if amount > held {
        let message = "The payment could not be captured because the requested capture amount is \
                       greater than the authorized amount.";
        let error = RequestError::invalid("amount_to_capture", message);
        return Err(error.coded("amount_too_large"));
    }
    Ok(())
}
