//! Results as JSON, schema 1.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{api_calls, exploration_value, through_stripe};
use crate::config::FoundSecret;
use crate::delivery::{Attempt, Diagnosis, Outcome, Remark};
use crate::event::{CatalogueProblem, Checked, EventType};
use crate::runner::plan::Way;
use crate::runner::{CheckResult, Mismatch, Plan, RunResult, StepResult, StoryResult, Totals};
use crate::scenario::Scenario;
use crate::text::duration::milliseconds;
use crate::text::escape;

/// The version of the form; a new field may come, none changes its meaning within one version.
pub(super) const SCHEMA: u32 = 1;

/// A run: one story or several, to one endpoint.
pub(crate) fn run(command: &str, plans: &[Plan], result: &RunResult) -> String {
    document(&value(command, plans, result))
}

pub(super) fn value(command: &str, plans: &[Plan], result: &RunResult) -> Value {
    let job = plans.first().map(|plan| &plan.job);
    let name = match plans {
        [only] => only.job.name.as_deref(),
        _ => None,
    };
    let stories = plans.iter().zip(&result.stories).enumerate();
    let steps =
        result.stories.iter().enumerate().flat_map(|(number, story)| {
            story.steps.iter().map(move |result| step(number + 1, result))
        });
    json!({
        "schema": SCHEMA,
        "tool": {"name": "devtool", "version": env!("CARGO_PKG_VERSION")},
        "command": command,
        "scenario": name,
        "via": plans.first().map_or("local", |plan| plan.way.word()),
        "account": account(plans),
        "endpoint": job.map(|job| job.endpoint.to_string()),
        "seed": job.map(|job| job.seed.0),
        "retry_schedule": job.map(|job| job.retry.to_string()),
        "started_at": result.started_at.rfc3339(),
        "duration_ms": milliseconds(result.duration),
        "verdict": result.verdict().word(),
        "interrupted": result.was_interrupted,
        "totals": totals(&result.totals()),
        "stories": stories.map(|(number, (plan, result))| story(number + 1, plan, result)).collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
        "api_calls_outside": api_calls::outside(result),
        "smallest": exploration_value::smallest_value(result, plans),
    })
}

/// The account that a run goes through.
fn account(plans: &[Plan]) -> Option<&str> {
    match &plans.first()?.way {
        Way::Local => None,
        Way::Stripe { account, .. } => account.as_deref(),
    }
}

fn totals(totals: &Totals) -> Value {
    json!({
        "steps": totals.steps,
        "accepted": totals.accepted,
        "rejected": totals.rejected,
        "failed": totals.failed,
        "missing": totals.missing,
        "skipped": totals.skipped,
        "passed": totals.passed,
        "checks": totals.checks,
        "passed_checks": totals.passed_checks,
    })
}

fn story(number: usize, plan: &Plan, result: &StoryResult) -> Value {
    let job = &plan.job;
    json!({
        "story": number,
        "scenario": job.name,
        "endpoint": job.endpoint.to_string(),
        "seed": job.seed.0,
        "order": job.traffic.order.to_string(),
        "concurrency": job.traffic.concurrency,
        "duration_ms": milliseconds(result.duration),
        "verdict": result.totals().verdict().word(),
        "totals": totals(&result.totals()),
        "checks": result.checks.iter().map(check).collect::<Vec<_>>(),
        "unrelated_events": through_stripe::unrelated_events(result).map(through_stripe::value).collect::<Vec<_>>(),
        "cleanup": through_stripe::cleanup(result).map(through_stripe::cleanup_value).collect::<Vec<_>>(),
    })
}

fn check(check: &CheckResult) -> Value {
    json!({
        "stage": check.stage.word(),
        "index": check.index,
        "what": check.what,
        "path": check.path(),
        "exit_code": check.command.as_ref().and_then(|command| command.exit_code),
        "verdict": check.verdict.word(),
        "attempts": check.attempt.iter().map(attempt).collect::<Vec<_>>(),
        "mismatches": check.mismatches.iter().map(mismatch).collect::<Vec<_>>(),
    })
}

