//! Events: made, listed, sent to every open websocket with a signature.

use devtool::config::Secret;
use devtool::protocol::{Moment, signature};
use serde_json::{Map, Value, json};

use super::fault::Answer;
use super::state::{ApiRequest, State, ToSocket, now};
use super::{DEFAULT_VERSION, LATEST_VERSION};

/// The headers of a delivery but the signature.
const HEADERS: [(&str, &str); 4] = [
    ("Accept", "*/*; q=0.5, application/xml"),
    ("Cache-Control", "no-cache"),
    ("Content-Type", "application/json; charset=utf-8"),
    ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
];

/// What an event is about.
pub(crate) struct New<'a> {
    pub(crate) kind: &'a str,
    pub(crate) object: Value,
    pub(crate) previous: Option<Value>,
    pub(crate) account: Option<&'a str>,
    pub(crate) created: i64,
}

impl<'a> New<'a> {
    pub(crate) fn of(kind: &'a str, object: &Value) -> Self {
        Self { kind, object: object.clone(), previous: None, account: None, created: now() }
    }
}

impl State {
    /// Makes an event and sends it.
    pub(crate) fn emit(&mut self, new: New<'_>) -> String {
        let event = self.event(new);
        self.deliver(&event);
        event["id"].as_str().unwrap().to_owned()
    }

    fn deliver(&self, event: &Value) {
        if !self.muted.iter().any(|kind| event["type"] == **kind) {
            self.push(event);
        }
    }

    /// What the local API's calls have caused has happened to the account.
    pub(crate) fn happened(&mut self, event: &Value) {
        self.newest_of_product = event["id"].as_str().map(ToOwned::to_owned);
        self.events.push(event.clone());
        self.deliver(event);
    }

    /// Makes an event that nobody is sent, as if everybody had been away.
    pub(crate) fn event(&mut self, new: New<'_>) -> Value {
        let mut event = Map::new();
        event.insert("id".into(), self.new_id("evt_").into());
        event.insert("object".into(), "event".into());
        let account = new.account.map(ToOwned::to_owned).or(self.account_of_events.clone());
        if let Some(account) = account {
            event.insert("account".into(), account.into());
        }
        event.insert("api_version".into(), DEFAULT_VERSION.into());
        event.insert("created".into(), new.created.into());
        let mut data = json!({"object": new.object});
        if let Some(previous) = new.previous {
            data["previous_attributes"] = previous;
        }
        event.insert("data".into(), data);
        event.insert("livemode".into(), false.into());
        event.insert("pending_webhooks".into(), 2.into());
        event.insert("request".into(), json!({"id": self.api_request, "idempotency_key": null}));
        event.insert("type".into(), new.kind.into());
        let event = Value::Object(event);
        self.events.push(event.clone());
        event
    }

    /// Sends an event to every websocket for snapshot events, once for each API version.
    pub(crate) fn push(&self, event: &Value) {
        for version in [None, Some(LATEST_VERSION)] {
            let mut event = event.clone();
            event["api_version"] = version.unwrap_or(DEFAULT_VERSION).into();
            let payload = format!("{event:#}");
            let frame = |secret: &str| {
                json!({
                    "type": "webhook_event",
                    "endpoint": {"api_version": version},
                    "event_payload": payload,
                    "http_headers": headers(secret, &payload),
                    "webhook_conversation_id": format!("wc_{}", event["id"].as_str().unwrap()),
                    "webhook_id": "wh_1FakeStripe0000",
                })
            };
            self.send("webhooks", &frame);
        }
    }

    /// Makes a thin event and sends it.
    pub(crate) fn emit_thin(&mut self, kind: &str, related: &Value) -> String {
        let id = self.new_id("evt_test_65");
        let event = json!({
            "id": id,
            "object": "v2.core.event",
            "type": kind,
            "created": "2026-11-24T12:00:00.000Z",
            "livemode": false,
            "context": null,
            "related_object": related,
            "reason": null,
        });
        self.push_thin(&event);
        self.thin_events.push(event);
        id
    }

