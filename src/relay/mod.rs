//! The relay between `stripe listen` and the endpoint: it takes every event at once, checks that it
//! is Stripe's, records it, and delivers it in its own time.
//!
//! `stripe listen` posts each event from a task of its own, without limit, and forgets those that
//! fail. So its connections are taken by `acceptor` and `server`, within `bounds` and only at the relay's own
//! `paths`, and its requests are read by `visit`; `ingest` checks each event and looks it up in `dedup`,
//! `scheduler` has it recorded and delivered in its turn, and `deliverer` sends it to the upstream that `router`
//! chose, and waits while that is down (`circuit_breaker`).

mod acceptor;
mod admission;
mod answer;
mod body;
mod bounds;
mod circuit_breaker;
mod dedup;
mod deliverer;
mod endpoint_queue;
mod in_flight;
mod ingest;
mod observer;
mod order;
mod paths;
mod rejections;
mod router;
mod scheduler;
mod secrets;
mod server;
mod settings;
mod visit;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use body::MemoryBudget;
use bounds::Bounds;
use dedup::DedupCache;
use deliverer::{Counts, Deliverer};
use ingest::{IncomingRequest, Ingest, ROOM, WaitingRequests};
pub use observer::{End, IncomingEvent, RelayObserver, RelayUpdate, Summary};
use paths::Paths;
use rejections::Rejections;
use router::Router;
use scheduler::Scheduler;
pub use secrets::{SecretChange, Secrets};
use server::Server;
pub use settings::{
    CONCURRENCY, Deadlines, DeliveryOrder, EventSource, MemoryLimits, Settings, Signing,
    UpstreamSettings, WINDOW,
};

use visit::ServerState;

use crate::api::WebhookDestination;
use crate::config::Secret;
use crate::delivery::Endpoint;
use crate::error::{Error, Kind, Result};
use crate::history::{History, Via};
use crate::protocol::{Clock, headers, signature};

/// How many connections may wait in the system's queue.
const BACKLOG: u32 = 4_096;

/// How long the last answers may take to go back when all deliveries are done.
const LAST_ANSWERS: Duration = Duration::from_millis(200);

/// What a relay works with.
pub struct Deps {
    /// The time.
    pub clock: Clock,
    /// Keeps what is delivered.
    pub history: History,
    /// Gets what happens.
    pub observer: Arc<dyn RelayObserver>,
}

/// A relay that has its port.
#[derive(Debug)]
pub struct Relay {
    listener: TcpListener,
    server: Arc<Server>,
    handle: Handle,
}

/// What can be done with a relay while it runs.
#[derive(Clone, Debug)]
pub struct Handle {
    address: SocketAddr,
    paths: Arc<Paths>,
    ingest: Arc<Ingest>,
}

impl Relay {
    /// Takes a free port of the loopback address, and looks the endpoints' hosts up.
    ///
    /// # Errors
    /// There is no free port; an endpoint is on another machine and that is not allowed.
    pub async fn bind(settings: &Settings, deps: Deps) -> Result<Self> {
        let bounds = Bounds::new(settings.limits.waiting, crate::process::file_limit::raise());
        let router = Router::new(settings).await?;
        let paths = Arc::new(Paths::random()?);
        let bind = || {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
            let listener = socket.listen(BACKLOG)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = bind().map_err(|source: io::Error| {
            Error::new(Kind::Config, "cannot listen on a port of this machine").caused_by(source)
        })?;
        let ingest = Arc::new(ingest(settings, router, bounds, deps));
        let state = ServerState::new(Arc::clone(&ingest), Arc::clone(&paths), bounds);
        let server = Server::new(state, bounds);
        Ok(Self { listener, server, handle: Handle { address, paths, ingest } })
    }

    /// For whoever works with the relay while it runs.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Takes and delivers events until that is cancelled; then nothing new is taken, and what is under
    /// way has its time to end. What is left then is undelivered in the history.
    pub async fn serve(self, until: CancellationToken) -> Summary {
        let ingest = self.handle.ingest;
        let deliverer = Arc::clone(&ingest.deliverer);
        let mut server = std::pin::pin!(self.server.serve(self.listener, until.clone()));
        let ending = async {
            until.cancelled().await;
            deliverer.ending.cancel();
            // When the time is up, the tasks that are left are dropped with the runtime.
            let _ = timeout(ingest.deadlines.drain, ingest.scheduler.drained()).await;
        };
        let mut ending = std::pin::pin!(ending);
        tokio::select! {
            () = &mut server => {
                // The answers are out; what nobody waits for any more may still be under way.
                ending.await;
            }
            () = &mut ending => drop(timeout(LAST_ANSWERS, server).await),
            // It does not end by itself.
            () = ingest.report_rejections() => {}
        }
        ingest.report_last_rejections();
        deliverer.history.flush().await;
        deliverer.summary()
    }
}

/// What takes events, with nothing in it yet.
fn ingest(settings: &Settings, router: Router, bounds: Bounds, deps: Deps) -> Ingest {
    let deliverer = Arc::new(Deliverer {
        clock: deps.clock,
        history: deps.history,
        observer: deps.observer,
        dedup: DedupCache::new(settings.limits.known_events),
        budget: Arc::new(MemoryBudget::new(settings.limits.queued_bytes)),
        retry: settings.retry.clone(),
        deadlines: settings.deadlines,
        api: settings.api.clone(),
        ending: CancellationToken::new(),
        counts: Counts::default(),
    });
    Ingest {
        scheduler: Scheduler::new(settings.order, router.endpoints(), &deliverer),
        router,
        secrets: Arc::new(Secrets::new()),
        deliverer,
        deadlines: settings.deadlines,
        most_waiting: bounds.waiting,
        waiting: WaitingRequests::default(),
        rejections: Rejections::default(),
        room: Arc::new(Semaphore::new(ROOM)),
        arrivals: AtomicU64::new(0),
        resent: Mutex::default(),
    }
}

impl Handle {
    /// Where `stripe listen` posts events of a source to. Nobody else may know it.
    pub fn url(&self, source: EventSource) -> String {
        format!("http://{}{}", self.address, self.paths.of(source))
    }