fn step(story: usize, step: &StepResult) -> Value {
    let attempts = step.attempts.iter().zip(&step.sent).map(|(attempted, sent)| {
        let mut value = attempt(attempted);
        value["sent_at"] = sent.at.rfc3339().into();
        value
    });
    let mut value = json!({
        "story": story,
        "index": step.index,
        "event": step.event,
        "event_id": step.event_id,
        "delivery": step.delivery().map(|id| id.0),
        "duplicate": step.is_copy,
        "endpoint": step.endpoint,
        "verdict": step.verdict.word(),
        "attempts": attempts.collect::<Vec<_>>(),
        "hint": step.hint,
        "diagnosis": step.diagnosis.as_ref().map(diagnosis),
        "remarks": step.remarks().map(|one| remark(&one)).collect::<Vec<_>>(),
        "mismatches": step.mismatches.iter().map(mismatch).collect::<Vec<_>>(),
        "api_calls": api_calls::of_step(step),
        "caused_by": api_calls::cause_value(step),
    });
    through_stripe::add_to_step(&mut value, step.stripe.as_ref());
    value
}

/// What an outcome most likely means.
pub(super) fn diagnosis(found: &Diagnosis) -> Value {
    json!({"id": found.id, "cause": found.cause, "fix": found.fix})
}

/// A remark about an answer.
pub(super) fn remark(remark: &Remark) -> Value {
    json!({"code": remark.code, "message": remark.message})
}

fn mismatch(mismatch: &Mismatch) -> Value {
    json!({"what": mismatch.what, "expected": mismatch.expected, "found": mismatch.found})
}

fn attempt(attempt: &Attempt) -> Value {
    let latency_ms = milliseconds(attempt.latency);
    let outcome = attempt.outcome.word();
    match &attempt.outcome {
        Outcome::Response(response) => {
            let mut value = json!({
                "outcome": outcome,
                "status": response.status,
                "latency_ms": latency_ms,
                "headers": response.headers,
            });
            let (name, body) = body(&response.body, response.is_truncated);
            value[name] = body;
            value["body_truncated"] = response.is_truncated.into();
            value
        }
        Outcome::None { error, .. } => json!({
            "outcome": outcome,
            "status": null,
            "latency_ms": latency_ms,
            "error": error,
        }),
    }
}

/// A body that is UTF-8 as text, any other in base64.
pub(super) fn body(bytes: &[u8], is_truncated: bool) -> (&'static str, Value) {
    match std::str::from_utf8(bytes) {
        Ok(text) => ("body", text.into()),
        // The limit may have cut a character in two; what is before it is text all the same.
        Err(error) if is_truncated && error.error_len().is_none() => {
            ("body", String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into())
        }
        Err(_) => ("body_base64", BASE64_STANDARD.encode(bytes).into()),
    }
}

/// The scenarios.
pub(crate) fn scenarios(scenarios: &[Scenario]) -> String {
    let entry = |scenario: &Scenario| {
        json!({
            "name": scenario.name,
            "steps": scenario.steps.len(),
            "purpose": scenario.purpose,
        })
    };
    let entries: Vec<Value> = scenarios.iter().map(entry).collect();
    document(&json!({"schema": SCHEMA, "scenarios": entries}))
}

/// The event types.
pub(crate) fn events<'a>(types: impl Iterator<Item = (&'a str, &'a EventType)>) -> String {
    let events: Vec<Value> = types.map(|(name, event_type)| event(name, event_type)).collect();
    document(&json!({"schema": SCHEMA, "events": events}))
}

/// An event type, as lists have it.
pub(super) fn event(name: &str, event_type: &EventType) -> Value {
    json!({
        "type": name,
        "object": Some(&event_type.object).filter(|object| !object.is_empty()),
        "payload": if event_type.is_thin() { "thin" } else { "snapshot" },
        "description": event_type.description,
        "stripe_trigger": event_type.has_trigger(),
        "stripe": event_type.through_stripe(),
    })
}

/// What the catalogue's check found.
pub(crate) fn checked(checked: &Checked) -> String {
    let problem = |problem: &CatalogueProblem| json!({"file": problem.file, "line": problem.line, "what": problem.what});
    document(&json!({
        "schema": SCHEMA,
        "checked": {"types": checked.types, "objects": checked.objects},
        "problems": checked.problems.iter().map(problem).collect::<Vec<_>>(),
    }))
}

/// The signing secret itself, for the user who asked for it.
pub(crate) fn secret(found: &FoundSecret, source: &str) -> String {
    document(&json!({"schema": SCHEMA, "secret": found.secret.reveal(), "source": source}))
}

pub(super) fn document(value: &Value) -> String {
    escape::json(format!("{value:#}\n"))
}
