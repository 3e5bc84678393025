//! What events do to the app's state.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::prober::Prober;
use crate::error::Result;
use crate::runner::Plan;
use crate::runner::app_state::{AppState, Fingerprint, StateDifference};

/// The types that are tried: what apps act on.
pub(super) const CANDIDATES: [&str; 8] = [
    "checkout.session.completed",
    "payment_intent.succeeded",
    "invoice.paid",
    "customer.subscription.created",
    "customer.subscription.updated",
    "charge.succeeded",
    "customer.created",
    "invoice.payment_succeeded",
];
/// How long the app may take before its state moves …
pub(super) const MOVES_WITHIN: Duration = Duration::from_millis(800);
/// … and how long that has to stay as it is to count as settled.
const STAYS_FOR: Duration = Duration::from_millis(80);
/// How long an app may work on what came before.
pub(super) const RESTS_WITHIN: Duration = Duration::from_secs(10);
/// How long it is waited for a change that may be none.
pub(super) const BRIEFLY: Duration = Duration::from_millis(300);
/// How long to wait before another look.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How much of a state is told, in characters.
const SHOWN: usize = 2_000;

/// The app's state, and what moves it.
#[derive(Debug)]
pub(super) struct Effects {
    state: AppState,
    acting: OnceCell<Option<Acting>>,
}

/// A type of events that moves the app's state.
#[derive(Clone, Debug)]
pub(super) struct Acting {
    /// The type.
    pub(super) event_type: String,
    /// What one such event does.
    pub(super) change: EventEffect,
    /// How long that took to be seen.
    pub(super) took: Duration,
}

/// What an event did: the differences of numbers, and what else differs.
pub(super) type EventEffect = BTreeMap<String, String>;

/// Two looks, and how they differ.
#[derive(Debug)]
pub(super) struct Moved {
    pub(super) before: Fingerprint,
    pub(super) after: Fingerprint,
    pub(super) differences: Vec<StateDifference>,
    pub(super) took: Duration,
}

impl Effects {
    pub(super) fn new(state: AppState) -> Self {
        Self { state, acting: OnceCell::new() }
    }

    /// Whether a plan has what the state is asked by.
    pub(super) fn can_look(&self, plan: &Plan) -> bool {
        self.state.can_look(&plan.ids)
    }

    pub(super) async fn look(&self, plan: &Plan) -> Result<Fingerprint> {
        self.state.look(&plan.ids).await
    }

    /// Waits until the state is not as before and rests, or until the time for that is up.
    pub(super) async fn moved(
        &self,
        before: Fingerprint,
        plan: &Plan,
        within: Duration,
    ) -> Result<Moved> {
        let start = Instant::now();
        let mut took = Duration::ZERO;
        let mut last = self.look(plan).await?;
        let mut since = Instant::now();
        loop {
            let has_moved = !before.differences(&last, &plan.ids).is_empty();
            let rests = since.elapsed() >= STAYS_FOR;
            if (has_moved && rests) || (!has_moved && start.elapsed() >= within) {
                let differences = before.differences(&last, &plan.ids);
                return Ok(Moved { before, after: last, differences, took });
            }
            tokio::time::sleep(POLL_INTERVAL).await;
            let next = self.look(plan).await?;
            if !last.differences(&next, &plan.ids).is_empty() {
                since = Instant::now();
                took = start.elapsed();
            }
            last = next;
        }
    }

    /// Waits until the app has done what it still works on: what it does later would be told of the next event.
    async fn rested(&self, prober: &Prober) -> Result<()> {
        let plan = prober.story("effect", &[&prober.event_type])?;
        let start = Instant::now();
        let mut moved = true;
        while moved && start.elapsed() < RESTS_WITHIN {
            let before = self.look(&plan).await?;
            moved = !self.moved(before, &plan, MOVES_WITHIN).await?.differences.is_empty();
        }
        Ok(())
    }

