//! Sends jobs and shows what comes of them: what `scenario`, `trigger` and `demo` share.

use std::collections::{BTreeMap, BTreeSet};

use tokio_util::sync::CancellationToken;

use super::api_options::ApiOptions;
use super::context::Context;
use super::history_options;
use super::output_options::Format;
use super::report_options::Results;
use super::run_api::RunApi;
use super::screen::Screen;
use super::through_options::ThroughOptions;
use super::through_stripe::{self, ChosenTransport};
use crate::api::ApiLink;
use crate::error::{Exit, Kind, Result};
use crate::event::Catalogue;
use crate::history::{Session, Via};
use crate::listen::Running;
use crate::report;
use crate::runner::explore::smallest;
use crate::runner::plan::Origin;
use crate::runner::{
    self, Ended, Job, LocalTransport, Plan, Recorder, RunResult, Silent, Transport, Verdict, watch,
};

/// Builds the events, sends them, shows the result in the format, and returns the exit code.
pub(super) async fn send(
    options: RunOptions<'_>,
    jobs: Vec<Job>,
    results: &Results,
    context: &mut Context,
) -> Result<Exit> {
    let plans = plan_all(jobs, context)?;
    send_plans(options, plans, results, context).await
}

/// Which command sends, and what its options say of how.
#[derive(Clone, Copy)]
pub(super) struct RunOptions<'o> {
    pub(super) command: &'o str,
    /// How events may go through Stripe, where they may.
    pub(super) through: Option<&'o ThroughOptions>,
    pub(super) api: &'o ApiOptions,
    /// Whether what fails in some order, or twice, is made smaller.
    pub(super) shrinks: bool,
}

/// The plans of jobs, all of stories that end now.
pub(super) fn plan_all(jobs: Vec<Job>, context: &Context) -> Result<Vec<Plan>> {
    Plan::all(jobs, context.clock.now())
}

/// How many types a warning names.
const MOST_NAMED: usize = 12;

/// Says what is not as Stripe would send it.
pub(super) fn warn(plans: &[Plan], context: &mut Context) {
    warn_of_preview(plans, context);
    for unknown in plans.iter().flat_map(|plan| &plan.never_sent) {
        context.out.warning(&format!(
            "Stripe has no event `{}`; similar events: {}",
            unknown.name,
            unknown.near.join(", ")
        ));
    }
    let mut by_version: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for plan in plans {
        for (shape, types) in &plan.other_versions {
            let versions = (plan.job.api_version.as_str(), shape.as_str());
            by_version.entry(versions).or_default().extend(types.iter().map(String::as_str));
        }
    }
    for ((api_version, shape), types) in by_version {
        context.out.warning(&format!(
            "the events say API version {api_version}, but have the shape of {shape}: {}",
            named(&types)
        ));
    }
}

/// Names the types that only Stripe's preview has.
fn warn_of_preview(plans: &[Plan], context: &mut Context) {
    let mut by_preview: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let made = plans.iter().filter(|plan| plan.origin == Origin::Made);
    for step in made.flat_map(|plan| &plan.job.scenario.steps) {
        if let Ok(Some(preview)) = Catalogue::preview_of(&step.event) {
            by_preview.entry(preview).or_default().insert(&step.event);
        }
    }
    for (preview, types) in by_preview {
        context.out.warning(&format!(
            "only Stripe's public preview ({preview}) has these events, and it may still change: {}",
            named(&types)
        ));
    }
}

/// The first types by name, and how many others there are.
fn named(types: &BTreeSet<&str>) -> String {
    let first: Vec<&str> = types.iter().take(MOST_NAMED).copied().collect();
    match types.len().saturating_sub(MOST_NAMED) {
        0 => first.join(", "),
        others => format!("{} and {others} more", first.join(", ")),
    }
}

/// Sends what is built by the way that the options say (locally without any), shows the result in the
/// format, and returns the exit code.
pub(super) async fn send_plans(
    options: RunOptions<'_>,
    mut plans: Vec<Plan>,
    results: &Results,
    context: &mut Context,
) -> Result<Exit> {
    let graceful = context.shutdown.graceful();
    let cancel = graceful.token().clone();
    let RunOptions { command, through, api, shrinks } = options;
    let used = plans.first().map(|plan| plan.job.api.clone()).unwrap_or_default();
    let (of_api, api) = (api, RunApi::start(&used, api, context).await?);
    let sender = Sender { command, through, of_api, results, cancel, api, shrinks };
    let ran = sender.run(&mut plans, None, context).await;
    sender.end().await;
    Ok(ran?.exit())
}

