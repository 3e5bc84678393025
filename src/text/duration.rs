//! Durations as people write and read them.

use std::time::Duration;

/// Reads `500ms`, `30s`, `2m`, `1h`, `3d` or several of them (`1m 30s`), at most ten years.
///
/// # Errors
/// Says what was expected.
pub fn parse(text: &str) -> Result<Duration, String> {
    const TEN_YEARS: f64 = 10.0 * 365.0 * 86_400.0;
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("`{text}` has no unit: write `{text}s` or `{text}m`"));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Err(EXPECTED.to_owned());
    }
    let mut seconds = 0.0;
    for word in words {
        seconds += word_seconds(word).ok_or_else(|| EXPECTED.to_owned())?;
    }
    if seconds > TEN_YEARS {
        return Err("longer than ten years".to_owned());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| EXPECTED.to_owned())
}

const EXPECTED: &str = "expected a duration such as `500ms`, `30s` or `2m`";

fn word_seconds(word: &str) -> Option<f64> {
    let unit_at = word.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = word.split_at(unit_at);
    let plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: f64 = number.parse().ok().filter(|_| plain)?;
    let unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Some(number * unit)
}

/// Milliseconds with one decimal, as reports give them.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

/// A duration to the millisecond, in one word that [`parse`] reads: `500ms`, `30s`, `2m`.
pub fn exact(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    match seconds {
        _ if millis > 0 => format!("{}ms", duration.as_millis()),
        0 => "0s".to_owned(),
        _ if seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
        _ if seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        _ if seconds % 60 == 0 => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// A duration for a reader: `2.1 ms`, `310 ms`, `4.2 s`, `2 min 5 s`, `3 h 20 min`, `65 days`.
pub fn short(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.099_95 {
        format!("{:.1} ms", seconds * 1_000.0)
    } else if seconds < 0.999_5 {
        format!("{:.0} ms", seconds * 1_000.0)
    } else if seconds < 119.95 {
        format!("{seconds:.1} s")
    } else {
        long(duration.as_secs())
    }
}

fn long(seconds: u64) -> String {
    match seconds / 60 {
        minutes @ ..120 => format!("{minutes} min {} s", seconds % 60),
        minutes @ ..2_880 => format!("{} h {} min", minutes / 60, minutes % 60),
        minutes => format!("{} days", minutes / 1_440),
    }
}

/// How long ago, in one unit: `now`, `12 s ago`, `4 min ago`, `3 h ago`, `5 d ago`.
pub fn ago(duration: Duration) -> String {
    match duration.as_secs() {
        0 => "now".to_owned(),
        seconds @ ..60 => format!("{seconds} s ago"),
        seconds @ ..3_600 => format!("{} min ago", seconds / 60),
        seconds @ ..86_400 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
        assert_eq!(parse("3d"), Ok(Duration::from_secs(3 * 86_400)));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "5", "s", "-1s", "1x", "1e400s", "inf s", "nans", "1 s", "1..2s", "9999d9"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("99999999999999999999999d").is_err());
    }

    #[test]
    fn durations_are_written_with_two_or_three_digits() {
        let short = |micros| short(Duration::from_micros(micros));
        assert_eq!(short(2_123), "2.1 ms");
        assert_eq!(short(99_960), "100 ms");
        assert_eq!(short(310_400), "310 ms");
        assert_eq!(short(999_600), "1.0 s");
        assert_eq!(short(30_000_000), "30.0 s");
        assert_eq!(short(125_000_000), "2 min 5 s");
    }
}
