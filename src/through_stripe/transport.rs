//! Brings events through Stripe, one at a time.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::arrivals::{Arrival, Arrivals};
use super::attribution::Attributor;
use super::triggers::{self, StepTrigger, TriggerKind};
use super::{cleanup, steps};
use crate::error::{Error, Kind, Result};
use crate::history::{Reader, Storage};
use crate::protocol::{Clock, Moment};
use crate::runner::{
    Awaited, Exchange, Outgoing, Plan, StepResult, StripeStory, Transport, Unsent, Waits, drained,
};
use crate::stripe_cli::{Stripe, trigger};

/// How long an event is waited for after its trigger has ended, by default.
pub(crate) const DEFAULT_WAIT: Duration = Duration::from_secs(30);
/// How often the history is polled while something is waited for.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// When nothing has come for so long after the last step, side events are not waited for any more.
const QUIET: Duration = Duration::from_millis(50);
/// How long they are waited for at most.
const LONGEST_QUIET: Duration = Duration::from_secs(1);

/// All that a run through Stripe needs besides its plans.
#[derive(Debug)]
pub(crate) struct StripeRun {
    /// The Stripe CLI, logged in.
    pub stripe: Stripe,
    /// The file of the history of the listen for the endpoint.
    pub history: PathBuf,
    /// How long to wait for an event after its trigger has ended.
    pub wait: Duration,
    /// Whether what was created stays.
    pub cleanup: Cleanup,
    /// Marks what this run creates; no other run has the same.
    pub mark: String,
    /// Tells the time.
    pub clock: Clock,
}

/// What becomes of what a run creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cleanup {
    /// It stays.
    Keep,
    /// It is deleted, canceled or archived, where Stripe lets one (`--cleanup`).
    Delete,
}

/// Causes each event at Stripe and waits until the endpoint has answered it.
#[derive(Clone)]
pub(crate) struct StripeTransport(Arc<Mutex<State>>);

struct State {
    run: StripeRun,
    cancel: CancellationToken,
    /// For each plan, what causes each of its events.
    triggers: Vec<Vec<StepTrigger>>,
    arrivals: Arrivals,
    attributor: Attributor,
    /// The numbers of the steps that have begun, by story and index.
    numbers: HashMap<(usize, usize), usize>,
    /// Whether Stripe can be asked for nothing more.
    is_broken: bool,
}

/// A step that is under way.
struct StepRun {
    trigger: StepTrigger,
    /// Its number among all steps that have begun, by which its events are known.
    number: usize,
    began: Moment,
}

/// How causing an event ended.
enum Caused {
    Done,
    /// Stripe refuses the call: the account is not able to do it.
    Refused(Error),
    Interrupted,
}

impl StripeTransport {
    /// A transport for these plans, in which nothing may be in Stripe's way.
    ///
    /// # Errors
    /// Something is; the history of the listen cannot be read.
    pub(crate) fn new(plans: &[Plan], run: StripeRun, cancel: &CancellationToken) -> Result<Self> {
        let mut all = Vec::with_capacity(plans.len());
        for plan in plans {
            let (triggers, obstacles) = triggers::of(plan)?;
            if let Some(obstacle) = obstacles.into_iter().next() {
                return Err(obstacle.into_error());
            }
            all.push(triggers);
        }
        let started_at = run.clock.now();
        let reader = Reader::open(&Storage::named(run.history.clone()))?;
        Ok(Self(Arc::new(Mutex::new(State {
            run,
            cancel: cancel.clone(),
            triggers: all,
            arrivals: Arrivals::new(reader, started_at),
            attributor: Attributor::default(),
            numbers: HashMap::new(),
            is_broken: false,
        }))))
    }
}

impl Transport for StripeTransport {
    async fn bring(self, outgoing: Outgoing, waits: Waits) -> Exchange {
        let mut state = self.0.lock().await;
        let step = state.begin(&outgoing);
        match state.bring(&step, &waits).await {
            Ok(exchange) => exchange,
            Err(error) => {
                state.is_broken = true;
                Exchange { unsent: Some(Unsent::Broken(error)), ..Exchange::default() }
            }
        }
    }

    async fn settle(&self, story: usize, results: &mut [StepResult]) -> Result<()> {
        let mut state = self.0.lock().await;
        if state.numbers.is_empty() {
            return Ok(());
        }
        state.until_quiet().await?;
        for result in results {
            if let Some(number) = state.numbers.get(&(story, result.index - 1)) {
                steps::add_late_events(result, *number, &state.arrivals);
            }
        }
        Ok(())
    }

