//! The kinds of payment methods that payments, setups and sessions name, with their options.

use serde_json::{Map, Value, json};

use super::input::Input;
use super::test_accounts;
use super::transfer_payments;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};

/// From that version on, the account's own ways to pay count where a call names none
/// (<https://docs.stripe.com/changelog/2023-08-16>).
const AUTOMATIC_FROM: &str = "2023-08-16";
/// The options that are served, of each kind.
const SERVED: [(&str, &str); 2] =
    [("card", "request_incremental_authorization"), ("us_bank_account", "verification_method")];

/// What is served of the ways to pay: cards, and debits of bank accounts.
pub(super) fn check_kinds(input: &Input) -> Result<()> {
    let kinds = input.get("allowed_payment_method_types").and_then(Value::as_array);
    let is_served = |kind: &str| {
        ["card", transfer_payments::KIND].contains(&kind) || test_accounts::kind(kind).is_some()
    };
    let other = kinds.into_iter().flatten().find(|kind| !kind.as_str().is_some_and(is_served));
    let options = input.get("payment_method_options").and_then(Value::as_object);
    let is_known = |(name, value): (&String, &Value)| {
        let own = value.as_object();
        let served = SERVED.iter().find(|(kind, _)| kind == name);
        let is_served = |(_, option): &(&str, &str)| {
            own.is_some_and(|own| own.keys().all(|name| name == option))
        };
        name == transfer_payments::KIND || served.is_some_and(is_served)
    };
    if let Some(kind) = other {
        let kind = kind.as_str().unwrap_or_default();
        return Err(RequestError::not_served(&format!("payments of type {kind}")));
    }
    if options.is_some_and(|options| !options.iter().all(is_known)) {
        let [(card, increments), (account, verification)] = SERVED;
        let what = format!(
            "payment_method_options other than {card}[{increments}] and {account}[{verification}]"
        );
        return Err(RequestError::not_served(&what));
    }
    Ok(())
}

/// The kinds of payment methods that a call names, with what is said of each.
pub(super) fn set_kinds(object: &mut Value) {
    let Some(kinds) = object["allowed_payment_method_types"].as_array().cloned() else { return };
    let mut options = Map::new();
    for name in kinds.iter().filter_map(Value::as_str) {
        let known = match test_accounts::kind(name) {
            Some(kind) => with_given(kind.options.clone(), &object["payment_method_options"][name]),
            None => object["payment_method_options"][name].clone(),
        };
        options.insert(name.to_owned(), known);
    }
    object["payment_method_types"] = Value::Array(kinds);
    object["payment_method_options"] = Value::Object(options);
}

/// Options with those in their place that were said.
fn with_given(mut options: Value, given: &Value) -> Value {
    let said = given.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    for (name, value) in said {
        options[name.as_str()] = value.clone();
    }
    options
}

/// Where no kinds of payment methods are named, they are the account's own.
pub(super) fn set_automatic(inquiry: &Inquiry<'_>, intent: &mut Value, input: &Input) {
    let given = input.get("automatic_payment_methods");
    let is_usual = !inquiry.is_before(AUTOMATIC_FROM);
    let is_on = given.map_or(is_usual, |given| given["enabled"] == true);
    if input.contains_key("allowed_payment_method_types") || !is_on {
        intent["automatic_payment_methods"] = Value::Null;
        return;
    }
    let redirects = given.and_then(|given| given.get("allow_redirects").cloned());
    let redirects = redirects.unwrap_or_else(|| "always".into());
    intent["automatic_payment_methods"] = json!({"allow_redirects": redirects, "enabled": true});
}

/// The options of a session's payment: its own over the usual ones.
pub(super) fn options_of(session: &Value, usual: &Value) -> Value {
    let mut options = session["payment_method_options"].clone();
    for (kind, own) in options.as_object_mut().into_iter().flatten() {
        let usual = usual[kind.as_str()].as_object().into_iter().flatten();
        let Value::Object(own) = own else { continue };
        for (name, value) in usual {
            own.entry(name).or_insert_with(|| value.clone());
        }
    }
    options
}
