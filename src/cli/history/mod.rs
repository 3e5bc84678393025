//! `devtool history`.

mod events;
mod export;
mod prune;
mod sessions;
mod show;

use clap::{Args, Subcommand};

use super::context::Context;
use super::filter_options::FilterOptions;
use super::history_options::{HistoryOptions, reader};
use super::output_options::{Format, OutputOptions};
use crate::error::{Exit, Result};
use crate::report;

/// Show past deliveries and the app's answers
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct HistoryArguments {
    #[command(subcommand)]
    command: Option<HistoryCommand>,

    #[command(flatten)]
    filter: FilterOptions,

    #[command(flatten)]
    place: HistoryOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// What can be done with the history besides listing it.
#[derive(Debug, Subcommand)]
enum HistoryCommand {
    Show(show::ShowArguments),
    Sessions(sessions::SessionsArguments),
    Export(export::ExportArguments),
    Prune(prune::PruneArguments),
}

const EXAMPLES: &str = "Examples:
  devtool history
  devtool history --failed --since 1h
  devtool history show 12
  devtool history --type 'invoice.*' --status 5xx
  devtool history --endpoint 5000
  devtool history sessions
  devtool history export --format har > deliveries.har";

/// How many deliveries are listed while nothing else is said.
const USUAL_LAST: usize = 50;

impl HistoryArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        match self.command {
            Some(HistoryCommand::Show(arguments)) => return arguments.execute(context),
            Some(HistoryCommand::Sessions(arguments)) => return arguments.execute(context),
            Some(HistoryCommand::Export(arguments)) => return arguments.execute(context),
            Some(HistoryCommand::Prune(arguments)) => return arguments.execute(context),
            None => {}
        }
        let history = reader(&self.place, context)?;
        let filter = self.filter.filter(Some(USUAL_LAST), &history, context)?;
        let entries = history.list(&filter)?;
        if entries.is_empty() && self.output.format == Format::Text {
            context.out.note(&self.filter.nothing_fits());
            return Ok(Exit::Done);
        }
        let text = match self.output.format {
            Format::Text => {
                report::history_list::list(&entries, context.clock.now(), context.out.layout())
            }
            Format::Compact => report::history_list::compact(&entries),
            Format::Json => report::history_json::list(&entries),
        };
        context.out.result(&text);
        Ok(Exit::Done)
    }
}
