//! The options of the local Stripe API.

use std::str::FromStr as _;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches, ValueEnum};

use crate::api::EventRelease;
use crate::config::file::positive_duration;
use crate::protocol::ApiFault;

/// Whether the app can ask a local Stripe API meanwhile, and where. Options of it that are typed need `--api`; in the
/// environment, they wait for it.
#[derive(Clone, Debug, Default)]
pub(super) struct ApiOptions {
    flags: ApiFlags,
    /// The first of the options that is typed.
    typed: Option<&'static str>,
}

/// The options, as they are typed or set in the environment.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Delivery")]
struct ApiFlags {
    /// Serve the events' objects from a local Stripe API
    ///
    /// For handlers that ask Stripe for more than the event holds.
    #[arg(long, env = "DEVTOOL_API", value_parser = FalseyValueParser::new())]
    api: bool,

    /// Port of the local Stripe API, 0 for a free one [default: 12111, or the next free one]
    #[arg(hide_short_help = true, long, env = "DEVTOOL_API_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16))]
    api_port: Option<u16>,

    #[command(flatten)]
    faults: FaultOptions,
}

/// What happens to calls.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Local API")]
#[expect(clippy::struct_field_names, reason = "they are the options' names")]
pub(super) struct FaultOptions {
    /// Make calls of the local API fail, such as 'GET /v1/customers/*=500*2' (repeatable)
    ///
    /// The faults are 500, 429, `lock_timeout` (a 429 to try again after), 404, timeout (no answer) and close (the
    /// connection is closed), before anything is done, and `500!`, which Stripe keeps under the idempotency key and
    /// answers again; `*2` means the first two times.
    #[arg(hide_short_help = true, long, env = "DEVTOOL_API_FAULT", value_name = "CALLS=FAULT", value_parser = ApiFault::from_str)]
    api_fault: Vec<ApiFault>,

    /// How long each answer of the local API takes at least, such as 300ms
    #[arg(hide_short_help = true, long, env = "DEVTOOL_API_LATENCY", value_name = "DURATION", value_parser = positive_duration)]
    api_latency: Option<Duration>,

    /// Deliver the events of a call after it was answered, or before
    ///
    /// Stripe promises neither.
    #[arg(
        hide_short_help = true,
        long,
        env = "DEVTOOL_API_EVENTS",
        value_name = "WHEN",
        default_value = "after"
    )]
    api_events: WhenDelivered,
}

/// When the events of a call are delivered.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum WhenDelivered {
    #[default]
    After,
    Before,
}

impl FaultOptions {
    /// What happens to calls.
    pub(super) fn faults(&self) -> Vec<ApiFault> {
        self.api_fault.clone()
    }

    /// When the events of a call are delivered.
    pub(super) const fn release(&self) -> EventRelease {
        match self.api_events {
            WhenDelivered::After => EventRelease::After,
            WhenDelivered::Before => EventRelease::Before,
        }
    }

    /// How long each answer takes at least.
    pub(super) fn latency(&self) -> Duration {
        self.api_latency.unwrap_or_default()
    }
}

/// Whether there is to be one.
const WANTED: &str = "api";

/// The options that say something about the API.
const ABOUT_IT: [&str; 4] = ["api_port", "api_fault", "api_latency", "api_events"];

impl ApiOptions {
    /// Whether there is to be one.
    pub(super) const fn is_wanted(&self) -> bool {
        self.flags.api
    }

    /// The first of the options that is typed, as it is typed: what is set in the environment is for other runs, too.
    pub(super) fn typed(&self) -> Option<String> {
        self.typed.map(|name| format!("--{}", name.replace('_', "-")))
    }

    /// The same without an API that only the environment asks for.
    pub(super) fn only_typed(&self) -> Self {
        let mut options = self.clone();
        options.flags.api &= self.typed == Some(WANTED);
        options
    }

    /// The port that it has to have.
    pub(super) const fn port(&self) -> Option<u16> {
        self.flags.api_port
    }

    /// What happens to calls.
    pub(super) fn faults(&self) -> Vec<ApiFault> {
        self.flags.faults.faults()
    }

    /// When the events of a call are delivered.
    pub(super) const fn release(&self) -> EventRelease {
        self.flags.faults.release()
    }

    /// How long each answer takes at least.
    pub(super) fn latency(&self) -> Duration {
        self.flags.faults.latency()
    }
}

impl FromArgMatches for ApiOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let flags = ApiFlags::from_arg_matches(matches)?;
        let is_typed = |name: &&str| matches.value_source(name) == Some(ValueSource::CommandLine);
        let is_of_use = |name: &str| {
            flags.api || is_offline_listen(matches) || (name == "api_port" && is_offline(matches))
        };
        if let Some(name) = ABOUT_IT.iter().find(|name| is_typed(name) && !is_of_use(name)) {
            let message = format!("the argument '--{}' needs '--api'", name.replace('_', "-"));
            return Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, message));
        }
        let typed = [WANTED].into_iter().chain(ABOUT_IT).find(is_typed);
        Ok(Self { flags, typed })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Whether the Stripe CLI is to run on a local API.
fn is_offline(matches: &ArgMatches) -> bool {
    matches.try_get_one::<bool>("offline").ok().flatten() == Some(&true)
}

/// Whether a listen is to have a local API for Stripe. A run through Stripe has other words for who sends.
fn is_offline_listen(matches: &ArgMatches) -> bool {
    is_offline(matches) && matches.try_contains_id("via").is_err()
}

impl Args for ApiOptions {
    fn augment_args(command: Command) -> Command {
        ApiFlags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        ApiFlags::augment_args_for_update(command)
    }
}
