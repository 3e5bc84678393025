//! Objects that are made, changed and deleted without further effects: a table of their paths.

use serde_json::{Map, Value, json};

use super::events::New;
use super::fault::Answer;
use super::state::{State, now};

/// A path below `/v1/` and what its objects are.
pub(crate) struct Collection {
    path: &'static str,
    object: &'static str,
    prefix: &'static str,
    /// What the types of its events begin with.
    events: &'static str,
    /// Of `created`, `updated` and `deleted`, those that are sent.
    sent: &'static str,
}

const fn collection(
    path: &'static str,
    object: &'static str,
    prefix: &'static str,
    events: &'static str,
    sent: &'static str,
) -> Collection {
    Collection { path, object, prefix, events, sent }
}

const CREATED: &str = "created";
const MOST: &str = "created updated";

const COLLECTIONS: &[Collection] = &[
    collection("accounts", "account", "acct_", "account", "updated"),
    collection("billing/meters", "billing.meter", "mtr_", "billing.meter", MOST),
    collection("credit_notes", "credit_note", "cn_", "credit_note", MOST),
    collection(
        "identity/verification_sessions",
        "identity.verification_session",
        "vs_",
        "identity.verification_session",
        CREATED,
    ),
    collection("issuing/cardholders", "issuing.cardholder", "ich_", "issuing_cardholder", MOST),
    collection("issuing/cards", "issuing.card", "ic_", "issuing_card", MOST),
    collection(
        "issuing/transactions",
        "issuing.transaction",
        "ipi_",
        "issuing_transaction",
        "updated",
    ),
    collection("payouts", "payout", "po_", "payout", MOST),
    collection("quotes", "quote", "qt_", "quote", CREATED),
    collection("reporting/report_runs", "reporting.report_run", "frr_", "reporting.report_run", ""),
    collection("transfers", "transfer", "tr_", "transfer", MOST),
];

/// What a `POST …/ID/ACTION` sets, and the events that it causes.
const ACTIONS: &[(&str, &str, &str, &[&str])] = &[
    ("credit_notes", "void", "void", &["credit_note.voided"]),
    (
        "identity/verification_sessions",
        "cancel",
        "canceled",
        &["identity.verification_session.canceled"],
    ),
    (
        "identity/verification_sessions",
        "redact",
        "redacted",
        &["identity.verification_session.redacted"],
    ),
    ("payouts", "cancel", "canceled", &["payout.canceled", "payout.updated"]),
    ("quotes", "accept", "accepted", &["quote.accepted"]),
    ("quotes", "cancel", "canceled", &["quote.canceled"]),
    ("quotes", "finalize", "open", &["quote.finalized"]),
];

