//! `devtool self check`, against a server of releases on this machine.

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Reply};

const OWN: &str = env!("CARGO_PKG_VERSION");

/// A server whose newest release has this list of checksums.
fn releases(list: &str) -> Endpoint {
    let list = list.to_owned();
    Endpoint::new(move |request| match request.uri.path() {
        "/latest/download/SHA256SUMS" => Reply::new(200, &list),
        _ => Reply::new(404, ""),
    })
}

fn listed(version: &str) -> String {
    let sum = "0".repeat(64);
    format!(
        "{sum}  devtool-{version}-x86_64-unknown-linux-musl.tar.gz\n{sum}  devtool-{version}-x86_64-pc-windows-msvc.zip\n"
    )
}

fn check(endpoint: &Endpoint) -> Devtool {
    let url = format!("http://127.0.0.1:{}/", endpoint.port());
    Devtool::new(&["self", "check", "--releases", &url])
}

#[test]
fn a_newer_release_is_told_with_the_way_to_it() {
    let run = check(&releases(&listed("99.1.0"))).run().code(0);
    let told = format!(
        "devtool 99.1.0 has been released; this is {OWN}\n  update it: the way that you installed it (docs/install.md)\n"
    );
    assert_eq!((run.stdout, run.stderr.as_str()), (told, ""));
}

#[test]
fn the_newest_is_told_to_be_that_and_so_is_one_that_is_newer_still() {
    for version in [OWN, "0.0.9"] {
        let run = check(&releases(&listed(version))).run().code(0);
        assert_eq!(run.stdout, format!("devtool {OWN} is the newest\n"));
    }
}

#[test]
fn what_is_no_list_of_devtools_releases_is_named() {
    let endpoint = releases("<html>");
    let run = check(&endpoint).run().code(4);
    let port = endpoint.port().to_string();
    insta::assert_snapshot!("no_release", run.stderr.replace(&port, "PORT"));
}

/// Until somebody publishes it, nobody can say; and nobody is asked.
#[test]
fn a_devtool_without_a_home_says_that_it_cannot_know() {
    if devtool::config::publication::home().is_none() {
        let run = Devtool::new(&["self", "check"]).run().code(3);
        insta::assert_snapshot!("no_home", run.stderr);
    }
}

#[test]
fn no_other_command_asks_for_a_release() {
    let endpoint = releases(&listed("99.1.0"));
    let url = format!("http://127.0.0.1:{}", endpoint.port());
    for words in [&["demo"][..], &["doctor", "--offline"], &["--version"], &["events"]] {
        Devtool::new(words).env("DEVTOOL_RELEASES", &url).run();
    }
    assert_eq!(endpoint.left_alone().count(), 0);
}
