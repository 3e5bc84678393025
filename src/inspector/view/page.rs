//! What is read in lines: a delivery's tabs, the keys, what differs; and what is picked from.

use ratatui_core::layout::Rect;

use super::paint::Painter;
use crate::inspector::command::TABLE;
use crate::inspector::detail::TABS;
use crate::inspector::model::{Inspector, Pane};
use crate::inspector::picker::Picker;
use crate::inspector::tone::{Tone, TonedLine, wrapped};
use crate::text::{escape, width};

/// Lines from one on, broken where they are too long.
pub(super) fn lines(lines: &[TonedLine], from: usize, painter: &mut Painter<'_>, area: Rect) {
    let columns = usize::from(area.width);
    let rows = lines.iter().skip(from).flat_map(|line| wrapped(line, columns));
    for (y, row) in (area.y..area.bottom()).zip(rows) {
        painter.put((area.x, y), area.width, &row);
    }
}

/// A delivery: its title, its tabs, the lines of one of them.
pub(super) fn detail(inspector: &Inspector, painter: &mut Painter<'_>, area: Rect) {
    let Some(entry) = inspector.list.selected() else { return };
    let title = format!("#{} {}", entry.id.0, escape::name(&entry.event));
    painter.put((area.x, area.y), area.width, &[(Tone::Heading, title)]);
    tabs(inspector, painter, Rect { y: area.y + 1, height: 1, ..area });
    let rest = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    lines(&inspector.detail.lines, inspector.detail.scroll, painter, rest);
}

/// Their numbers and names; the open one in brackets. Where there is little room, the others have no names.
fn tabs(inspector: &Inspector, painter: &mut Painter<'_>, line: Rect) {
    let all: usize = TABS.iter().map(|name| name.len() + 3).sum();
    let is_narrow = all + 2 > usize::from(line.width);
    let mut parts = TonedLine::new();
    for (at, name) in TABS.iter().enumerate() {
        let number = at + 1;
        let is_open = at == inspector.detail.tab;
        let tone = match (is_open, inspector.pane) {
            (true, Pane::Detail) => Tone::Key,
            (true, Pane::List) => Tone::Heading,
            _ => Tone::Dim,
        };
        let text = match (is_open, is_narrow) {
            (true, _) => format!("[{number} {name}]"),
            (false, true) => number.to_string(),
            (false, false) => format!("{number} {name}"),
        };
        parts.push((tone, text));
        parts.push((Tone::Plain, " ".to_owned()));
    }
    painter.put((line.x, line.y), line.width, &parts);
}

/// The keys, and the words after `:`.
pub(in crate::inspector) fn help() -> Vec<TonedLine> {
    let row = |keys: &str, word: &str, does: &str| {
        vec![
            (Tone::Key, format!("{}  ", width::pad(keys, 7))),
            (Tone::Name, format!("{}  ", width::pad(word, 17))),
            (Tone::Plain, does.to_owned()),
        ]
    };
    let mut lines: Vec<TonedLine> = vec![vec![
        (Tone::Heading, width::pad("keys", 9)),
        (Tone::Heading, width::pad("after :", 19)),
        (Tone::Heading, "what it does".to_owned()),
    ]];
    lines.extend(TABLE.iter().map(|entry| row(entry.shown, entry.word, entry.does)));
    lines.push(row("", "488", "to delivery 488"));
    lines.extend([
        TonedLine::new(),
        vec![(Tone::Heading, "words of a filter".to_owned())],
        vec![(Tone::Plain, crate::inspector::words::WORDS.to_owned())],
        vec![(Tone::Plain, "a word alone is a part of a type".to_owned())],
        TonedLine::new(),
        vec![(Tone::Heading, "signs".to_owned())],
        vec![(
            Tone::Plain,
            "✓ accepted  ✗ rejected  ! no answer  … not finished  * marked".to_owned(),
        )],
    ]);
    lines
}

/// What fits what was typed, the best first.
pub(super) fn picker(picker: &Picker, painter: &mut Painter<'_>, area: Rect) {
    let (choices, selected) = picker.seen(usize::from(area.height));
    let most = choices.iter().map(|choice| width::of(&choice.name)).max().unwrap_or(0);
    for ((y, at), choice) in (area.y..).zip(0..).zip(choices) {
        let cursor = if at == selected { "> " } else { "  " };
        let row = [
            (Tone::Plain, cursor.to_owned()),
            (Tone::Plain, width::pad(&choice.name, most)),
            (Tone::Dim, format!("  {}", choice.about)),
        ];
        painter.put((area.x, y), area.width, &row);
        if at == selected {
            painter.set_off(Rect { y, height: 1, ..area });
        }
    }
}
