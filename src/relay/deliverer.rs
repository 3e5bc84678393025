//! Delivers one event: waits for its turn and for the endpoint, sends, tries again, answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::body::{Body, MemoryBudget};
use super::dedup::DedupCache;
use super::in_flight::InFlight;
use super::observer::{End, RelayObserver, RelayUpdate, Summary};
use super::router::Upstream;
use super::settings::Deadlines;
use crate::api::{ApiCall, ApiLink, EventAnswer};
use crate::delivery::{Attempt, NoAnswer, Outcome, RetrySchedule, probe};
use crate::history::History;
use crate::protocol::{Clock, Moment, headers, signature};

/// The waits before an event is sent again whose connection broke after it was sent. The first is for a
/// connection that was kept too long; all of them are for an app that restarts behind a proxy of its
/// own (Docker's takes connections that nobody answers), and end before `stripe listen` has to know.
const AFTER_RESET: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];
/// The first wait before an endpoint that takes no connection is probed; it doubles …
const PROBE_FIRST_WAIT: Duration = Duration::from_millis(50);
/// … up to this one.
const PROBE_LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How long after it was signed an event still goes out with that signature.
const FRESH: Duration = Duration::from_secs(60);

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) received: AtomicU64,
    pub(super) duplicates: AtomicU64,
    accepted: AtomicU64,
    failed: AtomicU64,
    undelivered: AtomicU64,
    lost: AtomicU64,
}

/// Delivers events.
pub(super) struct Deliverer {
    pub(super) clock: Clock,
    pub(super) history: History,
    pub(super) observer: Arc<dyn RelayObserver>,
    pub(super) dedup: DedupCache,
    pub(super) budget: Arc<MemoryBudget>,
    pub(super) retry: RetrySchedule,
    pub(super) deadlines: Deadlines,
    pub(super) api: Option<ApiLink>,
    /// Ends all waiting; what is under way at the endpoint is waited for.
    pub(super) ending: CancellationToken,
    pub(super) counts: Counts,
}

impl std::fmt::Debug for Deliverer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deliverer").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// How often an event was sent, and sent again for which reason.
#[derive(Debug, Default)]
struct AttemptCounts {
    all: usize,
    after_reset: usize,
    retries: usize,
}

/// An attempt, when it began, and what the app asked the local API meanwhile.
struct Sent {
    at: Moment,
    attempt: Attempt,
    calls: Option<Vec<ApiCall>>,
}

impl Deliverer {
    pub(super) fn emit(&self, update: RelayUpdate<'_>) {
        self.observer.on(update);
    }

    pub(super) fn count(&self, which: impl Fn(&Counts) -> &AtomicU64) {
        which(&self.counts).fetch_add(1, Ordering::Relaxed);
    }

    /// How many deliveries have come to an end that the endpoint saw.
    pub(super) fn ended(&self) -> u64 {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        get(&self.counts.accepted) + get(&self.counts.failed)
    }

    pub(super) fn summary(&self) -> Summary {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        let (accepted, failed) = (get(&counts.accepted), get(&counts.failed));
        let (received, lost) = (get(&counts.received), get(&counts.lost));
        Summary {
            received,
            duplicates: get(&counts.duplicates),
            accepted,
            failed,
            // Also what was cut off when the time to drain was up.
            undelivered: received - accepted - failed - lost,
            lost,
        }
    }

    /// Writes the event into the history, and returns when it is there. Meanwhile it is made ready to go.
    pub(super) async fn record(&self, in_flight: &mut InFlight) {
        let endpoint = in_flight.upstream.url.clone();
        if let Body::Memory { bytes, .. } = &in_flight.body {
            let body = bytes.clone();
            let headers = in_flight.recorded_headers();
            let delivery = in_flight.event.delivery(headers, body.clone(), endpoint);
            let ready = async { self.prepare(in_flight, &body) };
            let (receipt, ()) = tokio::join!(self.history.received(delivery), ready);
            in_flight.event.receipt = receipt;
        }
        in_flight.pending.mark_recorded();
        in_flight.body.charge_or_spill(&self.budget, &in_flight.event.receipt);
        while let Some(notice) = self.history.notice() {
            self.emit(RelayUpdate::History(&notice));
        }
        self.emit(RelayUpdate::Received(&in_flight.event));
    }

