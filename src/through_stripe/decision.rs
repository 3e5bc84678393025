//! Who sends the events of a run.

use super::obstacle::Obstacle;
use crate::error::Result;

/// Who was asked to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nobody: Stripe while a listen runs for the endpoint, else devtool.
    Nobody,
    /// devtool itself.
    Local,
    /// Stripe.
    Stripe,
}

/// Who sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// devtool itself; the obstacle that keeps Stripe from it, where Stripe would have been it.
    Local(Option<Obstacle>),
    /// Stripe.
    Stripe,
}

/// Decides; obstacles are asked for only where Stripe may be it.
///
/// # Errors
/// Stripe was asked for, and something cannot go through it.
pub(crate) fn decide(
    asked: Asked,
    is_listening: bool,
    obstacles: impl FnOnce() -> Result<Vec<Obstacle>>,
) -> Result<Decision> {
    if asked == Asked::Local || (asked == Asked::Nobody && !is_listening) {
        return Ok(Decision::Local(None));
    }
    match obstacles()?.into_iter().next() {
        None => Ok(Decision::Stripe),
        Some(obstacle) if asked == Asked::Stripe => Err(obstacle.into_error()),
        Some(obstacle) => Ok(Decision::Local(Some(obstacle))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(asked: Asked, is_listening: bool, obstacles: &[&str]) -> String {
        let obstacles = obstacles.iter().map(|option| Obstacle::new(*option, "why")).collect();
        match decide(asked, is_listening, || Ok(obstacles)) {
            Ok(Decision::Stripe) => "stripe".to_owned(),
            Ok(Decision::Local(None)) => "local".to_owned(),
            Ok(Decision::Local(Some(obstacle))) => format!("local for {}", obstacle.option),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn stripe_sends_where_it_is_asked_for_or_a_listen_runs_and_nothing_is_in_the_way() {
        let table = [
            (Asked::Nobody, false, &[][..], "local"),
            (Asked::Nobody, false, &["--from"], "local"),
            (Asked::Nobody, true, &[], "stripe"),
            (Asked::Nobody, true, &["--from", "--seed"], "local for --from"),
            (Asked::Local, true, &[], "local"),
            (Asked::Local, true, &["--from"], "local"),
            (Asked::Stripe, false, &[], "stripe"),
            (Asked::Stripe, true, &[], "stripe"),
            (Asked::Stripe, false, &["--from"], "--from cannot go through Stripe: why"),
        ];
        for (asked, is_listening, obstacles, expected) in table {
            assert_eq!(decision(asked, is_listening, obstacles), expected, "{asked:?}");
        }
    }
}
