//! `devtool api`.

use std::collections::HashSet;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::api_deliveries::{Delivered, Deliveries};
use super::api_options::FaultOptions;
use super::api_recorded::RecordedEvents;
use super::api_running::{RunningApiCommand, status};
use super::api_state::StateOptions;
use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::history_options::HistoryOptions;
use super::out::Verbosity;
use super::output_options::{Format, OutputOptions};
use super::run_api;
use crate::api::{Api, ApiCall, ApiLink, ApiServer, RunningApi, session};
use crate::config::{FileClaim, secret};
use crate::error::{Error, Exit, Kind, Result};
use crate::event::id::Seed;
use crate::history::{NewlyRecorded, Storage};
use crate::report;
use crate::report::api::{ApiHeading, LIBRARIES};
use crate::text::escape;

/// Keep up a local Stripe API of all runs and recorded events
///
/// It runs until Ctrl-C, and shows each call. Scenarios, triggers and replays that start meanwhile tell it of their
/// events. It also serves the objects of the events in the history, each in its newest state, and of those that are
/// recorded meanwhile.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct ApiArguments {
    #[command(subcommand)]
    command: Option<RunningApiCommand>,

    /// Port of the local Stripe API, 0 for a free one [default: 12111, or the next free one]
    #[arg(long, env = "DEVTOOL_API_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16))]
    api_port: Option<u16>,

    /// Show only how to point the library of this language at it
    #[arg(long, value_name = "LANGUAGE", value_parser = PossibleValuesParser::new(LIBRARIES.map(|(name, _)| name)))]
    sdk: Option<String>,

    /// Say where a running one is, and end; exit code 4 where none runs
    #[arg(long, conflicts_with = "sdk")]
    status: bool,

    #[command(flatten)]
    endpoint: EndpointOptions,

    #[command(flatten)]
    faults: FaultOptions,

    #[command(flatten)]
    state: StateOptions,

    #[command(flatten)]
    place: HistoryOptions,

    /// Serve no recorded events
    #[arg(long, help_heading = "History")]
    no_history: bool,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool api
  devtool api --sdk python
  devtool api --status
  devtool api complete pi_… --decline insufficient_funds
  devtool api advance 1mo
  devtool api --data state.db --objects objects.json
  devtool api --api-port 12112 --format json
  devtool api --api-fault 'GET /v1/customers/*=500*2'";

/// How long calls that have ended may wait to be shown.
const SHOW_INTERVAL: Duration = Duration::from_millis(20);
impl ApiArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        if let Some(command) = self.command {
            return command.execute(context);
        }
        if self.status {
            return status(self.output.format, context);
        }
        // What is shown holds no answer up.
        let runtime = Context::two_threads()?;
        let exit = runtime.block_on(self.serve(context));
        // An answer that had no time to end is not waited for.
        runtime.shutdown_background();
        exit
    }

    async fn serve(self, context: &mut Context) -> Result<Exit> {
        let graceful = context.shutdown.graceful();
        let stop = graceful.token().clone();
        let config = context.config()?;
        context.strike_out_all(&config);
        let place = self.storage(context)?;
        let (errors, mut trouble) = mpsc::channel(1);
        let recording = place.clone();
        let mut recorded = place.map(|place| RecordedEvents::new(place, errors));
        let api = Api::new();
        api.draw_from(Seed::random()?);
        // It lasts as long as the API.
        let (faults, latency) = (self.faults.faults(), self.faults.latency());
        let link = ApiLink::here(api.clone(), faults, latency);
        let to = (self.endpoint.clone(), self.faults.release());
        let deliveries = Deliveries::new(to, recording.as_ref(), (&link, &stop), context).await?;
        let first = || recorded.as_mut().map(|served| served.first(&api)).transpose();
        let (first, kept) = self.state.begin(&api, context, first)?;
        let server = run_api::bind(self.api_port, context).await?;
        let endpoint = deliveries.main.as_ref().map(|(endpoint, secret)| {
            let source = secret.source.describe(&context.environment.working_directory);
            (endpoint.clone(), format!("{} ({source})", secret.secret.hint()))
        });
        let heading = ApiHeading { endpoint, kept, ..heading(&server, first, self.sdk) };
        if let Some(served) = recorded {
            served.follow(&api);
        }
        // Runs tell it of their events as long as this is kept.
        let claim = claim(&api, &server, context)?;
        let serving = tokio::spawn(server.serve(api.clone(), context.clock, stop.clone()));
        let format = self.output.format;
        show_heading(&heading, format, context);
        let news = Some(deliveries.start(stop.clone()));
        let mut shown = Shown { news, ..Shown::default() };
        shown.follow(&api, (&stop, &mut trouble), format, context).await;
        drop(claim);
        // It does not panic, and nobody aborts it.
        let _ = serving.await;
        show(&shown.ended(&api), format, context);
        // Deliveries that end now have nobody to wait for.
        drop(shown);
        deliveries.end(context).await;
        Ok(Exit::Done)
    }

    /// Where the history is; `None` where it is not to be served, or nobody knows.
    ///
    /// # Errors
    /// The project's file must not be there.
    fn storage(&self, context: &mut Context) -> Result<Option<Storage>> {
        if self.no_history {
            return Ok(None);
        }
        match self.place.place(&context.config()?) {
            Err(error) if error.kind() != Kind::History => {
                let cause = error.with_root_cause();
                context.out.warning(&format!("no recorded events are served: {cause}"));
                Ok(None)
            }
            place => place.map(Some),
        }
    }
}

