//! The history of a `devtool listen` that is pruned, locked, deleted or emptied while events wait: none is lost.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::asking::{ask_with, free_port};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, listen};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::stripe::events::New;

/// How large an event is that has an object of its own.
const LARGE: usize = 42_000;

/// A listen for an app that is not up yet.
struct Waiting {
    fake: FakeStripe,
    port: u16,
    listening: Listening,
    sent: BTreeSet<String>,
}

impl Waiting {
    fn new(configuration: &str) -> Self {
        let fake = FakeStripe::start();
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let devtool = listen(&fake, VERSIONS[0], port, &["--no-catch-up", "--format", "compact"]);
        let listening = Listening::ready(&fake, devtool.file("devtool.toml", configuration));
        Self { fake, port, listening, sent: BTreeSet::new() }
    }

    /// Events come in; returns when the history has them.
    fn receive(&mut self, count: usize, bytes: usize) {
        let object = json!({"object": "customer", "id": "cus_1", "description": "x".repeat(bytes)});
        for _ in 0..count {
            let id = self.fake.state(|state| state.emit(New::of("customer.created", &object)));
            self.sent.insert(id);
            // What Stripe keeps is not what is tested, and takes memory.
            self.fake.state(|state| state.events.clear());
        }
    }

    fn file(&self) -> PathBuf {
        self.listening.devtool.history()
    }

    /// The ids of recorded deliveries, and those of them that were accepted.
    fn recorded(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let run =
            self.listening.devtool.rerun(&["history", "--last", "100000", "--format", "json"]);
        let list = run.code(0).json();
        let deliveries = list["deliveries"].as_array().unwrap();
        let ids = |fits: &dyn Fn(&&Value) -> bool| {
            let fitting = deliveries.iter().filter(fits);
            fitting.map(|one| one["event_id"].as_str().unwrap().to_owned()).collect()
        };
        (ids(&|_| true), ids(&|one| one["state"] == "accepted"))
    }

