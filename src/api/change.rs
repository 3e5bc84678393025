//! Updates of metadata: kept, seen by later calls, and told by no event.

use serde_json::{Map, Value, json};

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::inquiry::{Inquiry, Result};
use super::sent::Account;
use super::store::ApiStore;

/// The objects whose metadata handlers change.
const TAKEN: [&str; 5] = ["charge", "customer", "invoice", "payment_intent", "subscription"];

/// What a call changes in an object.
#[derive(Debug)]
pub(super) struct MetadataChange {
    pub(super) kind: String,
    pub(super) id: String,
    /// By key; null for one that goes.
    pub(super) metadata: Map<String, Value>,
}

impl Inquiry<'_> {
    /// The change that an update asks for, where it is one of metadata alone.
    pub(super) fn change(&self, kinds: &[String]) -> Result<MetadataChange> {
        let taken = kinds.first().filter(|kind| TAKEN.contains(&kind.as_str()));
        let mut names = self.parameters.iter().map(|parameter| parameter.name[0].as_str());
        let is_metadata = names.all(|name| name == "metadata" || name == "expand");
        let (Some(kind), true) = (taken, is_metadata) else { return Err(self.not_served()) };
        if !self.request.body.is_empty() && !self.request.is_form() {
            return Err(RequestError::no_form());
        }
        let state = self.retrieve(kinds)?;
        let mut metadata = Map::new();
        if self.parameters.get("metadata") == Some("") {
            let known = self.seen(state).unwrap_or_default();
            let keys = known["metadata"].as_object().into_iter().flat_map(Map::keys);
            metadata.extend(keys.map(|key| (key.clone(), Value::Null)));
        } else if self.parameters.get("metadata").is_some() {
            return Err(RequestError::invalid("metadata", "Invalid hash"));
        }
        for (rest, value) in self.parameters.below("metadata") {
            let [key] = rest else {
                let message = "Metadata values must be strings, but a value was a hash.";
                return Err(RequestError::invalid("metadata", message));
            };
            let value = if value.is_empty() { Value::Null } else { value.into() };
            metadata.insert(key.clone(), value);
        }
        let id = self.route.id.unwrap_or_default().to_owned();
        Ok(MetadataChange { kind: kind.clone(), id, metadata })
    }

    /// The object after its change.
    pub(super) fn changed(&self, kinds: &[String]) -> Result<ApiAnswer> {
        let state = self.retrieve(kinds)?;
        self.whole(state)
    }
}

impl ApiStore {
    /// Makes a change that a call asks for.
    pub(super) fn change(&mut self, account: &Account, change: &MetadataChange) {
        let objects = self.objects_mut(account);
        let Some(state) = objects.and_then(|all| all.find_mut(&change.kind, &change.id)) else {
            return;
        };
        let known = state.metadata.get_or_insert_with(|| json!({}));
        if let Some(known) = known.as_object_mut() {
            known.extend(change.metadata.clone());
        }
    }
}
