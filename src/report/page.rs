//! What the HTML report shows of each story, in words. What is escaped here are control characters;
//! the template escapes the rest.

use std::time::Duration;

use super::alike::{self, Firsts};
use super::api_calls::{self, CallView};
use super::curl;
use super::hint::Told;
use super::layout::{count, label, page_note, shortfall};
use super::recorded;
use super::stories;
use crate::api::ApiCall;
use crate::delivery::{Attempt, Endpoint, Outcome, Request, diagnosis};
use crate::history::Headers;
use crate::protocol::Moment;
use crate::protocol::headers::SIGNATURE_HEADER;
use crate::runner::result::Sent;
use crate::runner::{CheckResult, Mismatch, Plan, StepResult, StoryResult, Totals, Verdict};
use crate::text::{duration, escape};

/// How much of a body is shown, in characters.
const BODY: usize = 60_000;
/// How many steps that failed are open from the start.
const OPEN: usize = 3;

pub(super) struct StoryView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) about: String,
    /// How many of its events came to what they should.
    pub(super) sum: String,
    pub(super) is_passed: bool,
    /// Whether it is unfolded from the start.
    pub(super) is_open: bool,
    pub(super) duration: String,
    pub(super) verdict: &'static str,
    pub(super) verdict_class: &'static str,
    pub(super) steps: Vec<StepView>,
}

pub(super) struct StepView {
    pub(super) id: String,
    pub(super) is_open: bool,
    pub(super) verdict: &'static str,
    pub(super) verdict_class: &'static str,
    pub(super) index: String,
    pub(super) name: String,
    pub(super) is_copy: bool,
    pub(super) status: String,
    pub(super) latency: String,
    pub(super) timing: String,
    pub(super) bars: Vec<Bar>,
    /// The calls of the API on the timeline, within the deliveries.
    pub(super) call_bars: Vec<Bar>,
    pub(super) calls: Vec<CallView>,
    pub(super) caused_by: Option<String>,
    pub(super) told: Option<Told>,
    /// The step that failed in the same way before: its id in the page, and its name.
    pub(super) failed_as: Option<(String, String)>,
    pub(super) remarks: Vec<(&'static str, String)>,
    pub(super) mismatches: Vec<Mismatch>,
    pub(super) event_id: Option<String>,
    /// The command that shows it in the history, where it was recorded.
    pub(super) recorded: Option<String>,
    pub(super) attempts: Vec<AttemptView>,
    pub(super) curl: Option<String>,
    pub(super) again: Again,
}

/// The command that sends the event anew.
#[derive(Default)]
pub(super) struct Again {
    pub(super) command: String,
    pub(super) to_add: String,
}

/// An attempt on the timeline, whose whole width is 1000.
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) x: u32,
    pub(super) width: u32,
}

#[derive(Default)]
pub(super) struct AttemptView {
    pub(super) title: String,
    pub(super) signature: Option<String>,
    pub(super) request_headers: String,
    pub(super) request_body: String,
    pub(super) answer: String,
    pub(super) response_headers: String,
    /// What its body is, where that is not shown as it is.
    pub(super) note: String,
    pub(super) response_body: String,
}

/// Where a story's steps lie in time.
#[derive(Clone, Copy)]
pub(super) struct StoryTimeline {
    pub(super) begin: Moment,
    pub(super) whole: Duration,
}

/// One story of a run, by its number from 0.
pub(super) fn story(
    number: usize,
    plans: &[Plan],
    result: &StoryResult,
    firsts: &Firsts<'_>,
) -> StoryView {
    let plan = &plans[number];
    let totals = result.totals();
    let is_told = totals.skipped < totals.steps;
    let verdict = if is_told { totals.verdict() } else { Verdict::Skipped };
    let sent = result.steps.iter().flat_map(|step| &step.sent).map(|sent| sent.at);
    let begin = sent.min().unwrap_or(Moment::from_seconds(0));
    let line = StoryTimeline { begin, whole: result.duration };
    let failed = result.steps.iter().filter(|step| step.verdict.is_failure());
    let open: Vec<usize> = failed.take(OPEN).map(|step| step.index).collect();
    let steps = result.steps.iter().map(|one| {
        let view = step(one, plan, line);
        let id = step_id(number, one.index);
        let first = firsts.like(number, one);
        let failed_as = first.map(|first| {
            (step_id(first.story, first.step.index), alike::name(first, number, plans))
        });
        StepView { id, is_open: open.contains(&one.index), failed_as, ..view }
    });
    let checks = result.checks.iter().map(|one| {
        let id = format!("story-{}-check-{}", number + 1, one.index);
        StepView { id, ..check(one) }
    });
    StoryView {
        id: format!("story-{}", number + 1),
        name: stories::name(plan),
        about: format!("{}, seed {}", count(totals.steps, "event"), plan.job.seed.0),
        sum: sum(&totals),
        is_passed: verdict == Verdict::Pass,
        is_open: verdict != Verdict::Pass || plans.len() == 1,
        duration: duration::short(result.duration),
        verdict: label(verdict),
        verdict_class: verdict.word(),
        steps: steps.chain(checks).collect(),
    }
}

