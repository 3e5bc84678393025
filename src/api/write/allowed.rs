//! Which payment methods a payment or a setup allows, by their kinds.

use serde_json::Value;

use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// Whether a payment may be made by a payment method, or one be set up.
pub(super) fn check_allowed(intent: &Value, method: &Value) -> Result<()> {
    let kinds = intent["payment_method_types"].as_array().map_or(&[][..], Vec::as_slice);
    if is_automatic(intent) || kinds.contains(&method["type"]) {
        return Ok(());
    }
    let names: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
    let noun = if intent["object"] == "setup_intent" { "SetupIntent" } else { "PaymentIntent" };
    let message = format!(
        "The PaymentMethod provided ({}) is not allowed for this {noun}. Please attach a \
         PaymentMethod of one of the following types: {}.",
        method["type"].as_str().unwrap_or_default(),
        names.join(", ")
    );
    Err(RequestError::wrong_state(None, message))
}

/// A payment whose kinds are the account's own has that by which it is paid among them.
pub(super) fn show_kind(intent: &mut Value, method: &Value) {
    if is_automatic(intent)
        && let Some(kinds) = intent["payment_method_types"].as_array_mut()
        && !kinds.contains(&method["type"])
    {
        kinds.push(method["type"].clone());
    }
}

/// The payment of an invoice takes what the invoice is to be paid by, unless that names its kinds.
pub(super) fn take_kind(invoice: &Value, intent: &mut Value, method: &Value) {
    if invoice["payment_settings"]["payment_method_types"].is_null()
        && let Some(kinds) = intent["payment_method_types"].as_array_mut()
        && !kinds.contains(&method["type"])
    {
        kinds.push(method["type"].clone());
    }
}

/// Whether no kinds were named.
fn is_automatic(intent: &Value) -> bool {
    !intent["automatic_payment_methods"].is_null()
}
