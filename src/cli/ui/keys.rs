//! Keys as the terminal gives them.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::inspector::{KeyPress, ScreenUpdate};

/// What a terminal tells.
pub(super) enum TerminalInput {
    /// A key was pressed.
    Key(KeyPress),
    /// Something else that the screen shows.
    ScreenUpdate(ScreenUpdate),
}

/// What an event of the terminal is; `None` where it does nothing.
pub(super) fn input(event: &Event) -> Option<TerminalInput> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            self::key(*key).map(TerminalInput::Key)
        }
        Event::Resize(columns, lines) => {
            Some(TerminalInput::ScreenUpdate(ScreenUpdate::Size(*columns, *lines)))
        }
        _ => None,
    }
}

fn key(key: KeyEvent) -> Option<KeyPress> {
    if key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    let is_ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char(c) if is_ctrl => KeyPress::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(c) => KeyPress::Char(c),
        KeyCode::Enter => KeyPress::Enter,
        KeyCode::Esc => KeyPress::Esc,
        KeyCode::Tab => KeyPress::Tab,
        KeyCode::BackTab => KeyPress::BackTab,
        KeyCode::Backspace => KeyPress::Backspace,
        KeyCode::Delete => KeyPress::Delete,
        KeyCode::Up => KeyPress::Up,
        KeyCode::Down => KeyPress::Down,
        KeyCode::Left => KeyPress::Left,
        KeyCode::Right => KeyPress::Right,
        KeyCode::PageUp => KeyPress::PageUp,
        KeyCode::PageDown => KeyPress::PageDown,
        KeyCode::Home => KeyPress::Home,
        KeyCode::End => KeyPress::End,
        _ => return None,
    })
}
