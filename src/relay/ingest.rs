//! What happens to an event that comes: checked, looked up among the last ones, and scheduled.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::HeaderMap;
use tokio::time::{Instant, timeout};

use super::answer::{Answer, Pending};
use super::body::Body;
use super::dedup::Lookup;
use super::deliverer::{Deliverer, InFlight};
use super::observer::{IncomingEvent, RelayUpdate};
use super::router::{Router, Upstream};
use super::scheduler::Scheduler;
use super::secrets::Secrets;
use super::settings::{Deadlines, EventSource, MemoryLimits};
use crate::config::Secret;
use crate::history::{Delivery, Receipt, Via};
use crate::protocol::{Envelope, headers};

/// What was posted.
#[derive(Debug)]
pub(super) struct IncomingRequest {
    pub(super) source: EventSource,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Takes events.
#[derive(Debug)]
pub(super) struct Ingest {
    pub(super) router: Router,
    pub(super) secrets: Arc<Secrets>,
    pub(super) scheduler: Scheduler,
    pub(super) deliverer: Arc<Deliverer>,
    pub(super) deadlines: Deadlines,
    pub(super) limits: MemoryLimits,
    pub(super) waiting: WaitingRequests,
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
    /// Takes what was posted and returns what goes back.
    pub(super) async fn receive(&self, request: IncomingRequest) -> Arc<Answer> {
        let header = headers::signature(&request.headers);
        let now = self.deliverer.clock.now();
        match self.secrets.signer(header, &request.body, now).await {
            Ok(signer) => self.accept(request, signer, Via::Stripe).await,
            Err(error) => {
                self.deliverer.emit(RelayUpdate::BadSignature { source: request.source, error });
                Answer::synthetic(400, &format!("invalid Stripe signature: {error}"))
            }
        }
    }

    /// Takes an event that is known to be Stripe's.
    pub(super) async fn accept(
        &self,
        request: IncomingRequest,
        signer: Secret,
        via: Via,
    ) -> Arc<Answer> {
        let envelope = Envelope::read(&request.body);
        let Some(upstream) = self.router.route(request.source, &envelope.name) else {
            return Answer::synthetic(404, "no endpoint is set for these events");
        };
        let upstream = Arc::clone(upstream);
        let event = self.event(envelope, request.source, via);
        let pending = match self.deliverer.dedup.look_up(&event.event_id) {
            Lookup::Duplicate(pending) => {
                self.deliverer.count(|counts| &counts.duplicates);
                self.deliverer.emit(RelayUpdate::Duplicate(&event));
                pending
            }
            Lookup::New(pending) => {
                self.deliverer.count(|counts| &counts.received);
                let in_flight =
                    self.in_flight((event, request), upstream, signer, Arc::clone(&pending));
                self.scheduler.schedule(in_flight, &self.deliverer);
                pending
            }
        };
        self.answer(&pending).await
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
        }
    }

    /// The answer when it comes in time, else one of devtool's.
    async fn answer(&self, pending: &Pending) -> Arc<Answer> {
        let _permit = match self.waiting.enter(self.limits.waiting) {
            Ok(permit) => permit,
            Err((waiting, is_news)) => {
                if is_news {
                    self.deliverer.emit(RelayUpdate::OverCapacity { waiting });
                }
                return Answer::synthetic(
                    503,
                    "too many events are queued; this one is recorded and delivered later",
                );
            }
        };
        timeout(self.deadlines.answer, pending.wait()).await.unwrap_or_else(|_| {
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
    pub(super) fn delivery(&self, headers: &HeaderMap, body: Bytes, endpoint: String) -> Delivery {
        Delivery {
            via: self.via,
            event_id: self.event_id.clone(),
            event: self.event_type.clone(),
            created: self.created,
            account: self.account.clone(),
            endpoint,
            received_at: self.at,
            headers: headers.iter().collect(),
            body,
        }
    }
}
