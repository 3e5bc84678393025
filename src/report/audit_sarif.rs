//! An audit as SARIF 2.1.0, which code scanning reads: a rule for each probe, a result for each verdict.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::audit;
use super::json::document;
use crate::audit::{AuditProbe, AuditResult, Evidence, ProbeResult, ProbeVerdict, Severity};
use crate::delivery::Outcome;
use crate::delivery::outcome::reason;

/// The form's schema.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Where a result is shown, if nobody says where the handler is.
const NOWHERE: &str = "devtool.toml";
/// How much of a body is told, in bytes.
const BODY: usize = 16 * 1024;

/// The document. `source` is the handler's place: `FILE` or `FILE:LINE`.
pub(super) fn run(result: &AuditResult, source: Option<&str>) -> String {
    let rules: Vec<Value> = result.probes.iter().map(|one| rule(one.probe)).collect();
    let results = result.probes.iter().enumerate();
    let results: Vec<Value> =
        results.map(|(index, one)| of_probe(index, one, result, source)).collect();
    document(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": !result.was_interrupted,
                "startTimeUtc": result.started_at.rfc3339(),
            }],
            "results": results,
        }],
    }))
}

fn rule(probe: &AuditProbe) -> Value {
    let fixes = probe.fixes.iter().map(|(name, fix)| format!("\n\n{name}: `{fix}`"));
    let help = format!("{}.\n\n{}.{}", probe.why, probe.fix, fixes.collect::<String>());
    json!({
        "id": probe.id,
        "name": name(&probe.id),
        "shortDescription": {"text": probe.title},
        "fullDescription": {"text": format!("Sends {}. A correct endpoint {}.", probe.sends, probe.correct)},
        "help": {"text": help, "markdown": help},
        "helpUri": probe.references.first(),
        "defaultConfiguration": {"level": level(probe.severity)},
        "properties": {
            "tags": ["security", "webhook", probe.group()],
            "security-severity": security_severity(probe.severity),
        },
    })
}

/// A name of letters alone: `Sig01`.
fn name(id: &str) -> String {
    let (group, number) = id.split_once('-').unwrap_or((id, ""));
    let lower = group.get(1..).unwrap_or_default().to_ascii_lowercase();
    format!("{}{lower}{number}", group.get(..1).unwrap_or_default())
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// GitHub's scale, as text.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

fn of_probe(index: usize, one: &ProbeResult, result: &AuditResult, source: Option<&str>) -> Value {
    let (kind, text) = match &one.verdict {
        ProbeVerdict::Pass => ("pass", format!("{}: passed", one.probe.id)),
        ProbeVerdict::Fail => ("fail", failure(one, result)),
        ProbeVerdict::NotTested(why) => ("notApplicable", format!("not tested: {}", why.reason)),
        ProbeVerdict::Inconclusive(why) => ("review", format!("inconclusive: {why}")),
    };
    let level = if one.has_failed() { level(one.severity) } else { "none" };
    let mut value = json!({
        "ruleId": one.probe.id,
        "ruleIndex": index,
        "kind": kind,
        "level": level,
        "message": {"text": text},
        "locations": [location(result, source)],
        "partialFingerprints": {"devtoolProbe/v1": fingerprint(one, result)},
    });
    if one.is_known {
        value["baselineState"] = "unchanged".into();
    }
    if let Some(evidence) = one.evidence.first() {
        value["webRequest"] = web_request(evidence);
        value["webResponse"] = web_response(evidence);
    }
    value
}

fn failure(one: &ProbeResult, result: &AuditResult) -> String {
    let seen = one.seen.join("; ");
    format!("{}: {seen}. Again: {}", one.title, audit::again(one, result))
}

/// The same finding of the same endpoint has the same one, whatever the seed.
fn fingerprint(one: &ProbeResult, result: &AuditResult) -> String {
    let seen = one.evidence.iter().map(|evidence| evidence.name.as_str());
    let seen = seen.collect::<Vec<_>>().join("/");
    format!("{}:{}:{seen}", one.probe.id, result.endpoint.path())
}

fn location(result: &AuditResult, source: Option<&str>) -> Value {
    let source = source.unwrap_or(NOWHERE);
    let line = source.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    let (file, line): (&str, u32) = line.unwrap_or((source, 1));
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": file.replace('\\', "/"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line.max(1)},
        },
        "logicalLocations": [{
            "fullyQualifiedName": format!("POST {}", result.endpoint.shown_path_and_query()),
            "kind": "resource",
        }],
    })
}

fn web_request(evidence: &Evidence) -> Value {
    json!({
        "method": evidence.method,
        "target": evidence.target,
        "protocol": "HTTP",
        "version": "1.1",
        "headers": headers(&evidence.request.headers),
        "body": body(&evidence.request.body),
    })
}

fn web_response(evidence: &Evidence) -> Value {
    match &evidence.outcome {
        Outcome::Response(response) => json!({
            "statusCode": response.status,
            "reasonPhrase": reason(response.status),
            "protocol": "HTTP",
            "version": "1.1",
            "headers": headers(&response.headers),
            "body": body(&response.body),
        }),
        Outcome::None { .. } => json!({"noResponseReceived": true}),
    }
}

/// An object: of several headers of one name, the values behind one another.
fn headers(headers: &[(String, String)]) -> Value {
    let mut all = Map::new();
    for (name, value) in headers {
        let known = all.get(name).and_then(Value::as_str).map(|known| format!("{known}, {value}"));
        all.insert(name.clone(), known.unwrap_or_else(|| value.clone()).into());
    }
    Value::Object(all)
}

fn body(bytes: &[u8]) -> Value {
    let start = &bytes[..bytes.len().min(BODY)];
    match std::str::from_utf8(start) {
        Ok(text) => json!({"text": text}),
        Err(_) => json!({"binary": BASE64_STANDARD.encode(start)}),
    }
}
