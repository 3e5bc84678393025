//! What is found in parts that are listed, beyond them, and where some of one is pruned.

use super::super::schema;
use super::*;

/// So many deliveries as a writer records them, of which every hundredth is of the second endpoint, and the
/// ninth alone of the third.
fn recorded(count: i64) -> Connection {
    let mut connection = schema::in_memory(schema::NEWEST).unwrap();
    for id in 1..=count {
        let endpoint = if id == 9 { 3 } else { 1 + i64::from(id % 100 == 0) };
        let insert =
            "INSERT INTO delivery (id, session, via, event_id, type, endpoint, received_at)
             VALUES (?1, 1, 1, 'evt_' || ?2, 1, ?3, 0)";
        // Every event comes twice, the second time much later.
        connection.execute(insert, params![id, id % 20_000, endpoint]).unwrap();
    }
    list_full(&mut connection).unwrap();
    connection
}

/// The latest delivery of the event with that id.
fn latest_of(connection: &Connection, id: &str) -> Option<i64> {
    events_named(connection, id, 0).unwrap().first().map(|(_, at)| *at)
}

#[test]
fn an_event_is_found_in_the_lists_and_beyond_them() {
    let connection = recorded(30_000);
    for (id, expected) in [("evt_5", 20_005), ("evt_9999", 29_999), ("evt_15000", 15_000)] {
        assert_eq!(latest_of(&connection, id), Some(expected), "{id}");
    }
    assert_eq!(latest_of(&connection, "evt_1e4"), None);
    for (start, most, expected) in [
        ("evt_1500", 3, vec![("evt_1500", 21_500)]),
        ("evt_1500", 0, vec![("evt_1500", 21_500)]),
        ("evt_1999", 3, vec![("evt_1999", 21_999)]),
        ("evt_199990", 3, vec![]),
        ("evt_x", 3, vec![]),
        ("evt_", 0, vec![]),
        ("evt_", 3, vec![("evt_0", 20_000), ("evt_1", 20_001), ("evt_10", 20_010)]),
    ] {
        let found = events_named(&connection, start, most).unwrap();
        let found: Vec<(&str, i64)> = found.iter().map(|(id, at)| (id.as_str(), *at)).collect();
        assert_eq!(found, expected, "{start}");
    }
}

#[test]
fn an_endpoint_is_looked_for_in_its_parts_alone() {
    let connection = recorded(30_000);
    assert_eq!(ranges_of(&connection, &[2]).unwrap(), [[100, i64::MAX]]);
    assert_eq!(ranges_of(&connection, &[3]).unwrap(), [[9, 9], [24_576, i64::MAX]]);
    assert_eq!(ranges_of(&connection, &[3, 2]).unwrap(), [[9, i64::MAX]]);
    assert_eq!(ranges_of(&connection, &[]).unwrap(), [[24_576, i64::MAX]]);
    assert_eq!(ranges_of(&recorded(10), &[1]).unwrap(), [[i64::MIN, i64::MAX]]);
}

#[test]
fn what_is_pruned_is_not_found_and_its_parts_are_forgotten() {
    let connection = recorded(30_000);
    connection.execute("DELETE FROM delivery WHERE id < 12000", []).unwrap();
    forget_pruned(&connection).unwrap();
    assert_eq!(listed(&connection).unwrap(), Some(1..=2));
    assert_eq!(latest_of(&connection, "evt_12500"), Some(12_500));
    assert_eq!(latest_of(&connection, "evt_11000"), None);
    assert_eq!(
        events_named(&connection, "evt_1190", 3).unwrap(),
        [("evt_1190".to_owned(), 21_190)]
    );
    assert_eq!(ranges_of(&connection, &[3]).unwrap(), [[24_576, i64::MAX]]);
}

/// What is listed, as text.
fn lists(connection: &Connection) -> Vec<String> {
    let all = "SELECT id || ' ' || hex(by_event) FROM part
         UNION ALL SELECT part || ' ' || endpoint || ' ' || first || '-' || last FROM part_endpoint";
    let mut all = connection.prepare(all).unwrap();
    let rows = all.query_map([], |row| row.get(0));
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn what_was_not_listed_is_looked_through_and_listed_by_the_next_who_opens() {
    let mut connection = recorded(30_000);
    let all = lists(&connection);
    assert_eq!(all.len(), 3 + 3 + 3 + 1);
    // Whoever listed was killed after the first part.
    connection.execute_batch("DELETE FROM part WHERE id > 0").unwrap();
    connection.execute_batch("DELETE FROM part_endpoint WHERE part > 0").unwrap();
    assert_eq!(latest_of(&connection, "evt_5"), Some(20_005));
    assert_eq!(ranges_of(&connection, &[2]).unwrap(), [[100, i64::MAX]]);
    list_full(&mut connection).unwrap();
    assert_eq!(lists(&connection), all);
}

#[test]
fn another_who_writes_is_not_waited_for_long() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    recorded(9_000).execute("VACUUM INTO ?1", [file.to_str().unwrap()]).unwrap();
    let mut connection = Connection::open(&file).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection.execute_batch("DELETE FROM part").unwrap();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = std::time::Instant::now();
    assert!(list_full(&mut connection).is_err());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
