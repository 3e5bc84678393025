//! How events arrive: orders, duplicates, several at once, several stories in one call.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Reply};

const FLOW: &str = r#"
    [[step]]
    event = "invoice.created"
    at = "-1h"
    [[step]]
    event = "invoice.paid"
    at = "-1m"
    [[step]]
    event = "invoice.finalized"
    at = "-30m"
    [[step]]
    event = "charge.succeeded"
    at = "-1m"
"#;

/// Runs the flow, and returns the report.
fn run(endpoint: &Endpoint, more: &[&str]) -> serde_json::Value {
    let devtool = Devtool::sending(&["scenario", "flow.toml", "--format", "json"], endpoint.port());
    devtool.args(more).file("flow.toml", FLOW).run().code(0).json()
}

#[test]
fn events_come_in_the_order_asked_for() {
    let order = |order: &str| {
        let endpoint = Endpoint::accepting();
        run(&endpoint, &["--order", order]);
        let names = endpoint.names();
        names
            .iter()
            .map(|name| name.split('.').nth(1).unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(order("story"), "created paid finalized succeeded");
    assert_eq!(order("reverse"), "succeeded finalized paid created");
    assert_eq!(order("3,1"), "finalized created paid succeeded");
    assert_eq!(order("shuffle"), order("shuffle"), "the seed decides");
    // Within one second causes come before effects.
    assert_eq!(order("created"), "created finalized succeeded paid");
}

#[test]
fn other_orders_are_stories_of_their_own() {
    let endpoint = Endpoint::accepting();
    let report = run(&endpoint, &["--orders", "30"]);
    let stories = report["stories"].as_array().unwrap();
    assert_eq!(stories.len(), 23, "all but the story's own order");
    let orders: BTreeSet<&str> = stories.iter().map(|s| s["order"].as_str().unwrap()).collect();
    assert_eq!(orders.len(), 23);
    assert_eq!(stories[0]["order"], "2,1,3,4", "neighbours first");
    let received = endpoint.received();
    let ids: BTreeSet<String> = received.iter().map(|r| r.event()["id"].to_string()).collect();
    assert_eq!(ids.len(), 23 * 4, "each has ids of its own");
    assert_eq!(stories[7]["seed"], 42 + 7);
}

#[test]
fn a_story_can_be_told_again_as_the_report_says() {
    let endpoint = Endpoint::new(|request| {
        Reply::new(if request.name() == "charge.succeeded" { 500 } else { 200 }, "")
    });
    let devtool = Devtool::sending(&["scenario", "flow.toml", "--orders", "5"], endpoint.port());
    let devtool = devtool.file("flow.toml", FLOW);
    let run = devtool.run().code(1);
    let (_, rest) =
        run.stdout.split_once("\nreproduce the first failure with:\n  devtool ").unwrap();
    let words: Vec<&str> = rest.lines().next().unwrap().split(' ').collect();
    let port = endpoint.port().to_string();
    let expected = ["scenario", "flow.toml", "--port", &port, "--seed", "42", "--order", "2,1,3,4"];
    assert_eq!(words, expected);
    let before = endpoint.received();
    devtool.rerun(&words).code(1);
    let after = endpoint.received();
    let ids = |requests: &[crate::support::endpoint::Received]| -> Vec<String> {
        requests.iter().map(|request| request.event()["id"].to_string()).collect()
    };
    assert_eq!(ids(&after[before.len()..]), ids(&before[..4]));
}

#[test]
fn duplicates_come_after_their_first() {
    let endpoint = Endpoint::accepting();
    let report = run(&endpoint, &["--duplicate", "50%"]);
    assert_eq!(report["totals"]["steps"], 6);
    let bodies: Vec<_> = endpoint.received().iter().map(|request| request.body.clone()).collect();
    let again: Vec<bool> = (0..6).map(|at| bodies[..at].contains(&bodies[at])).collect();
    let marked: Vec<bool> =
        report["steps"].as_array().unwrap().iter().map(|s| s["duplicate"] == true).collect();
    assert_eq!(again, marked);
    assert_eq!(again.iter().filter(|again| **again).count(), 2);
    let endpoint = Endpoint::accepting();
    run(&endpoint, &["--duplicate", "1"]);
    assert_eq!(endpoint.received().len(), 8);
}

#[test]
fn several_are_on_their_way_at_once() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let endpoint = Endpoint::new(move |_| {
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let done = Arc::clone(&now);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(150));
            done.fetch_sub(1, Ordering::SeqCst);
        });
        Reply { after: Duration::from_millis(200), ..Reply::new(200, "") }
    });
    let report = run(&endpoint, &["--concurrency", "3"]);
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert_eq!(report["totals"]["passed"], 4);
    let indices: Vec<_> =
        report["steps"].as_array().unwrap().iter().map(|s| s["index"].clone()).collect();
    assert_eq!(indices, [1, 2, 3, 4], "the report has the order of sending");
}

