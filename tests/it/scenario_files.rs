//! Scenarios of the user's own: what a file can say, as the endpoint sees it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::{Devtool, Run};

/// Runs a file against an endpoint.
fn run(text: &str, endpoint: &Endpoint, more: &[&str]) -> Run {
    let devtool = Devtool::sending(&["scenario", "./flow.toml"], endpoint.port()).args(more);
    devtool.file("flow.toml", text).run()
}

/// An app that makes an order of each payment, and shows it.
fn shop() -> Endpoint {
    Endpoint::new(|request| match (request.method.as_str(), request.uri.path()) {
        ("GET", "/orders/17") => {
            Reply::new(200, r#"{"id":17,"state":"paid","lines":[{"sku":"a"}]}"#)
                .header("content-type", "application/json")
        }
        ("GET", _) => Reply::new(404, "no such order"),
        _ => Reply::new(201, r#"{"order":{"id":17}}"#).header("location", "/orders/17"),
    })
}

#[test]
fn a_step_varies_its_event() {
    let endpoint = Endpoint::accepting();
    let text = r#"
        [story]
        amount = 4200
        currency = "eur"
        customer = "cus_mine"

        [[step]]
        event = "invoice.paid"
        at = "-2d"
        account = "acct_123"
        set = { "metadata.order" = "1042", description = "by {{customer}}" }
        unset = ["lines.data[0].description"]

        [[step]]
        event = "invoice.archived"
        object = "invoice"
    "#;
    run(text, &endpoint, &[]).code(0);
    let received = endpoint.received();
    let (first, second) = (received[0].event(), received[1].event());
    assert_eq!(first["account"], "acct_123");
    assert!(second.get("account").is_none());
    let object = &first["data"]["object"];
    assert_eq!(object["total"], 4_200);
    assert_eq!(object["currency"], "eur");
    assert_eq!(object["customer"], "cus_mine");
    assert_eq!(object["metadata"], json!({"order": "1042"}));
    assert_eq!(object["description"], "by cus_mine");
    assert!(object["lines"]["data"][0].get("description").is_none());
    assert_eq!(second["type"], "invoice.archived");
    let apart = second["created"].as_i64().unwrap() - first["created"].as_i64().unwrap();
    assert_eq!(apart, 2 * 86_400);
}

#[test]
fn the_command_line_has_the_last_word() {
    let endpoint = Endpoint::accepting();
    let text =
        "[story]\namount = 100\n[[step]]\nevent = \"invoice.paid\"\nset = { number = \"A\" }\n";
    run(text, &endpoint, &["--set", "amount=200", "--set", "number=B"]).code(0);
    let event = endpoint.received()[0].event();
    assert_eq!(event["data"]["object"]["total"], 200);
    assert_eq!(event["data"]["object"]["number"], "B");
}

#[test]
fn a_repeated_step_is_the_same_event() {
    let endpoint = Endpoint::accepting();
    let text = "[[step]]\nevent = \"invoice.paid\"\nrepeat = 3\n";
    let run = run(text, &endpoint, &["--format", "json"]).code(0);
    let received = endpoint.received();
    assert_eq!(received.len(), 3);
    assert!(received.iter().all(|request| request.body == received[0].body));
    let copies: Vec<_> =
        run.json()["steps"].as_array().unwrap().iter().map(|s| s["duplicate"].clone()).collect();
    assert_eq!(copies, [false, true, true]);
}

#[test]
fn a_delay_is_waited_for() {
    let endpoint = Endpoint::accepting();
    let start = Instant::now();
    let text = "[[step]]\nevent = \"invoice.paid\"\ndelay = \"300ms\"\n";
    run(text, &endpoint, &[]).code(0);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn expectations_that_are_met_pass() {
    let endpoint = shop();
    let text = r#"
        [[step]]
        event = "payment_intent.succeeded"
        save = { order = "order.id", place = "header:location" }
        [step.expect]
        status = [200, "2xx"]
        max_latency = "20s"
        body = { contains = ["order", "17"], matches = '"id":\d+', json = { "$.order.id" = 17 } }
        header = { location = "/orders/17", content-length = { matches = "^[0-9]+$" } }

        [[step]]
        event = "charge.succeeded"
        set = { "metadata.order" = "{{order}}" }

        [[check]]
        path = "{{place}}"
        expect.body.json = { id = 17, state = "paid", "lines[0].sku" = "a", lines = [{ sku = "a" }] }

        [[check]]
        path = "/orders/18"
        expect.status = 404
    "#;
    let run = run(text, &endpoint, &[]).code(0);
    assert!(run.stdout.contains("2 of 2 events accepted, 2 of 2 checks in"), "{}", run.stdout);
    let charge = endpoint.received()[1].event();
    assert_eq!(charge["data"]["object"]["metadata"]["order"], "17");
}

#[test]
fn what_is_not_as_expected_is_named() {
    let endpoint = shop();
    let text = r#"
        [[step]]
        event = "payment_intent.succeeded"
        save = { invoice = "invoice.id" }
        [step.expect]
        status = 200
        body = { contains = "paid", matches = "^ok$", json = { "order.id" = "18", "order.state" = "new" } }
        header = { location = "/", x-none = "1" }

        [[check]]
        path = "/orders/{{payment_intent}}"
    "#;
    let run = run(text, &endpoint, &["--format", "json"]).code(1);
    let report = run.json();
    let mismatches = |value: &serde_json::Value| -> Vec<String> {
        let list = value["mismatches"].as_array().unwrap().iter();
        let text = |m: &serde_json::Value, key: &str| m[key].as_str().unwrap().to_owned();
        list.map(|m| format!("{}: {} / {}", text(m, "what"), text(m, "expected"), text(m, "found")))
            .collect()
    };
    assert_eq!(
        mismatches(&report["steps"][0]),
        [
            "status: 200 / 201",
            r#"body: "paid" in it / "{"order":{"id":17}}""#,
            r#"body: a match of /^ok$/ / "{"order":{"id":17}}""#,
            r#"body order.id: "18" / 17"#,
            r#"body order.state: "new" / nothing"#,
            r#"header location: "/" / "/orders/17""#,
            r#"header x-none: "1" / nothing"#,
            "body invoice.id: a value to save as invoice / nothing",
        ]
    );
    let check = &report["stories"][0]["checks"][0];
    assert_eq!(mismatches(check), ["status: 2xx / 404"]);
    assert!(check["path"].as_str().unwrap().starts_with("/orders/pi_3"), "{check}");
    assert_eq!(report["totals"]["accepted"], 1);
    assert_eq!(report["totals"]["passed"], 0);
    let text = run_text(text, &endpoint);
    assert!(text.contains("1 payment_intent.succeeded: 201 Created\n"), "{text}");
    assert!(text.contains("  status: expected 200, found 201\n"), "{text}");
    assert!(text.contains("FAIL 1 of 1 event accepted, 0 of 1 check in"), "{text}");
}

fn run_text(text: &str, endpoint: &Endpoint) -> String {
    run(text, endpoint, &[]).code(1).stdout
}

#[test]
fn an_expected_refusal_passes_and_is_not_sent_again() {
    let endpoint = Endpoint::new(|_| Reply::new(422, "unknown customer"));
    let text = "[[step]]\nevent = \"invoice.paid\"\nexpect.status = \"4xx\"\n";
    let run = run(text, &endpoint, &["--retry-schedule", "0s,0s"]).code(0);
    assert!(run.stdout.contains("/webhook  422  "), "{}", run.stdout);
    assert_eq!(endpoint.received().len(), 1);
}

#[test]
fn a_step_that_needs_what_no_answer_gave_is_not_sent() {
    let endpoint = Endpoint::new(|_| Reply::new(200, "{}"));
    let text = r#"
        [[step]]
        event = "payment_intent.succeeded"
        save = { order = "order.id" }
        [[step]]
        event = "charge.succeeded"
        set = { "metadata.order" = "{{order}}" }
    "#;
    let run = run(text, &endpoint, &[]).code(1);
    assert_eq!(endpoint.received().len(), 1);
    let expected = "no answer gave the value `order` that this event needs";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
}

#[test]
fn a_check_waits_for_what_the_app_does_later() {
    let looks = AtomicUsize::new(0);
    let endpoint = Endpoint::new(move |request| match request.method.as_str() {
        "GET" if looks.fetch_add(1, Ordering::SeqCst) < 3 => Reply::new(200, "open"),
        "GET" => Reply::new(200, "paid"),
        _ => Reply::new(200, ""),
    });
    let text = "[[step]]\nevent = \"invoice.paid\"\n[[check]]\npath = \"/state?a=b\"\nwithin = \"20s\"\nexpect.body = \"paid\"\n";
    run(text, &endpoint, &[]).code(0);
    let received = endpoint.received();
    assert_eq!(received.len(), 5);
    assert_eq!(received[4].uri.to_string(), "/state?a=b");
}

#[test]
fn checks_look_at_this_machine_only() {
    let text = "[[step]]\nevent = \"invoice.paid\"\n[[check]]\npath = \"/\"\n";
    let devtool = Devtool::new(&["scenario", "flow.toml", "--url", "http://192.0.2.1/"]);
    let run = devtool.args(&["--allow-remote"]).file("flow.toml", text).run().code(2);
    assert!(run.stderr.contains("checks work for an app on this machine only"), "{}", run.stderr);
}

#[test]
fn a_built_in_scenario_is_a_file_to_start_from() {
    let shown = Devtool::new(&["scenario", "payment", "--show"]).run().code(0).stdout;
    let file = std::fs::read_to_string("scenarios/payment.toml").unwrap();
    assert_eq!(shown, file);
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["scenario", "payment"], endpoint.port()).run().code(0);
    run(&shown, &endpoint, &[]).code(0);
    let names = endpoint.names();
    assert_eq!(names[..9], names[9..]);
}

#[test]
fn a_check_of_files_sends_nothing() {
    let text = "[[step]]\nevent = \"invoice.paid\"\n";
    let devtool = Devtool::new(&["scenario", "--check", "flow.toml", "payment"]);
    let run = devtool.file("flow.toml", text).run().code(0);
    assert_eq!(run.stdout, "flow: valid (1 event)\npayment: valid (9 events)\n");
    let json = devtool_check(&["--format", "json"]).json();
    assert_eq!(json["scenarios"][0]["name"], "flow");
    assert_eq!(devtool_check(&["--format", "compact"]).stdout, "flow\n");
}

/// A check of one file.
fn devtool_check(more: &[&str]) -> Run {
    let devtool = Devtool::new(&["scenario", "--check", "flow.toml"]).args(more);
    devtool.file("flow.toml", "[[step]]\nevent = \"invoice.paid\"\n").run().code(0)
}

#[test]
fn every_example_is_fine() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/*.toml");
    let run = Devtool::new(&["scenario", "--check", examples]).run().code(0);
    assert!(run.stdout.lines().count() >= 2, "{}", run.stdout);
}

/// Twelve files, which are built side by side; those of these numbers are about an object that is not theirs.
fn twelve(wrong: &[usize]) -> Devtool {
    let names: Vec<String> = (10..22).map(|number| format!("./{number}.toml")).collect();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut devtool = Devtool::new(&["scenario", "--check", "--format", "compact"]).args(&words);
    for (number, name) in (10..22).zip(&names) {
        let about = if wrong.contains(&number) { "charge" } else { "invoice" };
        let text = format!("[[step]]\nevent = \"invoice.paid\"\nabout = \"{about}\"\n");
        devtool = devtool.file(name, &text);
    }
    devtool
}

#[test]
fn many_files_are_checked_in_their_order_and_every_error_is_told() {
    let names: Vec<String> = (10..22).map(|number| number.to_string()).collect();
    assert_eq!(twelve(&[]).run().code(0).stdout.lines().collect::<Vec<_>>(), names);
    let refused = twelve(&[14, 19, 21]).run().code(3).stderr;
    let first_words = |line: &str| line.split(": ").nth(1).map(str::to_owned);
    let errors: Vec<String> = refused
        .lines()
        .filter(|line| line.starts_with("error: "))
        .filter_map(first_words)
        .collect();
    assert_eq!(errors, ["./14.toml:3:9", "./19.toml:3:9", "./21.toml:3:9"], "{refused}");
    assert!(refused.ends_with("\nfound 3 errors\n"), "{refused}");
}

#[test]
fn a_file_may_say_what_its_scenario_is_called() {
    let endpoint = Endpoint::accepting();
    let text = "name = \"Checkout with a coupon\"\n[[step]]\nevent = \"invoice.paid\"\n";
    let run = run(text, &endpoint, &["--format", "json"]).code(0);
    assert_eq!(run.json()["scenario"], "Checkout with a coupon");
}

#[test]
fn a_pattern_means_all_built_in_scenarios_that_fit() {
    let names = |words: &[&str]| {
        Devtool::new(words).args(&["--check", "--format", "compact"]).run().code(0).stdout
    };
    assert_eq!(names(&["scenario", "refund-*"]), "refund-failed\nrefund-full\nrefund-partial\n");
    let listed = Devtool::new(&["scenario", "--format", "compact"]).run().code(0).stdout;
    assert_eq!(names(&["scenario", "--all"]), listed);
    let unknown = Devtool::new(&["scenario", "--check", "refunds-*"]).run().code(2);
    insta::assert_snapshot!(unknown.stderr, @r"
    error: no built-in scenario matches `refunds-*`
      hint: name files by `refunds-*.toml`; to list the scenarios:
            devtool scenario
    ");
    let both = Devtool::new(&["scenario", "payment", "--all", "--check"]).run().code(2);
    assert!(both.stderr.contains("--all"), "{}", both.stderr);
}

#[test]
fn the_steps_of_a_scenario_are_listed_by_their_numbers() {
    let text = "purpose = \"A test\"\n[[step]]\nevent = \"invoice.paid\"\nat = \"-5d +1h\"\nrepeat = 2\n\
                save = { order = \"id\" }\n[[step]]\nevent = \"invoice.updated\"\nstate = \"paid\"\n\
                expect.status = [422, \"5xx\"]\nset = { \"metadata.a\" = \"{{order}}\" }\n";
    let list = |more: &[&str]| {
        let devtool = Devtool::new(&["scenario", "flow.toml", "--list"]).args(more);
        devtool.file("flow.toml", text).run().code(0)
    };
    insta::assert_snapshot!(list(&[]).stdout, @r"
    flow: A test
      1  invoice.paid     -4d 23h  sent 2 times, saves order
      2  invoice.updated  0s       state paid, changes fields, expects 422 or 5xx
    ");
    insta::assert_snapshot!(list(&["--format", "compact"]).stdout, @r"
    flow 1 invoice.paid
    flow 2 invoice.updated
    ");
    assert_eq!(list(&["--format", "json"]).json()["scenarios"][0]["steps"][1]["number"], 2);
}
