//! `devtool scenario --watch`.

use std::path::PathBuf;

use super::api_options::ApiOptions;
use super::commands;
use super::context::Context;
use super::report_options::Results;
use super::run_api::{self, RunApi};
use super::send::{Sender, plan_all};
use super::through_options::ThroughOptions;
use super::traffic_options::TrafficOptions;
use crate::error::{Exit, Kind, Result};
use crate::event::id::Seed;
use crate::runner::watch::{Change, Watch};
use crate::runner::{self, Job, RunResult};
use crate::scenario::library;

/// What is sent again and again.
pub(super) struct Watched {
    /// The words of the command line.
    pub(super) words: Vec<String>,
    /// The job of the first scenario.
    pub(super) job: Job,
    /// Whether each run has ids of its own.
    pub(super) seed: WatchSeed,
    pub(super) traffic: TrafficOptions,
    pub(super) results: Results,
    pub(super) through: ThroughOptions,
    pub(super) api: ApiOptions,
}

/// Where the ids of a run come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WatchSeed {
    /// Each run has its own, as an app may know the earlier events.
    Fresh,
    /// All runs have the one that was given.
    Given,
}

/// Sends the scenarios, and again whenever the app comes back up or a file changes, until Ctrl-C.
pub(super) async fn watch(watched: Watched, context: &mut Context) -> Result<Exit> {
    let graceful = context.shutdown.graceful();
    let cancel = graceful.token().clone();
    let results = &watched.results;
    let through = Some(&watched.through);
    let (shrinks, api, of_api) = (false, None, &watched.api);
    let mut sender = Sender { command: "scenario", through, of_api, results, cancel, api, shrinks };
    let ended = again_and_again(&watched, &mut sender, context).await;
    sender.end().await;
    ended
}

async fn again_and_again(
    watched: &Watched,
    sender: &mut Sender<'_>,
    context: &mut Context,
) -> Result<Exit> {
    let mut job = watched.job.clone();
    let mut before: Option<RunResult> = None;
    let mut was_refused = false;
    loop {
        let files = files(&watched.words, context);
        let mut watching = Watch::new(&job, files).await;
        job.api = run_api::use_of(&watched.api, job.history.as_ref(), context)?;
        // One of its own stays up between the runs: the app keeps its connections.
        if !sender.api.as_ref().is_some_and(RunApi::is_own) {
            sender.api = RunApi::start(&job.api, &watched.api, context).await?;
        }
        match run_once((watched, &job), sender, before.as_ref(), context).await {
            Ok(result) => {
                was_refused = runner::watch::was_refused(&result);
                before = Some(result);
            }
            // That is what a watch is for.
            Err(error) if error.kind() == Kind::NoEndpoint => {
                was_refused = true;
                context.error(error);
            }
            // What is wrong with a file is mended while devtool waits.
            Err(error) if error.kind() == Kind::Scenario => {
                context.error(error);
            }
            // So is what a file that was changed asks of Stripe in vain.
            Err(error) if error.kind() == Kind::NotThroughStripe && before.is_some() => {
                context.error(error);
            }
            Err(error) => return Err(error),
        }
        context.out.note("waiting for the app to restart or a file to change (Ctrl-C to stop)");
        let change = watching.change(was_refused, &sender.cancel).await;
        context.out.note(match change {
            Change::Cancelled => return Ok(Exit::Interrupted),
            Change::File => "\na file changed",
            Change::App => "\nthe app is back",
        });
        if watched.seed == WatchSeed::Fresh {
            job.seed = Seed::random()?;
        }
    }
}

/// One run: the first is shown whole, of the others what changed.
async fn run_once(
    (watched, job): (&Watched, &Job),
    sender: &Sender<'_>,
    before: Option<&RunResult>,
    context: &mut Context,
) -> Result<RunResult> {
    let scenarios = library::find_all(&watched.words, &context.environment.working_directory)?;
    commands::announce(&scenarios, context)?;
    let mut plans = plan_all(watched.traffic.jobs(job, &scenarios)?, context)?;
    sender.run(&mut plans, before, context).await
}

/// The files that the words mean.
fn files(words: &[String], context: &Context) -> Vec<PathBuf> {
    let directory = &context.environment.working_directory;
    let files = words.iter().filter(|word| library::is_file(word));
    let files = files.filter_map(|word| library::files(word, directory).ok());
    files.flatten().map(|file| directory.join(file)).collect()
}
