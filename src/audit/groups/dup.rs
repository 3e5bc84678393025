//! DUP, ACK and TIM-04: what is done once, twice, or not at all.

use std::time::Duration;

use super::super::effect::{self, Acting, Effects};
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::prober::Prober;
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use super::restart;
use super::sending::{copies, evidence, judged, sent, unknown, unmoved, unseen};
use super::twin;
use crate::delivery::Request;
use crate::error::Result;
use crate::runner::Plan;

/// How many copies come at once.
const COPIES: usize = 8;

/// The types of one payment that both mean that it is paid.
const PAIRS: [[&str; 2]; 2] = [
    ["invoice.paid", "invoice.payment_succeeded"],
    ["checkout.session.completed", "payment_intent.succeeded"],
];

/// An event of the same customer that says nothing of a payment.
const UNPAID: &str = "customer.updated";

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    if probe.id == "DUP-07" {
        return again(probe, audit).await;
    }
    let Some(effects) = &audit.effects else {
        return Ok(unseen(probe));
    };
    let asked = audit.event.as_deref();
    if probe.id == "DUP-05" {
        return pairs(probe, audit, effects).await;
    }
    let acting = effects.acting(&audit.prober, asked).await?;
    match (probe.id.as_str(), acting) {
        ("ACK-01", found) => Ok(silent(probe, found, asked)),
        (_, None) => Ok(unmoved(probe)),
        ("DUP-01" | "TIM-04", Some(acting)) => twice(probe, audit, (effects, acting)).await,
        ("DUP-03", Some(acting)) => restart::run(probe, audit, (effects, acting)).await,
        ("DUP-06", Some(acting)) => twin::run(probe, audit, (effects, acting)).await,
        ("DUP-02", Some(acting)) => at_once(probe, audit, (effects, acting)).await,
        (id, _) => Err(unknown(id)),
    }
}

/// What was asked for has to move the state.
fn silent(probe: &'static AuditProbe, found: Option<&Acting>, asked: Option<&str>) -> ProbeResult {
    let Some(asked) = asked else {
        let way = "name the type of an event that has to move the state: `--event`";
        return ProbeResult::not_tested(
            probe,
            "which events have to move the state is not known",
            Some(way),
        );
    };
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    if found.is_some() {
        return pass;
    }
    let seen = format!("{asked} was answered 2xx, and the app's state stayed as it was");
    pass.failed(probe.severity, seen, Vec::new())
}

/// The same event again: by the same request, or signed anew.
async fn twice(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, acting): (&Effects, &Acting),
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let plan = prober.story(&probe.id, &[&acting.event_type])?;
    let Some(first) = first(&plan, prober) else { return Ok(unmoved(probe)) };
    let before = effects.look(&plan).await?;
    let attempt = prober.post(&first).await;
    let once = effects.moved(before, &plan, acting.patience()).await?;
    if !attempt.outcome.is_accepted() || once.differences.is_empty() {
        return Ok(still(probe, acting));
    }
    let second = if probe.id == "TIM-04" { first } else { prober.signed(&plan.events[0]) };
    let attempt = prober.post(&second).await;
    let moved = effects.moved(once.after, &plan, acting.patience()).await?;
    Ok(judged(probe, &moved, "the same event again", (second, attempt), prober))
}

/// What says nothing, since one event did nothing.
fn still(probe: &'static AuditProbe, acting: &Acting) -> ProbeResult {
    let why = format!("{} did not move the state this time", acting.event_type);
    ProbeResult::new(probe, ProbeVerdict::Inconclusive(why))
}

fn first(plan: &Plan, prober: &Prober) -> Option<Request> {
    plan.events.first().map(|event| prober.signed(event))
}

/// Several copies at once do what one does.
async fn at_once(
    probe: &'static AuditProbe,
    audit: &Audit,
    (effects, acting): (&Effects, &Acting),
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let plan = prober.story(&probe.id, &[&acting.event_type])?;
    let Some(request) = first(&plan, prober) else { return Ok(unmoved(probe)) };
    let before = effects.look(&plan).await?;
    let attempts = copies(&vec![request.clone(); COPIES], prober).await;
    let within = acting.patience() + Duration::from_millis(300);
    let moved = effects.moved(before, &plan, within).await?;
    let mut result = ProbeResult::new(probe, ProbeVerdict::Pass);
    let statuses = attempts.iter().filter_map(|attempt| attempt.outcome.response());
    let odd: Vec<u16> = statuses
        .map(|response| response.status)
        .filter(|status| !(200..300).contains(status))
        .collect();
    result.notes.extend(
        odd.first()
            .map(|status| format!("answers {status} to {} of {COPIES} copies at once", odd.len())),
    );
    if moved.differences.is_empty() {
        return Ok(ProbeResult { notes: result.notes, ..still(probe, acting) });
    }
    if effect::change(&moved.differences) == acting.change {
        return Ok(result);
    }
    let name = "the event eight times at once";
    let seen = format!("after {name}: {}", effect::told(&moved.differences));
    let Some(attempt) = attempts.into_iter().next() else { return Ok(result) };
    let evidence = vec![evidence(name, &moved, (request, attempt), prober)];
    Ok(result.failed(probe.severity, seen, evidence))
}

/// Two events that say the same: the numbers that the first moved must not move again by as much.
async fn pairs(
    probe: &'static AuditProbe,
    audit: &Audit,
    effects: &Effects,
) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let acting = effects.acting(prober, audit.event.as_deref()).await?;
    let within = acting.map_or(effect::MOVES_WITHIN, Acting::patience);
    let mut result = unmoved(probe);
    for pair in PAIRS {
        let plan = prober.story(&format!("DUP-05/{}", pair[0]), &[pair[0], pair[1], UNPAID])?;
        let [one, other, unpaid] = plan.events.as_slice() else { continue };
        let before = effects.look(&plan).await?;
        prober.post(&prober.signed(one)).await;
        let first = effects.moved(before, &plan, within).await?;
        if first.differences.is_empty() {
            continue;
        }
        result.verdict = ProbeVerdict::Pass;
        let done = effect::change(&first.differences);
        let request = prober.signed(other);
        let attempt = prober.post(&request).await;
        let second = effects.moved(first.after, &plan, within).await?;
        let mut again = effect::change(&second.differences);
        again.retain(|place, by| by.starts_with(['+', '-']) && done.get(place) == Some(by));
        if !again.is_empty() {
            // A number that counts all events counts these two as well.
            prober.post(&prober.signed(unpaid)).await;
            let third = effects.moved(second.after.clone(), &plan, within).await?;
            let counted = effect::change(&third.differences);
            again.retain(|place, by| counted.get(place) != Some(by));
        }
        if !again.is_empty() {
            let name = format!("{} behind {} of the same payment", pair[1], pair[0]);
            return Ok(judged(probe, &second, &name, (request, attempt), prober));
        }
    }
    Ok(result)
}

/// DUP-07: what is known already is accepted.
async fn again(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let event = prober.event("DUP-07")?;
    let first = Trial::new("an event", prober.signed(&event), Expected::NoCrash);
    let second = Trial::new("the same event again", prober.signed(&event), Expected::Accepted);
    sent(probe, vec![first, second], audit).await
}
