//! The endpoints of a relay, each with its client and its queue, and which event goes to which.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::HeaderMap;
use tokio::sync::Mutex;

use super::endpoint_queue::EndpointQueue;
use super::settings::{EventSource, Settings, Signing, UpstreamSettings};
use crate::api::WebhookDestination;
use crate::delivery::{Client, Endpoint, Reuse, Route};
use crate::error::Result;
use crate::protocol::headers::header_map;

/// How many webhook endpoints of the local API's are kept: each change of an address is another one.
const MOST_WEBHOOKS: usize = 64;

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
    /// The endpoint's; where several lead there, they share it.
    pub(super) queue: Arc<EndpointQueue>,
    /// Whether it is a webhook endpoint that a call of the local API has made: its events are others' as well.
    pub(super) is_webhook: bool,
}

impl Upstream {
    async fn new(
        wanted: &UpstreamSettings,
        timeout: Duration,
        queue: Arc<EndpointQueue>,
    ) -> Result<Self> {
        let addresses = wanted.endpoint.resolve(wanted.hosts).await?;
        // What a closed connection loses is sent again by the deliverer.
        let connections = (Reuse::Soon, wanted.certificates);
        let client = Client::new(&wanted.endpoint, &addresses, timeout, connections)?;
        let added = wanted.headers.iter().map(|h| (h.name.as_str(), h.value.as_bytes()));
        Ok(Self {
            endpoint: wanted.endpoint.clone(),
            url: wanted.endpoint.to_string(),
            addresses: addresses.unwrap_or_default(),
            client,
            signing: wanted.signing.clone(),
            headers: header_map(added),
            queue,
            is_webhook: false,
        })
    }
}

/// The queues by the URLs of their endpoints.
type Queues = BTreeMap<String, Arc<EndpointQueue>>;

fn queues(settings: &Settings) -> Queues {
    let routed = settings.routes.iter().map(|route| &route.target);
    let all = settings.upstreams.values().chain(routed);
    let urls: BTreeSet<&str> = all.map(|upstream| upstream.endpoint.as_str()).collect();
    let (count, concurrency) = (urls.len(), settings.concurrency);
    let queue = |(number, url): (usize, &str)| {
        (url.to_owned(), Arc::new(EndpointQueue::new(number, count, concurrency)))
    };
    urls.into_iter().enumerate().map(queue).collect()
}

/// All upstreams, and which event goes to which.
#[derive(Debug)]
pub(super) struct Router {
    by_source: BTreeMap<EventSource, Arc<Upstream>>,
    routes: Vec<Route<Arc<Upstream>>>,
    /// One for each endpoint.
    queues: Vec<Arc<EndpointQueue>>,
    /// How webhook endpoints are talked to, and those that events went to.
    usual: Option<UpstreamSettings>,
    timeout: Duration,
    concurrency: usize,
    webhooks: Mutex<BTreeMap<String, Arc<Upstream>>>,
}

impl Router {
    pub(super) async fn new(settings: &Settings) -> Result<Self> {
        let (queues, timeout) = (queues(settings), settings.deadlines.attempt);
        let queue = |wanted: &UpstreamSettings| Arc::clone(&queues[wanted.endpoint.as_str()]);
        let mut router = Self {
            by_source: BTreeMap::new(),
            routes: Vec::new(),
            queues: queues.values().cloned().collect(),
            usual: settings.upstreams.values().next().cloned(),
            timeout,
            concurrency: settings.concurrency,
            webhooks: Mutex::default(),
        };
        for (source, wanted) in &settings.upstreams {
            let upstream = Upstream::new(wanted, timeout, queue(wanted)).await?;
            router.by_source.insert(*source, Arc::new(upstream));
        }
        for route in &settings.routes {
            let target = Upstream::new(&route.target, timeout, queue(&route.target)).await?;
            let target = Arc::new(target);
            router.routes.push(Route { pattern: route.pattern.clone(), target });
        }
        Ok(router)
    }

    /// How many endpoints there are.
    pub(super) fn endpoints(&self) -> usize {
        self.queues.len()
    }

    /// Holds deliveries to an endpoint's address back, or lets them go.
    pub(super) fn hold_back(&self, endpoint: &Endpoint, is_held: bool) {
        let routed = self.routes.iter().map(|route| &route.target);
        let address = (endpoint.host(), endpoint.port());
        self.by_source
            .values()
            .chain(routed)
            .filter(|upstream| (upstream.endpoint.host(), upstream.endpoint.port()) == address)
            .for_each(|upstream| upstream.queue.breaker.set_open(is_held));
    }

    /// Whether an endpoint takes no connection.
    pub(super) fn is_down(&self) -> bool {
        self.queues.iter().any(|queue| queue.breaker.is_open())
    }

    /// The upstream of a webhook endpoint that a call of the local API has made.
    ///
    /// # Errors
    /// Events may not go there.
    pub(super) async fn webhook(
        &self,
        webhook: &WebhookDestination,
    ) -> std::result::Result<Arc<Upstream>, String> {
        let usual = self.usual.as_ref().ok_or_else(|| "there is no endpoint".to_owned())?;
        let endpoint = webhook.endpoint(usual.hosts)?;
        let key = format!("{} {}", webhook.id, webhook.url);
        let mut known = self.webhooks.lock().await;
        if let Some(upstream) = known.get(&key) {
            return Ok(Arc::clone(upstream));
        }
        let wanted = UpstreamSettings {
            endpoint,
            signing: Signing::Stripes,
            headers: Vec::new(),
            ..usual.clone()
        };
        // Nothing sorts what goes there: its number is none of the others'.
        let number = self.queues.len() + known.len();
        let queue = Arc::new(EndpointQueue::new(number, number + 1, self.concurrency));
        let upstream = Upstream::new(&wanted, self.timeout, queue).await;
        let upstream = Upstream { is_webhook: true, ..upstream.map_err(|e| e.with_cause())? };
        let upstream = Arc::new(upstream);
        if known.len() == MOST_WEBHOOKS {
            known.clear();
        }
        known.insert(key, Arc::clone(&upstream));
        Ok(upstream)
    }

    /// The upstream of an event; `None` where nothing is expected by that source.
    pub(super) fn route(&self, source: EventSource, event_type: &str) -> Option<&Arc<Upstream>> {
        let main = self.by_source.get(&source)?;
        Some(Route::target(&self.routes, event_type).unwrap_or(main))
    }
}
