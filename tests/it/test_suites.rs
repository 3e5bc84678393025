//! The plugin for pytest and the helper for Node: their own suites, with the devtool that is tested.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages::root;
use crate::sdk::{environment, scratch, succeed};

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_plugin_for_pytest_passes_its_own_suite() {
    let folder = root().join("integrations/python");
    let python = environment("pytest", &["integrations/python/tests/requirements.txt"]);
    let mut pytest = Command::new(python);
    pytest.args(["-B", "-m", "pytest", "-p", "no:cacheprovider", "-p", "devtool_stripe.plugin"]);
    pytest.args(["--quiet", "--color=no", "tests"]).current_dir(&folder);
    pytest.env("PYTHONPATH", &folder).env("DEVTOOL_BINARY", env!("CARGO_BIN_EXE_devtool"));
    pytest.env("HOME", scratch("pytest-home")).env_remove("STRIPE_WEBHOOK_SECRET");
    let said = succeed(&mut pytest, "python3");
    assert!(said.contains(" passed"), "{said}");
    assert!(!said.contains("skipped"), "{said}");
}

/// Puts the helper among the packages of a folder, as npm would place it.
pub(crate) fn place_helper(home: &Path) {
    let package = home.join("node_modules/devtool-stripe");
    let _ = std::fs::remove_dir_all(&package);
    let copy = "mkdir -p \"$0\" && cp integrations/node/*.js integrations/node/*.ts \"$0\" && \
                cp packaging/npm/program.js \"$0\" && \
                echo '{\"main\": \"index.js\", \"optionalDependencies\": {}}' > \"$0/package.json\"";
    succeed(Command::new("sh").args(["-c", copy]).arg(&package).current_dir(root()), "sh");
}

/// The packages of the example for Express, with the helper among them.
pub(crate) fn with_helper(name: &str) -> PathBuf {
    let home = crate::sdk::install(name, "examples/express", &["app.js"]);
    place_helper(&home);
    home
}

fn project() -> PathBuf {
    let home = with_helper("node-helper");
    std::fs::copy(
        root().join("integrations/node/test/helper.test.cjs"),
        home.join("helper.test.cjs"),
    )
    .unwrap();
    home
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_helper_for_node_passes_its_own_suite() {
    let mut node = Command::new("node");
    node.args(["--test", "helper.test.cjs"]).current_dir(project());
    node.env("DEVTOOL_BINARY", env!("CARGO_BIN_EXE_devtool")).env("HOME", scratch("node-home"));
    let said = succeed(node.env_remove("STRIPE_WEBHOOK_SECRET"), "node");
    assert!(said.contains("fail 0"), "{said}");
}
