//! Expanded fields: the whole object in place of its id, and fields that are there only so.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::ApiAnswer;
use super::change::ObjectChange;
use super::error::RequestError;
use super::inquiry::{Inquiry, Result, deleted};
use super::object::ObjectState;

const FIELD_FILE: &str = include_str!("../../catalog/api/expandable.json");
const ONLY_FILE: &str = include_str!("../../catalog/api/only_expanded.json");
/// How many names a path may have, `data` included.
const MOST_LEVELS: usize = 4;
/// How many objects an expanded list has.
const LIST_LENGTH: usize = 10;

/// What is there only when it is expanded.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Only {
    /// A list of the objects of a type …
    List {
        list: String,
        /// … whose member of that name is the object, or that belong to it.
        by: Option<String>,
        url: String,
    },
    /// One such object.
    Object { object: String, by: String },
    /// The secret of another object.
    Secret { of: String },
    /// The same for all objects of a told story that have these members, by path; of others it is not known.
    Value {
        value: Value,
        #[serde(default, rename = "where")]
        of: BTreeMap<String, Value>,
    },
}

/// Expands what the request asks for; of what the call is about to change, the objects of these changes.
pub(super) fn expand(
    inquiry: &Inquiry<'_>,
    (value, is_list): (&mut Value, bool),
    changes: &[ObjectChange],
) -> Result<()> {
    if let Some(text) = inquiry.parameters.get("expand").filter(|text| !text.is_empty()) {
        return Err(RequestError::invalid("expand", format!("Invalid array: {text}")));
    }
    let mut paths: Vec<&str> = inquiry.parameters.list("expand").collect();
    paths.sort_unstable();
    for path in paths {
        let names: Vec<&str> = path.split('.').collect();
        if names.len() > MOST_LEVELS {
            return Err(RequestError::too_deep());
        }
        let is_below_data = names.first() == Some(&"data");
        if is_list && !is_below_data {
            return Err(RequestError::not_expandable(path, true));
        }
        let one = Expansion { inquiry, path, changes };
        if is_list && names.len() > 1 {
            if let Some(items) = value["data"].as_array_mut() {
                items.iter_mut().try_for_each(|item| one.go(item, &names[1..]))?;
            }
        } else {
            one.go(value, &names)?;
        }
    }
    Ok(())
}

impl Inquiry<'_> {
    /// An object as it is shown, with what is to be expanded.
    pub(super) fn whole(&self, state: &ObjectState) -> Result<ApiAnswer> {
        self.whole_after(state, &[])
    }

    /// The same where these changes are about to be made.
    pub(super) fn whole_after(
        &self,
        state: &ObjectState,
        changes: &[ObjectChange],
    ) -> Result<ApiAnswer> {
        let mut value = if state.is_deleted {
            deleted(state.own())
        } else {
            self.seen(state).unwrap_or_default()
        };
        expand(self, (&mut value, false), changes)?;
        Ok(ApiAnswer::json(200, &value))
    }
}

/// One path.
struct Expansion<'i> {
    inquiry: &'i Inquiry<'i>,
    path: &'i str,
    /// What is about to change.
    changes: &'i [ObjectChange],
}

