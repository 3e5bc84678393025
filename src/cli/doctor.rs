//! `devtool doctor`.

use clap::Args;
use clap::builder::FalseyValueParser;

use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::output_options::{Format, OutputOptions};
use super::progress::ProgressLine;
use super::stripe_options::{self, MIRROR_VARIABLE, StripeOptions};
use crate::config::FileConfig;
use crate::doctor::{self, Finding, Subject};
use crate::error::{Exit, Result};
use crate::report;
use crate::runner::{Job, Plan};
use crate::scenario::Scenario;
use crate::stripe_cli::Program;
use crate::stripe_cli::release::Releases;
use crate::stripe_cli::setup::Network;

/// Check your webhook setup and suggest fixes
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct DoctorArguments {
    #[command(flatten)]
    pub(super) endpoint: EndpointOptions,

    #[command(flatten)]
    stripe: StripeOptions,

    /// Do not use the network
    #[arg(long, env = "DEVTOOL_OFFLINE", value_parser = FalseyValueParser::new())]
    offline: bool,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool doctor
  devtool doctor --offline
  devtool doctor --port 3000 --path /stripe";

/// The type of the event that the endpoint gets without a signature.
const EVENT: &str = "payment_intent.created";

impl DoctorArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let format = self.output.format;
        let config = context.config()?;
        let job = self.endpoint.job(Scenario::of_one(EVENT, None), context)?;
        let network = if self.offline { Network::Offline } else { Network::Online };
        context.unless_ended(async |context| {
            let mirror = context.environment.variable(MIRROR_VARIABLE).map(ToOwned::to_owned);
            let chosen = Chosen {
                stripe: &self.stripe,
                program: stripe_options::found().await?,
                releases: &Releases::of(mirror, config.mirror()),
            };
            let findings = examine(job, chosen, network, &config, context).await?;
            context.out.result(&match format {
                Format::Text => report::doctor::text(&findings, context.out.layout()),
                Format::Compact => report::doctor::compact(&findings),
                Format::Json => report::doctor::json(&findings),
            });
            Ok(doctor::exit(&findings))
        })
    }
}

/// The Stripe CLI that the doctor looks at.
pub(super) struct Chosen<'c> {
    /// How it is driven.
    pub(super) stripe: &'c StripeOptions,
    /// The program, where there is one.
    pub(super) program: Option<Program>,
    /// Who has newer ones. The doctor asks nothing: a mirror that nobody agreed to is left alone.
    pub(super) releases: &'c Releases,
}

/// What the doctor finds for the usual endpoint; the last step of a setup.
pub(super) async fn findings(
    chosen: Chosen<'_>,
    network: Network,
    config: &FileConfig,
    context: &mut Context,
) -> Result<Vec<Finding>> {
    let endpoint = EndpointOptions::default();
    let job = endpoint.job(Scenario::of_one(EVENT, None), context)?;
    examine(job, chosen, network, config, context).await
}

async fn examine(
    job: Job,
    Chosen { stripe, program, releases }: Chosen<'_>,
    network: Network,
    config: &FileConfig,
    context: &mut Context,
) -> Result<Vec<Finding>> {
    let plan = Plan::new(job, context.clock.now())?;
    let driven = stripe_options::supported(program.clone())
        .and_then(|program| stripe.driving(program, config, context));
    let subject = Subject {
        plan: &plan,
        program: program.as_ref(),
        environment: &context.environment,
        driven: driven.as_ref().map(|driven| (&driven.stripe, driven.credential)),
        account: config.stripe.account.as_deref(),
        api_base: stripe.api_base(),
        host: releases.trusted(),
        network,
        clock: context.clock,
    };
    let mut line = ProgressLine::default();
    if context.out.shows_progress() {
        line.waiting(0, 1, "checking the endpoint and Stripe".to_owned());
    }
    let findings = doctor::run(&subject).await;
    line.clear();
    findings
}
