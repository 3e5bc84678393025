//! Records what a run sends and what comes of it.

use serde::Deserialize;
use serde_json::Value;

use super::step_call::StepCall;
use crate::delivery::{Attempt, Endpoint, Request};
use crate::event::Event;
use crate::history::{Delivery, History, Receipt, RecordedStory, Via};
use crate::protocol::Moment;

/// Where a run's deliveries are recorded, and as what.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    /// The history.
    pub history: History,
    /// How the events came.
    pub via: Via,
}

/// What the history wants to know of an event besides its id and type.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts {
    created: Value,
    account: Option<String>,
}

impl Recorder {
    /// Records a request that goes out now.
    pub(super) async fn sending(
        &self,
        (event, story): (&Event, Option<&RecordedStory>),
        request: &Request,
        endpoint: &Endpoint,
        at: Moment,
    ) -> Receipt {
        if !self.history.keeps() {
            return Receipt::default();
        }
        let facts: Facts = serde_json::from_slice(&event.body).unwrap_or_default();
        let delivery = Delivery {
            via: self.via,
            event_id: event.id.clone(),
            event: event.name.clone(),
            created: facts.created.as_i64(),
            account: facts.account,
            endpoint: endpoint.to_string(),
            received_at: at,
            headers: request.headers.iter().map(|(name, value)| (name, value)).collect(),
            body: request.body.clone().into(),
            story: story.cloned(),
        };
        // What is built can be built again: nothing waits for the disk.
        self.history.queued(delivery).await
    }

    /// Records what came of a request, and what the app asked meanwhile, where that is known.
    pub(super) async fn sent(
        &self,
        receipt: &Receipt,
        (at, attempt): (Moment, &Attempt),
        calls: Option<&[StepCall]>,
    ) {
        self.history.attempt(receipt, at, attempt).await;
        if let Some(calls) = calls {
            self.history.asked(receipt, calls.iter().map(|told| told.call.kept())).await;
        }
    }
}
