//! The endpoints of a relay, each with its client and its circuit breaker, and which event goes to which.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::HeaderMap;

use super::circuit_breaker::CircuitBreaker;
use super::settings::{EventSource, Settings, Signing, UpstreamSettings};
use crate::delivery::{Client, Endpoint, Route};
use crate::error::Result;
use crate::protocol::headers::header_map;

/// An endpoint, ready to be sent to.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) endpoint: Endpoint,
    /// The endpoint's URL, as it may be shown.
    pub(super) url: String,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) client: Client,
    pub(super) signing: Signing,
    pub(super) headers: HeaderMap,
    pub(super) breaker: CircuitBreaker,
}

impl Upstream {
    async fn new(wanted: &UpstreamSettings, settings: &Settings) -> Result<Arc<Self>> {
        let addresses = wanted.endpoint.resolve(wanted.hosts).await?;
        let timeout = settings.deadlines.attempt;
        let client = Client::keeping_connections(
            &wanted.endpoint,
            &addresses,
            timeout,
            wanted.certificates,
        )?;
        let added = wanted.headers.iter().map(|h| (h.name.as_str(), h.value.as_bytes()));
        Ok(Arc::new(Self {
            endpoint: wanted.endpoint.clone(),
            url: wanted.endpoint.to_string(),
            addresses: addresses.unwrap_or_default(),
            client,
            signing: wanted.signing.clone(),
            headers: header_map(added),
            breaker: CircuitBreaker::new(),
        }))
    }
}

/// All upstreams, and which event goes to which.
#[derive(Debug)]
pub(super) struct Router {
    by_source: BTreeMap<EventSource, Arc<Upstream>>,
    routes: Vec<Route<Arc<Upstream>>>,
}

impl Router {
    pub(super) async fn new(settings: &Settings) -> Result<Self> {
        let mut router = Self { by_source: BTreeMap::new(), routes: Vec::new() };
        for (source, wanted) in &settings.upstreams {
            router.by_source.insert(*source, Upstream::new(wanted, settings).await?);
        }
        for route in &settings.routes {
            let target = Upstream::new(&route.target, settings).await?;
            router.routes.push(Route { pattern: route.pattern.clone(), target });
        }
        Ok(router)
    }

    /// The upstream of an event; `None` where nothing is expected by that source.
    pub(super) fn route(&self, source: EventSource, event_type: &str) -> Option<&Arc<Upstream>> {
        let main = self.by_source.get(&source)?;
        Some(Route::target(&self.routes, event_type).unwrap_or(main))
    }
}
