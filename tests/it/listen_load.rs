//! `devtool listen` with many events at once: none is lost, all are whole.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use devtool::history::{Filter, Reader, Storage};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, listen};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::{SECRET, verified};

#[test]
#[ignore = "slow"]
fn five_thousand_events_arrive_whole_signed_and_recorded() {
    const COUNT: usize = 5_000;
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &["--format", "compact"]);
    let mut listening = Listening::start(devtool);
    fake.wait_for_listeners(1);
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..COUNT {
        let id = fake.happen("customer.created");
        let body = fake.state(|state| format!("{:#}", state.events.last().unwrap()));
        sent.insert(id, body);
    }
    listening.wait_for_rows(" 200 ", COUNT);
    assert_eq!(listening.interrupt(), 0);
    let received = endpoint.received();
    assert_eq!(received.len(), COUNT);
    for one in &received {
        let id = one.event()["id"].as_str().unwrap().to_owned();
        assert_eq!(one.body, sent[&id].as_bytes());
        assert!(verified(one, SECRET));
    }
    let file = listening.devtool.history();
    let reader = Reader::open(&Storage::named(file)).unwrap();
    let mut recorded = BTreeMap::new();
    reader
        .each(&Filter::default(), |record| {
            assert_eq!(record.entry.status, Some(200));
            recorded.insert(record.entry.event_id, String::from_utf8(record.body).unwrap());
            Ok(true)
        })
        .unwrap();
    assert!(recorded == sent, "{} are recorded", recorded.len());
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn events_that_come_the_wrong_way_round_are_delivered_in_order() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &["--ordered", "--window", "1s"]);
    let listening = Listening::ready(&fake, devtool);
    let order = ["customer.created", "customer.updated", "customer.deleted"];
    let object = serde_json::json!({"id": "cus_1", "object": "customer"});
    fake.state(|state| {
        let now = crate::support::stripe::state::now();
        for (age, name) in order.iter().rev().enumerate() {
            let new = crate::support::stripe::events::New {
                created: now - i64::try_from(age).unwrap(),
                ..crate::support::stripe::events::New::of(name, &object)
            };
            state.emit(new);
        }
    });
    listening.wait_for_rows("  200  ", 3);
    assert_eq!(endpoint.names(), order);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_real_triggers_cause_comes_while_it_listens() {
    for version in VERSIONS {
        let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
        let listening = Listening::ready(&fake, listen(&fake, version, endpoint.port(), &[]));
        let stripe = crate::support::stripe::binary::RealStripe::new(version, &fake);
        stripe.run(&["trigger", "payment_intent.succeeded"]).code(0);
        listening.wait_for_rows("  200  ", 4);
        let mut names = endpoint.names();
        names.sort();
        let expected = [
            "charge.succeeded",
            "charge.updated",
            "payment_intent.created",
            "payment_intent.succeeded",
        ];
        assert_eq!(names, expected);
    }
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node and python3")]
fn a_burst_at_a_development_server_arrives_whole() {
    let fake = FakeStripe::start();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/single_threaded.py");
    let mut python = Command::new("python3");
    let mut server = python.arg(script).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map(Result::unwrap);
    let port = lines.next().unwrap().parse().unwrap();
    let listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], port, &[]));
    let mut sent: Vec<String> = (0..500).map(|_| fake.happen("customer.created")).collect();
    listening.wait_for_rows("  200  ", 500);
    server.kill().unwrap();
    server.wait().unwrap();
    let mut arrived: Vec<String> = lines.collect();
    arrived.sort();
    sent.sort();
    assert_eq!(arrived, sent);
}

/// So many events as fast as they go while nothing listens at the endpoint's port, which opens after that time.
fn flood_while_down(count: usize, down: Duration) {
    let fake = FakeStripe::start();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let more = ["--no-catch-up", "--format", "compact"];
    let mut listening = Listening::start(listen(&fake, VERSIONS[0], port, &more));
    fake.wait_for_listeners(1);
    let start = Instant::now();
    let mut sent: Vec<String> = (0..count).map(|_| fake.happen("customer.created")).collect();
    std::thread::sleep(down.saturating_sub(start.elapsed()));
    let accept = |_: &_| Reply::new(200, "");
    let endpoint = Endpoint::at(&format!("127.0.0.1:{port}"), Box::new(accept));
    let end = Instant::now() + Duration::from_secs(120);
    while endpoint.count() < count && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
    let id =
        |one: &crate::support::endpoint::Received| one.event()["id"].as_str().unwrap().to_owned();
    let mut arrived: Vec<String> = endpoint.received().iter().map(id).collect();
    sent.sort();
    arrived.sort();
    assert!(arrived == sent, "{} of {count} arrived", arrived.len());
    assert_eq!(listening.interrupt(), 0);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_flood_at_an_endpoint_that_is_down_arrives_whole() {
    flood_while_down(2_500, Duration::from_secs(2));
}

#[test]
#[ignore = "slow"]
fn twenty_thousand_events_at_an_endpoint_that_is_down_arrive_whole() {
    flood_while_down(20_000, Duration::from_secs(30));
}

#[test]
#[ignore = "slow"]
fn ten_thousand_events_at_a_slow_endpoint_are_all_recorded() {
    const COUNT: usize = 10_000;
    let slow = Reply { after: Duration::from_secs(2), ..Reply::new(200, "") };
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::new(move |_| slow.clone()));
    let more = ["--no-catch-up", "--format", "compact"];
    let mut listening = Listening::start(listen(&fake, VERSIONS[0], endpoint.port(), &more));
    fake.wait_for_listeners(1);
    for _ in 0..COUNT {
        fake.happen("customer.created");
    }
    let file = listening.devtool.history();
    let recorded = || {
        let reader = Reader::open(&Storage::named(file.clone())).unwrap();
        reader.list(&Filter::default()).unwrap().len()
    };
    let end = Instant::now() + Duration::from_secs(60);
    while recorded() < COUNT && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(recorded(), COUNT);
    assert_eq!(listening.interrupt(), 0);
}
