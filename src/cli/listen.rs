//! `devtool listen`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use semver::Version;
use tokio_util::sync::CancellationToken;

use super::api_options::ApiOptions;
use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::history_options::{self, RecordingOptions};
use super::in_use;
use super::listen_options::{CatchUpOptions, ChoiceOptions, RelayOptions};
use super::listen_screen::ListenScreen;
use super::live::{Live, LiveJob};
use super::login;
use super::offline::{self, OfflineApi, OfflineOptions};
use super::output_options::{Format, OutputOptions};
use super::run_api;
use super::secret;
use super::stripe_options::{Driven, StripeOptions};
use crate::config::file::positive_duration;
use crate::config::{ApiKey, FileConfig, FoundSecret, Secret, directories};
use crate::delivery::Endpoint;
use crate::error::{Exit, Kind, Result};
use crate::history::{FileOrigin, Reader, Session, Storage};
use crate::listen::{self, AppJob, Claim, ListenJob, Running};
use crate::relay::{EventSource, Settings, Signing, UpstreamSettings};
use crate::report;
use crate::report::listen::{Heading, Signature};
use crate::scenario::Scenario;
use crate::stripe_cli::Stripe;
use crate::stripe_cli::login::Login;

/// Forward Stripe events to your endpoint and record them
///
/// devtool runs `stripe listen` to receive your account's test mode events. It records each event on
/// arrival, then delivers it: a few at a time, again if the connection breaks, later if the app is down.
/// It restarts `stripe listen` when that exits, and recovers events that were missed.
#[derive(Args, Debug)]
// `-f` as in the Stripe CLI, for which the URL is `--forward-to`.
#[command(after_long_help = EXAMPLES, mut_arg("url", |url| url.short('f')))]
pub(super) struct ListenArguments {
    #[command(flatten)]
    pub(super) endpoint: EndpointOptions,

    #[command(flatten)]
    choice: ChoiceOptions,

    #[command(flatten)]
    relay: RelayOptions,

    #[command(flatten)]
    catch_up: CatchUpOptions,

    #[command(flatten)]
    api: ApiOptions,

    #[command(flatten)]
    recording: RecordingOptions,

    #[command(flatten)]
    stripe: StripeOptions,

    #[command(flatten)]
    offline: OfflineOptions,

    /// Write the signing secret to this file
    ///
    /// The file's other lines stay.
    #[arg(long, help_heading = "Endpoint", env = "DEVTOOL_WRITE_ENV", value_name = "FILE")]
    write_env: Option<PathBuf>,

    /// Restart `stripe listen` if it is not ready within this time [default: 20s]
    #[arg(hide_short_help = true, long, env = "DEVTOOL_READY_WITHIN", value_name = "DURATION", value_parser = positive_duration)]
    ready_within: Option<Duration>,

    /// Show the running listens and exit
    #[arg(long, help_heading = None)]
    status: bool,

    #[command(flatten)]
    output: OutputOptions,

    /// Command that starts your app
    ///
    /// The app gets the signing secret in its environment, and ends with devtool.
    #[arg(value_name = "APP", last = true)]
    app: Vec<OsString>,
}

const EXAMPLES: &str = "Examples:
  devtool listen --port 5000
  devtool listen --port 5000 -- flask run --port 5000
  devtool listen --events 'invoice.*,customer.created' --retry 3
  devtool listen --port 5000 --offline
  devtool listen --route 'invoice.*=http://127.0.0.1:5000/invoices'
  devtool listen --ordered --format json
  devtool listen --status";

/// The type of the event that the endpoint's options are read with.
const EVENT: &str = "payment_intent.created";