/// `9 events` or `9 events: 1 rejected`
fn sum(totals: &Totals) -> String {
    let rest = shortfall(totals);
    let colon = if rest.is_empty() { "" } else { ": " };
    format!("{}{colon}{}", count(totals.steps, "event"), rest.join(", "))
}

fn step_id(story: usize, step: usize) -> String {
    format!("story-{}-step-{step}", story + 1)
}

fn step(result: &StepResult, plan: &Plan, line: StoryTimeline) -> StepView {
    let tries = result.attempts.iter().zip(&result.sent);
    let is_failure = result.verdict.is_failure();
    let last = result.sent.last().filter(|_| is_failure);
    let (status, latency) = result.attempts.last().map_or_else(
        || ("not sent".to_owned(), String::new()),
        |attempt| (word(&attempt.outcome), duration::short(attempt.latency)),
    );
    let bars: Vec<Bar> = tries.clone().map(|(attempt, sent)| line.bar(sent.at, attempt)).collect();
    StepView {
        id: String::new(),
        is_open: false,
        verdict: label(result.verdict),
        verdict_class: result.verdict.word(),
        index: result.index.to_string(),
        name: escape::line(&result.event),
        is_copy: result.is_copy,
        timing: format!("{status} {latency}"),
        status,
        latency,
        bars,
        call_bars: result
            .api_calls
            .iter()
            .flatten()
            .filter_map(|told| call_bar(&told.call, line))
            .collect(),
        calls: api_calls::views(result),
        caused_by: api_calls::caused_by(result),
        told: Told::of(result),
        failed_as: None,
        remarks: result
            .remarks()
            .map(|remark| (remark.code, escape::line(&remark.message)))
            .collect(),
        mismatches: result.mismatches.iter().map(shown).collect(),
        event_id: Some(escape::line(&result.event_id)),
        recorded: result.delivery().map(|id| recorded::show(id, &plan.job.command)),
        attempts: tries
            .enumerate()
            .map(|(number, (attempt, sent))| attempt_view(number + 1, attempt, Some(sent)))
            .collect(),
        curl: last.and_then(|sent| command(&sent.request, result, plan)),
        again: again(plan),
    }
}

fn check(result: &CheckResult) -> StepView {
    let attempt = result.attempt.as_ref();
    let command = result.command.as_ref().map(|_| result.ending().unwrap_or_default());
    let status = attempt.map(|attempt| word(&attempt.outcome)).or(command).unwrap_or_default();
    let latency = result.duration().map(duration::short).unwrap_or_default();
    StepView {
        id: String::new(),
        is_open: result.verdict.is_failure(),
        verdict: label(result.verdict),
        verdict_class: result.verdict.word(),
        index: String::new(),
        name: escape::line(&result.name()),
        is_copy: false,
        timing: format!("{status} {latency}"),
        status,
        latency,
        bars: Vec::new(),
        call_bars: Vec::new(),
        calls: Vec::new(),
        caused_by: None,
        told: None,
        failed_as: None,
        remarks: Vec::new(),
        mismatches: result.mismatches.iter().map(shown).collect(),
        event_id: None,
        recorded: None,
        attempts: attempt.map(|attempt| attempt_view(1, attempt, None)).into_iter().collect(),
        curl: None,
        again: Again::default(),
    }
}

fn shown(mismatch: &Mismatch) -> Mismatch {
    let Mismatch { what, expected, found } = mismatch;
    let [what, expected, found] = [what, expected, found].map(|text| escape::line(text));
    Mismatch { what, expected, found }
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Response(response) => response.status.to_string(),
        Outcome::None { why, .. } => why.word().to_owned(),
    }
}

