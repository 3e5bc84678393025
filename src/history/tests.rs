//! The history as its users see it.

use std::time::Duration;

use super::*;
use crate::delivery::{NoAnswer, Response};

mod beside;

const START: i64 = 1_792_000_000;

/// A directory of the test's own, and a file in it that is not there yet.
fn scratch() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    (directory, file)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn open(file: &Path, limits: Limits) -> History {
    let started_at = Moment::from_seconds(START);
    let session = Session { command: "listen".into(), name: None, started_at };
    let place = Storage { limits, ..Storage::named(file.to_owned()) };
    let clock = Clock::new(|| Moment::from_seconds(START + 1_000));
    History::open(place, session, clock, Redactor::default()).unwrap().history
}

fn reader(file: &Path) -> Reader {
    // It may not be there yet.
    let place = Storage { origin: FileOrigin::Default, ..Storage::named(file.to_owned()) };
    Reader::open(&place).unwrap()
}

fn delivery(number: i64, event: &str) -> Delivery {
    Delivery {
        via: Via::Local,
        event_id: format!("evt_{number}"),
        event: event.to_owned(),
        created: Some(START + number),
        account: None,
        endpoint: "http://127.0.0.1:5000/webhook".to_owned(),
        received_at: Moment::from_milliseconds((START + number) * 1_000),
        headers: [("Stripe-Signature", "t=1,v1=ab")].into_iter().collect(),
        body: format!("{{\"number\": {number}}}").into(),
        story: None,
    }
}

fn answered(status: u16) -> Attempt {
    let response = Response {
        status,
        headers: vec![],
        body: b"so be it".to_vec(),
        is_truncated: false,
        broke_off: None,
    };
    Attempt {
        outcome: Outcome::Response(response),
        latency: Duration::from_micros(1_500),
        is_stale: false,
    }
}

fn refused() -> Attempt {
    let outcome = Outcome::None { why: NoAnswer::Refused, error: "Connection refused".into() };
    Attempt { outcome, latency: Duration::ZERO, is_stale: false }
}

/// 1 accepted, 2 rejected and then accepted, 3 rejected, 4 refused, 5 without an outcome.
fn filled(file: &Path) {
    let history = open(file, Limits::default());
    block_on(async {
        let at = Moment::from_seconds(START);
        for (number, event, attempts) in [
            (1, "invoice.paid", vec![answered(200)]),
            (2, "invoice.created", vec![answered(500), answered(204)]),
            (3, "charge.failed", vec![answered(404)]),
            (4, "invoice.voided", vec![refused()]),
            (5, "charge.pending", vec![]),
        ] {
            let receipt = history.received(delivery(number, event)).await;
            assert_eq!(receipt.id(), Some(DeliveryId(number)));
            for attempt in &attempts {
                history.attempt(&receipt, at, attempt).await;
            }
        }
        history.flush().await;
    });
    assert_eq!(history.notice(), None);
}

fn listed(file: &Path, filter: &Filter) -> Vec<i64> {
    reader(file).list(filter).unwrap().iter().map(|entry| entry.id.0).collect()
}

#[test]
fn filters_find_what_they_name() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    filled(&file);
    let all = Filter::default();
    let failed = Filter { states: State::FAILED.to_vec(), ..all.clone() };
    let undelivered = Filter { states: State::UNDELIVERED.to_vec(), ..all.clone() };
    let status = |text: &str| Filter { status: Some(text.parse().unwrap()), ..all.clone() };
    let types = |text: &str| Filter { types: Some(text.to_owned()), ..all.clone() };
    let since =
        |number| Filter { since: Some(Moment::from_seconds(START + number)), ..Filter::default() };
    let until =
        |number| Filter { until: Some(Moment::from_seconds(START + number)), ..Filter::default() };
    let to = |text: &str| Filter { endpoints: vec![text.parse().unwrap()], ..Filter::default() };
    let text = |text: &str| Filter { text: Some(text.to_owned()), ..all.clone() };
    for (filter, expected) in [
        (all.clone(), vec![1, 2, 3, 4, 5]),
        (Filter { last: Some(2), ..all.clone() }, vec![4, 5]),
        (failed.clone(), vec![3, 4]),
        (undelivered, vec![4, 5]),
        (status("2xx"), vec![1, 2]),
        (status("404"), vec![3]),
        (types("invoice.*"), vec![1, 2, 4]),
        (types("charge.*"), vec![3, 5]),
        (Filter { last: Some(1), ..types("charge.*") }, vec![5]),
        (types("nothing.*"), vec![]),
        (Filter { last: Some(1), ..types("invoice.*") }, vec![4]),
        (Filter { types: Some("charge.*".into()), ..failed }, vec![3]),
        (since(4), vec![4, 5]),
        (since(9), vec![]),
        (since(1_000_000), vec![]),
        (until(4), vec![1, 2, 3]),
        (until(1), vec![]),
        (until(1_000_000), vec![1, 2, 3, 4, 5]),
        (Filter { until: until(5).until, ..since(3) }, vec![3, 4]),
        (to("5000"), vec![1, 2, 3, 4, 5]),
        (to("localhost:5000/webhook"), vec![1, 2, 3, 4, 5]),
        (to("5001"), vec![]),
        (text("\"number\": 2"), vec![2]),
        (text("so be"), vec![1, 2, 3]),
        (Filter { session: Some(1), last: Some(1), ..all.clone() }, vec![5]),
        (Filter { session: Some(2), ..all }, vec![]),
    ] {
        assert_eq!(listed(&file, &filter), expected, "{filter:?}");
    }
}

