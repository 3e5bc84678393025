//! Objects of the user's, as JSON: what an API begins with, and what it writes so that another one may.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::Api;
use super::object::{
    Authority, CASH_BALANCE, Element, ObjectKey, ObjectState, Place, Shapes, id_of, walk,
};
use super::objects::Objects;
use super::packed::Packer;
use super::stored::StoredValue;
use super::stories::shape_of;
use super::webhooks;
use crate::event::Catalogue;
use crate::protocol::ordered;

/// The member with what devtool knows of an object that Stripe's object does not say.
const OWN: &str = "devtool";
/// How many bytes of objects are told at once, about.
const MOST_BYTES: usize = 256 * 1024;

/// Objects that were handed in.
#[derive(Debug)]
pub(crate) struct GivenObjects(Vec<GivenObject>);

/// One of them.
#[derive(Debug)]
struct GivenObject {
    value: StoredValue,
    /// Whether other objects lie in it.
    holds_others: bool,
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
        match text.trim_ascii_start().first() {
            Some(b'[') => Self::list(text, text, ""),
            Some(b'{') => {
                let members: HashMap<String, &RawValue> = read(text, text)?;
                let kind = members.get("object").map(|kind| kind.get());
                if kind != Some("\"list\"") {
                    let one = GivenObject::of(read(text, text)?, "the object")?;
                    return Ok(Self(vec![one.packed(&mut Packer::default())]));
                }
                let data = members.get("data").map(|data| data.get().as_bytes());
                match data.filter(|data| data.starts_with(b"[")) {
                    Some(data) => Self::list(data, text, "data"),
                    None => Err("the list has no `data`, which is a list".to_owned()),
                }
            }
            _ => {
                read::<Value>(text, text)?;
                Err("it is neither an object nor a list of objects".to_owned())
            }
        }
    }

    /// One after the other: the trees of all of them would take ten times what is kept.
    fn list(list: &[u8], text: &[u8], before: &str) -> Result<Self, String> {
        let all: Vec<&RawValue> = read(list, text)?;
        let mut places: HashMap<ObjectKey, usize> = HashMap::new();
        let mut given = Vec::with_capacity(all.len());
        let mut packer = Packer::default();
        for (at, value) in all.into_iter().enumerate() {
            let value: Value = read(value.get().as_bytes(), text)?;
            let key = ObjectKey::of(&value);
            let object = GivenObject::of(value, &format!("{before}[{at}]"))?;
            if let Some(key) = key
                && let Some(first) = places.insert(key.clone(), at)
            {
                let ObjectKey { kind, id } = key;
                return Err(format!(
                    "{before}[{at}] is the {kind} `{id}`, and so is {before}[{first}]"
                ));
            }
            given.push(object.packed(&mut packer));
        }
        Ok(Self(given))
    }
}

/// A part of a text as JSON; why it is none is said of the whole text, whose lines one counts.
fn read<'t, T: Deserialize<'t>>(part: &'t [u8], text: &[u8]) -> Result<T, String> {
    serde_json::from_slice(part).map_err(|error| {
        let of_all = serde_json::from_slice::<Value>(text).err();
        of_all.unwrap_or(error).to_string()
    })
}

/// Whether another object lies in one.
fn has_another(value: &Value) -> bool {
    let mut count = 0;
    walk(value, &mut |element| count += usize::from(matches!(element, Element::Object(_))));
    count > 1
}

impl GivenObject {
    fn of(value: Value, place: &str) -> Result<Self, String> {
        let Value::Object(mut members) = value else {
            return Err(format!("{place} is no object"));
        };
        let is_cash = members.get("object").is_some_and(|kind| kind == CASH_BALANCE);
        for name in ["object", if is_cash { "customer" } else { "id" }] {
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
        let value = ordered(Value::Object(members));
        let holds_others = has_another(&value);
        Ok(Self { value: value.into(), holds_others, owner, hidden })
    }

    fn key(&self) -> Option<ObjectKey> {
        ObjectKey::at(self.value.look())
    }

    fn packed(self, by: &mut Packer) -> Self {
        Self { value: self.value.packed(by), ..self }
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
        let mut packer = Packer::default();
        let (mut inner, mut met) = (Vec::new(), HashSet::new());
        for mut given in objects.0 {
            let Some(key) = given.key() else { continue };
            if store.objects(&None).is_some_and(|known| known.of(&key).is_some()) {
                taken.known += 1;
                continue;
            }
            taken.new += 1;
            if let Some(hidden) = given.hidden.take() {
                store.calls.hidden.insert(key.id, hidden);
            }
            let (holds_others, owner) = (given.holds_others, given.owner.take());
            let version = Arc::clone(&version);
            let shapes = Arc::new(Shapes { own: given.value, version, ..Shapes::default() });
            let state = ObjectState::new(shapes, Place::FIRST, Authority::Given);
            let state = ObjectState { owner, is_written: true, ..state };
            if holds_others {
                let mut new = state.within();
                new.retain(|state| state.key().is_some_and(|key| met.insert(key)));
                inner.extend(new.into_iter().map(|state| state.packed(&mut packer)));
            }
            store.take_in(&None, state.packed(&mut packer));
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
        let is_there = |state: &&ObjectState| !state.is_deleted && !id_of(state.look()).is_empty();
        let (mut told, mut bytes) = (Vec::new(), 0);
        for state in objects.filter(is_there).skip(after) {
            if bytes > MOST_BYTES {
                return (told, false);
            }
            let id = state.look().text("id");
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

fn exported(state: &ObjectState, hidden: Option<&Value>) -> Value {
    let mut value = state.at(&shape_of(Catalogue::api_version())).to_value();
    let mut own = Map::new();
    own.extend(state.owner.as_ref().map(|owner| ("owner".to_owned(), owner.as_str().into())));
    own.extend(hidden.map(|hidden| ("hidden".to_owned(), hidden.clone())));
    if let Some(members) = value.as_object_mut().filter(|_| !own.is_empty()) {
        members.insert(OWN.to_owned(), Value::Object(own));
    }
    value
}
