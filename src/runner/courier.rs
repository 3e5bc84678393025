//! Takes events to the endpoint, and looks at the app.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::plan::Plan;
use super::recorder::Recorder;
use super::result::Sent;
use crate::config::Secret;
use crate::delivery::endpoint::is_this_machine;
use crate::delivery::{
    Attempt, Client, Endpoint, Header, NoAnswer, Outcome, Request, RetrySchedule,
};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::history::Receipt;
use crate::protocol::Clock;
use crate::scenario::Expectation;

/// Delivers events one at a time; its clones deliver at the same time.
#[derive(Clone)]
pub(super) struct Courier(Arc<Means>);

struct Means {
    client: Client,
    clock: Clock,
    secret: Secret,
    headers: Vec<Header>,
    retry: RetrySchedule,
    cancel: CancellationToken,
    endpoint: Endpoint,
    recorder: Recorder,
    is_local: bool,
}

/// What came of a delivery: as many requests as attempts.
#[derive(Default)]
pub(super) struct Delivered {
    pub(super) sent: Vec<Sent>,
    pub(super) attempts: Vec<Attempt>,
}

impl Courier {
    /// A courier to the endpoint of a job; scenarios with checks are for this machine only.
    pub(super) async fn new(
        plan: &Plan,
        clock: Clock,
        cancel: &CancellationToken,
        recorder: &Recorder,
    ) -> Result<Self> {
        let job = &plan.job;
        let addresses = tokio::select! {
            biased;
            () = cancel.cancelled() => Err("interrupted".to_owned()),
            addresses = job.endpoint.resolve(job.hosts) => addresses?,
        };
        let mut known = addresses.iter().flatten();
        Ok(Self(Arc::new(Means {
            is_local: known.all(|address| is_this_machine(address.ip())),
            client: Client::new(&job.endpoint, &addresses, job.timeout, job.certificates)?,
            clock,
            secret: job.secret.secret.clone(),
            headers: job.headers.clone(),
            retry: job.retry.clone(),
            cancel: cancel.clone(),
            endpoint: job.endpoint.clone(),
            recorder: recorder.clone(),
        })))
    }

    /// Whether the app may be looked at: on this machine only.
    pub(super) fn allow_looks(&self) -> Result<()> {
        if self.0.is_local {
            return Ok(());
        }
        Err(Error::InvalidEndpoint {
            url: self.0.endpoint.to_string(),
            reason: "the scenario's checks look at an app on this machine only".to_owned(),
        })
    }

    /// Delivers an event: once, and again by the schedule while it is not accepted. An answer that is
    /// expected is not asked for again.
    pub(super) async fn deliver(self, event: Event, expect: Expectation) -> Delivered {
        let means = &self.0;
        let mut delivered = Delivered::default();
        let mut receipt = None;
        loop {
            let (sent, attempt) = means.attempt(&event, &mut receipt).await;
            let status = attempt.outcome.response().map(|response| response.status);
            let is_fine = attempt.outcome.is_accepted() || status.is_some_and(|s| expect.takes(s));
            let wait = means.retry.wait(delivered.attempts.len());
            delivered.sent.push(sent);
            delivered.attempts.push(attempt);
            let (false, Some(wait)) = (is_fine, wait) else { return delivered };
            if !self.wait(wait).await {
                return delivered;
            }
        }
    }

    /// Waits; whether the wait came to its end.
    pub(super) async fn wait(&self, wait: Duration) -> bool {
        if wait.is_zero() {
            return !self.0.cancel.is_cancelled();
        }
        tokio::select! {
            biased;
            () = self.0.cancel.cancelled() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }

    /// Looks at a path of the app.
    pub(super) async fn look(&self, path: &str) -> Attempt {
        let start = Instant::now();
        tokio::select! {
            biased;
            () = self.0.cancel.cancelled() => interrupted(start.elapsed()),
            attempt = self.0.client.get(path) => attempt,
        }
    }
}

impl Means {
    /// One attempt, signed at its own moment.
    async fn attempt(&self, event: &Event, receipt: &mut Option<Receipt>) -> (Sent, Attempt) {
        let at = self.clock.now();
        let request = Request::new(event, &self.secret, at, &self.headers);
        if receipt.is_none() {
            *receipt = Some(self.recorder.sending(event, &request, &self.endpoint, at).await);
        }
        let start = Instant::now();
        let attempt = tokio::select! {
            biased;
            () = self.cancel.cancelled() => interrupted(start.elapsed()),
            attempt = self.client.send(&request) => attempt,
        };
        if let Some(receipt) = receipt {
            self.recorder.sent(receipt, at, &attempt).await;
        }
        (Sent { at, request }, attempt)
    }
}

/// The attempt whose answer Ctrl-C cut off: the event is out, and the app may well have it.
fn interrupted(latency: Duration) -> Attempt {
    let error = "interrupted before the answer came; the app may have the event".to_owned();
    Attempt { outcome: Outcome::None { why: NoAnswer::Closed, error }, latency }
}
