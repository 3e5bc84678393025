//! Which payment methods may be used again: one that is nobody's pays once, and detaching is for good.

use serde_json::{Value, json};

use super::draft::Draft;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// What is known of a payment method that was detached, and not shown.
const DETACHED: &str = "was_detached";
const ATTACHED_AGAIN: &str = "This PaymentMethod was previously used without being attached to a \
                              Customer or was detached from a Customer, and may not be used again.";
const PAID_AGAIN: &str = "The provided PaymentMethod was previously used with a PaymentIntent without \
                          Customer attachment, shared with a connected account without Customer \
                          attachment, or was detached from a Customer. It may not be used again. To \
                          use a PaymentMethod multiple times, you must attach it to a Customer first.";
const SET_UP: &str = "The provided PaymentMethod cannot be attached. To reuse a PaymentMethod, you \
                      must attach it to a Customer first.";

impl Draft<'_, '_> {
    /// The payment method of that change is nobody's for good.
    pub(super) fn keep_detached(&mut self, number: usize) {
        self.changes[number].hidden = json!({DETACHED: true});
    }

    /// Whether a payment method can still be attached.
    pub(super) fn check_attachable(&self, method: &Value) -> Result<()> {
        if self.is_used_up(method, &Value::Null) {
            return Err(RequestError::invalid("payment_method", ATTACHED_AGAIN));
        }
        Ok(())
    }

    /// Whether a payment method can still be used by an intent.
    pub(super) fn check_usable(&self, method: &Value, intent: &Value) -> Result<()> {
        if self.is_used_up(method, &intent["id"]) {
            return Err(RequestError::invalid("payment_method", PAID_AGAIN));
        }
        let has_set_up =
            |own: &Value| own["payment_method"] == method["id"] && own["status"] == "succeeded";
        let is_nobodys = method["customer"].is_null() && intent["object"] == "payment_intent";
        if is_nobodys && !self.every("setup_intent", has_set_up).is_empty() {
            return Err(RequestError::invalid("payment_method", SET_UP));
        }
        Ok(())
    }

    /// Whether a payment method that is nobody's was detached, or has been charged but for that payment.
    fn is_used_up(&self, method: &Value, intent: &Value) -> bool {
        if !method["customer"].is_null() {
            return false;
        }
        let hidden = self.inquiry.store.hidden(method["id"].as_str().unwrap_or_default());
        let was_detached = hidden.is_some_and(|hidden| hidden[DETACHED] == true);
        let was_charged = |charge: &Value| {
            let is_of_intent = !intent.is_null() && charge["payment_intent"] == *intent;
            charge["payment_method"] == method["id"] && !(is_of_intent && charge["paid"] == true)
        };
        was_detached || !self.every("charge", was_charged).is_empty()
    }
}
