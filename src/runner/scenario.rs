//! Tells stories to an endpoint: sends their events in order and collects what it returned.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::courier::{Courier, Delivered};
use super::expectation::{keep, mismatches};
use super::job::OnFailure;
use super::plan::{Parcel, Plan};
use super::recorder::Recorder;
use super::result::{CheckResult, Mismatch, RunResult, StepResult, StoryResult, Verdict};
use super::{Observer, Progress};
use crate::delivery::probe::{self, Findings};
use crate::delivery::{Attempt, NoAnswer, Outcome, diagnosis};
use crate::error::{Error, Result};
use crate::protocol::Clock;
use crate::scenario::{Check, Values};

/// How long to wait before looking at the app again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Tells the stories one after the other, each to its endpoint. Cancelling ends the run
/// after what is done so far; an answer that is under way is not waited for.
///
/// # Errors
/// The endpoint is on another machine and that is not allowed; nothing was sent then.
pub async fn run(
    plans: &[Plan],
    clock: Clock,
    cancel: &CancellationToken,
    recorder: &Recorder,
    observer: &mut dyn Observer,
) -> Result<RunResult> {
    let first = plans.first().ok_or_else(|| Error::Bug { what: "a run of nothing".to_owned() })?;
    let courier = Courier::new(first, clock, cancel, recorder).await?;
    if plans.iter().any(|plan| !plan.job.scenario.checks.is_empty()) {
        courier.allow_looks()?;
    }
    let mut teller = Teller {
        courier,
        cancel,
        observer,
        findings: BTreeMap::new(),
        probing: Duration::ZERO,
        is_stopped: false,
    };
    let (started_at, start) = (clock.now(), Instant::now());
    teller.observer.on(Progress::Started { plans });
    let mut stories = Vec::with_capacity(plans.len());
    let mut endpoint = &first.job.endpoint;
    for plan in plans {
        if plan.job.endpoint != *endpoint {
            endpoint = &plan.job.endpoint;
            teller.courier = Courier::new(plan, clock, cancel, recorder).await?;
            teller.findings.clear();
        }
        let story = teller.tell(plan).await;
        teller.observer.on(Progress::Told { story: &story, plan });
        stories.push(story);
    }
    let duration = start.elapsed().saturating_sub(teller.probing);
    Ok(RunResult { started_at, duration, stories, was_interrupted: cancel.is_cancelled() })
}

struct Teller<'r> {
    courier: Courier,
    cancel: &'r CancellationToken,
    observer: &'r mut dyn Observer,
    /// One look per kind of failure is enough.
    findings: BTreeMap<NoAnswer, Findings>,
    /// How long those looks took: no part of the deliveries.
    probing: Duration,
    /// Whether a failure ended the run.
    is_stopped: bool,
}

/// A story that is being told.
struct Telling<'p> {
    plan: &'p Plan,
    values: Values,
    steps: Vec<StepResult>,
    under_way: JoinSet<(usize, Delivered)>,
}

