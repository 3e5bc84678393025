//! What the app asked the local API: below the event that it was handling, and apart what it asked besides.

use serde_json::{Value, json};

use super::layout::{Layout, count};
use crate::api::{ApiCall, CausingCall};
use crate::history::{KeptCall, KeptCalls};
use crate::runner::{Plan, RunResult, StepCall, StepResult};
use crate::text::duration::{self, milliseconds};
use crate::text::{escape, width};

/// How many calls the end of a run names.
const MOST_NAMED: usize = 20;
/// The columns that a call's status, time and notes take at least.
const AFTER_PATH: usize = 20;
/// The fewest columns of a call's path.
const PATH_COLUMNS: usize = 30;

/// The calls that the app made while it handled an event, a line each, below the event's name.
pub(crate) fn below(step: &StepResult, plan: &Plan, layout: Layout) -> String {
    let indent = 10 + plan.sendings.len().to_string().len();
    let cause = caused_by(step).map(|cause| {
        let cause = width::fit(&cause, layout.columns.saturating_sub(indent).max(PATH_COLUMNS));
        format!("{}{}\n", " ".repeat(indent), layout.palette.dim(&cause))
    });
    let calls = step.api_calls.iter().flatten();
    let calls = calls.map(|told| line(&told.call, &notes(told), indent, layout));
    cause.into_iter().chain(calls).collect()
}

/// `caused by POST /v1/refunds, req_devtool0000002`, of an event that a call has caused.
pub(super) fn caused_by(step: &StepResult) -> Option<String> {
    let to = step.webhook.as_ref();
    let to = to.map(|webhook| format!(", to {} ({})", escape::name(&webhook.id), step.endpoint));
    let to = to.unwrap_or_default();
    step.caused_by.as_ref().map(|by| format!("caused by {}{to}", cause(by)))
}

/// `POST /v1/refunds, req_devtool0000002`
pub(super) fn cause(CausingCall { method, path, request }: &CausingCall) -> String {
    escape::line(&format!("{method} {path}, {request}"))
}

/// The same as JSON; null for a step of the scenario.
pub(super) fn cause_value(step: &StepResult) -> Value {
    step.caused_by.as_ref().map(cause_json).into()
}

/// The call that caused an event as JSON.
pub(super) fn cause_json(CausingCall { method, path, request }: &CausingCall) -> Value {
    json!({"method": method, "path": path, "request": request})
}

/// The calls that the app made while a listen delivered an event, a line each.
pub(super) fn below_row(calls: &[ApiCall], indent: usize, layout: Layout) -> String {
    let told = calls.iter().map(|call| StepCall::during(call.clone()));
    told.map(|told| line(&told.call, &notes(&told), indent, layout)).collect()
}

/// The calls that were made while no delivery was under way, and those that came after the delivery of their event.
pub(super) fn ending(result: &RunResult, layout: Layout) -> String {
    let late = late(result).map(|(step, told)| {
        let note = format!("after the delivery of event {}", step.index);
        (&told.call, vec![note])
    });
    let outside = outside_calls(result).map(|call| (call, Vec::new()));
    let all: Vec<_> = late.chain(outside).collect();
    if all.is_empty() {
        return String::new();
    }
    let named = all.iter().take(MOST_NAMED);
    let lines: String = named.map(|(call, notes)| line(call, notes, 2, layout)).collect();
    let more = match all.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!("  and {more} more\n"),
    };
    format!("{} outside of the deliveries:\n{lines}{more}\n", count(all.len(), "API call"))
}

fn late(result: &RunResult) -> impl Iterator<Item = (&StepResult, &StepCall)> {
    let steps = result.stories.iter().flat_map(|story| &story.steps);
    steps.flat_map(|step| {
        let calls = step.api_calls.iter().flatten();
        calls.filter(|told| told.is_late).map(move |told| (step, told))
    })
}

pub(super) fn line(call: &ApiCall, notes: &[String], indent: usize, layout: Layout) -> String {
    let palette = layout.palette;
    let room = layout.columns.saturating_sub(indent + AFTER_PATH).max(PATH_COLUMNS);
    let what = width::fit(&what(call), room);
    let status = palette.status(call.status, &status(call));
    let latency = call.latency.map(duration::short).unwrap_or_default();
    let notes: Vec<String> = own_notes(call).chain(notes.to_vec()).collect();
    let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join(", ")) };
    let line = format!(
        "{}{}  {status}  {latency}{}",
        " ".repeat(indent),
        palette.dim(&what),
        palette.dim(&notes)
    );
    format!("{}\n", line.trim_end())
}

/// What is to be known of a call by itself.
fn own_notes(call: &ApiCall) -> impl Iterator<Item = String> {
    let notes = [(call.is_unserved, "not served"), (call.is_fault, "fault")];
    notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note.to_owned())
}

/// What is to be known of it as one of an event's.
fn notes(told: &StepCall) -> Vec<String> {
    let late = told.is_late.then(|| "after the delivery".to_owned());
    let deliveries = told.under_way.filter(|deliveries| *deliveries > 1);
    let deliveries = deliveries.map(|deliveries| format!("{deliveries} deliveries under way"));
    late.into_iter().chain(deliveries).collect()
}

