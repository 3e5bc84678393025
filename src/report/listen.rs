//! What a listen shows: a heading, a line for each attempt to deliver, and the sum.

use std::path::PathBuf;

use serde_json::json;

use super::api_calls;
use super::json::{diagnosis, remark};
use super::layout::Layout;
use crate::delivery::Diagnosis;
use crate::history::Via;
use crate::listen::{CaughtUp, Row};
use crate::protocol::Moment;
use crate::relay::EventSource;
use crate::text::duration::{self, milliseconds};
use crate::text::{escape, width};

/// Whose signature the endpoint gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    /// Stripe's, as it came.
    Stripes,
    /// One of devtool's own, made with the endpoint's secret.
    Anew,
}

/// What the heading says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    /// The account, for a reader.
    pub account: String,
    /// The account's id, where it is known.
    pub account_id: Option<String>,
    /// The version of the Stripe CLI.
    pub stripe_version: String,
    /// The API version of events, where it is known.
    pub api_version: Option<String>,
    /// Where events go.
    pub endpoint: String,
    /// Events that go elsewhere: `invoice.*` and the URL.
    pub routes: Vec<(String, String)>,
    /// The secret's hint and source.
    pub secret: String,
    /// Whose signature the endpoint gets.
    pub signature: Signature,
    /// Where the local API is.
    pub api: Option<String>,
    /// The history's file, where it is not devtool's own.
    pub history: Option<PathBuf>,
}

/// The heading in lines.
pub(crate) fn heading(heading: &Heading, layout: Layout) -> String {
    let version = heading.api_version.as_deref();
    let version = version.map(|version| format!(", API version {version}")).unwrap_or_default();
    let first = format!(
        "{} {} through Stripe CLI {}{}",
        layout.palette.heading("listen:"),
        escape::line(&heading.account),
        heading.stripe_version,
        escape::line(&version),
    );
    let first = width::wrap(&first, 0, layout.columns);
    let mut text = format!("{first}\nto {}\n", heading.endpoint);
    for (pattern, url) in &heading.routes {
        text.push_str(&format!("{} to {url}\n", escape::line(pattern)));
    }
    let anew = match heading.signature {
        Signature::Stripes => "",
        Signature::Anew => "; Stripe events are re-signed with it",
    };
    let api = heading.api.as_ref();
    let api = api.map(|url| format!("api: {url} (this listen's Stripe API)\n"));
    let secret = escape::line(&heading.secret);
    let secret = width::wrap(&format!("secret: {secret}{anew}"), 0, layout.columns);
    text.push_str(&format!("{secret}\n{}\n", api.unwrap_or_default()));
    text
}

pub(super) const TIME_COLUMNS: usize = 8;
pub(super) const TYPE_COLUMNS: usize = 36;
pub(super) const FEWEST_TYPE_COLUMNS: usize = 12;
const ID_COLUMNS: usize = 28;
const STATUS_COLUMNS: usize = 7;
pub(super) const LATENCY_COLUMNS: usize = 8;
/// The least that a line takes with the id; a terminal that is narrower gets none.
const ALL_COLUMNS: usize =
    TIME_COLUMNS + TYPE_COLUMNS + ID_COLUMNS + STATUS_COLUMNS + LATENCY_COLUMNS + 8;
/// The most that an answer takes.
pub(super) const ANSWER_COLUMNS: usize = 80;

/// An attempt in a line: time, type, id, status, latency, and what else there is to say.
pub(crate) fn row(row: &Row, main_endpoint: &str, layout: Layout) -> String {
    let palette = layout.palette;
    let has_id = layout.columns >= ALL_COLUMNS;
    let name = name(row, layout.columns);
    let mut used = TIME_COLUMNS + 2 + width::of(&name);
    let mut line = format!("{}  {name}", palette.dim(&row.at.local_time()));
    if has_id {
        let id = width::pad(&escape::name(&row.event_id), ID_COLUMNS);
        used += 2 + width::of(&id);
        line.push_str(&format!("  {}", palette.dim(&id)));
    }
    let status = width::pad(&status(row), STATUS_COLUMNS);
    let latency = width::pad_left(&duration::short(row.latency), LATENCY_COLUMNS);
    line.push_str(&format!("  {}  {latency}", palette.status(row.status, &status)));
    used += 2 + STATUS_COLUMNS + 2 + LATENCY_COLUMNS + 2;
    let remarks = remarks(row, main_endpoint);
    let room = layout.columns.saturating_sub(used).min(ANSWER_COLUMNS.max(width::of(&remarks)));
    if !remarks.is_empty() && room > 3 {
        line.push_str(&format!("  {}", palette.dim(&width::fit(&remarks, room))));
    }
    let calls = row.api_calls.as_deref().unwrap_or_default();
    format!("{}\n{}", line.trim_end(), api_calls::below_row(calls, TIME_COLUMNS + 2, layout))
}

