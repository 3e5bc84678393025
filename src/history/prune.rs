//! Keeps the history within its bounds, oldest first.

use std::path::PathBuf;

use rusqlite::{Connection, TransactionBehavior, params};

use super::storage::{Limits, Storage};
use super::store::{self, Store, StoreError};
use crate::error::Result;
use crate::protocol::Moment;

/// What a pruning did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// How many deliveries are gone.
    pub removed: usize,
    /// How many are left.
    pub left: usize,
    /// The bytes that they take.
    pub bytes: u64,
    /// Where the file that was there lies now, if it was damaged.
    pub set_aside: Option<PathBuf>,
}

/// Removes everything that is beyond the limits, and gives its space back to the system. Whoever
/// writes meanwhile waits for one step at most.
///
/// # Errors
/// The file cannot be opened or written.
pub fn prune(place: &Storage, now: Moment) -> Result<Pruned> {
    if store::is_new(place)? {
        return Ok(Pruned { removed: 0, left: 0, bytes: 0, set_aside: None });
    }
    let Store { mut connection, set_aside } = store::open(place, now)?;
    let mut all = || -> std::result::Result<(usize, usize, u64), StoreError> {
        let mut removed = 0;
        loop {
            let behavior = TransactionBehavior::Immediate;
            let transaction = connection.transaction_with_behavior(behavior)?;
            let some = look(&transaction, &place.limits, now)?;
            transaction.commit()?;
            if some == 0 {
                break;
            }
            removed += some;
        }
        connection.execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")?;
        let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let left = connection.query_row("SELECT count(*) FROM delivery", [], count)?;
        Ok((removed, usize::try_from(left).unwrap_or(0), used_bytes(&connection)?))
    };
    let (removed, left, bytes) = all().map_err(|error| store::unusable(&place.file, error))?;
    Ok(Pruned { removed, left, bytes, set_aside })
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