    /// The first type of events that moves the state; of those that are tried, where none is given.
    pub(super) async fn acting(
        &self,
        prober: &Prober,
        asked: Option<&str>,
    ) -> Result<Option<&Acting>> {
        let found = self.acting.get_or_try_init(|| self.find(prober, asked)).await?;
        Ok(found.as_ref())
    }

    /// Gives an app that works later the time to do what came before a probe.
    pub(super) async fn finished(&self, prober: &Prober) {
        if let Some(Some(acting)) = self.acting.get() {
            let due = if acting.took.is_zero() {
                Duration::ZERO
            } else {
                acting.took * 5 / 4 + STAYS_FOR
            };
            tokio::time::sleep(due.saturating_sub(prober.quiet_for())).await;
        }
    }

    async fn find(&self, prober: &Prober, asked: Option<&str>) -> Result<Option<Acting>> {
        let candidates: &[&str] = asked.as_ref().map_or(&CANDIDATES, std::slice::from_ref);
        self.rested(prober).await?;
        for name in candidates {
            let plan = prober.story(&format!("effect/{name}"), &[name])?;
            let before = self.look(&plan).await?;
            let Some(event) = plan.events.first() else { continue };
            let attempt = prober.post(&prober.signed(event)).await;
            if !attempt.outcome.is_accepted() {
                continue;
            }
            let Moved { differences, took, .. } = self.moved(before, &plan, MOVES_WITHIN).await?;
            if !differences.is_empty() {
                let change = change(&differences);
                return Ok(Some(Acting { event_type: (*name).to_owned(), change, took }));
            }
        }
        Ok(None)
    }
}

impl Acting {
    /// How long a further effect may take to be seen.
    pub(super) fn patience(&self) -> Duration {
        self.took * 2 + Duration::from_millis(200)
    }
}

/// What differences come to: by how much numbers went up or down; anything else as it is after.
pub(super) fn change(differences: &[StateDifference]) -> EventEffect {
    let one = |difference: &StateDifference| {
        let place = format!("{} ({})", difference.subject(), difference.query);
        let number = |value: &Option<String>| -> Option<f64> {
            let text = value.as_deref().unwrap_or("0");
            text.trim_matches('"').split(' ').next()?.parse().ok()
        };
        let by = number(&difference.before).zip(number(&difference.after));
        let told = match by {
            Some((before, after)) => format!("{:+}", millionths(after - before)),
            None => difference.after.clone().unwrap_or_else(|| "gone".to_owned()),
        };
        (place, told)
    };
    differences.iter().map(one).collect()
}

/// Without what two decimal fractions leave: 90.9 - 80.8 is 10.1.
fn millionths(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// Differences for a reader.
pub(super) fn told(differences: &[StateDifference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A look for a reader.
pub(super) fn shown(look: &Fingerprint) -> String {
    let answer = |answer: &crate::runner::app_state::StateAnswer| {
        format!("{}: {}", answer.query, String::from_utf8_lossy(&answer.body).trim())
    };
    let text = look.answers.iter().map(answer).collect::<Vec<_>>().join("\n");
    crate::text::width::fit(&text, SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_by_how_much_numbers_differ() {
        let difference = |place: &str, before: Option<&str>, after: Option<&str>| StateDifference {
            query: "GET /".to_owned(),
            place: place.to_owned(),
            before: before.map(ToOwned::to_owned),
            after: after.map(ToOwned::to_owned),
        };
        let once = [
            difference("a", Some("10"), Some("20")),
            difference("b", Some("1 item"), Some("2 items")),
        ];
        let again = [
            difference("a", Some("20"), Some("30")),
            difference("b", Some("2 items"), Some("3 items")),
        ];
        assert_eq!(change(&once), change(&again));
        let cents = |before, after| change(&[difference("a", Some(before), Some(after))]);
        assert_eq!(cents("80.8", "90.9"), cents("0", "10.1"));
        let twice = [difference("a", Some("20"), Some("40"))];
        assert_ne!(change(&once), change(&twice));
        let state = [difference("status", None, Some("\"active\""))];
        assert_eq!(change(&state)["status (GET /)"], "\"active\"");
    }
}
