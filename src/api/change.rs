//! What a call changes in one object, and the event that tells of it.

use serde_json::{Map, Value, json};

use super::object::id_of;
use crate::event::previous;
use crate::protocol::ordered;

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    Created,
    Updated,
    /// Nothing, but an event tells of it.
    Told,
    Deleted,
}

/// One object before and after a call.
#[derive(Debug)]
pub(super) struct ObjectChange {
    pub(super) kind: ChangeKind,
    /// Null for a new one.
    pub(super) before: Value,
    pub(super) after: Value,
    /// The type of the event that tells of it.
    pub(super) event: Option<String>,
    /// The object that it belongs to, where it names none.
    pub(super) owner: Option<String>,
    /// What was said of it and is not shown; null for nothing.
    pub(super) hidden: Value,
}

/// When a call came, and by which request.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    pub(super) second: i64,
    /// `req_…`; none for what the customer does on a page.
    pub(super) request: Option<String>,
    pub(super) idempotency_key: Option<String>,
}

impl ObjectChange {
    pub(super) fn new(
        kind: ChangeKind,
        (before, after): (Value, Value),
        event: Option<String>,
    ) -> Self {
        Self { kind, before, after, event, owner: None, hidden: Value::Null }
    }

    /// The type of the object.
    pub(super) fn object(&self) -> &str {
        self.after["object"].as_str().unwrap_or_default()
    }

    pub(super) fn id(&self) -> &str {
        id_of((&self.after).into())
    }

    /// Whether there is something to tell: an update that changes nothing has no event.
    pub(super) fn is_change(&self) -> bool {
        self.kind != ChangeKind::Updated || self.before != self.after
    }

    /// The same with the object before and after as that has it.
    pub(super) fn shaped(&self, shape: impl Fn(&Value) -> Value) -> Self {
        Self::new(self.kind, (shape(&self.before), shape(&self.after)), None)
    }

    /// The payload of its event: its id and type, of that API version and account; with what was different before, where
    /// such events tell that.
    pub(super) fn payload(
        &self,
        (id, name): (&str, &str),
        (api_version, account): (&str, Option<&str>),
        stamp: &Stamp,
        tells_before: bool,
    ) -> Value {
        let mut data = Map::new();
        data.insert("object".to_owned(), self.after.clone());
        if tells_before {
            let before = previous::attributes(&self.before, &self.after);
            data.insert("previous_attributes".to_owned(), ordered(Value::Object(before)));
        }
        let mut payload = json!({
            "id": id,
            "object": "event",
            "api_version": api_version,
            "created": stamp.second,
            "data": data,
            "livemode": false,
            "pending_webhooks": 1,
            "request": {"id": stamp.request, "idempotency_key": stamp.idempotency_key},
            "type": name,
        });
        if let Some(account) = account {
            payload["account"] = account.into();
        }
        ordered(payload)
    }
}
