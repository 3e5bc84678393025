//! The file: made, opened, migrated, or set aside where it is damaged.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::identity::{self, APPLICATION_ID, FileIdentity, beside};
use super::parts;
use super::schema;
use super::storage::{FileOrigin, Storage};
use crate::config::private;
use crate::error::{Cause, Error, Kind, Result};
use crate::protocol::Moment;

/// How long to wait for another process that writes.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Events of two to eight kilobytes fill pages of this size best; smaller pages stay half empty.
const PAGE_BYTES: u32 = 16_384;

/// An open file.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) connection: Connection,
    /// Where the file that was there lies now, if it was damaged.
    pub(super) set_aside: Option<PathBuf>,
}

/// Opens a history for writing. It is made where there is none, and brought to the newest schema. A damaged
/// one is set aside at devtool's own place, and a new one is begun.
pub(super) fn open(place: &Storage, now: Moment) -> Result<Store> {
    let file = &place.file;
    let damage = match identify(place)? {
        FileIdentity::Foreign(why) => return Err(foreign(file, why)),
        FileIdentity::Unreadable => StoreError::Unreadable,
        FileIdentity::New | FileIdentity::Own => match create_or_connect(file, place.origin) {
            Ok(connection) => return Ok(Store { connection, set_aside: None }),
            Err(error) => error,
        },
    };
    if is_damage(&damage) && place.origin == FileOrigin::Default {
        return replace(file, now).map_err(|source| unusable(file, source));
    }
    Err(refused(place, damage))
}

/// Opens a history for reading: nothing is made, and nothing is moved. `None` where there is nothing to read.
pub(super) fn open_existing(place: &Storage) -> Result<Option<Connection>> {
    let file = &place.file;
    match identify(place)? {
        FileIdentity::Foreign(why) => Err(foreign(file, why)),
        FileIdentity::Unreadable => Err(refused(place, StoreError::Unreadable)),
        FileIdentity::New => not_missed(place).map(|()| None),
        FileIdentity::Own => connect(file).map(Some).map_err(|error| refused(place, error)),
    }
}

/// Whether there is nothing in a history yet.
pub(super) fn is_new(place: &Storage) -> Result<bool> {
    let is_new = identify(place)? == FileIdentity::New;
    if is_new {
        not_missed(place)?;
    }
    Ok(is_new)
}

fn identify(place: &Storage) -> Result<FileIdentity> {
    if place.origin == FileOrigin::Default {
        private::check(&place.file).map_err(|error| private::untrusted(&place.file, error))?;
    }
    identity::of(&place.file).map_err(|source| unusable(&place.file, source))
}

/// Whoever names a file for reading expects it to be there.
fn not_missed(place: &Storage) -> Result<()> {
    match place.origin {
        FileOrigin::Named if !place.file.exists() => Err(missing(&place.file)),
        _ => Ok(()),
    }
}

/// The error for a history that cannot be opened, read or written.
pub(super) fn unusable(file: &Path, source: impl Into<Cause>) -> Error {
    Error::new(Kind::Config, format!("cannot use the history `{}`", file.display()))
        .caused_by(source)
        .hinted("use another file with `--history FILE`")
}

/// The error for a file that cannot be opened, and is not set aside.
fn refused(place: &Storage, error: StoreError) -> Error {
    let file = &place.file;
    match (&error, place.origin) {
        (StoreError::Newer { .. }, _) => unusable(file, error)
            .hinted("update devtool, or use another file with `--history FILE`"),
        (StoreError::Unreadable, FileOrigin::Named) => foreign(file, &error.to_string()),
        _ if !is_damage(&error) => unusable(file, error),
        (_, origin) => {
            let damaged = format!("the history `{}` is damaged", file.display());
            Error::new(Kind::History, damaged).caused_by(error).hinted(match origin {
                FileOrigin::Default => "the next recorded run moves it aside and starts a new one",
                FileOrigin::Named => {
                    "move it away to start a new one, or use another file with `--history FILE`"
                }
            })
        }
    }
}

/// The error for a file that is somebody else's.
fn foreign(file: &Path, why: &str) -> Error {
    Error::new(Kind::History, format!("`{}` is not a history of devtool's", file.display()))
        .caused_by(why.to_owned())
        .hinted("devtool leaves it as it is; use another file with `--history FILE`")
}

/// The error for a history that was named and is not there.
fn missing(file: &Path) -> Error {
    Error::new(Kind::History, format!("there is no history `{}`", file.display()))
        .hinted("check the path; the first run that is recorded there makes the file")
}

