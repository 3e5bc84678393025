//! Sessions of the history: listed, and what is chosen by them and by endpoints.

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::{Devtool, SECRET};

/// A home whose history has a payment that one endpoint took, an event that another one rejected, and a replay
/// of two deliveries, one to each: the endpoints' ports.
fn recorded() -> (Devtool, [String; 2], [Endpoint; 2]) {
    let accepting = Endpoint::accepting();
    let rejecting = Endpoint::new(|_| Reply::new(500, "no"));
    let ports = [accepting.port().to_string(), rejecting.port().to_string()];
    let devtool = Devtool::sending(&["scenario", "payment"], accepting.port());
    devtool.run().code(0);
    devtool.rerun(&["trigger", "charge.failed", "--port", &ports[1]]).code(1);
    devtool.rerun(&["replay", "9", "10"]).code(1);
    (devtool, ports, [accepting, rejecting])
}

/// The numbers in a list of sessions or deliveries.
fn numbers(devtool: &Devtool, arguments: &[&str]) -> Vec<i64> {
    let list = devtool.rerun(&[arguments, &["--format", "json"]].concat()).code(0).json();
    let list = list.get("sessions").or_else(|| list.get("deliveries")).unwrap();
    list.as_array().unwrap().iter().map(|entry| entry["id"].as_i64().unwrap()).collect()
}

#[test]
fn sessions_are_listed_with_what_they_came_to() {
    let _filters = filters();
    let (devtool, _, _endpoints) = recorded();
    for format in ["text", "compact", "json"] {
        let run = devtool.rerun(&["history", "sessions", "--format", format]);
        insta::assert_snapshot!(format!("sessions_{format}"), run.whole());
    }
    let none = devtool.rerun(&["history", "sessions", "--endpoint", "1"]).code(0);
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", "no matching sessions\n"));
}

#[test]
fn sessions_are_chosen_by_endpoint_time_and_number() {
    let (devtool, [one, other], _endpoints) = recorded();
    let list = |more: &[&str]| numbers(&devtool, &[&["history", "sessions"], more].concat());
    assert_eq!(list(&["--endpoint", &one]), [1, 3]);
    assert_eq!(list(&["--endpoint", &format!("http://localhost:{other}")]), [2, 3]);
    assert_eq!(list(&["--endpoint", &format!("localhost:{other}/other")]), [] as [i64; 0]);
    assert_eq!(list(&["--last", "2"]), [2, 3]);
    assert_eq!(list(&["--since", "1h"]), [1, 2, 3]);
    assert_eq!(list(&["--until", "1h"]), [] as [i64; 0]);
    assert_eq!(list(&["--since", "2036-01-01"]), [] as [i64; 0]);
}

#[test]
fn lists_exports_and_replays_are_filtered_by_endpoint_and_by_time() {
    let (devtool, [one, other], [_, rejecting]) = recorded();
    assert_eq!(numbers(&devtool, &["history", "--endpoint", &other]), [10, 12]);
    assert_eq!(numbers(&devtool, &["history", "--endpoint", &one, "--last", "2"]), [9, 11]);
    assert_eq!(numbers(&devtool, &["history", "--failed", "--endpoint", &one]), [] as [i64; 0]);
    assert_eq!(numbers(&devtool, &["history", "--until", "2h"]), [] as [i64; 0]);
    let exported = devtool.rerun(&["history", "export", "--endpoint", &other]).code(0).stdout;
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_i64().unwrap();
    assert_eq!(exported.lines().map(id).collect::<Vec<_>>(), [10, 12]);
    let replay = ["replay", "--endpoint", &one, "--last", "1", "--port", &other];
    devtool.env("STRIPE_WEBHOOK_SECRET", SECRET).rerun(&replay).code(1);
    assert_eq!(rejecting.received().len(), 3);
}

#[test]
fn what_is_no_endpoint_and_no_time_is_refused() {
    let devtool = Devtool::new(&["history"]);
    for (option, value, said) in [
        ("--endpoint", "70000", "expected a port or a URL"),
        ("--since", "tomorrow", "expected how long ago, such as `1h`, or a time, such as `14:30`"),
        ("--until", "5", "expected how long ago, such as `1h`, or a time, such as `14:30`"),
    ] {
        let run = devtool.rerun_with(&[option, value]).code(2);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

#[test]
fn a_session_that_is_not_there_is_an_error() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port());
    devtool.run().code(0);
    let none = ["--session", "999"];
    for command in [&["history"][..], &["history", "export"], &["replay", "--failed"]] {
        let run = devtool.rerun(&[command, &none].concat()).code(2);
        let message = "error: the history has no session `999`\n  hint: list the sessions:\n        devtool history sessions\n";
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", message), "{command:?}");
    }
    // One in which nothing fits is there.
    devtool.rerun(&["history", "--session", "1", "--failed"]).code(0);
}
