//! What was recorded, found again.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::earlier;
use super::entries::{self, Entry};
use super::filter::{self, Filter, IdRange};
use super::headers::Headers;
use super::kept_attempt::{self, KeptAttempt};
use super::presence;
use super::record::{DeliveryId, Via};
use super::schema;
use super::sessions::{self, SessionEntry};
use super::storage::Storage;
use super::store::{self, StoreError};
use crate::delivery::{Circumstances, Diagnosis, Endpoint, EndpointOrigin, diagnosis};
use crate::error::{Error, Kind, Result};
use crate::text::command_line::CommandLine;

/// One delivery with all that was kept of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// As in a list.
    pub entry: Entry,
    /// The headers that the event came with.
    pub headers: Headers,
    /// Its exact bytes.
    pub body: Vec<u8>,
    /// What was tried, in order.
    pub attempts: Vec<KeptAttempt>,
    /// Whether the endpoint accepted the same event not long before; looked up where it did not accept this one.
    pub is_second: bool,
    /// Whether Stripe made the event; looked up where the endpoint did not accept it.
    pub is_stripes: bool,
}

/// How Stripe's own events come.
const FROM_STRIPE: [Via; 3] = [Via::Stripe, Via::Resent, Via::Listed];

impl Record {
    /// Whether it came from Stripe, through a listen.
    pub fn is_from_stripe(&self) -> bool {
        FROM_STRIPE.map(Via::word).contains(&self.entry.via.as_str())
    }

    /// What its last outcome most likely means; `typed` says which history it is from.
    pub fn diagnosis(&self, typed: &CommandLine) -> Option<Diagnosis> {
        let last = self.attempts.last()?;
        let endpoint = Endpoint::parse(&self.entry.endpoint).ok()?;
        let circumstances = Circumstances {
            sent_at: Some(last.at),
            is_second: self.is_second,
            is_stripes: self.is_stripes,
            ..Circumstances::default()
        };
        let found = diagnosis::diagnose(&endpoint, &last.outcome(), circumstances)?;
        let replay = CommandLine::new("replay").about(self.entry.id.0.to_string());
        let replay = replay.with_options_of(typed, &["--history"]);
        Some(found.for_command(&replay, &self.entry.event, (&endpoint, EndpointOrigin::History)))
    }
}

/// The last deliveries that were accepted, by the event's id and the endpoint.
pub type LastAccepted = HashMap<(String, String), DeliveryId>;

/// Reads a history.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    file: PathBuf,
}

impl Reader {
    /// Opens a history and changes nothing, but for the schema of an older one and the lists by which deliveries are
    /// found. Where nobody has named the file and it is not there, there are no deliveries.
    ///
    /// # Errors
    /// The file was named and is not there, cannot be opened, is damaged, is no history of devtool's, or is
    /// of a later devtool.
    pub fn open(place: &Storage) -> Result<Self> {
        let connection = match store::open_existing(place)? {
            Some(connection) => connection,
            None => schema::in_memory(schema::NEWEST)
                .map_err(|error| store::unusable(&place.file, error))?,
        };
        Ok(Self { connection, file: place.file.clone() })
    }

