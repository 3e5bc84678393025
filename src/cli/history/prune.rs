//! `devtool history prune`.

use std::time::Duration;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::history_options::{self, HistoryOptions};
use crate::cli::output_options::{Format, OutputOptions};
use crate::error::{Exit, Result};
use crate::history;
use crate::report;
use crate::text::{duration, size};

/// Delete old deliveries and free their space
///
/// devtool also does this while it records deliveries. The last delivery always stays.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct PruneArguments {
    /// Maximum age of deliveries [default: `keep` in devtool.toml, else 30d]
    #[arg(long, env = "DEVTOOL_KEEP", value_name = "DURATION", value_parser = duration::parse)]
    keep: Option<Duration>,

    /// Maximum size of the history [default: `max_size` in devtool.toml, else 1GB]
    #[arg(long, env = "DEVTOOL_MAX_SIZE", value_name = "SIZE", value_parser = size::parse)]
    max_size: Option<u64>,

    #[command(flatten)]
    place: HistoryOptions,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool history prune
  devtool history prune --keep 7d --max-size 200MB
  devtool history prune --keep 0s";

impl PruneArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let mut place = self.place.place(&context.config()?)?;
        place.limits.keep = self.keep.unwrap_or(place.limits.keep);
        place.limits.max_size = self.max_size.unwrap_or(place.limits.max_size);
        let pruned = history::prune(&place, context.clock.now())?;
        if let Some(aside) = &pruned.set_aside {
            history_options::set_aside(aside, context);
        }
        context.out.result(&match self.output.format {
            Format::Json => report::history_json::pruned(&pruned),
            Format::Text | Format::Compact => report::history::pruned(&pruned),
        });
        Ok(Exit::Done)
    }
}
