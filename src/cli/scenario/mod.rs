//! `devtool scenario`.

mod new;

use clap::{ArgGroup, Args, Subcommand};

use super::choices;
use super::commands;
use super::completers;
use super::context::Context;
use super::delivery_options::DeliveryOptions;
use super::explore::{self, ExploreOptions};
use super::output_options::Format;
use super::pick::{Pick, can_pick, pick};
use super::send::{RunOptions, plan_all, send_plans};
use super::through_options::ThroughOptions;
use super::through_stripe;
use super::traffic_options::TrafficOptions;
use super::watch::{Watched, watch};
use crate::error::{Error, Exit, Result};
use crate::report;
use crate::runner::Job;
use crate::scenario::{Scenario, library};

/// Send a sequence of events and report what the endpoint answered
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES, args_conflicts_with_subcommands = true, override_usage = USAGE)]
pub(super) struct ScenarioArguments {
    #[command(subcommand)]
    command: Option<ScenarioCommand>,

    #[command(flatten)]
    chosen: ChosenScenarios,

    #[command(flatten)]
    instead: InsteadOptions,

    /// Send again when the app restarts or a file changes
    ///
    /// Each further run shows what changed.
    #[arg(long, requires = "chosen", conflicts_with_all = ["show", "list", "check"])]
    watch: bool,

    #[command(flatten)]
    traffic: TrafficOptions,

    #[command(flatten)]
    exploration: ExploreOptions,

    #[command(flatten)]
    pub(super) delivery: DeliveryOptions,
}

/// Which scenarios.
#[derive(Args, Debug, Default)]
#[command(group(ArgGroup::new("chosen").args(["scenarios", "all"])))]
struct ChosenScenarios {
    /// Names, files or patterns; omit to pick a built-in one
    #[arg(value_name = "NAME|FILE", add = completers::scenarios())]
    scenarios: Vec<String>,

    /// Choose all built-in scenarios
    #[arg(long, hide_short_help = true)]
    all: bool,
}

impl ChosenScenarios {
    fn words(self) -> Vec<String> {
        if self.all { vec!["*".to_owned()] } else { self.scenarios }
    }
}

/// What is done with them in place of sending them.
#[derive(Args, Debug)]
struct InsteadOptions {
    /// Print the scenario files, as a starting point for your own
    #[arg(long, hide_short_help = true, requires = "chosen")]
    show: bool,

    /// List the steps with their numbers
    #[arg(long, requires = "chosen", conflicts_with = "show")]
    list: bool,

    /// Check the scenarios without sending anything
    #[arg(long, requires = "chosen", conflicts_with_all = ["show", "list"])]
    check: bool,
}

/// What can be done with scenarios besides sending them.
#[derive(Debug, Subcommand)]
enum ScenarioCommand {
    New(new::NewArguments),
}

/// Without a line for the command below it, which the list of commands tells.
const USAGE: &str = "devtool scenario [OPTIONS] [NAME|FILE]...";

const EXAMPLES: &str = "Examples:
  devtool scenario
  devtool scenario payment --port 5000
  devtool scenario payment --set amount=4200 --set customer=cus_123
  devtool scenario renewal --id price=price_123 --set subscription.metadata.plan=pro
  devtool scenario renewal --set 'invoice.paid:metadata.order=7'
  devtool scenario 'invoice-*' --port 5000
  devtool scenario payment --list
  devtool scenario new shop --events invoice.created,invoice.paid
  devtool scenario payment --show > payment-at-noon.toml
  devtool scenario 'scenarios/*.toml' --check
  devtool scenario payment --orders 20 --duplicate 50%
  devtool scenario payment --explore --app-state 'GET /api/customers/{{customer}}'
  devtool scenario payment billing 'scenarios/*.toml' --repeat 3 --fail-fast
  devtool scenario checkout.toml --watch
  devtool scenario payment --report junit=report.xml --report html=report.html
  devtool scenario billing --url http://localhost:3000/stripe --format json";

impl ScenarioArguments {
    pub(super) fn execute(mut self, context: &mut Context) -> Result<Exit> {
        if let Some(ScenarioCommand::New(arguments)) = self.command {
            return arguments.execute(context);
        }
        let mut words = std::mem::take(&mut self.chosen).words();
        let format = self.delivery.results().format;
        if words.is_empty() {
            match picked(format, context)? {
                Ok(name) => words.push(name),
                Err(exit) => return Ok(exit),
            }
        }
        match self.instead {
            InsteadOptions { show: true, .. } => show(&words, context),
            InsteadOptions { list: true, .. } => list_steps(&words, format, context),
            InsteadOptions { check, .. } => self.send(words, check, context),
        }
    }

