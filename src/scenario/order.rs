//! In which order a story's events are delivered: Stripe promises none.

use std::fmt;
use std::str::FromStr;

use crate::event::id::Seed;

/// An order of delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As the scenario tells it.
    #[default]
    Story,
    /// By the time at which the events happened.
    Created,
    /// The last one first.
    Reverse,
    /// Drawn by the seed.
    Shuffle,
    /// These steps, each given by its number from 1.
    Given(Vec<usize>),
}

/// How many different orders one call may try.
pub const MOST_ORDERS: usize = 1_000;

impl Order {
    /// The steps, from 0, in this order. `moments` are the times of the steps, and their ranks within
    /// one second.
    pub fn arrange(&self, moments: &[(i64, u16)], seed: Seed) -> Vec<usize> {
        let mut steps: Vec<usize> = (0..moments.len()).collect();
        match self {
            Self::Story => {}
            Self::Created => steps.sort_by_key(|step| moments[*step]),
            Self::Reverse => steps.reverse(),
            Self::Shuffle => steps = drawn(steps.len(), seed, "order"),
            Self::Given(given) => {
                // What is not named comes after what is.
                let named = given.iter().map(|number| number.saturating_sub(1));
                let named: Vec<usize> = named.filter(|step| *step < moments.len()).collect();
                steps.retain(|step| !named.contains(step));
                steps = [named, steps].concat();
            }
        }
        steps
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "story" => Ok(Self::Story),
            "created" => Ok(Self::Created),
            "reverse" => Ok(Self::Reverse),
            "shuffle" => Ok(Self::Shuffle),
            _ => given(text).ok_or_else(|| {
                "expected `story`, `created`, `reverse`, `shuffle`, or the steps' numbers, such as \
                 `2,1,3`"
                    .to_owned()
            }),
        }
    }
}

fn given(text: &str) -> Option<Order> {
    let numbers = text.split(',').map(|number| number.trim().parse().ok().filter(|n| *n > 0));
    let numbers: Vec<usize> = numbers.collect::<Option<_>>()?;
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    (sorted.len() == numbers.len()).then_some(Order::Given(numbers))
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Story => "story",
            Self::Created => "created",
            Self::Reverse => "reverse",
            Self::Shuffle => "shuffle",
            Self::Given(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                return f.write_str(&numbers.join(","));
            }
        })
    }
}

/// Up to `wanted` different orders of that many steps, none of them the story's own: first those in
/// which two neighbours are swapped, then others as the seed draws them.
pub fn permutations(wanted: usize, steps: usize, seed: Seed) -> Vec<Order> {
    let story: Vec<usize> = (0..steps).collect();
    let swaps = (1..steps).map(|at| {
        let mut order = story.clone();
        order.swap(at - 1, at);
        order
    });
    let mut found: Vec<Vec<usize>> = swaps.take(wanted).collect();
    let wanted = count_of_permutations(wanted, steps);
    let mut draw = 0_usize;
    while found.len() < wanted {
        let order = drawn(steps, seed, &format!("order/{draw}"));
        if order != story && !found.contains(&order) {
            found.push(order);
        }
        draw += 1;
    }
    let numbers =
        |order: Vec<usize>| Order::Given(order.into_iter().map(|step| step + 1).collect());
    found.into_iter().map(numbers).collect()
}

/// How many orders [`permutations`] finds.
pub fn count_of_permutations(wanted: usize, steps: usize) -> usize {
    wanted.min(others(steps))
}

/// How many orders there are besides the story's own, as far as that matters.
fn others(steps: usize) -> usize {
    let mut count = 1_usize;
    for factor in 2..=steps {
        count = count.saturating_mul(factor);
        if count > MOST_ORDERS {
            break;
        }
    }
    count - 1
}

/// The numbers below `count` in an order that belongs to seed and name.
pub fn drawn(count: usize, seed: Seed, name: &str) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..count).collect();
    // Fisher-Yates.
    for at in (1..count).rev() {
        numbers.swap(at, seed.number(&format!("{name}/{at}"), at + 1));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn numbers(orders: &[Order]) -> Vec<String> {
        orders.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn steps_are_arranged() {
        let arrange = |order: &str| {
            order.parse::<Order>().unwrap().arrange(&[(3, 0), (1, 2), (1, 1)], Seed(1))
        };
        assert_eq!(arrange("story"), [0, 1, 2]);
        assert_eq!(arrange("created"), [2, 1, 0]);
        assert_eq!(arrange("reverse"), [2, 1, 0]);
        assert_eq!(arrange("3,1"), [2, 0, 1]);
        let mut shuffled = arrange("shuffle");
        assert_eq!(shuffled, arrange("shuffle"), "the seed decides");
        shuffled.sort_unstable();
        assert_eq!(shuffled, [0, 1, 2]);
    }

    #[test]
    fn what_is_no_order_is_refused() {
        for text in ["", "random", "1,1", "0", "1,,2", "1;2"] {
            assert!(text.parse::<Order>().is_err(), "{text}");
        }
    }

    #[test]
    fn neighbours_are_swapped_first() {
        let orders = permutations(4, 4, Seed(7));
        assert_eq!(numbers(&orders)[..3], ["2,1,3,4", "1,3,2,4", "1,2,4,3"]);
        assert_eq!(orders.len(), 4);
    }

    #[test]
    fn no_order_comes_twice_and_there_are_no_more_than_there_are() {
        let orders = numbers(&permutations(100, 4, Seed(7)));
        let different: BTreeSet<&String> = orders.iter().collect();
        assert_eq!((orders.len(), different.len()), (23, 23), "24 but the story's own");
        assert!(!orders.contains(&"1,2,3,4".to_owned()));
        assert!(permutations(5, 1, Seed(7)).is_empty());
        assert_eq!(permutations(40, 9, Seed(7)).len(), 40);
    }

    #[test]
    fn draws_are_even() {
        let first = |seed| drawn(4, Seed(seed), "order")[0];
        let mut counts = [0; 4];
        (0..4_000).for_each(|seed| counts[first(seed)] += 1);
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
