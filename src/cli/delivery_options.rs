//! The options of everything that sends events to an endpoint.

use clap::Args;
use clap::builder::FalseyValueParser;

use super::api_options::ApiOptions;
use super::completers;
use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::history_options::RecordingOptions;
use super::output_options::OutputOptions;
use super::report_options::{ReportOptions, Results};
use super::retry_options::{RetryOptions, WaitOptions};
use super::run_api;
use super::through_options::ThroughOptions;
use super::watch::WatchSeed;
use crate::config::file::checked_api_version;
use crate::error::Result;
use crate::event::Setting;
use crate::event::changes::NewFields;
use crate::event::id::{self, Seed};
use crate::history::Opening;
use crate::runner::{Explicit, Job, OnFailure};
use crate::scenario::Scenario;
use crate::through_stripe::Asked;

/// Where events go, how they are made, and what is said about them.
#[derive(Args, Debug)]
pub(super) struct DeliveryOptions {
    #[command(flatten)]
    pub(super) endpoint: EndpointOptions,

    #[command(flatten)]
    payload: PayloadOptions,

    /// Stop after the first failure
    #[arg(hide_short_help = true, long, help_heading = "Events", env = "DEVTOOL_FAIL_FAST", value_parser = FalseyValueParser::new())]
    fail_fast: bool,

    // Before those that take `--offline` out of what was typed: they look at it.
    #[command(flatten)]
    api: ApiOptions,

    #[command(flatten)]
    pub(super) through: ThroughOptions,

    #[command(flatten)]
    retry: RetryOptions,

    #[command(flatten)]
    wait: WaitOptions,

    #[command(flatten)]
    recording: RecordingOptions,

    #[command(flatten)]
    pub(super) output: OutputOptions,

    #[command(flatten)]
    pub(super) reports: ReportOptions,
}

impl DeliveryOptions {
    /// Whether each run of a watch has ids of its own.
    pub(super) fn watch_seed(&self) -> WatchSeed {
        if self.payload.seed.is_some() { WatchSeed::Given } else { WatchSeed::Fresh }
    }

    /// The local API: one that only the environment asks for gives way to Stripe.
    pub(super) fn api(&self) -> ApiOptions {
        match self.through.asked() {
            Asked::Stripe => self.api.only_typed(),
            Asked::Local | Asked::Nobody => self.api.clone(),
        }
    }

    /// How the results are given.
    pub(super) fn results(&self) -> Results {
        Results { format: self.output.format, files: self.reports.clone() }
    }
}

/// How events are made.
#[derive(Args, Debug)]
#[command(next_help_heading = "Events")]
struct PayloadOptions {
    /// Set a field of the payload (repeatable)
    ///
    /// `amount`, `currency`, `customer` and `email` are those of the whole story. A path starts at the event (`data.object.metadata.order=7`) or at its object
    /// (`metadata.order=7`, `items.data[0].quantity=3`). A value may be JSON (`metadata={"a":"1"}`).
    /// An event type, a pattern or the number of a step in front sets it in those events only
    /// (`invoice.paid:metadata.order=7`, `3:description=x`).
    #[arg(long, env = "DEVTOOL_SET", value_name = "PATH=VALUE", value_parser = Setting::parse)]
    set: Vec<Setting>,

    /// Remove a field from the payload, or an element from a list (repeatable)
    #[arg(hide_short_help = true, long, env = "DEVTOOL_UNSET", value_name = "PATH", value_parser = Setting::parse_removal)]
    unset: Vec<Setting>,

    /// Use the id of an object of your own (repeatable)
    ///
    /// For example, `price=price_123`. The object's name may have a role, as in `about` of a scenario's step (`price/upgraded=price_456`).
    #[arg(long, env = "DEVTOOL_ID", value_name = "OBJECT=ID", value_parser = Setting::parse_id, add = completers::ids())]
    id: Vec<Setting>,

    /// Let --set add fields that the event does not have
    #[arg(hide_short_help = true, long)]
    force: bool,

    /// Send the events as if they came from this connected account
    #[arg(hide_short_help = true, long, env = "DEVTOOL_ACCOUNT", value_name = "ACCOUNT", value_parser = id::account)]
    account: Option<String>,

    /// API version of the events, in the shape of that version where devtool knows it
    #[arg(hide_short_help = true, long, env = "DEVTOOL_API_VERSION", value_name = "VERSION", value_parser = checked_api_version)]
    api_version: Option<String>,

    /// Seed for generated ids; use it to reproduce a run
    #[arg(hide_short_help = true, long, env = "DEVTOOL_SEED", value_name = "NUMBER")]
    seed: Option<u32>,
}

impl DeliveryOptions {
    /// Whether the user has objects of their own.
    pub(super) fn has_ids(&self) -> bool {
        !self.payload.id.is_empty()
    }

    /// The API version that was asked for.
    pub(super) fn api_version(&self) -> Option<String> {
        self.payload.api_version.clone()
    }

    /// The job of these options, of devtool.toml and of the defaults.
    pub(super) fn job(
        self,
        name: Option<String>,
        scenario: Scenario,
        context: &mut Context,
    ) -> Result<Job> {
        let api = self.api();
        let default = self.endpoint.job(scenario, context)?;
        let history = self.recording.place(&context.config()?, context)?;
        let api = run_api::use_of(&api, history.as_ref(), context)?;
        // Events are built meanwhile.
        context.opening = history.as_ref().map(Opening::begin);
        let explicit = Explicit {
            seed: self.payload.seed.is_some(),
            api_version: self.payload.api_version.is_some(),
            ..default.explicit
        };
        Ok(Job {
            explicit,
            side_events: self.through.side_events(),
            api,
            name,
            seed: self.payload.seed.map_or(default.seed, Seed),
            account: self.payload.account,
            api_version: self.payload.api_version.unwrap_or(default.api_version),
            settings: [self.payload.set, self.payload.unset, self.payload.id].concat(),
            new_fields: if self.payload.force { NewFields::Added } else { NewFields::Refused },
            retry: self.retry.schedule(),
            wait_for_app: self.wait.duration(),
            history,
            on_failure: if self.fail_fast { OnFailure::Stop } else { OnFailure::GoOn },
            ..default
        })
    }
}
