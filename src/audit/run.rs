//! Runs an audit: a plain event first, then the probes that send what a correct endpoint refuses, several at once;
//! then those that it acts on, one after the other; and those that load it at the end.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::baseline;
use super::effect::Effects;
use super::finding::{AuditResult, ProbeResult, ProbeVerdict};
use super::groups;
use super::job::AuditJob;
use super::own_app::OwnApp;
use super::probe::AuditProbe;
use super::prober::Prober;
use super::under_way::Audit;
use crate::error::{Error, Result};
use crate::protocol::Clock;
use crate::runner::app_state::AppState;

/// How many probes send at once.
const AT_ONCE: usize = 4;

/// Runs the probes of a job. Cancelling ends it: what has not run is not tested. `at` is told of each probe before it
/// runs.
///
/// # Errors
/// Nothing answers at all, the endpoint is on another machine and that is not allowed, or an event cannot be built.
pub(crate) async fn run(
    job: AuditJob,
    (clock, cancel): (Clock, &CancellationToken),
    mut at: impl FnMut(&AuditProbe),
) -> Result<AuditResult> {
    let (started_at, start) = (clock.now(), Instant::now());
    let chosen: Vec<&'static AuditProbe> = job.selection.probes().collect();
    // What is left of it where it is told to end before it has begun.
    let nothing = AuditResult {
        endpoint: job.job.endpoint.clone(),
        seed: job.job.seed,
        started_at,
        duration: Duration::ZERO,
        baseline: baseline::interrupted(job.event.as_deref()),
        probes: chosen.iter().map(|probe| interrupted(probe)).collect(),
        types: Vec::new(),
        was_interrupted: true,
        command: job.job.command.clone(),
    };
    let begun = cancel.run_until_cancelled(Box::pin(begun(job, (clock, cancel)))).await;
    let Some(audit) = begun.transpose()?.map(Arc::new) else {
        return Ok(AuditResult { duration: start.elapsed(), ..nothing });
    };
    let mut results = at_once(&audit, &chosen, cancel).await?;
    let is_light = |probe: &&&AuditProbe| !runs_at_once(probe) && !probe.heavy && !probe.reads;
    let heavy = chosen.iter().filter(|probe| probe.heavy);
    // What reads the answers of all comes last.
    let reading = chosen.iter().filter(|probe| probe.reads);
    for probe in chosen.iter().filter(is_light).chain(heavy).chain(reading) {
        at(probe);
        results.push(timed(probe, cancel, groups::run(probe, &audit)).await?);
    }
    in_order(&mut results, &chosen);
    let audit = Arc::into_inner(audit).ok_or_else(|| Error::bug("a probe goes on"))?;
    if let Some(app) = &audit.app {
        app.end().await;
    }
    let types = audit.types.into_inner().unwrap_or_default();
    Ok(AuditResult {
        duration: start.elapsed(),
        baseline: audit.baseline,
        probes: results,
        types,
        was_interrupted: cancel.is_cancelled(),
        ..nothing
    })
}

/// Starts the app, where the audit owns it, and sends a plain event.
async fn begun(job: AuditJob, (clock, cancel): (Clock, &CancellationToken)) -> Result<Audit> {
    let AuditJob { job, event, directory, api, app, subscriptions, kind, may_load, .. } = job;
    let effects = if job.app_state.is_empty() {
        None
    } else {
        let state = AppState::new(&job.app_state, &job, directory.clone(), (clock, cancel)).await?;
        Some(Effects::new(state))
    };
    let mut prober = Prober::new(job, clock, api).await?;
    let app = match app {
        Some(app) => Some(OwnApp::start(app, Arc::clone(prober.client())).await?),
        None => None,
    };
    let baseline = baseline::establish(&mut prober, event.as_deref()).await?;
    prober.count_anew();
    Ok(Audit {
        prober,
        baseline,
        effects,
        event,
        app,
        subscriptions,
        kind,
        directory,
        cancel: cancel.clone(),
        may_load,
        ends: Mutex::default(),
        types: Mutex::default(),
    })
}

/// Whether a correct endpoint does nothing of what a probe sends.
fn runs_at_once(probe: &AuditProbe) -> bool {
    !probe.signed && !probe.heavy && !probe.reads
}

async fn at_once(
    audit: &Arc<Audit>,
    chosen: &[&'static AuditProbe],
    cancel: &CancellationToken,
) -> Result<Vec<ProbeResult>> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for probe in chosen.iter().copied().filter(|probe| runs_at_once(probe)) {
        let (audit, permits, cancel) = (Arc::clone(audit), Arc::clone(&permits), cancel.clone());
        running.spawn(async move {
            // Nobody closes it.
            let _permit = permits.acquire().await;
            timed(probe, &cancel, groups::run_refused(probe, &audit)).await
        });
    }
    let mut results = Vec::new();
    while let Some(result) = running.join_next().await {
        results.push(result.map_err(|error| Error::bug(error.to_string()))??);
    }
    Ok(results)
}

/// Runs a probe to its end, or until devtool is told to end, and says how long it took.
async fn timed(
    probe: &'static AuditProbe,
    cancel: &CancellationToken,
    running: impl Future<Output = Result<ProbeResult>>,
) -> Result<ProbeResult> {
    let start = Instant::now();
    let result = cancel.run_until_cancelled(Box::pin(running)).await;
    let result = result.unwrap_or_else(|| Ok(interrupted(probe)))?;
    Ok(ProbeResult { took: start.elapsed(), ..result })
}

fn interrupted(probe: &'static AuditProbe) -> ProbeResult {
    ProbeResult::not_tested(probe, "interrupted", None)
}

/// Puts the results into the order of the catalogue, and says which faults are those of others.
fn in_order(results: &mut [ProbeResult], chosen: &[&'static AuditProbe]) {
    let place = |result: &ProbeResult| chosen.iter().position(|probe| probe.id == result.probe.id);
    results.sort_by_key(place);
    let failed: Vec<&'static str> =
        results.iter().filter(|one| one.is_fault()).map(|one| one.probe.id.as_str()).collect();
    for result in results.iter_mut().filter(|result| result.verdict == ProbeVerdict::Fail) {
        let first =
            result.probe.follows.iter().find_map(|id| failed.iter().find(|known| *known == id));
        result.follows = first.copied();
    }
}
