//! Sends jobs and shows what comes of them: what `scenario`, `trigger` and `demo` share.

use tokio_util::sync::CancellationToken;

use super::arguments::Format;
use super::context::Context;
use super::report_options::ReportOptions;
use super::screen::Screen;
use super::through_stripe::ThroughOptions;
use super::{history_options, interrupt};
use crate::error::{Exit, Result};
use crate::event::Catalogue;
use crate::history::{Session, Via};
use crate::report;
use crate::runner::plan::Origin;
use crate::runner::{self, Job, Observer, Plan, Progress, Recorder, RunResult, watch};

/// How the results of a run are given.
#[derive(Debug)]
pub(super) struct Results {
    /// What goes to stdout.
    pub(super) format: Format,
    /// What goes to files.
    pub(super) files: ReportOptions,
}

/// Builds the events, sends them, shows the result in the format, and returns the exit code.
pub(super) async fn send(
    command: &str,
    jobs: Vec<Job>,
    results: &Results,
    context: &mut Context,
) -> Result<Exit> {
    let plans = plan_all(jobs, context)?;
    send_plans(command, &plans, results, context).await
}

/// Sends what is built the way that the options say: through Stripe, or locally.
pub(super) async fn send_by(
    through: &ThroughOptions,
    command: &str,
    mut plans: Vec<Plan>,
    (results, context): (&Results, &mut Context),
) -> Result<Exit> {
    let cancel = interrupt::on_ctrl_c().await;
    let sent = through.send(command, &mut plans, results, (&mut *context, &cancel)).await?;
    match sent {
        Some(exit) => Ok(exit),
        None => Ok(Sender { command, results, cancel }.run(&plans, context).await?.exit()),
    }
}

/// The plans of jobs, all of stories that end now.
pub(super) fn plan_all(jobs: Vec<Job>, context: &Context) -> Result<Vec<Plan>> {
    let catalogue = Catalogue::embedded()?;
    let now = context.clock.now();
    jobs.into_iter().map(|job| Plan::within(&catalogue, job, now)).collect()
}

/// Says what is not as Stripe would send it.
pub(super) fn warn(plan: &Plan, context: &mut Context) {
    for unknown in &plan.never_sent {
        context.out.warning(&format!(
            "Stripe never sends `{}`; near it are {}",
            unknown.name,
            unknown.near.join(", ")
        ));
    }
    for version in &plan.other_shapes {
        context.out.warning(&format!(
            "the events name API version {}, but have the shape of {version}",
            plan.job.api_version
        ));
    }
}

/// Sends what is built, shows the result in the format, and returns the exit code.
pub(super) async fn send_plans(
    command: &str,
    plans: &[Plan],
    results: &Results,
    context: &mut Context,
) -> Result<Exit> {
    let cancel = interrupt::on_ctrl_c().await;
    Ok(Sender { command, results, cancel }.run(plans, context).await?.exit())
}

/// Sends plans, and shows what comes of them.
pub(super) struct Sender<'s> {
    pub(super) command: &'s str,
    pub(super) results: &'s Results,
    pub(super) cancel: CancellationToken,
}

impl Sender<'_> {
    /// A run that is shown whole, while it goes on.
    pub(super) async fn run(&self, plans: &[Plan], context: &mut Context) -> Result<RunResult> {
        let clock = context.clock;
        for plan in plans {
            warn(plan, context);
        }
        self.results.files.prepare(&context.environment.working_directory)?;
        let recorder = recorder(self.command, plans, context);
        let mut screen = Screen::new(context, self.results.format);
        let run = runner::scenario::run(plans, clock, &self.cancel, &recorder, &mut screen);
        let result = run.await?;
        screen.finish(plans, &result);
        self.end(plans, &result, recorder, context).await?;
        Ok(result)
    }

    /// A run of which only that is shown which is not as it was before.
    pub(super) async fn run_again(
        &self,
        plans: &[Plan],
        before: &RunResult,
        context: &mut Context,
    ) -> Result<RunResult> {
        let recorder = recorder(self.command, plans, context);
        let clock = context.clock;
        let mut silent = Silent;
        let run = runner::scenario::run(plans, clock, &self.cancel, &recorder, &mut silent);
        let result = run.await?;
        if self.results.format != Format::Json {
            let differences = watch::differences(before, &result);
            let layout = context.out.layout();
            context.out.result(&report::changes::text(plans, &differences, &result, layout));
        }
        self.end(plans, &result, recorder, context).await?;
        Ok(result)
    }

    async fn end(
        &self,
        plans: &[Plan],
        result: &RunResult,
        recorder: Recorder,
        context: &mut Context,
    ) -> Result<()> {
        if self.results.format == Format::Json {
            context.out.result(&report::json::run(self.command, plans, result));
        }
        history_options::close(recorder.history, context).await;
        let directory = &context.environment.working_directory;
        self.results.files.write(directory, self.command, plans, result)
    }
}

/// Shows nothing while a run goes on.
struct Silent;

impl Observer for Silent {
    fn on(&mut self, _: Progress<'_>) {}
}

/// The run's recorder, as the session of the command.
fn recorder(command: &str, plans: &[Plan], context: &mut Context) -> Recorder {
    let place = plans.first().and_then(|plan| plan.job.history.as_ref());
    let session = Session {
        command: command.to_owned(),
        name: match plans {
            [only] => only.job.name.clone(),
            _ => None,
        },
        started_at: context.clock.now(),
    };
    let history = history_options::open(place, session, context);
    let is_replay = plans.iter().any(|plan| plan.origin == Origin::Recorded);
    Recorder { history, via: if is_replay { Via::Replay } else { Via::Local } }
}
