//! The body of an event that waits: in memory while there is room, else in the history.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::history::{History, Receipt};

/// How many bytes wait in memory, and how many may.
#[derive(Debug)]
pub(super) struct Room {
    used: AtomicUsize,
    most: usize,
}

/// A body.
#[derive(Debug)]
pub(super) enum Parcel {
    /// In memory; takes room, if it was told to.
    Here { body: Bytes, room: Option<Arc<Room>> },
    /// In the history.
    Recorded,
}

impl Room {
    pub(super) fn new(most: usize) -> Self {
        Self { used: AtomicUsize::new(0), most }
    }
}

impl Parcel {
    pub(super) fn new(body: Bytes) -> Self {
        Self::Here { body, room: None }
    }

    /// Lets go of the body if it is recorded and there is no room for it.
    pub(super) fn stow(&mut self, room: &Arc<Room>, receipt: &Receipt) {
        let Self::Here { body, room: own @ None } = self else { return };
        let used = room.used.load(Ordering::Relaxed) + body.len();
        if used > room.most && receipt.id().is_some() {
            *self = Self::Recorded;
        } else {
            room.used.fetch_add(body.len(), Ordering::Relaxed);
            *own = Some(Arc::clone(room));
        }
    }

    /// The body; `None` where the history does not have it any more.
    pub(super) async fn body(&self, history: &History, receipt: &Receipt) -> Option<Bytes> {
        match self {
            Self::Here { body, .. } => Some(body.clone()),
            Self::Recorded => history.body(receipt).await.map(Bytes::from),
        }
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        if let Self::Here { body, room: Some(room) } = self {
            room.used.fetch_sub(body.len(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_recorded_stays_and_room_comes_back() {
        let room = Arc::new(Room::new(10));
        let used = || room.used.load(Ordering::Relaxed);
        let mut parcels = ["xxxxxxxx", "yyyyyyyy"].map(|body| Parcel::new(body.into()));
        for parcel in &mut parcels {
            parcel.stow(&room, &Receipt::default());
        }
        assert_eq!(used(), 16);
        drop(parcels);
        assert_eq!(used(), 0);
    }
}
