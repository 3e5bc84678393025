//! ORD: events in other orders than that in which they happened.

use std::path::Path;

use super::super::effect::Effects;
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::under_way::Audit;
use super::mixed;
use super::sending::{unknown, unseen};
use crate::api::ApiLink;
use crate::error::{Error, Kind, Result};
use crate::event::id::Seed;
use crate::history::{History, Via};
use crate::runner::app_state::AppState;
use crate::runner::explore::{Breaks as _, Counterexample, KnownEnds, Sample, Trials, shrink};
use crate::runner::{Job, LocalTransport, Plan, Recorder};
use crate::scenario::{Candidates, Scenario, Sequence, library};

const BEGINNING: &str = include_str!("../stories/beginning.toml");
const END: &str = include_str!("../stories/end.toml");
/// How many steps a scenario of the library may have.
const MOST_STEPS: usize = 10;

/// The orders of so many steps that a probe tries.
type Orders = fn(usize, &Candidates) -> Vec<Sequence>;

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let Some(effects) = &audit.effects else { return Ok(unseen(probe)) };
    if audit.baseline.is_thin() {
        let reason = "thin events carry no state that could be old";
        return Ok(ProbeResult::not_tested(probe, reason, None));
    }
    match probe.id.as_str() {
        "ORD-01" => of_some_story(probe, audit, effects, swapped).await,
        "ORD-02" => of_some_story(probe, audit, effects, reversed).await,
        "ORD-03" => Box::pin(explored(probe, audit, ending()?, late_update)).await,
        "ORD-04" => mixed::run(probe, audit, (effects, beginning()?)).await,
        id => Err(unknown(id)),
    }
}

/// Orders in which each two steps are swapped that can be: several swaps in one where they have no step in common, nor one
/// between them.
fn swapped(steps: usize, possible: &Candidates) -> Vec<Sequence> {
    let swap = |order: &Sequence, (first, second): (usize, usize)| {
        let mut order = order.clone();
        order.0.swap(first, second);
        order
    };
    let story = Sequence::of_story(steps);
    let mut pairs: Vec<(usize, usize)> = (0..steps)
        .flat_map(|first| (first + 1..steps).map(move |second| (first, second)))
        .collect();
    // Neighbours first: those are swapped most easily.
    pairs.sort_by_key(|(first, second)| second - first);
    pairs.retain(|pair| possible.is_possible(&swap(&story, *pair)));
    let mut orders: Vec<(Sequence, Vec<(usize, usize)>)> = Vec::new();
    for (first, second) in pairs {
        let is_apart = |(one, other): &(usize, usize)| *other < first || second < *one;
        let has_room = |(_, swaps): &&mut (Sequence, Vec<_>)| swaps.iter().all(is_apart);
        if let Some((order, swaps)) = orders.iter_mut().find(has_room) {
            order.0.swap(first, second);
            swaps.push((first, second));
        } else {
            orders.push((swap(&story, (first, second)), vec![(first, second)]));
        }
    }
    orders.into_iter().map(|(order, _)| order).collect()
}

fn reversed(steps: usize, _: &Candidates) -> Vec<Sequence> {
    vec![Sequence((0..steps).rev().collect())]
}

/// The last two steps swapped.
fn late_update(steps: usize, _: &Candidates) -> Vec<Sequence> {
    let mut order = Sequence::of_story(steps);
    if let Some(last) = steps.checked_sub(2) {
        order.0.swap(last, last + 1);
    }
    vec![order]
}

fn beginning() -> Result<Scenario> {
    Scenario::parse("audit", Path::new("audit"), BEGINNING)
}

fn ending() -> Result<Scenario> {
    Scenario::parse("audit", Path::new("audit"), END)
}

/// Tries the orders of a story that moves the state: the audit's own, or one of the library's that has an event which does.
async fn of_some_story(
    probe: &'static AuditProbe,
    audit: &Audit,
    effects: &Effects,
    orders: Orders,
) -> Result<ProbeResult> {
    let first = Box::pin(explored(probe, audit, beginning()?, orders)).await?;
    if !matches!(first.verdict, ProbeVerdict::NotTested(_)) {
        return Ok(first);
    }
    let acting = effects.acting(&audit.prober, audit.event.as_deref()).await?;
    let Some(acting) = acting else { return Ok(first) };
    let fits = |scenario: &Scenario| {
        scenario.steps.len() <= MOST_STEPS
            && scenario.steps.iter().any(|step| step.event == acting.event_type)
    };
    match library::all()?.into_iter().find(fits) {
        Some(scenario) => Box::pin(explored(probe, audit, scenario, orders)).await,
        None => Ok(first),
    }
}

