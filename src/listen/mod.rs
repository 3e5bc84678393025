//! A listen: the relay, `stripe listen` in front of it, the app behind it if it is devtool that runs
//! it, and what keeps all of that whole.

mod app;
mod catch_up;
mod update;
pub mod session;
mod supervise;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use semver::Version;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub use app::AppJob;
pub use catch_up::{CatchUp, USUAL_INTERVAL};
pub use session::{Claim, Running};
pub use supervise::READY_WITHIN;
pub use update::{AppUpdate, CaughtUp, ListenUpdate, Row};

use crate::error::{Error, Result};
use crate::history::History;
use crate::protocol::Clock;
use crate::relay::{Deps, EventSource, Handle, Relay, Settings, Summary};
use crate::stripe_cli::Stripe;
use crate::stripe_cli::listen::{Rendering, Stream, Wanted};
use update::{Memory, Reporter};

/// All that a listen needs.
#[derive(Debug)]
pub struct Job {
    /// What the relay does with events.
    pub relay: Settings,
    /// The Stripe CLI to drive.
    pub stripe: Stripe,
    /// Its version.
    pub version: Version,
    /// Which events are listened for.
    pub choice: Choice,
    /// How gaps are found.
    pub catch_up: CatchUp,
    /// How long `stripe listen` may take until it is ready.
    pub ready_within: Duration,
    /// The app, where devtool runs it.
    pub app: Option<AppJob>,
    /// Tells the time.
    pub clock: Clock,
    /// Keeps what is delivered.
    pub history: History,
    /// The place that others see this listen by.
    pub claim: Claim,
    /// What they see.
    pub running: Running,
}

/// Which events are listened for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Types of snapshot events; empty for all.
    pub types: Vec<String>,
    /// Types of thin events; empty for all, `None` for none.
    pub thin_types: Option<Vec<String>>,
    /// Whether snapshot events come in the latest API version.
    pub rendering: Option<Rendering>,
}

impl Job {
    /// Which listeners are needed, and where they post to.
    fn wanted(&self, relay: &Handle) -> Wanted {
        let has = |source| self.relay.upstreams.contains_key(&source);
        let thin = self.choice.thin_types.as_ref();
        Wanted {
            snapshot: Stream {
                to: relay.url(EventSource::Snapshot),
                types: self.choice.types.clone(),
            },
            connect: has(EventSource::Connect).then(|| relay.url(EventSource::Connect)),
            thin: thin
                .map(|types| Stream { to: relay.url(EventSource::Thin), types: types.clone() }),
            rendering: self.choice.rendering.unwrap_or(Rendering::Default),
        }
    }
}

/// How a listen ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What was delivered.
    pub summary: Summary,
    /// Whether the app that devtool ran ended by itself, and failed.
    pub app_failed: bool,
}

/// Listens until that is cancelled, the app ends, or it cannot go on. What is under way then has its
/// time to end.
///
/// # Errors
/// There is no login, Stripe refuses it, or the Stripe CLI or the app does not run.
pub async fn run(
    job: &Job,
    tell: UnboundedSender<ListenUpdate>,
    cancel: CancellationToken,
) -> Result<Ending> {
    let memory = if job.catch_up == CatchUp::Off { Memory::None } else { Memory::Kept };
    let reporter = Arc::new(Reporter::new(tell, memory));
    let deps = Deps {
        clock: job.clock,
        history: job.history.clone(),
        observer: Arc::clone(&reporter) as _,
    };
    let relay = Relay::bind(&job.relay, deps).await?;
    let handle = relay.handle();
    job.claim
        .publish(&Running { relay: handle.url(EventSource::Snapshot), ..job.running.clone() })?;
    let relay_ends = CancellationToken::new();
    let serving = tokio::spawn(relay.serve(relay_ends.clone()));
    let worked = work(job, &handle, &reporter, &cancel).await;
    relay_ends.cancel();
    let summary = serving.await.map_err(Error::bug)?;
    let (app, outcome) = worked?;
    // After the last deliveries, which are for it.
    if let Some(app) = app {
        app.end().await;
    }
    if let Some(fault) = job.history.fault() {
        reporter.emit(ListenUpdate::HistoryError(fault));
    }
    outcome.map(|app_failed| Ending { summary, app_failed })
}

/// Runs the app, the listeners and the search for gaps; returns the app, and whether it ended and failed.
async fn work(
    job: &Job,
    relay: &Handle,
    reporter: &Arc<Reporter>,
    cancel: &CancellationToken,
) -> Result<(Option<app::App>, Result<bool>)> {
    let stop = cancel.child_token();
    let mut app = start_app(job, reporter, &stop).await?;
    let (ready, is_ready) = watch::channel(None);
    let look_now = Notify::new();
    let wanted = job.wanted(relay);
    let signals = supervise::Signals { ready, look_now: &look_now };
    let mut supervising = pin!(supervise::all(job, &wanted, (relay, reporter), signals, &stop));
    let outcome = tokio::select! {
        ended = &mut supervising => ended.map(|()| false),
        failed = app::ended(&mut app) => {
            // One that ends because devtool is asked to end has not failed.
            let was_asked = cancel.is_cancelled();
            stop.cancel();
            (&mut supervising).await.and(failed).map(|failed| failed && !was_asked)
        }
        () = catch_up::run(job, (relay, reporter), is_ready, &look_now) => Ok(false),
    };
    Ok((app, outcome))
}

/// Starts the app, where there is one, and waits until it is up.
async fn start_app(
    job: &Job,
    reporter: &Arc<Reporter>,
    stop: &CancellationToken,
) -> Result<Option<app::App>> {
    let Some(wanted) = &job.app else { return Ok(None) };
    let mut app = app::App::start(wanted, reporter)?;
    let endpoint =
        job.relay.upstreams.get(&EventSource::Snapshot).map(|upstream| &upstream.endpoint);
    tokio::select! {
        () = app.is_up(endpoint, reporter) => {}
        () = stop.cancelled() => {}
    }
    Ok(Some(app))
}
