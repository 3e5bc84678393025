//! Colours by role, decided for each stream.

use colored::{ColoredString, Colorize as _, control};

use crate::runner::Verdict;

/// Paints text by what it means, or leaves it plain. Colour is never the only carrier of meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Palette {
    /// With colours.
    Colours,
    /// Without.
    Plain,
}

/// Whether the terminal takes colours. On Windows a console has to be told first, and an old one cannot.
#[cfg(windows)]
pub(crate) fn is_understood() -> bool {
    control::set_virtual_terminal(true).is_ok()
}

/// Whether the terminal takes colours: all do, but those that the environment says of.
#[cfg(not(windows))]
pub(crate) const fn is_understood() -> bool {
    true
}

impl Palette {
    /// A verdict's word.
    pub(crate) fn verdict(self, verdict: Verdict, text: &str) -> String {
        match verdict {
            Verdict::Pass => self.paint(text, |t| t.green().bold()),
            Verdict::Fail | Verdict::Missing => self.paint(text, |t| t.red().bold()),
            Verdict::Skipped => self.dim(text),
        }
    }

    /// A status code, or the word for no answer.
    pub(crate) fn status(self, status: Option<u16>, text: &str) -> String {
        self.paint(text, |t| match status {
            Some(200..=299) => t.green(),
            Some(300..=399) => t.yellow(),
            _ => t.red(),
        })
    }

    /// What matters less.
    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(text, |t| t.dimmed())
    }

    /// What a block is about.
    pub(crate) fn heading(self, text: &str) -> String {
        self.paint(text, |t| t.bold())
    }

    /// The word in front of an error.
    pub(crate) fn error(self, text: &str) -> String {
        self.paint(text, |t| t.red().bold())
    }

    /// The word in front of a warning.
    pub(crate) fn warning(self, text: &str) -> String {
        self.paint(text, |t| t.yellow().bold())
    }

    /// The word in front of a way out.
    pub(crate) fn hint(self, text: &str) -> String {
        self.paint(text, |t| t.cyan().bold())
    }

    /// The name of a member of JSON.
    pub(crate) fn name(self, text: &str) -> String {
        self.paint(text, |t| t.blue())
    }

    /// A text in JSON.
    pub(crate) fn text(self, text: &str) -> String {
        self.paint(text, |t| t.green())
    }

    fn paint(self, text: &str, style: impl Fn(&str) -> ColoredString) -> String {
        if self == Self::Plain || text.is_empty() {
            return text.to_owned();
        }
        // `colored` would decide by stdout alone; the decision has been made for this stream.
        control::set_override(true);
        style(text).to_string()
    }
}
