//! How long the app may take until its state is to be compared.

use std::time::Duration;

use super::end_state::EndState;
use super::trial::Trials;
use crate::error::Result;
use crate::runner::app_state::StateChange;
use crate::runner::plan::Plan;
use crate::runner::target::wait;

/// How long the app may take to settle after its last answer.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);
/// How long its state has to stay as it is to count as settled.
const STAYS_FOR: Duration = Duration::from_millis(100);
/// The same at most where it works on after its answers.
const RESTS_FOR: Duration = Duration::from_secs(1);
/// How long it may take until anything is seen at all.
const MOVES_WITHIN: Duration = Duration::from_millis(800);
/// How much longer it is waited before something is called a fault.
const PATIENCE: u32 = 3;
/// How long to wait before another look.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long it is waited already.
#[derive(Clone, Copy, Default)]
struct Waiting {
    whole: Duration,
    /// Since the last change.
    still: Duration,
}

impl Trials<'_> {
    /// Looks at the state until it is as after the reference and the app had the time that it needs, or stays as it is.
    pub(super) async fn settle(
        &mut self,
        plan: &Plan,
        trial: &mut EndState,
        like: Option<&EndState>,
    ) -> Result<()> {
        let (Some(before), Some(mut after)) = (self.last.clone(), self.look(plan).await?) else {
            return Ok(());
        };
        let mut waiting = Waiting::default();
        loop {
            let change =
                StateChange { before: before.clone(), after: after.clone(), ids: plan.ids.clone() };
            let is_over = match like {
                None => self.is_settled(waiting, &change),
                Some(like) => self.is_as(like, waiting, &change),
            };
            trial.state = Some(change);
            if is_over || !wait(POLL_INTERVAL, self.cancel).await {
                break;
            }
            waiting.whole += POLL_INTERVAL;
            let Some(next) = self.look(plan).await? else { break };
            if next.answers == after.answers {
                waiting.still += POLL_INTERVAL;
                continue;
            }
            (waiting.still, after) = (Duration::ZERO, next);
            if like.is_none() {
                self.settles = self.settles.max(waiting.whole);
            }
        }
        self.last = Some(after);
        Ok(())
    }

    /// Whether nothing more is to be waited for. The first run finds out how long the app works on after its answers; what
    /// is seen may stay as it is meanwhile, where only one event of many changes it.
    fn is_settled(&self, waiting: Waiting, change: &StateChange) -> bool {
        let events = u32::try_from(self.seconds.len()).unwrap_or(u32::MAX);
        let rests = match self.references.is_empty() {
            true if change.is_nothing() => MOVES_WITHIN,
            true if self.settled < self.seconds.len() => {
                self.settles.saturating_mul(events).clamp(STAYS_FOR, RESTS_FOR)
            }
            _ if self.is_patient => STAYS_FOR * 2 + self.settles * PATIENCE,
            _ => STAYS_FOR,
        };
        let had_time = waiting.whole >= self.settles;
        let within = if self.is_patient { SETTLES_WITHIN * PATIENCE } else { SETTLES_WITHIN };
        (had_time && waiting.still >= rests) || waiting.whole >= within
    }

    /// Whether the app is where a reference is, and not only on its way through; or had its time to get there.
    fn is_as(&self, like: &EndState, waiting: Waiting, change: &StateChange) -> bool {
        let is_there = like.state.as_ref().is_some_and(|one| one.differences(change).is_empty());
        let had_time =
            waiting.whole >= self.settles && waiting.still >= self.settles.min(STAYS_FOR);
        let most = STAYS_FOR + self.settles * 2;
        let most = if self.is_patient { most * PATIENCE } else { most };
        (is_there && had_time) || waiting.whole >= most
    }
}
