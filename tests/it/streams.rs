//! What goes to which stream, with and without colour, and what a closed pipe does.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::{Devtool, Run};

#[test]
fn stdout_carries_results_only() {
    let endpoint = Endpoint::accepting();
    let run = Devtool::sending(&["trigger", "subscription.triggered", "--format", "json"], {
        endpoint.port()
    });
    let run = run.run().code(0);
    assert_eq!(run.json()["schema"], 1);
    assert!(run.stderr.starts_with("warning: "), "{}", run.stderr);
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let endpoint = Endpoint::accepting();
    let run = Devtool::sending(&["scenario", "payment", "-q"], endpoint.port()).run().code(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn quiet_still_says_what_failed() {
    let endpoint = Endpoint::new(|_| Reply::new(500, "boom"));
    let run = Devtool::sending(&["trigger", "invoice.paid", "-q"], endpoint.port()).run().code(1);
    assert!(run.stdout.contains("FAIL  1  invoice.paid"), "{}", run.stdout);
    assert!(run.stdout.contains("boom"), "{}", run.stdout);
    assert!(!run.stdout.contains("secret:"), "{}", run.stdout);
}

#[test]
fn compact_is_a_line_per_event() {
    let endpoint = Endpoint::new(|request| {
        Reply::new(if request.name() == "invoice.paid" { 422 } else { 204 }, "")
    });
    let run = Devtool::sending(&["scenario", "billing", "--format", "compact"], endpoint.port());
    let run = run.run().code(1);
    let lines: Vec<Vec<&str>> = run.stdout.lines().map(|l| l.split(' ').collect()).collect();
    assert_eq!(lines.len(), 7);
    assert!(lines.iter().all(|words| words.len() == 5 && words[2].starts_with("evt_")));
    assert_eq!(lines[4][..2], ["fail", "invoice.paid"]);
    assert_eq!(lines[4][3], "422");
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let run = |arguments: &[&str], variables: &[(&str, &str)]| -> Run {
        let endpoint = Endpoint::accepting();
        let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port());
        let devtool = variables.iter().fold(devtool.args(arguments), |d, (k, v)| d.env(k, v));
        devtool.run().code(0)
    };
    let is_coloured = |run: Run| run.stdout.contains("\u{1b}[");
    assert!(!is_coloured(run(&[], &[])));
    assert!(is_coloured(run(&["--color", "always"], &[])));
    assert!(is_coloured(run(&[], &[("CLICOLOR_FORCE", "1")])));
    assert!(is_coloured(run(&["--color", "always"], &[("NO_COLOR", "1")])));
    assert!(!is_coloured(run(&["--color", "never"], &[("CLICOLOR_FORCE", "1")])));
    assert!(is_coloured(run(&[], &[("DEVTOOL_COLOR", "always")])));
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let full = || Stdio::from(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let devtool = Devtool::new(&["events"]);
    let run = Run::of(devtool.command().stdout(full()).output().unwrap()).code(1);
    assert!(run.stderr.starts_with("error: cannot write the result to stdout\n"), "{}", run.stderr);
}

#[test]
fn errors_never_show_a_backtrace() {
    let run = Devtool::new(&["trigger", "nope"]).env("RUST_BACKTRACE", "1").run().code(2);
    insta::assert_snapshot!(run.stderr, @r"
    error: unknown event `nope`
      hint: use `--object TYPE` to send an unlisted one; to list the event types:
            devtool events
    ");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    let mut child =
        devtool.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let run = Run::of(child.wait_with_output().unwrap()).code(0);
    assert_eq!(run.stderr, "");
    assert_eq!(endpoint.received().len(), 9, "the run goes on");
}
