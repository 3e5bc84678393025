//! One delivery, as it is named: its number, `last`, or an event's id or the start of one.

use rusqlite::params;

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
        self.one_number("SELECT max(id) FROM delivery", params![])
    }

    fn of_event(&self, wanted: &str) -> Result<Option<DeliveryId>> {
        let exact = "SELECT max(id) FROM delivery WHERE event_id = ?1";
        if let Some(id) = self.one_number(exact, params![wanted])? {
            return Ok(Some(id));
        }
        if wanted.len() < LEAST_PREFIX {
            return Ok(None);
        }
        let ids = self.event_ids_from(wanted)?;
        if ids.len() > 1 {
            let told: Vec<&str> = ids.iter().take(usize::from(TOLD)).map(String::as_str).collect();
            let message = format!("several events' ids start with `{wanted}`: {}", told.join(", "));
            return Err(Error::new(Kind::Usage, message).hinted("type more of the id"));
        }
        let Some(id) = ids.first() else { return Ok(None) };
        self.one_number(exact, params![id])
    }

    /// A few of the events' ids that start so.
    fn event_ids_from(&self, start: &str) -> Result<Vec<String>> {
        let read = || {
            let select = "SELECT DISTINCT event_id FROM delivery
                 WHERE substr(event_id, 1, length(?1)) = ?1 LIMIT ?2";
            let mut statement = self.connection.prepare_cached(select)?;
            let rows = statement.query_map(params![start, TOLD + 1], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        };
        read().map_err(|error| self.error(error.into()))
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

    fn one_number(
        &self,
        select: &str,
        values: impl rusqlite::Params,
    ) -> Result<Option<DeliveryId>> {
        let number = self.connection.query_row(select, values, |row| row.get::<_, Option<i64>>(0));
        number.map(|number| number.map(DeliveryId)).map_err(|error| self.error(error.into()))
    }
}

/// `12-15`: the first and the last number.
fn range(text: &str) -> Option<(i64, i64)> {
    let (first, last) = text.split_once('-')?;
    let (first, last) =
        (first.strip_prefix('#').unwrap_or(first), last.strip_prefix('#').unwrap_or(last));
    Some((first.parse().ok()?, last.parse().ok()?))
}
