//! What whoever records is told of the history.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Something of the history that its user has to know. Deliveries go on all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It cannot be written, or was damaged.
    Incomplete(String),
    /// Another program writes to it for long. What comes meanwhile is recorded afterwards.
    Locked,
    /// So many deliveries found no room while it could not be written.
    NotRecorded(u64),
    /// Pruning cannot keep the limits without removing events that are still to be delivered.
    OverLimits,
    /// Its file is not there any more, or empty. A new one is begun, with so many events that are still
    /// to be delivered.
    Gone {
        /// What happened to the file.
        how: Gone,
        /// How many events were written into the new one.
        kept: usize,
    },
}

/// What happened to the history's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// It is not there any more, or another is.
    Deleted,
    /// It has 0 bytes.
    Emptied,
}

/// Those that nobody was told yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Notices(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Notice>,
    told: Vec<std::mem::Discriminant<Notice>>,
}

impl Notices {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has it told, if it is the first of its kind.
    pub(super) fn once(&self, notice: Notice) {
        let mut state = self.lock();
        let kind = std::mem::discriminant(&notice);
        if !state.told.contains(&kind) {
            state.told.push(kind);
            state.waiting.push_back(notice);
        }
    }

    /// Has it told each time.
    pub(super) fn each(&self, notice: Notice) {
        self.lock().waiting.push_back(notice);
    }

    pub(super) fn next(&self) -> Option<Notice> {
        self.lock().waiting.pop_front()
    }
}
