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
        match Identity::and_size(&self.file) {
            Ok((found, _)) if Some(found) != self.identity => Some(Gone::Deleted),
            Ok((_, 0)) => Some(Gone::Emptied),
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
        Self::and_size(path).ok().map(|(identity, _)| identity)
    }

    /// The volume and the number of the file on it, and its size in bytes. The file is not opened: SQLite's locks
    /// would go as it is closed.
    #[cfg(unix)]
    fn and_size(path: &Path) -> io::Result<(Self, u64)> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::metadata(path)?;
        Ok((Self(found.dev(), found.ino()), found.len()))
    }

    /// The same on Windows, which tells the number of an open file only.
    #[cfg(windows)]
    fn and_size(path: &Path) -> io::Result<(Self, u64)> {
        let found = winapi_util::file::information(std::fs::File::open(path)?)?;
        Ok((Self(found.volume_serial_number(), found.file_index()), found.file_size()))
    }
}
