//! What the GitHub action runs, with a real app: it is started, waited for, tested and ended.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::packages::root;
use crate::support::{Run, SECRET};

/// A run of the action's script in a folder of its own.
struct Action {
    home: tempfile::TempDir,
    port: u16,
}

impl Action {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_devtool"), home.path().join("devtool"))
            .unwrap();
        Self { home, port }
    }

    /// devtool's own endpoint, with a process below it that outlives what is not ended with its group.
    fn app(&self) -> String {
        let port = self.port;
        format!(
            "sleep 300 & echo $! > below.pid; devtool demo --serve --port {port} & echo $! > app.pid; wait"
        )
    }

    fn run(&self, inputs: &[(&str, &str)]) -> Run {
        let home = self.home.path();
        let path = std::env::var_os("PATH").unwrap();
        let path = std::iter::once(home.to_owned()).chain(std::env::split_paths(&path));
        let mut bash = Command::new("bash");
        bash.arg(root().join("packaging/action/run.sh")).env_clear();
        bash.env("PATH", std::env::join_paths(path).unwrap()).env("HOME", home);
        bash.env("STRIPE_WEBHOOK_SECRET", SECRET).env("PORT", self.port.to_string());
        bash.env("REPORTS", home.join("reports")).env("GITHUB_STEP_SUMMARY", home.join("summary"));
        bash.env("GITHUB_OUTPUT", home.join("output")).envs(inputs.iter().copied());
        Run::of(bash.current_dir(home).output().unwrap())
    }

    /// Whether the process that `file` names is gone, or only waits for its parent to look.
    fn ended(&self, file: &str) -> bool {
        let pid: u32 = self.read(file).trim().parse().unwrap();
        let ps = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output();
        let state = String::from_utf8(ps.unwrap().stdout).unwrap();
        state.trim().is_empty() || state.starts_with('Z')
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.home.path().join(name)).unwrap_or_default()
    }
}

fn names(folder: &Path) -> Vec<String> {
    crate::support::release::files(folder)
}

#[test]
#[cfg_attr(tests_without_bash, ignore = "needs bash")]
fn the_app_is_started_tested_and_ended() {
    let action = Action::new();
    let run = action.run(&[("APP", &action.app()), ("SCENARIOS", "payment\nrefund-full")]).code(0);
    assert!(run.stdout.contains("::group::devtool scenario\n"), "{}", run.stdout);
    assert_eq!(action.read("output"), "exit-code=0\n");
    assert!(action.read("summary").contains("payment"), "{}", action.read("summary"));
    let reports = names(&action.home.path().join("reports"));
    assert_eq!(reports, ["app.log", "scenarios.html", "scenarios.md", "scenarios.xml"]);
    assert!(action.ended("app.pid"), "the app is gone");
    assert!(action.ended("below.pid"), "and so is what it started");
}

#[test]
#[cfg_attr(tests_without_bash, ignore = "needs bash")]
fn a_failure_is_the_actions_too_and_named() {
    let action = Action::new();
    let app = action.app();
    let inputs = [("APP", app.as_str()), ("SCENARIOS", "payment"), ("ENDPOINT", "/elsewhere")];
    let run = action.run(&inputs).code(1);
    assert!(
        run.stdout.contains("::error title=devtool scenario::failed with exit code 1"),
        "{}",
        run.stdout
    );
    assert_eq!(action.read("output"), "exit-code=1\n");
    assert!(action.read("summary").contains("404"), "{}", action.read("summary"));
}

#[test]
#[cfg_attr(tests_without_bash, ignore = "needs bash")]
fn an_app_that_does_not_start_is_shown_with_its_output() {
    let action = Action::new();
    let run = action.run(&[("APP", "echo no database; exit 3"), ("SCENARIOS", "payment")]).code(4);
    assert!(run.stdout.contains("does not accept connections on port"), "{}", run.stdout);
    assert!(run.stdout.contains("no database"), "{}", run.stdout);
}

#[test]
#[cfg_attr(tests_without_bash, ignore = "needs bash")]
fn inputs_are_words_and_never_script() {
    let action = Action::new();
    let app = action.app();
    let inputs =
        [("APP", app.as_str()), ("SCENARIOS", "payment $(touch${IFS}planted) ;touch${IFS}planted")];
    action.run(&inputs).code(2);
    assert!(!action.home.path().join("planted").exists());
}
