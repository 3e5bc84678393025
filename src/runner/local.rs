//! The transport that is devtool itself: signs each event and posts it to the endpoint.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::api_calls::ApiCalls;
use super::plan::Plan;
use super::recorder::Recorder;
use super::result::{Sent, StoryResult};
use super::step_call::StepCall;
use super::target::{Target, Targets, drained, interrupted, wait};
use super::transport::{Exchange, Outgoing, Transport, Waits};
use crate::api::{ApiCall, ApiLink};
use crate::delivery::{Attempt, Request};
use crate::error::Result;
use crate::event::Event;
use crate::history::{History, Receipt};
use crate::protocol::Clock;
use crate::scenario::Expectation;

/// Delivers to the plans' endpoints; several at once, where the runner wants that.
#[derive(Clone)]
pub(crate) struct LocalTransport(Arc<Sender>);

#[derive(Clone)]
struct Sender {
    /// One for each plan.
    targets: Vec<Arc<Targets>>,
    clock: Clock,
    cancel: CancellationToken,
    recorder: Recorder,
    /// What the app asks meanwhile, where it can.
    api_calls: Option<ApiCalls>,
}

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
        Ok(Self(Arc::new(Sender { targets, clock, cancel, recorder, api_calls })))
    }

    /// The same, whose deliveries are not recorded: those that only look for why a run failed.
    pub(crate) fn unrecorded(&self) -> Self {
        let mut sender = (*self.0).clone();
        sender.recorder.history = History::none();
        Self(Arc::new(sender))
    }
}

impl Transport for LocalTransport {
    /// Delivers an event: once, and again by the schedule while it is not accepted.
    async fn bring(self, outgoing: Outgoing, _waits: Waits) -> Exchange {
        let Outgoing { story, event, expect, api_faults, .. } = outgoing;
        let sender = &self.0;
        let target = sender.targets[story].of_event(&event.name);
        let Some(calls) = &sender.api_calls else {
            return sender.deliver(target, &event, &expect).await;
        };
        calls.hamper(api_faults).await;
        let exchange = sender.deliver(target, &event, &expect).await;
        // What is asked after it is no part of the step, such as while a check is made.
        calls.hamper(Vec::new()).await;
        exchange
    }

    async fn calls_outside(&self, stories: &mut [StoryResult]) -> Option<Vec<ApiCall>> {
        self.0.api_calls.as_ref()?.finish(stories).await
    }
}

impl Sender {
    /// All attempts of an event.
    async fn deliver(&self, target: &Target, event: &Event, expect: &Expectation) -> Exchange {
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
        event: &Event,
        receipt: &mut Option<Receipt>,
    ) -> (Sent, Attempt, Option<Vec<StepCall>>) {
        let at = self.clock.now();
        let request = Request::new(event, &target.secret, at, &target.headers);
        if receipt.is_none() {
            let receipt_of = self.recorder.sending(event, &request, &target.endpoint, at).await;
            *receipt = Some(receipt_of);
        }
        let delivery = match &self.api_calls {
            Some(calls) => calls.begin(event).await,
            None => None,
        };
        let start = Instant::now();
        let attempt = drained(target.client.send(&request), &self.cancel).await;
        let attempt = attempt.unwrap_or_else(|| interrupted(start.elapsed()));
        let calls = match &self.api_calls {
            Some(calls) => calls.end(delivery).await,
            None => None,
        };
        if let Some(receipt) = receipt {
            self.recorder.sent(receipt, at, &attempt).await;
        }
        (Sent { at, request }, attempt, calls)
    }
}
