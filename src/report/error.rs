//! Errors and warnings as a user reads them.

use std::error::Error as _;

use super::hint;
use super::palette::Palette;
use crate::error::Error;
use crate::text::{escape, width};

/// An error, in lines of so many columns: what failed, the line that it is about, its causes one per line, the way out, the command to type. What
/// else is wrong follows in the same form, and how much it is.
pub(crate) fn error(error: &Error, palette: Palette, columns: usize) -> String {
    if error.others().is_empty() {
        return one(error, error.hint(), (palette, columns));
    }
    let all: Vec<&Error> = std::iter::once(error).chain(error.others()).collect();
    let mut out = String::new();
    for (at, error) in all.iter().enumerate() {
        // A way out of several is said after the last of them.
        let is_said_later = all[at + 1..].iter().any(|later| later.hint() == error.hint());
        let hint = error.hint().filter(|_| !is_said_later);
        out.push_str(&one(error, hint, (palette, columns)));
        out.push('\n');
    }
    match error.untold() {
        0 => out + &format!("found {} errors\n", all.len()),
        more => {
            out + &format!("found {} errors, the first {} are told\n", all.len() + more, all.len())
        }
    }
}

fn one(error: &Error, hint: Option<&str>, (palette, columns): (Palette, usize)) -> String {
    let wrapped = |text: &str, indent| width::wrap(&escape::line(text), indent, columns);
    let mut out = format!("{} {}\n", palette.error("error:"), wrapped(&error.to_string(), 7));
    if let Some(excerpt) = error.excerpt().filter(|excerpt| !excerpt.text.is_empty()) {
        let number = excerpt.line.to_string();
        let gutter = " ".repeat(number.len());
        let mark = " ".repeat(excerpt.indent) + &palette.error(&"^".repeat(excerpt.marked));
        out.push_str(&format!("  {} {}\n", palette.dim(&format!("{number} |")), excerpt.text));
        out.push_str(&format!("  {} {mark}\n", palette.dim(&format!("{gutter} |"))));
    }
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    for cause in causes {
        out.push_str(&format!("  cause: {}\n", wrapped(&cause.to_string(), 9)));
    }
    if let Some(hint) = hint {
        out.push_str(&format!("  {} {}\n", palette.hint("hint:"), hint::text(hint, 8, columns)));
    }
    out
}

/// A warning; a command in it stands on a line of its own.
pub(crate) fn warning(text: &str, palette: Palette, columns: usize) -> String {
    format!("{} {}\n", palette.warning("warning:"), hint::text(text, 9, columns))
}
