//! An event on its way to the endpoint.

use std::sync::Arc;

use hyper::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::answer::Pending;
use super::body::Body;
use super::observer::IncomingEvent;
use super::router::Upstream;
use super::settings::Signing;
use crate::config::Secret;
use crate::history::Headers;

/// An event on its way to the endpoint.
#[derive(Debug)]
pub(super) struct InFlight {
    /// How many came before it.
    pub(super) number: u64,
    pub(super) received_at: Instant,
    pub(super) event: IncomingEvent,
    /// When the headers got their signature.
    pub(super) signed_at: Instant,
    /// As they came until it is recorded, then as they go to the endpoint.
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    /// The secret that Stripe signed it with.
    pub(super) signer: Secret,
    pub(super) upstream: Arc<Upstream>,
    pub(super) pending: Arc<Pending>,
    /// Its room among the events that are under way, where it has some.
    pub(super) room: Option<OwnedSemaphorePermit>,
}

impl InFlight {
    /// The headers as they came, and the user's own.
    pub(super) fn recorded_headers(&self) -> Headers {
        let added = &self.upstream.headers;
        self.headers.iter().filter(|(name, _)| !added.contains_key(*name)).chain(added).collect()
    }

    /// The secret that the endpoint checks signatures with.
    pub(super) fn secret(&self) -> &Secret {
        match &self.upstream.signing {
            Signing::Stripes => &self.signer,
            Signing::With(found) => &found.secret,
        }
    }
}
