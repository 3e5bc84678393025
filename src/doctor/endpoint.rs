//! The endpoint: whether something listens, takes POST, and rejects what Stripe did not sign.

use super::finding::{Finding, Health};
use crate::delivery::probe::{self, Findings};
use crate::delivery::{
    Circumstances, Client, Endpoint, Outcome, Request, Response, Reuse, diagnosis,
};
use crate::error::Result;
use crate::runner::Plan;

/// The port that macOS's AirPlay Receiver takes.
const AIRPLAY_PORT: u16 = 5000;

/// The finding about the endpoint, and one about its port where another program has that.
pub(super) async fn look(plan: &Plan) -> Result<Vec<Finding>> {
    let job = &plan.job;
    let addresses = job.endpoint.resolve(job.hosts).await?;
    let client =
        Client::new(&job.endpoint, &addresses, job.timeout, (Reuse::Never, job.certificates))?;
    let Some(event) = plan.events.first() else { return Ok(Vec::new()) };
    let outcome = client.send(&Request::unsigned(event, &job.headers)).await.outcome;
    let findings = match &outcome {
        Outcome::None { why, .. } => probe::findings(&job.endpoint, *why).await,
        Outcome::Response(_) => Findings::default(),
    };
    let (findings, secret) = (Some(&findings), Some(&job.secret));
    let circumstances = Circumstances { findings, secret, ..Circumstances::default() };
    let hint = diagnosis::diagnose(&job.endpoint, &outcome, circumstances);
    let hint = hint.map(|diagnosis| diagnosis.hint());
    Ok(match &outcome {
        Outcome::None { error, .. } => {
            vec![about(&job.endpoint, Health::Broken, &format!("does not answer ({error})"), hint)]
        }
        Outcome::Response(response) if is_airplay(response) => vec![
            about(&job.endpoint, Health::Broken, &format!("answers {}", response.status), hint),
            port(job.endpoint.port()),
        ],
        Outcome::Response(response) => vec![judged(&job.endpoint, response, hint)],
    })
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
fn judged(endpoint: &Endpoint, response: &Response, hint: Option<String>) -> Finding {
    let status = response.status;
    match status {
        200..=299 => {
            let seen = format!("accepts an event without a signature ({status})");
            let fix = "anyone could send it events: verify the signature before anything else";
            about(endpoint, Health::Broken, &seen, Some(fix.to_owned()))
        }
        400 | 422 => {
            about(endpoint, Health::Good, &format!("rejects an unsigned event ({status})"), None)
        }
        401 | 403 => {
            let seen = format!("answers {status} to an unsigned event");
            let fix = "this may be the signature check, or a login or CSRF check that would refuse Stripe's \
                       events, too: `devtool trigger` shows whether a signed event is accepted";
            about(endpoint, Health::Warning, &seen, Some(fix.to_owned()))
        }
        500..=599 => {
            let seen = format!("fails on an unsigned event ({status})");
            let fix = "answer 400 if the signature is missing or wrong";
            about(endpoint, Health::Warning, &seen, Some(fix.to_owned()))
        }
        _ => about(endpoint, Health::Broken, &format!("answers {status}"), hint),
    }
}

fn about(endpoint: &Endpoint, health: Health, what: &str, fix: Option<String>) -> Finding {
    Finding { fix, ..Finding::new("endpoint", health, format!("{endpoint} {what}")) }
}
