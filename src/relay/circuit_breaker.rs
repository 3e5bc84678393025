//! Holds deliveries back while an endpoint takes no connection, and lets one of them try.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// The gate in front of one endpoint.
#[derive(Debug)]
pub(super) struct Gate {
    is_closed: watch::Sender<bool>,
    /// Since when the endpoint is known to be down; stays when another one tries.
    down_since: Mutex<Option<Instant>>,
}

/// What a refused connection means for the delivery that met it.
pub(super) enum Refused<'g> {
    /// It is the one that tries until the endpoint is back.
    Scout(Scout<'g>),
    /// Another one does.
    Waits,
}

/// The right to try. Without it the gate is open again, for another one to find out.
pub(super) struct Scout<'g>(&'g Gate);

impl Drop for Scout<'_> {
    fn drop(&mut self) {
        self.0.is_closed.send_replace(false);
    }
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { is_closed: watch::Sender::new(false), down_since: Mutex::new(None) }
    }

    /// The endpoint refused a connection.
    pub(super) fn refused(&self) -> Refused<'_> {
        let is_new = self.is_closed.send_if_modified(|closed| !std::mem::replace(closed, true));
        if is_new { Refused::Scout(Scout(self)) } else { Refused::Waits }
    }

    /// Whether it is news that the endpoint is down.
    pub(super) fn is_newly_down(&self) -> bool {
        let mut since = self.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = since.is_none();
        since.get_or_insert_with(Instant::now);
        is_new
    }

    /// How long the endpoint was down, if it is news that it is back.
    pub(super) fn is_newly_back(&self) -> Option<Duration> {
        let mut since = self.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        since.take().map(|since| since.elapsed())
    }

    pub(super) fn is_closed(&self) -> bool {
        *self.is_closed.borrow()
    }

    /// Returns when the gate is open.
    pub(super) async fn opened(&self) {
        if self.is_closed() {
            // The sender lives as long as the gate.
            let _ = self.is_closed.subscribe().wait_for(|closed| !closed).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tries_and_the_news_is_told_once() {
        let gate = Gate::new();
        let first = gate.refused();
        assert!(matches!(first, Refused::Scout(_)) && gate.is_closed());
        assert!(matches!(gate.refused(), Refused::Waits));
        assert!(gate.is_newly_down() && !gate.is_newly_down());
        drop(first);
        assert!(!gate.is_closed() && matches!(gate.refused(), Refused::Scout(_)));
        assert!(!gate.is_newly_down() && gate.is_newly_back().is_some());
        assert!(gate.is_newly_back().is_none());
    }
}
