//! Results that are longer than the screen, on a terminal.

use crate::support::Devtool;
use crate::support::terminal::Terminal;

/// A pager that marks what it is given, and ends.
const MARKS: &str = "#!/bin/sh\nexec sed 's/^/paged: /'\n";

fn with_pager(arguments: &[&str], pager: &str) -> Devtool {
    Devtool::new(arguments)
        .program("marks", MARKS)
        .env("PAGER", pager)
        .env("TERM", "xterm")
        .env("NO_COLOR", "1")
}

fn shown(arguments: &[&str], pager: &str) -> String {
    let devtool = with_pager(arguments, pager);
    let (screen, code) = Terminal::start_sized(&devtool, 24, 80).finish();
    assert_eq!(code, 0, "{screen}");
    screen
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn what_is_longer_than_the_screen_goes_through_the_users_pager() {
    let screen = shown(&["events", "payment"], "marks");
    let lines = || screen.lines();
    assert!(lines().count() > 24 && lines().all(|line| line.starts_with("paged: ")), "{screen}");
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_delivery_that_is_longer_than_the_screen_is_paged_from_its_verdict_on() {
    let endpoint = crate::support::endpoint::Endpoint::accepting();
    let devtool = with_pager(&["history", "show", "last"], "marks");
    let port = endpoint.port().to_string();
    devtool.rerun(&["trigger", "invoice.paid", "--port", &port]).code(0);
    let (screen, _) = Terminal::start_sized(&devtool, 24, 80).finish();
    assert!(screen.starts_with("paged: PASS delivery 1: invoice.paid evt_"), "{screen}");
    let devtool = devtool.args(&["--no-pager"]);
    let (screen, _) = Terminal::start_sized(&devtool, 24, 80).finish();
    assert!(screen.starts_with("PASS delivery 1: "), "{screen}");
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_pager_with_a_pipe_is_run_by_the_shell() {
    let screen = shown(&["events", "payment"], "marks | sed 's/paged/twice/'");
    let lines = || screen.lines();
    assert!(lines().count() > 24 && lines().all(|line| line.starts_with("twice: ")), "{screen}");
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn what_fits_goes_to_the_screen_and_so_does_all_without_a_pager() {
    for (arguments, pager) in [
        (&["events", "invoice.paid"][..], "marks"),
        (&["events", "payment", "--no-pager"], "marks"),
        (&["events", "payment", "--format", "json"], "marks"),
        (&["events", "payment"], "cat"),
        (&["events", "payment"], ""),
    ] {
        let screen = shown(arguments, pager);
        assert!(screen.contains("paid") || screen.contains("payment_intent.created"), "{screen}");
        assert!(!screen.contains("paged: "), "{screen}");
    }
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_pager_that_does_not_run_is_said_and_done_without() {
    let screen = shown(&["events", "payment"], "no-such-pager -x");
    assert!(screen.starts_with("warning: the pager `no-such-pager -x` does not run: "), "{screen}");
    assert!(screen.contains("payment_intent.created"), "{screen}");
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn an_interrupt_is_the_pagers() {
    // A `read` of the shell's would miss a signal that comes just before it waits.
    let waits = "sh -c 'trap \"echo interrupted; exit\" INT; cat > /dev/null; echo ready; \
                 while :; do sleep 0.1; done'";
    let devtool = with_pager(&["events", "payment"], waits);
    let mut terminal = Terminal::start_sized(&devtool, 24, 80);
    terminal.wait_for("ready");
    terminal.type_interrupt();
    terminal.wait_for("interrupted");
    let (screen, code) = terminal.finish();
    assert_eq!(code, 0, "{screen}");
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_signal_that_ends_devtool_ends_the_pager() {
    let waits = "sh -c 'trap \"echo ended; exit\" TERM; cat > /dev/null; echo ready; \
                 while :; do sleep 0.1; done'";
    let devtool = with_pager(&["events", "payment"], waits);
    let mut terminal = Terminal::start_sized(&devtool, 24, 80);
    terminal.wait_for("ready");
    crate::support::signal(terminal.devtool(), "TERM");
    terminal.wait_for("ended");
    assert_eq!(terminal.finish().1, 143);
}
