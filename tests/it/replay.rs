//! Recorded deliveries, sent again.

use devtool::config::Secret;
use devtool::protocol::signature::{self, VerifyError};
use devtool::protocol::{Clock, Moment};

use crate::support::endpoint::{Endpoint, Received, Reply};
use crate::support::{Devtool, SECRET};

/// A home that has sent a payment to an endpoint, and the endpoint.
fn recorded() -> (Devtool, Endpoint) {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    devtool.run().code(0);
    (devtool, endpoint)
}

fn verify(request: &Received, secret: &str, now: Moment) -> Result<(), VerifyError> {
    let secret = Secret::parse(secret).unwrap();
    signature::verify(&secret, request.header("stripe-signature"), &request.body, now)
}

#[test]
fn the_same_bytes_go_out_in_the_recorded_order_freshly_signed() {
    let (devtool, endpoint) = recorded();
    let devtool = devtool.env("STRIPE_WEBHOOK_SECRET", "whsec_another");
    let run = devtool.rerun(&["replay", "--last", "9", "--yes"]).code(0);
    let all = endpoint.received();
    let (first, again) = all.split_at(9);
    assert_eq!(again.len(), 9);
    for (first, again) in first.iter().zip(again) {
        assert_eq!(first.body, again.body);
        assert_eq!(verify(again, "whsec_another", Clock::system().now()), Ok(()));
        assert_eq!(verify(first, SECRET, Clock::system().now()), Ok(()));
    }
    let url = format!("http://127.0.0.1:{}/webhook", endpoint.port());
    let heading = format!("replay: 9 events to {url} (replay)\n");
    assert!(run.stdout.starts_with(&heading), "{}", run.stdout);
    assert!(run.stdout.contains("\nPASS 9 of 9 events accepted in "), "{}", run.stdout);
}

#[test]
fn deliveries_can_be_named_and_go_elsewhere() {
    let (devtool, _endpoint) = recorded();
    let other = Endpoint::accepting();
    let port = other.port().to_string();
    let run = devtool.rerun(&["replay", "7", "3", "7", "--port", &port, "--format", "json"]);
    let report = run.code(0).json();
    assert_eq!((&report["command"], &report["scenario"]), (&"replay".into(), &().into()));
    assert_eq!(other.names(), ["payment_intent.requires_action", "charge.succeeded"]);
    let id = report["steps"][1]["event_id"].as_str().unwrap();
    devtool.rerun(&["replay", id, "--url", &format!("127.0.0.1:{port}/x")]).code(0);
    assert_eq!(other.received()[2].uri, "/x");
    let list = devtool.rerun(&["history", "--format", "json"]).code(0).json();
    let newest = &list["deliveries"][11];
    assert_eq!((&newest["via"], &newest["command"]), (&"replay".into(), &"replay".into()));
}

#[test]
fn the_recorded_timestamp_can_be_kept() {
    let (devtool, endpoint) = recorded();
    devtool.rerun(&["replay", "1", "--keep-timestamp"]).code(0);
    let all = endpoint.received();
    let stamp = |request: &Received| {
        request.header("stripe-signature").split(',').next().unwrap().to_owned()
    };
    assert_eq!(stamp(&all[0]), stamp(&all[9]));
    assert_eq!(verify(&all[9], SECRET, Clock::system().now()), Ok(()));
}

#[test]
fn what_failed_is_sent_until_it_is_accepted() {
    let is_up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let up = std::sync::Arc::clone(&is_up);
    let endpoint = Endpoint::new(move |request| {
        let takes = up.load(std::sync::atomic::Ordering::SeqCst);
        let status = if takes || request.name().starts_with("invoice.") { 200 } else { 503 };
        Reply::new(status, "")
    });
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    let devtool = devtool.env("DEVTOOL_PORT", &endpoint.port().to_string());
    devtool.run().code(1);
    devtool.rerun(&["replay", "--failed", "--type", "charge.*", "--yes"]).code(1);
    assert_eq!(endpoint.names()[9..], ["charge.pending", "charge.succeeded"]);
    is_up.store(true, std::sync::atomic::Ordering::SeqCst);
    // The two that were tried twice are sent once.
    let run = devtool.rerun(&["replay", "--failed", "--yes", "--format", "json"]);
    let run = run.code(0).json();
    assert_eq!(run["totals"]["accepted"], 8);
    assert_eq!(endpoint.names()[11..], endpoint.names()[1..9]);
    let nothing = devtool.rerun(&["replay", "--failed", "--format", "json"]).code(0);
    assert_eq!(nothing.stderr, "no matching deliveries\n");
    assert_eq!(nothing.json()["totals"]["steps"], 0);
}

