//! The order of ordered deliveries: by time of creation and causal rank, within a window.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// What events are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Stripe's second.
    pub(super) created: i64,
    /// Causes before effects.
    pub(super) rank: u16,
    /// Which came first.
    pub(super) arrival: u64,
}

/// Holds each thing back for the window's length, so that those which belong before it can still
/// come. Of any two that arrive within the window, the lesser key goes out first.
#[derive(Debug)]
pub(super) struct Window<T> {
    length: Duration,
    held: BTreeMap<Key, (Instant, T)>,
}

impl<T> Window<T> {
    pub(super) fn new(length: Duration) -> Self {
        Self { length, held: BTreeMap::new() }
    }

    /// Takes a thing that arrived at that moment.
    pub(super) fn push(&mut self, key: Key, at: Instant, thing: T) {
        self.held.insert(key, (at, thing));
    }

    /// When the next one goes out, if no other comes: the least, once it has waited its time.
    pub(super) fn due(&self) -> Option<Instant> {
        self.held.first_key_value().map(|(_, (at, _))| *at + self.length)
    }

    /// The next that may go out.
    pub(super) fn pop(&mut self, now: Instant) -> Option<T> {
        if self.due()? > now {
            return None;
        }
        self.pop_first()
    }

    /// The least of those that are held, due or not.
    pub(super) fn pop_first(&mut self) -> Option<T> {
        self.held.pop_first().map(|(_, (_, thing))| thing)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LENGTH: u64 = 250;

    /// Plays arrivals (milliseconds, created, rank) through a window and returns the keys as they went out.
    fn play(start: Instant, arrivals: &[(u64, i64, u16)]) -> Vec<Key> {
        let mut window = Window::new(Duration::from_millis(LENGTH));
        let mut out = Vec::new();
        for (arrival, (at, created, rank)) in (0..).zip(arrivals) {
            let now = start + Duration::from_millis(*at);
            out.extend(std::iter::from_fn(|| window.pop(now)));
            let key = Key { created: *created, rank: *rank, arrival };
            window.push(key, now, key);
        }
        out.extend(std::iter::from_fn(|| window.pop(start + Duration::from_hours(1))));
        assert_eq!(window.due(), None);
        out
    }

    #[test]
    fn an_event_waits_for_its_window_and_no_longer() {
        let start = Instant::now();
        let mut window = Window::new(Duration::from_millis(LENGTH));
        window.push(Key { created: 1, rank: 0, arrival: 0 }, start, "a");
        assert_eq!(window.due(), Some(start + Duration::from_millis(LENGTH)));
        assert_eq!(window.pop(start + Duration::from_millis(LENGTH - 1)), None);
        assert_eq!(window.pop(start + Duration::from_millis(LENGTH)), Some("a"));
    }

    proptest! {
        #[test]
        fn any_interleaving_within_the_window_gives_the_causal_order(
            mut arrivals in proptest::collection::vec((0..LENGTH, 0i64..5, 0u16..5), 0..40),
        ) {
            arrivals.sort_by_key(|(at, ..)| *at);
            let out = play(Instant::now(), &arrivals);
            prop_assert_eq!(out.len(), arrivals.len());
            prop_assert!(out.is_sorted());
        }

        #[test]
        fn of_two_that_arrive_within_the_window_the_lesser_goes_first(
            mut arrivals in proptest::collection::vec((0..3_000u64, 0i64..20, 0u16..5), 0..60),
        ) {
            arrivals.sort_by_key(|(at, ..)| *at);
            let out = play(Instant::now(), &arrivals);
            prop_assert_eq!(out.len(), arrivals.len());
            let at = |key: &Key| arrivals[usize::try_from(key.arrival).unwrap()].0;
            for (place, first) in out.iter().enumerate() {
                for later in &out[place + 1..] {
                    let fits = later > first || at(later) >= at(first) + LENGTH;
                    prop_assert!(fits, "{:?} before {:?}", first, later);
                }
            }
        }
    }
}
