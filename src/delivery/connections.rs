//! The connections to an endpoint, by hyper: one for each request, or kept for the next one.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::answer_watch::{AnswerWatch, WatchedStream};
use super::certificates::Certificates;
use super::endpoint::Endpoint;
use super::exchange_error::{ExchangeError, ExchangeStage};
use crate::error::Result;

/// How long a connection is kept for the next request; at most twice as long. Short, so that a server which
/// serves one connection at a time goes on to the next, and shorter than any server's own.
const KEPT_FOR: Duration = Duration::from_millis(50);

/// How long after its head an answer ends where its server writes both apart: it waits for the head to be
/// acknowledged, which this side's system holds back for 40 ms or more (Linux: only on a connection that has
/// served a request before). That would look like the app's own time.
const HELD_BACK: Duration = Duration::from_millis(30);

/// Whether a connection serves one request or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Each request has one of its own.
    Never,
    /// The next request takes it, if it comes soon. The app may close it just then.
    Soon,
}

/// The connections to one endpoint.
#[derive(Debug)]
pub(super) struct Connections {
    connector: HttpsConnector<HttpConnector<Addresses>>,
    /// Where they lead.
    to: Uri,
    /// Whether an answered connection is kept for the next request.
    keeps: AtomicBool,
    idle: Arc<Mutex<Vec<Idle>>>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct HttpConnection {
    sender: SendRequest<Full<Bytes>>,
    answers: AnswerWatch,
    /// Whether it has served a request.
    is_used: bool,
}

/// A connection on which nothing was sent.
pub(super) type NewStream = TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>;

/// The certificate that the other side of a connection shows, in DER.
pub(super) fn certificate(stream: &NewStream) -> Option<&[u8]> {
    let MaybeHttpsStream::Https(tls) = stream.inner() else { return None };
    let (_, session) = tls.inner().get_ref();
    session.peer_certificates()?.first().map(AsRef::as_ref)
}

#[derive(Debug)]
struct Idle {
    connection: HttpConnection,
    since: Instant,
}

impl Connections {
    /// Connections to these addresses, whatever the endpoint's name means later.
    ///
    /// # Errors
    /// The system's certificates cannot be read; or the endpoint is no URI (a bug).
    pub(super) fn to(
        endpoint: &Endpoint,
        addresses: &[SocketAddr],
        reuse: Reuse,
        certificates: Certificates,
    ) -> Result<Self> {
        // Reading the system's certificates takes longer than a delivery; http needs none.
        let needed = if endpoint.is_https() { certificates } else { Certificates::Ignored };
        let tls = needed.tls()?;
        let mut connector = HttpConnector::new_with_resolver(Addresses(addresses.to_vec()));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let to = Uri::try_from(endpoint.as_str());
        let to =
            to.map_err(|reason| Endpoint::unusable(&endpoint.to_string(), &reason.to_string()))?;
        Ok(Self {
            connector: HttpsConnector::from((connector, tls)),
            to,
            keeps: (reuse == Reuse::Soon).into(),
            idle: Arc::default(),
        })
    }

    /// Sends a request by a connection that was kept, or by a new one. One that was closed before the
    /// request went out is passed over.
    pub(super) async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> std::result::Result<(Response<Incoming>, HttpConnection), ExchangeError> {
        while let Some(mut connection) = self.take() {
            if connection.sender.ready().await.is_err() {
                continue;
            }
            connection.answers.begin();
            match connection.sender.try_send_request(request).await {
                Ok(answer) => return Ok((answer, connection)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(connection.unanswered(error.into_error())),
                },
            }
        }
        let mut connection = self.connect().await?;
        match connection.sender.send_request(request).await {
            Ok(answer) => Ok((answer, connection)),
            Err(error) => Err(connection.unanswered(error)),
        }
    }

    /// Opens a connection for the next request, if that comes soon.
    pub(super) async fn prepare(&self) -> std::result::Result<(), ExchangeError> {
        let connection = self.connect().await?;
        self.keep(connection);
        Ok(())
    }

    /// Takes a connection back whose answer was read to its end, so long after its head. From the first answer
    /// on that took [`HELD_BACK`], none is kept.
    pub(super) fn give_back(&self, connection: HttpConnection, after_head: Duration) {
        if after_head >= HELD_BACK {
            self.keeps.store(false, Ordering::Relaxed);
        }
        if self.keeps.load(Ordering::Relaxed) {
            self.keep(HttpConnection { is_used: true, ..connection });
        }
    }

    fn keep(&self, connection: HttpConnection) {
        let mut idle = lock(&self.idle);
        idle.push(Idle { connection, since: Instant::now() });
        if idle.len() == 1 {
            tokio::spawn(close_in_time(Arc::clone(&self.idle)));
        }
    }

    fn take(&self) -> Option<HttpConnection> {
        let youngest = lock(&self.idle).pop()?;
        (youngest.since.elapsed() < KEPT_FOR).then_some(youngest.connection)
    }

    /// A new connection, of which nothing is known.
    pub(super) async fn open(&self) -> std::result::Result<NewStream, ExchangeError> {
        let stream = self.connector.clone().call(self.to.clone()).await;
        stream.map(TokioIo::new).map_err(ExchangeError::connecting)
    }

    async fn connect(&self) -> std::result::Result<HttpConnection, ExchangeError> {
        let stream = self.open().await?;
        let answers = AnswerWatch::default();
        let stream = WatchedStream { stream, watch: answers.clone() };
        let mut builder = http1::Builder::new();
        let (sender, served) = builder
            .title_case_headers(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(ExchangeError::unanswered)?;
        // What goes wrong with it is told to the request.
        tokio::spawn(served);
        Ok(HttpConnection { sender, answers, is_used: false })
    }
}

impl HttpConnection {
    /// The error of a request that has no whole head of an answer.
    fn unanswered(&self, error: hyper::Error) -> ExchangeError {
        let stage = match (self.answers.has_begun(), self.is_used) {
            (true, _) => ExchangeStage::Head,
            (false, true) => ExchangeStage::Reused,
            (false, false) => ExchangeStage::Unanswered,
        };
        ExchangeError::new(error, stage)
    }
}

/// Closes connections that nobody took, until there are none.
async fn close_in_time(idle: Arc<Mutex<Vec<Idle>>>) {
    loop {
        tokio::time::sleep(KEPT_FOR).await;
        let mut idle = lock(&idle);
        idle.retain(|connection| connection.since.elapsed() < KEPT_FOR);
        if idle.is_empty() {
            return;
        }
    }
}

fn lock(idle: &Mutex<Vec<Idle>>) -> MutexGuard<'_, Vec<Idle>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The addresses that a host was found to have: what a connector takes for a resolver.
#[derive(Clone, Debug)]
struct Addresses(Vec<SocketAddr>);

impl Service<Name> for Addresses {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<std::result::Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(self.0.clone().into_iter()))
    }
}
