//! Sessions of the customer portal, by a configuration.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::event::id::BASE62;
use crate::protocol::ordered;

/// The type of configurations.
pub(super) const CONFIGURATION: &str = "billing_portal.configuration";

impl Draft<'_, '_> {
    pub(super) fn create_portal(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let configuration = self.configuration(input.get("configuration"))?;
        let mut session = self.new_object(action, input)?;
        session["configuration"] = configuration["id"].clone();
        if session["return_url"].is_null() {
            session["return_url"] = configuration["default_return_url"].clone();
        }
        if let Some(given) = input.get("flow_data") {
            session["flow"] = self.portal_flow(given, (&configuration, &session["customer"]))?;
        }
        let name = format!("portal/{}", session["id"].as_str().unwrap_or_default());
        let drawn = self.inquiry.store.next_name(0).0.characters(&name, BASE62, 80);
        session["url"] = json!(format!("https://billing.stripe.com/p/session/test_{drawn}"));
        Ok(self.note(action, ChangeKind::Created, (Value::Null, ordered(session))))
    }

    /// The configuration that is named, else the account's own, which is made where there is none.
    fn configuration(&mut self, named: Option<&Value>) -> Result<Value> {
        if let Some(id) = named.and_then(Value::as_str) {
            let missing = || RequestError::missing_in(CONFIGURATION, id, "configuration");
            let found = self.find(CONFIGURATION, id).ok_or_else(missing)?;
            if found["active"] == false {
                let message = format!("The configuration `{id}` is not active.");
                return Err(RequestError::invalid("configuration", message));
            }
            return Ok(found);
        }
        if let Some(own) = self.every(CONFIGURATION, |known| known["is_default"] == true).pop() {
            return Ok(own);
        }
        let mut made = self.blank(CONFIGURATION)?;
        made["is_default"] = true.into();
        made["features"] = own_features();
        self.add(made.clone(), None);
        Ok(made)
    }
}

/// What the customer can do in the portal by the account's own configuration: all that a flow may be about.
fn own_features() -> Value {
    let reasons = ["too_expensive", "unused", "other"];
    json!({
        "customer_update": {"allowed_updates": ["address", "email", "phone"], "enabled": true},
        "invoice_history": {"enabled": true},
        "payment_method_update": {"enabled": true, "payment_method_configuration": null},
        "subscription_cancel": {
            "cancellation_reason": {"enabled": true, "feedback_options": null, "options": reasons},
            "enabled": true,
            "mode": "at_period_end",
            "proration_behavior": "none",
        },
        "subscription_pause": {
            "duration": {"interval_options": [], "type": "indefinite"},
            "enabled": false,
        },
        "subscription_update": {
            "billing_cycle_anchor": "unchanged",
            "default_allowed_updates": ["price", "quantity"],
            "enabled": true,
            "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "end_trial",
        },
    })
}
