//! Records what a run sends and what comes of it.

use serde::Deserialize;
use serde_json::Value;

use crate::delivery::{Attempt, Endpoint, Request};
use crate::event::Event;
use crate::history::{Delivery, History, Receipt, Via};
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
        event: &Event,
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
        };
        // What is built can be built again: nothing waits for the disk.
        self.history.queued(delivery).await
    }

    /// Records what came of a request.
    pub(super) async fn sent(&self, receipt: &Receipt, at: Moment, attempt: &Attempt) {
        self.history.attempt(receipt, at, attempt).await;
    }
}
