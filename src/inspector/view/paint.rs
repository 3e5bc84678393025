//! Tones as colours, where there are some: never more than the sixteen that every terminal has, in the user's own
//! shades.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};

use crate::inspector::tone::Tone;
use crate::report::Palette;

/// Puts text into a frame.
pub(super) struct Painter<'b> {
    pub(super) buffer: &'b mut Buffer,
    pub(super) palette: Palette,
}

impl Painter<'_> {
    fn style(&self, tone: Tone) -> Style {
        let style = Style::new();
        let bold = style.add_modifier(Modifier::BOLD);
        if self.palette == Palette::Plain {
            return match tone {
                Tone::Heading | Tone::Key | Tone::Bad => bold,
                _ => style,
            };
        }
        match tone {
            Tone::Plain => style,
            Tone::Heading => bold,
            Tone::Dim => style.add_modifier(Modifier::DIM),
            Tone::Good | Tone::Text => style.fg(Color::Green),
            Tone::Bad => style.fg(Color::Red),
            Tone::Odd => style.fg(Color::Yellow),
            Tone::Name => style.fg(Color::Blue),
            Tone::Value => style.fg(Color::Magenta),
            Tone::Key => style.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        }
    }

    /// Puts the parts of a line one after the other; returns the column behind them.
    pub(super) fn put(&mut self, (x, y): (u16, u16), columns: u16, line: &[(Tone, String)]) -> u16 {
        let end = x.saturating_add(columns);
        let mut at = x;
        for (tone, text) in line {
            let style = self.style(*tone);
            at = self.buffer.set_stringn(at, y, text, usize::from(end - at), style).0;
        }
        at
    }

    /// Sets a line off, as the selected one is.
    pub(super) fn set_off(&mut self, line: Rect) {
        self.buffer.set_style(line, Style::new().add_modifier(Modifier::REVERSED));
    }

    /// Makes a line stand out a little, as that of the pane which keys are not for.
    pub(super) fn embolden(&mut self, line: Rect) {
        self.buffer.set_style(line, Style::new().add_modifier(Modifier::BOLD));
    }
}
