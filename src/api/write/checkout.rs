//! The customer pays in a Checkout Session: what Stripe does then, in its order.

use serde_json::{Value, json};

use super::charging::PaymentTerms;
use super::draft::Draft;
use super::mandates::MandateTerms;
use super::page_answers;
use super::payment_kinds;
use super::test_accounts::{self, DebitKind};
use super::test_cards::{self, CardDecline};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// The card that is paid by.
const CARD: &str = "pm_card_visa";
/// Who pays, where the session does not know.
const NAME: &str = "Mara Lindqvist";
const EMAIL: &str = "mara.lindqvist@example.com";

impl Draft<'_, '_> {
    /// The customer pays in a session, or tries to.
    pub(super) fn complete_session(&mut self, id: &str, decline: Option<&str>) -> Result<usize> {
        let session = self.find("checkout.session", id);
        let session = session.ok_or_else(|| RequestError::missing("checkout.session", id))?;
        if session["status"] != "open" {
            let status = session["status"].as_str().unwrap_or_default();
            let message = format!("`{id}` waits for nobody: its status is {status}");
            return Err(RequestError::wrong_state(None, message));
        }
        if session["amount_total"] == 0 && session["mode"] == "payment" {
            return Err(RequestError::not_served("a session of nothing"));
        }
        let (decline, failure) = asked_failure(&session, decline)?;
        let mandate = MandateTerms::on_page();
        let terms =
            PaymentTerms { decline, failure, is_on_page: true, mandate, ..PaymentTerms::default() };
        match session["mode"].as_str() {
            Some("payment") => self.buy(session, &terms),
            Some("setup") => self.save_card(session, &terms),
            _ => self.subscribe(session, &terms),
        }
    }

    /// One payment.
    fn buy(&mut self, mut session: Value, terms: &PaymentTerms) -> Result<usize> {
        let before = session.clone();
        self.find_customer(&mut session, before["customer_creation"] == "always")?;
        let method = self.card_of(&session, terms)?;
        let Some(intent) = self.pay_session(&session, &method, terms)? else {
            return Ok(self.tell(before, None));
        };
        let late = self.changes.pop_if(|change| change.event.as_deref() == Some("charge.updated"));
        session["payment_intent"] = intent["id"].clone();
        // A debit takes days.
        let is_paid = intent["status"] == "succeeded";
        session["payment_status"] = if is_paid { "paid" } else { "unpaid" }.into();
        let number = self.session_is_complete(before, session);
        self.changes.extend(late);
        Ok(number)
    }

    /// A card for later.
    fn save_card(&mut self, mut session: Value, terms: &PaymentTerms) -> Result<usize> {
        let before = session.clone();
        self.find_customer(&mut session, before["customer_creation"] == "always")?;
        let method = self.card_of(&session, terms)?;
        let intent =
            self.find("setup_intent", session["setup_intent"].as_str().unwrap_or_default());
        let mut intent = intent.ok_or_else(|| self.inquiry.not_served())?;
        intent["customer"] = session["customer"].clone();
        let done = self.set_up(&intent, &method, terms)?;
        self.refusal = None;
        if self.changes[done].after["status"] != "succeeded" {
            return Ok(self.tell(before, None));
        }
        Ok(self.session_is_complete(before, session))
    }

    /// What is on sale in a session, in its order.
    pub(super) fn items_of(&self, session: &Value) -> Vec<Value> {
        let id = session["id"].as_str();
        let states = self.inquiry.states("item").filter(|state| state.owner.as_deref() == id);
        states.map(|state| state.own().clone()).collect()
    }

    /// Charges the card; `None` where it was declined, and the session stays open.
    pub(super) fn pay_session(
        &mut self,
        session: &Value,
        method: &Value,
        terms: &PaymentTerms,
    ) -> Result<Option<Value>> {
        let mut intent = self.blank("payment_intent")?;
        let hidden = self.inquiry.store.hidden(session["id"].as_str().unwrap_or_default());
        let data = hidden.map(|hidden| hidden["payment_intent_data"].clone()).unwrap_or_default();
        for (field, value) in data.as_object().into_iter().flatten() {
            intent[field.as_str()] =
                if field == "shipping" { whole_shipping(value) } else { value.clone() };
        }
        if let Some(shipping) = self.ship_to(session) {
            intent["shipping"] = whole_shipping(&shipping);
        }
        if session["mode"] == "subscription" {
            intent["capture_method"] = "automatic".into();
            intent["description"] = "Subscription creation".into();
        }
        for (field, of_session) in
            [("amount", "amount_total"), ("currency", "currency"), ("customer", "customer")]
        {
            intent[field] = session[of_session].clone();
        }
        intent["payment_method_types"] = session["payment_method_types"].clone();
        let usual = intent["payment_method_options"].take();
        intent["payment_method_options"] = payment_kinds::options_of(session, &usual);
        self.add(intent.clone(), Some("payment_intent.created"));
        let paid = self.pay(&intent, method, terms)?;
        self.refusal = None;
        let intent = self.changes[paid].after.clone();
        if intent["status"] == "requires_action" {
            return Err(RequestError::not_served("a card in Checkout that the bank asks about"));
        }
        Ok(Some(intent).filter(|intent| intent["status"] != "requires_payment_method"))
    }

