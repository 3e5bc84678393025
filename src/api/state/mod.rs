//! A file that keeps what calls have made and changed (`devtool api --data`): each change is in it before its call is
//! answered. What runs have sent stands in the history, which is another file.

mod file;
mod rows;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

pub(crate) use file::Making;

use super::kept::{KeptChange, KeptCounters, KeptState};
use crate::error::Result;

/// An open file, which no other process has.
#[derive(Debug)]
pub(crate) struct StateFile {
    file: PathBuf,
    connection: Connection,
}

/// The file that keeps what calls change.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) file: StateFile,
    /// As they stand in the file.
    pub(super) counters: KeptCounters,
    /// Whether the answers in the file count no more.
    pub(super) has_forgotten: bool,
}

impl StateFile {
    /// Opens it.
    ///
    /// # Errors
    /// It is another program's, of a newer devtool, in use or damaged, or cannot be made.
    pub(crate) fn open(file: &Path, making: Making) -> Result<Self> {
        let connection = file::open(file, making)?;
        Ok(Self { file: file.to_owned(), connection })
    }

    /// All that it keeps.
    ///
    /// # Errors
    /// It is damaged.
    pub(super) fn read(&self) -> Result<KeptState> {
        rows::read(&self.connection).map_err(|error| file::unusable(&self.file, error.to_string()))
    }

    /// Writes all of it, or nothing.
    ///
    /// # Errors
    /// The system says no, such as where the disk is full.
    pub(super) fn write(&mut self, changes: &[KeptChange]) -> Result<()> {
        let mut written = || {
            let behavior = TransactionBehavior::Immediate;
            let transaction = self.connection.transaction_with_behavior(behavior)?;
            for change in changes {
                rows::write(&transaction, change)?;
            }
            transaction.commit()
        };
        written().map_err(|error| file::unusable(&self.file, error.to_string()))
    }
}

#[cfg(test)]
mod tests;
