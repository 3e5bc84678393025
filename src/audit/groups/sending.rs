//! What the groups share: trials that are sent one after the other.

use super::super::finding::ProbeResult;
use super::super::probe::AuditProbe;
use super::super::trial::{Judged, Trial, result};
use super::super::under_way::Audit;
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
