//! What the customer does on a page of the bank's or of Stripe's, told by a command in their place.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::charging::PaymentTerms;
use super::draft::Draft;
use super::test_cards::{self, CardDecline};
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};

/// What the customer answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CustomerAnswer {
    /// What waits for them: `pi_…`, `seti_…` or `cs_…`.
    pub(crate) id: String,
    /// The decline that follows.
    pub(crate) decline: Option<String>,
}

/// The decline of a customer who does not prove who they are.
const NOT_PROVEN: &str = "authentication_failure";

impl CustomerAnswer {
    /// The path of a call that is about what waits.
    pub(super) fn path(&self) -> Result<String> {
        let id = &self.id;
        let folder = match id.split_once('_').map(|(prefix, _)| prefix) {
            Some("pi") => "payment_intents",
            Some("seti") => "setup_intents",
            Some("cs") => "checkout/sessions",
            _ => {
                let what = format!(
                    "an answer of the customer to `{id}`: it is no payment intent, \
                                    setup intent or Checkout Session"
                );
                return Err(RequestError::not_served(&what));
            }
        };
        let verb = if folder.starts_with("checkout") { "expire" } else { "confirm" };
        Ok(format!("/v1/{folder}/{id}/{verb}"))
    }

    /// Does what follows.
    pub(super) fn perform(&self, draft: &mut Draft<'_, '_>) -> Result<usize> {
        if self.id.starts_with("cs_") {
            return draft.complete_session(&self.id, self.asked_decline()?);
        }
        let kind = if self.id.starts_with("pi_") { "payment_intent" } else { "setup_intent" };
        let missing = || RequestError::missing(kind, &self.id);
        let intent = draft.find(kind, &self.id).ok_or_else(missing)?;
        if intent["status"] != "requires_action" {
            let status = intent["status"].as_str().unwrap_or_default();
            let message = format!("`{}` waits for nobody: its status is {status}", self.id);
            return Err(RequestError::wrong_state(None, message));
        }
        if self.decline.as_deref() == Some(NOT_PROVEN) {
            let number = draft.not_proven(kind, intent);
            draft.follow_payment(number);
            return Ok(number);
        }
        let decline = self.asked_decline()?;
        let terms = PaymentTerms { is_authenticated: true, decline, ..PaymentTerms::default() };
        let id = intent["payment_method"].as_str().unwrap_or_default();
        let method = draft.method(id, "payment_method")?;
        if kind == "payment_intent" {
            let number = draft.pay(&intent, &method, &terms)?;
            draft.follow_payment(number);
            Ok(number)
        } else {
            draft.set_up(&intent, &method, &terms)
        }
    }

    /// The decline that is asked for.
    fn asked_decline(&self) -> Result<Option<&'static CardDecline>> {
        let named = self.decline.as_deref().map(|name| {
            let message = format!("there is no decline code `{name}`");
            test_cards::decline(name).ok_or_else(|| RequestError::wrong_state(None, message))
        });
        named.transpose()
    }

    /// What a call by the customer is about to change.
    pub(super) fn draft<'i, 'a>(&self, inquiry: &'i Inquiry<'a>) -> Result<Draft<'i, 'a>> {
        let mut draft = Draft::new(inquiry);
        self.perform(&mut draft)?;
        Ok(draft)
    }
}

impl Draft<'_, '_> {
    /// The customer does not prove who they are: nothing is charged.
    fn not_proven(&mut self, kind: &str, before: Value) -> usize {
        let (noun, field, event) = if kind == "payment_intent" {
            ("payment_intent", "last_payment_error", "payment_intent.payment_failed")
        } else {
            ("setup_intent", "last_setup_error", "setup_intent.setup_failed")
        };
        let id = before["payment_method"].as_str().unwrap_or_default();
        let method = self.find("payment_method", id).unwrap_or_default();
        let mut after = before.clone();
        after[field] = json!({
            "code": format!("{noun}_authentication_failure"),
            "doc_url": format!(
                "https://stripe.com/docs/error-codes/{}-authentication-failure",
                noun.replace('_', "-")
            ),
            "message": "The provided PaymentMethod has failed authentication. You can provide \
                        payment_method_data or a new PaymentMethod to attempt to fulfill this \
                        PaymentIntent again.".replace(
                "PaymentIntent",
                if kind == "payment_intent" { "PaymentIntent" } else { "SetupIntent" },
            ),
            "payment_method": method,
            "type": "invalid_request_error",
        });
        after["next_action"] = Value::Null;
        after["payment_method"] = Value::Null;
        after["status"] = "requires_payment_method".into();
        self.change((before, after), Some(event))
    }
}
