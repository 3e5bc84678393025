//! BOD: bodies that no sender should send, and how they are sent.

use std::time::Duration;

use super::super::finding::{Evidence, ProbeResult, ProbeVerdict};
use super::super::probe::{AuditProbe, Severity};
use super::super::prober::Prober;
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use super::json;
use super::sending::{sent, unknown};
use crate::config::Secret;
use crate::delivery::{NoAnswer, Outcome, RawExchange, Request, Response};
use crate::error::{Error, Result};
use crate::protocol::signature;

/// How deep the JSON of BOD-04 is.
const DEPTH: usize = 10_000;
/// How large its body is.
const LARGE: usize = 5 * 1024 * 1024;
/// How large its header is.
const LARGE_HEADER: usize = 64 * 1024;
/// How large the event of BOD-07 is.
const LARGE_EVENT: usize = 120 * 1024;
/// How long a plain event may take while the endpoint is loaded.
const SERVED_WITHIN: Duration = Duration::from_secs(5);
/// How many senders stop in the middle.
const SLOW_SENDERS: usize = 8;
/// How often another byte comes, and how many come.
const BYTE_EVERY: Duration = Duration::from_millis(500);
const BYTES: usize = 6;
/// How long an answer before the body is waited for.
const EARLY: Duration = Duration::from_millis(300);

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    match probe.id.as_str() {
        "BOD-04" => large(probe, audit).await,
        "BOD-05" => slow(probe, audit).await,
        "BOD-06" => early(probe, audit).await,
        id => sent(probe, trials(id, &audit.prober)?, audit).await,
    }
}

fn trials(id: &str, prober: &Prober) -> Result<Vec<Trial>> {
    let refused = Expected::Rejected(Some(Severity::Low));
    match id {
        "BOD-01" => Ok(vec![Trial::new("an empty body", prober.signed_bytes(""), refused)]),
        "BOD-02" => {
            Ok(vec![Trial::new("a body that is no JSON", prober.signed_bytes("hello"), refused)])
        }
        "BOD-03" => no_events(prober),
        "BOD-07" => {
            let text = format!("\"{}\"", "x".repeat(LARGE_EVENT));
            let body = json::with_bytes(prober.payload(id)?, "devtool_text", &text);
            let request = prober.signed_bytes(body);
            Ok(vec![Trial::new("an event of 120 KB", request, Expected::Accepted)])
        }
        _ => Err(unknown(id)),
    }
}

fn no_events(prober: &Prober) -> Result<Vec<Trial>> {
    const FORGED: [&str; 3] = ["a forged `[]`", "a forged `null`", "a forged `{}`"];
    const SIGNED: [&str; 3] = ["a signed `[]`", "a signed `null`", "a signed `{}`"];
    const BODIES: [&str; 3] = ["[]", "null", "{}"];
    let secret = Secret::parse("whsec_of_somebody_else").map_err(Error::bug)?;
    let mut trials = Vec::new();
    for (name, body) in FORGED.into_iter().zip(BODIES) {
        let header = signature::delivery_header(&secret, prober.now(), body.as_bytes());
        let expected = Expected::Rejected(Some(Severity::Medium));
        trials.push(Trial::new(name, prober.with_header(body, &header), expected));
    }
    if prober.is_accepting {
        trials.extend(SIGNED.into_iter().zip(BODIES).map(|(name, body)| {
            let trial = Trial::new(name, prober.signed_bytes(body), Expected::NoCrash);
            trial.only(Severity::Info).in_form("not-an-event")
        }));
    }
    Ok(trials)
}

async fn large(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let deep = ["[".repeat(DEPTH), "]".repeat(DEPTH)].concat();
    let mut with_header = prober.unsigned("{}");
    with_header.headers.push(("X-Devtool".to_owned(), "x".repeat(LARGE_HEADER)));
    let text = format!("{{\"text\": \"{}\"}}", "x".repeat(LARGE));
    let requests = [
        ("JSON nested 10,000 deep", prober.unsigned(deep)),
        ("a body of 5 MiB", prober.unsigned(text)),
        ("a header of 64 KiB", with_header),
    ];
    for (name, request) in requests {
        let trial = Trial::new(name, request, Expected::NoCrash);
        let attempt = trial.send(prober).await;
        if !prober.serves(&format!("BOD-04/{name}"), SERVED_WITHIN).await? {
            let seen = format!("after {name}, a plain event was not answered as before");
            let result = ProbeResult::new(probe, ProbeVerdict::Pass);
            let evidence = vec![trial.evidence(attempt, prober)];
            return Ok(result.failed(probe.severity, seen, evidence));
        }
    }
    Ok(ProbeResult::new(probe, ProbeVerdict::Pass))
}

