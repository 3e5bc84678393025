//! Deliveries while the local API fails: an app has to refuse them, and to do what they say when they come again.

use super::result::{Counterexample, FailingStep};
use super::shrink::{Breaks, Sample, shrink};
use super::trial::Trials;
use crate::error::{Error, Kind, Result};
use crate::scenario::{Candidates, Sequence};

/// Runs in which the API fails at the first delivery of a step.
struct Failing<'t, 'r> {
    trials: &'t mut Trials<'r>,
    step: usize,
    /// Whether the step came again in the last run that broke the app.
    is_retried: bool,
}

impl Breaks for Failing<'_, '_> {
    async fn breaks(&mut self, sequence: &Sequence) -> Result<Option<Vec<String>>> {
        // Without a failure, before there is one.
        let is_meant = sequence.0.contains(&self.step);
        if !is_meant || self.trials.reference(&sequence.in_order()).await?.is_none() {
            return Ok(None);
        }
        self.trials.failing = Some(self.step);
        let problems = self.trials.breaks(sequence).await;
        self.trials.failing = None;
        if matches!(problems, Ok(Some(_))) {
            self.is_retried = self.trials.is_retried;
        }
        problems
    }

    async fn confirm(&mut self, found: Sample) -> Result<Option<Sample>> {
        self.trials.confirmed(found, Some(self.step)).await
    }

    fn is_reference(&self, _: &Sequence) -> bool {
        false
    }
}

/// The fewest events after which the app is elsewhere, because the API failed at the first delivery of one; `None` where
/// it is not.
pub(super) async fn failing(
    trials: &mut Trials<'_>,
    (sequence, step): (Sequence, usize),
    possible: Option<&Candidates>,
) -> Result<Option<Counterexample>> {
    let mut failing = Failing { trials, step, is_retried: false };
    let Some(problems) = failing.breaks(&sequence).await? else { return Ok(None) };
    let found_in_run = failing.trials.counts().0;
    let first = Sample { sequence, problems };
    let smallest = match possible {
        Some(possible) => shrink(first, possible, &mut failing).await?,
        None => failing.confirm(first).await?,
    };
    let Some(Sample { sequence: breaks, problems }) = smallest else { return Ok(None) };
    let failing = Some(FailingStep { step, is_retried: failing.is_retried });
    Ok(Some(Counterexample { breaks, failing, problems, found_in_run }))
}

/// The same of a step that somebody names.
///
/// # Errors
/// Nothing failed: the app asks nothing at its first delivery.
pub(super) async fn failing_as_named(
    trials: &mut Trials<'_>,
    (sequence, step): (Sequence, usize),
) -> Result<Option<Counterexample>> {
    // What it asks in another order does not count.
    trials.asking.remove(&step);
    let found = failing(trials, (sequence, step), None).await?;
    if found.is_some() || trials.asking.contains(&step) {
        return Ok(found);
    }
    let message = format!("the app asks the local API nothing at step {}", step + 1);
    let hint = "leave `--api-fails-at` out: an exploration tries each step at which it is asked";
    Err(Error::new(Kind::Usage, message).hinted(hint))
}
