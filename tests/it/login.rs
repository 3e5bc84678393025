//! `devtool login` and `devtool logout`, with the real Stripe CLI against the fake of Stripe's servers.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::support::stripe::binary::{VERSIONS, devtool};
use crate::support::stripe::{ACCOUNT, FakeStripe, Fault, KEY};
use crate::support::stub;
use crate::support::terminal::Terminal;
use crate::support::{Devtool, Run};

/// A key that is the user's own, and not in the environment.
const OTHER_KEY: &str = "sk_test_51AnotherKey000000000009876";

/// devtool with the newest Stripe CLI, no key in the environment, and the fake in Stripe's place.
pub(crate) fn keyless(arguments: &[&str], fake: &FakeStripe) -> Devtool {
    keyless_of(VERSIONS[0], arguments, fake)
}

pub(crate) fn keyless_of(version: &str, arguments: &[&str], fake: &FakeStripe) -> Devtool {
    devtool(arguments, version)
        .env("STRIPE_API_KEY", "")
        .env("DEVTOOL_STRIPE_API_BASE", &fake.url())
}

fn key_file(devtool: &Devtool) -> PathBuf {
    devtool.data().join("api_key")
}

/// All files below a directory.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

/// Whatever holds one of these texts is a file that only its owner reads.
#[track_caller]
pub(crate) fn assert_kept_private(devtool: &Devtool, secrets: &[&str]) {
    for file in files_below(devtool.home()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        if secrets.iter().any(|secret| text.contains(secret)) {
            assert_only_the_owner_reads(&file);
        }
    }
}

#[cfg(unix)]
#[track_caller]
fn assert_only_the_owner_reads(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "{}", file.display());
}

/// Windows has no modes: a file is private where it lies in the user's profile.
#[cfg(not(unix))]
#[track_caller]
fn assert_only_the_owner_reads(file: &Path) {
    assert!(file.is_file(), "{}", file.display());
}

