//! What is asked of a `devtool api` that runs.

use clap::{Args, Subcommand};
use serde_json::json;

use super::api_export::ExportObjectsArguments;
use super::context::Context;
use super::output_options::{Format, OutputOptions};
use super::run_api;
use crate::api::{ApiLink, CustomerAnswer};
use crate::error::{Exit, Result};
use crate::protocol::moment::Offset;

/// What can be done with one that runs.
#[derive(Debug, Subcommand)]
pub(super) enum RunningApiCommand {
    Complete(CompleteArguments),
    Advance(AdvanceArguments),
    Export(ExportObjectsArguments),
}

/// Answer in the customer's place what a payment waits for
///
/// A payment intent or a setup intent whose card asks for 3-D Secure has the status `requires_action`: the
/// customer proves who they are, and it goes on, with its events. In a Checkout Session that is open, the
/// customer pays. The `devtool api` that runs has to know it.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct CompleteArguments {
    /// What waits: pi_…, seti_…, cs_…, bps_…, or the URL of a page of Checkout or the portal
    #[arg(value_name = "ID")]
    id: String,

    /// Decline the card with this code; `authentication_failure` if they do not prove who they are
    #[arg(long, value_name = "CODE")]
    decline: Option<String>,

    #[command(flatten)]
    output: OutputOptions,
}

/// Let time go by, and what comes due happen
///
/// Subscriptions that calls have made renew, end their trials or end; drafts become final after an hour and are charged,
/// failed payments are tried again after 3 days and after 7 more, and sessions expire: each with its events, in order. The
/// `devtool api` that runs is as far ahead from then on.
#[derive(Args, Debug)]
#[command(after_long_help = ADVANCE_EXAMPLES)]
pub(super) struct AdvanceArguments {
    /// How far: such as 1mo, 14d or 1h
    #[arg(value_name = "TIME")]
    by: Offset,

    #[command(flatten)]
    output: OutputOptions,
}

const ADVANCE_EXAMPLES: &str = "Examples:
  devtool api advance 1mo
  devtool api advance '14d 1h'";

const EXAMPLES: &str = "Examples:
  devtool api complete pi_3T9sXyQm0mQzR7Xo1kq2vB8c
  devtool api complete seti_1T9sXyQm0mQzR7Xo --decline authentication_failure
  devtool api complete cs_test_a1Wf7S0mQzR7Xo1kq2vB8cT9";

impl RunningApiCommand {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::Complete(arguments) => arguments.execute(context),
            Self::Advance(arguments) => arguments.execute(context),
            Self::Export(arguments) => arguments.execute(context),
        }
    }
}

impl AdvanceArguments {
    fn execute(self, context: &mut Context) -> Result<Exit> {
        let (running, second) = (run_api::that_runs()?, context.clock.now().seconds());
        let by = self.by.to_string();
        let advanced = Context::runtime()?.block_on(async {
            let link = ApiLink::running(running, Vec::new(), std::time::Duration::ZERO).await?;
            let advanced = link.advance(&by, second).await;
            link.close().await;
            advanced
        })?;
        let now = advanced["now"].as_str().unwrap_or_default();
        let count = advanced["happened"].as_u64().unwrap_or_default();
        context.out.result(&match self.output.format {
            Format::Json => format!("{advanced}\n"),
            Format::Text | Format::Compact => format!("{now}: {count} due\n"),
        });
        Ok(Exit::Done)
    }
}

impl CompleteArguments {
    fn execute(self, context: &mut Context) -> Result<Exit> {
        let answer = CustomerAnswer { id: self.id, decline: self.decline };
        let (running, second) = (run_api::that_runs()?, context.clock.now().seconds());
        let completed = Context::runtime()?.block_on(async {
            let link = ApiLink::running(running, Vec::new(), std::time::Duration::ZERO).await?;
            let completed = link.complete(answer, second).await;
            link.close().await;
            completed
        })?;
        let text = |name: &str| completed[name].as_str().unwrap_or_default().to_owned();
        context.out.result(&match self.output.format {
            Format::Json => format!("{completed}\n"),
            Format::Text | Format::Compact => format!("{}: {}\n", text("id"), text("status")),
        });
        Ok(Exit::Done)
    }
}

/// Says where a running `devtool api` is.
///
/// # Errors
/// None runs, or a file that says so belongs to another user.
pub(super) fn status(format: Format, context: &mut Context) -> Result<Exit> {
    let running = run_api::that_runs()?;
    let (url, pid, since) = (running.url(), running.pid, &running.started_at);
    context.out.result(&match format {
        Format::Json => format!("{}\n", json!({ "url": url, "pid": pid, "started_at": since })),
        Format::Text | Format::Compact => format!("{url} (pid {pid}, since {since})\n"),
    });
    Ok(Exit::Done)
}
