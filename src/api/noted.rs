//! Notes of what is different since a file was told of it.

/// What was noted of things of that name, in the order in which it happened; nothing where no file wants to know.
#[derive(Debug)]
pub(super) struct Notes<K>(Option<Vec<Note<K>>>);

/// One thing.
#[derive(Debug)]
pub(super) enum Note<K> {
    /// It is there, and new or different.
    There(K),
    Gone(K),
}

impl<K> Default for Notes<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Clone + PartialEq> Notes<K> {
    /// None yet; whether any are to be taken.
    pub(super) fn new(are_wanted: bool) -> Self {
        Self(are_wanted.then(Vec::new))
    }

    pub(super) fn there(&mut self, name: &K) {
        let Some(notes) = &mut self.0 else { return };
        if !matches!(notes.last(), Some(Note::There(last)) if last == name) {
            notes.push(Note::There(name.clone()));
        }
    }

    pub(super) fn gone(&mut self, name: &K) {
        if let Some(notes) = &mut self.0 {
            notes.push(Note::Gone(name.clone()));
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Note<K>> {
        self.0.iter().flatten()
    }

    pub(super) fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(Vec::is_empty)
    }

    /// What was noted is written.
    pub(super) fn clear(&mut self) {
        self.0.iter_mut().for_each(Vec::clear);
    }
}
