//! What nobody does in time: authorizations that are not captured, invoices that are not paid when they are due, coupons
//! and promotion codes that expire.

use serde_json::{Value, json};

use super::draft::Draft;
use crate::api::inquiry::Inquiry;

/// The charges that nobody has captured, and when their authorizations lapse
/// (docs.stripe.com/payments/place-a-hold-on-a-payment-method).
pub(super) fn holds(inquiry: &Inquiry<'_>) -> impl Iterator<Item = (i64, String)> {
    let made = inquiry.states("charge").filter(|state| state.is_written && !state.is_deleted);
    made.filter_map(|state| {
        let charge = state.own();
        let is_held = charge["status"] == "succeeded"
            && charge["captured"] == false
            && charge["refunded"] == false;
        let until = charge.pointer("/payment_method_details/card/capture_before");
        let second = until.and_then(Value::as_i64).filter(|_| is_held)?;
        if let Some(id) = charge["payment_intent"].as_str() {
            let intent = inquiry.own("payment_intent", id)?;
            if intent["status"] != "requires_capture" || intent["latest_charge"] != charge["id"] {
                return None;
            }
        }
        Some((second, charge["id"].as_str()?.to_owned()))
    })
}

/// The invoices that are not paid by their due dates, of which subscriptions go on, and when that is so; of what lives by
/// that test clock, or by none.
pub(super) fn overdue(
    inquiry: &Inquiry<'_>,
    clock: Option<&str>,
) -> impl Iterator<Item = (i64, String)> {
    let made = inquiry.states("invoice").filter(|state| state.is_written && !state.is_deleted);
    made.filter_map(move |state| {
        let invoice = state.own();
        let is_open = invoice["status"] == "open" && invoice["collection_method"] == "send_invoice";
        if !is_open || invoice["test_clock"].as_str() != clock {
            return None;
        }
        let of = invoice.pointer("/parent/subscription_details/subscription")?.as_str()?;
        let subscription = inquiry.own("subscription", of)?;
        let owes = subscription["status"] == "active"
            && subscription["latest_invoice"] == invoice["id"]
            && subscription["pending_update"].is_null();
        let due = invoice["due_date"].as_i64().filter(|_| owes)?;
        let finalized = invoice["status_transitions"]["finalized_at"].as_i64().unwrap_or(due);
        Some((due.max(finalized), invoice["id"].as_str()?.to_owned()))
    })
}

/// When a coupon or a promotion code that may be redeemed may not be any more.
pub(super) fn expiry(own: &Value) -> Option<i64> {
    if own["object"] == "coupon" {
        // That second is the last one.
        let last = own["redeem_by"].as_i64().filter(|_| own["valid"] == true)?;
        return Some(last.saturating_add(1));
    }
    own["expires_at"].as_i64().filter(|_| own["active"] == true)
}

impl Draft<'_, '_> {
    /// The money is the customer's again, and their payment is canceled. Which reason Stripe gives is not published.
    pub(super) fn hold_lapses(&mut self, charge: &Value) {
        let mut after = charge.clone();
        after["amount_refunded"] = charge["amount"].clone();
        after["refunded"] = true.into();
        self.change((charge.clone(), after), Some("charge.expired"));
        let id = charge["payment_intent"].as_str().unwrap_or_default();
        let Some(before) = self.find("payment_intent", id) else { return };
        let mut after = before.clone();
        for (field, value) in [
            ("amount_capturable", json!(0)),
            ("canceled_at", json!(self.inquiry.time_of("payment_intent"))),
            ("next_action", Value::Null),
            ("status", json!("canceled")),
        ] {
            after[field] = value;
        }
        self.change((before, after), Some("payment_intent.canceled"));
    }

    /// A coupon, or a promotion code, cannot be redeemed any more; with a coupon go its promotion codes. Stripe tells
    /// nobody.
    pub(super) fn redemption_ends(&mut self, before: Value) {
        let codes = self.every("promotion_code", |code| {
            before["object"] == "coupon"
                && code["active"] == true
                && code["promotion"]["coupon"] == before["id"]
        });
        let field = if before["object"] == "coupon" { "valid" } else { "active" };
        for (before, field) in
            std::iter::once((before, field)).chain(codes.into_iter().map(|code| (code, "active")))
        {
            let mut after = before.clone();
            after[field] = false.into();
            self.change((before, after), None);
        }
    }
}