#[test]
fn each_delivery_goes_to_the_endpoint_that_it_went_to() {
    let (devtool, endpoint) = recorded();
    let other = Endpoint::new(|_| Reply::new(500, "no"));
    let port = other.port().to_string();
    devtool.rerun(&["trigger", "invoice.paid", "--port", &port]).code(1);
    let run = devtool.rerun(&["replay", "--last", "3", "--yes"]).code(1);
    assert_eq!((endpoint.received().len(), other.received().len()), (11, 2));
    assert!(run.stdout.starts_with("replay: 3 events to 2 endpoints (replay)\n"), "{}", run.stdout);
    assert!(run.stdout.contains(&format!("http://127.0.0.1:{port}/webhook")), "{}", run.stdout);
}

#[test]
fn a_replay_has_to_say_what() {
    let devtool = Devtool::new(&["replay"]);
    let run = devtool.run().code(2);
    assert!(run.stderr.contains("no delivery was named"), "{}", run.stderr);
    devtool.rerun(&["replay", "1", "--failed"]).code(2);
    let run = devtool.rerun(&["replay", "1"]).code(2);
    assert!(run.stderr.contains("the history has no delivery `1`"), "{}", run.stderr);
    devtool.rerun(&["replay", "--failed"]).code(0);
}

#[cfg(unix)]
#[test]
fn what_was_under_way_when_devtool_was_killed_is_delivered() {
    let (tell, told) = std::sync::mpsc::channel();
    let count = std::sync::atomic::AtomicUsize::new(0);
    let endpoint = Endpoint::new(move |_| {
        let _ = tell.send(());
        let nth = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let after = std::time::Duration::from_secs(if nth == 2 { 600 } else { 0 });
        Reply { after, ..Reply::new(200, "") }
    });
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    let mut child = devtool.command().stdout(std::process::Stdio::null()).spawn().unwrap();
    for _ in 0..3 {
        told.recv().unwrap();
    }
    let undelivered = ["history", "--undelivered", "--format", "compact"];
    let start = std::time::Instant::now();
    while devtool.rerun(&undelivered).code(0).stdout.lines().count() != 1 {
        assert!(start.elapsed() < std::time::Duration::from_secs(30), "it is not recorded");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let devtool = devtool.env("DEVTOOL_PORT", &endpoint.port().to_string());
    devtool.rerun(&["replay", "--undelivered"]).code(0);
    let received = endpoint.received();
    assert_eq!(received.len(), 4);
    assert_eq!(received[2].body, received[3].body);
    devtool.rerun(&["replay", "--undelivered"]).code(0);
    assert_eq!(endpoint.received().len(), 4);
}

/// The histories of every schema that a devtool has had, as it wrote them.
const STORED: [&str; 6] = [
    include_str!("data/history-1.sql"),
    include_str!("data/history-2.sql"),
    include_str!("data/history-3.sql"),
    include_str!("data/history-4.sql"),
    include_str!("data/history-5.sql"),
    include_str!("data/history-6.sql"),
];

#[test]
fn a_history_of_every_schema_is_read_and_goes_on() {
    for (stored, schema) in STORED.iter().zip(1..) {
        let endpoint = Endpoint::accepting();
        let port = endpoint.port().to_string();
        let devtool = Devtool::new(&["history", "--history", "old.db", "--format", "json"])
            .env("STRIPE_WEBHOOK_SECRET", SECRET);
        let connection = rusqlite::Connection::open(devtool.directory().join("old.db")).unwrap();
        connection.execute_batch(stored).unwrap();
        drop(connection);
        let list = devtool.run().code(0).json();
        let list = list["deliveries"].as_array().unwrap();
        assert_eq!(list.len(), 2, "schema {schema}");
        assert_eq!(list[0]["event"], "invoice.paid");
        assert_eq!((&list[1]["state"], &list[1]["status"]), (&"rejected".into(), &500.into()));
        assert_eq!(list[1]["account"], "acct_1032D82eZvKYlo2C");
        let shown = devtool.rerun(&["history", "show", "evt_2", "--history", "old.db"]).code(0);
        for part in ["v1=cd", "\"id\": \"evt_2\"", "Connection refused", "attempt 2: 500"] {
            assert!(shown.stdout.contains(part), "{part}\n{}", shown.stdout);
        }
        devtool.rerun(&["replay", "--failed", "--port", &port, "--history", "old.db"]).code(0);
        assert_eq!(endpoint.received()[0].body, "{\"id\":\"evt_2\"}");
        let list = devtool.run().code(0).json();
        assert_eq!(list["deliveries"][2]["id"], 3, "schema {schema}");
    }
}

#[test]
fn a_schema_that_was_released_stays_as_it_is() {
    let released = [
        include_str!("../../src/history/schema/1.sql"),
        include_str!("../../src/history/schema/2.sql"),
        include_str!("../../src/history/schema/3.sql"),
        include_str!("../../src/history/schema/4.sql"),
        include_str!("../../src/history/schema/5.sql"),
    ];
    let mut up_to_here = String::new();
    for (stored, released) in STORED.iter().zip(released) {
        up_to_here.push_str(released);
        assert!(stored.starts_with(&up_to_here), "a new schema is a new file");
    }
}
