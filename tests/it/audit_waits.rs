//! How long the probes of `devtool audit` take that wait by their nature, and what the audit says of it; what such an
//! audit makes of apps whose state moves with each event, or later.

use std::collections::BTreeSet;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::audit::audited;
use crate::support::endpoint::{Endpoint, Received, Reply};
use crate::support::{Devtool, audited as apps};

fn probes(report: &Value) -> &[Value] {
    report["audit"]["probes"].as_array().unwrap()
}

/// The ids of the probes with a verdict.
fn with<'r>(report: &'r Value, verdict: &str) -> Vec<&'r str> {
    let meant = probes(report).iter().filter(|probe| probe["verdict"] == verdict);
    meant.map(|probe| probe["id"].as_str().unwrap()).collect()
}

/// What the text says of the times, without them.
fn waited(text: &str) -> Vec<String> {
    let line = text.split_once("  waited  ").map_or("", |(_, rest)| rest);
    let line = line.split("\n\n").next().unwrap_or_default();
    let is_id = |word: &&str| word.as_bytes().get(3) == Some(&b'-');
    line.split_whitespace().filter(is_id).map(ToOwned::to_owned).collect()
}

#[test]
fn probes_that_wait_are_named_with_their_time_and_end_within_twenty_seconds() {
    let endpoint = apps::endpoint("counts all");
    let more = ["--app-state", "GET /state", "--skip", "CFG-01"];
    let report = audited(endpoint.port(), &more);
    assert_eq!((with(&report, "fail"), with(&report, "inconclusive")), (vec![], vec![]));
    let took = |probe: &Value| probe["elapsed_ms"].as_f64().unwrap();
    let (waiting, others): (Vec<&Value>, Vec<&Value>) =
        probes(&report).iter().partition(|probe| probe["takes"].is_string());
    let together = |some: &[&Value]| some.iter().map(|probe| took(probe)).sum::<f64>();
    assert!(together(&waiting) < 20_000.0, "{waiting:#?}");
    assert!(waiting.iter().any(|probe| probe["id"] == "DUP-01" && took(probe) >= 200.0));
    let longest = others.iter().map(|probe| took(probe)).fold(0.0, f64::max);
    assert!(longest < 10_000.0, "{others:#?}");
}

#[test]
fn the_text_names_the_probes_that_waited_the_longest_first() {
    let endpoint = apps::endpoint("");
    let arguments = ["audit", "--only", "BOD-05,BOD-06,SIG-01"];
    let run = Devtool::sending(&arguments, endpoint.port()).run().code(0);
    assert_eq!(waited(&run.stdout), ["BOD-05", "BOD-06"], "{}", run.stdout);
    let html = Devtool::sending(&["audit", "--only", "BOD-06", "-o", "a.html"], endpoint.port());
    html.run().code(0);
    let page = std::fs::read_to_string(html.directory().join("a.html")).unwrap();
    assert!(page.contains(">took<"), "{page}");
}

#[test]
fn the_state_of_one_customer_is_looked_at_in_a_whole_audit() {
    let endpoint = apps::endpoint("");
    let state = ["--app-state", "GET /state/{{customer}}", "--only", "TYP-03,DUP-01,CFG-02"];
    let types = "payment_intent.succeeded\ninvoice.paid\nbalance.available\n";
    let arguments = ["audit", "--format", "json", "--enabled-events", "types.txt"];
    let devtool = Devtool::sending(&arguments, endpoint.port()).args(&state);
    let report = devtool.file("types.txt", types).run().code(0).json();
    assert_eq!(with(&report, "pass"), ["TYP-03", "DUP-01", "CFG-02"], "{report}");
    let types = report["audit"]["types"].as_array().unwrap();
    let acts = |name: &str| &types.iter().find(|one| one["type"] == name).unwrap()["acts"];
    assert_eq!(acts("invoice.paid"), true);
    assert_eq!(acts("charge.refunded"), false);
    assert_eq!(acts("balance.available"), &Value::Null, "it has no customer");
}

/// An app that works from a queue, and shows only whether an invoice was paid.
fn shows_what_was_paid(takes: Duration) -> Endpoint {
    let paid = Arc::<Mutex<BTreeSet<String>>>::default();
    let (queue, jobs) = channel::<Received>();
    let shown = Arc::clone(&paid);
    std::thread::spawn(move || {
        for job in jobs {
            std::thread::sleep(takes);
            if job.name() == "invoice.paid" {
                let customer = job.event()["data"]["object"]["customer"].clone();
                paid.lock().unwrap().insert(customer.as_str().unwrap().to_owned());
            }
        }
    });
    Endpoint::new(move |request| {
        if let Some(customer) = request.uri.path().strip_prefix("/state/") {
            let is_paid = shown.lock().unwrap().contains(customer);
            return Reply::new(200, &json!({ "paid": is_paid }).to_string());
        }
        queue.send(request.clone()).unwrap();
        Reply::new(200, "")
    })
}

#[test]
fn a_queue_that_shows_one_event_of_many_mixes_no_customers() {
    // Of the events in turn, those that are shown come after a second and a half.
    let endpoint = shows_what_was_paid(Duration::from_millis(30));
    let seen = ["--app-state", "GET /state/{{customer}}", "--only", "ORD-04"];
    let report = audited(endpoint.port(), &seen);
    assert_eq!(with(&report, "pass"), ["ORD-04"], "{report:#}");
}
