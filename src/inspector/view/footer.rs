//! The first line, and the two last.

use ratatui_core::layout::Rect;

use super::paint::Painter;
use crate::inspector::effect::ActionResult;
use crate::inspector::input::LineInput;
use crate::inspector::model::{Inspector, Mode, Pane};
use crate::inspector::tone::width as width_of;
use crate::inspector::tone::{Tone, TonedLine};
use crate::text::{escape, width};

/// What it is about on the left, and what is seen of that on the right.
pub(super) fn header(inspector: &Inspector, painter: &mut Painter<'_>, line: Rect) {
    let filter = match inspector.words.as_str() {
        "" => String::new(),
        words => format!("filter: {}  ", escape::line(words)),
    };
    let state = if inspector.list.follows {
        "following".to_owned()
    } else if inspector.list.is_at_end() {
        "f follows".to_owned()
    } else {
        "newer below, f follows".to_owned()
    };
    let right = vec![(Tone::Key, filter), (Tone::Dim, state)];
    let room = usize::from(line.width).saturating_sub(width_of(&right) + 2);
    let title = width::fit(&escape::line(&inspector.start.title), room);
    painter.put((line.x, line.y), line.width, &[(Tone::Heading, title)]);
    let columns = u16::try_from(width_of(&right)).unwrap_or(line.width).min(line.width);
    painter.put((line.right() - columns, line.y), columns, &right);
}

/// What the last action came to.
pub(super) fn said(inspector: &Inspector, painter: &mut Painter<'_>, line: Rect) {
    let said = match (&inspector.mode, &inspector.not_understood, &inspector.said) {
        (Mode::Filter(..), Some(reason), _) => Some((Tone::Bad, format!("✗ {reason}"))),
        (Mode::Filter(..), None, _) => Some((Tone::Dim, crate::inspector::words::WORDS.to_owned())),
        (_, _, Some(outcome)) => {
            let (tone, text) = match outcome {
                ActionResult::Good(text) => (Tone::Good, text),
                ActionResult::Bad(text) => (Tone::Bad, text),
                ActionResult::UnderWay(text) => (Tone::Odd, text),
            };
            Some((tone, format!("{}{text}", sign(outcome))))
        }
        _ => None,
    };
    let Some((tone, text)) = said else { return };
    let text = inspector.start.redactor.text(&text).into_owned();
    let text = width::fit(&escape::line(&text), usize::from(line.width));
    painter.put((line.x, line.y), line.width, &[(tone, text)]);
}

/// The keys that fit; or what is being typed, and where the cursor stands.
pub(super) fn keys(
    inspector: &Inspector,
    painter: &mut Painter<'_>,
    line: Rect,
) -> Option<(u16, u16)> {
    let (prompt, input) = match &inspector.mode {
        Mode::Filter(input, _) => ("/", input),
        Mode::Prompt(input) => (":", input),
        Mode::Pick(picker, _) => ("send: ", &picker.input),
        _ => {
            let parts = fitting(keys_of(inspector), usize::from(line.width));
            painter.put((line.x, line.y), line.width, &parts);
            return None;
        }
    };
    Some(typed((prompt, input), painter, line))
}

/// What is being typed; returns where the cursor stands.
pub(super) fn typed(
    (prompt, input): (&str, &LineInput),
    painter: &mut Painter<'_>,
    line: Rect,
) -> (u16, u16) {
    let (before, all) = (width::of(input.before()), escape::line(input.text()));
    // The end of a long text is seen.
    let beyond = (prompt.len() + before + 1).saturating_sub(usize::from(line.width));
    let text: String = format!("{prompt}{all}").chars().skip(beyond).collect();
    painter.put((line.x, line.y), line.width, &[(Tone::Plain, text)]);
    let column = u16::try_from(prompt.len() + before - beyond).unwrap_or(0);
    (line.x + column.min(line.width - 1), line.y)
}

/// Keys and what they do, the most important ones first; the last two stay.
fn keys_of(inspector: &Inspector) -> &'static [(&'static str, &'static str)] {
    match (&inspector.mode, inspector.pane) {
        (Mode::Help(_) | Mode::Text(..), _) => {
            &[("↑ ↓", "scroll"), ("g G", "start, end"), ("q", "back")]
        }
        (Mode::Copy, _) => &[
            ("copy:", ""),
            ("c", "curl"),
            ("j", "JSON"),
            ("i", "id"),
            ("s", "scenario step"),
            ("esc", "nothing"),
        ],
        (_, Pane::Detail) => &[
            ("esc", "list"),
            ("1…6 ← →", "tabs"),
            ("r", "replay"),
            ("R", "edit"),
            ("n N", "failures"),
            ("c", "copy"),
            ("m =", "compare"),
            ("v", "verify"),
            ("?", "keys"),
            ("q", "quit"),
        ],
        _ => &[
            ("enter", "details"),
            ("r", "replay"),
            ("/", "filter"),
            ("F", "only failed"),
            ("n N", "failures"),
            ("e", "send"),
            ("c", "copy"),
            ("m =", "compare"),
            ("R", "edit"),
            ("s", "scenario"),
            ("v", "verify"),
            ("?", "keys"),
            ("q", "quit"),
        ],
    }
}

fn fitting(keys: &[(&str, &str)], columns: usize) -> TonedLine {
    let length = |(key, does): &(&str, &str)| width::of(key) + 1 + width::of(does) + 2;
    let (first, last) = keys.split_at(keys.len().saturating_sub(2));
    let mut left = columns.saturating_sub(last.iter().map(length).sum());
    let mut shown: Vec<&(&str, &str)> = Vec::new();
    for key in first {
        let Some(rest) = left.checked_sub(length(key)) else { break };
        left = rest;
        shown.push(key);
    }
    let parts = shown
        .into_iter()
        .chain(last)
        .flat_map(|(key, does)| [(Tone::Key, format!("{key} ")), (Tone::Dim, format!("{does}  "))]);
    parts.collect()
}

/// The sign before what was said, for whoever sees no colours.
fn sign(outcome: &ActionResult) -> &'static str {
    match outcome {
        ActionResult::Good(_) => "✓ ",
        ActionResult::Bad(_) => "✗ ",
        ActionResult::UnderWay(_) => "… ",
    }
}
