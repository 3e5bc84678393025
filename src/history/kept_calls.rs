//! What the app asked the local API during an attempt, as the history keeps it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::redaction::Redactor;

/// How many calls of one attempt are kept.
const MOST_CALLS: usize = 100;

/// The calls of one attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCalls {
    /// The first of them, in the order in which they began.
    pub calls: Vec<KeptCall>,
    /// How many more there were.
    pub more: usize,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCall {
    /// `GET`
    pub method: String,
    /// The path with its query, without credentials.
    pub path: String,
    /// The answer's status; `None` where there was none.
    pub status: Option<u16>,
    /// How long it took; `None` where it was still under way.
    pub latency: Option<Duration>,
    /// How many deliveries were under way of which one caused it; `None` where it names its event.
    pub under_way: Option<usize>,
    /// Whether devtool serves it.
    pub is_served: bool,
    /// Whether a fault befell it that was asked for.
    pub is_fault: bool,
}

impl KeptCalls {
    /// As many as are kept.
    pub(super) fn of(calls: impl ExactSizeIterator<Item = KeptCall>, redactor: &Redactor) -> Self {
        let more = calls.len().saturating_sub(MOST_CALLS);
        let kept = calls.take(MOST_CALLS).map(|call| {
            let path = redactor.text(&call.path).into_owned();
            KeptCall { path, ..call }
        });
        Self { calls: kept.collect(), more }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Those that were kept; `None` where they are not known.
    pub(super) fn from_bytes(bytes: Option<Vec<u8>>) -> Option<Self> {
        serde_json::from_slice(&bytes?).ok()
    }
}
