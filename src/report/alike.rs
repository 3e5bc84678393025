//! Failures that are the same but for the event: told once, and referred to from then on.

use std::collections::HashMap;

use super::stories;
use crate::delivery::{Outcome, Response};
use crate::runner::{Plan, RunResult, StepResult};

/// The response headers that help to find a cause.
const HEADERS_THAT_MATTER: [&str; 7] =
    ["allow", "content-type", "location", "retry-after", "server", "via", "www-authenticate"];

/// A failure, and the number of its story from 0.
#[derive(Clone, Copy)]
pub(super) struct Failure<'r> {
    pub(super) story: usize,
    pub(super) step: &'r StepResult,
}

/// The failures of a run in their order, those that are alike together.
pub(super) fn groups(result: &RunResult) -> Vec<Vec<Failure<'_>>> {
    let mut groups: Vec<Vec<Failure<'_>>> = Vec::new();
    for (story, one) in result.stories.iter().enumerate() {
        for step in one.steps.iter().filter(|step| step.verdict.is_failure()) {
            match groups.iter_mut().find(|group| is_alike(group[0].step, step)) {
                Some(group) => group.push(Failure { story, step }),
                None => groups.push(vec![Failure { story, step }]),
            }
        }
    }
    groups
}

fn is_alike(a: &StepResult, b: &StepResult) -> bool {
    let same_answer = match (a.outcome(), b.outcome()) {
        (Some(Outcome::Response(a)), Some(Outcome::Response(b))) => {
            a.status == b.status && a.body == b.body && telling_headers(a) == telling_headers(b)
        }
        (a, b) => a == b,
    };
    same_answer && a.hint == b.hint && a.mismatches == b.mismatches
}

/// The headers of an answer that help to find a cause.
pub(super) fn telling_headers(response: &Response) -> Vec<(&str, &str)> {
    let matters = |name: &str| HEADERS_THAT_MATTER.contains(&name);
    let headers = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    headers.filter(|(name, _)| matters(name)).collect()
}

/// What failed like an earlier one whose hint was told, by story and index, with that one.
pub(super) struct Firsts<'r>(HashMap<(usize, usize), Failure<'r>>);

impl<'r> Firsts<'r> {
    /// Those of a run.
    pub(super) fn of(result: &'r RunResult) -> Self {
        let mut firsts = HashMap::new();
        for group in groups(result) {
            let Some((first, others)) = group.split_first() else { continue };
            if first.step.hint.is_some() {
                firsts.extend(others.iter().map(|one| ((one.story, one.step.index), *first)));
            }
        }
        Self(firsts)
    }

    /// The one that this step is like; `None` where it is itself the first, or no failure.
    pub(super) fn like(&self, story: usize, step: &StepResult) -> Option<Failure<'r>> {
        self.0.get(&(story, step.index)).copied()
    }
}

/// `event 1`, with its story where that is another.
pub(super) fn name(first: Failure<'_>, story: usize, plans: &[Plan]) -> String {
    let event = format!("event {}", first.step.index);
    match plans.get(first.story).filter(|_| first.story != story) {
        Some(plan) => format!("{event} of {}", stories::name(plan)),
        None => event,
    }
}