/// `GET /v1/customers/cus_1`
pub(super) fn what(call: &ApiCall) -> String {
    escape::line(&format!("{} {}", call.method, call.path))
}

/// The answer's status, or why there is none.
fn status(call: &ApiCall) -> String {
    match (call.status, call.latency) {
        (Some(status), _) => status.to_string(),
        (None, Some(_)) => "closed".to_owned(),
        (None, None) => "under way".to_owned(),
    }
}

/// A call of an event in one line, without columns.
pub(super) fn sentence(told: &StepCall) -> String {
    sentence_with(&told.call, notes(told))
}

/// The calls of no event, a line each, without columns.
pub(super) fn outside_sentences(result: &RunResult) -> impl Iterator<Item = String> {
    outside_calls(result).map(|call| sentence_with(call, Vec::new()))
}

fn sentence_with(call: &ApiCall, notes: Vec<String>) -> String {
    let notes: Vec<String> = own_notes(call).chain(notes).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    let latency = call.latency.map(|latency| format!(" {}", duration::short(latency)));
    format!("{} {}{}{notes}", what(call), status(call), latency.unwrap_or_default())
}

/// The calls that were made while no delivery was under way.
fn outside_calls(result: &RunResult) -> impl Iterator<Item = &ApiCall> {
    result.api_calls_outside.iter().flatten()
}

/// The calls of an event as JSON; null where there was no API.
pub(super) fn of_step(step: &StepResult) -> Value {
    let calls = step.api_calls.as_ref();
    calls
        .map(|calls| calls.iter().map(|told| value(&told.call, told.under_way)).collect::<Value>())
        .into()
}

/// The calls of a listen's delivery as JSON; null where there is no API.
pub(super) fn of_delivery(calls: Option<&[ApiCall]>) -> Value {
    calls
        .map(|calls| calls.iter().map(|call| value(call, call.under_way())).collect::<Value>())
        .into()
}

/// The calls of a recorded attempt as JSON; null where they are not known.
pub(super) fn of_attempt(kept: Option<&KeptCalls>) -> Value {
    let values = |kept: &KeptCalls| kept.calls.iter().map(kept_value).collect::<Value>();
    kept.map(values).into()
}

/// The calls of a recorded attempt, a line each.
pub(super) fn below_attempt(kept: &KeptCalls, layout: Layout) -> String {
    let lines: String = kept.calls.iter().map(|call| kept_line(call, layout)).collect();
    match kept.more {
        0 => lines,
        more => format!("{lines}  and {more} more\n"),
    }
}

/// The calls of a recorded attempt, each in one line without columns.
pub(crate) fn kept_sentences(kept: &KeptCalls) -> impl Iterator<Item = String> {
    kept.calls.iter().map(|call| sentence(&step_call(call)))
}

fn step_call(kept: &KeptCall) -> StepCall {
    StepCall { call: ApiCall::of_kept(kept), under_way: kept.under_way, is_late: false }
}

fn kept_line(kept: &KeptCall, layout: Layout) -> String {
    let told = step_call(kept);
    line(&told.call, &notes(&told), 2, layout)
}

fn kept_value(kept: &KeptCall) -> Value {
    value(&ApiCall::of_kept(kept), kept.under_way)
}

/// The calls of no event as JSON; null where there was no API.
pub(super) fn outside(result: &RunResult) -> Value {
    let calls = result.api_calls_outside.as_ref();
    calls.map(|calls| calls.iter().map(|call| value(call, Some(0))).collect::<Value>()).into()
}

fn value(call: &ApiCall, under_way: Option<usize>) -> Value {
    json!({
        "method": call.method,
        "path": call.path,
        "status": call.status,
        "latency_ms": call.latency.map(milliseconds),
        "under_way": under_way,
        "served": !call.is_unserved,
        "fault": call.is_fault,
    })
}

/// The calls as the HTML report lists them.
pub(super) struct CallView {
    pub(super) what: String,
    pub(super) status: String,
    pub(super) latency: String,
    pub(super) notes: String,
}

/// The calls of an event for the HTML report.
pub(super) fn views(step: &StepResult) -> Vec<CallView> {
    step.api_calls.iter().flatten().map(|told| view(&told.call, notes(told))).collect()
}

/// The calls of a recorded attempt for a page in HTML.
pub(super) fn kept_views(kept: &KeptCalls) -> impl Iterator<Item = CallView> {
    kept.calls.iter().map(step_call).map(|told| view(&told.call, notes(&told)))
}

/// The calls of no event for the HTML report.
pub(super) fn outside_views(result: &RunResult) -> Vec<CallView> {
    outside_calls(result).map(|call| view(call, Vec::new())).collect()
}

fn view(call: &ApiCall, notes: Vec<String>) -> CallView {
    CallView {
        what: what(call),
        status: status(call),
        latency: call.latency.map(duration::short).unwrap_or_default(),
        notes: own_notes(call).chain(notes).collect::<Vec<_>>().join(", "),
    }
}
