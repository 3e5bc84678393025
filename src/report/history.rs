//! Recorded deliveries as text: a list of them, and one with all that was kept of it.

use serde_json::Value;

use super::hint;
use super::layout::{Layout, count, count_of, page_note};
use crate::delivery::{Outcome, diagnosis};
use crate::history::{
    EndpointFilter, Entry, Gone, Headers, KeptAttempt, Notice, Pruned, Record, State,
};
use crate::protocol::Moment;
use crate::text::command_line::CommandLine;
use crate::text::{duration, escape, size, width};

/// The columns of a moment to the second, and of a time of day alone.
const MOMENT_COLUMNS: usize = 19;
const TIME_COLUMNS: usize = 8;
const STATUS_COLUMNS: usize = 7;
const LATENCY_COLUMNS: usize = 8;
/// The fewest columns that make an answer worth showing, and the most that it gets.
const LEAST_ANSWER: usize = 12;
const MOST_ANSWER: usize = 80;

/// The widths of a list's columns; what the terminal has no room for has none.
struct Columns {
    id: usize,
    moment: usize,
    event: usize,
    event_id: usize,
    answer: usize,
}

impl Columns {
    fn new(entries: &[Entry], columns: usize) -> Self {
        let most = |text: fn(&Entry) -> String| {
            entries.iter().map(|entry| width::of(&escape::name(&text(entry)))).max().unwrap_or(0)
        };
        let id = most(|entry| entry.id.0.to_string()).max("id".len());
        let event = most(|entry| entry.event.clone());
        let event_id = most(|entry| entry.event_id.clone());
        let fixed = id + 2 + 2 + event + 2 + STATUS_COLUMNS + 2 + LATENCY_COLUMNS;
        let whole = fixed + MOMENT_COLUMNS + 2 + event_id;
        let (moment, event_id) = if whole <= columns {
            (MOMENT_COLUMNS, event_id)
        } else if fixed + MOMENT_COLUMNS <= columns {
            (MOMENT_COLUMNS, 0)
        } else {
            (TIME_COLUMNS, 0)
        };
        let used = fixed + moment + if event_id > 0 { event_id + 2 } else { 0 };
        let event = event.saturating_sub(used.saturating_sub(columns)).max(8);
        let left = columns.saturating_sub(used + 2);
        let answer = if left < LEAST_ANSWER { 0 } else { left.min(MOST_ANSWER) };
        Self { id, moment, event, event_id, answer }
    }
}

/// A row for each delivery. Times are in UTC.
pub(crate) fn list(entries: &[Entry], layout: Layout) -> String {
    let columns = Columns::new(entries, layout.columns);
    let heading = format!(
        "{}  {}  {}{}  {}  {}",
        width::pad_left("id", columns.id),
        width::pad("UTC", columns.moment),
        width::pad("event", columns.event),
        if columns.event_id > 0 {
            format!("  {}", width::pad("", columns.event_id))
        } else {
            String::new()
        },
        width::pad("status", STATUS_COLUMNS),
        width::pad_left("latency", LATENCY_COLUMNS),
    );
    let rows: String = entries.iter().map(|entry| row(entry, &columns, layout)).collect();
    format!("{}\n{rows}", layout.palette.dim(&heading))
}

fn row(entry: &Entry, columns: &Columns, layout: Layout) -> String {
    let palette = layout.palette;
    let name = width::fit(&escape::name(&entry.event), columns.event);
    let mut line = format!(
        "{}  {}  {}",
        width::pad_left(&entry.id.0.to_string(), columns.id),
        palette.dim(&moment(entry.received_at, columns.moment)),
        width::pad(&name, columns.event),
    );
    if columns.event_id > 0 {
        let id = width::pad(&escape::name(&entry.event_id), columns.event_id);
        line.push_str(&format!("  {}", palette.dim(&id)));
    }
    let status = width::pad(&status(entry), STATUS_COLUMNS);
    let status = match entry.state {
        State::Open => palette.dim(&status),
        _ => palette.status(entry.status, &status),
    };
    let latency = entry.latency.map(duration::short).unwrap_or_default();
    line.push_str(&format!("  {status}  {}", width::pad_left(&latency, LATENCY_COLUMNS)));
    if let (Some(answer), true) = (&entry.answer, columns.answer > 0) {
        let words = answer.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = width::fit(&escape::line(&words), columns.answer);
        line.push_str(&format!("  {}", palette.dim(&words)));
    }
    format!("{}\n", line.trim_end())
}

/// `2026-11-24 22:47:13`, or the time of day alone.
fn moment(at: Moment, columns: usize) -> String {
    let text = at.rfc3339().replace('T', " ");
    let text = text.get(..MOMENT_COLUMNS).unwrap_or(&text);
    text.get(MOMENT_COLUMNS - columns..).unwrap_or(text).to_owned()
}

