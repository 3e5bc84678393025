//! The one loop that runs stories: brings their events in order by a transport, and judges the answers.

mod caused;
mod diagnosing;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::check::Checker;
use super::check_result::{CheckResult, CheckStage, looks};
use super::expectation::{keep, mismatches};
use super::expected_calls;
use super::job::{OnFailure, SideEvents};
use super::mismatch::Verdict;
use super::plan::{Plan, Sending};
use super::reach;
use super::result::{Ended, RunResult, StepResult, StoryResult};
use super::target::wait;
use super::transport::{Awaited, CAUSED_INTERVAL, Exchange, Outgoing, Transport, Unsent, Waits};
use super::{Observer, Progress};
use crate::delivery::probe::Findings;
use crate::delivery::{Diagnosis, NoAnswer};
use crate::error::{Error, Result};
use crate::protocol::Clock;
use crate::scenario::{Expectation, Values};

/// Runs the stories one after the other. Cancelling ends the run after what is under way, which has
/// [`DRAIN`](super::target::DRAIN) for that. Where the transport can bring nothing more, the step fails and those
/// after it are skipped.
///
/// # Errors
/// A scenario has checks, and its app is on another machine; nothing was sent then.
pub(crate) async fn run<T: Transport>(
    plans: &[Plan],
    transport: T,
    (clock, cancel): (Clock, &CancellationToken),
    observer: &mut dyn Observer,
) -> Result<Ended> {
    let checkers = Checker::all(plans, cancel).await?;
    let (waits, awaited) = unbounded_channel();
    let mut runner = Runner {
        plans,
        transport,
        cancel,
        observer,
        checkers,
        waits,
        awaited,
        findings: BTreeMap::new(),
        probing: Duration::ZERO,
        is_draining: false,
        is_stopped: false,
        is_reached: false,
        unreachable: None,
        error: None,
        caused: 0,
        refused: BTreeSet::new(),
    };
    // A setup may be what starts the app.
    let is_set_up_first = plans.iter().any(|plan| plan.job.scenario.around.setup.is_some());
    if !is_set_up_first && let Some(why) = runner.reach().await {
        return Ok(reach::not_sent(plans, clock, &why));
    }
    let (started_at, start) = (clock.now(), Instant::now());
    runner.observer.on(Progress::Started { plans });
    let mut stories = Vec::with_capacity(plans.len());
    for (number, plan) in plans.iter().enumerate() {
        let story = runner.story(number, plan).await;
        runner.observer.on(Progress::Finished { story: &story, plan });
        stories.push(story);
    }
    runner.finish(&mut stories).await;
    if let Some(why) = &runner.unreachable {
        reach::mark(&mut stories, why);
    }
    let is_asked = plans.iter().any(|plan| plan.job.api.is_asked());
    let api_calls_outside =
        if is_asked { runner.transport.calls_outside(&mut stories).await } else { None };
    let duration = start.elapsed().saturating_sub(runner.probing);
    let was_interrupted = cancel.is_cancelled();
    let smallest = None;
    let result =
        RunResult { started_at, duration, stories, api_calls_outside, smallest, was_interrupted };
    Ok(Ended { result, error: runner.error })
}

struct Runner<'r, T> {
    plans: &'r [Plan],
    transport: T,
    cancel: &'r CancellationToken,
    observer: &'r mut dyn Observer,
    /// One for each plan, where there are checks at all.
    checkers: Vec<Checker<'r>>,
    waits: UnboundedSender<(usize, Awaited)>,
    awaited: UnboundedReceiver<(usize, Awaited)>,
    /// One probe per kind of failure is enough.
    findings: BTreeMap<(String, NoAnswer), Findings>,
    /// How long those probes took: no part of the deliveries.
    probing: Duration,
    /// Whether it was said that the run ends with what is under way.
    is_draining: bool,
    /// Whether a failure ended the run.
    is_stopped: bool,
    /// Whether it was found out that somebody is there.
    is_reached: bool,
    /// Why nothing could be sent.
    unreachable: Option<Diagnosis>,
    /// What ended it, where that is not a step's own failure.
    error: Option<Error>,
    /// How many events were delivered that calls of the local API have caused.
    caused: usize,
    /// Webhook endpoints of which it was said that events do not go there.
    refused: BTreeSet<String>,
}

/// A story that is under way.
struct StoryRun<'p> {
    /// Its place in the run, from 0.
    number: usize,
    plan: &'p Plan,
    values: Values,
    steps: Vec<StepResult>,
    under_way: JoinSet<(usize, Exchange)>,
}

