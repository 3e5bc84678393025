//! The wheels, installed without an index.
#![cfg(unix)]

use std::path::PathBuf;
use std::process::Command;

use crate::packages::{VERSION, made};
use crate::packaging::linter;
use crate::sdk::{scratch, succeed};

fn wheels() -> Vec<PathBuf> {
    let folder = made().join("pypi");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn pip_installs_the_wheel_of_this_system_without_an_index() {
    let home = scratch("wheel");
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home), "python3");
    let mut pip = Command::new(home.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"]);
    pip.arg("--find-links").arg(made().join("pypi")).arg("devtool-stripe");
    succeed(&mut pip, "python3");
    let version = succeed(Command::new(home.join("bin/devtool")).arg("--version"), "python3");
    assert_eq!(version, format!("devtool {VERSION}\n"));
    let mut pip = Command::new(home.join("bin/python"));
    let shown = succeed(pip.args(["-m", "pip", "show", "--files", "devtool-stripe"]), "python3");
    assert!(shown.contains("Name: devtool-stripe\n"), "{shown}");
    assert!(shown.contains("licenses/LICENSE"), "{shown}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn wheels_are_what_pypi_takes() {
    assert_eq!(wheels().len(), 6);
    let said = succeed(linter("twine").args(["check", "--strict"]).args(wheels()), "python3");
    assert_eq!(said.matches("PASSED").count(), 6, "{said}");
}
