//! Correct endpoints with the official libraries and their frameworks' default limits: `devtool audit` finds nothing of
//! medium severity or above, as a false finding is a fault of the audit.

use std::process::Command;

use devtool::event::Catalogue;
use serde_json::Value;

use crate::audit::audited;
use crate::dj_stripe;
use crate::frameworks::node_home;
use crate::sdk::{App, express, python, root};
use crate::support::SECRET;
use crate::versions;

/// The faults of medium severity and above, and what is inconclusive, of an app that is correct.
fn complaints(app: &App, more: &[&str]) -> Vec<String> {
    let report = audited(app.port, more);
    let probes = report["audit"]["probes"].as_array().unwrap().iter();
    let is_meant = |probe: &&Value| {
        let severity = probe["severity"].as_str().unwrap();
        let is_bad = ["medium", "high", "critical"].contains(&severity);
        probe["verdict"] == "inconclusive" || probe["verdict"] == "fail" && is_bad
    };
    assert_eq!(report["audit"]["baseline"]["accepted"], true, "{report}");
    probes.filter(is_meant).map(|probe| format!("{} {}", probe["id"], probe["seen"])).collect()
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn a_correct_app_in_flask_passes() {
    let mut flask = Command::new(python());
    flask.arg(root().join("tests/frameworks/flask_app.py"));
    flask.env("STRIPE_WEBHOOK_SECRET", SECRET);
    assert_eq!(complaints(&App::start(flask), &[]), [""; 0]);
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn correct_apps_in_fastapi_and_django_pass() {
    for (script, host) in [("fastapi_app.py", &[][..]), ("django_app.py", &["127.0.0.1"])] {
        let mut app = Command::new(python());
        app.arg(root().join("tests/frameworks").join(script)).args(host);
        app.env("STRIPE_WEBHOOK_SECRET", SECRET);
        assert_eq!(complaints(&App::start(app), &[]), [""; 0], "{script}");
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_correct_app_in_express_passes() {
    // Of another name than in `frameworks`, which writes it, too.
    let script = express().join("audited_express_app.js");
    std::fs::copy(root().join("tests/frameworks/express_app.js"), &script).unwrap();
    let mut node = Command::new("node");
    node.arg(&script).env("STRIPE_WEBHOOK_SECRET", SECRET);
    assert_eq!(complaints(&App::start(node), &[]), [""; 0]);
}

#[test]
#[cfg_attr(not(tests_without_node), ignore = "slow")]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn correct_apps_in_fastify_and_next_pass() {
    let home = node_home();
    for name in ["fastify", "next"] {
        let mut node = Command::new("node");
        node.args(["servers.js", name]).current_dir(&home).env("NEXT_TELEMETRY_DISABLED", "1");
        assert_eq!(complaints(&App::start(node), &[]), [""; 0], "{name}");
    }
}

#[test]
#[ignore = "slow"]
fn a_correct_app_in_axum_with_async_stripe_passes() {
    let app = App::start(Command::new(versions::async_stripe("endpoint")));
    assert_eq!(complaints(&app, &[]), [""; 0]);
}

#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn dj_stripe_passes_but_for_what_it_does_to_null() {
    let database = dj_stripe::database("audit");
    let (app, api) = dj_stripe::app(Catalogue::api_version(), &database, &["plain"]);
    let api = api.to_string();
    let more = ["--path", dj_stripe::PATH, "--api", "--api-port", &api];
    // It does read a body before it verifies it.
    let null = r#""BOD-03" ["answered 500 to a forged `null`","answered 500 to a signed `null`"]"#;
    assert_eq!(complaints(&app, &more), [null]);
}
