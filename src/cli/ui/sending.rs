//! Sends events while the full screen is up, and records them as any run does.

use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use tokio_util::sync::CancellationToken;

use crate::cli::context::Context;
use crate::cli::endpoint_options::EndpointOptions;
use crate::cli::traffic_options::TrafficOptions;
use crate::error::{Error, Result};
use crate::history::{History, Record, Session, Storage, Via};
use crate::inspector::{ActionResult, ScreenUpdate};
use crate::protocol::Clock;
use crate::report;
use crate::runner::replay::{self, Destination, Timestamp};
use crate::runner::{
    self, Ended, Job, LocalTransport, Plan, Recorder, RunResult, Silent, StepResult, Verdict,
};
use crate::scenario::{Scenario, library};
use crate::text::duration;
use crate::text::redaction::Redactor;

/// Where events go, and who is told what came of them.
pub(crate) struct EventSender {
    place: Storage,
    endpoint: EndpointOptions,
    tell: Sender<ScreenUpdate>,
    cancel: CancellationToken,
    threads: Vec<JoinHandle<()>>,
}

/// A run that is to be made.
struct Run {
    plans: Vec<Plan>,
    command: &'static str,
    via: Via,
    /// What is sent, for a reader.
    what: String,
}

/// What a run needs besides.
struct Around {
    place: Storage,
    clock: Clock,
    redactor: Redactor,
    cancel: CancellationToken,
}

impl EventSender {
    pub(crate) fn new(
        (place, endpoint): (Storage, EndpointOptions),
        tell: Sender<ScreenUpdate>,
        cancel: CancellationToken,
    ) -> Self {
        Self { place, endpoint, tell, cancel, threads: Vec::new() }
    }

    /// Sends a recorded event again, to where it went, or to the endpoint of the command line.
    pub(crate) fn replay(&mut self, record: Record, context: &mut Context) -> Result<ActionResult> {
        let what = format!("#{} {}", record.entry.id.0, record.entry.event);
        let is_given = self.endpoint.is_given();
        let target = if is_given { Destination::Job } else { Destination::Recorded };
        let job = self.job(Scenario::of_recorded(std::iter::empty()), context)?;
        let plans = replay::plans(&job, vec![record], target, Timestamp::Fresh)?;
        self.send(Run { plans, command: "replay", via: Via::Replay, what }, context)
    }

    /// Sends an event of that type.
    pub(super) fn trigger(&mut self, event: &str, context: &mut Context) -> Result<ActionResult> {
        let job = self.job(Scenario::of_one(event, None), context)?;
        let plans = vec![Plan::new(job, context.clock.now())?];
        let what = event.to_owned();
        self.send(Run { plans, command: "trigger", via: Via::Local, what }, context)
    }

    /// Sends a scenario of that name, or those of a file or a pattern.
    pub(super) fn scenario(&mut self, name: String, context: &mut Context) -> Result<ActionResult> {
        let directory = context.environment.working_directory.clone();
        let scenarios = library::find_all(std::slice::from_ref(&name), &directory)?;
        let job = self.job(Scenario::of_recorded(std::iter::empty()), context)?;
        let jobs = TrafficOptions::default().jobs(&job, &scenarios)?;
        let plans = Plan::all(jobs, context.clock.now())?;
        self.send(Run { plans, command: "scenario", via: Via::Local, what: name }, context)
    }

    /// The secret of the command line.
    pub(super) fn secret(&self) -> Option<&str> {
        self.endpoint.secret()
    }

    fn job(&self, scenario: Scenario, context: &mut Context) -> Result<Job> {
        let job = self.endpoint.clone().job(scenario, context)?;
        Ok(Job { history: Some(self.place.clone()), ..job })
    }

    fn send(&mut self, run: Run, context: &Context) -> Result<ActionResult> {
        let said = ActionResult::UnderWay(format!("sending {}", run.what));
        let around = Around {
            place: self.place.clone(),
            clock: context.clock,
            redactor: context.out.redactor.clone(),
            cancel: self.cancel.clone(),
        };
        let tell = self.tell.clone();
        let runtime = Context::runtime()?;
        let thread = std::thread::Builder::new().name("sending".to_owned()).spawn(move || {
            let outcome = runtime.block_on(around.run(run));
            let outcome =
                outcome.unwrap_or_else(|error| ActionResult::Bad(error.with_root_cause()));
            let _ = tell.send(ScreenUpdate::Said(outcome));
        });
        self.threads.retain(|thread| !thread.is_finished());
        self.threads.push(thread.map_err(Error::bug)?);
        Ok(said)
    }

    /// Waits for what is under way, which has its time.
    pub(crate) fn end(self) {
        self.cancel.cancel();
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

impl Around {
    async fn run(self, run: Run) -> Result<ActionResult> {
        let Run { plans, command, via, what } = run;
        let started_at = self.clock.now();
        let session = Session { command: command.to_owned(), name: None, started_at };
        let history = History::open(self.place, session, self.clock, self.redactor)?.history;
        let recorder = Recorder { history, via };
        let at = (self.clock, &self.cancel);
        let transport = LocalTransport::new(&plans, at, &recorder, None).await;
        let ended = match transport {
            Ok(transport) => runner::run(&plans, transport, at, &mut Silent).await,
            Err(error) => Err(error),
        };
        recorder.history.end().await;
        let Ended { result, error } = ended?;
        match error {
            Some(error) => Err(error),
            None => Ok(outcome(&result, &what)),
        }
    }
}

/// What a run came to.
fn outcome(result: &RunResult, what: &str) -> ActionResult {
    let steps: Vec<&StepResult> = result.stories.iter().flat_map(|story| &story.steps).collect();
    match steps.as_slice() {
        [] => ActionResult::Bad(format!("{what}: nothing was sent")),
        [step] => outcome_of_one(step, what),
        _ => {
            let text = format!("{what}: {}", report::text::outcome(result));
            match result.verdict() {
                Verdict::Pass => ActionResult::Good(text),
                _ => ActionResult::Bad(text),
            }
        }
    }
}

/// What one event came to: `invoice.paid: 200 in 2.1 ms`.
fn outcome_of_one(step: &StepResult, what: &str) -> ActionResult {
    let came_to = match step.attempts.last() {
        None => "not sent".to_owned(),
        Some(last) => {
            let status = last.outcome.response().map(|response| response.status.to_string());
            let status = status.unwrap_or_else(|| last.outcome.word().to_owned());
            format!("{status} in {}", duration::short(last.latency))
        }
    };
    let text = format!("{what}: {came_to}");
    match (step.verdict, &step.diagnosis) {
        (Verdict::Pass, _) => ActionResult::Good(text),
        (_, Some(found)) => ActionResult::Bad(format!("{text}: {}", found.cause)),
        (_, None) => ActionResult::Bad(text),
    }
}
