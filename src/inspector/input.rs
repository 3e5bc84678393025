//! A line that is being typed.

use super::key::KeyPress;

/// The text, and where the next character goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LineInput {
    text: String,
    /// In characters.
    at: usize,
}

impl LineInput {
    pub(super) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), at: text.chars().count() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the place of the next character.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.byte(self.at)]
    }

    fn byte(&self, at: usize) -> usize {
        self.text.char_indices().nth(at).map_or(self.text.len(), |(byte, _)| byte)
    }

    /// Whether the key changed the text.
    pub(super) fn press(&mut self, key: KeyPress) -> bool {
        let (before, length) = (self.text.len(), self.text.chars().count());
        match key {
            KeyPress::Char(c) => {
                self.text.insert(self.byte(self.at), c);
                self.at += 1;
                return true;
            }
            KeyPress::Backspace if self.at > 0 => {
                self.at -= 1;
                self.text.remove(self.byte(self.at));
            }
            KeyPress::Delete if self.at < length => drop(self.text.remove(self.byte(self.at))),
            KeyPress::Ctrl('u') => {
                self.text.drain(..self.byte(self.at));
                self.at = 0;
            }
            KeyPress::Ctrl('w') => {
                let kept = self.before().trim_end().rfind(' ').map_or(0, |space| space + 1);
                let end = self.byte(self.at);
                self.at = self.text[..kept].chars().count();
                self.text.drain(kept..end);
            }
            KeyPress::Left => self.at = self.at.saturating_sub(1),
            KeyPress::Right => self.at = (self.at + 1).min(length),
            KeyPress::Home | KeyPress::Ctrl('a') => self.at = 0,
            KeyPress::End | KeyPress::Ctrl('e') => self.at = length,
            _ => {}
        }
        self.text.len() != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_typed_and_mended() {
        let mut input = LineInput::default();
        for c in "typo:ñ x".chars() {
            input.press(KeyPress::Char(c));
        }
        for key in [
            KeyPress::Ctrl('w'),
            KeyPress::Backspace,
            KeyPress::Backspace,
            KeyPress::Left,
            KeyPress::Backspace,
        ] {
            input.press(key);
        }
        input.press(KeyPress::Char('e'));
        assert_eq!((input.text(), input.before()), ("type:", "type"));
        assert!(!input.press(KeyPress::Home));
        assert!(input.press(KeyPress::Delete));
        assert_eq!(input.text(), "ype:");
        input.press(KeyPress::End);
        input.press(KeyPress::Ctrl('u'));
        assert_eq!(input.text(), "");
    }
}
