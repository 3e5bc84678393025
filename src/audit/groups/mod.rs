//! What each probe sends, a file for each group.

mod api;
mod bod;
mod dup;
mod json;
mod lek;
mod met;
mod raw;
mod sending;
mod sig;
mod spd;
mod tim;
mod typ;
mod ver;

use super::finding::ProbeResult;
use super::probe::AuditProbe;
use super::under_way::Audit;
use crate::error::Result;
use sending::{sent, unknown};

/// Runs a probe.
///
/// # Errors
/// An event cannot be built.
pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    if let Some(result) = untested(probe, audit) {
        return Ok(result);
    }
    if probe.api {
        return api::run(probe, audit).await;
    }
    if probe.state {
        return dup::run(probe, audit).await;
    }
    match probe.group() {
        "SIG" => sent(probe, sig::trials(&probe.id, &audit.prober)?, audit).await,
        "TIM" => sent(probe, tim::trials(&probe.id, &audit.prober)?, audit).await,
        "RAW" => raw::run(probe, audit).await,
        "MET" => met::run(probe, audit).await,
        "BOD" => bod::run(probe, audit).await,
        "TYP" => typ::run(probe, audit).await,
        "VER" | "CON" => ver::run(probe, audit).await,
        "DUP" => dup::run(probe, audit).await,
        "SPD" => spd::run(probe, audit).await,
        "LEK" => lek::run(probe, audit),
        _ => Err(unknown(&probe.id)),
    }
}

/// What cannot be tested here at all.
fn untested(probe: &'static AuditProbe, audit: &Audit) -> Option<ProbeResult> {
    let prober = &audit.prober;
    if probe.heavy && !prober.is_local && !audit.may_load {
        let reason = "it would load a host that is not this machine";
        return Some(ProbeResult::not_tested(
            probe,
            reason,
            Some("add `--yes` if that is a test system of yours"),
        ));
    }
    // A redirect is what these two look for.
    let is_about_rejections = ["MET-02", "MET-03", "MET-04"].contains(&probe.id.as_str());
    let needs_acceptance = probe.signed && !is_about_rejections;
    (needs_acceptance && !prober.is_accepting).then(|| ProbeResult::new(probe, prober.rejecting()))
}
