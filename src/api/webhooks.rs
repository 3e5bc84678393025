//! Webhook endpoints that calls have made: what calls cause goes there, too, signed with the endpoint's own secret.

use serde_json::Value;

use super::object::ObjectState;
use super::sent::Account;
use super::store::ApiStore;
use super::webhook_destination::WebhookDestination;
use crate::config::Secret;

/// The type of such an object, and what takes all events.
pub(super) const KIND: &str = "webhook_endpoint";
const ALL: &str = "*";
/// Where its secret stands, which only its creation shows.
pub(super) const SECRET: &str = "secret";

impl ApiStore {
    /// The webhook endpoints of an account that events of a type go to, the oldest first.
    pub(super) fn webhooks(&self, account: &Account, name: &str) -> Vec<WebhookDestination> {
        let states = self.objects(account).into_iter().flat_map(|all| all.all(KIND));
        let wanted = states.filter(|state| !state.is_deleted).map(ObjectState::own);
        let wanted = wanted.filter(|own| own["status"] == "enabled" && takes(own, name));
        wanted.filter_map(|own| self.destination(own)).collect()
    }

    /// The webhook endpoint of an account that has that id, whatever types it takes.
    pub(super) fn webhook(&self, account: &Account, id: &str) -> Option<WebhookDestination> {
        let found = self.objects(account)?.find(&[KIND.to_owned()], id)?;
        self.destination(found.own()).filter(|_| !found.is_deleted)
    }

    fn destination(&self, own: &Value) -> Option<WebhookDestination> {
        let id = own["id"].as_str()?;
        let secret = Secret::parse(self.hidden(id)?[SECRET].as_str()?).ok()?;
        Some(WebhookDestination { id: id.to_owned(), url: own["url"].as_str()?.to_owned(), secret })
    }
}

fn takes(own: &Value, name: &str) -> bool {
    let mut types = own["enabled_events"].as_array().into_iter().flatten();
    types.any(|known| known == ALL || known == name)
}
