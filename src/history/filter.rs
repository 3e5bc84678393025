//! Which deliveries are wanted, and how they are found quickly.

use std::str::FromStr;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::endpoint_filter::EndpointFilter;
use super::moments::{SLACK, first_since, numbers_of};
use super::parts;
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
    /// The parameters of each of its runs, which find other deliveries, in its order.
    pub(super) runs: Vec<Vec<Value>>,
}

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

/// The queries for the deliveries that fit: each walks an index from its end or a number, and may stop early.
pub(super) fn queries(
    filter: &Filter,
    part: IdRange,
    connection: &Connection,
) -> rusqlite::Result<Vec<Query>> {
    let Conditions { all: mut conditions, ids: (mut first, mut last) } =
        conditions(filter, connection)?;
    let order = if matches!(part, IdRange::After(_)) { "ASC" } else { "DESC" };
    match part {
        IdRange::All => {}
        IdRange::Before(id) => last = last.min(id.saturating_sub(1)),
        IdRange::After(id) => first = first.max(id.saturating_add(1)),
    }
    let mut runs: Vec<Vec<Value>> = vec![Vec::new()];
    if (first, last) != EVERY || !filter.endpoints.is_empty() {
        // One condition: of several, SQLite takes any for the index.
        conditions.push("d.id BETWEEN ?1 AND ?2".to_owned());
        let mut ranges = ranges(filter, (first, last), connection)?;
        if order == "DESC" {
            ranges.reverse();
        }
        runs = ranges.into_iter().map(|range| range.map(Value::from).to_vec()).collect();
    }
    if let Some(text) = &filter.text {
        conditions.push(HOLDS_TEXT.to_owned());
        for values in &mut runs {
            values.push(Value::Blob(text.as_bytes().to_vec()));
        }
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
        Query { sql, runs: runs.clone() }
    };
    Ok(starts.into_iter().map(query).collect())
}

/// Between which of these numbers deliveries to the endpoints are that are wanted, oldest first.
fn ranges(
    filter: &Filter,
    (first, last): (i64, i64),
    connection: &Connection,
) -> rusqlite::Result<Vec<[i64; 2]>> {
    if filter.endpoints.is_empty() {
        return Ok(vec![[first, last]]);
    }
    let mut ranges = parts::ranges_of(connection, &endpoints(filter, connection)?)?;
    ranges.retain(|range| range[0] <= last && first <= range[1]);
    Ok(ranges.iter().map(|range| [first.max(range[0]), last.min(range[1])]).collect())
}

/// The first and the last of all numbers.
const EVERY: (i64, i64) = (i64::MIN, i64::MAX);

/// What holds for each delivery that fits, besides its state, its type and its text.
pub(super) struct Conditions {
    pub(super) all: Vec<String>,
    /// The first and the last number that it may have.
    pub(super) ids: (i64, i64),
}

pub(super) fn conditions(filter: &Filter, connection: &Connection) -> rusqlite::Result<Conditions> {
    let mut all = Vec::new();
    let (mut first, mut last) = EVERY;
    if let Some(since) = filter.since {
        let since = since.milliseconds();
        first = first_since(connection, since)?;
        all.push(format!("d.received_at >= {since}"));
    }
    if let Some(until) = filter.until {
        let until = until.milliseconds();
        // What has so much higher a number came later, whatever the clock did.
        last = first_since(connection, until.saturating_add(2 * SLACK))?.saturating_sub(1);
        all.push(format!("d.received_at < {until}"));
    }
    if let Some(StatusFilter { first, last }) = filter.status {
        all.push(format!("d.status BETWEEN {first} AND {last}"));
    }
    if let Some(session) = filter.session {
        let numbers = numbers_of(connection, session)?;
        first = first.max(numbers.start);
        if filter.with_replays {
            let replays = names(connection, |text| text == Via::Replay.word())?;
            let is_replay = is_one_of("via", &replays);
            let (first, beyond) = (numbers.start, numbers.end);
            all.push(format!(
                "(d.session = {session} OR {is_replay} AND d.event_id IN
                     (SELECT event_id FROM delivery
                      WHERE id >= {first} AND id < {beyond} AND session = {session}))"
            ));
        } else {
            last = last.min(numbers.end.saturating_sub(1));
            all.push(format!("d.session = {session}"));
        }
    }
    if !filter.endpoints.is_empty() {
        all.push(is_one_of("endpoint", &endpoints(filter, connection)?));
    }
    Ok(Conditions { all, ids: (first, last) })
}

/// The numbers of the endpoints that are wanted.
fn endpoints(filter: &Filter, connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    names(connection, |text| filter.endpoints.iter().any(|wanted| wanted.fits(text)))
}

const HOLDS_TEXT: &str = "(instr((SELECT body FROM content WHERE delivery = d.id), :text)
    OR EXISTS (SELECT 1 FROM attempt WHERE delivery = d.id AND instr(body, :text)))";

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
        let names = "INSERT INTO name VALUES (7, 'invoice.paid'), (8, 'http://127.0.0.1:5000/')";
        connection.execute(names, []).unwrap();
        let plan = |query: &Query| {
            let explained = format!("EXPLAIN QUERY PLAN {}", query.sql);
            let values = rusqlite::params_from_iter(&query.runs[0]);
            connection.query_row(&explained, values, |row| row.get::<_, String>(3)).unwrap()
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
    fn an_endpoint_is_looked_for_among_numbers() {
        let of_endpoint = Filter { endpoints: vec!["5000".parse().unwrap()], ..Filter::default() };
        let by_number = "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
        assert_eq!(plans(&of_endpoint), [by_number]);
        let failed = Filter { states: vec![State::Rejected], ..of_endpoint };
        let by_state = "SEARCH d USING INDEX delivery_state (state=? AND rowid>? AND rowid<?)";
        assert_eq!(plans(&failed), [by_state]);
    }

    #[test]
    fn what_lies_beside_a_number_is_found_in_the_same_indexes() {
        let (none, part) = (Filter::default(), IdRange::After(9));
        let by_number = "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
        assert_eq!(plans_of(&none, part), [by_number]);
        let failed = Filter { states: vec![State::Rejected], ..none };
        let by_state =
            "SEARCH d USING COVERING INDEX delivery_state (state=? AND rowid>? AND rowid<?)";
        assert_eq!(plans_of(&failed, IdRange::Before(9)), [by_state]);
    }

    #[test]
    fn the_numbers_that_are_looked_at_are_those_that_every_filter_leaves() {
        let connection = schema::in_memory(schema::NEWEST).unwrap();
        let endpoints = vec!["5000".parse().unwrap()];
        let filter = Filter { endpoints, ..Filter::default() };
        for (part, expected) in [
            (IdRange::All, [i64::MIN, i64::MAX]),
            (IdRange::Before(9), [i64::MIN, 8]),
            (IdRange::After(9), [10, i64::MAX]),
        ] {
            let found = queries(&filter, part, &connection).unwrap();
            assert_eq!(found[0].runs, [expected.map(Value::from)], "{part:?}");
        }
    }
}
