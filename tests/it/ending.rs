//! How every command ends when it is told to, at each of its stages: by Ctrl-C, by the system, by a
//! terminal that goes away.
#![cfg(unix)]

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, wait_until_gone};
use crate::support::stub::{self, KNOWS_ITS_ACCOUNT, LISTENS};
use crate::support::{Devtool, SECRET};

/// The signals that every command is told to end by, and the exit codes of what they interrupt.
const SIGNALS: [(&str, i32); 2] = [("INT", 130), ("TERM", 143)];
/// What a stub does that does not answer: it leaves the id of a child, and waits for that.
const HANGS: &str = "sleep 300 & echo $! > \"$HOME/new\"; mv \"$HOME/new\" \"$HOME/hangs\"; wait";

/// A stub with this case before the others that are needed.
fn hanging_at(pattern: &str) -> String {
    let case = format!("{pattern}) {HANGS} ;;\n");
    stub::script(
        stub::VERSION,
        &[
            &case,
            KNOWS_ITS_ACCOUNT,
            "\"listen --print-secret\"*) echo whsec_0123456789abcdef0123456789abcdef ;;\n",
            LISTENS,
        ],
    )
}

/// A stub that hangs before it says its version.
fn hanging_at_once() -> String {
    format!("#!/bin/sh\n{HANGS}\n")
}

/// Starts devtool with that stub, signals it when the stub hangs, and returns its end. Nothing of the
/// stub is left then.
fn ended_in_stub(devtool: Devtool, script: &str, signal: &str) -> (Listening, i32) {
    let devtool =
        devtool.program("stripe", script).env("STRIPE_API_KEY", "sk_test_0123456789abcdef");
    let mut devtool = Listening::start(devtool);
    let child = devtool.wait_for_file("hangs");
    devtool.signal(signal);
    let code = devtool.code();
    wait_until_gone(child.trim().parse().unwrap());
    (devtool, code)
}

/// An endpoint whose first answer takes longer than any test.
fn slow() -> Endpoint {
    Endpoint::new(|_| Reply { after: Duration::from_secs(120), ..Reply::new(200, "") })
}

/// An endpoint that takes its time.
fn late() -> Endpoint {
    Endpoint::new(|_| Reply { after: Duration::from_millis(700), ..Reply::new(200, "") })
}

