//! Schedules of subscriptions: let go, so that the subscription goes on by itself.

use serde_json::Value;

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use crate::api::inquiry::Result;

impl Draft<'_, '_> {
    pub(super) fn release_schedule(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        let subscription = before["subscription"].as_str().unwrap_or_default().to_owned();
        let number = self.update(action, input, before)?;
        if let Some(before) = self.find("subscription", &subscription)
            && before["schedule"] == self.changes[number].after["id"]
        {
            let mut after = before.clone();
            after["schedule"] = Value::Null;
            if input.get("preserve_cancel_date") == Some(&false.into()) {
                after["cancel_at"] = Value::Null;
            }
            self.change((before, after), Some("customer.subscription.updated"));
        }
        Ok(number)
    }
}
