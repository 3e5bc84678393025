//! What a file keeps of an API: plain data, and how that becomes what the store has.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::ApiAnswer;
use super::object::{Authority, ObjectState, Place, Shapes, id_of};
use super::overlay::Overlay;
use super::packed::{Packer, ValueRef};
use super::sent::Account;
use super::stored::StoredValue;

/// An object that calls have made or changed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptObject {
    own: StoredValue,
    version: String,
    #[serde(default)]
    others: BTreeMap<String, StoredValue>,
    owner: Option<String>,
    overlay: Option<Overlay>,
    place: Place,
    source: Authority,
    is_deleted: bool,
    is_written: bool,
}

impl KeptObject {
    pub(super) fn of(state: &ObjectState) -> Self {
        let shapes = &*state.shapes;
        let others = shapes.others.iter();
        let others = others.map(|(version, other)| (version.clone(), (**other).clone()));
        Self {
            own: shapes.own.clone(),
            version: shapes.version.to_string(),
            others: others.collect(),
            owner: state.owner.clone(),
            overlay: state.overlay.clone(),
            place: state.place,
            source: state.source,
            is_deleted: state.is_deleted,
            is_written: state.is_written,
        }
    }

    /// Its type and its id.
    pub(super) fn name(&self) -> (&str, &str) {
        let own: ValueRef<'_> = self.own.look();
        (own.text("object"), id_of(own))
    }

    /// The same packed: it is one of many.
    pub(super) fn packed(self, by: &mut Packer) -> Self {
        let others = self.others.into_iter();
        let others = others.map(|(version, other)| (version, other.packed(by))).collect();
        Self { own: self.own.packed(by), others, ..self }
    }

    pub(super) fn state(self) -> ObjectState {
        let Self { own, version, others, .. } = self;
        let others = others.into_iter().map(|(version, other)| (version, Arc::new(other)));
        ObjectState {
            shapes: Arc::new(Shapes { own, version: version.into(), others: others.collect() }),
            owner: self.owner,
            overlay: self.overlay,
            place: self.place,
            source: self.source,
            is_deleted: self.is_deleted,
            // The stories of the last time are over.
            story: None,
            is_written: self.is_written,
        }
    }
}

/// What is drawn and counted, so that nothing comes twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptCounters {
    pub(super) seed: u32,
    /// How many calls have changed something.
    pub(super) changes: u64,
    /// How many calls there were by the last one that has.
    pub(super) calls: u64,
    /// How far the API's time is ahead, in seconds.
    pub(super) ahead: i64,
    pub(super) api_version: String,
    /// What came due and was told by an event alone.
    pub(super) told: Vec<(String, i64)>,
}

/// The answer to the first request with an idempotency key.
#[derive(Clone, Debug)]
pub(super) struct KeptAnswer {
    pub(super) account: Account,
    pub(super) key: String,
    pub(super) path: String,
    /// What stands for the request's parameters.
    pub(super) parameters: u64,
    pub(super) answer: ApiAnswer,
}

/// An answer without its body.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct KeptHead {
    status: u16,
    notice: Option<String>,
    should_retry: Option<bool>,
    original: Option<u64>,
}

impl KeptHead {
    pub(super) fn of(answer: &ApiAnswer) -> Self {
        let ApiAnswer { status, notice, should_retry, original, .. } = answer.clone();
        Self { status, notice, should_retry, original }
    }

    pub(super) fn answer(self, body: Vec<u8>) -> ApiAnswer {
        let Self { status, notice, should_retry, original } = self;
        ApiAnswer { status, body: Bytes::from(body), notice, should_retry, original }
    }
}

/// An object as a row: where it is, and what is known of it.
#[derive(Debug)]
pub(super) struct ObjectRow {
    pub(super) account: Account,
    pub(super) object: KeptObject,
    /// What calls have said of it that it does not show.
    pub(super) hidden: Option<Value>,
}

/// An event of a call as a row.
#[derive(Debug)]
pub(super) struct EventRow {
    pub(super) account: Account,
    /// Byte by byte.
    pub(super) body: Vec<u8>,
}

/// All that a file keeps.
#[derive(Debug, Default)]
pub(super) struct KeptState {
    pub(super) objects: Vec<ObjectRow>,
    pub(super) events: Vec<EventRow>,
    pub(super) answers: Vec<KeptAnswer>,
    /// `None` for a new file.
    pub(super) counters: Option<KeptCounters>,
}

/// What is different from what the file has.
#[derive(Debug)]
pub(super) enum KeptChange {
    Object(Box<ObjectRow>),
    /// The account, the type and the id of an object that is not there any more.
    NoObject(Account, String, String),
    /// An event, with its id.
    Event(String, EventRow),
    NoEvent(String),
    /// All answers are forgotten.
    NoAnswers,
    Answer(Box<KeptAnswer>),
    Counters(KeptCounters),
}