impl<T: Transport> Runner<'_, T> {
    async fn story(&mut self, number: usize, plan: &Plan) -> StoryResult {
        let (start, probing) = (Instant::now(), self.probing);
        let StoryResult { steps, mut checks, .. } = StoryResult::not_begun(plan);
        let (values, under_way) = (plan.values.clone(), JoinSet::new());
        let mut story = StoryRun { number, plan, values, steps, under_way };
        let is_set_up = self.checks(CheckStage::Setup, &mut checks, &story).await;
        let is_reached = is_set_up && self.is_reached_now().await;
        if is_reached {
            self.send_all(&mut story).await;
        }
        self.settle(&mut story).await;
        if is_set_up {
            self.checks(CheckStage::Check, &mut checks, &story).await;
            self.deliver_caused(&mut story, 1).await;
        }
        self.checks(CheckStage::Teardown, &mut checks, &story).await;
        let duration = start.elapsed().saturating_sub(self.probing.saturating_sub(probing));
        StoryResult { duration, steps: story.steps, checks, stripe: None }
    }

    async fn send_all(&mut self, story: &mut StoryRun<'_>) {
        let plan = story.plan;
        for (index, sending) in plan.sendings.iter().enumerate() {
            let is_alone = plan.is_alone(*sending);
            let waits = is_alone || plan.needs_answers(*sending);
            let room = if waits { 1 } else { plan.job.traffic.concurrency };
            self.collect(story, room).await;
            self.deliver_caused(story, room).await;
            self.send(story, index, *sending).await;
            if is_alone {
                self.collect(story, 1).await;
            }
        }
        self.collect(story, 1).await;
        self.deliver_caused(story, 1).await;
    }

    /// Connects, before the first event; why nothing can be sent, where that is so.
    async fn reach(&mut self) -> Option<Diagnosis> {
        self.is_reached = true;
        if self.plans.first().is_some_and(|plan| !plan.job.wait_for_app.is_zero()) {
            self.observer.on(Progress::Reaching { plans: self.plans });
        }
        let unreachable = self.transport.begin(self.plans).await?;
        Some(unreachable.diagnosis(self.plans).await)
    }

    /// The same after a setup, where nothing was tried before.
    async fn is_reached_now(&mut self) -> bool {
        if self.is_reached || self.is_over() {
            return true;
        }
        self.unreachable = self.reach().await;
        self.error = self.unreachable.as_ref().map(reach::error);
        self.is_stopped = self.error.is_some();
        !self.is_stopped
    }

    fn is_over(&self) -> bool {
        self.is_stopped || self.cancel.is_cancelled()
    }

    /// Lets an event be brought, without waiting for the answer.
    async fn send(&mut self, story: &mut StoryRun<'_>, index: usize, sending: Sending) {
        let (plan, number) = (story.plan, story.number);
        let step = plan.step(sending);
        if self.is_over() || !wait(step.delay, self.cancel).await {
            return self.observer.on(Progress::Sent { step: &story.steps[index], plan });
        }
        match plan.event(sending, &story.values) {
            Ok(event) => {
                self.observer.on(Progress::Waiting { index, plan, what: Awaited::Answer });
                let expect = step.expect.clone();
                let api_faults = plan.api_faults(sending).to_vec();
                let webhook = None;
                let outgoing =
                    Outgoing { story: number, index, event, expect, api_faults, webhook };
                let waits = Waits::new(index, self.waits.clone());
                let transport = self.transport.clone();
                story
                    .under_way
                    .spawn(async move { (index, transport.bring(outgoing, waits).await) });
            }
            Err(error) => {
                let result = &mut story.steps[index];
                result.verdict = Verdict::Fail;
                result.hint = Some(error);
                self.observer.on(Progress::Sent { step: result, plan });
            }
        }
    }

    /// Waits until fewer events than `room` are under way.
    async fn collect(&mut self, story: &mut StoryRun<'_>, room: usize) {
        let plan = story.plan;
        let is_awaited = self.transport.delivers_at_once();
        while story.under_way.len() >= room {
            let (index, exchange) = tokio::select! {
                biased;
                () = self.cancel.cancelled(), if !self.is_draining => {
                    self.is_draining = true;
                    self.observer.on(Progress::Draining);
                    continue;
                }
                Some((index, what)) = self.awaited.recv() => {
                    self.observer.on(Progress::Waiting { index, plan, what });
                    continue;
                }
                () = tokio::time::sleep(CAUSED_INTERVAL), if is_awaited => {
                    self.deliver_awaited(story).await;
                    continue;
                }
                // No task panics or is aborted.
                Some(Ok(brought)) = story.under_way.join_next() => brought,
                else => return,
            };
            let step = self.result(exchange, index, story).await;
            let is_failure = step.verdict != Verdict::Pass;
            self.is_stopped |= is_failure && plan.job.on_failure == OnFailure::Stop;
            self.observer.on(Progress::Sent { step: &step, plan });
            story.steps[index] = step;
        }
    }

    /// What an exchange comes to.
    async fn result(
        &mut self,
        exchange: Exchange,
        index: usize,
        story: &mut StoryRun<'_>,
    ) -> StepResult {
        let Exchange { event_id, endpoint, sent, attempts, receipt, api_calls, unsent, stripe } =
            exchange;
        let api_calls = api_calls.filter(|_| story.plan.job.api.is_asked());
        let known = story.steps[index].clone();
        let mut step = StepResult { sent, attempts, receipt, api_calls, stripe, ..known };
        step.event_id = event_id.unwrap_or(step.event_id);
        step.endpoint = endpoint.unwrap_or(step.endpoint);
        match unsent {
            None => self.judge(&mut step, story).await,
            Some(Unsent::Interrupted) => {}
            Some(Unsent::Missing(hint)) => {
                (step.verdict, step.hint) = (Verdict::Missing, Some(hint));
            }
            Some(Unsent::Failed(hint)) => (step.verdict, step.hint) = (Verdict::Fail, Some(hint)),
            Some(Unsent::Broken(error)) => {
                (step.verdict, step.hint) = (Verdict::Fail, Some(error.with_cause()));
                (self.is_stopped, self.error) = (true, Some(error));
            }
        }
        judge_side_events(&mut step, story.plan);
        step
    }

    /// Holds the last answer against what the scenario expects, and keeps what it saves.
    async fn judge(&mut self, step: &mut StepResult, story: &mut StoryRun<'_>) {
        let plan = story.plan;
        // Of what a call has caused, nothing is said: any 2xx is fine.
        let nothing = Expectation::default();
        let wanted = plan.sendings.get(step.index - 1).map(|sending| plan.step(*sending));
        let (expect, save) =
            wanted.map_or((&nothing, &[][..]), |step| (&step.expect, step.save.as_slice()));
        let Some(last) = step.attempts.last() else { return };
        step.mismatches = mismatches(expect, last, &story.values);
        let response = last.outcome.response();
        if let Some(response) = response {
            let calls = step.api_calls.as_deref();
            let calls = expected_calls::mismatches(expect, calls, &story.values);
            step.mismatches.extend(calls);
            step.mismatches.extend(keep(save, response, &mut story.values));
        }
        let is_expected = response.is_some_and(|response| expect.accepts(response.status));
        step.verdict = Verdict::of(is_expected, &step.mismatches);
        if step.verdict != Verdict::Pass && !self.cancel.is_cancelled() {
            let start = Instant::now();
            step.diagnosis = self.diagnose(step, story).await;
            step.hint = step.diagnosis.as_ref().map(Diagnosis::hint);
            self.probing += start.elapsed();
        }
    }

    /// Adds what only came to light after the last step.
    async fn settle(&mut self, story: &mut StoryRun<'_>) {
        let settled = self.transport.settle(story.number, &mut story.steps).await;
        self.error = self.error.take().or(settled.err());
        for step in &mut story.steps {
            judge_side_events(step, story.plan);
        }
    }

    /// Makes the looks of a stage; whether all found what they should.
    async fn checks(
        &mut self,
        stage: CheckStage,
        checks: &mut [CheckResult],
        story: &StoryRun<'_>,
    ) -> bool {
        let looks = looks(&story.plan.job.scenario);
        let own = checks.iter_mut().zip(looks).filter(|(check, _)| check.stage == stage);
        let mut is_fine = true;
        for (check, (.., wanted)) in own {
            let known = check.clone();
            *check = match self.checkers.get(story.number) {
                Some(checker) if stage == CheckStage::Teardown => {
                    checker.tear_down(known, wanted, &story.values).await
                }
                Some(checker) if !self.is_over() => {
                    checker.check(known, wanted, &story.values).await
                }
                _ => known,
            };
            is_fine &= check.verdict == Verdict::Pass;
            self.observer.on(Progress::Checked { check });
        }
        is_fine
    }

    /// Adds what is to be said of the whole run, to its last story.
    async fn finish(&mut self, stories: &mut [StoryResult]) {
        let (stripe, error) = self.transport.finish().await;
        if let Some(last) = stories.last_mut() {
            last.stripe = stripe;
        }
        self.error = self.error.take().or(error);
    }
}

/// Where they count, what came along has to be accepted, too.
fn judge_side_events(step: &mut StepResult, plan: &Plan) {
    if plan.job.side_events == SideEvents::Shown || step.verdict != Verdict::Pass {
        return;
    }
    let rejected = step.side_events().find(|side| !side.is_accepted());
    let hint = rejected.map(|side| format!("side-effect event {} was rejected", side.event));
    let hint = hint.or_else(|| step.remarks().next().map(|remark| remark.message));
    if hint.is_some() {
        (step.verdict, step.hint) = (Verdict::Fail, hint);
    }
}
