//! Failures that are the same: told once, and referred to from then on.

use super::failure::is_alike;
use super::stories;
use crate::runner::{Plan, RunResult, StepResult};

/// The first of each kind of failure of a run, with the number of its story from 0.
pub(super) struct Firsts<'r> {
    firsts: Vec<(usize, &'r StepResult)>,
}

impl<'r> Firsts<'r> {
    /// Those of a run.
    pub(super) fn of(result: &'r RunResult) -> Self {
        let mut firsts: Vec<(usize, &StepResult)> = Vec::new();
        for (story, one) in result.stories.iter().enumerate() {
            let failed = one.steps.iter().filter(|step| step.verdict.is_failure());
            for step in failed.filter(|step| step.hint.is_some()) {
                if !firsts.iter().any(|(_, first)| is_alike(first, step)) {
                    firsts.push((story, step));
                }
            }
        }
        Self { firsts }
    }

    /// The one that this step is like; `None` where it is itself the first, or no failure.
    pub(super) fn like(&self, story: usize, step: &StepResult) -> Option<(usize, &'r StepResult)> {
        if !step.verdict.is_failure() || step.hint.is_none() {
            return None;
        }
        let first = self.firsts.iter().find(|(_, first)| is_alike(first, step))?;
        let is_itself = first.0 == story && first.1.index == step.index;
        (!is_itself).then_some(*first)
    }
}

/// `event 1`, with its story where that is another.
pub(super) fn name(first: (usize, &StepResult), story: usize, plans: &[Plan]) -> String {
    let event = format!("event {}", first.1.index);
    match plans.get(first.0).filter(|_| first.0 != story) {
        Some(plan) => format!("{event} of {}", stories::name(plan)),
        None => event,
    }
}
