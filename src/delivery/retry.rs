//! When an event that was not accepted is sent again.
//!
//! Stripe tries again for days and does not publish its intervals; these are devtool's own, short
//! enough to wait for.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::text::duration;

/// The default waits before the first retry, the second, and so on.
const DEFAULT_WAITS: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30)];

/// How often a delivery may be tried again.
pub const MOST_RETRIES: u8 = 100;

/// The waits before each retry, written `0s,1s,5s,30s`; as many retries as there are waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

impl RetrySchedule {
    /// No retries.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// That many retries with the default waits; the last wait holds for all that follow.
    pub fn with_default_waits(retries: usize) -> Self {
        Self(DEFAULT_WAITS.to_vec()).of(retries)
    }

    /// The same waits for that many retries: cut off, or going on with the last.
    #[must_use]
    pub fn of(mut self, retries: usize) -> Self {
        let last = self.0.last().copied().unwrap_or_default();
        self.0.resize(retries.min(MOST_RETRIES.into()), last);
        self
    }

    /// How often a delivery is tried again.
    pub fn retries(&self) -> usize {
        self.0.len()
    }

    /// How long to wait before a retry, counted from 0; `None` where there is none left.
    pub fn wait(&self, retry: usize) -> Option<Duration> {
        self.0.get(retry).copied()
    }
}

impl FromStr for RetrySchedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let waits: Vec<Duration> =
            text.split(',').map(|wait| duration::parse(wait.trim())).collect::<Result<_, _>>()?;
        if waits.len() > MOST_RETRIES.into() {
            return Err(format!("expected at most {MOST_RETRIES} retries"));
        }
        Ok(Self(waits))
    }
}

impl fmt::Display for RetrySchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waits: Vec<String> = self.0.iter().map(|wait| duration::exact(*wait)).collect();
        f.write_str(&waits.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_waits_are_cut_off_or_go_on() {
        assert_eq!(RetrySchedule::with_default_waits(4).to_string(), "0s,1s,5s,30s");
        assert_eq!(RetrySchedule::with_default_waits(2).to_string(), "0s,1s");
        assert_eq!(RetrySchedule::with_default_waits(6).to_string(), "0s,1s,5s,30s,30s,30s");
        assert_eq!(RetrySchedule::with_default_waits(0), RetrySchedule::none());
    }

    #[test]
    fn schedules_are_read_and_written_alike() {
        for text in ["0s", "10ms,1s", "1m30s,2h,1d", "1.5s"] {
            let spaced = text.replace("1m30s", "1m 30s");
            let schedule: RetrySchedule = spaced.parse().unwrap();
            let again: RetrySchedule = schedule.to_string().parse().unwrap();
            assert_eq!(schedule, again, "{text}");
        }
        assert!("".parse::<RetrySchedule>().is_err() && "1s,,2s".parse::<RetrySchedule>().is_err());
        assert!(["1s"; 101].join(",").parse::<RetrySchedule>().is_err());
    }

    #[test]
    fn waits_come_in_order_and_end() {
        let schedule: RetrySchedule = "0s,20ms".parse().unwrap();
        assert_eq!(schedule.retries(), 2);
        assert_eq!(schedule.wait(0), Some(Duration::ZERO));
        assert_eq!(schedule.wait(1), Some(Duration::from_millis(20)));
        assert_eq!(schedule.wait(2), None);
    }
}
