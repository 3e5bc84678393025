//! The entries of lists, read many at once: a statement that is begun anew for each takes several times as long.

use std::time::Duration;

use rusqlite::{Connection, Row};

use super::filter::State;
use super::kept_attempt::microseconds;
use super::record::DeliveryId;
use crate::protocol::Moment;

/// One delivery in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number.
    pub id: DeliveryId,
    /// The session that recorded it.
    pub session: i64,
    /// The session's command.
    pub command: String,
    /// How the event came: the word of [`super::Via`].
    pub via: String,
    /// The event's type.
    pub event: String,
    /// The event's id.
    pub event_id: String,
    /// When Stripe created it, in seconds.
    pub created: Option<i64>,
    /// The connected account that it is from.
    pub account: Option<String>,
    /// The URL that it went to.
    pub endpoint: String,
    /// When it came.
    pub received_at: Moment,
    /// What the last attempt came to.
    pub state: State,
    /// The last attempt's status, where it had an answer.
    pub status: Option<u16>,
    /// How long the last attempt took.
    pub latency: Option<Duration>,
    /// How many attempts there were.
    pub attempts: u32,
    /// The start of what the last attempt brought, where that was no acceptance: the answer's body, or
    /// why there was none.
    pub answer: Option<String>,
    /// The word of the last attempt's outcome, where that was no acceptance.
    pub outcome: Option<String>,
}

/// How many are read by one statement, which is told their numbers as a text.
const AT_ONCE: usize = 1_000;

const ENTRIES: &str =
    "SELECT d.id, d.session, s.command, via.text, type.text, d.event_id, d.created,
        account.text, endpoint.text, d.received_at, d.state, d.status, d.latency_us, d.attempts,
        CASE WHEN d.state > 1 THEN
            (SELECT coalesce(error, substr(body, 1, 400)) FROM attempt
             WHERE delivery = d.id ORDER BY number DESC LIMIT 1) END,
        CASE WHEN d.state > 1 THEN
            (SELECT outcome FROM attempt
             WHERE delivery = d.id ORDER BY number DESC LIMIT 1) END
    FROM json_each(?1) wanted
    CROSS JOIN delivery d ON d.id = wanted.value
    LEFT JOIN session s ON s.id = d.session
    LEFT JOIN name via ON via.id = d.via
    LEFT JOIN name type ON type.id = d.type
    LEFT JOIN name account ON account.id = d.account
    LEFT JOIN name endpoint ON endpoint.id = d.endpoint";

/// Those of these deliveries that are there, in this order.
pub(super) fn of(connection: &Connection, ids: &[DeliveryId]) -> rusqlite::Result<Vec<Entry>> {
    let mut entries = Vec::with_capacity(ids.len());
    let mut statement = connection.prepare_cached(ENTRIES)?;
    for ids in ids.chunks(AT_ONCE) {
        let ids = ids.iter().map(|id| id.0).collect::<serde_json::Value>().to_string();
        for entry in statement.query_map([ids], entry)? {
            entries.push(entry?);
        }
    }
    Ok(entries)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let text = |at: usize| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
    let answer = match row.get_ref(14)? {
        rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
        _ => None,
    };
    Ok(Entry {
        id: DeliveryId(row.get(0)?),
        session: row.get(1)?,
        command: text(2)?,
        via: text(3)?,
        event: text(4)?,
        event_id: row.get(5)?,
        created: row.get(6)?,
        account: row.get(7)?,
        endpoint: text(8)?,
        received_at: Moment::from_milliseconds(row.get(9)?),
        state: State::from_number(row.get(10)?),
        status: row.get(11)?,
        latency: row.get::<_, Option<i64>>(12)?.map(microseconds),
        attempts: row.get(13)?,
        answer,
        outcome: row.get(15)?,
    })
}