/// Whether a path below `/v1/` is one that the fake answers itself.
pub(crate) fn are_at(path: &[&str]) -> bool {
    let whole = path.join("/");
    let whole = whole.strip_prefix("test_helpers/").unwrap_or(&whole);
    COLLECTIONS.iter().any(|collection| {
        whole
            .strip_prefix(collection.path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The answer of a path of the table.
pub(crate) fn answer(
    state: &mut State,
    method: &str,
    path: &[&str],
    parameters: &Value,
) -> Option<Answer> {
    let whole = path.join("/");
    let of = |path: &str| COLLECTIONS.iter().find(|collection| collection.path == path);
    if let Some(collection) = of(&whole) {
        return match method {
            "POST" => Some(Answer::ok(state.create(collection.path, parameters))),
            "GET" => Some(list(state, collection)),
            _ => None,
        };
    }
    let (last, parent) = path.split_last()?;
    if let Some(collection) = of(&parent.join("/")) {
        return Some(one(state, method, collection, last, parameters));
    }
    let (id, parent) = parent.split_last()?;
    let parent = parent.join("/");
    let (_, _, status, events) =
        ACTIONS.iter().find(|(path, action, ..)| *path == parent && action == last)?;
    let collection = of(&parent)?;
    (method == "POST").then(|| act(state, collection, id, status, events))
}

fn list(state: &State, collection: &Collection) -> Answer {
    let data: Vec<&Value> = state
        .objects
        .values()
        .rev()
        .filter(|object| object["object"] == collection.object)
        .collect();
    Answer::ok(
        json!({"object": "list", "data": data, "has_more": false, "url": format!("/v1/{}", collection.path)}),
    )
}

/// One object: read, changed or deleted.
fn one(
    state: &mut State,
    method: &str,
    collection: &Collection,
    id: &str,
    parameters: &Value,
) -> Answer {
    let Some(object) = state.objects.get(id).filter(|o| o["object"] == collection.object).cloned()
    else {
        return Answer::no_such_object(collection.object, id);
    };
    let kind = |verb: &str| format!("{}.{verb}", collection.events);
    match method {
        "GET" => Answer::ok(object),
        "POST" => {
            let verb = collection.sent.contains("updated").then(|| kind("updated"));
            Answer::ok(state.update(id, parameters, verb.as_deref()))
        }
        "DELETE" => {
            state.objects.remove(id);
            if collection.sent.contains("deleted") {
                state.emit(New::of(&kind("deleted"), &object));
            }
            Answer::ok(json!({"id": id, "object": collection.object, "deleted": true}))
        }
        other => Answer::no_such_path(other, collection.path),
    }
}

fn act(
    state: &mut State,
    collection: &Collection,
    id: &str,
    status: &str,
    events: &[&str],
) -> Answer {
    let object = state.objects.get_mut(id).filter(|object| object["object"] == collection.object);
    let Some(object) = object else { return Answer::no_such_object(collection.object, id) };
    object["status"] = status.into();
    let object = object.clone();
    for kind in events {
        state.emit(New::of(kind, &object));
    }
    Answer::ok(object)
}

impl State {
    /// Makes an object of a collection, and its `created` event if it has one.
    pub(crate) fn create(&mut self, path: &str, parameters: &Value) -> Value {
        self.create_with(path, parameters, &json!({}))
    }

    /// The same with fields that no parameter sets.
    pub(crate) fn create_with(&mut self, path: &str, parameters: &Value, fields: &Value) -> Value {
        let collection = COLLECTIONS.iter().find(|collection| collection.path == path).unwrap();
        let object = self.store(collection, parameters, fields);
        if collection.sent.contains("created") {
            self.emit(New::of(&format!("{}.created", collection.events), &object));
        }
        object
    }

    /// Makes an object that no event tells of.
    pub(crate) fn make(&mut self, object: &str, prefix: &str, fields: &Value) -> Value {
        let id = self.new_id(prefix);
        let mut made = json!({"id": id, "object": object, "created": now(), "livemode": false, "metadata": {}});
        merge(&mut made, fields);
        self.objects.insert(id, made.clone());
        made
    }

    fn store(&mut self, collection: &Collection, parameters: &Value, fields: &Value) -> Value {
        let mut given = parameters.clone();
        given.as_object_mut().unwrap().remove("expand");
        merge(&mut given, fields);
        if let Some(id) = given["id"].as_str().map(ToOwned::to_owned) {
            let mut object = json!({"id": id, "object": collection.object, "created": now(), "livemode": false, "metadata": {}});
            merge(&mut object, &given);
            self.objects.insert(id, object.clone());
            return object;
        }
        self.make(collection.object, collection.prefix, &given)
    }

    /// Sets fields of an object, and sends the event with what was there before.
    pub(crate) fn update(&mut self, id: &str, fields: &Value, kind: Option<&str>) -> Value {
        let before = self.objects[id].clone();
        let mut after = before.clone();
        merge(&mut after, fields);
        after.as_object_mut().unwrap().remove("expand");
        self.objects.insert(id.to_owned(), after.clone());
        if let Some(kind) = kind {
            let previous = Some(difference(&before, &after));
            self.emit(New { previous, ..New::of(kind, &after) });
        }
        after
    }
}

/// Sets the fields of maps, level by level; an empty text takes a field away.
pub(crate) fn merge(target: &mut Value, fields: &Value) {
    match (target, fields) {
        (Value::Object(target), Value::Object(fields)) => {
            for (name, value) in fields {
                if value == "" {
                    target.insert(name.clone(), Value::Null);
                } else {
                    merge(target.entry(name.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (target, fields) => *target = fields.clone(),
    }
}

/// The earlier values of what differs.
fn difference(before: &Value, after: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return before.clone();
    };
    let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    let earlier = changed.map(|(name, value)| {
        let old = before.get(name).unwrap_or(&Value::Null);
        let old =
            if old.is_object() && value.is_object() { difference(old, value) } else { old.clone() };
        (name.clone(), old)
    });
    Value::Object(earlier.collect::<Map<_, _>>())
}
