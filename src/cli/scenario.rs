//! `devtool scenario`.

use clap::Args;

use super::arguments::Format;
use super::context::Context;
use super::delivery_options::DeliveryOptions;
use super::send::send;
use crate::error::{Exit, Result};
use crate::report;
use crate::scenario::library;

/// Send a whole story of events in order and report what the endpoint answered
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ScenarioArguments {
    /// Scenario to send; without it, the scenarios are listed
    #[arg(value_name = "NAME")]
    name: Option<String>,

    #[command(flatten)]
    pub(super) delivery: DeliveryOptions,
}

const EXAMPLES: &str = "Examples:
  devtool scenario
  devtool scenario payment --port 5000
  devtool scenario payment --set amount=4200 --set customer=cus_123
  devtool scenario billing --url http://localhost:3000/stripe --format json";

impl ScenarioArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let format = self.delivery.output.format;
        let Some(name) = self.name else { return list(format, context) };
        let scenario = library::find(&name)?;
        let job = self.delivery.job(Some(name), scenario, context)?;
        Context::runtime()?.block_on(send("scenario", job, format, context))
    }
}

fn list(format: Format, context: &mut Context) -> Result<Exit> {
    let scenarios = library::all()?;
    let text = match format {
        Format::Json => report::json::scenarios(&scenarios),
        Format::Text => report::lists::scenarios(&scenarios, context.out.layout()),
        Format::Compact => report::compact::names(scenarios.iter().map(|s| s.name.as_str())),
    };
    context.out.result(&text);
    Ok(Exit::Done)
}
