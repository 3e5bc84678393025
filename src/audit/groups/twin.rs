//! DUP-06: a snapshot event and its thin twin.

use serde_json::json;

use super::super::effect::{self, Acting, Effects};
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::prober::{Prober, payload};
use super::super::under_way::Audit;
use super::sending::{evidence, unmoved};
use crate::error::Result;
use crate::event::Event;
use crate::event::id::BASE62;
use crate::protocol::Moment;

pub(super) async fn run(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, acting): (&Effects, &Acting),
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let plan = prober.story("DUP-06", &[&acting.event_type])?;
    let Some(event) = plan.events.first() else { return Ok(unmoved(probe)) };
    let before = effects.look(&plan).await?;
    prober.post(&prober.signed(event)).await;
    let first = effects.moved(before, &plan, acting.patience()).await?;
    let request = prober.signed(&thin_twin(event, prober)?);
    let attempt = prober.post(&request).await;
    if !attempt.outcome.is_accepted() {
        let way = "this matters where one route takes both kinds of events";
        let reason = "the endpoint takes no thin events besides snapshot ones";
        return Ok(ProbeResult::not_tested(probe, reason, Some(way)));
    }
    let moved = effects.moved(first.after, &plan, acting.patience()).await?;
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if moved.differences.is_empty() {
        return Ok(pass);
    }
    let name = "the thin twin of an event";
    let seen = format!("after {name}: {}", effect::told(&moved.differences));
    let evidence = vec![evidence(name, &moved, (request, attempt), prober)];
    Ok(pass.failed(probe.severity, seen, evidence))
}

/// The thin event that tells of the same change.
fn thin_twin(event: &Event, prober: &Prober) -> Result<Event> {
    let snapshot = payload(event)?;
    let object = &snapshot["data"]["object"];
    let (id, kind) = (object["id"].as_str(), object["object"].as_str());
    let (id, kind) = (id.unwrap_or_default(), kind.unwrap_or_default());
    let created = Moment::from_seconds(snapshot["created"].as_i64().unwrap_or_default());
    Ok(Event::new(&json!({
        "id": format!("evt_65{}", prober.characters("DUP-06", BASE62, 26)),
        "object": "v2.core.event",
        "context": null,
        "created": created.rfc3339(),
        "livemode": false,
        "reason": null,
        "related_object": {"id": id, "type": kind, "url": format!("/v1/{kind}s/{id}")},
        "snapshot_event": snapshot["id"],
        "type": format!("v1.{}", event.name),
    })))
}
