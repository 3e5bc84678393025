//! Files that are written whole or not at all; those that may hold secrets readable by their owner only.
//!
//! What the user names may be something else than a file: `WriteTarget` says what becomes of it, here alone.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::private;
use super::put::put;

/// Whether a file was written or had been there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was written.
    Written,
    /// It was there, and is as it was.
    AlreadyThere,
}

/// Writes a file, over an old one, readable by its owner only.
pub(crate) fn replace(file: &Path, text: &str) -> io::Result<()> {
    put(temporary(file, text)?.into_temp_path(), file)
}

/// Writes a file of devtool's own unless there is one.
pub(super) fn create(file: &Path, text: &str) -> io::Result<Kept> {
    private::directory(&directory_of(file))?;
    match temporary(file, text)?.persist_noclobber(file) {
        Ok(_) => Ok(Kept::Written),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(Kept::AlreadyThere),
        Err(e) => Err(e.error),
    }
}

/// Writes a file of the user's project unless there is one; it is readable by whom the system lets read new files.
///
/// # Errors
/// It cannot be written.
pub fn add(file: &Path, text: &str) -> io::Result<Kept> {
    if fs::symlink_metadata(file).is_ok() {
        return Ok(Kept::AlreadyThere);
    }
    let directory = directory_of(file);
    // Says what is wrong with the directory, where tempfile would name its own file.
    fs::metadata(&directory)?;
    let made = public(&mut tempfile::Builder::new()).tempfile_in(directory);
    let mut temporary = made.map_err(|error| io::Error::from(error.kind()))?;
    temporary.write_all(text.as_bytes())?;
    match temporary.persist_noclobber(file) {
        Ok(_) => Ok(Kept::Written),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(Kept::AlreadyThere),
        Err(e) => Err(e.error),
    }
}

/// What a path that the user names stands for.
pub(super) enum WriteTarget {
    /// A regular file, links followed, which may not be there yet: it is replaced as a whole, so that
    /// nobody ever reads half of it.
    Regular(PathBuf),
    /// A pipe, a device or a file that this process has open: it is written to as it is, because one in
    /// its place would not be what its reader has.
    Stream(PathBuf),
}

impl WriteTarget {
    /// Follows links, and says what else would keep the file from being written.
    pub(super) fn of(file: &Path) -> io::Result<Self> {
        const MOST_LINKS: usize = 16;
        let mut target = file.to_owned();
        for _ in 0..MOST_LINKS {
            if open_file(&target).is_some() {
                return Ok(Self::Stream(target));
            }
            let Ok(next) = fs::read_link(&target) else { break };
            target = directory_of(&target).join(next);
        }
        match fs::metadata(&target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Regular(target)),
            Err(error) => Err(error),
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => Ok(Self::Stream(target)),
            // The superuser may write it all the same.
            Ok(found) if found.permissions().readonly() => Err(read_only()),
            Ok(_) => match File::options().write(true).open(&target) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(read_only()),
                Err(error) => Err(error),
                Ok(_) => Ok(Self::Regular(target)),
            },
        }
    }
}

fn read_only() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only")
}

/// The name that a file has among those that this process has open: `1` is stdout.
fn open_file(path: &Path) -> Option<&OsStr> {
    let directory = path.parent()?;
    let is_theirs =
        ["/dev/fd", "/proc/self/fd"].iter().any(|theirs| directory == Path::new(theirs));
    path.file_name().filter(|_| is_theirs)
}

/// What was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// A file, which is there now.
    File,
    /// A pipe or a device.
    Stream,
}

/// Makes the directory that a file is to lie in, and says what else would keep it from being written.
///
/// # Errors
/// The directory cannot be made, or the file is none that can be written.
pub fn prepare(file: &Path) -> io::Result<()> {
    match WriteTarget::of(file)? {
        WriteTarget::Regular(file) => fs::create_dir_all(directory_of(&file)),
        WriteTarget::Stream(_) => Ok(()),
    }
}

/// Writes a file that the user names: over an old one, whose mode is kept; a new one is readable by whom
/// the system lets read new files. Pipes and devices are written to.
///
/// # Errors
/// It cannot be written.
pub fn publish(file: &Path, text: &str) -> io::Result<Written> {
    let file = match WriteTarget::of(file)? {
        WriteTarget::Stream(stream) => {
            return match opened(&stream)?.write_all(text.as_bytes()) {
                // Whoever reads it has enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Written::Stream),
                other => other.map(|()| Written::Stream),
            };
        }
        WriteTarget::Regular(file) => file,
    };
    let made = public(&mut tempfile::Builder::new()).tempfile_in(directory_of(&file));
    let mut temporary = made.map_err(|error| io::Error::from(error.kind()))?;
    temporary.write_all(text.as_bytes())?;
    if let Ok(old) = fs::metadata(&file) {
        temporary.as_file().set_permissions(old.permissions())?;
    }
    put(temporary.into_temp_path(), &file)?;
    Ok(Written::File)
}

/// A pipe or device, to be written to. The standard streams are duplicated: opened anew, a file behind
/// one would be written at another place than devtool's own output.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the user names the stream as a file")]
fn opened(stream: &Path) -> io::Result<File> {
    use std::os::fd::AsFd as _;
    match open_file(stream).and_then(OsStr::to_str) {
        Some("1") => Ok(io::stdout().as_fd().try_clone_to_owned()?.into()),
        Some("2") => Ok(io::stderr().as_fd().try_clone_to_owned()?.into()),
        _ => File::options().append(true).open(stream),
    }
}

#[cfg(windows)]
fn opened(stream: &Path) -> io::Result<File> {
    File::options().append(true).open(stream)
}

/// The system takes away what its mask forbids.
#[cfg(unix)]
fn public<'b>(builder: &'b mut tempfile::Builder<'b, 'b>) -> &'b mut tempfile::Builder<'b, 'b> {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(0o666))
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
    fs::metadata(&directory)?;
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

/// Whether a file could be written, or made with the directories that it lies in; nothing is changed.
///
/// # Errors
/// It could not.
pub fn try_writing(file: &Path) -> io::Result<()> {
    let file = std::path::absolute(file)?;
    if file.exists() {
        return std::fs::OpenOptions::new().append(true).open(file).map(drop);
    }
    match file.ancestors().skip(1).find(|directory| directory.exists()) {
        Some(directory) => tempfile::tempfile_in(directory).map(drop),
        None => Err(io::ErrorKind::NotFound.into()),
    }
}
