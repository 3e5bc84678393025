//! Keeps the history within its bounds, oldest first. What a living session still has to deliver stays: a limit
//! that cannot be kept without that is exceeded.

use std::path::PathBuf;

use rusqlite::{Connection, TransactionBehavior, params};

use super::parts;
use super::presence;
use super::storage::{Limits, Storage};
use super::store::{self, Store, StoreError};
use crate::error::{Error, Result};
use crate::protocol::Moment;

/// What a pruning did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// How many deliveries are gone.
    pub removed: usize,
    /// How many are beyond the limits, but stay: a running command still has to make them.
    pub waiting: usize,
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
        return Ok(Pruned { removed: 0, waiting: 0, left: 0, bytes: 0, set_aside: None });
    }
    let Store { connection, set_aside } = store::open(place, now)?;
    let pruned = prune_all(connection, place, now);
    let pruned = pruned.map_err(|error| failed(place, error))?;
    Ok(Pruned { set_aside, ..pruned })
}

fn prune_all(
    mut connection: Connection,
    place: &Storage,
    now: Moment,
) -> std::result::Result<Pruned, StoreError> {
    let mut all = Look::default();
    let mut cursor = Cursor::default();
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if presence::nobody_lives(&place.file) {
            forget_crashed(&transaction, None)?;
        }
        let look = look(&transaction, (&place.limits, now), &mut cursor)?;
        transaction.commit()?;
        all.removed += look.removed;
        all.kept += look.kept;
        if cursor == Cursor::default() {
            break;
        }
    }
    connection.execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")?;
    let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let left = connection.query_row("SELECT count(*) FROM delivery", [], count)?;
    Ok(Pruned {
        removed: all.removed,
        waiting: all.kept,
        left: usize::try_from(left).unwrap_or(0),
        bytes: used_bytes(&connection)?,
        set_aside: None,
    })
}

fn failed(place: &Storage, error: StoreError) -> Error {
    let is_full = store::is_full(&error);
    let failed = store::unusable(&place.file, error);
    if !is_full {
        return failed;
    }
    // The log takes what is deleted before the file gives it back.
    let file = place.file.display();
    failed
        .hinted(format!("to delete needs space first: free some on that disk, or delete `{file}*`"))
}

/// The most deliveries that are looked at at once, and in one look: whoever writes waits for it.
const STEP: i64 = 64;
const STEPS: usize = 8;

/// Where the next look goes on: from the start when nothing more is beyond the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    after: i64,
    /// Whether it has passed deliveries that wait.
    has_kept: bool,
}

/// What a look did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// How many deliveries it removed.
    pub(super) removed: usize,
    /// How many it would have removed, had they not still to be made.
    pub(super) kept: usize,
    /// Whether the limits are exceeded for these.
    pub(super) is_exceeded: bool,
}

/// Removes deliveries that are beyond the limits; there may be more.
pub(super) fn look(
    connection: &Connection,
    (limits, now): (&Limits, Moment),
    cursor: &mut Cursor,
) -> rusqlite::Result<Look> {
    let mut all = Look::default();
    let mut waiting = None;
    for _ in 0..STEPS {
        let is_too_large = used_bytes(connection)? > limits.max_size;
        let cutoff = cutoff(limits, now);
        let Some(up_to) = beyond(connection, (is_too_large, cutoff), cursor.after)? else {
            all.is_exceeded |= is_too_large && cursor.has_kept;
            *cursor = Cursor::default();
            break;
        };
        let waiting = match &waiting {
            Some(known) => known,
            None => waiting.insert(still_waiting(connection)?),
        };
        let (removed, kept) = remove(connection, (cursor.after, up_to), waiting)?;
        all.removed += removed;
        all.kept += kept;
        all.is_exceeded |= kept > 0 && !is_too_large;
        *cursor = Cursor { after: up_to, has_kept: cursor.has_kept || kept > 0 };
    }
    if all.removed > 0 {
        parts::forget_pruned(connection)?;
    }
    Ok(all)
}

/// What came before is too old.
fn cutoff(limits: &Limits, now: Moment) -> i64 {
    let keep = i64::try_from(limits.keep.as_millis()).unwrap_or(i64::MAX);
    now.milliseconds().saturating_sub(keep)
}

/// The last of the next deliveries that is beyond the limits.
fn beyond(
    connection: &Connection,
    (is_too_large, cutoff): (bool, i64),
    after: i64,
) -> rusqlite::Result<Option<i64>> {
    // Deliveries are written in the order in which they came, but for a clock that was put back. The
    // very last one stays, so that no number is given twice.
    connection
        .prepare_cached(
            "SELECT max(id) FROM
                 (SELECT id, received_at FROM delivery
                  WHERE id > ?4 AND id < (SELECT max(id) FROM delivery) ORDER BY id LIMIT ?1)
             WHERE ?2 OR received_at < ?3",
        )?
        .query_row(params![STEP, is_too_large, cutoff, after], |row| row.get(0))
}

/// Removes the deliveries after the one number and up to the other, but for those that wait. Tells how many went,
/// and how many stay.
fn remove(
    connection: &Connection,
    (after, up_to): (i64, i64),
    waiting: &str,
) -> rusqlite::Result<(usize, usize)> {
    let range = "> ?1 AND id <= ?2";
    let delete = format!("DELETE FROM delivery WHERE id {range} AND NOT ({waiting})");
    let removed = connection.execute(&delete, [after, up_to])?;
    let left = format!("(SELECT id FROM delivery WHERE id {range})");
    for table in ["content", "attempt", "story", "api_calls"] {
        let delete = format!(
            "DELETE FROM {table} WHERE delivery > ?1 AND delivery <= ?2 AND delivery NOT IN {left}"
        );
        connection.prepare_cached(&delete)?.execute([after, up_to])?;
    }
    let count = format!("SELECT count(*) FROM delivery WHERE id {range}");
    let kept: i64 =
        connection.prepare_cached(&count)?.query_row([after, up_to], |row| row.get(0))?;
    Ok((removed, usize::try_from(kept).unwrap_or(0)))
}

/// The condition of deliveries that a session without an end still has to make.
fn still_waiting(connection: &Connection) -> rusqlite::Result<String> {
    let mut sessions = connection.prepare_cached(
        "SELECT id, waiting_from FROM session WHERE ended_at IS NULL AND waiting_from IS NOT NULL",
    )?;
    let condition = |row: &rusqlite::Row<'_>| {
        let (session, from): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(format!("session = {session} AND id >= {from}"))
    };
    let conditions = sessions.query_map([], condition)?;
    let conditions = conditions.collect::<rusqlite::Result<Vec<String>>>()?;
    if conditions.is_empty() {
        return Ok("false".to_owned());
    }
    Ok(format!("state <> 1 AND ({})", conditions.join(" OR ")))
}

/// Sessions without an end are crashed ones where no other lives: nothing of them waits any more.
pub(super) fn forget_crashed(connection: &Connection, own: Option<i64>) -> rusqlite::Result<()> {
    let forget = "UPDATE session SET waiting_from = NULL
         WHERE ended_at IS NULL AND waiting_from IS NOT NULL AND id IS NOT ?1";
    connection.prepare_cached(forget)?.execute([own]).map(drop)
}

/// The bytes that hold something.
pub(super) fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name: &str| {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
    };
    let used = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
    Ok(u64::try_from(used * pragma("page_size")?).unwrap_or(0))
}
