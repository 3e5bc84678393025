//! A scenario through Stripe's test mode: `stripe trigger` causes each step's event, `stripe listen`
//! brings it to the relay of a running listen, and the history of that listen says what the endpoint
//! answered.
//!
//! Through Stripe the steps are separate objects, not one story. One trigger brings many events; which of
//! all that come belong to which step is told by [`belonging`].

mod arrivals;
pub mod belonging;
mod cleanup;
mod orders;
mod steps;

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};
use crate::history::Reader;
use crate::protocol::{Clock, Moment};
use crate::runner::plan::Plan;
use crate::runner::result::{RunResult, SideEvent, StepResult, StoryResult, Verdict};
use crate::runner::{Awaited, Observer, OnFailure, Progress};
use crate::stripe_cli::{Stripe, trigger};
use arrivals::Arrivals;
use belonging::Claims;
use orders::{Means, Order};

/// How long an event is waited for after its trigger has ended.
pub const USUAL_WAIT: Duration = Duration::from_secs(30);
/// How often the history is looked at while something is waited for.
const LOOK: Duration = Duration::from_millis(5);
/// When nothing has come for so long after the last step, side events are not waited for any more.
const QUIET: Duration = Duration::from_millis(50);
/// How long they are waited for at most.
const LONGEST_QUIET: Duration = Duration::from_secs(1);

/// All that a run through Stripe needs besides its plan.
#[derive(Debug)]
pub struct Journey {
    /// The Stripe CLI, logged in.
    pub stripe: Stripe,
    /// The file of the history of the listen for the endpoint.
    pub history: PathBuf,
    /// How long to wait for an event after its trigger has ended.
    pub wait: Duration,
    /// Whether side events count.
    pub side_events: SideEvents,
    /// Whether what was created stays.
    pub leftovers: Leftovers,
    /// Marks what this run creates; no other run has the same.
    pub run: String,
    /// Tells the time.
    pub clock: Clock,
}

/// Whether events that come along with a step's own count in its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideEvents {
    /// They are shown only.
    Shown,
    /// They have to be accepted, too (`--strict`).
    Counted,
}

/// What becomes of what a run creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftovers {
    /// It stays.
    Kept,
    /// It is deleted, canceled or archived, where Stripe lets one (`--cleanup`).
    Undone,
}

/// Whether everything in the plans can be had through Stripe; to be asked before anything is started.
///
/// # Errors
/// A type that Stripe cannot be made to send, or a value that it cannot be told.
pub fn check(plans: &[Plan]) -> Result<()> {
    plans.iter().try_for_each(|plan| orders::of(plan).map(|_| ()))
}

/// What a run came to.
#[derive(Debug)]
pub struct Ended {
    /// What was found, also where the run could not go on.
    pub result: RunResult,
    /// Why it could not: there is no login any more, Stripe refuses the key or cannot be reached.
    pub fault: Option<Error>,
}

/// Causes the steps' events one after the other, each when the one before was answered. Where that cannot
/// go on, the step fails and those after it are skipped.
///
/// # Errors
/// Something cannot be had through Stripe; the history of the listen cannot be read.
pub async fn run(
    plans: &[Plan],
    journey: &Journey,
    cancel: &CancellationToken,
    observer: &mut dyn Observer,
) -> Result<Ended> {
    check(plans)?;
    let started_at = journey.clock.now();
    let (reader, _) = Reader::open(&journey.history, started_at)?;
    let arrivals = Arrivals::new(reader, started_at);
    let claims = Claims::default();
    let (is_stopped, fault) = (false, None);
    let mut traveller =
        Traveller { journey, cancel, observer, arrivals, claims, is_stopped, fault };
    let start = Instant::now();
    traveller.observer.on(Progress::Started { plans });
    let mut stories = Vec::with_capacity(plans.len());
    for plan in plans {
        let story = traveller.story(plan).await?;
        traveller.observer.on(Progress::Told { story: &story, plan });
        stories.push(story);
    }
    if let Some(last) = stories.last_mut() {
        last.strangers = traveller.strangers();
        if journey.leftovers == Leftovers::Undone && traveller.fault.is_none() {
            last.cleaned = cleanup::run(&journey.stripe, &traveller.arrivals).await?;
        }
    }
    let was_interrupted = cancel.is_cancelled();
    let result = RunResult { started_at, duration: start.elapsed(), stories, was_interrupted };
    Ok(Ended { result, fault: traveller.fault })
}

