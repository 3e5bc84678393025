//! The options of the local Stripe API.

use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// Whether the app can ask a local Stripe API meanwhile, and where. Options of it that are typed need `--api`; in the
/// environment, they wait for it.
#[derive(Clone, Debug, Default)]
pub(super) struct ApiOptions(ApiFlags);

/// The options, as they are typed or set in the environment.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Local API")]
struct ApiFlags {
    /// Run a local Stripe API that serves what the events are about, for handlers that ask Stripe
    #[arg(long, env = "DEVTOOL_API", value_parser = FalseyValueParser::new())]
    api: bool,

    /// Port of the local Stripe API, 0 for a free one [default: 12111, or the next free one]
    #[arg(long, env = "DEVTOOL_API_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16))]
    api_port: Option<u16>,
}

/// The options that say something about the API.
const ABOUT_IT: [&str; 1] = ["api_port"];

impl ApiOptions {
    /// Whether there is to be one.
    pub(super) const fn is_wanted(&self) -> bool {
        self.0.api
    }

    /// The port that it has to have.
    pub(super) const fn port(&self) -> Option<u16> {
        self.0.api_port
    }
}

impl FromArgMatches for ApiOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let flags = ApiFlags::from_arg_matches(matches)?;
        let is_typed = |name: &&str| matches.value_source(name) == Some(ValueSource::CommandLine);
        match ABOUT_IT.iter().find(|name| is_typed(name)) {
            Some(name) if !flags.api => {
                let message = format!("the argument '--{}' needs '--api'", name.replace('_', "-"));
                Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, message))
            }
            _ => Ok(Self(flags)),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for ApiOptions {
    fn augment_args(command: Command) -> Command {
        ApiFlags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        ApiFlags::augment_args_for_update(command)
    }
}
