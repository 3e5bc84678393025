//! Recorded events as files for unit tests.

use serde_json::Value;

use super::recorded_scenario::PersonalValues;
use crate::history::Record;

/// The file that says how to sign the others.
pub(crate) const README_NAME: &str = "README.md";

const README: &str = include_str!("fixtures.md");

/// What stands in place of a personal value, by the name of its field.
const REPLACED: [(&str, &str); 13] = [
    ("address", ""),
    ("city", "Example City"),
    ("customer_email", "customer@example.com"),
    ("customer_name", "Example Customer"),
    ("description", "Example"),
    ("email", "customer@example.com"),
    ("ip", "203.0.113.1"),
    ("line1", "1 Example Street"),
    ("line2", ""),
    ("name", "Example Customer"),
    ("phone", "+15555550100"),
    ("postal_code", "00000"),
    ("receipt_email", "customer@example.com"),
];

/// Each event that came, as a file: name and text.
pub(crate) fn files(records: &[Record], personal: PersonalValues) -> Vec<(String, String)> {
    let mut seen: Vec<&str> = Vec::new();
    let mut files = Vec::new();
    for record in records {
        if seen.contains(&record.entry.event_id.as_str()) {
            continue;
        }
        seen.push(&record.entry.event_id);
        let name = format!("{:02}-{}.json", seen.len(), file_name(&record.entry.event));
        files.push((name, text(&record.body, personal)));
    }
    let first = files.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let values = match personal {
        PersonalValues::Kept => "They are byte for byte as they came.",
        PersonalValues::Replaced => "Names, addresses, descriptions and metadata are made up.",
    };
    let readme = README.replace("FIRST", &first).replace("VALUES", values);
    files.push((README_NAME.to_owned(), readme));
    files
}

/// A type as a part of a file's name on every system.
fn file_name(event: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    event.chars().map(plain).take(100).collect()
}

fn text(body: &[u8], personal: PersonalValues) -> String {
    let exact = String::from_utf8_lossy(body).into_owned();
    if personal == PersonalValues::Kept {
        return exact;
    }
    match serde_json::from_slice(body) {
        Ok(mut event) => {
            replace(&mut event);
            format!("{event:#}\n")
        }
        Err(_) => exact,
    }
}

/// Replaces personal values, wherever they stand.
fn replace(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let replaced = REPLACED.iter().find(|(known, _)| known == name);
                match (value, replaced) {
                    (Value::String(text), Some((_, other))) => (*other).clone_into(text),
                    (Value::Object(entries), _) if name == "metadata" => {
                        for (_, entry) in entries {
                            *entry = Value::from("example");
                        }
                    }
                    (value, _) => replace(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(replace),
        _ => {}
    }
}