#[test]
fn moments_and_sessions_are_found_where_the_clock_was_put_back_and_deliveries_are_gone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    // Hours, and within them half an hour back at every third.
    let came = |number: i64| number * 3_600 - if number % 3 == 0 { 1_800 } else { 0 };
    for half in [0..20, 20..40] {
        let history = open(&file, Limits::default());
        block_on(async {
            for number in half {
                let received_at = Moment::from_seconds(START + came(number));
                history.received(Delivery { received_at, ..delivery(number, "a.b") }).await;
            }
        });
        drop(history);
    }
    let gone = "UPDATE session SET ended_at = NULL; DELETE FROM delivery WHERE id % 4 = 0";
    rusqlite::Connection::open(&file).unwrap().execute_batch(gone).unwrap();
    let left = |fits: &dyn Fn(i64) -> bool| -> Vec<i64> {
        (1..=40).filter(|id| id % 4 != 0 && fits(id - 1)).collect()
    };
    for hour in -1..41 {
        let since = Some(Moment::from_seconds(START + hour * 3_600));
        let found = listed(&file, &Filter { since, ..Filter::default() });
        assert_eq!(found, left(&|number| came(number) >= hour * 3_600), "since hour {hour}");
    }
    for (session, numbers) in [(1, 0..20), (2, 20..40), (3, 0..0)] {
        let found = listed(&file, &Filter { session: Some(session), ..Filter::default() });
        assert_eq!(found, left(&|number| numbers.contains(&number)), "session {session}");
    }
}

#[test]
fn a_delivery_comes_back_whole() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    filled(&file);
    let record = reader(&file).find("evt_2").unwrap();
    assert_eq!(record, reader(&file).find("2").unwrap());
    assert_eq!(record.body, b"{\"number\": 2}");
    assert_eq!(record.headers, [("Stripe-Signature", "t=1,v1=ab")].into_iter().collect());
    let statuses: Vec<_> = record.attempts.iter().map(|a| (a.status, a.latency)).collect();
    let latency = Duration::from_micros(1_500);
    assert_eq!(statuses, [(Some(500), latency), (Some(204), latency)]);
    assert_eq!((record.entry.attempts, record.entry.state), (2, State::Accepted));
    assert_eq!(record.entry.command, "listen");
    let refused = reader(&file).find("4").unwrap();
    assert_eq!(refused.entry.answer.as_deref(), Some("Connection refused"));
    assert!(reader(&file).find("evt_9").is_err());
}

#[test]
fn what_is_beyond_the_limits_goes_oldest_first() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    let limits = Limits { max_size: 1 << 20, ..Limits::default() };
    let history = open(&file, limits);
    block_on(async {
        for number in 1..=3_000 {
            let mut one = delivery(number, "invoice.paid");
            one.body = vec![b'x'; 2_000].into();
            history.queued(one).await;
        }
    });
    drop(history);
    let ids = listed(&file, &Filter::default());
    assert_eq!(ids.last(), Some(&3_000));
    assert!((100..1_500).contains(&ids.len()), "{}", ids.len());
    let length = std::fs::metadata(&file).unwrap().len();
    assert!(length < 6 << 20, "the file has {length} bytes");
    let log = std::fs::metadata(directory.path().join("history.db-wal")).unwrap().len();
    assert!(log < 4 << 20, "the log has {log} bytes");
}

async fn accept_300(file: &Path, offset: i64) {
    let history = open(file, Limits::default());
    for number in 0..300 {
        let name = format!("made.up_{}", number % 7);
        let receipt = history.received(delivery(offset + number, &name)).await;
        assert!(receipt.id().is_some(), "{:?}", history.notice());
        history.attempt(&receipt, Moment::from_seconds(START), &answered(200)).await;
    }
}

#[test]
fn two_writers_and_a_reader_do_not_disturb_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    let write = |offset: i64| {
        let file = file.clone();
        std::thread::spawn(move || block_on(accept_300(&file, offset)))
    };
    let writers = [write(0), write(1_000)];
    let mut seen = 0;
    while writers.iter().any(|writer| !writer.is_finished()) {
        let now = listed(&file, &Filter::default()).len();
        assert!(now >= seen);
        seen = now;
    }
    for writer in writers {
        writer.join().unwrap();
    }
    let entries = reader(&file).list(&Filter::default()).unwrap();
    assert_eq!(entries.len(), 600);
    assert!(entries.iter().all(|e| e.state == State::Accepted && e.event.starts_with("made")));
    assert_eq!(listed(&file, &Filter { session: Some(1), ..Filter::default() }).len(), 300);
}

