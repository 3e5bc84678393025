//! A listen on a terminal: lines that stay, the footer below them, and keys.
#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::wait_until_gone;
use crate::support::tmux::Tmux;
use crate::support::{signal, stub};

const SIZE: (u16, u16) = (120, 30);

/// Fails at the first charge.
fn endpoint() -> Endpoint {
    let has_failed = AtomicBool::new(false);
    Endpoint::new(move |request| {
        if request.name() == "charge.succeeded" && !has_failed.swap(true, Ordering::SeqCst) {
            return Reply::new(500, "KeyError: 'amount'");
        }
        Reply::new(200, "fine")
    })
}

/// Waits for the shell, and looks whether the terminal is as it was.
#[track_caller]
fn assert_left(tmux: &Tmux, code: i32) {
    tmux.wait_until("the shell", |screen| screen.trim_end().ends_with('$'));
    tmux.type_line("echo code $?; stty -a | grep -o -e '[ -]echo ' -e '[ -]icanon'");
    let screen = tmux.wait_for("\n echo\n");
    assert!(screen.contains(&format!("code {code}\n")), "{screen}");
    assert!(screen.contains("\n icanon\n echo\n"), "{screen}");
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn lines_stay_and_keys_work_with_them() {
    let endpoint = endpoint();
    let devtool = stub::listen(endpoint.port(), &[]);
    let tmux = Tmux::start(&devtool, SIZE);
    tmux.type_line("./run");
    tmux.wait_for("connected");
    let relay = stub::relay(&devtool);
    stub::post(&relay, [(1, "invoice.paid")].into_iter());
    stub::post(&relay, [(2, "charge.succeeded")].into_iter());
    let screen = tmux.wait_for("1 ok · 1 failed · 0 waiting");
    assert!(screen.contains("✓ invoice.paid") && screen.contains("✗ charge.succeeded"), "{screen}");
    assert!(screen.contains("   #1  ") && screen.contains("KeyError: 'amount'"), "{screen}");
    tmux.type_text("r");
    tmux.wait_for("✓ #2 charge.succeeded: 200");
    assert_eq!(endpoint.count(), 3);
    tmux.type_text("F");
    tmux.wait_for("· only failed ──");
    stub::post(&relay, [(3, "invoice.voided")].into_iter());
    tmux.wait_for("2 ok");
    assert!(!tmux.screen().contains("invoice.voided"));
    tmux.type_text("Fp");
    stub::post(&relay, [(4, "customer.created")].into_iter());
    tmux.wait_for("paused, 1 held");
    tmux.type_text("p");
    tmux.wait_for("✓ customer.created");
    tmux.press("Enter");
    tmux.wait_for("[1 Event]");
    tmux.press("q");
    let screen = tmux.wait_for("✗ charge.succeeded");
    assert!(!screen.contains("[1 Event]"), "{screen}");
    tmux.type_text("q");
    assert_left(&tmux, 0);
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn keys_of_the_full_screen_are_heard_beside_the_lines() {
    let endpoint = endpoint();
    let devtool = stub::listen(endpoint.port(), &[]);
    let devtool = devtool.env("EDITOR", "sed -i s/customer.created/customer.deleted/");
    let tmux = Tmux::start(&devtool, SIZE);
    tmux.type_line("./run");
    tmux.wait_for("connected");
    let relay = stub::relay(&devtool);
    stub::post(&relay, [(1, "charge.succeeded")].into_iter());
    stub::post(&relay, [(2, "customer.created")].into_iter());
    tmux.wait_for("1 ok · 1 failed · 0 waiting");
    tmux.type_text("c");
    tmux.wait_for("copy of #2: c curl · j JSON · i id · s scenario step · esc nothing");
    tmux.type_text("i");
    tmux.wait_for("the event's id is in the clipboard");
    let received = endpoint.received();
    assert_eq!(tmux.clipboard(), received[1].event()["id"].as_str().unwrap());
    tmux.type_text("N");
    tmux.wait_for("> #1 charge.succeeded 500");
    tmux.press("Escape");
    tmux.wait_until("no selection", |screen| !screen.contains("> #1"));
    tmux.type_text("v");
    tmux.wait_for("Stripe-Signature: ");
    tmux.type_text("q");
    tmux.wait_for("[1 Event]");
    tmux.type_text("q");
    tmux.wait_until("the lines", |screen| !screen.contains("[1 Event]"));
    tmux.type_text("s");
    tmux.wait_for("\nsend:");
    tmux.press("Escape");
    tmux.type_text("q");
    tmux.wait_for("q quit");
    tmux.type_text("R");
    tmux.wait_for("customer.deleted: 200");
    tmux.type_text("q");
    tmux.wait_until("the lines", |screen| !screen.contains("[1 Event]"));
    tmux.type_text("q");
    assert_left(&tmux, 0);
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn what_takes_long_is_shown_while_it_does() {
    let endpoint =
        Endpoint::new(|_| Reply { after: Duration::from_secs(3), ..Reply::new(200, "") });
    let devtool = stub::listen(endpoint.port(), &[]);
    let tmux = Tmux::start(&devtool, (80, 24));
    tmux.type_line("./run");
    tmux.wait_for("connected");
    let relay = stub::relay(&devtool);
    let post = std::thread::spawn(move || stub::post(&relay, [(1, "invoice.paid")].into_iter()));
    tmux.wait_for("… #1 invoice.paid  1 s");
    tmux.wait_for("1 ok · 0 failed · 0 waiting");
    assert!(!tmux.screen().contains("… #1"));
    post.join().unwrap();
    tmux.press("C-c");
    assert_left(&tmux, 0);
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn it_is_suspended_comes_back_and_a_signal_restores_the_terminal() {
    let endpoint = endpoint();
    let devtool = stub::listen(endpoint.port(), &[]);
    let tmux = Tmux::start(&devtool, SIZE);
    tmux.type_line("./run");
    tmux.wait_for("connected");
    let pid = tmux.devtool();
    tmux.press("C-z");
    tmux.wait_until("the shell", |screen| screen.trim_end().ends_with('$'));
    tmux.type_line("fg");
    tmux.wait_until("the footer again", |screen| screen.trim_end().ends_with("q quit"));
    tmux.type_text("F");
    tmux.wait_for("· only failed ──");
    stub::post(&stub::relay(&devtool), [(2, "charge.succeeded")].into_iter());
    tmux.wait_for("✗ charge.succeeded");
    signal(pid, "TERM");
    wait_until_gone(pid);
    assert_left(&tmux, 0);
}
