//! What happens to an event that comes: checked, known again, recorded, and handed on.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::HeaderMap;
use tokio::time::{Instant, timeout};

use super::deliverer::{Courier, Passage};
use super::scheduler::Dispatch;

use super::body::Parcel;
use super::dedup::{Answer, Sighting, Slot};
use super::headers;
use super::observer::{Arrival, Progress};
use super::router::{Lane, Lanes};
use super::secrets::Secrets;
use super::settings::{Deadlines, Limits, Source};
use crate::config::Secret;
use crate::delivery::header_map;
use crate::history::{Delivery, Receipt, Via};
use crate::protocol::Envelope;

/// What came.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) source: Source,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Takes events.
#[derive(Debug)]
pub(super) struct Intake {
    pub(super) lanes: Lanes,
    pub(super) secrets: Arc<Secrets>,
    pub(super) dispatch: Dispatch,
    pub(super) courier: Arc<Courier>,
    pub(super) deadlines: Deadlines,
    pub(super) limits: Limits,
    pub(super) waiting: Waiting,
    pub(super) arrivals: AtomicU64,
    /// Events that were asked for again.
    pub(super) resent: Mutex<HashSet<String>>,
}

/// How many events wait for their answer.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    count: AtomicUsize,
    is_told: AtomicBool,
}

impl Intake {
    /// Takes what was posted and returns what goes back.
    pub(super) async fn receive(&self, incoming: Incoming) -> Arc<Answer> {
        let header = headers::signature(&incoming.headers);
        let now = self.courier.clock.now();
        match self.secrets.signer(header, &incoming.body, now).await {
            Ok(signer) => self.take(incoming, signer, Via::Stripe).await,
            Err(fault) => {
                self.courier.tell(Progress::BadSignature { source: incoming.source, fault });
                devtools(400, &format!("this is not signed by Stripe: {fault}"))
            }
        }
    }

    /// Takes an event that is known to be Stripe's.
    pub(super) async fn take(&self, incoming: Incoming, signer: Secret, via: Via) -> Arc<Answer> {
        let envelope = Envelope::read(&incoming.body);
        let Some(lane) = self.lanes.choose(incoming.source, &envelope.name) else {
            return devtools(404, "no endpoint is set for these events");
        };
        let lane = Arc::clone(lane);
        let arrival = self.arrival(envelope, incoming.source, via);
        let slot = match self.courier.seen.look(&arrival.event_id) {
            Sighting::Copy(slot) => {
                self.courier.count(|counts| &counts.duplicates);
                self.courier.tell(Progress::Duplicate(&arrival));
                slot
            }
            Sighting::First(slot) => {
                self.courier.count(|counts| &counts.received);
                let passage = self.passage((arrival, incoming), lane, signer, Arc::clone(&slot));
                self.dispatch.hand_on(passage, &self.courier);
                slot
            }
        };
        self.answer(&slot).await
    }

    fn arrival(&self, envelope: Envelope, source: Source, via: Via) -> Arrival {
        let mut resent = self.resent.lock().unwrap_or_else(PoisonError::into_inner);
        let was_asked_for = resent.remove(&envelope.id);
        // What was asked for in vain comes from the list.
        let via = if was_asked_for && via == Via::Stripe { Via::Resent } else { via };
        Arrival {
            receipt: Receipt::default(),
            via,
            source,
            event_id: envelope.id,
            event: envelope.name,
            created: envelope.created,
            account: envelope.account,
            at: self.courier.clock.now(),
        }
    }

    fn passage(
        &self,
        (arrival, incoming): (Arrival, Incoming),
        lane: Arc<Lane>,
        signer: Secret,
        slot: Arc<Slot>,
    ) -> Passage {
        Passage {
            number: self.arrivals.fetch_add(1, Ordering::Relaxed),
            came: Instant::now(),
            arrival,
            signed: Instant::now(),
            headers: incoming.headers,
            parcel: Parcel::new(incoming.body),
            signer,
            lane,
            slot,
        }
    }

    /// The answer when it comes in time, else one of devtool's.
    async fn answer(&self, slot: &Slot) -> Arc<Answer> {
        let _place = match self.waiting.enter(self.limits.waiting) {
            Ok(place) => place,
            Err((waiting, is_news)) => {
                if is_news {
                    self.courier.tell(Progress::OverCapacity { waiting });
                }
                return devtools(
                    503,
                    "too many events wait; this one is recorded, and delivered later",
                );
            }
        };
        timeout(self.deadlines.answer, slot.wait()).await.unwrap_or_else(|_| {
            devtools(
                504,
                "the endpoint has not answered in time; the delivery goes on, and is recorded",
            )
        })
    }
}

/// An answer of devtool's own, which says so.
pub(super) fn devtools(status: u16, why: &str) -> Arc<Answer> {
    let text: (&str, &[u8]) = ("content-type", b"text/plain; charset=utf-8");
    let headers = header_map([text].into_iter());
    Arc::new(Answer { status, headers, body: format!("devtool: {why}\n").into() })
}

/// A place among those that wait.
struct Place<'w>(&'w Waiting);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Waiting {
    /// A place, or how many have one and whether that is news.
    fn enter(&self, most: usize) -> Result<Place<'_>, (usize, bool)> {
        let waiting = self.count.load(Ordering::Relaxed);
        if waiting >= most {
            return Err((waiting, !self.is_told.swap(true, Ordering::Relaxed)));
        }
        if waiting < most / 2 && self.is_told.load(Ordering::Relaxed) {
            self.is_told.store(false, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(Place(self))
    }
}

impl Arrival {
    /// The delivery as the history keeps it.
    pub(super) fn delivery(&self, headers: &HeaderMap, body: Bytes, endpoint: String) -> Delivery {
        Delivery {
            via: self.via,
            event_id: self.event_id.clone(),
            event: self.event.clone(),
            created: self.created,
            account: self.account.clone(),
            endpoint,
            received_at: self.at,
            headers: headers.iter().collect(),
            body,
        }
    }
}
