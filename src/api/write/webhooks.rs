//! Webhook endpoints: made, changed, switched off. What calls cause goes to them, too (`crate::api::webhooks`).

use serde_json::{Map, Value, json};

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::api::object::ObjectState;
use crate::api::webhooks::{KIND, SECRET};
use crate::delivery::Endpoint;
use crate::event::id::BASE62;
use crate::protocol::ordered;

/// How many an account may have in test mode.
const MOST: usize = 16;
/// How long a secret is behind its prefix, as Stripe's are.
const SECRET_LENGTH: usize = 32;

impl Draft<'_, '_> {
    pub(super) fn create_webhook(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        check(input)?;
        self.check_version(input)?;
        let is_there = |state: &&ObjectState| !state.is_deleted;
        if self.inquiry.states(KIND).filter(is_there).count() >= MOST {
            let message = format!("You have reached the maximum of {MOST} test webhook endpoints.");
            return Err(RequestError::wrong_state(None, message));
        }
        let object = self.new_object(action, input)?;
        let seed = self.inquiry.store.next_name(0).0;
        let id = object["id"].as_str().unwrap_or_default();
        let drawn = seed.characters(&format!("webhook/{id}"), BASE62, SECRET_LENGTH);
        let secret = Value::from(format!("whsec_{drawn}"));
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(object)));
        self.changes[number].hidden = json!({SECRET: secret});
        self.told_once = Map::from_iter([(SECRET.to_owned(), secret)]);
        Ok(number)
    }

    pub(super) fn update_webhook(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        check(input)?;
        let before = self.known(action)?;
        let mut after = before.clone();
        action.apply(input, &mut after);
        if let Some(is_off) = input.get("disabled") {
            after["status"] = if *is_off == true { "disabled" } else { "enabled" }.into();
        }
        Ok(self.note(action, ChangeKind::Updated, (before, ordered(after))))
    }

    /// The events are those of this API, whatever version an endpoint asks for.
    fn check_version(&self, input: &Input) -> Result<()> {
        let own = self.inquiry.store.calls.api_version.as_str();
        match input.get("api_version") {
            Some(version) if *version != own => {
                let what = format!("webhook endpoints of another API version than {own}");
                Err(RequestError::not_served(&what))
            }
            _ => Ok(()),
        }
    }
}

fn check(input: &Input) -> Result<()> {
    if let Some(url) = input.get("url").and_then(Value::as_str) {
        let has_scheme = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
        let message = if !has_scheme {
            "Invalid URL: An explicit scheme (such as https) must be provided."
        } else if Endpoint::read(url).is_err() {
            "Not a valid URL"
        } else {
            ""
        };
        if !message.is_empty() {
            return Err(RequestError::invalid("url", message).coded("url_invalid"));
        }
    }
    if input.get("enabled_events").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        return Err(RequestError::empty_parameter("enabled_events"));
    }
    Ok(())
}
