//! TYP: event types, and what Stripe may add to them.

use super::super::effect::Effects;
use super::super::finding::{Evidence, ProbeResult, ProbeVerdict, TypeAnswer};
use super::super::probe::AuditProbe;
use super::super::prober::{Prober, payload};
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use super::json;
use super::sending::{sent, unknown};
use crate::api::Api;
use crate::error::Result;
use crate::event::id::BASE62;
use crate::event::{Catalogue, Event};
use crate::runner::Plan;

/// How many types a line names.
const MOST_NAMED: usize = 6;

/// How many types in a row have no answer before the others are not sent.
const MOST_UNANSWERED: usize = 5;

/// Fields whose values are those of an enum.
const ENUMS: [&str; 6] =
    ["capture_method", "collection_method", "billing_reason", "tax_exempt", "mode", "type"];

/// The longest id that Stripe says it may send.
const LONGEST_ID: usize = 255;

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let (prober, is_thin) = (&audit.prober, audit.baseline.is_thin());
    let of_snapshots = "this endpoint takes thin events";
    match probe.id.as_str() {
        "TYP-01" => sent(probe, unknown_type(is_thin, prober)?, audit).await,
        "TYP-02" => sent(probe, additions(prober)?, audit).await,
        "TYP-03" | "TYP-04" if is_thin => {
            let way = "audit the route of snapshot events, too: `--path`";
            Ok(ProbeResult::not_tested(probe, of_snapshots, Some(way)))
        }
        "TYP-03" => every_type(probe, audit).await,
        "TYP-04" => {
            let types = ["v2.core.event_destination.ping", "v1.billing.meter.no_meter_found"];
            sent(probe, of_types("a thin event", &types, prober)?, audit).await
        }
        "TYP-05" if is_thin => {
            let types = ["payment_intent.succeeded", "customer.created"];
            sent(probe, of_types("a snapshot event", &types, prober)?, audit).await
        }
        "TYP-05" => {
            let way = "audit the route of thin events, too: `--path`";
            Ok(ProbeResult::not_tested(probe, "this endpoint takes snapshot events", Some(way)))
        }
        id => Err(unknown(id)),
    }
}

fn unknown_type(is_thin: bool, prober: &Prober) -> Result<Vec<Trial>> {
    let event = if is_thin {
        let mut payload = prober.payload("TYP-01")?;
        payload["type"] = "v1.invoice.archived".into();
        Event::new(&payload)
    } else {
        prober.event_of("TYP-01", "invoice.archived", Some("invoice"))?
    };
    let name = "an event of the type invoice.archived";
    Ok(vec![Trial::new(name, prober.signed(&event), Expected::Accepted)])
}

fn additions(prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |name, change: &dyn Fn(&mut serde_json::Value)| -> Result<Trial> {
        let mut payload = payload(&prober.event(&format!("TYP-02/{name}"))?)?;
        change(&mut payload);
        let request = prober.signed_bytes(Event::new(&payload).body);
        Ok(Trial::new(name, request, Expected::Accepted))
    };
    let long = prober.characters("a long id", BASE62, LONGEST_ID - "evt_".len());
    Ok(vec![
        trial("an event with unknown fields", &|payload| {
            let addition = serde_json::json!({"of": ["a", "later", 1], "version": null});
            payload["devtool_addition"] = addition.clone();
            json::object(payload)["devtool_addition"] = addition;
        })?,
        trial("an event with an unknown value of an enum", &|payload| {
            let object = json::object(payload);
            let known = ENUMS.iter().find(|name| object[**name].is_string());
            if let Some(name) = known.filter(|_| object["object"] != "v2.core.event") {
                object[*name] = "of_a_later_version".into();
            }
        })?,
        trial("an event with an id of 255 characters", &|payload| {
            payload["id"] = format!("evt_{long}").into();
        })?,
        trial("an event with null where the API allows it", &|payload| {
            if payload["request"].is_object() {
                payload["request"] = serde_json::json!({"id": null, "idempotency_key": null});
            }
            let object = json::object(payload);
            if object["description"].is_string() {
                object["description"] = serde_json::Value::Null;
            }
        })?,
    ])
}

fn of_types(name: &'static str, types: &[&str], prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |kind: &&str| -> Result<Trial> {
        let event = prober.event_of(&format!("TYP/{kind}"), kind, None)?;
        Ok(Trial::new(name, prober.signed(&event), Expected::NoCrash))
    };
    types.iter().map(trial).collect()
}