    async fn finish(&self) -> (Option<StripeStory>, Option<Error>) {
        let mut state = self.0.lock().await;
        let unrelated = state.arrivals.all().filter(|arrival| arrival.step.is_none());
        let unrelated_events = unrelated.map(steps::side_event).collect();
        let (mut cleanup, mut error) = (Vec::new(), None);
        if state.run.cleanup == Cleanup::Delete && !state.is_broken {
            let objects = cleanup::last_states(&state.arrivals);
            let State { run, cancel, .. } = &mut *state;
            (cleanup, error) = cleanup::run(&run.stripe, objects, cancel).await;
        }
        (Some(StripeStory { unrelated_events, cleanup }), error)
    }
}

impl State {
    fn begin(&mut self, outgoing: &Outgoing) -> StepRun {
        let began = self.run.clock.now();
        let trigger = self.triggers[outgoing.story][outgoing.index].clone();
        let mark = trigger.takes_mark().then(|| self.mark(self.attributor.count()));
        let number = self.attributor.begin(&trigger.event, mark, began.seconds());
        self.numbers.insert((outgoing.story, outgoing.index), number);
        StepRun { trigger, number, began }
    }

    fn mark(&self, number: usize) -> String {
        format!("{}-{}", self.run.mark, number + 1)
    }

    async fn bring(&mut self, step: &StepRun, waits: &Waits) -> Result<Exchange> {
        let cancel = self.cancel.clone();
        let brought = drained(self.cause_and_await(step, waits), &cancel).await;
        let caused = brought.unwrap_or(Ok(Caused::Interrupted))?;
        Ok(self.exchange(step, &caused))
    }

    async fn cause_and_await(&mut self, step: &StepRun, waits: &Waits) -> Result<Caused> {
        let caused = self.cause(step, waits).await?;
        if let Caused::Done = caused {
            self.until_answered(step, waits).await?;
        }
        Ok(caused)
    }

    /// Runs what causes the event, and says so where it takes long.
    async fn cause(&mut self, step: &StepRun, waits: &Waits) -> Result<Caused> {
        // That it has a place for all of them was found out before.
        let arguments = step.trigger.arguments(&self.mark(step.number)).unwrap_or_default();
        let stripe = &self.run.stripe;
        let trigger = async {
            match &step.trigger.kind {
                TriggerKind::Trigger(name, _) => stripe.trigger(name, &arguments).await,
                TriggerKind::Fixture(_, fixture) => stripe.fixture(&fixture.text, &arguments).await,
            }
        };
        let mut causing = std::pin::pin!(trigger);
        waits.on(Awaited::Trigger);
        let mut is_slow = false;
        let outcome = loop {
            tokio::select! {
                biased;
                outcome = &mut causing => break outcome,
                () = sleep(trigger::USUAL), if !is_slow => {
                    is_slow = true;
                    waits.on(Awaited::VersionCheck);
                }
            }
        };
        match outcome {
            Ok(()) => Ok(Caused::Done),
            Err(error) if error.kind() == Kind::StripeRefused => Ok(Caused::Refused(error)),
            Err(error) => Err(error),
        }
    }

    /// Waits until the step's own event was answered, or the time for it is up.
    async fn until_answered(&mut self, step: &StepRun, waits: &Waits) -> Result<()> {
        waits.on(Awaited::Event);
        let deadline = Instant::now() + self.run.wait;
        loop {
            self.arrivals.poll(&mut self.attributor)?;
            let own = self.arrivals.of_step(step.number, &step.trigger.event);
            let is_answered = own.is_some_and(Arrival::is_concluded);
            if is_answered || Instant::now() >= deadline {
                return Ok(());
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Waits until nothing more seems to come.
    async fn until_quiet(&mut self) -> Result<()> {
        let (start, mut last) = (Instant::now(), Instant::now());
        let mut known = self.arrivals.concluded();
        while last.elapsed() < QUIET && start.elapsed() < LONGEST_QUIET {
            sleep(POLL_INTERVAL).await;
            self.arrivals.poll(&mut self.attributor)?;
            let now = self.arrivals.concluded();
            if now != known {
                (known, last) = (now, Instant::now());
            }
        }
        Ok(())
    }

    fn exchange(&self, step: &StepRun, caused: &Caused) -> Exchange {
        let (number, trigger) = (step.number, &step.trigger);
        let own = self.arrivals.of_step(number, &trigger.event);
        let exchange = match (caused, own) {
            (Caused::Refused(error), _) => steps::refused(error),
            (_, Some(own)) => steps::arrived(own),
            (Caused::Done, None) if !self.cancel.is_cancelled() => {
                steps::missing(trigger, self.run.wait, &self.arrivals.types_of(number))
            }
            _ => Exchange { unsent: Some(Unsent::Interrupted), ..Exchange::default() },
        };
        let details = steps::details(number, trigger, &self.arrivals, step.began);
        Exchange { stripe: Some(details), ..exchange }
    }
}
