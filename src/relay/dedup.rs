//! Knows events again: a duplicate gets the answer of the first instead of being delivered.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::answer::{Answer, Pending};

/// Whether an event is there for the first time.
#[derive(Debug)]
pub(super) enum Lookup {
    /// Its answer is to be given here.
    New(Arc<Pending>),
    /// The answer of the first is, or will be, here.
    Duplicate(Arc<Pending>),
}

/// The events that came last, with their answers.
#[derive(Debug)]
pub(super) struct DedupCache {
    capacity: usize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_id: HashMap<Arc<str>, Arc<Pending>>,
    /// From the oldest on; some may be evicted already.
    order: VecDeque<(Arc<str>, Arc<Pending>)>,
}

/// How much of an answer's body is kept for duplicates.
const KEPT_BODY: usize = 1024;

impl DedupCache {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, entries: Mutex::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks an event up, and remembers it.
    pub(super) fn look_up(&self, id: &str) -> Lookup {
        let mut entries = self.lock();
        if let Some(pending) = entries.by_id.get(id) {
            return Lookup::Duplicate(Arc::clone(pending));
        }
        let pending = Arc::new(Pending::default());
        // What has no id is never known again.
        if !id.is_empty() {
            let id: Arc<str> = id.into();
            entries.by_id.insert(Arc::clone(&id), Arc::clone(&pending));
            entries.order.push_back((id, Arc::clone(&pending)));
        }
        if entries.order.len() > self.capacity
            && let Some((oldest, pending)) = entries.order.pop_front()
            && entries.by_id.get(&oldest).is_some_and(|kept| Arc::ptr_eq(kept, &pending))
        {
            entries.by_id.remove(&oldest);
        }
        Lookup::New(pending)
    }

    /// Forgets an event that was not accepted: the next duplicate is delivered.
    pub(super) fn evict(&self, id: &str) {
        self.lock().by_id.remove(id);
    }

    /// Keeps only the start of a large answer.
    pub(super) fn shrink(&self, id: &str, answer: &Answer) {
        if answer.body.len() <= KEPT_BODY {
            return;
        }
        let start = answer.body.get(..KEPT_BODY).unwrap_or_default();
        let small = Pending::resolved(Answer {
            status: answer.status,
            headers: answer.headers.clone(),
            body: Bytes::copy_from_slice(start),
        });
        let mut entries = self.lock();
        if let Some(pending) = entries.by_id.get_mut(id) {
            let before = std::mem::replace(pending, Arc::clone(&small));
            let mut newest_first = entries.order.iter_mut().rev();
            if let Some(entry) = newest_first.find(|entry| Arc::ptr_eq(&entry.1, &before)) {
                entry.1 = small;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;

    use super::*;

    fn is_new(cache: &DedupCache, id: &str) -> bool {
        matches!(cache.look_up(id), Lookup::New(_))
    }

    #[test]
    fn a_duplicate_is_known_until_too_many_came_after() {
        let cache = DedupCache::new(2);
        assert!(is_new(&cache, "a") && !is_new(&cache, "a"));
        assert!(is_new(&cache, "b") && !is_new(&cache, "a"));
        assert!(is_new(&cache, "c"));
        assert!(!is_new(&cache, "b") && !is_new(&cache, "c") && is_new(&cache, "a"));
        assert!(cache.lock().by_id.len() <= 2);
    }

    #[test]
    fn what_was_evicted_is_new_and_stays_when_its_old_entry_goes() {
        let cache = DedupCache::new(2);
        assert!(is_new(&cache, "a"));
        cache.evict("a");
        assert!(is_new(&cache, "a"));
        assert!(is_new(&cache, "b"));
        assert!(!is_new(&cache, "a"));
    }

    #[test]
    fn events_without_an_id_are_all_new() {
        let cache = DedupCache::new(2);
        assert!(is_new(&cache, "") && is_new(&cache, ""));
    }

    #[tokio::test]
    async fn a_duplicate_of_an_answered_event_gets_the_start_of_a_large_answer() {
        let cache = DedupCache::new(2);
        let Lookup::New(pending) = cache.look_up("a") else { panic!("it is new") };
        let answer = Arc::new(Answer {
            status: 200,
            headers: HeaderMap::new(),
            body: vec![b'x'; 5_000].into(),
        });
        pending.resolve(Arc::clone(&answer));
        cache.shrink("a", &answer);
        let Lookup::Duplicate(pending) = cache.look_up("a") else { panic!("it is known") };
        let kept = pending.wait().await;
        assert_eq!((kept.status, kept.body.len()), (200, KEPT_BODY));
    }
}
