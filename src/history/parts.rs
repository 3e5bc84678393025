//! Parts of a history: where an event's id and an endpoint are found among a million deliveries. An index would cost
//! each delivery pages of the log, so that parts that are full are listed later, by whoever opens the history. What
//! is pruned may be listed still.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, TransactionBehavior, params};

/// A part has two to the power of so many numbers.
const BITS: u32 = 13;
/// For how long another process that writes is waited for: without its list, a part is looked through.
const BUSY_WAIT: Duration = Duration::from_millis(100);

/// Lists the parts that have become full. Each is a transaction of its own: a process that is killed leaves the rest
/// to the next one, and nobody waits for more than one of them.
pub(super) fn list_full(connection: &mut Connection) -> rusqlite::Result<()> {
    let ends = "SELECT (SELECT max(id) FROM part), (SELECT max(id) FROM delivery)";
    let ends = connection.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (listed, Some(newest)): (Option<i64>, Option<i64>) = ends else { return Ok(()) };
    let full = newest >> BITS;
    if listed.map_or(0, |listed| listed + 1) >= full {
        return Ok(());
    }
    let oldest = "SELECT min(id) FROM delivery";
    let oldest: i64 = connection.query_row(oldest, [], |row| row.get(0))?;
    connection.busy_timeout(BUSY_WAIT)?;
    for part in listed.map_or(oldest >> BITS, |listed| listed + 1)..full {
        list(connection, part)?;
    }
    Ok(())
}

fn list(connection: &mut Connection, part: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let places = by_event(&transaction, part)?;
    transaction
        .prepare_cached("INSERT OR IGNORE INTO part VALUES (?1, ?2)")?
        .execute(params![part, places])?;
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO part_endpoint SELECT endpoint, ?1, min(id), max(id)
             FROM delivery WHERE id >= ?2 AND id < ?3 GROUP BY endpoint",
        )?
        .execute(params![part, part << BITS, (part + 1) << BITS])?;
    transaction.commit()
}

/// The places of a part's deliveries in it, each in two bytes, in the order of their events' ids.
fn by_event(connection: &Connection, part: i64) -> rusqlite::Result<Vec<u8>> {
    let select = "SELECT id - ?1 FROM delivery WHERE id >= ?1 AND id < ?2 ORDER BY event_id, id";
    let mut select = connection.prepare_cached(select)?;
    let mut rows = select.query([part << BITS, (part + 1) << BITS])?;
    let mut places = Vec::new();
    while let Some(row) = rows.next()? {
        places.extend(row.get::<_, u16>(0)?.to_le_bytes());
    }
    Ok(places)
}

/// Forgets the parts of which no delivery is left.
pub(super) fn forget_pruned(connection: &Connection) -> rusqlite::Result<()> {
    let oldest = "SELECT min(id) FROM delivery";
    let oldest: Option<i64> = connection.prepare_cached(oldest)?.query_row([], |row| row.get(0))?;
    let (Some(listed), Some(oldest)) = (listed(connection)?, oldest) else { return Ok(()) };
    let first = oldest >> BITS;
    if *listed.start() < first {
        connection.execute("DELETE FROM part WHERE id < ?1", [first])?;
        connection.execute("DELETE FROM part_endpoint WHERE part < ?1", [first])?;
    }
    Ok(())
}

/// The parts that are listed, where there are any.
fn listed(connection: &Connection) -> rusqlite::Result<Option<RangeInclusive<i64>>> {
    let ends = "SELECT (SELECT min(id) FROM part), (SELECT max(id) FROM part)";
    let mut ends = connection.prepare_cached(ends)?;
    let (first, last): (Option<i64>, Option<i64>) =
        ends.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(first.zip(last).map(|(first, last)| first..=last))
}

/// The first number that is in no list.
fn beyond(listed: Option<&RangeInclusive<i64>>) -> i64 {
    listed.map_or(i64::MIN, |listed| (listed.end() + 1) << BITS)
}

/// A part whose events are found by halving.
struct Part<'c> {
    event_of: CachedStatement<'c>,
    first: i64,
    /// As they are listed.
    places: Vec<u8>,
}

impl<'c> Part<'c> {
    fn read(connection: &'c Connection, part: i64) -> rusqlite::Result<Self> {
        let places = "SELECT by_event FROM part WHERE id = ?1";
        let mut places = connection.prepare_cached(places)?;
        let places = places.query_row([part], |row| row.get(0)).optional()?;
        let event_of = "SELECT event_id FROM delivery WHERE id = ?1";
        Ok(Self {
            event_of: connection.prepare_cached(event_of)?,
            first: part << BITS,
            places: places.unwrap_or_default(),
        })
    }

    const fn count(&self) -> usize {
        self.places.len() / 2
    }

    fn id(&self, at: usize) -> i64 {
        let place = [self.places[2 * at], self.places[2 * at + 1]];
        self.first + i64::from(u16::from_le_bytes(place))
    }

