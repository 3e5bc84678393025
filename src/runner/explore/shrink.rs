//! Makes a sequence that breaks an app smaller, as long as it still does: no duplicates, fewer events, fewer swaps.

use std::collections::BTreeSet;
use std::future::Future;

use crate::error::Result;
use crate::scenario::{Candidates, Sequence};

/// How many sequences are tried for one.
const MOST_TRIED: usize = 60;

/// Says what is wrong after a sequence.
pub(crate) trait Breaks {
    /// What is not as after the same events in their order; `None` where nothing is, or it cannot be found out.
    fn breaks(&mut self, sequence: &Sequence) -> impl Future<Output = Result<Option<Vec<String>>>>;

    /// A sequence that breaks the app, where it still does when the app has more time than it showed to need.
    fn confirm(&mut self, found: Sample) -> impl Future<Output = Result<Option<Sample>>> {
        std::future::ready(Ok(Some(found)))
    }

    /// Whether a sequence is what others are held against.
    fn is_reference(&self, sequence: &Sequence) -> bool {
        sequence.is_in_order()
    }
}

/// A sequence that breaks the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// The deliveries.
    pub sequence: Sequence,
    /// What is wrong after them.
    pub problems: Vec<String>,
}

/// The smallest that is found; `None` where the app was only slow.
///
/// # Errors
/// It cannot be found out whether one breaks the app.
pub(crate) async fn shrink<B: Breaks>(
    first: Sample,
    possible: &Candidates,
    breaks: &mut B,
) -> Result<Option<Sample>> {
    let Some(first) = breaks.confirm(first).await? else { return Ok(None) };
    let best = smallest(first.clone(), possible, breaks).await?;
    if best.sequence == first.sequence {
        return Ok(Some(first));
    }
    Ok(Some(breaks.confirm(best).await?.unwrap_or(first)))
}

async fn smallest<B: Breaks>(
    first: Sample,
    possible: &Candidates,
    breaks: &mut B,
) -> Result<Sample> {
    let mut shrinking = Shrinking { best: first, possible, breaks, tried: BTreeSet::new() };
    let suspects = suspects(&shrinking.best.sequence);
    shrinking.attempt(suspects).await?;
    while shrinking.without_copies().await?
        || shrinking.with_fewer_events().await?
        || shrinking.with_fewer_swaps().await?
    {}
    Ok(shrinking.best)
}

struct Shrinking<'s, B> {
    best: Sample,
    possible: &'s Candidates,
    breaks: &'s mut B,
    tried: BTreeSet<Sequence>,
}

impl<B: Breaks> Shrinking<'_, B> {
    /// Whether a sequence breaks the app, too: it is the best one then.
    async fn attempt(&mut self, sequence: Sequence) -> Result<bool> {
        let is_new = sequence != self.best.sequence && !self.breaks.is_reference(&sequence);
        let is_worth_it = is_new
            && self.tried.len() < MOST_TRIED
            && self.possible.is_possible(&sequence)
            && self.tried.insert(sequence.clone());
        if !is_worth_it {
            return Ok(false);
        }
        let Some(problems) = self.breaks.breaks(&sequence).await? else { return Ok(false) };
        self.best = Sample { sequence, problems };
        Ok(true)
    }

    async fn without_copies(&mut self) -> Result<bool> {
        let mut seen = BTreeSet::new();
        let once: Vec<usize> =
            self.best.sequence.0.iter().copied().filter(|step| seen.insert(*step)).collect();
        self.attempt(Sequence(once)).await
    }

    /// Leaves out a half, a quarter …, one delivery.
    async fn with_fewer_events(&mut self) -> Result<bool> {
        let mut size = self.best.sequence.0.len() / 2;
        while size > 0 {
            for start in (0..self.best.sequence.0.len()).step_by(size) {
                let mut rest = self.best.sequence.0.clone();
                rest.drain(start..rest.len().min(start + size));
                if self.attempt(Sequence(rest)).await? {
                    return Ok(true);
                }
            }
            size /= 2;
        }
        Ok(false)
    }

    /// Puts two neighbours into their order.
    async fn with_fewer_swaps(&mut self) -> Result<bool> {
        for at in 1..self.best.sequence.0.len() {
            let mut order = self.best.sequence.0.clone();
            if order[at - 1] > order[at] {
                order.swap(at - 1, at);
                if self.attempt(Sequence(order)).await? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// The deliveries that are not where they belong: what is left when those that are in order around them are gone.
fn suspects(sequence: &Sequence) -> Sequence {
    let steps = &sequence.0;
    let is_suspect = |at: &usize| {
        let before = steps[..*at].iter().any(|other| *other >= steps[*at]);
        before || steps[at + 1..].iter().any(|other| *other <= steps[*at])
    };
    Sequence((0..steps.len()).filter(is_suspect).map(|at| steps[at]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::id::Seed;

    /// An app that breaks where a sequence is in what it gets.
    struct App(Sequence, usize);

    impl Breaks for App {
        async fn breaks(&mut self, sequence: &Sequence) -> Result<Option<Vec<String>>> {
            self.1 += 1;
            Ok(sequence.contains(&self.0).then(Vec::new))
        }
    }

    fn shrunk(planted: &str, found: &str) -> (String, usize) {
        let possible = Candidates::new(&[0; 9], |_, _| false, Seed(1));
        let mut app = App(planted.parse().unwrap(), 0);
        let first = Sample { sequence: found.parse().unwrap(), problems: Vec::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let smallest = runtime.block_on(shrink(first, &possible, &mut app)).unwrap().unwrap();
        (smallest.sequence.to_string(), app.1)
    }

    #[test]
    fn what_is_left_is_what_breaks() {
        for (planted, found) in [
            ("2,1", "2,1,3,4,5,6,7,8,9"),
            ("9,1", "9,8,7,6,5,4,3,2,1"),
            ("5,4", "9,8,7,6,5,4,3,2,1"),
            ("3,3", "1,1,2,2,3,3,4,4,5,5,6,6,7,7,8,8,9,9"),
            ("8,2,2", "9,8,7,6,5,4,3,2,1,2"),
            ("3,2,1", "9,3,2,1,4,5,6,7,8,9"),
        ] {
            let (smallest, tried) = shrunk(planted, found);
            assert_eq!(smallest, planted);
            assert!(tried <= 40, "{planted}: {tried}");
        }
    }
}
