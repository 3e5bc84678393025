//! The list: a window of the deliveries that fit, and the one of them that is selected.

use crate::history::{DeliveryId, DeliveryWindow, Entry, WindowPlace};

/// So near to the end of what is there, more is read.
const MARGIN: usize = 24;

/// A window of the list.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) rows: Vec<Entry>,
    selected: usize,
    /// The line of the screen that the selected one is on.
    line: usize,
    /// How many lines there are.
    height: usize,
    /// Whether nothing older fits, and nothing newer.
    ends: (bool, bool),
    /// Whether the newest one is selected, whatever comes.
    pub(super) follows: bool,
    /// Whether a window is under way that has more.
    is_asked: bool,
}

impl List {
    pub(super) fn following() -> Self {
        Self { follows: true, ..Self::default() }
    }

    pub(super) fn selected(&self) -> Option<&Entry> {
        self.rows.get(self.selected)
    }

    pub(super) fn selected_id(&self) -> Option<DeliveryId> {
        self.selected().map(|entry| entry.id)
    }

    /// Whether nothing newer fits than what is there.
    pub(super) const fn is_at_end(&self) -> bool {
        self.ends.1
    }

    pub(super) fn set_height(&mut self, height: usize) {
        self.height = height.max(1);
        self.line = self.line.min(self.height - 1);
    }

    /// What is seen, and which of that is selected.
    pub(super) fn seen(&self) -> (&[Entry], usize) {
        let last_start = self.rows.len().saturating_sub(self.height);
        let start = self.selected.saturating_sub(self.line).min(last_start);
        let end = (start + self.height).min(self.rows.len());
        (&self.rows[start..end], self.selected.saturating_sub(start))
    }

    /// Where the next window lies that shows the same with what is new.
    pub(super) fn around(&self) -> WindowPlace {
        match self.selected_id() {
            Some(id) if !self.follows => WindowPlace::Of(id),
            _ => WindowPlace::Newest,
        }
    }

    /// Moves down so many rows.
    pub(super) fn down(&mut self, rows: usize) {
        let from = self.seen().1;
        let to = (self.selected + rows).min(self.rows.len().saturating_sub(1));
        self.line = (from + (to - self.selected)).min(self.height.saturating_sub(1));
        self.selected = to;
    }

    /// Moves up so many rows, and follows no longer.
    pub(super) fn up(&mut self, rows: usize) {
        self.follows = false;
        self.line = self.seen().1.saturating_sub(rows);
        self.selected = self.selected.saturating_sub(rows);
    }

    /// A page, with a line in common.
    pub(super) fn page(&self) -> usize {
        self.height.saturating_sub(1).max(1)
    }

    /// Where more is to be read, if that is needed and not under way.
    pub(super) fn more(&mut self) -> Option<WindowPlace> {
        let is_near_start = !self.ends.0 && self.selected < MARGIN;
        let is_near_end = !self.ends.1 && self.selected + MARGIN >= self.rows.len();
        if self.is_asked || !(is_near_start || is_near_end) {
            return None;
        }
        self.is_asked = true;
        self.selected_id().map(WindowPlace::Of)
    }

    /// Takes a window: what was selected stays so, if it is there.
    pub(super) fn take(&mut self, window: DeliveryWindow, around: WindowPlace) {
        let before = (self.selected_id(), self.seen().1);
        self.rows = window.entries;
        self.ends = (window.is_first, window.is_last);
        self.is_asked = false;
        let last = self.rows.len().saturating_sub(1);
        let wanted = match around {
            WindowPlace::Newest if self.follows => None,
            WindowPlace::Newest => before.0,
            WindowPlace::Oldest => self.rows.first().map(|first| first.id),
            WindowPlace::FailureAfter(_) | WindowPlace::FailureBefore(_) => window.failure,
            // Who has moved since is left there.
            WindowPlace::Of(id) => before.0.or(Some(id)),
        };
        let wanted = wanted.map(|id| self.rows.partition_point(|row| row.id < id).min(last));
        self.selected = wanted.unwrap_or(last);
        self.line = match around {
            _ if self.follows => self.height.saturating_sub(1),
            WindowPlace::Oldest => 0,
            WindowPlace::FailureAfter(_) | WindowPlace::FailureBefore(_) => self.height / 2,
            _ => before.1,
        };
    }

    /// Selects the delivery of that number, once it is there.
    pub(super) fn expect(&mut self, id: DeliveryId) {
        self.follows = false;
        if let Ok(at) = self.rows.binary_search_by_key(&id, |row| row.id) {
            let line = self.seen().1 + at;
            self.line = line.saturating_sub(self.selected).min(self.height.saturating_sub(1));
            self.selected = at;
        } else {
            // A window around it is on its way.
            self.rows.clear();
            self.line = self.height / 2;
        }
    }
}
