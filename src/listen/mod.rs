//! A listen: the relay, `stripe listen` in front of it, the app behind it if it is devtool that runs
//! it, and what keeps all of that whole.

mod app;
mod catch_up;
mod caused;
mod job;
mod missing;
mod queue;
mod readiness;
mod reporter;
mod update;
pub(crate) mod session;
mod supervise;
mod under_way;

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub(crate) use app::AppJob;
pub(crate) use job::{CatchUp, Choice, ListenJob, USUAL_INTERVAL};
pub(crate) use queue::{UpdateReceiver, Updates, updates};
pub(crate) use session::{Claim, Running};
pub(crate) use supervise::READY_WITHIN;
#[cfg(test)]
pub(crate) use under_way::UnderWay;
pub(crate) use under_way::{Tally, TallySnapshot};
pub(crate) use update::{AppUpdate, CaughtUp, ListenUpdate, Row};

use crate::error::{Error, Result};
use crate::relay::{Deps, EventSource, Handle, Relay, Summary};
use reporter::{Memory, Reporter};

/// How a listen ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// What was delivered.
    pub summary: Summary,
    /// Whether the app that devtool ran ended by itself, and failed.
    pub app_failed: bool,
    /// The number of its session in the history, where something was recorded.
    pub session: Option<i64>,
}

/// Listens until that is cancelled, the app ends, or it cannot go on. What is under way then has its
/// time to end.
///
/// # Errors
/// There is no login, Stripe refuses it, or the Stripe CLI or the app does not run.
pub(crate) async fn run(
    job: &ListenJob,
    tell: Updates,
    cancel: CancellationToken,
) -> Result<Ending> {
    let memory = if job.catch_up == CatchUp::Off { Memory::None } else { Memory::Kept };
    let reporter = Arc::new(Reporter::new(tell, memory, &job.relay, job.clock));
    let deps = Deps {
        clock: job.clock,
        history: job.history.clone(),
        observer: Arc::clone(&reporter) as _,
    };
    let relay = Relay::bind(&job.relay, deps).await?;
    let handle = relay.handle();
    if let Some(claim) = &job.claim {
        let relay = handle.shown_url(EventSource::Snapshot);
        claim.publish(&Running { relay, ..job.running.clone() })?;
    }
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
    while let Some(notice) = job.history.notice() {
        reporter.emit(ListenUpdate::History(notice));
    }
    job.history.flush().await;
    let session = job.history.session();
    outcome.map(|app_failed| Ending { summary, app_failed, session })
}

/// Runs the app, the listeners and the search for gaps; returns the app, and whether it ended and failed.
async fn work(
    job: &ListenJob,
    relay: &Handle,
    reporter: &Arc<Reporter>,
    cancel: &CancellationToken,
) -> Result<(Option<app::App>, Result<bool>)> {
    let stop = cancel.child_token();
    let mut app = job.app.as_ref().map(|wanted| app::App::start(wanted, reporter)).transpose()?;
    let root = app.as_ref().and_then(app::App::root);
    let (ready, is_ready) = watch::channel(None);
    let look_now = Notify::new();
    let can_sign = is_ready.clone();
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
        () = caused::run(job, (relay, reporter), can_sign) => Ok(false),
        () = holding_back(job, (relay, reporter), root) => Ok(false),
    };
    Ok((app, outcome))
}

/// Holds events back until the app accepts connections, where devtool runs one. Does not return.
async fn holding_back(job: &ListenJob, (relay, reporter): (&Handle, &Reporter), root: Option<u32>) {
    let upstream = job.relay.upstreams.get(&EventSource::Snapshot);
    if let (Some(upstream), Some(_)) = (upstream, &job.app) {
        relay.hold_back(&upstream.endpoint);
        readiness::is_up(&upstream.endpoint, root, reporter).await;
        relay.release(&upstream.endpoint);
    }
    std::future::pending::<()>().await;
}