/// Waits until the endpoint was asked.
fn wait_for_request(endpoint: &Endpoint) {
    while endpoint.received().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The JSON document on stdout.
fn report(run: &Listening) -> Value {
    run.wait_for_end();
    serde_json::from_str(&run.stdout().join("\n")).unwrap()
}

#[test]
fn a_run_that_is_told_to_end_reports_the_rest_as_skipped() {
    let scenario: &[&str] = &["scenario", "payment"];
    let trigger: &[&str] = &["trigger", "invoice.paid"];
    let all = [(scenario, 9, "HUP", 129), (scenario, 9, "INT", 130), (scenario, 9, "TERM", 143)];
    let all = all.into_iter().chain(SIGNALS.map(|(signal, code)| (trigger, 1, signal, code)));
    for (command, steps, signal, code) in all {
        let endpoint = late();
        let more = ["--format", "json", "--report", "junit=r.xml"];
        let devtool = Devtool::sending(command, endpoint.port()).args(&more);
        let mut run = Listening::start(devtool);
        wait_for_request(&endpoint);
        run.signal(signal);
        assert_eq!(run.code(), code, "{command:?} {signal}");
        let report = report(&run);
        assert_eq!(report["interrupted"], true);
        assert_eq!(report["totals"]["steps"], steps);
        assert_eq!(report["totals"]["skipped"], steps - 1);
        // What was under way had its time.
        assert_eq!(report["totals"]["accepted"], 1, "{report}");
        let junit = std::fs::read_to_string(run.devtool.directory().join("r.xml")).unwrap();
        assert_eq!(junit.matches("<skipped").count(), steps - 1, "{junit}");
        // The history is closed: what was sent is in it, with its end.
        let listed = run.devtool.rerun(&["history", "--format", "compact"]).code(0);
        assert_eq!(listed.stdout.lines().count(), 1, "{}", listed.stdout);
    }
}

#[test]
fn a_replay_that_is_told_to_end_reports_the_rest_as_skipped() {
    for (signal, code) in SIGNALS {
        let endpoint = Endpoint::accepting();
        let recorded = Devtool::sending(&["scenario", "payment"], endpoint.port());
        recorded.run().code(0);
        let late = late();
        let url = format!("http://{}/webhook", late.address);
        let mut command = recorded
            .command_of(&["replay", "--last", "3", "--yes", "--url", &url, "--format", "json"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut run = Listening::of(child, Arc::new(recorded));
        wait_for_request(&late);
        run.signal(signal);
        assert_eq!(run.code(), code, "{signal}");
        let totals = &report(&run)["totals"];
        assert_eq!((&totals["accepted"], &totals["skipped"]), (&json!(1), &json!(2)));
    }
}

#[test]
fn an_answer_that_does_not_come_is_cut_off_after_a_while_or_by_a_second_signal() {
    let endpoint = slow();
    let mut run = Listening::start(Devtool::sending(&["scenario", "payment"], endpoint.port()));
    wait_for_request(&endpoint);
    run.signal("INT");
    assert_eq!(run.code(), 130);
    let told = "interrupted: what is under way has 5 s to end; a second signal ends it at once";
    assert_eq!(run.stderr(), [told]);
    let shown = run.stdout().join("\n");
    assert!(shown.contains("interrupted before the answer"), "{shown}");

    let mut run = Listening::start(Devtool::sending(&["scenario", "payment"], endpoint.port()));
    while endpoint.received().len() < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    run.signal("INT");
    while run.stderr().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    run.signal("INT");
    assert_eq!(run.code(), 130);
    let shown = run.stdout().join("\n");
    assert!(!shown.contains("interrupted before the answer"), "{shown}");
}

#[test]
fn a_run_through_stripe_ends_at_each_of_its_stages() {
    let stages = [
        ("its version", hanging_at_once()),
        ("the account", hanging_at("get*")),
        ("a listen", hanging_at("listen*")),
        ("a trigger", hanging_at("trigger*")),
    ];
    for (stage, script) in &stages {
        for (signal, code) in SIGNALS {
            let more = ["--via", "stripe", "--format", "json", "--report", "junit=r.xml"];
            let devtool = Devtool::new(&["trigger", "invoice.paid", "--port", "9"]).args(&more);
            let devtool = devtool.env("STRIPE_WEBHOOK_SECRET", SECRET);
            let (run, ended) = ended_in_stub(devtool, script, signal);
            assert_eq!(ended, code, "{stage} {signal}: {:#?}", run.stderr());
            let report = report(&run);
            assert_eq!(report["interrupted"], true, "{stage}");
            assert_eq!(report["totals"]["skipped"], 1, "{stage}");
            assert!(run.devtool.directory().join("r.xml").is_file(), "{stage}");
        }
    }
}

#[test]
fn a_watch_ends_while_it_waits() {
    for (signal, code) in SIGNALS {
        let endpoint = Endpoint::accepting();
        let watch = Devtool::sending(&["scenario", "payment", "--watch"], endpoint.port());
        let mut watch = Listening::start(watch);
        watch.wait_for_output("waiting for ");
        watch.signal(signal);
        assert_eq!(watch.code(), code, "{signal}");
    }
}

#[test]
fn a_listen_ends_well_at_each_of_its_stages() {
    let stages = [
        ("its version", hanging_at_once()),
        ("the account", hanging_at("get*")),
        ("not ready", hanging_at("listen*")),
    ];
    for (stage, script) in &stages {
        for signal in ["INT", "TERM", "HUP"] {
            let devtool = Devtool::new(&["listen", "--port", "9"]);
            let (listen, code) = ended_in_stub(devtool, script, signal);
            assert_eq!(code, 0, "{stage} {signal}: {:#?}", listen.stderr());
        }
    }
}

#[test]
fn a_second_signal_ends_a_listen_at_once() {
    for (second, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        // Asked to end, this one does not.
        let app =
            ["--", "sh", "-c", "trap '' TERM; echo up; sleep 300 & echo child $!; wait; wait"];
        let mut listen = Listening::start(stub::listen(9, &app));
        let child = listen.wait_for_output("app | child ");
        listen.signal("INT");
        std::thread::sleep(Duration::from_millis(300));
        listen.signal(second);
        assert_eq!(listen.code(), code, "{second}");
        wait_until_gone(child.rsplit(' ').next().unwrap().parse().unwrap());
    }
}

#[test]
fn a_login_ends_at_each_of_its_stages() {
    let key = "sk_test_0123456789abcdef";
    for (stage, script) in [("its version", hanging_at_once()), ("the account", hanging_at("get*"))]
    {
        for (signal, code) in SIGNALS {
            let devtool = Devtool::new(&["login", "--api-key", key]);
            let ended = ended_in_stub(devtool, &script, signal).1;
            assert_eq!(ended, code, "{stage} {signal}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_login_ends_while_it_waits_for_a_key() {
    for (signal, code) in SIGNALS {
        let devtool = Devtool::new(&["login", "--api-key-stdin"]);
        let mut command = devtool.command();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _stdin = child.stdin.take();
        let mut login = Listening::of(child, Arc::new(devtool));
        wait_until_handled(&login);
        login.signal(signal);
        assert_eq!(login.code(), code, "{signal}");
    }
}

/// Waits until the signals are handled, where nothing else tells that devtool has begun.
#[cfg(target_os = "linux")]
fn wait_until_handled(devtool: &Listening) {
    let status = format!("/proc/{}/status", devtool.child.id());
    let is_handled = || {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:\t"));
        mask.is_some_and(|mask| u64::from_str_radix(mask, 16).unwrap() & 1 << 14 != 0)
    };
    while !is_handled() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_setup_ends_at_each_of_its_stages() {
    let stages = [
        ("its version", hanging_at_once()),
        ("the account", hanging_at("get*")),
        ("the secret", hanging_at("\"listen --print-secret\"*")),
    ];
    for (stage, script) in &stages {
        for (signal, code) in SIGNALS {
            let ended = ended_in_stub(Devtool::new(&["setup", "--yes"]), script, signal).1;
            assert_eq!(ended, code, "{stage} {signal}");
        }
    }
}

#[test]
fn a_setup_ends_during_the_download_and_during_the_doctors_checks() {
    for (signal, code) in SIGNALS {
        let mirror = slow();
        let url = format!("http://{}", mirror.address);
        let setup = Devtool::new(&["setup", "--skip-login", "--mirror", &url]);
        let mut setup = Listening::start(setup);
        wait_for_request(&mirror);
        setup.signal(signal);
        assert_eq!(setup.code(), code, "{signal}");
        let app = slow();
        let setup = Devtool::new(&["setup", "--skip-login", "--offline"])
            .program("stripe", &stub::script(stub::VERSION, &[]))
            .file("devtool.toml", &format!("url = \"http://{}/webhook\"\n", app.address));
        let mut setup = Listening::start(setup);
        wait_for_request(&app);
        setup.signal(signal);
        assert_eq!(setup.code(), code, "{signal}");
    }
}

#[test]
fn a_doctor_and_a_logout_end_while_they_wait() {
    for (signal, code) in SIGNALS {
        let doctor = Devtool::new(&["doctor", "--offline", "--port", "9"]);
        assert_eq!(ended_in_stub(doctor, &hanging_at_once(), signal).1, code, "doctor {signal}");
        let logout = Devtool::new(&["logout"]);
        assert_eq!(
            ended_in_stub(logout, &hanging_at("logout*"), signal).1,
            code,
            "logout {signal}"
        );
    }
}

#[test]
fn a_demo_endpoint_ends_well() {
    for signal in ["INT", "TERM", "HUP"] {
        let mut demo = Listening::start(Devtool::new(&["demo", "--serve", "--port", "0"]));
        demo.wait_for_output("listening on ");
        demo.signal(signal);
        assert_eq!(demo.code(), 0, "{signal}");
    }
}

/// devtool, started by a shell that ignores a signal, as `nohup` and `&` in a script do.
fn ignoring(signal: &str, devtool: Devtool) -> Listening {
    let real = devtool.command();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &format!("trap '' {signal}; exec \"$0\" \"$@\"")]);
    command.arg(real.get_program()).args(real.get_args()).env_clear();
    for (name, value) in real.get_envs() {
        command.env(name, value.unwrap());
    }
    command.current_dir(devtool.directory()).stdin(Stdio::null());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    Listening::of(child, Arc::new(devtool))
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    let mut listen = ignoring("HUP", stub::listen(9, &[]));
    listen.wait_for_output("secret: ");
    listen.signal("HUP");
    listen.signal("HUP");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(listen.child.try_wait().unwrap(), None, "nohup keeps it");
    listen.signal("TERM");
    assert_eq!(listen.code(), 0);
    let endpoint = slow();
    let mut run = ignoring("INT", Devtool::sending(&["trigger", "invoice.paid"], endpoint.port()));
    wait_for_request(&endpoint);
    run.signal("INT");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(run.child.try_wait().unwrap(), None, "a script's `&` keeps it");
    run.signal("TERM");
    assert_eq!(run.code(), 143);
}
