//! What happens to an event that comes: checked, looked up among the last ones, and scheduled.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::answer::{Answer, Pending};
use super::body::Body;
use super::dedup::Lookup;
use super::deliverer::Deliverer;
use super::in_flight::InFlight;
use super::observer::{IncomingEvent, RelayUpdate};
use super::rejections::Rejections;
use super::router::{Router, Upstream};
use super::scheduler::Scheduler;
use super::secrets::Secrets;
use super::settings::{Deadlines, EventSource};
use crate::config::Secret;
use crate::history::{Delivery, Headers, Receipt, Via};
use crate::protocol::signature::VerifyError;
use crate::protocol::{Envelope, headers};

/// How many events are under way before more are held back for a moment. Each costs its connection's buffers, too.
pub(super) const ROOM: usize = 128;
/// How long one is held back at least …
const ROOM_WAIT: Duration = Duration::from_secs(2);
/// … and so often again while as many as there is room for ended meanwhile. `stripe listen` waits for 30 s.
const ROOM_WAITS: usize = 5;

/// What was posted.
#[derive(Debug)]
pub(super) struct IncomingRequest {
    pub(super) source: EventSource,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// When its connection was there for it.
    pub(super) came_at: Instant,
}

/// Takes events.
#[derive(Debug)]
pub(super) struct Ingest {
    pub(super) router: Router,
    pub(super) secrets: Arc<Secrets>,
    pub(super) scheduler: Scheduler,
    pub(super) deliverer: Arc<Deliverer>,
    pub(super) deadlines: Deadlines,
    /// How many requests may wait for their answer.
    pub(super) most_waiting: usize,
    pub(super) waiting: WaitingRequests,
    pub(super) rejections: Rejections,
    /// Room for the events that are under way.
    pub(super) room: Arc<Semaphore>,
    /// How many events came.
    pub(super) arrivals: AtomicU64,
    /// Events that were asked for again.
    pub(super) resent: Mutex<HashSet<String>>,
}

/// How many requests wait for their answer.
#[derive(Debug, Default)]
pub(super) struct WaitingRequests {
    count: AtomicUsize,
    /// Whether it was reported that they are too many.
    is_over_capacity: AtomicBool,
}

impl Ingest {
    /// The secret that a request was signed with, or what goes back.
    pub(super) async fn verify(&self, request: &IncomingRequest) -> Result<Secret, Arc<Answer>> {
        let header = headers::signature(&request.headers);
        let now = self.deliverer.clock.now();
        self.secrets.signer(header, &request.body, now).await.map_err(|error| {
            self.rejections.add(error);
            Answer::synthetic(400, &format!("invalid Stripe signature: {error}"))
        })
    }

    /// Reports what is rejected, now and then; goes on until it is dropped.
    pub(super) async fn report_rejections(&self) {
        let emit = |count, error| self.emit_rejected(count, error);
        self.rejections.report(emit).await;
    }

    /// Reports what was rejected since the last report.
    pub(super) fn report_last_rejections(&self) {
        if let Some((count, error)) = self.rejections.take() {
            self.emit_rejected(count, error);
        }
    }

    fn emit_rejected(&self, count: u64, error: VerifyError) {
        self.deliverer.emit(RelayUpdate::BadSignature { count, error });
    }

