//! What is listened for, and how it is passed on.

use std::time::Duration;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::context::Context;
use super::event_types;
use super::retry_options::RetryOptions;
use super::routes;
use crate::config::file::{RouteConfig, positive_duration};
use crate::config::{FileConfig, FoundSecret};
use crate::delivery::{Endpoint, EventTarget, Header, Route};
use crate::error::Result;
use crate::history::{Filter, Reader, Storage};
use crate::listen::{CatchUp, Choice};
use crate::protocol::Moment;
use crate::relay::{
    CONCURRENCY, DeliveryOrder, EventSource, Settings, Signing, UpstreamSettings, WINDOW,
};
use crate::stripe_cli::listen::Rendering;

/// Which events are listened for.
#[derive(Args, Debug)]
#[command(next_help_heading = "Events")]
pub(super) struct ChoiceOptions {
    /// Types to receive, such as invoice.* [default: all]
    #[arg(long, short, env = "DEVTOOL_EVENTS", value_name = "TYPES", value_delimiter = ',')]
    events: Vec<String>,

    /// Thin types to receive, '*' for all [default: none]
    #[arg(long, env = "DEVTOOL_THIN_EVENTS", value_name = "TYPES", value_delimiter = ',')]
    thin_events: Vec<String>,

    /// Receive events in the latest API version instead of the account's
    #[arg(hide_short_help = true, long, short, env = "DEVTOOL_LATEST", value_parser = FalseyValueParser::new())]
    latest: bool,
}

impl ChoiceOptions {
    /// The choice, patterns replaced by the types that they fit.
    pub(super) fn choice(&self, context: &mut Context) -> Result<Choice> {
        Ok(Choice {
            types: event_types::snapshot(&self.events, context)?,
            thin_types: event_types::thin(&self.thin_events, context)?,
            rendering: self.latest.then_some(Rendering::Latest),
        })
    }
}

/// How events are passed on.
#[derive(Args, Debug)]
#[command(next_help_heading = "Delivery")]
pub(super) struct RelayOptions {
    /// Maximum number of events to send at once [default: 8 to each endpoint]
    ///
    /// Each endpoint has its own; to all of them together devtool sends 1000 at once.
    #[arg(hide_short_help = true, long, env = "DEVTOOL_CONCURRENCY", value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    concurrency: Option<u16>,

    /// Deliver one event at a time, causes before effects
    #[arg(long, env = "DEVTOOL_ORDERED", value_parser = FalseyValueParser::new())]
    ordered: bool,

    /// How long --ordered waits for earlier events [default: 250ms]
    #[arg(hide_short_help = true, long, env = "DEVTOOL_WINDOW", value_name = "DURATION", value_parser = positive_duration, requires = "ordered")]
    window: Option<Duration>,

    /// Keep Stripe's signature instead of re-signing with the endpoint's secret
    #[arg(hide_short_help = true, long, env = "DEVTOOL_NO_RESIGN", value_parser = FalseyValueParser::new())]
    no_resign: bool,

    /// Send types such as invoice.* elsewhere (repeatable)
    #[arg(long, env = "DEVTOOL_ROUTE", value_name = "PATTERN=URL", value_parser = route)]
    route: Vec<(String, Endpoint)>,

    /// URL for events of connected accounts [default: the endpoint]
    #[arg(hide_short_help = true,
        long,
        short,
        env = "DEVTOOL_CONNECT_URL",
        value_name = "URL",
        alias = "forward-connect-to",
        value_parser = Endpoint::parse
    )]
    connect_url: Option<Endpoint>,

    /// Add a header to each request for a connected account (repeatable)
    #[arg(
        hide_short_help = true,
        long,
        env = "DEVTOOL_CONNECT_HEADER",
        value_name = "NAME: VALUE"
    )]
    connect_header: Vec<Header>,

    /// URL for thin events [default: the endpoint]
    #[arg(hide_short_help = true,
        long,
        env = "DEVTOOL_THIN_URL",
        value_name = "URL",
        alias = "forward-thin-to",
        value_parser = Endpoint::parse
    )]
    thin_url: Option<Endpoint>,

    #[command(flatten)]
    retry: RetryOptions,
}

fn route(text: &str) -> std::result::Result<(String, Endpoint), String> {
    let (pattern, url) = text.split_once('=').ok_or("expected `PATTERN=URL`")?;
    if pattern.is_empty() {
        return Err("expected a type or a pattern such as `invoice.*` before the `=`".to_owned());
    }
    let endpoint = Endpoint::parse(url).map_err(|error| error.to_string())?;
    Ok((pattern.to_owned(), endpoint))
}

