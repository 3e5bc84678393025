//! Counts the requests that Stripe has not signed, to report them once in a while: whoever sends thousands of
//! them is not to fill a terminal.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::protocol::signature::VerifyError;

/// How long nothing is reported after a report.
const PAUSE: Duration = Duration::from_secs(60);

/// The requests that were rejected and not yet reported.
#[derive(Debug, Default)]
pub(super) struct Rejections {
    /// How many, and what was wrong with the last.
    unreported: Mutex<Option<(u64, VerifyError)>>,
    more: Notify,
}

impl Rejections {
    pub(super) fn add(&self, error: VerifyError) {
        let mut unreported = self.unreported.lock().unwrap_or_else(PoisonError::into_inner);
        let count = unreported.take().map_or(0, |(count, _)| count);
        *unreported = Some((count + 1, error));
        self.more.notify_one();
    }

    /// Takes what was not yet reported.
    pub(super) fn take(&self) -> Option<(u64, VerifyError)> {
        self.unreported.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Hands on what there is to report, now and then; goes on until it is dropped.
    pub(super) async fn report(&self, emit: impl Fn(u64, VerifyError)) {
        loop {
            self.more.notified().await;
            if let Some((count, error)) = self.take() {
                emit(count, error);
                sleep(PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_reported_at_once_and_the_others_together() {
        let (rejections, reported) = (Rejections::default(), Mutex::new(Vec::new()));
        let reporting = rejections.report(|count, _| reported.lock().unwrap().push(count));
        let adding = async {
            for _ in 0..300 {
                rejections.add(VerifyError::Mismatch);
                sleep(Duration::from_millis(100)).await;
            }
            sleep(PAUSE).await;
        };
        tokio::select! {
            () = reporting => {}
            () = adding => {}
        }
        assert_eq!(*reported.lock().unwrap(), [1, 299]);
        assert_eq!(rejections.take(), None);
    }
}