#[test]
fn only_the_writers_thread_waits_for_another_process_that_writes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    let history = open(&file, Limits::default());
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let start = std::time::Instant::now();
        let mut recorded = std::pin::pin!(history.received(delivery(1, "invoice.paid")));
        let soon = tokio::time::timeout(Duration::from_millis(50), &mut recorded).await;
        assert!(soon.is_err() && start.elapsed() < store::TIME_LIMIT / 2, "{:?}", start.elapsed());
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(recorded.await.id(), Some(DeliveryId(1)));
        assert_eq!(history.received(delivery(2, "invoice.paid")).await.id(), Some(DeliveryId(2)));
    });
    assert_eq!(history.notice(), None);
}

#[test]
fn a_history_of_nothing_takes_everything_and_keeps_none() {
    block_on(async {
        let history = History::none();
        let receipt = history.received(delivery(1, "invoice.paid")).await;
        history.attempt(&receipt, Moment::from_seconds(START), &answered(200)).await;
        history.flush().await;
        assert_eq!((receipt.id(), history.notice()), (None, None));
    });
}

#[test]
fn what_waits_is_written_into_a_new_file_where_the_old_one_is_gone() {
    let emptied = |file: &Path| std::fs::write(file, "").unwrap();
    let deleted = |file: &Path| std::fs::remove_file(file).unwrap();
    let ways = [(Gone::Emptied, &emptied as &dyn Fn(&Path)), (Gone::Deleted, &deleted)];
    // Windows lets nobody delete a file that is open.
    let ways = if cfg!(windows) { &ways[..1] } else { &ways };
    for &(how, happens) in ways {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("history.db");
        let history = open(&file, Limits::default());
        block_on(async {
            let first = history.received(delivery(1, "invoice.paid")).await;
            history.given_up(&first).await;
            let second = history.received(delivery(2, "invoice.paid")).await;
            history.flush().await;
            happens(&file);
            let third = history.received(delivery(3, "invoice.paid")).await;
            assert_eq!(history.notice(), Some(Notice::Gone { how, kept: 1 }));
            for (receipt, number) in [(&second, 2), (&third, 3)] {
                assert_eq!(history.body(receipt).await.unwrap(), delivery(number, "").body);
            }
        });
        drop(history);
        let events: Vec<String> = reader(&file)
            .list(&Filter::default())
            .unwrap()
            .into_iter()
            .map(|entry| entry.event_id)
            .collect();
        assert_eq!(events, ["evt_2", "evt_3"], "{how:?}");
    }
}

#[test]
fn the_end_of_a_session_is_written_with_its_last_rows() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    let history = open(&file, Limits::default());
    let ends = || reader(&file).sessions(&Filter::default()).unwrap()[0].ended_at;
    block_on(async {
        history.queued(delivery(1, "invoice.paid")).await;
        history.flush().await;
        assert_eq!(ends(), None);
        history.queued(delivery(2, "invoice.paid")).await;
        history.end().await;
        assert_eq!(ends(), Some(Moment::from_seconds(START + 1_000)));
    });
    assert_eq!(listed(&file, &Filter::default()), [1, 2]);
}

#[test]
fn a_session_that_writes_nothing_more_ends_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    let history = open(&file, Limits::default());
    block_on(async {
        history.received(delivery(1, "invoice.paid")).await;
        history.end().await;
    });
    drop(history);
    let session = &reader(&file).sessions(&Filter::default()).unwrap()[0];
    assert_eq!(session.ended_at, Some(Moment::from_seconds(START + 1_000)));
}

#[test]
fn a_file_that_is_opened_ahead_is_neither_made_nor_moved() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    let place = Storage { origin: FileOrigin::Default, ..Storage::named(file.clone()) };
    assert!(Opening::begin(&place).connection().is_none());
    assert!(!file.exists());
    filled(&file);
    assert!(Opening::begin(&place).connection().is_some());
    let damage = "no database".repeat(100);
    std::fs::write(&file, &damage).unwrap();
    assert!(Opening::begin(&place).connection().is_none());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), damage);
    let session =
        Session { command: "trigger".into(), name: None, started_at: Moment::from_seconds(START) };
    let clock = Clock::new(|| Moment::from_seconds(START));
    let opening = Opening::begin(&place);
    let opened = History::opened(opening, place, session, clock, Redactor::default()).unwrap();
    assert_eq!(std::fs::read_to_string(opened.set_aside.unwrap()).unwrap(), damage);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_after_it_was_opened_ahead_is_missed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    filled(&file);
    let open = Opening::begin(&Storage::named(file.clone())).connection().unwrap();
    let other = directory.path().join("other.db");
    std::fs::copy(&file, &other).unwrap();
    std::fs::rename(&other, &file).unwrap();
    assert_eq!(Database::of(&file, open).watched.change(), Some(Gone::Deleted));
}
