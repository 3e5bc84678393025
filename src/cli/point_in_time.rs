//! When, as it is typed: so long ago, or a moment as the history shows it.

use std::str::FromStr;
use std::time::Duration;

use crate::config::file::positive_duration;
use crate::protocol::Moment;

/// A point in time; what has no time zone is UTC, as in the history's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PointInTime {
    /// So long ago: `1h`.
    Ago(Duration),
    /// That time of the day: `14:30`.
    Today(Duration),
    /// That moment: `2026-11-26`, `2026-11-26 14:30`.
    At(Moment),
}

impl PointInTime {
    /// The moment that it means now.
    pub(super) fn moment(self, now: Moment) -> Moment {
        let milliseconds = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        match self {
            Self::Ago(time) => {
                let then = now.milliseconds().saturating_sub(milliseconds(time));
                Moment::from_milliseconds(then)
            }
            Self::Today(time) => {
                let day = Moment::of_date(&now.date()).unwrap_or(now);
                Moment::from_milliseconds(day.milliseconds().saturating_add(milliseconds(time)))
            }
            Self::At(moment) => moment,
        }
    }
}

impl FromStr for PointInTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(time) = time_of_day(text) {
            return Ok(Self::Today(time));
        }
        let moment = Moment::of_date(text).or_else(|| Moment::parse(text)).or_else(|| {
            let (date, time) = text.split_once([' ', 'T'])?;
            let seconds = i64::try_from(time_of_day(time)?.as_secs()).ok()?;
            Some(Moment::from_seconds(Moment::of_date(date)?.seconds() + seconds))
        });
        match moment {
            Some(moment) => Ok(Self::At(moment)),
            None => positive_duration(text).map(Self::Ago).map_err(|_| {
                "expected how long ago, such as `1h`, or a time in UTC, such as `14:30` or `2026-11-26`"
                    .to_owned()
            }),
        }
    }
}

/// Reads `14:30` and `14:30:05`.
fn time_of_day(text: &str) -> Option<Duration> {
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str, limit: u64| {
        let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|number: &u64| is_plain && *number < limit)
    };
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (hours, minutes, &"00"),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    let seconds = number(hours, 24)? * 3_600 + number(minutes, 60)? * 60 + number(seconds, 60)?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_history_shows_can_be_typed() {
        let now = Moment::parse("2026-11-26T12:00:00Z").unwrap();
        for (typed, expected) in [
            ("1h", "2026-11-26T11:00:00.000Z"),
            ("09:05", "2026-11-26T09:05:00.000Z"),
            ("2026-11-24", "2026-11-24T00:00:00.000Z"),
            ("2026-11-24 22:47:13", "2026-11-24T22:47:13.000Z"),
            ("2026-11-24T22:47", "2026-11-24T22:47:00.000Z"),
            ("2026-11-24T22:47:13.123Z", "2026-11-24T22:47:13.123Z"),
            ("2026-11-24T23:47:13+01:00", "2026-11-24T22:47:13.000Z"),
        ] {
            let point: PointInTime = typed.parse().unwrap();
            assert_eq!(point.moment(now).rfc3339(), expected, "{typed}");
        }
        for typed in ["", "0s", "5", "24:00", "9:5", "2026-13-01", "yesterday", "14:30:"] {
            assert!(typed.parse::<PointInTime>().is_err(), "{typed}");
        }
    }
}
