//! An audit as JSON.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::audit;
use super::json::{self as results, SCHEMA};
use crate::audit::{
    AuditProbe, AuditResult, Evidence, ProbeResult, ProbeVerdict, TypeAnswer, group_name, probes,
};
use crate::delivery::{Outcome, Request};
use crate::text::duration::milliseconds;

/// How much of a request's body is told, in bytes.
const BODY: usize = 64 * 1024;

/// The document.
pub(crate) fn json(result: &AuditResult) -> String {
    results::document(&value(result))
}

fn value(result: &AuditResult) -> Value {
    let baseline = &result.baseline;
    let status = baseline.attempt.outcome.response().map(|response| response.status);
    json!({
        "schema": SCHEMA,
        "tool": {"name": "devtool", "version": env!("CARGO_PKG_VERSION")},
        "audit": {
            "endpoint": result.endpoint.to_string(),
            "seed": result.seed.0,
            "started_at": result.started_at.rfc3339(),
            "duration_ms": milliseconds(result.duration),
            "interrupted": result.was_interrupted,
            "baseline": {
                "event": baseline.event,
                "status": status,
                "accepted": baseline.is_accepted(),
                "framework": baseline.framework,
                "diagnosis": baseline.diagnosis.as_ref().map(results::diagnosis),
            },
            "probes": result.probes.iter().map(|one| probe(one, result)).collect::<Vec<_>>(),
            "types": result.types.iter().map(type_answer).collect::<Vec<_>>(),
        },
    })
}

fn probe(one: &ProbeResult, result: &AuditResult) -> Value {
    let (reason, way) = match &one.verdict {
        ProbeVerdict::Pass | ProbeVerdict::Fail => (None, None),
        ProbeVerdict::NotTested(why) => (Some(&why.reason), why.way.as_ref()),
        ProbeVerdict::Inconclusive(why) => (Some(why), None),
    };
    let mut value = known(one.probe);
    let again = one.has_failed().then(|| audit::again(one, result));
    let own = json!({
        "title": one.title,
        "severity": one.severity.word(),
        "verdict": one.verdict.word(),
        "reason": reason,
        "make_testable": way,
        "seen": one.seen,
        "notes": one.notes,
        "follows": one.follows,
        "known": one.is_known,
        "again": again,
        "elapsed_ms": milliseconds(one.took),
        "evidence": one.evidence.iter().map(evidence).collect::<Vec<_>>(),
    });
    if let (Value::Object(value), Value::Object(own)) = (&mut value, own) {
        value.extend(own);
    }
    value
}

/// What the catalogue says of a probe.
fn known(probe: &AuditProbe) -> Value {
    json!({
        "id": probe.id,
        "group": probe.group(),
        "title": probe.title,
        "severity": probe.severity.word(),
        "sends": probe.sends,
        "correct": probe.correct,
        "why": probe.why,
        "fix": {"generic": probe.fix, "frameworks": probe.fixes},
        "libraries": probe.libraries,
        "takes": probe.waits,
        "references": probe.references,
    })
}

fn evidence(evidence: &Evidence) -> Value {
    json!({
        "name": evidence.name,
        "request": request(evidence.method, &evidence.target, &evidence.request),
        "response": response(evidence),
        "state_before": evidence.state_before,
        "state_after": evidence.state_after,
    })
}

fn request(method: &str, target: &str, request: &Request) -> Value {
    let start = &request.body[..request.body.len().min(BODY)];
    json!({
        "method": method,
        "target": target,
        "headers": request.headers,
        "body_base64": BASE64_STANDARD.encode(start),
        "body_bytes": request.body.len(),
    })
}

fn response(evidence: &Evidence) -> Value {
    let latency_ms = milliseconds(evidence.latency);
    match &evidence.outcome {
        Outcome::Response(response) => {
            let (name, body) = results::body(&response.body, response.is_truncated);
            let mut value = json!({
                "status": response.status,
                "latency_ms": latency_ms,
                "headers": response.headers,
            });
            value[name] = body;
            value
        }
        Outcome::None { error, .. } => {
            json!({"status": null, "latency_ms": latency_ms, "error": error})
        }
    }
}

fn type_answer(answer: &TypeAnswer) -> Value {
    json!({"type": answer.name, "status": answer.status, "acts": answer.acts})
}

/// The probes that there are.
pub(crate) fn list() -> String {
    let probes: Vec<Value> = probes().iter().map(explained).collect();
    results::document(&json!({"schema": SCHEMA, "probes": probes}))
}

/// All that is known of a probe.
pub(crate) fn explain(probe: &AuditProbe) -> String {
    results::document(&json!({"schema": SCHEMA, "probe": explained(probe)}))
}

fn explained(probe: &AuditProbe) -> Value {
    let mut value = known(probe);
    value["group_name"] = group_name(probe.group()).into();
    value
}
