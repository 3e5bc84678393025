//! devtool's own copy of the Stripe CLI: verified, unpacked, tried, and then put in place at once.

use std::fs::{self, File};
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;
use tempfile::NamedTempFile;

use super::broken::{Broken, Problem};
use super::copy::{self, CopyError};
use super::download::{Downloader, OnProgress, shown};
use super::error;
use super::platform::Platform;
use super::program::{OLDEST, Program};
use super::release::Located;
use super::unpack::{self, ArchiveFormat, Refused};
use super::verify::{Checksum, Hashing, Unlisted};
use crate::config::put::put;
use crate::config::{files, private};
use crate::error::{Error, Kind, Result};

/// How devtool's temporary files begin, so that those of a killed run are known as such.
const TEMPORARY: &str = ".devtool-stripe-tmp-";
/// The file that keeps version and size of what devtool installed: without it, a program in the place
/// is somebody else's.
const RECORD: &str = ".devtool-stripe-installed";
/// The file that two installations at once wait for.
const LOCK: &str = ".devtool-stripe-lock";
/// The way out where the place cannot be used.
const OTHER_DIRECTORY: &str = "install into another directory:\ndevtool setup --dir DIR";
/// How often a lock that is held is tried again.
const LOOK: Duration = Duration::from_millis(50);

/// The directory that devtool installs the Stripe CLI into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallDir {
    directory: PathBuf,
    platform: Platform,
}

/// Something to install whose bytes are known to be Stripe's.
#[derive(Debug)]
pub struct Verified {
    file: NamedTempFile,
    /// The archive's form; `None` for the program itself.
    form: Option<ArchiveFormat>,
    /// What it is, for messages.
    name: String,
    /// The version that it has to be, where that is known.
    version: Option<Version>,
}

/// A program that runs, in a temporary file beside its place.
#[derive(Debug)]
pub struct Tried {
    file: tempfile::TempPath,
    /// What it says that it is.
    pub version: Version,
    size: u64,
}

/// The program in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed(pub Program);

