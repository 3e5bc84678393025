//! Which deliveries of a scenario's events are possible at Stripe, and which of them to try first.
//!
//! Stripe promises no order, so that causes may be overtaken by what they caused. It tries again for days what is
//! not accepted, and may send an event twice. What cannot be is that an event of today comes before one that Stripe
//! gave up long ago.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::str::FromStr;

use super::order::drawn;
use crate::event::id::Seed;

/// For how long Stripe tries to deliver an event, in seconds: three days.
const TRIES_FOR: i64 = 3 * 24 * 60 * 60;
/// How many draws in a row may give nothing new before there is nothing left.
const FRUITLESS_DRAWS: usize = 200;

/// Deliveries of a scenario's steps, which count from 0. A step that stands in it twice is delivered twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub Vec<usize>);

impl Sequence {
    /// All steps in their order.
    pub fn of_story(steps: usize) -> Self {
        Self((0..steps).collect())
    }

    /// The same steps in their order, each once.
    #[must_use]
    pub fn in_order(&self) -> Self {
        Self(self.0.iter().copied().collect::<BTreeSet<usize>>().into_iter().collect())
    }

    /// Whether each step comes once and in its order.
    pub fn is_in_order(&self) -> bool {
        self.0.windows(2).all(|pair| pair[0] < pair[1])
    }

    /// Whether another one is in it, perhaps with others between.
    pub fn contains(&self, other: &Self) -> bool {
        let mut rest = self.0.iter();
        other.0.iter().all(|step| rest.any(|own| own == step))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(|step| (step + 1).to_string()).collect();
        f.write_str(&numbers.join(","))
    }
}

impl FromStr for Sequence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split(',').map(|n| n.trim().parse().ok().filter(|n: &usize| *n > 0));
        let numbers: Option<Vec<usize>> = numbers.map(|number| Some(number? - 1)).collect();
        numbers.map(Self).ok_or_else(|| "expected the steps' numbers, such as `2,1`".to_owned())
    }
}

/// What is to be tried, the likeliest to differ first: each two neighbours swapped, the last first, everything
/// twice, each event late or early, each other two swapped; then what the seed draws.
#[derive(Debug)]
pub struct Candidates {
    steps: usize,
    /// The steps that cannot come before each step.
    after: Vec<Vec<usize>>,
    seed: Seed,
    listed: std::vec::IntoIter<Sequence>,
    draws: usize,
    known: HashSet<Sequence>,
}

impl Candidates {
    /// Those of steps that happen at these seconds. `needs` says of two steps whether the second cannot be sent before
    /// the first is answered.
    pub fn new(seconds: &[i64], needs: impl Fn(usize, usize) -> bool, seed: Seed) -> Self {
        let steps = seconds.len();
        let is_bound = |first: usize, second: usize| {
            seconds[second].saturating_sub(seconds[first]) > TRIES_FOR || needs(first, second)
        };
        let before = |step: usize| (0..step).filter(|first| is_bound(*first, step)).collect();
        let after = (0..steps).map(before).collect();
        let known = HashSet::from([Sequence::of_story(steps)]);
        Self { steps, after, seed, listed: listed(steps).into_iter(), draws: 0, known }
    }

    /// Whether Stripe could deliver so.
    pub fn is_possible(&self, sequence: &Sequence) -> bool {
        // What a step waits for does not come after it, for the first time or again.
        sequence.0.iter().enumerate().all(|(at, step)| {
            !sequence.0[at..].iter().any(|later| self.after[*step].contains(later))
        })
    }

    /// An order that the seed draws, some events twice in it.
    fn draw(&self) -> Sequence {
        let name = format!("explore/{}", self.draws);
        let mut drawn: Vec<usize> = drawn(self.steps, self.seed, &name);
        let mut order: Vec<usize> = Vec::with_capacity(self.steps);
        // The first that may come next, again and again.
        while let Some(at) = drawn
            .iter()
            .position(|step| self.after[*step].iter().all(|first| order.contains(first)))
        {
            order.push(drawn.remove(at));
        }
        for step in 0..self.steps {
            if self.seed.number(&format!("{name}/twice/{step}"), 4) == 0 {
                let first = order.iter().position(|own| *own == step).unwrap_or_default();
                let room = order.len() - first;
                let at = first + 1 + self.seed.number(&format!("{name}/again/{step}"), room);
                order.insert(at, step);
            }
        }
        Sequence(order)
    }
}

