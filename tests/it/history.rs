//! The history: what is recorded, found again, and sent again.

use crate::support::Devtool;
use crate::support::endpoint::Endpoint;

/// The file of the history while nothing else is said.
const FILE: &str = ".local/state/devtool/history.db";

/// A run of `trigger`, accepted.
fn trigger(endpoint: &Endpoint) -> Devtool {
    Devtool::sending(&["trigger", "invoice.paid"], endpoint.port())
}

#[test]
fn a_history_that_cannot_be_opened_stops_nothing() {
    let endpoint = Endpoint::accepting();
    let devtool = trigger(&endpoint).file("taken", "");
    let run = devtool.rerun_with(&["--history", "taken/history.db"]).code(0);
    assert!(run.stderr.contains("warning: nothing is recorded: cannot use"), "{}", run.stderr);
    assert!(run.stdout.contains("PASS 1 of 1 event accepted"), "{}", run.stdout);
}

#[test]
fn nothing_is_recorded_where_that_is_asked_for() {
    let endpoint = Endpoint::accepting();
    let devtool = trigger(&endpoint);
    let file = devtool.home().join(FILE);
    devtool.rerun_with(&["--no-history"]).code(0);
    assert!(!file.exists());
    devtool.run().code(0);
    assert!(file.exists());
}
