//! One delivery in tabs, each as lines.

use serde_json::Value;

use super::tone::{Tone, TonedLine, line};
use crate::delivery::{Outcome, diagnosis};
use crate::history::{DeliveryId, Headers, KeptAttempt, Record, State};
use crate::protocol::Moment;
use crate::report::api_calls;
use crate::text::command_line::{self, CommandLine};
use crate::text::redaction::Redactor;
use crate::text::{duration, escape, size};

/// The tabs.
pub(super) const TABS: [&str; 6] =
    ["Event", "Request", "Answer", "Attempts", "API calls", "Diagnosis"];

/// The most lines of a tab: nobody reads more, and each takes memory.
const MOST_LINES: usize = 20_000;

/// What is shown of a delivery.
#[derive(Debug, Default)]
pub(super) struct Detail {
    id: Option<DeliveryId>,
    record: Option<Box<Record>>,
    pub(super) tab: usize,
    pub(super) lines: Vec<TonedLine>,
    pub(super) scroll: usize,
}

/// How times and commands are written, and what is not shown.
pub(super) struct Writing<'w> {
    pub(super) local: fn(Moment) -> String,
    pub(super) typed: &'w CommandLine,
    pub(super) redactor: &'w Redactor,
}

impl Detail {
    /// There is no delivery to be shown.
    pub(super) fn clear(&mut self) {
        *self = Self { tab: self.tab, ..Self::default() };
    }

    /// Takes a delivery that was read: another one is shown from its start.
    pub(super) fn take(&mut self, id: DeliveryId, record: Option<Box<Record>>, with: &Writing<'_>) {
        if self.id != Some(id) {
            self.scroll = 0;
        }
        self.id = Some(id);
        self.record = record;
        self.write(with);
    }

    pub(super) fn open_tab(&mut self, tab: usize, with: &Writing<'_>) {
        self.tab = tab.min(TABS.len() - 1);
        self.scroll = 0;
        self.write(with);
    }

    fn write(&mut self, with: &Writing<'_>) {
        let Some(record) = &self.record else {
            let gone = "this delivery is not in the history any more";
            self.lines = if self.id.is_some() { vec![line(Tone::Dim, gone)] } else { Vec::new() };
            return;
        };
        let mut lines = match self.tab {
            0 => event(record, with),
            1 => request(record),
            2 => answer(record),
            3 => attempts(record, with),
            4 => api_calls(record),
            _ => likely_cause(record, with.typed),
        };
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            lines.push(line(Tone::Dim, "… (`devtool history show` has the rest)"));
        }
        for (_, text) in lines.iter_mut().flatten() {
            let shown = with.redactor.text(text);
            if let std::borrow::Cow::Owned(shown) = shown {
                *text = shown;
            }
        }
        self.lines = lines;
    }
}

fn fact(name: &str, value: &str) -> TonedLine {
    vec![(Tone::Dim, format!("{name:<10}")), (Tone::Plain, escape::line(value))]
}

fn event(record: &Record, with: &Writing<'_>) -> Vec<TonedLine> {
    let entry = &record.entry;
    let created = entry.created.map(|created| (with.local)(Moment::from_seconds(created)));
    let facts = [
        Some(("id", entry.event_id.clone())),
        Some(("received", format!("{} ({})", (with.local)(entry.received_at), entry.via))),
        created.map(|created| ("created", created)),
        entry.account.as_ref().map(|account| ("account", account.clone())),
        Some(("endpoint", entry.endpoint.clone())),
        Some(("session", format!("{} ({})", entry.session, entry.command))),
    ];
    let mut lines: Vec<TonedLine> =
        facts.into_iter().flatten().map(|(name, value)| fact(name, &value)).collect();
    lines.push(TonedLine::new());
    lines.extend(body(&record.body));
    lines
}

fn request(record: &Record) -> Vec<TonedLine> {
    let mut lines =
        vec![line(Tone::Heading, escape::line(&format!("POST {}", record.entry.endpoint)))];
    lines.extend(headers(&record.headers));
    lines.push(TonedLine::new());
    let bytes = u64::try_from(record.body.len()).unwrap_or(u64::MAX);
    lines.push(line(Tone::Dim, format!("the exact body, {}:", size::short(bytes))));
    lines.extend(plain(&record.body));
    lines
}

fn answer(record: &Record) -> Vec<TonedLine> {
    let Some(last) = record.attempts.last() else {
        return vec![line(Tone::Dim, "no attempt has finished")];
    };
    let mut lines = vec![came_to(last)];
    if let Some(error) = &last.error {
        lines.push(line(Tone::Bad, escape::line(error)));
    }
    lines.extend(headers(&last.headers));
    lines.push(TonedLine::new());
    match last.outcome() {
        Outcome::Response(response) => match diagnosis::page_text(&response) {
            Some(text) => {
                lines.push(line(Tone::Dim, "the text of an HTML page:"));
                lines.extend(plain(text.as_bytes()));
            }
            None => lines.extend(body(&last.body)),
        },
        Outcome::None { .. } => {}
    }
    if last.is_truncated {
        lines.push(line(Tone::Dim, "… (truncated)"));
    }
    lines
}

