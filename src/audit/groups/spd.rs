//! SPD: how fast the endpoint answers, one event after the other and many at once.

use std::time::{Duration, Instant};

use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use super::sending::{copies, unknown};
use crate::delivery::Outcome;
use crate::error::Result;
use crate::text::duration;

/// How many events go one after the other, at most, and in which time.
const EVENTS: usize = 100;
const AT_MOST: Duration = Duration::from_secs(5);
/// How long 95 of 100 answers may take, and how long each.
const MOST_TAKE: Duration = Duration::from_secs(1);
const ALL_TAKE: Duration = Duration::from_secs(10);
/// How many go at once.
const AT_ONCE: usize = 50;

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    match probe.id.as_str() {
        "SPD-01" => one_after_the_other(probe, audit).await,
        "SPD-02" => at_once(probe, audit).await,
        id => Err(unknown(id)),
    }
}

async fn one_after_the_other(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let (prober, start) = (&audit.prober, Instant::now());
    let mut latencies = Vec::new();
    let mut slowest = None;
    for number in 0..EVENTS {
        if start.elapsed() > AT_MOST {
            break;
        }
        let event = prober.event(&format!("SPD-01/{number}"))?;
        let trial = Trial::new("an event", prober.signed(&event), Expected::Accepted);
        let attempt = trial.send(prober).await;
        if !attempt.outcome.is_accepted() {
            return Ok(unaccepted(probe, number + 1, &attempt.outcome));
        }
        let is_slowest = latencies.iter().all(|latency| *latency < attempt.latency);
        latencies.push(attempt.latency);
        if is_slowest {
            slowest = Some(trial.evidence(attempt, prober));
        }
    }
    latencies.sort();
    let at =
        |share: usize| latencies.get(latencies.len() * share / 100).copied().unwrap_or_default();
    let (p50, p95) = (at(50), at(95));
    let last = latencies.last().copied().unwrap_or_default();
    let seen = format!(
        "of {} answers, half took less than {}, 95% less than {}, the slowest {}",
        latencies.len(),
        duration::short(p50),
        duration::short(p95),
        duration::short(last)
    );
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if p95 <= MOST_TAKE && last <= ALL_TAKE {
        return Ok(ProbeResult { notes: vec![seen], ..pass });
    }
    Ok(pass.failed(probe.severity, seen, slowest.into_iter().collect()))
}

/// How fast a refusal is says nothing.
pub(super) fn unaccepted(
    probe: &'static AuditProbe,
    number: usize,
    outcome: &Outcome,
) -> ProbeResult {
    let why = match outcome.response() {
        Some(response) => format!("event {number} was answered {}", response.status),
        None => format!("event {number} got no answer"),
    };
    ProbeResult::new(probe, ProbeVerdict::Inconclusive(why))
}

async fn at_once(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let request = |number| Ok(prober.signed(&prober.event(&format!("SPD-02/{number}"))?));
    let requests = (0..AT_ONCE).map(request).collect::<Result<Vec<_>>>()?;
    let attempts = copies(&requests, prober).await;
    let rejected: Vec<_> =
        attempts.into_iter().filter(|attempt| !attempt.outcome.is_accepted()).collect();
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    let count = rejected.len();
    let Some(first) = rejected.into_iter().next() else { return Ok(pass) };
    let seen = match first.outcome.response() {
        Some(response) => {
            format!("answered {} to {count} of {AT_ONCE} events at once", response.status)
        }
        None => format!("gave no answer to {count} of {AT_ONCE} events at once"),
    };
    let trial = Trial::new("one of 50 events at once", requests[0].clone(), Expected::Accepted);
    let evidence = vec![trial.evidence(first, prober)];
    Ok(pass.failed(probe.severity, seen, evidence))
}
