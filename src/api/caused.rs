//! Events that calls have caused, on their way to whoever delivers them. The API itself sends nothing: a link that
//! receives them takes them, and tells of each delivery as of any other.

use serde::{Deserialize, Serialize};

use super::sent::SentEvent;
use super::webhook_destination::WebhookDestination;

/// How many events may lead to one that is delivered, each by a call that was made while the one before was delivered:
/// a handler may answer each with a call that causes the next. Runs have a bound of their own.
pub(crate) const MOST_CHAIN: u32 = 10;

/// When the events of a call are delivered. Stripe promises neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventRelease {
    /// After the call was answered.
    #[default]
    After,
    /// The answer waits for them.
    Before,
}

/// Which events of calls a link takes, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventTaking {
    /// All, while it delivers something.
    WhileDelivering,
    /// All, at any time.
    Always,
    /// Those for webhook endpoints, at any time: the others come by another way.
    ForWebhooks,
}

/// The call that caused an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CausingCall {
    /// `POST`
    pub method: String,
    /// Its path, without the query; credentials in it are struck out.
    pub path: String,
    /// `req_…`
    pub request: String,
}

/// An event that a call has caused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CausedEvent {
    /// `evt_…`
    pub id: String,
    /// Its type.
    pub name: String,
    /// What is sent, byte by byte.
    pub body: String,
    /// The call.
    pub cause: CausingCall,
    /// How many events led to it, each by a call that was made while the one before was delivered.
    pub chain: u32,
    /// The webhook endpoint of the API's that it goes to; none for the endpoint of whoever delivers it.
    #[serde(default)]
    pub webhook: Option<WebhookDestination>,
}

/// An event that a call has caused, and the webhook endpoints that it goes to besides.
#[derive(Clone, Debug)]
pub(super) struct WrittenEvent {
    pub(super) event: SentEvent,
    pub(super) webhooks: Vec<WebhookDestination>,
    /// Whether it goes to webhook endpoints alone.
    pub(super) is_for_webhooks: bool,
}

impl CausedEvent {
    fn new(event: &SentEvent, cause: &CausingCall) -> Self {
        Self {
            id: event.id().to_owned(),
            name: event.name().to_owned(),
            body: String::from_utf8_lossy(&event.body).into_owned(),
            cause: cause.clone(),
            chain: 0,
            webhook: None,
        }
    }
}

impl WrittenEvent {
    /// One that goes to whoever delivers the events of calls, and to these.
    pub(super) const fn new(event: SentEvent, webhooks: Vec<WebhookDestination>) -> Self {
        Self { event, webhooks, is_for_webhooks: false }
    }

    /// Each of its deliveries.
    pub(super) fn deliveries(&self, cause: &CausingCall) -> Vec<CausedEvent> {
        let main = CausedEvent::new(&self.event, cause);
        let to = |webhook: &WebhookDestination| CausedEvent {
            webhook: Some(webhook.clone()),
            ..main.clone()
        };
        let own = (!self.is_for_webhooks).then(|| main.clone());
        own.into_iter().chain(self.webhooks.iter().map(to)).collect()
    }
}
