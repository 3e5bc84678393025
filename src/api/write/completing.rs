//! What the customer does on a page of the bank's or of Stripe's, told by a command in their place.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::charging::PaymentTerms;
use super::draft::Draft;
use super::microdeposits;
use super::test_cards::{self, CardDecline};
use super::transfer_payments;
use crate::api::change::ObjectChange;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};

/// What the customer answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CustomerAnswer {
    /// What waits for them: `pi_…`, `seti_…`, `cs_…`, `bps_…`, or the URL of a page.
    pub(crate) id: String,
    /// The decline that follows.
    pub(crate) decline: Option<String>,
}

/// The decline of a customer who does not prove who they are.
const NOT_PROVEN: &str = "authentication_failure";
/// Sessions of the portal, and where they are made.
const PORTAL_SESSION: &str = "billing_portal.session";
const PORTAL: &str = "/v1/billing_portal/sessions";

impl CustomerAnswer {
    /// The path of a call that is about what waits.
    pub(super) fn path(&self) -> Result<String> {
        let id = &self.id;
        let folder = match id.split_once('_').map(|(prefix, _)| prefix) {
            Some("pi") => "payment_intents",
            Some("seti") => "setup_intents",
            Some("cs") => "checkout/sessions",
            Some("bps") => return Ok(PORTAL.to_owned()),
            _ if id.starts_with("https://") => return Ok(PORTAL.to_owned()),
            _ => {
                let what = format!(
                    "an answer of the customer to `{id}`: it is no payment intent, setup \
                     intent, session of Checkout or of the portal, or URL of one"
                );
                return Err(RequestError::not_served(&what));
            }
        };
        let verb = if folder.starts_with("checkout") { "expire" } else { "confirm" };
        Ok(format!("/v1/{folder}/{id}/{verb}"))
    }

    /// Does what follows.
    pub(super) fn perform(&self, draft: &mut Draft<'_, '_>) -> Result<usize> {
        let kind = if self.id.starts_with("pi_") { "payment_intent" } else { "setup_intent" };
        let missing = || RequestError::missing(kind, &self.id);
        let intent = draft.find(kind, &self.id).ok_or_else(missing)?;
        if intent["status"] != "requires_action" {
            let status = intent["status"].as_str().unwrap_or_default();
            let message = format!("`{}` waits for nobody: its status is {status}", self.id);
            return Err(RequestError::wrong_state(None, message));
        }
        if transfer_payments::waits(&intent) {
            let message = format!(
                "`{}` waits for money: send it by \
                 POST /v1/test_helpers/customers/{}/fund_cash_balance",
                self.id,
                intent["customer"].as_str().unwrap_or_default()
            );
            return Err(RequestError::wrong_state(None, message));
        }
        if microdeposits::waits(&intent) {
            if self.decline.is_some() {
                return Err(RequestError::not_served("a decline of a bank account's verification"));
            }
            return draft.deposits_are_right(&intent);
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

    /// What the customer is about to change, on a page or elsewhere, and the id of what is shown of it.
    pub(super) fn changes(
        &self,
        inquiry: &Inquiry<'_>,
        page: Option<Value>,
    ) -> Result<(String, Vec<ObjectChange>)> {
        let mut draft = Draft::new(inquiry);
        let about = match page {
            None => {
                self.perform(&mut draft)?;
                self.id.clone()
            }
            Some(page) if page["object"] == PORTAL_SESSION => {
                if self.decline.is_some() {
                    return Err(RequestError::not_served("a decline in the portal"));
                }
                let number = draft.complete_portal(&page)?;
                draft.changes[number].id().to_owned()
            }
            Some(page) => {
                let id = page["id"].as_str().unwrap_or_default();
                draft.complete_session(id, self.decline.as_deref())?;
                id.to_owned()
            }
        };
        draft.follow_charges()?;
        Ok((about, draft.changes))
    }

    /// The session of Checkout or of the portal that is meant, by its id or by its URL.
    pub(super) fn page(&self, draft: &Draft<'_, '_>) -> Result<Option<Value>> {
        let is_url = self.id.starts_with("https://");
        let prefix = self.id.split('_').next().unwrap_or_default();
        for (kind, own) in [("checkout.session", "cs"), (PORTAL_SESSION, "bps")] {
            if is_url {
                let found = draft.every(kind, |session| session["url"] == self.id).pop();
                if found.is_some() {
                    return Ok(found);
                }
            } else if prefix == own {
                let missing = || RequestError::missing(kind, &self.id);
                return draft.find(kind, &self.id).ok_or_else(missing).map(Some);
            }
        }
        if is_url {
            let is_link = !draft.every("payment_link", |link| link["url"] == self.id).is_empty();
            let message = if is_link {
                "it is a payment link, of which each visit is a session of its own: make one by \
                 POST /v1/checkout/sessions, and pay that"
            } else {
                "no session of Checkout or of the portal has that URL"
            };
            return Err(RequestError::wrong_state(None, message.to_owned()));
        }
        Ok(None)
    }
}

/// The path of a call that is about a page, and names whose it is.
pub(super) fn path_of(page: &Value) -> String {
    let text = |name: &str| page[name].as_str().unwrap_or_default();
    if page["object"] == PORTAL_SESSION {
        format!("/v1/customers/{}", text("customer"))
    } else {
        format!("/v1/checkout/sessions/{}/expire", text("id"))
    }
}

impl Draft<'_, '_> {
    /// The customer does not prove who they are: nothing is charged.
    fn not_proven(&mut self, kind: &str, before: Value) -> usize {
        let id = before["payment_method"].as_str().unwrap_or_default();
        let method = self.find("payment_method", id).unwrap_or_default();
        let noun = if kind == "payment_intent" { "PaymentIntent" } else { "SetupIntent" };
        let message = format!(
            "The provided PaymentMethod has failed authentication. You can provide \
             payment_method_data or a new PaymentMethod to attempt to fulfill this {noun} again."
        );
        let code = format!("{kind}_authentication_failure");
        self.intent_fails(before, &method, (&code, &message))
    }

    /// A payment or a setup needs another payment method; returns where it is among the changes.
    pub(super) fn intent_fails(
        &mut self,
        before: Value,
        method: &Value,
        (code, message): (&str, &str),
    ) -> usize {
        let (field, event) = if before["object"] == "payment_intent" {
            ("last_payment_error", "payment_intent.payment_failed")
        } else {
            ("last_setup_error", "setup_intent.setup_failed")
        };
        let mut after = before.clone();
        after[field] = json!({
            "code": code,
            "doc_url": format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")),
            "message": message,
            "payment_method": method,
            "type": "invalid_request_error",
        });
        after["next_action"] = Value::Null;
        after["payment_method"] = Value::Null;
        after["status"] = "requires_payment_method".into();
        self.change((before, after), Some(event))
    }
}
