//! Keeps the history within its bounds, oldest first.

use std::time::Duration;

use rusqlite::{Connection, params};

use crate::event::Moment;

/// How long deliveries are kept, and how large the file may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The age at which a delivery goes.
    pub keep: Duration,
    /// The bytes that the history may take.
    pub max_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { keep: Duration::from_secs(30 * 86_400), max_size: 1 << 30 }
    }
}

/// The most deliveries that go at once, and in one look: whoever writes waits for it.
const STEP: i64 = 64;
const STEPS: usize = 8;

/// Removes deliveries that are beyond the limits, and returns how many; there may be more.
pub(super) fn look(
    connection: &Connection,
    limits: &Limits,
    now: Moment,
) -> rusqlite::Result<usize> {
    let mut removed = 0;
    for _ in 0..STEPS {
        match step(connection, limits, now)? {
            0 => break,
            some => removed += some,
        }
    }
    Ok(removed)
}

fn step(connection: &Connection, limits: &Limits, now: Moment) -> rusqlite::Result<usize> {
    let keep = i64::try_from(limits.keep.as_millis()).unwrap_or(i64::MAX);
    let cutoff = now.milliseconds().saturating_sub(keep);
    let is_too_large = used_bytes(connection)? > limits.max_size;
    // Deliveries are written in the order in which they came, but for a clock that was put back. The
    // very last one stays, so that no number is given twice.
    let up_to: Option<i64> = connection
        .prepare_cached(
            "SELECT max(id) FROM
                 (SELECT id, received_at FROM delivery
                  WHERE id < (SELECT max(id) FROM delivery) ORDER BY id LIMIT ?1)
             WHERE ?2 OR received_at < ?3",
        )?
        .query_row(params![STEP, is_too_large, cutoff], |row| row.get(0))?;
    let Some(up_to) = up_to else { return Ok(0) };
    let removed =
        connection.prepare_cached("DELETE FROM delivery WHERE id <= ?1")?.execute([up_to])?;
    connection.prepare_cached("DELETE FROM content WHERE delivery <= ?1")?.execute([up_to])?;
    connection.prepare_cached("DELETE FROM attempt WHERE delivery <= ?1")?.execute([up_to])?;
    Ok(removed)
}

/// The bytes that hold something.
pub(super) fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name: &str| {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
    };
    let used = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
    Ok(u64::try_from(used * pragma("page_size")?).unwrap_or(0))
}
