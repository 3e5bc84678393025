//! `devtool doctor`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::context::Context;
use super::endpoint_options::EndpointOptions;
use super::history_options::HistoryOptions;
use super::out::Verbosity;
use super::output_options::{Format, OutputOptions};
use super::progress::ProgressLine;
use super::stripe_options::{self, MIRROR_VARIABLE, StripeOptions};
use crate::config::{FileConfig, FoundSecret, Secret, SecretSource};
use crate::doctor::{self, Finding, Health, Ping, Subject};
use crate::error::{Error, Exit, Kind, Result};
use crate::report;
use crate::runner::{Job, Plan};
use crate::scenario::Scenario;
use crate::stripe_cli::Found;
use crate::stripe_cli::release::Releases;
use crate::stripe_cli::setup::Network;
use crate::text::command_line::CommandLine;

/// Check your webhook setup and suggest fixes
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct DoctorArguments {
    #[command(flatten)]
    pub(super) endpoint: EndpointOptions,

    #[command(flatten)]
    stripe: StripeOptions,

    /// Do not use the network
    #[arg(long, help_heading = None, env = "DEVTOOL_OFFLINE", value_parser = FalseyValueParser::new())]
    offline: bool,

    /// Send no event to the endpoint, neither a signed nor an unsigned one
    #[arg(long, help_heading = None)]
    no_send: bool,

    #[command(flatten)]
    output: OutputOptions,
}

const EXAMPLES: &str = "Examples:
  devtool doctor
  devtool doctor --offline
  devtool doctor --no-send
  devtool doctor --port 3000 --path /stripe";

/// The command's name.
const NAME: &str = "doctor";
/// The type of the event that the endpoint gets: one that no handler knows, so that nothing comes of it.
const EVENT: &str = "devtool.ping";
/// The object that it carries: one that every library can read.
const OBJECT: &str = "payment_intent";

impl DoctorArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let format = self.output.format;
        let settings = settings(&self.endpoint, context)?;
        let network = if self.offline { Network::Offline } else { Network::Online };
        let ping = if self.no_send { Ping::NotSent } else { Ping::Sent };
        context.unless_ended(async |context| {
            let mirror = context.environment.variable(MIRROR_VARIABLE).map(ToOwned::to_owned);
            let chosen = Chosen {
                stripe: &self.stripe,
                found: stripe_options::found(context).await,
                releases: &Releases::of(mirror, settings.config.mirror()),
            };
            let findings = examine(settings, chosen, (network, ping), context).await?;
            show(&findings, format, context);
            Ok(doctor::exit(&findings))
        })
    }
}

fn show(findings: &[Finding], format: Format, context: &mut Context) {
    let fitted = |finding: &Finding| {
        let fix = finding.fix.as_deref().map(|fix| context.fitted(fix));
        Finding { fix: fix.filter(|fix| !fix.is_empty()), ..finding.clone() }
    };
    let findings: Vec<Finding> = findings.iter().map(fitted).collect();
    let is_quiet = context.out.verbosity == Verbosity::Quiet;
    let problems = || findings.iter().filter(|f| f.health == Health::Broken).cloned().collect();
    let told: Vec<Finding> = if is_quiet { problems() } else { findings.clone() };
    context.out.result(&match format {
        Format::Text if is_quiet => report::doctor::rows(&told, context.out.layout()),
        Format::Text => report::doctor::text(&told, context.out.layout()),
        Format::Compact => report::doctor::compact(&told),
        Format::Json => report::doctor::json(&findings),
    });
}

/// The settings that the doctor goes by, and what it found of them.
struct Settings {
    job: Job,
    config: FileConfig,
    findings: Vec<Finding>,
}

/// Reads the settings. What cannot be used is a finding, and something takes its place.
fn settings(endpoint: &EndpointOptions, context: &mut Context) -> Result<Settings> {
    // The doctor has a row for what others say in a warning.
    context.has_said_of_secret = true;
    let mut findings = Vec::new();
    let mut config =
        context.config().unwrap_or_else(|error| ignored(&error, &mut findings, context));
    if let Err(error) = context.secret(endpoint.secret(), &config) {
        findings.push(doctor::settings::broken("secret", &error));
        let (secret, source) = (Secret::random()?, SecretSource::Run);
        context.in_place.secret = Some(FoundSecret { secret, source });
    }
    let ping = || Scenario::of_one(EVENT, Some(OBJECT.to_owned()));
    let job = match endpoint.clone().job(ping(), context) {
        Err(error) if error.kind() == Kind::Config && context.in_place.config.is_none() => {
            config = ignored(&error, &mut findings, context);
            endpoint.clone().job(ping(), context)?
        }
        job => job?,
    };
    // A setup ends with its findings, too.
    let command = if job.command.name() == NAME { job.command } else { CommandLine::new(NAME) };
    let job = Job { command, ..job };
    if context.in_place.config.is_none() {
        findings.push(doctor::settings::config(config.path.as_deref()));
    }
    let named = context.environment.variable("DEVTOOL_HISTORY").map(PathBuf::from);
    let history = HistoryOptions { history: named }.place(&config);
    findings.push(doctor::settings::history(history.as_ref().map(|place| place.file.as_path())));
    Ok(Settings { job, config, findings })
}

/// What takes the place of a devtool.toml with an error.
fn ignored(error: &Error, findings: &mut Vec<Finding>, context: &mut Context) -> FileConfig {
    findings.push(doctor::settings::broken("config", error));
    context.in_place.config.insert(FileConfig::default()).clone()
}

/// The Stripe CLI that the doctor looks at.
pub(super) struct Chosen<'c> {
    /// How it is driven.
    pub(super) stripe: &'c StripeOptions,
    /// What was found.
    pub(super) found: Found,
    /// Who has newer ones. The doctor asks nothing: a mirror that nobody agreed to is left alone.
    pub(super) releases: &'c Releases,
}

/// What the doctor finds for the usual endpoint; the last step of a setup.
pub(super) async fn findings(
    chosen: Chosen<'_>,
    network: Network,
    context: &mut Context,
) -> Result<Vec<Finding>> {
    let settings = settings(&EndpointOptions::default(), context)?;
    examine(settings, chosen, (network, Ping::SentIfAllowed), context).await
}

async fn examine(
    Settings { job, config, findings }: Settings,
    Chosen { stripe, found, releases }: Chosen<'_>,
    (network, ping): (Network, Ping),
    context: &mut Context,
) -> Result<Vec<Finding>> {
    let plan = Plan::new(job, context.clock.now())?;
    let config = &config;
    let driven =
        found.clone().supported().and_then(|program| stripe.driving(program, config, context));
    let subject = Subject {
        plan: &plan,
        ping,
        config,
        settings: findings,
        found: &found,
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