    /// Sends a thin event to every websocket for those.
    pub(crate) fn push_thin(&self, event: &Value) {
        let payload = event.to_string();
        let frame = |secret: &str| {
            json!({
                "type": "v2_event",
                "payload": payload,
                "http_headers": headers(secret, &payload),
                "destination_id": "ed_1FakeStripe0000",
            })
        };
        self.send("v2_events", &frame);
    }

    fn send(&self, feature: &str, frame: &dyn Fn(&str) -> Value) {
        let interested =
            self.sockets.iter().filter(|s| s.session.features.iter().any(|f| f == feature));
        for socket in interested {
            // One that has just closed gets nothing.
            let _ = socket.sender.send(ToSocket::Text(frame(&socket.session.secret).to_string()));
        }
    }
}

fn headers(secret: &str, payload: &str) -> Value {
    let secret = Secret::parse(secret).unwrap();
    let signed = signature::header(&secret, Moment::from_seconds(now()), payload.as_bytes());
    let mut headers: Map<String, Value> =
        HEADERS.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    headers.insert("Stripe-Signature".into(), format!("{signed},v0={}", "0".repeat(64)).into());
    headers.into()
}

/// `GET /v1/events`: newest first, paged, by type and time.
pub(crate) fn list(state: &State, request: &ApiRequest) -> Answer {
    let number = |name: &str| request.parameter(name).map(str::parse::<i64>);
    let bound = |name: &str, default: i64| match number(name) {
        None => default,
        Some(number) => number.unwrap_or(default),
    };
    let kinds: Vec<&str> = request
        .parameters
        .iter()
        .filter(|(name, _)| name == "type" || name.starts_with("types["))
        .map(|(_, value)| value.as_str())
        .collect();
    let limit = bound("limit", 10);
    if !(1..=100).contains(&limit) {
        return Answer::invalid(
            "parameter_invalid_integer",
            "Invalid limit: must be between 1 and 100",
        );
    }
    let fits = |event: &&Value| {
        let created = event["created"].as_i64().unwrap();
        created >= bound("created[gte]", i64::MIN)
            && created > bound("created[gt]", i64::MIN)
            && created <= bound("created[lte]", i64::MAX)
            && created < bound("created[lt]", i64::MAX)
            && (kinds.is_empty()
                || kinds.iter().any(|kind| matches(kind, event["type"].as_str().unwrap())))
    };
    let mut newest: Vec<&Value> = state.events.iter().rev().collect();
    newest.sort_by_key(|event| -event["created"].as_i64().unwrap());
    let mut rest: Vec<&Value> = match request.parameter("starting_after") {
        None => newest,
        Some(id) => newest.into_iter().skip_while(|event| event["id"] != id).skip(1).collect(),
    };
    rest.retain(fits);
    let limit = usize::try_from(limit).unwrap();
    Answer::ok(json!({
        "object": "list",
        "data": rest.iter().take(limit).collect::<Vec<_>>(),
        "has_more": rest.len() > limit,
        "url": "/v1/events",
    }))
}

/// Whether an event's type is the wanted one, or of the wanted kind (`invoice.*`).
fn matches(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => wanted == kind,
    }
}

/// `GET /v1/events/ID`.
pub(crate) fn retrieve(state: &State, id: &str) -> Answer {
    match state.events.iter().find(|event| event["id"] == id) {
        Some(event) => Answer::ok(event.clone()),
        None => Answer::no_such_object("event", id),
    }
}

/// `POST /v1/events/ID/retry`: the event goes to the websockets again.
pub(crate) fn retry(state: &State, id: &str) -> Answer {
    let answer = retrieve(state, id);
    if answer.status == 200 {
        state.push(&answer.body);
    }
    answer
}
