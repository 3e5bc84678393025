//! One run of an exploration: a story of its own, delivered in some sequence, and where the app is after that.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::end_state::EndState;
use super::no_measure::{unmoved, unsteady};
use super::result::InOrder;
use super::shrink::Breaks;
use crate::api::ApiLink;
use crate::delivery::Outcome;
use crate::delivery::outcome::reason;
use crate::error::{Error, Kind, Result};
use crate::event::Catalogue;
use crate::event::id::Seed;
use crate::protocol::{Clock, Moment};
use crate::runner::app_state::{AppState, Fingerprint, StateChange, masked};
use crate::runner::local::LocalTransport;
use crate::runner::mismatch::Verdict;
use crate::runner::plan::{Plan, Sending};
use crate::runner::result::StepResult;
use crate::runner::run::run;
use crate::runner::target::wait;
use crate::runner::{Job, Observer, Progress};
use crate::scenario::{Around, Candidates, Sequence};

/// How often an event that is not accepted is sent again, after the others.
const RETRIES: usize = 3;
/// How long the app may take to settle after its last answer.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);
/// How long its state has to stay as it is to count as settled.
const STAYS_FOR: Duration = Duration::from_millis(100);
/// How long to wait before another look.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// What runs an exploration's stories.
pub(crate) struct Trials<'r> {
    catalogue: Catalogue,
    job: Job,
    /// Draws the ids of the stories, whatever the job's seed: the app may know those of an earlier exploration.
    ids: Seed,
    now: Moment,
    transport: LocalTransport,
    state: Option<AppState>,
    api: Option<ApiLink>,
    clock: Clock,
    cancel: &'r CancellationToken,
    /// The last look: what the next run begins with.
    last: Option<Fingerprint>,
    /// Where sequences end that are in order.
    references: HashMap<Sequence, EndState>,
    /// How long the app took to settle.
    settles: Duration,
    /// How often what is not accepted is sent again, after the others.
    retries: usize,
    runs: usize,
    deliveries: usize,
    seconds: Vec<i64>,
    needs: Vec<bool>,
}

/// Nobody follows the events of a run.
struct Unseen;

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
            retries: RETRIES,
            runs: 0,
            deliveries: 0,
            seconds,
            needs,
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
    async fn reference(&mut self, sequence: &Sequence) -> Result<Option<EndState>> {
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
    async fn run(
        &mut self,
        sequence: &Sequence,
        like: Option<&EndState>,
    ) -> Result<Option<EndState>> {
        let seed = self.ids.0.wrapping_add(u32::try_from(self.runs).unwrap_or_default());
        let job = Job { seed: Seed(seed), ..self.job.clone() };
        let mut plan = Plan::within(&self.catalogue, job, self.now)?;
        let Around { setup, teardown } = std::mem::take(&mut plan.job.scenario.around);
        if let (Some(api), Some(telling)) = (&self.api, plan.telling.take()) {
            api.told(telling).await;
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

    /// Delivers the events; those that are not accepted again after the others, as Stripe does.
    async fn deliver(&mut self, plan: &mut Plan, sequence: &Sequence) -> Result<EndState> {
        let mut trial = EndState::default();
        let mut sent = vec![false; self.seconds.len()];
        let mut left = sequence.0.clone();
        left.retain(|step| *step < sent.len());
        for _ in 0..=self.retries {
            let again = |step: usize| std::mem::replace(&mut sent[step], true);
            let mut again = again;
            plan.sendings =
                left.iter().map(|step| Sending { step: *step, is_copy: again(*step) }).collect();
            self.deliveries += plan.sendings.len();
            let with = (self.clock, self.cancel);
            let one = std::slice::from_ref(&*plan);
            let ended = run(one, self.transport.clone(), with, &mut Unseen).await?;
            ended.error.map_or(Ok(()), Err)?;
            let steps = ended.result.stories.into_iter().flat_map(|story| story.steps);
            let results: Vec<(usize, StepResult)> = left.iter().copied().zip(steps).collect();
            for (step, result) in &results {
                trial.is_answered |= result.outcome().is_some_and(|o| o.response().is_some());
                match refusal(result, self.retries == 0) {
                    None => drop(trial.rejected.remove(step)),
                    Some(why) => drop(trial.rejected.insert(*step, why)),
                }
            }
            left = trial.rejected.keys().copied().collect();
            if left.is_empty() || self.cancel.is_cancelled() || !trial.is_answered {
                break;
            }
        }
        Ok(trial)
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

    async fn look(&self, plan: &Plan) -> Result<Option<Fingerprint>> {
        match &self.state {
            Some(state) => state.look(&plan.ids).await.map(Some),
            None => Ok(None),
        }
    }

    /// Looks at the state until it is as after the reference, or stays as it is.
    async fn settle(
        &mut self,
        plan: &Plan,
        trial: &mut EndState,
        like: Option<&EndState>,
    ) -> Result<()> {
        let (Some(before), Some(mut after)) = (self.last.clone(), self.look(plan).await?) else {
            return Ok(());
        };
        let (mut waited, mut stays) = (Duration::ZERO, Duration::ZERO);
        let limit = if like.is_some() { STAYS_FOR + self.settles * 2 } else { SETTLES_WITHIN };
        loop {
            let change =
                StateChange { before: before.clone(), after: after.clone(), ids: plan.ids.clone() };
            let reference = like.and_then(|like| like.state.as_ref());
            let is_there = reference.is_some_and(|one| one.differences(&change).is_empty());
            trial.state = Some(change);
            let is_still = like.is_none() && stays >= STAYS_FOR;
            let is_over = is_there || is_still || waited >= limit;
            if is_over || !wait(POLL_INTERVAL, self.cancel).await {
                break;
            }
            waited += POLL_INTERVAL;
            let Some(next) = self.look(plan).await? else { break };
            if next.answers == after.answers {
                stays += POLL_INTERVAL;
            } else {
                (stays, after) = (Duration::ZERO, next);
                if like.is_none() {
                    self.settles = self.settles.max(waited);
                }
            }
        }
        self.last = Some(after);
        Ok(())
    }
}

impl Breaks for Trials<'_> {
    async fn breaks(&mut self, sequence: &Sequence) -> Result<Option<Vec<String>>> {
        let Some(reference) = self.reference(&sequence.in_order()).await? else { return Ok(None) };
        let Some(trial) = self.run(sequence, Some(&reference)).await? else { return Ok(None) };
        let problems = trial.problems_beside(&reference, &self.event_names());
        Ok((!problems.is_empty()).then_some(problems))
    }
}

/// Why an event was not accepted; `None` where it was.
fn refusal(step: &StepResult, is_strict: bool) -> Option<String> {
    let is_accepted = step.outcome().is_some_and(Outcome::is_accepted);
    if step.verdict == Verdict::Pass || (is_accepted && !is_strict) {
        return None;
    }
    if let (true, Some(one)) = (is_accepted, step.mismatches.first()) {
        return Some(format!("{} is {}, should be {}", one.what, one.found, one.expected));
    }
    Some(match step.outcome() {
        Some(Outcome::Response(response)) => {
            format!("{} {}", response.status, reason(response.status)).trim_end().to_owned()
        }
        Some(Outcome::None { error, .. }) => format!("no answer ({error})"),
        None => step.hint.clone().unwrap_or_else(|| "not sent".to_owned()),
    })
}
