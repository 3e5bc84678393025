//! `devtool sign`.

use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::input;
use super::output_options::{Format, OutputOptions};
use crate::error::{Exit, Result};
use crate::protocol::{Moment, signature};
use crate::report;

/// Print the Stripe-Signature header for a payload
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct SignArguments {
    /// File with the payload; omit or use `-` for stdin
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Timestamp of the signature, in Unix seconds [default: now]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(0..=LATEST))]
    timestamp: Option<i64>,

    /// Signing secret of the endpoint [default: the one that devtool finds]
    #[arg(long, env = "DEVTOOL_SECRET", value_name = "SECRET")]
    secret: Option<String>,

    #[command(flatten)]
    output: OutputOptions,
}

/// The latest moment that the calendar holds, in the year 9999.
const LATEST: i64 = 253_402_207_200;

const EXAMPLES: &str = "Examples:
  devtool sign event.json
  devtool trigger invoice.paid --print | devtool sign
  devtool sign event.json --secret whsec_123 --timestamp 1790000000";

impl SignArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let body = input::payload(self.file.as_deref(), context)?;
        let config = context.config()?;
        let found = context.secret(self.secret.as_deref(), &config)?;
        let at = self.timestamp.map_or_else(|| context.clock.now(), Moment::from_seconds);
        let header = signature::header(&found.secret, at, &body);
        let text = match self.output.format {
            Format::Text | Format::Compact => format!("{header}\n"),
            Format::Json => report::verification::signature(&header, at, &context.describe(&found)),
        };
        context.out.result(&text);
        Ok(Exit::Done)
    }
}