#[test]
fn scenarios_of_a_run_are_stories_of_their_own() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment", "*.toml", "billing"], endpoint.port())
        .args(&["--repeat", "2"])
        .file("a.toml", FLOW)
        .file("b.toml", FLOW);
    let run = devtool.run().code(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("8 stories: 48 events to http"), "{}", run.stdout);
    let names: Vec<&str> =
        lines[3..11].iter().map(|l| l.split_whitespace().nth(1).unwrap()).collect();
    assert_eq!(names, ["payment", "a", "b", "billing", "payment", "a", "b", "billing"]);
    assert!(run.stdout.contains("PASS 8 of 8 stories, 48 of 48 events accepted in"));
    let customers: BTreeSet<String> = endpoint
        .received()
        .iter()
        .filter_map(|request| {
            Some(request.event()["data"]["object"]["customer"].as_str()?.to_owned())
        })
        .collect();
    assert_eq!(customers.len(), 8, "one for each story");
}

#[test]
fn fail_fast_ends_the_run_of_all_stories() {
    let endpoint = Endpoint::new(|request| {
        Reply::new(if request.name() == "invoice.paid" { 500 } else { 200 }, "")
    });
    let devtool =
        Devtool::sending(&["scenario", "flow.toml", "payment", "--fail-fast"], endpoint.port());
    let run = devtool.file("flow.toml", FLOW).run().code(1);
    assert_eq!(endpoint.names(), ["invoice.created", "invoice.paid"]);
    assert!(run.stdout.contains("1 rejected, 11 not sent"), "{}", run.stdout);
    assert!(run.stdout.contains("\n  SKIP  payment "), "{}", run.stdout);
}

#[test]
fn failures_of_several_stories_that_are_alike_are_told_once() {
    let endpoint = Endpoint::new(|_| Reply::new(503, "down"));
    let devtool = Devtool::sending(&["scenario", "payment", "billing"], endpoint.port());
    let run = devtool.run().code(1);
    assert_eq!(run.stdout.matches("503 Service Unavailable").count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("payment 1-9; billing 1-7: 503"), "{}", run.stdout);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for arguments in [
        ["--order", "random"],
        ["--orders", "0"],
        ["--duplicate", "2"],
        ["--duplicate", "half"],
        ["--concurrency", "0"],
        ["--repeat", "0"],
    ] {
        Devtool::new(&["scenario", "payment"]).args(&arguments).run().code(2);
    }
    Devtool::new(&["scenario", "payment", "--order", "reverse", "--orders", "3"]).run().code(2);
}

#[test]
fn a_run_of_more_events_than_the_limit_is_refused_before_any_is_made() {
    let scenario = Devtool::new(&["scenario", "payment", "--port", "1", "--no-history"]);
    let run = scenario.rerun_with(&["--orders", "1000", "--repeat", "60"]).code(2);
    assert_eq!(run.stdout, "");
    insta::assert_snapshot!(run.stderr, @r"
    error: the run would send 540000 events; the limit is 20000
      hint: send fewer: lower `--orders` or `--repeat`, or name fewer scenarios
    ");
    let file = "[[step]]\nevent = \"invoice.paid\"\nrepeat = 100\n";
    let scenario = scenario.file("flow.toml", file);
    let run = scenario.rerun(&["scenario", "flow.toml", "--repeat", "201"]).code(2);
    assert!(run.stderr.contains("would send 20100 events"), "{}", run.stderr);
}
