//! The relay's server: takes what `stripe listen` posts and gives it its answer.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use bytes::Bytes;
use tokio::net::TcpListener;

use super::door::Door;
use super::headers;
use super::intake::{Incoming, Intake};
use super::seen::Answer;
use super::settings::Source;

/// The largest body that is taken, in bytes. Stripe's largest events have some megabytes.
const BODY_LIMIT: usize = 32 * 1024 * 1024;
/// As much memory is made ready before a body has come, in bytes.
const USUAL_LIMIT: usize = 64 * 1024;

/// Answers requests until it is dropped, or that future ends and nothing is under way.
pub(super) async fn serve(
    listener: TcpListener,
    intake: Arc<Intake>,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = Router::new().fallback(take).with_state(intake);
    axum::serve(Door::new(listener), app).with_graceful_shutdown(until).await
}

async fn take(State(intake): State<Arc<Intake>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Some(source) = Source::of_word(parts.uri.path().trim_start_matches('/')) else {
        return refusal(StatusCode::NOT_FOUND, "the relay has no such path");
    };
    if parts.method != Method::POST {
        return refusal(StatusCode::METHOD_NOT_ALLOWED, "the relay takes POST only");
    }
    let Some(body) = whole(body).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body broke off, or is too large");
    };
    let incoming = Incoming { source, headers: headers::onward(&parts.headers), body };
    drop(parts);
    let answer = intake.receive(incoming).await;
    response(&answer)
}

/// The body, copied once: what the server read lies in a buffer that is larger. `None` where it broke
/// off, or is too large.
async fn whole(mut body: Body) -> Option<Bytes> {
    let told = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut whole = Vec::with_capacity(told.min(USUAL_LIMIT));
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        // What is no data is a trailer.
        let Ok(data) = frame.ok()?.into_data() else { continue };
        if whole.len() + data.len() > BODY_LIMIT {
            return None;
        }
        whole.extend_from_slice(&data);
    }
    Some(whole.into())
}

fn refusal(status: StatusCode, why: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("devtool: {why}\n")));
    *response.status_mut() = status;
    response
}

fn response(answer: &Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in &answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
