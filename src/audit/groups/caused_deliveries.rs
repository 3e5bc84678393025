//! Delivers an event, and the events that the handler's calls of the local API cause.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::super::prober::Prober;
use crate::api::{Api, ApiLink, CausedEvent, CausingCall, EventRelease, EventTaking};
use crate::delivery::{Attempt, Client, Request};
use crate::event::Event;

/// How long the answer to a call waits for its events: an app that serves one request at a time answers none meanwhile.
const HELD_FOR: Duration = Duration::from_secs(2);
/// How long it is waited for a call that an app makes after its answer, besides the time that its work takes.
const CALLS_WITHIN: Duration = Duration::from_millis(50);
/// How many deliveries there are at most: a handler may answer each event with a call that causes the next.
const MOST: usize = 20;
/// How often what is not accepted comes again, after the others.
const RETRIES: usize = 3;

/// What delivers them.
pub(super) struct CausedDeliveries<'p> {
    prober: &'p Prober,
    link: ApiLink,
    release: EventRelease,
    /// How long nothing has to happen until it is over.
    idle: Duration,
    waiting: VecDeque<ProbeDelivery>,
    running: JoinSet<ProbeDelivery>,
    count: usize,
}

/// An event on its way, or delivered.
#[derive(Clone)]
pub(super) struct ProbeDelivery {
    pub(super) event: Event,
    /// The call that caused it; `None` for the first one.
    cause: Option<CausingCall>,
    sent: Option<(Request, Attempt)>,
    /// Whether the answer to its call did not wait to the end.
    is_late: bool,
    /// How many were sent before it.
    place: usize,
}

/// What was delivered, in the order in which it was sent.
pub(super) struct Course(Vec<ProbeDelivery>);

impl<'p> CausedDeliveries<'p> {
    pub(super) async fn new(
        prober: &'p Prober,
        api: &Api,
        release: EventRelease,
        took: Duration,
    ) -> Self {
        let link = ApiLink::here(api.clone(), Vec::new(), Duration::ZERO);
        link.receive(Some(release), EventTaking::Always).await;
        let idle = took * 2 + CALLS_WITHIN;
        let (waiting, running) = (VecDeque::new(), JoinSet::new());
        Self { prober, link, release, idle, waiting, running, count: 0 }
    }

    /// Delivers the event, what its handling causes, and again what is not accepted.
    pub(super) async fn deliver(mut self, event: &Event) -> Course {
        let first = ProbeDelivery {
            event: event.clone(),
            cause: None,
            sent: None,
            is_late: false,
            place: 0,
        };
        self.waiting.push_back(first);
        let mut course = Course(Vec::new());
        for _ in 0..=RETRIES {
            self.deliver_waiting(&mut course).await;
            let again = course.0.iter().filter(|one| !one.is_accepted()).cloned();
            self.waiting.extend(again);
            course.0.retain(ProbeDelivery::is_accepted);
            if self.waiting.is_empty() {
                break;
            }
        }
        course.0.extend(self.waiting.drain(..));
        course.0.sort_by_key(|one| one.place);
        self.link.close().await;
        course
    }

    async fn deliver_waiting(&mut self, course: &mut Course) {
        loop {
            let room = match self.release {
                EventRelease::Before => usize::MAX,
                EventRelease::After => 1,
            };
            while self.running.len() < room && self.count < MOST {
                let Some(next) = self.waiting.pop_front() else { break };
                self.start(next).await;
            }
            tokio::select! {
                Some(Ok(delivered)) = self.running.join_next() => course.0.push(delivered),
                () = self.link.event_caused() => {}
                () = sleep(self.idle), if self.running.is_empty() => return,
            }
            self.waiting.extend(self.link.caused().await.iter().map(ProbeDelivery::of));
        }
    }

    async fn start(&mut self, delivery: ProbeDelivery) {
        let place = self.count;
        self.count += 1;
        let request = self.prober.signed(&delivery.event);
        let number = self.link.begin(&delivery.event.id, &delivery.event.body).await;
        let (client, link) = (Arc::clone(self.prober.client()), self.link.clone());
        self.running.spawn(async move {
            let (attempt, is_late) = carry(&client, &request, (link, number)).await;
            ProbeDelivery { sent: Some((request, attempt)), is_late, place, ..delivery }
        });
    }
}

/// Sends a request; whether the answer to its call went out before it was answered.
async fn carry(
    client: &Client,
    request: &Request,
    (link, number): (ApiLink, Option<u64>),
) -> (Attempt, bool) {
    let end = async || {
        if let Some(number) = number {
            link.end(number, None).await;
        }
    };
    let mut sending = std::pin::pin!(client.send(request));
    if let Ok(attempt) = timeout(HELD_FOR, &mut sending).await {
        end().await;
        return (attempt, false);
    }
    end().await;
    (sending.await, true)
}

impl ProbeDelivery {
    fn of(caused: &CausedEvent) -> Self {
        let event = Event::of_body((&caused.id, &caused.name), caused.body.as_bytes());
        Self { event, cause: Some(caused.cause.clone()), sent: None, is_late: false, place: 0 }
    }

    fn is_accepted(&self) -> bool {
        self.sent.as_ref().is_some_and(|(_, attempt)| attempt.outcome.is_accepted())
    }

    /// The call that caused it, for a reader.
    pub(super) fn call(&self) -> String {
        let call = self.cause.as_ref();
        call.map(|call| format!("{} {}", call.method, call.path)).unwrap_or_default()
    }

    /// What was sent, and what came.
    pub(super) fn sent(&self) -> Option<(Request, Attempt)> {
        self.sent.clone()
    }
}

impl Course {
    /// The first event that a call caused.
    pub(super) fn caused(&self) -> Option<&ProbeDelivery> {
        self.0.iter().find(|one| one.cause.is_some())
    }

    /// Whether the app answers an event of its call only once that was answered.
    pub(super) fn is_held(&self) -> bool {
        self.0.iter().any(|one| one.cause.is_some() && one.is_late)
    }

    /// Whether the first event was accepted, at its last delivery.
    pub(super) fn is_accepted(&self) -> bool {
        self.0.iter().any(|one| one.cause.is_none() && one.is_accepted())
    }
}