impl Expansion<'_> {
    /// Expands below an object of Stripe's.
    fn go(&self, object: &mut Value, names: &[&str]) -> Result<()> {
        let kind = object["object"].as_str().unwrap_or_default().to_owned();
        if kind == "list" {
            let (first, rest) = names.split_first().unwrap_or((&"", &[]));
            if *first != "data" {
                return Err(self.refused());
            }
            let Some(items) = object["data"].as_array_mut() else { return Ok(()) };
            return items.iter_mut().try_for_each(|item| self.go_on(item, rest));
        }
        for length in 1..=names.len() {
            let field = names[..length].join(".");
            if let Some(only) = only().get(&kind).and_then(|of_kind| of_kind.get(&field)) {
                let value = self.made(only, object, &names[..length])?;
                let is_whole = length == names.len() || !value.is_object();
                put(object, &names[..length], value);
                if is_whole {
                    return Ok(());
                }
            }
        }
        self.below(object, (&kind, ""), names)
    }

    fn go_on(&self, value: &mut Value, rest: &[&str]) -> Result<()> {
        if rest.is_empty() || value.is_null() { Ok(()) } else { self.go(value, rest) }
    }

    /// Follows the names through the hashes and lists of an object to the next one; `field` is the way so far.
    fn below(&self, place: &mut Value, (kind, field): (&str, &str), names: &[&str]) -> Result<()> {
        if let Value::Array(items) = place {
            return items.iter_mut().try_for_each(|item| match item.get("object") {
                Some(_) => self.go_on(item, names),
                None => self.below(item, (kind, field), names),
            });
        }
        let Some((name, rest)) = names.split_first() else { return Err(self.refused()) };
        let field = if field.is_empty() { (*name).to_owned() } else { format!("{field}.{name}") };
        let is_listed = is_expandable(kind, &field);
        let is_known = is_listed || leads_on(kind, &field);
        let Some(next) = place.get_mut(*name) else {
            return if is_known { Ok(()) } else { Err(self.refused()) };
        };
        if self.resolve(next, name, is_listed)? {
            return self.each(next, rest);
        }
        match next {
            Value::Object(inner) if inner.contains_key("object") => self.go_on(next, rest),
            Value::Object(_) | Value::Array(_) => self.below(next, (kind, &field), rest),
            // Which of their own fields earlier versions expand is not known.
            Value::Null if is_known || !rest.is_empty() || !self.inquiry.is_current() => Ok(()),
            _ => Err(self.refused()),
        }
    }

    fn each(&self, value: &mut Value, rest: &[&str]) -> Result<()> {
        match value {
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.go_on(item, rest)),
            one => self.go_on(one, rest),
        }
    }

    /// Puts objects in the place of their ids; `false` where the field holds none.
    fn resolve(&self, value: &mut Value, field: &str, is_listed: bool) -> Result<bool> {
        match value {
            Value::String(id) => {
                if let Some(change) = self.changes.iter().rfind(|change| change.id() == id) {
                    *value = self.inquiry.in_version(change.after.clone());
                    return Ok(true);
                }
                let objects = self.inquiry.store.objects(&self.inquiry.account);
                let platform = self.inquiry.store.objects(&None);
                let found = objects.and_then(|objects| objects.meant(field, id));
                // What a connected account names, its account above all, may be the platform's to tell.
                let found = found.or_else(|| platform.and_then(|objects| objects.meant(field, id)));
                let Some(state) = found else {
                    return if is_listed { Err(self.unknown(id)) } else { Ok(false) };
                };
                let is_earlier = !self.inquiry.is_current();
                if !is_listed && !is_earlier {
                    return Ok(false);
                }
                *value = if state.is_deleted {
                    deleted(state.own())
                } else {
                    self.inquiry.seen(state).unwrap_or_default()
                };
                Ok(true)
            }
            Value::Array(items) if is_listed && items.iter().all(Value::is_string) => {
                for item in items.iter_mut() {
                    self.resolve(item, field, true)?;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// A field that is there only when it is expanded.
    fn made(&self, only: &Only, object: &Value, names: &[&str]) -> Result<Value> {
        let id = object["id"].as_str().unwrap_or_default();
        let value = match only {
            Only::Value { value, of } => {
                let pointer = format!("/{}", names.join("/"));
                match object.pointer(&pointer).filter(|known| !known.is_null()) {
                    Some(known) => known.clone(),
                    None => match self.hidden(id, names) {
                        Some(hidden) => hidden,
                        None if self.is_told(object) && has(object, of) => value.clone(),
                        None => return Err(self.unserved()),
                    },
                }
            }
            Only::Object { object: kind, by } => {
                self.of(kind, Some(by), id).into_iter().next().unwrap_or_default()
            }
            Only::Secret { of } => {
                let payment = self.of("invoice_payment", Some("invoice"), id).into_iter().next();
                let id = payment.map(|payment| payment["payment"][of].clone()).unwrap_or_default();
                let objects = self.inquiry.store.objects(&self.inquiry.account);
                let found = id.as_str().and_then(|id| objects?.any(id));
                found.map_or(
                    Value::Null,
                    |state| json!({"client_secret": state.own()["client_secret"], "type": of}),
                )
            }
            Only::List { list, by, url } => {
                let mut all = self.of(list, by.as_deref(), id);
                let has_more = all.len() > LIST_LENGTH;
                all.truncate(LIST_LENGTH);
                let url = url.replace("{id}", id);
                json!({"object": "list", "data": all, "has_more": has_more, "url": url})
            }
        };
        Ok(value)
    }

    /// What a call has said of a field that the object does not show, such as the tiers of a price.
    fn hidden(&self, id: &str, names: &[&str]) -> Option<Value> {
        self.inquiry.store.hidden(id)?.pointer(&format!("/{}", names.join("/"))).cloned()
    }

    /// Whether an object is one that a story was told of.
    fn is_told(&self, object: &Value) -> bool {
        let kind = object["object"].as_str().unwrap_or_default().to_owned();
        let (kinds, id) = ([kind], object["id"].as_str().unwrap_or_default());
        let accounts = [&self.inquiry.account, &None];
        let mut known = accounts.into_iter().filter_map(|of| self.inquiry.store.objects(of));
        let found = known.find_map(|objects| objects.find(&kinds, id));
        // One that the call is about to make is not there yet.
        found.is_none_or(|state| !state.is_of_event_alone())
    }

    /// The objects of a type that name an object by a member, or belong to it.
    fn of(&self, kind: &str, by: Option<&str>, id: &str) -> Vec<Value> {
        let is_its = |state: &&ObjectState| match by {
            Some(by) => state.look().names(by, id),
            None => state.owner.as_deref() == Some(id),
        };
        let states = self.inquiry.states(kind).filter(|state| !state.is_deleted).filter(is_its);
        let is_shown = |state: &&ObjectState| {
            kind != "subscription" || state.look().text("status") != "canceled"
        };
        let mut all: Vec<Value> =
            states.filter(is_shown).filter_map(|state| self.inquiry.seen(state)).collect();
        all.reverse();
        all
    }

    fn refused(&self) -> RequestError {
        RequestError::not_expandable(self.path, false)
    }

    fn unserved(&self) -> RequestError {
        RequestError::not_served(&format!(
            "the expanded field `{}` of this object: the event does not say it",
            self.path
        ))
    }

    fn unknown(&self, id: &str) -> RequestError {
        RequestError::not_served(&format!(
            "the expanded field `{}`: the story has no `{id}`",
            self.path
        ))
    }
}

/// Whether an object has these members, by path.
fn has(object: &Value, members: &BTreeMap<String, Value>) -> bool {
    let at = |path: &str| object.pointer(&format!("/{}", path.replace('.', "/")));
    members.iter().all(|(path, wanted)| at(path) == Some(wanted))
}

/// Puts a value at a place that may lie in hashes.
fn put(object: &mut Value, names: &[&str], value: Value) {
    let Some((last, way)) = names.split_last() else { return };
    let place = way.iter().try_fold(object, |place, name| place.get_mut(*name));
    if let Some(Value::Object(members)) = place {
        members.insert((*last).to_owned(), value);
    }
}

fn is_expandable(kind: &str, field: &str) -> bool {
    fields().get(kind).is_some_and(|known| known.iter().any(|known| known == field))
}

/// Whether a field is one that others which can be expanded lie below.
fn leads_on(kind: &str, field: &str) -> bool {
    let below =
        |known: &String| known.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'));
    fields().get(kind).is_some_and(|known| known.iter().any(below))
        || only().get(kind).is_some_and(|known| known.keys().any(below))
}

fn fields() -> &'static BTreeMap<String, Vec<String>> {
    static READ: OnceLock<BTreeMap<String, Vec<String>>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(FIELD_FILE).unwrap_or_default())
}

fn only() -> &'static BTreeMap<String, BTreeMap<String, Only>> {
    static READ: OnceLock<BTreeMap<String, BTreeMap<String, Only>>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(ONLY_FILE).unwrap_or_default())
}
