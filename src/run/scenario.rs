//! Sends a plan's events one after the other and collects what the endpoint returned.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::plan::{OnFailure, Plan};
use super::recorder::Recorder;
use super::result::{RunResult, StepResult, Verdict};
use super::{Observer, Progress};
use crate::delivery::probe::{self, Findings};
use crate::delivery::{Attempt, Client, NoAnswer, Outcome, Request, diagnosis};
use crate::error::Result;
use crate::event::{Clock, Event};
use crate::history::Receipt;

/// Sends the events in order; each has its answer, or no answer, before the next goes out.
/// Cancelling ends it after what is done so far; an answer that is under way is not waited for.
///
/// # Errors
/// The endpoint is on another machine and that is not allowed; nothing was sent then.
pub async fn run(
    plan: &Plan,
    clock: Clock,
    cancel: &CancellationToken,
    recorder: &Recorder,
    observer: &mut dyn Observer,
) -> Result<RunResult> {
    let job = &plan.job;
    let addresses = tokio::select! {
        biased;
        () = cancel.cancelled() => Err("interrupted".to_owned()),
        addresses = job.endpoint.resolve(job.hosts) => addresses?,
    };
    let client = Client::new(&job.endpoint, &addresses, job.timeout, job.certificates)?;
    let mut sender = Sender {
        plan,
        clock,
        client,
        recorder,
        findings: BTreeMap::new(),
        probing: Duration::ZERO,
    };
    let (started_at, start) = (clock.now(), Instant::now());
    observer.on(Progress::Started(plan));
    let mut steps: Vec<StepResult> = Vec::with_capacity(plan.events.len());
    for (index, event) in plan.events.iter().enumerate() {
        let step = if cancel.is_cancelled() || stops(plan, steps.last()) {
            skipped(index, event)
        } else {
            observer.on(Progress::Sending { index, plan });
            sender.deliver(index, event, cancel).await
        };
        observer.on(Progress::Sent { step: &step, plan });
        steps.push(step);
    }
    let duration = start.elapsed().saturating_sub(sender.probing);
    Ok(RunResult { started_at, duration, steps, was_interrupted: cancel.is_cancelled() })
}

/// Whether the step before ends the run.
fn stops(plan: &Plan, last: Option<&StepResult>) -> bool {
    plan.job.on_failure == OnFailure::Stop
        && last.is_some_and(|step| step.verdict() != Verdict::Pass)
}

fn skipped(index: usize, event: &Event) -> StepResult {
    StepResult {
        index: index + 1,
        event: event.name.clone(),
        event_id: event.id.clone(),
        attempts: Vec::new(),
        hint: None,
    }
}

/// The attempt whose answer Ctrl-C cut off: the event is out, and the app may well have it.
fn interrupted(latency: Duration) -> Attempt {
    let error = "interrupted before the answer came; the app may have the event".to_owned();
    Attempt { outcome: Outcome::None { why: NoAnswer::Closed, error }, latency }
}

struct Sender<'p> {
    plan: &'p Plan,
    clock: Clock,
    client: Client,
    recorder: &'p Recorder,
    /// One look per kind of failure is enough.
    findings: BTreeMap<NoAnswer, Findings>,
    /// How long those looks took: no part of the deliveries.
    probing: Duration,
}

impl Sender<'_> {
    async fn deliver(
        &mut self,
        index: usize,
        event: &Event,
        cancel: &CancellationToken,
    ) -> StepResult {
        let mut attempts = Vec::new();
        let mut receipt = None;
        loop {
            let attempt = self.attempt(event, &mut receipt, cancel).await;
            let is_accepted = attempt.outcome.is_accepted();
            let wait = self.plan.job.retry.wait(attempts.len());
            attempts.push(attempt);
            let (false, Some(wait)) = (is_accepted, wait) else { break };
            tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        let looking = Instant::now();
        let hint = match attempts.last() {
            Some(last) if !cancel.is_cancelled() => self.hint(last).await,
            _ => None,
        };
        self.probing += looking.elapsed();
        StepResult { attempts, hint, ..skipped(index, event) }
    }

    /// One attempt, signed at its own moment.
    async fn attempt(
        &self,
        event: &Event,
        receipt: &mut Option<Receipt>,
        cancel: &CancellationToken,
    ) -> Attempt {
        let job = &self.plan.job;
        let at = self.clock.now();
        let request = Request::new(event, &job.secret.secret, at, &job.headers);
        if receipt.is_none() {
            *receipt = Some(self.recorder.sending(event, &request, &job.endpoint, at).await);
        }
        let start = Instant::now();
        let attempt = tokio::select! {
            biased;
            () = cancel.cancelled() => interrupted(start.elapsed()),
            attempt = self.client.send(&request) => attempt,
        };
        if let Some(receipt) = receipt {
            self.recorder.sent(receipt, at, &attempt).await;
        }
        attempt
    }

    async fn hint(&mut self, attempt: &Attempt) -> Option<String> {
        let endpoint = &self.plan.job.endpoint;
        let findings = match &attempt.outcome {
            Outcome::Response(_) => Findings::default(),
            Outcome::None { why, .. } => self.look(*why).await,
        };
        diagnosis::hint(endpoint, &attempt.outcome, &findings)
    }

    async fn look(&mut self, why: NoAnswer) -> Findings {
        if let Some(known) = self.findings.get(&why) {
            return known.clone();
        }
        let found = probe::look(&self.plan.job.endpoint, why).await;
        self.findings.insert(why, found.clone());
        found
    }
}
