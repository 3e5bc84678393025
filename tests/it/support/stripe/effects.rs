//! Paths that cause more than their own object's event: payments, invoices, subscriptions and the like.

mod billing;
mod payments;
mod rest;

use serde_json::Value;

use super::fault::Answer;
use super::state::State;

/// The answer of a path that has an effect of its own.
pub(crate) fn answer(
    state: &mut State,
    method: &str,
    path: &[&str],
    parameters: &Value,
) -> Option<Answer> {
    payments::answer(state, method, path, parameters)
        .or_else(|| billing::answer(state, method, path, parameters))
        .or_else(|| rest::answer(state, method, path, parameters))
}