#[track_caller]
pub(crate) fn assert_silent_about(run: &Run, secrets: &[&str]) {
    for secret in secrets {
        assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{run:?}");
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_key_from_stdin_is_checked_then_kept_then_used() {
    for version in VERSIONS {
        let fake = FakeStripe::start();
        let login = keyless_of(version, &["login", "--api-key-stdin"], &fake);
        let run = login.run_with_stdin(&format!("{OTHER_KEY}\n")).code(0);
        let shown = format!(
            "account  Fake Shop ({ACCOUNT})\nmode     test\n\
             login    the saved API key, sk_test_…9876\n"
        );
        assert_eq!(run.stdout, shown);
        assert_silent_about(&run, &[OTHER_KEY]);
        let asked = &fake.requests_to("GET", "/v1/account")[0];
        assert_eq!(asked.key.as_deref(), Some(OTHER_KEY));
        let kept = std::fs::read_to_string(key_file(&login)).unwrap();
        assert_eq!(kept, format!("{OTHER_KEY}\n"));
        assert_kept_private(&login, &[OTHER_KEY]);
        let status = login.rerun(&["login", "--status"]).code(0);
        assert_eq!(status.stdout, shown);
        assert_eq!(login.rerun(&["login"]).code(5).stdout, "", "a browser needs a terminal");
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_key_that_stripe_refuses_is_not_kept() {
    let fake = FakeStripe::start();
    for (fault, code, message) in [
        (Fault::UnknownKey, 5, "Stripe rejects the API key sk_test_…9876: Invalid API Key"),
        (Fault::Expired, 5, "Stripe rejects the API key sk_test_…9876: it has expired"),
        (Fault::RateLimited(None), 5, "Stripe rejects `GET /v1/account`"),
        (Fault::Broken, 5, "Stripe rejects `GET /v1/account`"),
    ] {
        fake.heal();
        fake.fail("/v1/account", fault);
        let login = keyless(&["login", "--api-key-stdin"], &fake);
        let run = login.run_with_stdin(OTHER_KEY).code(code);
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert!(!key_file(&login).exists());
    }
    fake.heal();
    fake.switch_off();
    let login = keyless(&["login", "--api-key-stdin"], &fake);
    let run = login.run_with_stdin(OTHER_KEY).code(4);
    assert!(run.stderr.contains("cannot reach Stripe\n  cause: "), "{}", run.stderr);
    assert!(!key_file(&login).exists());
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_rejected_key_of_the_environment_is_to_be_replaced_there() {
    let fake = FakeStripe::start();
    fake.fail("/v1/account", Fault::Expired);
    let login = keyless(&["login", "--status"], &fake).env("STRIPE_API_KEY", OTHER_KEY);
    let told =
        "set STRIPE_API_KEY to another key, or unset it: it takes precedence over every login";
    let status = login.run().code(5).stderr;
    assert!(status.contains(told) && !status.contains("devtool login"), "{status}");
    let doctor = login.rerun(&["doctor", "-q"]).code(1).stdout;
    assert!(doctor.contains(told) && !doctor.contains("devtool login"), "{doctor}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_restricted_key_is_kept_and_said_to_be_one() {
    let fake = FakeStripe::start();
    fake.fail("/v1/account", Fault::Restricted);
    let restricted = OTHER_KEY.replace("sk_", "rk_");
    let login = keyless(&["login", "--api-key", &restricted], &fake);
    let run = login.run().code(0);
    assert!(run.stdout.contains("rk_test_…9876, restricted\n"), "{}", run.stdout);
    assert!(run.stderr.contains("`--api-key-stdin` is safer"), "{}", run.stderr);
    assert!(key_file(&login).exists());
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn keys_of_the_wrong_kind_are_refused_before_anybody_is_asked() {
    let login = |arguments: &[&str]| stub::devtool(arguments, &[]).env("STRIPE_API_KEY", "");
    let live = OTHER_KEY.replace("_test_", "_live_");
    for (key, reason) in [
        (live.as_str(), "it is a live mode key, which devtool never uses"),
        ("pk_test_0123456789", "it is a publishable key"),
        ("", "it is empty"),
    ] {
        let run = login(&["login", "--api-key-stdin"]).run_with_stdin(key).code(3);
        assert!(run.stderr.contains(reason), "{}", run.stderr);
        let run = login(&["login", "--api-key", key]).run().code(3);
        assert!(key.is_empty() || !run.stderr.contains(key), "{}", run.stderr);
    }
    let run = login(&["login", "--status"]).env("STRIPE_API_KEY", &live).run().code(3);
    assert!(run.stderr.contains("STRIPE_API_KEY in the environment"), "{}", run.stderr);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_environments_key_comes_before_the_one_that_is_kept() {
    let fake = FakeStripe::start();
    let login = keyless(&["login", "--api-key-stdin"], &fake);
    login.run_with_stdin(OTHER_KEY).code(0);
    let login = login.env("STRIPE_API_KEY", KEY);
    let status = login.rerun(&["login", "--status", "--format", "json"]).code(0).json();
    assert_eq!(status["login"]["credential"], "environment");
    let asked = fake.requests_to("GET", "/v1/account");
    assert_eq!(asked.last().unwrap().key.as_deref(), Some(KEY));
    let run = login.rerun(&["logout"]).code(0);
    assert_eq!(run.stdout, "API key     removed\nStripe CLI  You are already logged out.\n");
    assert!(run.stderr.contains("STRIPE_API_KEY is still set in the environment"));
    assert!(!key_file(&login).exists());
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_util_linux), ignore = "needs node and util-linux")]
fn the_browsers_login_takes_the_place_of_a_key() {
    for version in VERSIONS {
        let fake = FakeStripe::start();
        let devtool = keyless_of(version, &["login"], &fake);
        std::fs::create_dir_all(key_file(&devtool).parent().unwrap()).unwrap();
        std::fs::write(key_file(&devtool), OTHER_KEY).unwrap();
        let mut terminal = Terminal::start(&devtool);
        terminal.wait_for("happy-calm-fake-test");
        terminal.type_line("");
        let (screen, code) = terminal.finish();
        assert_eq!(code, 0, "{screen}");
        assert!(screen.contains(&format!("account  Fake Shop ({ACCOUNT})")), "{screen}");
        assert!(screen.contains("deleted the saved API key"), "{screen}");
        assert!(!key_file(&devtool).exists());
        let status = devtool.rerun(&["login", "--status", "--format", "json"]).code(0).json();
        assert_eq!(status["login"]["credential"], "login");
        let days = status["login"]["days_left"].as_i64().unwrap();
        assert!((89..=90).contains(&days), "{status}");
        let run = devtool.rerun(&["logout"]).code(0);
        assert!(run.stdout.contains("Credentials have been cleared"), "{}", run.stdout);
        devtool.rerun(&["login", "--status"]).code(5);
    }
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_util_linux), ignore = "needs node and util-linux")]
fn a_login_in_its_last_days_is_warned_of() {
    let fake = FakeStripe::start();
    let devtool = keyless(&["login"], &fake);
    let mut terminal = Terminal::start(&devtool);
    terminal.wait_for("happy-calm-fake-test");
    terminal.type_line("");
    assert_eq!(terminal.finish().1, 0);
    let config = devtool.home().join(".config/stripe/config.toml");
    let soon =
        devtool::protocol::Moment::from_seconds(crate::support::stripe::state::now() + 3 * 86_400);
    let text = std::fs::read_to_string(&config).unwrap();
    let lines = text.lines().map(|line| match line.split_once(" = ") {
        Some((name @ "test_mode_key_expires_at", _)) => format!("{name} = '{}'\n", soon.date()),
        _ => format!("{line}\n"),
    });
    std::fs::write(&config, lines.collect::<String>()).unwrap();
    let run = devtool.rerun(&["login", "--status"]).code(0);
    assert!(
        run.stderr.contains("the login expires in 2 days; renew it:\n         devtool login\n"),
        "{run:?}"
    );
    let doctor = devtool.rerun(&["doctor", "--format", "json"]).json();
    let findings = doctor["findings"].as_array().unwrap();
    let login = findings.iter().find(|finding| finding["name"] == "login").unwrap();
    assert_eq!(login["health"], "warning", "{login}");
    // It ends with its app.
    let listen = devtool.rerun(&["listen", "--port", "59127", "--", "false"]);
    assert!(listen.stderr.contains("the login expires in 2 days"), "{}", listen.stderr);
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_util_linux), ignore = "needs node and util-linux")]
fn a_key_that_is_typed_is_not_shown() {
    let fake = FakeStripe::start();
    let devtool = keyless(&["login", "--interactive"], &fake);
    let mut terminal = Terminal::start(&devtool);
    terminal.wait_for("not shown): ");
    terminal.wait_until_hidden();
    terminal.type_line(OTHER_KEY);
    let (screen, code) = terminal.finish();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("saved sk_test_…9876") && !screen.contains(OTHER_KEY), "{screen}");
    assert_kept_private(&devtool, &[OTHER_KEY]);
    let run = keyless(&["login", "--interactive"], &fake).run().code(5);
    assert!(run.stderr.contains("needs a terminal"), "{}", run.stderr);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_login_for_those_without_a_terminal_names_devtools_own_command() {
    let fake = FakeStripe::start();
    let step = keyless(&["login", "--non-interactive"], &fake).run().code(0).json();
    assert_eq!(step["verification_code"], "happy-calm-fake-test");
    let next = step["next_step"].as_str().unwrap();
    assert!(next.starts_with("devtool stripe -- login --complete"), "{next}");
}

#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn no_process_has_a_key_in_its_arguments() {
    let slow = stub::KNOWS_ITS_ACCOUNT.replace("printf", "sleep 0.5; printf");
    let devtool = stub::devtool(&["login", "--api-key-stdin"], &[&slow]).env("STRIPE_API_KEY", "");
    let mut command = devtool.command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), OTHER_KEY.as_bytes()).unwrap();
    let (mut looks, mut children) = (0, 0);
    while child.try_wait().unwrap().is_none() {
        for arguments in command_lines() {
            assert!(!arguments.contains(OTHER_KEY), "{arguments}");
            children += usize::from(arguments.contains("/v1/account"));
        }
        looks += 1;
    }
    assert!(looks > 3 && children > 0, "the child was seen: {looks} looks, {children} times");
    Run::of(child.wait_with_output().unwrap()).code(0);
}