    /// Sends an event until it is accepted, no try is left, or the relay ends.
    pub(super) async fn deliver(&self, mut in_flight: InFlight) {
        let mut counts = AttemptCounts::default();
        let end = loop {
            let Some(sent) = self.attempt(&mut in_flight, &mut counts).await else {
                self.history.given_up(&in_flight.event.receipt).await;
                break End::Undelivered;
            };
            let outcome = &sent.attempt.outcome;
            let again_in = self.again_in(outcome, &mut counts);
            self.emit_attempt(&in_flight, counts.all, &sent, again_in).await;
            let (is_accepted, is_lost) = (outcome.is_accepted(), is_lost(outcome));
            if outcome.response().is_some() || again_in.is_none() {
                self.answer(&in_flight, sent.attempt.outcome);
            }
            match again_in {
                None if is_accepted => break End::Accepted,
                None if is_lost => break End::Lost,
                None => break End::Failed,
                Some(wait) => tokio::select! {
                    () = self.ending.cancelled() => {
                        self.history.given_up(&in_flight.event.receipt).await;
                        break End::Failed;
                    }
                    () = sleep(wait) => {}
                },
            }
        };
        self.finish(&in_flight, counts.all, end);
    }

    async fn emit_attempt(
        &self,
        in_flight: &InFlight,
        number: usize,
        sent: &Sent,
        again_in: Option<Duration>,
    ) {
        let Sent { at, attempt, calls } = sent;
        let event = &in_flight.event;
        if event.receipt.is_gone()
            && let Body::Memory { bytes, .. } = &in_flight.body
        {
            let (headers, endpoint) =
                (in_flight.recorded_headers(), in_flight.upstream.url.clone());
            let delivery = event.delivery(headers, bytes.clone(), endpoint);
            self.history.again(&event.receipt, delivery).await;
        }
        match again_in {
            Some(_) => self.history.attempt(&event.receipt, *at, attempt).await,
            None => self.history.last_attempt(&event.receipt, *at, attempt).await,
        }
        let endpoint = &in_flight.upstream.endpoint;
        let calls = calls.as_deref();
        if let Some(calls) = calls {
            self.history.asked(&event.receipt, calls.iter().map(ApiCall::kept)).await;
        }
        self.emit(RelayUpdate::Attempted { event, endpoint, number, attempt, calls, again_in });
    }

    fn finish(&self, in_flight: &InFlight, attempts: usize, end: End) {
        match end {
            End::Accepted => self.count(|counts| &counts.accepted),
            End::Failed => self.count(|counts| &counts.failed),
            End::Undelivered => self.count(|counts| &counts.undelivered),
            End::Lost => self.count(|counts| &counts.lost),
        }
        if end != End::Accepted {
            if !in_flight.upstream.is_webhook {
                self.dedup.evict(&in_flight.event.event_id);
            }
            in_flight
                .pending
                .resolve(Answer::synthetic(502, "the endpoint is not accepting connections"));
        }
        self.emit(RelayUpdate::Finished { event: &in_flight.event, attempts, end });
    }

    /// When the event is sent again after this outcome.
    fn again_in(&self, outcome: &Outcome, counts: &mut AttemptCounts) -> Option<Duration> {
        if outcome.is_accepted() || is_lost(outcome) || self.ending.is_cancelled() {
            return None;
        }
        if let Outcome::None { why: NoAnswer::Closed, .. } = outcome
            && let Some(wait) = AFTER_RESET.get(counts.after_reset)
        {
            counts.after_reset += 1;
            return Some(*wait);
        }
        let wait = self.retry.wait(counts.retries);
        counts.retries += 1;
        wait
    }

    /// Gives `stripe listen` what the endpoint answered.
    fn answer(&self, in_flight: &InFlight, outcome: Outcome) {
        let answer = match outcome {
            Outcome::Response(response) => Arc::new(Answer {
                status: response.status,
                headers: headers::back(&response.headers),
                body: response.body.into(),
            }),
            Outcome::None { why: NoAnswer::Timeout, .. } => {
                Answer::synthetic(504, "the endpoint did not answer in time")
            }
            Outcome::None { error, .. } => {
                Answer::synthetic(502, &format!("the endpoint gave no answer: {error}"))
            }
        };
        if in_flight.pending.resolve(Arc::clone(&answer)) && !in_flight.upstream.is_webhook {
            self.dedup.shrink(&in_flight.event.event_id, &answer);
        }
    }

