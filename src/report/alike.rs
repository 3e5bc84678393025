//! Failures that are the same but for the event and the ids in what came back: told once, and referred to from then on.

use std::collections::HashMap;

use super::stories;
use crate::delivery::{Outcome, Response};
use crate::protocol::Moment;
use crate::runner::app_state::masked;
use crate::runner::{Plan, RunResult, StepResult};
use crate::scenario::Values;

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
    let mut known: HashMap<Cause, usize> = HashMap::new();
    for (story, one) in result.stories.iter().enumerate() {
        for step in one.steps.iter().filter(|step| step.verdict.is_failure()) {
            let at = *known.entry(cause(step, result.started_at)).or_insert(groups.len());
            match groups.get_mut(at) {
                Some(group) => group.push(Failure { story, step }),
                None => groups.push(vec![Failure { story, step }]),
            }
        }
    }
    groups
}

/// What failures of one cause have in common: what came back, and what is said of it.
type Cause = (Option<u16>, Vec<String>);

fn cause(step: &StepResult, at: Moment) -> Cause {
    let (status, mut said) = match step.outcome() {
        Some(Outcome::Response(response)) => {
            let headers = telling_headers(response).into_iter();
            let headers = headers.map(|(name, value)| format!("{name}: {value}"));
            let body = String::from_utf8_lossy(&response.body).into_owned();
            (Some(response.status), headers.chain([body]).collect())
        }
        Some(Outcome::None { why, error }) => (None, vec![why.word().to_owned(), error.clone()]),
        None => (None, Vec::new()),
    };
    said.extend(step.hint.clone());
    let mismatches = step.mismatches.iter();
    said.extend(mismatches.map(|one| format!("{} {} {}", one.what, one.expected, one.found)));
    (status, said.iter().map(|text| without_ids(text, at)).collect())
}

/// Text without what each story has of its own.
pub(super) fn without_ids(text: &str, at: Moment) -> String {
    masked(text, &Values::default(), at)
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
