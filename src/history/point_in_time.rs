//! When, as it is typed: so long ago, or a moment as the history shows it.

use std::str::FromStr;
use std::time::Duration;

use crate::config::file::positive_duration;
use crate::protocol::Moment;

/// A point in time; what has no time zone is in this machine's, as in lists on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointInTime {
    /// So long ago: `1h`.
    Ago(Duration),
    /// That time of a day so many days ago: `14:30`, `yesterday`.
    Day(i64, Duration),
    /// That moment: `2026-11-26`, `2026-11-26 14:30`.
    At(Moment),
}

impl PointInTime {
    /// The moment that it means now.
    pub fn moment(self, now: Moment) -> Moment {
        let milliseconds = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        match self {
            Self::Ago(time) => {
                let then = now.milliseconds().saturating_sub(milliseconds(time));
                Moment::from_milliseconds(then)
            }
            Self::Day(days, time) => {
                let then = Moment::from_seconds(now.seconds().saturating_sub(days * 86_400));
                Moment::of_local_day(&then.local_day(), time).unwrap_or(then)
            }
            Self::At(moment) => moment,
        }
    }
}

impl FromStr for PointInTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(time) = time_of_day(text) {
            return Ok(Self::Day(0, time));
        }
        match text {
            "today" => return Ok(Self::Day(0, Duration::ZERO)),
            "yesterday" => return Ok(Self::Day(1, Duration::ZERO)),
            _ => {}
        }
        // A day alone has no time: what reads days would read one out of a whole moment.
        let moment = Moment::parse(text).or_else(|| match text.split_once([' ', 'T']) {
            Some((day, time)) => Moment::of_local_day(day, time_of_day(time)?),
            None => Moment::of_local_day(text, Duration::ZERO),
        });
        match moment {
            Some(moment) => Ok(Self::At(moment)),
            None => positive_duration(text).map(Self::Ago).map_err(|_| {
                "expected how long ago, such as `1h`, or a time, such as `14:30`, `yesterday` or `2026-11-26`"
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
    use crate::protocol::Zone;

    #[test]
    fn what_the_history_shows_can_be_typed() {
        let now = Moment::parse("2026-11-26T12:00:00Z").unwrap();
        let point = |typed: &str| typed.parse::<PointInTime>().unwrap().moment(now);
        for (typed, expected) in [
            ("1h", "2026-11-26T11:00:00.000Z"),
            ("2026-11-24T22:47:13.123Z", "2026-11-24T22:47:13.123Z"),
            ("2026-11-24T23:47:13+01:00", "2026-11-24T22:47:13.000Z"),
        ] {
            assert_eq!(point(typed).rfc3339(), expected, "{typed}");
        }
        let today = now.local_day();
        let yesterday = Moment::from_seconds(now.seconds() - 86_400).local_day();
        for (typed, expected) in [
            ("09:05", format!("{today} 09:05:00")),
            ("today", format!("{today} 00:00:00")),
            ("yesterday", format!("{yesterday} 00:00:00")),
            ("2026-11-24", "2026-11-24 00:00:00".to_owned()),
            ("2026-11-24 22:47:13", "2026-11-24 22:47:13".to_owned()),
            ("2026-11-24T22:47", "2026-11-24 22:47:00".to_owned()),
        ] {
            assert_eq!(point(typed).text(Zone::Local), expected, "{typed}");
        }
        for typed in ["", "0s", "5", "24:00", "9:5", "2026-13-01", "tomorrow", "14:30:"] {
            assert!(typed.parse::<PointInTime>().is_err(), "{typed}");
        }
    }
}