impl RelayOptions {
    /// What the relay does. `main` is the endpoint of everything that has no other.
    pub(super) fn settings(
        self,
        main: UpstreamSettings,
        secret: &FoundSecret,
        choice: &Choice,
        config: &FileConfig,
    ) -> Result<Settings> {
        let signing = if self.no_resign { Signing::Stripes } else { Signing::With(secret.clone()) };
        let main = UpstreamSettings { signing, ..main };
        let mut settings = Settings::new(main.clone());
        if self.connect_url.is_some() || !self.connect_header.is_empty() {
            let endpoint = self.connect_url.unwrap_or_else(|| main.endpoint.clone());
            let headers = if self.connect_header.is_empty() {
                main.headers.clone()
            } else {
                self.connect_header
            };
            settings.upstreams.insert(
                EventSource::Connect,
                UpstreamSettings { endpoint, headers, ..main.clone() },
            );
        }
        if choice.thin_types.is_some() {
            let endpoint = self.thin_url.unwrap_or_else(|| main.endpoint.clone());
            settings
                .upstreams
                .insert(EventSource::Thin, UpstreamSettings { endpoint, ..main.clone() });
        }
        let typed = self.route.into_iter().map(|(pattern, endpoint)| Route {
            pattern,
            target: UpstreamSettings { endpoint, ..main.clone() },
        });
        settings.routes = typed.collect();
        let of_file = routes::of_file(config, secret)?.into_iter().zip(&config.route);
        settings.routes.extend(of_file.map(|(route, written)| upstream(route, written, &main)));
        settings.concurrency = self.concurrency.map_or(CONCURRENCY, usize::from);
        if self.ordered {
            settings.order = DeliveryOrder::Causal { window: self.window.unwrap_or(WINDOW) };
        }
        settings.retry = self.retry.schedule();
        Ok(settings)
    }
}

/// A route of devtool.toml; its own secret counts also where Stripe's signature is kept elsewhere.
fn upstream(
    route: Route<EventTarget>,
    written: &RouteConfig,
    main: &UpstreamSettings,
) -> Route<UpstreamSettings> {
    let Route { pattern, target: EventTarget { endpoint, secret } } = route;
    let own = written.secret.is_some().then_some(Signing::With(secret));
    let signing = own.unwrap_or_else(|| main.signing.clone());
    Route { pattern, target: UpstreamSettings { endpoint, signing, ..main.clone() } }
}

/// How missed events are found.
#[derive(Args, Debug)]
#[command(next_help_heading = "Delivery")]
pub(super) struct CatchUpOptions {
    /// Do not recover missed events
    #[arg(hide_short_help = true, long, env = "DEVTOOL_NO_CATCH_UP", value_parser = FalseyValueParser::new())]
    no_catch_up: bool,

    /// Recover events this far back first, such as 2h
    #[arg(long, value_name = "DURATION", value_parser = positive_duration, conflicts_with = "no_catch_up")]
    since: Option<Duration>,

    /// How often to check for missed events [default: 60s]
    #[arg(hide_short_help = true, long, env = "DEVTOOL_CATCH_UP_EVERY", value_name = "DURATION", value_parser = positive_duration)]
    catch_up_every: Option<Duration>,
}

impl CatchUpOptions {
    pub(super) fn catch_up(&self, history: Option<&Storage>, context: &Context) -> Result<CatchUp> {
        if self.no_catch_up {
            return Ok(CatchUp::Off);
        }
        let now = context.clock.now();
        let since = self.since.map(|ago| {
            let ago = i64::try_from(ago.as_secs()).unwrap_or(i64::MAX);
            Moment::from_seconds(now.seconds().saturating_sub(ago))
        });
        let known = match (since, history) {
            (Some(since), Some(place)) => known(place, since)?,
            _ => Vec::new(),
        };
        let interval = self.catch_up_every.unwrap_or(crate::listen::USUAL_INTERVAL);
        Ok(CatchUp::Every { interval, since, known })
    }
}

/// The events that came since then in earlier listens.
fn known(place: &Storage, since: Moment) -> Result<Vec<String>> {
    if !place.file.exists() {
        return Ok(Vec::new());
    }
    let reader = Reader::open(place)?;
    let entries = reader.list(&Filter { since: Some(since), ..Filter::default() })?;
    let of_stripe = entries.into_iter().filter(|entry| entry.command == "listen");
    Ok(of_stripe.map(|entry| entry.event_id).collect())
}
