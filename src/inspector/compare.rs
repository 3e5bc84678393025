//! What is different in two events, field by field.

use serde_json::Value;

use super::tone::{Tone, TonedLine, line};
use crate::history::Record;
use crate::text::escape;

/// What stands for a field that is not there.
const ABSENT: &str = "(absent)";
/// The most fields that are shown.
const MOST_FIELDS: usize = 2_000;
/// The most characters of a value.
const LONGEST_VALUE: usize = 200;

/// The changed fields: the path, the value of the one, the value of the other.
pub(super) fn lines(one: &Record, other: &Record) -> Vec<TonedLine> {
    let title = |record: &Record| {
        let entry = &record.entry;
        format!("#{} {}", entry.id.0, escape::name(&entry.event))
    };
    let mut lines = vec![
        vec![(Tone::Bad, "- ".to_owned()), (Tone::Heading, title(one))],
        vec![(Tone::Good, "+ ".to_owned()), (Tone::Heading, title(other))],
        TonedLine::new(),
    ];
    let values = |record: &Record| serde_json::from_slice::<Value>(&record.body).ok();
    let (Some(before), Some(after)) = (values(one), values(other)) else {
        let same = one.body == other.body;
        let what = if same { "the same bytes" } else { "one of them is no JSON; the bytes differ" };
        lines.push(line(Tone::Plain, what));
        return lines;
    };
    let mut changed = Vec::new();
    differences(String::new(), &before, &after, &mut changed);
    if changed.is_empty() {
        lines.push(line(Tone::Plain, "no field differs"));
    }
    let more = changed.len().saturating_sub(MOST_FIELDS);
    for (path, before, after) in changed.into_iter().take(MOST_FIELDS) {
        lines.push(line(Tone::Name, escape::line(&path)));
        lines.push(line(Tone::Bad, format!("  - {before}")));
        lines.push(line(Tone::Good, format!("  + {after}")));
    }
    if more > 0 {
        lines.push(line(Tone::Dim, format!("… and {more} more fields")));
    }
    lines
}

type Change = (String, String, String);

fn differences(path: String, before: &Value, after: &Value, changed: &mut Vec<Change>) {
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            let added = other.keys().filter(|name| !one.contains_key(*name));
            for name in one.keys().chain(added) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                both(path, one.get(name), other.get(name), changed);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for at in 0..one.len().max(other.len()) {
                both(format!("{path}[{at}]"), one.get(at), other.get(at), changed);
            }
        }
        (one, other) if one != other => changed.push((path, shown(one), shown(other))),
        _ => {}
    }
}

fn both(path: String, one: Option<&Value>, other: Option<&Value>, changed: &mut Vec<Change>) {
    match (one, other) {
        (Some(one), Some(other)) => differences(path, one, other, changed),
        (one, other) => {
            let shown = |value: Option<&Value>| value.map_or_else(|| ABSENT.to_owned(), shown);
            changed.push((path, shown(one), shown(other)));
        }
    }
}

fn shown(value: &Value) -> String {
    let text = escape::line(&value.to_string());
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changed_fields_are_found_at_their_paths() {
        let before = json!({"a": {"b": 1, "same": true}, "list": [1, 2], "gone": null});
        let after = json!({"a": {"b": "x", "same": true}, "list": [1, 3, 4], "new": {"c": 1}});
        let mut changed = Vec::new();
        differences(String::new(), &before, &after, &mut changed);
        let shown: Vec<String> = changed
            .into_iter()
            .map(|(path, one, other)| format!("{path}: {one} {other}"))
            .collect();
        assert_eq!(
            shown,
            [
                "a.b: 1 \"x\"",
                "list[1]: 2 3",
                "list[2]: (absent) 4",
                "gone: null (absent)",
                "new: (absent) {\"c\":1}"
            ]
        );
    }
}