    /// The event of the delivery there; `None` where it is pruned.
    fn event(&mut self, at: usize) -> rusqlite::Result<Option<String>> {
        let id = self.id(at);
        self.event_of.query_row([id], |row| row.get(0)).optional()
    }

    /// Where those begin whose id is at least that; `None` where one that was looked at is pruned.
    fn first_from(&mut self, id: &str) -> rusqlite::Result<Option<usize>> {
        let (mut first, mut beyond) = (0, self.count());
        while first < beyond {
            let middle = first.midpoint(beyond);
            let Some(event) = self.event(middle)? else { return Ok(None) };
            if event.as_str() < id {
                first = middle + 1;
            } else {
                beyond = middle;
            }
        }
        Ok(Some(first))
    }
}

/// Gives the deliveries of a part whose event's id starts so, in the order of these ids and their numbers, as long as
/// more is wanted.
fn each_from(
    connection: &Connection,
    part: i64,
    start: &str,
    mut tell: impl FnMut(String, i64) -> bool,
) -> rusqlite::Result<()> {
    let mut listed = Part::read(connection, part)?;
    let mut first = listed.first_from(start)?;
    if first.is_none() {
        listed.places = by_event(connection, part)?;
        first = listed.first_from(start)?;
    }
    let mut at = first.unwrap_or(0);
    while at < listed.count() {
        let event = listed.event(at)?;
        // What is pruned is passed over.
        let goes_on =
            event.is_none_or(|event| event.starts_with(start) && tell(event, listed.id(at)));
        if !goes_on {
            break;
        }
        at += 1;
    }
    Ok(())
}

/// The event with that id, or else a few of the events whose id starts so, in the order of their ids; each with its
/// latest delivery. Each part is looked into once, the newest first.
pub(super) fn events_named(
    connection: &Connection,
    wanted: &str,
    most: u8,
) -> rusqlite::Result<Vec<(String, i64)>> {
    let listed = listed(connection)?;
    let mut found = recent(connection, beyond(listed.as_ref()), (wanted, most))?;
    for part in listed.into_iter().flatten().rev() {
        if found.contains_key(wanted) {
            break;
        }
        let mut here: BTreeMap<String, i64> = BTreeMap::new();
        each_from(connection, part, wanted, |event, id| {
            let is_wanted =
                event == wanted || here.contains_key(&event) || here.len() < usize::from(most);
            if is_wanted {
                here.insert(event, id);
            }
            is_wanted
        })?;
        for (event, id) in here {
            found.entry(event).or_insert(id);
        }
    }
    if let Some(whole) = found.remove_entry(wanted) {
        return Ok(vec![whole]);
    }
    Ok(found.into_iter().take(most.into()).collect())
}

/// Those whose deliveries are in no list.
fn recent(
    connection: &Connection,
    beyond: i64,
    (wanted, most): (&str, u8),
) -> rusqlite::Result<BTreeMap<String, i64>> {
    let recent = "SELECT event_id, max(id) FROM delivery
         WHERE id >= ?1 AND event_id >= ?2 AND event_id < ?2 || char(1114111)
         GROUP BY event_id ORDER BY event_id LIMIT ?3";
    let mut recent = connection.prepare_cached(recent)?;
    // The whole id comes first.
    let rows = recent.query_map(params![beyond, wanted, most.max(1)], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?))
    })?;
    let mut found: BTreeMap<String, i64> = rows.collect::<rusqlite::Result<_>>()?;
    found.retain(|event, _| most > 0 || event == wanted);
    Ok(found)
}

/// Ranges with fewer numbers between them are walked as one.
const NEAR: i64 = 1 << 8;

/// The first and the last number of each range in which deliveries to these endpoints are, oldest first.
pub(super) fn ranges_of(
    connection: &Connection,
    endpoints: &[i64],
) -> rusqlite::Result<Vec<[i64; 2]>> {
    let beyond = beyond(listed(connection)?.as_ref());
    let parts = "SELECT min(first), max(last) FROM part_endpoint
         WHERE endpoint IN (SELECT value FROM json_each(?1)) GROUP BY part ORDER BY part";
    let mut parts = connection.prepare_cached(parts)?;
    let endpoints = serde_json::json!(endpoints).to_string();
    let parts = parts.query_map([endpoints], |row| Ok([row.get(0)?, row.get(1)?]))?;
    let mut ranges: Vec<[i64; 2]> = Vec::new();
    for range in parts.chain(std::iter::once(Ok([beyond, i64::MAX]))) {
        let range: [i64; 2] = range?;
        match ranges.last_mut() {
            Some(before) if range[0] - before[1] <= NEAR => before[1] = range[1],
            _ => ranges.push(range),
        }
    }
    Ok(ranges)
}

#[cfg(test)]
mod tests;
