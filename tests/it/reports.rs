//! Reports as people and programs see them. `INSTA_UPDATE=always cargo test reports` writes the
//! snapshots anew.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::{Devtool, SECRET};

/// The text report of a scenario against an endpoint with that script.
fn text(
    script: impl Fn(&crate::support::endpoint::Received) -> Reply + Send + Sync + 'static,
) -> String {
    let endpoint = Endpoint::new(script);
    let devtool = Devtool::sending(&["scenario", "payment", "--timeout", "200ms"], endpoint.port());
    devtool.run().stdout
}

#[test]
fn all_accepted() {
    let shown = text(|_| Reply::new(200, r#"{"status":"success"}"#));
    let _filters = filters();
    insta::assert_snapshot!(shown);
}

#[test]
fn one_rejected() {
    let shown = text(|request| match request.name().as_str() {
        "charge.pending" => Reply::new(
            400,
            "No signatures found matching the expected signature for payload\n\u{1b}[2J\nline",
        )
        .header("server", "Werkzeug/3.1.9")
        .header("content-type", "text/plain")
        .header("date", "never shown"),
        _ => Reply::new(200, "ok"),
    });
    let _filters = filters();
    insta::assert_snapshot!(shown);
}

#[test]
fn nothing_listening_where_events_are_sent_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let again = ["--retry", "1", "--retry-schedule", "0s"];
    let run = Devtool::sending(&["scenario", "payment"], port).args(&again).run().code(4);
    let _filters = filters();
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn slow_endpoint() {
    let shown = text(|request| Reply {
        after: match request.name().as_str() {
            "invoice.created" => Duration::from_secs(5),
            _ => Duration::ZERO,
        },
        ..Reply::new(200, "ok")
    });
    let _filters = filters();
    insta::assert_snapshot!(shown);
}

#[test]
fn redirect() {
    let shown = text(|_| Reply::new(308, "").header("location", "/webhook/"));
    let _filters = filters();
    insta::assert_snapshot!(shown);
}

fn nine_accepted() -> Value {
    json!({"steps": 9, "accepted": 9, "rejected": 0, "failed": 0, "missing": 0, "skipped": 0,
        "passed": 9, "checks": 0, "passed_checks": 0})
}

/// The report of a payment that was accepted, with its first step only and without what differs from
/// run to run.
fn accepted(port: u16) -> Value {
    let totals = nine_accepted();
    json!({
        "schema": 1,
        "tool": {"name": "devtool", "version": env!("CARGO_PKG_VERSION")},
        "command": "scenario",
        "scenario": "payment",
        "via": "local",
        "account": null,
        "endpoint": format!("http://127.0.0.1:{}/webhook", port),
        "seed": 42,
        "retry_schedule": "",
        "started_at": null, "duration_ms": null,
        "verdict": "pass",
        "interrupted": false,
        "totals": totals,
        "stories": [{
            "story": 1,
            "scenario": "payment",
            "endpoint": format!("http://127.0.0.1:{port}/webhook"),
            "seed": 42,
            "order": "story",
            "concurrency": 1,
            "duration_ms": null,
            "verdict": "pass",
            "totals": totals,
            "checks": [], "unrelated_events": [], "cleanup": [],
        }],
        "steps": [{
            "story": 1,
            "index": 1,
            "event": "invoice.created",
            "event_id": null,
            "delivery": 1,
            "duplicate": false,
            "endpoint": format!("http://127.0.0.1:{port}/webhook"),
            "verdict": "pass",
            "attempts": [{
                "outcome": "response",
                "status": 200,
                "latency_ms": null,
                "headers": [["x-a", "1"], ["content-length", "11"]],
                "body": "{\"ok\":true}",
                "body_truncated": false,
                "sent_at": null,
            }],
            "hint": null, "diagnosis": null, "remarks": [], "mismatches": [], "api_calls": null,
            "caused_by": null,
        }],
        "api_calls_outside": null, "smallest": null,
    })
}

#[test]
fn the_json_report_field_by_field() {
    let endpoint = Endpoint::new(|_| Reply::new(200, "{\"ok\":true}").header("x-a", "1"));
    let run = Devtool::sending(&["scenario", "payment", "--format", "json"], endpoint.port());
    let mut report = run.run().code(0).json();
    let mut cut = |pointer: &str| report.pointer_mut(pointer).unwrap().take();
    let started = cut("/started_at");
    assert!(matches!(started.as_str().map(str::len), Some(24)), "{started}");
    assert!(cut("/duration_ms").as_f64().unwrap() > 0.0);
    assert!(cut("/stories/0/duration_ms").as_f64().unwrap() > 0.0);
    assert_eq!(cut("/steps/0/attempts/0/sent_at").as_str().unwrap().len(), 24);
    assert!(cut("/steps/0/attempts/0/latency_ms").as_f64().unwrap() > 0.0);
    assert!(cut("/steps/0/event_id").as_str().unwrap().starts_with("evt_1"));
    let date = &mut report["steps"][0]["attempts"][0]["headers"];
    date.as_array_mut().unwrap().retain(|header| header[0] != "date");
    let steps = report["steps"].as_array_mut().unwrap();
    assert_eq!(steps.len(), 9);
    steps.truncate(1);
    assert_eq!(report, accepted(endpoint.port()));
}

#[test]
fn one_event_that_passes_takes_one_line() {
    let _filters = filters();
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port());
    insta::assert_snapshot!(devtool.run().code(0).whole(), @"
    exit code: 0
    ----- stdout -----
    PASS invoice.paid to http://127.0.0.1:PORT/webhook  200  T  evt_000000000000000000000000 (#1)

    ----- stderr -----
    ");
    assert_eq!(
        devtool.rerun_with(&["-q"]).code(0).whole(),
        "exit code: 0\n----- stdout -----\n\n----- stderr -----\n"
    );
    // What has more to tell is told whole.
    let page = Endpoint::new(|_| Reply::new(200, "<html>").header("content-type", "text/html"));
    let whole = Devtool::sending(&["trigger", "invoice.paid"], page.port()).run().code(0).stdout;
    assert!(whole.starts_with("trigger: 1 event to ") && whole.contains("\nremark: "), "{whole}");
}

#[test]
fn the_json_report_of_a_failure_says_what_happened() {
    let endpoint = Endpoint::new(|_| Reply { body: vec![0xff, 0xfe, 0], ..Reply::new(404, "") });
    let devtool =
        Devtool::sending(&["trigger", "invoice.paid", "--format", "json"], endpoint.port());
    let report = devtool.run().code(1).json();
    assert_eq!(report["scenario"], Value::Null);
    assert_eq!(report["verdict"], "fail");
    let step = &report["steps"][0];
    assert_eq!(step["attempts"][0]["body_base64"], "//4A");
    assert!(step["attempts"][0].get("body").is_none());
    assert!(step["hint"].as_str().unwrap().contains("no route for `/webhook`"));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let again = ["--retry", "1", "--retry-schedule", "0s"];
    let devtool = Devtool::sending(&["trigger", "invoice.paid", "--format", "json"], port);
    let report = devtool.args(&again).run().code(4).json();
    let attempt = &report["steps"][0]["attempts"][0];
    assert_eq!(attempt["outcome"], "refused");
    assert_eq!(attempt["status"], Value::Null);
    assert!(attempt["error"].as_str().is_some_and(|error| !error.is_empty()));
    assert!(!report.to_string().contains(SECRET));
}
