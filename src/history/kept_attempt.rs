//! An attempt as the history keeps it.

use std::time::Duration;

use rusqlite::Connection;

use super::headers::Headers;
use super::kept_calls::KeptCalls;
use super::record::DeliveryId;
use crate::delivery::{NoAnswer, Outcome, Response};
use crate::protocol::Moment;

/// One attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptAttempt {
    /// When it began.
    pub at: Moment,
    /// The word of the JSON report's `outcome`.
    pub outcome: String,
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// How long it took.
    pub latency: Duration,
    /// The answer's headers.
    pub headers: Headers,
    /// The answer's body.
    pub body: Vec<u8>,
    /// Whether there was more of it.
    pub is_truncated: bool,
    /// Why there was no answer.
    pub error: Option<String>,
    /// What the app asked the local API meanwhile; `None` where that is not known.
    pub api_calls: Option<KeptCalls>,
}

impl KeptAttempt {
    /// What came of it, as far as it is kept.
    pub fn outcome(&self) -> Outcome {
        let error = self.error.clone().unwrap_or_default();
        let Some(status) = self.status else {
            return Outcome::None { why: NoAnswer::of_word(&self.outcome), error };
        };
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers =
            self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), text(value)));
        Outcome::Response(Response {
            status,
            headers: headers.collect(),
            body: self.body.clone(),
            is_truncated: self.is_truncated,
            broke_off: self.error.clone(),
        })
    }
}

/// A delivery's attempts, in order.
pub(super) fn of_delivery(
    connection: &Connection,
    id: DeliveryId,
) -> rusqlite::Result<Vec<KeptAttempt>> {
    let mut statement = connection.prepare_cached(
        "SELECT at, outcome, status, latency_us, headers, body, body_truncated, error, calls
         FROM attempt LEFT JOIN api_calls USING (delivery, number)
         WHERE delivery = ?1 ORDER BY number",
    )?;
    let rows = statement.query_map([id.0], |row| {
        Ok(KeptAttempt {
            at: Moment::from_milliseconds(row.get(0)?),
            outcome: row.get(1)?,
            status: row.get(2)?,
            latency: microseconds(row.get(3)?),
            headers: Headers::from_bytes(row.get::<_, Option<_>>(4)?.unwrap_or_default()),
            body: row.get::<_, Option<_>>(5)?.unwrap_or_default(),
            is_truncated: row.get(6)?,
            error: row.get(7)?,
            api_calls: KeptCalls::from_bytes(row.get(8)?),
        })
    })?;
    rows.collect()
}

/// A latency as it is kept.
pub(super) fn microseconds(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or(0))
}