    /// Sends the scenarios, or does all but that.
    fn send(self, words: Vec<String>, is_check: bool, context: &mut Context) -> Result<Exit> {
        let (results, through) = (self.delivery.results(), self.delivery.through.clone());
        let api = self.delivery.api();
        let scenarios = library::find_all(&words, &context.environment.working_directory)?;
        let seed = self.delivery.watch_seed();
        if !is_check && !self.watch {
            commands::announce(&scenarios, context)?;
        }
        if is_check {
            context.in_place.records_nothing = true;
            let config = context.config()?;
            context.signs_nothing(self.delivery.endpoint.secret(), &config)?;
        }
        let explore = self.exploration.is_wanted().then(|| through.asked());
        let job = self.delivery.job(None, scenarios[0].clone(), context)?;
        if let Some(asked) = explore {
            explore::check_words(&scenarios, asked)?;
            let name = Some(scenarios[0].name.clone());
            let app_state = self.exploration.app_state.sources(context);
            let job = Job { name, app_state, ..job };
            self.traffic.check_steps(&scenarios[0])?;
            let job = (job, self.traffic.steps());
            let exploring = self.exploration.execute(job, &results, &api, context);
            return Context::runtime()?.block_on(exploring);
        }
        if self.watch {
            let traffic = self.traffic;
            let watched = Watched { words, job, seed, traffic, results, through, api };
            return Context::runtime()?.block_on(watch(watched, context));
        }
        let shrinks = self.traffic.looks_for_failures();
        let jobs = self.traffic.jobs(&job, &scenarios)?;
        if is_check {
            return check(jobs, &through, results.format, context);
        }
        let plans = plan_all(jobs, context)?;
        let options =
            RunOptions { command: "scenario", through: Some(&through), api: &api, shrinks };
        let sending = send_plans(options, plans, &results, context);
        Context::runtime()?.block_on(sending)
    }
}

/// The scenario that the user picks, or how the command ends: nobody picks, so that they are listed, or the user leaves.
fn picked(format: Format, context: &mut Context) -> Result<std::result::Result<String, Exit>> {
    if !can_pick(format, context) {
        return list(format, context).map(Err);
    }
    Ok(match pick("Send which scenario?", choices::scenarios()?, context)? {
        Pick::Picked(name) => Ok(name),
        Pick::Left => Err(Exit::Done),
        Pick::Interrupted => Err(Exit::Interrupted),
    })
}

/// Prints the files as they are.
fn show(words: &[String], context: &mut Context) -> Result<Exit> {
    for word in words {
        if library::is_file(word) {
            for file in library::files(word, &context.environment.working_directory)? {
                context.out.revealed(&library::read_text(&file)?);
            }
        } else {
            for name in library::names(word)? {
                context.out.revealed(library::text(name)?);
            }
        }
    }
    Ok(Exit::Done)
}

/// Lists the steps of each scenario.
fn list_steps(words: &[String], format: Format, context: &mut Context) -> Result<Exit> {
    let scenarios = library::find_all(words, &context.environment.working_directory)?;
    Error::all(scenarios.iter().filter_map(|scenario| scenario.check().err()))?;
    context.out.result(&match format {
        Format::Json => report::steps::json(&scenarios),
        Format::Text => report::steps::text(&scenarios, context.out.layout()),
        Format::Compact => report::steps::compact(&scenarios),
    });
    Ok(Exit::Done)
}

/// Builds everything, and says of each scenario that it can be sent.
fn check(
    jobs: Vec<Job>,
    through: &ThroughOptions,
    format: Format,
    context: &mut Context,
) -> Result<Exit> {
    let plans = plan_all(jobs, context)?;
    Context::runtime()?.block_on(through_stripe::check(through, &plans))?;
    let valid: Vec<Scenario> = plans.into_iter().map(|plan| plan.job.scenario).collect();
    context.out.result(&match format {
        Format::Json => report::json::scenarios(&valid),
        Format::Text => valid.iter().map(report::lists::valid).collect(),
        Format::Compact => report::compact::names(valid.iter().map(|s| s.name.as_str())),
    });
    Ok(Exit::Done)
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
