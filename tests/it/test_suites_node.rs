//! The helper for Node in other test runners, in Next, and as `tsc` sees it.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use crate::frameworks::node_home;
use crate::sdk::{App, install, scratch, succeed};
use crate::test_suites::place_helper;

/// The test runners with the helper, and two files of tests, so that each has several workers.
fn suites() -> PathBuf {
    static PLACED: Once = Once::new();
    let files = ["handler.js", "suite/one.test.js", "types.ts", "tsconfig.json"];
    let home = install("suites", "tests/suites/node", &files);
    PLACED.call_once(|| {
        place_helper(&home);
        std::fs::copy(home.join("suite/one.test.js"), home.join("suite/two.test.js")).unwrap();
    });
    home
}

/// What a runner says; jest writes its results to stderr.
fn run(home: &Path, words: &[&str]) -> String {
    let mut shell = Command::new("sh");
    shell.args(["-c", "npx --no -- \"$@\" 2>&1", "sh"]).args(words).current_dir(home);
    shell.env("DEVTOOL_BINARY", env!("CARGO_BIN_EXE_devtool")).env("HOME", scratch("node-home"));
    succeed(shell.env("NO_COLOR", "1").env_remove("STRIPE_WEBHOOK_SECRET"), "node")
}

#[test]
#[ignore = "slow"]
fn vitest_runs_the_helper_in_several_workers() {
    let said = run(&suites(), &["vitest", "run", "--globals", "suite"]);
    assert!(said.contains("6 passed"), "{said}");
}

#[test]
#[ignore = "slow"]
fn jest_runs_the_helper_in_several_workers() {
    let said = run(&suites(), &["jest", "--workers=2", "suite"]);
    assert!(said.contains("6 passed, 6 total"), "{said}");
}

/// The names of events are known; so is what an app may be.
#[test]
#[ignore = "slow"]
fn tsc_finds_what_is_wrong_in_a_call_of_the_helper_and_nothing_else() {
    run(&suites(), &["tsc", "--project", "."]);
}

const IN_NEXT: &str = r#"
const { stripeEvents } = require("devtool-stripe");
const stripe = stripeEvents({ app: process.argv[1], secret: process.env.STRIPE_WEBHOOK_SECRET });
stripe
  .scenario("payment", { orders: 2 })
  .then((report) => console.log(report.verdict, report.stories.length))
  .finally(() => stripe.close());
"#;

#[test]
#[ignore = "slow"]
fn the_helper_sends_a_scenario_to_an_app_of_next() {
    let home = node_home();
    place_helper(&home);
    let mut next = Command::new("node");
    next.args(["servers.js", "next"]).current_dir(&home).env("NEXT_TELEMETRY_DISABLED", "1");
    let app = App::start(next);
    let mut node = Command::new("node");
    node.args(["--input-type=commonjs", "--eval", IN_NEXT]).current_dir(&home);
    node.arg(format!("http://127.0.0.1:{}/webhook", app.port));
    node.env("DEVTOOL_BINARY", env!("CARGO_BIN_EXE_devtool")).env("HOME", scratch("node-home"));
    let said = succeed(node.env("STRIPE_WEBHOOK_SECRET", crate::support::SECRET), "node");
    assert_eq!(said, "pass 2\n");
}
