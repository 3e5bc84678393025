//! The plain event that goes first: what the endpoint makes of it says which probes can tell anything.

use std::time::Duration;

use serde_json::Value;

use super::finding::{Baseline, Evidence};
use super::framework;
use super::prober::Prober;
use crate::delivery::probe::{self, Findings};
use crate::delivery::{
    Attempt, Circumstances, Diagnosis, EndpointOrigin, NoAnswer, Outcome, Request, Signer,
    diagnosis,
};
use crate::error::{Error, Kind, Result};
use crate::event::Event;

/// The types that are tried: what most handlers act on, what most know, and what handlers of thin events accept.
const CANDIDATES: [&str; 3] =
    ["payment_intent.succeeded", "customer.created", "v2.core.event_destination.ping"];

/// Sends a plain event: of the given type, or of the first type that is accepted. Tells the prober what came of it.
///
/// # Errors
/// Nothing answers; or there is no such type.
pub(super) async fn establish(prober: &mut Prober, asked: Option<&str>) -> Result<Baseline> {
    let candidates: &[&str] = asked.as_ref().map_or(&CANDIDATES, std::slice::from_ref);
    let mut first = None;
    for name in candidates {
        let event = prober.event_of("baseline", name, None)?;
        let sent_at = prober.now();
        let request = prober.signed(&event);
        let attempt = prober.post(&request).await;
        if let Outcome::None { error, .. } = &attempt.outcome {
            return Err(unreachable(error, &attempt.outcome, &event, prober).await);
        }
        let is_accepted = attempt.outcome.is_accepted();
        if is_accepted || first.is_none() {
            first = Some((event, request, attempt, sent_at));
        }
        if is_accepted {
            break;
        }
    }
    let (event, request, attempt, sent_at) = first.ok_or_else(|| Error::bug("no type is tried"))?;
    let circumstances = Circumstances {
        signer: Signer::Secret(&prober.job.secret),
        sent_at: Some(sent_at),
        ..Circumstances::default()
    };
    let diagnosis = diagnosed(&attempt.outcome, circumstances, &event, prober);
    let framework = attempt.outcome.response().and_then(framework::of);
    let baseline = Baseline { event: event.name, request, attempt, diagnosis, framework };
    prober.event_type.clone_from(&baseline.event);
    prober.is_accepting = baseline.is_accepted();
    prober.rejects = baseline.rejects();
    Ok(baseline)
}

/// The same where devtool was told to end before anything came of it.
pub(super) fn interrupted(asked: Option<&str>) -> Baseline {
    let outcome = Outcome::None { why: NoAnswer::Lost, error: "interrupted".to_owned() };
    Baseline {
        event: asked.unwrap_or(CANDIDATES[0]).to_owned(),
        request: Request::unsigned(&Event::new(&Value::Null), &[]),
        attempt: Attempt { outcome, latency: Duration::ZERO, is_stale: false },
        diagnosis: None,
        framework: None,
    }
}

fn diagnosed(
    outcome: &Outcome,
    circumstances: Circumstances<'_>,
    event: &Event,
    prober: &Prober,
) -> Option<Diagnosis> {
    let job = &prober.job;
    let found = diagnosis::diagnose(&job.endpoint, outcome, circumstances)?;
    Some(found.for_command(&job.command, &event.name, (&job.endpoint, EndpointOrigin::Options)))
}

async fn unreachable(error: &str, outcome: &Outcome, event: &Event, prober: &Prober) -> Error {
    let endpoint = &prober.job.endpoint;
    let findings = match outcome {
        Outcome::None { why, .. } => probe::findings(endpoint, *why).await,
        Outcome::Response(_) => Findings::default(),
    };
    let with = Circumstances { findings: Some(&findings), ..Circumstances::default() };
    let message = format!("{endpoint} does not answer: {error}");
    let unreachable = Error::new(Kind::Unreachable, message);
    match diagnosed(outcome, with, event, prober) {
        Some(found) => unreachable.hinted(found.hint()),
        None => unreachable,
    }
}

/// What the plain event came to, as evidence.
pub(super) fn evidence(baseline: &Baseline, prober: &Prober) -> Evidence {
    Evidence {
        name: format!("a plain {}", baseline.event),
        method: "POST",
        target: prober.target().to_owned(),
        request: baseline.request.clone(),
        outcome: baseline.attempt.outcome.clone(),
        latency: baseline.attempt.latency,
        state_before: None,
        state_after: None,
    }
}
