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
const CONFIGURATION: &str = "billing_portal.configuration";

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
        let name = format!("portal/{}", session["id"].as_str().unwrap_or_default());
        let drawn = self.inquiry.store.next_name(0).0.characters(&name, BASE62, 80);
        session["url"] = json!(format!("https://billing.stripe.com/p/session/test_{drawn}"));
        Ok(self.note(action, ChangeKind::Created, (Value::Null, ordered(session))))
    }

    /// The configuration that is named, else the account's own, which is made where there is none.
    fn configuration(&mut self, named: Option<&Value>) -> Result<Value> {
        if let Some(id) = named.and_then(Value::as_str) {
            let missing = || RequestError::missing_in(CONFIGURATION, id, "configuration");
            return self.find(CONFIGURATION, id).ok_or_else(missing);
        }
        if let Some(own) = self.every(CONFIGURATION, |known| known["is_default"] == true).pop() {
            return Ok(own);
        }
        let made = self.blank_beside(CONFIGURATION, "billing_portal.session")?;
        self.add(made.clone(), None);
        Ok(made)
    }
}
