//! Setup intents: a card or a bank account is saved for later payments.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::allowed::check_allowed;
use super::charging::{PaymentTerms, error_of, question};
use super::draft::Draft;
use super::input::Input;
use super::payment_kinds::{check_kinds, set_automatic, set_kinds};
use super::payments::{check_owner, check_return};
use super::test_cards::{self, CardDecline, TestCard};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

const UNEXPECTED: Option<&str> = Some("setup_intent_unexpected_state");
const MISSING: &str = "You cannot confirm this SetupIntent because it's missing a payment method. You \
                       can either update the SetupIntent with a payment method and then confirm it \
                       again, or confirm it again directly with a payment method or \
                       ConfirmationToken.";

impl Draft<'_, '_> {
    pub(super) fn create_setup(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        check_kinds(input)?;
        let mut intent = self.new_object(action, input)?;
        set_automatic(self.inquiry, &mut intent, input);
        set_kinds(&mut intent);
        let event = action.call.event.as_deref();
        let method = self.method_of_setup(&intent)?;
        if input.get("confirm") != Some(&Value::Bool(true)) {
            if method.is_some() {
                intent["status"] = "requires_confirmation".into();
            }
            return Ok(self.add(intent, event));
        }
        let terms = PaymentTerms::of(input);
        check_return(self.inquiry, &intent, &terms)?;
        let missing = || RequestError::wrong_state(UNEXPECTED, MISSING.to_owned());
        let method = method.ok_or_else(missing)?;
        intent["payment_method"] = Value::Null;
        self.add(intent.clone(), event);
        self.set_up(&intent, &method, &terms)
    }

    pub(super) fn update_setup(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        let mut after = before.clone();
        action.apply(input, &mut after);
        if input.contains_key("payment_method") {
            let shown = |error: RequestError| error.with("setup_intent", before.clone());
            let why = match before["status"].as_str() {
                Some("succeeded") => Some("it has already succeeded"),
                Some("canceled") => Some("it has been canceled"),
                _ => None,
            };
            if let Some(why) = why {
                let message = format!("You cannot update this SetupIntent because {why}.");
                return Err(shown(RequestError::wrong_state(UNEXPECTED, message)));
            }
            self.method_of_setup(&after).map_err(shown)?;
            if before["status"] == "requires_payment_method" {
                after["status"] = "requires_confirmation".into();
            }
        }
        Ok(self.change((before, after), None))
    }

    pub(super) fn confirm_setup(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let mut intent = self.known(action)?;
        let shown = intent.clone();
        if let Some(method) = input.get("payment_method") {
            intent["payment_method"] = method.clone();
        }
        let terms = PaymentTerms::of(input);
        let missing = || RequestError::wrong_state(UNEXPECTED, MISSING.to_owned());
        let found = self.method_of_setup(&intent).and_then(|found| found.ok_or_else(missing));
        let method = found.map_err(|error| error.with("setup_intent", shown.clone()))?;
        action.check_state(self.inquiry, &shown, input)?;
        check_return(self.inquiry, &intent, &terms)
            .map_err(|error| error.with("setup_intent", shown))?;
        self.set_up(&intent, &method, &terms)
    }

    /// Tries to save the card; returns where the setup is among the changes.
    pub(super) fn set_up(
        &mut self,
        before: &Value,
        method: &Value,
        terms: &PaymentTerms,
    ) -> Result<usize> {
        if method["type"] != "card" {
            return self.set_up_debit(before, method, terms);
        }
        let card = test_cards::of(method);
        let id = before["id"].as_str().unwrap_or_default();
        let known = self.find("setup_intent", id).unwrap_or_default();
        let mut after = before.clone();
        after["payment_method"] = method["id"].clone();
        after["next_action"] = Value::Null;
        after["last_setup_error"] = Value::Null;
        let has_question = card.is_some_and(TestCard::asks);
        if has_question && !terms.is_authenticated {
            after["latest_attempt"] = self.attempt(&after, "requires_action", None)?;
            after["status"] = "requires_action".into();
            after["next_action"] = question("setup_intent", &after["id"], terms);
            return Ok(self.change((known, after), Some("setup_intent.requires_action")));
        }
        let decline = terms.decline.or_else(|| {
            test_cards::decline_of(method).filter(|_| card.is_some_and(|card| !card.can_be_saved))
        });
        if let Some(decline) = decline {
            return self.fail_setup((known, after), method, decline);
        }
        self.setup_succeeds(after, method)
    }

    /// The payment method is the customer's, where one is named; returns where the setup is among the changes.
    pub(super) fn setup_succeeds(&mut self, mut after: Value, method: &Value) -> Result<usize> {
        let id = after["id"].as_str().unwrap_or_default();
        let known = self.find("setup_intent", id).unwrap_or_default();
        if !after["customer"].is_null() && method["customer"].is_null() {
            self.attach(method.clone(), &after["customer"])?;
        }
        after["latest_attempt"] = self.attempt(&after, "succeeded", None)?;
        after["status"] = "succeeded".into();
        Ok(self.change((known, after), Some("setup_intent.succeeded")))
    }

    fn fail_setup(
        &mut self,
        (before, mut after): (Value, Value),
        method: &Value,
        decline: &'static CardDecline,
    ) -> Result<usize> {
        let error = error_of(decline, method);
        after["latest_attempt"] = self.attempt(&after, "failed", Some(error.clone()))?;
        after["last_setup_error"] = error;
        after["payment_method"] = Value::Null;
        after["status"] = "requires_payment_method".into();
        let number = self.change((before, after), Some("setup_intent.setup_failed"));
        let refusal = RequestError::of_decline(decline)
            .with("payment_method", method.clone())
            .with("setup_intent", self.changes[number].after.clone());
        self.refusal = Some(refusal);
        Ok(number)
    }

    /// Notes an attempt; returns its id.
    pub(super) fn attempt(
        &mut self,
        intent: &Value,
        status: &str,
        error: Option<Value>,
    ) -> Result<Value> {
        let mut attempt = self.blank_beside("setup_attempt", "setup_intent")?;
        for field in ["customer", "payment_method", "usage"] {
            attempt[field] = intent[field].clone();
        }
        let method = self.find("payment_method", attempt["payment_method"].as_str().unwrap_or(""));
        if let Some(kind) = method.as_ref().and_then(|method| method["type"].as_str())
            && kind != "card"
        {
            attempt["payment_method_details"] = json!({"type": kind, kind: {}});
        }
        attempt["setup_intent"] = intent["id"].clone();
        attempt["status"] = status.into();
        attempt["setup_error"] = error.unwrap_or_default();
        let id = attempt["id"].clone();
        self.add(attempt, None);
        Ok(id)
    }

    /// The payment method that a setup names, which has to be its customer's, or nobody's.
    fn method_of_setup(&self, intent: &Value) -> Result<Option<Value>> {
        let Some(id) = intent["payment_method"].as_str() else { return Ok(None) };
        let method = self.method(id, "payment_method")?;
        let owner = &method["customer"];
        if let (Some(owner), true) = (owner.as_str(), intent["customer"].is_null()) {
            let message = format!(
                "The payment method supplied ({id}) belongs to the Customer {owner}. Please include \
                 the Customer in the `customer` parameter on the SetupIntent."
            );
            return Err(RequestError::invalid("payment_method", message));
        }
        check_owner((id, owner), &intent["customer"])?;
        self.check_usable(&method, intent)?;
        check_allowed(intent, &method)?;
        Ok(Some(method))
    }
}
