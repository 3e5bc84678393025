//! `devtool history export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::events;
use crate::cli::context::Context;
use crate::cli::filter_options::FilterOptions;
use crate::cli::history_options::{self, HistoryOptions};
use crate::error::{Error, Exit, Kind, Result};
use crate::report;
use crate::report::recorded_scenario::PersonalValues;

/// Export deliveries with all recorded details to stdout
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ExportArguments {
    /// Export format
    #[arg(long, env = "DEVTOOL_EXPORT_FORMAT", value_name = "FORMAT", default_value = "jsonl")]
    format: ExportFormat,

    /// Directory that --format fixtures writes to
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,

    /// Keep names, addresses, metadata and the ids of accounts in a scenario or in fixtures
    #[arg(long)]
    exact: bool,

    #[command(flatten)]
    filter: FilterOptions,

    #[command(flatten)]
    place: HistoryOptions,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// One JSON object per line
    Jsonl,
    /// An HTTP archive for browsers and proxies, with one entry per attempt
    Har,
    /// A scenario file of the events of one session
    Scenario,
    /// Event files for unit tests
    Fixtures,
}

const EXAMPLES: &str = "Examples:
  devtool history export > deliveries.jsonl
  devtool history export --failed --since 1d
  devtool history export --format har > deliveries.har
  devtool history export --format scenario > recorded.toml
  devtool history export --format fixtures --dir fixtures";

impl ExportArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let reader = history_options::reader(&self.place, context)?;
        let filter = self.filter.filter(None, &reader, context)?;
        let personal = if self.exact { PersonalValues::Kept } else { PersonalValues::Replaced };
        match (self.format, self.dir) {
            (ExportFormat::Scenario, None) => {
                return events::scenario(&reader, &filter, personal, context);
            }
            (ExportFormat::Fixtures, Some(dir)) => {
                return events::fixtures((&reader, &filter), &dir, personal, context);
            }
            (ExportFormat::Fixtures, None) => return Err(no_directory()),
            (_, Some(_)) => {
                return Err(Error::new(Kind::Usage, "`--dir` is for `--format fixtures`"));
            }
            (_, None) if self.exact => {
                let message = "`--exact` is for `--format scenario` and `--format fixtures`";
                return Err(Error::new(Kind::Usage, message));
            }
            (ExportFormat::Jsonl | ExportFormat::Har, None) => {}
        }
        let (out, typed) = (&mut context.out, &context.typed);
        let gone = match self.format {
            ExportFormat::Jsonl => reader.each(&filter, |record| {
                out.result(&report::history_json::line(&record, typed));
                Ok(out.is_read())
            })?,
            ExportFormat::Har => {
                out.result(&report::har::beginning());
                let mut comma = "";
                let gone = reader.each(&filter, |record| {
                    for entry in report::har::entries(&record) {
                        out.result(&format!("{comma}{entry}"));
                        comma = ",";
                    }
                    Ok(out.is_read())
                })?;
                out.result(report::har::END);
                gone
            }
            ExportFormat::Scenario | ExportFormat::Fixtures => 0,
        };
        if gone > 0 {
            out.warning(&report::history::gone(gone));
        }
        Ok(Exit::Done)
    }
}

fn no_directory() -> Error {
    Error::new(Kind::Usage, "`--format fixtures` writes files")
        .hinted("name a directory for them:")
        .suggesting("devtool history export --format fixtures --dir fixtures")
}