    #[track_caller]
    fn wait_until_recorded(&self, count: usize) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.recorded().0.len() < count {
            assert!(
                Instant::now() < end,
                "{} of {count} are recorded: {:#?}",
                self.recorded().0.len(),
                self.listening.stderr()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The app comes up, and gets everything.
    #[track_caller]
    fn everything_arrives(&self) -> Endpoint {
        let address = format!("127.0.0.1:{}", self.port);
        let endpoint = Endpoint::at(&address, Box::new(|_| Reply::new(200, "ok")));
        self.listening.wait_for_rows(" 200 ", self.sent.len());
        let arrived: Vec<String> = endpoint
            .received()
            .iter()
            .map(|one| one.event()["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(arrived.len(), self.sent.len());
        assert_eq!(BTreeSet::from_iter(arrived), self.sent);
        endpoint
    }

    /// How many lines of stderr hold the text.
    fn said(&self, text: &str) -> usize {
        self.listening.stderr().iter().filter(|line| line.contains(text)).count()
    }

    /// Ends it; its last line without the time.
    fn summary(&mut self) -> String {
        assert_eq!(self.listening.interrupt(), 0);
        self.listening.wait_for_end();
        let stderr = self.listening.stderr();
        let summary = stderr.iter().find(|line| line.contains(" accepted in ")).unwrap();
        summary.split(" in ").next().unwrap().to_owned()
    }
}

const EXCEEDS: &str =
    "the history exceeds its limits: it keeps the events that are still to be delivered";

fn what_waits_is_not_pruned(count: usize, max_size: &str) {
    let mut waiting = Waiting::new(&format!("[history]\nmax_size = \"{max_size}\"\n"));
    waiting.receive(count, LARGE);
    waiting.wait_until_recorded(count);
    // From another terminal.
    let prune = ["history", "prune", "--keep", "0s", "--format", "json"];
    let pruned = waiting.listening.devtool.rerun(&prune).code(0).json();
    // The very last one stays in any case.
    let kept = Value::from(count - 1);
    assert_eq!((&pruned["removed"], &pruned["waiting"]), (&json!(0), &kept), "{pruned}");
    waiting.listening.wait_for_output(EXCEEDS);
    waiting.everything_arrives();
    assert_eq!(waiting.said(EXCEEDS), 1);
    assert_eq!(waiting.summary(), format!("{count} of {count} events accepted"));
    let pruned = waiting.listening.devtool.rerun(&prune).code(0).json();
    assert_eq!((&pruned["waiting"], &pruned["left"]), (&json!(0), &json!(1)), "{pruned}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn events_that_wait_are_kept_beyond_the_limits_of_the_history() {
    what_waits_is_not_pruned(300, "2MB");
}

#[test]
#[ignore = "slow"]
fn two_thousand_large_events_that_wait_are_kept_beyond_the_limits_of_the_history() {
    what_waits_is_not_pruned(2_000, "20MB");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_history_that_another_program_has_locked_holds_nothing_up_and_is_written_afterwards() {
    let mut waiting = Waiting::new("");
    waiting.receive(1, 10);
    waiting.wait_until_recorded(1);
    let other = rusqlite::Connection::open(waiting.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    waiting.receive(20, 10);
    // Nothing waits for the lock.
    let _endpoint = waiting.everything_arrives();
    std::thread::sleep(Duration::from_secs(2));
    waiting.receive(1, 10);
    let locked = "another program has locked the history: deliveries go on, and are recorded when it \
                  is free";
    waiting.receive(1, 10);
    waiting.listening.wait_for_rows(" 200 ", 23);
    waiting.listening.wait_for_output(locked);
    assert_eq!(waiting.recorded().0.len(), 1);
    other.execute_batch("COMMIT").unwrap();
    waiting.wait_until_recorded(23);
    assert_eq!(waiting.said(locked), 1);
    assert_eq!(waiting.summary(), "23 of 23 events accepted");
    let (recorded, accepted) = waiting.recorded();
    assert_eq!((&recorded, &accepted), (&waiting.sent, &waiting.sent));
}

/// Events wait; then that happens to the history. What is in the log only, SQLite still reads from an empty file.
fn what_waits_survives((count, bytes): (usize, usize), happens: impl Fn(&PathBuf), how: &str) {
    let mut waiting = Waiting::new("");
    waiting.receive(count, bytes);
    waiting.wait_until_recorded(count);
    happens(&waiting.file());
    // It is noticed with the next commit.
    waiting.receive(1, 10);
    waiting.listening.wait_for_output(&format!(
        "the history file was {how}: devtool started a new one, with {count} deliveries still to be made"
    ));
    waiting.wait_until_recorded(count + 1);
    waiting.everything_arrives();
    let all = count + 1;
    assert_eq!(waiting.summary(), format!("{all} of {all} events accepted"));
    let (recorded, accepted) = waiting.recorded();
    assert_eq!((&recorded, &accepted), (&waiting.sent, &waiting.sent));
}

#[cfg(unix)]
#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_history_that_is_deleted_is_begun_anew_with_what_waits() {
    what_waits_survives((300, LARGE), |file| std::fs::remove_file(file).unwrap(), "deleted");
}

#[cfg(unix)]
#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_history_that_is_deleted_with_all_beside_it_is_begun_anew_with_what_waits() {
    let all = |file: &PathBuf| std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    what_waits_survives((300, LARGE), all, "deleted");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_history_that_is_emptied_is_begun_anew_with_what_waits() {
    what_waits_survives((20, LARGE), |file| std::fs::write(file, "").unwrap(), "emptied");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn an_event_whose_body_is_gone_is_told_as_lost_with_its_id() {
    let mut waiting = Waiting::new("");
    waiting.receive(250, LARGE);
    waiting.wait_until_recorded(250);
    // More wait than there is room for in memory.
    let other = rusqlite::Connection::open(waiting.file()).unwrap();
    other.execute("DELETE FROM content", []).unwrap();
    let address = format!("127.0.0.1:{}", waiting.port);
    let endpoint = Endpoint::at(&address, Box::new(|_| Reply::new(200, "ok")));
    let of = |waiting: &Waiting, text: &str| {
        let rows = waiting.listening.stdout();
        let rows = rows.iter().filter(|row| row.contains(text));
        rows.map(|row| row.split(' ').nth(2).unwrap().to_owned()).collect::<BTreeSet<String>>()
    };
    while of(&waiting, " 200 ").len() + of(&waiting, " lost ").len() < 250 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let (accepted, lost) = (of(&waiting, " 200 "), of(&waiting, " lost "));
    assert!(lost.len() > 10 && accepted.len() == endpoint.received().len());
    assert_eq!(&(&accepted | &lost), &waiting.sent);
    let summary = waiting.summary();
    let (count, lost_count) = (accepted.len(), lost.len());
    assert_eq!(summary, format!("{count} of 250 events accepted"));
    let stderr = waiting.listening.stderr().join("\n");
    assert!(stderr.contains(&format!(": {lost_count} lost\n")), "{stderr}");
    let told = stderr.lines().find(|line| line.starts_with("lost: ")).unwrap();
    assert!(lost.iter().filter(|id| told.contains(id.as_str())).count() == 10, "{told}");
    assert!(told.ends_with(&format!(" and {} more", lost_count - 10)), "{told}");
    let failed = ["history", "--failed", "--last", "1000"];
    let failed = waiting.listening.devtool.rerun(&failed).code(0).stdout;
    assert_eq!(
        failed.lines().filter(|line| line.contains(" lost ")).count(),
        lost_count,
        "{failed}"
    );
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_the_app_asked_for_an_event_of_stripes_is_kept() {
    let fake = FakeStripe::start();
    let api = free_port();
    let endpoint = Endpoint::new(move |request| {
        let customer = request.event()["data"]["object"]["id"].as_str().unwrap().to_owned();
        let path = format!("GET /v1/customers/{customer}");
        let status = ask_with(api, &path, "Stripe-Account: acct_1own\r\n").0;
        Reply::new(if status == 200 { 200 } else { 500 }, "ok")
    });
    let more = ["--format", "compact", "--api", "--api-port", &api.to_string()];
    let listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], endpoint.port(), &more));
    let object = json!({"object": "customer", "id": "cus_1"});
    let event = New { account: Some("acct_1own"), ..New::of("customer.created", &object) };
    fake.state(|state| state.emit(event));
    listening.wait_for_output("customer.created");
    let shown = listening.devtool.rerun(&["history", "show", "--format", "json"]).code(0).json();
    let mut calls = shown["delivery"]["attempts"][0]["api_calls"].clone();
    assert!(calls[0]["latency_ms"].take().is_number(), "{shown:#}");
    let expected = json!([{
        "method": "GET",
        "path": "/v1/customers/cus_1",
        "status": 200,
        "latency_ms": null,
        "under_way": 1,
        "served": true,
        "fault": false,
    }]);
    assert_eq!(calls, expected);
}
