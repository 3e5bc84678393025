//! `devtool history export`.

use clap::{Args, ValueEnum};

use crate::cli::context::Context;
use crate::cli::filter_options::FilterOptions;
use crate::cli::history_options::{self, HistoryOptions};
use crate::error::{Exit, Result};
use crate::report;

/// Export deliveries with all recorded details to stdout
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ExportArguments {
    /// Export format
    #[arg(long, env = "DEVTOOL_EXPORT_FORMAT", value_name = "FORMAT", default_value = "jsonl")]
    format: ExportFormat,

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
}

const EXAMPLES: &str = "Examples:
  devtool history export > deliveries.jsonl
  devtool history export --failed --since 1d
  devtool history export --format har > deliveries.har";

impl ExportArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let reader = history_options::reader(&self.place, context)?;
        let filter = self.filter.filter(None, &reader, context)?;
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
        };
        if gone > 0 {
            out.warning(&report::history::gone(gone));
        }
        Ok(Exit::Done)
    }
}
