//! Mandates: what customers have agreed to, one debit of their bank account or later ones as well.

use serde_json::{Value, json};

use super::draft::Draft;
use super::input::Input;
use super::test_accounts::DebitKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::event::id::CODE;

const MANDATE: &str = "mandate";
const MULTI_USE: &str = "multi_use";
/// The code and the message of <https://docs.stripe.com/error-codes#payment-intent-mandate-invalid>.
const INVALID: &str = "payment_intent_mandate_invalid";
const INVALID_MESSAGE: &str =
    "The provided mandate is invalid and can not be used for the payment intent.";
/// How many characters the reference of a mandate has.
const REFERENCE_LENGTH: usize = 16;

/// What is said of the mandate of a payment or a setup.
#[derive(Debug, Default)]
pub(super) struct MandateTerms {
    /// How the customer accepts one; `null` does not count.
    acceptance: Option<Value>,
    /// The one that is there already.
    named: Option<String>,
    /// Whether a call confirms it, and not an invoice that is due.
    is_of_call: bool,
}

impl MandateTerms {
    /// As a call says.
    pub(super) fn of(input: &Input) -> Self {
        let data = input.get("mandate_data");
        Self {
            acceptance: data.and_then(|data| data.get("customer_acceptance").cloned()),
            named: input.get(MANDATE).and_then(Value::as_str).map(str::to_owned),
            is_of_call: true,
        }
    }

    /// The customer accepts one on a page of Stripe's; from where, as in the catalogue.
    pub(super) fn on_page() -> Self {
        let online = json!({
            "ip_address": "203.0.113.24",
            "user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 \
                           (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
        });
        let acceptance = json!({"online": online, "type": "online"});
        Self { acceptance: Some(acceptance), ..Self::default() }
    }
}

impl Draft<'_, '_> {
    /// The mandate by which a payment or a setup goes on: the one that is named, that of the payment method, which has
    /// one for all that comes later, or a new one. Returns its id.
    pub(super) fn mandate_for(
        &mut self,
        intent: &Value,
        (method, kind): (&Value, &DebitKind),
        terms: &MandateTerms,
    ) -> Result<Value> {
        if let Some(id) = &terms.named {
            return self.named_mandate(id, method);
        }
        let is_setup = intent["object"] == "setup_intent";
        let is_kept = is_setup || intent["setup_future_usage"] == "off_session";
        if terms.is_of_call && is_kept && !is_setup && terms.acceptance.is_none() {
            let message = format!(
                "When confirming a PaymentIntent with a `{}` PaymentMethod and `setup_future_usage` \
                 value of off_session, `mandate_data` is required.",
                kind.name
            );
            return Err(self.refused_mandate(intent, message));
        }
        if let Some(known) = self.every(MANDATE, |own| is_usable(own, method)).pop() {
            return Ok(known["id"].clone());
        }
        let Some(acceptance) = &terms.acceptance else {
            let noun = if is_setup { "SetupIntent" } else { "PaymentIntent" };
            let message = format!(
                "This {noun} requires a mandate, but no existing mandate was found. Collect mandate \
                 acceptance from the customer and try again, providing acceptance data in the \
                 mandate_data parameter."
            );
            return Err(self.refused_mandate(intent, message));
        };
        let mut mandate = self.accepted(acceptance, (method, kind))?;
        if !is_kept {
            mandate["single_use"] =
                json!({"amount": intent["amount"], "currency": intent["currency"]});
            mandate["type"] = "single_use".into();
            mandate.as_object_mut().and_then(|members| members.shift_remove(MULTI_USE));
        }
        let id = mandate["id"].clone();
        self.add(mandate, None);
        Ok(id)
    }

    /// An error that shows the intent, where it was there before the call.
    fn refused_mandate(&self, intent: &Value, message: String) -> RequestError {
        let text = |name: &str| intent[name].as_str().unwrap_or_default();
        let error = RequestError::wrong_state(None, message);
        match self.inquiry.own(text("object"), text("id")) {
            Some(known) => error.with(text("object"), known.clone()),
            None => error,
        }
    }

    fn named_mandate(&self, id: &str, method: &Value) -> Result<Value> {
        let missing = || RequestError::missing_in(MANDATE, id, MANDATE);
        let mandate = self.find(MANDATE, id).ok_or_else(missing)?;
        if is_usable(&mandate, method) {
            return Ok(mandate["id"].clone());
        }
        Err(RequestError::invalid(MANDATE, INVALID_MESSAGE).coded(INVALID))
    }

    /// A mandate that the customer accepts in that way, for all that comes later.
    fn accepted(
        &mut self,
        acceptance: &Value,
        (method, kind): (&Value, &DebitKind),
    ) -> Result<Value> {
        let mut mandate = self.blank_beside(MANDATE, "payment_intent")?;
        let way = acceptance["type"].as_str().unwrap_or_default();
        let how = &acceptance[way];
        let said = if way == "online" {
            json!({"ip_address": how["ip_address"], "user_agent": how["user_agent"]})
        } else {
            json!({})
        };
        let moment = acceptance.get("accepted_at").cloned();
        let moment =
            moment.unwrap_or_else(|| mandate["customer_acceptance"]["accepted_at"].clone());
        mandate["customer_acceptance"] = json!({"accepted_at": moment, way: said, "type": way});
        mandate["payment_method"] = method["id"].clone();
        let details = self.mandate_details(kind, mandate["id"].as_str().unwrap_or_default());
        mandate["payment_method_details"] = json!({"type": kind.name, kind.name.as_str(): details});
        Ok(mandate)
    }

    /// What a mandate says of a kind of debit.
    fn mandate_details(&self, kind: &DebitKind, id: &str) -> Value {
        if kind.name != "sepa_debit" {
            return json!({});
        }
        let seed = self.inquiry.store.next_name(0).0;
        let drawn = |name: &str, length| seed.characters(&format!("{name}/{id}"), CODE, length);
        json!({
            "reference": drawn("reference", REFERENCE_LENGTH),
            "url": format!("https://hooks.stripe.com/adapter/sepa_debit/file/{}", drawn("page", 40)),
        })
    }
}

/// Whether a payment method can be debited once more by a mandate.
fn is_usable(mandate: &Value, method: &Value) -> bool {
    mandate["payment_method"] == method["id"]
        && mandate["status"] == "active"
        && mandate["type"] == MULTI_USE
}
