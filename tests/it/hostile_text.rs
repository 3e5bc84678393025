//! Characters that act on a terminal, or are not seen, in what an app answers and an event holds: no
//! output has them as they are, and machines read what they were.

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::{Devtool, SECRET, verified};

/// CSI as one character, DEL, an override of direction, a soft hyphen, a filler, a tag.
const HOSTILE: &str = "x\u{9b}2J\u{7f}\u{202e}\u{ad}\u{3164}\u{e0041}y";

#[track_caller]
fn assert_harmless(what: &str, text: &str) {
    let is_hostile = |c: &char| HOSTILE.contains(*c) && !c.is_ascii_alphanumeric();
    let raw: Vec<char> = text.chars().filter(is_hostile).collect();
    assert!(raw.is_empty(), "{what} has {raw:?}");
}

/// An app that answers with such a text, and devtool with an event that holds it.
fn sending(arguments: &[&str]) -> (Endpoint, Devtool) {
    let endpoint = Endpoint::new(|_| Reply::new(500, HOSTILE).header("x-note", "plain"));
    let devtool = Devtool::sending(arguments, endpoint.port())
        .args(&["--set", &format!("metadata.note={HOSTILE}")]);
    (endpoint, devtool)
}

#[test]
fn no_report_has_them_and_json_means_the_same() {
    let (endpoint, devtool) = sending(&["trigger", "invoice.paid"]);
    let reports = ["json=r.json", "html=r.html", "junit=r.xml", "markdown=r.md"];
    let devtool = reports.iter().fold(devtool, |d, report| d.args(&["--report", report]));
    let run = devtool.run().code(1);
    assert_harmless("text", &run.stdout);
    let json = devtool.rerun_with(&["--format", "json"]).code(1);
    assert_harmless("--format json", &json.stdout);
    assert_eq!(json.json()["steps"][0]["attempts"][0]["body"], HOSTILE);
    for report in reports {
        let file = report.split('=').nth(1).unwrap();
        let text = std::fs::read_to_string(devtool.directory().join(file)).unwrap();
        assert_harmless(file, &text);
    }
    assert_eq!(endpoint.received()[0].event()["data"]["object"]["metadata"]["note"], HOSTILE);
}

#[test]
fn the_history_shows_and_exports_none() {
    let (_endpoint, devtool) = sending(&["trigger", "invoice.paid"]);
    devtool.run().code(1);
    for arguments in [
        &["history"][..],
        &["history", "--format", "json"],
        &["history", "show", "1"],
        &["history", "show", "1", "--format", "json"],
        &["history", "show", "1", "--curl"],
        &["history", "show", "1", "--curl", "--format", "json"],
        &["history", "export"],
        &["history", "export", "--format", "har"],
    ] {
        let run = devtool.rerun(arguments).code(0);
        assert_harmless(&arguments.join(" "), &run.stdout);
    }
    let shown = devtool.rerun(&["history", "show", "1", "--format", "json"]).json();
    assert_eq!(shown["delivery"]["attempts"][0]["body"], HOSTILE);
    let har = devtool.rerun(&["history", "export", "--format", "har"]).json();
    assert_eq!(har["log"]["entries"][0]["response"]["content"]["text"], HOSTILE);
}

#[test]
#[cfg_attr(any(tests_without_curl, tests_without_sh), ignore = "needs curl and sh")]
fn a_curl_command_sends_them_as_they_were() {
    let (endpoint, devtool) = sending(&["trigger", "invoice.paid", "--curl"]);
    let command = devtool.run().code(0).stdout;
    assert_harmless("--curl", &command);
    let sent = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let received = &endpoint.received()[0];
    assert_eq!(received.event()["data"]["object"]["metadata"]["note"], HOSTILE);
    assert!(verified(received, SECRET), "its bytes are those that are signed");
}

#[test]
fn an_id_of_a_megabyte_is_cut_in_the_lines_of_the_history() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::new(&["trigger", "--keep-id", "--from", "long.json"])
        .args(&["--port", &endpoint.port().to_string()])
        .env("STRIPE_WEBHOOK_SECRET", SECRET);
    let id = format!("evt_{}", "a".repeat(1 << 20));
    let event: Value = serde_json::json!({
        "id": id, "object": "event", "type": "invoice.paid", "created": 1_700_000_000,
        "data": {"object": {"id": "in_1", "object": "invoice"}},
    });
    let devtool = devtool.file("long.json", &event.to_string());
    devtool.run();
    for arguments in [&["history"][..], &["history", "--format", "compact"]] {
        let run = devtool.rerun(arguments).code(0);
        let longest = run.stdout.lines().map(str::len).max().unwrap();
        assert!((255..1_000).contains(&longest), "{longest}");
    }
    let json = devtool.rerun(&["history", "--format", "json"]).json();
    assert_eq!(json["deliveries"][0]["event_id"], id, "JSON has it whole");
}
