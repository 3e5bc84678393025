//! The relay when things go wrong: nothing that came is lost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use devtool::delivery::Route;
use devtool::relay::{DeliveryOrder, EventSource, Settings};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, listen};
use crate::support::raw::RawEndpoint;
use crate::support::relay::{Rig, event, together, upstream};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;

/// A port that nothing listens on.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Posts the event of that number, and returns the status of the answer.
async fn pay(rig: Rc<Rig>, number: usize) -> u16 {
    rig.event(&format!("evt_{number}")).await.status
}

#[tokio::test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
async fn a_burst_at_a_single_threaded_server_arrives_whole() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/single_threaded.py");
    let mut server = Command::new("python3")
        .arg(script)
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there");
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map(Result::unwrap);
    let port = lines.next().unwrap().parse().unwrap();
    let rig = Rc::new(Rig::new(&Settings::new(upstream(port))).await);
    assert_eq!(together(&rig, 500, pay).await, [200; 500]);
    server.kill().unwrap();
    server.wait().unwrap();
    let mut arrived: Vec<String> = lines.collect();
    arrived.sort();
    arrived.dedup();
    assert_eq!(arrived.len(), 500);
}

#[tokio::test]
async fn events_wait_for_an_endpoint_that_is_down() {
    let port = free_port();
    let rig = Rc::new(Rig::new(&Settings::new(upstream(port))).await);
    let posts = {
        let rig = Rc::clone(&rig);
        async move { together(&rig, 20, pay).await }
    };
    let app_starts = async {
        rig.updates.wait("received", 20).await;
        rig.updates.wait("down", 1).await;
        let accept = |_: &_| Reply::new(200, "ok");
        Endpoint::at(&format!("127.0.0.1:{port}"), Box::new(accept))
    };
    let (statuses, endpoint) = tokio::join!(posts, app_starts);
    assert_eq!(statuses, [200; 20]);
    assert_eq!(endpoint.received().len(), 20);
    assert_eq!((rig.updates.count("down"), rig.updates.count("back")), (1, 1));
    // The one that tried has the refusal as an attempt; the others just waited.
    assert_eq!(rig.updates.count("attempt"), 21);
}

#[tokio::test]
async fn an_endpoint_that_stays_down_is_given_up_and_the_answer_says_so() {
    let mut settings = Settings::new(upstream(free_port()));
    settings.deadlines.unreachable = Duration::from_millis(120);
    let rig = Rig::new(&settings).await;
    let posted = rig.event("evt_1").await;
    assert_eq!(posted.status, 502);
    assert!(posted.text().starts_with("devtool: "), "{posted:?}");
    rig.updates.wait("Undelivered evt_1", 1).await;
    assert_eq!(rig.end().await.undelivered, 1);
}

