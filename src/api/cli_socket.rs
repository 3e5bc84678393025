//! The websocket by which `stripe listen` gets events. The Stripe CLI forwards them as they come, headers and all: it is
//! the API that signs.

use axum::extract::FromRequestParts as _;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use bytes::Bytes;
use http_body_util::Full;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::Api;
use super::cli_sessions::CliSocket;
use super::event_answers::EventAnswer;
use super::sent::SentEvent;
use crate::event::Catalogue;
use crate::protocol::{Clock, signature};

/// The header that names the session.
const SESSION_HEADER: &str = "websocket-id";
/// What is spoken.
const PROTOCOL: &str = "stripecli-devproxy-v1";
/// The largest frame that the Stripe CLI sends: an app's answer, of which it cuts the body, and the event.
const FRAME_LIMIT: usize = 32 * 1024 * 1024;

/// What names a delivery, before the event's id.
const CONVERSATION: &str = "wc_";

/// The headers of a delivery but the signature.
const HEADERS: [(&str, &str); 4] = [
    ("Accept", "*/*; q=0.5, application/xml"),
    ("Cache-Control", "no-cache"),
    ("Content-Type", "application/json; charset=utf-8"),
    ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
];

/// Opens the websocket of a session, which ends when that is cancelled.
pub(super) async fn subscribe(
    api: &Api,
    mut parts: Parts,
    (clock, until): (Clock, CancellationToken),
) -> Response<Full<Bytes>> {
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let Ok(upgrade) = upgrade else {
        return refusal(StatusCode::UPGRADE_REQUIRED, "This is the address of a websocket.");
    };
    let id = parts.headers.get(SESSION_HEADER).and_then(|id| id.to_str().ok());
    let Some(socket) = api.cli_sessions().connect(id.unwrap_or_default()) else {
        return refusal(StatusCode::BAD_REQUEST, "Unknown WebSocket ID.");
    };
    let api = api.clone();
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(FRAME_LIMIT);
    let answer = upgrade.on_upgrade(move |websocket| async move {
        tokio::select! {
            () = converse(&api, &socket, websocket, clock) => {}
            () = until.cancelled() => {}
        }
        api.cli_sessions().disconnect(&socket);
    });
    answer.map(|_| Full::default())
}

fn refusal(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    let body = json!({"error": {"message": message}}).to_string();
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response
}

/// Sends the session's events and takes the acknowledgements, to the end of the websocket or until another one has its
/// place. Pings are answered by themselves.
async fn converse(api: &Api, socket: &CliSocket, mut websocket: WebSocket, clock: Clock) {
    let mut sent = 0;
    loop {
        let Some(events) = api.cli_sessions().after(socket, sent) else {
            // The one that has its place may still wait for what has woken this one.
            socket.more.notify_one();
            return;
        };
        for (number, event) in events {
            for frame in frames(&event, socket, clock) {
                if websocket.send(Message::text(frame.to_string())).await.is_err() {
                    return;
                }
            }
            sent = number;
        }
        tokio::select! {
            () = socket.more.notified() => {}
            received = websocket.recv() => match received {
                Some(Ok(Message::Text(text))) => hear(api, socket, &text, clock),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

/// What the Stripe CLI says: that it has an event, and what the app has answered to one that it forwards.
fn hear(api: &Api, socket: &CliSocket, text: &str, clock: Clock) {
    let Ok(said) = serde_json::from_str::<Value>(text) else { return };
    if said["type"] == "event_ack"
        && let Some(event) = said["event_id"].as_str()
    {
        api.cli_sessions().acknowledge(socket, event);
    }
    if said["type"] == "webhook_response"
        && let Some(event) = said["webhook_conversation_id"].as_str()
        && let Some(event) = event.strip_prefix(CONVERSATION)
    {
        let is_accepted = said["status"].as_u64().is_some_and(|status| status / 100 == 2);
        let second = clock.now().seconds();
        api.event_was_answered(event, EventAnswer { is_accepted, second });
    }
}

/// The frames of an event: as Stripe does, one in the account's version and one in the newest, of which the Stripe CLI
/// takes one; both are the same here.
fn frames(event: &SentEvent, socket: &CliSocket, clock: Clock) -> Vec<Value> {
    let payload = String::from_utf8_lossy(&event.body);
    let signature = signature::delivery_header(&socket.secret, clock.now(), &event.body);
    let headers = HEADERS.iter().copied().chain([("Stripe-Signature", signature.as_str())]);
    let headers: Map<String, Value> =
        headers.map(|(name, value)| (name.to_owned(), value.into())).collect();
    if !event.is_snapshot() {
        let frame = json!({
            "type": "v2_event",
            "payload": payload,
            "http_headers": headers,
            "destination_id": "ed_devtool",
        });
        return vec![frame];
    }
    let frame = |version: Option<&str>| {
        json!({
            "type": "webhook_event",
            "endpoint": {"api_version": version},
            "event_payload": payload,
            "http_headers": headers,
            "webhook_conversation_id": format!("{CONVERSATION}{}", event.id()),
            "webhook_id": "wh_devtool",
        })
    };
    vec![frame(None), frame(Some(Catalogue::api_version()))]
}
