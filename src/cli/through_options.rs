//! The options of runs that may go through Stripe.

use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use super::offline::OfflineOptions;
use super::stripe_options::StripeOptions;
use crate::config::file::positive_duration;
use crate::error::{Error, Kind, Result};
use crate::runner::SideEvents;
use crate::through_stripe::{Asked, Cleanup, DEFAULT_WAIT};

/// Who sends the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Via {
    /// Sent by devtool, without an account or the network
    Local,
    /// Triggered in Stripe's test mode, through the Stripe CLI
    Stripe,
}

/// How a run through Stripe goes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stripe")]
pub(super) struct ThroughOptions {
    /// Who sends [default: stripe if a listen runs]
    ///
    /// The default counts while `devtool listen` runs for the endpoint; else devtool sends the events itself.
    #[arg(long, env = "DEVTOOL_VIA", value_name = "WAY")]
    via: Option<Via>,

    /// Through Stripe: how long to wait for an event after its trigger [default: 30s]
    #[arg(hide_short_help = true, long, env = "DEVTOOL_WAIT", value_name = "DURATION", value_parser = positive_duration)]
    wait: Option<Duration>,

    /// Also fail if an answer calls for a remark or, through Stripe, a side-effect event is rejected
    #[arg(hide_short_help = true, long, env = "DEVTOOL_STRICT", value_parser = FalseyValueParser::new())]
    strict: bool,

    /// Through Stripe: delete or cancel what the run created, where possible
    #[arg(hide_short_help = true, long, env = "DEVTOOL_CLEANUP", value_parser = FalseyValueParser::new())]
    cleanup: bool,

    #[command(flatten)]
    pub(super) stripe: StripeOptions,

    #[command(flatten)]
    pub(super) offline: OfflineOptions,
}

impl ThroughOptions {
    /// Whether what was asked for can be had at once.
    ///
    /// # Errors
    /// The Stripe CLI is to run offline, and devtool is to send without it.
    pub(super) fn check(&self) -> Result<()> {
        if self.via != Some(Via::Local) || !self.offline.is_wanted() {
            return Ok(());
        }
        let message = "`--offline` runs the Stripe CLI, and `--via local` sends without it";
        let hint = "leave out `--offline`: without Stripe, devtool needs no network";
        Err(Error::new(Kind::Usage, message).hinted(hint))
    }

    /// Who was asked to send.
    pub(super) const fn asked(&self) -> Asked {
        match self.via {
            None if self.offline.is_wanted() => Asked::Stripe,
            None => Asked::Nobody,
            Some(Via::Local) => Asked::Local,
            Some(Via::Stripe) => Asked::Stripe,
        }
    }

    /// How long an event may take after its trigger.
    pub(super) fn wait(&self) -> Duration {
        self.wait.unwrap_or(DEFAULT_WAIT)
    }

    /// Whether events that come along count.
    pub(super) const fn side_events(&self) -> SideEvents {
        if self.strict { SideEvents::Counted } else { SideEvents::Shown }
    }

    /// What becomes of what the run creates.
    pub(super) const fn cleanup(&self) -> Cleanup {
        if self.cleanup { Cleanup::Delete } else { Cleanup::Keep }
    }
}