/// Sends plans, and shows what comes of them.
pub(super) struct Sender<'s> {
    pub(super) command: &'s str,
    /// How events may go through Stripe, where they may.
    pub(super) through: Option<&'s ThroughOptions>,
    /// What was said of a local API.
    pub(super) of_api: &'s ApiOptions,
    pub(super) results: &'s Results,
    pub(super) cancel: CancellationToken,
    /// What the app can ask meanwhile.
    pub(super) api: Option<RunApi>,
    /// Whether what fails in some order, or twice, is made smaller.
    pub(super) shrinks: bool,
}

impl Sender<'_> {
    /// Ends what is up for the runs.
    pub(super) async fn end(self) {
        if let Some(api) = self.api {
            api.end().await;
        }
    }

    /// A run that is shown whole, while it goes on; after another one, only what is not as it was.
    pub(super) async fn run(
        &self,
        plans: &mut [Plan],
        before: Option<&RunResult>,
        context: &mut Context,
    ) -> Result<RunResult> {
        let route = match self.through {
            Some(options) => {
                let route = through_stripe::route(options, plans, context);
                let Some(route) = self.cancel.run_until_cancelled(route).await else {
                    let ended = self.not_begun(plans, before, context);
                    return self.report(plans, before, ended, context);
                };
                route?
            }
            None => ChosenTransport::Local,
        };
        if before.is_none() {
            warn(plans, context);
        }
        self.results.files.prepare(&context.environment.working_directory)?;
        match (route, self.through) {
            (ChosenTransport::Stripe(running), Some(options)) => {
                self.through_stripe(plans, (options, running.as_deref()), before, context).await
            }
            _ => self.locally(plans, before, context).await,
        }
    }

    async fn locally(
        &self,
        plans: &mut [Plan],
        before: Option<&RunResult>,
        context: &mut Context,
    ) -> Result<RunResult> {
        let link = self.link(plans, before, context).await;
        let recorder = recorder(self.command, plans, context)?;
        let (clock, cancel) = (context.clock, &self.cancel);
        let transport = LocalTransport::new(plans, (clock, cancel), &recorder, link.clone());
        let ended = match cancel.run_until_cancelled(transport).await {
            Some(Ok(transport)) => {
                let local = self.shrinks.then(|| (transport.unrecorded(), link.clone()));
                let sent = self.by(transport, plans, before, context).await;
                RunApi::receive_no_more(link.as_ref()).await;
                match sent {
                    Ok(ended) => Ok(self.shrunk(ended, plans, local, context).await),
                    Err(error) => Err(error),
                }
            }
            Some(Err(error)) => Err(error),
            None => Ok(self.not_begun(plans, before, context)),
        };
        if let Some(link) = link {
            link.close().await;
            if let Some(error) = link.error() {
                context.out.warning(&error);
            }
        }
        // Before the reports, which tell the deliveries' numbers.
        history_options::close(recorder.history, context).await;
        self.report(plans, before, ended?, context)
    }

    /// The link to the local API, which was told of the run and gives it the events of calls.
    async fn link(
        &self,
        plans: &mut [Plan],
        before: Option<&RunResult>,
        context: &mut Context,
    ) -> Option<ApiLink> {
        let api = self.api.as_ref()?;
        if before.is_none() && self.results.format != Format::Text {
            context.out.note(&format!("api: {}", api.shown()));
        }
        let link = api.tell(plans, context).await?;
        api.receive(&link).await;
        Some(link)
    }

    async fn through_stripe(
        &self,
        plans: &mut [Plan],
        (options, running): (&ThroughOptions, Option<&Running>),
        before: Option<&RunResult>,
        context: &mut Context,
    ) -> Result<RunResult> {
        let with = (&mut *context, &self.cancel);
        let Some(ready) =
            through_stripe::ready((options, self.of_api), plans, running, with).await?
        else {
            let ended = self.not_begun(plans, before, context);
            return self.report(plans, before, ended, context);
        };
        let (transport, started) = ready.parts();
        let sent = match self.by(transport, plans, before, context).await {
            Ok(ended) => self.report(plans, before, ended, context),
            Err(error) => Err(error),
        };
        // What the run came to counts more than how its listen ended.
        let _ = started.end().await;
        sent
    }

    /// Runs by a transport, and shows what happens meanwhile.
    async fn by<T: Transport>(
        &self,
        transport: T,
        plans: &[Plan],
        before: Option<&RunResult>,
        context: &mut Context,
    ) -> Result<Ended> {
        let at = (context.clock, &self.cancel);
        match before {
            None => runner::run(plans, transport, at, &mut self.screen(context)).await,
            Some(_) => runner::run(plans, transport, at, &mut Silent).await,
        }
    }

    /// With the smallest sequence that fails as the run did, where that is wanted.
    async fn shrunk(
        &self,
        mut ended: Ended,
        plans: &[Plan],
        local: Option<(LocalTransport, Option<ApiLink>)>,
        context: &mut Context,
    ) -> Ended {
        let is_whole = ended.error.is_none();
        if let (Some(local), Verdict::Fail, true) = (local, ended.result.verdict(), is_whole) {
            let with = (context.clock, &self.cancel);
            match Box::pin(smallest(plans, &ended.result, local, with)).await {
                Ok(smallest) => ended.result.smallest = smallest,
                // The run's own result counts without it.
                Err(error) => {
                    let why = format!("the smallest that fails was not found: {error}");
                    context.out.warning(&why);
                }
            }
        }
        ended
    }

    /// The run that was interrupted before anything was sent.
    fn not_begun(
        &self,
        plans: &[Plan],
        before: Option<&RunResult>,
        context: &mut Context,
    ) -> Ended {
        let clock = context.clock;
        match before {
            None => runner::not_begun(plans, clock, &mut self.screen(context)),
            Some(_) => runner::not_begun(plans, clock, &mut Silent),
        }
    }

    fn screen<'c>(&self, context: &'c mut Context) -> Screen<'c> {
        let api = self.api.as_ref().map(RunApi::shown);
        Screen::new(context, self.results.format, api)
    }

    fn show_changes(
        &self,
        plans: &[Plan],
        before: &RunResult,
        result: &RunResult,
        context: &mut Context,
    ) {
        if self.results.format != Format::Json {
            let differences = watch::differences(before, result);
            let layout = context.out.layout();
            context.out.result(&report::changes::text(plans, &differences, result, layout));
        }
    }

    /// Shows the end, and writes the reports.
    fn report(
        &self,
        plans: &[Plan],
        before: Option<&RunResult>,
        ended: Ended,
        context: &mut Context,
    ) -> Result<RunResult> {
        let Ended { result, error } = ended;
        // Where nothing was sent, the error says it all.
        let is_sent = error.as_ref().is_none_or(|error| error.kind() != Kind::NoEndpoint);
        match before {
            _ if !is_sent => {}
            None => self.screen(context).finish(plans, &result),
            Some(before) => self.show_changes(plans, before, &result, context),
        }
        if self.results.format == Format::Json {
            context.out.result(&report::json::run(self.command, plans, &result));
        }
        if context.environment.variable("GITHUB_ACTIONS") == Some("true") {
            context.out.annotate(&report::github::annotations(plans, &result));
        }
        self.results.files.write(self.command, (plans, &result), context)?;
        if is_sent && before.is_none() {
            self.results.files.open(context);
        }
        error.map_or(Ok(result), Err)
    }
}

/// The run's recorder, as the session of the command.
fn recorder(command: &str, plans: &[Plan], context: &mut Context) -> Result<Recorder> {
    let place = plans.first().and_then(|plan| plan.job.history.as_ref());
    let session = Session {
        command: command.to_owned(),
        name: match plans {
            [only] => only.job.name.clone(),
            _ => None,
        },
        started_at: context.clock.now(),
    };
    let history = history_options::open(place, session, context)?;
    let is_replay = plans.iter().any(|plan| plan.origin == Origin::Recorded);
    Ok(Recorder { history, via: if is_replay { Via::Replay } else { Via::Local } })
}
