//! What a call is refused for, besides the kinds of its parameters.

use serde_json::Value;

use super::action::{Guard, Need, WriteAction};
use super::draft::Draft;
use super::input::Input;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::api::object::ObjectState;

/// The objects that errors about them show.
const SHOWN: [&str; 2] = ["payment_intent", "setup_intent"];

impl WriteAction {
    /// Whether what was said can be done at all.
    pub(super) fn check(&self, draft: &Draft<'_, '_>, input: &Input) -> Result<()> {
        self.check_served(draft.inquiry, input)?;
        for need in &self.call.needs {
            check_need(need, input)?;
        }
        for names in &self.call.unlike {
            if names.iter().filter(|name| at(input, name).is_some()).count() > 1 {
                return Err(RequestError::several_of(names));
            }
        }
        let is_too_small =
            |path: &&String| at(input, path).and_then(Value::as_i64).is_some_and(|said| said < 1);
        if let Some(path) = self.call.positive.iter().find(is_too_small) {
            let message = "Invalid positive integer".to_owned();
            return Err(RequestError::out_of_range(&shown(path), message));
        }
        for (path, kind) in &self.call.names {
            let Some(id) = at(input, path).and_then(Value::as_str) else { continue };
            if draft.find(kind, id).is_none() {
                return Err(RequestError::missing_in(kind, id, &shown(path)));
            }
        }
        Ok(())
    }

    /// What was said, without that which is not served and changes nothing: `automatic_tax[enabled]` where it is false
    /// anyway.
    pub(super) fn without_what_is_so(&self, draft: &Draft<'_, '_>, mut input: Input) -> Input {
        let unserved: Vec<String> = self.unserved(&input).cloned().collect();
        if unserved.is_empty() {
            return input;
        }
        let new = || Value::Object(self.object.new.clone());
        let so_far = draft.known(self).unwrap_or_else(|_| new());
        for path in unserved {
            let given = said(&input, &path);
            if given.zip(value_at(&so_far, &path)).is_some_and(|(given, known)| is_so(given, known))
            {
                take_away(&mut input, &path);
            }
        }
        input
    }

    /// The paths of what was said and is not served.
    fn unserved<'i>(&'i self, input: &'i Input) -> impl Iterator<Item = &'i String> {
        let served = &self.call.served;
        let is_served = |name: &String| served.contains(name) || self.call.older.contains_key(name);
        let others = input.keys().filter(move |name| !served.is_empty() && !is_served(name));
        others.chain(self.call.not_served.iter().filter(|path| at(input, path).is_some()))
    }

    fn check_served(&self, inquiry: &Inquiry<'_>, input: &Input) -> Result<()> {
        let Some(path) = self.unserved(input).next() else { return Ok(()) };
        let (name, call) = (shown(path), &inquiry.request.path);
        let what = format!("the parameter `{name}` of {} {call}", inquiry.request.method);
        Err(RequestError::not_served(&what))
    }

    /// Whether another object has a value that there may be one of.
    pub(super) fn check_unique(&self, inquiry: &Inquiry<'_>, object: &Value) -> Result<()> {
        for (field, message) in &self.call.unique {
            let value = &object[field];
            let has_it = |state: &&ObjectState| {
                let own = state.own();
                let is_other = own["id"] != object["id"] && !state.is_deleted;
                is_other && own[field] == *value && own["active"] != false
            };
            if value.is_null() || object["active"] == false {
                continue;
            }
            if let Some(other) = inquiry.states(self.object.kind).find(has_it) {
                let fill = |text: &str, name: &str, value: &Value| {
                    text.replace(name, value.as_str().unwrap_or_default())
                };
                let text = fill(message, "{id}", &other.own()["id"]);
                let text = fill(&text, "{value}", value);
                return Err(RequestError::invalid(field, text));
            }
        }
        Ok(())
    }

    /// Whether another object keeps one from being deleted.
    pub(super) fn check_kept(&self, inquiry: &Inquiry<'_>, id: &str) -> Result<()> {
        for (kind, keeper) in &self.call.kept_by {
            let mut all = inquiry.states(kind);
            if all.any(|state| !state.is_deleted && state.look().text(&keeper.field) == id) {
                return Err(RequestError::invalid("id", &keeper.message));
            }
        }
        Ok(())
    }

