//! The relay and the history: what came is there before it is forwarded, and nothing depends on it.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use devtool::history::{Filter, History, Reader, Session, State, Storage, Via};
use devtool::protocol::Clock;
use devtool::relay::{EventSource, Settings};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::relay::{Rig, event, together, upstream};

fn history(file: &Path) -> History {
    let clock = Clock::system();
    let session = Session { command: "listen".into(), name: None, started_at: clock.now() };
    let place = Storage::named(file.to_owned());
    History::open(place, session, clock, devtool::text::redaction::Redactor::default())
        .unwrap()
        .history
}

fn reader(file: &Path) -> Reader {
    Reader::open(&Storage::named(file.to_owned())).unwrap()
}

#[tokio::test]
async fn an_event_is_recorded_before_it_reaches_the_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.db");
    let seen = file.clone();
    let endpoint = Endpoint::new(move |received| {
        let id = received.event()["id"].as_str().unwrap().to_owned();
        let record = reader(&seen).find(&id).unwrap();
        assert_eq!((record.entry.state, record.body.as_slice()), (State::Open, &received.body[..]));
        Reply::new(200, "ok")
    });
    let rig = Rig::recording(&Settings::new(upstream(endpoint.port())), history(&file)).await;
    rig.handle.expect_again("evt_2");
    for id in ["evt_1", "evt_2"] {
        assert_eq!(rig.event(id).await.status, 200);
    }
    rig.end().await;
    assert_eq!(reader(&file).find("evt_2").unwrap().entry.via, Via::Resent.word());
    let record = reader(&file).find("evt_1").unwrap();
    assert_eq!((record.entry.state, record.entry.attempts), (State::Accepted, 1));
    assert_eq!(record.entry.via, Via::Stripe.word());
}

#[tokio::test]
async fn bodies_for_which_there_is_no_room_wait_in_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Reply { after: Duration::from_millis(20), ..Reply::new(200, "ok") };
    let endpoint = Endpoint::new(move |_| slow.clone());
    let mut settings = Settings::new(upstream(endpoint.port()));
    settings.concurrency = 1;
    settings.limits.queued_bytes = 1;
    let history = history(&folder.path().join("history.db"));
    let rig = Rc::new(Rig::recording(&settings, history).await);
    let post = async |rig: Rc<Rig>, number: usize| {
        let body = event(&format!("evt_{number}"), "invoice.paid", 1);
        (rig.post(EventSource::Snapshot, &body).await.status, body)
    };
    let posted = together(&rig, 10, post).await;
    let mut arrived: Vec<Vec<u8>> =
        endpoint.received().iter().map(|received| received.body.to_vec()).collect();
    arrived.sort();
    assert!(posted.iter().all(|(status, body)| *status == 200 && arrived.contains(body)));
    assert_eq!(arrived.len(), 10);
}

#[tokio::test]
async fn a_history_that_cannot_be_written_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.db");
    let endpoint = Endpoint::accepting();
    let rig = Rig::recording(&Settings::new(upstream(endpoint.port())), history(&file)).await;
    assert_eq!(rig.event("evt_1").await.status, 200);
    // It fails from here on, as it would with a full disk.
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("DROP TABLE content").unwrap();
    for id in ["evt_2", "evt_3"] {
        assert_eq!(rig.event(id).await.status, 200);
    }
    assert_eq!(rig.updates.count("history: Incomplete"), 1);
    let summary = rig.end().await;
    assert_eq!(summary.accepted, 3);
    let entries = reader(&file).list(&Filter::default()).unwrap_or_default();
    assert!(entries.len() <= 1);
}
