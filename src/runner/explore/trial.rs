//! One run of an exploration: a story of its own, delivered in some sequence, and where the app is after that.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::ahead::PlanAhead;
use super::end_state::EndState;
use super::no_measure::{unmoved, unsteady};
use super::result::InOrder;
use crate::api::ApiLink;
use crate::error::{Error, Kind, Result};
use crate::event::Catalogue;
use crate::event::id::Seed;
use crate::protocol::{Clock, Moment};
use crate::runner::app_state::{AppState, Fingerprint, StateChange, masked};
use crate::runner::local::LocalTransport;
use crate::runner::plan::Plan;
use crate::runner::run::run;
use crate::runner::{Job, Observer, Progress};
use crate::scenario::{Around, Candidates, Sequence};

/// How often an event that is not accepted is sent again, after the others.
const RETRIES: usize = 3;

/// What runs an exploration's stories.
pub(crate) struct Trials<'r> {
    catalogue: Arc<Catalogue>,
    pub(super) job: Job,
    /// The plan of the next run, on its way.
    ahead: Option<PlanAhead>,
    /// Draws the ids of the stories, whatever the job's seed: the app may know those of an earlier exploration.
    ids: Seed,
    now: Moment,
    pub(super) transport: LocalTransport,
    pub(super) state: Option<AppState>,
    api: Option<ApiLink>,
    pub(super) clock: Clock,
    pub(super) cancel: &'r CancellationToken,
    /// The last look: what the next run begins with.
    pub(super) last: Option<Fingerprint>,
    /// Where sequences end that are in order.
    pub(super) references: HashMap<Sequence, EndState>,
    /// How long the app took to settle.
    pub(super) settles: Duration,
    /// Of how many events that was found out before this.
    pub(super) settled: usize,
    /// Whether the story in its order is known to be a measure.
    is_measured: bool,
    /// How often what is not accepted is sent again, after the others.
    pub(super) retries: usize,
    runs: usize,
    pub(super) deliveries: usize,
    pub(super) seconds: Vec<i64>,
    needs: Vec<bool>,
    /// The steps at whose first delivery the app asked the local API.
    pub(super) asking: BTreeSet<usize>,
    /// The step at whose first delivery the local API fails.
    pub(super) failing: Option<usize>,
    /// Whether that step came again because it was not accepted.
    pub(super) is_retried: bool,
    /// Whether the app gets more time than it showed to need.
    pub(super) is_patient: bool,
}

/// What runs of a story have shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownEnds {
    /// Where its sequences end that are in order.
    references: HashMap<Sequence, EndState>,
    /// How long the app took to settle, at most, and after how many events.
    settles: Duration,
    settled: usize,
}

impl KnownEnds {
    /// What that says of another story of the same app.
    #[must_use]
    pub(crate) fn of_another(&self) -> Self {
        Self { references: HashMap::new(), ..self.clone() }
    }
}

/// Nobody follows the events of a run.
pub(super) struct Unseen;