    /// Whether the object is in a state in which the call can be done.
    pub(super) fn check_state(
        &self,
        inquiry: &Inquiry<'_>,
        object: &Value,
        input: &Input,
    ) -> Result<()> {
        for (guard, wanted) in [(&self.call.only_in, true), (&self.call.not_in, false)] {
            let Some(guard) = guard else { continue };
            let is_in = guard.values.contains(&object[&guard.field]);
            let is_free = !input.is_empty() && input.keys().all(|name| guard.unless.contains(name));
            if is_in != wanted && !is_free {
                let usual = wanted.then(|| usual_refusal(inquiry, self.object.kind, guard, object));
                return Err(self.refusal(inquiry, guard, object, usual));
            }
        }
        Ok(())
    }

    /// What a guard says, else the usual words; without either, Stripe does something that devtool does not.
    fn refusal(
        &self,
        inquiry: &Inquiry<'_>,
        guard: &'static Guard,
        object: &Value,
        usual: Option<String>,
    ) -> RequestError {
        let (kind, id) = (self.object.kind, object["id"].as_str().unwrap_or_default());
        if guard.is_gone {
            return RequestError::missing(kind, id);
        }
        let value = object[&guard.field].as_str().unwrap_or_default();
        let known = guard.messages.get(value).or(guard.message.as_ref());
        let known = known.map(|text| text.replace("{value}", value).replace("{id}", id));
        let Some(message) = known.or(usual) else {
            let (method, path) = (&inquiry.request.method, &inquiry.request.path);
            let field = &guard.field;
            let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            let what = format!("{method} {path} of {article} {kind} whose {field} is {value}");
            return RequestError::not_served(&what);
        };
        let error = RequestError::wrong_state(guard.code.as_deref(), message);
        if SHOWN.contains(&kind) { error.with(kind, object.clone()) } else { error }
    }
}

/// The words that Stripe has for a `PaymentIntent` in a wrong state, for an object of which its words are not known.
fn usual_refusal(inquiry: &Inquiry<'_>, kind: &str, guard: &Guard, object: &Value) -> String {
    let last = inquiry.request.path.rsplit('/').next().unwrap_or_default();
    let verb = if object["id"] == last { "update" } else { last };
    let kind = kind.rsplit('.').next().unwrap_or(kind);
    let (verb, kind) = (verb.replace('_', " "), kind.replace('_', " "));
    let value = object[&guard.field].as_str().unwrap_or_default();
    format!("You cannot {verb} this {kind} because it has a {} of {value}.", guard.field)
}

fn check_need(need: &Need, input: &Input) -> Result<()> {
    let is_so = |(name, value): (&String, &Value)| {
        let given = at(input, name);
        if value.is_null() { given.is_some() } else { given == Some(value) }
    };
    let is_met = need.one_of.iter().any(|path| at(input, path).is_some());
    if is_met || !need.when.iter().all(is_so) {
        return Ok(());
    }
    let names: Vec<String> = need.one_of.iter().map(|path| shown(path)).collect();
    Err(match names.as_slice() {
        [one] => RequestError::missing_parameter(one),
        several => RequestError::none_of(several),
    })
}

/// What was said at a path, but that it is to be unset.
fn at<'i>(input: &'i Input, path: &str) -> Option<&'i Value> {
    said(input, path).filter(|value| !value.is_null())
}

fn said<'i>(input: &'i Input, path: &str) -> Option<&'i Value> {
    let mut names = path.split('.');
    let first = input.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

fn value_at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

/// Whether a value says only what is known.
fn is_so(given: &Value, known: &Value) -> bool {
    match given {
        Value::Object(given) => {
            given.iter().all(|(name, value)| known.get(name).is_some_and(|own| is_so(value, own)))
        }
        given => given == known,
    }
}

fn take_away(input: &mut Input, path: &str) {
    match path.rsplit_once('.') {
        None => drop(input.shift_remove(path)),
        Some((parent, name)) => {
            let mut names = parent.split('.');
            let first = names.next().and_then(|first| input.get_mut(first));
            let parent = names.try_fold(first, |value, name| Some(value?.get_mut(name)));
            if let Some(Value::Object(members)) = parent.flatten() {
                members.shift_remove(name);
            }
        }
    }
}

/// A path as a parameter: `promotion[coupon]`.
fn shown(path: &str) -> String {
    let mut names = path.split('.');
    let first = names.next().unwrap_or_default().to_owned();
    names.fold(first, |shown, name| format!("{shown}[{name}]"))
}