    /// The same as it may be shown and kept.
    pub fn shown_url(&self, source: EventSource) -> String {
        format!("http://{}{}", self.address, Paths::shown(source))
    }

    /// A text of the Stripe CLI's as it may be shown.
    pub fn without_paths(&self, text: &str) -> String {
        self.paths.hidden_in(text)
    }

    /// The secrets of the Ready lines.
    pub fn secrets(&self) -> &Secrets {
        &self.ingest.secrets
    }

    /// Keeps events from an app that does not accept connections yet, whatever path of its they are for.
    pub fn hold_back(&self, endpoint: &Endpoint) {
        self.ingest.router.hold_back(endpoint, true);
    }

    /// Lets go those that were held back.
    pub fn release(&self, endpoint: &Endpoint) {
        self.ingest.router.hold_back(endpoint, false);
    }

    /// What was done so far.
    pub fn summary(&self) -> Summary {
        self.ingest.deliverer.summary()
    }

    /// An event was found missing and Stripe is asked to send it again: it is recorded as such.
    pub fn expect_again(&self, event_id: &str) {
        let mut resent = self.ingest.resent.lock().unwrap_or_else(PoisonError::into_inner);
        resent.insert(event_id.to_owned());
    }

    /// Delivers an event that did not come by `stripe listen` but was found missing: freshly signed, with
    /// the headers of Stripe's deliveries. Returns the status that the endpoint answered.
    pub async fn deliver_missing(&self, source: EventSource, body: &[u8], signer: Secret) -> u16 {
        self.deliver(source, body, (signer, Via::Listed)).await
    }

    /// The same with an event that a call of the local API has caused.
    pub async fn deliver_caused(&self, source: EventSource, body: &[u8], signer: Secret) -> u16 {
        self.deliver(source, body, (signer, Via::Local)).await
    }

    /// Whether events may go to a webhook endpoint that a call of the local API has made.
    ///
    /// # Errors
    /// They may not, for that reason.
    pub(crate) async fn find_webhook(
        &self,
        webhook: &WebhookDestination,
    ) -> std::result::Result<(), String> {
        self.ingest.router.webhook(webhook).await.map(drop)
    }

    /// The same with an event that goes to such a webhook endpoint, where it may.
    pub(crate) async fn deliver_to_webhook(
        &self,
        body: &[u8],
        webhook: &WebhookDestination,
    ) -> u16 {
        let Ok(upstream) = self.ingest.router.webhook(webhook).await else { return 0 };
        let request = self.signed(EventSource::Snapshot, body, &webhook.secret);
        self.ingest.take_for(upstream, request, webhook.secret.clone()).await.status
    }

    fn signed(&self, source: EventSource, body: &[u8], signer: &Secret) -> IncomingRequest {
        let now = self.ingest.deliverer.clock.now();
        let signature = signature::delivery_header(signer, now, body);
        let headers = headers::of_stripe(&signature);
        IncomingRequest {
            source,
            headers,
            body: Bytes::copy_from_slice(body),
            came_at: Instant::now(),
        }
    }

    async fn deliver(&self, source: EventSource, body: &[u8], (signer, via): (Secret, Via)) -> u16 {
        let request = self.signed(source, body, &signer);
        self.ingest.take_unsent(request, signer, via).await.status
    }
}
