//! The way to Stripe, and whether its clock and this machine's agree.

use std::time::Duration;

use super::finding::{Finding, Health};
use super::subject::Subject;
use crate::protocol::Moment;
use crate::protocol::signature::TOLERANCE_SECONDS;
use crate::stripe_cli::download::Downloader;
use crate::stripe_cli::setup::Network;

/// How long Stripe may take to say anything.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(5);
/// A difference of clocks that is worth a word, in seconds.
const NOTABLE: u64 = 30;

/// Two findings: whether Stripe can be reached, and how the clocks compare.
pub(super) async fn look(subject: &Subject<'_>) -> [Finding; 2] {
    if subject.network == Network::Offline {
        return ["network", "clock"]
            .map(|name| Finding::new(name, Health::Skipped, "not checked (--offline)"));
    }
    let base = subject.api_base;
    let asked = match Downloader::new(TIME_LIMIT, None) {
        Ok(downloader) => downloader.reach(base).await,
        Err(error) => Err(error),
    };
    match asked {
        Ok(date) => {
            let reached = Finding::new("network", Health::Good, format!("{base} answers"));
            [reached, clock(date, subject.clock.now())]
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let seen = format!("{base} cannot be reached ({})", cause.unwrap_or_default());
            let network = Finding::new("network", Health::Warning, seen)
                .with_fix("check the network and HTTPS_PROXY; local events do not need them");
            [network, Finding::new("clock", Health::Skipped, "could not be checked")]
        }
    }
}

/// A signature is good for five minutes, by the app's clock.
fn clock(theirs: Option<Moment>, ours: Moment) -> Finding {
    let about = |health, seen: String| Finding::new("clock", health, seen);
    let Some(theirs) = theirs else {
        return about(Health::Skipped, "Stripe's answer has no date".to_owned());
    };
    let apart = theirs.seconds().abs_diff(ours.seconds());
    let side = if ours > theirs { "ahead of" } else { "behind" };
    let seen = format!("{apart} s {side} Stripe's clock");
    let fix = "set the clock: signatures are valid for five minutes only";
    match apart {
        0..=2 => about(Health::Good, "matches Stripe's clock".to_owned()),
        3..=NOTABLE => about(Health::Good, seen),
        _ if apart < TOLERANCE_SECONDS.unsigned_abs() => about(Health::Warning, seen).with_fix(fix),
        _ => about(Health::Broken, seen).with_fix(fix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_by_the_tolerance_is_broken() {
        let look =
            |ours: i64| clock(Some(Moment::from_seconds(10_000)), Moment::from_seconds(ours));
        assert_eq!(look(10_002).health, Health::Good);
        assert_eq!(look(10_030).seen, "30 s ahead of Stripe's clock");
        assert_eq!(look(9_900).health, Health::Warning);
        assert_eq!(look(9_700).health, Health::Broken);
        assert_eq!(look(9_700).seen, "300 s behind Stripe's clock");
    }
}
