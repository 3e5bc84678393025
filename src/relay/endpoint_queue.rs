//! What the deliveries to one endpoint share: how many are under way, and whether it is down. None of it is
//! another endpoint's, so that one which is slow or down holds up only what is for itself.

use tokio::sync::Semaphore;

use super::circuit_breaker::CircuitBreaker;

/// How many deliveries are under way to all endpoints together, at most.
pub(super) const MOST_DELIVERIES: usize = 1_000;

/// The queue of an endpoint.
#[derive(Debug)]
pub(super) struct EndpointQueue {
    /// Its place among those of the relay, from 0.
    pub(super) number: usize,
    pub(super) permits: Semaphore,
    pub(super) breaker: CircuitBreaker,
}

impl EndpointQueue {
    /// The queue of that number among so many, with so many deliveries at a time where all of them may have that.
    pub(super) fn new(number: usize, queues: usize, concurrency: usize) -> Self {
        // Each has its share for itself: out of a common store, a slow endpoint would take all.
        let share = (MOST_DELIVERIES / queues.max(1)).max(1);
        let permits = Semaphore::new(concurrency.clamp(1, share));
        Self { number, permits, breaker: CircuitBreaker::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_endpoints_together_have_no_more_than_the_bound() {
        let permits = |queues, concurrency| {
            EndpointQueue::new(0, queues, concurrency).permits.available_permits()
        };
        assert_eq!(permits(1, 8), 8);
        assert_eq!(permits(1, 1_000), 1_000);
        assert_eq!(permits(4, 1_000), 250);
        assert_eq!(permits(5_000, 8), 1);
        assert_eq!(permits(1, 0), 1);
    }
}
