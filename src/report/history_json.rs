//! Recorded deliveries as JSON, schema 1.

use serde_json::{Map, Value, json};

use super::api_calls;
use super::json::{SCHEMA, body, diagnosis, document};
use crate::history::{Entry, Headers, KeptAttempt, Pruned, Record};
use crate::text::command_line::CommandLine;
use crate::text::duration::milliseconds;
use crate::text::escape;

/// A list of deliveries.
pub(crate) fn list(entries: &[Entry]) -> String {
    let entries: Vec<Value> = entries.iter().map(entry).map(Value::Object).collect();
    document(&json!({"schema": SCHEMA, "deliveries": entries}))
}

/// One delivery with all that was kept of it.
pub(crate) fn record(record: &Record, typed: &CommandLine) -> String {
    document(&json!({"schema": SCHEMA, "delivery": whole(record, typed)}))
}

/// The same on one line, for exports.
pub(crate) fn line(record: &Record, typed: &CommandLine) -> String {
    escape::json(format!("{}\n", whole(record, typed)))
}

/// What was removed, and what is left.
pub(crate) fn pruned(pruned: &Pruned) -> String {
    document(&json!({
        "schema": SCHEMA,
        "removed": pruned.removed,
        "waiting": pruned.waiting,
        "left": pruned.left,
        "bytes": pruned.bytes,
    }))
}

fn entry(entry: &Entry) -> Map<String, Value> {
    let value = json!({
        "id": entry.id.0,
        "session": entry.session,
        "command": entry.command,
        "via": entry.via,
        "event": entry.event,
        "event_id": entry.event_id,
        "created": entry.created,
        "account": entry.account,
        "endpoint": entry.endpoint,
        "received_at": entry.received_at.rfc3339(),
        "state": entry.state.word(),
        "status": entry.status,
        "latency_ms": entry.latency.map(milliseconds),
        "attempt_count": entry.attempts,
    });
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn whole(record: &Record, typed: &CommandLine) -> Value {
    let mut members = entry(&record.entry);
    members.insert("headers".to_owned(), headers(&record.headers));
    let (name, value) = body(&record.body, false);
    members.insert(name.to_owned(), value);
    let attempts = record.attempts.iter().map(attempt).collect();
    let found = record.diagnosis(typed).as_ref().map(diagnosis);
    members.insert("diagnosis".to_owned(), found.unwrap_or_default());
    members.insert("attempts".to_owned(), Value::Array(attempts));
    Value::Object(members)
}

fn attempt(attempt: &KeptAttempt) -> Value {
    let mut value = json!({
        "at": attempt.at.rfc3339(),
        "outcome": attempt.outcome,
        "status": attempt.status,
        "latency_ms": milliseconds(attempt.latency),
    });
    value["api_calls"] = api_calls::of_attempt(attempt.api_calls.as_ref());
    if let Some(error) = &attempt.error {
        value["error"] = error.as_str().into();
    }
    if attempt.status.is_some() {
        value["headers"] = headers(&attempt.headers);
        let (name, text) = body(&attempt.body, attempt.is_truncated);
        value[name] = text;
        value["body_truncated"] = attempt.is_truncated.into();
    }
    value
}

fn headers(headers: &Headers) -> Value {
    let pair = |(name, value): (String, &[u8])| json!([name, String::from_utf8_lossy(value)]);
    Value::Array(headers.iter().map(pair).collect())
}