    /// Waits for room among the events that are under way, so that a burst waits where it costs the least; only
    /// while the others move, and not while an endpoint is down: all that `stripe listen` posts has to be taken in
    /// time.
    pub(super) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        let room = || Arc::clone(&self.room);
        if let Ok(free) = room().try_acquire_owned() {
            return Some(free);
        }
        let mut place_in_line = pin!(room().acquire_owned());
        for _ in 0..ROOM_WAITS {
            if self.router.is_down() || self.deliverer.ending.is_cancelled() {
                return None;
            }
            let ended = self.deliverer.ended();
            if let Ok(free) = timeout(ROOM_WAIT, &mut place_in_line).await {
                return free.ok();
            }
            if self.deliverer.ended() - ended < ROOM as u64 {
                return None;
            }
        }
        None
    }

    /// Takes an event that is known to be Stripe's, with its room, and returns what goes back.
    pub(super) async fn take(
        &self,
        request: IncomingRequest,
        signer: Secret,
        room: Option<OwnedSemaphorePermit>,
    ) -> Arc<Answer> {
        self.accept(request, signer, (Via::Stripe, room)).await
    }

    /// Takes an event that `stripe listen` did not bring.
    pub(super) async fn take_unsent(
        &self,
        request: IncomingRequest,
        signer: Secret,
        via: Via,
    ) -> Arc<Answer> {
        self.accept(request, signer, (via, None)).await
    }

    /// Takes an event for a webhook endpoint that a call of the local API has made. It is no duplicate of the same
    /// event for another endpoint.
    pub(super) async fn take_for(
        &self,
        upstream: Arc<Upstream>,
        request: IncomingRequest,
        signer: Secret,
    ) -> Arc<Answer> {
        let time_limit = request.came_at + self.deadlines.answer;
        let event = self.event(Envelope::read(&request.body), request.source, Via::Local);
        let pending = Arc::new(Pending::default());
        self.deliverer.count(|counts| &counts.received);
        let in_flight = self.in_flight((event, request), upstream, signer, Arc::clone(&pending));
        self.scheduler.schedule(in_flight, &self.deliverer);
        self.answer(&pending, time_limit).await
    }

    async fn accept(
        &self,
        request: IncomingRequest,
        signer: Secret,
        (via, room): (Via, Option<OwnedSemaphorePermit>),
    ) -> Arc<Answer> {
        let envelope = Envelope::read(&request.body);
        let Some(upstream) = self.router.route(request.source, &envelope.name) else {
            return Answer::synthetic(404, "no endpoint is set for these events");
        };
        let upstream = Arc::clone(upstream);
        let time_limit = request.came_at + self.deadlines.answer;
        let event = self.event(envelope, request.source, via);
        let pending = match self.deliverer.dedup.look_up(&event.event_id) {
            Lookup::Duplicate(pending) => {
                self.deliverer.count(|counts| &counts.duplicates);
                self.deliverer.emit(RelayUpdate::Duplicate(&event));
                pending
            }
            Lookup::New(pending) => {
                self.deliverer.count(|counts| &counts.received);
                let mut in_flight =
                    self.in_flight((event, request), upstream, signer, Arc::clone(&pending));
                in_flight.room = room;
                self.scheduler.schedule(in_flight, &self.deliverer);
                pending
            }
        };
        self.answer(&pending, time_limit).await
    }

    fn event(&self, envelope: Envelope, source: EventSource, via: Via) -> IncomingEvent {
        let mut resent = self.resent.lock().unwrap_or_else(PoisonError::into_inner);
        let was_asked_for = resent.remove(&envelope.id);
        // What was asked for in vain comes from the list.
        let via = if was_asked_for && via == Via::Stripe { Via::Resent } else { via };
        IncomingEvent {
            receipt: Receipt::default(),
            via,
            source,
            event_id: envelope.id,
            event_type: envelope.name,
            created: envelope.created,
            account: envelope.account,
            at: self.deliverer.clock.now(),
        }
    }

    fn in_flight(
        &self,
        (event, request): (IncomingEvent, IncomingRequest),
        upstream: Arc<Upstream>,
        signer: Secret,
        pending: Arc<Pending>,
    ) -> InFlight {
        InFlight {
            number: self.arrivals.fetch_add(1, Ordering::Relaxed),
            received_at: Instant::now(),
            event,
            signed_at: Instant::now(),
            headers: request.headers,
            body: Body::new(request.body),
            signer,
            upstream,
            pending,
            room: None,
        }
    }

    /// The answer when it comes in time, else one of devtool's.
    async fn answer(&self, pending: &Pending, time_limit: Instant) -> Arc<Answer> {
        let _permit = match self.waiting.enter(self.most_waiting) {
            Ok(permit) => permit,
            Err((waiting, is_news)) => {
                if is_news {
                    self.deliverer.emit(RelayUpdate::OverCapacity { waiting });
                }
                // Nobody sends it again: it is in the history before that is said.
                let _ = timeout_at(time_limit, pending.recorded()).await;
                return Answer::synthetic(
                    503,
                    "too many events are queued; this one is delivered later",
                );
            }
        };
        timeout_at(time_limit, pending.wait()).await.unwrap_or_else(|_| {
            Answer::synthetic(
                504,
                "the endpoint has not answered in time; the delivery continues and is recorded",
            )
        })
    }
}

/// One of those that wait.
struct WaitingPermit<'w>(&'w WaitingRequests);

impl Drop for WaitingPermit<'_> {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl WaitingRequests {
    /// A permit to wait, or how many have one and whether that is news.
    fn enter(&self, limit: usize) -> Result<WaitingPermit<'_>, (usize, bool)> {
        let waiting = self.count.load(Ordering::Relaxed);
        if waiting >= limit {
            return Err((waiting, !self.is_over_capacity.swap(true, Ordering::Relaxed)));
        }
        if waiting < limit / 2 && self.is_over_capacity.load(Ordering::Relaxed) {
            self.is_over_capacity.store(false, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(WaitingPermit(self))
    }
}

impl IncomingEvent {
    /// The delivery as the history keeps it.
    pub(super) fn delivery(&self, headers: Headers, body: Bytes, endpoint: String) -> Delivery {
        Delivery {
            via: self.via,
            event_id: self.event_id.clone(),
            event: self.event_type.clone(),
            created: self.created,
            account: self.account.clone(),
            endpoint,
            received_at: self.at,
            headers,
            body,
            story: None,
        }
    }
}
