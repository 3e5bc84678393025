//! One recorded delivery as text, and what is said of the history.

use serde_json::Value;

use super::api_calls;
use super::hint;
use super::layout::{Layout, count, count_of, label, page_note};
use super::palette::Palette;
use crate::delivery::{Outcome, diagnosis};
use crate::history::{EndpointFilter, Gone, Headers, KeptAttempt, Notice, Pruned, Record};
use crate::protocol::{Moment, Zone};
use crate::runner::Verdict;
use crate::text::command_line::CommandLine;
use crate::text::{duration, escape, size, width};

/// How much of headers and bodies is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// The first lines of bodies, and of the headers those that tell something.
    Short,
    /// All of both.
    Whole,
}

/// The most lines of a body that are shown unless all are asked for.
const LINES: usize = 30;
/// The headers that are the same in each delivery of Stripe's, or of no use for a reader.
const FOLDED_HEADERS: [&str; 5] =
    ["accept", "cache-control", "user-agent", "date", "content-length"];

/// One delivery: what came of it and why, where it came from and went to, the answers, and the request.
pub(crate) fn record(record: &Record, fold: Fold, typed: &CommandLine, layout: Layout) -> String {
    let palette = layout.palette;
    let mut out = format!("{}\n", title(record, layout));
    if let Some(found) = record.diagnosis(typed) {
        let hint = hint::text(&found.hint(), 8, layout.columns);
        out.push_str(&format!("  {} {hint}\n", palette.hint("hint:")));
    }
    for (name, value) in facts(record, layout).into_iter().flatten() {
        out.push_str(&format!("  {}  {}\n", width::pad(name, 8), escape::line(&value)));
    }
    for (attempt, number) in record.attempts.iter().zip(1..) {
        out.push_str(&format!("\n{}\n", self::attempt(attempt, number, fold, layout)));
        out.push_str(&asked(attempt, number, layout));
    }
    if record.attempts.is_empty() {
        out.push_str(&format!("\n{}\n", palette.heading("no attempt has finished")));
    }
    out.push_str(&format!("\n{}\n", palette.heading("request")));
    out.push_str(&message(&record.headers, &record.body, fold, layout));
    out
}

/// `FAIL delivery 12: invoice.paid evt_1 500 after 2.1 ms`
fn title(record: &Record, layout: Layout) -> String {
    let (entry, palette) = (&record.entry, layout.palette);
    let [event, event_id] = [&entry.event, &entry.event_id].map(|name| escape::name(name));
    let name = palette.heading(&format!("delivery {}: {event} {event_id}", entry.id.0));
    let Some(last) = record.attempts.last() else { return name };
    let verdict = if last.outcome().is_accepted() { Verdict::Pass } else { Verdict::Fail };
    let status = palette.status(last.status, &escape::line(&answer_word(last)));
    let took = duration::short(last.latency);
    format!("{} {name}  {status} after {took}", palette.verdict(verdict, label(verdict)))
}

fn answer_word(attempt: &KeptAttempt) -> String {
    attempt.status.map_or_else(|| attempt.outcome.clone(), |status| status.to_string())
}

fn facts(record: &Record, layout: Layout) -> [Option<(&'static str, String)>; 4] {
    let entry = &record.entry;
    [
        Some(("received", format!("{} ({})", moment(entry.received_at, layout), entry.via))),
        Some(("session", format!("{} ({})", entry.session, entry.command))),
        Some(("endpoint", entry.endpoint.clone())),
        entry.account.as_ref().map(|account| ("account", account.clone())),
    ]
}

/// On a terminal the time of this machine.
fn moment(at: Moment, layout: Layout) -> String {
    match layout.zone {
        Zone::Utc => at.rfc3339(),
        zone @ Zone::Local => at.text(zone),
    }
}

fn attempt(attempt: &KeptAttempt, number: usize, fold: Fold, layout: Layout) -> String {
    let (what, took) = (answer_word(attempt), duration::short(attempt.latency));
    let title = format!("attempt {number}: {what} after {took} ({})", moment(attempt.at, layout));
    let title = layout.palette.heading(&escape::line(&title));
    let error = attempt.error.as_deref().map(escape::line);
    if attempt.status.is_none() {
        return format!("{title}\n  {}", error.unwrap_or_default());
    }
    let mut text = format!("{title}\n{}", answered(attempt, fold, layout));
    if let Some(error) = error {
        text.push_str(&layout.palette.dim(&format!("  … (the body broke off: {error})\n")));
    } else if attempt.is_truncated {
        text.push_str(&layout.palette.dim("  … (truncated)\n"));
    }
    text.trim_end().to_owned()
}

/// What the app asked the local API during an attempt, where it asked anything.
fn asked(attempt: &KeptAttempt, number: usize, layout: Layout) -> String {
    let Some(kept) = attempt.api_calls.as_ref().filter(|kept| !kept.calls.is_empty()) else {
        return String::new();
    };
    let title = format!("API calls during attempt {number}");
    format!("\n{}\n{}", layout.palette.heading(&title), api_calls::below_attempt(kept, layout))
}

/// An answer; of an HTML page the text.
fn answered(attempt: &KeptAttempt, fold: Fold, layout: Layout) -> String {
    let Outcome::Response(response) = attempt.outcome() else {
        return message(&attempt.headers, &attempt.body, fold, layout);
    };
    let Some(text) = diagnosis::page_text(&response) else {
        return message(&attempt.headers, &attempt.body, fold, layout);
    };
    let note = layout.palette.dim(&page_note(response.body.len()));
    let page = block(&escape::block(&text), fold, layout, str::to_owned);
    format!("{}\n  {note}\n{page}", head(&attempt.headers, fold, layout))
}

fn head(headers: &Headers, fold: Fold, layout: Layout) -> String {
    let is_shown = |name: &str| {
        fold == Fold::Whole
            || !FOLDED_HEADERS.iter().any(|folded| name.eq_ignore_ascii_case(folded))
    };
    let line = |(name, value): (_, &[u8])| {
        let line = format!("{name}: {}", String::from_utf8_lossy(value));
        format!("  {}\n", layout.palette.dim(&escape::line(&line)))
    };
    headers.iter().filter(|(name, _)| is_shown(name)).map(line).collect()
}

/// Headers and body, the latter indented anew where it is JSON.
fn message(headers: &Headers, body: &[u8], fold: Fold, layout: Layout) -> String {
    let mut out = head(headers, fold, layout);
    if body.is_empty() {
        return out;
    }
    out.push('\n');
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let text = escape::block(&format!("{value:#}"));
        out.push_str(&block(&text, fold, layout, |line| json_line(line, layout.palette)));
    } else {
        let text = escape::block(String::from_utf8_lossy(body).trim_end());
        out.push_str(&block(&text, fold, layout, str::to_owned));
    }
    out
}

