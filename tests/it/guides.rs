//! The guides' own files: the handler and its test, as one would copy them, run by what one would install.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::docs::root;
use crate::sdk::{environment, scratch, succeed};

/// The blocks of code of a document that have a file's name in front: name and text.
fn named_files(document: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join(document)).unwrap();
    let mut files = Vec::new();
    for (at, _) in text.match_indices("`:\n\n```") {
        let name = text[..at].rsplit('`').next().unwrap().to_owned();
        let (_, block) = text[at + "`:\n\n```".len()..].split_once('\n').unwrap();
        files.push((name, block.split("```").next().unwrap().to_owned()));
    }
    files
}

/// A folder with the files of a guide.
fn copied(guide: &str, folder: &Path) {
    let files = named_files(&format!("docs/guides/{guide}.md"));
    assert!(files.len() > 1, "{guide}: {files:?}");
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// What pytest says in the folder of a guide.
fn pytest(guide: &str) -> String {
    let python = environment("pytest", &["integrations/python/tests/requirements.txt"]);
    let folder = tempfile::tempdir().unwrap();
    copied(guide, folder.path());
    let mut pytest = Command::new(python);
    pytest.args(["-B", "-m", "pytest", "-p", "no:cacheprovider", "-p", "devtool_stripe.plugin"]);
    pytest.args(["--quiet", "--color=no"]).current_dir(&folder);
    pytest.env("PYTHONPATH", root().join("integrations/python")).env("HOME", folder.path());
    pytest.env("DEVTOOL_BINARY", env!("CARGO_BIN_EXE_devtool"));
    pytest.env("STRIPE_WEBHOOK_SECRET", "whsec_of_the_guide");
    succeed(&mut pytest, "python3")
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_guide_for_flask_does_what_it_says() {
    let said = pytest("flask");
    assert!(said.contains("6 passed"), "{said}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_guide_for_django_does_what_it_says() {
    let said = pytest("django");
    assert!(said.contains("6 passed"), "{said}");
}

/// A folder with a guide's files, and the packages of the example for Express.
fn node(guide: &str) -> PathBuf {
    let home = crate::test_suites::with_helper(&format!("guide-{guide}"));
    copied(guide, &home);
    home
}

#[track_caller]
fn passes(home: &Path) {
    let mut node = Command::new("node");
    node.args(["--test", "webhook.test.js"]).current_dir(home);
    node.env("DEVTOOL_BINARY", env!("CARGO_BIN_EXE_devtool")).env("HOME", scratch("node-home"));
    let said = succeed(node.env_remove("STRIPE_WEBHOOK_SECRET"), "node");
    assert!(said.contains("pass 1") && said.contains("fail 0"), "{said}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_guide_for_express_does_what_it_says() {
    passes(&node("express"));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_guide_for_next_does_what_it_says() {
    passes(&node("nextjs"));
}
