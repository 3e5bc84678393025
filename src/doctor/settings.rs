//! What is in force: devtool.toml, the routes in it, the history.

use std::path::Path;

use super::finding::{Finding, Health};
use crate::config::files;
use crate::error::Error;

/// The finding about devtool.toml, where it can be read.
pub(crate) fn config(file: Option<&Path>) -> Finding {
    let seen = file.map_or_else(|| "no devtool.toml".to_owned(), |file| file.display().to_string());
    Finding::new("config", Health::Good, seen)
}

/// The finding about something that cannot be used.
pub(crate) fn broken(name: &'static str, error: &Error) -> Finding {
    of_error(name, Health::Broken, error)
}

/// Where the history is, and whether it can be written; without one, everything else works.
pub(crate) fn history(file: Result<&Path, &Error>) -> Finding {
    match file {
        Ok(file) => match files::try_writing(file) {
            Ok(()) => Finding::new("history", Health::Good, file.display().to_string()),
            Err(error) => {
                let seen = format!("{} cannot be written ({error})", file.display());
                Finding::new("history", Health::Warning, seen)
                    .with_fix("use another file with `--history FILE` or DEVTOOL_HISTORY")
            }
        },
        Err(error) => of_error("history", Health::Warning, error),
    }
}

/// The finding of an error, with its cause and its way out.
pub(super) fn of_error(name: &'static str, health: Health, error: &Error) -> Finding {
    let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})"));
    let seen = format!("{error}{}", cause.unwrap_or_default());
    Finding { fix: error.hint().map(ToOwned::to_owned), ..Finding::new(name, health, seen) }
}
