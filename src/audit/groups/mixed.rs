//! ORD-04: the events of several customers in turn.

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

pub(super) async fn run(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, story): (&Effects, Scenario),
) -> Result<ProbeResult> {
    let apart = told(audit, effects, (&story, "apart")).await?;
    if apart.iter().all(StateChange::is_nothing) {
        return Ok(unmoved(probe));
    }
    let again = told(audit, effects, (&story, "again")).await?;
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if differences(&apart, &again).is_some() {
        let why = "the app's state differs where the same events come twice in the same order";
        return Ok(ProbeResult { verdict: ProbeVerdict::Inconclusive(why.to_owned()), ..pass });
    }
    let mixed = told(audit, effects, (&story, "mixed")).await?;
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
    (story, how): (&Scenario, &str),
) -> Result<Vec<StateChange>> {
    let prober = &audit.prober;
    let plan = |number: usize| {
        let job = prober.job_of(&format!("ORD-04/{how}/{number}"), "", None);
        prober.plan(Job { scenario: story.clone(), ..job })
    };
    let plans = (0..CUSTOMERS).map(plan).collect::<Result<Vec<Plan>>>()?;
    let before = looks(effects, &plans).await?;
    if how == "mixed" {
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
    // The first look decides how long there is something to wait for.
    if let (Some(plan), Some(first)) = (plans.first(), before.first()) {
        effects.moved(first.clone(), plan, effect::MOVES_WITHIN).await?;
    }
    let after = looks(effects, &plans).await?;
    let change = |((plan, before), after): ((&Plan, Fingerprint), Fingerprint)| StateChange {
        before,
        after,
        ids: plan.ids.clone(),
    };
    Ok(plans.iter().zip(before).zip(after).map(change).collect())
}

async fn looks(effects: &Effects, plans: &[Plan]) -> Result<Vec<Fingerprint>> {
    let mut looks = Vec::with_capacity(plans.len());
    for plan in plans {
        looks.push(effects.look(plan).await?);
    }
    Ok(looks)
}
