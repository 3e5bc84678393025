//! Hands the events of calls to whoever delivers them, and lets the answers to the calls wait for that.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Api;
use super::caused::{CausingCall, WrittenEvent};
use super::links::NO_CALL;
use super::request::{ApiRequest, request_id};
use super::sent::SentEvent;

/// How long the answer to a call waits for its events at most.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long whoever lets time go by waits at most, in which much may come due.
const LONGEST_HAPPENING: Duration = Duration::from_secs(240);
/// How often it is looked whether they were delivered.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// How long a path may be that is told, in bytes.
const MOST_PATH: usize = 2_000;

impl Api {
    /// Hands the events of a call to whoever delivers them.
    pub(super) fn hand_over(&self, request: &ApiRequest, events: &[WrittenEvent]) {
        if events.is_empty() {
            return;
        }
        let of_sessions = events.iter().filter(|written| !written.is_for_webhooks);
        let of_sessions: Vec<&SentEvent> = of_sessions.map(|written| &written.event).collect();
        self.cli_sessions().take_in(&of_sessions);
        let path = ApiRequest { query: String::new(), ..request.clone() };
        let cause = CausingCall {
            method: request.method.clone(),
            path: path.shown_path(MOST_PATH),
            request: request_id(request.number),
        };
        let events = events.iter().flat_map(|event| event.deliveries(&cause)).collect();
        let deliveries = self.calls().deliveries_of(request.number);
        self.links().cause((request.number, &deliveries), events);
        self.0.caused.notify_one();
    }

    /// Waits until a call has caused events.
    pub(crate) async fn event_caused(&self) {
        self.0.caused.notified().await;
    }

    /// Waits until the events of a call were delivered, where its answer is to wait for them.
    pub(super) async fn events_are_out(&self, call: u64) {
        self.wait_for_events(call, LONGEST_WAIT).await;
    }

    /// Waits until the events of what happened without a call were delivered.
    pub(super) async fn happenings_are_out(&self) {
        self.wait_for_events(NO_CALL, LONGEST_HAPPENING).await;
    }

    async fn wait_for_events(&self, call: u64, longest: Duration) {
        let start = Instant::now();
        while self.links().is_awaited(call) && start.elapsed() < longest {
            sleep(POLL_INTERVAL).await;
        }
    }
}