impl StoryTimeline {
    /// Where a moment is, in milliseconds since 1970.
    fn place(self, at: i64) -> u32 {
        let since = at.saturating_sub(self.begin.milliseconds()).max(0);
        self.length(Duration::from_millis(since.unsigned_abs()))
    }

    fn length(self, time: Duration) -> u32 {
        let whole = self.whole.as_secs_f64().max(f64::EPSILON);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        let length = (time.as_secs_f64() / whole * 1_000.0).clamp(0.0, 1_000.0) as u32;
        length
    }

    /// The bar of an attempt that began then.
    pub(super) fn bar(self, at: Moment, attempt: &Attempt) -> Bar {
        let x = self.place(at.milliseconds()).min(992);
        let class = if attempt.outcome.is_accepted() { "pass" } else { "fail" };
        Bar { class, x, width: self.length(attempt.latency).clamp(8, 1_000 - x) }
    }
}

fn call_bar(call: &ApiCall, line: StoryTimeline) -> Option<Bar> {
    let x = line.place(call.began).min(997);
    let is_fine = call.status.is_some_and(|status| status < 400);
    let class = if is_fine { "call" } else { "call fail" };
    Some(Bar { class, x, width: line.length(call.latency?).clamp(3, 1_000 - x) })
}

pub(super) fn attempt_view(number: usize, attempt: &Attempt, sent: Option<&Sent>) -> AttemptView {
    let mut view = AttemptView::default();
    let took = duration::short(attempt.latency);
    view.title = match sent {
        Some(sent) => format!("Attempt {number} at {}, {took}", sent.at.rfc3339()),
        None => format!("Last check, {took}"),
    };
    if let Some(Sent { request, .. }) = sent {
        let is_signature = |name: &str| name.eq_ignore_ascii_case(SIGNATURE_HEADER);
        let signature = request.headers.iter().find(|(name, _)| is_signature(name));
        view.signature = signature.map(|(_, value)| escape::line(value));
        let others = request.headers.iter().filter(|(name, _)| !is_signature(name));
        view.request_headers = headers(others);
        view.request_body = body(&request.body);
    }
    match &attempt.outcome {
        Outcome::Response(response) => {
            view.answer = match response.remark() {
                Some(remark) => {
                    format!("Response {} ({})", response.status, escape::line(&remark.message))
                }
                None => format!("Response {}", response.status),
            };
            view.response_headers = headers(response.headers.iter());
            match diagnosis::page_text(response) {
                Some(text) => {
                    view.note = page_note(response.body.len());
                    view.response_body = escape::block(&text);
                }
                None => view.response_body = body(&response.body),
            }
        }
        Outcome::None { why, error } => {
            view.answer = format!("No response: {}", why.word());
            view.response_body = escape::block(error);
        }
    }
    view
}

/// Headers as HTTP writes them, without credentials.
fn headers<'h>(pairs: impl Iterator<Item = &'h (String, String)>) -> String {
    let kept: Headers = pairs.map(|(name, value)| (name, value)).collect();
    let lines = kept.iter().map(|(name, value)| {
        format!("{}: {}", escape::line(&name), escape::line(&String::from_utf8_lossy(value)))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A body as text, JSON indented.
fn body(bytes: &[u8]) -> String {
    let text = match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(value) => escape::json(format!("{value:#}")),
        Err(_) => escape::block(&String::from_utf8_lossy(bytes)),
    };
    match text.char_indices().nth(BODY) {
        Some((at, _)) => format!("{}\n… ({} bytes in all)", &text[..at], bytes.len()),
        None => text,
    }
}

/// The curl command of a request, without credentials.
fn command(request: &Request, step: &StepResult, plan: &Plan) -> Option<String> {
    let kept: Headers = request.headers.iter().map(|(name, value)| (name, value)).collect();
    let headers =
        kept.iter().map(|(name, value)| (name, String::from_utf8_lossy(value).into_owned()));
    let request = Request { headers: headers.collect(), body: request.body.clone() };
    // The text of an endpoint has no password in it.
    let endpoint = Endpoint::parse(&step.endpoint).ok()?;
    Some(curl::command(&endpoint, &request, plan.job.certificates))
}

/// What of it cannot be shown is said behind it.
fn again(plan: &Plan) -> Again {
    let command = stories::again(plan);
    let command = if command.name() == "trigger" { command.with_flag("--curl") } else { command };
    Again { to_add: command.to_add(), command: escape::line(&command.to_string()) }
}
