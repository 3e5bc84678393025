//! The smallest sequence that fails as a story of a run did, in another order or with duplicates.

use tokio_util::sync::CancellationToken;

use super::result::{Counterexample, Smallest};
use super::shrink::{Breaks, Sample, shrink};
use super::trial::Trials;
use crate::api::ApiLink;
use crate::error::Result;
use crate::protocol::Clock;
use crate::runner::local::LocalTransport;
use crate::runner::mismatch::Verdict;
use crate::runner::plan::Plan;
use crate::runner::result::{RunResult, StoryResult};
use crate::scenario::Sequence;

/// The smallest sequence of the first story that fails only as it was delivered; `None` where there is none.
///
/// # Errors
/// The story cannot be told again.
pub(crate) async fn smallest(
    plans: &[Plan],
    result: &RunResult,
    (transport, api): (LocalTransport, Option<ApiLink>),
    with: (Clock, &CancellationToken),
) -> Result<Option<Smallest>> {
    let failed = |story: &StoryResult| story.totals().verdict() == Verdict::Fail;
    let count = result.stories.iter().filter(|story| failed(story)).count();
    let answered = result.totals().accepted + result.totals().rejected > 0;
    let sequence =
        |plan: &Plan| Sequence(plan.sendings.iter().map(|sending| sending.step).collect());
    let mut stories = plans.iter().zip(&result.stories);
    let first = stories.find(|(plan, story)| failed(story) && !sequence(plan).is_in_order());
    let (Some((plan, _)), true) = (first, answered) else { return Ok(None) };
    let sequence = sequence(plan);
    let mut trials = Trials::new(plan.job.clone(), None, transport, api, with)?.strict();
    let Some(problems) = trials.breaks(&sequence).await? else { return Ok(None) };
    let possible = trials.any_order();
    let first = Sample { sequence, problems };
    let Some(smallest) = shrink(first, &possible, &mut trials).await? else { return Ok(None) };
    let found = Counterexample {
        breaks: smallest.sequence,
        failing: None,
        problems: smallest.problems,
        found_in_run: trials.counts().0,
    };
    let (events, stories) = (trials.event_names(), plans.len());
    Ok(Some(Smallest { failed: count, stories, events, found }))
}