/// Sets a damaged file aside at devtool's own place, and begins a new one.
pub(super) fn replace(file: &Path, now: Moment) -> std::result::Result<Store, StoreError> {
    let aside = set_aside(file, now)?;
    Ok(Store { connection: create_or_connect(file, FileOrigin::Default)?, set_aside: Some(aside) })
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    /// SQLite says no.
    #[error("{0}")]
    Sqlite(rusqlite::Error),
    /// The system says no.
    #[error(transparent)]
    System(#[from] io::Error),
    /// It does not begin as a database does, or SQLite cannot read how it begins.
    #[error("it is not a database that devtool can read")]
    Unreadable,
    /// A later devtool has written it.
    #[error("a newer devtool wrote it (schema {version}; this one supports {})", schema::NEWEST)]
    Newer {
        /// The file's schema.
        version: usize,
    },
}

// What causes an error of SQLite's is the same error once more, with its number.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Whether the file itself is damaged.
pub(super) fn is_damage(error: &StoreError) -> bool {
    let code = match error {
        StoreError::Sqlite(error) => error.sqlite_error_code(),
        StoreError::Unreadable => return true,
        StoreError::System(_) | StoreError::Newer { .. } => None,
    };
    matches!(code, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

/// Whether there is no space left for what was to be written.
pub(super) fn is_full(error: &StoreError) -> bool {
    let StoreError::Sqlite(rusqlite::Error::SqliteFailure(error, _)) = error else { return false };
    // A quota or a limit on files is no full disk to SQLite.
    error.code == ErrorCode::DiskFull || error.extended_code == ffi::SQLITE_IOERR_WRITE
}

/// Makes the file and its directory, for their owner only. SQLite gives its other files the same mode. A
/// directory that the user has named is the user's, and stays as it is.
fn create(file: &Path, origin: FileOrigin) -> io::Result<()> {
    if let Some(directory) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        match origin {
            FileOrigin::Default => private::directory(directory)?,
            FileOrigin::Named => private::missing_directory(directory)?,
        }
    }
    private::new_file().append(true).open(file).map(drop)
}

fn create_or_connect(
    file: &Path,
    origin: FileOrigin,
) -> std::result::Result<Connection, StoreError> {
    create(file, origin)?;
    connect(file)
}

pub(super) fn connect(file: &Path) -> std::result::Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(TIME_LIMIT)?;
    // The log is carried over when it has grown, not at the end of every run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    // A statement that is prepared once serves all values: else SQLite prepares it anew for each number.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    bring_up(&mut connection)?;
    // A process that dies loses nothing that was committed; the disk is waited for at checkpoints.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // `Log` says when the log is carried over.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // Without the lists that could not be made, more is looked through.
    let _ = parts::list_full(&mut connection);
    connection.busy_timeout(TIME_LIMIT)?;
    // Reads the schema: a damaged file shows here.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

/// Brings a history to the newest schema.
fn bring_up(connection: &mut Connection) -> std::result::Result<(), StoreError> {
    let mut version = schema::version(connection)?;
    if version < schema::NEWEST {
        if version == 0 {
            begin(connection)?;
        }
        into_wal(connection)?;
        version = schema::migrate(connection, &schema::ALL)?;
        // The application id has to stand in the file itself, where it is looked for.
        connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)")?;
    }
    if version > schema::NEWEST { Err(StoreError::Newer { version }) } else { Ok(()) }
}

/// Makes a history of an empty file.
fn begin(connection: &mut Connection) -> rusqlite::Result<()> {
    // Both hold for a file that is still empty only. Freed pages go back to the system.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    // The first page is written once, with the application id: whoever looks at it meanwhile knows it.
    let first = connection.transaction()?;
    first.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    first.pragma_update(None, "application_id", APPLICATION_ID)?;
    first.commit()
}

/// Turns the log on. While another process does the same, SQLite does not wait by itself.
fn into_wal(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries_left = 100;
    loop {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)) {
            Err(busy) if busy.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                if tries_left == 0 {
                    return Err(busy);
                }
                tries_left -= 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other.map(drop),
        }
    }
}

/// Moves a damaged file and its log out of the way.
fn set_aside(file: &Path, now: Moment) -> io::Result<PathBuf> {
    let stamp: String = now.rfc3339().chars().filter(char::is_ascii_digit).collect();
    let aside = beside(file, &format!(".damaged-{stamp}"));
    std::fs::rename(file, &aside)?;
    for part in ["-wal", "-shm"] {
        match std::fs::rename(beside(file, part), beside(&aside, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Moment {
        Moment::from_seconds(1_792_000_000)
    }

    #[test]
    fn a_newer_schema_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("history.db");
        let place = Storage::named(file.clone());
        open(&place, now()).unwrap().connection.pragma_update(None, "user_version", 99).unwrap();
        let error = open(&place, now()).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "a newer devtool wrote it (schema 99; this one supports 6)");
        assert!(file.exists());
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("history.db");
        std::fs::write(&file, "no database".repeat(100)).unwrap();
        let place = Storage { origin: FileOrigin::Default, ..Storage::named(file) };
        let aside = open(&place, now()).unwrap().set_aside.unwrap();
        assert!(aside.to_string_lossy().contains("history.db.damaged-2026"), "{aside:?}");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), "no database".repeat(100));
        assert!(open(&place, now()).unwrap().set_aside.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn the_files_are_readable_by_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("new/history.db");
        let store = open(&Storage::named(file.clone()), now()).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for entry in std::fs::read_dir(file.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        drop(store);
    }
}