/// The type, cut only where the line would not fit.
fn name(row: &Row, columns: usize) -> String {
    let others = TIME_COLUMNS + STATUS_COLUMNS + LATENCY_COLUMNS + 6;
    let room = columns.saturating_sub(others).max(FEWEST_TYPE_COLUMNS);
    let name = escape::name(&row.event);
    width::pad(&width::fit(&name, room), TYPE_COLUMNS.min(room))
}

pub(super) fn status(row: &Row) -> String {
    row.status.map_or_else(|| row.outcome.to_owned(), |status| status.to_string())
}

/// What is not as usual.
pub(super) fn remarks(row: &Row, main_endpoint: &str) -> String {
    let mut remarks = Vec::new();
    if row.attempt > 1 {
        remarks.push(format!("attempt {}", row.attempt));
    }
    if let Some(wait) = row.again_in {
        let when = if wait.is_zero() {
            "at once".to_owned()
        } else {
            format!("in {}", duration::short(wait))
        };
        remarks.push(format!("retry {when}"));
    }
    match row.via {
        Via::Listed => remarks.push("missed, taken from Stripe's list".to_owned()),
        Via::Resent => remarks.push("missed, resent by Stripe".to_owned()),
        Via::Local => remarks.push("caused by an API call".to_owned()),
        Via::Stripe | Via::Replay => {}
    }
    if let Some(account) = &row.account {
        remarks.push(format!("of {}", escape::line(account)));
    }
    if row.endpoint != main_endpoint {
        remarks.push(format!("to {}", row.endpoint));
    }
    for remark in &row.remarks {
        remarks.push(escape::line(&remark.message));
    }
    if !row.answer.is_empty() {
        remarks.push(escape::line(&row.answer));
    }
    remarks.join(", ")
}

/// The hint below a row: shown once for each cause.
pub(crate) fn hint(found: &Diagnosis, layout: Layout) -> String {
    let hint = super::hint::text(&found.hint(), 8, layout.columns);
    format!("  {} {hint}\n", layout.palette.hint("hint:"))
}

/// `12:00:01 invoice.paid evt_… 200 2.1ms`.
pub(crate) fn compact(row: &Row) -> String {
    format!(
        "{} {} {} {} {:.1}ms\n",
        row.at.local_time(),
        escape::name(&row.event),
        escape::name(&row.event_id),
        status(row),
        milliseconds(row.latency),
    )
}

/// One JSON object in a line.
pub(crate) fn json(row: &Row) -> String {
    let line = json!({
        "type": "attempt",
        "at": row.at.rfc3339(),
        "delivery": row.delivery.map(|delivery| delivery.0),
        "event": row.event,
        "event_id": row.event_id,
        "account": row.account,
        "via": row.via.word(),
        "source": row.source.word(),
        "endpoint": row.endpoint,
        "attempt": row.attempt,
        "outcome": row.outcome,
        "status": row.status,
        "latency_ms": milliseconds(row.latency),
        "answer": (!row.answer.is_empty()).then_some(&row.answer),
        "remarks": row.remarks.iter().map(remark).collect::<Vec<_>>(),
        "diagnosis": row.diagnosis.as_ref().map(diagnosis),
        "api_calls": api_calls::of_delivery(row.api_calls.as_deref()),
        "again_in_ms": row.again_in.map(milliseconds),
    });
    escape::json(format!("{line}\n"))
}

/// The first line for programs: that events come in from now on.
pub(crate) fn ready(heading: &Heading, relay: &str, at: Moment) -> String {
    let line = json!({
        "type": "ready",
        "endpoint": heading.endpoint,
        "relay": relay,
        "account": heading.account_id,
        "at": at.rfc3339(),
    });
    escape::json(format!("{line}\n"))
}

/// Events that are lost: the ids of the first of them.
pub(crate) fn lost(ids: &[String], all: usize) -> String {
    let named: Vec<String> = ids.iter().map(|id| escape::name(id)).collect();
    let more = all - ids.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("lost: {}{more}\n", named.join(", "))
}

/// What earlier listens left.
pub(crate) fn left_by_crashes(count: usize) -> String {
    let (events, them) = if count == 1 { ("event was", "it") } else { ("events were", "them") };
    format!(
        "{} {events} not delivered by a listen that crashed; to send {them} again:\ndevtool replay --undelivered --all",
        grouped(count)
    )
}

/// That many events are missing.
pub(crate) fn catching_up(missing: usize) -> String {
    format!(
        "{} events were missed: delivering them from Stripe's list, freshly signed, oldest first",
        grouped(missing)
    )
}

/// How many of them are left.
pub(crate) fn catch_up_left(left: usize, of: usize) -> String {
    format!("{} of {} missed events are left", grouped(left), grouped(of))
}

