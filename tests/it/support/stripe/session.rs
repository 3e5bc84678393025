//! Sessions of `stripe listen` and their websockets.

use std::sync::Arc;

use axum::extract::State as Extract;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::fault::Answer;
use super::state::{ApiRequest, Session, Shared, Socket, State, ToSocket};
use super::{ACCOUNT, DEFAULT_VERSION, LATEST_VERSION};

/// `POST /v1/stripecli/sessions`.
pub(crate) fn create(state: &mut State, request: &ApiRequest) -> Answer {
    let features: Vec<String> = request
        .parameters
        .iter()
        .filter(|(name, _)| name.starts_with("websocket_features["))
        .map(|(_, value)| value.clone())
        .collect();
    let device = request.parameter("device_name").unwrap_or_default();
    let secret = secret(&state.salt, device);
    let session = Session { id: state.new_id("cliws_"), secret, features };
    let answer = json!({
        "default_version": DEFAULT_VERSION,
        "device_token": null,
        "display_connect_filter_warning": false,
        "latest_version": LATEST_VERSION,
        "reconnect_delay": state.reconnect_delay.unwrap_or(240),
        "secret": session.secret,
        "websocket_authorized_feature": "webhook-payloads",
        "websocket_id": session.id,
        "websocket_url": format!("ws://{}/subscribe/{ACCOUNT}", state.address.unwrap()),
    });
    state.sessions.push(session);
    Answer::ok(answer)
}

/// The secret depends on the account and the device.
pub(crate) fn secret(salt: &str, device: &str) -> String {
    let digest = Sha256::digest(format!("{ACCOUNT}/{device}/{salt}"));
    format!("whsec_{}", devtool::text::hexadecimal::digits(&digest))
}

/// `GET /subscribe/ACCOUNT`: opens the websocket of a session.
pub(crate) async fn subscribe(
    Extract(shared): Extract<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let id = headers.get("websocket-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let (session, refuses) = shared.change(|state| {
        let session = state.sessions.iter().find(|session| session.id == id).cloned();
        (session, state.refuses_websockets)
    });
    if refuses {
        return (StatusCode::SERVICE_UNAVAILABLE, "busy").into_response();
    }
    let Some(session) = session else {
        let body = json!({"error": {"message": "Unknown WebSocket ID."}}).to_string();
        return (StatusCode::BAD_REQUEST, body).into_response();
    };
    upgrade
        .protocols(["stripecli-devproxy-v1"])
        .max_message_size(64 << 20)
        .on_upgrade(move |socket| serve(shared, session, socket))
}

/// Sends what it is told to, keeps what it receives; axum answers pings.
async fn serve(shared: Arc<Shared>, session: Session, mut socket: WebSocket) {
    let (sender, mut told) = unbounded_channel();
    shared.change(|state| state.sockets.push(Socket { session, sender: sender.clone() }));
    loop {
        tokio::select! {
            told = told.recv() => match told {
                Some(ToSocket::Text(text)) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        break;
                    }
                }
                Some(ToSocket::Stall) => {
                    close(&shared, &sender);
                    std::future::pending::<()>().await;
                }
                Some(ToSocket::Drop) | None => break,
            },
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    shared.change(|state| state.frames.push(frame));
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    close(&shared, &sender);
}

/// Nothing is sent to it any more.
fn close(shared: &Shared, sender: &UnboundedSender<ToSocket>) {
    shared.change(|state| state.sockets.retain(|other| !other.sender.same_channel(sender)));
}
