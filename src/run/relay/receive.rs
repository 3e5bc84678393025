//! The relay's server: takes what `stripe listen` posts and gives it its answer.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use tokio::net::TcpListener;

use super::door::Door;
use super::headers;
use super::intake::{Incoming, Intake};
use super::seen::Answer;
use super::settings::Source;

/// The largest body that is taken, in bytes. Stripe's largest events have some megabytes.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

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
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body broke off, or is too large");
    };
    let connection = parts.headers.get("connection").and_then(|value| value.to_str().ok());
    let pairs = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    // Copied: what the server read lies in a buffer that is larger than the body.
    let headers = headers::onward(pairs, connection.unwrap_or_default());
    let incoming = Incoming { source, headers, body: Arc::from(&*body) };
    drop((parts, body));
    let answer = intake.receive(incoming).await;
    response(&answer)
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
