//! Reads devtool.toml into typed values, with what is wrong and where, and without what may be a secret.

use std::path::Path;

use super::error;
use crate::error::{Error, Result};
use crate::text::excerpt::Excerpt;
use crate::text::{credential, suggestion};

/// Reads a TOML file into a type, with the line and the key in the error. What may be a secret is never shown.
///
/// # Errors
/// The text is no TOML, or does not fit the type.
pub(super) fn from_toml<T: serde::de::DeserializeOwned>(file: &Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| in_file(file, text, &error))
}

fn in_file(file: &Path, text: &str, error: &toml::de::Error) -> Error {
    let excerpt = Excerpt::new(text, error.span().unwrap_or_default());
    let line = text.lines().nth(excerpt.line - 1).unwrap_or_default();
    let excerpt = if may_hold_secret(line) { excerpt.hidden() } else { excerpt };
    // The parser's message may go on over lines.
    let message = error.message().replace('\n', ", ");
    let unknown = message.strip_prefix("unknown field ").and_then(|rest| rest.split_once(", "));
    let (reason, hint) = if let Some((key, expected)) = unknown {
        (format!("unknown key {}", shown_key(key)), meant(key, expected))
    } else {
        let key = key_of(line).map(|key| format!("`{key}`: ")).unwrap_or_default();
        (format!("{key}{message}"), None)
    };
    let place = format!("{}:{}", excerpt.line, excerpt.column);
    let error = error::invalid_file(file, place, &reason).showing(excerpt);
    let hint = hint.or_else(|| error.hint().map(str::to_owned));
    error.rehinted(hint)
}

/// The keys whose values may be shown.
const HARMLESS: [&str; 15] = [
    "account",
    "api_version",
    "event",
    "events",
    "fail_on",
    "file",
    "keep",
    "max_size",
    "only",
    "pedantic",
    "port",
    "project",
    "secret_env",
    "skip",
    "timeout",
];

/// Whether a line may show a secret: that of a key which takes none shows none, nor does a table's head.
fn may_hold_secret(line: &str) -> bool {
    let is_harmless = key_of(line).is_some_and(|key| HARMLESS.contains(&key));
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c)));
    let mut random = words.filter(|word| credential::is_random(word) || word.starts_with("whsec"));
    !(is_harmless || key_of(line).is_none() && is_head(line)) || random.next().is_some()
}

fn is_head(line: &str) -> bool {
    let name = line.trim().trim_matches(['[', ']']);
    line.trim_start().starts_with('[')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A key in ticks, if it does not look like a secret.
fn shown_key(ticked: &str) -> &str {
    if credential::is_random(ticked.trim_matches('`')) { "`***`" } else { ticked }
}

/// The key that is meant, or all that there are.
fn meant(key: &str, expected: &str) -> Option<String> {
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let near = suggestion::near(key.trim_matches('`'), known.iter().copied());
    let all = || expected.split_once('`').map(|_| known.join("`, `"));
    suggestion::did_you_mean(&near).or_else(|| Some(format!("valid keys are `{}`", all()?)))
}

/// The line, from 1, of a byte.
pub(super) fn line_at(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or(text).matches('\n').count() + 1
}

/// The key of a line, where it is a plain one: what else stands before a `=` may be a value.
fn key_of(line: &str) -> Option<&str> {
    let key = line.split_once('=')?.0.trim();
    let is_plain = key.chars().all(|c| c.is_ascii_alphanumeric() || "_-/\"".contains(c));
    (is_plain && !key.is_empty() && key.len() <= 40).then_some(key)
}
