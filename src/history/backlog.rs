//! What is to be written: usually for a moment, longer while the history cannot be written.

use std::collections::VecDeque;

use super::record::{AttemptRow, Delivery, Receipt, RecordedStory};

/// How many bytes wait while the history cannot be written. What comes after them is not recorded.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// How many bytes more there are for what came of deliveries that found room.
const RESERVED_BYTES: usize = 16 * 1024 * 1024;
/// What a row takes besides its body.
const ROW_BYTES: usize = 512;
/// How much is committed at once.
pub(super) const BATCH_MESSAGES: usize = 512;
pub(super) const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What a message writes.
#[derive(Debug)]
pub(super) enum PendingRow {
    /// A delivery; whether the session has to deliver it.
    Delivery(Box<Delivery>, Receipt, Tracked),
    /// What came of an attempt.
    Attempt(Receipt, Box<AttemptRow>),
    /// What the app asked the local API.
    Calls(Receipt, Vec<u8>),
    /// No attempt follows.
    Finished(Receipt),
}

/// Whether a delivery is finished by a message of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tracked {
    Yes,
    No,
}

/// Rows in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    rows: VecDeque<PendingRow>,
    bytes: usize,
    left_out: u64,
}

impl Backlog {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many bytes it may still take.
    pub(super) const fn room(&self) -> usize {
        MOST_BYTES.saturating_sub(self.bytes)
    }

    /// Adds a row, if there is room; what came of a delivery, without its answer's text if need be.
    pub(super) fn push(&mut self, row: PendingRow) {
        let row = match row {
            row if row.size() <= self.room() => row,
            PendingRow::Delivery(..) => {
                self.left_out += 1;
                return;
            }
            PendingRow::Attempt(receipt, attempt) => {
                let short =
                    AttemptRow { headers: None, body: None, body_truncated: true, ..*attempt };
                PendingRow::Attempt(receipt, Box::new(short))
            }
            PendingRow::Calls(..) => return,
            PendingRow::Finished(receipt) => PendingRow::Finished(receipt),
        };
        if self.bytes + row.size() <= MOST_BYTES + RESERVED_BYTES {
            self.bytes += row.size();
            self.rows.push_back(row);
        }
    }

    /// As many as one commit takes, from the first.
    pub(super) fn take(&mut self) -> Vec<PendingRow> {
        let (mut bytes, mut taken) = (0, Vec::new());
        while bytes < BATCH_BYTES && taken.len() < BATCH_MESSAGES {
            let Some(row) = self.rows.pop_front() else { break };
            bytes += row.size();
            taken.push(row);
        }
        self.bytes -= bytes;
        taken
    }

    /// Gives rows back that could not be written, or have to be written again.
    pub(super) fn put_back(&mut self, rows: Vec<PendingRow>) {
        for row in rows.into_iter().rev() {
            self.bytes += row.size();
            self.rows.push_front(row);
        }
    }

    /// The deliveries that wait.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = (&Delivery, &Receipt)> {
        self.rows.iter().filter_map(|row| match row {
            PendingRow::Delivery(delivery, receipt, _) => Some((&**delivery, receipt)),
            PendingRow::Attempt(..) | PendingRow::Calls(..) | PendingRow::Finished(_) => None,
        })
    }

    /// How many deliveries found no room since this was asked last.
    pub(super) fn left_out(&mut self) -> u64 {
        std::mem::take(&mut self.left_out)
    }
}

impl PendingRow {
    /// Makes what is kept of its story, where that is not made yet.
    pub(super) fn make_story(&self) {
        if let Self::Delivery(delivery, ..) = self {
            let _ = delivery.story.as_ref().map(RecordedStory::telling);
        }
    }

    /// It was not written after all.
    pub(super) fn unwrite(&self) {
        if let Self::Delivery(_, receipt, _) = self {
            receipt.set(None);
        }
    }

    fn size(&self) -> usize {
        let body = match self {
            Self::Delivery(delivery, ..) => delivery.body.len(),
            Self::Attempt(_, attempt) => attempt.body.as_ref().map_or(0, Vec::len),
            Self::Calls(_, calls) => calls.len(),
            Self::Finished(_) => 0,
        };
        ROW_BYTES + body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(bytes: usize) -> PendingRow {
        let attempt = AttemptRow {
            at: crate::protocol::Moment::from_seconds(0),
            outcome: "response",
            state: 1,
            status: Some(200),
            latency_us: 0,
            headers: None,
            body: Some(vec![b'x'; bytes]),
            body_truncated: false,
            error: None,
        };
        PendingRow::Attempt(Receipt::default(), Box::new(attempt))
    }

    #[test]
    fn what_is_taken_and_put_back_makes_room_and_takes_it_again() {
        let mut backlog = Backlog::default();
        for _ in 0..10 {
            backlog.push(attempt(BATCH_BYTES / 2));
        }
        let before = backlog.bytes;
        let rows = backlog.take();
        assert_eq!((rows.len(), backlog.rows.len()), (2, 8));
        backlog.put_back(rows);
        assert_eq!((backlog.bytes, backlog.rows.len()), (before, 10));
        while !backlog.is_empty() {
            backlog.take();
        }
        assert_eq!(backlog.bytes, 0);
    }

    #[test]
    fn the_bytes_that_wait_are_bounded_and_have_room_for_what_came_of_the_first() {
        let mut backlog = Backlog::default();
        for _ in 0..200 {
            backlog.push(attempt(1024 * 1024));
        }
        let with_body = |row: &&PendingRow| row.size() > ROW_BYTES;
        assert_eq!((backlog.rows.iter().filter(with_body).count(), backlog.rows.len()), (63, 200));
        backlog.push(PendingRow::Finished(Receipt::default()));
        assert!(matches!(backlog.rows.back(), Some(PendingRow::Finished(_))));
        for _ in 0..200_000 {
            backlog.push(attempt(1));
        }
        assert!(backlog.bytes <= MOST_BYTES + RESERVED_BYTES, "{}", backlog.bytes);
    }
}
