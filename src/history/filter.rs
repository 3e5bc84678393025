//! Which deliveries are wanted, and how they are found quickly.

use std::ops::Range;
use std::str::FromStr;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _};

use super::endpoint_filter::EndpointFilter;
use super::record::Via;
use crate::delivery::Outcome;
use crate::protocol::Moment;
use crate::text::pattern;

/// What a delivery has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No attempt has ended.
    Open,
    /// A 2xx answer.
    Accepted,
    /// Another answer.
    Rejected,
    /// No answer.
    Unanswered,
}

impl State {
    /// What was not accepted.
    pub const FAILED: [Self; 2] = [Self::Rejected, Self::Unanswered];
    /// What never got an answer.
    pub const UNDELIVERED: [Self; 2] = [Self::Open, Self::Unanswered];

    /// The state of a delivery whose last attempt came to that.
    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::None { .. } => Self::Unanswered,
            accepted if accepted.is_accepted() => Self::Accepted,
            Outcome::Response(_) => Self::Rejected,
        }
    }

    /// The word in lists and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Unanswered => "unanswered",
        }
    }

    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Accepted => 1,
            Self::Rejected => 2,
            Self::Unanswered => 3,
        }
    }

    pub(super) const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Accepted,
            2 => Self::Rejected,
            3 => Self::Unanswered,
            _ => Self::Open,
        }
    }
}

/// A status or a class of them: `404`, `5xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusFilter {
    first: u16,
    last: u16,
}

impl FromStr for StatusFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = || "expected a status such as `404`, or a class such as `5xx`".to_owned();
        let class = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"));
        let range = match class {
            Some(digit) => {
                digit.parse().ok().map(|d: u8| (u16::from(d) * 100, u16::from(d) * 100 + 99))
            }
            None => text.parse().ok().map(|status: u16| (status, status)),
        };
        let range = range.filter(|(first, _)| (100..600).contains(first));
        range.map(|(first, last)| Self { first, last }).ok_or_else(expected)
    }
}

/// Which deliveries are wanted; the default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The pattern of the types.
    pub types: Option<String>,
    /// What they have come to; empty for anything.
    pub states: Vec<State>,
    /// The status of the last attempt.
    pub status: Option<StatusFilter>,
    /// When they came at the earliest.
    pub since: Option<Moment>,
    /// Before when they came.
    pub until: Option<Moment>,
    /// The session that recorded them.
    pub session: Option<i64>,
    /// Where they went: to one of these; empty for anywhere.
    pub endpoints: Vec<EndpointFilter>,
    /// Also what was sent again of the session's events.
    pub with_replays: bool,
    /// What the event's body or an answer's holds.
    pub text: Option<String>,
    /// How many at most, the latest ones.
    pub last: Option<usize>,
}

/// A query for the numbers of deliveries.
pub(super) struct Query {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

/// The milliseconds that a clock may have been put back by without a delivery being missed.
const SLACK: i64 = 3_600_000;

/// Which of the deliveries that fit are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdRange {
    /// All of them.
    All,
    /// Those before that number.
    Before(i64),
    /// Those after that number.
    After(i64),
}

/// The queries whose results together are the deliveries that fit: the latest first, or those that come first after
/// a number. Each of them walks an index from there, so that it may stop early.
pub(super) fn queries(
    filter: &Filter,
    part: IdRange,
    connection: &Connection,
) -> rusqlite::Result<Vec<Query>> {
    let mut conditions = conditions(filter, connection)?;
    let order = if matches!(part, IdRange::After(_)) { "ASC" } else { "DESC" };
    conditions.extend(match part {
        IdRange::All => None,
        IdRange::Before(id) => Some(format!("d.id < {id}")),
        IdRange::After(id) => Some(format!("d.id > {id}")),
    });
    let mut values: Vec<Value> = Vec::new();
    if let Some(text) = &filter.text {
        conditions.push(HOLDS_TEXT.to_owned());
        values.push(Value::Blob(text.as_bytes().to_vec()));
    }
    let types = filter
        .types
        .as_deref()
        .map(|types| names(connection, |text| pattern::fits(types, text)))
        .transpose()?;
    let mut starts = starts(filter);
    match types {
        Some(types) if starts.is_empty() => {
            // The index on types has those that had an attempt.
            starts = types.iter().map(|id| format!("d.type = {id} AND d.state <> 0")).collect();
            starts.push(format!("{} AND {}", start(State::Open), is_one_of("type", &types)));
        }
        Some(types) => conditions.push(is_one_of("type", &types)),
        None if starts.is_empty() => starts.push("true".to_owned()),
        None => {}
    }
    let limit = filter.last.and_then(|last| i64::try_from(last).ok()).unwrap_or(-1);
    let query = |start: String| {
        let all: Vec<String> = std::iter::once(start).chain(conditions.iter().cloned()).collect();
        let all = all.join(" AND ");
        let sql =
            format!("SELECT d.id FROM delivery d WHERE {all} ORDER BY d.id {order} LIMIT {limit}");
        Query { sql, values: values.clone() }
    };
    Ok(starts.into_iter().map(query).collect())
}

