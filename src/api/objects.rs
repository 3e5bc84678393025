//! The objects of one account, each in one state.

use std::collections::{BTreeMap, HashMap};

use super::noted::Notes;
use super::object::{CASH_BALANCE, ObjectKey, ObjectState};

/// The objects of one account.
#[derive(Debug, Default)]
pub(super) struct Objects {
    by_kind: BTreeMap<String, ObjectsOfKind>,
    /// The types of each id.
    kinds: HashMap<String, Vec<String>>,
    /// What is different of those that a file keeps.
    pub(super) notes: Notes<ObjectKey>,
}

/// Those of one type.
#[derive(Debug, Default)]
struct ObjectsOfKind {
    /// By the number of each, in the order in which they came to be known.
    states: BTreeMap<u64, ObjectState>,
    /// The number of each id.
    numbers: HashMap<String, u64>,
    /// How many there were.
    count: u64,
}

impl ObjectsOfKind {
    fn find(&self, id: &str) -> Option<&ObjectState> {
        self.states.get(self.numbers.get(id)?)
    }

    fn find_mut(&mut self, id: &str) -> Option<&mut ObjectState> {
        self.states.get_mut(self.numbers.get(id)?)
    }

    fn add(&mut self, id: String, state: ObjectState) {
        self.count += 1;
        self.numbers.insert(id, self.count);
        self.states.insert(self.count, state);
    }

    fn remove(&mut self, id: &str) -> Option<ObjectState> {
        self.states.remove(&self.numbers.remove(id)?)
    }
}

impl Objects {
    /// None yet; whether a file is to know what is different.
    pub(super) fn new(is_kept: bool) -> Self {
        Self { notes: Notes::new(is_kept), ..Self::default() }
    }

    /// Keeps a state; `false` where a newer one is there, or the same.
    pub(super) fn keep(&mut self, key: ObjectKey, mut state: ObjectState) -> bool {
        let of_kind = self.by_kind.get_mut(&key.kind);
        if let Some(known) = of_kind.and_then(|of_kind| of_kind.find_mut(&key.id)) {
            if !state.replaces(known) {
                known.story = known.story.max(state.story);
                return false;
            }
            state.owner = state.owner.or_else(|| known.owner.take());
            state.is_written |= known.is_written;
            state.overlay = known.overlay.take();
            state.change_as_called();
            state.story = state.story.max(known.story);
            let is_new = known.shapes != state.shapes || known.is_deleted != state.is_deleted;
            *known = state;
            if known.is_to_be_kept() {
                self.notes.there(&key);
            }
            return is_new;
        }
        self.add(key, state);
        true
    }

    /// Takes an object in of which nothing is known.
    pub(super) fn add(&mut self, key: ObjectKey, state: ObjectState) {
        if state.is_to_be_kept() {
            self.notes.there(&key);
        }
        let ObjectKey { kind, id } = key;
        // Whatever names its customer does not mean it.
        if kind != CASH_BALANCE {
            self.kinds.entry(id.clone()).or_default().push(kind.clone());
        }
        self.by_kind.entry(kind).or_default().add(id, state);
    }

    /// Forgets an object that is known by events alone, none of them newer than the one of that number.
    pub(super) fn forget(&mut self, key: Option<ObjectKey>, number: usize) {
        let Some(key) = key else { return };
        let is_old =
            |state: &ObjectState| state.is_of_event_alone() && state.place.number <= number;
        if self.of(&key).is_some_and(is_old) {
            self.remove(&key);
        }
    }

    /// Forgets all that are known by events alone.
    pub(super) fn forget_untold(&mut self) {
        self.forget_all(ObjectState::is_of_event_alone);
    }

    /// Forgets all whose newest story is that.
    pub(super) fn forget_story(&mut self, story: usize) {
        self.forget_all(|state| state.story == Some(story));
    }

    fn forget_all(&mut self, is_over: impl Fn(&ObjectState) -> bool) {
        let over = self.every().filter(|state| is_over(state));
        let over: Vec<ObjectKey> = over.filter_map(ObjectState::key).collect();
        for key in &over {
            self.remove(key);
        }
    }

    /// Forgets an object; whether there was one.
    pub(super) fn remove(&mut self, key: &ObjectKey) -> bool {
        let ObjectKey { kind, id } = key;
        let of_kind = self.by_kind.get_mut(kind);
        let Some(gone) = of_kind.and_then(|of_kind| of_kind.remove(id)) else { return false };
        if gone.is_to_be_kept() {
            self.notes.gone(key);
        }
        if let Some(kinds) = self.kinds.get_mut(id) {
            kinds.retain(|known| known != kind);
            if kinds.is_empty() {
                self.kinds.remove(id);
            }
        }
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.notes.is_empty()
    }

    /// The object of one of these types with that id.
    pub(super) fn find(&self, kinds: &[String], id: &str) -> Option<&ObjectState> {
        kinds.iter().find_map(|kind| self.by_kind.get(kind)?.find(id))
    }

    /// The same, to be changed.
    pub(super) fn find_mut(&mut self, kind: &str, id: &str) -> Option<&mut ObjectState> {
        let state = self.by_kind.get_mut(kind)?.find_mut(id)?;
        // Whoever changes it leaves its mark.
        self.notes.there(&ObjectKey { kind: kind.to_owned(), id: id.to_owned() });
        Some(state)
    }

    /// The object with that id, whatever its type.
    pub(super) fn any(&self, id: &str) -> Option<&ObjectState> {
        self.find(self.kinds.get(id)?, id)
    }

    /// The object with that id that a field of that name means: a price and its plan have the same.
    pub(super) fn meant(&self, field: &str, id: &str) -> Option<&ObjectState> {
        let kinds = self.kinds.get(id)?;
        let by_name = kinds.iter().find(|kind| kind.as_str() == field);
        let other = || kinds.iter().find(|kind| kind.as_str() != "plan");
        let kind = by_name.or_else(other).or_else(|| kinds.first())?;
        self.find(std::slice::from_ref(kind), id)
    }

    /// The object of that name.
    pub(super) fn of(&self, key: &ObjectKey) -> Option<&ObjectState> {
        self.by_kind.get(&key.kind)?.find(&key.id)
    }

    /// All of them, type after type, each in the order in which they came to be known.
    pub(super) fn every(&self) -> impl Iterator<Item = &ObjectState> {
        self.by_kind.values().flat_map(|of_kind| of_kind.states.values())
    }

    /// The objects of a type, in the order in which they came to be known.
    pub(super) fn all(&self, kind: &str) -> impl DoubleEndedIterator<Item = &ObjectState> {
        self.by_kind.get(kind).into_iter().flat_map(|of_kind| of_kind.states.values())
    }
}
