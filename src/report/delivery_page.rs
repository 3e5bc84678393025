//! A recorded delivery as an HTML file: the page of a run's report, with one event.

use super::api_calls;
use super::hint::Told;
use super::html::{self, PageContent};
use super::layout::{count, label};
use super::page::{self, Again, AttemptView, StepView, StoryTimeline, StoryView};
use super::recorded;
use crate::delivery::{Attempt, Request};
use crate::error::Result;
use crate::history::{KeptAttempt, Record, State};
use crate::protocol::Moment;
use crate::runner::Verdict;
use crate::runner::result::Sent;
use crate::text::command_line::CommandLine;
use crate::text::{duration, escape};

/// The whole file; `curl` is a command that sends the event again.
///
/// # Errors
/// The template has an error (a bug).
pub(crate) fn html(record: &Record, curl: Option<String>, typed: &CommandLine) -> Result<String> {
    let entry = &record.entry;
    let (verdict, verdict_class) = verdict(entry.state);
    html::page(PageContent {
        title: format!("#{} {}", entry.id.0, escape::line(&entry.event)),
        verdict,
        verdict_class,
        sum: format!("{}, {}", entry.state.word(), count(record.attempts.len(), "attempt")),
        facts: facts(record),
        stories: vec![story(record, curl, typed)],
        calls_outside: Vec::new(),
    })
}

/// The word of its badge, and the class.
const fn verdict(state: State) -> (&'static str, &'static str) {
    let verdict = match state {
        State::Accepted => Verdict::Pass,
        State::Rejected | State::Unanswered => Verdict::Fail,
        State::Open => return ("OPEN", "skipped"),
    };
    (label(verdict), verdict.word())
}

fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let entry = &record.entry;
    let mut facts = vec![
        ("received", entry.received_at.rfc3339()),
        ("endpoint", escape::line(&entry.endpoint)),
        ("via", entry.via.clone()),
        ("session", format!("{} ({})", entry.session, escape::line(&entry.command))),
    ];
    let created = entry.created.map(|created| Moment::from_seconds(created).rfc3339());
    facts.extend(created.map(|created| ("created", created)));
    facts.extend(entry.account.as_deref().map(|account| ("account", escape::line(account))));
    facts
}

fn story(record: &Record, curl: Option<String>, typed: &CommandLine) -> StoryView {
    let entry = &record.entry;
    let line = timeline(record);
    let step = step(record, (curl, line), typed);
    StoryView {
        id: "delivery".to_owned(),
        name: escape::line(&entry.event),
        about: format!("delivery {} of the history", entry.id.0),
        sum: String::new(),
        is_passed: entry.state == State::Accepted,
        is_open: true,
        duration: duration::short(line.whole),
        verdict: step.verdict,
        verdict_class: step.verdict_class,
        steps: vec![step],
    }
}

/// From the first attempt to the end of the last one.
fn timeline(record: &Record) -> StoryTimeline {
    let begin = record.attempts.first().map_or(record.entry.received_at, |first| first.at);
    let last = record.attempts.last();
    let whole = last.map(|last| last.at.since(begin) + last.latency).unwrap_or_default();
    StoryTimeline { begin, whole }
}

fn step(
    record: &Record,
    (curl, line): (Option<String>, StoryTimeline),
    typed: &CommandLine,
) -> StepView {
    let entry = &record.entry;
    let (verdict, verdict_class) = verdict(entry.state);
    let last = record.attempts.last();
    let status = last.map_or_else(|| "no attempt yet".to_owned(), word);
    let latency = last.map(|last| duration::short(last.latency)).unwrap_or_default();
    let kept = record.attempts.iter().filter_map(|attempt| attempt.api_calls.as_ref());
    StepView {
        id: "event".to_owned(),
        is_open: true,
        verdict,
        verdict_class,
        index: format!("#{}", entry.id.0),
        name: escape::line(&entry.event),
        is_copy: false,
        timing: format!("{status} {latency}"),
        status,
        latency,
        bars: record.attempts.iter().map(|one| line.bar(one.at, &attempt(one))).collect(),
        call_bars: Vec::new(),
        calls: kept.flat_map(api_calls::kept_views).collect(),
        caused_by: None,
        told: record.diagnosis(typed).map(|found| Told::of_diagnosis(&found)),
        failed_as: None,
        remarks: Vec::new(),
        mismatches: Vec::new(),
        event_id: Some(escape::line(&entry.event_id)),
        recorded: Some(recorded::show(entry.id, typed)),
        attempts: (1..).zip(&record.attempts).map(|(at, one)| shown(record, at, one)).collect(),
        curl,
        again: Again { command: recorded::replay(entry.id, typed), to_add: String::new() },
    }
}

fn word(attempt: &KeptAttempt) -> String {
    attempt.status.map_or_else(|| attempt.outcome.clone(), |status| status.to_string())
}

fn attempt(kept: &KeptAttempt) -> Attempt {
    Attempt { outcome: kept.outcome(), latency: kept.latency, is_stale: false }
}

/// An attempt. The request is kept once, and stands with the first.
fn shown(record: &Record, number: usize, kept: &KeptAttempt) -> AttemptView {
    let text = |(name, value): (String, &[u8])| (name, String::from_utf8_lossy(value).into_owned());
    let request =
        Request { headers: record.headers.iter().map(text).collect(), body: record.body.clone() };
    let view = page::attempt_view(number, &attempt(kept), Some(&Sent { at: kept.at, request }));
    if number == 1 {
        return view;
    }
    let request_headers = "the same event as in attempt 1".to_owned();
    AttemptView { signature: None, request_headers, request_body: String::new(), ..view }
}
