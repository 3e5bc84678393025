//! Who delivers next: every event by itself, or one after the other in causal order.

use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::sleep_until;
use tokio_util::task::TaskTracker;

use super::deliverer::{Courier, Passage};
use super::order::{Key, Window};
use super::settings::Order;
use crate::event::Catalogue;

/// Hands events on to be recorded and delivered.
#[derive(Debug)]
pub(super) struct Dispatch {
    tasks: TaskTracker,
    /// The way to the one that sorts, where there is one.
    ordered: Option<UnboundedSender<Passage>>,
}

impl Dispatch {
    pub(super) fn new(order: Order, courier: &Arc<Courier>) -> Self {
        let tasks = TaskTracker::new();
        let ordered = match order {
            Order::AsTheyCome => None,
            Order::Causal { window } => {
                let (sender, receiver) = mpsc::unbounded_channel();
                tasks.spawn(sort(Arc::clone(courier), Window::new(window), receiver));
                Some(sender)
            }
        };
        Self { tasks, ordered }
    }

    /// Records an event and delivers it, or has it delivered in its turn. The task is its own, so that
    /// it goes on when nobody waits for the answer any more.
    pub(super) fn hand_on(&self, mut passage: Passage, courier: &Arc<Courier>) {
        let courier = Arc::clone(courier);
        let ordered = self.ordered.clone();
        self.tasks.spawn(async move {
            courier.record(&mut passage).await;
            match ordered {
                None => courier.deliver(passage).await,
                // The one that sorts ends after all of its senders.
                Some(sender) => drop(sender.send(passage)),
            }
        });
    }

    /// Returns when everything that was handed on is done.
    pub(super) async fn drained(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Delivers one event after the other, each when its window is over.
async fn sort(
    courier: Arc<Courier>,
    mut window: Window<Passage>,
    mut arrivals: UnboundedReceiver<Passage>,
) {
    loop {
        // Everything that came meanwhile takes part before the next one is chosen.
        while let Ok(passage) = arrivals.try_recv() {
            hold(&mut window, passage);
        }
        if let Some(next) = window.pop(tokio::time::Instant::now()) {
            courier.deliver(next).await;
            continue;
        }
        let due = window.due();
        tokio::select! {
            arrived = arrivals.recv() => match arrived {
                Some(passage) => hold(&mut window, passage),
                None => break,
            },
            () = async { sleep_until(due.unwrap_or_else(tokio::time::Instant::now)).await },
                if due.is_some() => {}
            () = courier.ending.cancelled() => break,
        }
    }
    // The relay ends: nothing that belongs before these will come.
    arrivals.close();
    while let Some(passage) = arrivals.recv().await {
        hold(&mut window, passage);
    }
    while let Some(next) = window.pop_first() {
        courier.deliver(next).await;
    }
}

/// The thin twin of a snapshot type stands where that does; unknown types come last.
fn rank(event: &str) -> u16 {
    Catalogue::rank(event.strip_prefix("v1.").unwrap_or(event)).unwrap_or(u16::MAX)
}

fn hold(window: &mut Window<Passage>, passage: Passage) {
    let arrival = &passage.arrival;
    let key = Key {
        created: arrival.created.unwrap_or_else(|| arrival.at.seconds()),
        rank: rank(&arrival.event),
        arrival: passage.number,
    };
    window.push(key, passage.came, passage);
}