impl ListenArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let format = self.output.format;
        if self.status {
            return show_status(format, context);
        }
        // The relay has a thread of its own, beside that of what drives it.
        let runtime = Context::two_threads()?;
        let exit = runtime.block_on(async {
            let graceful = context.shutdown.graceful();
            let endpoint = self.endpoint.clone();
            let preparing = Box::pin(self.job(context));
            let Some(prepared) = graceful.unless_ended(preparing).await else {
                return Ok(Exit::Done);
            };
            let Prepared { job, heading, api, place } = prepared?;
            let cancel = graceful.token();
            let live = LiveJob::of((place, endpoint), &heading, (format, cancel), context);
            let listening = listen_until(cancel, (job, heading), (format, live), context);
            let ended = Box::pin(listening).await;
            if let Some(api) = api {
                api.end().await;
            }
            ended
        });
        // Deliveries that had no time to end are not waited for.
        runtime.shutdown_background();
        exit
    }

    async fn job(self, context: &mut Context) -> Result<Prepared> {
        let config = context.config()?;
        let (upstream, found, timeout) = endpoint(self.endpoint, context)?;
        let claim = claim(&upstream.endpoint, context)?;
        // The heading says where it is, in every format.
        let api = self.offline.start_or(&self.api, context).await?;
        let is_offline = self.offline.is_wanted();
        let offline = api.as_ref().filter(|_| is_offline).map(|api| api.url.clone());
        if let Some(file) = &self.write_env {
            let file = context.environment.working_directory.join(file);
            secret::refuse_a_second(&found)?;
            secret::write(&file, &found, &config, context)?;
        }
        let (driven, login) = driven(offline.as_deref(), &self.stripe, context).await?;
        let choice = self.choice.choice(context)?;
        let mut relay = self.relay.settings(upstream, &found, &choice, &config)?;
        in_use::of_relay(&relay, &context.out.redactor);
        relay.deadlines.attempt = timeout;
        relay.api = OfflineApi::link(api.as_ref(), &self.api, is_offline).await;
        let place = self.recording.place(&config, context)?;
        say_what_crashes_left(place.as_ref(), &relay, context);
        let named = place.as_ref().filter(|place| place.origin == FileOrigin::Named);
        let heading = Heading {
            history: named.map(|place| place.file.clone()),
            api: api.as_ref().map(|run| run.url.clone()),
            ..heading(&driven.stripe.program.version, &login, &relay, &found, context)
        };
        let running = running(&relay, (&login, &driven.stripe), place.as_ref(), context);
        let job = ListenJob {
            // The local API itself sends again what did not come.
            catch_up: match offline {
                Some(_) => listen::CatchUp::Off,
                None => self.catch_up.catch_up(place.as_ref(), context)?,
            },
            app: app(self.app, &config, (&found, api.as_ref()), context),
            history: history_options::open(place.as_ref(), session(context), context)?,
            stripe: driven.stripe,
            ready_within: self.ready_within.unwrap_or(listen::READY_WITHIN),
            clock: context.clock,
            relay,
            choice,
            claim,
            running: Running { offline, ..running },
        };
        Ok(Prepared { job, heading, api, place })
    }
}

/// The Stripe CLI that listens, on the local API at that address or with a login, and who that is.
async fn driven(
    offline: Option<&str>,
    options: &StripeOptions,
    context: &mut Context,
) -> Result<(Driven, Login)> {
    let config = context.config()?;
    if let Some(url) = offline {
        return offline::driven(url, options, (&config, context)).await;
    }
    let driven = options.driven(&config, context).await?;
    let login = login::confirmed(&driven, context).await?;
    if let Some(warning) = report::login::warning(&login, context.clock.now()) {
        context.out.warning(&context.fitted(&warning));
    }
    Ok((driven, login))
}

/// A listen that can begin.
struct Prepared {
    job: ListenJob,
    heading: Heading,
    api: Option<OfflineApi>,
    place: Option<Storage>,
}

/// The place that others see a listen by. Without a directory for it, the listen does its work all the same.
pub(super) fn claim(endpoint: &Endpoint, context: &mut Context) -> Result<Option<Claim>> {
    let (unseen, error) = match places().map(|places| Claim::take(&places, endpoint)) {
        Ok(Err(error)) if error.kind() == Kind::NoPlace => {
            ("other commands do not see this listen", error)
        }
        Ok(claim) => return claim.map(Some),
        Err(error) => {
            context.has_said_of_state = true;
            (
                "other commands do not see this listen, and without `--history` it is not recorded",
                error,
            )
        }
    };
    let cause = error.with_root_cause();
    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    context.out.warning(&format!("{unseen}: {cause}{hint}"));
    Ok(None)
}

/// Says that earlier listens for the same endpoints crashed before they had delivered everything.
fn say_what_crashes_left(place: Option<&Storage>, relay: &Settings, context: &mut Context) {
    let upstreams = relay.upstreams.values().chain(relay.routes.iter().map(|route| &route.target));
    let endpoints: Vec<String> = upstreams.map(|upstream| upstream.endpoint.to_string()).collect();
    // What is wrong with the history is said where it is opened.
    let reader = place.and_then(|place| Reader::open(place).ok());
    let left = reader.and_then(|reader| reader.left_by_crashes(&endpoints).ok()).unwrap_or(0);
    if left > 0 {
        context.out.note(&context.fitted(&report::listen::left_by_crashes(left)));
    }
}

