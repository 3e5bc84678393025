//! Recorded deliveries as a list: a row or a line for each.

use super::layout::Layout;
use crate::history::{Entry, State};
use crate::protocol::{Moment, Zone};
use crate::text::{duration, escape, width};

/// The columns of a moment to the second, and of a time of day alone.
const MOMENT_COLUMNS: usize = 19;
const TIME_COLUMNS: usize = 8;
/// The fewest columns that make an answer worth showing, and the most that it gets.
const LEAST_ANSWER: usize = 12;
const MOST_ANSWER: usize = 80;
/// The columns that a type keeps before an answer is left out, and the fewest that it gets where there is room for nothing else.
const USUAL_EVENT: usize = 30;
const LEAST_EVENT: usize = 8;

/// A column of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Number,
    Time,
    Ago,
    Event,
    EventId,
    Status,
    Tries,
    Latency,
    Endpoint,
}

impl Column {
    const ALL: [Self; 9] = [
        Self::Number,
        Self::Time,
        Self::Ago,
        Self::Event,
        Self::EventId,
        Self::Status,
        Self::Tries,
        Self::Latency,
        Self::Endpoint,
    ];
    /// What goes where a terminal is too narrow, the first one first.
    const DISPENSABLE: [Self; 4] = [Self::EventId, Self::Endpoint, Self::Ago, Self::Tries];

    const fn title(self, zone: Zone) -> &'static str {
        match (self, zone) {
            (Self::Number, _) => "id",
            (Self::Time, Zone::Utc) => "UTC",
            (Self::Time, Zone::Local) => "time",
            (Self::Ago | Self::EventId, _) => "",
            (Self::Event, _) => "event",
            (Self::Status, _) => "status",
            (Self::Tries, _) => "tries",
            (Self::Latency, _) => "latency",
            (Self::Endpoint, _) => "endpoint",
        }
    }

    const fn is_right_aligned(self) -> bool {
        matches!(self, Self::Number | Self::Ago | Self::Tries | Self::Latency)
    }

    const fn is_dim(self) -> bool {
        matches!(self, Self::Time | Self::Ago | Self::EventId | Self::Endpoint)
    }

    fn text(self, entry: &Entry, now: Moment, zone: Zone) -> String {
        match self {
            Self::Number => entry.id.0.to_string(),
            Self::Time => entry.received_at.text(zone),
            Self::Ago => duration::ago(now.since(entry.received_at)),
            Self::Event => escape::name(&entry.event),
            Self::EventId => escape::name(&entry.event_id),
            Self::Status => status(entry),
            Self::Tries => entry.attempts.to_string(),
            Self::Latency => entry.latency.map(duration::short).unwrap_or_default(),
            Self::Endpoint => {
                let endpoint = entry.endpoint.strip_prefix("http://").unwrap_or(&entry.endpoint);
                escape::line(endpoint)
            }
        }
    }
}

/// The list before it is written: the columns that it has, how wide each is, and the cells.
struct Table {
    columns: Vec<(Column, usize)>,
    rows: Vec<Vec<String>>,
    /// The columns of what was answered; 0 for none.
    answer: usize,
}

impl Table {
    fn new(entries: &[Entry], now: Moment, layout: Layout) -> Self {
        let mut columns: Vec<(Column, usize)> = Column::ALL
            .into_iter()
            .filter(|column| match column {
                Column::Ago => layout.zone == Zone::Local,
                Column::Tries => entries.iter().any(|entry| entry.attempts > 1),
                _ => true,
            })
            .map(|column| {
                let cells = entries.iter().map(|entry| column.text(entry, now, layout.zone));
                let most = cells.map(|cell| width::of(&cell)).max().unwrap_or(0);
                (column, most.max(column.title(layout.zone).len()))
            })
            .collect();
        let has_answer = entries.iter().any(|entry| entry.answer.is_some());
        let answer = fit(&mut columns, layout.columns, has_answer);
        let row = |entry: &Entry| {
            columns.iter().map(|(column, _)| column.text(entry, now, layout.zone)).collect()
        };
        Self { rows: entries.iter().map(row).collect(), columns, answer }
    }
}

/// A delivery among others to pick from: when, what, what came of it, and where.
pub(crate) fn choice(entry: &Entry, now: Moment, zone: Zone) -> String {
    let cells = [
        (Column::Ago, 14),
        (Column::Status, 9),
        (Column::Event, USUAL_EVENT),
        (Column::Endpoint, 0),
        (Column::EventId, 0),
    ];
    let cell =
        |(column, columns): (Column, usize)| width::pad(&column.text(entry, now, zone), columns);
    cells.map(cell).join("  ").trim_end().to_owned()
}

fn used(columns: &[(Column, usize)]) -> usize {
    columns.iter().map(|(_, columns)| columns + 2).sum::<usize>().saturating_sub(2)
}

/// Leaves columns out, and cuts others, until the list fits; returns what is left for an answer.
fn fit(columns: &mut Vec<(Column, usize)>, room: usize, has_answer: bool) -> usize {
    let wanted = if has_answer { LEAST_ANSWER + 2 } else { 0 };
    for dispensable in Column::DISPENSABLE {
        if used(columns) + wanted > room {
            columns.retain(|(column, _)| *column != dispensable);
        }
    }
    let missing = (used(columns) + wanted).saturating_sub(room);
    cut(columns, Column::Time, TIME_COLUMNS, missing);
    let missing = (used(columns) + wanted).saturating_sub(room);
    cut(columns, Column::Event, USUAL_EVENT, missing);
    let missing = used(columns).saturating_sub(room);
    cut(columns, Column::Event, LEAST_EVENT, missing);
    let left = room.saturating_sub(used(columns) + 2);
    if left < LEAST_ANSWER { 0 } else { left.min(MOST_ANSWER) }
}

