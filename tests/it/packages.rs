//! The packages of a release, made of a program that is a script: small, and the real devtool where that is asked for.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::sdk::{scratch, succeed};

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) const TARGETS: [&str; 6] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
];

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A step of `packaging/build.py`.
pub(crate) fn step(dist: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.arg("-B").arg(root().join("packaging/build.py")).args(arguments).env("DIST", dist);
    command
}

/// The archives of a program for every system, with their checksums.
pub(crate) fn archives(dist: &Path, script: &str) {
    let program = dist.with_extension("program");
    crate::support::write_program(&program, script);
    for target in TARGETS {
        succeed(&mut step(dist, &["archive", target, program.to_str().unwrap()]), "python3");
    }
    succeed(&mut step(dist, &["checksums"]), "python3");
}

/// The packages for every package manager, whose program is the devtool that is tested.
pub(crate) fn made() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let dist = scratch("packages").join("dist");
        let _ = std::fs::remove_dir_all(&dist);
        archives(&dist, &format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_devtool")));
        for name in ["npm", "pypi", "manifests", "docker"] {
            succeed(&mut step(&dist, &[name]), "python3");
        }
        dist
    })
}

/// The target that this machine's programs are of.
pub(crate) fn own_target() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    format!("{}-{system}", std::env::consts::ARCH)
}

/// What `cargo package` puts into the archive for crates.io: all that a build needs, and nothing that only the repository
/// does.
#[test]
#[cfg_attr(tests_without_git, ignore = "needs git")]
fn the_archive_for_crates_has_what_a_build_needs() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["package", "--list", "--allow-dirty", "--offline"]).current_dir(root());
    let listed = succeed(&mut cargo, "cargo");
    let tops: std::collections::BTreeSet<&str> =
        listed.lines().map(|file| file.split(['/', '\\']).next().unwrap()).collect();
    insta::assert_snapshot!(tops.into_iter().collect::<Vec<_>>().join("\n"));
}

/// As crates.io gets it, without the repository around it.
#[test]
#[ignore = "slow"]
fn the_archive_for_crates_builds() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["package", "--allow-dirty", "--locked", "--offline"]).current_dir(root());
    succeed(&mut cargo, "cargo");
    let archive = root().join(format!("target/package/devtool-stripe-{VERSION}.crate"));
    assert!(archive.is_file() || std::env::var_os("CARGO_TARGET_DIR").is_some());
}

/// One commit, built in two folders.
#[test]
#[ignore = "slow"]
fn two_builds_of_one_commit_give_the_same_program() {
    let said = succeed(Command::new("rustc").arg("-vV"), "rustc");
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let programs = ["one", "another/one"].map(|name| {
        let checkout = folder.path().join(name);
        let clone = ["clone", "--quiet", "--depth", "1", "--no-local"];
        succeed(Command::new("git").args(clone).arg(root()).arg(&checkout), "git");
        let mut build = Command::new("python3");
        build.arg("packaging/build.py").args(["program", host]).current_dir(&checkout);
        succeed(build.env_remove("CARGO_TARGET_DIR"), "python3");
        let program = format!("target/{host}/release/devtool{}", std::env::consts::EXE_SUFFIX);
        std::fs::read(checkout.join(program)).unwrap()
    });
    assert!(programs[0] == programs[1], "they differ");
    let home = std::env::home_dir().unwrap().join(".cargo");
    for place in [folder.path(), &home] {
        let place = place.to_str().unwrap().as_bytes();
        assert!(!programs[0].windows(place.len()).any(|part| part == place), "it names {place:?}");
    }
}
