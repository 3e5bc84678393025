//! The API's HTTP server: on the loopback address, for this machine's apps, within bounds.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Api;
use super::answer::ApiAnswer;
use super::cli_sessions::SOCKET_PATH;
use super::cli_socket;
use super::control;
use super::error::RequestError;
use super::host::names_this_machine;
use super::idempotency::{IdempotencyKey, KeyClaim};
use super::request::{ApiRequest, RequestHeaders, request_id};
use crate::error::{Error, Kind, Result};
use crate::protocol::{ApiFaultKind, Clock};

/// The port that apps expect of a local Stripe API.
pub const DEFAULT_PORT: u16 = 12111;
/// How many ports after the wanted one are tried where it is taken.
const PORTS: u16 = 100;
/// How many connections there may be at once; others wait.
const MOST_CONNECTIONS: usize = 256;
/// The largest head of a request, in bytes.
const HEAD_LIMIT: usize = 32 * 1024;
/// The largest body, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// How long a connection may say nothing, and how long a request may take to come.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long requests that are under way may take when the server is to end.
const LAST_REQUESTS: Duration = Duration::from_secs(1);
/// How long to wait when the system has no more connections to give.
const AFTER_ERROR: Duration = Duration::from_millis(100);

/// The API's server, listening.
#[derive(Debug)]
pub struct ApiServer {
    listener: TcpListener,
    address: SocketAddr,
}

impl ApiServer {
    /// Takes a port of the loopback address; 0 takes a free one. Where `or_next` says so, the next free port is
    /// taken if another program has that one.
    ///
    /// # Errors
    /// Other programs have the ports.
    pub async fn bind(port: u16, or_next: bool) -> Result<Self> {
        let last = if or_next && port != 0 { port.saturating_add(PORTS) } else { port };
        let mut error = None;
        for candidate in port..=last {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, candidate)).await {
                Ok(listener) => {
                    let address = listener.local_addr().map_err(|e| port_taken(port, e))?;
                    return Ok(Self { listener, address });
                }
                Err(e) => error = Some(e),
            }
        }
        Err(port_taken(port, error.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into())))
    }

    /// The port that it has.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address that apps are pointed at.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// Answers requests until that is cancelled; those under way have a second more.
    pub async fn serve(self, api: Api, clock: Clock, until: CancellationToken) {
        let under_way = TaskTracker::new();
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            let (stream, place) = tokio::select! {
                connection = next(&self.listener, &places) => connection,
                () = until.cancelled() => break,
            };
            let serving = Serving { api: api.clone(), clock, until: until.clone() };
            under_way.spawn(connection(stream, place, serving));
        }
        drop(self.listener);
        under_way.close();
        let _ = timeout(LAST_REQUESTS, under_way.wait()).await;
    }
}

fn port_taken(port: u16, source: std::io::Error) -> Error {
    Error::new(Kind::Config, format!("cannot open port {port} for the local Stripe API"))
        .hinted("another program has it: choose another one with --api-port")
        .caused_by(source)
}

/// The next connection, and its place among those that may be open.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                return (stream, place);
            }
            Err(_) => sleep(AFTER_ERROR).await,
        }
    }
}

/// What answers requests.
#[derive(Clone)]
struct Serving {
    api: Api,
    clock: Clock,
    until: CancellationToken,
}

/// A connection is closed without an answer, as a fault has it.
#[derive(Debug)]
struct ClosedWithoutAnswer;

impl std::fmt::Display for ClosedWithoutAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for ClosedWithoutAnswer {}

