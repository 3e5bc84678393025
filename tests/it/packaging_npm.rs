//! The npm packages, packed and installed as npm does it.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::packages::{VERSION, made};
use crate::sdk::{scratch, succeed};
use crate::support::signal;

/// This system, as npm calls it.
fn system() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    format!("{system}-{processor}")
}

/// The packed package of a folder.
fn packed(name: &str, into: &Path) -> PathBuf {
    let folder = made().join("npm").join(name);
    let mut pack = Command::new("npm");
    pack.args(["pack", "--pack-destination"]).arg(into).current_dir(folder);
    into.join(succeed(&mut pack, "node").trim())
}

/// A project with these packages, and no registry in reach.
fn project(name: &str, packages: &[&str]) -> PathBuf {
    let home = scratch(name);
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("package.json"), "{\"private\": true}\n").unwrap();
    let files = packages.iter().map(|name| packed(name, &home));
    let mut install = Command::new("npm");
    install.args(["install", "--offline", "--no-audit", "--no-fund"]).args(files);
    succeed(install.current_dir(&home), "node");
    home
}

fn installed() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| project("npm-installed", &[&system(), "devtool-stripe"]))
}

/// The command that npm has put into the project.
fn command(project: &Path) -> Command {
    let mut command = Command::new(project.join("node_modules/.bin/devtool"));
    command.stdin(Stdio::null());
    command
}

/// The command with a program that says when it is ready, and which signals it hears.
fn with_program(folder: &Path, script: &str) -> Command {
    let program = folder.join("program");
    crate::support::write_program(&program, script);
    let mut command = command(installed());
    command.env("DEVTOOL_BINARY", program).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node, python3")]
fn npm_installs_the_packed_files_and_runs_the_program() {
    let version = succeed(command(installed()).arg("--version"), "node");
    assert_eq!(version, format!("devtool {VERSION}\n"));
    let mut npx = Command::new("npx");
    npx.args(["--no", "--", "devtool-stripe", "--version"]).current_dir(installed());
    assert_eq!(succeed(&mut npx, "node"), format!("devtool {VERSION}\n"));
    let unknown = command(installed()).arg("scenari").output().unwrap();
    assert_eq!(unknown.status.code(), Some(2), "the program's own code");
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node, python3")]
fn no_npm_package_runs_anything_when_it_is_installed() {
    for entry in std::fs::read_dir(made().join("npm")).unwrap() {
        let manifest = std::fs::read_to_string(entry.unwrap().path().join("package.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        assert_eq!(manifest["scripts"], serde_json::Value::Null);
        assert_eq!(manifest["version"], VERSION);
    }
}

/// Waits until the program has said that it is ready.
fn ready(child: &mut Child) -> BufReader<std::process::ChildStdout> {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    output
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node, python3")]
fn signals_reach_the_program_once_and_its_code_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["INT", "TERM", "HUP"] {
        let script = format!(
            "#!/bin/sh\ntrap 'echo heard {name}; sleep 0.2; exit 42' {name}\necho ready\n\
             while :; do sleep 0.05; done\n"
        );
        let mut child = with_program(folder.path(), &script).spawn().unwrap();
        let mut output = ready(&mut child);
        signal(child.id(), name);
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut output, &mut rest).unwrap();
        assert_eq!(rest, format!("heard {name}\n"));
        assert_eq!(child.wait().unwrap().code(), Some(42));
    }
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node, python3")]
fn a_program_that_a_signal_ends_has_the_code_of_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let output = with_program(folder.path(), "#!/bin/sh\nkill -TERM $$\n").output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 15));
}

/// On a terminal both have Ctrl-C from it, and a second one would end devtool at once.
#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(
    any(tests_without_node, tests_without_python3, tests_without_util_linux),
    ignore = "needs node, python3, util_linux"
)]
fn ctrl_c_of_a_terminal_comes_once() {
    let folder = tempfile::tempdir().unwrap();
    let script = "#!/bin/sh\nn=0; trap 'n=$((n + 1)); echo heard' INT\necho ready\nkill -INT 0\n\
                  for i in 1 2 3 4 5 6 7 8; do sleep 0.05; done\necho \"INT came $n times\"\n";
    let command = with_program(folder.path(), script);
    let program = folder.path().join("program");
    let line = command.get_program().to_str().unwrap().to_owned();
    // A shell of job control has a group of its own for the command, as at a prompt.
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &format!("exec '{line}'"), "/dev/null"]);
    terminal.env("DEVTOOL_BINARY", program).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = terminal.spawn().unwrap();
    // Somebody is at the terminal until the end.
    let keyboard = running.stdin.take();
    let mut said = String::new();
    std::io::Read::read_to_string(running.stdout.as_mut().unwrap(), &mut said).unwrap();
    running.wait().unwrap();
    drop(keyboard);
    assert!(said.contains("INT came 1 times"), "{said}");
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node, python3")]
fn a_system_without_a_program_is_told_so() {
    let bare = project("npm-bare", &["devtool-stripe"]);
    let output = command(&bare).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap().replace(&system(), "SYSTEM");
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("npm_package_is_missing", said);

    let pretend = "Object.defineProperty(process, 'platform', {value: 'freebsd'});\
                   Object.defineProperty(process, 'arch', {value: 'x64'});\
                   require('devtool-stripe/devtool.js')";
    let output = Command::new("node").args(["-e", pretend]).current_dir(&bare).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("npm_system_is_unknown", String::from_utf8(output.stderr).unwrap());
}
