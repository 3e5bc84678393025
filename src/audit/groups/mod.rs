//! What each probe sends, a file for each group.

mod accounts;
mod api;
mod bod;
mod caused_deliveries;
mod cfg;
mod dup;
mod ending;
mod hang_up;
mod json;
mod lek;
mod met;
mod mixed;
mod net;
mod ord;
mod overtake;
mod raw;
mod restart;
mod sending;
mod sig;
mod spd;
mod subscribed;
mod tim;
mod timing;
mod twin;
mod typ;
mod ver;

use super::finding::ProbeResult;
use super::probe::AuditProbe;
use super::prober::Prober;
use super::trial::{Expected, Trial};
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
    if let (true, Some(effects)) = (probe.state, &audit.effects) {
        effects.finished(&audit.prober).await;
    }
    if probe.api {
        return api::run(probe, audit).await;
    }
    if probe.state {
        return by_state(probe, audit).await;
    }
    by_answers(probe, audit).await
}

/// Runs a probe of what a correct endpoint refuses, perhaps beside others.
///
/// # Errors
/// An event cannot be built.
pub(super) async fn run_refused(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    match untested(probe, audit) {
        Some(result) => Ok(result),
        None => by_answers(probe, audit).await,
    }
}

/// Runs a probe that looks at answers alone.
async fn by_answers(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    match probe.group() {
        "SIG" if probe.id == "SIG-12" => timing::run(probe, audit).await,
        "SIG" => sent(probe, sig::trials(&probe.id, &audit.prober)?, audit).await,
        "TIM" => sent(probe, tim::trials(&probe.id, &audit.prober)?, audit).await,
        "RAW" => raw::run(probe, audit).await,
        "MET" => met::run(probe, audit).await,
        "BOD" => bod::run(probe, audit).await,
        "TYP" => typ::run(probe, audit).await,
        "VER" | "CON" => ver::run(probe, audit).await,
        "INV" => sent(probe, inv(&audit.prober)?, audit).await,
        "DUP" => dup::run(probe, audit).await,
        "SPD" => spd::run(probe, audit).await,
        _ => around(probe, audit).await,
    }
}

/// Runs a probe of what is around the endpoint, or of all its answers.
async fn around(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    match probe.group() {
        "NET" => net::run(probe, audit).await,
        "CFG" if probe.id == "CFG-01" => Ok(cfg::run(probe, audit)),
        "CFG" => subscribed::run(probe, audit).await,
        "LEK" => lek::run(probe, audit),
        _ => Err(unknown(&probe.id)),
    }
}

/// Runs a probe that looks at the app's state.
async fn by_state(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    match probe.group() {
        "ORD" => return ord::run(probe, audit).await,
        "CON" => return accounts::run(probe, audit).await,
        "TYP" | "SPD" => {}
        _ => return dup::run(probe, audit).await,
    }
    let Some(effects) = &audit.effects else { return Ok(sending::unseen(probe)) };
    if probe.group() == "TYP" {
        return ending::run(probe, audit, effects).await;
    }
    match effects.acting(&audit.prober, audit.event.as_deref()).await? {
        Some(acting) => hang_up::run(probe, audit, (effects, acting)).await,
        None => Ok(sending::unmoved(probe)),
    }
}

/// INV-01
fn inv(prober: &Prober) -> Result<Vec<Trial>> {
    let event = prober.event_of("INV-01", "invoice.created", None)?;
    Ok(vec![Trial::new("an invoice.created", prober.signed(&event), Expected::Accepted)])
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
