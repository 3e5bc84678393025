//! The transport that is devtool itself: signs each event and posts it to the endpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::api_calls::ApiCalls;
use super::plan::Plan;
use super::reach::Unreachable;
use super::recorder::Recorder;
use super::result::{Sent, StoryResult};
use super::step_call::StepCall;
use super::target::{Target, Targets, drained, interrupted, wait};
use super::transport::{Exchange, Outgoing, Transport, Unsent, Waits};
use super::webhooks::WebhookTargets;
use crate::api::{ApiCall, ApiLink, CausedEvent, EventAnswer, WebhookDestination};
use crate::delivery::{Attempt, Request};
use crate::error::Result;
use crate::event::Event;
use crate::history::{History, Receipt, RecordedStory};
use crate::protocol::Clock;
use crate::scenario::Expectation;

/// How long to wait before it is looked again whether an app is there.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Delivers to the plans' endpoints; several at once, where the runner wants that.
#[derive(Clone)]
pub(crate) struct LocalTransport(Arc<Sender>);

#[derive(Clone)]
struct Sender {
    /// One for each plan.
    targets: Vec<Arc<Targets>>,
    /// What the history keeps of each plan's story.
    stories: Vec<Option<RecordedStory>>,
    clock: Clock,
    cancel: CancellationToken,
    /// Whether it was found out that somebody is there.
    is_begun: Arc<AtomicBool>,
    recorder: Recorder,
    /// What the app asks meanwhile, where it can.
    api_calls: Option<ApiCalls>,
    /// Where else the events of calls go.
    webhooks: Option<WebhookTargets>,
}

/// An event, and its story where the history keeps that.
type OfStory<'a> = (&'a Event, Option<&'a RecordedStory>);

impl LocalTransport {
    /// A transport to the endpoints of these plans.
    ///
    /// # Errors
    /// One is on another machine and that is not allowed.
    pub(crate) async fn new(
        plans: &[Plan],
        (clock, cancel): (Clock, &CancellationToken),
        recorder: &Recorder,
        api: Option<ApiLink>,
    ) -> Result<Self> {
        let targets = Targets::all(plans, cancel).await?;
        let (cancel, recorder) = (cancel.clone(), recorder.clone());
        let api_calls = api.map(ApiCalls::new);
        let is_begun = Arc::default();
        let stories = plans.iter().map(|plan| plan.recorded_story.clone()).collect();
        let job = plans.first().map(|plan| &plan.job);
        let webhooks = job.map(WebhookTargets::new);
        let sender =
            Sender { targets, stories, clock, cancel, is_begun, recorder, api_calls, webhooks };
        Ok(Self(Arc::new(sender)))
    }

    /// The same, whose deliveries are not recorded: those that only look for why a run failed.
    pub(crate) fn unrecorded(&self) -> Self {
        let mut sender = (*self.0).clone();
        sender.recorder.history = History::none();
        Self(Arc::new(sender))
    }

    /// Delivers an event: once, and again by the schedule while it is not accepted.
    pub(crate) async fn carry(self, outgoing: Outgoing) -> Exchange {
        let Outgoing { story, event, expect, api_faults, webhook, .. } = outgoing;
        let sender = &self.0;
        let of_webhook = match &webhook {
            None => None,
            Some(webhook) => match sender.webhook(webhook).await {
                Ok(target) => Some(target),
                Err(why) => {
                    return Exchange { unsent: Some(Unsent::Failed(why)), ..Exchange::default() };
                }
            },
        };
        let own = || sender.targets[story].of_event(&event.name);
        let target = of_webhook.as_deref().unwrap_or_else(own);
        let event = (&event, sender.stories[story].as_ref());
        let Some(calls) = &sender.api_calls else {
            return sender.deliver(target, event, &expect).await;
        };
        calls.hamper(api_faults).await;
        let exchange = sender.deliver(target, event, &expect).await;
        // What is asked after it is no part of the step, such as while a check is made.
        calls.hamper(Vec::new()).await;
        exchange
    }
}

impl Transport for LocalTransport {
    /// Opens the connection that the first event takes. What is to be sent again until it is accepted may as well find
    /// nobody at first.
    async fn begin(&self, plans: &[Plan]) -> Option<Unreachable> {
        let job = &plans.first()?.job;
        if job.retry.retries() > 0 && job.wait_for_app.is_zero() {
            return None;
        }
        if plans.iter().all(|plan| plan.sendings.is_empty()) {
            return None;
        }
        if self.0.is_begun.swap(true, Ordering::Relaxed) {
            return None;
        }
        let start = Instant::now();
        loop {
            let unreachable = self.0.connect(plans).await?;
            if start.elapsed() >= job.wait_for_app {
                return Some(unreachable);
            }
            // Whoever interrupts it has nothing sent.
            if !wait(POLL_INTERVAL, &self.0.cancel).await {
                return None;
            }
        }
    }

    /// Delivers an event: once, and again by the schedule while it is not accepted.
    async fn bring(self, outgoing: Outgoing, _waits: Waits) -> Exchange {
        self.carry(outgoing).await
    }

