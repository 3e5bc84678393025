//! Explores the orders in which Stripe can deliver a story's events: runs one after the other, each with a customer of
//! its own, compares where they end with where the story's own order ends, and shrinks what differs.

mod end_state;
mod no_measure;
pub(crate) mod result;
mod shrink;
mod smallest;
mod trial;

use std::time::{Duration, Instant};

pub(crate) use result::{Counterexample, Exploration};
pub(crate) use shrink::{Breaks, Sample, shrink};
pub(crate) use smallest::smallest;
pub(crate) use trial::Trials;

use crate::error::Result;
use crate::scenario::{Candidates, Sequence};

/// How many counterexamples are looked for.
const MOST_FOUND: usize = 5;

/// How far an exploration is.
pub(crate) trait ExplorationObserver {
    /// Called before each run.
    fn on_run(&mut self, runs: usize, budget: usize);
}

/// Explores with so many runs; or, where a sequence is given, that one alone.
///
/// # Errors
/// The app's state cannot be seen, or is no measure.
pub(crate) async fn explore(
    trials: &mut Trials<'_>,
    (budget, only): (usize, Option<Sequence>),
    observer: &mut dyn ExplorationObserver,
) -> Result<Exploration> {
    let start = Instant::now();
    let mut exploration = Exploration {
        started_at: trials.now(),
        duration: Duration::ZERO,
        events: trials.event_names(),
        budget,
        runs: 0,
        deliveries: 0,
        in_order: None,
        found: Vec::new(),
        is_exhausted: false,
        was_interrupted: false,
    };
    observer.on_run(0, budget);
    match exploration.look(trials, only, observer).await {
        // Where devtool was told to end, that is why.
        Err(error) if !trials.is_cancelled() => return Err(error),
        _ => {}
    }
    exploration.duration = start.elapsed();
    (exploration.runs, exploration.deliveries) = trials.counts();
    exploration.was_interrupted = trials.is_cancelled();
    Ok(exploration)
}

impl Exploration {
    async fn look(
        &mut self,
        trials: &mut Trials<'_>,
        only: Option<Sequence>,
        observer: &mut dyn ExplorationObserver,
    ) -> Result<()> {
        let wanted = only.as_ref().map(Sequence::in_order);
        self.in_order = trials.measure(wanted).await?;
        match only {
            _ if self.in_order.is_some() => Ok(()),
            Some(only) => self.try_one(trials, only).await,
            None => self.try_all(trials, observer).await,
        }
    }

    async fn try_one(&mut self, trials: &mut Trials<'_>, only: Sequence) -> Result<()> {
        if let Some(problems) = trials.breaks(&only).await? {
            self.found.push(Counterexample {
                breaks: only,
                problems,
                found_in_run: trials.counts().0,
            });
        }
        Ok(())
    }

    async fn try_all(
        &mut self,
        trials: &mut Trials<'_>,
        observer: &mut dyn ExplorationObserver,
    ) -> Result<()> {
        let mut candidates: Candidates = trials.candidates();
        while trials.counts().0 < self.budget && self.found.len() < MOST_FOUND {
            let is_known =
                |one: &Sequence| self.found.iter().any(|found| one.contains(&found.breaks));
            let Some(candidate) =
                candidates.by_ref().take(self.budget * 10).find(|one| !is_known(one))
            else {
                self.is_exhausted = true;
                return Ok(());
            };
            observer.on_run(trials.counts().0, self.budget);
            let Some(problems) = trials.breaks(&candidate).await? else {
                if trials.is_cancelled() {
                    return Ok(());
                }
                continue;
            };
            let found_in_run = trials.counts().0;
            let first = Sample { sequence: candidate, problems };
            let smallest = shrink(first, &candidates, trials).await?;
            let Sample { sequence: breaks, problems } = smallest;
            self.found.push(Counterexample { breaks, problems, found_in_run });
        }
        Ok(())
    }
}
