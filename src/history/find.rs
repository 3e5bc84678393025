//! One delivery, as it is named: its number, `last`, or an event's id or the start of one.

use rusqlite::params;

use super::parts;
use super::query::{Reader, Record};
use super::record::DeliveryId;
use crate::error::{Error, Kind, Result};

/// The fewest characters that are taken for the start of an event's id.
const LEAST_PREFIX: usize = "evt_".len() + 1;
/// How many ids are told where a start fits several.
const TOLD: u8 = 3;

impl Reader {
    /// The delivery of that number (`12`, `#12`), the latest of all (`last`), or the latest of the event with
    /// that id or the only one whose id starts so.
    ///
    /// # Errors
    /// There is none, several events' ids start so, or the file cannot be read.
    pub fn find(&self, wanted: &str) -> Result<Record> {
        let number = wanted.strip_prefix('#').unwrap_or(wanted).parse();
        let id = match number {
            Ok(number) => Some(DeliveryId(number)),
            Err(_) if wanted == "last" => self.last()?,
            Err(_) => self.of_event(wanted)?,
        };
        let record = id.map(|id| self.record(id)).transpose()?.flatten();
        record.ok_or_else(|| {
            if wanted == "last" {
                return Error::new(Kind::Usage, "the history has no delivery")
                    .hinted("send some:\ndevtool scenario payment");
            }
            let message = format!("the history has no delivery `{wanted}`");
            Error::new(Kind::Usage, message).hinted("list the deliveries:\ndevtool history")
        })
    }

    /// The deliveries that a word names: one as [`Reader::find`] has it, or `12-15` for those with these numbers
    /// that are still there.
    ///
    /// # Errors
    /// As there; of a range also if none is there.
    pub fn find_all(&self, wanted: &str) -> Result<Vec<Record>> {
        let Some((first, last)) = range(wanted) else { return Ok(vec![self.find(wanted)?]) };
        let mut records = Vec::new();
        for id in self.numbers_between(first, last)? {
            records.extend(self.record(id)?);
        }
        if records.is_empty() {
            let message = format!("the history has no delivery from {first} to {last}");
            return Err(
                Error::new(Kind::Usage, message).hinted("list the deliveries:\ndevtool history")
            );
        }
        Ok(records)
    }

    fn last(&self) -> Result<Option<DeliveryId>> {
        let last = "SELECT max(id) FROM delivery";
        let number = self.connection.query_row(last, [], |row| row.get::<_, Option<i64>>(0));
        number.map(|number| number.map(DeliveryId)).map_err(|error| self.error(error.into()))
    }

    fn of_event(&self, wanted: &str) -> Result<Option<DeliveryId>> {
        // Where the start is too short, only a whole id counts.
        let most = if wanted.len() < LEAST_PREFIX { 0 } else { TOLD + 1 };
        let read = || {
            // Thousands of rows are looked at: each by itself would ask for the file's lock.
            let _moment = self.connection.unchecked_transaction()?;
            parts::events_named(&self.connection, wanted, most)
        };
        let found = read().map_err(|error: rusqlite::Error| self.error(error.into()))?;
        match found.as_slice() {
            [] => Ok(None),
            [(_, number)] => Ok(Some(DeliveryId(*number))),
            several => {
                let told: Vec<&str> =
                    several.iter().take(usize::from(TOLD)).map(|(id, _)| id.as_str()).collect();
                let message =
                    format!("several events' ids start with `{wanted}`: {}", told.join(", "));
                Err(Error::new(Kind::Usage, message).hinted("type more of the id"))
            }
        }
    }

    fn numbers_between(&self, first: i64, last: i64) -> Result<Vec<DeliveryId>> {
        let read = || {
            let select = "SELECT id FROM delivery WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
            let mut statement = self.connection.prepare_cached(select)?;
            let rows =
                statement.query_map(params![first, last], |row| row.get(0).map(DeliveryId))?;
            rows.collect::<rusqlite::Result<Vec<DeliveryId>>>()
        };
        read().map_err(|error| self.error(error.into()))
    }
}

/// `12-15`: the first and the last number.
fn range(text: &str) -> Option<(i64, i64)> {
    let (first, last) = text.split_once('-')?;
    let (first, last) =
        (first.strip_prefix('#').unwrap_or(first), last.strip_prefix('#').unwrap_or(last));
    Some((first.parse().ok()?, last.parse().ok()?))
}
