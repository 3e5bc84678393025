//! What a release is made of: one home, one version, archives and the files for package managers.
//! They are made by Python, as in the release workflow.

use std::collections::BTreeSet;

use crate::packages::{TARGETS, VERSION, archives, made, root, step};
use crate::sdk::{environment, succeed};

/// The linters, each in one environment of Python.
pub(crate) fn linter(name: &str) -> std::process::Command {
    let python = environment("lint", &["tests/lint/requirements.txt"]);
    std::process::Command::new(python.with_file_name(name))
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_file_names_the_home_and_the_version_of_cargo_toml() {
    let dist = tempfile::tempdir().unwrap();
    let mut check = step(dist.path(), &["references"]);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        check.arg("--write");
    }
    succeed(&mut check, "python3");
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn archives_of_the_same_files_are_equal() {
    let folder = tempfile::tempdir().unwrap();
    let dists = ["one", "two"].map(|name| folder.path().join(name));
    for dist in &dists {
        archives(dist, "#!/bin/sh\n");
    }
    let sums = dists.map(|dist| std::fs::read_to_string(dist.join("SHA256SUMS")).unwrap());
    assert_eq!(sums[0], sums[1]);
    assert_eq!(sums[0].lines().count(), TARGETS.len());
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn an_archive_has_the_program_its_manual_and_its_completions() {
    let dist = made();
    let name = format!("devtool-{VERSION}-{}", TARGETS[0]);
    let mut list = std::process::Command::new("tar");
    let listed = succeed(list.arg("-tzf").arg(dist.join(format!("{name}.tar.gz"))), "tar");
    let files: BTreeSet<&str> =
        listed.lines().map(|line| line.strip_prefix(&format!("{name}/")).unwrap()).collect();
    for file in
        ["devtool", "LICENSE", "man/devtool.1", "man/devtool.toml.5", "completions/_devtool"]
    {
        assert!(files.contains(file), "{file} is not among {files:#?}");
    }
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn files_for_package_managers_name_the_archives_with_their_checksums() {
    let dist = made();
    let sums = std::fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
    let sum = |target: &str| {
        let line = sums.lines().find(|line| line.contains(target)).unwrap();
        line.split(' ').next().unwrap().to_owned()
    };
    let read = |file: &str| std::fs::read_to_string(dist.join("manifests").join(file)).unwrap();
    let has_each = |text: &str, wanted: &[&str]| {
        for target in TARGETS {
            let is_wanted = wanted.iter().any(|part| target.contains(part));
            let is_there = text.to_lowercase().contains(&sum(target));
            assert_eq!(is_there, is_wanted, "{target} in\n{text}");
        }
        assert!(!text.contains("@sha") && text.contains(VERSION), "{text}");
    };
    has_each(&read("devtool.rb"), &["linux", "darwin"]);
    has_each(&read("flake.nix"), &["linux", "darwin"]);
    has_each(&read("PKGBUILD"), &["linux"]);
    has_each(&read("devtool.json"), &["windows"]);
    has_each(&read("winget/owner--unset.devtool.installer.yaml"), &["windows"]);
    let scoop: serde_json::Value = serde_json::from_str(&read("devtool.json")).unwrap();
    assert_eq!(scoop["version"], VERSION);
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_aur_package_installs_what_the_archive_has() {
    let dist = made();
    let folder = tempfile::tempdir().unwrap();
    let archive = dist.join(format!("devtool-{VERSION}-{}.tar.gz", TARGETS[0]));
    succeed(std::process::Command::new("tar").arg("-xzf").arg(archive).current_dir(&folder), "tar");
    let script = format!(
        "set -e; . '{}'; CARCH=x86_64; pkgdir=\"$PWD/pkg\"; (package); \
         cd pkg; find . -type f | sort | grep -v /man1/",
        dist.join("manifests/PKGBUILD").display()
    );
    let mut bash = std::process::Command::new("bash");
    let files = succeed(bash.args(["-c", &script]).current_dir(&folder), "bash");
    insta::assert_snapshot!(files);
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn a_tag_of_another_version_or_of_a_copy_is_no_release() {
    let dist = tempfile::tempdir().unwrap();
    let check = |tag: &str, slug: &str| {
        let output = step(dist.path(), &["version", tag, slug]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let tag = format!("v{VERSION}");
    assert_eq!(check(&tag, "owner--unset/devtool"), (Some(0), String::new()));
    let (code, said) = check("v9.9.9", "owner--unset/devtool");
    assert_eq!(code, Some(1), "{said}");
    let (code, said) = check(&tag, "somebody/devtool");
    assert_eq!(code, Some(1));
    assert!(said.contains("somebody/devtool is not the home"), "{said}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn what_is_in_the_program_is_listed_with_its_licences() {
    let dist = tempfile::tempdir().unwrap();
    succeed(&mut step(dist.path(), &["sbom", TARGETS[0]]), "python3");
    succeed(&mut step(dist.path(), &["notices", TARGETS[0]]), "python3");
    let file = dist.path().join(format!("devtool-{VERSION}-{}.cdx.json", TARGETS[0]));
    let list: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let names: BTreeSet<&str> = list["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|component| component["name"].as_str().unwrap())
        .collect();
    assert!(names.contains("rustls") && names.contains("rusqlite"));
    assert!(!names.contains("insta") && !names.contains("win32job"), "tests, or another system");
    let notices = std::fs::read_to_string(dist.path().join("THIRD-PARTY.md")).unwrap();
    for name in names {
        assert!(notices.contains(&format!("\n## {name} ")), "{name}");
    }
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_dockerfile_and_the_scripts_pass_their_linters() {
    succeed(linter("hadolint").arg(root().join("packaging/docker/Dockerfile")), "python3");
    let scripts = ["packaging/install.sh", "packaging/action/run.sh"];
    let windows = ["root.sh", "inside.sh", "try.sh"].map(|name| format!("tests/windows/{name}"));
    let scripts = scripts.map(str::to_owned).into_iter().chain(windows);
    succeed(linter("shellcheck").args(scripts.map(|script| root().join(script))), "python3");
}

/// The user that the image runs as can write where the history is, and nothing is owned by it else.
#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_image_is_built_of_files_that_are_there() {
    let folder = made().join("docker");
    let text = std::fs::read_to_string(folder.join("Dockerfile")).unwrap();
    assert!(text.contains("\nUSER 10001:10001\n"));
    for line in text.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        let source = line.split(' ').find(|word| !word.starts_with("--")).unwrap();
        for architecture in ["amd64", "arm64"] {
            let path = folder.join(source.replace("${TARGETARCH}", architecture));
            assert!(path.exists(), "{}", path.display());
        }
    }
}

/// Registries are named where their own tools ask for it, and nowhere else.
#[test]
#[cfg_attr(tests_without_git, ignore = "needs git")]
fn hosts_of_registries_stand_in_the_workflows_and_the_packages_alone() {
    let hosts = [["ghcr", "io"], ["npmjs", "org"], ["pypi", "org"], ["yarnpkg", "com"]];
    let hosts = hosts.map(|[name, top]| format!(r"{name}\.{top}"));
    let mut git = std::process::Command::new("git");
    git.args(["grep", "-lIE", &hosts.join("|"), "--", "."]).current_dir(root());
    // A snapshot has what the release workflow runs.
    let named = [":!.github", ":!packaging", ":!*package-lock.json", ":!tests/it/snapshots"];
    git.args(named);
    let output = git.output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
}
