//! Knows events again: a copy gets the answer of the first instead of being delivered.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::HeaderMap;
use tokio::sync::SetOnce;

/// What goes back to `stripe listen`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The place of an answer that may still have to come.
#[derive(Debug, Default)]
pub(super) struct Slot(SetOnce<Arc<Answer>>);

impl Slot {
    /// Gives the answer, if it is the first; that one counts.
    pub(super) fn give(&self, answer: Arc<Answer>) -> bool {
        self.0.set(answer).is_ok()
    }

    pub(super) async fn wait(&self) -> Arc<Answer> {
        Arc::clone(self.0.wait().await)
    }

    fn of(answer: Answer) -> Arc<Self> {
        let slot = Self::default();
        slot.give(Arc::new(answer));
        Arc::new(slot)
    }
}

/// Whether an event is there for the first time.
#[derive(Debug)]
pub(super) enum Sighting {
    /// Its answer is to be given here.
    First(Arc<Slot>),
    /// The answer of the first is, or will be, here.
    Copy(Arc<Slot>),
}

/// The events that were seen last.
#[derive(Debug)]
pub(super) struct Seen {
    most: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    slots: HashMap<Arc<str>, Arc<Slot>>,
    /// From the oldest on; some may be forgotten already.
    order: VecDeque<(Arc<str>, Arc<Slot>)>,
}

/// How much of an answer's body is kept for copies.
const KEPT_BODY: usize = 1024;

impl Seen {
    pub(super) fn new(most: usize) -> Self {
        Self { most, inner: Mutex::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks an event up, and remembers it.
    pub(super) fn look(&self, id: &str) -> Sighting {
        let mut inner = self.lock();
        if let Some(slot) = inner.slots.get(id) {
            return Sighting::Copy(Arc::clone(slot));
        }
        let slot = Arc::new(Slot::default());
        // What has no id is never known again.
        if !id.is_empty() {
            let id: Arc<str> = id.into();
            inner.slots.insert(Arc::clone(&id), Arc::clone(&slot));
            inner.order.push_back((id, Arc::clone(&slot)));
        }
        if inner.order.len() > self.most
            && let Some((oldest, slot)) = inner.order.pop_front()
            && inner.slots.get(&oldest).is_some_and(|kept| Arc::ptr_eq(kept, &slot))
        {
            inner.slots.remove(&oldest);
        }
        Sighting::First(slot)
    }

    /// Forgets an event that was not accepted: the next copy is delivered.
    pub(super) fn forget(&self, id: &str) {
        self.lock().slots.remove(id);
    }

    /// Makes the memory of a large answer small.
    pub(super) fn settle(&self, id: &str, answer: &Answer) {
        if answer.body.len() <= KEPT_BODY {
            return;
        }
        let start = answer.body.get(..KEPT_BODY).unwrap_or_default();
        let small = Slot::of(Answer {
            status: answer.status,
            headers: answer.headers.clone(),
            body: Bytes::copy_from_slice(start),
        });
        let mut inner = self.lock();
        if let Some(slot) = inner.slots.get_mut(id) {
            let before = std::mem::replace(slot, Arc::clone(&small));
            if let Some(place) = inner.order.iter_mut().rev().find(|p| Arc::ptr_eq(&p.1, &before)) {
                place.1 = small;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_first(seen: &Seen, id: &str) -> bool {
        matches!(seen.look(id), Sighting::First(_))
    }

    #[test]
    fn a_copy_is_known_until_too_many_came_after() {
        let seen = Seen::new(2);
        assert!(is_first(&seen, "a") && !is_first(&seen, "a"));
        assert!(is_first(&seen, "b") && !is_first(&seen, "a"));
        assert!(is_first(&seen, "c"));
        assert!(!is_first(&seen, "b") && !is_first(&seen, "c") && is_first(&seen, "a"));
        assert!(seen.lock().slots.len() <= 2);
    }

    #[test]
    fn what_was_forgotten_is_new_and_stays_when_its_old_place_goes() {
        let seen = Seen::new(2);
        assert!(is_first(&seen, "a"));
        seen.forget("a");
        assert!(is_first(&seen, "a"));
        assert!(is_first(&seen, "b"));
        assert!(!is_first(&seen, "a"));
    }

    #[test]
    fn events_without_an_id_are_all_new() {
        let seen = Seen::new(2);
        assert!(is_first(&seen, "") && is_first(&seen, ""));
    }

    #[tokio::test]
    async fn a_copy_of_a_settled_event_gets_the_start_of_a_large_answer() {
        let seen = Seen::new(2);
        let Sighting::First(slot) = seen.look("a") else { panic!("it is new") };
        let answer = Arc::new(Answer {
            status: 200,
            headers: HeaderMap::new(),
            body: vec![b'x'; 5_000].into(),
        });
        slot.give(Arc::clone(&answer));
        seen.settle("a", &answer);
        let Sighting::Copy(slot) = seen.look("a") else { panic!("it is known") };
        let kept = slot.wait().await;
        assert_eq!((kept.status, kept.body.len()), (200, KEPT_BODY));
    }
}
