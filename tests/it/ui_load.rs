//! The full screen over many deliveries, and while many come.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use devtool::delivery::{Attempt, Outcome, Response};
use devtool::history::{Delivery, Headers, History, Session, Storage, Via};
use devtool::protocol::Clock;

use crate::support::Devtool;
use crate::support::endpoint::Endpoint;
use crate::support::listening::{listen, wait_until_gone};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::tmux::Tmux;

/// How much memory a full screen may take, in KiB.
const MEMORY: u64 = 40 * 1024;

/// A history that a test records into, as a listen does.
struct Recording {
    history: History,
    clock: Clock,
}

impl Recording {
    fn start(devtool: &Devtool) -> Self {
        let clock = Clock::system();
        let session = Session { command: "listen".to_owned(), name: None, started_at: clock.now() };
        std::fs::create_dir_all(devtool.history().parent().unwrap()).unwrap();
        let place = Storage::named(devtool.history());
        let history =
            History::open(place, session, clock, devtool::text::redaction::Redactor::default());
        Self { history: history.unwrap().history, clock }
    }

    async fn record(&self, number: usize) {
        let at = self.clock.now();
        let delivery = Delivery {
            via: Via::Stripe,
            event_id: format!("evt_{number:024}"),
            event: "invoice.paid".to_owned(),
            created: Some(at.seconds()),
            story: None,
            account: None,
            endpoint: "http://127.0.0.1:5000/webhook".to_owned(),
            received_at: at,
            headers: [("Content-Type", "application/json")].into_iter().collect::<Headers>(),
            body: format!("{{\"id\":\"evt_{number:024}\",\"x\":\"{}\"}}", "x".repeat(2000)).into(),
        };
        let receipt = self.history.queued(delivery).await;
        let response = Response {
            status: 200,
            headers: Vec::new(),
            body: b"ok".to_vec(),
            is_truncated: false,
            broke_off: None,
        };
        let outcome = Outcome::Response(response);
        let attempt = Attempt { outcome, latency: Duration::from_millis(3), is_stale: false };
        self.history.attempt(&receipt, at, &attempt).await;
    }
}

/// The most memory that a process has had, in KiB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Records that many deliveries, as an earlier session.
fn record_before(devtool: &Devtool, count: usize) {
    let recording = Recording::start(devtool);
    runtime().block_on(async {
        for number in 1..=count {
            recording.record(number).await;
        }
        recording.history.end().await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
#[ignore = "slow"]
fn a_hundred_thousand_deliveries_are_walked_through_below_40_mib() {
    let devtool = Devtool::new(&["ui"]);
    record_before(&devtool, 100_000);
    let tmux = Tmux::start(&devtool, (120, 40));
    tmux.type_line("./run");
    tmux.wait_for("> #100000");
    let process = tmux.devtool();
    for _ in 0..200 {
        tmux.press("PPage");
    }
    tmux.wait_until("older ones", |screen| !screen.contains("#100000"));
    tmux.type_text("g");
    tmux.wait_for("│ #1 invoice.paid");
    tmux.type_text("G");
    tmux.wait_for("> #100000");
    tmux.type_text("/failed");
    tmux.wait_until("no failures", |screen| !screen.contains("#100000"));
    let peak = peak(process);
    assert!(peak < MEMORY, "{peak} KiB");
}

#[test]
#[ignore = "slow"]
fn five_hundred_events_a_second_are_all_there_after_30_seconds() {
    const A_SECOND: usize = 500;
    const SECONDS: usize = 30;
    let devtool = Devtool::new(&["ui"]);
    let recording = Recording::start(&devtool);
    runtime().block_on(recording.record(1));
    let tmux = Tmux::start(&devtool, (120, 40));
    tmux.type_line("./run");
    tmux.wait_for("> #1 ");
    let process = tmux.devtool();
    let start = Instant::now();
    runtime().block_on(async {
        for number in 2..=A_SECOND * SECONDS {
            recording.record(number).await;
            let due = start + Duration::from_secs(1) * u32::try_from(number).unwrap() / 500;
            tokio::time::sleep_until(due.into()).await;
        }
        recording.history.end().await;
    });
    let screen = tmux.wait_for("> #15000");
    assert!(screen.contains("following"), "{screen}");
    let peak = peak(process);
    assert!(peak < MEMORY, "{peak} KiB");
    let listed = devtool.rerun(&["history", "--last", "20000", "--format", "compact"]).code(0);
    assert_eq!(listed.stdout.lines().count(), A_SECOND * SECONDS);
}

#[test]
#[ignore = "slow"]
fn a_listen_shows_five_hundred_events_a_second_and_loses_none() {
    const COUNT: usize = 15_000;
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &[]);
    record_before(&devtool, 85_000);
    let tmux = Tmux::start(&devtool, (120, 40));
    tmux.type_line("./run");
    fake.wait_for_listeners(1);
    tmux.wait_for("connected");
    tmux.type_text("u");
    tmux.wait_for("> #85000");
    let process = tmux.devtool();
    let start = Instant::now();
    let mut sent = Vec::new();
    for number in 1..=COUNT {
        sent.push(fake.happen("customer.created"));
        let due = start + Duration::from_secs(1) * u32::try_from(number).unwrap() / 500;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    tmux.wait_for("> #100000");
    let peak = peak(process);
    tmux.press("q");
    tmux.wait_for("15000 ok · 0 failed · 0 waiting");
    tmux.press("q");
    wait_until_gone(process);
    let received = endpoint.received();
    let mut arrived: Vec<String> =
        received.iter().map(|one| one.event()["id"].as_str().unwrap().to_owned()).collect();
    arrived.sort();
    sent.sort();
    assert!(arrived == sent, "{} of {COUNT} arrived", arrived.len());
    let recorded = ["history", "--session", "2", "--last", "20000", "--format", "compact"];
    assert_eq!(devtool.rerun(&recorded).code(0).stdout.lines().count(), COUNT);
    // A program that is not optimised is slower than what comes, so that more waits in it.
    let most = if cfg!(debug_assertions) { 4 * MEMORY } else { MEMORY };
    assert!(peak < most, "{peak} KiB");
}
