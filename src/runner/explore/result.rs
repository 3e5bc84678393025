//! What an exploration found.

use std::time::Duration;

use crate::error::Exit;
use crate::protocol::Moment;
use crate::scenario::Sequence;

/// What an exploration came to.
#[derive(Debug)]
pub(crate) struct Exploration {
    /// When it began.
    pub started_at: Moment,
    /// How long it took.
    pub duration: Duration,
    /// The types of the story's steps.
    pub events: Vec<String>,
    /// After how many runs it begins no more.
    pub budget: usize,
    /// How many it took.
    pub runs: usize,
    /// How many of them looked for the fewest events; the budget does not end them.
    pub shrinking: usize,
    /// How many deliveries that were.
    pub deliveries: usize,
    /// Where the story's own order ends, if that is no good.
    pub in_order: Option<InOrder>,
    /// The smallest sequences that end elsewhere.
    pub found: Vec<Counterexample>,
    /// Whether there was nothing left to try.
    pub is_exhausted: bool,
    /// Whether it was told to end.
    pub was_interrupted: bool,
}

/// Why the story's own order is no measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InOrder {
    /// What is wrong.
    pub problems: Vec<String>,
    /// Whether anything answered at all.
    pub is_answered: bool,
}

/// A sequence of deliveries after which the app is not where the same events in their order bring it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counterexample {
    /// The deliveries.
    pub breaks: Sequence,
    /// The step at whose first delivery the local API failed.
    pub failing: Option<FailingStep>,
    /// What is not as it should be.
    pub problems: Vec<String>,
    /// The number of the run that found it.
    pub found_in_run: usize,
}

/// A step at whose first delivery the local API failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FailingStep {
    /// The step, from 0.
    pub step: usize,
    /// Whether the app refused it then, so that it came again after the others.
    pub is_retried: bool,
}

/// One delivery of a counterexample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeliveredStep {
    /// The step, from 0.
    pub step: usize,
    /// Whether it came before.
    pub is_again: bool,
    /// Whether the local API failed meanwhile.
    pub api_fails: bool,
}

/// What of a run in several orders, or with duplicates, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Smallest {
    /// How many stories.
    pub failed: usize,
    /// Of how many.
    pub stories: usize,
    /// The types of the story's steps.
    pub events: Vec<String>,
    /// The smallest sequence that fails.
    pub found: Counterexample,
}

impl Exploration {
    /// Whether nothing differs, as far as it was to look.
    pub(crate) const fn is_good(&self) -> bool {
        self.found.is_empty() && self.in_order.is_none() && !self.was_interrupted
    }

    /// The exit code that it ends the command with.
    pub(crate) fn exit(&self) -> Exit {
        match &self.in_order {
            _ if self.was_interrupted => Exit::Interrupted,
            Some(in_order) if !in_order.is_answered => Exit::Unreachable,
            _ if self.is_good() => Exit::Done,
            _ => Exit::Fail,
        }
    }
}

impl Counterexample {
    /// What it is, in a sentence: `b before a`.
    pub(crate) fn sentence(&self, events: &[String]) -> String {
        let name = |step: &usize| events.get(*step).map_or("", String::as_str);
        match (self.breaks.0.as_slice(), self.failing) {
            ([only], Some(FailingStep { is_retried: true, .. })) => {
                format!("{} again after the API failed", name(only))
            }
            ([only], Some(_)) => format!("{} accepted while the API fails", name(only)),
            ([first, second], None) if first == second => format!("{} twice", name(first)),
            ([first, second], None) => format!("{} before {}", name(first), name(second)),
            _ => {
                let told = |one: &DeliveredStep| {
                    let again = if one.is_again { " again" } else { "" };
                    let fails = if one.api_fails { " (the API fails)" } else { "" };
                    format!("{}{again}{fails}", name(&one.step))
                };
                self.deliveries().iter().map(told).collect::<Vec<_>>().join(", then ")
            }
        }
    }

    /// What was delivered, with the retry of a step that the app refused while the API failed.
    pub(crate) fn deliveries(&self) -> Vec<DeliveredStep> {
        let steps = &self.breaks.0;
        let failing = self.failing.map(|failing| failing.step);
        let delivered = |(at, step): (usize, &usize)| {
            let is_again = steps[..at].contains(step);
            DeliveredStep { step: *step, is_again, api_fails: failing == Some(*step) && !is_again }
        };
        let retried = self.failing.filter(|failing| failing.is_retried);
        let retry =
            |FailingStep { step, .. }| DeliveredStep { step, is_again: true, api_fails: false };
        steps.iter().enumerate().map(delivered).chain(retried.map(retry)).collect()
    }
}