/// What holds for each delivery that fits, besides its state, its type and its text.
pub(super) fn conditions(
    filter: &Filter,
    connection: &Connection,
) -> rusqlite::Result<Vec<String>> {
    let mut conditions = Vec::new();
    if let Some(since) = filter.since {
        let since = since.milliseconds();
        let first = first_since(connection, since)?;
        conditions.push(format!("d.id >= {first} AND d.received_at >= {since}"));
    }
    if let Some(until) = filter.until {
        let until = until.milliseconds();
        // What has so much higher a number came later, whatever the clock did.
        let beyond = first_since(connection, until.saturating_add(2 * SLACK))?;
        conditions.push(format!("d.id < {beyond} AND d.received_at < {until}"));
    }
    if let Some(StatusFilter { first, last }) = filter.status {
        conditions.push(format!("d.status BETWEEN {first} AND {last}"));
    }
    if let Some(session) = filter.session {
        let numbers = numbers_of(connection, session)?;
        let (first, beyond) = (numbers.start, numbers.end);
        conditions.push(if filter.with_replays {
            let replays = names(connection, |text| text == Via::Replay.word())?;
            let is_replay = is_one_of("via", &replays);
            format!(
                "d.id >= {first} AND (d.session = {session} OR {is_replay} AND d.event_id IN
                     (SELECT event_id FROM delivery
                      WHERE id >= {first} AND id < {beyond} AND session = {session}))"
            )
        } else {
            format!("d.id >= {first} AND d.id < {beyond} AND d.session = {session}")
        });
    }
    if !filter.endpoints.is_empty() {
        let is_wanted = |text: &str| filter.endpoints.iter().any(|wanted| wanted.fits(text));
        conditions.push(is_one_of("endpoint", &names(connection, is_wanted)?));
    }
    Ok(conditions)
}

const HOLDS_TEXT: &str = "(instr((SELECT body FROM content WHERE delivery = d.id), ?1)
    OR EXISTS (SELECT 1 FROM attempt WHERE delivery = d.id AND instr(body, ?1)))";

/// One condition for each state that is wanted, in the form that the index on states is for.
fn starts(filter: &Filter) -> Vec<String> {
    let states = match filter.status {
        // Only a rejected delivery has such a status.
        Some(status) if filter.states.is_empty() && !(200..300).contains(&status.first) => {
            vec![State::Rejected]
        }
        _ => filter.states.clone(),
    };
    let mut starts: Vec<String> = states.into_iter().map(start).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

fn start(state: State) -> String {
    match state {
        State::Accepted => "d.state = 1".to_owned(),
        _ => format!("d.state = {} AND d.state <> 1", state.number()),
    }
}

/// A condition that no index is used for.
fn is_one_of(column: &str, names: &[i64]) -> String {
    let list: Vec<String> = names.iter().map(ToString::to_string).collect();
    format!("+d.{column} IN ({})", list.join(", "))
}

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
fn numbers_of(connection: &Connection, session: i64) -> rusqlite::Result<Range<i64>> {
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

/// The numbers of the names that are wanted.
fn names(connection: &Connection, is_wanted: impl Fn(&str) -> bool) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT id, text FROM name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let fits = |name: &rusqlite::Result<(i64, String)>| {
        name.as_ref().map_or(true, |(_, text)| is_wanted(text))
    };
    rows.filter(fits).map(|row| row.map(|(id, _)| id)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    #[test]
    fn statuses_are_read_alone_and_by_class() {
        assert_eq!("404".parse(), Ok(StatusFilter { first: 404, last: 404 }));
        assert_eq!("5xx".parse(), Ok(StatusFilter { first: 500, last: 599 }));
        for text in ["", "xx", "5x", "9xx", "657xx", "42", "abc", "-5xx"] {
            assert!(text.parse::<StatusFilter>().is_err(), "{text}");
        }
    }

    /// How SQLite goes about each query of a filter: the first line of its plan.
    fn plans(filter: &Filter) -> Vec<String> {
        plans_of(filter, IdRange::All)
    }

    fn plans_of(filter: &Filter, part: IdRange) -> Vec<String> {
        let connection = schema::in_memory(schema::NEWEST).unwrap();
        connection.execute("INSERT INTO name (id, text) VALUES (7, 'invoice.paid')", []).unwrap();
        let plan = |query: &Query| {
            let explained = format!("EXPLAIN QUERY PLAN {}", query.sql);
            connection.query_row(&explained, [], |row| row.get::<_, String>(3)).unwrap()
        };
        queries(filter, part, &connection).unwrap().iter().map(plan).collect()
    }

    #[test]
    fn each_filter_walks_the_index_that_it_is_written_for() {
        let none = Filter::default();
        assert_eq!(plans(&none), ["SCAN d"]);
        let types = Filter { types: Some("invoice.*".to_owned()), ..Filter::default() };
        assert_eq!(
            plans(&types),
            [
                "SEARCH d USING INDEX delivery_type (type=?)",
                "SEARCH d USING INDEX delivery_state (state=?)"
            ]
        );
        let wanted = vec![State::Rejected, State::Open];
        assert_eq!(
            plans(&Filter { states: wanted, ..types }),
            [
                "SEARCH d USING INDEX delivery_state (state=?)",
                "SEARCH d USING INDEX delivery_state (state=?)"
            ]
        );
        let status = Some("5xx".parse().unwrap());
        assert_eq!(
            plans(&Filter { status, ..Filter::default() }),
            ["SEARCH d USING INDEX delivery_state (state=?)"]
        );
    }
    #[test]
    fn what_lies_beside_a_number_is_found_in_the_same_indexes() {
        let (none, part) = (Filter::default(), IdRange::After(9));
        let by_number = "SEARCH d USING INTEGER PRIMARY KEY (rowid>?)";
        assert_eq!(plans_of(&none, part), [by_number]);
        let failed = Filter { states: vec![State::Rejected], ..none };
        let by_state = "SEARCH d USING COVERING INDEX delivery_state (state=? AND rowid<?)";
        assert_eq!(plans_of(&failed, IdRange::Before(9)), [by_state]);
    }
}
