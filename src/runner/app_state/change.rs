//! What a run changed of the app's state, and how two runs differ in that.
//!
//! The state may hold what other runs left: sums, and lists that grow. So a number counts by how far it moved, too,
//! and a list by what is new in it. In which order a list has its items says nothing.

use serde_json::{Map, Value};

use super::fingerprint::{Differing, Fingerprint, StateDifference, shown};
use crate::scenario::Values;

/// The state before a run and after it.
#[derive(Clone, Debug)]
pub(crate) struct StateChange {
    /// Before it.
    pub before: Fingerprint,
    /// After it.
    pub after: Fingerprint,
    /// The ids of the run's story.
    pub ids: Values,
}

/// One place of the state before a run and after it.
#[derive(Clone, Copy)]
struct Part<'v> {
    before: Option<&'v Value>,
    after: Option<&'v Value>,
}

impl<'v> Part<'v> {
    fn member(self, key: &str) -> Self {
        let of = |value: Option<&'v Value>| value.and_then(|value| value.get(key));
        Self { before: of(self.before), after: of(self.after) }
    }

    fn item(self, index: usize) -> Self {
        let of = |value: Option<&'v Value>| value.and_then(|value| value.get(index));
        Self { before: of(self.before), after: of(self.after) }
    }

    /// How far a number moved.
    fn moved(self) -> Option<f64> {
        let before = self.before.map_or(Some(0.0), Value::as_f64)?;
        Some(self.after?.as_f64()? - before)
    }

    /// The items of a list that were not there before; `None` where the list lost some.
    fn new_items(self) -> Option<Vec<&'v Value>> {
        // A list that is not there yet has nothing in it.
        let is_missing = self.after.is_none() && self.before.is_none();
        let after = if is_missing { &[] } else { self.after?.as_array()?.as_slice() };
        let mut new: Vec<&Value> = after.iter().collect();
        for known in self.before.and_then(Value::as_array).into_iter().flatten() {
            new.remove(new.iter().position(|item| *item == known)?);
        }
        Some(new)
    }
}

impl StateChange {
    /// Whether the run changed nothing that can be seen.
    pub(crate) fn is_nothing(&self) -> bool {
        self.before.differences(&self.after, &self.ids).is_empty()
    }

    /// How another run differs from this one: `before` of a difference is how it is here, `after` how it is there.
    pub(crate) fn differences(&self, other: &Self) -> Vec<StateDifference> {
        let mut found = Vec::new();
        for (index, answer) in self.after.answers.iter().enumerate() {
            let contents = |change: &Self| {
                let of = |look: &Fingerprint| {
                    look.answers.get(index).map(|answer| look.content(answer, &change.ids))
                };
                // Nothing of another run is in the state of one story.
                (of(&change.before).filter(|_| !answer.is_of_story), of(&change.after))
            };
            let (here, there) = (contents(self), contents(other));
            let mut changes = Changes { query: &answer.query, found: Vec::new() };
            changes.part("", of(&here), of(&there));
            found.extend(changes.found);
        }
        found
    }
}

const fn of((before, after): &(Option<Value>, Option<Value>)) -> Part<'_> {
    Part { before: before.as_ref(), after: after.as_ref() }
}

/// Gathers where two runs differ.
struct Changes<'q> {
    query: &'q str,
    found: Vec<StateDifference>,
}

