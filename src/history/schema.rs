//! What tables there are, and how a file comes to have them.

use rusqlite::{Connection, TransactionBehavior};

/// The schemas; a file of version n has had the first n of them.
pub(super) const ALL: [&str; 6] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
];

/// The schema of the files that this devtool writes.
pub(super) const NEWEST: usize = ALL.len();

/// A history of nothing, as a devtool of that schema made it.
pub(super) fn in_memory(version: usize) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    migrate(&mut connection, ALL.get(..version).unwrap_or(&ALL))?;
    Ok(connection)
}

pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Applies the schemas that the file has not had, all or none, and returns which one it has now.
pub(super) fn migrate(connection: &mut Connection, schemas: &[&str]) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version(&transaction)?;
    let missing = schemas.get(version..).unwrap_or_default();
    for (schema, number) in missing.iter().zip(version + 1..) {
        transaction.execute_batch(schema)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {number}"))?;
    }
    transaction.commit()?;
    Ok(version + missing.len())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