/// `404 after 2.0 ms`, in its tone.
fn came_to(attempt: &KeptAttempt) -> TonedLine {
    let tone = match attempt.status {
        Some(200..=299) => Tone::Good,
        Some(_) | None => Tone::Bad,
    };
    let what = attempt.status.map_or_else(|| attempt.outcome.clone(), |status| status.to_string());
    let took = duration::short(attempt.latency);
    vec![(tone, escape::line(&what)), (Tone::Plain, format!(" after {took}"))]
}

fn attempts(record: &Record, with: &Writing<'_>) -> Vec<TonedLine> {
    if record.attempts.is_empty() {
        return vec![line(Tone::Dim, "no attempt has finished")];
    }
    let mut lines = Vec::new();
    for (number, attempt) in (1..).zip(&record.attempts) {
        let at = (with.local)(attempt.at);
        let mut first = vec![(Tone::Dim, format!("{number:>3}  {at}  "))];
        first.extend(came_to(attempt));
        lines.push(first);
        let why = attempt.error.clone().or_else(|| match attempt.outcome() {
            Outcome::Response(response) if !response.is_accepted() => {
                Some(diagnosis::start_of(&response).into_owned())
            }
            _ => None,
        });
        let why = why.map(|why| why.split_whitespace().collect::<Vec<_>>().join(" "));
        if let Some(why) = why.filter(|why| !why.is_empty()) {
            lines.push(line(Tone::Dim, format!("     {}", escape::line(&why))));
        }
    }
    lines
}

/// What the app asked the local API during each attempt.
fn api_calls(record: &Record) -> Vec<TonedLine> {
    let mut lines = Vec::new();
    for (number, attempt) in (1..).zip(&record.attempts) {
        let Some(kept) = attempt.api_calls.as_ref() else { continue };
        lines.push(line(Tone::Heading, format!("during attempt {number}")));
        if kept.calls.is_empty() {
            lines.push(line(Tone::Dim, "none"));
        }
        lines.extend(api_calls::kept_sentences(kept).map(|call| line(Tone::Plain, call)));
        if kept.more > 0 {
            lines.push(line(Tone::Dim, format!("and {} more", kept.more)));
        }
    }
    if lines.is_empty() {
        lines.push(line(Tone::Dim, "no calls to the local API (`--api`) were recorded"));
    }
    lines
}

fn likely_cause(record: &Record, typed: &CommandLine) -> Vec<TonedLine> {
    let Some(found) = record.diagnosis(typed) else {
        let why = match record.entry.state {
            State::Accepted => "the endpoint accepted it",
            State::Open => "no attempt has finished",
            State::Rejected | State::Unanswered => {
                "no cause is known; the answer says what there is"
            }
        };
        return vec![line(Tone::Dim, why)];
    };
    let mut lines = vec![line(Tone::Heading, "likely cause")];
    lines.push(line(Tone::Plain, escape::line(&found.cause)));
    lines.extend([TonedLine::new(), line(Tone::Heading, "way out")]);
    for (at, text) in found.way_out().split('\n').enumerate() {
        let tone = if command_line::is_command(at, text) { Tone::Key } else { Tone::Plain };
        lines.push(line(tone, escape::line(text)));
    }
    lines.extend([TonedLine::new(), line(Tone::Dim, escape::line(&found.id))]);
    lines
}

fn headers(headers: &Headers) -> Vec<TonedLine> {
    let line = |(name, value): (String, &[u8])| {
        let value = escape::line(&String::from_utf8_lossy(value));
        vec![(Tone::Name, format!("{}: ", escape::line(&name))), (Tone::Plain, value)]
    };
    headers.iter().map(line).collect()
}

/// A body: JSON indented anew.
fn body(body: &[u8]) -> Vec<TonedLine> {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => format!("{value:#}").lines().map(json_line).collect(),
        Err(_) => plain(body),
    }
}

fn plain(body: &[u8]) -> Vec<TonedLine> {
    let text = String::from_utf8_lossy(body);
    let lines = escape::block(text.trim_end());
    lines.lines().map(|text| line(Tone::Plain, text)).collect()
}

/// A line of JSON that is laid out, with its name and its value apart.
fn json_line(text: &str) -> TonedLine {
    let text = escape::line(text);
    let rest = text.trim_start();
    let indent = (Tone::Plain, text[..text.len() - rest.len()].to_owned());
    let (name, value) = match rest.strip_prefix('"').and_then(|_| rest.find("\": ")) {
        Some(end) => rest.split_at(end + 3),
        None => ("", rest),
    };
    let tone = match value.chars().next() {
        Some('"') => Tone::Text,
        Some('{' | '[' | '}' | ']') | None => Tone::Plain,
        Some(_) => Tone::Value,
    };
    let parts = [indent, (Tone::Name, name.to_owned()), (tone, value.to_owned())];
    parts.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_json_has_its_parts() {
        let parts = |text: &str| {
            let line = json_line(text);
            line.into_iter().map(|(tone, text)| format!("{tone:?}:{text}")).collect::<Vec<_>>()
        };
        assert_eq!(parts(r#"  "a": "b","#), ["Plain:  ", r#"Name:"a": "#, r#"Text:"b","#]);
        assert_eq!(parts(r#"  "a: b""#), ["Plain:  ", r#"Text:"a: b""#]);
        assert_eq!(parts(r#""n": null"#), [r#"Name:"n": "#, "Value:null"]);
        assert_eq!(parts("}"), ["Plain:}"]);
    }
}