/// Tries orders of a story, and makes the first smaller that ends elsewhere.
async fn explored(
    probe: &'static AuditProbe,
    audit: &Audit,
    story: Scenario,
    orders: Orders,
) -> Result<ProbeResult> {
    let mut trials = trials(probe, story, audit).await?;
    match trials.measure(None).await {
        Ok(None) => {}
        Ok(Some(in_order)) => {
            let problem = in_order.problems.first().cloned().unwrap_or_default();
            let reason = format!("also in its own order, the story ends badly: {problem}");
            return Ok(ProbeResult::not_tested(probe, &reason, None));
        }
        Err(error) if error.kind() == Kind::Usage => return Ok(no_measure(probe, &error)),
        Err(error) => return Err(error),
    }
    let possible = trials.candidates();
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    let events = trials.event_names();
    keep(audit, &events, trials.known());
    for sequence in orders(events.len(), &possible) {
        if !possible.is_possible(&sequence) {
            continue;
        }
        let Some(problems) = trials.breaks(&sequence).await? else { continue };
        let first = Sample { sequence, problems };
        let smallest = shrink(first, &possible, &mut trials).await?;
        let Some(Sample { sequence: breaks, problems }) = smallest else { continue };
        let found = Counterexample { breaks, failing: None, problems, found_in_run: 0 };
        let problem = found.problems.first().cloned().unwrap_or_default();
        let seen = format!("{}: {problem}", found.sentence(&events));
        return Ok(pass.failed(probe.severity, seen, Vec::new()));
    }
    Ok(pass)
}

fn no_measure(probe: &'static AuditProbe, error: &Error) -> ProbeResult {
    ProbeResult::not_tested(probe, &error.to_string(), error.hint())
}

/// Runs of a story, each with ids of its own.
async fn trials<'a>(
    probe: &AuditProbe,
    scenario: Scenario,
    audit: &'a Audit,
) -> Result<Trials<'a>> {
    let prober = &audit.prober;
    let with = (prober.clock, &audit.cancel);
    let job = Job { scenario, ..prober.job.clone() };
    let state = AppState::new(&job.app_state, &job, audit.directory.clone(), with).await?;
    let api =
        prober.api.clone().map(|api| ApiLink::here(api, Vec::new(), std::time::Duration::ZERO));
    let plans = [Plan::new(job.clone(), prober.now())?];
    let recorder = Recorder { history: History::none(), via: Via::Local };
    let transport = LocalTransport::new(&plans, with, &recorder, api.clone()).await?;
    let name = format!("audit/{}/{}", probe.id, job.scenario.name);
    let ids = u32::try_from(prober.ids.number(&name, u32::MAX as usize)).unwrap_or_default();
    let trials = Trials::new(job, Some(state), transport, api, with)?.drawing_by(Seed(ids));
    let known = known(audit, &trials.event_names());
    prober.touch();
    Ok(trials.knowing(known))
}

/// What earlier probes have found out about a story, or about the app.
fn known(audit: &Audit, events: &[String]) -> KnownEnds {
    let Ok(ends) = audit.ends.lock() else { return KnownEnds::default() };
    let same = ends.get(&events.join(" ")).cloned();
    let another = || ends.values().next().map(KnownEnds::of_another);
    same.or_else(another).unwrap_or_default()
}

fn keep(audit: &Audit, events: &[String], known: KnownEnds) {
    if let Ok(mut ends) = audit.ends.lock() {
        ends.insert(events.join(" "), known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_two_steps_are_swapped_once_and_none_of_their_swaps_meet() {
        let possible = Candidates::new(&[0; 6], |_, _| false, Seed(1));
        let orders = swapped(6, &possible);
        let told: Vec<String> = orders.iter().map(ToString::to_string).collect();
        assert_eq!(told[..2], ["2,1,4,3,6,5", "1,3,2,5,4,6"]);
        let mut swaps = Vec::new();
        for order in &orders {
            let moved = order.0.iter().enumerate().filter(|(at, step)| at < *step);
            swaps.extend(moved.map(|(at, step)| (at, *step)));
        }
        swaps.sort_unstable();
        let all = (0..6).flat_map(|first| (first + 1..6).map(move |second| (first, second)));
        assert_eq!(swaps, all.collect::<Vec<_>>());
        assert!(orders.len() <= 11, "{told:?}");
    }

    #[test]
    fn what_cannot_be_swapped_hides_no_other_swap() {
        let possible = Candidates::new(&[0; 4], |first, second| (first, second) == (0, 1), Seed(1));
        let told: Vec<String> = swapped(4, &possible).iter().map(ToString::to_string).collect();
        assert_eq!(told[0], "1,3,2,4");
        assert!(told.iter().any(|order| order.contains("4,3")), "{told:?}");
    }
}
