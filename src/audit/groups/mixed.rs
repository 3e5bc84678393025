//! ORD-04: the events of several customers in turn.

use std::time::Instant;

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
const CUSTOMERS: usize = 10;

/// How the stories are delivered.
#[derive(Clone, Copy)]
struct Way {
    /// What their ids belong to.
    name: &'static str,
    /// Whether the events of all customers come in turn.
    is_mixed: bool,
    /// Whether it is waited until nothing moves any more.
    is_patient: bool,
}

pub(super) async fn run(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, story): (&Effects, Scenario),
) -> Result<ProbeResult> {
    let first = compared(probe, audit, (effects, &story), false).await?;
    match first.verdict {
        // An app that is only slow is seen in between.
        ProbeVerdict::Fail | ProbeVerdict::Inconclusive(_) => {
            compared(probe, audit, (effects, &story), true).await
        }
        _ => Ok(first),
    }
}

async fn compared(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, story): (&Effects, &Scenario),
    is_patient: bool,
) -> Result<ProbeResult> {
    let told = async |name, is_mixed| {
        told(audit, effects, story, Way { name, is_mixed, is_patient }).await
    };
    let apart = told("apart", false).await?;
    if apart.iter().all(StateChange::is_nothing) {
        return Ok(unmoved(probe));
    }
    let again = told("again", false).await?;
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if differences(&apart, &again).is_some() {
        let why = "the app's state differs where the same events come twice in the same order";
        return Ok(ProbeResult { verdict: ProbeVerdict::Inconclusive(why.to_owned()), ..pass });
    }
    let mixed = told("mixed", true).await?;
    match differences(&apart, &mixed) {
        Some(told) => {
            let seen = format!("with the events of {CUSTOMERS} customers in turn: {told}");
            Ok(pass.failed(probe.severity, seen, Vec::new()))
        }
        None => Ok(pass),
    }
}

/// Where a customer's state is not as that of one whose events came apart.
fn differences(apart: &[StateChange], other: &[StateChange]) -> Option<String> {
    let mut pairs = apart.iter().zip(other);
    pairs.find_map(|(here, there)| {
        let found = here.differences(there);
        (!found.is_empty()).then(|| effect::told(&found))
    })
}

/// Delivers the stories of all customers, one after the other or in turn, and looks at each before and after.
async fn told(
    audit: &Audit,
    effects: &Effects,
    story: &Scenario,
    way: Way,
) -> Result<Vec<StateChange>> {
    let prober = &audit.prober;
    let plan = |number: usize| {
        let how = if way.is_patient { "/patient" } else { "" };
        let job = prober.job_of(&format!("ORD-04/{}{how}/{number}", way.name), "", None);
        prober.plan(Job { scenario: story.clone(), ..job })
    };
    let plans = (0..CUSTOMERS).map(plan).collect::<Result<Vec<Plan>>>()?;
    let before = if way.is_patient {
        at_rest(effects, &plans).await?
    } else {
        looks(effects, &plans).await?
    };
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
    let after = match (way.is_patient, plans.first(), before.first()) {
        // The first look decides how long there is something to wait for.
        (false, Some(plan), Some(first)) => {
            effects.moved(first.clone(), plan, effect::MOVES_WITHIN).await?;
            looks(effects, &plans).await?
        }
        _ => at_rest(effects, &plans).await?,
    };
    let change = |((plan, before), after): ((&Plan, Fingerprint), Fingerprint)| StateChange {
        before,
        after,
        ids: plan.ids.clone(),
    };
    Ok(plans.iter().zip(before).zip(after).map(change).collect())
}

/// The looks once nothing moves any more, or the time for that is up.
async fn at_rest(effects: &Effects, plans: &[Plan]) -> Result<Vec<Fingerprint>> {
    let start = Instant::now();
    let mut last = looks(effects, plans).await?;
    loop {
        tokio::time::sleep(effect::MOVES_WITHIN).await;
        let next = looks(effects, plans).await?;
        let mut looks_of = plans.iter().zip(last.iter().zip(&next));
        let is_still =
            looks_of.all(|(plan, (last, next))| last.differences(next, &plan.ids).is_empty());
        if is_still || start.elapsed() >= effect::RESTS_WITHIN {
            return Ok(next);
        }
        last = next;
    }
}

async fn looks(effects: &Effects, plans: &[Plan]) -> Result<Vec<Fingerprint>> {
    let mut looks = Vec::with_capacity(plans.len());
    for plan in plans {
        looks.push(effects.look(plan).await?);
    }
    Ok(looks)
}
