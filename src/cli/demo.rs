//! `devtool demo`.

use clap::Args;
use tokio::sync::mpsc;

use super::arguments::{Format, Output};
use super::context::Context;
use super::interrupt;
use super::send::send;
use crate::config::{FoundSecret, Secret, SecretSource};
use crate::delivery::endpoint::{DEFAULT_PATH, DEFAULT_PORT};
use crate::delivery::{Certificates, Endpoint, Hosts};
use crate::error::{Error, Exit, Result};
use crate::event::Catalogue;
use crate::event::id::Seed;
use crate::event::setting::NewFields;
use crate::run::Order;
use crate::run::demo::{DemoEndpoint, Received};
use crate::run::plan::OnFailure;
use crate::scenario::library;
use crate::text::escape;

/// Send the payment scenario to a small endpoint of devtool's own
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct DemoArguments {
    /// Only keep the endpoint up, until Ctrl-C, and show what it receives
    #[arg(long, env = "DEVTOOL_SERVE")]
    serve: bool,

    /// Port of the endpoint, 0 for a free one [default: 0; 5000 with --serve]
    #[arg(long, env = "DEVTOOL_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16))]
    port: Option<u16>,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  devtool demo
  devtool demo --serve --port 5000";

/// How many requests may wait to be shown.
const BACKLOG: usize = 256;

impl DemoArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let runtime = Context::runtime()?;
        if self.serve {
            runtime.block_on(serve(self.port.unwrap_or(DEFAULT_PORT), context))
        } else {
            runtime.block_on(demo(self.port.unwrap_or(0), self.output.format, context))
        }
    }
}

/// Runs the payment scenario against the endpoint.
async fn demo(port: u16, format: Format, context: &mut Context) -> Result<Exit> {
    let secret = Secret::random()?;
    let endpoint = DemoEndpoint::bind(port).await?;
    let order = Order {
        scenario: library::find("payment")?,
        name: Some("payment".to_owned()),
        endpoint: Endpoint::local(endpoint.port(), DEFAULT_PATH)?,
        hosts: Hosts::Loopback,
        secret: FoundSecret { secret: secret.clone(), source: SecretSource::Run },
        seed: Seed::random()?,
        settings: Vec::new(),
        new_fields: NewFields::Refused,
        headers: Vec::new(),
        api_version: Catalogue::api_version().to_owned(),
        timeout: std::time::Duration::from_secs(5),
        certificates: Certificates::Checked,
        on_failure: OnFailure::GoOn,
    };
    let (received, _nobody) = mpsc::channel(BACKLOG);
    tokio::spawn(endpoint.serve(secret, context.clock, received, std::future::pending()));
    let exit = send("demo", order, format, context).await?;
    if format == Format::Text {
        context.out.note(
            "\nThat was devtool's own endpoint. Now yours: `devtool scenario payment --port 5000`",
        );
    }
    Ok(exit)
}

/// Keeps the endpoint up until Ctrl-C.
async fn serve(port: u16, context: &mut Context) -> Result<Exit> {
    let config = context.config()?;
    let found = context.secret(None, &config)?;
    let endpoint = DemoEndpoint::bind(port).await?;
    let cancel = interrupt::on_ctrl_c().await;
    let port = endpoint.port();
    let source = found.source.describe(&context.environment.working_directory);
    context.out.note(&format!(
        "listening on http://127.0.0.1:{port}{DEFAULT_PATH} (Ctrl-C ends it)\nsecret: {} ({source})",
        found.secret.hint()
    ));
    let (received, mut requests) = mpsc::channel(BACKLOG);
    let until = cancel.clone().cancelled_owned();
    let serving = tokio::spawn(endpoint.serve(found.secret, context.clock, received, until));
    while let Some(request) = requests.recv().await {
        context.out.result(&line(&request));
    }
    serving.await.map_err(|fault| Error::Bug { what: fault.to_string() })??;
    Ok(Exit::Done)
}

fn line(request: &Received) -> String {
    let word = if request.rejected.is_some() { "rejected" } else { "accepted" };
    let event = request.event.as_deref().unwrap_or("(no event)");
    let id = request.event_id.as_deref().unwrap_or("-");
    let why = request.rejected.as_ref().map(|why| format!("  {why}")).unwrap_or_default();
    escape::line(&format!("{word}  {event}  {id}{why}")) + "\n"
}
