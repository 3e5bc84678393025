//! What a look at the app's state found, and how two differ.

use std::fmt;

use serde_json::{Map, Value};

use super::mask::Mask;
use crate::protocol::Moment;
use crate::scenario::Values;

/// How many differences are told.
const MOST: usize = 20;
/// How much of a value is told, in characters.
const SHOWN: usize = 80;

/// What the app answered at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// When.
    pub at: Moment,
    /// One for each query.
    pub answers: Vec<StateAnswer>,
}

/// What one query found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateAnswer {
    /// What was asked: `GET /api/credits`, or a command.
    pub query: String,
    /// The status; `None` for a command.
    pub status: Option<u16>,
    /// The exact bytes.
    pub body: Vec<u8>,
    /// Whether the query named the story's objects, so that nothing of another story is in the answer.
    pub is_of_story: bool,
}

/// Where two looks differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateDifference {
    /// What was asked.
    pub query: String,
    /// The member of the answer; empty for the whole.
    pub place: String,
    /// The value of the first look; `None` where there was none.
    pub before: Option<String>,
    /// That of the second.
    pub after: Option<String>,
}

impl StateDifference {
    /// The thing that differs.
    pub(crate) fn subject(&self) -> &str {
        if self.place.is_empty() { "the answer" } else { &self.place }
    }
}

impl fmt::Display for StateDifference {
    /// `credits is 20, was 10 (GET /api/credits)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject();
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{subject} is {after}, was {before}")?,
            (Some(before), None) => write!(f, "{subject} is gone, was {before}")?,
            (None, Some(after)) => write!(f, "{subject} is {after}, was not there")?,
            (None, None) => write!(f, "{subject} differs")?,
        }
        write!(f, " ({})", self.query)
    }
}

impl Fingerprint {
    /// Whether it shows one story alone.
    pub(crate) fn is_of_story(&self) -> bool {
        self.answers.iter().any(|answer| answer.is_of_story)
    }

    /// How a later look at the same state differs; time stamps, and ids that are not the story's, do not count.
    pub(crate) fn differences(&self, later: &Self, ids: &Values) -> Vec<StateDifference> {
        let pairs = self.answers.iter().zip(&later.answers);
        let found = pairs.flat_map(|(before, after)| {
            let mut differing = Differing { query: &before.query, found: Vec::new() };
            differing.value("", Some(&self.content(before, ids)), Some(&later.content(after, ids)));
            differing.found
        });
        found.take(MOST).collect()
    }

    /// What an answer says, with names in place of what differs from run to run.
    pub(super) fn content(&self, answer: &StateAnswer, ids: &Values) -> Value {
        let content = Mask::new(ids, self.at).value(parsed(&answer.body));
        match answer.status {
            Some(status) if !(200..300).contains(&status) => {
                // Its body is a page about the error.
                Value::Object(Map::from_iter([("HTTP status".to_owned(), status.into())]))
            }
            _ => content,
        }
    }
}

/// JSON as it is; of any other text its lines.
fn parsed(body: &[u8]) -> Value {
    if let Ok(value) = serde_json::from_slice(body) {
        return value;
    }
    let text = String::from_utf8_lossy(body);
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|_| line.into());
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(line).collect::<Value>()
}

/// Gathers where two values differ.
pub(super) struct Differing<'d> {
    pub(super) query: &'d str,
    pub(super) found: Vec<StateDifference>,
}

impl Differing<'_> {
    pub(super) fn value(&mut self, place: &str, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (before, after) if before == after => {}
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                self.members(place, before, after);
            }
            (Some(Value::Array(before)), Some(Value::Array(after))) => {
                self.items(place, before, after);
            }
            _ => self.add(place, before.map(shown), after.map(shown)),
        }
    }

    fn members(&mut self, place: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        let new = after.keys().filter(|key| !before.contains_key(*key));
        for key in before.keys().chain(new) {
            let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            self.value(&place, before.get(key), after.get(key));
        }
    }

    fn items(&mut self, place: &str, before: &[Value], after: &[Value]) {
        if before.len() != after.len() {
            let count = |items: &[Value]| match items.len() {
                1 => "1 item".to_owned(),
                several => format!("{several} items"),
            };
            let subject = if place.is_empty() { "the list" } else { place };
            return self.add(subject, Some(count(before)), Some(count(after)));
        }
        for (index, (before, after)) in before.iter().zip(after).enumerate() {
            self.value(&format!("{place}[{index}]"), Some(before), Some(after));
        }
    }

    pub(super) fn add(&mut self, place: &str, before: Option<String>, after: Option<String>) {
        let (query, place) = (self.query.to_owned(), place.to_owned());
        self.found.push(StateDifference { query, place, before, after });
    }
}

/// A value for a reader.
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(status: Option<u16>, body: &str) -> Fingerprint {
        let (query, body) = ("GET /api".to_owned(), body.as_bytes().to_vec());
        let answers = vec![StateAnswer { query, status, body, is_of_story: false }];
        Fingerprint { at: Moment::from_seconds(1_795_723_200), answers }
    }

    fn told(before: &str, after: &str) -> String {
        let (before, after) = (look(Some(200), before), look(Some(200), after));
        let found = before.differences(&after, &Values::default());
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn two_looks_differ_in_words() {
        for (before, after, words) in [
            (r#"{"credits": 10}"#, r#"{"credits": 20}"#, "credits is 20, was 10 (GET /api)"),
            (r#"{"a": {"b": [1, 2]}}"#, r#"{"a": {"b": [1, 3]}}"#, "a.b[1] is 3, was 2 (GET /api)"),
            (r#"{"a": []}"#, r#"{"a": [{"x": 1}]}"#, "a is 1 item, was 0 items (GET /api)"),
            (r#"{"a": 1}"#, "{}", "a is gone, was 1 (GET /api)"),
            ("{}", r#"{"a": null}"#, "a is null, was not there (GET /api)"),
            ("a|1\nb|2\n", "a|1\nb|3\n", r#"[1] is "b|3", was "b|2" (GET /api)"#),
            ("120\n", "130\n", "the answer is 130, was 120 (GET /api)"),
            ("", "", ""),
        ] {
            assert_eq!(told(before, after), words);
        }
    }

    #[test]
    fn what_differs_by_its_nature_does_not_count() {
        let before = r#"{"last": "evt_1Mb2Xk4dTz7RqW9e", "at": "2026-11-26T19:59:01Z", "id": 17}"#;
        let after = r#"{"last": "evt_1Mb2Xk4dTz7RqW9f", "at": "2026-11-26T20:00:00.5Z", "id": 18}"#;
        assert_eq!(told(before, after), "");
    }

    #[test]
    fn an_error_is_its_status() {
        let missing = look(Some(404), "<p>no customer 17</p>");
        let differences = |later: &Fingerprint| missing.differences(later, &Values::default());
        assert_eq!(differences(&look(Some(404), "<p>no customer 18</p>")), []);
        let found = differences(&look(Some(200), r#"{"status": "active"}"#));
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        HTTP status is gone, was 404 (GET /api)
        status is "active", was not there (GET /api)
        "#);
    }
}
