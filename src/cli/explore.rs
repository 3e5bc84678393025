//! `devtool scenario --explore`.

use clap::Args;

use super::api_options::ApiOptions;
use super::app_state_options::AppStateOptions;
use super::context::Context;
use super::output_options::Format;
use super::progress::ProgressLine;
use super::report_options::Results;
use super::run_api::RunApi;
use super::send::warn;
use crate::error::{Error, Exit, Kind, Result};
use crate::history::{History, Via};
use crate::report::exploration_files::render;
use crate::report::{exploration, text};
use crate::runner::app_state::AppState;
use crate::runner::explore::{Exploration, ExplorationObserver, Trials, WantedTrial, explore};
use crate::runner::{Job, LocalTransport, Plan, Recorder};
use crate::scenario::{Scenario, Sequence};
use crate::through_stripe::Asked;

/// How many runs an exploration takes at most.
const BUDGET: u16 = 200;

/// Whether and how orders are explored.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Exploration")]
pub(super) struct ExploreOptions {
    /// Find orders and duplicates that leave the app in another state
    ///
    /// Another state than the story's own order leaves.
    ///
    /// Needs `--app-state`, `--app-state-run` or checks of a scenario file. What is found is shrunk to the
    /// fewest events. Nothing of it is recorded in the history.
    #[arg(long, conflicts_with_all = ["order", "orders", "duplicate", "concurrency", "repeat", "watch", "show", "check", "retry"])]
    explore: bool,

    /// Maximum number of runs of an exploration [default: 200]
    ///
    /// Nothing new is tried after so many. To shrink what was found last may take up to 120 more.
    #[arg(long, hide_short_help = true, env = "DEVTOOL_BUDGET", value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(2..=20_000))]
    budget: Option<u16>,

    /// Let the local API fail while step NUMBER comes for the first time
    ///
    /// An exploration with `--api` does that by itself for each step that asks the API; this tries one alone.
    #[arg(long, hide_short_help = true, env = "DEVTOOL_API_FAILS_AT", value_name = "NUMBER", requires = "explore", value_parser = clap::value_parser!(u16).range(1..))]
    api_fails_at: Option<u16>,

    #[command(flatten)]
    pub(super) app_state: AppStateOptions,
}

impl ExploreOptions {
    pub(super) const fn is_wanted(&self) -> bool {
        self.explore
    }

    /// Explores the orders of a job's story.
    pub(super) async fn execute(
        self,
        (job, steps): (Job, Option<Sequence>),
        results: &Results,
        api: &ApiOptions,
        context: &mut Context,
    ) -> Result<Exit> {
        let graceful = context.shutdown.graceful();
        let cancel = graceful.token().clone();
        check(&job)?;
        results.files.prepare(&context.environment.working_directory)?;
        let plan = Plan::new(job.clone(), context.clock.now())?;
        let mut plans = [plan];
        warn(&plans, context);
        let api = RunApi::start(&job.api, api, context).await?;
        let with = (context.clock, &cancel);
        let directory = context.environment.working_directory.clone();
        let mut state = None;
        if !job.app_state.is_empty() {
            state = Some(AppState::new(&job.app_state, &job, directory, with).await?);
        }
        let recorder = Recorder { history: History::none(), via: Via::Local };
        let wanted = self.wanted(steps, &plans[0], api.is_some())?;
        let link = match &api {
            Some(api) => api.tell(&mut plans, context).await,
            None => None,
        };
        let transport = LocalTransport::new(&plans, with, &recorder, link.clone()).await?;
        let mut trials = Trials::new(job, state, transport, link, with)?;
        show_heading(&plans, api.as_ref(), results.format, context);
        let budget = self.budget.unwrap_or(BUDGET).into();
        let mut screen = Screen(context.out.shows_progress().then(ProgressLine::default));
        let ended = explore(&mut trials, (budget, wanted), &mut screen).await;
        drop(screen);
        if let Some(api) = api {
            api.end().await;
        }
        show(&ended?, &plans[0], results, context)
    }
}

impl ExploreOptions {
    /// What alone is tried, where that is said.
    fn wanted(
        &self,
        steps: Option<Sequence>,
        plan: &Plan,
        has_api: bool,
    ) -> Result<Option<WantedTrial>> {
        let Some(number) = self.api_fails_at else {
            return Ok(steps.map(|sequence| WantedTrial { sequence, failing: None }));
        };
        let failing = usize::from(number) - 1;
        let sequence = steps.unwrap_or_else(|| Sequence::of_story(plan.events.len()));
        let refused = |message: String, hint: &'static str| {
            Err(Error::new(Kind::Usage, message).hinted(hint))
        };
        if !has_api {
            let message = "`--api-fails-at` needs the local API, which does not run".to_owned();
            return refused(message, "add `--api`, and point the app at it");
        }
        if !sequence.0.contains(&failing) {
            let message = format!("`--api-fails-at` names step {number}, which is not sent");
            return refused(message, "name a step of the scenario and of `--steps`");
        }
        Ok(Some(WantedTrial { sequence, failing: Some(failing) }))
    }
}

/// That it is one scenario, sent by devtool itself.
pub(super) fn check_words(scenarios: &[Scenario], asked: Asked) -> Result<()> {
    let reason = match (scenarios, asked) {
        (_, Asked::Stripe) => "Stripe sends the events in an order of its own",
        ([_], _) => return Ok(()),
        _ => "an exploration takes one scenario",
    };
    Err(Error::new(Kind::Usage, format!("cannot explore: {reason}")))
}

/// That there is something to hold the runs against.
fn check(job: &Job) -> Result<()> {
    if !job.app_state.is_empty() || !job.scenario.checks.is_empty() {
        return Ok(());
    }
    let message = "nothing shows the app's state, which an exploration compares";
    Err(Error::new(Kind::Usage, message).hinted(
        "show it with `--app-state 'GET /api/customers/{{customer}}'`, with `--app-state-run COMMAND`, \
         or by checks of a scenario file",
    ))
}

fn show_heading(plans: &[Plan], api: Option<&RunApi>, format: Format, context: &mut Context) {
    if format != Format::Text {
        return;
    }
    let shown = api.map(RunApi::shown);
    let places = (context.environment.working_directory.as_path(), shown.as_deref());
    let heading = text::heading(plans, places, context.out.layout());
    let shown = exploration::shown_by(&plans[0]);
    context.out.result(&format!("{}{shown}", heading.trim_end_matches('\n').to_owned() + "\n"));
}

fn show(
    exploration: &Exploration,
    plan: &Plan,
    results: &Results,
    context: &mut Context,
) -> Result<Exit> {
    let layout = context.out.layout();
    context.out.result(&match results.format {
        Format::Json => exploration::json(exploration, plan),
        Format::Text | Format::Compact => exploration::text(exploration, plan, layout),
    });
    results.files.write_by(context, |format| render(format, exploration, plan))?;
    results.files.open(context);
    Ok(exploration.exit())
}

/// Shows how far it is.
struct Screen(Option<ProgressLine>);

impl ExplorationObserver for Screen {
    fn on_run(&mut self, runs: usize, budget: usize) {
        if let Some(line) = &mut self.0 {
            line.waiting(runs, budget, "exploring orders".to_owned());
        }
    }
}
