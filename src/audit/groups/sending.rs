//! What the groups share: how things are sent, and how results are told.

use tokio::task::JoinSet;

use super::super::effect::{self, Moved};
use super::super::finding::{Evidence, ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::prober::Prober;
use super::super::trial::{Judged, Trial, result};
use super::super::under_way::Audit;
use crate::delivery::{Attempt, Request};
use crate::error::{Error, Result};

/// The probe of the catalogue that nothing is written for.
pub(super) fn unknown(id: &str) -> Error {
    Error::bug(format!("nothing is sent for the probe {id}"))
}

/// Sends trials one after the other, and judges them.
pub(super) async fn sent(
    probe: &'static AuditProbe,
    trials: Vec<Trial>,
    audit: &Audit,
) -> Result<ProbeResult> {
    let mut judged: Vec<Judged> = Vec::with_capacity(trials.len());
    for trial in trials {
        judged.push(trial.judged(probe, &audit.prober).await);
    }
    Ok(result(probe, judged, &audit.prober))
}

/// What cannot be told without a look at the app's state.
pub(super) fn unseen(probe: &'static AuditProbe) -> ProbeResult {
    let way = "give `--app-state 'GET /path'` or `--app-state-run COMMAND`";
    ProbeResult::not_tested(probe, "the app's state is not seen", Some(way))
}

pub(super) fn unmoved(probe: &'static AuditProbe) -> ProbeResult {
    let way = "look at a state that events move, or name the type of an event that does: `--event`";
    ProbeResult::not_tested(probe, "no event that was tried moves the app's state", Some(way))
}

/// What cannot be told of a handler that asks nothing.
pub(super) fn asks_nothing(probe: &'static AuditProbe) -> ProbeResult {
    let way = "point the app at the local API (docs/local-api.md), and name the type of an event for which it asks: `--event`";
    ProbeResult::not_tested(probe, "the handler asks the local API nothing", Some(way))
}

/// A fault where the state moved.
pub(super) fn judged(
    probe: &'static AuditProbe,
    moved: &Moved,
    name: &str,
    (request, attempt): (Request, Attempt),
    prober: &Prober,
) -> ProbeResult {
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if moved.differences.is_empty() {
        return pass;
    }
    let seen = format!("after {name}: {}", effect::told(&moved.differences));
    pass.failed(probe.severity, seen, vec![evidence(name, moved, (request, attempt), prober)])
}

/// A request, and the states around it.
pub(super) fn evidence(
    name: &str,
    moved: &Moved,
    (request, attempt): (Request, Attempt),
    prober: &Prober,
) -> Evidence {
    Evidence {
        name: name.to_owned(),
        method: "POST",
        target: prober.target().to_owned(),
        request,
        outcome: attempt.outcome,
        latency: attempt.latency,
        state_before: Some(effect::shown(&moved.before)),
        state_after: Some(effect::shown(&moved.after)),
    }
}

/// Sends requests at once, each by a connection of its own.
pub(super) async fn copies(requests: &[Request], prober: &Prober) -> Vec<Attempt> {
    let mut running = JoinSet::new();
    for request in requests {
        let (client, request) = (std::sync::Arc::clone(prober.client()), request.clone());
        running.spawn(async move { client.send(&request).await });
    }
    let attempts = running.join_all().await;
    prober.touch();
    attempts
}
