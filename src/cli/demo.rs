//! `devtool demo`.

use std::time::Duration;

use clap::Args;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::api_options::ApiOptions;
use super::context::Context;
use super::out::Verbosity;
use super::output_options::{Format, OutputOptions};
use super::report_options::{ReportOptions, Results};
use super::send::{RunOptions, send};
use crate::config::{FoundSecret, Secret, SecretSource};
use crate::delivery::endpoint::{DEFAULT_PATH, DEFAULT_PORT};
use crate::delivery::{Certificates, Endpoint, Hosts, RetrySchedule};
use crate::demo::{DemoEndpoint, Received};
use crate::error::{Error, Exit, Kind, Result};
use crate::event::Catalogue;
use crate::event::changes::NewFields;
use crate::event::id::Seed;
use crate::report;
use crate::runner::app_state::StateSources;
use crate::runner::{ApiUse, Explicit, Job, OnFailure, SideEvents, Traffic};
use crate::scenario::library;
use crate::text::command_line::CommandLine;
use crate::text::escape;

/// Send the payment scenario to devtool's built-in endpoint
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct DemoArguments {
    /// Run only the endpoint, until Ctrl-C, and show what it receives
    #[arg(long)]
    serve: bool,

    /// Port of the endpoint, 0 for a free one [default: 0; 5000 with --serve]
    #[arg(long, short, env = "DEVTOOL_DEMO_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16))]
    port: Option<u16>,

    #[command(flatten)]
    api: ApiOptions,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool demo
  devtool demo --serve --port 5000";

/// How many requests may wait to be shown.
const BACKLOG: usize = 256;

impl DemoArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let runtime = Context::runtime()?;
        let format = self.output.format;
        if self.serve {
            if let Some(typed) = self.api.typed() {
                let message = format!("the argument '--serve' cannot be used with '{typed}'");
                return Err(Error::new(Kind::Usage, message));
            }
            runtime.block_on(serve(self.port.unwrap_or(DEFAULT_PORT), format, context))
        } else {
            runtime.block_on(demo(self.port.unwrap_or(0), &self.api, format, context))
        }
    }
}

/// Runs the payment scenario against the endpoint.
async fn demo(port: u16, api: &ApiOptions, format: Format, context: &mut Context) -> Result<Exit> {
    let endpoint = DemoEndpoint::bind(port).await?;
    let secret = Secret::random()?;
    // Nobody but its own endpoint gets these events, which ask nothing.
    let asked = if api.is_wanted() { ApiUse::Asked(None) } else { ApiUse::None };
    let job = Job { api: asked, ..job(&endpoint, secret.clone())? };
    let (received, _nobody) = mpsc::channel(BACKLOG);
    tokio::spawn(endpoint.serve(secret, context.clock, received, CancellationToken::new()));
    let results = Results { format, files: ReportOptions::default() };
    let options = RunOptions { command: "demo", through: None, api, shrinks: false };
    let exit = send(options, vec![job], &results, context).await?;
    if format == Format::Text {
        context.out.note(
            "\nThat was devtool's built-in endpoint. Now try your own:\n  devtool scenario payment --port 5000",
        );
    }
    Ok(exit)
}

/// The payment scenario as usual, for the demo endpoint.
fn job(endpoint: &DemoEndpoint, secret: Secret) -> Result<Job> {
    Ok(Job {
        scenario: library::find("payment")?,
        name: Some("payment".to_owned()),
        endpoint: Endpoint::by_default()?.with_port(endpoint.port()),
        hosts: Hosts::Loopback,
        secret: FoundSecret { secret, source: SecretSource::Run },
        routes: Vec::new(),
        seed: Seed::random()?,
        settings: Vec::new(),
        new_fields: NewFields::Refused,
        headers: Vec::new(),
        account: None,
        api_version: Catalogue::api_version().to_owned(),
        timeout: Duration::from_secs(5),
        certificates: Certificates::Checked,
        retry: RetrySchedule::none(),
        wait_for_app: Duration::ZERO,
        on_failure: OnFailure::GoOn,
        history: None,
        traffic: Traffic::default(),
        side_events: SideEvents::default(),
        api: ApiUse::None,
        app_state: StateSources::default(),
        explicit: Explicit::default(),
        command: CommandLine::new("demo"),
    })
}

/// Keeps the endpoint up until Ctrl-C.
async fn serve(port: u16, format: Format, context: &mut Context) -> Result<Exit> {
    let config = context.config()?;
    let found = context.secret(None, &config)?;
    let endpoint = DemoEndpoint::bind(port).await?;
    let graceful = context.shutdown.graceful();
    let cancel = graceful.token().clone();
    let source = found.source.describe(&context.environment.working_directory);
    context.out.note(&format!(
        "listening on http://127.0.0.1:{}{DEFAULT_PATH} (Ctrl-C to stop)\nsecret: {} ({source})",
        endpoint.port(),
        escape::line(&found.secret.hint()),
    ));
    let (received, mut requests) = mpsc::channel(BACKLOG);
    let serving = endpoint.serve(found.secret, context.clock, received, cancel);
    let mut serving = std::pin::pin!(serving);
    loop {
        tokio::select! {
            // In this order: what was received is shown before the end.
            biased;
            Some(request) = requests.recv() => show(&request, format, context),
            served = &mut serving => break served?,
        }
    }
    Ok(Exit::Done)
}

fn show(request: &Received, format: Format, context: &mut Context) {
    if request.rejected.is_none() && context.out.verbosity == Verbosity::Quiet {
        return;
    }
    context.out.result(&match format {
        Format::Json => report::demo::json(request),
        Format::Text | Format::Compact => report::demo::line(request, context.out.layout().palette),
    });
}
