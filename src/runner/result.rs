//! What a run found.

use std::time::Duration;

use super::check_result::{CheckResult, looks};
use super::explore::result::Smallest;
use super::mismatch::{Mismatch, Verdict};
use super::plan::Plan;
use super::step_call::StepCall;
use crate::api::{ApiCall, CausedEvent, CausingCall, WebhookDestination};
use crate::delivery::{Attempt, Diagnosis, Endpoint, Outcome, Remark, Request, Response};
use crate::error::{Error, Exit};
use crate::history::{DeliveryId, Receipt};
use crate::protocol::Moment;

/// How many calls of the API for one event are not worth a word.
const MANY_CALLS: usize = 5;

/// What came of a whole run.
#[derive(Debug)]
pub(crate) struct RunResult {
    /// When it began.
    pub started_at: Moment,
    /// How long it took.
    pub duration: Duration,
    /// One per plan, in the order of the run.
    pub stories: Vec<StoryResult>,
    /// What the app asked the local API for none of the events; `None` where there was no API.
    pub api_calls_outside: Option<Vec<ApiCall>>,
    /// The smallest sequence that fails as the run did, where it was looked for.
    pub smallest: Option<Smallest>,
    /// Whether Ctrl-C ended it.
    pub was_interrupted: bool,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ended {
    /// What was found, also where the run could not go on.
    pub result: RunResult,
    /// Why it could not: Stripe refuses the key, or cannot be reached.
    pub error: Option<Error>,
}

/// What came of one story.
#[derive(Debug)]
pub(crate) struct StoryResult {
    /// How long it took.
    pub duration: Duration,
    /// One per delivery, in the order of sending.
    pub steps: Vec<StepResult>,
    /// One per check.
    pub checks: Vec<CheckResult>,
    /// What is to be said besides, where it came through Stripe.
    pub stripe: Option<StripeStory>,
}

/// What is to be said of a run through Stripe besides its steps. Its last story has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StripeStory {
    /// Events that came meanwhile and belong to no step.
    pub unrelated_events: Vec<SideEvent>,
    /// What was deleted, canceled or archived in the end.
    pub cleanup: Vec<CleanupResult>,
}

/// An object that was to be deleted, canceled or archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CleanupResult {
    /// Its id.
    pub object_id: String,
    /// Why Stripe does not let it go; `None` where it is gone.
    pub error: Option<String>,
}

/// What came of one event.
#[derive(Clone, Debug)]
pub(crate) struct StepResult {
    /// Its place, from 1.
    pub index: usize,
    /// The event's type.
    pub event: String,
    /// The event's id.
    pub event_id: String,
    /// Whether the same event was sent before.
    pub is_copy: bool,
    /// Where it goes, as it may be shown.
    pub endpoint: String,
    /// What it comes to.
    pub verdict: Verdict,
    /// What was sent, once for each attempt.
    pub sent: Vec<Sent>,
    /// What was tried; empty where nothing was sent.
    pub attempts: Vec<Attempt>,
    /// What the outcome most likely means, and the way out.
    pub hint: Option<String>,
    /// The same in parts, where it is an answer's or a missing one's.
    pub diagnosis: Option<Diagnosis>,
    /// What is not as the scenario expects it.
    pub mismatches: Vec<Mismatch>,
    /// Its place in the history, whose number is there once that is written.
    pub receipt: Receipt,
    /// What the app asked the local API for it; `None` where there was no API.
    pub api_calls: Option<Vec<StepCall>>,
    /// How it came through Stripe, where it did.
    pub stripe: Option<StripeStep>,
    /// The call of the local API that caused it, where it is no step of the scenario.
    pub caused_by: Option<CausingCall>,
    /// The webhook endpoint of the local API's that it went to, where that is not the plan's own.
    pub webhook: Option<WebhookDestination>,
}

impl StepResult {
    /// The result of a step as long as nothing is sent; its place counts from 0.
    pub(crate) fn not_sent(index: usize, plan: &Plan) -> Self {
        let sending = plan.sendings[index];
        let event = &plan.events[sending.step];
        let id = if plan.way.makes_ids() { String::new() } else { event.id.clone() };
        let api_calls = plan.job.api.is_asked().then(Vec::new);
        Self {
            is_copy: sending.is_copy,
            api_calls,
            ..Self::pending(index, (&event.name, id), plan)
        }
    }

    /// The result of an event that a call has caused, as long as it is not sent; its place counts from 0.
    pub(super) fn caused(index: usize, event: &CausedEvent, plan: &Plan) -> Self {
        let pending = Self::pending(index, (&event.name, event.id.clone()), plan);
        let of_webhook = event.webhook.as_ref().and_then(|to| Endpoint::read(&to.url).ok());
        Self {
            api_calls: Some(Vec::new()),
            caused_by: Some(event.cause.clone()),
            endpoint: of_webhook.map_or(pending.endpoint, |endpoint| endpoint.to_string()),
            webhook: event.webhook.clone(),
            ..pending
        }
    }

    fn pending(index: usize, (name, id): (&str, String), plan: &Plan) -> Self {
        Self {
            index: index + 1,
            event: name.to_owned(),
            event_id: id,
            is_copy: false,
            endpoint: plan.job.endpoint_of(name).to_string(),
            verdict: Verdict::Skipped,
            sent: Vec::new(),
            attempts: Vec::new(),
            hint: None,
            diagnosis: None,
            mismatches: Vec::new(),
            receipt: Receipt::default(),
            api_calls: None,
            stripe: None,
            caused_by: None,
            webhook: None,
        }
    }

    /// The delivery's number in the history; `None` where it was not recorded.
    pub(crate) fn delivery(&self) -> Option<DeliveryId> {
        self.receipt.id()
    }

