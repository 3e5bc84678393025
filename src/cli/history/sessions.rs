//! `devtool history sessions`.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::filter_options::ScopeOptions;
use crate::cli::history_options::{self, HistoryOptions};
use crate::cli::output_options::{Format, OutputOptions};
use crate::error::{Exit, Result};
use crate::history::Filter;
use crate::report;

/// List the recorded runs and their outcomes
///
/// Each run of `listen`, `scenario`, `trigger`, `demo` and `replay` that records deliveries is a session.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct SessionsArguments {
    /// Only the last NUMBER sessions
    #[arg(long, help_heading = "Filters", value_name = "NUMBER")]
    last: Option<usize>,

    #[command(flatten)]
    scope: ScopeOptions,

    #[command(flatten)]
    place: HistoryOptions,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool history sessions
  devtool history sessions --endpoint 5000 --since 1d
  devtool history --session 1
  devtool replay --session 1 --failed";

/// How many sessions are listed while nothing else is said.
const USUAL_LAST: usize = 50;

impl SessionsArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let filter = Filter { last: self.last.or(Some(USUAL_LAST)), ..self.scope.filter(context) };
        let sessions = history_options::reader(&self.place, context)?.sessions(&filter)?;
        if sessions.is_empty() && self.output.format == Format::Text {
            context.out.note("no matching sessions");
            return Ok(Exit::Done);
        }
        context.out.result(&match self.output.format {
            Format::Text => report::sessions::list(&sessions, context.out.layout()),
            Format::Compact => report::sessions::compact(&sessions),
            Format::Json => report::sessions::json(&sessions),
        });
        Ok(Exit::Done)
    }
}
