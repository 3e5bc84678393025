//! Whether an answer is as expected, and what is kept of it.

use serde_json::Value;

use super::mismatch::Mismatch;
use crate::delivery::{Attempt, Response};
use crate::event::path::Path;
use crate::scenario::{Comparison, Expectation, Part, Save, TextExpectation, Values};
use crate::text::duration;

/// How much of a text a mismatch shows, in characters.
const SHOWN: usize = 200;

/// What of an answer is not as expected; nothing for an attempt without an answer, which says enough.
/// A status that nothing is said of does not count here: that it is no 2xx says enough, too.
pub(super) fn mismatches(
    expect: &Expectation,
    attempt: &Attempt,
    values: &Values,
) -> Vec<Mismatch> {
    let Some(response) = attempt.outcome.response() else { return Vec::new() };
    let mut found = Findings { values, list: Vec::new() };
    if !expect.status.is_empty() && !expect.accepts(response.status) {
        let statuses: Vec<String> = expect.status.iter().map(ToString::to_string).collect();
        found.add("status", statuses.join(" or "), response.status.to_string());
    }
    if let Some(most) = expect.max_latency.filter(|most| attempt.latency > *most) {
        let expected = format!("at most {}", duration::exact(most));
        found.add("max_latency", expected, duration::short(attempt.latency));
    }
    found.text("body", &expect.body, Some(&response.text()));
    if !expect.json.is_empty() {
        found.json(&expect.json, response);
    }
    if !expect.numbers.is_empty() {
        found.numbers(&expect.numbers, response);
    }
    for (name, text) in &expect.headers {
        found.text(&format!("header {name}"), text, response.header(name));
    }
    found.list
}

/// Keeps what steps save of an answer; what it does not have is a mismatch.
pub(super) fn keep(save: &[Save], response: &Response, values: &mut Values) -> Vec<Mismatch> {
    let mut list = Vec::new();
    let body = body(response);
    for Save { name, part } in save {
        let (value, what) = match part {
            Part::Header(header) => {
                (response.header(header).map(ToOwned::to_owned), format!("header {header}"))
            }
            Part::Json(path) => {
                let value = body.as_ref().ok().and_then(|body| path.find(body).ok());
                (value.map(plain), format!("body {path}"))
            }
        };
        match value {
            Some(value) => values.keep(name, value),
            None => list.push(Mismatch {
                what,
                expected: format!("a value to save as {name}"),
                found: "nothing".to_owned(),
            }),
        }
    }
    list
}

fn body(response: &Response) -> Result<Value, String> {
    serde_json::from_slice(&response.body).map_err(|error| format!("not JSON ({error})"))
}

/// Text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

struct Findings<'v> {
    values: &'v Values,
    list: Vec<Mismatch>,
}

impl Findings<'_> {
    fn add(&mut self, what: &str, expected: String, found: String) {
        self.list.push(Mismatch { what: what.to_owned(), expected, found });
    }

    /// A text with values for its names. One that no answer gave is a mismatch.
    fn filled(&mut self, what: &str, text: &str) -> Option<String> {
        match self.values.fill(text) {
            Ok(text) => Some(text),
            Err(name) => {
                self.add(what, text.to_owned(), format!("no answer gave the value {name}"));
                None
            }
        }
    }

    fn text(&mut self, what: &str, expect: &TextExpectation, found: Option<&str>) {
        let shown = || found.map_or_else(|| "nothing".to_owned(), quoted);
        let text = found.unwrap_or_default();
        let wanted = expect.equals.as_ref().and_then(|text| self.filled(what, text));
        if let Some(wanted) = wanted.filter(|wanted| found != Some(wanted)) {
            self.add(what, quoted(&wanted), shown());
        }
        for part in &expect.contains {
            if let Some(part) = self.filled(what, part).filter(|part| !text.contains(part.as_str()))
            {
                self.add(what, format!("{} in it", quoted(&part)), shown());
            }
        }
        for pattern in expect.matches.iter().filter(|pattern| !pattern.is_match(text)) {
            self.add(what, format!("a match of /{}/", pattern.as_str()), shown());
        }
    }

    fn json(&mut self, members: &[(Path, Value)], response: &Response) {
        let body = match body(response) {
            Ok(body) => body,
            Err(error) => return self.add("body", "JSON".to_owned(), error),
        };
        for (path, wanted) in members {
            let what = format!("body {path}");
            let wanted = match wanted {
                Value::String(text) => self.filled(&what, text).map(Value::String),
                other => Some(other.clone()),
            };
            let Some(wanted) = wanted else { continue };
            let found = path.find(&body).ok();
            if !found.is_some_and(|found| is_same(found, &wanted)) {
                let found =
                    found.map_or_else(|| "nothing".to_owned(), |value| cut(&value.to_string()));
                self.add(&what, wanted.to_string(), found);
            }
        }
    }
}

impl Findings<'_> {
    fn numbers(&mut self, numbers: &[(Path, Comparison)], response: &Response) {
        let body = match body(response) {
            Ok(body) => body,
            Err(error) => return self.add("body", "JSON".to_owned(), error),
        };
        for (path, comparison) in numbers {
            let found = path.find(&body).ok();
            // Databases give decimals as text.
            let text = || found.and_then(Value::as_str)?.trim().parse().ok();
            let number = found.and_then(Value::as_f64).or_else(text);
            if !number.is_some_and(|number| comparison.holds(number)) {
                let found =
                    found.map_or_else(|| "nothing".to_owned(), |value| cut(&value.to_string()));
                self.add(&format!("number {path}"), comparison.to_string(), found);
            }
        }
    }
}

/// Whether two values are the same; `1` is `1.0`, and a number is a text that a name stood for.
fn is_same(found: &Value, wanted: &Value) -> bool {
    found == wanted
        || matches!((found.as_f64(), wanted.as_f64()), (Some(a), Some(b)) if a.total_cmp(&b).is_eq())
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", cut(text))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