impl Iterator for Candidates {
    type Item = Sequence;

    fn next(&mut self) -> Option<Sequence> {
        while let Some(listed) = self.listed.next() {
            if self.is_possible(&listed) && self.known.insert(listed.clone()) {
                return Some(listed);
            }
        }
        for _ in 0..FRUITLESS_DRAWS {
            let drawn = self.draw();
            self.draws += 1;
            if self.is_possible(&drawn) && self.known.insert(drawn.clone()) {
                return Some(drawn);
            }
        }
        None
    }
}

/// What is tried whatever the seed.
fn listed(steps: usize) -> Vec<Sequence> {
    let story: Vec<usize> = (0..steps).collect();
    let swapped = |first: usize, second: usize| {
        let mut order = story.clone();
        order.swap(first, second);
        Sequence(order)
    };
    let moved = |from: usize, to: usize| {
        let mut order = story.clone();
        let step = order.remove(from);
        order.insert(to, step);
        Sequence(order)
    };
    let again = |step: usize| Sequence([story.as_slice(), &[step]].concat());
    let neighbours = (1..steps).map(|at| swapped(at - 1, at));
    let twice = story.iter().flat_map(|step| [*step, *step]).collect();
    let whole = [
        Sequence(story.iter().rev().copied().collect()),
        Sequence(twice),
        Sequence([story.clone(), story.clone()].concat()),
    ];
    let each = (0..steps).flat_map(|step| [again(step), moved(step, 0), moved(step, steps - 1)]);
    let pairs = (0..steps).flat_map(|first| (first + 2..steps).map(move |second| (first, second)));
    let pairs = pairs.map(|(first, second)| swapped(first, second));
    neighbours.chain(whole).chain(each).chain(pairs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(seconds: &[i64]) -> Candidates {
        Candidates::new(seconds, |_, _| false, Seed(7))
    }

    #[test]
    fn neighbours_come_first_and_nothing_twice() {
        let first: Vec<String> =
            candidates(&[0; 4]).take(7).map(|sequence| sequence.to_string()).collect();
        insta::assert_snapshot!(first.join(" "), @"2,1,3,4 1,3,2,4 1,2,4,3 4,3,2,1 1,1,2,2,3,3,4,4 1,2,3,4,1,2,3,4 1,2,3,4,1");
        let all: Vec<Sequence> = candidates(&[0; 9]).take(500).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 500);
        let same: Vec<Sequence> = candidates(&[0; 9]).take(500).collect();
        assert_eq!(all, same, "the seed decides");
    }

    #[test]
    fn each_two_events_come_in_both_orders() {
        let all: Vec<Sequence> = candidates(&[0; 9]).take(9).collect();
        for (first, second) in (0..9).flat_map(|a| (0..9).map(move |b| (a, b))) {
            let pair = Sequence(vec![first, second]);
            let story = Sequence::of_story(9);
            let other = first != second && !all.iter().any(|one| one.contains(&pair));
            assert!(!other || story.contains(&pair), "{pair}");
        }
    }

    #[test]
    fn what_stripe_gave_up_does_not_come_later() {
        let days = |days: i64| days * 24 * 60 * 60;
        let found = candidates(&[days(-30), 0, 0]);
        assert!(found.is_possible(&"1,3,2,3".parse().unwrap()));
        for text in ["2,1,3", "1,2,3,1"] {
            assert!(!found.is_possible(&text.parse().unwrap()), "{text}");
        }
        for sequence in candidates(&[days(-30), 0, 0]).take(50) {
            assert!(sequence.to_string().starts_with('1'), "{sequence}");
        }
    }

    #[test]
    fn few_steps_have_few_sequences() {
        let of_one: Vec<String> = candidates(&[0]).map(|sequence| sequence.to_string()).collect();
        assert_eq!(of_one, ["1,1"]);
        assert!(candidates(&[]).next().is_none());
    }

    #[test]
    fn sequences_are_read() {
        for text in ["", "0", "1,,2", "a"] {
            assert!(text.parse::<Sequence>().is_err(), "{text}");
        }
        let sequence: Sequence = "3,1,3".parse().unwrap();
        assert_eq!(
            (sequence.in_order().to_string(), sequence.is_in_order()),
            ("1,3".into(), false)
        );
        assert!(sequence.contains(&"1,3".parse().unwrap()));
        assert!(!sequence.contains(&"1,1".parse().unwrap()));
    }
}
