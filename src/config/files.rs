//! Files that are written whole or not at all; those that may hold secrets readable by their owner only.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Whether a file was written or had been there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It was written.
    Written,
    /// It was there, and is as it was.
    AlreadyThere,
}

/// Writes a file, over an old one.
pub(super) fn replace(file: &Path, text: &str) -> io::Result<()> {
    temporary(file, text)?.persist(file)?;
    Ok(())
}

/// Writes a file unless there is one.
pub(super) fn create(file: &Path, text: &str) -> io::Result<Kept> {
    std::fs::create_dir_all(directory_of(file))?;
    match temporary(file, text)?.persist_noclobber(file) {
        Ok(_) => Ok(Kept::Written),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(Kept::AlreadyThere),
        Err(e) => Err(e.error),
    }
}

/// Makes the directory that a file is to lie in, and says what else would keep it from being written.
///
/// # Errors
/// The directory cannot be made, or the file is none that can be replaced.
pub fn prepare(file: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory_of(file))?;
    if file.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    Ok(())
}

/// Writes a file over an old one, readable by whom the system lets read new files.
///
/// # Errors
/// It cannot be written.
pub fn publish(file: &Path, text: &str) -> io::Result<()> {
    let mut temporary = public(&mut tempfile::Builder::new()).tempfile_in(directory_of(file))?;
    temporary.write_all(text.as_bytes())?;
    temporary.persist(file)?;
    Ok(())
}

/// A directory that is gone with the value, and that nobody else can look into.
pub(crate) fn scratch_directory() -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    builder.tempdir()
}

/// The system takes away what its mask forbids.
#[cfg(unix)]
fn public<'b>(builder: &'b mut tempfile::Builder<'b, 'b>) -> &'b mut tempfile::Builder<'b, 'b> {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(std::fs::Permissions::from_mode(0o666))
}

/// On Windows a file has the rights of its directory.
#[cfg(windows)]
fn public<'b>(builder: &'b mut tempfile::Builder<'b, 'b>) -> &'b mut tempfile::Builder<'b, 'b> {
    builder
}

/// The text in a file beside the one that is meant; tempfile makes it with mode 0600.
fn temporary(file: &Path, text: &str) -> io::Result<NamedTempFile> {
    let directory = directory_of(file);
    // Says what is wrong with the directory, where tempfile would name its own file.
    std::fs::metadata(&directory)?;
    let made = NamedTempFile::new_in(&directory);
    let mut temporary = made.map_err(|error| io::Error::from(error.kind()))?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// The directory that holds a file; `.` for a bare name.
pub(super) fn directory_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
