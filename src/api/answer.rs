//! What the API answers.

use bytes::Bytes;
use serde_json::Value;

/// As long as most bodies become, in bytes.
const USUAL_LENGTH: usize = 4_096;

/// An answer without the headers that all answers have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiAnswer {
    pub(super) status: u16,
    pub(super) body: Bytes,
    /// What the library prints in the app's own log: that devtool does not serve the call.
    pub(super) notice: Option<String>,
    /// Whether the library is told to try again, or not to.
    pub(super) should_retry: Option<bool>,
    /// The number of the request that this answers again.
    pub(super) original: Option<u64>,
}

impl ApiAnswer {
    /// An answer of a JSON value, indented as Stripe's.
    pub(super) fn json(status: u16, value: &Value) -> Self {
        let mut body = Vec::with_capacity(USUAL_LENGTH);
        // Writing to memory does not fail.
        let _ = serde_json::to_writer_pretty(&mut body, value);
        Self::bytes(status, body.into())
    }

    /// An answer of bytes that are JSON already.
    pub(super) const fn bytes(status: u16, body: Bytes) -> Self {
        Self { status, body, notice: None, should_retry: None, original: None }
    }
}
