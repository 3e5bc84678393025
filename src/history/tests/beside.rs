//! What is kept beside deliveries: the app's calls of the local API, and stories.

use super::super::backlog::{PendingRow, Tracked};
use super::super::database::{Database, Wait, Work};
use super::*;

fn of_story(number: i64, story: &RecordedStory) -> Delivery {
    Delivery { story: Some(story.clone()), ..delivery(number, "invoice.paid") }
}

/// The story of each delivery, 0 for none, and what is kept of the stories.
fn stories(file: &Path) -> [String; 2] {
    let connection = rusqlite::Connection::open(file).unwrap();
    let joined = |what: &str| {
        let select = format!("SELECT group_concat({what})");
        connection.query_row(&select, [], |row| row.get(0)).unwrap()
    };
    let tellings = "delivery || ' ' || CAST(telling AS TEXT)) FROM (SELECT * FROM story ORDER BY 1";
    [joined("ifnull(story, 0)) FROM (SELECT * FROM delivery ORDER BY id"), joined(tellings)]
}

fn asked(path: &str) -> KeptCall {
    KeptCall {
        method: "GET".to_owned(),
        path: path.to_owned(),
        status: Some(200),
        latency: Some(Duration::from_micros(250)),
        under_way: None,
        is_served: true,
        is_fault: false,
    }
}

#[test]
fn what_was_asked_is_kept_by_attempt_within_bounds_and_without_secrets() {
    let (_directory, file) = scratch();
    let place = Storage::named(file.clone());
    let session =
        Session { command: "trigger".to_owned(), name: None, started_at: Moment::from_seconds(0) };
    let secrets = Redactor::default();
    secrets.add("confidential");
    let history = History::open(place, session, Clock::system(), secrets).unwrap().history;
    block_on(async {
        let receipt = history.queued(delivery(1, "invoice.paid")).await;
        history.attempt(&receipt, Moment::from_seconds(START), &answered(500)).await;
        history.asked(&receipt, std::iter::once(asked("/v1/a?b=confidential"))).await;
        history.attempt(&receipt, Moment::from_seconds(START), &answered(500)).await;
        history.attempt(&receipt, Moment::from_seconds(START), &answered(200)).await;
        history.asked(&receipt, vec![asked("/v1/b"); 103].into_iter()).await;
    });
    drop(history);
    let record = reader(&file).find("1").unwrap();
    let kept: Vec<_> = record.attempts.iter().map(|attempt| attempt.api_calls.clone()).collect();
    let first = KeptCalls { calls: vec![asked(&format!("/v1/a?b={}", "*".repeat(12)))], more: 0 };
    let last = KeptCalls { calls: vec![asked("/v1/b"); 100], more: 3 };
    assert_eq!(kept, [Some(first), None, Some(last)]);
}

