//! Where the history is kept, and how much of it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::scratch::ScratchDirectory;
use crate::error::{Error, Result};

/// How long deliveries are kept, and how large the file may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The age at which a delivery goes.
    pub keep: Duration,
    /// The bytes that the history may take.
    pub max_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { keep: Duration::from_secs(30 * 86_400), max_size: 1 << 30 }
    }
}

/// Who has said where the history is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrigin {
    /// Nobody: it lies in devtool's own directory. What is damaged there is devtool's, and is set aside.
    Default,
    /// The user. A file that is no history is the user's, and stays as it is.
    Named,
}

/// Where and how the history is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The file.
    pub file: PathBuf,
    /// Who has said so.
    pub origin: FileOrigin,
    /// Its bounds.
    pub limits: Limits,
}

impl Storage {
    /// A file that was named, within the usual bounds.
    pub fn named(file: PathBuf) -> Self {
        Self { file, origin: FileOrigin::Named, limits: Limits::default() }
    }
}

/// A place for a history that is kept for a run only, and removed with this.
#[derive(Debug)]
pub struct Scratch(ScratchDirectory);

impl Scratch {
    /// Makes the directory.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> Result<Self> {
        let made = ScratchDirectory::new();
        made.map(Self).map_err(|source| Error::write(&std::env::temp_dir(), source))
    }

    /// One for a look that must leave devtool's own places as they are.
    pub(super) fn of_system() -> io::Result<Self> {
        ScratchDirectory::of_system().map(Self)
    }

    /// The place.
    pub fn place(&self) -> Storage {
        Storage::named(self.0.path().join("history.db"))
    }
}