struct Traveller<'r> {
    journey: &'r Journey,
    cancel: &'r CancellationToken,
    observer: &'r mut dyn Observer,
    arrivals: Arrivals,
    claims: Claims,
    /// Whether a failure ended the run.
    is_stopped: bool,
    /// What ended it, where that is not a step's own failure.
    fault: Option<Error>,
}

/// A step that is under way.
struct Travelling<'p> {
    plan: &'p Plan,
    /// Its place in its story, from 0.
    index: usize,
    order: &'p Order,
    /// Its number among all steps of the run, from 0, by which its events are known.
    number: usize,
}

/// How causing an event ended.
enum Caused {
    Done,
    /// Stripe refuses the call: the account is not able to do it.
    Refused(Error),
    Interrupted,
}

impl Traveller<'_> {
    async fn story(&mut self, plan: &Plan) -> Result<StoryResult> {
        let start = Instant::now();
        let orders = orders::of(plan)?;
        let mut steps = Vec::with_capacity(orders.len());
        let first = self.claims.count();
        for (index, order) in orders.iter().enumerate() {
            let step = Travelling { plan, index, order, number: first + index };
            let result = self.step(&step).await?;
            let is_failure = result.verdict != Verdict::Pass;
            self.is_stopped |= is_failure && plan.job.on_failure == OnFailure::Stop;
            self.observer.on(Progress::Sent { step: &result, plan });
            steps.push(result);
        }
        self.until_quiet().await?;
        let steps = steps.into_iter().enumerate();
        let steps = steps.map(|(index, step)| self.with_all_side_events(first + index, step));
        let steps = steps.collect();
        let duration = start.elapsed();
        Ok(StoryResult {
            duration,
            steps,
            checks: Vec::new(),
            strangers: Vec::new(),
            cleaned: Vec::new(),
        })
    }

    async fn step(&mut self, step: &Travelling<'_>) -> Result<StepResult> {
        let (plan, index, order) = (step.plan, step.index, step.order);
        let began = self.journey.clock.now();
        let mark = format!("{}-{}", self.journey.run, step.number + 1);
        let own_mark = order.takes_mark().then(|| mark.clone());
        self.claims.begin(&order.event, own_mark, began.seconds());
        let delay = plan.step(plan.parcels[index]).delay;
        if self.is_stopped || !self.waited(delay).await {
            return Ok(steps::not_sent(index, plan));
        }
        let caused = match self.cause(step, &mark).await {
            Ok(caused) => caused,
            Err(fault) => {
                let failed = steps::refused(index, plan, &fault);
                (self.is_stopped, self.fault) = (true, Some(fault));
                return Ok(failed);
            }
        };
        if let Caused::Done = caused {
            self.until_answered(step).await?;
        }
        Ok(self.result(step, began, &caused))
    }

    /// Waits; whether the wait came to its end.
    async fn waited(&self, delay: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => false,
            () = sleep(delay) => true,
        }
    }

    /// Runs what causes the event, and says so where it takes long.
    async fn cause(&mut self, step: &Travelling<'_>, mark: &str) -> Result<Caused> {
        let (plan, index, order) = (step.plan, step.index, step.order);
        let arguments = order.arguments(mark)?;
        let stripe = &self.journey.stripe;
        let mut causing = std::pin::pin!(async {
            match &order.means {
                Means::Trigger(name, _) => stripe.trigger(name, &arguments).await,
                Means::Fixture(_, fixture) => stripe.fixture(&fixture.text, &arguments).await,
            }
        });
        self.observer.on(Progress::Waiting { index, plan, what: Awaited::Trigger });
        let mut is_slow = false;
        let outcome = loop {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Ok(Caused::Interrupted),
                outcome = &mut causing => break outcome,
                () = sleep(trigger::USUAL), if !is_slow => {
                    is_slow = true;
                    self.observer.on(Progress::Waiting { index, plan, what: Awaited::VersionCheck });
                }
            }
        };
        match outcome {
            Ok(()) => Ok(Caused::Done),
            Err(fault @ Error::StripeRefused { .. }) => Ok(Caused::Refused(fault)),
            Err(fault) => Err(fault),
        }
    }

    /// Waits until the step's own event was answered, or the time for it is up.
    async fn until_answered(&mut self, step: &Travelling<'_>) -> Result<()> {
        let (plan, index) = (step.plan, step.index);
        self.observer.on(Progress::Waiting { index, plan, what: Awaited::Event });
        let deadline = Instant::now() + self.journey.wait;
        loop {
            self.arrivals.look(&mut self.claims)?;
            let own = self.arrivals.of_step(step.number, &step.order.event);
            let is_answered = own.is_some_and(arrivals::Arrival::is_concluded);
            if is_answered || Instant::now() >= deadline || self.cancel.is_cancelled() {
                return Ok(());
            }
            sleep(LOOK).await;
        }
    }

    /// Waits until nothing more seems to come.
    async fn until_quiet(&mut self) -> Result<()> {
        let (start, mut last) = (Instant::now(), Instant::now());
        let mut known = self.arrivals.concluded();
        while last.elapsed() < QUIET && start.elapsed() < LONGEST_QUIET {
            sleep(LOOK).await;
            self.arrivals.look(&mut self.claims)?;
            let now = self.arrivals.concluded();
            if now != known {
                (known, last) = (now, Instant::now());
            }
        }
        Ok(())
    }

    fn result(&self, step: &Travelling<'_>, began: Moment, caused: &Caused) -> StepResult {
        let (plan, index, order) = (step.plan, step.index, step.order);
        let own = self.arrivals.of_step(step.number, &order.event);
        let mut result = match (caused, own) {
            (Caused::Refused(fault), _) => steps::refused(index, plan, fault),
            (_, Some(own)) => steps::arrived(index, plan, own),
            (Caused::Done, None) if !self.cancel.is_cancelled() => {
                let came = self.arrivals.types_of(step.number);
                steps::missing(index, plan, (order, self.journey.wait), &came)
            }
            _ => steps::not_sent(index, plan),
        };
        result.passage = Some(steps::passage(step.number, order, &self.arrivals, began));
        self.judged(result)
    }

    /// The result with what came for it until now.
    fn with_all_side_events(&self, number: usize, mut step: StepResult) -> StepResult {
        if let Some(passage) = &mut step.passage {
            let known: Vec<String> =
                passage.side_events.iter().map(|side| side.event_id.clone()).collect();
            passage.side_events = steps::side_events(number, &step.event, &self.arrivals);
            for side in &mut passage.side_events {
                side.is_late = !known.contains(&side.event_id);
            }
            passage.created_objects = self.arrivals.objects_of(number);
        }
        self.judged(step)
    }

    fn judged(&self, mut step: StepResult) -> StepResult {
        let sides = step.passage.iter().flat_map(|passage| &passage.side_events);
        let mut bad = sides.filter(|side| !side.is_accepted());
        if self.journey.side_events == SideEvents::Counted
            && step.verdict == Verdict::Pass
            && let Some(side) = bad.next()
        {
            step.verdict = Verdict::Fail;
            step.hint = Some(format!("{} came along and was not accepted", side.event));
        }
        step
    }

    /// Events that belong to no step.
    fn strangers(&self) -> Vec<SideEvent> {
        let strangers = self.arrivals.all().filter(|arrival| arrival.step.is_none());
        strangers.map(steps::side_event).collect()
    }
}
