//! Steps that need the local API, and that there is one.

use super::job::Job;
use crate::error::{Error, Result};
use crate::scenario::Step;

/// Whether a step needs the local API. It is under way alone then, so that every call is its own.
pub(super) fn needs_api(step: &Step) -> bool {
    step.expect.is_about_calls() || !step.api_faults.is_empty()
}

/// That there is a local API where a step needs one.
///
/// # Errors
/// There is none.
pub(super) fn check(job: &Job) -> Result<()> {
    let step = job.scenario.steps.iter().find(|step| needs_api(step));
    let Some(step) = step.filter(|_| !job.api.is_asked()) else { return Ok(()) };
    let is_expected = step.expect.is_about_calls();
    let reason = if is_expected {
        "the app's calls are known only with the local API"
    } else {
        "there is no local API in which calls could fail"
    };
    let command = job.command.clone().with_flag("--api");
    let hint = format!("add `--api`{}:\n{command}", command.to_add());
    let error = match &step.places {
        Some(places) if is_expected => places.expect.error(reason),
        Some(places) => places.api_fault.error(reason),
        None => Error::bug("a step of no file expects calls"),
    };
    Err(error.hinted(hint))
}
