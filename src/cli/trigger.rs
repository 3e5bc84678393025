//! `devtool trigger`.

use clap::Args;

use super::context::Context;
use super::delivery_options::DeliveryOptions;
use super::events;
use super::send::send;
use crate::error::{Exit, Result};
use crate::event::Catalogue;
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
        warn_of_no_stripe_type(&event, self.object.as_deref(), context)?;
        let scenario = Scenario::of_one(&event, self.object);
        let job = self.delivery.job(None, scenario, context)?;
        Context::runtime()?.block_on(send("trigger", job, format, context))
    }
}

/// Says so where Stripe never sends the type, and names those that may be meant.
fn warn_of_no_stripe_type(event: &str, object: Option<&str>, context: &mut Context) -> Result<()> {
    let catalogue = Catalogue::embedded()?;
    let event_type = catalogue.event_type(event, object)?;
    if !event_type.is_stripes() {
        context.out.warning(&format!(
            "Stripe never sends `{event}`; near it are {}",
            event_type.near.join(", ")
        ));
    }
    Ok(())
}
