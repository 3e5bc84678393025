//! Delivers one event: waits for its turn and for the endpoint, sends, tries again, answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::HeaderMap;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::body::{Parcel, Room};
use super::circuit_breaker::Refused;
use super::dedup::{Answer, Seen, Slot};
use super::headers;
use super::ingest::devtools;
use super::observer::{Arrival, End, Observer, Progress, Summary};
use super::router::Lane;
use super::settings::{Deadlines, Signing};
use crate::config::Secret;
use crate::delivery::{Attempt, NoAnswer, Outcome, RetrySchedule, probe};
use crate::history::History;
use crate::protocol::{Clock, Moment, signature};

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
/// The first wait before an endpoint that takes no connection is tried again; it doubles …
const SCOUTS_FIRST_WAIT: Duration = Duration::from_millis(50);
/// … up to this one.
const SCOUTS_LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How long after it was signed an event still goes out with that signature.
const FRESH: Duration = Duration::from_secs(60);

/// An event on its way.
#[derive(Debug)]
pub(super) struct Passage {
    /// How many came before it.
    pub(super) number: u64,
    pub(super) came: Instant,
    pub(super) arrival: Arrival,
    /// When the headers got their signature.
    pub(super) signed: Instant,
    /// As they came until it is recorded, then as they go to the endpoint.
    pub(super) headers: HeaderMap,
    pub(super) parcel: Parcel,
    /// The secret that Stripe signed it with.
    pub(super) signer: Secret,
    pub(super) lane: Arc<Lane>,
    pub(super) slot: Arc<Slot>,
}

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) received: AtomicU64,
    pub(super) duplicates: AtomicU64,
    accepted: AtomicU64,
    failed: AtomicU64,
    undelivered: AtomicU64,
}

/// Delivers events.
pub(super) struct Courier {
    pub(super) clock: Clock,
    pub(super) history: History,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) seen: Seen,
    pub(super) room: Arc<Room>,
    pub(super) slots: Semaphore,
    pub(super) retry: RetrySchedule,
    pub(super) deadlines: Deadlines,
    /// Ends all waiting; what is under way at the endpoint is waited for.
    pub(super) ending: CancellationToken,
    pub(super) counts: Counts,
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// How often an event was sent, and sent again for which reason.
#[derive(Debug, Default)]
struct Tries {
    all: usize,
    after_reset: usize,
    retries: usize,
}

/// An attempt, and when it began.
struct Sent {
    at: Moment,
    attempt: Attempt,
}

impl Courier {
    pub(super) fn tell(&self, progress: Progress<'_>) {
        self.observer.on(progress);
    }

