//! Handlers with a fault in them: each is found by the option that is made for it, and by nothing less.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Received, Reply};

fn id(request: &Received) -> String {
    request.event()["id"].as_str().unwrap().to_owned()
}

/// Runs a scenario with options, and returns the exit code and the report.
fn run(endpoint: &Endpoint, more: &[&str]) -> (i32, serde_json::Value) {
    let devtool = Devtool::sending(&["scenario", "payment", "--format", "json"], endpoint.port());
    let run = devtool.args(more).run();
    (run.code, run.json())
}

/// Writes each event to a table whose key is the event's id, and fails where there is one already.
fn fails_on_duplicates() -> Endpoint {
    let seen = Mutex::new(BTreeSet::new());
    Endpoint::new(move |request| {
        if seen.lock().unwrap().insert(id(request)) {
            Reply::new(200, "")
        } else {
            Reply::new(500, "duplicate key value violates unique constraint")
        }
    })
}

#[test]
fn a_handler_that_fails_on_duplicates_is_found_by_duplicate() {
    let endpoint = fails_on_duplicates();
    assert_eq!(run(&endpoint, &[]).0, 0);
    let (code, report) = run(&fails_on_duplicates(), &["--duplicate", "50%"]);
    assert_eq!(code, 1);
    for step in report["steps"].as_array().unwrap() {
        assert_eq!(step["verdict"] == "fail", step["duplicate"] == true, "{step}");
    }
    assert_eq!(report["totals"]["rejected"], 5);
}

/// Adds up what was paid, once for each event that comes.
fn counts_twice() -> Endpoint {
    let total = AtomicU64::new(0);
    Endpoint::new(move |request| {
        if request.method == "GET" {
            return Reply::new(200, &format!("{{\"paid\": {}}}", total.load(Ordering::SeqCst)));
        }
        if request.name() == "payment_intent.succeeded" {
            let amount = request.event()["data"]["object"]["amount_received"].as_u64().unwrap();
            total.fetch_add(amount, Ordering::SeqCst);
        }
        Reply::new(200, "")
    })
}

#[test]
fn a_handler_that_silently_counts_twice_is_found_by_a_check() {
    const FLOW: &str = r#"
        [[step]]
        event = "payment_intent.succeeded"
        [[check]]
        path = "/total"
        expect.body.json = { paid = 2900 }
    "#;
    let flow = |more: &[&str]| {
        let endpoint = counts_twice();
        let devtool = Devtool::sending(&["scenario", "flow.toml"], endpoint.port());
        devtool.args(more).file("flow.toml", FLOW).run()
    };
    flow(&[]).code(0);
    let run = flow(&["--duplicate", "1"]).code(1);
    assert!(run.stdout.contains("body paid: expected 2900, found 5800"), "{}", run.stdout);
}

/// Knows a payment only once it was created.
fn depends_on_order() -> Endpoint {
    let known = Mutex::new(BTreeSet::new());
    Endpoint::new(move |request| {
        let object = request.event()["data"]["object"]["id"].to_string();
        match request.name().as_str() {
            "charge.pending" => {
                known.lock().unwrap().insert(object);
                Reply::new(200, "")
            }
            "charge.succeeded" if !known.lock().unwrap().contains(&object) => {
                Reply::new(404, "no such payment")
            }
            _ => Reply::new(200, ""),
        }
    })
}

#[test]
fn a_handler_that_depends_on_order_is_found_by_orders() {
    let endpoint = depends_on_order();
    assert_eq!(run(&endpoint, &[]).0, 0);
    let (code, report) = run(&depends_on_order(), &["--orders", "8"]);
    assert_eq!(code, 1);
    let failed: Vec<&str> = report["stories"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|story| story["verdict"] == "fail")
        .map(|story| story["order"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["1,2,3,4,5,7,6,8,9"], "just that pair of neighbours");
    assert_eq!(run(&depends_on_order(), &["--order", "reverse"]).0, 1);
}

#[test]
fn a_handler_that_answers_before_it_verifies_is_found_by_the_doctor() {
    let endpoint = Endpoint::accepting();
    assert_eq!(run(&endpoint, &[]).0, 0);
    let port = endpoint.port().to_string();
    let doctor = Devtool::new(&["doctor", "--port", &port]);
    let run = doctor.env("STRIPE_WEBHOOK_SECRET", crate::support::SECRET).run().code(1);
    let expected = "accepts an event without a signature (200)";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
}

/// Takes its time with every third event.
fn slow_at_the_third() -> Endpoint {
    let count = AtomicUsize::new(0);
    Endpoint::new(move |_| {
        let is_third = (count.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(3);
        Reply { after: Duration::from_secs(if is_third { 20 } else { 0 }), ..Reply::new(200, "") }
    })
}

#[test]
fn a_handler_that_times_out_on_the_third_event_is_found_by_timeout_and_helped_by_retry() {
    let (code, report) = run(&slow_at_the_third(), &["--timeout", "400ms", "--fail-fast"]);
    assert_eq!(code, 1);
    let outcomes: Vec<_> = report["steps"].as_array().unwrap()[..3]
        .iter()
        .map(|step| step["attempts"][0]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["response", "response", "timeout"]);
    assert_eq!(report["totals"]["skipped"], 6);
    let again = ["--timeout", "400ms", "--retry", "1"];
    let (code, report) = run(&slow_at_the_third(), &again);
    assert_eq!(code, 0, "the second attempt is not the third event");
    assert_eq!(report["steps"][2]["attempts"].as_array().unwrap().len(), 2);
}
