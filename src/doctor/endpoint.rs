//! The endpoint: whether something listens, takes POST, and rejects what Stripe did not sign.

use std::net::SocketAddr;

use super::finding::{Finding, Health};
use super::signature;
use super::subject::{Ping, Subject};
use crate::config::SecretSource;
use crate::delivery::probe::{self, Findings};
use crate::delivery::{
    Circumstances, Client, Endpoint, EndpointOrigin, EventTarget, NoAnswer, Outcome, Request,
    Response, Reuse, Route, Signer, diagnosis,
};
use crate::error::{Error, Result};

/// The port that macOS's AirPlay Receiver takes.
const AIRPLAY_PORT: u16 = 5000;

/// The findings about the endpoint and those of routes: what each answers to an event without a signature, and
/// to one with it.
///
/// # Errors
/// The endpoint is on another machine and that is not allowed.
pub(super) async fn look(subject: &Subject<'_>) -> Result<Vec<Finding>> {
    let job = &subject.plan.job;
    let mut findings = match of_target("endpoint", &job.main_target(), subject).await {
        Err(error) if subject.ping == Ping::SentIfAllowed => {
            let fix = "if it is a test system of yours, have it looked at:\ndevtool doctor --allow-remote";
            vec![left_out("endpoint", &error).with_fix(fix)]
        }
        found => found?,
    };
    for Route { pattern, target } in &job.routes {
        let found = of_target("route", target, subject).await;
        let found = found.unwrap_or_else(|error| vec![left_out("route", &error)]);
        findings.extend(found.into_iter().map(|finding| finding.with_start(pattern)));
    }
    Ok(findings)
}

fn left_out(name: &'static str, error: &Error) -> Finding {
    let fix = error.hint().map(ToOwned::to_owned);
    Finding { fix, ..Finding::new(name, Health::Skipped, format!("nothing was sent: {error}")) }
}

async fn of_target(
    name: &'static str,
    target: &EventTarget,
    subject: &Subject<'_>,
) -> Result<Vec<Finding>> {
    let (job, endpoint) = (&subject.plan.job, &target.endpoint);
    let about = |health, what: &str, fix| about(name, endpoint, (health, what), fix);
    let addresses = endpoint.resolve(job.hosts).await?;
    if subject.ping == Ping::NotSent {
        let (health, seen, fix) = without_sending(endpoint, addresses.as_deref()).await;
        return Ok(vec![about(health, &seen, fix)]);
    }
    let client = Client::new(endpoint, &addresses, job.timeout, (Reuse::Never, job.certificates))?;
    let Some(event) = subject.plan.events.first() else { return Ok(Vec::new()) };
    let outcome = client.send(&Request::unsigned(event, &job.headers)).await.outcome;
    let findings = match &outcome {
        Outcome::None { why, .. } => probe::findings(endpoint, *why).await,
        Outcome::Response(_) => Findings::default(),
    };
    let (findings, signer) = (Some(&findings), Signer::Secret(&target.secret));
    let with = Circumstances { findings, signer, ..Circumstances::default() };
    let is_main = *endpoint == job.endpoint;
    let origin = if is_main { EndpointOrigin::Options } else { EndpointOrigin::Route };
    let hint = diagnosis::diagnose(endpoint, &outcome, with)
        .map(|found| found.for_command(&job.command, &event.name, (endpoint, origin)).hint());
    let response = match &outcome {
        Outcome::None { error, .. } => {
            let seen = format!("does not answer ({error})");
            return Ok(vec![about(Health::Broken, &seen, hint)]);
        }
        Outcome::Response(response) => response,
    };
    if is_airplay(response) {
        let seen = format!("answers {}", response.status);
        return Ok(vec![about(Health::Broken, &seen, hint), port(endpoint.port())]);
    }
    let (health, seen, fix) = judged(response, hint);
    let mut findings = vec![about(health, &seen, fix)];
    // No app has a secret that was made for this run because none can be had.
    let is_signed = target.secret.source != SecretSource::Run;
    if is_signed && matches!(response.status, 400..=403 | 422 | 500..=599) {
        let request = Request::new(event, &target.secret.secret, subject.clock.now(), &job.headers);
        let answer = client.send(&request).await.outcome;
        findings.push(signature::judged(target, response.status, &answer));
    }
    Ok(findings)
}

/// What a look at the endpoint's host and port says.
async fn without_sending(
    endpoint: &Endpoint,
    addresses: std::result::Result<&[SocketAddr], &String>,
) -> (Health, String, Option<String>) {
    let (why, error) = match addresses {
        Ok(addresses) if probe::takes_connections(addresses).await => {
            let seen = "accepts connections; nothing was sent (--no-send)";
            return (Health::Good, seen.to_owned(), None);
        }
        Ok(_) => (NoAnswer::Refused, String::new()),
        Err(error) => (NoAnswer::Dns, error.clone()),
    };
    let outcome = Outcome::None { why, error };
    let findings = probe::findings(endpoint, why).await;
    let with = Circumstances { findings: Some(&findings), ..Circumstances::default() };
    let fix = diagnosis::diagnose(endpoint, &outcome, with).map(|found| found.hint());
    (Health::Broken, "does not accept connections".to_owned(), fix)
}

fn is_airplay(response: &Response) -> bool {
    response.header("server").is_some_and(|server| server.contains("AirTunes"))
}

/// macOS gives the port to its AirPlay Receiver, which answers in the app's place.
fn port(port: u16) -> Finding {
    let default_note = if port == AIRPLAY_PORT { ", the macOS default" } else { "" };
    Finding::new("port", Health::Broken, format!("AirPlay Receiver uses port {port}{default_note}"))
        .with_fix("give the app another port, or turn AirPlay Receiver off in System Settings")
}

/// What an answer to an unsigned event says of the endpoint.
fn judged(response: &Response, hint: Option<String>) -> (Health, String, Option<String>) {
    let status = response.status;
    match status {
        200..=299 => {
            let seen = format!("accepts an event without a signature ({status})");
            let fix = "anyone could send it events: verify the signature before anything else";
            (Health::Broken, seen, Some(fix.to_owned()))
        }
        400 | 422 => (Health::Good, format!("rejects an unsigned event ({status})"), None),
        401 | 403 => {
            let seen = format!("answers {status} to an unsigned event");
            let fix = "this may be the signature check, or a login or CSRF check that would refuse Stripe's \
                       events, too";
            (Health::Warning, seen, Some(fix.to_owned()))
        }
        500..=599 => {
            let seen = format!("fails on an unsigned event ({status})");
            let fix = "answer 400 if the signature is missing or wrong";
            (Health::Warning, seen, Some(fix.to_owned()))
        }
        _ => (Health::Broken, format!("answers {status}"), hint),
    }
}

fn about(
    name: &'static str,
    endpoint: &Endpoint,
    (health, what): (Health, &str),
    fix: Option<String>,
) -> Finding {
    Finding { fix, ..Finding::new(name, health, format!("{endpoint} {what}")) }
}
