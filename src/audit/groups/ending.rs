//! TYP-06: a subscription that ends at a date.

use std::path::Path;

use serde_json::{Value, json};

use super::super::effect::{self, Effects, Moved};
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::prober::payload;
use super::super::under_way::Audit;
use super::sending::evidence;
use crate::delivery::{Attempt, Request};
use crate::error::Result;
use crate::event::Event;
use crate::runner::app_state::StateChange;
use crate::runner::{Job, Plan};
use crate::scenario::Scenario;

/// A subscription and a change of it.
const STORY: &str = include_str!("../stories/change.toml");
/// How long until the subscription ends, in seconds.
const ENDS_IN: i64 = 14 * 24 * 60 * 60;

/// What an update of a subscription does.
struct Update {
    change: StateChange,
    moved: Moved,
    sent: (Request, Attempt),
}

pub(super) async fn run(
    probe: &'static AuditProbe,
    audit: &Audit,
    effects: &Effects,
) -> Result<ProbeResult> {
    let at = audit.prober.now().seconds() + ENDS_IN;
    let plain = updated(audit, effects, ("plain", &json!({}))).await?;
    let by_period = json!({"cancel_at_period_end": true, "cancel_at": at});
    let by_period = updated(audit, effects, ("period", &by_period)).await?;
    let by_date = json!({"cancel_at_period_end": false, "cancel_at": at});
    let by_date = updated(audit, effects, ("date", &by_date)).await?;
    let (Some(plain), Some(by_period), Some(by_date)) = (plain, by_period, by_date) else {
        let reason = "the updates of a subscription are not accepted";
        return Ok(ProbeResult::not_tested(probe, reason, None));
    };
    if plain.change.differences(&by_period.change).is_empty() {
        let way = "look at a state that says whether a subscription ends";
        let reason = "the app's state does not say that a subscription ends";
        return Ok(ProbeResult::not_tested(probe, reason, Some(way)));
    }
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if !plain.change.differences(&by_date.change).is_empty() {
        return Ok(pass);
    }
    let told = effect::told(&plain.change.differences(&by_period.change));
    let seen = format!("cancel_at_period_end shows ({told}), and cancel_at alone does not");
    let name = "an update with cancel_at set and cancel_at_period_end false";
    let evidence = vec![evidence(name, &by_date.moved, by_date.sent, &audit.prober)];
    Ok(pass.failed(probe.severity, seen, evidence))
}

/// A subscription that is created and updated with these fields; `None` where that is not accepted.
async fn updated(
    audit: &Audit,
    effects: &Effects,
    (name, fields): (&str, &Value),
) -> Result<Option<Update>> {
    let prober = &audit.prober;
    let scenario = Scenario::parse("audit", Path::new("audit"), STORY)?;
    let job = prober.job_of(&format!("TYP-06/{name}"), "", None);
    let plan: Plan = prober.plan(Job { scenario, ..job })?;
    let [created, changed] = plan.events.as_slice() else { return Ok(None) };
    let before = effects.look(&plan).await?;
    prober.post(&prober.signed(created)).await;
    let known = effects.moved(before.clone(), &plan, effect::BRIEFLY).await?;
    let mut payload = payload(changed)?;
    if let (Some(object), Some(fields)) =
        (payload["data"]["object"].as_object_mut(), fields.as_object())
    {
        object.extend(fields.clone());
    }
    let request = prober.signed(&Event::new(&payload));
    let attempt = prober.post(&request).await;
    if !attempt.outcome.is_accepted() {
        return Ok(None);
    }
    let moved = effects.moved(known.after, &plan, effect::BRIEFLY).await?;
    let change = StateChange { before, after: moved.after.clone(), ids: plan.ids.clone() };
    Ok(Some(Update { change, moved, sent: (request, attempt) }))
}
