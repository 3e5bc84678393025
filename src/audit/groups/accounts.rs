//! CON-01, CON-03 and THN-01: events of connected accounts.

use super::super::effect::{self, Acting, Effects};
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::prober::payload;
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use super::sending::{asks_nothing, evidence, unknown, unmoved, unseen};
use crate::api::Api;
use crate::error::Result;
use crate::event::Event;
use crate::event::id::BASE62;
use crate::runner::Job;

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let (id, kind) = (probe.id.as_str(), &audit.kind);
    let (is_known, way) = match id {
        "CON-01" => (kind.is_connect, "add `--app-is connect` where it does"),
        "CON-03" => (kind.is_live, "add `--app-is live` where it does"),
        id => return Err(unknown(id)),
    };
    if !is_known {
        let reason = match id {
            "CON-01" => "whether the endpoint gets events of connected accounts is not known",
            _ => "whether the app runs in live mode is not known",
        };
        return Ok(ProbeResult::not_tested(probe, reason, Some(way)));
    }
    let Some(effects) = &audit.effects else { return Ok(unseen(probe)) };
    match effects.acting(&audit.prober, audit.event.as_deref()).await? {
        None => Ok(unmoved(probe)),
        Some(acting) if id == "CON-01" => of_a_namesake(probe, audit, (effects, acting)).await,
        Some(acting) => of_test_mode(probe, audit, (effects, acting)).await,
    }
}

/// An account that is not the own one.
fn another_account(audit: &Audit) -> String {
    format!("acct_{}", audit.prober.characters("account", BASE62, 16))
}

/// An event of a connected account's customer, who has the id of one of the own account's.
async fn of_a_namesake(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, acting): (&Effects, &Acting),
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let own = prober.story("CON-01/own", &[&acting.event_type])?;
    let other = prober.story("CON-01/other", &[&acting.event_type])?;
    let (Some(first), Some(second)) = (own.events.first(), other.events.first()) else {
        return Ok(unmoved(probe));
    };
    let request = prober.signed(first);
    let before = effects.look(&own).await?;
    prober.post(&request).await;
    let moved = effects.moved(before, &own, acting.patience()).await?;
    if !moved.after.is_of_story() {
        let way = "look at one customer: `--app-state 'GET /api/customers/{{customer}}'`";
        let reason = "the state that is seen is not that of one customer";
        return Ok(ProbeResult::not_tested(probe, reason, Some(way)));
    }
    let mut text = String::from_utf8_lossy(&second.body).into_owned();
    let id = |plan: &crate::runner::Plan| plan.ids.fill("{{customer}}").unwrap_or_default();
    text = text.replace(&id(&other), &id(&own));
    let mut payload: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    payload["account"] = another_account(audit).into();
    let request = prober.signed(&Event::new(&payload));
    let attempt = prober.post(&request).await;
    let moved = effects.moved(moved.after, &own, acting.patience()).await?;
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if moved.differences.is_empty() {
        return Ok(pass);
    }
    let name = "an event of a connected account's customer of the same id";
    let seen = format!("after {name}: {}", effect::told(&moved.differences));
    let evidence = vec![evidence(name, &moved, (request, attempt), prober)];
    Ok(pass.failed(probe.severity, seen, evidence))
}

async fn of_test_mode(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, acting): (&Effects, &Acting),
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let plan = prober.story("CON-03", &[&acting.event_type])?;
    let Some(event) = plan.events.first() else { return Ok(unmoved(probe)) };
    let mut payload = payload(event)?;
    payload["account"] = another_account(audit).into();
    payload["livemode"] = false.into();
    let request = prober.signed(&Event::new(&payload));
    let before = effects.look(&plan).await?;
    let attempt = prober.post(&request).await;
    let moved = effects.moved(before, &plan, acting.patience()).await?;
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if moved.differences.is_empty() {
        return Ok(pass);
    }
    let name = "an event of a connected account's test mode";
    let seen = format!("after {name}: {}", effect::told(&moved.differences));
    let evidence = vec![evidence(name, &moved, (request, attempt), prober)];
    Ok(pass.failed(probe.severity, seen, evidence))
}

/// THN-01: a thin event of another account, whose object the handler asks for.
pub(super) async fn thin(
    probe: &'static AuditProbe,
    audit: &Audit,
    api: &Api,
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    if !audit.baseline.is_thin() {
        let way = "audit the route of thin events, too: `--path`";
        let reason = "this endpoint takes snapshot events";
        return Ok(ProbeResult::not_tested(probe, reason, Some(way)));
    }
    let account = another_account(audit);
    let job = prober.job_of("THN-01", &prober.event_type, None);
    let plan = prober.plan(Job { account: Some(account.clone()), ..job })?;
    let Some(event) = plan.events.first() else { return Ok(asks_nothing(probe)) };
    let before = api.call_count();
    let trial =
        Trial::new("a thin event of another account", prober.signed(event), Expected::NoCrash);
    let attempt = trial.send(prober).await;
    let calls = api.calls_since(before);
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if calls.is_empty() {
        return Ok(asks_nothing(probe));
    }
    match calls.iter().find(|call| call.account.as_ref() != Some(&account)) {
        Some(call) => {
            let seen = format!("asked {} {} without the event's context", call.method, call.path);
            Ok(pass.failed(probe.severity, seen, vec![trial.evidence(attempt, prober)]))
        }
        None => Ok(pass),
    }
}
