//! The body of an event that waits: in memory within a budget, else in the history.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::history::{History, Receipt};

/// How many bytes wait in memory, and how many may.
#[derive(Debug)]
pub(super) struct MemoryBudget {
    used: AtomicUsize,
    limit: usize,
}

/// A body.
#[derive(Debug)]
pub(super) enum Body {
    /// In memory; charged to the budget once it was held against it.
    Memory { bytes: Bytes, budget: Option<Arc<MemoryBudget>> },
    /// In the history.
    Spilled,
}

impl MemoryBudget {
    pub(super) fn new(limit: usize) -> Self {
        Self { used: AtomicUsize::new(0), limit }
    }
}

impl Body {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self::Memory { bytes, budget: None }
    }

    /// Charges the body to the budget; spills it where that is used up and the history has it.
    pub(super) fn charge_or_spill(&mut self, budget: &Arc<MemoryBudget>, receipt: &Receipt) {
        let Self::Memory { bytes, budget: own @ None } = self else { return };
        let used = budget.used.load(Ordering::Relaxed) + bytes.len();
        if used > budget.limit && receipt.id().is_some() {
            *self = Self::Spilled;
        } else {
            budget.used.fetch_add(bytes.len(), Ordering::Relaxed);
            *own = Some(Arc::clone(budget));
        }
    }

    /// The bytes; `None` where the history does not have them any more.
    pub(super) async fn bytes(&self, history: &History, receipt: &Receipt) -> Option<Bytes> {
        match self {
            Self::Memory { bytes, .. } => Some(bytes.clone()),
            Self::Spilled => history.body(receipt).await,
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Self::Memory { bytes, budget: Some(budget) } = self {
            budget.used.fetch_sub(bytes.len(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_recorded_stays_in_memory_and_is_given_back() {
        let budget = Arc::new(MemoryBudget::new(10));
        let used = || budget.used.load(Ordering::Relaxed);
        let mut bodies = ["xxxxxxxx", "yyyyyyyy"].map(|bytes| Body::new(bytes.into()));
        for body in &mut bodies {
            body.charge_or_spill(&budget, &Receipt::default());
        }
        assert_eq!(used(), 16);
        drop(bodies);
        assert_eq!(used(), 0);
    }
}
