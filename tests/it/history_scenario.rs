//! `devtool history export --format scenario` and `--format fixtures`.

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::{Devtool, Run};

/// A scenario that was sent to an endpoint and then exported.
fn exported(name: &str, endpoint: &Endpoint, more: &[&str]) -> (Devtool, String) {
    let devtool = Devtool::sending(&["scenario", name], endpoint.port());
    devtool.run();
    let export = ["history", "export", "--format", "scenario"];
    let text = devtool.rerun(&[&export[..], more].concat()).code(0).stdout;
    (devtool, text)
}

fn sent_again(devtool: &Devtool, text: &str, endpoint: &Endpoint) -> Run {
    std::fs::write(devtool.directory().join("recorded.toml"), text).unwrap();
    let port = endpoint.port().to_string();
    devtool.rerun(&["scenario", "recorded.toml", "--port", &port, "--format", "json"])
}

/// What became of each event, in order.
fn verdicts(report: &Value) -> Vec<(String, Value)> {
    let steps = report["steps"].as_array().unwrap().iter();
    let verdict =
        |step: &Value| (step["event"].as_str().unwrap().to_owned(), step["verdict"].clone());
    steps.map(verdict).collect()
}

/// Sends scenarios, exports what was recorded, and sends that: an app that refuses some events does so again.
fn verdicts_are_the_same(names: &[String]) {
    for name in names {
        let endpoint = Endpoint::new(|request| {
            let is_refused = request.name().ends_with(".updated");
            Reply::new(if is_refused { 500 } else { 200 }, "")
        });
        let (devtool, text) = exported(name, &endpoint, &[]);
        let port = endpoint.port().to_string();
        let original = devtool.rerun(&["scenario", name, "--port", &port, "--format", "json"]);
        let again = sent_again(&devtool, &text, &endpoint);
        assert_eq!(again.code, original.code, "{name}: {}\n{text}", again.stderr);
        assert_eq!(verdicts(&again.json()), verdicts(&original.json()), "{name}\n{text}");
    }
}

#[test]
fn a_recorded_story_has_the_same_verdicts_again() {
    let names = ["payment", "dunning", "checkout-guest", "usage-billing", "connect-transfer"];
    verdicts_are_the_same(&names.map(str::to_owned));
}

#[test]
#[ignore = "slow"]
fn every_recorded_story_has_the_same_verdicts_again() {
    let names = devtool::scenario::library::all().unwrap().into_iter().map(|one| one.name);
    verdicts_are_the_same(&names.collect::<Vec<_>>());
}

#[test]
fn a_recorded_story_is_a_file_to_read() {
    let endpoint = Endpoint::new(|request| {
        Reply::new(if request.name() == "charge.succeeded" { 500 } else { 200 }, "")
    });
    let (_devtool, text) = exported("payment-card", &endpoint, &[]);
    insta::assert_snapshot!(text, @r#"
    #:schema ./scenario.schema.json
    # What a scenario file can say: devtool help scenario-files
    purpose = "Recorded in session 1 of the history"

    [story]
    payment_method = "card"

    [[step]]
    event = "payment_intent.created"
    at = "-1m"
    set = { "amount" = 2900, "amount_received" = 0, "status" = "requires_payment_method" }
    expect.status = 200

    [[step]]
    event = "charge.succeeded"
    at = "-3s"
    set = { "amount" = 2900, "amount_captured" = 2900, "amount_refunded" = 0, "captured" = true, "paid" = true, "refunded" = false, "status" = "succeeded" }
    # The app answered 500.

    [[step]]
    event = "payment_intent.succeeded"
    at = "-3s"
    set = { "amount" = 2900, "amount_received" = 2900, "status" = "succeeded" }
    expect.status = 200

    [[step]]
    event = "charge.updated"
    set = { "amount" = 2900, "amount_captured" = 2900, "amount_refunded" = 0, "captured" = true, "paid" = true, "refunded" = false, "status" = "succeeded" }
    expect.status = 200
    "#);
}

#[test]
fn personal_values_are_replaced_unless_they_are_asked_for() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "customer.created"], endpoint.port()).args(&[
        "--set",
        "name=Ana Real",
        "--set",
        "email=ana@real.test",
        "--set",
        "metadata.a=Ana",
    ]);
    devtool.run().code(0);
    let export =
        |more: &[&str]| devtool.rerun(&[&["history", "export", "--format"], more].concat()).code(0);
    let replaced = export(&["scenario"]).stdout;
    assert!(!replaced.contains("Ana") && !replaced.contains("real.test"), "{replaced}");
    let kept = export(&["scenario", "--exact"]).stdout;
    assert!(kept.contains("Ana Real") && kept.contains("ana@real.test"), "{kept}");
    sent_again(&devtool, &kept, &endpoint).code(0);
    assert_eq!(endpoint.received().last().unwrap().event()["data"]["object"]["name"], "Ana Real");
    export(&["fixtures", "--dir", "plain"]);
    export(&["fixtures", "--dir", "exact", "--exact"]);
    let read = |name: &str| {
        std::fs::read_to_string(devtool.directory().join(name).join("01-customer.created.json"))
    };
    assert!(!read("plain").unwrap().contains("Ana"));
    assert_eq!(read("exact").unwrap().as_bytes(), endpoint.received()[0].body);
}

#[test]
fn fixtures_are_files_with_a_readme_and_overwrite_nothing() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment-card"], endpoint.port());
    devtool.run().code(0);
    let export = ["history", "export", "--format", "fixtures", "--dir", "events"];
    insta::assert_snapshot!(devtool.rerun(&export).code(0).stderr, @r"
    wrote events/01-payment_intent.created.json: an event
    wrote events/02-charge.succeeded.json: an event
    wrote events/03-payment_intent.succeeded.json: an event
    wrote events/04-charge.updated.json: an event
    wrote events/README.md: how each library signs the events in a test
    ");
    let readme = devtool.directory().join("events/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    assert!(readme.contains("generateTestHeaderString") && !readme.contains("FIRST"), "{readme}");
    insta::assert_snapshot!(devtool.rerun(&export).code(3).stderr, @r"
    error: `events` is not empty
      hint: name a new directory
    ");
    insta::assert_snapshot!(devtool.rerun(&export[..4]).code(2).stderr, @r"
    error: `--format fixtures` writes files
      hint: name a directory for them:
            devtool history export --format fixtures --dir fixtures
    ");
}
