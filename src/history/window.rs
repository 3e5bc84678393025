//! A part of a history around a place in it, for whoever looks through it: never all of it at once.

use super::entries::{self, Entry};
use super::filter::{Filter, IdRange, State};
use super::query::Reader;
use super::record::DeliveryId;
use super::store::StoreError;
use crate::error::Result;

/// Where a window lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowPlace {
    /// At the end.
    Newest,
    /// At the start.
    Oldest,
    /// Around that delivery, or where it would be.
    Of(DeliveryId),
    /// Around the first failure after that delivery.
    FailureAfter(DeliveryId),
    /// Around the last failure before that delivery.
    FailureBefore(DeliveryId),
}

/// Some of the deliveries that fit a filter, as they lie beside each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeliveryWindow {
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// Whether no older one fits.
    pub is_first: bool,
    /// Whether no newer one fits.
    pub is_last: bool,
    /// The failure that was looked for; `None` where there is none, and then the window is empty.
    pub failure: Option<DeliveryId>,
}

/// Ends what a reader is about, from another thread.
pub struct Interrupter(rusqlite::InterruptHandle);

impl Interrupter {
    /// What is being read now ends with an error.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl std::fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupter")
    }
}

impl Reader {
    /// Whether it reads a file: one that was not there, or empty, when it was opened is not followed.
    pub fn has_file(&self) -> bool {
        self.connection.path().is_some_and(|path| !path.is_empty())
    }

    /// What ends this reader's work from another thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.connection.get_interrupt_handle())
    }

    /// At most twice so many of the deliveries that fit: those before and those after a place.
    ///
    /// # Errors
    /// The file cannot be read, or an [`Interrupter`] ended this.
    pub fn window(
        &self,
        filter: &Filter,
        around: WindowPlace,
        each_way: usize,
    ) -> Result<DeliveryWindow> {
        let read = || -> std::result::Result<DeliveryWindow, StoreError> {
            // One look at the file for all of them.
            let _moment = self.connection.unchecked_transaction()?;
            let (middle, failure) = match around {
                WindowPlace::Newest => (i64::MAX, None),
                WindowPlace::Oldest => (i64::MIN, None),
                WindowPlace::Of(DeliveryId(id)) => (id, None),
                WindowPlace::FailureAfter(DeliveryId(id)) => {
                    match self.ids_beside(&failures(filter), IdRange::After(id), 1)?.first() {
                        Some(found) => (found.0, Some(*found)),
                        None => return Ok(DeliveryWindow::default()),
                    }
                }
                WindowPlace::FailureBefore(DeliveryId(id)) => {
                    match self.ids_beside(&failures(filter), IdRange::Before(id), 1)?.first() {
                        Some(found) => (found.0, Some(*found)),
                        None => return Ok(DeliveryWindow::default()),
                    }
                }
            };
            // One more than is wanted tells whether that is all.
            let mut before = self.ids_beside(filter, IdRange::Before(middle), each_way + 1)?;
            let mut after =
                self.ids_beside(filter, IdRange::After(middle.saturating_sub(1)), each_way + 1)?;
            let (is_first, is_last) = (before.len() <= each_way, after.len() <= each_way);
            before.drain(..before.len().saturating_sub(each_way));
            after.truncate(each_way);
            before.append(&mut after);
            let entries = entries::of(&self.connection, &before)?;
            Ok(DeliveryWindow { entries, is_first, is_last, failure })
        };
        read().map_err(|error| self.error(error))
    }

    /// So many of the deliveries that fit which are nearest to a number on one side of it, oldest first.
    fn ids_beside(
        &self,
        filter: &Filter,
        part: IdRange,
        count: usize,
    ) -> std::result::Result<Vec<DeliveryId>, StoreError> {
        let mut ids = self.ids_of(&Filter { last: Some(count), ..filter.clone() }, part)?;
        match part {
            IdRange::After(_) => ids.truncate(count),
            IdRange::All | IdRange::Before(_) => drop(ids.drain(..ids.len().saturating_sub(count))),
        }
        Ok(ids)
    }
}

/// Those of what fits that failed.
fn failures(filter: &Filter) -> Filter {
    let is_failure = |state: &State| State::FAILED.contains(state);
    let states: Vec<State> = match filter.states.as_slice() {
        [] => State::FAILED.to_vec(),
        some => some.iter().copied().filter(is_failure).collect(),
    };
    // A filter for nothing that failed has no failure: no delivery ends with such a status.
    let none = states.is_empty().then(|| "1xx".parse().ok()).flatten();
    Filter { states, status: none.or(filter.status), ..filter.clone() }
}