    /// The last attempt's outcome: the one that counts.
    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.attempts.last().map(|attempt| &attempt.outcome)
    }

    /// What is to be said of it besides its answers' statuses.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = Remark> {
        let answers = self.attempts.iter().filter_map(|attempt| attempt.outcome.response());
        answers.flat_map(Response::remarks).chain(self.many_calls())
    }

    /// Each call takes its time, while Stripe waits for the answer, and counts against a limit.
    fn many_calls(&self) -> Option<Remark> {
        let certain = self.api_calls.iter().flatten().filter(|call| call.is_certain()).count();
        (certain > MANY_CALLS).then(|| Remark {
            code: "many_api_calls",
            message: format!(
                "more than {MANY_CALLS} calls of the Stripe API: at Stripe, each takes its time and \
                 counts against the rate limit"
            ),
        })
    }

    /// The events that came along with it through Stripe.
    pub(crate) fn side_events(&self) -> impl Iterator<Item = &SideEvent> {
        self.stripe.iter().flat_map(|stripe| &stripe.side_events)
    }
}

/// How an event came through Stripe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StripeStep {
    /// What was run to cause it: `stripe trigger invoice.paid`.
    pub command: String,
    /// From the start of that until the event was here.
    pub trigger_to_delivery: Option<Duration>,
    /// The objects that it created, as far as events tell, in their order.
    pub created_objects: Vec<String>,
    /// What else it caused.
    pub side_events: Vec<SideEvent>,
}

/// An event that came along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SideEvent {
    /// Its type.
    pub event: String,
    /// Its id.
    pub event_id: String,
    /// The word of the last attempt's outcome; `open` while there is none.
    pub outcome: String,
    /// The last answer's status.
    pub status: Option<u16>,
    /// How long the last attempt took.
    pub latency: Option<Duration>,
    /// Whether it came only after its step had ended.
    pub is_late: bool,
}

impl SideEvent {
    /// Whether the endpoint accepted it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// A request, and when it went out.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// When.
    pub at: Moment,
    /// The request.
    pub request: Request,
}

/// How many steps came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// All of them.
    pub steps: usize,
    /// A 2xx answer.
    pub accepted: usize,
    /// Another answer.
    pub rejected: usize,
    /// No answer.
    pub failed: usize,
    /// Through Stripe: caused, and did not come.
    pub missing: usize,
    /// Not sent.
    pub skipped: usize,
    /// As the scenario expects it.
    pub passed: usize,
    /// Checks of the app.
    pub checks: usize,
    /// Those that found what was expected.
    pub passed_checks: usize,
}

impl Totals {
    /// How many steps came to what.
    pub(crate) fn of(stories: &[StoryResult]) -> Self {
        let steps = stories.iter().flat_map(|story| &story.steps);
        let checks: Vec<&CheckResult> = stories.iter().flat_map(|story| &story.checks).collect();
        let passed_checks = checks.iter().filter(|check| check.verdict == Verdict::Pass).count();
        let mut totals = Self { checks: checks.len(), passed_checks, ..Self::default() };
        for step in steps {
            totals.steps += 1;
            totals.passed += usize::from(step.verdict == Verdict::Pass);
            let count = match step.outcome() {
                None if step.verdict == Verdict::Missing => &mut totals.missing,
                None => &mut totals.skipped,
                Some(Outcome::None { .. }) => &mut totals.failed,
                Some(outcome) if outcome.is_accepted() => &mut totals.accepted,
                Some(_) => &mut totals.rejected,
            };
            *count += 1;
        }
        totals
    }

    /// Pass where everything is as expected.
    pub(crate) fn verdict(&self) -> Verdict {
        let all = self.passed == self.steps && self.passed_checks == self.checks;
        if all { Verdict::Pass } else { Verdict::Fail }
    }
}

impl StoryResult {
    /// The result of a story as long as nothing is sent.
    pub(super) fn not_begun(plan: &Plan) -> Self {
        let checks = looks(&plan.job.scenario).into_iter();
        Self {
            duration: Duration::ZERO,
            steps: (0..plan.sendings.len()).map(|at| StepResult::not_sent(at, plan)).collect(),
            checks: checks.map(|look| CheckResult::skipped(look, &plan.values)).collect(),
            stripe: None,
        }
    }

    /// How many steps came to what.
    pub(crate) fn totals(&self) -> Totals {
        Totals::of(std::slice::from_ref(self))
    }
}

impl RunResult {
    /// The result of a run that was interrupted before anything was sent.
    pub(crate) fn not_begun(plans: &[Plan], started_at: Moment) -> Self {
        let stories = plans.iter().map(StoryResult::not_begun).collect();
        Self {
            started_at,
            duration: Duration::ZERO,
            stories,
            api_calls_outside: None,
            smallest: None,
            was_interrupted: true,
        }
    }

    /// The result of a replay that had nothing to send.
    pub(crate) const fn of_nothing(started_at: Moment) -> Self {
        Self {
            started_at,
            duration: Duration::ZERO,
            stories: Vec::new(),
            api_calls_outside: None,
            smallest: None,
            was_interrupted: false,
        }
    }

    /// How many steps came to what.
    pub(crate) fn totals(&self) -> Totals {
        Totals::of(&self.stories)
    }

    /// Pass where everything is as expected.
    pub(crate) fn verdict(&self) -> Verdict {
        self.totals().verdict()
    }

    /// The exit code that this result ends the command with.
    pub(crate) fn exit(&self) -> Exit {
        let totals = self.totals();
        if self.was_interrupted {
            Exit::Interrupted
        } else if totals.verdict() == Verdict::Pass {
            Exit::Done
        } else if totals.failed > 0 && totals.accepted + totals.rejected == 0 {
            Exit::Unreachable
        } else {
            Exit::Fail
        }
    }
}
