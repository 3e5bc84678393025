//! Whose file it is: a history of devtool's own, one of devtool 0.1, or none of devtool's. It is found by
//! reading the file's bytes, or a copy of a few of them: SQLite would leave traces beside a file that is
//! somebody else's.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::schema;
use super::storage::Scratch;

/// The application id of devtool's histories, from schema 4 on.
pub(super) const APPLICATION_ID: u32 = u32::from_be_bytes(*b"dvtl");

/// The last schema without an application id.
const LAST_WITHOUT_ID: u32 = 3;

/// How much of a file is copied: the first pages, which say what tables there are.
const START_BYTES: u64 = 1 << 20;

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileIdentity {
    /// Not there, or empty.
    New,
    /// devtool's own history, of whatever schema.
    Own,
    /// No database that could be read; it may be what damage has left of a history.
    Unreadable,
    /// Somebody else's, and why that is known.
    Foreign(&'static str),
}

const OTHER_PROGRAM: FileIdentity = FileIdentity::Foreign("it is a database of another program");

/// Finds out what a file is, and changes nothing.
pub(super) fn of(file: &Path) -> io::Result<FileIdentity> {
    let found = match std::fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileIdentity::New),
        other => other?,
    };
    // A pipe or a device is never opened: that could wait for ever.
    if !found.is_file() {
        return Ok(FileIdentity::Foreign("it is not a regular file"));
    }
    if found.len() == 0 {
        return Ok(FileIdentity::New);
    }
    let Some(header) = Header::read(file)? else { return Ok(FileIdentity::Unreadable) };
    match header {
        Header { application_id: APPLICATION_ID, .. } => Ok(FileIdentity::Own),
        Header { application_id: 0, user_version: 0..=LAST_WITHOUT_ID } => of_copy(file),
        _ => Ok(OTHER_PROGRAM),
    }
}

/// What SQLite writes at the start of a file. What is still in the log is missing there.
struct Header {
    user_version: u32,
    application_id: u32,
}

impl Header {
    /// `None` where it is no database.
    fn read(file: &Path) -> io::Result<Option<Self>> {
        let mut start = Vec::with_capacity(100);
        File::open(file)?.take(100).read_to_end(&mut start)?;
        if start.len() < 100 || !start.starts_with(b"SQLite format 3\0") {
            return Ok(None);
        }
        let number = |at: usize| {
            start[at..at + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
        };
        Ok(Some(Self { user_version: number(60), application_id: number(68) }))
    }
}

/// Lets SQLite read a copy of the file's start and of its log, where most of a small history lies.
fn of_copy(file: &Path) -> io::Result<FileIdentity> {
    let scratch = Scratch::of_system()?;
    let copy = scratch.place().file;
    let mut start = File::create(&copy)?;
    let original = File::open(file)?;
    let length = original.metadata()?.len();
    io::copy(&mut original.take(START_BYTES), &mut start)?;
    // SQLite takes a file that is shorter than its header says for damaged.
    start.set_len(length)?;
    let log = beside(file, "-wal");
    if std::fs::metadata(&log).is_ok_and(|log| log.is_file() && log.len() > 0) {
        std::fs::copy(&log, beside(&copy, "-wal"))?;
    }
    Ok(of_database(&copy).unwrap_or(FileIdentity::Unreadable))
}

fn of_database(file: &Path) -> rusqlite::Result<FileIdentity> {
    let connection = Connection::open(file)?;
    let pragma = |name: &str| {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
    };
    let (id, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables = tables(&connection)?;
    match (id, version) {
        (id, _) if id == i64::from(APPLICATION_ID) => Ok(FileIdentity::Own),
        // What a devtool leaves that is killed while it makes its file.
        (0, 0) if tables.is_empty() => Ok(FileIdentity::Unreadable),
        (0, 1..=3) if tables == of_schema(version)? => Ok(FileIdentity::Own),
        _ => Ok(OTHER_PROGRAM),
    }
}

/// Those of a history that has no application id yet.
fn of_schema(version: i64) -> rusqlite::Result<Vec<(String, String)>> {
    tables(&schema::in_memory(usize::try_from(version).unwrap_or(0))?)
}

/// The tables and indexes, each with the statement that made it; without those that SQLite makes by itself.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY name",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// The file of that ending beside a history: SQLite's log and its index.
pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
