//! That what devtool started ends with it, however it ends, and that it says only what fits.
#![cfg(target_os = "linux")]

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::apart::as_process_1;
use crate::support::listening::{Listening, children, is_running, memory, wait_until_gone};
use crate::support::{signal, stub};

/// The number at the end of a line.
fn last_number(line: &str) -> u32 {
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_killed_devtool_leaves_nothing_that_it_started() {
    let app = ["--", "sh", "-c", "sleep 300 & echo child $!; wait"];
    let mut listen = Listening::start(stub::listen(9, &app));
    let grandchild = last_number(&listen.wait_for_output("app | child "));
    let programs = listen.children();
    assert!(is_running(grandchild) && !programs.is_empty());
    listen.signal("KILL");
    listen.wait();
    programs.into_iter().chain([grandchild]).for_each(wait_until_gone);
}

#[test]
fn a_killed_run_leaves_no_trigger() {
    let hangs =
        "get*) sleep 300 & echo $! > \"$HOME/new\"; mv \"$HOME/new\" \"$HOME/hangs\"; wait ;;\n";
    let run = stub::devtool(&["trigger", "invoice.paid", "--via", "stripe"], &[hangs]);
    let mut run = Listening::start(run);
    let grandchild = run.wait_for_file("hangs").trim().parse().unwrap();
    run.signal("KILL");
    run.wait();
    wait_until_gone(grandchild);
}

#[test]
fn an_app_that_does_not_end_when_asked_is_killed_with_all_that_it_started() {
    let app = ["--", "sh", "-c", "trap '' TERM; sleep 300 & echo child $!; wait; wait"];
    let mut listen = Listening::start(stub::listen(9, &app));
    let grandchild = last_number(&listen.wait_for_output("app | child "));
    let start = Instant::now();
    listen.signal("TERM");
    assert_eq!(listen.code(), 0);
    assert!(start.elapsed() >= Duration::from_secs(5), "it has its time");
    wait_until_gone(grandchild);
}

#[test]
fn a_child_that_is_asked_to_end_has_its_last_words() {
    let app =
        ["--", "sh", "-c", "trap 'echo saved; exit 0' TERM; echo up; while :; do sleep 0.1; done"];
    let mut listen = Listening::start(stub::listen(9, &app));
    listen.wait_for_output("app | up");
    listen.signal("INT");
    assert_eq!(listen.code(), 0);
    listen.wait_for_output("app | saved");
}

#[test]
fn a_program_that_the_system_cannot_run_is_named_with_the_reason() {
    let app = ["--", "sh", "-c", "exit"];
    let devtool =
        stub::listen(9, &app[..1]).program("broken", "\u{7f}ELF no program").args(&["broken"]);
    let run = devtool.run().code(3);
    assert!(run.stderr.contains("`broken`\n  cause: Exec format error"), "{}", run.stderr);
}

#[test]
fn a_line_without_end_is_cut_and_progress_is_shown() {
    let script = "printf '10 %%\\r20 %%\\r\\n'; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo after; sleep 300";
    let mut listen = Listening::start(stub::listen(9, &["--", "sh", "-c", script]));
    listen.wait_for_output("app | after");
    for line in ["app | 10 %", "app | 20 %"] {
        assert!(listen.stderr().contains(&line.to_owned()), "{line}");
    }
    let long = listen.wait_for_output("app | xxx");
    assert_eq!(long, format!("app | {} …", "x".repeat(64 * 1024)));
    let peak = memory(listen.child.id(), "VmHWM");
    assert!(peak < 60, "{peak} MiB at most");
    listen.signal("INT");
    assert_eq!(listen.code(), 0);
}

/// As process 1 of a container, what is not handled is not heard.
#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_listen_that_is_process_1_ends_when_it_is_told_to() {
    for (name, code) in [("INT", 0), ("TERM", 0)] {
        let devtool = stub::listen(9, &[]);
        let Some(mut command) = as_process_1(&devtool) else { return };
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut listen = Listening::of(child, Arc::new(devtool));
        listen.wait_for_output("secret: ");
        signal(children(listen.child.id())[0], name);
        assert_eq!(listen.code(), code, "{name}");
    }
}
