//! `devtool doctor`.

use clap::Args;

use super::arguments::{Format, Output};
use super::context::Context;
use super::delivery_options::EndpointOptions;
use super::progress::ProgressLine;
use crate::error::{Exit, Result};
use crate::report;
use crate::run::{Plan, doctor};
use crate::scenario::Scenario;
use crate::stripe_cli::{Place, Platform};

/// Look at the secret, the endpoint, git and the Stripe CLI, and say what to mend
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct DoctorArguments {
    #[command(flatten)]
    pub(super) endpoint: EndpointOptions,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  devtool doctor
  devtool doctor --port 3000 --path /stripe";

/// The type of the event that the endpoint gets without a signature.
const EVENT: &str = "payment_intent.created";

impl DoctorArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let format = self.output.format;
        let job = self.endpoint.job(Scenario::of_one(EVENT, None), context)?;
        let plan = Plan::new(job, context.clock.now())?;
        let place = Place::new(Context::stripe_directory()?, Platform::current()?);
        let directory = context.environment.working_directory.clone();
        let is_shown = context.out.shows_progress();
        let findings = Context::runtime()?.block_on(async {
            let mut line = ProgressLine::default();
            if is_shown {
                line.waiting(0, 1, "waiting for the endpoint's answer".to_owned());
            }
            let findings = doctor::run(&plan, &place, &directory).await;
            line.clear();
            findings
        })?;
        context.out.result(&match format {
            Format::Text => report::doctor::text(&findings, context.out.layout()),
            Format::Compact => report::doctor::compact(&findings),
            Format::Json => report::doctor::json(&findings),
        });
        Ok(doctor::exit(&findings))
    }
}
