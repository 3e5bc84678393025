//! `devtool trigger`.

use clap::Args;

use super::context::Context;
use super::delivery_options::DeliveryOptions;
use super::events;
use super::send::send;
use crate::error::{Exit, Result};
use crate::scenario::Scenario;

/// Send one event and report what the endpoint answered
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct TriggerArguments {
    /// Type of the event; without it, the types are listed
    #[arg(value_name = "EVENT")]
    event: Option<String>,

    /// Object that the event carries, for types that devtool does not know
    #[arg(long, env = "DEVTOOL_OBJECT", value_name = "TYPE", requires = "event")]
    object: Option<String>,

    #[command(flatten)]
    pub(super) delivery: DeliveryOptions,
}

const EXAMPLES: &str = "Examples:
  devtool trigger
  devtool trigger invoice.paid
  devtool trigger charge.succeeded --set amount=4200 --set metadata.order=1042
  devtool trigger invoice.archived --object invoice";

impl TriggerArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let format = self.delivery.output.format;
        let Some(event) = self.event else { return events::list(None, format, context) };
        let scenario = Scenario::of_one(&event, self.object);
        let job = self.delivery.job(None, scenario, context)?;
        Context::runtime()?.block_on(send("trigger", job, format, context))
    }
}
