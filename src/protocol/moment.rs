//! Points in time, as Stripe's payloads and devtool's reports give them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

/// A point in time. Stripe counts in whole seconds since 1970 ([`Moment::seconds`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment(Timestamp);

/// Where the time comes from: the system's clock in the program, a fixed one in tests.
#[derive(Clone, Copy)]
pub struct Clock(fn() -> Moment);

impl Clock {
    /// The system's clock.
    pub const fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
        Self(|| Moment(Timestamp::now()))
    }

    /// A clock that tells what the function returns.
    pub const fn new(now: fn() -> Moment) -> Self {
        Self(now)
    }

    /// The time now.
    pub fn now(self) -> Moment {
        (self.0)()
    }
}

/// Where a time of day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// As Stripe and the reports for programs have it.
    Utc,
    /// The time zone of this machine.
    Local,
}

impl Zone {
    fn jiff(self) -> TimeZone {
        match self {
            Self::Utc => TimeZone::UTC,
            Self::Local => TimeZone::system(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl Moment {
    /// The moment that many seconds after the start of 1970 (UTC), cut to what the calendar holds.
    pub fn from_seconds(seconds: i64) -> Self {
        let highest = Timestamp::MAX.as_second();
        let lowest = Timestamp::MIN.as_second();
        Self(
            Timestamp::from_second(seconds.clamp(lowest, highest)).unwrap_or(Timestamp::UNIX_EPOCH),
        )
    }

    /// Seconds since the start of 1970 (UTC).
    pub fn seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The moment that many milliseconds after the start of 1970 (UTC), cut as above.
    pub fn from_milliseconds(milliseconds: i64) -> Self {
        Timestamp::from_millisecond(milliseconds)
            .map_or_else(|_| Self::from_seconds(milliseconds / 1_000), Self)
    }

    /// Milliseconds since the start of 1970 (UTC).
    pub fn milliseconds(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The same second without its fraction.
    #[must_use]
    pub fn whole(self) -> Self {
        Self::from_seconds(self.seconds())
    }

    /// Reads RFC 3339, as thin events have it.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// `2026-11-23T10:00:00.123Z`.
    pub fn rfc3339(self) -> String {
        format!("{:.3}", self.0)
    }

    /// `10:00:00` in the time zone of this machine.
    pub fn local_time(self) -> String {
        self.0.to_zoned_datetime(TimeZone::system()).strftime("%H:%M:%S").to_string()
    }

    /// `2026-11-23 10:00:00` in that time zone.
    pub fn text(self, zone: Zone) -> String {
        self.0.to_zoned_datetime(zone.jiff()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// That time of a day, written `2027-02-21`, in the time zone of this machine.
    pub fn of_local_day(day: &str, time: Duration) -> Option<Self> {
        let day: jiff::civil::Date = day.parse().ok()?;
        let then = day.at(0, 0, 0, 0).checked_add(time).ok()?;
        Some(Self(then.to_zoned_datetime(TimeZone::system()).ok()?.timestamp()))
    }

    /// The day in the time zone of this machine, written `2027-02-21`.
    pub fn local_day(self) -> String {
        self.0.to_zoned_datetime(TimeZone::system()).date().to_string()
    }

    /// How long after another moment; zero where it is before.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.duration_since(earlier.0).try_into().unwrap_or_default()
    }

    /// The start of a day in UTC, written `2027-02-21`.
    pub fn of_date(text: &str) -> Option<Self> {
        format!("{text}T00:00:00Z").parse().ok().map(Self)
    }

    /// The day in UTC, written `2027-02-21`.
    pub fn date(self) -> String {
        self.0.to_zoned_datetime(TimeZone::UTC).date().to_string()
    }

    /// The moment of an HTTP `Date` header.
    pub fn of_http_date(text: &str) -> Option<Self> {
        let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(Self(zoned.timestamp()))
    }

    /// Its month in UTC, from 1.
    pub fn month(self) -> i8 {
        self.0.to_zoned_datetime(TimeZone::UTC).month()
    }

    /// Its year in UTC.
    pub fn year(self) -> i16 {
        self.0.to_zoned_datetime(TimeZone::UTC).year()
    }

    /// The moment an offset later (or earlier). Months are calendar months in UTC: a month after the
    /// 31st is the last day of the next one.
    #[must_use]
    pub fn plus(self, offset: Offset) -> Self {
        if offset.months == 0 {
            return self.0.checked_add(offset.seconds.seconds()).map_or(self, Self);
        }
        let zoned = self.0.to_zoned_datetime(TimeZone::UTC);
        let moved = zoned
            .checked_add(offset.months.months())
            .and_then(|z| z.checked_add(offset.seconds.seconds()));
        moved.map_or(self, |z| Self(z.timestamp()))
    }
}

/// A distance in time: calendar months and seconds. Written `5d 1h`, `-3d`, `+1mo` (units `s`, `m`,
/// `h`, `d`, `mo`); a sign in front holds for all its parts but those that have a `+` of their own: `-1mo +1h`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Offset {
    months: i32,
    seconds: i64,
}

impl Offset {
    fn add(self, other: Self) -> Option<Self> {
        Some(Self {
            months: self.months.checked_add(other.months)?,
            seconds: self.seconds.checked_add(other.seconds)?,
        })
    }

    fn part(word: &str) -> Option<Self> {
        let unit_at = word.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = word.split_at(unit_at);
        let number: i32 = number.parse().ok().filter(|n: &i32| (0..=100_000).contains(n))?;
        let seconds = |each: i64| Self { months: 0, seconds: i64::from(number) * each };
        Some(match unit {
            "s" => seconds(1),
            "m" => seconds(60),
            "h" => seconds(3_600),
            "d" => seconds(86_400),
            "mo" => Self { months: number, seconds: 0 },
            _ => return None,
        })
    }

    /// A distance of so many seconds.
    pub const fn of_seconds(seconds: i64) -> Self {
        Self { months: 0, seconds }
    }

    /// The same distance the other way.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { months: -self.months, seconds: -self.seconds }
    }
}

impl fmt::Display for Offset {
    /// As it is written in a scenario file, in units as large as fit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.months != 0 {
            parts.push((i64::from(self.months), "mo"));
        }
        let mut rest = self.seconds;
        for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
            if rest / seconds != 0 {
                parts.push((rest / seconds, unit));
                rest %= seconds;
            }
        }
        let Some((first, _)) = parts.first() else { return f.write_str("0s") };
        let is_negative = *first < 0;
        let word = |(number, unit): &(i64, &str)| {
            // The sign in front holds for all that have none of their own.
            let plus = if is_negative && *number > 0 { "+" } else { "" };
            format!("{plus}{}{unit}", number.abs())
        };
        let words: Vec<String> = parts.iter().map(word).collect();
        write!(f, "{}{}", if is_negative { "-" } else { "+" }, words.join(" "))
    }
}

impl TryFrom<String> for Offset {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Offset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = || format!("expected a time such as `3d`, `-3d` or `5d 1h`, not `{text}`");
        let (negative, parts) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let mut words = parts.split_whitespace().peekable();
        words.peek().ok_or_else(expected)?;
        let signed = |word: &str| match word.strip_prefix('+') {
            Some(later) => Self::part(later),
            None => Self::part(word).map(|part| if negative { part.negated() } else { part }),
        };
        words.try_fold(Self::default(), |sum, word| sum.add(signed(word)?)).ok_or_else(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plus(seconds: i64, offset: &str) -> String {
        Moment::from_seconds(seconds).plus(offset.parse().unwrap()).rfc3339()
    }

    #[test]
    fn offsets_move_a_moment() {
        // 1_769_817_600 is 2026-01-31T00:00:00Z.
        assert_eq!(plus(1_769_817_600, "+1mo"), "2026-02-28T00:00:00.000Z");
        assert_eq!(plus(1_769_817_600, "-2mo"), "2025-11-30T00:00:00.000Z");
        assert_eq!(plus(1_769_817_600, "-5d 1h"), "2026-01-25T23:00:00.000Z");
        assert_eq!(plus(1_769_817_600, "-1d +1h"), "2026-01-30T01:00:00.000Z");
        assert_eq!(plus(1_769_817_600, "0s"), "2026-01-31T00:00:00.000Z");
        assert_eq!(plus(1_769_817_600, "7d 1mo"), "2026-03-07T00:00:00.000Z");
    }

    #[test]
    fn dates_are_read_and_written() {
        let day = Moment::of_date("2027-02-21").unwrap();
        assert_eq!(day.date(), "2027-02-21");
        assert_eq!(Moment::of_http_date("Sun, 21 Feb 2027 00:00:00 GMT"), Some(day));
        assert_eq!(Moment::of_date("soon"), None);
    }

    #[test]
    fn offsets_are_written_as_they_are_read() {
        for text in ["-5d 1h", "-1mo +1h", "+2m 3s", "0s", "-1mo 2d", "-90s"] {
            let offset: Offset = text.parse().unwrap();
            assert_eq!(offset.to_string().parse(), Ok(offset), "{text}: {offset}");
        }
        assert_eq!(Offset::of_seconds(-90_061).to_string(), "-1d 1h 1m 1s");
    }

    #[test]
    fn what_is_no_offset_is_refused() {
        for text in ["", "-", "5", "d", "5y", "--5d", "5d,1h", "-1d -1h", "+", "99999999999d"] {
            assert!(text.parse::<Offset>().is_err(), "{text}");
        }
    }
}
