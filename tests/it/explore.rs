//! `--explore`: apps with an order or a duplicate that they cannot take, and apps that take all.

use std::time::Duration;

use serde_json::Value;

use crate::report_files::assert_valid;
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::ordered_app::{END, FAULTS, FLOW, Fault, app, busy_app};
use crate::support::{Devtool, Run};

const STATE: [&str; 2] = ["--app-state", "GET /state/{{customer}}"];

fn exploring(endpoint: &Endpoint, more: &[&str]) -> Devtool {
    let devtool = Devtool::sending(&["scenario", "flow.toml", "--explore"], endpoint.port());
    devtool.args(more).file("flow.toml", FLOW).file("end.toml", &format!("{FLOW}{END}"))
}

fn explore(fault: Option<Fault>, more: &[&str]) -> Run {
    let endpoint = app(fault);
    exploring(&endpoint, &STATE).args(more).run()
}

/// What is found with a fault, and how.
fn found(fault: Fault) -> String {
    let flow = if fault == Fault::Resurrects { "end.toml" } else { "flow.toml" };
    let endpoint = app(Some(fault));
    let devtool = exploring(&endpoint, &STATE).args(&["--format", "json", "--budget", "60"]);
    let port = endpoint.port().to_string();
    let arguments = ["scenario", flow, "--explore", "--port", &port, "--seed", "42"];
    let more = [STATE[0], STATE[1], "--format", "json", "--budget", "60"];
    let report = devtool.rerun(&[&arguments[..], &more].concat()).code(1).json();
    assert_valid(&report);
    let counterexamples = report["exploration"]["counterexamples"].as_array().unwrap();
    assert!(!counterexamples.is_empty(), "{fault:?}: {report:#}");
    let mut told = format!("{fault:?}\n");
    for one in counterexamples {
        assert!(one["breaks"].as_array().unwrap().len() <= 3, "{fault:?}: {one:#}");
        assert!(one["found_in_run"].as_u64().unwrap() <= 60, "{fault:?}: {one:#}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        told.push_str(&format!("  {}: {}\n", text(&one["sentence"]), text(&one["problems"][0])));
    }
    told
}

#[test]
fn each_planted_fault_is_found_and_shrunk() {
    let told: String = FAULTS.into_iter().map(found).collect();
    insta::assert_snapshot!("planted_faults", told);
}

#[test]
fn an_app_that_takes_every_order_passes() {
    let endpoint = app(None);
    let port = endpoint.port().to_string();
    let arguments = ["scenario", "end.toml", "--explore", "--port", &port, "--budget", "80"];
    let run = exploring(&endpoint, &[]).rerun(&[&arguments[..], &STATE].concat()).code(0);
    assert!(
        run.stdout.contains("PASS no order makes a difference: 80 runs of at most 80"),
        "{}",
        run.stdout
    );
}

#[test]
#[ignore = "slow"]
fn an_app_that_takes_every_order_passes_in_many_runs() {
    for state in ["GET /state/{{customer}}", "GET /state"] {
        let endpoint = app(None);
        exploring(&endpoint, &["--app-state", state, "--budget", "500"]).run().code(0);
    }
}

#[test]
fn an_app_that_is_slow_for_a_while_is_not_blamed() {
    // The third run and the fourth take longer than the first two let expect.
    let endpoint = busy_app(12..24, Duration::from_millis(50));
    let run = exploring(&endpoint, &STATE).args(&["--budget", "20"]).run().code(0);
    assert!(run.stdout.contains("PASS no order makes a difference"), "{}", run.stdout);
    let endpoint = busy_app(12..24, Duration::from_millis(50));
    exploring(&endpoint, &STATE).args(&["--steps", "2,1,3,4,5,6"]).run().code(0);
}

#[test]
fn what_other_runs_left_in_the_state_does_not_count() {
    let endpoint = app(None);
    exploring(&endpoint, &["--app-state", "GET /state", "--budget", "40"]).run().code(0);
    let endpoint = app(Some(Fault::LastWriteWins));
    exploring(&endpoint, &["--app-state", "GET /state", "--budget", "40"]).run().code(1);
}

/// Without what time decides.
fn steady(mut report: Value) -> Value {
    for name in ["duration_ms", "started_at", "endpoint"] {
        report[name] = Value::Null;
    }
    for one in report["exploration"]["counterexamples"].as_array_mut().unwrap() {
        one["repeat"] = Value::Null;
    }
    report
}

#[test]
fn the_seed_decides_what_is_tried() {
    let json = ["--format", "json", "--budget", "60"];
    let reports = [0, 1].map(|_| steady(explore(Some(Fault::Toggles), &json).code(1).json()));
    assert_eq!(reports[0], reports[1]);
}

#[test]
fn a_counterexample_is_told_in_two_columns_and_repeated_by_its_command() {
    let endpoint = app(Some(Fault::CreatedAfterUpdated));
    let devtool = exploring(&endpoint, &STATE);
    let run = devtool.run().code(1);
    let port = endpoint.port().to_string();
    let (text, _) = run.stdout.rsplit_once("\nFAIL").unwrap();
    let text = text.replace(&port, "PORT");
    insta::assert_snapshot!(text, @r#"
    flow: 6 events to http://127.0.0.1:PORT/webhook (local, seed 42)
    secret: whsec_c0ff… (STRIPE_WEBHOOK_SECRET in the environment)
    state: GET /state/{{customer}}

    FAIL customer.subscription.updated before customer.subscription.created
      works:                           | breaks:
      1 customer.subscription.created  | 6 customer.subscription.updated
      6 customer.subscription.updated  | 1 customer.subscription.created
      subscription is "incomplete", should be "active" (GET /state/{{customer}})
      repeat: devtool scenario flow.toml --explore --port PORT --app-state 'GET /state/{{customer}}' --steps 6,1
    "#);
    let command = run.stdout.lines().find_map(|line| line.trim().strip_prefix("repeat: devtool "));
    let words: Vec<String> =
        command.unwrap().split(' ').map(|word| word.replace('\'', "")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // The request's two words are one.
    let state = words.iter().position(|word| *word == "GET").unwrap();
    let request = words[state..=state + 1].join(" ");
    let arguments = [&words[..state], &[request.as_str()], &words[state + 2..]].concat();
    let again = devtool.rerun(&arguments).code(1);
    assert!(again.stdout.contains("5 runs of at most"), "{}", again.stdout);
}

#[test]
fn checks_are_a_measure_too() {
    let flow = format!(
        "{FLOW}\n[[check]]\npath = \"/state/{{{{customer}}}}\"\nexpect.body.json = {{ subscription = \"active\" }}\n"
    );
    let endpoint = app(Some(Fault::LastWriteWins));
    let devtool = Devtool::sending(&["scenario", "flow.toml", "--explore"], endpoint.port());
    let run = devtool.file("flow.toml", &flow).run().code(1);
    let problem = r#"body subscription is "incomplete", should be "active" (check 1)"#;
    assert!(run.stdout.contains(problem), "{}", run.stdout);
}

#[test]
fn without_a_measure_nothing_is_explored() {
    let endpoint = Endpoint::accepting().left_alone();
    let refused = |more: &[&str]| exploring(endpoint, more).run().code(2).stderr;
    insta::assert_snapshot!(refused(&[]), @r#"
    error: nothing shows the app's state, which an exploration compares
      hint: show it with `--app-state 'GET /api/customers/{{customer}}'`, with `--app-state-run COMMAND`, or by checks of a scenario file
    "#);
    insta::assert_snapshot!(refused(&["--app-state", "GET /x", "--steps", "8,1"]), @r#"
    error: `--steps` names step 8: `flow` has 6
    "#);
    insta::assert_snapshot!(refused(&["--app-state", "GET /x"]), @r#"
    error: the events change nothing of the app's state that `GET /x` shows
      hint: show what your handler writes, such as `--app-state 'GET /api/customers/{{customer}}'`
    "#);
    insta::assert_snapshot!(refused(&["--app-state", "GET /{{dispute}}"]), @r#"
    error: `{{dispute}}` in `GET /{{dispute}}` is not an object of the story
      hint: name one of the story, such as `{{customer}}`
    "#);
}

#[test]
fn a_state_that_is_not_shown_says_what_the_app_wants() {
    let endpoint = Endpoint::new(|request| {
        let is_known =
            request.headers.get("authorization").is_some_and(|v| v == "Bearer hush-hush");
        match (request.method.as_str(), is_known) {
            ("POST", _) => Reply::new(200, ""),
            (_, true) => Reply::new(500, "hush-hush"),
            _ => Reply::new(401, ""),
        }
    });
    let state = ["--app-state", "GET /credits"];
    let refused = exploring(&endpoint, &state).run().code(2).stderr;
    insta::assert_snapshot!(refused, @r#"
    error: cannot see the app's state by `GET /credits`: the app answered 401
      hint: give what the app wants with `--app-header 'Authorization: Bearer …'`
    "#);
    let header = ["--app-header", "Authorization: Bearer hush-hush"];
    let run = exploring(&endpoint, &state).args(&header).run().code(2);
    assert!(
        !run.stderr.contains("hush-hush") && run.stderr.contains("change nothing"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_endpoint_that_is_not_there_is_no_finding() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let devtool = Devtool::sending(&["scenario", "payment", "--explore"], silent).args(&STATE);
    devtool.run().code(4);
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_curl, ignore = "needs curl")]
fn a_command_shows_the_state_with_the_storys_ids_in_its_environment() {
    let endpoint = app(Some(Fault::CreditPerEvent));
    let port = endpoint.port();
    let script =
        format!("#!/bin/sh\nexec curl -s http://127.0.0.1:{port}/state/$DEVTOOL_CUSTOMER\n");
    let devtool = exploring(&endpoint, &["--app-state-run", "show | cat", "--budget", "20"]);
    let run = devtool.program("show", &script).run().code(1);
    assert!(run.stdout.contains("invoice.paid twice"), "{}", run.stdout);
}

#[test]
fn orders_and_duplicates_that_fail_are_told_by_their_fewest_events() {
    let endpoint = app(Some(Fault::RefusesForGood));
    let devtool = Devtool::sending(&["scenario", "flow.toml"], endpoint.port());
    let devtool = devtool.file("flow.toml", FLOW);
    let run = devtool.rerun_with(&["--orders", "20"]).code(1);
    let smallest = "the smallest that fails: payment_intent.succeeded before invoice.created\n";
    assert!(run.stdout.contains(&format!("of 20 orders failed; {smallest}")), "{}", run.stdout);
    assert!(run.stdout.contains("--steps 4,2\n"), "{}", run.stdout);
    let once = std::sync::Mutex::new(std::collections::BTreeSet::new());
    let endpoint = Endpoint::new(move |request| {
        let id = request.event()["id"].to_string();
        let is_new = once.lock().unwrap().insert(id) || request.name() != "charge.succeeded";
        Reply::new(if is_new { 200 } else { 500 }, "")
    });
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    let run = devtool.rerun_with(&["--duplicate", "100%"]).code(1);
    assert!(run.stdout.contains("charge.succeeded is not idempotent"), "{}", run.stdout);
    let json = ["--duplicate", "100%", "--format", "json", "--seed", "43"];
    let report = devtool.rerun_with(&json).code(1).json();
    assert_valid(&report);
    assert_eq!(report["smallest"]["sentence"], "charge.succeeded twice");
}

#[test]
#[cfg(unix)]
fn a_run_is_reported_where_its_story_cannot_be_told_again() {
    let seen = std::sync::Mutex::new(std::collections::BTreeSet::new());
    let endpoint = Endpoint::new(move |request| {
        let is_new = seen.lock().unwrap().insert(request.event()["id"].to_string());
        Reply::new(if is_new { 200 } else { 500 }, "")
    });
    let flow = "[setup]\nrun = [\"mkdir\", \"made\"]\n[[step]]\nevent = \"invoice.paid\"\n";
    let devtool = Devtool::sending(&["scenario", "flow.toml"], endpoint.port());
    let devtool = devtool.file("flow.toml", flow);
    let run = devtool.rerun_with(&["--duplicate", "100%", "--format", "json"]).code(1);
    let report = run.json();
    assert_valid(&report);
    assert_eq!((&report["verdict"], &report["smallest"]), (&"fail".into(), &Value::Null));
    let warning = "warning: the smallest that fails was not found: setup `mkdir made` failed";
    assert!(run.stderr.contains(warning), "{}", run.stderr);
}

/// What an exploration says that is interrupted while the app is asked for its state, and whether it was torn down.
#[cfg(unix)]
fn interrupted(format: &str) -> (String, bool) {
    let endpoint = Endpoint::new(|request| match request.method.as_str() {
        "GET" => Reply { after: std::time::Duration::from_secs(120), ..Reply::new(200, "{}") },
        _ => Reply::new(200, ""),
    });
    let flow =
        format!("{FLOW}\n[setup]\nrun = [\"true\"]\n[teardown]\nrun = [\"touch\", \"undone\"]\n");
    let devtool = exploring(&endpoint, &STATE).file("flow.toml", &flow);
    let devtool = devtool.args(&["--format", format]);
    let child = devtool.command().stdout(std::process::Stdio::piped()).spawn().unwrap();
    while endpoint.received().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    crate::support::interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let undone = devtool.directory().join("undone").exists();
    (String::from_utf8(output.stdout).unwrap(), undone)
}

#[test]
#[cfg(unix)]
fn an_interrupted_exploration_is_torn_down_and_says_so() {
    let (text, undone) = interrupted("text");
    assert!(text.contains("FAIL interrupted before a difference was found: "), "{text}");
    assert!(undone);
    let (json, undone) = interrupted("json");
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_valid(&report);
    assert_eq!((&report["verdict"], &report["interrupted"]), (&"fail".into(), &true.into()));
    assert!(undone);
}
