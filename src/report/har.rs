//! Recorded deliveries as an HTTP archive (HAR 1.2): one entry for each attempt.

use serde_json::{Value, json};

use super::json::body;
use crate::delivery::outcome::reason;
use crate::history::{Headers, KeptAttempt, Record};
use crate::text::duration::milliseconds;
use crate::text::escape;

/// What comes before the entries, which commas part.
pub(crate) fn beginning() -> String {
    let creator = json!({"name": "devtool", "version": env!("CARGO_PKG_VERSION")});
    format!("{{\"log\": {{\"version\": \"1.2\", \"creator\": {creator}, \"entries\": [\n")
}

/// What comes after the entries.
pub(crate) const END: &str = "]}}\n";

/// The entries of a delivery. One that was never tried has an entry without an answer.
pub(crate) fn entries(record: &Record) -> Vec<String> {
    let request = request(record);
    let entry = |attempt: Option<&KeptAttempt>| {
        let at = attempt.map_or(record.entry.received_at, |attempt| attempt.at);
        let time = attempt.map_or(0.0, |attempt| milliseconds(attempt.latency));
        let value = json!({
            "startedDateTime": at.rfc3339(),
            "time": time,
            "request": request,
            "response": response(attempt),
            "cache": {},
            "timings": {"send": 0, "wait": time, "receive": 0},
            "_event": record.entry.event,
            "_event_id": record.entry.event_id,
            "_delivery": record.entry.id.0,
            "_outcome": attempt.map_or("open", |attempt| attempt.outcome.as_str()),
        });
        escape::json(format!("{value}\n"))
    };
    if record.attempts.is_empty() {
        return vec![entry(None)];
    }
    record.attempts.iter().map(|attempt| entry(Some(attempt))).collect()
}

fn request(record: &Record) -> Value {
    let endpoint = &record.entry.endpoint;
    let query = endpoint.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        json!({"name": name, "value": value})
    });
    let media = record.headers.value("content-type");
    json!({
        "method": "POST",
        "url": endpoint,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(&record.headers),
        "queryString": pairs.collect::<Vec<_>>(),
        "postData": {
            "mimeType": media.unwrap_or_default(),
            "text": String::from_utf8_lossy(&record.body),
        },
        "headersSize": -1,
        "bodySize": record.body.len(),
    })
}

/// The answer; status 0 where there was none, as browsers write it.
fn response(attempt: Option<&KeptAttempt>) -> Value {
    let status = attempt.and_then(|attempt| attempt.status).unwrap_or(0);
    let none = Headers::default();
    let kept = attempt.map_or(&none, |attempt| &attempt.headers);
    let bytes = attempt.map_or(&[][..], |attempt| &attempt.body);
    let mut content = json!({
        "size": bytes.len(),
        "mimeType": kept.value("content-type").unwrap_or_default(),
    });
    match body(bytes, attempt.is_some_and(|attempt| attempt.is_truncated)) {
        ("body", text) => content["text"] = text,
        (_, base64) => {
            content["text"] = base64;
            content["encoding"] = "base64".into();
        }
    }
    json!({
        "status": status,
        "statusText": reason(status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(kept),
        "content": content,
        "redirectURL": kept.value("location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": bytes.len(),
        "comment": attempt.and_then(|attempt| attempt.error.as_deref()).unwrap_or_default(),
    })
}

fn headers(headers: &Headers) -> Vec<Value> {
    let pair = |(name, value): (String, &[u8])| json!({"name": name, "value": String::from_utf8_lossy(value)});
    headers.iter().map(pair).collect()
}
