//! `devtool verify`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::context::Context;
use super::input;
use super::output_options::{Format, OutputOptions};
use crate::error::{Exit, Result};
use crate::protocol::examination::{Facts, examine};
use crate::protocol::headers::SIGNATURE_HEADER;
use crate::report::verification;
use crate::runner::Verdict;
use crate::text::duration;

/// Check a payload's signature, and explain what is wrong
///
/// The signature is checked as Stripe's libraries do.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct VerifyArguments {
    /// File with the payload; omit or use `-` for stdin
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Value of the Stripe-Signature header
    #[arg(long, value_name = "SIGNATURE")]
    header: String,

    /// Maximum age of the signature, `0s` for any age
    #[arg(long, env = "DEVTOOL_TOLERANCE", value_name = "DURATION", default_value = "5m", value_parser = duration::parse)]
    tolerance: Duration,

    /// Signing secret of the endpoint [default: the one that devtool finds]
    #[arg(long, env = "DEVTOOL_SECRET", value_name = "SECRET")]
    secret: Option<String>,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool verify event.json --header \"$(devtool sign event.json)\"
  devtool verify body.txt --header t=1790000000,v1=5257a869 --tolerance 0s
  devtool verify --header t=1790000000,v1=5257a869 --format json < body.txt";

impl VerifyArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let body = input::payload(self.file.as_deref(), context)?;
        let config = context.config()?;
        let found = context.secret(self.secret.as_deref(), &config)?;
        let others = context.other_secrets(&found, &config);
        let now = context.clock.now();
        let facts = Facts {
            secret: &found.secret,
            others: &others,
            body: &body,
            now,
            tolerance: self.tolerance,
        };
        let examination = examine(value(&self.header), facts);
        let secret = context.describe(&found);
        let text = match self.output.format {
            Format::Text => verification::text(&examination, &secret, now, context.out.layout()),
            Format::Compact => verification::compact(&examination),
            Format::Json => verification::json(&examination, &secret, now),
        };
        context.out.result(&text);
        let passes = verification::verdict(&examination) == Verdict::Pass;
        Ok(if passes { Exit::Done } else { Exit::Fail })
    }
}

/// The value of a header that was copied with its name.
fn value(header: &str) -> &str {
    match header.split_once(':') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case(SIGNATURE_HEADER) => value.trim(),
        _ => header,
    }
}
