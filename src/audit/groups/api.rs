//! API, DUP-04, ORD-05 and SPD-04: what the handler asks Stripe's API, and what it does where that fails.

use std::time::Duration;

use super::super::effect::{self, Acting, Effects, Moved};
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use super::accounts;
use super::overtake;
use super::sending::{asks_nothing, evidence, unknown, unseen};
use super::spd;
use crate::api::{Api, ApiLink};
use crate::error::Result;
use crate::protocol::ApiFault;

/// How many calls an event may cost.
const MOST_CALLS: usize = 5;
/// How long each answer of the API takes.
const LATENCY: Duration = Duration::from_secs(2);
/// How long an answer may take meanwhile.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// How long the effect of an event may take to be seen: libraries try again by themselves.
const SEEN_WITHIN: Duration = Duration::from_millis(700);

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let Some(api) = &audit.prober.api else {
        let way = "add `--api`, and point the app at the local API (docs/local-api.md)";
        return Ok(ProbeResult::not_tested(probe, "the local Stripe API does not run", Some(way)));
    };
    match probe.id.as_str() {
        "API-01" => calls(probe, audit, api).await,
        "THN-01" => accounts::thin(probe, audit, api).await,
        "ORD-05" => overtake::run(probe, audit, api).await,
        "SPD-04" => slow(probe, audit, api).await,
        "API-02" | "DUP-04" => {
            let Some(effects) = &audit.effects else { return Ok(unseen(probe)) };
            let acting = effects.acting(&audit.prober, audit.event.as_deref()).await?;
            match acting {
                Some(acting) if probe.id == "DUP-04" => {
                    retried(probe, audit, (effects, acting, api)).await
                }
                Some(acting) => failing(probe, audit, (effects, acting, api)).await,
                None => Ok(asks_nothing(probe)),
            }
        }
        id => Err(unknown(id)),
    }
}

async fn calls(probe: &'static AuditProbe, audit: &Audit, api: &Api) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let unsigned = prober.unsigned(prober.event("API-01/unsigned")?.body);
    let signed = prober.signed(&prober.event("API-01/signed")?);
    let before = api.call_count();
    let first = Trial::new("an unsigned event", unsigned, Expected::NoCrash);
    let attempt = first.send(prober).await;
    let early = api.calls_since(before);
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if let Some(call) = early.first() {
        let seen = format!("asked {} {} for an event without a signature", call.method, call.path);
        return Ok(pass.failed(probe.severity, seen, vec![first.evidence(attempt, prober)]));
    }
    let before = api.call_count();
    let second = Trial::new("a signed event", signed, Expected::Accepted);
    let attempt = second.send(prober).await;
    let calls = api.calls_since(before);
    if calls.len() > MOST_CALLS {
        let seen = format!("asked Stripe's API {} times for one event", calls.len());
        return Ok(pass.failed(probe.severity, seen, vec![second.evidence(attempt, prober)]));
    }
    Ok(if calls.is_empty() { asks_nothing(probe) } else { pass })
}

async fn slow(probe: &'static AuditProbe, audit: &Audit, api: &Api) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let trial = Trial::new("an event", prober.signed(&prober.event("SPD-04")?), Expected::Accepted);
    let before = api.call_count();
    let slowed = ApiLink::here(api.clone(), Vec::new(), LATENCY);
    let attempt = tokio::time::timeout(ANSWERS_WITHIN, trial.send(prober)).await;
    slowed.close().await;
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    match attempt {
        _ if api.call_count() == before => Ok(asks_nothing(probe)),
        Ok(attempt) if !attempt.outcome.is_accepted() => {
            Ok(spd::unaccepted(probe, 1, &attempt.outcome))
        }
        Ok(_) => Ok(pass),
        Err(_) => {
            let seen =
                "did not answer within 10 s while each answer of the API took 2 s".to_owned();
            Ok(pass.failed(probe.severity, seen, Vec::new()))
        }
    }
}

/// The API fails at all calls while an event is delivered.
async fn failing(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, acting, api): (&Effects, &Acting, &Api),
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let mut result = asks_nothing(probe);
    for status in ["500", "429", "404"] {
        let plan = prober.story(&format!("API-02/{status}"), &[&acting.event_type])?;
        let Some(event) = plan.events.first() else { continue };
        let before = effects.look(&plan).await?;
        let count = api.call_count();
        let failing = ApiLink::here(api.clone(), fault(status), Duration::ZERO);
        let request = prober.signed(event);
        let attempt = prober.post(&request).await;
        let moved = effects.moved(before, &plan, SEEN_WITHIN).await;
        failing.close().await;
        let moved = moved?;
        if api.call_count() == count {
            continue;
        }
        result.verdict = ProbeVerdict::Pass;
        if attempt.outcome.is_accepted() && moved.differences.is_empty() {
            let seen = format!(
                "answered 2xx while the API answered {status}, and the state stayed as it was"
            );
            let evidence =
                evidence("an event while the API fails", &moved, (request, attempt), prober);
            return Ok(result.failed(probe.severity, seen, vec![evidence]));
        }
    }
    Ok(result)
}

fn fault(status: &str) -> Vec<ApiFault> {
    format!("* /v1/*={status}").parse().into_iter().collect()
}

/// A delivery that fails inside, and its retry.
async fn retried(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, acting, api): (&Effects, &Acting, &Api),
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let plan = prober.story("DUP-04", &[&acting.event_type])?;
    let Some(event) = plan.events.first() else { return Ok(asks_nothing(probe)) };
    let before = effects.look(&plan).await?;
    let count = api.call_count();
    let failing = ApiLink::here(api.clone(), fault("500"), Duration::ZERO);
    let first = prober.post(&prober.signed(event)).await;
    failing.close().await;
    if api.call_count() == count {
        return Ok(asks_nothing(probe));
    }
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if first.outcome.is_accepted() {
        // What is accepted is not sent again: API-02 tells of that.
        let reason = "the delivery does not fail where the API does";
        return Ok(ProbeResult::not_tested(probe, reason, Some("see API-02")));
    }
    let request = prober.signed(event);
    let attempt = prober.post(&request).await;
    let moved: Moved = effects.moved(before, &plan, SEEN_WITHIN).await?;
    let change = effect::change(&moved.differences);
    if change == acting.change {
        return Ok(pass);
    }
    let seen = match moved.differences.as_slice() {
        [] => "after the retry, the state is as it was before the event".to_owned(),
        some => format!("after the retry: {}", effect::told(some)),
    };
    let evidence = evidence("the retry of the event", &moved, (request, attempt), prober);
    Ok(pass.failed(probe.severity, seen, vec![evidence]))
}
