//! The page of a Checkout Session, as far as the Stripe CLI looks at it and pays on it in its triggers.

use serde_json::{Value, json};

use super::draft::Draft;
use crate::api::answer::ApiAnswer;
use crate::api::change::ObjectChange;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::api::request::ApiRequest;
use crate::api::store::ApiStore;

const SESSION: &str = "checkout.session";

/// The page.
pub(crate) fn page(inquiry: &Inquiry<'_>) -> Result<ApiAnswer> {
    let session = session(inquiry)?;
    Ok(ApiAnswer::json(200, &shown(&session)))
}

/// The customer pays on the page, by the payment method that the call names.
pub(crate) fn confirm_page(store: &mut ApiStore, request: &ApiRequest) -> Result<ApiAnswer> {
    let mut inquiry = Inquiry::new(store, request)?;
    inquiry.go_by_clock()?;
    let session = session(&inquiry)?;
    let expected = inquiry.parameters.get("expected_amount");
    if expected.is_some_and(|expected| expected.parse().ok() != session["amount_total"].as_i64()) {
        let message = "The session comes to another amount than `expected_amount`.";
        return Err(RequestError::invalid("expected_amount", message));
    }
    let mut draft = Draft::new(&inquiry);
    draft.put_in = inquiry.parameters.get("payment_method").map(str::to_owned);
    let id = session["id"].as_str().unwrap_or_default();
    draft.complete_session(id, None)?;
    draft.follow_charges()?;
    let is_it = |change: &&ObjectChange| change.id() == id;
    let after = draft.changes.iter().rfind(is_it).map_or(session.clone(), |c| c.after.clone());
    let (account, changes) = (inquiry.account.clone(), draft.changes);
    store.write(&account, &changes, &request.stamp());
    if after["status"] != "complete" {
        let message = "Your card was declined.";
        return Err(RequestError::card("card_declined", message, None));
    }
    Ok(ApiAnswer::json(200, &shown(&after)))
}

fn session(inquiry: &Inquiry<'_>) -> Result<Value> {
    let id = inquiry.route.variables.last().map_or("", |(_, id)| id);
    inquiry.own(SESSION, id).cloned().ok_or_else(|| RequestError::missing(SESSION, id))
}

fn shown(session: &Value) -> Value {
    let id = session["id"].as_str().unwrap_or_default();
    let total = &session["amount_total"];
    json!({
        "id": id.replacen("cs_", "ppage_", 1),
        "object": "payment_page",
        "line_item_group": {"due": total, "total": total},
        "session_id": id,
        "state": if session["status"] == "complete" { "succeeded" } else { "active" },
        "total_summary": {"due": total, "total": total},
    })
}
