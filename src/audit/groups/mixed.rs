//! ORD-04: the events of several customers in turn.

use std::time::{Duration, Instant};

use super::super::effect::{self, Effects};
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::under_way::Audit;
use super::sending::{copies, unmoved};
use crate::delivery::Request;
use crate::error::Result;
use crate::runner::app_state::{Fingerprint, StateChange};
use crate::runner::{Job, Plan};
use crate::scenario::Scenario;

/// How many customers there are.
const CUSTOMERS: u32 = 10;
/// How long to wait before another look at all of them.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// How the stories are delivered.
#[derive(Clone, Copy)]
struct Way {
    /// What their ids belong to.
    name: &'static str,
    /// Whether the events of all customers come in turn.
    is_mixed: bool,
    /// How it is waited until nothing moves any more; else it is not.
    patience: Option<Patience>,
    /// How long the app needs at least for all events, as was seen before.
    needs: Duration,
}

/// How it is waited until nothing moves any more.
#[derive(Clone, Copy)]
struct Patience {
    /// How long the state has to stay as it is.
    still: Duration,
    /// How long the app needs for as many events as are sent, which it may not have begun with: it works on earlier ones.
    whole: Duration,
    /// How long it is waited for that at most.
    within: Duration,
}

impl Patience {
    /// With an app that needs so long for an event. All but one of a story may change nothing that is seen, so that it
    /// stays as it is although the app works.
    fn of(event: Duration, steps: usize) -> Self {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        let story = event.saturating_mul(steps);
        let whole = story.saturating_mul(CUSTOMERS).saturating_mul(5) / 4;
        Self {
            still: effect::MOVES_WITHIN.max(story.saturating_mul(2)),
            whole,
            within: effect::RESTS_WITHIN.max(whole.saturating_mul(2)),
        }
    }
}

/// What was seen of stories that were delivered.
struct ToldStories {
    changes: Vec<StateChange>,
    /// How long after the first event the state moved last, where it was waited for that.
    took: Duration,
    /// Whether nothing moved any more.
    is_at_rest: bool,
}

pub(super) async fn run(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, story): (&Effects, Scenario),
) -> Result<ProbeResult> {
    let first = compared(probe, audit, (effects, &story), None).await?;
    match first.verdict {
        // An app that is only slow is seen in between.
        ProbeVerdict::Fail | ProbeVerdict::Inconclusive(_) | ProbeVerdict::NotTested(_) => {
            let acting = effects.acting(&audit.prober, audit.event.as_deref()).await?;
            if acting.is_none() && matches!(first.verdict, ProbeVerdict::NotTested(_)) {
                return Ok(first);
            }
            let event = acting.map(|acting| acting.took).unwrap_or_default();
            let patience = Patience::of(event, story.steps.len());
            compared(probe, audit, (effects, &story), Some(patience)).await
        }
        ProbeVerdict::Pass => Ok(first),
    }
}

async fn compared(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, story): (&Effects, &Scenario),
    patience: Option<Patience>,
) -> Result<ProbeResult> {
    let told = async |name, is_mixed, needs| {
        told(audit, effects, story, Way { name, is_mixed, patience, needs }).await
    };
    let apart = told("apart", false, Duration::ZERO).await?;
    if apart.changes.iter().all(StateChange::is_nothing) {
        return Ok(unmoved(probe));
    }
    let again = told("again", false, apart.took).await?;
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    let inconclusive = |why: &str| {
        Ok(ProbeResult { verdict: ProbeVerdict::Inconclusive(why.to_owned()), ..pass.clone() })
    };
    if differences(&apart, &again).is_some() {
        return inconclusive(
            "the app's state differs where the same events come twice in the same order",
        );
    }
    // So many events take so long, also where those that move the state all come last.
    let mixed = told("mixed", true, apart.took.max(again.took) * 5 / 4).await?;
    match differences(&apart, &mixed) {
        Some(_) if ![&apart, &again, &mixed].iter().all(|told| told.is_at_rest) => {
            inconclusive("the app's state moves on long after the events")
        }
        Some(told) => {
            let seen = format!("with the events of {CUSTOMERS} customers in turn: {told}");
            Ok(pass.failed(probe.severity, seen, Vec::new()))
        }
        None => Ok(pass),
    }
}

