//! The way to Stripe, and whether its clock and this machine's agree.

use std::time::Duration;

use super::finding::{Finding, Health};
use super::settings::of_error;
use super::subject::Subject;
use crate::error::{Error, Result};
use crate::protocol::Moment;
use crate::protocol::signature::TOLERANCE_SECONDS;
use crate::stripe_cli::download::Downloader;
use crate::stripe_cli::setup::Network;

/// How long Stripe may take to say anything.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(5);
/// Stripe's API.
const API: &str = "https://api.stripe.com";
/// The host of the websockets of `stripe listen`.
const WEBSOCKET: &str = "https://stripe-cli.stripe.com";
/// A difference of clocks that is worth a word, in seconds.
const NOTABLE: u64 = 30;

/// Whether Stripe can be reached, and the host of `stripe listen`'s websocket; and how the clocks compare.
pub(super) async fn look(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.network == Network::Offline {
        let skipped = |name| Finding::new(name, Health::Skipped, "not checked (--offline)");
        return ["network", "websocket", "clock"].map(skipped).to_vec();
    }
    match Downloader::new(TIME_LIMIT, None) {
        Ok(downloader) => {
            let base = subject.api_base;
            let (api, websocket) =
                tokio::join!(downloader.reach(base), websocket(&downloader, base));
            let (network, clock) = api_and_clock(api, base, subject.clock.now());
            vec![network, websocket, clock]
        }
        Err(error) => vec![of_error("network", Health::Broken, &error)],
    }
}

fn api_and_clock(api: Result<Option<Moment>>, base: &str, now: Moment) -> (Finding, Finding) {
    match api {
        Ok(date) => {
            let reached = Finding::new("network", Health::Good, format!("{base} answers"));
            (reached, clock(date, now))
        }
        Err(error) => {
            let network = unreachable("network", base, &error)
                .with_fix("check the network and HTTPS_PROXY; local events do not need them");
            (network, Finding::new("clock", Health::Skipped, "could not be checked"))
        }
    }
}

/// The host that `stripe listen` opens its websocket to. Without a session it opens none, so that all that is
/// seen is whether it answers, through the proxy in force.
async fn websocket(downloader: &Downloader, base: &str) -> Finding {
    // What stands in for Stripe's API does so for the websocket, too.
    let host = if base == API { WEBSOCKET } else { base };
    let listens = "check the network and HTTPS_PROXY: `devtool listen` needs a websocket to there";
    let about = |health, seen: String| Finding::new("websocket", health, seen);
    match downloader.websocket(&format!("{host}/subscribe/acct_none")).await {
        Ok(status @ 500..) => {
            let seen = format!("{host} answers {status} to a websocket request");
            about(Health::Warning, seen).with_fix(listens)
        }
        Ok(_) => about(
            Health::Good,
            format!("{host} answers a websocket request (none is opened without a session)"),
        ),
        Err(error) => unreachable("websocket", host, &error).with_fix(listens),
    }
}

fn unreachable(name: &'static str, host: &str, error: &Error) -> Finding {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let seen = format!("{host} cannot be reached ({})", cause.unwrap_or_default());
    Finding::new(name, Health::Warning, seen)
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