/// Held while something is installed; a second installation waits for it.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl InstallDir {
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

    /// The program that devtool installed here, as recorded; asked where it is another by now.
    pub async fn installed(&self) -> Option<Program> {
        let path = self.program();
        let (version, size) = self.record()?;
        match fs::metadata(&path) {
            Ok(found) if found.len() == size => Some(Program { path, version }),
            _ => Program::at(&path).await.ok(),
        }
    }

    fn record(&self) -> Option<(Version, u64)> {
        let text = fs::read_to_string(self.directory.join(RECORD)).ok()?;
        let (version, size) = text.trim().split_once(' ')?;
        Some((version.parse().ok()?, size.parse().ok()?))
    }

    /// Waits for another installation to end (`waiting` is told so once), and clears what a killed one
    /// left.
    ///
    /// # Errors
    /// The directory cannot be made or written.
    pub async fn lock(&self, waiting: &mut dyn FnMut()) -> Result<Lock> {
        let unusable = |error| self.unwritable(error).hinted(OTHER_DIRECTORY);
        private::directory(&self.directory).map_err(unusable)?;
        let lock = self.directory.join(LOCK);
        private::check(&lock).map_err(|source| private::untrusted(&lock, source))?;
        let file = private::new_file().open(lock).map_err(unusable)?;
        let mut is_told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(fs::TryLockError::WouldBlock) if !is_told => {
                    waiting();
                    is_told = true;
                }
                Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(LOOK).await,
                Err(fs::TryLockError::Error(error)) => return Err(self.unwritable(error)),
            }
        }
        self.clear().map_err(|error| self.unwritable(error))?;
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
        made.map_err(|error| self.unwritable(error))
    }

    fn temporary(&self) -> Result<NamedTempFile> {
        let made = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.directory);
        made.map_err(|error| self.unwritable(error))
    }

    fn unwritable(&self, source: io::Error) -> Error {
        Error::write(&self.directory, source)
    }

    /// Downloads a release's archive and holds it against the release's list of checksums.
    ///
    /// # Errors
    /// It cannot be had, or is not what the list says.
    pub async fn fetch(
        &self,
        located: &Located,
        downloader: &Downloader,
        progress: OnProgress<'_>,
        _lock: &Lock,
    ) -> Result<Verified> {
        let unlisted = |why: Unlisted| {
            let reason = format!("{} {why}", shown(&located.checksums_url));
            error::unverified(&located.asset, &reason)
        };
        let list = match downloader.text(&located.checksums_url).await {
            Err(error) if error.kind() == Kind::NotFound => {
                let is_there = downloader.exists(&located.url).await?;
                return Err(if is_there {
                    unlisted(Unlisted::Missing)
                } else {
                    no_release(&located.version)
                });
            }
            list => list?,
        };
        let expected = Checksum::in_list(&list, &located.asset).map_err(unlisted)?;
        let mut file = self.temporary()?;
        let actual = downloader.file(&located.url, file.as_file_mut(), progress).await?;
        let form = ArchiveFormat::of(&located.asset);
        let version = Some(located.version.clone());
        let name = located.asset.clone();
        compare(expected, actual, &name)?;
        Ok(Verified { file, form, name, version })
    }

    /// Takes an archive that the user has, and holds it against a checksum.
    ///
    /// # Errors
    /// It cannot be read, is no archive, or is not what the checksum says.
    pub fn take(
        &self,
        archive: &Path,
        expected: Checksum,
        version: Option<Version>,
        _lock: &Lock,
    ) -> Result<Verified> {
        let unreadable = |source: io::Error| Error::read(archive, source);
        let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let form = ArchiveFormat::of(&name).ok_or_else(|| {
            unreadable(io::Error::other("it is neither a .tar.gz nor a .zip archive"))
        })?;
        let mut from = File::open(archive).map_err(unreadable)?;
        let mut file = self.temporary()?;
        let mut hashing = Hashing::new(file.as_file_mut());
        // The copy is what is unpacked: the file itself may change meanwhile.
        copy::copy(&mut from, &mut hashing, u64::MAX).map_err(|error| match error {
            CopyError::Read(error) => unreadable(error),
            CopyError::Write(error) => self.unwritable(error),
        })?;
        compare(expected, hashing.finish(), &name).map_err(|error| {
            error.hinted("nothing was changed; download the archive and its checksums again")
        })?;
        Ok(Verified { file, form: Some(form), name, version })
    }

    /// Takes a program that npm has installed, and so verified, in a directory of devtool's.
    ///
    /// # Errors
    /// It cannot be copied.
    pub fn adopt(
        &self,
        program: &Path,
        name: &str,
        version: Option<Version>,
        _lock: &Lock,
    ) -> Result<Verified> {
        let unreadable = |source: io::Error| Error::read(program, source);
        let mut file = self.temporary()?;
        let mut from = File::open(program).map_err(unreadable)?;
        copy::copy(&mut from, file.as_file_mut(), u64::MAX).map_err(|error| match error {
            CopyError::Read(error) => unreadable(error),
            CopyError::Write(error) => self.unwritable(error),
        })?;
        Ok(Verified { file, form: None, name: name.to_owned(), version })
    }

    /// Unpacks the program and runs it once.
    ///
    /// # Errors
    /// The archive is not what a release's is, the program does not run, is another version or one that
    /// devtool does not support, or somebody else's program is in the place.
    pub async fn try_out(&self, mut verified: Verified, _lock: &Lock) -> Result<Tried> {
        if self.program().exists() && self.record().is_none() {
            let source = io::Error::other("a `stripe` that devtool did not install is there");
            return Err(Error::write(&self.program(), source).hinted(OTHER_DIRECTORY));
        }
        let (name, wanted) = (verified.name.clone(), verified.version.take());
        let program = self.unpacked(verified)?;
        private::make_program(program.as_file()).map_err(|error| self.unwritable(error))?;
        program.as_file().sync_all().map_err(|error| self.unwritable(error))?;
        let size = program.as_file().metadata().map_err(|error| self.unwritable(error))?.len();
        // Closed first: a program that is open for writing does not run.
        let file = program.into_temp_path();
        let version =
            Program::at(&file).await.map_err(|broken| does_not_run(&name, &broken))?.version;
        if wanted.is_some_and(|wanted| wanted != version) {
            let reason = format!("it says that it is {version}");
            let hint = format!("nothing was changed; `--version {version}` installs it");
            return Err(error::unverified(&name, &reason).hinted(hint));
        }
        supported(&version)?;
        Ok(Tried { file, version, size })
    }

    /// Puts the program in place of an older one at once. Until then the older one is as it was.
    ///
    /// # Errors
    /// It cannot be put there.
    pub fn put(&self, tried: Tried, _lock: &Lock) -> Result<Installed> {
        let Tried { file, version, size } = tried;
        // A record that does not fit the program is noticed; a missing one would disown it.
        files::replace(&self.directory.join(RECORD), &format!("{version} {size}\n"))
            .map_err(|error| self.unwritable(error))?;
        put(file, &self.program()).map_err(|error| self.unwritable(error))?;
        Ok(Installed(Program { path: self.program(), version }))
    }

    fn unpacked(&self, verified: Verified) -> Result<NamedTempFile> {
        let Some(form) = verified.form else { return Ok(verified.file) };
        let mut archive = verified.file.into_file();
        archive.rewind().map_err(|error| self.unwritable(error))?;
        let mut program = self.temporary()?;
        let unpacked =
            unpack::unpack(archive, form, self.platform.program(), program.as_file_mut());
        unpacked.map_err(|refused| match refused {
            Refused::Unwritable(error) => self.unwritable(error),
            refused => error::unverified(&verified.name, &refused.to_string()),
        })?;
        Ok(program)
    }

    /// Removes what devtool installed; says whether there was something.
    ///
    /// # Errors
    /// It cannot be removed.
    pub async fn uninstall(&self) -> Result<bool> {
        if self.record().is_none() {
            return Ok(false);
        }
        let lock = self.lock(&mut || {}).await?;
        for name in [self.platform.program(), RECORD, LOCK] {
            match fs::remove_file(self.directory.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(self.unwritable(error));
                }
                _ => {}
            }
        }
        drop(lock);
        // Stays where the user has something else in it.
        let _ = fs::remove_dir(&self.directory);
        Ok(true)
    }
}

