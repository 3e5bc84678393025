//! Sessions, as they are listed: what each of them has delivered, and where.

use std::collections::HashMap;

use rusqlite::Connection;

use super::filter::{self, Conditions, Filter, State};
use super::moments;
use crate::protocol::Moment;

/// One session in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEntry {
    /// Its number.
    pub id: i64,
    /// Its command.
    pub command: String,
    /// The scenario's name, where there is one.
    pub name: Option<String>,
    /// When it began.
    pub started_at: Moment,
    /// When it ended; `None` while it goes on, and where it was killed.
    pub ended_at: Option<Moment>,
    /// The URLs that its deliveries went to.
    pub endpoints: Vec<String>,
    /// How many of its deliveries came to what.
    pub counts: DeliveryCounts,
}

/// How many deliveries came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// No attempt has ended.
    pub open: usize,
    /// A 2xx answer.
    pub accepted: usize,
    /// Another answer.
    pub rejected: usize,
    /// No answer.
    pub unanswered: usize,
}

impl DeliveryCounts {
    /// All of them.
    pub const fn all(&self) -> usize {
        self.open + self.accepted + self.rejected + self.unanswered
    }

    fn add(&mut self, state: State) {
        let count = match state {
            State::Open => &mut self.open,
            State::Accepted => &mut self.accepted,
            State::Rejected => &mut self.rejected,
            State::Unanswered => &mut self.unanswered,
        };
        *count += 1;
    }
}

/// The sessions that have deliveries that fit, in the order in which they began. All of their deliveries are
/// counted.
pub(super) fn list(
    connection: &Connection,
    filter: &Filter,
) -> rusqlite::Result<Vec<SessionEntry>> {
    let mut sessions = Vec::new();
    for id in numbers(connection, filter)? {
        sessions.extend(session(connection, id)?);
    }
    let Some(first) = sessions.iter().map(|session| session.started_at).min() else {
        return Ok(sessions);
    };
    count(connection, first, &mut sessions)?;
    // What has no deliveries any more is of no use to anybody.
    sessions.retain(|session| session.counts.all() > 0);
    Ok(sessions)
}

/// The numbers of the sessions that are wanted, the first ones first.
fn numbers(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<i64>> {
    let Conditions { all, ids: (first, last) } = filter::conditions(filter, connection)?;
    let limit = filter.last.and_then(|last| i64::try_from(last).ok()).unwrap_or(-1);
    let select = if all.is_empty() {
        format!("SELECT id FROM session ORDER BY id DESC LIMIT {limit}")
    } else {
        let conditions = all.join(" AND ");
        format!(
            "SELECT DISTINCT session FROM delivery d
             WHERE d.id BETWEEN {first} AND {last} AND {conditions}
             ORDER BY session DESC LIMIT {limit}"
        )
    };
    let mut statement = connection.prepare(&select)?;
    let numbers = statement.query_map([], |row| row.get(0))?;
    let mut numbers = numbers.collect::<rusqlite::Result<Vec<i64>>>()?;
    numbers.sort_unstable();
    Ok(numbers)
}

/// The session of that number, without what its deliveries came to.
pub(super) fn session(connection: &Connection, id: i64) -> rusqlite::Result<Option<SessionEntry>> {
    let select = "SELECT command, name, started_at, ended_at FROM session WHERE id = ?1";
    let mut statement = connection.prepare_cached(select)?;
    let mut rows = statement.query_map([id], |row| {
        Ok(SessionEntry {
            id,
            command: row.get(0)?,
            name: row.get(1)?,
            started_at: Moment::from_milliseconds(row.get(2)?),
            ended_at: row.get::<_, Option<i64>>(3)?.map(Moment::from_milliseconds),
            endpoints: Vec::new(),
            counts: DeliveryCounts::default(),
        })
    })?;
    rows.next().transpose()
}

/// Counts the deliveries of sessions, none of which began before that moment. SQLite would sort them first.
fn count(
    connection: &Connection,
    since: Moment,
    sessions: &mut [SessionEntry],
) -> rusqlite::Result<()> {
    let first = moments::first_since(connection, since.milliseconds())?;
    let places: HashMap<i64, usize> =
        sessions.iter().enumerate().map(|(at, session)| (session.id, at)).collect();
    let mut endpoints: Vec<Vec<i64>> = vec![Vec::new(); sessions.len()];
    let mut statement =
        connection.prepare("SELECT session, state, endpoint FROM delivery WHERE id >= ?1")?;
    let mut rows = statement.query([first])?;
    while let Some(row) = rows.next()? {
        let Some(at) = places.get(&row.get(0)?).copied() else { continue };
        sessions[at].counts.add(State::from_number(row.get(1)?));
        let endpoint = row.get(2)?;
        if !endpoints[at].contains(&endpoint) {
            endpoints[at].push(endpoint);
        }
    }
    let mut name = connection.prepare("SELECT text FROM name WHERE id = ?1")?;
    for (session, endpoints) in sessions.iter_mut().zip(endpoints) {
        for endpoint in endpoints {
            session.endpoints.push(name.query_row([endpoint], |row| row.get(0))?);
        }
    }
    Ok(())
}
