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
use crate::runner::explore::{Breaks as _, Counterexample, Sample, Trials, shrink};
use crate::runner::{Job, LocalTransport, Plan, Recorder};
use crate::scenario::{Scenario, Sequence, library};

/// How ORD-05 is tested: the app's own call is known to nobody but the app.
const OVERTAKE: &str = "let what stands for that call in your tests run `devtool trigger TYPE --id OBJECT=ID` \
    before it returns the object (docs/audit.md)";
const BEGINNING: &str = include_str!("../stories/beginning.toml");
const END: &str = include_str!("../stories/end.toml");
/// How many steps a scenario of the library may have.
const MOST_STEPS: usize = 10;

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    if probe.id == "ORD-05" {
        let reason = "it takes a call of Stripe's API that the app makes by itself";
        return Ok(ProbeResult::not_tested(probe, reason, Some(OVERTAKE)));
    }
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

/// Each two steps swapped.
fn swapped(steps: usize) -> Vec<Sequence> {
    let swap = |(first, second): (usize, usize)| {
        let mut order = Sequence::of_story(steps);
        order.0.swap(first, second);
        order
    };
    let mut pairs: Vec<(usize, usize)> = (0..steps)
        .flat_map(|first| (first + 1..steps).map(move |second| (first, second)))
        .collect();
    // Neighbours first: those are swapped most easily.
    pairs.sort_by_key(|(first, second)| second - first);
    pairs.into_iter().map(swap).collect()
}

fn reversed(steps: usize) -> Vec<Sequence> {
    vec![Sequence((0..steps).rev().collect())]
}

/// The last two steps swapped.
fn late_update(steps: usize) -> Vec<Sequence> {
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
    orders: fn(usize) -> Vec<Sequence>,
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
    orders: fn(usize) -> Vec<Sequence>,
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
    for sequence in orders(events.len()) {
        if !possible.is_possible(&sequence) {
            continue;
        }
        let Some(problems) = trials.breaks(&sequence).await? else { continue };
        let first = Sample { sequence, problems };
        let Sample { sequence: breaks, problems } = shrink(first, &possible, &mut trials).await?;
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
    Ok(Trials::new(job, Some(state), transport, api, with)?.drawing_by(Seed(ids)))
}
