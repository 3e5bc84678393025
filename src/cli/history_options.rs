//! Where the history is, and whether a run is recorded there.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::context::Context;
use crate::config::{FileConfig, directories};
use crate::error::{Kind, Result};
use crate::history::{self, FileOrigin, History, Limits, Reader, Session, Storage};
use crate::report;

/// Where the history is.
#[derive(Args, Debug)]
#[command(next_help_heading = "History")]
pub(super) struct HistoryOptions {
    /// History file [default: history.db in devtool's state directory]
    #[arg(hide_short_help = true, long, env = "DEVTOOL_HISTORY", value_name = "FILE")]
    pub(super) history: Option<PathBuf>,
}

/// Whether and where a run is recorded.
#[derive(Args, Debug)]
#[command(next_help_heading = "History")]
pub(super) struct RecordingOptions {
    #[command(flatten)]
    place: HistoryOptions,

    /// Do not record this run
    #[arg(hide_short_help = true, long, env = "DEVTOOL_NO_HISTORY", value_parser = FalseyValueParser::new())]
    no_history: bool,
}

impl HistoryOptions {
    /// The file and its bounds.
    pub(super) fn place(&self, config: &FileConfig) -> Result<Storage> {
        let configured = &config.history;
        let default = Limits::default();
        let named = match &self.history {
            Some(file) => Some(file.clone()),
            None => config.history_file()?.map(ToOwned::to_owned),
        };
        let (file, origin) = match named {
            Some(file) => (file, FileOrigin::Named),
            None => (history::default_file(&directories::state()?), FileOrigin::Default),
        };
        Ok(Storage {
            file,
            origin,
            limits: Limits {
                keep: configured.keep.unwrap_or(default.keep),
                max_size: configured.max_size.unwrap_or(default.max_size),
            },
        })
    }
}

impl RecordingOptions {
    /// Where the history is, also where nothing is recorded.
    pub(super) const fn options(&self) -> &HistoryOptions {
        &self.place
    }

    /// The file and its bounds; `None` where nothing is recorded. That the place is not known is no
    /// reason to send nothing.
    ///
    /// # Errors
    /// The project's file must not be there.
    pub(super) fn place(
        &self,
        config: &FileConfig,
        context: &mut Context,
    ) -> Result<Option<Storage>> {
        if self.no_history || context.in_place.records_nothing {
            return Ok(None);
        }
        match self.place.place(config) {
            Err(error) if error.kind() != Kind::History => {
                not_recorded(&error, context);
                Ok(None)
            }
            place => place.map(Some),
        }
    }
}

/// Opens the history for a session. One that cannot be opened is said, and done without.
///
/// # Errors
/// The file is not a history of devtool's, so that something else was meant.
pub(super) fn open(
    place: Option<&Storage>,
    session: Session,
    context: &mut Context,
) -> Result<History> {
    let Some(place) = place else { return Ok(History::none()) };
    let redactor = context.out.redactor.clone();
    let (clock, opening) = (context.clock, context.opening.take());
    let opened = match opening.filter(|opening| opening.is_of(place)) {
        Some(opening) => History::opened(opening, place.clone(), session, clock, redactor),
        None => History::open(place.clone(), session, clock, redactor),
    };
    match opened {
        Ok(opened) => {
            if let Some(aside) = opened.set_aside {
                set_aside(&aside, context);
            }
            Ok(opened.history)
        }
        Err(error) if error.kind() == Kind::History => Err(error),
        Err(error) => {
            not_recorded(&error, context);
            Ok(History::none())
        }
    }
}

/// Opens the history for reading.
pub(super) fn reader(place: &HistoryOptions, context: &Context) -> Result<Reader> {
    let config = context.config()?;
    context.strike_out_all(&config);
    Reader::open(&place.place(&config)?)
}

/// Says that a damaged history is somewhere else now.
pub(super) fn set_aside(aside: &std::path::Path, context: &mut Context) {
    context.out.warning(&format!(
        "the history file was damaged: devtool moved it to `{}` and started a new one",
        aside.display()
    ));
}

/// Writes what is left, and says why something could not be recorded.
pub(super) async fn close(history: History, context: &mut Context) {
    history.end().await;
    while let Some(notice) = history.notice() {
        context.out.warning(&report::history::notice(&notice));
    }
}

fn not_recorded(error: &crate::error::Error, context: &mut Context) {
    if error.kind() == Kind::NoPlace && context.has_said_of_state {
        return;
    }
    let cause = error.with_root_cause();
    context.out.warning(&format!("this run is not recorded: {cause}"));
}
