//! Whether the files of an open history are still those at their paths.

use std::io;
use std::path::{Path, PathBuf};

use super::identity::beside;
use super::notice::Gone;

/// Which file stands at a path, as far as the system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

/// The files of an open history.
#[derive(Debug)]
pub(super) struct OpenFiles {
    file: PathBuf,
    identity: Option<Identity>,
    /// SQLite's files beside it.
    others: Vec<(PathBuf, Identity)>,
}

impl OpenFiles {
    /// Those that stand there now.
    pub(super) fn of(file: &Path) -> Self {
        let others = ["-wal", "-shm"].map(|ending| beside(file, ending));
        let known = others.into_iter().filter_map(|path| {
            let identity = Identity::of(&path)?;
            Some((path, identity))
        });
        Self { file: file.to_owned(), identity: Identity::of(file), others: known.collect() }
    }

    /// What happened to the file, if it is not the one that was opened.
    pub(super) fn change(&self) -> Option<Gone> {
        match std::fs::metadata(&self.file) {
            Ok(found) if Some(Identity::in_metadata(&found)) != self.identity => {
                Some(Gone::Deleted)
            }
            Ok(found) if found.len() == 0 => Some(Gone::Emptied),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Gone::Deleted),
            _ => None,
        }
    }

    /// Removes what SQLite left beside a file that is gone: a new one would take it for its own.
    pub(super) fn remove_others(&self) {
        for (path, identity) in &self.others {
            if Identity::of(path) == Some(*identity) {
                // Where it stays, SQLite finds that it does not belong to the new file.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

impl Identity {
    fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|found| Self::in_metadata(&found))
    }

    #[cfg(unix)]
    fn in_metadata(found: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self(found.dev(), found.ino())
    }

    /// Windows lets nobody delete an open history; one that was renamed and made anew has another time.
    #[cfg(windows)]
    fn in_metadata(found: &std::fs::Metadata) -> Self {
        use std::os::windows::fs::MetadataExt as _;
        Self(found.creation_time(), 0)
    }
}
