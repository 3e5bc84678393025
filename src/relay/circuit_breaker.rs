//! Holds deliveries back while an endpoint takes no connection, and lets one of them try.
//!
//! Closed, deliveries pass. Open, they wait, while the one that was refused first probes the endpoint.
//! When that one is done the breaker is closed again: whoever is refused next opens it anew.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// The breaker in front of one endpoint.
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    is_open: watch::Sender<bool>,
    /// Since when the endpoint is known to be down; stays when another delivery probes.
    down_since: Mutex<Option<Instant>>,
}

/// The right to probe. Without it the breaker is closed again, for another one to find out.
pub(super) struct Probe<'b>(&'b CircuitBreaker);

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        self.0.is_open.send_replace(false);
    }
}

impl CircuitBreaker {
    pub(super) fn new() -> Self {
        Self { is_open: watch::Sender::new(false), down_since: Mutex::new(None) }
    }

    /// Opens the breaker after a refused connection. The delivery that opened it has to probe; the
    /// others wait.
    pub(super) fn trip(&self) -> Option<Probe<'_>> {
        let was_closed = self.is_open.send_if_modified(|open| !std::mem::replace(open, true));
        was_closed.then(|| Probe(self))
    }

    /// Opens the breaker, or closes it, for whoever knows how the endpoint is.
    pub(super) fn set_open(&self, is_open: bool) {
        self.is_open.send_replace(is_open);
    }

    /// The endpoint is down; whether that is news.
    pub(super) fn mark_down(&self) -> bool {
        let mut since = self.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = since.is_none();
        since.get_or_insert_with(Instant::now);
        is_new
    }

    /// The endpoint takes connections; how long it was down, if that is news.
    pub(super) fn mark_up(&self) -> Option<Duration> {
        let mut since = self.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        since.take().map(|since| since.elapsed())
    }

    pub(super) fn is_open(&self) -> bool {
        *self.is_open.borrow()
    }

    /// Returns when the breaker is closed.
    pub(super) async fn closed(&self) {
        if self.is_open() {
            // The sender lives as long as the breaker.
            let _ = self.is_open.subscribe().wait_for(|open| !open).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_probes_and_the_news_is_told_once() {
        let breaker = CircuitBreaker::new();
        let probe = breaker.trip();
        assert!(probe.is_some() && breaker.is_open());
        assert!(breaker.trip().is_none());
        assert!(breaker.mark_down() && !breaker.mark_down());
        drop(probe);
        assert!(!breaker.is_open() && breaker.trip().is_some());
        assert!(!breaker.mark_down() && breaker.mark_up().is_some());
        assert!(breaker.mark_up().is_none());
    }
}