/// Refuses to install a version that devtool could not use.
pub(super) fn supported(version: &Version) -> Result<()> {
    if *version >= OLDEST {
        return Ok(());
    }
    let message =
        format!("Stripe CLI {version} is not installed: the oldest supported version is {OLDEST}");
    Err(Error::new(Kind::StripeTooOld, message)
        .hinted("nothing was changed; `--version X.Y.Z` names a version to install"))
}

/// What was fetched is Stripe's, and does not run on this machine.
fn does_not_run(name: &str, broken: &Broken) -> Error {
    let hint = match (&broken.problem, broken.fix()) {
        (_, Some(fix)) if broken.is_in_the_way_of_all() => fix,
        (Problem::NotAllowed, _) => OTHER_DIRECTORY.to_owned(),
        _ => "nothing was changed; another version may run: `--version X.Y.Z`, or another archive"
            .to_owned(),
    };
    let message = format!("`{name}` is not installed: its `stripe` does not run");
    Error::new(Kind::StripeCli, message).caused_by(broken.problem.clone()).hinted(hint)
}

fn no_release(version: &Version) -> Error {
    let message = format!("there is no Stripe CLI {version} for this system");
    Error::new(Kind::Usage, message).hinted("see the latest version:\ndevtool setup --check")
}

fn compare(expected: Checksum, actual: Checksum, name: &str) -> Result<()> {
    if actual == expected {
        return Ok(());
    }
    let reason = format!("its SHA-256 is {actual}, not {expected}");
    Err(error::unverified(name, &reason))
}
