//! What of an app's state differs from run to run by its nature: time stamps, and ids that are drawn.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::event::story::PARAMETERS;
use crate::protocol::Moment;
use crate::scenario::Values;
use crate::text::credential;

/// What stands in place of a time stamp …
const TIME: &str = "<time>";
/// … and of an id that is not the story's.
const ID: &str = "<id>";
/// How far a time stamp of the app's may be from the moment of the look, in seconds: a day has room for every time
/// zone. What is further away is a date of the story, such as the end of a period.
const NEAR: i64 = 24 * 60 * 60;
/// The fewest characters of the part of an id that is drawn.
const SHORTEST_DRAWN: usize = 8;
/// `8-4-4-4-12`
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// Puts names in the place of what differs from run to run.
pub(super) struct Mask {
    /// The story's own ids, by value.
    names: HashMap<String, String>,
    now: i64,
}

impl Mask {
    /// A mask for a story of these ids, at the moment of a look.
    pub(super) fn new(ids: &Values, now: Moment) -> Self {
        let ids = ids.entries().filter(|(name, _)| !PARAMETERS.contains(name));
        let names = ids.map(|(name, id)| (id.to_owned(), format!("{{{name}}}")));
        Self { names: names.collect(), now: now.seconds() }
    }

    /// The value with names in place.
    pub(super) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Number(number) if number.as_f64().is_some_and(|n| self.is_epoch(n)) => {
                TIME.into()
            }
            Value::Array(list) => list.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => self.members(members),
            other => other,
        }
    }

    /// Members whose keys were ids of other runs have the same name then: they become a list.
    fn members(&self, members: Map<String, Value>) -> Value {
        let mut masked: Map<String, Value> = Map::new();
        let mut lists: Map<String, Value> = Map::new();
        for (key, value) in members {
            let name = self.text(&key);
            let value = if is_drawn_number(&key, &value) { ID.into() } else { self.value(value) };
            // One of the story's own is alone.
            if name == key || name.starts_with('{') {
                masked.insert(name, value);
            } else if let Some(list) =
                lists.entry(name).or_insert_with(|| Value::Array(Vec::new())).as_array_mut()
            {
                list.push(value);
            }
        }
        masked.extend(lists);
        Value::Object(masked)
    }

    /// The text with names in place.
    pub(super) fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = ' ';
        while let Some(first) = rest.chars().next() {
            let is_start = !is_word(before);
            let found = if is_start { self.masked(rest) } else { None };
            let (length, name) = found.unwrap_or((first.len_utf8(), ""));
            out.push_str(if name.is_empty() { &rest[..length] } else { name });
            before = rest[..length].chars().next_back().unwrap_or(' ');
            rest = &rest[length..];
        }
        out
    }

    /// What the text begins with, where it is masked: its length, and its name.
    fn masked<'m>(&'m self, text: &str) -> Option<(usize, &'m str)> {
        if let Some((length, at)) = date_time(text) {
            return at.is_none_or(|at| self.is_near(at)).then_some((length, TIME));
        }
        if let Some(length) = uuid(text) {
            return Some((length, ID));
        }
        let word = &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())];
        if let Some(name) = self.names.get(word) {
            return Some((word.len(), name));
        }
        let number = word.parse().ok().filter(|_| word.len() >= 10);
        if number.is_some_and(|number: f64| self.is_epoch(number)) {
            return Some((word.len(), TIME));
        }
        is_drawn(word).then_some((word.len(), ID))
    }

    /// Whether a number is a time stamp in seconds or milliseconds.
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit is not near")]
    fn is_epoch(&self, number: f64) -> bool {
        self.is_near(number as i64) || self.is_near((number / 1_000.0) as i64)
    }

    fn is_near(&self, seconds: i64) -> bool {
        seconds.abs_diff(self.now) <= NEAR.unsigned_abs()
    }
}

/// Whether a character is of a word, as `is_drawn` takes one.
pub(in crate::runner) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether a number is one that a database drew: the id of a row.
fn is_drawn_number(key: &str, value: &Value) -> bool {
    (key == "id" || key.ends_with("_id") || key.ends_with("Id")) && value.is_i64()
}

