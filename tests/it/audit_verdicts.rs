//! What an audit makes no verdict of: what an app does later, what it knows of an earlier audit, and what nobody looked at.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Received, Reply};

/// What is added for an event.
const PRICE: f64 = 10.1;

/// An app that adds up what was paid, once for each event, so much later, one after the other.
struct Queue {
    work: Duration,
    /// How many events are accepted.
    most: usize,
    known: Mutex<(BTreeSet<String>, Vec<Instant>)>,
}

impl Queue {
    fn endpoint(work: Duration, most: usize) -> Endpoint {
        let queue = Self { work, most, known: Mutex::default() };
        Endpoint::new(move |received| queue.answer(received))
    }

    fn answer(&self, received: &Received) -> Reply {
        let (known, done) = &mut *self.known.lock().unwrap();
        let now = Instant::now();
        if received.method == "GET" {
            let count = done.iter().filter(|at| **at <= now).fold(0.0, |sum, _| sum + PRICE);
            return Reply::new(200, &json!({ "credits": count }).to_string());
        }
        if received.name() != "invoice.paid" {
            return Reply::new(200, "");
        }
        let id = received.event()["id"].to_string();
        if !known.contains(&id) && known.len() == self.most {
            return Reply::new(500, "");
        }
        if known.insert(id) {
            let free = done.last().copied().unwrap_or(now).max(now);
            done.push(free + self.work);
        }
        Reply::new(200, "")
    }
}

const ANY: usize = usize::MAX;
const SEEN: [&str; 6] =
    ["audit", "--event", "invoice.paid", "--app-state", "GET /state", "--fail-on=low"];

fn verdicts(report: &Value) -> Vec<String> {
    let probes = report["audit"]["probes"].as_array().unwrap().iter();
    let tested = probes.filter(|probe| probe["verdict"] != "not_tested");
    tested
        .map(|probe| {
            format!("{} {}", probe["id"].as_str().unwrap(), probe["verdict"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn an_app_that_works_later_or_shows_decimals_passes() {
    for work in [0, 200] {
        let endpoint = Queue::endpoint(Duration::from_millis(work), ANY);
        let devtool = Devtool::sending(&SEEN, endpoint.port());
        let devtool = devtool.args(&["--format", "json", "--only", "ACK,DUP"]);
        // The second audit is of an app that knows the first one.
        for audit in ["first", "second"] {
            let report = devtool.run().code(0).json();
            let ids = ["ACK-01", "DUP-01", "DUP-02", "DUP-05", "DUP-06", "DUP-07"];
            let passed = ids.map(|id| format!("{id} pass"));
            assert_eq!(verdicts(&report), passed, "{work} ms, {audit}: {report}");
        }
    }
}

#[test]
fn what_is_refused_is_neither_done_once_nor_fast() {
    // The plain event and the one that shows what moves the state.
    let endpoint = Queue::endpoint(Duration::ZERO, 2);
    let devtool = Devtool::sending(&SEEN, endpoint.port());
    let devtool = devtool.args(&["--format", "json", "--only", "DUP-02,SPD-01"]);
    let report = devtool.run().code(0).json();
    assert_eq!(verdicts(&report), ["DUP-02 inconclusive", "SPD-01 inconclusive"], "{report}");
}

#[test]
fn answers_that_nobody_gave_show_no_leak() {
    let endpoint = Endpoint::accepting();
    let alone = |more: &[&str]| {
        let arguments = ["audit", "--format", "json", "--fail-on", "never"];
        verdicts(&Devtool::sending(&arguments, endpoint.port()).args(more).run().code(0).json())
    };
    assert_eq!(alone(&["--only", "LEK"]), [""; 0]);
    assert_eq!(alone(&["--only", "LEK,TYP-01"]), ["TYP-01 pass", "LEK-01 pass", "LEK-02 pass"]);
}

#[test]
fn a_page_says_no_pass_of_an_endpoint_that_refuses_all() {
    let endpoint = Endpoint::new(|_| Reply::new(400, ""));
    let arguments = ["audit", "--only", "RAW", "-o", "a.html", "-o", "a.md"];
    let devtool = Devtool::sending(&arguments, endpoint.port());
    devtool.run().code(1);
    let read = |name| std::fs::read_to_string(devtool.directory().join(name)).unwrap();
    assert!(read("a.html").contains(">NOT TESTED</span>"), "{}", read("a.html"));
    assert!(!read("a.html").contains(">PASS</span>"));
    let first = read("a.md").lines().next().unwrap().to_owned();
    assert_eq!(first, "## Audit: not tested: a plain event is not accepted");
}

#[test]
fn a_baseline_keeps_what_was_not_looked_for() {
    let endpoint = Endpoint::accepting();
    let arguments = ["audit", "--baseline", "known.json", "--only", "SIG-01"];
    let devtool = Devtool::sending(&arguments, endpoint.port());
    let known = || std::fs::read_to_string(devtool.directory().join("known.json")).unwrap();
    devtool.rerun_with(&["--update-baseline"]).code(0);
    let first = known();
    assert!(first.contains("SIG-01"), "{first}");
    devtool.rerun_with(&["--only", "RAW-01", "--update-baseline"]).code(0);
    assert!(known().contains("SIG-01"), "{}", known());
}

#[test]
#[cfg(unix)]
fn an_interrupt_is_heard_while_an_audit_begins() {
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let arguments = ["audit", "--timeout", "60s", "--only", "SIG-01,RAW-01", "-o", "json=a.json"];
    let devtool = Devtool::sending(&arguments, port);
    let mut command = devtool.command();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut stream = silent.accept().unwrap().0;
    stream.read_exact(&mut [0; 4]).unwrap();
    let start = Instant::now();
    crate::support::interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(start.elapsed() < Duration::from_secs(20));
    let report = std::fs::read_to_string(devtool.directory().join("a.json")).unwrap();
    let audit = serde_json::from_str::<Value>(&report).unwrap()["audit"].take();
    assert_eq!(audit["interrupted"], true);
    let baseline = &audit["baseline"];
    assert_eq!((&baseline["accepted"], &baseline["status"]), (&false.into(), &Value::Null));
    let told = |one: &Value| format!("{} {} {}", one["id"], one["verdict"], one["reason"]);
    let probes = audit["probes"].as_array().unwrap().iter().map(told).collect::<Vec<_>>();
    let expected =
        [r#""SIG-01" "not_tested" "interrupted""#, r#""RAW-01" "not_tested" "interrupted""#];
    assert_eq!(probes, expected);
}
