//! The endpoint of a plan, with the client that talks to it; and how long that may go on.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::job::Job;
use super::plan::Plan;
use crate::config::Secret;
use crate::delivery::endpoint::is_this_machine;
use crate::delivery::{
    Attempt, Client, Endpoint, Header, NoAnswer, Outcome, RetrySchedule, Reuse, Route,
};
use crate::error::Result;

/// The endpoints of a plan's events.
pub(super) struct Targets {
    main: Arc<Target>,
    routes: Vec<Route<Arc<Target>>>,
}

/// An endpoint, and how it is to be talked to.
pub(super) struct Target {
    pub(super) client: Client,
    pub(super) endpoint: Endpoint,
    pub(super) secret: Secret,
    pub(super) headers: Vec<Header>,
    pub(super) retry: RetrySchedule,
    is_local: bool,
}

impl Targets {
    /// The targets of plans, one for each; plans of one endpoint share them: they are of one command.
    pub(super) async fn all(plans: &[Plan], cancel: &CancellationToken) -> Result<Vec<Arc<Self>>> {
        let mut targets: Vec<Arc<Self>> = Vec::with_capacity(plans.len());
        for plan in plans {
            let known = targets.last().filter(|last| last.main.is_of(&plan.job));
            targets.push(match known {
                Some(known) => Arc::clone(known),
                None => Arc::new(Self::of(&plan.job, cancel).await?),
            });
        }
        Ok(targets)
    }

    async fn of(job: &Job, cancel: &CancellationToken) -> Result<Self> {
        let main = Arc::new(Target::of(job, cancel).await?);
        let mut routes = Vec::with_capacity(job.routes.len());
        for Route { pattern, target } in &job.routes {
            let target = (&target.endpoint, &target.secret.secret);
            let target = Arc::new(Target::at(target, job, cancel).await?);
            routes.push(Route { pattern: pattern.clone(), target });
        }
        Ok(Self { main, routes })
    }

    /// Where an event of that type goes.
    pub(super) fn of_event(&self, event_type: &str) -> &Target {
        Route::target(&self.routes, event_type).unwrap_or(&self.main)
    }

    /// Where the events go that no route takes: to the app that checks ask.
    pub(super) fn main(&self) -> Arc<Target> {
        Arc::clone(&self.main)
    }
}

impl Target {
    /// The main target of a job.
    pub(super) async fn of(job: &Job, cancel: &CancellationToken) -> Result<Self> {
        Self::at((&job.endpoint, &job.secret.secret), job, cancel).await
    }

    /// An endpoint with its secret, talked to as a job says.
    pub(super) async fn at(
        (endpoint, secret): (&Endpoint, &Secret),
        job: &Job,
        cancel: &CancellationToken,
    ) -> Result<Self> {
        let addresses = tokio::select! {
            biased;
            () = cancel.cancelled() => Err("interrupted".to_owned()),
            addresses = endpoint.resolve(job.hosts) => addresses?,
        };
        let mut known = addresses.iter().flatten();
        // Where several are under way, a server that serves one connection at a time has to see them all.
        let reuse = if job.traffic.concurrency == 1 { Reuse::Soon } else { Reuse::Never };
        Ok(Self {
            is_local: known.all(|address| is_this_machine(address.ip())),
            client: Client::new(endpoint, &addresses, job.timeout, (reuse, job.certificates))?,
            endpoint: endpoint.clone(),
            secret: secret.clone(),
            headers: job.headers.clone(),
            retry: job.retry.clone(),
        })
    }

    /// Whether it is the main target of a job.
    fn is_of(&self, job: &Job) -> bool {
        self.endpoint == job.endpoint && self.secret == job.secret.secret
    }

    /// Whether the app may be asked by checks: on this machine only.
    pub(super) fn allow_checks(&self) -> Result<()> {
        if self.is_local {
            return Ok(());
        }
        let reason = "a scenario's checks work for an app on this machine only";
        Err(Endpoint::unusable(&self.endpoint.to_string(), reason))
    }
}

/// Waits; whether the wait came to its end.
pub(super) async fn wait(pause: Duration, cancel: &CancellationToken) -> bool {
    if pause.is_zero() {
        return !cancel.is_cancelled();
    }
    tokio::select! {
        biased;
        () = cancel.cancelled() => false,
        () = tokio::time::sleep(pause) => true,
    }
}

/// How long what is under way may go on after the run was told to end.
pub(crate) const DRAIN: Duration = Duration::from_secs(5);

/// Lets it end in its time; `None` where the run was told to end and [`DRAIN`] is up.
pub(crate) async fn drained<T>(
    under_way: impl Future<Output = T>,
    cancel: &CancellationToken,
) -> Option<T> {
    let cut_off = async {
        cancel.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        biased;
        done = under_way => Some(done),
        () = cut_off => None,
    }
}

/// The attempt whose answer the run's end cut off: the event is out, and the app may well have it.
pub(super) fn interrupted(latency: Duration) -> Attempt {
    let error = "interrupted before the answer; the app may have received the event".to_owned();
    Attempt { outcome: Outcome::None { why: NoAnswer::Closed, error }, latency, is_stale: false }
}