impl Observer for Unseen {
    fn on(&mut self, _: Progress<'_>) {}
}

impl<'r> Trials<'r> {
    /// Runs of a job's story.
    ///
    /// # Errors
    /// The story cannot be built, or the endpoint is on another machine.
    pub(crate) fn new(
        mut job: Job,
        state: Option<AppState>,
        transport: LocalTransport,
        api: Option<ApiLink>,
        (clock, cancel): (Clock, &'r CancellationToken),
    ) -> Result<Self> {
        let (catalogue, now) = (Catalogue::embedded()?, clock.now());
        for step in &mut job.scenario.steps {
            step.delay = Duration::ZERO;
            step.again = 0;
        }
        let plan = Plan::within(&catalogue, job.clone(), now)?;
        let (seconds, needs) = (plan.moments(), plan.needs_answers.clone());
        Ok(Self {
            catalogue,
            job,
            ahead: None,
            ids: Seed::random()?,
            now,
            transport,
            state,
            api,
            clock,
            cancel,
            last: None,
            references: HashMap::new(),
            settles: Duration::ZERO,
            settled: 0,
            is_measured: false,
            retries: RETRIES,
            runs: 0,
            deliveries: 0,
            seconds,
            needs,
            asking: BTreeSet::new(),
            failing: None,
            is_retried: false,
            is_patient: false,
        })
    }

    /// The same where an event has to be as expected at once.
    #[must_use]
    pub(crate) fn strict(self) -> Self {
        Self { retries: 0, ..self }
    }

    /// The same with ids that a seed draws: the app must not know them.
    #[must_use]
    pub(crate) fn drawing_by(self, ids: Seed) -> Self {
        Self { ids, ..self }
    }

    /// The same with what earlier runs of the same app have shown; where it ends, of the same story.
    #[must_use]
    pub(crate) fn knowing(self, known: KnownEnds) -> Self {
        let KnownEnds { references, settles, settled } = known;
        let is_measured = !references.is_empty();
        Self { references, settles, settled, is_measured, ..self }
    }

    /// What these runs have shown, once the story was found to be a measure.
    pub(crate) fn known(&self) -> KnownEnds {
        let references = self.references.clone();
        let settled = self.settled.max(self.seconds.len());
        KnownEnds { references, settles: self.settles, settled }
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// How many runs and deliveries there were.
    pub(super) const fn counts(&self) -> (usize, usize) {
        (self.runs, self.deliveries)
    }

    pub(crate) fn event_names(&self) -> Vec<String> {
        let version = self.job.api_version.as_str();
        let steps = self.job.scenario.steps.iter().filter(|step| step.is_sent_at(version));
        steps.map(|step| step.event.clone()).collect()
    }

    /// Whatever order somebody asks for.
    pub(super) fn any_order(&self) -> Candidates {
        let seconds = vec![0; self.seconds.len()];
        Candidates::new(&seconds, |_, _| false, self.job.seed)
    }

    /// What can be tried.
    pub(crate) fn candidates(&self) -> Candidates {
        // A value of an answer may be any earlier step's.
        let needs = |first: usize, second: usize| first < second && self.needs[second];
        Candidates::new(&self.seconds, needs, self.job.seed)
    }

    /// Runs the story in its order, twice: it has to end at the same place, and well. Says why it is no measure.
    pub(crate) async fn measure(&mut self, wanted: Option<Sequence>) -> Result<Option<InOrder>> {
        if self.is_measured {
            return Ok(None);
        }
        let story = wanted.unwrap_or_else(|| Sequence::of_story(self.seconds.len()));
        let Some(first) = self.reference(&story).await? else { return Ok(None) };
        let events = self.event_names();
        let problems = first.problems(&events);
        if !problems.is_empty() {
            return Ok(Some(InOrder { problems, is_answered: first.is_answered }));
        }
        if self.job.scenario.checks.is_empty()
            && first.state.as_ref().is_some_and(StateChange::is_nothing)
        {
            return Err(unmoved(&self.job));
        }
        if let Some(second) = self.run(&story, Some(&first)).await? {
            let differences = second.problems_beside(&first, &events);
            if let Some(one) = differences.first() {
                return Err(unsteady(one));
            }
        }
        Ok(None)
    }

    /// Where a sequence in order ends.
    pub(super) async fn reference(&mut self, sequence: &Sequence) -> Result<Option<EndState>> {
        if let Some(known) = self.references.get(sequence) {
            return Ok(Some(known.clone()));
        }
        let trial = self.run(sequence, None).await?;
        if let Some(trial) = &trial {
            self.references.insert(sequence.clone(), trial.clone());
        }
        Ok(trial)
    }

    /// Delivers a sequence; `None` where devtool was told to end meanwhile. The app has its time to get where a reference
    /// is, or without one to settle.
    pub(super) async fn run(
        &mut self,
        sequence: &Sequence,
        like: Option<&EndState>,
    ) -> Result<Option<EndState>> {
        let mut plan = self.plan().await?;
        let Around { setup, teardown } = std::mem::take(&mut plan.job.scenario.around);
        if let (Some(api), Some(story)) = (&self.api, plan.story.take()) {
            api.told(story).await;
        }
        let before = Around { setup, teardown: None };
        let trial = self.before_teardown(&mut plan, before, sequence, like).await;
        // Whatever came of it, and also where devtool was told to end.
        let undone = match teardown {
            Some(_) => self.surround(&mut plan, Around { setup: None, teardown }).await,
            None => Ok(()),
        };
        let trial = trial?;
        undone?;
        Ok(trial.filter(|_| !self.cancel.is_cancelled()))
    }

    /// The plan of the next run, as it was begun during the last one; begins that of the one after it.
    async fn plan(&mut self) -> Result<Plan> {
        let run = u32::try_from(self.runs).unwrap_or_default();
        let seed = |number: u32| Seed(self.ids.0.wrapping_add(number));
        let begin =
            |number: u32| PlanAhead::begin(&self.catalogue, (&self.job, seed(number)), self.now);
        let ahead = self.ahead.take().unwrap_or_else(|| begin(run));
        let next = begin(run.wrapping_add(1));
        let plan = match ahead.of(seed(run)).await {
            Some(plan) => plan,
            // The run before this one was not made.
            None => {
                Plan::within(&self.catalogue, Job { seed: seed(run), ..self.job.clone() }, self.now)
            }
        };
        self.ahead = Some(next);
        plan
    }

    async fn before_teardown(
        &mut self,
        plan: &mut Plan,
        before: Around,
        sequence: &Sequence,
        like: Option<&EndState>,
    ) -> Result<Option<EndState>> {
        // They are done apart.
        let checks = std::mem::take(&mut plan.job.scenario.checks);
        if before.setup.is_some() {
            self.surround(plan, before).await?;
            self.last = None;
        }
        if self.last.is_none() {
            self.last = self.look(plan).await?;
        }
        self.runs += 1;
        let mut trial = self.deliver(plan, sequence).await?;
        if self.cancel.is_cancelled() {
            return Ok(None);
        }
        plan.job.scenario.checks = checks;
        plan.sendings = Vec::new();
        trial.failed_checks = self.check(plan).await?;
        self.settle(plan, &mut trial, like).await?;
        Ok(Some(trial))
    }

    /// Runs a command before or after a run.
    async fn surround(&self, plan: &mut Plan, around: Around) -> Result<()> {
        let sendings = std::mem::take(&mut plan.sendings);
        let checks = std::mem::take(&mut plan.job.scenario.checks);
        plan.job.scenario.around = around;
        let one = std::slice::from_ref(&*plan);
        let with = (self.clock, self.cancel);
        let ended = run(one, self.transport.clone(), with, &mut Unseen).await?;
        plan.job.scenario.around = Around::default();
        (plan.sendings, plan.job.scenario.checks) = (sendings, checks);
        let looks = ended.result.stories.into_iter().flat_map(|story| story.checks);
        match looks.into_iter().find(|look| look.verdict.is_failure()) {
            Some(failed) => {
                let why = failed.command.map(|command| command.ending()).unwrap_or_default();
                let message = format!("{} `{}` failed: {why}", failed.stage.word(), failed.what);
                Err(Error::new(Kind::Scenario, message).hinted("run it in your shell"))
            }
            None => Ok(()),
        }
    }

    /// Makes the checks, whose own `within` gives the app its time.
    async fn check(&self, plan: &Plan) -> Result<BTreeMap<usize, String>> {
        if plan.job.scenario.checks.is_empty() {
            return Ok(BTreeMap::new());
        }
        let one = std::slice::from_ref(plan);
        let with = (self.clock, self.cancel);
        let ended = run(one, self.transport.clone(), with, &mut Unseen).await?;
        let checks = ended.result.stories.into_iter().flat_map(|story| story.checks);
        let failed = checks.filter(|check| check.verdict.is_failure());
        let told = failed.map(|check| {
            let what = match check.mismatches.first() {
                Some(one) => format!("{} is {}, should be {}", one.what, one.found, one.expected),
                None => "it is not answered".to_owned(),
            };
            let what = format!("{what} (check {})", check.index);
            (check.index, masked(&what, &plan.ids, self.now))
        });
        Ok(told.collect())
    }

    pub(super) async fn look(&self, plan: &Plan) -> Result<Option<Fingerprint>> {
        match &self.state {
            Some(state) => state.look(&plan.ids).await.map(Some),
            None => Ok(None),
        }
    }
}
