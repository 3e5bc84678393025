//! What brings events to the endpoint: devtool itself ([`super::local`]), or Stripe.

use std::future::Future;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::plan::Plan;
use super::reach::Unreachable;
use super::result::{Sent, StepResult, StoryResult, StripeStep, StripeStory};
use super::step_call::StepCall;
use crate::api::{ApiCall, CausedEvent, WebhookDestination};
use crate::delivery::Attempt;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::history::Receipt;
use crate::protocol::ApiFault;
use crate::scenario::Expectation;

/// How often it is looked for events whose calls wait for them.
pub(super) const CAUSED_INTERVAL: Duration = Duration::from_millis(10);

/// Brings the events of a run to the endpoint. Which, when and how many at once is the runner's to say;
/// what came back is the runner's to judge. Clones share what they know.
pub(crate) trait Transport: Clone + Send + 'static {
    /// Brings one event, and returns what was sent and what came back.
    fn bring(self, outgoing: Outgoing, waits: Waits) -> impl Future<Output = Exchange> + Send;

    /// Before the first event: connects to where it goes. Returns why nothing can be sent, where that is so.
    fn begin(&self, _plans: &[Plan]) -> impl Future<Output = Option<Unreachable>> + Send {
        std::future::ready(None)
    }

    /// After a story's last step: adds what only came to light since.
    ///
    /// # Errors
    /// It cannot be found out.
    fn settle(
        &self,
        _story: usize,
        _steps: &mut [StepResult],
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// After the last story: what is to be said besides of the run, and why that is not all.
    fn finish(&self) -> impl Future<Output = (Option<StripeStory>, Option<Error>)> + Send {
        std::future::ready((None, None))
    }

    /// The events that calls of the local API have caused meanwhile.
    fn caused(&self) -> impl Future<Output = Vec<CausedEvent>> + Send {
        std::future::ready(Vec::new())
    }

    /// One of these is not delivered.
    fn give_up(&self, _caused: &CausedEvent) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Why events may not go to a webhook endpoint of the local API's; `None` where they may.
    fn refusal(
        &self,
        _webhook: &WebhookDestination,
    ) -> impl Future<Output = Option<String>> + Send {
        std::future::ready(None)
    }

    /// Whether those calls wait for them.
    fn delivers_at_once(&self) -> bool {
        false
    }

    /// At the end: tells the events what was asked of the local API for them after their delivery, and returns what
    /// was asked for none; `None` where that is not known.
    fn calls_outside(
        &self,
        _stories: &mut [StoryResult],
    ) -> impl Future<Output = Option<Vec<ApiCall>>> + Send {
        std::future::ready(None)
    }
}

/// An event that is to be brought.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// Its story's place in the run, from 0.
    pub(crate) story: usize,
    /// Its place in its story, from 0.
    pub(crate) index: usize,
    /// The event; through Stripe only its type counts.
    pub(crate) event: Event,
    /// An answer that is expected is not asked for again.
    pub(crate) expect: Expectation,
    /// What happens meanwhile to calls of the local API.
    pub(crate) api_faults: Vec<ApiFault>,
    /// The webhook endpoint of the local API's that it goes to; none for the plan's own.
    pub(crate) webhook: Option<WebhookDestination>,
}

/// What was sent and what came back.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// The id of the event that the endpoint got, where it is not the one that went out.
    pub(crate) event_id: Option<String>,
    /// Where the event went, where that is not where the plan says.
    pub(crate) endpoint: Option<String>,
    /// As many as attempts.
    pub(crate) sent: Vec<Sent>,
    pub(crate) attempts: Vec<Attempt>,
    /// Its place in the history.
    pub(crate) receipt: Receipt,
    /// What the app asked the local API meanwhile, where that is known.
    pub(crate) api_calls: Option<Vec<StepCall>>,
    /// Why there is no attempt, where there is none.
    pub(crate) unsent: Option<Unsent>,
    /// How the event came through Stripe.
    pub(crate) stripe: Option<StripeStep>,
}

/// Why an event has no answer.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// The run was interrupted.
    Interrupted,
    /// It was caused, and did not come.
    Missing(String),
    /// It could not be caused, or nothing is known of its answer.
    Failed(String),
    /// It could not be caused, and neither can any other.
    Broken(Error),
}

/// What a run waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// The endpoint has to answer.
    Answer,
    /// What causes the event has to end.
    Trigger,
    /// The same, for so long that the Stripe CLI is most likely checking for updates.
    VersionCheck,
    /// The event has to come, and to be answered.
    Event,
}

/// Where a transport says what it waits for.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    index: usize,
    sender: UnboundedSender<(usize, Awaited)>,
}

impl Waits {
    pub(super) const fn new(index: usize, sender: UnboundedSender<(usize, Awaited)>) -> Self {
        Self { index, sender }
    }

    /// The event waits for this from now on.
    pub(crate) fn on(&self, what: Awaited) {
        // The runner listens as long as an event is under way.
        let _ = self.sender.send((self.index, what));
    }
}
