//! Looks at what a webhook test needs, and says what is wrong and how to mend it.

use std::path::Path;

use crate::config::{SecretSource, project};
use crate::delivery::probe::{self, Findings};
use crate::delivery::{Client, Endpoint, Outcome, Request, Response, diagnosis};
use crate::error::{Exit, Result};
use crate::run::Plan;
use crate::stripe_cli::program::OLDEST;
use crate::stripe_cli::{Place, find};

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Good,
    /// It works, but something is to be known.
    Warning,
    /// Something that is needed does not work.
    Broken,
}

impl Health {
    /// The word of the reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// How well it is.
    pub health: Health,
    /// What was seen.
    pub seen: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// Looks at everything. `plan` is a job of one event, of which the endpoint gets an unsigned copy.
///
/// # Errors
/// The endpoint is on another machine and that is not allowed.
pub async fn run(plan: &Plan, place: &Place, working_directory: &Path) -> Result<Vec<Finding>> {
    Ok(vec![
        secret(plan, working_directory),
        endpoint(plan).await?,
        dotenv(working_directory),
        stripe_cli(place),
    ])
}

/// The exit code of what was found.
pub fn exit(findings: &[Finding]) -> Exit {
    let is_broken = findings.iter().any(|finding| finding.health == Health::Broken);
    if is_broken { Exit::Fail } else { Exit::Done }
}

fn secret(plan: &Plan, working_directory: &Path) -> Finding {
    let found = &plan.job.secret;
    let seen = format!("{} ({})", found.secret.hint(), found.source.describe(working_directory));
    let (health, fix) = match found.source {
        SecretSource::Own(_) => {
            (Health::Warning, Some("`devtool secret --write .env` gives it to your app".to_owned()))
        }
        _ => (Health::Good, None),
    };
    Finding { name: "secret", health, seen, fix }
}

/// Whether the endpoint answers, and rejects what Stripe did not sign.
async fn endpoint(plan: &Plan) -> Result<Finding> {
    let job = &plan.job;
    let addresses = job.endpoint.resolve(job.hosts).await?;
    let client = Client::new(&job.endpoint, &addresses, job.timeout, job.certificates)?;
    let Some(event) = plan.events.first() else {
        return Ok(finding(&job.endpoint, Health::Warning, "was not asked", None));
    };
    let outcome = client.send(&Request::unsigned(event, &job.headers)).await.outcome;
    let findings = match &outcome {
        Outcome::None { why, .. } => probe::look(&job.endpoint, *why).await,
        Outcome::Response(_) => Findings::default(),
    };
    let hint = diagnosis::hint(&job.endpoint, &outcome, &findings);
    Ok(match &outcome {
        Outcome::None { error, .. } => {
            finding(&job.endpoint, Health::Broken, &format!("does not answer ({error})"), hint)
        }
        Outcome::Response(response) => judged(&job.endpoint, response, hint),
    })
}

/// What an answer to an unsigned event says of the endpoint.
fn judged(endpoint: &Endpoint, response: &Response, hint: Option<String>) -> Finding {
    let status = response.status;
    let is_airplay = response.header("server").is_some_and(|server| server.contains("AirTunes"));
    match status {
        200..=299 => {
            let seen = format!("accepts an event without a signature ({status})");
            let fix = "anybody could send it events: verify the signature before anything else";
            finding(endpoint, Health::Broken, &seen, Some(fix.to_owned()))
        }
        400 | 401 | 403 | 422 if !is_airplay => {
            finding(endpoint, Health::Good, &format!("rejects an unsigned event ({status})"), None)
        }
        500..=599 => {
            let seen = format!("fails on an unsigned event ({status})");
            let fix = "answer 400 where the signature is missing or wrong";
            finding(endpoint, Health::Warning, &seen, Some(fix.to_owned()))
        }
        _ => finding(endpoint, Health::Broken, &format!("answers {status}"), hint),
    }
}

fn finding(endpoint: &Endpoint, health: Health, what: &str, fix: Option<String>) -> Finding {
    Finding { name: "endpoint", health, seen: format!("{endpoint} {what}"), fix }
}

fn dotenv(working_directory: &Path) -> Finding {
    let file = project::find_upward(working_directory, ".env");
    let (health, seen, fix) = match file {
        None => (Health::Good, "there is no .env".to_owned(), None),
        Some(file) if project::would_be_committed(&file) => (
            Health::Warning,
            format!("git would commit {}", file.display()),
            Some("add `.env` to .gitignore".to_owned()),
        ),
        Some(file) => (Health::Good, format!("git leaves {} alone", file.display()), None),
    };
    Finding { name: "git", health, seen, fix }
}

/// Local events need no Stripe CLI, so that its absence breaks nothing.
fn stripe_cli(place: &Place) -> Finding {
    let (health, seen) = match find::choose(place) {
        None => (Health::Warning, "not installed (local events do without it)".to_owned()),
        Some(program) => {
            let health = if program.is_supported() { Health::Good } else { Health::Warning };
            let old = if program.is_supported() { "" } else { ", too old" };
            let seen = format!("{} at {}{old}", program.version, program.path.display());
            (health, seen)
        }
    };
    let fix = (health != Health::Good)
        .then(|| format!("`devtool setup` installs one (at least {OLDEST})"));
    Finding { name: "stripe-cli", health, seen, fix }
}