/// Every type once: which the handler fails on, which it rejects, and which it does not answer.
async fn every_type(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let (answers, evidence) = answers(audit).await?;
    let failed = |status: Option<u16>| status.is_some_and(|status| status >= 500);
    // That says more of the local API than of the handler.
    let says_nothing = |answer: &&TypeAnswer| failed(answer.status) && answer.is_unserved;
    let (unserved, told): (Vec<_>, Vec<_>) = answers.iter().partition(says_nothing);
    let of = |is_meant: &dyn Fn(Option<u16>) -> bool| -> Vec<&str> {
        let meant = told.iter().filter(|answer| is_meant(answer.status));
        meant.map(|answer| answer.name.as_str()).collect()
    };
    let failing = of(&failed);
    let rejected =
        of(&|status| status.is_some_and(|status| status != 429 && (400..500).contains(&status)));
    let unclear = of(&|status| status.is_none_or(|status| status == 429));
    let mut result = ProbeResult::new(probe, ProbeVerdict::Pass);
    if !rejected.is_empty() {
        result.notes.push(format!("answers 4xx to {}", named(&rejected)));
    }
    if !unserved.is_empty() {
        let names: Vec<&str> = unserved.iter().map(|answer| answer.name.as_str()).collect();
        let note = "answers 5xx where it asks what the local API does not serve:";
        result.notes.push(format!("{note} {}", named(&names)));
    }
    if !failing.is_empty() {
        let seen = format!("answered 5xx to {}", named(&failing));
        result = result.failed(probe.severity, seen, evidence);
    } else if !unclear.is_empty() {
        let rest = Catalogue::names().count() - answers.len();
        let rest = if rest > 0 { format!("; {rest} others were not sent") } else { String::new() };
        let why = format!("no answer, or 429, to {}{rest}", named(&unclear));
        result.verdict = ProbeVerdict::Inconclusive(why);
    }
    keep(answers, audit);
    Ok(result)
}

fn keep(answers: Vec<TypeAnswer>, audit: &Audit) {
    if let Ok(mut types) = audit.types.lock() {
        *types = answers;
    }
}

/// What each type comes to; sent now where that was not done.
pub(super) async fn coverage(audit: &Audit) -> Result<Vec<TypeAnswer>> {
    let known = audit.types.lock().map(|types| types.clone()).unwrap_or_default();
    if !known.is_empty() {
        return Ok(known);
    }
    let (answers, _) = answers(audit).await?;
    keep(answers.clone(), audit);
    Ok(answers)
}

/// What each type is answered, and what proves the first crash. An endpoint that does not answer any more is asked no
/// more.
async fn answers(audit: &Audit) -> Result<(Vec<TypeAnswer>, Vec<Evidence>)> {
    let prober = &audit.prober;
    let jobs = Catalogue::names().map(|name| prober.job_of(&format!("TYP-03/{name}"), name, None));
    let mut plans = Plan::all(jobs.collect(), prober.now())?;
    let effects = seen_at_once(audit).await?;
    let (mut answers, mut evidence): (Vec<TypeAnswer>, _) = (Vec::new(), Vec::new());
    let mut last = None;
    for plan in &mut plans {
        prober.tell(plan);
        let Some(event) = plan.events.first() else { continue };
        // A state of one customer is not that of a type without one.
        let effects = effects.filter(|effects| effects.can_look(plan));
        if let (None, Some(effects)) = (&last, effects) {
            last = Some(effects.look(plan).await?);
        }
        let newest = answers.last_chunk::<MOST_UNANSWERED>();
        if newest.is_some_and(|newest| newest.iter().all(|answer| answer.status.is_none())) {
            break;
        }
        let trial = Trial::new("an event", prober.signed(event), Expected::NoCrash);
        let count = prober.api.as_ref().map(Api::call_count);
        let attempt = trial.send(prober).await;
        let is_unserved = asked_too_much(prober, count);
        let status = attempt.outcome.response().map(|response| response.status);
        if status.is_some_and(|status| status >= 500) && !is_unserved && evidence.is_empty() {
            evidence.push(trial.evidence(attempt, prober));
        }
        let mut acts = None;
        if let (Some(before), Some(effects)) = (&last, effects) {
            let after = effects.look(plan).await?;
            acts = Some(!before.differences(&after, &plan.ids).is_empty());
            // What one customer has is not where the next one begins.
            last = Some(after).filter(|look| !look.is_of_story());
        }
        answers.push(TypeAnswer { name: event.name.clone(), status, acts, is_unserved });
    }
    Ok((answers, evidence))
}

/// Whether one of the calls after so many was of what the local API does not serve.
fn asked_too_much(prober: &Prober, count: Option<u64>) -> bool {
    let calls = prober.api.as_ref().zip(count).map(|(api, count)| api.calls_since(count));
    calls.is_some_and(|calls| calls.iter().any(|call| call.is_unserved))
}

/// What shows the app's state, where that has moved when the answer comes: else nobody knows which event moved it.
async fn seen_at_once(audit: &Audit) -> Result<Option<&Effects>> {
    let Some(effects) = &audit.effects else { return Ok(None) };
    let acting = effects.acting(&audit.prober, audit.event.as_deref()).await?;
    Ok(acting.filter(|acting| acting.took.is_zero()).map(|_| effects))
}

/// `2 types: a, b`, the first of them by name.
pub(super) fn named(types: &[&str]) -> String {
    let first = types.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    match types.len() {
        1 => first,
        count if count > MOST_NAMED => {
            format!("{count} types: {first} and {} more", count - MOST_NAMED)
        }
        count => format!("{count} types: {first}"),
    }
}