    async fn give_up(&self, caused: &CausedEvent) {
        if let Some(calls) = &self.0.api_calls {
            calls.give_up(caused).await;
        }
    }

    async fn caused(&self) -> Vec<CausedEvent> {
        match &self.0.api_calls {
            Some(calls) => calls.caused().await,
            None => Vec::new(),
        }
    }

    async fn refusal(&self, webhook: &WebhookDestination) -> Option<String> {
        self.0.webhook(webhook).await.err()
    }

    fn delivers_at_once(&self) -> bool {
        self.0.api_calls.as_ref().is_some_and(ApiCalls::wait_for_events)
    }

    async fn calls_outside(&self, stories: &mut [StoryResult]) -> Option<Vec<ApiCall>> {
        self.0.api_calls.as_ref()?.finish(stories).await
    }
}

impl Sender {
    /// The target of a webhook endpoint.
    ///
    /// # Errors
    /// Events may not go there.
    async fn webhook(
        &self,
        webhook: &WebhookDestination,
    ) -> std::result::Result<Arc<Target>, String> {
        match &self.webhooks {
            Some(known) => known.find(webhook, &self.cancel).await,
            None => Err("nothing is sent by this run".to_owned()),
        }
    }

    /// Connects to the endpoint of the first event; where that is not there, to that of another.
    async fn connect(&self, plans: &[Plan]) -> Option<Unreachable> {
        let mut unreachable = None;
        for (story, event, target) in self.destinations(plans) {
            let outcome = target.client.prepare().await?;
            let (event, endpoint) = (event.to_owned(), target.endpoint.clone());
            unreachable.get_or_insert(Unreachable { story, event, endpoint, outcome });
        }
        unreachable
    }

    /// Every endpoint once, with the first event that goes there and its story.
    fn destinations<'p>(&self, plans: &'p [Plan]) -> Vec<(usize, &'p str, &Target)> {
        let mut all: Vec<(usize, &str, &Target)> = Vec::new();
        for (story, plan) in plans.iter().enumerate() {
            for sending in &plan.sendings {
                let event = plan.events[sending.step].name.as_str();
                let target = self.targets[story].of_event(event);
                if all.iter().all(|(.., known)| known.endpoint != target.endpoint) {
                    all.push((story, event, target));
                }
            }
        }
        all
    }

    /// All attempts of an event.
    async fn deliver(&self, target: &Target, event: OfStory<'_>, expect: &Expectation) -> Exchange {
        let mut exchange = Exchange { api_calls: Some(Vec::new()), ..Exchange::default() };
        let mut receipt = None;
        loop {
            let (sent, attempt, calls) = self.attempt(target, event, &mut receipt).await;
            // Those of all attempts, or nothing that would pass for all.
            exchange.api_calls =
                exchange.api_calls.zip(calls).map(|(all, more)| [all, more].concat());
            exchange.receipt.clone_from(receipt.get_or_insert_default());
            let status = attempt.outcome.response().map(|response| response.status);
            let is_fine =
                attempt.outcome.is_accepted() || status.is_some_and(|s| expect.accepts(s));
            let stale = exchange.attempts.iter().filter(|earlier| earlier.is_stale).count();
            let pause = if attempt.is_stale {
                // No failure of the app's, which may close a connection between two events.
                Some(Duration::ZERO)
            } else {
                target.retry.wait(exchange.attempts.len() - stale)
            };
            exchange.sent.push(sent);
            exchange.attempts.push(attempt);
            let (false, Some(pause)) = (is_fine, pause) else { return exchange };
            if !wait(pause, &self.cancel).await {
                return exchange;
            }
        }
    }

    /// One attempt, signed at its own moment, and what the app asked meanwhile.
    async fn attempt(
        &self,
        target: &Target,
        (event, story): OfStory<'_>,
        receipt: &mut Option<Receipt>,
    ) -> (Sent, Attempt, Option<Vec<StepCall>>) {
        let at = self.clock.now();
        let request = Request::new(event, &target.secret, at, &target.headers);
        if receipt.is_none() {
            let event = (event, story);
            let receipt_of = self.recorder.sending(event, &request, &target.endpoint, at).await;
            *receipt = Some(receipt_of);
        }
        let delivery = match &self.api_calls {
            Some(calls) => calls.begin(event).await,
            None => None,
        };
        let start = Instant::now();
        let attempt = drained(target.client.send(&request), &self.cancel).await;
        // One that was cut short says nothing of the endpoint.
        let has_ended = attempt.is_some();
        let attempt = attempt.unwrap_or_else(|| interrupted(start.elapsed()));
        let calls = match &self.api_calls {
            Some(calls) => {
                let is_accepted = attempt.outcome.is_accepted();
                let second = self.clock.now().seconds();
                let answer = has_ended.then_some(EventAnswer { is_accepted, second });
                calls.end(delivery, answer).await
            }
            None => None,
        };
        if let Some(receipt) = receipt {
            self.recorder.sent(receipt, (at, &attempt), calls.as_deref()).await;
        }
        (Sent { at, request }, attempt, calls)
    }
}
