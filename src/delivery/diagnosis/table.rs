//! The table of known answers, looked through in its order.

use super::answers::{KnownAnswer, known_answers};
use super::said::Said;
use crate::delivery::outcome::Response;

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
    known_answers().answer.iter().find_map(|row| Some((row, row.fits(response, said, is_second)?)))
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
            && self.class.as_ref().is_none_or(|class| *class == said.class);
        if !fits {
            return None;
        }
        let members = self.json.iter().map(|wanted| member(wanted, said));
        let members: Vec<String> = members.collect::<Option<_>>()?;
        let titles = std::slice::from_ref(&said.title);
        let Fit { word: in_title, .. } = fit_of(&self.title, titles, word_in)?;
        let whole = fit_of(&self.is, &said.lines, is_line)
            .or_else(|| fit_of(&self.is, said.message().as_slice(), is_line))?;
        let part = fit_of(&self.says, &said.lines, word_in)?;
        let words = [part.word, in_title].into_iter().chain(members);
        let word = words.into_iter().find(|word| !word.is_empty()).unwrap_or_default();
        Some(Fit { word, line: part.line.or(whole.line) })
    }
}

/// What stands for the `{word}` of a member of JSON; `None` where there is no such member.
fn member(wanted: &str, said: &Said) -> Option<String> {
    let Some(name) = wanted.strip_suffix("{word}") else {
        return said.members.iter().any(|member| member == wanted).then(String::new);
    };
    said.members.iter().find_map(|member| member.strip_prefix(name)).map(ToOwned::to_owned)
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

    use serde::Deserialize;

    use super::*;
    use crate::delivery::diagnosis::answers::{KnownAnswers, TEXT};

    #[test]
    fn the_table_is_read_and_every_row_says_how_it_is_known() {
        let table: KnownAnswers = toml::from_str(TEXT).unwrap();
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

    #[derive(Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        status: u16,
        #[serde(default)]
        headers: Vec<(String, String)>,
        #[serde(default)]
        body: String,
        file: Option<String>,
        #[serde(default)]
        second: bool,
    }

    fn answer(status: u16, headers: Vec<(String, String)>, body: String) -> Response {
        Response { status, headers, body: body.into_bytes(), is_truncated: false, broke_off: None }
    }

    /// The answers of the tests, as the table takes them.
    fn answers() -> Vec<(Response, Said, bool)> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data");
        let text = std::fs::read_to_string(folder.join("answers.toml")).unwrap();
        let read = |file: &str| std::fs::read_to_string(folder.join("answers").join(file)).unwrap();
        let cases = toml::from_str::<Cases>(&text).unwrap().case.into_iter();
        let taken = cases.map(|case| {
            let body = case.file.as_deref().map_or(case.body, read);
            let response = answer(case.status, case.headers, body);
            let said = Said::of(&response);
            (response, said, case.second)
        });
        taken.collect()
    }

    /// The row without each of its conditions in turn, but for its sentences, which are facts.
    fn loosened(row: &KnownAnswer) -> Vec<(&'static str, KnownAnswer)> {
        type Loosen = fn(&mut KnownAnswer);
        let loosen: [(&str, Loosen); 9] = [
            ("status", |row| row.status.clear()),
            ("header", |row| row.header = None),
            ("is", |row| row.says.append(&mut row.is)),
            ("title", |row| row.title.clear()),
            ("class", |row| row.class = None),
            ("json", |row| row.json.clear()),
            ("silent, page", |row| (row.silent, row.page) = (None, None)),
            ("raises", |row| row.raises = None),
            ("second", |row| row.second = None),
        ];
        let loosen = loosen.map(|(name, loosen)| {
            let mut other = row.clone();
            loosen(&mut other);
            (name, other)
        });
        loosen.into_iter().filter(|(_, other)| format!("{other:?}") != format!("{row:?}")).collect()
    }

    #[test]
    fn an_answer_of_the_tests_is_mistaken_where_a_row_is_loosened() {
        let rows = &known_answers().answer;
        let answers = answers();
        let right = |answer: &(Response, Said, bool)| {
            rows.iter().position(|row| row.fits(&answer.0, &answer.1, answer.2).is_some()).unwrap()
        };
        let right: Vec<usize> = answers.iter().map(right).collect();
        let mut unseen = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            for (condition, other) in loosened(row) {
                let mut pairs = answers.iter().zip(&right);
                let is_mistaken =
                    |((response, said, second), right): (&(Response, Said, bool), &usize)| {
                        *right > at
                            && (&rows[*right].id, &rows[*right].cause) != (&row.id, &row.cause)
                            && other.fits(response, said, *second).is_some()
                    };
                if !pairs.any(is_mistaken) {
                    unseen.push(format!("{}: {condition}", row.id));
                }
            }
        }
        assert!(unseen.is_empty(), "{unseen:#?}");
    }

    /// An answer that says this sentence, and is else as the row wants it.
    fn saying(row: &KnownAnswer, sentence: &str) -> Response {
        let sentence = sentence.replace("{word}", "invoice");
        let headers = row.header.iter().filter_map(|header| header.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (title, heading) = row
            .title
            .first()
            .map_or(("", ""), |title| title.split_once(" | ").unwrap_or((title.as_str(), "")));
        let body = if row.title.is_empty() && row.page != Some(true) {
            if row.is.contains(&sentence) { sentence } else { format!("{sentence}7") }
        } else if row.title.contains(&sentence) {
            format!("<!doctype html><title>{sentence}</title><p>KeyError: x</p>")
        } else {
            format!("<!doctype html><title>{title}</title><h1>{heading}</h1><p>{sentence}</p>")
        };
        answer(row.status.first().copied().unwrap_or(400), headers, body)
    }

    #[test]
    fn no_sentence_is_hidden_by_a_row_above() {
        let mut hidden = Vec::new();
        for row in &known_answers().answer {
            // A page's title has its heading behind it.
            let titles = row.title.iter().filter(|title| !title.contains(" | "));
            for sentence in row.says.iter().chain(&row.is).chain(titles) {
                let response = saying(row, sentence);
                let second = row.second.unwrap_or_default();
                let found = find(&response, &Said::of(&response), second);
                let found = found.map(|(row, _)| row.id.as_str());
                if found != Some(&row.id) {
                    hidden.push(format!("{}: {sentence}: {found:?}", row.id));
                }
            }
        }
        assert!(hidden.is_empty(), "{hidden:#?}");
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