/// Makes a column narrower by what is missing, down to its least width. Of a moment, the day goes as a whole.
fn cut(columns: &mut [(Column, usize)], wanted: Column, least: usize, missing: usize) {
    let Some((column, room)) = columns.iter_mut().find(|(column, _)| *column == wanted) else {
        return;
    };
    if missing > 0 {
        *room =
            if *column == Column::Time { least } else { room.saturating_sub(missing).max(least) };
    }
}

/// A row for each delivery.
pub(crate) fn list(entries: &[Entry], now: Moment, layout: Layout) -> String {
    let table = Table::new(entries, now, layout);
    let titles: Vec<String> = table
        .columns
        .iter()
        .map(|(column, room)| padded(column.title(layout.zone), *column, *room))
        .collect();
    let heading = layout.palette.dim(titles.join("  ").trim_end());
    let rows: String = entries
        .iter()
        .zip(&table.rows)
        .map(|(entry, cells)| row(entry, cells, &table, layout))
        .collect();
    format!("{heading}\n{rows}")
}

fn padded(text: &str, column: Column, room: usize) -> String {
    let text = match column {
        // The time of day is the end of a moment.
        Column::Time if room < MOMENT_COLUMNS && text.len() == MOMENT_COLUMNS => {
            text.get(MOMENT_COLUMNS - room..).unwrap_or(text).to_owned()
        }
        _ => width::fit(text, room),
    };
    if column.is_right_aligned() { width::pad_left(&text, room) } else { width::pad(&text, room) }
}

fn row(entry: &Entry, cells: &[String], table: &Table, layout: Layout) -> String {
    let palette = layout.palette;
    let cell = |((column, room), text): (&(Column, usize), &String)| {
        let text = padded(text, *column, *room);
        match column {
            Column::Status if entry.state == State::Open => palette.dim(&text),
            Column::Status => palette.status(entry.status, &text),
            column if column.is_dim() => palette.dim(&text),
            _ => text,
        }
    };
    let mut line = table.columns.iter().zip(cells).map(cell).collect::<Vec<_>>().join("  ");
    if let (Some(answer), true) = (&entry.answer, table.answer > 0) {
        let words = answer.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = width::fit(&escape::line(&words), table.answer);
        line.push_str(&format!("  {}", palette.dim(&words)));
    }
    format!("{}\n", line.trim_end())
}

/// The last answer's status, or what there was in its place.
pub(crate) fn status(entry: &Entry) -> String {
    match (entry.status, entry.state) {
        (Some(status), _) => status.to_string(),
        (None, State::Open) => "open".to_owned(),
        (None, _) => entry.outcome.clone().unwrap_or_else(|| "none".to_owned()),
    }
}

/// `12 accepted invoice.paid evt_… 200 2.1ms`: number, state, type, id, status or failure,
/// milliseconds.
pub(crate) fn compact(entries: &[Entry]) -> String {
    let line = |entry: &Entry| {
        let latency = entry.latency.map(duration::milliseconds);
        let latency = latency.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1}ms"));
        format!(
            "{} {} {} {} {} {latency}\n",
            entry.id.0,
            entry.state.word(),
            escape::name(&entry.event),
            escape::name(&entry.event_id),
            status(entry),
        )
    };
    entries.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::history::DeliveryId;
    use crate::report::palette::Palette;

    fn entry(id: i64, event: &str, status: Option<u16>) -> Entry {
        let is_accepted = status == Some(200);
        Entry {
            id: DeliveryId(id),
            session: 3,
            command: "listen".to_owned(),
            via: "stripe".to_owned(),
            event: event.to_owned(),
            event_id: "evt_1TXJ4v2eZvKYlo2CkFzGkq1s".to_owned(),
            created: None,
            account: None,
            endpoint: "http://127.0.0.1:5000/webhook".to_owned(),
            received_at: Moment::from_seconds(1_795_600_000),
            state: if is_accepted { State::Accepted } else { State::Rejected },
            status,
            latency: Some(Duration::from_millis(72)),
            attempts: if is_accepted { 1 } else { 3 },
            answer: (!is_accepted).then(|| "KeyError: 'amount'".to_owned()),
            outcome: None,
        }
    }

    fn shown(columns: usize, zone: Zone) -> String {
        let entries = [
            entry(487, "invoice.paid", Some(200)),
            entry(488, "customer.subscription.pending_update_applied", Some(500)),
        ];
        let now = Moment::from_seconds(1_795_600_240);
        list(&entries, now, Layout { palette: Palette::Plain, columns, zone })
    }

    #[test]
    fn what_there_is_no_room_for_is_left_out() {
        insta::assert_snapshot!(shown(usize::MAX, Zone::Utc));
        insta::assert_snapshot!(shown(120, Zone::Utc));
        insta::assert_snapshot!(shown(80, Zone::Utc));
        insta::assert_snapshot!(shown(50, Zone::Utc));
    }

    #[test]
    fn no_row_is_wider_than_the_terminal() {
        for columns in 50..200 {
            let text = shown(columns, Zone::Local);
            assert!(text.lines().all(|line| width::of(line) <= columns), "{columns}\n{text}");
        }
    }

    #[test]
    fn a_terminal_is_told_how_long_ago_that_was() {
        let text = shown(150, Zone::Local);
        assert!(text.lines().skip(1).all(|row| row.contains("  4 min ago  ")), "{text}");
    }
}
