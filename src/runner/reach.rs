//! Before anything is sent: whether anybody is there to take it.

use super::plan::{Origin, Plan};
use super::result::{Ended, RunResult, StoryResult};
use super::{Observer, Progress};
use crate::delivery::probe;
use crate::delivery::{
    Circumstances, Diagnosis, Endpoint, EndpointOrigin, NoAnswer, Outcome, diagnosis,
};
use crate::error::{Error, Kind};
use crate::protocol::Clock;

/// Nothing can be sent: none of a run's endpoints takes a connection.
#[derive(Debug)]
pub(crate) struct Unreachable {
    /// The plan of the first event, from 0.
    pub(crate) story: usize,
    /// The event's type.
    pub(crate) event: String,
    /// Where it was to go.
    pub(crate) endpoint: Endpoint,
    /// Why it cannot.
    pub(crate) outcome: Outcome,
}

impl Unreachable {
    /// What that most likely means.
    pub(super) async fn diagnosis(&self, plans: &[Plan]) -> Diagnosis {
        let Self { story, event, endpoint, outcome } = self;
        let why = if let Outcome::None { why, .. } = outcome { *why } else { NoAnswer::Refused };
        let findings = probe::findings(endpoint, why).await;
        let circumstances = Circumstances { findings: Some(&findings), ..Circumstances::default() };
        let found = diagnosis::diagnose(endpoint, outcome, circumstances);
        let plan = &plans[*story];
        let for_command = |found: Diagnosis| {
            found.for_command(&plan.job.command, event, (endpoint, origin(plan, endpoint)))
        };
        let none =
            || Diagnosis::new("connection.refused", "nothing listens there", "start your app");
        found.map_or_else(none, for_command)
    }
}

/// Who said that the events of a plan go to an endpoint.
pub(super) fn origin(plan: &Plan, endpoint: &Endpoint) -> EndpointOrigin {
    match plan.origin {
        _ if *endpoint != plan.job.endpoint => EndpointOrigin::Route,
        Origin::Recorded => EndpointOrigin::History,
        Origin::Made | Origin::Given => EndpointOrigin::Options,
    }
}

/// The run of plans that was interrupted before anything was sent.
pub(crate) fn not_begun(plans: &[Plan], clock: Clock, observer: &mut dyn Observer) -> Ended {
    let result = RunResult::not_begun(plans, clock.now());
    observer.on(Progress::Started { plans });
    for (plan, story) in plans.iter().zip(&result.stories) {
        for step in &story.steps {
            observer.on(Progress::Sent { step, plan });
        }
        for check in &story.checks {
            observer.on(Progress::Checked { check });
        }
        observer.on(Progress::Finished { story, plan });
    }
    Ended { result, error: None }
}

/// The run of plans of which nothing can be sent.
pub(super) fn not_sent(plans: &[Plan], clock: Clock, why: &Diagnosis) -> Ended {
    let mut result =
        RunResult { was_interrupted: false, ..RunResult::not_begun(plans, clock.now()) };
    mark(&mut result.stories, why);
    Ended { result, error: Some(error(why)) }
}

/// Says of every event that was not sent why it was not.
pub(super) fn mark(stories: &mut [StoryResult], why: &Diagnosis) {
    for step in stories.iter_mut().flat_map(|story| &mut story.steps) {
        if step.attempts.is_empty() {
            (step.hint, step.diagnosis) = (Some(why.hint()), Some(why.clone()));
        }
    }
}

/// The same as what ends a command.
pub(super) fn error(why: &Diagnosis) -> Error {
    Error::new(Kind::NoEndpoint, why.cause.clone()).hinted(why.way_out())
}
