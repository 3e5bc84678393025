//! ORD-05: an event that comes before the answer to the call of Stripe's API that caused it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::sdk::root;
use crate::support::Devtool;
use crate::support::asking::free_port;
use crate::support::endpoint::{Endpoint, Reply};

/// What the audit says of an app that gives charges back, in some way.
fn audited(way: &str, more: &[&str]) -> Value {
    let (port, api) = (free_port().to_string(), free_port().to_string());
    let script = root().join("tests/frameworks/refunds.py");
    let arguments = ["audit", "--only", "ORD-05", "--format", "json", "--fail-on", "never"];
    let state = ["--app-state", "GET /state", "--api", "--api-port", &api];
    let app = ["--", "python3", script.to_str().unwrap(), &port, way];
    let devtool = Devtool::sending(&arguments, port.parse().unwrap());
    let report = devtool.args(&[&state[..], more, &app].concat()).run().code(0).json();
    crate::audit_reports::assert_valid(&report);
    report["audit"]["probes"][0].clone()
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn an_event_that_is_lost_before_the_answer_to_its_call_is_found() {
    for more in [&[][..], &["--event", "charge.succeeded"]] {
        let probe = audited("lost", more);
        assert_eq!(probe["verdict"], "fail", "{probe:#}");
        let seen = r#"refund.created before the answer to POST /v1/refunds: rows[] is "asked for", should be "confirmed" (GET /state)"#;
        assert_eq!(probe["seen"][0], seen);
        let evidence = &probe["evidence"][0];
        assert_eq!(evidence["name"], "refund.created, before the answer to POST /v1/refunds");
        assert!(evidence["state_after"].as_str().unwrap().contains("asked for"), "{probe:#}");
    }
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn what_is_right_or_comes_again_passes() {
    for way in ["right", "retried"] {
        let probe = audited(way, &[]);
        assert_eq!(probe["verdict"], "pass", "{way}: {probe:#}");
    }
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn an_app_that_cannot_be_overtaken_here_does_not_pass() {
    let probe = audited("one_at_a_time", &[]);
    assert_eq!(probe["verdict"], "not_tested", "{probe:#}");
    let reason = "the app does not answer refund.created while its call waits for that";
    assert_eq!(probe["reason"], reason);
    let probe = audited("silent", &[]);
    assert_eq!(probe["verdict"], "not_tested", "{probe:#}");
    let way = probe["make_testable"].as_str().unwrap();
    assert!(way.contains("devtool trigger TYPE --id OBJECT=ID"), "{way}");
}

/// A handler whose rows the app makes itself, after its call of Stripe's API.
fn shop(creates: bool) -> (Endpoint, Arc<Mutex<BTreeMap<String, String>>>) {
    let rows = Arc::new(Mutex::new(BTreeMap::new()));
    let known = Arc::clone(&rows);
    let endpoint = Endpoint::new(move |received| {
        let object = received.event()["data"]["object"].clone();
        let id = object["id"].as_str().unwrap().to_owned();
        let mut rows = known.lock().unwrap();
        if creates || rows.contains_key(&id) {
            rows.insert(id, object["status"].as_str().unwrap().to_owned());
        }
        Reply::new(200, "")
    });
    (endpoint, rows)
}

/// The way that the audit names for ORD-05.
#[test]
fn an_event_can_overtake_the_answer_to_the_apps_own_call() {
    for (creates, status) in [(true, "succeeded"), (false, "requires_payment_method")] {
        let (endpoint, rows) = shop(creates);
        // What stands for the call.
        let id = "pi_OfTheShop123";
        let given = format!("payment_intent={id}");
        let trigger = ["trigger", "payment_intent.succeeded", "--id", &given];
        Devtool::sending(&trigger, endpoint.port()).run().code(0);
        // What the shop does with its answer.
        let mut rows = rows.lock().unwrap();
        let row = rows.entry(id.to_owned()).or_insert("requires_payment_method".to_owned());
        assert_eq!(row, status);
    }
}
