//! A small endpoint that does what an app should: it verifies the signature, then answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::config::Secret;
use crate::delivery::endpoint::DEFAULT_PATH;
use crate::error::{Error, Kind, Result};
use crate::protocol::headers::SIGNATURE_HEADER;
use crate::protocol::{Clock, signature};

/// How long requests that are under way may take when the endpoint is to end.
const LAST_REQUESTS: Duration = Duration::from_secs(1);
/// The largest body that is taken, in bytes.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// What the demo endpoint made of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    /// The event's type, where the body was an event.
    pub event: Option<String>,
    /// The event's id.
    pub event_id: Option<String>,
    /// Why it was rejected, if it was.
    pub rejected: Option<String>,
}

/// The demo endpoint, listening.
#[derive(Debug)]
pub(crate) struct DemoEndpoint {
    listener: TcpListener,
    address: SocketAddr,
}

#[derive(Clone)]
struct Shared {
    secret: Secret,
    clock: Clock,
    received: Sender<Received>,
}

impl DemoEndpoint {
    /// Takes a port of the loopback address; 0 takes a free one.
    ///
    /// # Errors
    /// Another program has the port.
    pub(crate) async fn bind(port: u16) -> Result<Self> {
        let bind = async || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        bind().await.map_err(|source| port_taken(port, source))
    }

    /// The port that it has.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers requests until that is cancelled, and tells what it received.
    ///
    /// # Errors
    /// The system takes the port away.
    pub(crate) async fn serve(
        self,
        secret: Secret,
        clock: Clock,
        received: Sender<Received>,
        until: CancellationToken,
    ) -> Result<()> {
        let app = Router::new()
            .route(DEFAULT_PATH, post(webhook))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(Shared { secret, clock, received });
        let port = self.address.port();
        let ended = until.clone().cancelled_owned();
        let serving = axum::serve(self.listener, app).with_graceful_shutdown(ended);
        tokio::select! {
            served = async { serving.await } => {
                served.map_err(|source| port_taken(port, source))
            }
            // A client that never finishes its request does not keep the endpoint up.
            () = async {
                until.cancelled().await;
                tokio::time::sleep(LAST_REQUESTS).await;
            } => Ok(()),
        }
    }
}

async fn webhook(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let header = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    let verified =
        signature::verify(&shared.secret, header.unwrap_or_default(), &body, shared.clock.now());
    let event = serde_json::from_slice::<serde_json::Value>(&body);
    let rejected = match (header, verified, &event) {
        (None, ..) => Some("no Stripe-Signature header".to_owned()),
        (_, Err(error), _) => Some(format!("signature verification failed: {error}")),
        (_, _, Err(error)) => Some(format!("the body is not JSON: {error}")),
        (_, Ok(()), Ok(_)) => None,
    };
    let (status, answer) = match &rejected {
        None => (StatusCode::OK, r#"{"status":"success"}"#.to_owned()),
        Some(why) => (StatusCode::BAD_REQUEST, serde_json::json!({ "error": why }).to_string()),
    };
    let event = event.unwrap_or_default();
    let text = |name: &str| event[name].as_str().map(ToOwned::to_owned);
    let received = Received { event: text("type"), event_id: text("id"), rejected };
    // Nobody listens any more when the demo is about to end.
    let _ = shared.received.send(received).await;
    (status, [(header::CONTENT_TYPE, "application/json")], answer)
}

fn port_taken(port: u16, source: std::io::Error) -> Error {
    Error::new(Kind::Config, format!("cannot listen on port {port}"))
        .caused_by(source)
        .hinted(format!("stop the program that uses port {port}, or choose another `--port`"))
}
