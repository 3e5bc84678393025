//! Errors and warnings as a user reads them.

use std::error::Error as _;

use super::hint;
use super::palette::Palette;
use crate::error::Error;
use crate::text::escape;

/// An error: what failed, its causes one per line, the way out, the command to type.
pub(crate) fn error(error: &Error, palette: Palette) -> String {
    let mut out = format!("{} {}\n", palette.error("error:"), escape::line(&error.to_string()));
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    for cause in causes {
        out.push_str(&format!("  cause: {}\n", escape::line(&cause.to_string())));
    }
    if let Some(hint) = error.hint() {
        out.push_str(&format!("  {} {}\n", palette.hint("hint:"), hint::text(hint, 8, usize::MAX)));
    }
    out
}

/// A warning, in one line; a command in it stands on one of its own.
pub(crate) fn warning(text: &str, palette: Palette) -> String {
    format!("{} {}\n", palette.warning("warning:"), hint::text(text, 9, usize::MAX))
}
