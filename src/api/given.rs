//! Objects of the user's, as JSON: what an API begins with, and what it writes so that another one may.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Api;
use super::object::{Authority, Element, ObjectKey, ObjectState, Place, Shapes, walk};
use super::objects::Objects;
use super::stories::shape_of;
use super::webhooks;
use crate::event::{Catalogue, in_all_shapes};
use crate::protocol::ordered;

/// The member with what devtool knows of an object that Stripe's object does not say.
const OWN: &str = "devtool";
/// The types of objects that earlier shapes have the whole of.
const WHOLE: [&str; 3] = ["coupon", "plan", "price"];
/// How many bytes of objects are told at once, about.
const MOST_BYTES: usize = 256 * 1024;

/// Objects that were handed in.
#[derive(Debug)]
pub(crate) struct GivenObjects(Vec<GivenObject>);

/// One of them.
#[derive(Debug)]
struct GivenObject {
    value: Value,
    owner: Option<String>,
    hidden: Option<Value>,
}

/// How many objects were taken in, and how many were there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TakenIn {
    pub(crate) new: usize,
    pub(crate) known: usize,
}

impl GivenObjects {
    /// One object, a list of them, or one of Stripe's lists.
    ///
    /// # Errors
    /// Something is none, as the text says, with its place.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let (all, before) = match value {
            Value::Array(all) => (all, ""),
            Value::Object(mut list) if list.get("object").is_some_and(|kind| kind == "list") => {
                match list.remove("data") {
                    Some(Value::Array(all)) => (all, "data"),
                    _ => return Err("the list has no `data`, which is a list".to_owned()),
                }
            }
            one @ Value::Object(_) => {
                return Ok(Self(vec![GivenObject::of(one, "the object")?]));
            }
            _ => return Err("it is neither an object nor a list of objects".to_owned()),
        };
        let mut places: HashMap<ObjectKey, usize> = HashMap::new();
        let mut given = Vec::with_capacity(all.len());
        for (at, value) in all.into_iter().enumerate() {
            let object = GivenObject::of(value, &format!("{before}[{at}]"))?;
            if let Some(key) = ObjectKey::of(&object.value)
                && let Some(first) = places.insert(key.clone(), at)
            {
                let ObjectKey { kind, id } = key;
                return Err(format!(
                    "{before}[{at}] is the {kind} `{id}`, and so is {before}[{first}]"
                ));
            }
            given.push(object);
        }
        Ok(Self(given))
    }
}

impl GivenObjects {
    /// Those that lie in others in earlier shapes, where there is an id now.
    fn wholes(&self) -> HashMap<ObjectKey, Value> {
        let values = self.0.iter().map(|given| &given.value);
        let keys = values.filter_map(|value| Some((ObjectKey::of(value)?, value)));
        let whole = keys.filter(|(key, _)| WHOLE.contains(&key.kind.as_str()));
        whole.map(|(key, value)| (key, value.clone())).collect()
    }
}

impl GivenObject {
    fn of(value: Value, place: &str) -> Result<Self, String> {
        let Value::Object(mut members) = value else {
            return Err(format!("{place} is no object"));
        };
        for name in ["object", "id"] {
            let is_text = members.get(name).and_then(Value::as_str).is_some_and(|t| !t.is_empty());
            if !is_text {
                return Err(format!("{place} has no `{name}`, which is a text"));
            }
        }
        if members["object"] == "event" {
            return Err(format!("{place} is an event: objects are taken, not events"));
        }
        if members.get("deleted").is_some_and(|deleted| *deleted == true) {
            return Err(format!("{place} is deleted"));
        }
        let own = members.shift_remove(OWN).unwrap_or_default();
        let owner = own["owner"].as_str().map(str::to_owned);
        let mut hidden = own.get("hidden").cloned().filter(Value::is_object);
        // As the answer to its creation shows it.
        if members["object"] == webhooks::KIND
            && let Some(secret) = members.shift_remove(webhooks::SECRET)
        {
            hidden = Some(json!({webhooks::SECRET: secret}));
        }
        Ok(Self { value: ordered(Value::Object(members)), owner, hidden })
    }
}

