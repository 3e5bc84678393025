//! Every thin event, as the official SDKs read it. What `sdk.rs` says of missing programs holds here.

use std::path::Path;
use std::process::Command;

use devtool::event::thin;
use serde_json::Value;

use crate::sdk::{deliveries, express, judge, python};
use crate::support::Devtool;
use crate::support::endpoint::Endpoint;

/// Every thin event, sent in one run with a random seed.
fn sent() -> Vec<Value> {
    let endpoint = Endpoint::accepting();
    let step = |name: &str| format!("[[step]]\nevent = \"{name}\"\n");
    let steps: String = thin::names().unwrap().map(step).collect();
    let scenario = format!("purpose = \"All of them\"\n\n{steps}");
    let seed = format!("{}", std::process::id());
    Devtool::sending(&["scenario", "thin.toml"], endpoint.port())
        .file("thin.toml", &scenario)
        .rerun_with(&["--seed", &seed])
        .code(0);
    deliveries(&endpoint)
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(name)
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_thin_event_is_what_the_python_sdk_takes_it_for() {
    let mut checker = Command::new(python());
    checker.arg(script("check_thin.py"));
    let (passed, output) = judge(&mut checker, &sent());
    assert!(passed && output == "checked 326 thin events, 0 findings\n", "{output}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_check_of_thin_events_finds_planted_faults() {
    for (setting, finding) in [
        ("related_object.id=\"\"", "related_object"),
        ("related_object.type=invoice", "related_object.type"),
        ("created=now", "created"),
        ("invented=1", "keys"),
        ("type=v1.customer.invented", "type: the SDK does not know it"),
    ] {
        let endpoint = Endpoint::accepting();
        let arguments = ["trigger", "v1.customer.created", "--force", "--set", setting];
        Devtool::sending(&arguments, endpoint.port()).run().code(0);
        let mut checker = Command::new(python());
        checker.arg(script("check_thin.py"));
        let (passed, output) = judge(&mut checker, &deliveries(&endpoint));
        assert!(!passed && output.contains(finding), "{setting}: {output}");
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_thin_event_parses_in_node() {
    let mut checker = Command::new("node");
    checker.arg(script("parse_thin.js")).env("NODE_PATH", express().join("node_modules"));
    let (passed, output) = judge(&mut checker, &sent());
    assert!(passed && output == "parsed 326 thin events\n", "{output}");
}
