//! `--orders` and `--duplicate`: failures of one cause are told once, whatever ids each story has.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::ordered_app::FLOW;

/// An app that answers with the customer's id where a payment comes before its invoice.
fn strict() -> Endpoint {
    let invoiced = Mutex::new(BTreeSet::new());
    Endpoint::new(move |request| {
        let customer = request.event()["data"]["object"]["customer"].to_string();
        let mut invoiced = invoiced.lock().unwrap();
        if request.name() == "invoice.created" {
            invoiced.insert(customer.clone());
        }
        let is_early =
            request.name() == "payment_intent.succeeded" && !invoiced.contains(&customer);
        let said = format!("customer {customer} has no invoice");
        if is_early { Reply::new(500, &said) } else { Reply::new(200, "") }
    })
}

#[test]
fn orders_that_fail_for_one_cause_are_told_once() {
    let endpoint = strict();
    let devtool = Devtool::sending(&["scenario", "flow.toml"], endpoint.port());
    let devtool = devtool.file("flow.toml", FLOW).args(&["--orders", "20", "-o", "a.md"]);
    let run = devtool.run().code(1);
    let told = |text: &str| text.matches("has no invoice").count();
    // In the answer, and in the hint.
    assert_eq!(told(&run.stdout), 2, "{}", run.stdout);
    let of =
        regex_lite::Regex::new(r"(?m)^\d+ of 20 orders failed; the smallest that fails: (.*)$");
    let of = of.unwrap().captures(&run.stdout).unwrap();
    assert_eq!(&of[1], "payment_intent.succeeded before invoice.created");
    let written = std::fs::read_to_string(devtool.directory().join("a.md")).unwrap();
    assert_eq!(told(&written), 2, "{written}");
}

#[test]
fn all_events_that_are_not_idempotent_are_named() {
    let seen = Mutex::new(BTreeSet::new());
    let endpoint = Endpoint::new(move |request| {
        let is_new = seen.lock().unwrap().insert(request.event()["id"].to_string());
        let is_bad =
            !is_new && ["invoice.paid", "invoice.created"].contains(&request.name().as_str());
        Reply::new(if is_bad { 500 } else { 200 }, "")
    });
    let devtool = Devtool::sending(&["scenario", "flow.toml"], endpoint.port());
    let run = devtool.file("flow.toml", FLOW).args(&["--duplicate", "100%"]).run().code(1);
    let told = "invoice.created, invoice.paid are not idempotent";
    assert!(run.stdout.contains(told), "{}", run.stdout);
}
