//! Sequences of deliveries that break an app, as values, and the command that repeats one.

use serde_json::{Value, json};

use crate::runner::explore::Counterexample;
use crate::runner::{Plan, RunResult};
use crate::scenario::Sequence;
use crate::text::command_line::CommandLine;

/// What of a command does not belong to the one that repeats a counterexample.
const OF_ALL: [&str; 10] = [
    "--budget",
    "--report",
    "--open",
    "--steps",
    "--seed",
    "--format",
    "--order",
    "--orders",
    "--duplicate",
    "--repeat",
];

/// The command that tries one sequence again.
pub(super) fn again(sequence: &Sequence, plan: &Plan) -> CommandLine {
    let job = &plan.job;
    let command = match (&job.scenario.file, &job.name) {
        (Some(file), _) => job.command.clone().about(file.display().to_string()),
        (None, Some(name)) => job.command.clone().about(name),
        (None, None) => job.command.clone(),
    };
    let command = command.without(&OF_ALL);
    // The ids are new ones, as the app may know those of before.
    command.with("--steps", sequence.to_string())
}

/// The smallest sequence that fails as a run did.
pub(super) fn smallest_value(result: &RunResult, plans: &[Plan]) -> Option<Value> {
    let (smallest, plan) = (result.smallest.as_ref()?, plans.first()?);
    Some(found(&smallest.found, &smallest.events, plan))
}

/// A sequence beside the one that works.
pub(super) fn found(found: &Counterexample, events: &[String], plan: &Plan) -> Value {
    let steps = |sequence: &Sequence| -> Vec<Value> {
        let step = |step: &usize| json!({"step": step + 1, "event": events.get(*step)});
        sequence.0.iter().map(step).collect()
    };
    json!({
        "sentence": found.sentence(events),
        "works": steps(&found.breaks.in_order()),
        "breaks": steps(&found.breaks),
        "problems": found.problems,
        "found_in_run": found.found_in_run,
        "repeat": again(&found.breaks, plan).to_string(),
    })
}
