//! Turns what the relay does into updates of the listen, and remembers which events came.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::queue::Updates;
use super::update::{ListenUpdate, Row};
use crate::api::ApiCall;
use crate::delivery::{
    Attempt, Circumstances, Diagnosis, Endpoint, Outcome, Response, Signer, diagnosis,
};
use crate::protocol::Clock;
use crate::relay::{
    IncomingEvent, RelayObserver, RelayUpdate, Settings, Signing, UpstreamSettings,
};

/// Reports from the relay and from what is around it.
#[derive(Debug)]
pub(super) struct Reporter {
    updates: Updates,
    /// The hashes of the ids of events that came, and when Stripe made those; `None` where nobody asks.
    /// (Hashes, because a busy hour has many.)
    seen: Mutex<Option<HashMap<u64, i64>>>,
    hasher: RandomState,
    /// Where events go, and what signs them.
    upstreams: Vec<UpstreamSettings>,
    /// Whether the app can ask a local API.
    has_api: bool,
    clock: Clock,
}

/// Whether the events that came are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// Until they are forgotten.
    Kept,
    /// Nobody asks for them.
    None,
}

impl Reporter {
    pub(super) fn new(updates: Updates, memory: Memory, relay: &Settings, clock: Clock) -> Self {
        let seen = Mutex::new((memory == Memory::Kept).then(HashMap::new));
        let routed = relay.routes.iter().map(|route| &route.target);
        let upstreams = relay.upstreams.values().chain(routed).cloned().collect();
        let has_api = relay.api.is_some();
        Self { updates, seen, hasher: RandomState::new(), upstreams, has_api, clock }
    }

    /// What an attempt most likely means that has just ended.
    fn diagnosis(&self, endpoint: &Endpoint, attempt: &Attempt) -> Option<Diagnosis> {
        if attempt.outcome.is_accepted() {
            return None;
        }
        let upstream = self.upstreams.iter().find(|upstream| upstream.endpoint == *endpoint);
        let signer = match upstream.map(|upstream| &upstream.signing) {
            Some(Signing::With(found)) => Signer::Secret(found),
            Some(Signing::Stripes) => Signer::Stripe,
            None => Signer::Unknown,
        };
        let sent_at = Some(self.clock.now());
        let has_api = self.has_api;
        let with = Circumstances {
            signer,
            is_stripes: true,
            sent_at,
            has_api,
            ..Circumstances::default()
        };
        diagnosis::diagnose(endpoint, &attempt.outcome, with)
    }

    pub(super) fn emit(&self, update: ListenUpdate) {
        self.updates.send(update);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<HashMap<u64, i64>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has_seen(&self, id: &str) -> bool {
        let id = self.hasher.hash_one(id);
        self.lock().as_ref().is_some_and(|seen| seen.contains_key(&id))
    }

    pub(super) fn remember(&self, id: &str, created: i64) {
        let id = self.hasher.hash_one(id);
        if let Some(seen) = self.lock().as_mut() {
            seen.insert(id, created);
        }
    }

    /// Forgets events that were made before.
    pub(super) fn forget_before(&self, created: i64) {
        if let Some(seen) = self.lock().as_mut() {
            seen.retain(|_, made| *made >= created);
        }
    }

    /// Forgets all of them, for ever.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    fn saw(&self, event: &IncomingEvent) {
        let created = event.created.unwrap_or_else(|| event.at.seconds());
        self.remember(&event.event_id, created);
    }
}

impl RelayObserver for Reporter {
    fn on(&self, update: RelayUpdate<'_>) {
        match update {
            RelayUpdate::Received(event) => {
                self.updates.tally().began(event);
                self.saw(event);
            }
            RelayUpdate::Duplicate(event) => self.saw(event),
            RelayUpdate::Attempted { event, endpoint, number, attempt, calls, again_in } => {
                let diagnosis = self.diagnosis(endpoint, attempt);
                let row = row(event, endpoint, (number, attempt), again_in, diagnosis);
                let row = Row { api_calls: calls.map(<[ApiCall]>::to_vec), ..row };
                self.emit(ListenUpdate::Attempt(Box::new(row)));
            }
            RelayUpdate::Finished { event, end, .. } => self.updates.tally().ended(event, end),
            RelayUpdate::EndpointDown { endpoint, error } => {
                self.emit(ListenUpdate::EndpointDown {
                    endpoint: endpoint.to_string(),
                    error: error.to_owned(),
                });
            }
            RelayUpdate::EndpointBack { endpoint, after } => {
                self.emit(ListenUpdate::EndpointBack { endpoint: endpoint.to_string(), after });
            }
            RelayUpdate::BadSignature { count, error } => {
                self.emit(ListenUpdate::BadSignature { count, error: error.to_string() });
            }
            RelayUpdate::History(notice) => self.emit(ListenUpdate::History(notice.clone())),
            RelayUpdate::OverCapacity { waiting } => self.emit(ListenUpdate::OverCapacity(waiting)),
        }
    }
}

fn row(
    event: &IncomingEvent,
    endpoint: &Endpoint,
    (number, attempt): (usize, &Attempt),
    again_in: Option<Duration>,
    diagnosis: Option<Diagnosis>,
) -> Row {
    let (status, answer) = match &attempt.outcome {
        Outcome::Response(response) => {
            let words = if response.is_accepted() {
                String::new()
            } else {
                diagnosis::start_of(response).split_whitespace().collect::<Vec<_>>().join(" ")
            };
            (Some(response.status), words)
        }
        Outcome::None { error, .. } => (None, error.clone()),
    };
    Row {
        at: event.at,
        delivery: event.receipt.id(),
        event: event.event_type.clone(),
        event_id: event.event_id.clone(),
        account: event.account.clone(),
        via: event.via,
        source: event.source,
        endpoint: endpoint.to_string(),
        attempt: number,
        status,
        outcome: attempt.outcome.word(),
        latency: attempt.latency,
        answer,
        remarks: attempt.outcome.response().into_iter().flat_map(Response::remarks).collect(),
        no_answer: match &attempt.outcome {
            Outcome::Response(_) => None,
            Outcome::None { why, .. } => Some(*why),
        },
        diagnosis,
        api_calls: None,
        again_in,
    }
}
