//! Schedules deliveries: every event by itself, or one after the other to each endpoint in causal order.

use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::sleep_until;
use tokio_util::task::TaskTracker;

use super::body::Body;
use super::deliverer::Deliverer;
use super::in_flight::InFlight;
use super::order::{Key, Window};
use super::settings::DeliveryOrder;
use crate::event::rank;

/// Has events recorded and delivered.
#[derive(Debug)]
pub(super) struct Scheduler {
    tasks: TaskTracker,
    /// The ways to the tasks that sort, by the numbers of their endpoints' queues; empty where none sorts.
    ordered: Vec<UnboundedSender<Ranked>>,
}

/// An event to be sorted, and its place among those of the same second. That is found out while its body is in
/// memory.
#[derive(Debug)]
struct Ranked {
    rank: u16,
    in_flight: InFlight,
}

impl Scheduler {
    pub(super) fn new(order: DeliveryOrder, queues: usize, deliverer: &Arc<Deliverer>) -> Self {
        let tasks = TaskTracker::new();
        let sorting = |window| {
            let (sender, receiver) = mpsc::unbounded_channel();
            tasks.spawn(sort(Arc::clone(deliverer), Window::new(window), receiver));
            sender
        };
        let ordered = match order {
            DeliveryOrder::AsTheyCome => Vec::new(),
            DeliveryOrder::Causal { window } => (0..queues).map(|_| sorting(window)).collect(),
        };
        Self { tasks, ordered }
    }

    /// Records an event and delivers it, or has it delivered in its turn. The task is its own, so that
    /// it goes on when nobody waits for the answer any more.
    pub(super) fn schedule(&self, mut in_flight: InFlight, deliverer: &Arc<Deliverer>) {
        let deliverer = Arc::clone(deliverer);
        let ordered = self.ordered.get(in_flight.upstream.queue.number).cloned();
        let rank = match (&ordered, &in_flight.body) {
            (Some(_), Body::Memory { bytes, .. }) => {
                rank::of_body(&in_flight.event.event_type, bytes)
            }
            _ => 0,
        };
        self.tasks.spawn(async move {
            deliverer.record(&mut in_flight).await;
            match ordered {
                None => deliverer.deliver(in_flight).await,
                // The task that sorts ends after all of its senders.
                Some(sender) => drop(sender.send(Ranked { rank, in_flight })),
            }
        });
    }

    /// Returns when everything that was scheduled is done.
    pub(super) async fn drained(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Delivers one event after the other, each when its window is over.
async fn sort(
    deliverer: Arc<Deliverer>,
    mut window: Window<InFlight>,
    mut arrivals: UnboundedReceiver<Ranked>,
) {
    loop {
        // Everything that came meanwhile takes part before the next one is chosen.
        while let Ok(ranked) = arrivals.try_recv() {
            hold(&mut window, ranked);
        }
        if let Some(next) = window.pop(tokio::time::Instant::now()) {
            deliverer.deliver(next).await;
            continue;
        }
        let due = window.due();
        tokio::select! {
            arrived = arrivals.recv() => match arrived {
                Some(ranked) => hold(&mut window, ranked),
                None => break,
            },
            () = async { sleep_until(due.unwrap_or_else(tokio::time::Instant::now)).await },
                if due.is_some() => {}
            () = deliverer.ending.cancelled() => break,
        }
    }
    // The relay ends: nothing that belongs before these will come.
    arrivals.close();
    while let Some(ranked) = arrivals.recv().await {
        hold(&mut window, ranked);
    }
    while let Some(next) = window.pop_first() {
        deliverer.deliver(next).await;
    }
}

fn hold(window: &mut Window<InFlight>, Ranked { rank, in_flight }: Ranked) {
    let event = &in_flight.event;
    let created = event.created.unwrap_or_else(|| event.at.seconds());
    let key = Key { created, rank, arrival: in_flight.number };
    window.push(key, in_flight.received_at, in_flight);
}