/// What was missed, and how it was brought.
pub(crate) fn caught_up(found: &CaughtUp) -> String {
    let all = found.resent + found.listed;
    let events = if all == 1 { "event was" } else { "events were" };
    let them = if all == 1 { "it" } else { "them" };
    let listed = match found.listed {
        0 => format!("Stripe resent {them}"),
        all_of_them if all_of_them == all => "taken from Stripe's list, freshly signed".to_owned(),
        some => format!("Stripe resent {}, {some} taken from its list", found.resent),
    };
    format!("{} {events} missed: {listed}", grouped(all))
}

/// The stream's name for the remark about what is not looked for.
pub(crate) fn not_covered(sources: &[EventSource]) -> Option<String> {
    let names: Vec<&str> = sources
        .iter()
        .filter_map(|source| match source {
            EventSource::Snapshot => None,
            EventSource::Connect => Some("Connect"),
            EventSource::Thin => Some("thin"),
        })
        .collect();
    let (last, others) = names.split_last()?;
    let names = if others.is_empty() {
        (*last).to_owned()
    } else {
        format!("{} and {last}", others.join(", "))
    };
    Some(format!("missed {names} events cannot be recovered: Stripe's API does not list them"))
}

/// Requests that Stripe has not signed.
pub(crate) fn rejected(count: u64, error: &str) -> String {
    match count {
        1 => format!("rejected a request with an invalid Stripe signature: {error}"),
        _ => format!(
            "rejected {} requests with an invalid Stripe signature (the last one: {error})",
            grouped(count)
        ),
    }
}

/// What was left out because nobody read it.
pub(crate) fn left_out(lines: u64) -> String {
    let lines_are = if lines == 1 { "line" } else { "lines" };
    let lines = grouped(lines);
    format!("{lines} {lines_are} left out: the output was not read fast enough")
}

/// A number with its thousands set off.
fn grouped(number: impl std::fmt::Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::Zone;
    use crate::report::palette::Palette;

    const ENDPOINT: &str = "http://127.0.0.1:5000/webhook";

    fn an_attempt(status: Option<u16>) -> Row {
        Row {
            at: Moment::from_seconds(1_792_000_000),
            delivery: None,
            event: "customer.subscription.updated".to_owned(),
            event_id: "evt_1RTqw0RMEOaIvYpU1k2TFajH".to_owned(),
            account: None,
            via: Via::Stripe,
            source: EventSource::Snapshot,
            endpoint: ENDPOINT.to_owned(),
            attempt: 1,
            status,
            outcome: if status.is_some() { "response" } else { "refused" },
            latency: Duration::from_micros(2_100),
            answer: String::new(),
            remarks: Vec::new(),
            no_answer: None,
            diagnosis: None,
            api_calls: None,
            again_in: None,
        }
    }

    fn shown(one: &Row, columns: usize) -> String {
        let layout = Layout { palette: Palette::Plain, columns, zone: Zone::Utc };
        let line = row(one, ENDPOINT, layout);
        // The time is that of the place.
        line.trim_end()[TIME_COLUMNS..].to_owned()
    }

    #[test]
    fn an_attempt_is_a_line() {
        insta::assert_snapshot!(shown(&an_attempt(Some(200)), 120), @"  customer.subscription.updated         evt_1RTqw0RMEOaIvYpU1k2TFajH  200        2.1 ms");
        let failed = Row {
            answer: "no \u{1b} such user".to_owned(),
            attempt: 2,
            again_in: Some(Duration::from_secs(1)),
            ..an_attempt(Some(500))
        };
        insta::assert_snapshot!(shown(&failed, usize::MAX), @r"  customer.subscription.updated         evt_1RTqw0RMEOaIvYpU1k2TFajH  500        2.1 ms  attempt 2, retry in 1.0 s, no \u{1b} such user");
        assert!(width::of(&shown(&failed, 120)) <= 112);
        let narrow =
            Row { event: "customer.subscription.trial_will_end".to_owned(), ..an_attempt(None) };
        assert_eq!(width::of(&shown(&narrow, 60)) + TIME_COLUMNS, 60);
        insta::assert_snapshot!(shown(&an_attempt(None), 80), @"  customer.subscription.updated         refused    2.1 ms");
    }

    #[test]
    fn what_is_not_usual_is_said() {
        let other = Row {
            account: Some("acct_1".to_owned()),
            via: Via::Listed,
            endpoint: "http://127.0.0.1:5000/invoices".to_owned(),
            ..an_attempt(Some(200))
        };
        let said = remarks(&other, ENDPOINT);
        assert_eq!(
            said,
            "missed, taken from Stripe's list, of acct_1, to http://127.0.0.1:5000/invoices"
        );
    }

    #[test]
    fn what_was_missed_and_what_is_not_looked_for_are_said() {
        assert_eq!(
            caught_up(&CaughtUp { resent: 2, listed: 0 }),
            "2 events were missed: Stripe resent them"
        );
        assert_eq!(not_covered(&[EventSource::Snapshot]), None);
    }
}
