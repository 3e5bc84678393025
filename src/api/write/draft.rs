//! What a call is about to change: worked out before anything is done, so that what is refused leaves no trace.

use serde_json::{Map, Value};

use super::action::{self, Deed, WriteAction};
use crate::api::change::{ChangeKind, ObjectChange};
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::event::Catalogue;
use crate::event::id::{BASE62, CODE};
use crate::protocol::ordered;

/// What a call is about to change, in the order in which it happens.
pub(super) struct Draft<'i, 'a> {
    inquiry: &'i Inquiry<'a>,
    /// How many ids were drawn.
    drawn: u64,
    pub(super) changes: Vec<ObjectChange>,
}

impl<'i, 'a> Draft<'i, 'a> {
    pub(super) const fn new(inquiry: &'i Inquiry<'a>) -> Self {
        Self { inquiry, drawn: 0, changes: Vec::new() }
    }

    /// Does what a call says; returns where the object that it is about is among the changes.
    pub(super) fn perform(
        &mut self,
        action: &WriteAction,
        input: &Map<String, Value>,
    ) -> Result<usize> {
        action.check(self.inquiry, input)?;
        match action.call.does {
            Deed::Create => self.create(action, input),
            Deed::Update => self.update(action, input),
            Deed::Delete => self.delete(action),
        }
    }

    fn create(&mut self, action: &WriteAction, input: &Map<String, Value>) -> Result<usize> {
        let mut links = Map::new();
        for (parameter, inner) in &action.call.with {
            let Some(Value::Object(input)) = input.get(parameter) else { continue };
            let by = action::named(&inner.by).ok_or_else(|| self.inquiry.not_served())?;
            let made = self.perform(by, input)?;
            links.insert(inner.field.clone(), self.changes[made].after["id"].clone());
        }
        let id = self.new_id(action, input)?;
        let mut object = Value::Object(action.object.new.clone());
        self.fill(&mut object, &id);
        action.apply(input, &mut object);
        object.as_object_mut().into_iter().for_each(|members| members.extend(links.clone()));
        derive(action.object.kind, &mut object);
        action.check_unique(self.inquiry, &object)?;
        Ok(self.note(action, ChangeKind::Created, (Value::Null, ordered(object))))
    }

    fn update(&mut self, action: &WriteAction, input: &Map<String, Value>) -> Result<usize> {
        let before = self.known()?;
        let mut after = before.clone();
        action.apply(input, &mut after);
        action.check_unique(self.inquiry, &after)?;
        let after = self.with_set(action, &before, after);
        Ok(self.note(action, ChangeKind::Updated, (before, after)))
    }

    fn delete(&mut self, action: &WriteAction) -> Result<usize> {
        let before = self.known()?;
        action.check_kept(self.inquiry, before["id"].as_str().unwrap_or_default())?;
        let after = self.with_set(action, &Value::Null, before.clone());
        Ok(self.note(action, ChangeKind::Deleted, (before, after)))
    }

    /// The object that the path names.
    fn known(&self) -> Result<Value> {
        let kinds = self.inquiry.kinds_of_path()?;
        let state = self.inquiry.retrieve(&kinds)?;
        if state.is_deleted {
            let (kind, id) = (state.kind(), state.own()["id"].as_str().unwrap_or_default());
            return Err(RequestError::missing(kind, id));
        }
        Ok(state.own().clone())
    }

    /// With what the call sets besides, where it changes something.
    fn with_set(&self, action: &WriteAction, before: &Value, mut after: Value) -> Value {
        if *before == after {
            return after;
        }
        let id = after["id"].as_str().unwrap_or_default().to_owned();
        for (name, value) in &action.call.set {
            let mut value = value.clone();
            self.fill(&mut value, &id);
            after[name] = value;
        }
        ordered(after)
    }

    fn note(
        &mut self,
        action: &WriteAction,
        kind: ChangeKind,
        (before, after): (Value, Value),
    ) -> usize {
        let event = action.call.event.clone();
        self.changes.push(ObjectChange { kind, before, after, event });
        self.changes.len() - 1
    }

    /// The id of a new object: the one that the call chooses, or one that is drawn.
    fn new_id(&mut self, action: &WriteAction, input: &Map<String, Value>) -> Result<String> {
        let kind = action.object.kind;
        let Some(id) = input.get("id").and_then(Value::as_str) else {
            self.drawn += 1;
            let (seed, name) = self.inquiry.store.next_name(self.drawn);
            let catalogue = Catalogue::embedded().map_err(|_| self.inquiry.not_served())?;
            return catalogue.new_id(kind, seed, &name).map_err(|_| self.inquiry.not_served());
        };
        let objects = self.inquiry.store.objects(&self.inquiry.account);
        let found = objects.and_then(|all| all.find(&[kind.to_owned()], id));
        let is_taken = found.is_some_and(|state| !state.is_deleted);
        if is_taken { Err(RequestError::exists(kind)) } else { Ok(id.to_owned()) }
    }

    /// Puts what is known in the place of the words that stand for it.
    fn fill(&self, value: &mut Value, id: &str) {
        match value {
            Value::Object(members) => members.values_mut().for_each(|value| self.fill(value, id)),
            Value::Array(items) => items.iter_mut().for_each(|value| self.fill(value, id)),
            Value::String(text) => {
                let seed = self.inquiry.store.next_name(0).0;
                *value = match text.as_str() {
                    "{id}" => id.into(),
                    "{now}" => self.inquiry.request.second.into(),
                    "{code}" => seed.characters(&format!("code/{id}"), CODE, 8).into(),
                    "{secret}" => {
                        let own = seed.characters(&format!("secret/{id}"), BASE62, 25);
                        format!("{id}_secret_{own}").into()
                    }
                    _ => return,
                };
            }
            _ => {}
        }
    }
}

/// What follows from other fields of a new object.
fn derive(kind: &str, object: &mut Value) {
    if kind == "price" {
        object["type"] =
            if object["recurring"].is_null() { "one_time" } else { "recurring" }.into();
        if let Some(amount) = object["unit_amount"].as_i64() {
            object["unit_amount_decimal"] = amount.to_string().into();
        }
    }
    if let Some(currency) = object["currency"].as_str() {
        object["currency"] = currency.to_lowercase().into();
    }
}
