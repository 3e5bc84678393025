//! The endpoints of a relay, each with its client and its gate, and which event goes to which.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::HeaderMap;

use super::circuit_breaker::Gate;
use super::settings::{Settings, Signing, Source, Target};
use crate::delivery::{Client, Endpoint, header_map};
use crate::error::Result;
use crate::text::pattern;

/// An endpoint, ready to be sent to.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) endpoint: Endpoint,
    /// The endpoint's URL, as it may be shown.
    pub(super) url: String,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) client: Client,
    pub(super) signing: Signing,
    pub(super) headers: HeaderMap,
    pub(super) gate: Gate,
}

impl Lane {
    async fn new(target: &Target, settings: &Settings) -> Result<Arc<Self>> {
        let addresses = target.endpoint.resolve(target.hosts).await?;
        let timeout = settings.deadlines.attempt;
        let client = Client::keeping_connections(
            &target.endpoint,
            &addresses,
            timeout,
            target.certificates,
        )?;
        let added = target.headers.iter().map(|h| (h.name.as_str(), h.value.as_bytes()));
        Ok(Arc::new(Self {
            endpoint: target.endpoint.clone(),
            url: target.endpoint.to_string(),
            addresses: addresses.unwrap_or_default(),
            client,
            signing: target.signing.clone(),
            headers: header_map(added),
            gate: Gate::new(),
        }))
    }
}

/// All lanes.
#[derive(Debug)]
pub(super) struct Lanes {
    by_source: BTreeMap<Source, Arc<Lane>>,
    by_pattern: Vec<(String, Arc<Lane>)>,
}

impl Lanes {
    pub(super) async fn new(settings: &Settings) -> Result<Self> {
        let mut lanes = Self { by_source: BTreeMap::new(), by_pattern: Vec::new() };
        for (source, target) in &settings.targets {
            lanes.by_source.insert(*source, Lane::new(target, settings).await?);
        }
        for route in &settings.routes {
            let lane = Lane::new(&route.target, settings).await?;
            lanes.by_pattern.push((route.pattern.clone(), lane));
        }
        Ok(lanes)
    }

    /// The lane of an event; `None` where nothing is expected by that source.
    pub(super) fn choose(&self, source: Source, event: &str) -> Option<&Arc<Lane>> {
        let usual = self.by_source.get(&source)?;
        let routed = self.by_pattern.iter().find(|(pattern, _)| pattern::fits(pattern, event));
        Some(routed.map_or(usual, |(_, lane)| lane))
    }
}
