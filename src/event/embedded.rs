//! Files of the catalogue that are built into devtool, and how they are read.

use std::sync::OnceLock;

use serde::Deserialize;

use super::error::{EventError, Result};

/// Names and texts of embedded files.
pub(super) type Files = &'static [(&'static str, &'static str)];

/// Reads a file of the catalogue.
pub(super) fn parse<'t, T: Deserialize<'t>>(file: &str, text: &'t str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| EventError::json(file.to_owned(), error.line(), &error))
}

/// Reads a file of the catalogue once.
pub(super) fn parse_once<T: Deserialize<'static>>(
    kept: &'static OnceLock<T>,
    file: &str,
    text: &'static str,
) -> Result<&'static T> {
    if let Some(read) = kept.get() {
        return Ok(read);
    }
    let read = parse(file, text)?;
    Ok(kept.get_or_init(|| read))
}
