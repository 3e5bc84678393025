//! When drafts become final by themselves: an hour after the endpoint has accepted `invoice.created`, or three days after
//! they were made where it does not; when they are to, where a call says so, whatever the endpoint answers.

use serde_json::{Value, json};

use super::draft::Draft;
use super::input::Input;
use super::periods;
use crate::api::change::Stamp;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::api::request::ApiRequest;
use crate::api::sent::Account;
use crate::api::store::ApiStore;

/// How long a draft that advances by itself stays one (docs.stripe.com/billing/subscriptions/webhooks).
pub(super) const DRAFT_SECONDS: i64 = 60 * 60;
/// How long Stripe waits for the endpoint (docs.stripe.com/invoicing/integration/workflow-transitions).
const LONGEST_DRAFT: i64 = 72 * 60 * 60;
/// The parameter that says another time (docs.stripe.com/invoicing/scheduled-finalization), and the field.
const FINALIZES_AT: &str = "automatically_finalizes_at";
/// How many years ahead that may be.
const MOST_YEARS: i64 = 5;

impl Draft<'_, '_> {
    /// When a draft becomes final by itself, and is charged; as it was planned where a call says nothing of that.
    pub(super) fn plan_advance(&self, invoice: &mut Value, input: &Input) -> Result<()> {
        let created = invoice["created"].as_i64().unwrap_or(self.inquiry.now);
        let given = input.get(FINALIZES_AT).filter(|given| given.is_i64());
        if invoice["auto_advance"] != true {
            if given.is_some() {
                let message =
                    "You can only set `automatically_finalizes_at` where `auto_advance` is true.";
                return Err(RequestError::invalid(FINALIZES_AT, message));
            }
            plan(invoice, &Value::Null);
            return Ok(());
        }
        if let Some(given) = given {
            self.check_planned(given)?;
            plan(invoice, given);
        } else {
            let planned = invoice[FINALIZES_AT].as_i64().unwrap_or(created + DRAFT_SECONDS);
            plan(invoice, &planned.into());
        }
        Ok(())
    }

    /// Whether a draft may become final then: in the next five years.
    fn check_planned(&self, given: &Value) -> Result<()> {
        let now = self.inquiry.now;
        let last = periods::boundary(now, &json!({"interval": "year"}), MOST_YEARS);
        if given.as_i64().is_some_and(|second| (now + 1..=last).contains(&second)) {
            return Ok(());
        }
        let message = format!(
            "`{FINALIZES_AT}` must be in the future, and no more than {MOST_YEARS} years ahead."
        );
        Err(RequestError::invalid(FINALIZES_AT, message))
    }

    /// A draft becomes final by itself, and is paid or sent.
    pub(super) fn draft_becomes_final(&mut self, before: &Value) -> Result<()> {
        let what = match before["billing_reason"].as_str() {
            Some("manual") => "Payment for Invoice",
            Some("subscription_create") => "Subscription creation",
            _ => "Subscription update",
        };
        let open = self.finalize(before, before.clone(), Some(what))?;
        if open["status"] != "open" {
            return Ok(());
        }
        if open["collection_method"] == "send_invoice" {
            self.tell(open, Some("invoice.sent"));
            return Ok(());
        }
        self.try_payment(&open)
    }

    /// The endpoint has accepted that a draft was created, or has not.
    fn creation_is_told(&mut self, before: &Value, is_accepted: bool) {
        let now = self.inquiry.now;
        let mut after = before.clone();
        if !is_accepted {
            if is_planned(before, DRAFT_SECONDS) {
                plan(&mut after, &after_creation(before, LONGEST_DRAFT));
                after["webhooks_delivered_at"] = Value::Null;
            }
        } else if before["webhooks_delivered_at"].is_null() {
            after["webhooks_delivered_at"] = now.into();
            if waits_for_endpoint(before) {
                plan(&mut after, &(now + DRAFT_SECONDS).into());
            }
        }
        self.change((before.clone(), after), None);
    }
}

/// The endpoint has accepted that an invoice was created, or has not, at that second.
pub(crate) fn invoice_is_told(
    store: &mut ApiStore,
    (account, id): &(Account, String),
    (is_accepted, second): (bool, i64),
) {
    let path = format!("/v1/invoices/{id}");
    let request = ApiRequest { method: "POST".to_owned(), path, second, ..ApiRequest::default() };
    let Ok(mut inquiry) = Inquiry::new(store, &request) else { return };
    inquiry.account.clone_from(account);
    // A test clock that is on its way has this draft behind it soon enough.
    if inquiry.go_by_clock().is_err() {
        return;
    }
    let mut draft = Draft::new(&inquiry);
    let Some(before) = draft.find("invoice", id).filter(|own| own["status"] == "draft") else {
        return;
    };
    draft.creation_is_told(&before, is_accepted);
    let changes = draft.changes;
    store.write(account, &changes, &Stamp { second, request: None, idempotency_key: None });
}

/// Whether a draft waits for the endpoint to accept that it was created.
pub(super) fn waits_for_endpoint(invoice: &Value) -> bool {
    invoice["webhooks_delivered_at"].is_null() && is_planned(invoice, LONGEST_DRAFT)
}

/// Whether it becomes final so long after it was created.
fn is_planned(invoice: &Value, seconds: i64) -> bool {
    !invoice[FINALIZES_AT].is_null() && invoice[FINALIZES_AT] == after_creation(invoice, seconds)
}

fn after_creation(invoice: &Value, seconds: i64) -> Value {
    invoice["created"].as_i64().map_or(Value::Null, |created| (created + seconds).into())
}

/// It becomes final then, and is charged at once where it is not sent.
pub(super) fn plan(invoice: &mut Value, second: &Value) {
    invoice[FINALIZES_AT] = second.clone();
    let is_sent = invoice["collection_method"] == "send_invoice";
    invoice["next_payment_attempt"] = if is_sent { Value::Null } else { second.clone() };
}
