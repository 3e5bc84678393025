//! What earlier deliveries tell of one. No index leads to an event's id, so the last ones before it are looked
//! through.

use rusqlite::{Connection, OptionalExtension as _};

use super::record::{DeliveryId, Via};

/// Whether the endpoint accepted the same event not long before.
pub(super) fn was_accepted(
    connection: &Connection,
    id: DeliveryId,
    (event_id, endpoint): (&str, &str),
) -> rusqlite::Result<bool> {
    // The event first: SQLite reads a row up to the column that it compares, and the state stands far behind.
    let before = "SELECT 1 FROM delivery JOIN name ON name.id = endpoint
        WHERE delivery.id < ?1 AND delivery.id >= ?1 - 1000 AND event_id = ?2
            AND state = 1 AND name.text = ?3 LIMIT 1";
    let values = (id.0, event_id, endpoint);
    let mut before = connection.prepare_cached(before)?;
    let found = before.query_row(values, |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// Whether Stripe made the event, as far as that is known of one that was sent again.
pub(super) fn is_stripes(
    connection: &Connection,
    id: DeliveryId,
    (event_id, via): (&str, &str),
) -> rusqlite::Result<bool> {
    let is_stripes = |via: &str| match Via::of_word(via) {
        Via::Stripe | Via::Resent | Via::Listed => true,
        Via::Local | Via::Replay => false,
    };
    if via != Via::Replay.word() {
        return Ok(is_stripes(via));
    }
    let before = "SELECT name.text FROM delivery JOIN name ON name.id = via
        WHERE delivery.id < ?1 AND delivery.id >= ?1 - 1000 AND event_id = ?2 AND name.text <> ?3
        ORDER BY delivery.id DESC LIMIT 1";
    let values = (id.0, event_id, Via::Replay.word());
    let found = connection.query_row(before, values, |row| row.get::<_, String>(0)).optional()?;
    Ok(found.is_some_and(|via| is_stripes(&via)))
}