#[test]
fn a_story_is_kept_with_its_first_delivery_and_goes_with_it() {
    let (_directory, file) = scratch();
    let history = open(&file, Limits::default());
    block_on(async {
        for (first, telling) in [(1, "one"), (3, "other")] {
            let story = RecordedStory::new(|| telling.as_bytes().to_vec());
            for number in first..first + 2 {
                history.queued(of_story(number, &story)).await;
            }
        }
        history.queued(delivery(5, "invoice.paid")).await;
    });
    drop(history);
    assert_eq!(stories(&file), ["1,1,3,3,0", "1 one,3 other"]);
    let mut follower = Follower::new(Storage::named(file.clone()));
    let found = follower.look().unwrap().found;
    assert_eq!((found.stories, found.bodies.len()), (vec![b"one".to_vec(), b"other".to_vec()], 5));
    let again = Follower::new(Storage::named(file.clone())).search("\"number\": 4").unwrap();
    assert!(again.bodies.is_empty(), "it was not opened");
    assert!(follower.search("\"number\": 4").unwrap().stories.is_empty(), "it was given");
    let limits = Limits { max_size: 0, ..Limits::default() };
    let place = Storage { limits, ..Storage::named(file.clone()) };
    assert_eq!(prune(&place, Moment::from_seconds(START)).unwrap().left, 1);
    let left = rusqlite::Connection::open(&file).unwrap();
    let count = |table: &str| {
        let select = format!("SELECT count(*) FROM {table}");
        left.query_row(&select, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((count("delivery"), count("story"), count("api_calls")), (1, 0, 0));
}

// Windows lets nobody delete an open history.
#[cfg(unix)]
#[test]
fn a_story_is_kept_again_in_a_file_that_takes_the_place_of_a_deleted_one() {
    let (_directory, file) = scratch();
    let history = open(&file, Limits::default());
    let (one, other) =
        (RecordedStory::new(|| b"one".to_vec()), RecordedStory::new(|| b"other".to_vec()));
    block_on(async {
        history.queued(of_story(1, &one)).await;
        history.flush().await;
        std::fs::remove_file(&file).unwrap();
        for (number, story) in [(2, &other), (3, &one), (4, &one)] {
            history.queued(of_story(number, story)).await;
        }
    });
    drop(history);
    assert_eq!(stories(&file), ["1,2,2", "1 other,2 one"]);
}

// Windows lets nobody delete an open history.
#[cfg(unix)]
#[test]
fn a_delivery_that_is_rescued_from_a_deleted_file_keeps_its_story() {
    let (_directory, file) = scratch();
    let history = open(&file, Limits::default());
    let (one, other) =
        (RecordedStory::new(|| b"one".to_vec()), RecordedStory::new(|| b"other".to_vec()));
    block_on(async {
        for number in [1, 2] {
            history.received(of_story(number, &one)).await;
        }
        history.flush().await;
        std::fs::remove_file(&file).unwrap();
        for (number, story) in [(3, &other), (4, &one)] {
            history.queued(of_story(number, story)).await;
        }
    });
    drop(history);
    assert_eq!(stories(&file), ["1,1,3,1", "1 one,3 other"]);
}

#[test]
fn a_story_whose_first_delivery_is_pruned_meanwhile_is_kept_with_the_first_one_that_is_left() {
    let (_directory, file) = scratch();
    let place = Storage::named(file.clone());
    let (mut database, _) = Database::open(&place, Moment::from_seconds(START)).unwrap();
    let story = RecordedStory::new(|| b"one".to_vec());
    let mut write = |numbers: &[i64], look| write(&mut database, (&story, numbers), look);
    assert!(write(&[1, 2], None));
    let limits = Limits { max_size: 0, ..Limits::default() };
    assert!(write(&[3], Some((limits, Moment::from_seconds(START)))));
    assert_eq!(stories(&file), ["3", "3 one"]);
    assert!(write(&[4], None));
    assert_eq!(stories(&file), ["3,3", "3 one"]);
}

/// Writes deliveries of a story in one transaction; whether it was written.
fn write(
    database: &mut Database,
    (story, numbers): (&RecordedStory, &[i64]),
    look: Option<(Limits, Moment)>,
) -> bool {
    let command = "trigger".to_owned();
    let session = &Session { command, name: None, started_at: Moment::from_seconds(0) };
    let row = |number: &i64| {
        let delivery = Box::new(of_story(*number, story));
        PendingRow::Delivery(delivery, Receipt::default(), Tracked::No)
    };
    let rows: &Vec<_> = &numbers.iter().map(row).collect();
    // What still has to be delivered is not pruned.
    let (waiting_from, ended_at, wait) = (look.map(|_| i64::MAX), None, Wait::No);
    database.write(Work { rows, session, waiting_from, ended_at, look, wait }).is_ok()
}

#[test]
fn a_story_whose_first_delivery_is_rolled_back_is_kept_with_the_next_one() {
    let (_directory, file) = scratch();
    let place = Storage::named(file.clone());
    let (mut database, _) = Database::open(&place, Moment::from_seconds(START)).unwrap();
    let story = RecordedStory::new(|| b"one".to_vec());
    let mut write = |numbers: &[i64]| write(&mut database, (&story, numbers), None);
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON content WHEN new.delivery = 2
        BEGIN SELECT RAISE(ABORT, 'refused'); END";
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch(refuse).unwrap();
    assert!(!write(&[1, 2]));
    other.execute_batch("DROP TRIGGER refuse").unwrap();
    assert!(write(&[3]) && write(&[4]));
    assert_eq!(stories(&file), ["1,1", "1 one"]);
}
