//! The table of known answers: read when something failed for the first time, looked through in its order.

use std::sync::OnceLock;

use serde::Deserialize;

use super::said::Said;
use crate::delivery::outcome::Response;

const TEXT: &str = include_str!("answers.toml");

#[derive(Debug, Default, Deserialize)]
struct Table {
    #[serde(default)]
    answer: Vec<KnownAnswer>,
}

/// A known answer; answers.toml describes its form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KnownAnswer {
    pub(super) id: String,
    status: Vec<u16>,
    header: Option<String>,
    says: Vec<String>,
    is: Vec<String>,
    title: Vec<String>,
    json: Vec<String>,
    silent: Option<bool>,
    page: Option<bool>,
    raises: Option<bool>,
    second: Option<bool>,
    pub(super) cause: String,
    pub(super) fix: String,
    pub(super) option: Option<String>,
}

/// The rows. A file that cannot be read has none; a test reads it.
pub(super) fn rows() -> &'static [KnownAnswer] {
    static TABLE: OnceLock<Table> = OnceLock::new();
    &TABLE.get_or_init(|| toml::from_str(TEXT).unwrap_or_default()).answer
}

/// How a row fits.
#[derive(Debug, Default)]
pub(super) struct Fit {
    /// What stands for its `{word}`.
    pub(super) word: String,
    /// The line that it is known by, where it is a line.
    pub(super) line: Option<String>,
}

/// The first row that fits.
pub(super) fn find(
    response: &Response,
    said: &Said,
    is_second: bool,
) -> Option<(&'static KnownAnswer, Fit)> {
    rows().iter().find_map(|row| Some((row, row.fits(response, said, is_second)?)))
}

impl KnownAnswer {
    fn fits(&self, response: &Response, said: &Said, is_second: bool) -> Option<Fit> {
        let is_or_any = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        let fits = (self.status.is_empty() || self.status.contains(&response.status))
            && self.header.as_ref().is_none_or(|header| has_header(response, header))
            && is_or_any(self.silent, said.is_silent)
            && is_or_any(self.page, said.is_page)
            && is_or_any(self.raises, said.exception.is_some())
            && is_or_any(self.second, is_second)
            && self.json.iter().all(|member| said.members.contains(member));
        if !fits {
            return None;
        }
        let titles = std::slice::from_ref(&said.title);
        let Fit { word: in_title, .. } = fit_of(&self.title, titles, word_in)?;
        let whole = fit_of(&self.is, &said.lines, is_line)?;
        let part = fit_of(&self.says, &said.lines, word_in)?;
        let word = if part.word.is_empty() { in_title } else { part.word };
        Some(Fit { word, line: part.line.or(whole.line) })
    }
}

fn has_header(response: &Response, wanted: &str) -> bool {
    let (name, part) = wanted.split_once(": ").unwrap_or((wanted, ""));
    response.header(name).is_some_and(|value| value.contains(part))
}

/// How the first sentence fits that stands in one of the lines; `None` where no sentence does. Where no sentence
/// is wanted, all is well.
fn fit_of(
    sentences: &[String],
    lines: &[String],
    word: fn(&str, &str) -> Option<String>,
) -> Option<Fit> {
    if sentences.is_empty() {
        return Some(Fit::default());
    }
    let pairs =
        sentences.iter().flat_map(|sentence| lines.iter().map(move |line| (sentence, line)));
    pairs
        .map(|(sentence, line)| (sentence, spaced(line)))
        .find_map(|(sentence, line)| Some(Fit { word: word(sentence, &line)?, line: Some(line) }))
}

/// An empty word where the line is the sentence.
fn is_line(sentence: &str, line: &str) -> Option<String> {
    let line = line.trim_end_matches(['.', '!', ' ']);
    line.eq_ignore_ascii_case(sentence.trim_end_matches('.')).then(String::new)
}

/// The line with single spaces.
fn spaced(line: &str) -> String {
    line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn word_in(sentence: &str, line: &str) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    let sentence = sentence.to_ascii_lowercase();
    let Some((before, after)) = sentence.split_once("{word}") else {
        return lower.contains(&sentence).then(String::new);
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if before.is_empty() {
        let end = lower.find(after)?;
        return Some(line[..end].rsplit(|c| !is_part(c)).next().unwrap_or_default().to_owned());
    }
    let start = lower.find(before)? + before.len();
    let rest = &line[start..];
    let word = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
    let word = if lower[start + word.len()..].starts_with(after) { word } else { return None };
    let word = word.trim_end_matches('.');
    (!word.is_empty()).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_read_and_every_row_says_how_it_is_known() {
        let table: Table = toml::from_str(TEXT).unwrap();
        let ids: BTreeSet<&str> = table.answer.iter().map(|row| row.id.as_str()).collect();
        assert!(
            table.answer.len() >= 60 && ids.len() >= 60,
            "{} {}",
            table.answer.len(),
            ids.len()
        );
        for row in &table.answer {
            assert!(!row.id.is_empty() && !row.cause.is_empty() && !row.fix.is_empty(), "{row:?}");
            assert!(!row.fix.ends_with('.') && !row.cause.ends_with('.'), "{row:?}");
        }
    }

    #[test]
    fn a_sentence_may_hold_a_word() {
        let word = |sentence, line| word_in(sentence, line);
        let said = "Received event with API version X, but stripe-go 8 expects API version 2026-07-29.dahlia. We";
        assert_eq!(word("expects API version {word}", said).unwrap(), "2026-07-29.dahlia");
        assert_eq!(word("{word} at /", "KeyError at /hook").unwrap(), "KeyError");
        assert_eq!(word("add '{word}' to", "may add 'x.test' to it").unwrap(), "x.test");
        assert_eq!(word("expects API version {word}", "expects API version"), None);
        assert_eq!(word("no such", "It has NO SUCH thing").unwrap(), "");
    }
}
