//! Where a setup fails, the hint is a way that was not just tried.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use crate::support::Devtool;
use crate::support::filters::filters;
use crate::support::release::{archive, checksum, packed};

/// A setup that reaches nobody.
fn unreachable(arguments: &[&str]) -> Devtool {
    let start = ["setup", "--skip-login"];
    Devtool::new(&[&start[..], arguments].concat())
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("DEVTOOL_STRIPE_API_BASE", "http://127.0.0.1:9")
        .env("PATH", "")
}

/// An npm that does not reach its registry either.
const NPM: &str = "#!/bin/sh\necho 'npm error code EAI_AGAIN' >&2\n\
    echo 'npm error request to https://registry.example/@stripe%2fcli failed' >&2\nexit 1\n";

fn with_npm(devtool: Devtool) -> Devtool {
    let devtool = devtool.program("npm", NPM);
    let path = format!("{}:/usr/bin:/bin", devtool.home().join("bin").display());
    devtool.env("PATH", &path)
}

/// What is said from the error on.
fn error(devtool: &Devtool, code: i32) -> String {
    let stderr = devtool.run().code(code).stderr;
    let (_, error) = stderr.split_once("error: ").unwrap();
    error.to_owned()
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn without_a_network() {
    let _filters = filters();
    insta::assert_snapshot!("no_npm", error(&unreachable(&[]), 4));
    insta::assert_snapshot!("npm_fails_too", error(&with_npm(unreachable(&[])), 5));
    let named = unreachable(&["--from", "github", "--version", "1.52.0"]);
    insta::assert_snapshot!("from_github", error(&with_npm(named), 4));
    insta::assert_snapshot!("from_npm", error(&with_npm(unreachable(&["--from", "npm"])), 5));
    insta::assert_snapshot!("from_npm_without_one", error(&unreachable(&["--from", "npm"]), 5));
    let mirror = unreachable(&["--mirror", "https://mirror.example"]);
    insta::assert_snapshot!("mirror", error(&with_npm(mirror), 4));
    insta::assert_snapshot!("offline", error(&with_npm(unreachable(&["--offline"])), 5));
    let named = unreachable(&["--offline", "--version", "1.52.0"]);
    insta::assert_snapshot!("offline_version", error(&named, 5));
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn with_an_archive() {
    let _filters = filters();
    let name = "stripe_1.52.0_linux_x86_64.tar.gz";
    let with = |bytes: &[u8], more: &[&str]| {
        let setup = unreachable(&[&["--from", name, "--dir", "in"], more].concat());
        std::fs::write(setup.directory().join(name), bytes).unwrap();
        setup
    };
    insta::assert_snapshot!("no_list", error(&with(archive(), &[]), 6));
    let zeros = "0".repeat(64);
    let sum = checksum(archive());
    let another = error(&with(archive(), &["--sha256", &zeros]), 6);
    insta::assert_snapshot!("another_sum", another.replace(&sum, "SUM").replace(&zeros, "ZEROS"));
    let named = ["--sha256", &sum, "--version", "1.51.0"];
    insta::assert_snapshot!("another_version", error(&with(archive(), &named), 6));
    let setup = with(archive(), &["--sha256", &sum]).file("in/stripe", "mine");
    insta::assert_snapshot!("somebody_elses", error(&setup, 3));
    let setup = with(archive(), &["--sha256", &sum]).file("in", "a file");
    insta::assert_snapshot!("no_directory", error(&setup, 3));
    let broken = packed(b"#!/bin/sh\necho cannot start >&2\nexit 3\n");
    let setup = with(&broken, &["--sha256", &checksum(&broken)]);
    insta::assert_snapshot!("does_not_run", error(&setup, 5));
}

/// A project's endpoint on another machine is no reason to end without a report.
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn with_an_endpoint_elsewhere() {
    let setup = unreachable(&["--offline"])
        .file("devtool.toml", "url = \"http://192.0.2.1/webhook\"\n")
        .program("stripe", &crate::support::stub::script("1.52.0", &[]));
    let run = setup.run().code(0);
    assert!(run.stdout.contains("  skipped   endpoint    nothing was sent: "), "{}", run.stdout);
}
