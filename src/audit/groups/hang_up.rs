//! SPD-03: a sender that hangs up.

use super::super::effect::{self, Acting, Effects};
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::under_way::Audit;
use super::bod::begun;
use super::sending::{evidence, unmoved};
use crate::error::Result;

pub(super) async fn run(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, acting): (&Effects, &Acting),
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let plan = prober.story("SPD-03", &[&acting.event_type])?;
    let Some(event) = plan.events.first() else { return Ok(unmoved(probe)) };
    let before = effects.look(&plan).await?;
    let request = prober.signed(event);
    drop(begun(&request, request.body.len(), prober).await);
    effects.moved(before.clone(), &plan, acting.patience()).await?;
    let request = prober.signed(event);
    let attempt = prober.post(&request).await;
    // A second effect comes after the first, and would not be waited for.
    tokio::time::sleep(acting.patience()).await;
    let moved = effects.moved(before, &plan, acting.patience()).await?;
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if effect::change(&moved.differences) == acting.change {
        return Ok(pass);
    }
    let after = "after the sender hung up and sent the event again";
    let seen = match moved.differences.as_slice() {
        [] => format!("{after}, the state is as it was before the event"),
        some => format!("{after}: {}", effect::told(some)),
    };
    let name = "the event again, after the sender hung up";
    let evidence = vec![evidence(name, &moved, (request, attempt), prober)];
    Ok(pass.failed(probe.severity, seen, evidence))
}
