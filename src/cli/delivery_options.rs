//! The options of everything that sends events to an endpoint.

use std::time::Duration;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::context::Context;
use super::history_options::RecordingOptions;
use super::output_options::Output;
use super::report_options::{ReportOptions, Results};
use super::retry_options::RetryOptions;
use super::through_options::ThroughOptions;
use super::watch::WatchSeed;
use crate::config::FileConfig;
use crate::config::file::{checked_api_version, positive_duration};
use crate::delivery::{Certificates, Endpoint, Header, Hosts, RetrySchedule};
use crate::error::Result;
use crate::event::Catalogue;
use crate::event::id::{self, Seed};
use crate::event::setting::{NewFields, Setting};
use crate::runner::{Explicit, Job, OnFailure, SideEvents, Traffic};
use crate::scenario::Scenario;

/// How long to wait for one answer: the same as the Stripe CLI.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Where events go, how they are made, and what is said about them.
#[derive(Args, Debug)]
pub(super) struct DeliveryOptions {
    #[command(flatten)]
    pub(super) endpoint: EndpointOptions,

    #[command(flatten)]
    payload: PayloadOptions,

    /// Stop after the first failure
    #[arg(long, help_heading = "Events", env = "DEVTOOL_FAIL_FAST", value_parser = FalseyValueParser::new())]
    fail_fast: bool,

    #[command(flatten)]
    pub(super) through: ThroughOptions,

    #[command(flatten)]
    retry: RetryOptions,

    #[command(flatten)]
    recording: RecordingOptions,

    #[command(flatten)]
    pub(super) output: Output,

    #[command(flatten)]
    pub(super) reports: ReportOptions,
}

impl DeliveryOptions {
    /// Whether each run of a watch has ids of its own.
    pub(super) fn watch_seed(&self) -> WatchSeed {
        if self.payload.seed.is_some() { WatchSeed::Given } else { WatchSeed::Fresh }
    }

    /// How the results are given.
    pub(super) fn results(&self) -> Results {
        Results { format: self.output.format, files: self.reports.clone() }
    }
}

/// Where events go.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Endpoint")]
pub(super) struct EndpointOptions {
    /// Port of the endpoint on this machine [default: 5000]
    #[arg(long, env = "DEVTOOL_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,

    /// Path of the endpoint [default: /webhook]
    #[arg(long, env = "DEVTOOL_PATH", value_name = "PATH")]
    path: Option<String>,

    /// Full URL of the endpoint
    #[arg(long, env = "DEVTOOL_URL", value_name = "URL", alias = "forward-to")]
    url: Option<String>,

    /// Signing secret of the endpoint
    ///
    /// By default, devtool looks for `STRIPE_WEBHOOK_SECRET` in the environment, then in `.env`, then for
    /// `secret` in devtool.toml. If there is none, it uses a secret of its own: `devtool secret` prints it.
    #[arg(long, env = "DEVTOOL_SECRET", value_name = "SECRET")]
    secret: Option<String>,

    /// How long to wait for each answer, such as 500ms or 10s [default: 30s]
    #[arg(long, env = "DEVTOOL_TIMEOUT", value_name = "DURATION", value_parser = positive_duration)]
    timeout: Option<Duration>,

    /// Add a header to each request (repeatable)
    #[arg(long, env = "DEVTOOL_HEADER", value_name = "NAME: VALUE", alias = "headers")]
    header: Vec<Header>,

    /// Accept any TLS certificate from an https endpoint on this machine
    #[arg(long, env = "DEVTOOL_SKIP_VERIFY", value_parser = FalseyValueParser::new())]
    skip_verify: bool,

    /// Allow an endpoint that is not on this machine
    #[arg(long, env = "DEVTOOL_ALLOW_REMOTE", value_parser = FalseyValueParser::new())]
    allow_remote: bool,
}

/// How events are made.
#[derive(Args, Debug)]
#[command(next_help_heading = "Events")]
struct PayloadOptions {
    /// Set a field of the payload, or the story's amount, currency, customer or email (repeatable)
    ///
    /// A path starts at the event (`data.object.metadata.order=7`) or at its object
    /// (`metadata.order=7`, `items.data[0].quantity=3`). A value may be JSON (`metadata={"a":"1"}`).
    #[arg(long, env = "DEVTOOL_SET", value_name = "PATH=VALUE", value_parser = Setting::parse)]
    set: Vec<Setting>,