/// The place that runs see it by. Without one, it serves what is recorded all the same.
///
/// # Errors
/// The system gives no random bytes.
fn claim(api: &Api, server: &ApiServer, context: &mut Context) -> Result<Option<FileClaim>> {
    let running = RunningApi {
        pid: std::process::id(),
        port: server.port(),
        token: secret::random_digits::<32>()?,
        started_at: context.clock.now().rfc3339(),
    };
    api.admit(running.token.clone());
    let place = session::place();
    let why = match place.as_ref().map(|place| session::publish(place, &running)) {
        Ok(Ok(Some(claim))) => return Ok(Some(claim)),
        Ok(Ok(None)) => "another `devtool api` runs, which they tell".to_owned(),
        Ok(Err(error)) => error.with_root_cause(),
        Err(error) => error.with_root_cause(),
    };
    context.out.warning(&format!("runs do not tell this API of their events: {why}"));
    Ok(None)
}

fn heading(
    server: &ApiServer,
    first: Option<NewlyRecorded>,
    library: Option<String>,
) -> ApiHeading {
    ApiHeading {
        url: server.url(),
        port: server.port(),
        is_cut: first.as_ref().is_some_and(|recorded| recorded.is_cut),
        recorded: first.map(|recorded| recorded.found.bodies.len()),
        endpoint: None,
        kept: Vec::new(),
        library,
    }
}

fn show_heading(heading: &ApiHeading, format: Format, context: &mut Context) {
    match format {
        Format::Text => {
            let text = report::api::heading(heading, context.out.layout());
            context.out.result(&text);
        }
        Format::Compact => context.out.note(&format!("api: {}", heading.url)),
        Format::Json => context.out.result(&report::api::json_heading(heading)),
    }
}

fn show(calls: &[ApiCall], format: Format, context: &mut Context) {
    let is_quiet = context.out.verbosity == Verbosity::Quiet;
    let has_failed = |call: &&ApiCall| call.status.is_none_or(|status| status >= 400);
    let calls = calls.iter().filter(|call| !is_quiet || has_failed(call));
    let layout = context.out.layout();
    let text: String = calls
        .map(|call| match format {
            Format::Json => report::api::json(call),
            Format::Text | Format::Compact => report::api::line(call, layout),
        })
        .collect();
    context.out.result(&text);
}

/// The next delivery that has ended; never where there are none.
async fn next(news: &mut Option<mpsc::Receiver<Delivered>>) -> Option<Delivered> {
    match news {
        Some(news) => news.recv().await,
        None => std::future::pending().await,
    }
}

/// Which calls were shown: all of the first ones, but for those that are under way.
#[derive(Default)]
struct Shown {
    seen: u64,
    under_way: Vec<u64>,
    /// Deliveries that have ended, where there are any.
    news: Option<mpsc::Receiver<Delivered>>,
    /// Whether it was said that events are not delivered.
    has_said: bool,
    /// Webhook endpoints of which it was said that events do not go there.
    refused: HashSet<String>,
}

impl Shown {
    /// Shows each call as it ends, and errors of the history, until that is cancelled.
    async fn follow(
        &mut self,
        api: &Api,
        (stop, trouble): (&CancellationToken, &mut mpsc::Receiver<Error>),
        format: Format,
        context: &mut Context,
    ) {
        let mut said = None;
        loop {
            tokio::select! {
                () = api.call_ended() => {
                    show(&self.ended(api), format, context);
                    // Those that end meanwhile are shown together: to wake for each takes the server's time.
                    let _ = timeout(SHOW_INTERVAL, stop.cancelled()).await;
                }
                Some(news) = next(&mut self.news) => {
                    // By `stripe listen`, somebody hears of it all the same.
                    if !matches!(news, Delivered::Lost(_)) || !api.has_sessions() {
                        self.show_delivery(&news, format, context);
                    }
                }
                Some(error) = trouble.recv() => {
                    let text = error.with_root_cause();
                    if said.as_ref() != Some(&text) {
                        let text = format!("what is recorded now is not served: {text}");
                        context.out.warning(&text);
                    }
                    said = Some(text);
                }
                () = stop.cancelled() => break,
            }
        }
    }

    fn show_delivery(&mut self, news: &Delivered, format: Format, context: &mut Context) {
        let layout = context.out.layout();
        match news {
            Delivered::Endless(event) => {
                if !std::mem::replace(&mut self.has_said, true) {
                    context.out.warning(&report::api::endless(event));
                }
            }
            Delivered::Lost(event) => {
                if !std::mem::replace(&mut self.has_said, true) {
                    context.out.warning(&report::api::lost(event));
                }
            }
            Delivered::Refused(webhook, why) => {
                if self.refused.insert(webhook.clone()) {
                    context.out.warning(&escape::line(why));
                }
            }
            Delivered::Done(event, exchange) => context.out.result(&match format {
                Format::Json => report::api::delivery_json(event, exchange),
                Format::Text | Format::Compact => report::api::delivery(event, exchange, layout),
            }),
        }
    }

    /// The calls that have ended meanwhile.
    fn ended(&mut self, api: &Api) -> Vec<ApiCall> {
        let before = self.under_way.first().map_or(self.seen, |first| first.saturating_sub(1));
        let mut calls = api.calls_since(before);
        calls.retain(|call| call.number > self.seen || self.under_way.contains(&call.number));
        self.seen = calls.last().map_or(self.seen, |last| last.number.max(self.seen));
        let (ended, under_way): (_, Vec<ApiCall>) =
            calls.into_iter().partition(|call| call.latency.is_some());
        self.under_way = under_way.iter().map(|call| call.number).collect();
        ended
    }
}