    /// One attempt that reached the endpoint. `None` when it took no connection for too long, or the
    /// relay ended first.
    async fn attempt(&self, in_flight: &mut InFlight, counts: &mut AttemptCounts) -> Option<Sent> {
        let upstream = &*Arc::clone(&in_flight.upstream);
        let queue = &*upstream.queue;
        let deadline = Instant::now() + self.deadlines.unreachable;
        loop {
            self.unless_ending(timeout_at(deadline, queue.breaker.closed())).await?.ok()?;
            let permit = self.unless_ending(queue.permits.acquire()).await?.ok()?;
            if queue.breaker.is_open() {
                continue;
            }
            let sent = self.send(in_flight, counts.all).await?;
            drop(permit);
            if is_lost(&sent.attempt.outcome) {
                counts.all += 1;
                return Some(sent);
            }
            let Some(error) = refusal(&sent.attempt.outcome) else {
                counts.all += 1;
                self.emit_if_back(upstream);
                return Some(sent);
            };
            // The first event that an endpoint refuses probes it; that is an attempt, the rest is waiting.
            // Then the breaker is closed again.
            if let Some(_probe) = queue.breaker.trip() {
                self.emit_if_down(upstream, error);
                counts.all += 1;
                self.emit_attempt(in_flight, counts.all, &sent, Some(PROBE_FIRST_WAIT)).await;
                self.unless_ending(timeout_at(deadline, probe_until_reachable(upstream)))
                    .await?
                    .ok()?;
            }
        }
    }

    /// `None` where the relay ends.
    async fn send(&self, in_flight: &mut InFlight, attempts: usize) -> Option<Sent> {
        let body = in_flight.body.bytes(&self.history, &in_flight.event.receipt).await;
        if self.ending.is_cancelled() {
            return None;
        }
        let Some(body) = body else {
            return Some(Sent { at: self.clock.now(), attempt: lost(), calls: None });
        };
        if attempts > 0 || in_flight.signed_at.elapsed() >= FRESH {
            self.sign(in_flight, &body);
        }
        let delivery = match &self.api {
            Some(api) => api.begin(&in_flight.event.event_id, &body).await,
            None => None,
        };
        let (at, headers) = (self.clock.now(), in_flight.headers.clone());
        // On the heap, so that those that wait for their turn are small.
        let attempt = Box::pin(in_flight.upstream.client.pass(headers, body)).await;
        let calls = match self.api.as_ref().zip(delivery) {
            Some((api, delivery)) => {
                let is_accepted = attempt.outcome.is_accepted();
                let second = self.clock.now().seconds();
                api.end(delivery, Some(EventAnswer { is_accepted, second })).await
            }
            None => None,
        };
        Some(Sent { at, attempt, calls })
    }

    fn emit_if_down(&self, upstream: &Upstream, error: &str) {
        if upstream.queue.breaker.mark_down() {
            self.emit(RelayUpdate::EndpointDown { endpoint: &upstream.endpoint, error });
        }
    }

    fn emit_if_back(&self, upstream: &Upstream) {
        if let Some(after) = upstream.queue.breaker.mark_up() {
            self.emit(RelayUpdate::EndpointBack { endpoint: &upstream.endpoint, after });
        }
    }

    /// The result of waiting; `None` when the relay ends first.
    async fn unless_ending<T>(&self, waiting: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            // Also where no waiting is needed: what has not begun by then does not begin.
            biased;
            () = self.ending.cancelled() => None,
            done = waiting => Some(done),
        }
    }

    /// Makes the headers those that go to the endpoint. The signature stays Stripe's where that is the one
    /// that the endpoint wants.
    fn prepare(&self, in_flight: &mut InFlight, body: &[u8]) {
        if *in_flight.secret() != in_flight.signer {
            self.sign(in_flight, body);
        }
        let added = in_flight.upstream.headers.iter();
        in_flight.headers.extend(added.map(|(name, value)| (name.clone(), value.clone())));
    }

    /// Signs the event for the endpoint, as of now.
    fn sign(&self, in_flight: &mut InFlight, body: &[u8]) {
        let signature = signature::delivery_header(in_flight.secret(), self.clock.now(), body);
        headers::sign(&mut in_flight.headers, &signature);
        in_flight.signed_at = Instant::now();
    }
}

/// Returns when the endpoint takes connections.
async fn probe_until_reachable(upstream: &Upstream) {
    let mut wait = PROBE_FIRST_WAIT;
    loop {
        sleep(wait).await;
        if probe::takes_connections(&upstream.addresses).await {
            return;
        }
        wait = (wait * 2).min(PROBE_LONGEST_WAIT);
    }
}

/// What comes of an event whose body is gone from the history, which had it.
fn lost() -> Attempt {
    let error = "the event is lost: its body is no longer in the history".to_owned();
    let outcome = Outcome::None { why: NoAnswer::Lost, error };
    Attempt { outcome, latency: Duration::ZERO, is_stale: false }
}

fn is_lost(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::None { why: NoAnswer::Lost, .. })
}

/// What the system said, where the endpoint took no connection.
fn refusal(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::None { why: NoAnswer::Refused, error } => Some(error),
        _ => None,
    }
}
