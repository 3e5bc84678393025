//! Which numbers the deliveries of a time and of a session have.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension as _};

/// The milliseconds that a clock may have been put back by without a delivery being missed.
pub(super) const SLACK: i64 = 3_600_000;

/// Where the deliveries since a moment begin: none with a smaller number came since then. Numbers rise
/// with time, but for a clock that was put back, so that halving finds it.
pub(super) fn first_since(connection: &Connection, since: i64) -> rusqlite::Result<i64> {
    let bounds = "SELECT coalesce((SELECT min(id) FROM delivery), 0),
                         coalesce((SELECT max(id) FROM delivery), -1) + 1";
    let (mut first, mut beyond): (i64, i64) =
        connection.query_row(bounds, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut next = connection.prepare_cached(
        "SELECT id, received_at FROM delivery WHERE id >= ?1 ORDER BY id LIMIT 1",
    )?;
    while first < beyond {
        let middle = first + (beyond - first) / 2;
        let (id, at): (i64, i64) =
            next.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if at < since.saturating_sub(SLACK) {
            first = id + 1;
        } else {
            beyond = middle;
        }
    }
    Ok(first)
}

/// The numbers among which those of a session's deliveries are.
pub(super) fn numbers_of(connection: &Connection, session: i64) -> rusqlite::Result<Range<i64>> {
    let times = "SELECT started_at, ended_at FROM session WHERE id = ?1";
    let times: Option<(i64, Option<i64>)> =
        connection.query_row(times, [session], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(match times {
        None => 0..0,
        Some((started, ended)) => {
            // What was recorded so much later is none of its, whatever the clock did.
            let beyond = ended.map(|ended| first_since(connection, ended + 2 * SLACK));
            first_since(connection, started)?..beyond.transpose()?.unwrap_or(i64::MAX)
        }
    })
}
