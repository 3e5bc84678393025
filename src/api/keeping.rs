//! Keeps what calls change in a file, before they are answered.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use super::Api;
use super::answer::ApiAnswer;
use super::error::RequestError;
use super::idempotency;
use super::kept::{
    EventRow, KeptAnswer, KeptChange, KeptCounters, KeptObject, KeptState, ObjectRow,
};
use super::noted::Note;
use super::object::{Authority, ObjectKey};
use super::request::ApiRequest;
use super::sent::{Account, SentEvent};
use super::state::{Keeping, StateFile};
use super::store::ApiStore;
use crate::error::Result;

/// What a file has kept, of which the events are to be taken in yet.
pub(crate) struct Recollection {
    file: StateFile,
    events: Vec<EventRow>,
    counters: Option<KeptCounters>,
    /// How many objects there are.
    pub(crate) objects: usize,
}

impl Api {
    /// Takes in what a file has kept, but for its events: those of the history may be older.
    ///
    /// # Errors
    /// The file is damaged.
    pub(crate) fn recall(&self, file: StateFile) -> Result<Recollection> {
        let KeptState { objects, events, answers, counters } = file.read()?;
        if let Some(counters) = &counters {
            self.0.ahead.store(counters.ahead, Ordering::Relaxed);
            self.calls().resume(counters.calls);
        }
        let count = objects.len();
        let mut store = self.store();
        if let Some(counters) = &counters {
            store.calls.resume(counters);
        }
        for row in objects {
            recall_object(&mut store, row);
        }
        drop(store);
        for kept in answers {
            self.keys().recall(kept);
        }
        Ok(Recollection { file, events, counters, objects: count })
    }

    /// From now on, the file keeps what calls change.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn keep(&self, recollection: Recollection) -> Result<()> {
        let Recollection { file, events, counters, .. } = recollection;
        let mut store = self.store();
        let written = |EventRow { account, body }: EventRow| {
            let payload = serde_json::from_slice(&body).unwrap_or_default();
            SentEvent::written(account, &payload, &body)
        };
        store.keep_events(events.into_iter().map(written).collect());
        store.take_notes();
        let counters = counters.unwrap_or_default();
        *self.keeping() = Some(Keeping { file, counters, has_forgotten: false });
        self.commit(&mut store, None)
    }

    /// What is answered to a call that was done, once the file has what it changed; else why it has not.
    pub(super) fn committed(
        &self,
        store: &mut ApiStore,
        request: &ApiRequest,
        answer: ApiAnswer,
    ) -> ApiAnswer {
        let is_kept = [200, 402].contains(&answer.status);
        let kept = is_kept.then(|| idempotency::kept(request, &answer)).flatten();
        match self.commit(store, kept) {
            Ok(()) => answer,
            Err(error) => RequestError::not_kept(&error.with_root_cause()).answer(&request.path),
        }
    }

    /// Keeps an answer that stands for no change.
    pub(super) fn keep_answer(&self, request: &ApiRequest, answer: &ApiAnswer) {
        let kept = idempotency::kept(request, answer);
        // Nothing was done: a file that does not take it tells so at the next call.
        let _ = self.commit(&mut self.store(), kept);
    }

    /// The answers to earlier requests count no more: their story is over.
    pub(super) fn forget_answers(&self) {
        self.keys().forget_answers();
        if let Some(keeping) = self.keeping().as_mut() {
            keeping.has_forgotten = true;
        }
    }

    /// Writes what is different, where a file keeps it.
    ///
    /// # Errors
    /// The system says no: what is different is written with the next change.
    pub(super) fn commit(&self, store: &mut ApiStore, answer: Option<KeptAnswer>) -> Result<()> {
        let mut keeping = self.keeping();
        let Some(keeping) = keeping.as_mut() else { return Ok(()) };
        let counters = self.counters(store);
        let is_same =
            KeptCounters { calls: keeping.counters.calls, ..counters.clone() } == keeping.counters;
        let mut changes = noted(store);
        if keeping.has_forgotten {
            changes.push(KeptChange::NoAnswers);
        }
        changes.extend(answer.map(|kept| KeptChange::Answer(Box::new(kept))));
        if changes.is_empty() && is_same {
            return Ok(());
        }
        changes.push(KeptChange::Counters(counters.clone()));
        keeping.file.write(&changes)?;
        store.clear_notes();
        (keeping.counters, keeping.has_forgotten) = (counters, false);
        Ok(())
    }

    fn counters(&self, store: &ApiStore) -> KeptCounters {
        let mut told: Vec<(String, i64)> = store.calls.told.iter().cloned().collect();
        told.sort_unstable();
        KeptCounters {
            seed: store.calls.seed.0,
            changes: store.calls.count,
            calls: self.call_count(),
            ahead: self.0.ahead.load(Ordering::Relaxed),
            api_version: store.calls.api_version.clone(),
            told,
        }
    }

    fn keeping(&self) -> MutexGuard<'_, Option<Keeping>> {
        self.0.keeping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Api {
    /// Lets another file take the place of the one that there is.
    pub(super) fn spoil(&self, file: StateFile) {
        self.keeping().as_mut().unwrap().file = file;
    }
}

fn recall_object(store: &mut ApiStore, row: ObjectRow) {
    let ObjectRow { account, object, hidden } = row;
    let state = object.state();
    let Some(key) = state.key() else { return };
    if let Some(hidden) = hidden {
        store.calls.hidden.insert(key.id.clone(), hidden);
    }
    // What lies in others, or was handed in, stays as long as they do.
    if state.is_written && state.source == Authority::Event {
        store.calls.made.push_back((account.clone(), key));
    }
    store.take_in(&account, state);
}

/// What is different in a store.
fn noted(store: &ApiStore) -> Vec<KeptChange> {
    let mut changes = Vec::new();
    for (account, objects) in store.accounts() {
        for note in objects.notes.iter() {
            match note {
                Note::There(key) => {
                    let state = objects.of(key);
                    changes.extend(state.map(|state| {
                        let (account, object) = (account.clone(), KeptObject::of(state));
                        let hidden = store.hidden(&key.id).cloned();
                        KeptChange::Object(Box::new(ObjectRow { account, object, hidden }))
                    }));
                }
                Note::Gone(key) => changes.push(no_object(account, key)),
            }
        }
    }
    for note in store.sent_events().notes.iter() {
        match note {
            Note::There(id) => changes.extend(store.sent_events().of(id).map(|event| {
                let (account, body) = (event.account.clone(), event.body.to_vec());
                KeptChange::Event(id.clone(), EventRow { account, body })
            })),
            Note::Gone(id) => changes.push(KeptChange::NoEvent(id.clone())),
        }
    }
    changes
}

fn no_object(account: &Account, key: &ObjectKey) -> KeptChange {
    KeptChange::NoObject(account.clone(), key.kind.clone(), key.id.clone())
}