/// Lines of text, each painted; what is folded is counted.
fn block(text: &str, fold: Fold, layout: Layout, paint: impl Fn(&str) -> String) -> String {
    let number = text.lines().count();
    let shown = if fold == Fold::Whole { number } else { number.min(LINES) };
    let mut out = String::new();
    for line in text.lines().take(shown) {
        out.push_str(&format!("  {}\n", paint(line)));
    }
    if number > shown {
        let more = count(number - shown, "more line");
        out.push_str(&format!("  {}\n", layout.palette.dim(&format!("… {more} (--full)"))));
    }
    out
}

/// A line of JSON that was written with one member on each: the name and a text stand out.
fn json_line(line: &str, palette: Palette) -> String {
    let (name, value) = match line.split_once("\": ") {
        Some((name, value)) if name.trim_start().starts_with('"') => {
            (format!("{}: ", palette.name(&format!("{name}\""))), value)
        }
        _ => (String::new(), line),
    };
    let is_text = value.trim_start().starts_with('"');
    let value = if is_text { palette.text(value) } else { value.to_owned() };
    format!("{name}{value}")
}

/// What was removed, and what is left.
pub(crate) fn pruned(pruned: &Pruned) -> String {
    let waiting = match pruned.waiting {
        0 => String::new(),
        number => format!(", {number} kept because a running listen still makes them"),
    };
    format!(
        "removed {}; {} left in {}{waiting}\n",
        deliveries(pruned.removed),
        deliveries(pruned.left),
        size::short(pruned.bytes)
    )
}

/// Which session is meant where nobody said.
pub(crate) fn of_session(session: i64) -> String {
    format!("session {session}; `--all` means every session and endpoint")
}

/// That nothing went there that is meant.
pub(crate) fn none_of(endpoints: &[EndpointFilter]) -> String {
    let names: Vec<String> = endpoints.iter().map(ToString::to_string).collect();
    format!("nothing to {}; `--all` means every session and endpoint", names.join(", "))
}

/// The question before deliveries are sent again.
pub(crate) fn send_again(number: usize, endpoints: usize) -> String {
    format!("send {} again to {}?", deliveries(number), count(endpoints, "endpoint"))
}

/// What an export left out.
pub(crate) fn gone(number: usize) -> String {
    format!("{} left out: pruned during the export", deliveries(number))
}

/// What a run says of its history.
pub(crate) fn notice(notice: &Notice) -> String {
    match notice {
        Notice::Incomplete(why) => format!("the history is incomplete: {}", escape::line(why)),
        Notice::Locked => "another program has locked the history: deliveries go on, and are \
                           recorded when it is free"
            .to_owned(),
        Notice::NotRecorded(number) => {
            format!(
                "{} not recorded: the history could not be written",
                deliveries(usize::try_from(*number).unwrap_or(usize::MAX),)
            )
        }
        Notice::OverLimits => "the history exceeds its limits: it keeps the events that are still \
                               to be delivered"
            .to_owned(),
        Notice::Gone { how, kept } => {
            let how = match how {
                Gone::Deleted => "deleted",
                Gone::Emptied => "emptied",
            };
            let kept = match kept {
                0 => String::new(),
                number => format!(", with {} still to be made", deliveries(*number)),
            };
            format!("the history file was {how}: devtool started a new one{kept}")
        }
    }
}

fn deliveries(number: usize) -> String {
    count_of(number, "delivery", "deliveries")
}