/// The arguments of every process.
#[cfg(target_os = "linux")]
fn command_lines() -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).collect()
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn another_account_than_devtool_toml_names_is_refused() {
    let login = stub::devtool(&["login", "--api-key-stdin"], &[stub::KNOWS_ITS_ACCOUNT])
        .env("STRIPE_API_KEY", "")
        .file("devtool.toml", "[stripe]\naccount = \"acct_1Other\"\n");
    let run = login.run_with_stdin(OTHER_KEY).code(3);
    let message =
        format!("the login is for the account {ACCOUNT}, but devtool.toml requires acct_1Other");
    assert!(run.stderr.contains(&message), "{}", run.stderr);
    assert!(!key_file(&login).exists(), "nothing is kept");
    let login = login.file("devtool.toml", &format!("[stripe]\naccount = \"{ACCOUNT}\"\n"));
    login.run_with_stdin(OTHER_KEY).code(0);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_project_never_becomes_the_stripe_clis_default() {
    let fake = FakeStripe::start();
    let status = keyless(&["login", "--status", "--project-name", "shop"], &fake);
    status.run().code(5);
    let config = status.home().join(".config/stripe/config.toml");
    let text = std::fs::read_to_string(config).unwrap();
    assert!(!text.contains("shop"), "{text}");
    let key = status.env("STRIPE_API_KEY", KEY);
    key.run().code(0);
}

/// Only a program of our own can be made to hang before it does anything.
#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_stripe_cli_that_hangs_is_ended_with_all_that_it_started() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("stripe");
    let started = directory.path().join("started");
    let script = format!("#!/bin/sh\nsleep 300 &\necho $! > {}\nwait\n", started.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let environment = devtool::config::Environment::new(&[("HOME", "/")], directory.path());
    let surroundings =
        devtool::stripe_cli::Surroundings::new(&environment, "mine".to_owned(), None, None);
    let version = semver::Version::new(1, 52, 0);
    let program = devtool::stripe_cli::Program { path: program, version };
    let stripe = devtool::stripe_cli::Stripe { program, surroundings, key: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fault = runtime
        .block_on(stripe.output(&["get", "/v1/account"], Duration::from_secs(1)))
        .unwrap_err();
    assert!(fault.to_string().starts_with("`stripe "), "{fault}");
    assert!(fault.to_string().ends_with("did not answer within 1 s"), "{fault}");
    let grandchild = std::fs::read_to_string(started).unwrap();
    let process = PathBuf::from("/proc").join(grandchild.trim());
    let is_gone = || {
        let state = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
        state.is_empty() || state.contains(") Z ")
    };
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !is_gone() {
        assert!(std::time::Instant::now() < deadline, "what it started goes on");
        std::thread::yield_now();
    }
}
