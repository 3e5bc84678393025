//! devtool's own copy of the Stripe CLI: verified, unpacked, tried, and then put in place at once.

use std::fs::{self, File};
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::download::{Downloader, Progress};
use super::platform::Platform;
use super::program::Program;
use super::release::Located;
use super::unpack::{self, Form};
use super::verify::{Checksum, Hashing};
use crate::error::{Error, Result};

/// How devtool's temporary files begin, so that those of a killed run are known as such.
const TEMPORARY: &str = ".devtool-";
/// The file that keeps the installed version.
const RECORD: &str = "version.txt";

/// The directory that devtool installs the Stripe CLI into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    directory: PathBuf,
    platform: Platform,
}

/// Something to install whose bytes are known to be Stripe's.
#[derive(Debug)]
pub struct Verified {
    file: NamedTempFile,
    /// The archive's form; `None` for the program itself.
    form: Option<Form>,
    /// What it is, for messages.
    name: String,
}

/// The program in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed(pub Program);

/// Held while something is installed; a second installation waits for it.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Place {
    /// A directory, which need not be there yet.
    pub fn new(directory: PathBuf, platform: Platform) -> Self {
        Self { directory, platform }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The platform that is installed for.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// Where the program is, or will be.
    pub fn program(&self) -> PathBuf {
        self.directory.join(self.platform.program())
    }

    /// The program that was installed here; its version as recorded, or as the program says.
    pub fn installed(&self) -> Option<Program> {
        let path = self.program();
        let recorded = fs::read_to_string(self.directory.join(RECORD)).ok();
        match recorded.and_then(|text| text.trim().parse().ok()) {
            Some(version) if path.is_file() => Some(Program { path, version }),
            _ => Program::at(&path).ok(),
        }
    }

    /// Waits for other installations to end, and clears what a killed one left.
    ///
    /// # Errors
    /// The directory cannot be made or written.
    pub fn lock(&self) -> Result<Lock> {
        fs::create_dir_all(&self.directory).map_err(|fault| self.unwritable(fault))?;
        let file = File::create(self.directory.join(".lock"));
        let file = file.map_err(|fault| self.unwritable(fault))?;
        file.lock().map_err(|fault| self.unwritable(fault))?;
        self.clear().map_err(|fault| self.unwritable(fault))?;
        Ok(Lock { _file: file })
    }

    fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                let path = entry.path();
                if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
            }
        }
        Ok(())
    }

    /// A temporary directory beside the program, gone when it is dropped.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn scratch(&self, _lock: &Lock) -> Result<tempfile::TempDir> {
        let made = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(&self.directory);
        made.map_err(|fault| self.unwritable(fault))
    }

    fn temporary(&self) -> Result<NamedTempFile> {
        let made = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.directory);
        made.map_err(|fault| self.unwritable(fault))
    }

    fn unwritable(&self, source: io::Error) -> Error {
        Error::Write { file: self.directory.clone(), source }
    }

    /// Downloads a release's archive and holds it against the release's list of checksums.
    ///
    /// # Errors
    /// It cannot be had, or is not what the list says.
    pub async fn fetch(
        &self,
        located: &Located,
        downloader: &Downloader,
        progress: Progress<'_>,
        _lock: &Lock,
    ) -> Result<Verified> {
        let unlisted = || Error::Unverified {
            what: located.asset.clone(),
            reason: format!("{} has no checksum for it", located.checksums_url),
        };
        let list = match downloader.text(&located.checksums_url).await {
            Err(Error::NotThere { .. }) if downloader.exists(&located.url).await? => {
                return Err(unlisted());
            }
            Err(Error::NotThere { .. }) => {
                return Err(Error::UnknownRelease { version: located.version.to_string() });
            }
            list => list?,
        };
        let expected = Checksum::in_list(&list, &located.asset).ok_or_else(unlisted)?;
        let mut file = self.temporary()?;
        let actual = downloader.file(&located.url, file.as_file_mut(), progress).await?;
        let form = Form::of(&located.asset);
        verified(file, form, &located.asset, expected, actual)
    }

    /// Takes an archive that the user has, and holds it against a checksum.
    ///
    /// # Errors
    /// It cannot be read, is no archive, or is not what the checksum says.
    pub fn take(&self, archive: &Path, expected: Checksum, _lock: &Lock) -> Result<Verified> {
        let unreadable = |source| Error::Read { file: archive.to_owned(), source };
        let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let form = Form::of(&name).ok_or_else(|| {
            unreadable(io::Error::other("it is neither a .tar.gz nor a .zip archive"))
        })?;
        let mut from = File::open(archive).map_err(unreadable)?;
        let mut file = self.temporary()?;
        let mut hashing = Hashing::new(file.as_file_mut());
        // The copy is what is unpacked: the file itself may change meanwhile.
        io::copy(&mut from, &mut hashing).map_err(unreadable)?;
        let actual = hashing.finish();
        verified(file, Some(form), &name, expected, actual)
    }

    /// Takes a program that npm has installed, and so verified, in a directory of devtool's.
    ///
    /// # Errors
    /// It cannot be copied.
    pub fn adopt(&self, program: &Path, name: &str, _lock: &Lock) -> Result<Verified> {
        let mut file = self.temporary()?;
        let mut from = File::open(program)
            .map_err(|source| Error::Read { file: program.to_owned(), source })?;
        io::copy(&mut from, file.as_file_mut()).map_err(|fault| self.unwritable(fault))?;
        Ok(Verified { file, form: None, name: name.to_owned() })
    }

    /// Unpacks, tries the program, and puts it in place of an older one at once. Until then the older
    /// one is as it was.
    ///
    /// # Errors
    /// The archive is not what a release's is, or the program does not run.
    pub fn install(&self, verified: Verified, _lock: &Lock) -> Result<Installed> {
        let program = self.unpacked(verified)?;
        make_executable(&program).map_err(|fault| self.unwritable(fault))?;
        // Closed first: a program that is open for writing does not run.
        let program = program.into_temp_path();
        let tried = Program::at(&program)?;
        let _ = fs::remove_file(self.directory.join(RECORD));
        program.persist(self.program()).map_err(|fault| self.unwritable(fault.error))?;
        let record = self.directory.join(RECORD);
        fs::write(record, format!("{}\n", tried.version))
            .map_err(|fault| self.unwritable(fault))?;
        Ok(Installed(Program { path: self.program(), version: tried.version }))
    }

    fn unpacked(&self, verified: Verified) -> Result<NamedTempFile> {
        let Some(form) = verified.form else { return Ok(verified.file) };
        let mut archive = verified.file.into_file();
        archive.rewind().map_err(|fault| self.unwritable(fault))?;
        let mut program = self.temporary()?;
        let unpacked =
            unpack::unpack(archive, form, self.platform.program(), program.as_file_mut());
        unpacked.map_err(|refused| Error::Unverified {
            what: verified.name,
            reason: refused.to_string(),
        })?;
        program.as_file().sync_all().map_err(|fault| self.unwritable(fault))?;
        Ok(program)
    }

    /// Removes what was installed; says whether there was something.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn uninstall(&self) -> Result<bool> {
        if !self.directory.is_dir() {
            return Ok(false);
        }
        let lock = self.lock()?;
        let was_there = self.program().is_file();
        for name in [self.platform.program(), RECORD] {
            match fs::remove_file(self.directory.join(name)) {
                Err(fault) if fault.kind() != io::ErrorKind::NotFound => {
                    return Err(self.unwritable(fault));
                }
                _ => {}
            }
        }
        drop(lock);
        Ok(was_there)
    }
}

fn verified(
    file: NamedTempFile,
    form: Option<Form>,
    name: &str,
    expected: Checksum,
    actual: Checksum,
) -> Result<Verified> {
    if actual == expected {
        return Ok(Verified { file, form, name: name.to_owned() });
    }
    Err(Error::Unverified {
        what: name.to_owned(),
        reason: format!("its SHA-256 is {actual}, not {expected}"),
    })
}

#[cfg(unix)]
fn make_executable(program: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    program.as_file().set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_program: &NamedTempFile) -> io::Result<()> {
    Ok(())
}
