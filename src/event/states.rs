//! Which states of its object a type tells of.

use serde_json::Value;

use super::catalogue::Catalogue;
use super::error::Result;
use super::event_type::{EventType, Payload};
use crate::text::suggestion;

/// Why no event of a type tells of an object in the states that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongState {
    /// What is wrong.
    pub reason: String,
    /// The states that may be meant.
    pub near: Vec<String>,
    /// All states that events of the type tell of.
    pub states: Vec<String>,
}

impl WrongState {
    /// The states that there are, as a sentence; `None` where there is none.
    pub fn states(&self) -> Option<String> {
        (!self.states.is_empty()).then(|| format!("its states are {}", self.states.join(", ")))
    }
}

impl Catalogue {
    /// The states that events of a type tell of, sorted: those of its object, and its own forms.
    ///
    /// # Errors
    /// There is no such object.
    pub fn states_of(&self, event_type: &EventType) -> Result<Vec<String>> {
        self.states_beside(event_type, &[])
    }

    /// The states that events of a type may tell of besides these, sorted.
    ///
    /// # Errors
    /// There is no such object.
    pub(crate) fn states_beside(
        &self,
        event_type: &EventType,
        states: &[String],
    ) -> Result<Vec<String>> {
        if event_type.is_thin() {
            return Ok(Vec::new());
        }
        let mut found: Vec<String> = Vec::new();
        for state in self.named_states(event_type)? {
            let name = state.to_owned();
            let all = [states, std::slice::from_ref(&name)].concat();
            let is_possible = two_forms(event_type, &all).is_none()
                && self.contradiction(event_type, &all)?.is_none();
            if is_possible && !states.contains(&name) {
                found.push(name);
            }
        }
        Ok(found)
    }

    /// What is wrong with states that were asked for; `None` where events of the type tell of them.
    ///
    /// # Errors
    /// There is no such object.
    pub fn wrong_state(
        &self,
        name: &str,
        event_type: &EventType,
        states: &[String],
    ) -> Result<Option<WrongState>> {
        let Some(first) = states.first() else { return Ok(None) };
        let wrong = |reason, near, states| Ok(Some(WrongState { reason, near, states }));
        if event_type.is_thin() {
            let what = format!("a thin event carries no object: `{name}` has no state `{first}`");
            return wrong(what, Vec::new(), Vec::new());
        }
        if let Some((unknown, near)) = self.unknown_state(event_type, states)? {
            let what = format!("`{}` has no state `{unknown}`", event_type.object);
            return wrong(what, near, self.states_of(event_type)?);
        }
        if let Some(what) = two_forms(event_type, states) {
            return wrong(format!("`{name}` tells of {what}"), Vec::new(), Vec::new());
        }
        match self.contradiction(event_type, states)? {
            Some(what) => {
                let told = format!("`{name}` tells of {what}");
                wrong(told, Vec::new(), self.states_of(event_type)?)
            }
            None => Ok(None),
        }
    }

    /// The names that a state may have, sorted; without those of states that only go with another.
    fn named_states<'c>(&'c self, event_type: &'c EventType) -> Result<Vec<&'c str>> {
        let of_object = self.object(&event_type.object)?.states.keys().map(String::as_str);
        let plain = of_object.filter(|name| !name.contains('/'));
        let mut names: Vec<&str> = plain.chain(event_type.form_names()).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    fn unknown_state<'s>(
        &self,
        event_type: &EventType,
        states: &'s [String],
    ) -> Result<Option<(&'s str, Vec<String>)>> {
        let known = self.named_states(event_type)?;
        let unknown = states.iter().find(|state| !known.contains(&state.as_str()));
        Ok(unknown.map(|state| (state.as_str(), suggestion::near(state, known))))
    }

    /// A state with another `status` than the one that a type tells of: it would be ignored.
    fn contradiction(&self, event_type: &EventType, states: &[String]) -> Result<Option<String>> {
        let object = self.object(&event_type.object)?;
        let status_of = |state: &str| object.states.get(state)?.get("status").cloned();
        let (formed, rest) = event_type.clone().in_form(states);
        let Payload::Snapshot(snapshot) = &formed.payload else { return Ok(None) };
        let own = |state: &String| Some((state.clone(), status_of(state)?));
        let Some((own, kept)) = snapshot.states.iter().rev().find_map(own) else {
            return Ok(None);
        };
        // An object may have been in that state before, which its own state knows then.
        let goes_on = |state: &str| object.states.contains_key(&format!("{own}/{state}"));
        let is_other = |found: Value| found != kept;
        let is_replaced =
            |state: &&String| status_of(state).is_some_and(is_other) && !goes_on(state);
        let forms = form_list(event_type);
        let told = if forms.is_empty() { format!("`{own}`") } else { forms };
        Ok(rest.iter().find(is_replaced).map(|state| format!("{told}: not of `{state}`")))
    }
}

/// Two things that a type tells, where it is asked for both: one would be ignored.
fn two_forms(event_type: &EventType, states: &[String]) -> Option<String> {
    let mut forms = states.iter().filter(|state| event_type.forms.contains_key(*state));
    let first = forms.next()?;
    let other = forms.find(|form| *form != first)?;
    let all = form_list(event_type);
    Some(format!("{all}: one of them, not both `{first}` and `{other}`"))
}

fn form_list(event_type: &EventType) -> String {
    event_type.form_names().collect::<Vec<_>>().join(", ")
}
