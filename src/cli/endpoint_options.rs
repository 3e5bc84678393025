//! Where events go, and how: the options of the endpoint.

use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::context::Context;
use super::in_use;
use super::routes;
use crate::config::FileConfig;
use crate::config::file::positive_duration;
use crate::delivery::{Certificates, Endpoint, Header, Hosts, RetrySchedule};
use crate::error::Result;
use crate::event::Catalogue;
use crate::event::changes::NewFields;
use crate::event::id::Seed;
use crate::runner::app_state::StateSources;
use crate::runner::{ApiUse, Explicit, Job, OnFailure, SideEvents, Traffic};
use crate::scenario::Scenario;

/// How long to wait for one answer: the same as the Stripe CLI.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Where events go. A typed `--url` takes the place of `--port` and `--path` of the environment; beside
/// typed ones it is an error.
#[derive(Clone, Debug, Default)]
pub(super) struct EndpointOptions(Flags);

/// The options, as they are typed or set in the environment.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Endpoint")]
struct Flags {
    /// Port of the endpoint on this machine [default: 5000]
    #[arg(long, short, env = "DEVTOOL_PORT", value_name = "PORT", value_parser = port)]
    port: Option<u16>,

    /// Path of the endpoint [default: /webhook]
    #[arg(long, env = "DEVTOOL_PATH", value_name = "PATH")]
    path: Option<String>,

    /// Full URL of the endpoint
    #[arg(long, env = "DEVTOOL_URL", value_name = "URL", alias = "forward-to")]
    url: Option<String>,

    /// Signing secret of the endpoint
    ///
    /// By default, devtool looks for `STRIPE_WEBHOOK_SECRET` in the environment, then in
    /// `.env.development.local`, `.env.local`, `.env.development` and `.env`, then for `secret` in devtool.toml.
    /// If there is none, it uses a secret of its own: `devtool secret` prints it.
    #[arg(long, env = "DEVTOOL_SECRET", value_name = "SECRET")]
    secret: Option<String>,

    /// How long to wait for each answer, such as 500ms or 10s [default: 30s]
    #[arg(hide_short_help = true, long, env = "DEVTOOL_TIMEOUT", value_name = "DURATION", value_parser = positive_duration)]
    timeout: Option<Duration>,

    /// Add a header to each request (repeatable)
    #[arg(
        hide_short_help = true,
        long,
        short = 'H',
        env = "DEVTOOL_HEADER",
        value_name = "NAME: VALUE"
    )]
    header: Vec<Header>,

    /// Accept any TLS certificate from an https endpoint on this machine
    #[arg(hide_short_help = true, long, env = "DEVTOOL_SKIP_VERIFY", value_parser = FalseyValueParser::new())]
    skip_verify: bool,

    /// Allow an endpoint that is not on this machine
    #[arg(hide_short_help = true, long, env = "DEVTOOL_ALLOW_REMOTE", value_parser = FalseyValueParser::new())]
    allow_remote: bool,
}

/// Reads a port.
pub(super) fn port(text: &str) -> std::result::Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| "expected a number from 1 to 65535".to_owned())
}

impl FromArgMatches for EndpointOptions {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let is_typed = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
        let mut flags = Flags::from_arg_matches(matches)?;
        if is_typed("url") {
            if let Some(part) = ["port", "path"].into_iter().find(|part| is_typed(part)) {
                let message = format!("the argument '--url' cannot be used with '--{part}'");
                return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
            }
            flags.port = None;
            flags.path = None;
        }
        Ok(Self(flags))
    }

    fn update_from_arg_matches(
        &mut self,
        matches: &ArgMatches,
    ) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for EndpointOptions {
    fn augment_args(command: Command) -> Command {
        Flags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Flags::augment_args_for_update(command)
    }
}

impl EndpointOptions {
    /// Whether they name an endpoint.
    pub(super) const fn is_given(&self) -> bool {
        self.0.url.is_some() || self.0.port.is_some() || self.0.path.is_some()
    }

    /// The secret that they give.
    pub(super) fn secret(&self) -> Option<&str> {
        self.0.secret.as_deref()
    }

    /// The endpoints in force: the one of these options or else of devtool.toml, and those that count without
    /// these options.
    pub(super) fn in_force(&self, context: &Context) -> Result<Vec<Endpoint>> {
        let config = context.config()?;
        let mut endpoints = vec![self.endpoint(&config)?];
        let usual = Self::default().endpoint(&config)?;
        for endpoint in std::iter::once(usual).chain(routes::endpoints(&config)?) {
            if !endpoints.contains(&endpoint) {
                endpoints.push(endpoint);
            }
        }
        Ok(endpoints)
    }

    /// The job of these options alone.
    pub(super) fn job(self, scenario: Scenario, context: &mut Context) -> Result<Job> {
        let config = context.config()?;
        let secret = context.secret(self.0.secret.as_deref(), &config)?;
        let endpoint = self.endpoint(&config)?;
        in_use::of_endpoint(&endpoint, &context.out.redactor);
        in_use::of_headers(&self.0.header, &context.out.redactor);
        // Who names an endpoint means that one.
        let routes = if self.is_given() { Vec::new() } else { routes::of_file(&config, &secret)? };
        Ok(Job {
            scenario,
            name: None,
            endpoint,
            hosts: if self.0.allow_remote { Hosts::Any } else { Hosts::Loopback },
            secret,
            routes,
            seed: Seed::random()?,
            settings: Vec::new(),
            new_fields: NewFields::Refused,
            certificates: self.certificates(),
            timeout: self.0.timeout.or(config.timeout).unwrap_or(DEFAULT_TIMEOUT),
            headers: self.0.header,
            account: None,
            api_version: config.api_version.unwrap_or_else(|| Catalogue::api_version().to_owned()),
            retry: RetrySchedule::none(),
            wait_for_app: Duration::ZERO,
            on_failure: OnFailure::GoOn,
            history: None,
            traffic: Traffic::default(),
            side_events: SideEvents::default(),
            api: ApiUse::None,
            app_state: StateSources::default(),
            explicit: Explicit { timeout: self.0.timeout.is_some(), ..Explicit::default() },
            command: context.typed.clone(),
        })
    }

    /// The endpoint: the URL of the option, of devtool.toml, or the default one, with the port and the
    /// path that are given on their own.
    fn endpoint(&self, config: &FileConfig) -> Result<Endpoint> {
        let configured = config.url.as_ref().map(|url| Endpoint::read(url.as_ref()));
        let configured = configured.transpose().map_err(|reason| config.error_in_url(&reason))?;
        let mut endpoint = match (&self.0.url, configured) {
            (Some(url), _) => Endpoint::parse(url)?,
            (None, Some(configured)) => configured,
            (None, None) => Endpoint::by_default()?,
        };
        if let Some(port) = self.0.port {
            endpoint = endpoint.with_port(port);
        }
        Ok(match &self.0.path {
            Some(path) => endpoint.with_path(path),
            None => endpoint,
        })
    }

    fn certificates(&self) -> Certificates {
        if self.0.skip_verify { Certificates::Ignored } else { Certificates::Checked }
    }
}
