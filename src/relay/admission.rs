//! Bounds what can be taken up by those of whom it is not yet known that they are Stripe.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

/// How long whoever was admitted may take.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(10);
/// The same while others wait. `stripe listen` needs milliseconds, and some hundred of them where it posts
/// thousands of events at once.
const CROWDED_TIME_LIMIT: Duration = Duration::from_secs(2);

/// A number of places. Whoever comes first is admitted first, so strangers keep nobody out for long.
#[derive(Debug)]
pub(super) struct Admission {
    places: Arc<Semaphore>,
    /// How many wait.
    waiting: watch::Sender<usize>,
}

/// One that waits.
struct Waiting<'a>(&'a watch::Sender<usize>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Admission {
    pub(super) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self { places: Arc::new(Semaphore::new(places)), waiting: watch::Sender::new(0) })
    }

    /// Takes so many places, as soon as they are free.
    pub(super) async fn enter(&self, places: u32) -> Option<OwnedSemaphorePermit> {
        if let Ok(free) = Arc::clone(&self.places).try_acquire_many_owned(places) {
            return Some(free);
        }
        self.waiting.send_modify(|count| *count += 1);
        let _waiting = Waiting(&self.waiting);
        // It is never closed.
        Arc::clone(&self.places).acquire_many_owned(places).await.ok()
    }

    /// Returns when the time of one who was admitted now is up.
    pub(super) fn overdue(self: &Arc<Self>) -> impl Future<Output = ()> + use<> {
        let admission = Arc::clone(self);
        async move {
            sleep(CROWDED_TIME_LIMIT).await;
            let mut waiting = admission.waiting.subscribe();
            let rest = TIME_LIMIT.saturating_sub(CROWDED_TIME_LIMIT);
            let _ = timeout(rest, waiting.wait_for(|count| *count > 0)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_time_is_shorter_while_others_wait() {
        let admission = Admission::new(2);
        let start = Instant::now();
        let first = admission.enter(2).await.unwrap();
        admission.overdue().await;
        assert_eq!(start.elapsed(), TIME_LIMIT);
        let start = Instant::now();
        let second = admission.enter(1);
        let late = async {
            admission.overdue().await;
            drop(first);
        };
        let (second, ()) = tokio::join!(second, late);
        assert!(second.is_some());
        assert!(start.elapsed() < TIME_LIMIT);
        let start = Instant::now();
        admission.overdue().await;
        assert_eq!(start.elapsed(), TIME_LIMIT);
    }
}
