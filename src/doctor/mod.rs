//! Looks at what a webhook test needs, and says what is wrong and how to mend it.

mod endpoint;
mod here;
mod network;
mod stripe;

use crate::config::Environment;
use crate::error::{Error, Exit, Result};
use crate::protocol::Clock;
use crate::runner::Plan;
use crate::stripe_cli::login::Credential;
use crate::stripe_cli::release::Host;
use crate::stripe_cli::setup::Network;
use crate::stripe_cli::{Place, Stripe};

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Good,
    /// It was not looked at.
    Skipped,
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
            Self::Skipped => "skipped",
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

impl Finding {
    fn new(name: &'static str, health: Health, seen: impl Into<String>) -> Self {
        Self { name, health, seen: seen.into(), fix: None }
    }

    fn with_fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }
}

/// What the doctor looks at.
#[derive(Debug)]
pub struct Examination<'e> {
    /// A job of one event, of which the endpoint gets an unsigned copy.
    pub plan: &'e Plan,
    /// devtool's own place of the Stripe CLI.
    pub place: &'e Place,
    /// The environment of the user.
    pub environment: &'e Environment,
    /// The Stripe CLI that would be driven and where its credential comes from, or why it cannot be.
    pub driven: std::result::Result<(&'e Stripe, Credential), &'e Error>,
    /// The only account that devtool.toml allows.
    pub account: Option<&'e str>,
    /// Where Stripe's API is.
    pub api_base: &'e str,
    /// Who has the releases of the Stripe CLI.
    pub host: &'e Host,
    /// Whether the network may be used.
    pub network: Network,
    /// Tells the time.
    pub clock: Clock,
}

/// Looks at everything.
///
/// # Errors
/// The endpoint is on another machine and that is not allowed.
pub async fn run(examination: &Examination<'_>) -> Result<Vec<Finding>> {
    let (endpoint, network, cli, login) = tokio::join!(
        endpoint::look(examination.plan),
        network::look(examination),
        stripe::program(examination),
        stripe::login(examination),
    );
    let mut findings = vec![here::secret(examination)];
    findings.extend(endpoint?);
    findings.push(here::dotenv(&examination.environment.working_directory));
    findings.push(cli);
    findings.extend(login);
    findings.extend(network);
    findings.push(here::completion(examination.environment));
    Ok(findings)
}

/// The exit code of what was found.
pub fn exit(findings: &[Finding]) -> Exit {
    let is_broken = findings.iter().any(|finding| finding.health == Health::Broken);
    if is_broken { Exit::Fail } else { Exit::Done }
}
