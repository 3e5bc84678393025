//! A filter as it is typed: the words of `devtool history`'s options.

use std::str::FromStr;

use crate::history::{Filter, PointInTime, State};
use crate::protocol::Moment;

/// What can be typed, for whoever asks.
pub(super) const WORDS: &str = "type:invoice.* status:5xx failed undelivered grep:TEXT endpoint:5000 \
                                session:12 since:1h until:14:30";

/// The filter of a text, within another one.
///
/// # Errors
/// Says which word is not understood.
pub(super) fn filter(text: &str, within: &Filter, now: Moment) -> Result<Filter, String> {
    let mut filter = within.clone();
    for word in words(text) {
        add(&mut filter, &word, now)?;
    }
    Ok(filter)
}

/// The words of a text: spaces part them, but within quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn add(filter: &mut Filter, word: &str, now: Moment) -> Result<(), String> {
    let (name, value) = word.split_once(':').unwrap_or((word, ""));
    match (name, value) {
        ("failed", "") => filter.states.extend(State::FAILED),
        ("undelivered", "") => filter.states.extend(State::UNDELIVERED),
        // What is not finished yet filters nothing.
        ("type" | "status" | "grep" | "endpoint" | "session" | "since" | "until", "") => {
            return if word.ends_with(':') { Ok(()) } else { part_of_type(filter, word) };
        }
        ("type", types) => filter.types = Some(types.to_owned()),
        ("status", status) => filter.status = Some(read(word, status)?),
        ("grep", text) => filter.text = Some(text.to_owned()),
        ("endpoint", endpoint) => filter.endpoints = vec![read(word, endpoint)?],
        ("session", session) => {
            let session = session.parse();
            filter.session = Some(session.map_err(|_| format!("`{word}`: expected a number"))?);
        }
        ("since", since) => {
            filter.since = Some(read::<PointInTime>(word, since)?.moment(now));
        }
        ("until", until) => {
            filter.until = Some(read::<PointInTime>(word, until)?.moment(now));
        }
        (_, "") if !word.contains(':') => return part_of_type(filter, word),
        _ => return Err(format!("`{name}:` is no word of a filter")),
    }
    Ok(())
}

/// A word alone is a part of a type.
fn part_of_type(filter: &mut Filter, word: &str) -> Result<(), String> {
    if filter.types.is_some() {
        return Err(format!("`{word}`: the filter has a type already"));
    }
    let is_pattern = word.contains(['*', '?']);
    filter.types = Some(if is_pattern { word.to_owned() } else { format!("*{word}*") });
    Ok(())
}

fn read<T: FromStr<Err = String>>(word: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|reason| format!("`{word}`: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Filter, String> {
        filter(text, &Filter::default(), Moment::from_seconds(1_792_000_000))
    }

    #[test]
    fn a_filter_has_the_words_of_the_history() {
        let filter = read("type:invoice.* status:5xx failed grep:\"no such\" session:3").unwrap();
        assert_eq!(filter.types.as_deref(), Some("invoice.*"));
        assert_eq!(filter.states, State::FAILED);
        assert_eq!(filter.text.as_deref(), Some("no such"));
        assert_eq!(filter.session, Some(3));
        assert_eq!(read("invoice").unwrap().types.as_deref(), Some("*invoice*"));
        assert_eq!(read("since:1h").unwrap().since, Some(Moment::from_seconds(1_791_996_400)));
    }

    #[test]
    fn a_word_that_is_not_finished_filters_nothing_and_another_is_said() {
        assert_eq!(read("status:").unwrap(), Filter::default());
        for (text, reason) in [
            (
                "status:abc",
                "`status:abc`: expected a status such as `404`, or a class such as `5xx`",
            ),
            ("session:x", "`session:x`: expected a number"),
            ("colour:red", "`colour:` is no word of a filter"),
            ("type:a b", "`b`: the filter has a type already"),
        ] {
            assert_eq!(read(text).unwrap_err(), reason, "{text}");
        }
    }
}
