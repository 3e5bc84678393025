//! The installer for shells, against a release server on loopback.
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::packages::{VERSION, made, own_target, root};
use crate::support::Run;
use crate::support::endpoint::{Endpoint, Reply};

fn archive() -> String {
    format!("devtool-{VERSION}-{}.tar.gz", own_target())
}

/// A server of one release, whose list of checksums and archive are as a test has them.
fn releases(sums: &str, archive_reply: Reply) -> Endpoint {
    let sums = sums.to_owned();
    let path = format!("/download/v{VERSION}/{}", archive());
    let versioned = format!("/download/v{VERSION}/SHA256SUMS");
    Endpoint::new(move |request| match request.uri.path() {
        "/latest/download/SHA256SUMS" => Reply::new(200, &sums),
        other if other == versioned => Reply::new(200, &sums),
        other if other == path => archive_reply.clone(),
        _ => Reply::new(404, ""),
    })
}

fn sums() -> String {
    std::fs::read_to_string(made().join("SHA256SUMS")).unwrap()
}

fn whole() -> Reply {
    Reply { body: std::fs::read(made().join(archive())).unwrap(), ..Reply::new(200, "") }
}

/// The installer in a home of its own.
fn installer(home: &Path, endpoint: &Endpoint, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .arg(root().join("packaging/install.sh"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("TMPDIR", home.join("tmp"))
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("DEVTOOL_RELEASES", format!("http://127.0.0.1:{}", endpoint.port()))
        .stdin(Stdio::null());
    command
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("tmp")).unwrap();
    home
}

fn install(home: &Path, endpoint: &Endpoint, arguments: &[&str]) -> Run {
    let run = Run::of(installer(home, endpoint, arguments).output().unwrap());
    let left = std::fs::read_dir(home.join("tmp")).unwrap().count();
    assert_eq!(left, 0, "nothing of it is left in the folder for temporary files");
    run
}

/// What is below a home, without what a shell may keep there.
fn files(home: &Path) -> Vec<String> {
    let mut find = Command::new("find");
    let found = find.args([".", "-type", "f"]).current_dir(home).output().unwrap();
    let mut files: Vec<String> =
        String::from_utf8(found.stdout).unwrap().lines().map(ToOwned::to_owned).collect();
    files.retain(|file| !file.contains("/man1/"));
    files.sort();
    files
}

fn shown(run: &Run, home: &Path, endpoint: &Endpoint) -> String {
    let text = format!("{}{}exit code {}\n", run.stdout, run.stderr, run.code);
    let text = text.replace(home.to_str().unwrap(), "~").replace(VERSION, "VERSION");
    let text = text.replace(&endpoint.port().to_string(), "PORT").replace(&own_target(), "TARGET");
    let sum = regex_lite::Regex::new("[0-9a-f]{64}").unwrap();
    sum.replace_all(&text, "SHA256").into_owned()
}

#[test]
#[cfg_attr(any(tests_without_curl, tests_without_python3), ignore = "needs curl, python3")]
fn a_release_is_installed_twice_and_removed() {
    let (home, endpoint) = (home(), releases(&sums(), whole()));
    let first = install(home.path(), &endpoint, &[]);
    insta::assert_snapshot!("installed", shown(&first, home.path(), &endpoint));
    let placed = files(home.path());
    insta::assert_snapshot!("installed_files", placed.join("\n"));
    let program = home.path().join(".local/bin/devtool");
    let version = Command::new(&program).arg("--version").output().unwrap();
    assert_eq!(String::from_utf8(version.stdout).unwrap(), format!("devtool {VERSION}\n"));
    install(home.path(), &endpoint, &["--version", &format!("v{VERSION}")]).code(0);
    assert_eq!(files(home.path()), placed);
    let removed = install(home.path(), &endpoint, &["--uninstall"]);
    insta::assert_snapshot!("uninstalled", shown(&removed, home.path(), &endpoint));
    assert_eq!(files(home.path()), Vec::<String>::new());
}

#[test]
#[cfg_attr(any(tests_without_curl, tests_without_python3), ignore = "needs curl, python3")]
fn what_is_not_the_release_is_refused_and_changes_nothing() {
    let wrong = sums().lines().map(flipped).collect::<Vec<_>>().join("\n") + "\n";
    let truncated = Reply { body: whole().body[..5000].to_vec(), ..Reply::new(200, "") };
    let mut shown_all = String::new();
    for (name, endpoint) in [
        ("a wrong checksum", releases(&wrong, whole())),
        ("no checksum", releases("", whole())),
        ("two checksums", releases(&format!("{}{wrong}", sums()), whole())),
        ("half an archive", releases(&sums(), truncated)),
        ("no archive", releases(&sums(), Reply::new(404, ""))),
    ] {
        let home = home();
        std::fs::create_dir_all(home.path().join(".local/bin")).unwrap();
        std::fs::write(home.path().join(".local/bin/devtool"), "an older one").unwrap();
        let run = install(home.path(), &endpoint, &[]);
        shown_all += &format!("# {name}\n{}", shown(&run, home.path(), &endpoint));
        assert_eq!(files(home.path()), ["./.local/bin/devtool"], "{name}");
    }
    let said = regex_lite::Regex::new("(?m)^curl: .*\n").unwrap();
    insta::assert_snapshot!("refused", said.replace_all(&shown_all, ""));
}

/// A line of the list with another checksum.
fn flipped(line: &str) -> String {
    let first = if line.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &line[1..])
}

#[test]
#[cfg_attr(any(tests_without_curl, tests_without_python3), ignore = "needs curl, python3")]
fn a_dry_run_says_what_it_would_do() {
    let (home, endpoint) = (home(), releases(&sums(), whole()));
    let run = install(home.path(), &endpoint, &["--dry-run"]);
    insta::assert_snapshot!("dry_run", shown(&run, home.path(), &endpoint));
    assert_eq!(files(home.path()), Vec::<String>::new());
}

#[test]
#[cfg_attr(any(tests_without_curl, tests_without_python3), ignore = "needs curl, python3")]
fn an_interrupted_installation_changes_nothing() {
    let slow = Reply { after: Duration::from_secs(60), ..whole() };
    let (home, endpoint) = (home(), releases(&sums(), slow));
    let mut installing = installer(home.path(), &endpoint, &[]);
    let mut installing = std::os::unix::process::CommandExt::process_group(&mut installing, 0)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while endpoint.received().len() < 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    // As Ctrl-C does it: to all of the group.
    let group = rustix::process::Pid::from_raw(i32::try_from(installing.id()).unwrap()).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::INT).unwrap();
    assert!(!installing.wait().unwrap().success());
    assert_eq!(files(home.path()), Vec::<String>::new());
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn an_unknown_argument_is_refused() {
    let (home, endpoint) = (home(), Endpoint::accepting());
    let run = install(home.path(), &endpoint, &["--force"]).code(1);
    assert_eq!(run.stderr, "error: unknown argument `--force`\n  hint: see --help\n");
    let _ = endpoint.left_alone();
}
