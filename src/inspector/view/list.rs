//! The list's pane.

use ratatui_core::layout::Rect;

use super::paint::Painter;
use crate::history::{Entry, State};
use crate::inspector::model::{Inspector, Pane};
use crate::inspector::tone::{Tone, TonedLine};
use crate::report::history_list::status;
use crate::text::{duration, escape, width};

const TIME: usize = 8;
const LATENCY: usize = 8;
/// From so many columns on, a row has the time; and from so many on, the latency.
const WITH_TIME: usize = 44;
const WITH_LATENCY: usize = 60;
/// The fewest columns of a type, and of the first words of an answer.
const LEAST_TYPE: usize = 8;
const LEAST_ANSWER: usize = 16;

/// The widths of the columns; what there is no room for has none.
struct Columns {
    id: usize,
    time: usize,
    event: usize,
    status: usize,
    latency: usize,
    answer: usize,
}

impl Columns {
    fn new(rows: &[Entry], columns: usize) -> Self {
        let most = |text: fn(&Entry) -> String| {
            rows.iter().map(|row| width::of(&text(row))).max().unwrap_or(0)
        };
        let id = most(|row| format!("#{}", row.id.0));
        let status = most(status).max(3);
        let time = if columns >= WITH_TIME { TIME + 1 } else { 0 };
        let latency = if columns >= WITH_LATENCY { LATENCY + 2 } else { 0 };
        // The sign of the selected one and the mark, the number, the sign of its state.
        let fixed = 2 + id + 1 + time + 2 + 1 + status + latency;
        let event = most(|row| escape::name(&row.event));
        let event = event.min(columns.saturating_sub(fixed)).max(LEAST_TYPE);
        let left = columns.saturating_sub(fixed + event + 2);
        let answer = if left < LEAST_ANSWER { 0 } else { left };
        Self { id, time, event, status, latency, answer }
    }
}

pub(super) fn draw(inspector: &Inspector, painter: &mut Painter<'_>, area: Rect) {
    let (rows, selected) = inspector.list.seen();
    if rows.is_empty() {
        return nothing(inspector, painter, area);
    }
    let columns = Columns::new(rows, usize::from(area.width));
    for ((y, at), entry) in (area.y..).zip(0..).zip(rows) {
        let is_selected = at == selected;
        let line = Rect { y, height: 1, ..area };
        let cursor = if is_selected { ">" } else { " " };
        let mark = if inspector.marked == Some(entry.id) { "*" } else { " " };
        let mut row = vec![(Tone::Plain, cursor.to_owned()), (Tone::Key, mark.to_owned())];
        row.extend(cells(entry, &columns, inspector));
        painter.put((line.x, y), line.width, &row);
        match (is_selected, inspector.pane) {
            (true, Pane::List) => painter.set_off(line),
            (true, Pane::Detail) => painter.embolden(line),
            _ => {}
        }
    }
}

fn cells(entry: &Entry, columns: &Columns, inspector: &Inspector) -> TonedLine {
    let (sign, tone) = match entry.state {
        State::Accepted => ("✓", Tone::Good),
        State::Rejected => ("✗", Tone::Bad),
        State::Unanswered => ("!", Tone::Bad),
        State::Open => ("…", Tone::Odd),
    };
    let id = width::pad_left(&format!("#{}", entry.id.0), columns.id);
    let mut line = vec![(Tone::Plain, format!("{id} "))];
    if columns.time > 0 {
        line.push((Tone::Dim, format!("{} ", (inspector.start.local)(entry.received_at))));
    }
    let event = with_its_end(&escape::name(&entry.event), columns.event);
    line.push((tone, format!("{sign} ")));
    line.push((Tone::Plain, width::pad(&event, columns.event)));
    line.push((tone, format!(" {}", width::pad(&status(entry), columns.status))));
    if columns.latency > 0 {
        let latency = entry.latency.map(duration::short).unwrap_or_default();
        line.push((Tone::Plain, format!("  {}", width::pad_left(&latency, LATENCY))));
    }
    if let (Some(answer), true) = (&entry.answer, columns.answer > 0) {
        let words = answer.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = inspector.start.redactor.text(&words);
        let words = width::fit(&escape::line(&words), columns.answer);
        line.push((Tone::Dim, format!("  {words}")));
    }
    line
}

/// A type of so many columns: its beginning is cut, because types differ in their last words.
fn with_its_end(event: &str, columns: usize) -> String {
    let end = event.rfind('.').map_or("", |dot| &event[dot..]);
    if width::of(event) <= columns || width::of(end) + LEAST_TYPE > columns {
        return width::fit(event, columns);
    }
    let start = width::fit(&event[..event.len() - end.len()], columns - width::of(end));
    format!("{start}{end}")
}

fn nothing(inspector: &Inspector, painter: &mut Painter<'_>, area: Rect) {
    let lines: &[&str] = if !inspector.is_read {
        &["reading the history …"]
    } else if inspector.words.is_empty() {
        &["no deliveries yet; send some:", "  devtool scenario payment", "or press e"]
    } else {
        &["no delivery fits the filter; esc takes it away"]
    };
    for (y, text) in (area.y + 1..area.bottom()).zip(lines) {
        painter.put((area.x + 1, y), area.width - 1, &[(Tone::Dim, (*text).to_owned())]);
    }
}
