//! What a connection that knows the relay's path may do: be read within bounds until it has brought an event of
//! Stripe's, and stay open after that.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::admission::Admission;
use super::answer::Answer;
use super::bounds::{Bounds, KIB, SMALL_BODY};
use super::ingest::{IncomingRequest, Ingest};
use super::paths::Paths;
use crate::protocol::headers;

/// The largest body that is taken, in bytes. Stripe's largest events have some megabytes.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// What all connections share.
#[derive(Debug)]
pub(super) struct ServerState {
    ingest: Arc<Ingest>,
    pub(super) paths: Arc<Paths>,
    /// Requests that are read and not verified yet.
    readers: Arc<Admission>,
    /// KiB of large bodies among them.
    large_bodies: Arc<Admission>,
    /// Connections that stay open after their answers.
    kept: Arc<Semaphore>,
}

impl ServerState {
    pub(super) fn new(ingest: Arc<Ingest>, paths: Arc<Paths>, bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            ingest,
            paths,
            readers: Admission::new(bounds.readers),
            large_bodies: Admission::new(bounds.large_bodies),
            kept: Arc::new(Semaphore::new(bounds.kept)),
        })
    }
}

/// A connection.
#[derive(Debug)]
pub(super) struct Visit {
    state: Arc<ServerState>,
    places: Mutex<Places>,
    /// Told when the head of the first request is there.
    has_head: Notify,
}

/// What a connection takes up.
#[derive(Debug)]
struct Places {
    /// Its place among the connections of strangers, until it has brought an event of Stripe's.
    stranger: Option<OwnedSemaphorePermit>,
    /// What its first request takes up, until that is read.
    first: Option<Reading>,
    /// Its place among those that stay open.
    kept: Option<OwnedSemaphorePermit>,
}

/// What a request takes up that is read.
#[derive(Debug)]
struct Reading {
    /// When it began to wait for that.
    since: Instant,
    /// Among the readers.
    reader: Option<OwnedSemaphorePermit>,
    /// Among the events that are under way.
    room: Option<OwnedSemaphorePermit>,
}

/// Why a request is not taken.
enum Refusal {
    NoSuchPath,
    NotPosted,
    TooLarge,
    TooSlow,
    Broken,
}

impl Visit {
    pub(super) fn new(
        state: Arc<ServerState>,
        stranger: Option<OwnedSemaphorePermit>,
    ) -> Arc<Self> {
        let places = Places { stranger, first: None, kept: None };
        Arc::new(Self { state, places: Mutex::new(places), has_head: Notify::new() })
    }

    fn places(&self) -> std::sync::MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the first request may be read.
    pub(super) async fn enter(&self) {
        let first = self.reading().await;
        self.places().first = Some(first);
    }

    async fn reading(&self) -> Reading {
        let since = Instant::now();
        let room = self.state.ingest.room().await;
        Reading { since, room, reader: self.state.readers.enter(1).await }
    }

    /// Returns when the head of the first request is not there in time; never, when it is.
    pub(super) fn without_head(self: &Arc<Self>) -> impl Future<Output = ()> + use<> {
        let (visit, overdue) = (Arc::clone(self), self.state.readers.overdue());
        async move {
            tokio::select! {
                biased;
                () = visit.has_head.notified() => std::future::pending().await,
                () = overdue => {}
            }
        }
    }

    /// Answers a request.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.has_head.notify_one();
        let first = self.places().first.take();
        let reading = match first {
            Some(first) => first,
            None => self.reading().await,
        };
        match self.take(request, reading).await {
            Ok(answer) => self.response(&answer),
            Err(refusal) => refusal.response(),
        }
    }

    async fn take(
        &self,
        request: Request<Incoming>,
        reading: Reading,
    ) -> Result<Arc<Answer>, Refusal> {
        let (state, ingest) = (&*self.state, &*self.state.ingest);
        let (parts, body) = request.into_parts();
        let source = state.paths.source(parts.uri.path()).ok_or(Refusal::NoSuchPath)?;
        if parts.method != Method::POST {
            return Err(Refusal::NotPosted);
        }
        let (body, large) = tokio::select! {
            biased;
            body = self.body(body) => body?,
            () = state.readers.overdue() => return Err(Refusal::TooSlow),
        };
        let headers = headers::onward(&parts.headers);
        let Reading { since, room, reader } = reading;
        let request = IncomingRequest { source, headers, body, came_at: since };
        drop(parts);
        let signer = match ingest.verify(&request).await {
            Ok(signer) => signer,
            Err(answer) => return Ok(answer),
        };
        drop((large, reader));
        self.trust();
        Ok(ingest.take(request, signer, room).await)
    }

    /// The connection has brought an event of Stripe's.
    fn trust(&self) {
        let mut places = self.places();
        places.stranger = None;
        if places.kept.is_none() {
            places.kept = Arc::clone(&self.state.kept).try_acquire_owned().ok();
        }
    }

    /// The body, with its place among the large ones if it is one.
    async fn body(&self, body: Incoming) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refusal> {
        let announced = body.size_hint().exact();
        let announced = announced.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        if announced.is_some_and(|size| size > BODY_LIMIT) {
            return Err(Refusal::TooLarge);
        }
        let size = announced.unwrap_or(BODY_LIMIT);
        let store = &self.state.large_bodies;
        let kib = u32::try_from(size.saturating_sub(SMALL_BODY).div_ceil(KIB)).unwrap_or(u32::MAX);
        if kib == 0 {
            return Ok((whole(body, size).await?, None));
        }
        let large = store.enter(kib).await;
        tokio::select! {
            biased;
            body = whole(body, announced.unwrap_or(SMALL_BODY)) => Ok((body?, large)),
            () = store.overdue() => Err(Refusal::TooSlow),
        }
    }

    fn response(&self, answer: &Answer) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(answer.body.clone()));
        let status = StatusCode::from_u16(answer.status);
        *response.status_mut() = status.unwrap_or(StatusCode::BAD_GATEWAY);
        response.headers_mut().clone_from(&answer.headers);
        if self.places().kept.is_none() {
            close(&mut response);
        }
        response
    }
}

/// The body, copied once: what the server read lies in a buffer that is larger.
async fn whole(mut body: Incoming, capacity: usize) -> Result<Bytes, Refusal> {
    let mut whole = Vec::with_capacity(capacity);
    while let Some(frame) = body.frame().await {
        // What is no data is a trailer.
        let Ok(data) = frame.map_err(|_| Refusal::Broken)?.into_data() else { continue };
        if whole.len() + data.len() > BODY_LIMIT {
            return Err(Refusal::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.into())
}

impl Refusal {
    fn response(&self) -> Response<Full<Bytes>> {
        let (status, why) = match self {
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "the relay has no such path"),
            Self::NotPosted => (StatusCode::METHOD_NOT_ALLOWED, "the relay accepts POST only"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body took too long"),
            Self::Broken => (StatusCode::BAD_REQUEST, "the body broke off"),
        };
        let mut response = Response::new(Full::from(format!("devtool: {why}\n")));
        *response.status_mut() = status;
        close(&mut response);
        response
    }
}

fn close(response: &mut Response<Full<Bytes>>) {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}