/// Whether a word is one that somebody drew: an id, or a key.
pub(in crate::runner) fn is_drawn(word: &str) -> bool {
    is_id(word) || credential::is_random(word)
}

/// Whether a word looks as Stripe's ids do: a short word, and characters that no word has.
fn is_id(word: &str) -> bool {
    let Some((prefix, drawn)) = word.rsplit_once('_') else { return false };
    let is_prefix =
        prefix.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let is_mixed = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
    !prefix.is_empty() && is_prefix && drawn.len() >= SHORTEST_DRAWN && drawn.contains(is_mixed)
}

/// The length of the UUID that a text begins with.
fn uuid(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !c.is_ascii_hexdigit() && c != '-').unwrap_or(text.len());
    let parts: Vec<usize> = text[..end].split('-').map(str::len).collect();
    (parts == UUID).then_some(end)
}

/// The length of the date with its time that a text begins with, and the moment in seconds, where it can be read.
fn date_time(text: &str) -> Option<(usize, Option<i64>)> {
    let form = "dddd-dd-ddTdd:dd";
    let fits = |(c, form): (char, char)| match form {
        'd' => c.is_ascii_digit(),
        'T' => c == 'T' || c == ' ',
        other => c == other,
    };
    let start = text.get(..form.len())?;
    if !start.chars().zip(form.chars()).all(fits) {
        return None;
    }
    let is_more = |c: char| c.is_ascii_digit() || ":.,+-Z".contains(c);
    let rest = &text[form.len()..];
    let length = form.len() + rest.find(|c| !is_more(c)).unwrap_or(rest.len());
    let read = text[..length].replacen(' ', "T", 1);
    let zoned = |zone: &str| Moment::parse(&format!("{read}{zone}")).map(Moment::seconds);
    Some((length, zoned("").or_else(|| zoned("Z")).or_else(|| zoned(":00"))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// 2026-11-26T20:00:00Z
    const NOW: i64 = 1_795_723_200;

    fn mask() -> Mask {
        let mut ids = Values::default();
        ids.keep("customer", "cus_NffrFeUfNV2Hib".to_owned());
        Mask::new(&ids, Moment::from_seconds(NOW))
    }

    #[test]
    fn what_differs_from_run_to_run_gets_a_name() {
        for (text, masked) in [
            ("cus_NffrFeUfNV2Hib|120", "{customer}|120"),
            ("cus_OtherOther12345|120", "<id>|120"),
            ("at 2026-11-26T19:59:59.123456Z.", "at <time>"),
            ("2026-11-26 21:00:01.5+01|paid", "<time>|paid"),
            ("2026-11-26 19:00:01", "<time>"),
            ("1795723100|17", "<time>|17"),
            ("1795723100123", "<time>"),
            ("550e8400-e29b-41d4-a716-446655440000", "<id>"),
            ("3f9a1c0b7d2e48a5966f", "<id>"),
        ] {
            assert_eq!(mask().text(text), masked, "{text}");
        }
    }

    #[test]
    fn what_the_events_decide_stays() {
        for text in [
            "payment_succeeded",
            "requires_payment_method",
            "2026-12-26T20:00:00Z",
            "2026-11-26",
            "1798315200",
            "2900 usd",
            "é 12:30",
        ] {
            assert_eq!(mask().text(text), text);
        }
    }

    #[test]
    fn members_are_masked_with_their_keys() {
        let state = json!({
            "cus_NffrFeUfNV2Hib": {"id": 7, "credits": 10, "at": NOW},
            "cus_OtherOther12345": {"credits": 1},
            "cus_OtherOther54321": {"credits": 2},
        });
        let masked = json!({
            "{customer}": {"id": "<id>", "credits": 10, "at": "<time>"},
            "<id>": [{"credits": 1}, {"credits": 2}],
        });
        assert_eq!(mask().value(state), masked);
    }
}
