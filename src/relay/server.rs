//! The relay's HTTP server: takes what `stripe listen` posts and gives it its answer.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{self, Body as _};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;

use super::acceptor::Acceptor;
use super::answer::Answer;
use super::ingest::{IncomingRequest, Ingest};
use super::settings::EventSource;
use crate::protocol::headers;

/// The largest body that is taken, in bytes. Stripe's largest events have some megabytes.
const BODY_LIMIT: usize = 32 * 1024 * 1024;
/// As much memory is made ready before a body has come, in bytes.
const INITIAL_LIMIT: usize = 64 * 1024;

/// Answers requests until it is dropped, or that future ends and nothing is under way.
pub(super) async fn serve(
    acceptor: Acceptor,
    ingest: Arc<Ingest>,
    until: impl Future<Output = ()>,
) {
    let under_way = GracefulShutdown::new();
    let mut until = std::pin::pin!(until);
    loop {
        let accepted = tokio::select! {
            accepted = acceptor.next() => accepted,
            () = &mut until => break,
        };
        let ingest = Arc::clone(&ingest);
        let answers = service_fn(move |request| {
            let ingest = Arc::clone(&ingest);
            async move { Ok::<_, Infallible>(take(&ingest, request).await) }
        });
        let io = TokioIo::new(accepted.stream);
        let connection = under_way.watch(http1::Builder::new().serve_connection(io, answers));
        tokio::spawn(async move {
            // A connection that breaks off is the other side's to see to.
            let _ = connection.await;
            drop(accepted.permit);
        });
    }
    drop(acceptor);
    under_way.shutdown().await;
}

async fn take(ingest: &Ingest, request: Request<body::Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Some(source) = EventSource::of_word(parts.uri.path().trim_start_matches('/')) else {
        return refusal(StatusCode::NOT_FOUND, "the relay has no such path");
    };
    if parts.method != Method::POST {
        return refusal(StatusCode::METHOD_NOT_ALLOWED, "the relay accepts POST only");
    }
    let Some(body) = whole(body).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body broke off, or is too large");
    };
    let posted = IncomingRequest { source, headers: headers::onward(&parts.headers), body };
    drop(parts);
    let answer = ingest.receive(posted).await;
    response(&answer)
}

/// The body, copied once: what the server read lies in a buffer that is larger. `None` where it broke
/// off, or is too large.
async fn whole(mut body: body::Incoming) -> Option<Bytes> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut whole = Vec::with_capacity(announced.min(INITIAL_LIMIT));
    while let Some(frame) = body.frame().await {
        // What is no data is a trailer.
        let Ok(data) = frame.ok()?.into_data() else { continue };
        if whole.len() + data.len() > BODY_LIMIT {
            return None;
        }
        whole.extend_from_slice(&data);
    }
    Some(whole.into())
}

fn refusal(status: StatusCode, why: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("devtool: {why}\n")));
    *response.status_mut() = status;
    response
}

fn response(answer: &Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body.clone()));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    response.headers_mut().clone_from(&answer.headers);
    response
}
