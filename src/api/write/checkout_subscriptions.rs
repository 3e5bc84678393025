//! Subscriptions that begin in Checkout: with the first payment, which is made before they are there.

use serde_json::{Map, Value, json};

use super::action;
use super::charging::PaymentTerms;
use super::draft::Draft;
use super::input::Input;
use super::sums;
use crate::api::change::ObjectChange;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

impl Draft<'_, '_> {
    /// A subscription: since basil, its payment comes first.
    pub(super) fn subscribe(&mut self, mut session: Value, terms: &PaymentTerms) -> Result<usize> {
        let before = session.clone();
        self.find_customer(&mut session, true)?;
        let may_be_none = session["payment_method_collection"] == "if_required";
        let method = if may_be_none && session["amount_total"] == 0 {
            Value::Null
        } else {
            self.card_of(&session, terms)?
        };
        if !method.is_null() && method["type"] != "card" {
            return Err(RequestError::not_served("a subscription that is paid by a bank account"));
        }
        self.recount_first_part(&mut session, &method)?;
        let is_free = session["amount_total"] == 0;
        let mut intent = Value::Null;
        if is_free {
            if let Some(decline) = terms.decline {
                let decline = RequestError::of_decline(decline);
                return Err(RequestError::wrong_state(None, decline.message));
            }
        } else {
            let Some(paid) = self.pay_session(&session, &method, terms)? else {
                return Ok(self.tell(before, None));
            };
            intent = paid;
        }
        let method = self.find("payment_method", method["id"].as_str().unwrap_or_default());
        if let Some(method) = &method {
            self.attach(method.clone(), &session["customer"])?;
        }
        let method = method.unwrap_or_default();
        let (subscription, late) = self.subscription_of(&session, &method, &intent)?;
        session["subscription"] = subscription["id"].clone();
        session["invoice"] = subscription["latest_invoice"].clone();
        session["payment_status"] = if is_free { "no_payment_required" } else { "paid" }.into();
        let number = self.session_is_complete(before, session);
        self.changes.extend(late);
        self.tell_of_short_trial(subscription);
        Ok(number)
    }

    /// The subscription of a session, with its invoice, which is paid already; and what happens last.
    fn subscription_of(
        &mut self,
        session: &Value,
        method: &Value,
        intent: &Value,
    ) -> Result<(Value, Option<ObjectChange>)> {
        let action = action::required("POST /v1/subscriptions")?;
        let input = self.wanted_subscription(session, method);
        let mut subscription = self.new_subscription(action, &input)?;
        if self.begins_free(&subscription) && !input.contains_key("add_invoice_items") {
            self.add(subscription.clone(), action.call.event.as_deref());
            return Ok((subscription, None));
        }
        self.add_invoice_items(&input, &subscription)?;
        let invoice = self.first_invoice(&mut subscription)?;
        if invoice["amount_due"].as_i64() != Some(intent["amount"].as_i64().unwrap_or_default()) {
            let what =
                "a session whose customer has a balance or a discount, or other items to pay";
            return Err(RequestError::not_served(what));
        }
        self.add(subscription.clone(), action.call.event.as_deref());
        self.add(invoice.clone(), Some("invoice.created"));
        let open = self.finalize(&Value::Null, invoice, None)?;
        if intent.is_null() {
            return Ok((subscription, None));
        }
        let payment = self.link_payment(&open, &intent["id"], true)?;
        self.invoice_was_paid(&open, &payment);
        let late =
            self.changes.pop_if(|change| change.event.as_deref() == Some("invoice_payment.paid"));
        Ok((subscription, late))
    }

    /// The part of a period with which a subscription begins may be another one by the time that the customer pays.
    fn recount_first_part(&mut self, session: &mut Value, method: &Value) -> Result<()> {
        let data = self.subscription_data(session);
        if !data["billing_cycle_anchor"].is_i64() || data["proration_behavior"] == "none" {
            return Ok(());
        }
        let from = self.changes.len();
        let action = action::required("POST /v1/subscriptions")?;
        let input = self.wanted_subscription(session, method);
        let mut subscription = self.new_subscription(action, &input)?;
        self.add_invoice_items(&input, &subscription)?;
        let invoice = self.first_invoice(&mut subscription)?;
        self.changes.truncate(from);
        session["amount_subtotal"] = invoice["subtotal"].clone();
        session["amount_total"] = invoice["total"].clone();
        let sum = |name: &str| {
            let all = invoice[name].as_array().into_iter().flatten();
            sums::total(all.filter_map(|one| one["amount"].as_i64()))
        };
        session["total_details"]["amount_discount"] = sum("total_discount_amounts").into();
        session["total_details"]["amount_tax"] = sum("total_taxes").into();
        Ok(())
    }

    fn subscription_data(&self, session: &Value) -> Value {
        let id = session["id"].as_str().unwrap_or_default();
        self.inquiry.store.hidden(id).cloned().unwrap_or_default()["subscription_data"].clone()
    }

    /// What the call that makes the subscription would say.
    fn wanted_subscription(&self, session: &Value, method: &Value) -> Input {
        let mut input: Input =
            self.subscription_data(session).as_object().cloned().unwrap_or_else(Map::new);
        let items = self.items_of(session);
        let rates = self.inquiry.store.hidden(session["id"].as_str().unwrap_or_default());
        let rates = rates.cloned().unwrap_or_default();
        let mut lists = [("items", Vec::new()), ("add_invoice_items", Vec::new())];
        for (at, item) in items.iter().enumerate() {
            let is_sold_once = item["price"]["type"] == "one_time";
            let mut wanted = json!({"price": item["price"]["id"], "quantity": item["quantity"]});
            if let Some(rates) =
                Some(&rates["line_items"][at]["tax_rates"]).filter(|r| !r.is_null())
            {
                wanted["tax_rates"] = rates.clone();
            }
            lists[usize::from(is_sold_once)].1.push(wanted);
        }
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        input.extend(lists.map(|(name, list)| (name.to_owned(), Value::Array(list))));
        input.insert("customer".to_owned(), session["customer"].clone());
        if !method.is_null() {
            input.insert("default_payment_method".to_owned(), method["id"].clone());
        }
        if session["discounts"][0].is_object() {
            let one = session["discounts"][0].as_object().cloned().unwrap_or_default();
            let one: Map<String, Value> = one.into_iter().filter(|(_, id)| !id.is_null()).collect();
            input.insert("discounts".to_owned(), json!([one]));
        }
        input
    }
}