    pub(super) fn count(&self, which: impl Fn(&Counts) -> &AtomicU64) {
        which(&self.counts).fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn summary(&self) -> Summary {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        let (accepted, failed) = (get(&counts.accepted), get(&counts.failed));
        let received = get(&counts.received);
        Summary {
            received,
            duplicates: get(&counts.duplicates),
            accepted,
            failed,
            // Also what was cut off when the time to drain was up.
            undelivered: received - accepted - failed,
        }
    }

    /// Writes the event into the history, and returns when it is there. Meanwhile it is made ready to go.
    pub(super) async fn record(&self, passage: &mut Passage) {
        let endpoint = passage.lane.url.clone();
        if let Parcel::Here { body, .. } = &passage.parcel {
            let body = body.clone();
            let delivery = passage.arrival.delivery(&passage.headers, body.clone(), endpoint);
            let ready = async { self.address(passage, &body) };
            let (receipt, ()) = tokio::join!(self.history.received(delivery), ready);
            passage.arrival.receipt = receipt;
        }
        passage.parcel.stow(&self.room, &passage.arrival.receipt);
        if let Some(fault) = self.history.fault() {
            self.tell(Progress::NotRecorded { fault: &fault });
        }
        self.tell(Progress::Received(&passage.arrival));
    }

    /// Sends an event until it is accepted, no try is left, or the relay ends.
    pub(super) async fn deliver(&self, mut passage: Passage) {
        let mut tries = Tries::default();
        let end = loop {
            let Some(sent) = self.attempt(&mut passage, &mut tries).await else {
                break End::Undelivered;
            };
            let outcome = &sent.attempt.outcome;
            let again_in = self.again_in(outcome, &mut tries);
            self.tell_attempt(&passage, tries.all, &sent, again_in).await;
            let is_accepted = outcome.is_accepted();
            if outcome.response().is_some() || again_in.is_none() {
                self.answer(&passage, sent.attempt.outcome);
            }
            match again_in {
                None if is_accepted => break End::Accepted,
                None => break End::Failed,
                Some(wait) => tokio::select! {
                    () = self.ending.cancelled() => break End::Failed,
                    () = sleep(wait) => {}
                },
            }
        };
        self.finish(&passage, tries.all, end);
    }

    async fn tell_attempt(
        &self,
        passage: &Passage,
        number: usize,
        sent: &Sent,
        again_in: Option<Duration>,
    ) {
        let Sent { at, attempt } = sent;
        let arrival = &passage.arrival;
        self.history.attempt(&arrival.receipt, *at, attempt).await;
        let endpoint = &passage.lane.endpoint;
        self.tell(Progress::Attempted { arrival, endpoint, number, attempt, again_in });
    }

    fn finish(&self, passage: &Passage, attempts: usize, end: End) {
        match end {
            End::Accepted => self.count(|counts| &counts.accepted),
            End::Failed => self.count(|counts| &counts.failed),
            End::Undelivered => self.count(|counts| &counts.undelivered),
        }
        if end != End::Accepted {
            self.seen.forget(&passage.arrival.event_id);
            passage.slot.give(devtools(502, "the endpoint takes no connection"));
        }
        self.tell(Progress::Finished { arrival: &passage.arrival, attempts, end });
    }

    /// When the event is sent again after this outcome.
    fn again_in(&self, outcome: &Outcome, tries: &mut Tries) -> Option<Duration> {
        if outcome.is_accepted() || self.ending.is_cancelled() {
            return None;
        }
        if let Outcome::None { why: NoAnswer::Closed, .. } = outcome
            && let Some(wait) = AFTER_RESET.get(tries.after_reset)
        {
            tries.after_reset += 1;
            return Some(*wait);
        }
        let wait = self.retry.wait(tries.retries);
        tries.retries += 1;
        wait
    }

    /// Gives `stripe listen` what the endpoint answered.
    fn answer(&self, passage: &Passage, outcome: Outcome) {
        let answer = match outcome {
            Outcome::Response(response) => Arc::new(Answer {
                status: response.status,
                headers: headers::back(&response.headers),
                body: response.body.into(),
            }),
            Outcome::None { why: NoAnswer::Timeout, .. } => {
                devtools(504, "the endpoint did not answer in time")
            }
            Outcome::None { error, .. } => {
                devtools(502, &format!("the endpoint gave no answer: {error}"))
            }
        };
        if passage.slot.give(Arc::clone(&answer)) {
            self.seen.settle(&passage.arrival.event_id, &answer);
        }
    }

    /// One attempt that reached the endpoint. `None` when it took no connection for too long, or the
    /// relay ended first.
    async fn attempt(&self, passage: &mut Passage, tries: &mut Tries) -> Option<Sent> {
        let lane = &*Arc::clone(&passage.lane);
        let deadline = Instant::now() + self.deadlines.patience;
        loop {
            self.unless_ending(timeout_at(deadline, lane.gate.opened())).await?.ok()?;
            let slot = self.unless_ending(self.slots.acquire()).await?.ok()?;
            if lane.gate.is_closed() {
                continue;
            }
            let sent = self.send(passage, tries.all).await?;
            drop(slot);
            let Some(error) = refusal(&sent.attempt.outcome) else {
                tries.all += 1;
                self.tell_if_back(lane);
                return Some(sent);
            };
            // The first event that an endpoint refuses looks out for it; that is an attempt, the rest
            // is waiting. Then the gate is open again.
            if let Refused::Scout(_scout) = lane.gate.refused() {
                self.tell_if_down(lane, error);
                tries.all += 1;
                self.tell_attempt(passage, tries.all, &sent, Some(SCOUTS_FIRST_WAIT)).await;
                self.unless_ending(timeout_at(deadline, look_out(lane))).await?.ok()?;
            }
        }
    }

    /// `None` where the event has meanwhile gone from the history, which had its body, or the relay ends.
    async fn send(&self, passage: &mut Passage, tried: usize) -> Option<Sent> {
        let body = passage.parcel.body(&self.history, &passage.arrival.receipt).await?;
        if self.ending.is_cancelled() {
            return None;
        }
        if tried > 0 || passage.signed.elapsed() >= FRESH {
            self.sign(passage, &body);
        }
        let (at, headers) = (self.clock.now(), passage.headers.clone());
        // On the heap, so that those that wait for their turn are small.
        Some(Sent { at, attempt: Box::pin(passage.lane.client.pass(headers, body)).await })
    }

    fn tell_if_down(&self, lane: &Lane, error: &str) {
        if lane.gate.is_newly_down() {
            self.tell(Progress::EndpointDown { endpoint: &lane.endpoint, error });
        }
    }

    fn tell_if_back(&self, lane: &Lane) {
        if let Some(after) = lane.gate.is_newly_back() {
            self.tell(Progress::EndpointBack { endpoint: &lane.endpoint, after });
        }
    }

    /// What comes of it; `None` when the relay ends first.
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
    fn address(&self, passage: &mut Passage, body: &[u8]) {
        if *passage.secret() != passage.signer {
            self.sign(passage, body);
        }
        let added = passage.lane.headers.iter();
        passage.headers.extend(added.map(|(name, value)| (name.clone(), value.clone())));
    }

    /// Signs the event for the endpoint, as of now.
    fn sign(&self, passage: &mut Passage, body: &[u8]) {
        let signature = signature::header(passage.secret(), self.clock.now(), body);
        headers::sign(&mut passage.headers, &signature);
        passage.signed = Instant::now();
    }
}

impl Passage {
    /// The secret that the endpoint checks signatures with.
    fn secret(&self) -> &Secret {
        match &self.lane.signing {
            Signing::Stripes => &self.signer,
            Signing::With(secret) => secret,
        }
    }
}

/// Returns when the endpoint takes connections.
async fn look_out(lane: &Lane) {
    let mut wait = SCOUTS_FIRST_WAIT;
    loop {
        sleep(wait).await;
        if probe::takes_connections(&lane.addresses).await {
            return;
        }
        wait = (wait * 2).min(SCOUTS_LONGEST_WAIT);
    }
}

/// What the system said, where the endpoint took no connection.
fn refusal(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::None { why: NoAnswer::Refused, error } => Some(error),
        _ => None,
    }
}
