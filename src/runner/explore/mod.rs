//! Explores the orders in which Stripe can deliver a story's events: runs one after the other, each with a customer of
//! its own, compares where they end with where the story's own order ends, and shrinks what differs.

mod ahead;
mod breaking;
mod delivering;
mod end_state;
mod failing;
mod no_measure;
pub(crate) mod result;
mod settling;
mod shrink;
mod smallest;
mod trial;

use std::time::{Duration, Instant};

use failing::{failing, failing_as_named};
pub(crate) use result::{Counterexample, Exploration};
pub(crate) use shrink::{Breaks, Sample, shrink};
pub(crate) use smallest::smallest;
pub(crate) use trial::{KnownEnds, Trials};

use crate::error::Result;
use crate::scenario::{Candidates, Sequence};

/// How many counterexamples are looked for.
const MOST_FOUND: usize = 5;
/// How many of them where the local API fails: they are mostly of one kind.
const MOST_FAILING: usize = 2;

/// What alone is tried, where that is said.
#[derive(Clone, Debug)]
pub(crate) struct WantedTrial {
    /// The deliveries.
    pub sequence: Sequence,
    /// The step at whose first delivery the local API fails.
    pub failing: Option<usize>,
}

/// How far an exploration is.
pub(crate) trait ExplorationObserver {
    /// Called before each run.
    fn on_run(&mut self, runs: usize, budget: usize);
}

/// Explores with so many runs; or, where one is wanted, that one alone.
///
/// # Errors
/// The app's state cannot be seen, or is no measure.
pub(crate) async fn explore(
    trials: &mut Trials<'_>,
    (budget, only): (usize, Option<WantedTrial>),
    observer: &mut dyn ExplorationObserver,
) -> Result<Exploration> {
    let start = Instant::now();
    let mut exploration = Exploration {
        started_at: trials.now(),
        duration: Duration::ZERO,
        events: trials.event_names(),
        budget,
        runs: 0,
        shrinking: 0,
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
        only: Option<WantedTrial>,
        observer: &mut dyn ExplorationObserver,
    ) -> Result<()> {
        let wanted = only.as_ref().map(|only| only.sequence.in_order());
        self.in_order = trials.measure(wanted).await?;
        match only {
            _ if self.in_order.is_some() => Ok(()),
            Some(only) => self.try_one(trials, only).await,
            None => self.try_all(trials, observer).await,
        }
    }

    async fn try_one(&mut self, trials: &mut Trials<'_>, only: WantedTrial) -> Result<()> {
        let WantedTrial { sequence: breaks, failing: step } = only;
        if let Some(step) = step {
            self.found.extend(failing_as_named(trials, (breaks, step)).await?);
        } else if let Some(problems) = trials.breaks(&breaks).await? {
            let found_in_run = trials.counts().0;
            let confirmed = trials.confirm(Sample { sequence: breaks, problems }).await?;
            self.found.extend(confirmed.map(|Sample { sequence: breaks, problems }| {
                Counterexample { breaks, failing: None, problems, found_in_run }
            }));
        }
        Ok(())
    }

    /// Lets the local API fail at the first delivery of each step that asks it.
    async fn try_failing(
        &mut self,
        trials: &mut Trials<'_>,
        candidates: &Candidates,
        observer: &mut dyn ExplorationObserver,
    ) -> Result<()> {
        let story = Sequence::of_story(self.events.len());
        for step in trials.asking.clone() {
            if trials.counts().0 >= self.budget || self.found.len() >= MOST_FAILING {
                break;
            }
            observer.on_run(trials.counts().0, self.budget);
            let found = failing(trials, (story.clone(), step), Some(candidates)).await?;
            if let Some(found) = found {
                self.add_shrunk(found, trials);
            }
        }
        Ok(())
    }

    async fn try_all(
        &mut self,
        trials: &mut Trials<'_>,
        observer: &mut dyn ExplorationObserver,
    ) -> Result<()> {
        let mut candidates: Candidates = trials.candidates();
        self.try_failing(trials, &candidates, observer).await?;
        while trials.counts().0 < self.budget && self.found.len() < MOST_FOUND {
            let is_known = |one: &Sequence| {
                let mut of_order = self.found.iter().filter(|found| found.failing.is_none());
                of_order.any(|found| one.contains(&found.breaks))
            };
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
            let Some(Sample { sequence: breaks, problems }) = smallest else { continue };
            let found = Counterexample { breaks, failing: None, problems, found_in_run };
            self.add_shrunk(found, trials);
        }
        Ok(())
    }

    /// Adds what was found, and shrunk in all runs since then.
    fn add_shrunk(&mut self, found: Counterexample, trials: &Trials<'_>) {
        self.shrinking += trials.counts().0 - found.found_in_run;
        self.found.push(found);
    }
}
