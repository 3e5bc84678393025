//! The last lines of `cargo test`: the tests that were left out, and how to have them run.
//!
//! `build.rs` looks for what the tests need; what it misses shows as ignored. The names come from the
//! attributes in `tests/it`, since libtest tells no other program what it has ignored.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "this is all that it is for")]
#![allow(clippy::disallowed_methods, reason = "tests stand outside of the program's rooms")]

use std::path::Path;

/// What the tests may need, and how to get it.
const WAYS: [(&str, &str); 15] = [
    ("bash", "apt install bash"),
    ("chromium", "apt install chromium"),
    ("curl", "apt install curl"),
    ("fish", "apt install fish"),
    ("git", "apt install git"),
    ("mandoc", "apt install mandoc"),
    (
        "node",
        "apt install nodejs npm, or https://nodejs.org; npm installs the real Stripe CLI, too",
    ),
    ("openssl", "apt install openssl"),
    ("python3", "apt install python3 python3-venv, or https://www.python.org"),
    ("sh", "any Unix has it"),
    ("slow", "cargo test -- --include-ignored, or DEVTOOL_TESTS_SLOW=1 .ci/run"),
    ("tmux", "apt install tmux"),
    ("util_linux", "apt install util-linux; on Linux alone"),
    ("xmllint", "apt install libxml2-utils"),
    ("zsh", "apt install zsh"),
];

/// A test, with the attributes between `#[test]` and its name.
struct Test {
    name: String,
    attributes: String,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_whole = arguments.iter().all(|argument| argument.starts_with("--"));
    // With a filter most tests are left out; and cargo-nextest asks for a list.
    if !is_whole || arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    let includes_slow = arguments.iter().any(|argument| argument == "--include-ignored");
    let tests = tests();
    let is_left_out = |test: &Test, need: &str| match need {
        "slow" => !includes_slow && test.attributes.contains("ignore = \"slow\""),
        need => {
            let missing = env!("DEVTOOL_TESTS_MISSING").split(',').any(|missing| missing == need);
            missing && test.attributes.contains(&format!("tests_without_{need}"))
        }
    };
    let mut is_complete = true;
    for (need, way) in WAYS {
        let left_out = tests.iter().filter(|test| is_left_out(test, need));
        let names: Vec<&str> = left_out.map(|test| test.name.as_str()).collect();
        if !names.is_empty() {
            is_complete = false;
            let why = if need == "slow" { need } else { &format!("needs {need}") };
            println!("\nleft out, {why} ({way}):\n  {}", names.join("\n  "));
        }
    }
    if is_complete {
        println!("\nno test was left out");
    }
}

/// The tests of `tests/it`, by file.
fn tests() -> Vec<Test> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "rs")).collect();
    files.sort();
    files.iter().flat_map(|file| tests_of(file)).collect()
}

fn tests_of(file: &Path) -> Vec<Test> {
    let text = std::fs::read_to_string(file).unwrap();
    let module = file.file_stem().unwrap().to_str().unwrap();
    let parse = |rest: &str| {
        let (attributes, rest) = rest.split_once("fn ")?;
        let name = format!("{module}::{}", rest.split('(').next()?);
        Some(Test { name, attributes: attributes.to_owned() })
    };
    text.split("test]\n").skip(1).filter_map(parse).collect()
}
