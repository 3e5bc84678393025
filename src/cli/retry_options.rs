//! When what was not accepted is sent again, and how long an app may take to start: the options of everything that
//! delivers.

use std::time::Duration;

use clap::Args;

use crate::config::file::positive_duration;
use crate::delivery::RetrySchedule;
use crate::delivery::retry::MOST_RETRIES;

/// When an event that was not accepted is sent again.
#[derive(Args, Debug)]
#[command(next_help_heading = "Delivery")]
pub(super) struct RetryOptions {
    /// Send a failed event again, up to NUMBER times
    ///
    /// Every attempt has the same event id, with its own timestamp and signature. Stripe does not publish
    /// its intervals; devtool waits 0s, 1s and 5s, then 30s each time.
    #[arg(long, env = "DEVTOOL_RETRY", value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(..=i64::from(MOST_RETRIES)))]
    retry: Option<u8>,

    /// How long to wait before each retry, such as 0s,1s,5s
    #[arg(hide_short_help = true, long, env = "DEVTOOL_RETRY_SCHEDULE", value_name = "DURATIONS")]
    retry_schedule: Option<RetrySchedule>,
}

/// Whether the app may still be starting.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Delivery")]
pub(super) struct WaitOptions {
    /// Wait up to DURATION for the app to listen, such as 30s
    #[arg(hide_short_help = true, long, env = "DEVTOOL_WAIT_FOR_APP", value_name = "DURATION", value_parser = positive_duration)]
    wait_for_app: Option<Duration>,
}

impl WaitOptions {
    /// How long that is: without the option, not at all.
    pub(super) fn duration(self) -> Duration {
        self.wait_for_app.unwrap_or_default()
    }
}

impl RetryOptions {
    /// The schedule of these options: without any, no retries.
    pub(super) fn schedule(self) -> RetrySchedule {
        match (self.retry.map(usize::from), self.retry_schedule) {
            (None, None) => RetrySchedule::none(),
            (None, Some(given)) => given,
            (Some(retries), None) => RetrySchedule::with_default_waits(retries),
            (Some(retries), Some(given)) => given.of(retries),
        }
    }
}
