//! `--explore --api`: what an app does of an event while Stripe's API fails, and of its retry.

use crate::report_files::assert_valid;
use crate::support::ordered_app::FLOW;
use crate::support::{Devtool, Run, asking, audited};

const STATE: [&str; 2] = ["--app-state", "GET /state/{{customer}}"];

fn explored(fault: &'static str, more: &[&str]) -> Run {
    let port = asking::free_port();
    let endpoint = audited::asking(fault, Some(port));
    let devtool = Devtool::sending(&["scenario", "flow.toml", "--explore"], endpoint.port());
    let devtool = devtool.file("flow.toml", FLOW).args(&STATE).args(&["--budget", "30"]);
    let devtool = devtool.args(&["--api", "--api-port", &port.to_string()]).args(more);
    let run = devtool.rerun_with(&[]);
    let ports = [(endpoint.port().to_string(), "PORT"), (port.to_string(), "API")];
    let stdout = ports.iter().fold(run.stdout, |text, (port, name)| text.replace(port, name));
    Run { stdout, ..run }
}

fn found(fault: &'static str) -> String {
    let text = explored(fault, &[]).stdout;
    let (_, found) = text.split_once("\n\n").unwrap();
    let (found, _) = found.rsplit_once(": ").unwrap();
    found.to_owned()
}

#[test]
fn an_event_that_is_lost_while_the_api_fails_is_found() {
    insta::assert_snapshot!("accepted", found("API-02"));
    insta::assert_snapshot!("retried", found("DUP-04"));
}

#[test]
fn an_app_that_does_it_at_the_retry_passes() {
    assert_eq!(found(""), "PASS no order makes a difference");
}

#[test]
fn one_failure_alone_is_tried_again() {
    let more = ["--steps", "4", "--api-fails-at", "4", "--format", "json"];
    let report = explored("DUP-04", &more).json();
    assert_valid(&report);
    let found = &report["exploration"]["counterexamples"][0];
    assert_eq!(found["sentence"], "payment_intent.succeeded again after the API failed");
    assert_eq!((&found["api_fails_at"], &report["exploration"]["runs"]), (&4.into(), &5.into()));
    assert_eq!(found["breaks"].as_array().unwrap().len(), 2);
}

#[test]
fn the_api_fails_at_the_first_delivery_alone() {
    // It accepts the event while the API fails, and acts on the second delivery.
    let run = explored("API-02", &["--steps", "4,4", "--api-fails-at", "4"]).code(0);
    assert!(run.stdout.contains("PASS no order makes a difference"), "{}", run.stdout);
}

#[test]
fn a_step_at_which_nothing_is_asked_is_no_pass() {
    let run = explored("", &["--api-fails-at", "1"]).code(2);
    insta::assert_snapshot!(run.stderr, @r#"
    error: the app asks the local API nothing at step 1
      hint: leave `--api-fails-at` out: an exploration tries each step at which it is asked
    "#);
}

#[test]
fn a_step_that_is_not_sent_cannot_fail() {
    let refused = |more: &[&str]| {
        let arguments = ["scenario", "flow.toml", "--explore", "--api-fails-at", "4"];
        let devtool = Devtool::sending(&arguments, 9).file("flow.toml", FLOW).args(&STATE);
        devtool.args(more).run().code(2).stderr
    };
    insta::assert_snapshot!(refused(&[]), @r#"
    error: `--api-fails-at` needs the local API, which does not run
      hint: add `--api`, and point the app at it
    "#);
    let port = asking::free_port().to_string();
    insta::assert_snapshot!(refused(&["--api", "--api-port", &port, "--steps", "1,2"]), @r#"
    error: `--api-fails-at` names step 4, which is not sent
      hint: name a step of the scenario and of `--steps`
    "#);
}