impl Changes<'_> {
    fn part(&mut self, place: &str, here: Part<'_>, there: Part<'_>) {
        let is_moved_alike = matches!(
            (here.moved(), there.moved()),
            (Some(a), Some(b)) if a.total_cmp(&b).is_eq()
        );
        if here.after == there.after || is_moved_alike {
            return;
        }
        match (here.after, there.after) {
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                self.members(place, (here, a), (there, b));
            }
            (Some(Value::Array(_)), None | Some(Value::Array(_)))
            | (None, Some(Value::Array(_))) => self.items(place, here, there),
            _ => self.add(place, here, there),
        }
    }

    fn members(
        &mut self,
        place: &str,
        (here, a): (Part<'_>, &Map<String, Value>),
        (there, b): (Part<'_>, &Map<String, Value>),
    ) {
        let new = b.keys().filter(|key| !a.contains_key(*key));
        for key in a.keys().chain(new) {
            let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            self.part(&place, here.member(key), there.member(key));
        }
    }

    fn items(&mut self, place: &str, here: Part<'_>, there: Part<'_>) {
        let subject = if place.is_empty() { "the list" } else { place };
        if let (Some(mut a), Some(mut b)) = (here.new_items(), there.new_items()) {
            a.retain(|item| match b.iter().position(|other| other == item) {
                Some(at) => {
                    b.remove(at);
                    false
                }
                None => true,
            });
            return match (a.as_slice(), b.as_slice()) {
                ([], []) => {}
                ([a], [b]) => {
                    let part = |item| Part { before: None, after: Some(item) };
                    self.part(&format!("{place}[]"), part(*a), part(*b));
                }
                ([only], []) => self.push(subject, Some(shown(only)), None),
                ([], [only]) => self.push(subject, None, Some(shown(only))),
                (a, b) => self.push(subject, Some(count(a.len())), Some(count(b.len()))),
            };
        }
        let length = |part: Part<'_>| part.after.and_then(Value::as_array).map_or(0, Vec::len);
        if length(here) == length(there) {
            for index in 0..length(here) {
                self.part(&format!("{place}[{index}]"), here.item(index), there.item(index));
            }
        } else {
            let told = |part| Some(count(length(part)));
            self.push(subject, told(here), told(there));
        }
    }

    fn add(&mut self, place: &str, here: Part<'_>, there: Part<'_>) {
        // Of a sum that other runs added to, what this one added.
        let told = |part: Part<'_>, other: Part<'_>| match (part.moved(), other.moved()) {
            (Some(moved), Some(_))
                if part.before.is_some_and(|before| before != &Value::from(0)) =>
            {
                Some(format!("{} ({moved:+})", part.after.map(shown).unwrap_or_default()))
            }
            _ => part.after.map(shown),
        };
        self.push(place, told(here, there), told(there, here));
    }

    fn push(&mut self, place: &str, here: Option<String>, there: Option<String>) {
        let mut one = Differing { query: self.query, found: Vec::new() };
        one.add(place, here, there);
        self.found.append(&mut one.found);
    }
}

fn count(items: usize) -> String {
    match items {
        1 => "1 other item".to_owned(),
        several => format!("{several} other items"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fingerprint::StateAnswer;
    use super::*;
    use crate::protocol::Moment;

    fn look(body: &str) -> Fingerprint {
        let (query, body) = ("GET /api".to_owned(), body.as_bytes().to_vec());
        let answers = vec![StateAnswer { query, status: Some(200), body, is_of_story: false }];
        Fingerprint { at: Moment::from_seconds(1_795_723_200), answers }
    }

    fn change((before, after): (&str, &str), customer: &str) -> StateChange {
        let mut ids = Values::default();
        ids.keep("customer", customer.to_owned());
        StateChange { before: look(before), after: look(after), ids }
    }

    fn told(here: (&str, &str), there: (&str, &str)) -> String {
        let here = change(here, "cus_Aaaaaaaaaaaa11");
        let found = here.differences(&change(there, "cus_Bbbbbbbbbbbb22"));
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_other_runs_left_does_not_count() {
        for (here, there) in [
            ((r#"{"sum": 0}"#, r#"{"sum": 10}"#), (r#"{"sum": 10}"#, r#"{"sum": 20}"#)),
            (
                ("[]", r#"[{"c": "cus_Aaaaaaaaaaaa11"}]"#),
                (
                    r#"[{"c": "cus_Aaaaaaaaaaaa11"}]"#,
                    r#"[{"c": "cus_Aaaaaaaaaaaa11"}, {"c": "cus_Bbbbbbbbbbbb22"}]"#,
                ),
            ),
            (
                ("{}", r#"{"cus_Aaaaaaaaaaaa11": 5}"#),
                (
                    r#"{"cus_Aaaaaaaaaaaa11": 5}"#,
                    r#"{"cus_Aaaaaaaaaaaa11": 5, "cus_Bbbbbbbbbbbb22": 5}"#,
                ),
            ),
            (
                ("[]", r#"["paid", "created"]"#),
                (r#"["paid", "created"]"#, r#"["paid", "created", "created", "paid"]"#),
            ),
            (
                (r#"{"status": "none"}"#, r#"{"status": "active"}"#),
                (r#"{"status": "active"}"#, r#"{"status": "active"}"#),
            ),
        ] {
            assert_eq!(told(here, there), "", "{here:?} {there:?}");
        }
    }

    #[test]
    fn what_a_run_did_otherwise_is_told() {
        let cases = [
            ((r#"{"sum": 0}"#, r#"{"sum": 10}"#), (r#"{"sum": 10}"#, r#"{"sum": 30}"#)),
            ((r#"{"s": 1}"#, r#"{"s": "active"}"#), (r#"{"s": "active"}"#, r#"{"s": "past"}"#)),
            (("[]", r#"[{"n": 1}]"#), (r#"[{"n": 1}]"#, r#"[{"n": 1}, {"n": 2}]"#)),
            (("[]", r#"[{"n": 1}]"#), (r#"[{"n": 1}, {"n": 1}]"#, r#"[{"n": 1}, {"n": 1}]"#)),
        ];
        let told: Vec<String> = cases.into_iter().map(|(here, there)| told(here, there)).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        sum is 30 (+20), was 10 (GET /api)
        s is "past", was "active" (GET /api)
        [].n is 2, was 1 (GET /api)
        the list is gone, was {"n":1} (GET /api)
        "#);
    }
}
