//! The file: made, opened, migrated, or set aside where it is damaged.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::error::{Cause, Error, Kind, Result};
use crate::protocol::Moment;

/// The schemas; a file of version n has had the first n of them.
const SCHEMAS: [&str; 3] =
    [include_str!("schema/1.sql"), include_str!("schema/2.sql"), include_str!("schema/3.sql")];

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

/// Opens the file, which is made where there is none, and brings it to the newest schema. A damaged
/// one is set aside, and a new one is begun.
pub(super) fn open(file: &Path, now: Moment) -> Result<Store> {
    create(file).map_err(|source| unusable(file, source))?;
    match connect(file) {
        Ok(connection) => Ok(Store { connection, set_aside: None }),
        Err(damage) if is_damage(&damage) => {
            replace(file, now).map_err(|source| unusable(file, source))
        }
        Err(other) => Err(unusable(file, other)),
    }
}

/// The error for a history that cannot be opened, read or written.
pub(super) fn unusable(file: &Path, source: impl Into<Cause>) -> Error {
    Error::new(Kind::Config, format!("cannot use the history `{}`", file.display()))
        .caused_by(source)
        .hinted("use another file with `--history FILE`, or none with `--no-history`")
}

/// Sets a damaged file aside, and begins a new one.
pub(super) fn replace(file: &Path, now: Moment) -> std::result::Result<Store, StoreError> {
    let aside = set_aside(file, now)?;
    create(file)?;
    Ok(Store { connection: connect(file)?, set_aside: Some(aside) })
}

/// A history of nothing, for a file that is not there.
pub(super) fn empty() -> std::result::Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    migrate(&mut connection, &SCHEMAS)?;
    Ok(connection)
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    /// SQLite says no.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The system says no.
    #[error(transparent)]
    System(#[from] io::Error),
    /// A later devtool has written it.
    #[error("a newer devtool wrote it (schema {version}; this one supports {})", SCHEMAS.len())]
    Newer {
        /// The file's schema.
        version: usize,
    },
}

/// Whether the file itself is damaged.
pub(super) fn is_damage(error: &StoreError) -> bool {
    let StoreError::Sqlite(error) = error else { return false };
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

/// Makes the file and its directory, for their owner only. SQLite gives its other files the same mode.
fn create(file: &Path) -> io::Result<()> {
    let mut directories = std::fs::DirBuilder::new();
    let mut options = std::fs::OpenOptions::new();
    directories.recursive(true);
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        directories.mode(0o700);
        options.mode(0o600);
    }
    if let Some(directory) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        directories.create(directory)?;
    }
    let opened = options.open(file)?;
    if !opened.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    Ok(())
}

pub(super) fn connect(file: &Path) -> std::result::Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(TIME_LIMIT)?;
    // The log is carried over when it has grown, not at the end of every run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    if version(&connection)? != SCHEMAS.len() {
        // Both hold for a file that is still empty only. Freed pages go back to the system.
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        into_wal(&connection)?;
        migrate(&mut connection, &SCHEMAS)?;
    }
    // A process that dies loses nothing that was committed; the disk is waited for at checkpoints.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // `Log` says when the log is carried over.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // Reads the schema: a damaged file shows here.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
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

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Applies the schemas that the file has not had, all or none.
fn migrate(connection: &mut Connection, schemas: &[&str]) -> std::result::Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version(&transaction)?;
    let missing = schemas.get(version..).ok_or(StoreError::Newer { version })?;
    for (schema, number) in missing.iter().zip(version + 1..) {
        transaction.execute_batch(schema)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {number}"))?;
    }
    transaction.commit()?;
    Ok(())
}

/// Moves a damaged file and its log out of the way.
fn set_aside(file: &Path, now: Moment) -> io::Result<PathBuf> {
    let stamp: String = now.rfc3339().chars().filter(char::is_ascii_digit).collect();
    let beside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let damaged = format!(".damaged-{stamp}");
    std::fs::rename(file, beside(&damaged))?;
    for part in ["-wal", "-shm"] {
        match std::fs::rename(beside(part), beside(&format!("{damaged}{part}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(beside(&damaged))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Moment {
        Moment::from_seconds(1_792_000_000)
    }

    #[test]
    fn an_older_schema_is_brought_up_and_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
        connection.execute("INSERT INTO a VALUES (7)", []).unwrap();
        let later = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y DEFAULT 8"];
        migrate(&mut connection, &later).unwrap();
        let row = connection.query_row("SELECT x, y FROM a", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        assert_eq!(row.unwrap(), (7, 8));
        assert_eq!(version(&connection).unwrap(), 2);
    }

    #[test]
    fn a_schema_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
        let broken = ["CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE a (x)"];
        assert!(migrate(&mut connection, &broken).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        assert!(connection.query_row("SELECT count(*) FROM b", [], |_| Ok(())).is_err());
    }

    #[test]
    fn a_newer_schema_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("history.db");
        open(&file, now()).unwrap().connection.pragma_update(None, "user_version", 99).unwrap();
        let error = open(&file, now()).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "a newer devtool wrote it (schema 99; this one supports 3)");
        assert!(file.exists());
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("history.db");
        std::fs::write(&file, "no database".repeat(100)).unwrap();
        let aside = open(&file, now()).unwrap().set_aside.unwrap();
        assert!(aside.to_string_lossy().contains("history.db.damaged-2026"), "{aside:?}");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), "no database".repeat(100));
        assert!(open(&file, now()).unwrap().set_aside.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn the_files_are_readable_by_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("new/history.db");
        let store = open(&file, now()).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for entry in std::fs::read_dir(file.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        drop(store);
    }
}