    /// Remove a field from the payload, or an element from a list (repeatable)
    #[arg(long, env = "DEVTOOL_UNSET", value_name = "PATH", value_parser = Setting::parse_removal)]
    unset: Vec<Setting>,

    /// Let --set add fields that the event does not have
    #[arg(long, env = "DEVTOOL_FORCE", value_parser = FalseyValueParser::new())]
    force: bool,

    /// Send the events as if they came from this connected account
    #[arg(long, env = "DEVTOOL_ACCOUNT", value_name = "ACCOUNT", value_parser = id::account)]
    account: Option<String>,

    /// API version of the events, in the shape of that version where devtool knows it
    #[arg(long, env = "DEVTOOL_API_VERSION", value_name = "VERSION", value_parser = checked_api_version)]
    api_version: Option<String>,

    /// Seed for generated ids; use it to reproduce a run
    #[arg(long, env = "DEVTOOL_SEED", value_name = "NUMBER")]
    seed: Option<u32>,
}

impl DeliveryOptions {
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
        let explicit = Explicit {
            seed: self.payload.seed.is_some(),
            api_version: self.payload.api_version.is_some(),
            timeout: self.endpoint.timeout.is_some(),
        };
        let usual = self.endpoint.job(scenario, context)?;
        Ok(Job {
            explicit,
            side_events: self.through.side_events(),
            name,
            seed: self.payload.seed.map_or(usual.seed, Seed),
            account: self.payload.account,
            api_version: self.payload.api_version.unwrap_or(usual.api_version),
            settings: [self.payload.set, self.payload.unset].concat(),
            new_fields: if self.payload.force { NewFields::Added } else { NewFields::Refused },
            retry: self.retry.schedule(),
            history: self.recording.place(&context.config()?, context),
            on_failure: if self.fail_fast { OnFailure::Stop } else { OnFailure::GoOn },
            ..usual
        })
    }
}

impl EndpointOptions {
    /// Whether they name an endpoint.
    pub(super) const fn is_given(&self) -> bool {
        self.url.is_some() || self.port.is_some() || self.path.is_some()
    }

    /// Forgets what a whole URL replaces.
    pub(super) fn forget_parts(&mut self) {
        self.port = None;
        self.path = None;
    }

    /// The job of these options alone.
    pub(super) fn job(self, scenario: Scenario, context: &mut Context) -> Result<Job> {
        let config = context.config()?;
        Ok(Job {
            scenario,
            name: None,
            endpoint: self.endpoint(&config)?,
            hosts: if self.allow_remote { Hosts::Any } else { Hosts::Loopback },
            secret: context.secret(self.secret.as_deref(), &config)?,
            seed: Seed::random()?,
            settings: Vec::new(),
            new_fields: NewFields::Refused,
            certificates: self.certificates(),
            timeout: self.timeout.or(config.timeout).unwrap_or(DEFAULT_TIMEOUT),
            headers: self.header,
            account: None,
            api_version: config.api_version.unwrap_or_else(|| Catalogue::api_version().to_owned()),
            retry: RetrySchedule::none(),
            on_failure: OnFailure::GoOn,
            history: None,
            traffic: Traffic::default(),
            side_events: SideEvents::default(),
            explicit: Explicit::default(),
        })
    }

    /// The endpoint: the URL of the option, of devtool.toml, or the usual one, with the port and the
    /// path that are given on their own.
    fn endpoint(&self, config: &FileConfig) -> Result<Endpoint> {
        let configured = config.url.as_ref().map(|url| Endpoint::read(url.as_ref()));
        let configured = configured.transpose().map_err(|reason| config.fault_in_url(&reason))?;
        let mut endpoint = match (&self.url, configured) {
            (Some(url), _) => Endpoint::parse(url)?,
            (None, Some(configured)) => configured,
            (None, None) => Endpoint::usual()?,
        };
        if let Some(port) = self.port {
            endpoint = endpoint.with_port(port);
        }
        Ok(match &self.path {
            Some(path) => endpoint.with_path(path),
            None => endpoint,
        })
    }

    fn certificates(&self) -> Certificates {
        if self.skip_verify { Certificates::Ignored } else { Certificates::Checked }
    }
}