#[tokio::test]
async fn an_event_whose_connection_broke_is_sent_again() {
    let count = AtomicUsize::new(0);
    let endpoint = RawEndpoint::new(3, move |request, stream| {
        let has_body = request.ends_with(b"}");
        if has_body && count.fetch_add(1, Ordering::Relaxed) == 2 {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    let rig = Rig::new(&Settings::new(upstream(endpoint.port))).await;
    assert_eq!(rig.event("evt_1").await.status, 200);
    let attempts: Vec<_> =
        rig.updates.words().into_iter().filter(|word| word.starts_with("attempt")).collect();
    assert_eq!(
        attempts,
        ["attempt 1 of evt_1: closed", "attempt 2 of evt_1: closed", "attempt 3 of evt_1: 200"]
    );
    endpoint.join();
    rig.end().await;
}

#[tokio::test]
async fn an_answer_whose_body_breaks_off_is_the_only_attempt() {
    for (status, end) in [(200, "Accepted"), (500, "Failed")] {
        let endpoint = RawEndpoint::new(1, move |_, stream| {
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 100\r\n\r\nonly");
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let rig = Rig::new(&Settings::new(upstream(endpoint.port))).await;
        let posted = rig.event("evt_1").await;
        assert_eq!((posted.status, posted.text().as_str()), (status, "only"));
        rig.updates.wait(&format!("{end} evt_1"), 1).await;
        assert_eq!(rig.updates.count("attempt"), 1, "{:?}", rig.updates.words());
        endpoint.join();
        rig.end().await;
    }
}

#[tokio::test]
async fn an_answer_whose_head_breaks_off_is_the_only_attempt() {
    let endpoint = RawEndpoint::answering(1, b"HTTP/1.1 200 OK\r\nContent-Le");
    let rig = Rig::new(&Settings::new(upstream(endpoint.port))).await;
    let posted = rig.event("evt_1").await;
    assert_eq!(posted.status, 502);
    let why = "the endpoint gave no answer: the connection broke off within the answer's head: ";
    assert!(posted.text().contains(why), "{}", posted.text());
    rig.updates.wait("Failed evt_1", 1).await;
    assert_eq!(rig.updates.count("attempt"), 1);
    endpoint.join();
    rig.end().await;
}

#[tokio::test]
async fn an_app_that_closes_its_kept_connections_loses_nothing() {
    // Each connection serves one request as if it were kept, then ends without a word.
    let endpoint = RawEndpoint::new(20, |request, stream| {
        if request.ends_with(b"}") {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    let rig = Rig::new(&Settings::new(upstream(endpoint.port))).await;
    for number in 0..10 {
        assert_eq!(rig.event(&format!("evt_{number}")).await.status, 200);
    }
    drop(endpoint);
    assert_eq!(rig.end().await.accepted, 10);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_proxy_in_the_environment_changes_nothing() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let mut devtool = listen(&fake, VERSIONS[0], endpoint.port(), &[]);
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        devtool = devtool.env(variable, "http://127.0.0.1:9");
    }
    let listening = Listening::ready(&fake, devtool);
    fake.happen("customer.created");
    listening.wait_for_rows(" 200 ", 1);
}

#[tokio::test]
async fn as_many_deliveries_are_under_way_as_allowed_and_no_more() {
    let slow = Reply { after: Duration::from_millis(50), ..Reply::new(200, "ok") };
    let endpoint = Endpoint::new(move |_| slow.clone());
    let mut settings = Settings::new(upstream(endpoint.port()));
    settings.concurrency = 4;
    let rig = Rc::new(Rig::new(&settings).await);
    assert_eq!(together(&rig, 40, pay).await, [200; 40]);
    assert_eq!(endpoint.peak(), 4);
}

#[tokio::test]
async fn a_route_that_is_slow_or_down_holds_up_no_other_endpoint() {
    let stuck = Reply { after: Duration::from_secs(60), ..Reply::new(200, "") };
    for order in [DeliveryOrder::AsTheyCome, DeliveryOrder::Causal { window: Duration::ZERO }] {
        let stuck = stuck.clone();
        let slow = Endpoint::new(move |_| stuck.clone());
        for port in [slow.port(), free_port()] {
            let main = Endpoint::accepting();
            let mut settings = Settings::new(upstream(main.port()));
            (settings.concurrency, settings.order) = (2, order);
            settings.deadlines.answer = Duration::from_millis(1);
            settings.deadlines.drain = Duration::from_millis(1);
            let route = Route { pattern: "invoice.*".to_owned(), target: upstream(port) };
            settings.routes = vec![route];
            let rig = Rc::new(Rig::new(&settings).await);
            assert_eq!(together(&rig, 10, pay).await, [504; 10]);
            let body = event("evt_other", "customer.created", 1);
            rig.post(EventSource::Snapshot, &body).await;
            rig.updates.wait("Accepted evt_other", 1).await;
            Rc::into_inner(rig).unwrap().end().await;
        }
    }
}

#[tokio::test]
async fn routes_to_one_endpoint_share_its_deliveries() {
    let slow = Reply { after: Duration::from_millis(50), ..Reply::new(200, "ok") };
    let endpoint = Endpoint::new(move |_| slow.clone());
    let mut settings = Settings::new(upstream(endpoint.port()));
    settings.concurrency = 2;
    settings.routes =
        vec![Route { pattern: "invoice.*".to_owned(), target: upstream(endpoint.port()) }];
    let rig = Rc::new(Rig::new(&settings).await);
    let post = async |rig: Rc<Rig>, number: usize| {
        let name = ["invoice.paid", "customer.created"][number % 2];
        rig.post(EventSource::Snapshot, &event(&format!("evt_{number}"), name, 1)).await.status
    };
    assert_eq!(together(&rig, 12, post).await, [200; 12]);
    assert_eq!(endpoint.peak(), 2);
}

#[tokio::test]
async fn beyond_its_capacity_events_are_answered_at_once_and_delivered_later() {
    let slow = Reply { after: Duration::from_millis(100), ..Reply::new(200, "ok") };
    let endpoint = Endpoint::new(move |_| slow.clone());
    let mut settings = Settings::new(upstream(endpoint.port()));
    settings.limits.waiting = 2;
    let rig = Rc::new(Rig::new(&settings).await);
    let mut statuses = together(&rig, 6, pay).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503, 503, 503, 503]);
    rig.updates.wait("Accepted", 6).await;
    assert_eq!(rig.updates.count("over capacity"), 1);
    assert_eq!(endpoint.received().len(), 6);
}

#[tokio::test]
async fn a_relay_that_ends_waits_for_what_is_under_way_and_begins_nothing() {
    for (order, under_way) in
        [(DeliveryOrder::AsTheyCome, 2), (DeliveryOrder::Causal { window: Duration::ZERO }, 1)]
    {
        let slow = Reply { after: Duration::from_millis(800), ..Reply::new(200, "ok") };
        let endpoint = Endpoint::new(move |_| slow.clone());
        let mut settings = Settings::new(upstream(endpoint.port()));
        (settings.concurrency, settings.order) = (2, order);
        settings.deadlines.answer = Duration::from_millis(1);
        let rig = Rc::new(Rig::new(&settings).await);
        assert_eq!(together(&rig, 20, pay).await, [504; 20]);
        while endpoint.peak() < under_way {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let begun = endpoint.received().len();
        let summary = Rc::into_inner(rig).unwrap().end().await;
        assert_eq!(endpoint.received().len(), begun, "{order:?}");
        let accepted = u64::try_from(begun).unwrap();
        assert_eq!((summary.accepted, summary.undelivered), (accepted, 20 - accepted));
    }
}

#[tokio::test]
async fn a_relay_that_ends_waits_neither_for_endpoints_that_are_down_nor_without_end() {
    let stuck = Reply { after: Duration::from_secs(30), ..Reply::new(200, "ok") };
    let endpoint = Endpoint::new(move |_| stuck.clone());
    for port in [free_port(), endpoint.port()] {
        let mut settings = Settings::new(upstream(port));
        settings.deadlines.answer = Duration::from_millis(1);
        settings.deadlines.drain = Duration::from_millis(100);
        let rig = Rig::new(&settings).await;
        rig.event("evt_1").await;
        let start = Instant::now();
        let summary = rig.end().await;
        assert_eq!((summary.accepted, summary.undelivered), (0, 1));
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
