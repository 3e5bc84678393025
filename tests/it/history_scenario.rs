//! `devtool history export --format scenario` and `--format fixtures`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sdk;
use crate::support::endpoint::{Endpoint, Received, Reply};
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

/// The values of an event, without what is drawn for each story: ids, numbers of documents, moments.
fn values(event: &Value) -> BTreeMap<String, String> {
    fn collect(value: &Value, path: &str, values: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    collect(value, &format!("{path}.{name}"), values);
                }
            }
            Value::Array(list) => {
                for (at, value) in list.iter().enumerate() {
                    collect(value, &format!("{path}[{at}]"), values);
                }
            }
            Value::Number(number) if number.as_i64().is_some_and(|number| number > 999_999_999) => {
                values.insert(path.to_owned(), "MOMENT".to_owned());
            }
            other => {
                let drawn = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
                let text = other.to_string();
                let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let masked = words.map(|word| match word.split_once('_').unwrap_or(("", word)) {
                    (kind, id) if id.len() >= 8 && id.contains(drawn) => kind,
                    _ => word,
                });
                values.insert(path.to_owned(), masked.collect());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(&event["data"], "data", &mut found);
    collect(&event["request"]["id"], "request.id", &mut found);
    found
}

/// What of the events that came again is not as it was recorded.
fn unlike(name: &str, endpoint: &Endpoint) -> String {
    let events: Vec<Value> = endpoint.received().iter().map(Received::event).collect();
    let (recorded, again) = events.split_at(events.len() / 2);
    let mut out = String::new();
    for (at, (recorded, again)) in recorded.iter().zip(again).enumerate() {
        let event = recorded["type"].as_str().unwrap();
        assert_eq!(event, again["type"], "{name}");
        let (one, other) = (values(recorded), values(again));
        let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for path in paths.into_iter().filter(|path| one.get(*path) != other.get(*path)) {
            let (one, other) = (one.get(path), other.get(path));
            let shown = |value: Option<&String>| value.map_or("nothing".into(), Clone::clone);
            let (number, one, other) = (at + 1, shown(one), shown(other));
            writeln!(out, "{name} {number} {event} {path}: {one}, again {other}").unwrap();
        }
    }
    out
}

/// Sends scenarios, exports what was recorded, and sends that: an app that refuses some events does so again.
/// Returns what else is not the same.
fn sent_as_recorded(names: &[String]) -> String {
    let mut differences = String::new();
    for name in names {
        let endpoint = Endpoint::new(|request| {
            let is_refused = request.name().ends_with(".updated");
            Reply::new(if is_refused { 500 } else { 200 }, "")
        });
        let devtool = Devtool::sending(&["scenario", name, "--format", "json"], endpoint.port());
        let original = devtool.run();
        let export = ["history", "export", "--format", "scenario"];
        let text = devtool.rerun(&export).code(0).stdout;
        let again = sent_again(&devtool, &text, &endpoint);
        assert_eq!(again.code, original.code, "{name}: {}\n{text}", again.stderr);
        assert_eq!(verdicts(&again.json()), verdicts(&original.json()), "{name}\n{text}");
        differences += &unlike(name, &endpoint);
    }
    differences
}

