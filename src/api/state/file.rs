//! The file of `devtool api --data`: made or opened, for one process alone.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::config::private;
use crate::error::{Cause, Error, Kind, Result};

/// The application id of such files; that of the history is another.
const APPLICATION_ID: u32 = u32::from_be_bytes(*b"dvta");
/// That of devtool's history.
const HISTORY_ID: u32 = u32::from_be_bytes(*b"dvtl");
/// The form of the files that this devtool writes.
const NEWEST: i64 = 1;
const SCHEMA: &str = include_str!("schema.sql");
/// What to do about a file that is not to be used.
const OTHER_FILE: &str = "devtool leaves it as it is; use another file with `--data FILE`";

/// Whether a file is made where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Making {
    Yes,
    No,
}

/// Opens a file that no other process has, and keeps it from others until the connection is closed.
///
/// # Errors
/// It is another program's, of a newer devtool, in use or damaged, or cannot be made.
pub(super) fn open(file: &Path, making: Making) -> Result<Connection> {
    let is_there = identify(file)?;
    if !is_there {
        if making == Making::No {
            let message = format!("there is no state of a local API in `{}`", file.display());
            return Err(Error::new(Kind::Config, message)
                .hinted("check the path; `devtool api --data FILE` makes the file"));
        }
        make(file).map_err(|source| unusable(file, source))?;
    }
    connect(file).map_err(|error| match error {
        Trouble::Newer(version) => {
            let why =
                format!("a newer devtool wrote it (form {version}; this one supports {NEWEST})");
            unusable(file, why).hinted("update devtool, or use another file with `--data FILE`")
        }
        Trouble::Sqlite(error) if is_busy(&error) => in_use(file),
        Trouble::Sqlite(error) => unusable(file, error.to_string()),
    })
}

/// Why a file of devtool's own cannot be used.
enum Trouble {
    Newer(i64),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn in_use(file: &Path) -> Error {
    let message = format!("another process has the state `{}` open", file.display());
    Error::new(Kind::Config, message)
        .hinted("end the `devtool api` that has it, or use another file with `--data FILE`")
}

/// The error for a file that cannot be read or written.
pub(super) fn unusable(file: &Path, source: impl Into<Cause>) -> Error {
    let message = format!("cannot use the state `{}`", file.display());
    Error::new(Kind::Config, message).caused_by(source).hinted(OTHER_FILE)
}

/// Whether there is something in the file, which is devtool's own then. SQLite would leave traces beside a file that is
/// somebody else's.
fn identify(file: &Path) -> Result<bool> {
    let foreign = |why: &str| {
        let message = format!("`{}` is not a state of the local API", file.display());
        Error::new(Kind::Config, message).caused_by(why.to_owned()).hinted(OTHER_FILE)
    };
    let found = match std::fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other.map_err(|source| unusable(file, source))?,
    };
    // A pipe or a device is never opened: that could wait for ever.
    if !found.is_file() {
        return Err(foreign("it is not a regular file"));
    }
    if found.len() == 0 {
        return Ok(false);
    }
    let mut start = Vec::with_capacity(100);
    let read = File::open(file).and_then(|file| file.take(100).read_to_end(&mut start));
    read.map_err(|source| unusable(file, source))?;
    let is_database = start.len() == 100 && start.starts_with(b"SQLite format 3\0");
    if !is_database {
        return Err(foreign("it is no database"));
    }
    match start[68..72].iter().fold(0, |number, byte| number << 8 | u32::from(*byte)) {
        APPLICATION_ID => Ok(true),
        HISTORY_ID => Err(foreign("it is a history, which `--history FILE` is for")),
        _ => Err(foreign("it is a database of another program")),
    }
}

/// Makes an empty file for its owner only: it is to have the secrets of webhook endpoints.
fn make(file: &Path) -> io::Result<()> {
    if let Some(directory) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        private::missing_directory(directory)?;
    }
    private::new_file().append(true).open(file).map(drop)
}

fn connect(file: &Path) -> std::result::Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.set_prepared_statement_cache_capacity(16);
    // Nobody else is let in until it is closed.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > NEWEST {
        return Err(Trouble::Newer(version));
    }
    if version == 0 {
        // It stands in the file itself, where it is looked for, before the log is turned on.
        let first = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        first.pragma_update(None, "application_id", APPLICATION_ID)?;
        first.execute_batch(SCHEMA)?;
        first.pragma_update(None, "user_version", NEWEST)?;
        first.commit()?;
    }
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // What was answered is on the disk, whatever happens to the machine.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.transaction_with_behavior(TransactionBehavior::Exclusive)?.commit()?;
    Ok(connection)
}
