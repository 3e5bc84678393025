//! Errors and warnings as a user reads them.

use std::error::Error as _;

use super::hint;
use super::palette::Palette;
use crate::error::Error;
use crate::text::escape;

/// An error: what failed, the line that it is about, its causes one per line, the way out, the command to type. What
/// else is wrong follows in the same form, and how much it is.
pub(crate) fn error(error: &Error, palette: Palette) -> String {
    if error.others().is_empty() {
        return one(error, error.hint(), palette);
    }
    let all: Vec<&Error> = std::iter::once(error).chain(error.others()).collect();
    let mut out = String::new();
    for (at, error) in all.iter().enumerate() {
        // A way out of several is said after the last of them.
        let is_said_later = all[at + 1..].iter().any(|later| later.hint() == error.hint());
        out.push_str(&one(error, error.hint().filter(|_| !is_said_later), palette));
        out.push('\n');
    }
    out + &format!("found {} errors\n", all.len())
}

fn one(error: &Error, hint: Option<&str>, palette: Palette) -> String {
    let mut out = format!("{} {}\n", palette.error("error:"), escape::line(&error.to_string()));
    if let Some(excerpt) = error.excerpt().filter(|excerpt| !excerpt.text.is_empty()) {
        let number = excerpt.line.to_string();
        let gutter = " ".repeat(number.len());
        let mark = " ".repeat(excerpt.indent) + &palette.error(&"^".repeat(excerpt.marked));
        out.push_str(&format!("  {} {}\n", palette.dim(&format!("{number} |")), excerpt.text));
        out.push_str(&format!("  {} {mark}\n", palette.dim(&format!("{gutter} |"))));
    }
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    for cause in causes {
        out.push_str(&format!("  cause: {}\n", escape::line(&cause.to_string())));
    }
    if let Some(hint) = hint {
        out.push_str(&format!("  {} {}\n", palette.hint("hint:"), hint::text(hint, 8, usize::MAX)));
    }
    out
}

/// A warning, in one line; a command in it stands on one of its own.
pub(crate) fn warning(text: &str, palette: Palette) -> String {
    format!("{} {}\n", palette.warning("warning:"), hint::text(text, 9, usize::MAX))
}