/// Listens and shows it, until that is cancelled and has come to its end.
async fn listen_until(
    cancel: &CancellationToken,
    (job, heading): (ListenJob, Heading),
    (format, live): (Format, Option<LiveJob>),
    context: &mut Context,
) -> Result<Exit> {
    if job.catch_up != listen::CatchUp::Off {
        let sources: Vec<EventSource> = job.relay.upstreams.keys().copied().collect();
        if let Some(text) = report::listen::not_covered(&sources) {
            context.out.note(&text);
        }
    }
    let (updates, receiver) = listen::updates();
    let live = live.map(|live| Live::start(live, updates.tally().clone()));
    let screen = ListenScreen::new(context, format, (heading, own(&job)));
    let shown = screen.with(live.transpose()?).run(receiver)?;
    let ended = listen::run(&job, updates, cancel.clone()).await;
    shown.finish(ended.as_ref().ok().copied(), context).await;
    ended.map(|ending| if ending.app_failed { Exit::Fail } else { Exit::Done })
}

/// The endpoint's secret, where events are signed with it.
fn own(job: &ListenJob) -> Option<Secret> {
    match job.relay.upstreams.get(&EventSource::Snapshot).map(|upstream| &upstream.signing) {
        Some(Signing::With(found)) => Some(found.secret.clone()),
        _ => None,
    }
}

/// The endpoint of everything that has no other, its secret, and how long an answer may take.
fn endpoint(
    options: EndpointOptions,
    context: &mut Context,
) -> Result<(UpstreamSettings, FoundSecret, Duration)> {
    let job = options.job(Scenario::of_one(EVENT, None), context)?;
    let upstream = UpstreamSettings {
        endpoint: job.endpoint,
        hosts: job.hosts,
        certificates: job.certificates,
        signing: Signing::Stripes,
        headers: job.headers,
    };
    Ok((upstream, job.secret, job.timeout))
}

fn app(
    command: Vec<OsString>,
    config: &FileConfig,
    (found, api): (&FoundSecret, Option<&OfflineApi>),
    context: &Context,
) -> Option<AppJob> {
    (!command.is_empty()).then(|| AppJob {
        command,
        variable: config.secret_variable().to_owned(),
        secret: found.secret.clone(),
        api: api.map(|api| run_api::variables(&api.url)).unwrap_or_default(),
        directory: context.environment.working_directory.clone(),
    })
}

pub(super) fn session(context: &Context) -> Session {
    Session { command: "listen".to_owned(), name: None, started_at: context.clock.now() }
}

fn heading(
    version: &Version,
    login: &Login,
    relay: &Settings,
    found: &FoundSecret,
    context: &Context,
) -> Heading {
    let main = relay.upstreams.get(&EventSource::Snapshot);
    let signed = match main.map(|upstream| &upstream.signing) {
        Some(Signing::Stripes) => "Stripe's own signatures are passed on".to_owned(),
        _ => format!(
            "{} ({})",
            found.secret.hint(),
            found.source.describe(&context.environment.working_directory)
        ),
    };
    Heading {
        account: login.shown_account(),
        account_id: login.account.clone(),
        stripe_version: version.to_string(),
        api_version: None,
        endpoint: main.map(|upstream| upstream.endpoint.to_string()).unwrap_or_default(),
        routes: relay
            .routes
            .iter()
            .map(|route| (route.pattern.clone(), route.target.endpoint.to_string()))
            .collect(),
        secret: signed,
        signature: Signature::Stripes,
        api: None,
        history: None,
    }
}

pub(super) fn running(
    relay: &Settings,
    (login, stripe): (&Login, &Stripe),
    place: Option<&Storage>,
    context: &Context,
) -> Running {
    let main = relay.upstreams.get(&EventSource::Snapshot);
    Running {
        pid: std::process::id(),
        endpoint: main.map(|upstream| upstream.endpoint.to_string()).unwrap_or_default(),
        relay: String::new(),
        account: login.account.clone(),
        account_name: login.name.clone(),
        key: stripe.key.as_ref().map(ApiKey::hint),
        history: place.map(|place| place.file.clone()),
        started_at: context.clock.now().rfc3339(),
        offline: None,
    }
}

/// Where running listens are seen.
pub(super) fn places() -> Result<PathBuf> {
    Ok(directories::state()?.join("listen"))
}

fn show_status(format: Format, context: &mut Context) -> Result<Exit> {
    let running = match places() {
        Ok(places) => listen::session::all(&places)?,
        Err(_) => Vec::new(),
    };
    if running.is_empty() && format == Format::Text {
        context.out.note("no listen is running");
    }
    let palette = context.out.layout().palette;
    context.out.result(&match format {
        Format::Text => report::listen_status::text(&running, palette),
        Format::Compact => report::listen_status::compact(&running),
        Format::Json => report::listen_status::json(&running),
    });
    Ok(Exit::Done)
}
