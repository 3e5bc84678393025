//! The relay between `stripe listen` and the endpoint: it takes every event at once, checks that it
//! is Stripe's, records it, and delivers it in its own time.
//!
//! `stripe listen` posts each event from a task of its own, without limit, and forgets those that
//! fail. So an event is taken by `receive`, known again or recorded by `intake`, handed on by
//! `dispatch` and delivered by `courier`, which waits while the endpoint is down (`gate`).

mod deliverer;
mod scheduler;
mod acceptor;
mod file_limit;
mod circuit_breaker;
mod headers;
mod ingest;
mod router;
mod order;
mod body;
mod observer;
mod server;
mod secrets;
mod dedup;
mod settings;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use acceptor::Door;
use body::Room;
use dedup::Seen;
use deliverer::{Counts, Courier};
use ingest::{Incoming, Intake, Waiting};
pub use observer::{Arrival, End, Observer, Progress, Summary};
use router::Lanes;
use scheduler::Dispatch;
pub use secrets::{Change, Secrets};
pub use settings::{
    CONCURRENCY, Deadlines, Limits, Order, Route, Settings, Signing, Source, Target, WINDOW,
};

use crate::config::Secret;
use crate::error::{Error, Result};
use crate::history::{History, Via};
use crate::protocol::{Clock, signature};

/// How many connections may wait in the system's queue.
const BACKLOG: u32 = 4_096;

/// How long the last answers may take to go back when all deliveries are done.
const LAST_ANSWERS: Duration = Duration::from_millis(200);

/// Who a relay works with.
pub struct Company {
    /// Tells the time.
    pub clock: Clock,
    /// Keeps what is delivered.
    pub history: History,
    /// Is told what happens.
    pub observer: Arc<dyn Observer>,
}

/// A relay that has its port.
#[derive(Debug)]
pub struct Relay {
    listener: TcpListener,
    handle: Handle,
}

/// What can be done with a relay while it runs.
#[derive(Clone, Debug)]
pub struct Handle {
    address: SocketAddr,
    intake: Arc<Intake>,
}

impl Relay {
    /// Takes a free port of the loopback address, and looks the endpoints' hosts up.
    ///
    /// # Errors
    /// There is no free port; an endpoint is on another machine and that is not allowed.
    pub async fn bind(settings: &Settings, company: Company) -> Result<Self> {
        file_limit::raise();
        let lanes = Lanes::new(settings).await?;
        let bind = || {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
            let listener = socket.listen(BACKLOG)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = bind().map_err(|source| Error::PortTaken { port: 0, source })?;
        let courier = Arc::new(Courier {
            clock: company.clock,
            history: company.history,
            observer: company.observer,
            seen: Seen::new(settings.limits.seen),
            room: Arc::new(Room::new(settings.limits.queued_bytes)),
            slots: Semaphore::new(settings.concurrency.max(1)),
            retry: settings.retry.clone(),
            deadlines: settings.deadlines,
            ending: CancellationToken::new(),
            counts: Counts::default(),
        });
        let intake = Arc::new(Intake {
            lanes,
            secrets: Arc::new(Secrets::new()),
            dispatch: Dispatch::new(settings.order, &courier),
            courier,
            deadlines: settings.deadlines,
            limits: settings.limits,
            waiting: Waiting::default(),
            arrivals: AtomicU64::new(0),
            resent: Mutex::default(),
        });
        Ok(Self { listener, handle: Handle { address, intake } })
    }

    /// For whoever works with the relay while it runs.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Takes and delivers events until that is cancelled; then nothing new is taken, and what is under
    /// way has its time to end. What is left then is undelivered in the history.
    pub async fn serve(self, until: CancellationToken) -> Summary {
        let intake = self.handle.intake;
        let courier = Arc::clone(&intake.courier);
        let door = Door::new(self.listener);
        let server = server::serve(door, Arc::clone(&intake), until.cancelled());
        let mut server = std::pin::pin!(server);
        let ending = async {
            until.cancelled().await;
            courier.ending.cancel();
            // When the time is up, the tasks that are left are dropped with the runtime.
            let _ = timeout(intake.deadlines.drain, intake.dispatch.drained()).await;
        };
        let mut ending = std::pin::pin!(ending);
        tokio::select! {
            () = &mut server => {
                // The answers are out; what nobody waits for any more may still be under way.
                ending.await;
            }
            () = &mut ending => drop(timeout(LAST_ANSWERS, server).await),
        }
        courier.history.flush().await;
        courier.summary()
    }
}

impl Handle {
    /// Where `stripe listen` posts events of a source to.
    pub fn url(&self, source: Source) -> String {
        format!("http://{}/{}", self.address, source.word())
    }

    /// The secrets of the Ready lines.
    pub fn secrets(&self) -> &Secrets {
        &self.intake.secrets
    }

    /// What was done so far.
    pub fn summary(&self) -> Summary {
        self.intake.courier.summary()
    }

    /// An event was found missing and Stripe is asked to send it again: it is recorded as such.
    pub fn expect_again(&self, event_id: &str) {
        let mut resent = self.intake.resent.lock().unwrap_or_else(PoisonError::into_inner);
        resent.insert(event_id.to_owned());
    }

    /// Delivers an event that did not come by `stripe listen` but was found missing: freshly signed, with
    /// the headers of Stripe's deliveries. Returns the status that the endpoint answered.
    pub async fn deliver_missing(&self, source: Source, body: &[u8], signer: Secret) -> u16 {
        let now = self.intake.courier.clock.now();
        let signature = signature::header(&signer, now, body);
        let headers = headers::of_stripe(&signature);
        let incoming = Incoming { source, headers, body: Bytes::copy_from_slice(body) };
        self.intake.take(incoming, signer, Via::Listed).await.status
    }
}
