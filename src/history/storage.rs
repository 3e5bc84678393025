//! Where the history is kept, and how much of it.

use std::path::PathBuf;
use std::time::Duration;

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

/// Where and how the history is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The file.
    pub file: PathBuf,
    /// Its bounds.
    pub limits: Limits,
}

/// A place for a history that is kept for a run only, and removed with this.
#[derive(Debug)]
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    /// Makes the directory.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> Result<Self> {
        let made = tempfile::tempdir();
        made.map(Self).map_err(|source| Error::write(&std::env::temp_dir(), source))
    }

    /// The place.
    pub fn place(&self) -> Storage {
        Storage { file: self.0.path().join("history.db"), limits: Limits::default() }
    }
}
