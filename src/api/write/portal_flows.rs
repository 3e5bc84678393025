//! What a session of the customer portal is for: one thing that the customer confirms there, or nothing in particular.

use serde_json::{Map, Value, json};

use super::action;
use super::draft::Draft;
use super::input::Input;
use super::portal::CONFIGURATION;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// The call that changes a subscription, and the one that ends it.
const UPDATE: &str = "POST /v1/subscriptions/{subscription_exposed_id}";
const CANCEL: &str = "DELETE /v1/subscriptions/{subscription_exposed_id}";
/// The types of flows that are about a subscription, and what each asks of the configuration.
const FEATURES: [(&str, &str, &str); 3] = [
    ("subscription_cancel", "subscription_cancel", "canceled"),
    ("subscription_update", "subscription_update", "updated"),
    ("subscription_update_confirm", "subscription_update", "updated"),
];

impl Draft<'_, '_> {
    /// The flow of a new session.
    pub(super) fn portal_flow(
        &self,
        given: &Value,
        (configuration, customer): (&Value, &Value),
    ) -> Result<Value> {
        let kind = given["type"].as_str().unwrap_or_default();
        for (name, feature, done) in FEATURES {
            if name != kind && given.get(name).is_some() {
                let message = format!("You may only specify `flow_data[{name}]` with that type.");
                return Err(RequestError::invalid(&format!("flow_data[{name}]"), message));
            }
            if name == kind {
                self.check_flow(&given[name], (name, customer))?;
                check_enabled(configuration, feature, done)?;
            }
        }
        let after = &given["after_completion"];
        let member = |name: &str| given.get(name).cloned().unwrap_or_default();
        let mut confirmed = member("subscription_update_confirm");
        let mut canceled = member("subscription_cancel");
        if confirmed.is_object() {
            confirmed["discounts"] = Value::Null;
            check_changes(&self.flow_subscription(&confirmed)?, &confirmed)?;
        }
        if canceled.is_object() {
            canceled["retention"] = Value::Null;
        }
        Ok(ordered(json!({
            "after_completion": {
                "hosted_confirmation": after["hosted_confirmation"],
                "redirect": after["redirect"],
                "type": after["type"].as_str().unwrap_or("portal_homepage"),
            },
            "customer_update": Value::Null,
            "subscription_cancel": canceled,
            "subscription_pause": Value::Null,
            "subscription_update": member("subscription_update"),
            "subscription_update_confirm": confirmed,
            "type": kind,
        })))
    }

    /// Whether the subscription is one of the customer's that goes on.
    fn check_flow(&self, flow: &Value, (kind, customer): (&str, &Value)) -> Result<()> {
        let subscription = self.flow_subscription(flow)?;
        let parameter = format!("flow_data[{kind}][subscription]");
        if subscription["customer"] != *customer {
            let id = subscription["id"].as_str().unwrap_or_default();
            return Err(RequestError::missing_in("subscription", id, &parameter));
        }
        let status = subscription["status"].as_str().unwrap_or_default();
        if ["canceled", "incomplete", "incomplete_expired"].contains(&status) {
            let what = format!("a flow of the portal for a subscription whose status is {status}");
            return Err(RequestError::not_served(&what));
        }
        if kind == "subscription_cancel" && !subscription["cancel_at"].is_null() {
            let message = "The subscription is already set to be canceled at period end.";
            return Err(RequestError::invalid(&parameter, message));
        }
        Ok(())
    }

    fn flow_subscription(&self, flow: &Value) -> Result<Value> {
        let id = flow["subscription"].as_str().unwrap_or_default();
        let missing = || RequestError::missing("subscription", id);
        self.find("subscription", id).ok_or_else(missing)
    }