#[test]
fn a_recorded_story_is_told_again_as_it_was() {
    let names = ["payment", "dunning", "checkout-guest", "usage-billing", "connect-transfer"];
    insta::assert_snapshot!(sent_as_recorded(&names.map(str::to_owned)), @r#"usage-billing 1 billing.meter.created data.object.display_name: "Kiln time", again "Kiln hours""#);
}

#[test]
#[ignore = "slow"]
fn every_recorded_story_is_told_again_as_it_was() {
    let names = devtool::scenario::library::all().unwrap().into_iter().map(|one| one.name);
    insta::assert_snapshot!(sent_as_recorded(&names.collect::<Vec<_>>()));
}

#[test]
fn duplicates_come_again_where_they_fell() {
    let endpoint = Endpoint::accepting();
    let sent = ["scenario", "payment-card", "--steps", "1,2,1,4,3,3", "--format", "json"];
    let devtool = Devtool::sending(&sent, endpoint.port());
    let original = devtool.run().code(0).json();
    let export = ["history", "export", "--format", "scenario"];
    let text = devtool.rerun(&export).code(0).stdout;
    assert!(text.contains("\ndeliveries = [1, 2, 1, 3, 4, 4]\n"), "{text}");
    let again = sent_again(&devtool, &text, &endpoint).code(0).json();
    assert_eq!(verdicts(&again), verdicts(&original));
    let ids: Vec<Value> =
        endpoint.received()[6..].iter().map(|request| request.event()["id"].clone()).collect();
    assert_eq!((&ids[0], &ids[4]), (&ids[2], &ids[5]));
    // Who wants another order means that one.
    let port = endpoint.port().to_string();
    let command = ["scenario", "recorded.toml", "--port", &port, "--order", "reverse"];
    devtool.rerun(&command).code(0);
    assert_eq!(endpoint.received().len(), 16);
}

#[test]
fn the_newest_session_is_exported_whatever_was_recorded_before() {
    let endpoint = Endpoint::accepting();
    let many = ["scenario", "payment", "--repeat", "120", "--concurrency", "20"];
    let devtool = Devtool::sending(&many, endpoint.port());
    devtool.run().code(0);
    let port = endpoint.port().to_string();
    devtool.rerun(&["trigger", "invoice.paid", "--port", &port]).code(0);
    let export = ["history", "export", "--format", "scenario"];
    let text = devtool.rerun(&export).code(0).stdout;
    assert!(text.contains("Recorded in session 2 ") && text.contains("invoice.paid"), "{text}");
    // A filter finds the newest session that fits it.
    let wanted = ["--type", "charge.succeeded", "--last", "1"];
    let text = devtool.rerun(&[&export[..], &wanted].concat()).code(0).stdout;
    assert!(text.contains("Recorded in session 1 "), "{text}");
    let whole = devtool.rerun(&[&export[..], &["--session", "1"]].concat()).code(2).stderr;
    assert!(whole.contains("more than 1000 deliveries match"), "{whole}");
}

#[test]
fn amounts_states_and_what_was_before_are_in_the_file() {
    let endpoint = Endpoint::accepting();
    let sent = ["scenario", "dispute-inquiry", "--set", "amount=4200"];
    let devtool = Devtool::sending(&sent, endpoint.port());
    devtool.run().code(0);
    let export = ["history", "export", "--format", "scenario"];
    insta::assert_snapshot!(devtool.rerun(&export).code(0).stdout);
}

#[test]
fn what_was_before_each_of_many_events_is_found_at_once() {
    let mut steps = String::new();
    for at in 1..=201 {
        let step = "[[step]]\nevent = \"customer.updated\"\n";
        writeln!(steps, "{step}was = {{ balance = -{at}, delinquent = true }}").unwrap();
        if at == 2 {
            // No customer has a place for it, and that is no reason to leave out the others.
            steps.push_str(
                "set = { balance = { x = 2 }, \"data.previous_attributes.balance\" = { x = 1 } }\n",
            );
        }
    }
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "many.toml"], endpoint.port());
    let devtool = devtool.file("many.toml", &steps);
    devtool.run().code(0);
    let start = Instant::now();
    let text = devtool.rerun(&["history", "export", "--format", "scenario"]).code(0).stdout;
    // Where the story is built anew for each event, it takes half a minute.
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    for at in (1..=201).filter(|at| *at != 2) {
        let was = format!("\nwas = {{ \"balance\" = -{at}, \"delinquent\" = true }}\n");
        assert!(text.contains(&was), "{at}: {text}");
    }
    assert_eq!(text.matches("\nwas = ").count(), 200, "{text}");
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
    expect.status = 200

    [[step]]
    event = "charge.succeeded"
    at = "-3s"
    # The app answered 500.

    [[step]]
    event = "payment_intent.succeeded"
    at = "-3s"
    expect.status = 200

    [[step]]
    event = "charge.updated"
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
    let said = devtool.rerun(&export).code(0).stderr.replace('\\', "/");
    insta::assert_snapshot!(said, @r"
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

/// The code of the fixtures' README for a language, the events beside it.
fn snippet(language: &str, endpoint: &Endpoint) -> (Devtool, String) {
    let devtool = Devtool::sending(&["scenario", "payment-card"], endpoint.port());
    devtool.run().code(0);
    let export = ["history", "export", "--format", "fixtures", "--dir", "fixtures"];
    devtool.rerun(&export).code(0);
    let readme = devtool.directory().join("fixtures/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, code) = readme.split_once(&format!("```{language}\n")).unwrap();
    (devtool, code.split_once("```").unwrap().0.to_owned())
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_readmes_code_for_python_verifies_an_event() {
    let (devtool, code) = snippet("python", &Endpoint::accepting());
    let before = "import hashlib, hmac, pathlib, time, stripe\nsecret = 'whsec_test'\n";
    let code = format!("{before}{code}print(event.type, event.data.object.amount)\n");
    let mut python = Command::new(sdk::python());
    let out = sdk::succeed(python.args(["-c", &code]).current_dir(devtool.directory()), "python3");
    assert_eq!(out.trim_end(), "payment_intent.created 2900");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_readmes_code_for_node_verifies_an_event() {
    let (devtool, code) = snippet("js", &Endpoint::accepting());
    let before = "import fs from 'node:fs';\nimport Stripe from 'stripe';\n\
                  const stripe = new Stripe('sk_test_1');\nconst secret = 'whsec_test';\n";
    let code = format!("{before}{code}console.log(event.type, event.data.object.amount);\n");
    // Node looks for packages from where a module lies.
    let script = sdk::express().join("fixtures.mjs");
    std::fs::write(&script, code).unwrap();
    let mut node = Command::new("node");
    let out = sdk::succeed(node.arg(script).current_dir(devtool.directory()), "node");
    assert_eq!(out.trim_end(), "payment_intent.created 2900");
}
