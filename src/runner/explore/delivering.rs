//! How a sequence is delivered: what is not accepted comes again after the others.

use super::end_state::EndState;
use super::trial::{Trials, Unseen};
use crate::delivery::Outcome;
use crate::delivery::outcome::reason;
use crate::error::Result;
use crate::runner::mismatch::Verdict;
use crate::runner::plan::{Plan, Sending};
use crate::runner::result::StepResult;
use crate::runner::run::run;
use crate::scenario::Sequence;

/// Any call of the local API is answered 500.
const FAILS: &str = "* /v1/*=500";

impl Trials<'_> {
    /// Delivers the events; those that are not accepted again after the others, as Stripe does.
    pub(super) async fn deliver(
        &mut self,
        plan: &mut Plan,
        sequence: &Sequence,
    ) -> Result<EndState> {
        let mut trial = EndState::default();
        let mut sent = vec![false; self.seconds.len()];
        let mut left = sequence.0.clone();
        left.retain(|step| *step < sent.len());
        self.is_retried = false;
        plan.failing = self.failing.map(|step| (step, FAILS.parse().into_iter().collect()));
        for _ in 0..=self.retries {
            let again = |step: usize| std::mem::replace(&mut sent[step], true);
            let mut again = again;
            plan.sendings =
                left.iter().map(|step| Sending { step: *step, is_copy: again(*step) }).collect();
            self.deliveries += plan.sendings.len();
            let with = (self.clock, self.cancel);
            let one = std::slice::from_ref(&*plan);
            let ended = run(one, self.transport.clone(), with, &mut Unseen).await?;
            ended.error.map_or(Ok(()), Err)?;
            let steps = ended.result.stories.into_iter().flat_map(|story| story.steps);
            let results: Vec<(usize, StepResult)> = left.iter().copied().zip(steps).collect();
            for (step, result) in &results {
                let asks = result.api_calls.as_ref().is_some_and(|calls| !calls.is_empty());
                if asks && !result.is_copy {
                    self.asking.insert(*step);
                }
                trial.is_answered |= result.outcome().is_some_and(|o| o.response().is_some());
                match refusal(result, self.retries == 0) {
                    None => drop(trial.rejected.remove(step)),
                    Some(why) => drop(trial.rejected.insert(*step, why)),
                }
            }
            left = trial.rejected.keys().copied().collect();
            self.is_retried |= self.failing.is_some_and(|failing| left.contains(&failing));
            if left.is_empty() || self.cancel.is_cancelled() || !trial.is_answered {
                break;
            }
        }
        Ok(trial)
    }
}

/// Why an event was not accepted; `None` where it was.
fn refusal(step: &StepResult, is_strict: bool) -> Option<String> {
    let is_accepted = step.outcome().is_some_and(Outcome::is_accepted);
    if step.verdict == Verdict::Pass || (is_accepted && !is_strict) {
        return None;
    }
    if let (true, Some(one)) = (is_accepted, step.mismatches.first()) {
        return Some(format!("{} is {}, should be {}", one.what, one.found, one.expected));
    }
    Some(match step.outcome() {
        Some(Outcome::Response(response)) => {
            format!("{} {}", response.status, reason(response.status)).trim_end().to_owned()
        }
        Some(Outcome::None { error, .. }) => format!("no answer ({error})"),
        None => step.hint.clone().unwrap_or_else(|| "not sent".to_owned()),
    })
}