async fn slow(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let request = prober.unsigned("{\"id\": ");
    let mut senders = Vec::new();
    for _ in 0..=SLOW_SENDERS {
        senders.extend(begun(&request, 1_000, prober).await);
    }
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    let Some(last) = senders.last_mut() else {
        let why = "the endpoint takes no connection".to_owned();
        return Ok(ProbeResult::new(probe, ProbeVerdict::Inconclusive(why)));
    };
    let mut is_serving = prober.serves("BOD-05/stopped", SERVED_WITHIN).await?;
    for _ in 0..BYTES {
        if !is_serving || !last.write(b" ").await {
            break;
        }
        tokio::time::sleep(BYTE_EVERY).await;
    }
    is_serving = is_serving && prober.serves("BOD-05/slow", SERVED_WITHIN).await?;
    if is_serving {
        return Ok(pass);
    }
    let seen = format!(
        "while {} requests waited for the rest of their bodies, a plain event was not answered within 5 s",
        SLOW_SENDERS + 1
    );
    let trial =
        Trial::new("a body that is announced longer than it is", request, Expected::NoCrash);
    let error = "the request never ended".to_owned();
    let evidence = of_raw(trial, Outcome::None { why: NoAnswer::Timeout, error }, prober);
    Ok(pass.failed(probe.severity, seen, vec![evidence]))
}

/// A request whose head and beginning are sent, with so many bytes announced.
pub(super) async fn begun(
    request: &Request,
    announced: usize,
    prober: &Prober,
) -> Option<RawExchange> {
    let mut exchange = prober.client().open().await?;
    let head = prober.client().head(request, &format!("Content-Length: {announced}"));
    exchange.write(&head).await;
    exchange.write(&request.body).await;
    Some(exchange)
}

async fn early(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let request = prober.signed(&prober.event("BOD-06")?);
    let (first, second) = request.body.split_at(request.body.len() / 2);
    let begin = Request { headers: request.headers.clone(), body: first.to_vec() };
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    let Some(mut exchange) = begun(&begin, request.body.len(), prober).await else {
        let why = "the endpoint takes no connection".to_owned();
        return Ok(ProbeResult::new(probe, ProbeVerdict::Inconclusive(why)));
    };
    let answer = exchange.answer(EARLY).await;
    exchange.write(second).await;
    // So that the handler gets its event whole.
    exchange.answer(SERVED_WITHIN).await;
    prober.touch();
    let Some(answer) = answer else { return Ok(pass) };
    let seen = format!("answered {} to the half of an event", answer.status);
    let trial = Trial::new("the half of an event", begin, Expected::NoCrash);
    let evidence = of_raw(trial, Outcome::Response(answer), prober);
    Ok(pass.failed(Severity::Info, seen, vec![evidence]))
}

/// RAW-07: the body in chunks.
pub(super) async fn chunked(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    let prober = &audit.prober;
    let request = prober.signed(&prober.event("RAW-07")?);
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    let Some(answer) = answer_to_chunks(&request, prober).await else {
        let why = "no answer to a body in chunks".to_owned();
        return Ok(ProbeResult::new(probe, ProbeVerdict::Inconclusive(why)));
    };
    if answer.is_accepted() {
        return Ok(pass);
    }
    let seen = format!("answered {} to a body in chunks", answer.status);
    let trial = Trial::new("a body in chunks", request, Expected::Accepted);
    let evidence = of_raw(trial, Outcome::Response(answer), prober);
    Ok(pass.failed(Severity::Info, seen, vec![evidence]))
}

async fn answer_to_chunks(request: &Request, prober: &Prober) -> Option<Response> {
    let mut exchange = prober.client().open().await?;
    let mut sent = prober.client().head(request, "Transfer-Encoding: chunked");
    for chunk in request.body.chunks(1_000) {
        sent.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        sent.extend_from_slice(chunk);
        sent.extend_from_slice(b"\r\n");
    }
    sent.extend_from_slice(b"0\r\n\r\n");
    exchange.write(&sent).await;
    let answer = exchange.answer(SERVED_WITHIN).await;
    prober.touch();
    answer
}

fn of_raw(trial: Trial, outcome: Outcome, prober: &Prober) -> Evidence {
    let attempt = crate::delivery::Attempt { outcome, latency: Duration::ZERO, is_stale: false };
    trial.evidence(attempt, prober)
}