/// Serves a connection to its end.
async fn connection(stream: TcpStream, place: Option<OwnedSemaphorePermit>, serving: Serving) {
    let until = serving.until.clone();
    let answers = service_fn(move |request| {
        let serving = serving.clone();
        async move { serving.exchange(request).await.ok_or(ClosedWithoutAnswer) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(IDLE_TIMEOUT).max_buf_size(HEAD_LIMIT);
    // A connection that breaks off is the other side's to see to.
    let connection = http.serve_connection(TokioIo::new(stream), answers).with_upgrades();
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        () = until.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(place);
}

impl Serving {
    /// Answers one request, and notes it in the log; `None` where no answer is to come.
    async fn exchange(&self, request: Request<Incoming>) -> Option<Response<Full<Bytes>>> {
        let start = Instant::now();
        let (parts, body) = request.into_parts();
        let is_local = names_this_machine(parts.headers.get(HOST));
        if is_local && parts.uri.path() == SOCKET_PATH {
            let until = (self.clock, self.until.clone());
            return Some(cli_socket::subscribe(&self.api, parts, until).await);
        }
        let token = parts.headers.get(control::TOKEN_HEADER).and_then(|token| token.to_str().ok());
        if is_local && self.api.is_control(parts.uri.path(), token) {
            return Some(self.control(body).await);
        }
        let mut asked = ApiRequest {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: headers(&parts.headers),
            body: Vec::new(),
            number: 0,
            second: self.api.second(self.clock.now().seconds()),
        };
        let number = self.api.begin_call(&asked, self.clock.now());
        asked.number = number;
        let mut noted = Noted { api: &self.api, number, start, answer: None };
        let answer = match whole(body, BODY_LIMIT).await {
            _ if !is_local => RequestError::foreign_host().answer(&asked.path),
            Err(error) => error.answer(&asked.path),
            Ok(body) => {
                asked.body = body;
                self.answer(&asked, number).await?
            }
        };
        noted.answer = Some(answer.clone());
        drop(noted);
        Some(response(answer, &asked, number))
    }

    /// Does what a run says by the control path.
    async fn control(&self, body: Incoming) -> Response<Full<Bytes>> {
        let (status, body) = match whole(body, control::BODY_LIMIT).await {
            Ok(body) => {
                let answer = self.api.control(&body);
                if answer.waits_for_events {
                    self.api.happenings_are_out().await;
                }
                (answer.status, answer.body)
            }
            Err(_) => (400, Vec::new()),
        };
        let mut response = Response::new(Full::new(body.into()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        response
    }

    /// The answer, late or wrong where the user asked for that.
    async fn answer(&self, asked: &ApiRequest, number: u64) -> Option<ApiAnswer> {
        let path = asked.shown_path(usize::MAX);
        let fault = self.api.links().befalls(&asked.method, &path);
        if fault.is_some() {
            self.api.calls().befall(number);
        }
        let error = match fault {
            None => return Some(self.kept(asked, number, None).await),
            Some(ApiFaultKind::Kept) => {
                let error = RequestError::kept_fault();
                return Some(self.kept(asked, number, Some(error)).await);
            }
            Some(ApiFaultKind::Status(status)) => Some(RequestError::fault(status)),
            Some(ApiFaultKind::LockTimeout) => Some(RequestError::lock_timeout()),
            Some(ApiFaultKind::Timeout) => {
                self.until.cancelled().await;
                None
            }
            Some(ApiFaultKind::Close) => None,
        };
        self.wait().await;
        error.map(|error| error.answer(&asked.path))
    }

    /// The answer to a request, which may be that of the first one with its idempotency key; else `error`, where
    /// that is to come.
    async fn kept(
        &self,
        asked: &ApiRequest,
        number: u64,
        error: Option<RequestError>,
    ) -> ApiAnswer {
        let has_passed = super::key::check(asked.headers.authorization.as_deref()).is_ok();
        let claim = if has_passed { self.api.keys().claim(asked) } else { KeyClaim::Free };
        let mut held = None;
        match claim {
            KeyClaim::Free => {}
            KeyClaim::First(key) => held = Some(HeldKey { api: &self.api, key, answer: None }),
            KeyClaim::Again(answer) => return answer,
            KeyClaim::Refused(error) => return error.answer(&asked.path),
        }
        self.wait().await;
        let is_error = error.is_some();
        let answer = match error {
            Some(error) => {
                let answer = error.answer(&asked.path);
                self.api.keep_answer(asked, &answer);
                answer
            }
            None => self.api.answer(asked),
        };
        self.api.events_are_out(number).await;
        if let Some(held) = held.as_mut()
            && (is_error || [200, 402].contains(&answer.status))
        {
            held.answer = Some(ApiAnswer { original: Some(number), ..answer.clone() });
        }
        answer
    }

    /// Waits as long as each answer takes.
    async fn wait(&self) {
        let latency = self.api.links().latency();
        if !latency.is_zero() {
            sleep(latency).await;
        }
    }
}

/// An idempotency key whose first request is under way until this is dropped, as it is where the app hangs up.
struct HeldKey<'a> {
    api: &'a Api,
    key: IdempotencyKey,
    answer: Option<ApiAnswer>,
}

impl Drop for HeldKey<'_> {
    fn drop(&mut self) {
        self.api.keys().release(&self.key, self.answer.take());
    }
}

/// A call that is noted in the log as ended when this is dropped, as it is where the app hangs up.
struct Noted<'a> {
    api: &'a Api,
    number: u64,
    start: Instant,
    answer: Option<ApiAnswer>,
}

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.api.calls().end(self.number, self.answer.as_ref(), self.start.elapsed());
        self.api.0.ended.notify_one();
    }
}

fn headers(all: &HeaderMap) -> RequestHeaders {
    let text = |name: &str| all.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    RequestHeaders {
        authorization: text("authorization"),
        version: text("stripe-version"),
        account: text("stripe-account"),
        context: text("stripe-context"),
        content_type: text("content-type"),
        idempotency_key: text("idempotency-key"),
        trigger: text("stripe-request-trigger"),
        host: text("host"),
    }
}

async fn whole(body: Incoming, limit: usize) -> std::result::Result<Vec<u8>, RequestError> {
    match timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(RequestError::too_large())
        }
        Ok(Err(_)) | Err(_) => Err(RequestError::broken_body()),
    }
}

/// The answer with the headers that all answers have.
fn response(answer: ApiAnswer, asked: &ApiRequest, number: u64) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        // What came as a header may go as one.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set("request-id", &request_id(number));
    if let Some(original) = answer.original {
        set("idempotent-replayed", "true");
        set("original-request", &request_id(original));
    }
    set("stripe-version", asked.version());
    for (name, value) in [
        ("stripe-account", &asked.headers.account),
        ("idempotency-key", &asked.headers.idempotency_key),
        ("stripe-notice", &answer.notice),
    ] {
        if let Some(value) = value {
            set(name, value);
        }
    }
    if let Some(should_retry) = answer.should_retry {
        set("stripe-should-retry", if should_retry { "true" } else { "false" });
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if answer.status == 413 {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