    /// The deliveries that fit, in the order in which they were recorded.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Entry>> {
        let read = || -> std::result::Result<Vec<Entry>, StoreError> {
            // One look at the file for all of them.
            let _moment = self.connection.unchecked_transaction()?;
            let ids = self.ids(filter)?;
            Ok(entries::of(&self.connection, &ids)?)
        };
        read().map_err(|error| self.error(error))
    }

    /// The sessions that have deliveries that fit, by where and when they went, in the order in which they began.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn sessions(&self, filter: &Filter) -> Result<Vec<SessionEntry>> {
        sessions::list(&self.connection, filter).map_err(|error| self.error(error.into()))
    }

    /// Makes sure that there is a session of that number.
    ///
    /// # Errors
    /// There is none, or the file cannot be read.
    pub fn check_session(&self, number: i64) -> Result<()> {
        let session = sessions::session(&self.connection, number);
        let session = session.map_err(|error| self.error(error.into()))?;
        session.map(|_| ()).ok_or_else(|| {
            let message = format!("the history has no session `{number}`");
            Error::new(Kind::Usage, message).hinted("list the sessions:\ndevtool history sessions")
        })
    }

    /// The session that a delivery's event came in first, as far as that is still there: a replay is not.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn original_session(&self, entry: &Entry) -> Result<i64> {
        if entry.via != Via::Replay.word() {
            return Ok(entry.session);
        }
        let select = "SELECT session FROM delivery WHERE event_id = ?1
             AND via NOT IN (SELECT id FROM name WHERE text = ?2) ORDER BY id DESC LIMIT 1";
        let values = [entry.event_id.as_str(), Via::Replay.word()];
        let session = self.connection.query_row(select, values, |row| row.get(0)).optional();
        let session = session.map_err(|error| self.error(error.into()))?;
        Ok(session.unwrap_or(entry.session))
    }

    /// A number that changes whenever another connection has written.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn version(&self) -> Result<i64> {
        let read = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        read.map_err(|error| self.error(error.into()))
    }

    /// Gives every delivery that fits, with all that was kept of it, one after the other, as long as
    /// whoever is told wants more. Tells how many were pruned meanwhile.
    ///
    /// # Errors
    /// The file cannot be read, or whoever is told of one fails.
    pub fn each(
        &self,
        filter: &Filter,
        mut tell: impl FnMut(Record) -> Result<bool>,
    ) -> Result<usize> {
        let mut gone = 0;
        for id in self.ids(filter).map_err(|error| self.error(error))? {
            let Some(record) = self.record(id)? else {
                gone += 1;
                continue;
            };
            if !tell(record)? {
                break;
            }
        }
        Ok(gone)
    }

    /// What was accepted last of each event and endpoint, after the first delivery that fits.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn accepted_since(&self, filter: &Filter) -> Result<LastAccepted> {
        let read = || -> std::result::Result<LastAccepted, StoreError> {
            let Some(first) = self.ids(filter)?.first().copied() else { return Ok(HashMap::new()) };
            Ok(self.accepted_after(first)?)
        };
        read().map_err(|error| self.error(error))
    }

    fn accepted_after(&self, first: DeliveryId) -> rusqlite::Result<LastAccepted> {
        let mut statement = self.connection.prepare(
            "SELECT event_id, text, max(delivery.id) FROM delivery JOIN name ON name.id = endpoint
             WHERE delivery.id > ?1 AND state = 1 GROUP BY event_id, endpoint",
        )?;
        let rows = statement.query_map([first.0], |row| {
            Ok(((row.get(0)?, row.get(1)?), DeliveryId(row.get(2)?)))
        })?;
        rows.collect()
    }

    /// How many events crashed listens have not delivered to these endpoints, and nobody has since. A session that
    /// lives is none of them.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn left_by_crashes(&self, endpoints: &[String]) -> Result<usize> {
        let is_alone = presence::nobody_lives(&self.file);
        let read = || -> rusqlite::Result<usize> {
            // Where others live, those are crashed of which that is known.
            let mut statement = self.connection.prepare(
                "SELECT d.id, d.event_id, endpoint.text FROM delivery d
                 JOIN session s ON s.id = d.session
                 JOIN name endpoint ON endpoint.id = d.endpoint
                 WHERE d.state <> 1 AND d.state IN (0, 3) AND s.command = 'listen'
                     AND s.ended_at IS NULL AND (?1 OR s.waiting_from IS NULL)",
            )?;
            let rows = statement.query_map([is_alone], |row| {
                Ok((row.get::<_, i64>(0)?, (row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
            })?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let (mut first, mut left) = (i64::MAX, HashSet::new());
            for (id, delivery) in rows.into_iter().filter(|(_, (_, url))| endpoints.contains(url)) {
                first = first.min(id);
                left.insert(delivery);
            }
            for accepted in self.accepted_of(&left, first)? {
                left.remove(&accepted);
            }
            Ok(left.len())
        };
        read().map_err(|error| self.error(error.into()))
    }

    /// Those of the deliveries that were accepted after the first. There may be very many others.
    fn accepted_of(
        &self,
        deliveries: &HashSet<(String, String)>,
        first: i64,
    ) -> rusqlite::Result<Vec<(String, String)>> {
        let ids: Vec<&str> = deliveries.iter().map(|(event_id, _)| event_id.as_str()).collect();
        let mut statement = self.connection.prepare(
            "SELECT event_id, text FROM delivery JOIN name ON name.id = endpoint
             WHERE delivery.id > ?1 AND state = 1 AND event_id IN (SELECT value FROM json_each(?2))",
        )?;
        let ids = serde_json::json!(ids).to_string();
        let rows = statement.query_map((first, ids), |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    /// The numbers of the deliveries that fit, oldest first.
    fn ids(&self, filter: &Filter) -> std::result::Result<Vec<DeliveryId>, StoreError> {
        let mut ids = self.ids_of(filter, IdRange::All)?;
        let beyond = filter.last.map_or(0, |last| ids.len().saturating_sub(last));
        Ok(ids.split_off(beyond))
    }

    /// Those of a part, oldest first; more than the last ones where several queries find them.
    pub(super) fn ids_of(
        &self,
        filter: &Filter,
        part: IdRange,
    ) -> std::result::Result<Vec<DeliveryId>, StoreError> {
        let mut ids: Vec<DeliveryId> = Vec::new();
        for query in filter::queries(filter, part, &self.connection)? {
            let mut statement = self.connection.prepare_cached(&query.sql)?;
            let others = ids.len();
            for values in query.runs {
                if filter.last.is_some_and(|last| ids.len() - others >= last) {
                    break;
                }
                let rows = statement.query_map(params_from_iter(values), |row| row.get(0))?;
                for id in rows {
                    ids.push(DeliveryId(id?));
                }
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// The delivery of that number; `None` where it is not there any more.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn record(&self, id: DeliveryId) -> Result<Option<Record>> {
        let read = || -> std::result::Result<Option<Record>, StoreError> {
            // All of it as it was at one moment: it may be pruned meanwhile.
            let _moment = self.connection.unchecked_transaction()?;
            let Some(entry) = entries::of(&self.connection, &[id])?.pop() else { return Ok(None) };
            let content = "SELECT headers, body FROM content WHERE delivery = ?1";
            let mut content = self.connection.prepare_cached(content)?;
            let content = content.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)));
            let Some((headers, body)) = content.optional()? else { return Ok(None) };
            let attempts = kept_attempt::of_delivery(&self.connection, id)?;
            let headers = Headers::from_bytes(headers);
            let is_accepted = attempts.last().is_some_and(|last| last.outcome().is_accepted());
            let (event, to, via) = (&*entry.event_id, &*entry.endpoint, &*entry.via);
            let connection = &self.connection;
            let is_second = !is_accepted && earlier::was_accepted(connection, id, (event, to))?;
            let is_stripes = !is_accepted && earlier::is_stripes(connection, id, (event, via))?;
            Ok(Some(Record { entry, headers, body, attempts, is_second, is_stripes }))
        };
        read().map_err(|error| self.error(error))
    }

    pub(super) fn error(&self, error: StoreError) -> Error {
        store::unusable(&self.file, error)
    }
}