/// The last answer's status, or what there was in its place.
fn status(entry: &Entry) -> String {
    match (entry.status, entry.state) {
        (Some(status), _) => status.to_string(),
        (None, State::Open) => "open".to_owned(),
        (None, _) => entry.outcome.clone().unwrap_or_else(|| "none".to_owned()),
    }
}

/// `12 accepted invoice.paid evt_… 200 2.1ms`: number, state, type, id, status or failure,
/// milliseconds.
pub(crate) fn compact(entries: &[Entry]) -> String {
    let line = |entry: &Entry| {
        let latency = entry.latency.map(duration::milliseconds);
        let latency = latency.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1}ms"));
        format!(
            "{} {} {} {} {} {latency}\n",
            entry.id.0,
            entry.state.word(),
            escape::name(&entry.event),
            escape::name(&entry.event_id),
            status(entry),
        )
    };
    entries.iter().map(line).collect()
}

/// One delivery: where it came from and went to, the request, each attempt's answer.
pub(crate) fn record(record: &Record, typed: &CommandLine, layout: Layout) -> String {
    let entry = &record.entry;
    let palette = layout.palette;
    let [event, event_id] = [&entry.event, &entry.event_id].map(|name| escape::name(name));
    let title = format!("delivery {}: {event} {event_id}", entry.id.0);
    let mut out = format!("{}\n", palette.heading(&title));
    let account = entry.account.as_ref().map(|account| ("account", account.clone()));
    let facts = [
        Some(("received", format!("{} ({})", entry.received_at.rfc3339(), entry.via))),
        Some(("session", format!("{} ({})", entry.session, entry.command))),
        Some(("endpoint", entry.endpoint.clone())),
        account,
    ];
    for (name, value) in facts.into_iter().flatten() {
        out.push_str(&format!("  {}  {}\n", width::pad(name, 8), escape::line(&value)));
    }
    out.push_str(&format!("\n{}\n", palette.heading("request")));
    out.push_str(&message(&record.headers, &record.body, layout));
    for (attempt, number) in record.attempts.iter().zip(1..) {
        out.push_str(&format!("\n{}\n", self::attempt(attempt, number, layout)));
    }
    if let Some(found) = record.diagnosis(typed) {
        let hint = hint::text(&found.hint(), 6, layout.columns);
        out.push_str(&format!("\n{} {hint}\n", palette.hint("hint:")));
    }
    if record.attempts.is_empty() {
        out.push_str(&format!("\n{}\n", palette.heading("no attempt has finished")));
    }
    out
}

fn attempt(attempt: &KeptAttempt, number: usize, layout: Layout) -> String {
    let what = match attempt.status {
        Some(status) => status.to_string(),
        None => attempt.outcome.clone(),
    };
    let took = duration::short(attempt.latency);
    let title = format!("attempt {number}: {what} after {took} ({})", attempt.at.rfc3339());
    let title = layout.palette.heading(&escape::line(&title));
    let error = attempt.error.as_deref().map(escape::line);
    if attempt.status.is_none() {
        return format!("{title}\n  {}", error.unwrap_or_default());
    }
    let mut text = format!("{title}\n{}", answered(attempt, layout));
    if let Some(error) = error {
        text.push_str(&layout.palette.dim(&format!("  … (the body broke off: {error})\n")));
    } else if attempt.is_truncated {
        text.push_str(&layout.palette.dim("  … (truncated)\n"));
    }
    text.trim_end().to_owned()
}

/// An answer; of an HTML page the text.
fn answered(attempt: &KeptAttempt, layout: Layout) -> String {
    let Outcome::Response(response) = attempt.outcome() else {
        return message(&attempt.headers, &attempt.body, layout);
    };
    let Some(text) = diagnosis::page_text(&response) else {
        return message(&attempt.headers, &attempt.body, layout);
    };
    let mut out = head(&attempt.headers, layout);
    let note = page_note(response.body.len());
    out.push_str(&format!("\n  {}\n", layout.palette.dim(&note)));
    escape::block(&text).lines().for_each(|line| out.push_str(&format!("  {line}\n")));
    out
}

fn head(headers: &Headers, layout: Layout) -> String {
    let line = |(name, value): (_, &[u8])| {
        let line = format!("{name}: {}", String::from_utf8_lossy(value));
        format!("  {}\n", layout.palette.dim(&escape::line(&line)))
    };
    headers.iter().map(line).collect()
}

/// Headers and body, the latter indented anew where it is JSON.
fn message(headers: &Headers, body: &[u8], layout: Layout) -> String {
    let mut out = head(headers, layout);
    if body.is_empty() {
        return out;
    }
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(value) => format!("{value:#}"),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    out.push('\n');
    for line in escape::block(text.trim_end()).lines() {
        out.push_str(&format!("  {line}\n"));
    }
    out
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
