//! Sequences of deliveries that break an app, as values, and the command that repeats one.

use serde_json::{Value, json};

use crate::runner::explore::Counterexample;
use crate::runner::{Plan, RunResult};
use crate::text::command_line::CommandLine;

/// What of a command does not belong to the one that repeats a counterexample.
const OF_ALL: [&str; 11] = [
    "--budget",
    "--report",
    "--open",
    "--steps",
    "--api-fails-at",
    "--seed",
    "--format",
    "--order",
    "--orders",
    "--duplicate",
    "--repeat",
];

/// The command that tries one sequence again.
pub(super) fn again(found: &Counterexample, plan: &Plan) -> CommandLine {
    let job = &plan.job;
    let command = match (&job.scenario.file, &job.name) {
        (Some(file), _) => job.command.clone().about(file.display().to_string()),
        (None, Some(name)) => job.command.clone().about(name),
        (None, None) => job.command.clone(),
    };
    let command = command.without(&OF_ALL);
    // The ids are new ones, as the app may know those of before.
    let command = command.with("--steps", found.breaks.to_string());
    match found.failing {
        Some(failing) => command.with("--api-fails-at", (failing.step + 1).to_string()),
        None => command,
    }
}

/// The smallest sequence that fails as a run did.
pub(super) fn smallest_value(result: &RunResult, plans: &[Plan]) -> Option<Value> {
    let (smallest, plan) = (result.smallest.as_ref()?, plans.first()?);
    Some(found(&smallest.found, &smallest.events, plan))
}

/// A sequence beside the one that works.
pub(super) fn found(found: &Counterexample, events: &[String], plan: &Plan) -> Value {
    let step = |step: usize| json!({"step": step + 1, "event": events.get(step)});
    let works: Vec<Value> = found.breaks.in_order().0.into_iter().map(step).collect();
    let breaks: Vec<Value> = found.deliveries().iter().map(|one| step(one.step)).collect();
    json!({
        "sentence": found.sentence(events),
        "works": works,
        "breaks": breaks,
        "api_fails_at": found.failing.map(|failing| failing.step + 1),
        "problems": found.problems,
        "found_in_run": found.found_in_run,
        "repeat": again(found, plan).to_string(),
    })
}
