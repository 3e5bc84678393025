//! The queue between a listen and whoever shows it. It is bounded, and a listen never waits for it: what
//! a reader that stands still has no room for is left out and counted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use super::under_way::Tally;
use super::update::{AppUpdate, ListenUpdate};

/// How many updates may wait; some that come together are no reason to leave anything out.
const MOST: usize = 4_096;
/// How much text they may hold together, in bytes; an app may write long lines.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The listen's end.
#[derive(Clone, Debug)]
pub(crate) struct Updates {
    queue: mpsc::Sender<ListenUpdate>,
    shared: Arc<Shared>,
    tally: Tally,
}

/// The end of whoever shows it.
#[derive(Debug)]
pub(crate) struct UpdateReceiver {
    queue: mpsc::Receiver<ListenUpdate>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// How much text waits.
    bytes: AtomicUsize,
    /// How many were left out since the last that found room.
    left_out: Mutex<u64>,
}

/// Both ends of a queue.
pub(crate) fn updates() -> (Updates, UpdateReceiver) {
    let (sender, receiver) = mpsc::channel(MOST);
    let shared = Arc::new(Shared::default());
    (
        Updates { queue: sender, shared: Arc::clone(&shared), tally: Tally::default() },
        UpdateReceiver { queue: receiver, shared },
    )
}

impl Updates {
    /// What is under way, and what it came to.
    pub(crate) const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Puts an update into the queue, or counts it as left out.
    pub(super) fn send(&self, update: ListenUpdate) {
        let mut left_out = self.shared.left_out();
        if !self.has_room(&update) {
            *left_out += 1;
            return;
        }
        // In its place among the others.
        if *left_out > 0 && self.is_sent(ListenUpdate::LeftOut(*left_out)) {
            *left_out = 0;
        }
        if *left_out > 0 || !self.is_sent(update) {
            *left_out += 1;
        }
    }

    fn has_room(&self, update: &ListenUpdate) -> bool {
        self.shared.bytes.load(Ordering::Relaxed) + size(update) <= MOST_BYTES
    }

    fn is_sent(&self, update: ListenUpdate) -> bool {
        let size = size(&update);
        self.shared.bytes.fetch_add(size, Ordering::Relaxed);
        match self.queue.try_send(update) {
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.shared.bytes.fetch_sub(size, Ordering::Relaxed);
                false
            }
            // Nobody shows anything any more at the very end.
            _ => true,
        }
    }
}

impl UpdateReceiver {
    /// Waits for updates and takes those that are there, some hundreds at most; tells how many. None
    /// come any more after zero.
    pub(crate) async fn next(&mut self, into: &mut Vec<ListenUpdate>) -> usize {
        let from = into.len();
        let count = self.queue.recv_many(into, MOST / 16).await;
        let size = into[from..].iter().map(size).sum();
        self.shared.bytes.fetch_sub(size, Ordering::Relaxed);
        count
    }

    /// What waits now.
    pub(crate) fn waiting(&mut self) -> Vec<ListenUpdate> {
        let mut waiting = Vec::new();
        while let Ok(update) = self.queue.try_recv() {
            self.shared.bytes.fetch_sub(size(&update), Ordering::Relaxed);
            waiting.push(update);
        }
        waiting
    }

    /// What waits still, with what was left out last.
    pub(crate) fn rest(&mut self) -> Vec<ListenUpdate> {
        let mut rest = Vec::new();
        while let Ok(update) = self.queue.try_recv() {
            rest.push(update);
        }
        let left_out = std::mem::take(&mut *self.shared.left_out());
        if left_out > 0 {
            rest.push(ListenUpdate::LeftOut(left_out));
        }
        rest
    }
}

impl Shared {
    fn left_out(&self) -> MutexGuard<'_, u64> {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much text an update holds, roughly.
fn size(update: &ListenUpdate) -> usize {
    match update {
        ListenUpdate::Attempt(row) => {
            let calls = row.api_calls.iter().flatten();
            let calls: usize = calls.map(|call| size_of_val(call) + call.path.len()).sum();
            size_of_val(&**row) + row.answer.len() + row.event.len() + row.event_id.len() + calls
        }
        ListenUpdate::App(AppUpdate::Line(line)) | ListenUpdate::Remark(line) => line.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> ListenUpdate {
        ListenUpdate::App(AppUpdate::Line(text.to_owned()))
    }

    fn said(updates: &[ListenUpdate]) -> Vec<String> {
        let said = |update: &ListenUpdate| match update {
            ListenUpdate::App(AppUpdate::Line(line)) => line.chars().take(9).collect(),
            ListenUpdate::LeftOut(count) => format!("-{count}"),
            other => format!("{other:?}"),
        };
        updates.iter().map(said).collect()
    }

    #[tokio::test]
    async fn what_finds_no_room_is_counted_in_its_place() {
        let (updates, mut receiver) = updates();
        for number in 0..MOST + 3 {
            updates.send(line(&number.to_string()));
        }
        let mut seen = Vec::new();
        receiver.next(&mut seen).await;
        updates.send(line("later"));
        seen.extend(receiver.rest());
        let said = said(&seen);
        assert_eq!(said.len(), MOST + 2);
        assert_eq!(said[MOST - 1..], [(MOST - 1).to_string(), "-3".into(), "later".into()]);
        assert!(receiver.rest().is_empty());
    }

    #[tokio::test]
    async fn long_lines_find_less_room() {
        let (updates, mut receiver) = updates();
        let long = "x".repeat(64 * 1024);
        for _ in 0..1_000 {
            updates.send(line(&long));
        }
        let said = said(&receiver.rest());
        assert_eq!((said.len(), said.last().unwrap().as_str()), (65, "-936"));
    }
}
