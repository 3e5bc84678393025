//! The files that apps read their variables from, and the signing secrets in them.

use std::path::{Path, PathBuf};

use super::dotenv;
use super::error;
use super::project;
use super::reading::{self, InputKind};
use super::secret::Secret;
use crate::error::{Error, Result};

/// Their names, in the order in which Next.js, Vite and others read them: the first that sets a variable
/// decides.
pub const NAMES: [&str; 4] = [".env.development.local", ".env.local", ".env.development", ".env"];

/// Those that are there, the first to be read first: nearest directory, then the order of the names.
pub fn all(working_directory: &Path) -> Vec<PathBuf> {
    let directories = project::directories(working_directory).into_iter();
    let files = directories.flat_map(|directory| NAMES.map(|name| directory.join(name)));
    files.filter(|file| file.is_file()).collect()
}

/// Those that git should not take: all but a `.env.development` without a secret, which projects share.
pub fn private(working_directory: &Path) -> Vec<PathBuf> {
    let secrets = signing_secrets(working_directory);
    let is_private = |file: &PathBuf| {
        !file.ends_with(".env.development") || secrets.iter().any(|(holder, ..)| holder == file)
    };
    all(working_directory).into_iter().filter(is_private).collect()
}

/// What each file sets the variable to, where one does; a value may be empty.
///
/// # Errors
/// A file cannot be read, or opens a quote for the variable and does not close it.
pub(super) fn values(working_directory: &Path, variable: &str) -> Result<Vec<(PathBuf, String)>> {
    let mut values = Vec::new();
    for file in all(working_directory) {
        let text =
            reading::text(&file, InputKind::Text).map_err(|source| Error::read(&file, source))?;
        let value = dotenv::value(&text, variable).map_err(|error| {
            let reason = format!("`{variable}`: the quote is not closed");
            error::invalid_file(&file, error.line, &reason)
        })?;
        values.extend(value.map(|value| (file, value)));
    }
    Ok(values)
}

/// The variables of all files that hold a signing secret of Stripe's form. What cannot be read is left out.
pub(super) fn signing_secrets(working_directory: &Path) -> Vec<(PathBuf, String, Secret)> {
    let mut found = Vec::new();
    for file in all(working_directory) {
        let Ok(text) = reading::text(&file, InputKind::Text) else { continue };
        for (name, value) in dotenv::assignments(&text) {
            let secret = value.ok().and_then(|value| Secret::parse(&value).ok());
            let secret = secret.filter(Secret::is_stripes_form);
            found.extend(secret.map(|secret| (file.clone(), name.to_owned(), secret)));
        }
    }
    found
}
