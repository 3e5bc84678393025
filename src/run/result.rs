//! What a run found.

use std::time::Duration;

use crate::delivery::{Attempt, Outcome};
use crate::error::Exit;
use crate::event::Moment;

/// What came of a whole run.
#[derive(Debug)]
pub struct RunResult {
    /// When it began.
    pub started_at: Moment,
    /// How long it took.
    pub duration: Duration,
    /// One per event, in the order of sending.
    pub steps: Vec<StepResult>,
    /// Whether Ctrl-C ended it.
    pub was_interrupted: bool,
}

/// What came of one event.
#[derive(Clone, Debug)]
pub struct StepResult {
    /// Its place, from 1.
    pub index: usize,
    /// The event's type.
    pub event: String,
    /// The event's id.
    pub event_id: String,
    /// What was tried; empty where nothing was sent.
    pub attempts: Vec<Attempt>,
    /// What the outcome most likely means.
    pub hint: Option<String>,
}

/// What a step or a run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Pass,
    /// Not as expected.
    Fail,
    /// Not tried.
    Skipped,
}

impl Verdict {
    /// The word of the JSON report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

impl StepResult {
    /// The last attempt's outcome: the one that counts.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.attempts.last().map(|attempt| &attempt.outcome)
    }

    /// Pass where the endpoint accepted the event.
    pub fn verdict(&self) -> Verdict {
        match self.outcome() {
            None => Verdict::Skipped,
            Some(outcome) if outcome.is_accepted() => Verdict::Pass,
            Some(_) => Verdict::Fail,
        }
    }
}

/// How many steps came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All of them.
    pub steps: usize,
    /// A 2xx answer.
    pub accepted: usize,
    /// Another answer.
    pub rejected: usize,
    /// No answer.
    pub failed: usize,
    /// Not sent.
    pub skipped: usize,
}

impl RunResult {
    /// How many steps came to what.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals { steps: self.steps.len(), ..Totals::default() };
        for step in &self.steps {
            let count = match step.outcome() {
                None => &mut totals.skipped,
                Some(Outcome::None { .. }) => &mut totals.failed,
                Some(outcome) if outcome.is_accepted() => &mut totals.accepted,
                Some(_) => &mut totals.rejected,
            };
            *count += 1;
        }
        totals
    }

    /// Pass where every event was accepted.
    pub fn verdict(&self) -> Verdict {
        let totals = self.totals();
        if totals.accepted == totals.steps { Verdict::Pass } else { Verdict::Fail }
    }

    /// The exit code that this result ends the command with.
    pub fn exit(&self) -> Exit {
        let totals = self.totals();
        if self.was_interrupted {
            Exit::Interrupted
        } else if self.verdict() == Verdict::Pass {
            Exit::Done
        } else if totals.failed > 0 && totals.accepted + totals.rejected == 0 {
            Exit::Unreachable
        } else {
            Exit::Fail
        }
    }
}
