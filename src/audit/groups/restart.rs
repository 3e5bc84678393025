//! DUP-03: the same event again, after the app was started anew.

use super::super::effect::{Acting, Effects};
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::under_way::Audit;
use super::sending::{judged, unmoved};
use crate::error::Result;

pub(super) async fn run(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, acting): (&Effects, &Acting),
) -> Result<ProbeResult> {
    let Some(app) = &audit.app else {
        let way = "let the audit start your app: `devtool audit … -- COMMAND`";
        let reason = "devtool does not run the app, and cannot start it anew";
        return Ok(ProbeResult::not_tested(probe, reason, Some(way)));
    };
    let prober = &audit.prober;
    let plan = prober.story("DUP-03", &[&acting.event_type])?;
    let Some(event) = plan.events.first() else { return Ok(unmoved(probe)) };
    let before = effects.look(&plan).await?;
    prober.post(&prober.signed(event)).await;
    effects.moved(before.clone(), &plan, acting.patience()).await?;
    if let Err(error) = app.restart().await {
        let why = format!("the app could not be started anew: {error}");
        return Ok(ProbeResult::new(probe, ProbeVerdict::Inconclusive(why)));
    }
    let anew = effects.look(&plan).await?;
    if before.differences(&anew, &plan.ids).is_empty() {
        let way = "let the app keep its state in a database while it is audited";
        let reason = "the app's state is gone when it is started anew";
        return Ok(ProbeResult::not_tested(probe, reason, Some(way)));
    }
    let request = prober.signed(event);
    let attempt = prober.post(&request).await;
    let moved = effects.moved(anew, &plan, acting.patience()).await?;
    let name = "the same event again, after the app was started anew";
    Ok(judged(probe, &moved, name, (request, attempt), prober))
}