impl Teller<'_> {
    async fn tell(&mut self, plan: &Plan) -> StoryResult {
        let (start, probing) = (Instant::now(), self.probing);
        let steps = plan.parcels.iter().enumerate().map(|(i, parcel)| not_sent(i, *parcel, plan));
        let steps = steps.collect();
        let under_way = JoinSet::new();
        let mut telling = Telling { plan, values: plan.values.clone(), steps, under_way };
        for (index, parcel) in plan.parcels.iter().enumerate() {
            let room = if plan.needs_answers(*parcel) { 1 } else { plan.job.traffic.concurrency };
            self.collect(&mut telling, room).await;
            self.send(&mut telling, index, *parcel).await;
        }
        self.collect(&mut telling, 1).await;
        let mut checks = Vec::with_capacity(plan.job.scenario.checks.len());
        for (index, check) in plan.job.scenario.checks.iter().enumerate() {
            let check = self.check(index, check, &telling.values).await;
            self.observer.on(Progress::Checked { check: &check, plan });
            checks.push(check);
        }
        let duration = start.elapsed().saturating_sub(self.probing.saturating_sub(probing));
        StoryResult {
            duration,
            steps: telling.steps,
            checks,
            strangers: Vec::new(),
            cleaned: Vec::new(),
        }
    }

    fn is_over(&self) -> bool {
        self.is_stopped || self.cancel.is_cancelled()
    }

    /// Sends what a parcel holds on its way, without waiting for the answer.
    async fn send(&mut self, telling: &mut Telling<'_>, index: usize, parcel: Parcel) {
        let plan = telling.plan;
        let step = plan.step(parcel);
        if self.is_over() || !self.courier.wait(step.delay).await {
            return self.observer.on(Progress::Sent { step: &telling.steps[index], plan });
        }
        match plan.event(parcel, &telling.values) {
            Ok(event) => {
                self.observer.on(Progress::Sending { index, plan });
                let courier = self.courier.clone();
                let expect = step.expect.clone();
                telling
                    .under_way
                    .spawn(async move { (index, courier.deliver(event, expect).await) });
            }
            Err(fault) => {
                let result = &mut telling.steps[index];
                result.verdict = Verdict::Fail;
                result.hint = Some(fault);
                self.observer.on(Progress::Sent { step: result, plan });
            }
        }
    }

    /// Waits until fewer deliveries than `room` are under way.
    async fn collect(&mut self, telling: &mut Telling<'_>, room: usize) {
        while telling.under_way.len() >= room {
            // A delivery neither panics nor is aborted.
            let Some(Ok((index, delivered))) = telling.under_way.join_next().await else { return };
            let plan = telling.plan;
            let step = self.result(delivered, index, telling).await;
            let is_failure = step.verdict != Verdict::Pass;
            self.is_stopped |= is_failure && plan.job.on_failure == OnFailure::Stop;
            self.observer.on(Progress::Sent { step: &step, plan });
            telling.steps[index] = step;
        }
    }

    /// What a delivery comes to.
    async fn result(
        &mut self,
        delivered: Delivered,
        index: usize,
        telling: &mut Telling<'_>,
    ) -> StepResult {
        let Delivered { sent, attempts } = delivered;
        let plan = telling.plan;
        let step = plan.step(plan.parcels[index]);
        let Some(last) = attempts.last() else { return telling.steps[index].clone() };
        let mut found = mismatches(&step.expect, last, &telling.values);
        let response = last.outcome.response();
        if let Some(response) = response {
            found.extend(keep(&step.save, response, &mut telling.values));
        }
        let is_taken = response.is_some_and(|response| step.expect.takes(response.status));
        let verdict = verdict_of(is_taken, &found);
        let looking = Instant::now();
        let hint = if verdict == Verdict::Pass || self.cancel.is_cancelled() {
            None
        } else {
            self.hint(plan, last).await
        };
        self.probing += looking.elapsed();
        let unsent = telling.steps[index].clone();
        StepResult { verdict, sent, attempts, hint, mismatches: found, ..unsent }
    }

    async fn hint(&mut self, plan: &Plan, attempt: &Attempt) -> Option<String> {
        let endpoint = &plan.job.endpoint;
        let findings = match &attempt.outcome {
            Outcome::Response(_) => Findings::default(),
            Outcome::None { why, .. } => self.look(plan, *why).await,
        };
        diagnosis::hint(endpoint, &attempt.outcome, &findings)
    }

    async fn look(&mut self, plan: &Plan, why: NoAnswer) -> Findings {
        if let Some(known) = self.findings.get(&why) {
            return known.clone();
        }
        let found = probe::look(&plan.job.endpoint, why).await;
        self.findings.insert(why, found.clone());
        found
    }

    /// Looks at the app until it is as expected, or the time for that is up.
    async fn check(&mut self, index: usize, check: &Check, values: &Values) -> CheckResult {
        let path = values.fill(&check.path);
        let shown = path.clone().unwrap_or_else(|_| check.path.clone());
        let unlooked = CheckResult {
            index: index + 1,
            path: shown,
            verdict: Verdict::Skipped,
            attempt: None,
            mismatches: Vec::new(),
        };
        let path = match path {
            Ok(path) if !self.is_over() => path,
            Ok(_) => return unlooked,
            Err(name) => {
                let missing = Mismatch {
                    what: "path".to_owned(),
                    expected: check.path.clone(),
                    found: format!("no answer gave the value {name}"),
                };
                return CheckResult {
                    verdict: Verdict::Fail,
                    mismatches: vec![missing],
                    ..unlooked
                };
            }
        };
        let start = Instant::now();
        loop {
            let attempt = self.courier.look(&path).await;
            let mut found = mismatches(&check.expect, &attempt, values);
            let response = attempt.outcome.response();
            let is_taken = response.is_some_and(|response| check.expect.takes(response.status));
            if let (Some(response), false, true) = (response, is_taken, found.is_empty()) {
                let found_status = response.status.to_string();
                let (what, expected) = ("status".to_owned(), "2xx".to_owned());
                found.push(Mismatch { what, expected, found: found_status });
            }
            let verdict = verdict_of(is_taken, &found);
            let is_last = verdict == Verdict::Pass || start.elapsed() >= check.within;
            if is_last || !self.courier.wait(LOOK_AGAIN).await {
                return CheckResult {
                    verdict,
                    attempt: Some(attempt),
                    mismatches: found,
                    ..unlooked
                };
            }
        }
    }
}

fn verdict_of(is_taken: bool, mismatches: &[Mismatch]) -> Verdict {
    if is_taken && mismatches.is_empty() { Verdict::Pass } else { Verdict::Fail }
}

/// The result of a step as long as nothing is sent.
fn not_sent(index: usize, parcel: Parcel, plan: &Plan) -> StepResult {
    let event = &plan.events[parcel.step];
    StepResult {
        event_id: event.id.clone(),
        is_copy: parcel.is_copy,
        ..StepResult::not_sent(index, &event.name)
    }
}