/// Where a customer's state is not as that of one whose events came apart.
fn differences(apart: &ToldStories, other: &ToldStories) -> Option<String> {
    let mut pairs = apart.changes.iter().zip(&other.changes);
    pairs.find_map(|(here, there)| {
        let found = here.differences(there);
        (!found.is_empty()).then(|| effect::told(&found))
    })
}

/// Delivers the stories of all customers, one after the other or in turn, and looks at each before and after.
async fn told(audit: &Audit, effects: &Effects, story: &Scenario, way: Way) -> Result<ToldStories> {
    let prober = &audit.prober;
    let plan = |number: u32| {
        let how = if way.patience.is_some() { "/patient" } else { "" };
        let job = prober.job_of(&format!("ORD-04/{}{how}/{number}", way.name), "", None);
        prober.plan(Job { scenario: story.clone(), ..job })
    };
    let plans = (0..CUSTOMERS).map(plan).collect::<Result<Vec<Plan>>>()?;
    let whole = way.patience.map(|patience| patience.whole).unwrap_or_default();
    let before = seen(effects, &plans, (way.patience, Instant::now() + whole)).await?;
    let start = Instant::now();
    if way.is_mixed {
        for step in 0..story.steps.len() {
            let of_step = plans.iter().filter_map(|plan| plan.events.get(step));
            let requests: Vec<Request> = of_step.map(|event| prober.signed(event)).collect();
            copies(&requests, prober).await;
        }
    } else {
        for event in plans.iter().flat_map(|plan| &plan.events) {
            prober.post(&prober.signed(event)).await;
        }
    }
    if let (None, Some(plan), Some(first)) = (way.patience, plans.first(), before.states.first()) {
        // The first look decides how long there is something to wait for.
        effects.moved(first.clone(), plan, effect::MOVES_WITHIN).await?;
    }
    let after = seen(effects, &plans, (way.patience, start + way.needs.max(whole))).await?;
    let change = |((plan, before), after): ((&Plan, Fingerprint), Fingerprint)| StateChange {
        before,
        after,
        ids: plan.ids.clone(),
    };
    Ok(ToldStories {
        took: after.moved.saturating_duration_since(start),
        is_at_rest: before.is_at_rest && after.is_at_rest,
        changes: plans.iter().zip(before.states).zip(after.states).map(change).collect(),
    })
}

/// Looks at all customers.
struct Looks {
    states: Vec<Fingerprint>,
    /// When something moved last.
    moved: Instant,
    is_at_rest: bool,
}

/// The looks; with patience those once nothing moves any more after that moment, or the time for that is up.
async fn seen(
    effects: &Effects,
    plans: &[Plan],
    (patience, after): (Option<Patience>, Instant),
) -> Result<Looks> {
    let start = Instant::now();
    let mut seen = Looks { states: looks(effects, plans).await?, moved: start, is_at_rest: true };
    let Some(Patience { still, within, .. }) = patience else { return Ok(seen) };
    loop {
        tokio::time::sleep(POLL_INTERVAL).await;
        let next = looks(effects, plans).await?;
        let mut looks_of = plans.iter().zip(seen.states.iter().zip(&next));
        if looks_of.any(|(plan, (last, next))| !last.differences(next, &plan.ids).is_empty()) {
            seen.moved = Instant::now();
        }
        seen.states = next;
        seen.is_at_rest = Instant::now() >= after && seen.moved.elapsed() >= still;
        if seen.is_at_rest || Instant::now() >= after.max(start + within) {
            return Ok(seen);
        }
    }
}

async fn looks(effects: &Effects, plans: &[Plan]) -> Result<Vec<Fingerprint>> {
    let mut looks = Vec::with_capacity(plans.len());
    for plan in plans {
        looks.push(effects.look(plan).await?);
    }
    Ok(looks)
}
