//! What the doctor looks at.

use super::finding::Finding;
use crate::config::{Environment, FileConfig};
use crate::error::Error;
use crate::protocol::Clock;
use crate::runner::Plan;
use crate::stripe_cli::login::Credential;
use crate::stripe_cli::release::Host;
use crate::stripe_cli::setup::Network;
use crate::stripe_cli::{Found, Stripe};

/// Whether the endpoints get events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ping {
    /// One without a signature and one with it; an endpoint that may get none is an error.
    Sent,
    /// The same, and an endpoint that may get none is left out.
    SentIfAllowed,
    /// They get none (`--no-send`).
    NotSent,
}

/// What the doctor looks at.
#[derive(Debug)]
pub(crate) struct Subject<'e> {
    /// A job of one event that no app knows.
    pub plan: &'e Plan,
    /// Whether the endpoints get it.
    pub ping: Ping,
    /// devtool.toml.
    pub config: &'e FileConfig,
    /// What was found of the settings.
    pub settings: Vec<Finding>,
    /// The Stripe CLI that is there, whether it can be driven or not.
    pub found: &'e Found,
    /// The environment of the user.
    pub environment: &'e Environment,
    /// The Stripe CLI that would be driven and where its credential comes from, or why it cannot be.
    pub driven: std::result::Result<(&'e Stripe, Credential), &'e Error>,
    /// The only account that devtool.toml allows.
    pub account: Option<&'e str>,
    /// Where Stripe's API is.
    pub api_base: &'e str,
    /// Who has the releases of the Stripe CLI; `None` where that is a mirror that nobody agreed to.
    pub host: Option<&'e Host>,
    /// Whether the network may be used.
    pub network: Network,
    /// Tells the time.
    pub clock: Clock,
}
