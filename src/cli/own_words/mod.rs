//! What fingers type: the Stripe CLI's options and commands, a port or a URL without its option, and the like.
//!
//! All of it is known from one table (`table`) and from what a word looks like (`words`). It is looked at before
//! clap reads the command line. What can mean only one thing becomes that; for everything else the error says
//! what to type, on a line of its own.

mod line;
mod options;
mod table;
mod tips;
mod words;

use std::ffi::OsString;

use crate::error::Result;
use line::Line;

/// The command line in devtool's own words.
///
/// # Errors
/// Says what to type for what is no word of devtool's.
pub(super) fn in_own_words(
    arguments: Vec<OsString>,
    definition: &clap::Command,
) -> Result<Vec<OsString>> {
    let line = Line::read(&arguments, definition);
    if line.has(&["--help", "-h"]) {
        return Ok(arguments);
    }
    let own = options::replace(words::replace(line.clone(), definition)?)?;
    Ok(if own == line { arguments } else { own.written() })
}

/// What clap says of a command line, with tips that help.
pub(super) fn mended(
    error: clap::Error,
    arguments: &[OsString],
    definition: &clap::Command,
) -> clap::Error {
    tips::mended(error, Line::read(arguments, definition).definition(definition))
}