impl Api {
    /// Takes objects in that the user hands in. One that is there already stays as it is.
    ///
    /// # Errors
    /// They cannot be kept.
    pub(crate) fn take_in(&self, objects: GivenObjects) -> crate::error::Result<TakenIn> {
        let mut store = self.store();
        let mut taken = TakenIn::default();
        let version = shape_of(Catalogue::api_version());
        let wholes = objects.wholes();
        let mut inner = Vec::new();
        for GivenObject { value, owner, hidden } in objects.0 {
            let Some(key) = ObjectKey::of(&value) else { continue };
            if store.objects(&None).is_some_and(|known| known.of(&key).is_some()) {
                taken.known += 1;
                continue;
            }
            taken.new += 1;
            let whole = |kind: &str| whole_of(&value, &wholes, kind);
            let mut others = in_all_shapes(&value, &whole).unwrap_or_default();
            others.retain(|_, other| *other != value);
            let shapes = Shapes { own: value, version: Arc::clone(&version), others };
            let state = ObjectState::new(Arc::new(shapes), Place::FIRST, Authority::Given);
            let state = ObjectState { owner, is_written: true, ..state };
            inner.extend(state.within());
            if let Some(hidden) = hidden {
                store.calls.hidden.insert(key.id, hidden);
            }
            store.take_in(&None, state);
        }
        // What is handed in by itself counts for more than what lies in another.
        for state in inner {
            let Some(key) = state.key() else { continue };
            if store.objects(&None).is_none_or(|known| known.of(&key).is_none()) {
                store.take_in(&None, state);
            }
        }
        self.commit(&mut store, None)?;
        Ok(taken)
    }

    /// The objects after the first so many, as they may be handed in again: as many as are told at once, and whether
    /// that is all.
    pub(crate) fn exported(&self, after: usize) -> (Vec<Value>, bool) {
        let store = self.store();
        let objects = store.objects(&None).into_iter().flat_map(Objects::every);
        let is_there = |state: &&ObjectState| {
            !state.is_deleted && state.own()["id"].as_str().is_some_and(|id| !id.is_empty())
        };
        let (mut told, mut bytes) = (Vec::new(), 0);
        for state in objects.filter(is_there).skip(after) {
            if bytes > MOST_BYTES {
                return (told, false);
            }
            let id = state.own()["id"].as_str().unwrap_or_default();
            let value = exported(state, store.hidden(id));
            bytes += value.to_string().len();
            told.push(value);
        }
        (told, true)
    }

    /// How many objects there are of connected accounts.
    pub(crate) fn objects_elsewhere(&self) -> usize {
        let store = self.store();
        let others = store.accounts().filter(|(account, _)| account.is_some());
        others.map(|(_, objects)| objects.every().filter(|state| !state.is_deleted).count()).sum()
    }
}

/// The object of a type that another one names.
fn whole_of(value: &Value, wholes: &HashMap<ObjectKey, Value>, kind: &str) -> Option<Value> {
    let mut found = None;
    walk(value, &mut |element| {
        let Element::Text(id) = element else { return };
        let key = ObjectKey { kind: kind.to_owned(), id: id.to_owned() };
        found = wholes.get(&key).cloned().or_else(|| found.take());
    });
    found
}

fn exported(state: &ObjectState, hidden: Option<&Value>) -> Value {
    let mut value = state.at(&shape_of(Catalogue::api_version())).clone();
    let mut own = Map::new();
    own.extend(state.owner.as_ref().map(|owner| ("owner".to_owned(), owner.as_str().into())));
    own.extend(hidden.map(|hidden| ("hidden".to_owned(), hidden.clone())));
    if let Some(members) = value.as_object_mut().filter(|_| !own.is_empty()) {
        members.insert(OWN.to_owned(), Value::Object(own));
    }
    value
}
