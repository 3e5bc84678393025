//! What a listen shows on a terminal where somebody works with it.

use super::api_calls;
use super::layout::Layout;
use super::listen::{
    ANSWER_COLUMNS, FEWEST_TYPE_COLUMNS, LATENCY_COLUMNS, TIME_COLUMNS, TYPE_COLUMNS, remarks,
    status,
};
use crate::listen::Row;
use crate::relay::EventSource;
use crate::text::{duration, escape, width};

const NUMBER_COLUMNS: usize = 5;

/// An attempt in a line: number, time, sign, type, status, latency, and what else there
/// is to say.
pub(crate) fn row(row: &Row, main_endpoint: &str, layout: Layout) -> String {
    let palette = layout.palette;
    let number = row.delivery.map(|id| format!("#{}", id.0)).unwrap_or_default();
    let number = width::pad_left(&number, NUMBER_COLUMNS);
    let sign = match (row.is_accepted(), row.again_in, row.status) {
        (true, ..) => "✓",
        (false, Some(_), _) => "↻",
        (false, None, Some(_)) => "✗",
        (false, None, None) => "!",
    };
    let used = width::of(&number) + 2 + TIME_COLUMNS + 2 + 2 + 2 + 4 + 2 + LATENCY_COLUMNS;
    let room = layout.columns.saturating_sub(used).max(FEWEST_TYPE_COLUMNS);
    let event = width::fit(&escape::name(&row.event), room);
    let name = width::pad(&event, TYPE_COLUMNS.min(room));
    let status = width::pad(&status(row), 4);
    let latency = width::pad_left(&duration::short(row.latency), LATENCY_COLUMNS);
    let mut line = format!(
        "{number}  {}  {} {name}  {}  {latency}",
        palette.dim(&row.at.local_time()),
        palette.status(row.status, sign),
        palette.status(row.status, &status),
    );
    let used = used + width::of(&name) + width::of(&status).saturating_sub(4);
    let remarks = all_remarks(row, main_endpoint);
    let room = layout.columns.saturating_sub(used + 2).min(ANSWER_COLUMNS);
    if !remarks.is_empty() && room > 3 {
        line.push_str(&format!("  {}", palette.dim(&width::fit(&remarks, room))));
    }
    let calls = row.api_calls.as_deref().unwrap_or_default();
    let indent = NUMBER_COLUMNS + 2 + TIME_COLUMNS + 2;
    format!("{}\n{}", line.trim_end(), api_calls::below_row(calls, indent, layout))
}

/// The remarks, and which stream it came by where that is not the usual one.
fn all_remarks(row: &Row, main_endpoint: &str) -> String {
    let source = match row.source {
        EventSource::Snapshot => None,
        EventSource::Connect => Some("Connect".to_owned()),
        EventSource::Thin => Some("thin".to_owned()),
    };
    let remarks = remarks(row, main_endpoint);
    let remarks = Some(remarks).filter(|remarks| !remarks.is_empty());
    source.into_iter().chain(remarks).collect::<Vec<_>>().join(", ")
}
