//! What checks can do besides a GET: other requests, other places, commands, numbers; and commands around the steps.

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filtered;
use crate::support::{Devtool, Run};

const STEP: &str = "[[step]]\nevent = \"invoice.paid\"\n";

fn flow(endpoint: &Endpoint, checks: &str) -> Devtool {
    let devtool = Devtool::sending(&["scenario", "flow.toml"], endpoint.port());
    devtool.file("flow.toml", &format!("{STEP}{checks}"))
}

fn run(endpoint: &Endpoint, checks: &str) -> Run {
    flow(endpoint, checks).run()
}

#[test]
fn a_check_sends_what_the_apps_api_wants() {
    let endpoint = Endpoint::new(|request| match request.uri.path() {
        "/search" => Reply::new(200, r#"{"credits": 29, "open": "12.50"}"#),
        _ => Reply::new(200, ""),
    });
    let other = Endpoint::new(|_| Reply::new(200, "ok"));
    let place = format!("http://localhost:{}/state?of={{{{customer}}}}", other.port());
    let checks = format!(
        r#"
        [[check]]
        path = "/search"
        method = "post"
        headers = {{ Authorization = "Bearer hush-hush", X-Customer = "{{{{customer}}}}" }}
        body = {{ customer = "{{{{customer}}}}", limit = 1 }}
        expect.number = {{ credits = [">= 1", "< 30"], open = "12.5" }}

        [[check]]
        url = "{place}"
        expect.body = "ok"
        "#
    );
    run(&endpoint, &checks).code(0);
    let asked = &endpoint.received()[1];
    assert_eq!(
        (asked.method.as_str(), asked.header("authorization")),
        ("POST", "Bearer hush-hush")
    );
    assert_eq!(asked.header("content-type"), "application/json");
    let customer = asked.header("x-customer").to_owned();
    assert_eq!(asked.event(), serde_json::json!({"customer": customer, "limit": 1}));
    assert_eq!(other.received()[0].uri.to_string(), format!("/state?of={customer}"));
}

#[test]
fn numbers_that_do_not_compare_are_named() {
    let endpoint = Endpoint::new(|_| Reply::new(200, r#"{"credits": 0, "name": "x"}"#));
    let checks = "[[check]]\npath = \"/c\"\nexpect.number = { credits = \">= 1\", name = 1, none = \"> 0\" }\n";
    let run = run(&endpoint, checks).code(1);
    for line in [
        "  number credits: expected >= 1, found 0\n",
        "  number name: expected = 1, found \"x\"\n",
        "  number none: expected > 0, found nothing\n",
    ] {
        assert!(run.stdout.contains(line), "{}", run.stdout);
    }
}

#[test]
fn what_a_check_cannot_be_is_an_error() {
    let endpoint = Endpoint::accepting().left_alone();
    let told: Vec<String> = [
        "[[check]]\nwithin = \"1s\"\n",
        "[[check]]\npath = \"/a\"\nurl = \"http://localhost/\"\n",
        "[[check]]\nrun = [\"true\"]\nheaders = { a = \"b\" }\n",
        "[[check]]\nrun = []\n",
        "[[check]]\nurl = \"localhost:1/a\"\n",
        "[[check]]\nurl = \"http://192.0.2.1/a\"\n",
        "[[check]]\npath = \"/a\"\nexpect.number = { a = \"about 1\" }\n",
        "[[check]]\npath = \"/a\"\nmethod = \"G T\"\n",
        "[setup]\npath = \"/a\"\n",
    ]
    .into_iter()
    .map(|checks| run(endpoint, checks).code(3).stderr)
    .map(|text| text.lines().next().unwrap_or_default().to_owned())
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: flow.toml:3:1: `path` of check 1: missing
    error: flow.toml:5:7: `url` of check 1: a check has either `url` or `path`
    error: flow.toml:5:11: `headers` of check 1: a check with `run` sends no request
    error: flow.toml:4:7: `run` of check 1: expected a program and its arguments, such as `["./check", "{{order}}"]`
    error: flow.toml:4:7: `url` of check 1: expected a URL of this machine, such as `http://localhost:3001/orders`
    error: flow.toml:4:7: `url` of check 1: the endpoint's host `192.0.2.1` is not this machine
    error: flow.toml:5:23: `expect.number.a` of check 1: expected a comparison such as `>= 1`
    error: flow.toml:5:10: `method` of check 1: expected a method such as `POST`
    error: flow.toml:3:1: `setup.run`: missing
    "#);
}

#[test]
fn a_scenario_of_a_pattern_runs_no_command() {
    let endpoint = Endpoint::accepting().left_alone();
    let devtool = flow(endpoint, "[setup]\nrun = [\"touch\", \"made\"]\n");
    let refused = devtool.rerun(&["scenario", "fl*.toml"]).code(2);
    insta::assert_snapshot!(refused.stderr, @r#"
    error: `flow.toml` has commands to run, and only fits a pattern
      hint: read them, then name the file:
            devtool scenario flow.toml
    "#);
    devtool.rerun_with(&["--check"]).code(0);
    devtool.rerun(&["scenario", "flow.toml", "--show"]).code(0);
    assert!(!devtool.directory().join("made").exists());
}

#[cfg(unix)]
mod commands {
    use super::*;

    #[test]
    fn commands_are_shown_and_run_with_the_storys_ids() {
        let endpoint = Endpoint::new(|request| match request.method.as_str() {
            "GET" => Reply::new(200, ""),
            _ => Reply::new(200, r#"{"order": 17}"#),
        });
        let flow = r#"
            [setup]
            run = ["sh", "-c", "echo before >> log"]
            [teardown]
            run = ["sh", "-c", "echo after {{customer}} >> log"]
            [[step]]
            event = "invoice.paid"
            save = { order = "order" }
            [[check]]
            run = ["sh", "-c", "echo $DEVTOOL_CUSTOMER $DEVTOOL_ORDER $DEVTOOL_AMOUNT $DEVTOOL_SEED >> log; cat log"]
            expect.body.contains = "before\n{{customer}} 17 2900"
        "#;
        let devtool = Devtool::sending(&["scenario", "flow.toml"], endpoint.port());
        let devtool = devtool.file("flow.toml", flow).env("DEVTOOL_SEED", "7");
        let run = devtool.run().code(0);
        insta::assert_snapshot!("commands_shown", run.stderr);
        let log = std::fs::read_to_string(devtool.directory().join("log")).unwrap();
        assert!(log.starts_with("before\ncus_") && log.contains("\nafter cus_"), "{log}");
    }

    #[test]
    fn a_command_that_ends_otherwise_is_a_failure() {
        let endpoint = Endpoint::accepting();
        let checks = "[[check]]\nrun = [\"sh\", \"-c\", \"echo no such row >&2; exit 3\"]\n\
                      [[check]]\nrun = [\"sh\", \"-c\", \"exit 4\"]\nexpect.exit_code = 4\n\
                      [[check]]\nrun = [\"no-such-program\"]\n";
        let run = run(&endpoint, checks).code(1);
        insta::assert_snapshot!(filtered(&run.stdout.replace(&endpoint.port().to_string(), "PORT")), @r#"
        flow: 1 event to http://127.0.0.1:PORT/webhook (local, seed 42)
        secret: whsec_c0ff… (STRIPE_WEBHOOK_SECRET in the environment)

          PASS  1  invoice.paid  200  T  {"status":"success"}
          FAIL  sh -c 'echo no such row >&2; exit 3'  exit 3  T
          PASS  sh -c 'exit 4'  exit 4  T
          FAIL  no-such-program  failed  T

        check 1 sh -c 'echo no such row >&2; exit 3': it ended with 3 (no such row)
          exit code: expected 0, found 3

        check 3 no-such-program: no such program is on the PATH

        FAIL 1 of 1 event accepted, 1 of 3 checks in T
        "#);
    }

    #[test]
    fn nothing_is_sent_after_a_setup_that_fails() {
        let endpoint = Endpoint::accepting().left_alone();
        let checks = "[setup]\nrun = [\"false\"]\n[teardown]\nrun = [\"touch\", \"undone\"]\n";
        let devtool = flow(endpoint, checks);
        let report = devtool.rerun_with(&["--format", "json"]).code(1).json();
        crate::report_files::assert_valid(&report);
        assert_eq!(report["totals"]["skipped"], 1);
        assert_eq!(report["stories"][0]["checks"][0]["stage"], "setup");
        assert_eq!(endpoint.count(), 0);
        assert!(devtool.directory().join("undone").exists());
    }
}
