//! Frames of the full screen.

mod footer;
mod list;
mod page;
mod paint;

use ratatui_core::layout::Rect;
use ratatui_core::terminal::Frame;

use self::paint::Painter;
use super::model::{Inspector, Mode, Pane};
use super::picker::Picker;
use super::tone::Tone;
use crate::report::Palette;
pub(super) use page::help;

/// Draws the whole screen.
pub(crate) fn draw(inspector: &Inspector, palette: Palette, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut painter = Painter { buffer: frame.buffer_mut(), palette };
    if area.height < 4 || area.width < 20 {
        painter.put((area.x, area.y), area.width, &[(Tone::Plain, "too small".into())]);
        return;
    }
    let line = |y: u16| Rect { y, height: 1, ..area };
    footer::header(inspector, &mut painter, line(area.y));
    let panes = Rect { y: area.y + 1, height: area.height - 3, ..area };
    body(inspector, &mut painter, panes);
    footer::said(inspector, &mut painter, line(area.bottom() - 2));
    let cursor = footer::keys(inspector, &mut painter, line(area.bottom() - 1));
    if let Some(place) = cursor {
        frame.set_cursor_position(place);
    }
}

/// Draws a picker alone: what is to be picked, the choices, and what is typed.
pub(crate) fn draw_picker(
    (picker, title): (&Picker, &str),
    palette: Palette,
    frame: &mut Frame<'_>,
) {
    let area = frame.area();
    let mut painter = Painter { buffer: frame.buffer_mut(), palette };
    let line = |y: u16| Rect { y, height: 1, ..area };
    if area.height < 3 {
        return;
    }
    painter.put((area.x, area.y), area.width, &[(Tone::Heading, title.to_owned())]);
    let choices = Rect { y: area.y + 1, height: area.height - 2, ..area };
    page::picker(picker, &mut painter, choices);
    let place = footer::typed(("> ", &picker.input), &mut painter, line(area.bottom() - 1));
    frame.set_cursor_position(place);
}

fn body(inspector: &Inspector, painter: &mut Painter<'_>, area: Rect) {
    match &inspector.mode {
        Mode::Help(at) => page::lines(&help(), *at, painter, area),
        Mode::Text(lines, at) => page::lines(lines, *at, painter, area),
        Mode::Pick(picker, _) => page::picker(picker, painter, area),
        Mode::Browse | Mode::Filter(..) | Mode::Prompt(_) | Mode::Copy => {
            panes(inspector, painter, area);
        }
    }
}

fn panes(inspector: &Inspector, painter: &mut Painter<'_>, area: Rect) {
    if !inspector.has_two_panes() {
        match inspector.pane {
            Pane::List => list::draw(inspector, painter, area),
            Pane::Detail => page::detail(inspector, painter, area),
        }
        return;
    }
    let left = Rect { width: inspector.list_columns(), ..area };
    list::draw(inspector, painter, Rect { width: left.width - 1, ..left });
    for y in area.y..area.bottom() {
        painter.put((left.right(), y), 1, &[(Tone::Dim, "│".into())]);
    }
    let x = left.right() + 2;
    page::detail(inspector, painter, Rect { x, width: inspector.detail_columns(), ..area });
}
