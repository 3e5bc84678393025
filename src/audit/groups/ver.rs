//! VER and CON: events of other API versions, and of the other mode.

use super::super::finding::ProbeResult;
use super::super::probe::AuditProbe;
use super::super::prober::{Prober, payload};
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use super::sending::{sent, unknown};
use crate::error::Result;
use crate::event::{Catalogue, Event};

/// The last versions of earlier releases.
const EARLIER: [(&str, &str); 3] = [
    ("an event in the shape of basil", "2025-06-30.basil"),
    ("an event in the shape of clover", "2025-12-15.clover"),
    ("an event in the shape of dahlia", "2026-08-26.dahlia"),
];

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    if audit.baseline.is_thin() {
        let reason = "thin events carry nothing that has a version";
        return Ok(ProbeResult::not_tested(probe, reason, None));
    }
    sent(probe, trials(&probe.id, &audit.prober)?, audit).await
}

fn trials(id: &str, prober: &Prober) -> Result<Vec<Trial>> {
    let changed = |name, change: &dyn Fn(&mut serde_json::Value)| -> Result<Vec<Trial>> {
        let mut payload = payload(&prober.event(id)?)?;
        change(&mut payload);
        let request = prober.signed_bytes(Event::new(&payload).body);
        Ok(vec![Trial::new(name, request, Expected::NoCrash)])
    };
    match id {
        "VER-01" => {
            let newest = ("an event in the newest shape", Catalogue::api_version());
            let versions = EARLIER.into_iter().chain([newest]);
            versions.map(|(name, version)| of_version(name, version, prober)).collect()
        }
        "VER-02" => changed("an event of the version 2030-01-28.future", &|payload| {
            payload["api_version"] = "2030-01-28.future".into();
        }),
        "CON-02" => changed("an event with livemode true", &|payload| {
            payload["livemode"] = true.into();
        }),
        _ => Err(unknown(id)),
    }
}

fn of_version(name: &'static str, version: &str, prober: &Prober) -> Result<Trial> {
    let event = prober.event_at(&format!("VER-01/{version}"), version)?;
    Ok(Trial::new(name, prober.signed(&event), Expected::NoCrash).in_form("release-train"))
}
