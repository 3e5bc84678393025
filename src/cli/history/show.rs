//! `devtool history show`.

use clap::Args;

use crate::cli::choices;
use crate::cli::context::Context;
use crate::cli::history_options::{self, HistoryOptions};
use crate::cli::output_options::{Format, OutputOptions};
use crate::cli::pager;
use crate::cli::pick::{Pick, can_pick, pick};
use crate::cli::recorded_curl;
use crate::error::{Exit, Result};
use crate::report;
use crate::report::history::Fold;

/// Show one delivery: the request and the answer to each attempt
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ShowArguments {
    /// Number of the delivery, an event's id or the start of it, or `last`; omit to pick one
    #[arg(value_name = "ID")]
    id: Option<String>,

    /// Show headers and bodies whole
    #[arg(long)]
    full: bool,

    /// Print a curl command that sends the event again, freshly signed
    #[arg(long)]
    curl: bool,

    /// Signing secret of the endpoint [default: the one that `devtool secret` prints]
    #[arg(long, env = "DEVTOOL_SECRET", value_name = "SECRET")]
    secret: Option<String>,

    #[command(flatten)]
    place: HistoryOptions,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool history show
  devtool history show 12 --full
  devtool history show evt_1TXJ4v2eZvKYlo2CkFzGkq1s --format json
  devtool history show 12 --curl";

impl ShowArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let is_open = self.id.is_none();
        let history = history_options::reader(&self.place, context)?;
        let mut id = self.id.unwrap_or_else(|| "last".to_owned());
        if is_open && can_pick(self.output.format, context) {
            match pick("Show which delivery?", choices::deliveries(&history, context)?, context)? {
                Pick::Picked(number) => id = number,
                Pick::Left => return Ok(Exit::Done),
                Pick::Interrupted => return Ok(Exit::Interrupted),
            }
        }
        let record = history.find(&id)?;
        let text = match self.output.format {
            format if self.curl => {
                recorded_curl::command(record, self.secret.as_deref(), format, context)?
            }
            Format::Text => {
                let fold = if self.full { Fold::Whole } else { Fold::Short };
                report::history::record(&record, fold, &context.typed, context.out.layout())
            }
            Format::Compact => report::history_list::compact(std::slice::from_ref(&record.entry)),
            Format::Json => report::history_json::record(&record, &context.typed),
        };
        match self.output.format {
            _ if self.curl => context.out.revealed(&text),
            Format::Text => return Ok(pager::show(&text, context)),
            Format::Compact | Format::Json => context.out.result(&text),
        }
        Ok(Exit::Done)
    }
}
