//! Updates of metadata: kept, seen by later calls, and told by no event.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::inquiry::{Inquiry, Result};
use super::object::ObjectState;
use super::sent::Account;
use super::store::ApiStore;

/// The objects whose metadata handlers change.
const TAKEN: [&str; 5] = ["charge", "customer", "invoice", "payment_intent", "subscription"];

/// How many keys an object's metadata may have, and how many characters each, and a value: as at Stripe.
const MOST_KEYS: usize = 50;
const LONGEST_KEY: usize = 40;
const LONGEST_VALUE: usize = 500;

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
        let mut known = self.seen(self.retrieve(kinds)?).unwrap_or_default();
        let known = known["metadata"].take();
        let known = known.as_object().cloned().unwrap_or_default();
        let metadata = self.metadata_change(&known)?;
        let after = known.keys().chain(metadata.keys()).collect::<BTreeSet<_>>().into_iter();
        let count = after.filter(|key| metadata.get(*key) != Some(&Value::Null)).count();
        if count > MOST_KEYS && count > known.len() {
            return Err(RequestError::much_metadata(count, MOST_KEYS));
        }
        let id = self.route.id.unwrap_or_default().to_owned();
        Ok(MetadataChange { kind: kind.clone(), id, metadata })
    }

    /// What becomes of an object's metadata, by key; null for one that goes.
    fn metadata_change(&self, known: &Map<String, Value>) -> Result<Map<String, Value>> {
        let mut metadata = Map::new();
        match self.parameters.get("metadata") {
            Some("") => metadata.extend(known.keys().map(|key| (key.clone(), Value::Null))),
            Some(_) => return Err(RequestError::invalid("metadata", "Invalid hash")),
            None => {}
        }
        for (rest, value) in self.parameters.below("metadata") {
            let [key] = rest else {
                let message = "Metadata values must be strings, but a value was a hash.";
                return Err(RequestError::invalid("metadata", message));
            };
            for (what, text, most) in
                [("key", key.as_str(), LONGEST_KEY), ("value", value, LONGEST_VALUE)]
            {
                if text.chars().count() > most {
                    return Err(RequestError::long_metadata(what, text, most));
                }
            }
            let value = if value.is_empty() { Value::Null } else { value.into() };
            metadata.insert(key.clone(), value);
        }
        Ok(metadata)
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
        let has = |state: &ObjectState, key: &str| state.own()["metadata"].get(key).is_some();
        let mut changes = state.metadata.take().unwrap_or_default();
        changes.extend(change.metadata.clone());
        // What the object lacks needs no removal.
        changes.retain(|key, value| !value.is_null() || has(state, key));
        state.metadata = Some(changes);
    }
}