    /// The customer does what the session is for; returns where the subscription is among the changes.
    pub(super) fn complete_portal(&mut self, session: &Value) -> Result<usize> {
        let flow = &session["flow"];
        let Some(kind) = flow["type"].as_str() else {
            let id = session["id"].as_str().unwrap_or_default();
            let message = format!(
                "`{id}` waits for nothing that devtool knows: it was made without `flow_data`. Make the change that \
                 the customer would make by the API, such as POST /v1/subscriptions/sub_…"
            );
            return Err(RequestError::wrong_state(None, message));
        };
        let configuration = session["configuration"].as_str().unwrap_or_default();
        let configuration = self.find(CONFIGURATION, configuration).unwrap_or_default();
        let features = &configuration["features"];
        match kind {
            "subscription_cancel" => {
                let subscription = self.flow_subscription(&flow[kind])?;
                self.cancel_in_portal(subscription, &features["subscription_cancel"])
            }
            "subscription_update_confirm" => {
                let subscription = self.flow_subscription(&flow[kind])?;
                let items = flow[kind]["items"].clone();
                self.update_in_portal(subscription, items, &features["subscription_update"])
            }
            other => {
                let what = format!("what the customer chooses in the portal ({other})");
                Err(RequestError::not_served(&what))
            }
        }
    }

    fn cancel_in_portal(&mut self, subscription: Value, feature: &Value) -> Result<usize> {
        if feature["mode"] == "immediately" {
            if feature["proration_behavior"] != "none" {
                let what = "to prorate a subscription that is canceled at once in the portal";
                return Err(RequestError::not_served(what));
            }
            let action = action::required(CANCEL)?;
            return self.update(action, &Map::new(), subscription);
        }
        let action = action::required(UPDATE)?;
        let items = subscription["items"]["data"].as_array().into_iter().flatten();
        let end = items.filter_map(|item| item["current_period_end"].as_i64()).max();
        // As docs.stripe.com/billing/subscriptions/billing-mode/compare says of the portal.
        let is_flexible = subscription["billing_mode"]["type"] == "flexible";
        let (name, value) = if is_flexible {
            ("cancel_at", json!(end))
        } else {
            ("cancel_at_period_end", true.into())
        };
        let input = Input::from_iter([(name.to_owned(), value)]);
        self.change_terms(action, &input, subscription)
    }

    fn update_in_portal(
        &mut self,
        subscription: Value,
        items: Value,
        feature: &Value,
    ) -> Result<usize> {
        if feature["billing_cycle_anchor"] == "now" {
            return Err(RequestError::not_served("billing_cycle_anchor=now in the portal"));
        }
        let action = action::required(UPDATE)?;
        let ends_trial =
            subscription["status"] == "trialing" && feature["trial_update_behavior"] == "end_trial";
        let mut input = Input::new();
        input.insert("items".to_owned(), items);
        input.insert("proration_behavior".to_owned(), feature["proration_behavior"].clone());
        if ends_trial {
            input.insert("trial_end".to_owned(), "now".into());
        }
        self.change_items_and_trial(action, &input, subscription)
    }
}

fn check_enabled(configuration: &Value, feature: &str, done: &str) -> Result<()> {
    if configuration["features"][feature]["enabled"] == true {
        return Ok(());
    }
    let shown = feature.replace('_', " ");
    let message = format!(
        "This subscription cannot be {done} because the {shown} feature in the portal \
         configuration is disabled."
    );
    Err(RequestError::wrong_state(None, message))
}

/// Whether there is something to confirm.
fn check_changes(subscription: &Value, flow: &Value) -> Result<()> {
    let known = |id: &Value| {
        let mut all = subscription["items"]["data"].as_array().into_iter().flatten();
        all.find(|item| item["id"] == *id).cloned().unwrap_or_default()
    };
    let is_same = |given: &Value| {
        let item = known(&given["id"]);
        let keeps = |name: &str, own: &Value| given.get(name).is_none_or(|wanted| wanted == own);
        keeps("price", &item["price"]["id"]) && keeps("quantity", &item["quantity"])
    };
    if !flow["items"].as_array().into_iter().flatten().all(is_same) {
        return Ok(());
    }
    let message = "Cannot update the subscription because there are no changes to confirm.";
    Err(RequestError::wrong_state(None, message.to_owned()))
}