    pub(super) fn session_is_complete(&mut self, before: Value, mut after: Value) -> usize {
        after["customer_details"] = self.details_of(&after);
        if let Some(shipping) = self.ship_to(&after) {
            after["collected_information"]["shipping_details"] = shipping;
        }
        page_answers::answer(&mut after);
        after["status"] = "complete".into();
        after["url"] = Value::Null;
        self.change((before, after), Some("checkout.session.completed"))
    }

    /// A session that was complete but unpaid is paid, once its payment is: a debit failed, and the app has taken a card.
    pub(super) fn session_is_paid(&mut self, paid: usize) {
        let intent = &self.changes[paid].after["id"];
        let waits =
            |own: &Value| own["payment_intent"] == *intent && own["payment_status"] == "unpaid";
        let Some(before) = self.every("checkout.session", waits).pop() else { return };
        let mut after = before.clone();
        after["payment_status"] = "paid".into();
        self.change((before, after), None);
    }

    /// The customer of a session, who is a new one where it has none.
    pub(super) fn find_customer(&mut self, session: &mut Value, is_made: bool) -> Result<()> {
        if !session["customer"].is_null() || !is_made {
            return Ok(());
        }
        let details = self.details_of(session);
        let mut customer = self.blank("customer")?;
        for field in ["address", "email", "name"] {
            customer[field] = details[field].clone();
        }
        if let Some(shipping) = self.ship_to(session) {
            customer["shipping"] = json!({
                "address": shipping["address"], "name": shipping["name"], "phone": null,
            });
        }
        session["customer"] = customer["id"].clone();
        self.add(customer, Some("customer.created"));
        Ok(())
    }

    /// What the customer has said of themselves.
    pub(super) fn details_of(&self, session: &Value) -> Value {
        let customer = self.find("customer", session["customer"].as_str().unwrap_or_default());
        let customer = customer.unwrap_or_default();
        let first = |known: [&Value; 2], usual: &str| {
            let known = known.into_iter().find(|value| value.is_string());
            known.cloned().unwrap_or_else(|| usual.into())
        };
        let address = json!({
            "city": "Portland", "country": "US", "line1": "418 Alder Street", "line2": null,
            "postal_code": "97204", "state": "OR",
        });
        let known = Some(customer["address"].clone()).filter(Value::is_object);
        json!({
            "address": known.unwrap_or(address),
            "business_name": null,
            "email": first([&customer["email"], &session["customer_email"]], EMAIL),
            "individual_name": null,
            "name": first([&customer["name"], &Value::Null], NAME),
            "phone": null,
            "tax_exempt": "none",
            "tax_ids": [],
        })
    }

    /// The card that is put in.
    pub(super) fn card_of(&mut self, session: &Value, terms: &PaymentTerms) -> Result<Value> {
        if let Some(id) = self.put_in.clone() {
            return self.method(&id, "payment_method");
        }
        let mut method = self.usual_on_page(session, terms)?;
        let details = self.details_of(session);
        let before = method.clone();
        for field in ["address", "email", "name"] {
            method["billing_details"][field] = details[field].clone();
        }
        self.change((before, method.clone()), None);
        Ok(method)
    }
}

impl Draft<'_, '_> {
    /// What customers pay by on a page where nothing is said: a card, or what the session takes instead.
    fn usual_on_page(&mut self, session: &Value, terms: &PaymentTerms) -> Result<Value> {
        let number = |kind: &'static DebitKind| match terms.failure.as_deref() {
            Some(code) => kind.failing(code),
            None => kind.usual(),
        };
        let kind = debit_of(session);
        if let Some((kind, number)) = kind.and_then(|kind| Some((kind, number(kind)?))) {
            let method = self.account_method(&kind.name, number)?;
            self.add(method.clone(), None);
            return Ok(method);
        }
        let card = test_cards::named(CARD, "pm_card_").ok_or_else(|| self.inquiry.not_served())?;
        self.test_method(card)
    }
}

/// The kind of debit that customers pay by in a session where nothing is said.
fn debit_of(session: &Value) -> Option<&'static DebitKind> {
    session["payment_method_types"][0].as_str().and_then(test_accounts::kind)
}

/// How a payment fails in a session where that is asked for: by a card that is declined, or a debit that fails later.
fn asked_failure(
    session: &Value,
    code: Option<&str>,
) -> Result<(Option<&'static CardDecline>, Option<String>)> {
    let Some(code) = code else { return Ok((None, None)) };
    let Some(kind) = debit_of(session) else {
        let message = format!("there is no decline code `{code}`");
        let unknown = || RequestError::wrong_state(None, message);
        return Ok((Some(test_cards::decline(code).ok_or_else(unknown)?), None));
    };
    if kind.failing(code).is_none() {
        let known: Vec<&str> = kind.failures().into_iter().collect();
        let message =
            format!("no `{}` fails with the code `{code}`, but: {}", kind.name, known.join(", "));
        return Err(RequestError::wrong_state(None, message));
    }
    if session["mode"] == "setup" {
        return Err(RequestError::not_served("a decline of a bank account that is saved"));
    }
    Ok((None, Some(code.to_owned())))
}

/// Where something is shipped to, with what was not said of it.
fn whole_shipping(given: &Value) -> Value {
    let address = &given["address"];
    json!({
        "address": {
            "city": address["city"], "country": address["country"], "line1": address["line1"],
            "line2": address["line2"], "postal_code": address["postal_code"], "state": address["state"],
        },
        "carrier": given["carrier"],
        "name": given["name"],
        "phone": given["phone"],
        "tracking_number": given["tracking_number"],
    })
}
