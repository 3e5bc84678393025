//! A listen on a terminal with the real Stripe CLI, worked with as a user does; what was seen is kept in
//! target/tmp/screens.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{listen, wait_until_gone};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::tmux::Tmux;
use crate::support::{Devtool, signal};

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

/// A terminal on which a listen is connected.
fn up(fake: &FakeStripe, devtool: &Devtool, size: (u16, u16)) -> Tmux {
    let tmux = Tmux::start(devtool, size);
    tmux.type_line("./run");
    fake.wait_for_listeners(1);
    tmux.wait_for("connected");
    tmux
}

/// Keeps what is seen, to be looked at.
fn keep(tmux: &Tmux, name: &str) {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join(format!("{name}.txt")), tmux.screen()).unwrap();
}

/// Waits for the shell, and looks whether the terminal is as it was.
#[track_caller]
fn assert_left(tmux: &Tmux) {
    tmux.wait_until("the shell", |screen| screen.trim_end().ends_with('$'));
    tmux.type_line("clear; echo code $?; stty -a | grep -o -e '[ -]echo ' -e '[ -]icanon'");
    let screen = tmux.wait_for("\n echo\n");
    assert!(screen.contains("\n icanon\n echo\n"), "{screen}");
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_tmux), ignore = "needs node and tmux")]
fn events_are_selected_filtered_replayed_and_read_in_any_size() {
    let (fake, endpoint) = (FakeStripe::start(), endpoint());
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &[]);
    let tmux = up(&fake, &devtool, (120, 30));
    for event in ["customer.created", "charge.succeeded", "invoice.paid"] {
        fake.happen(event);
    }
    tmux.wait_for("2 ok · 1 failed · 0 waiting");
    keep(&tmux, "lines-120x30");
    tmux.type_text("?");
    tmux.wait_for("esc the last one again");
    keep(&tmux, "keys-120x30");
    tmux.type_text("?N");
    let screen = tmux.wait_for("charge.succeeded 500");
    let number = screen.split("> #").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    tmux.type_text("r");
    tmux.wait_for(&format!("✓ #{number} charge.succeeded: 200"));
    tmux.resize((60, 20));
    // A key that comes with the new size may wait for the next one (crossterm).
    tmux.wait_until("a footer of one line", |screen| {
        screen.trim_end().lines().last().is_some_and(|line| line.ends_with("── q quit"))
    });
    tmux.type_text("F");
    tmux.wait_for("· only failed");
    tmux.type_text("F");
    fake.happen("customer.updated");
    tmux.wait_for("customer.updated");
    tmux.wait_for("3 ok");
    keep(&tmux, "lines-60x20");
    tmux.press("Enter");
    tmux.wait_for("[1 Event]");
    keep(&tmux, "details-60x20");
    tmux.type_text("3");
    tmux.wait_for("KeyError: 'amount'");
    tmux.resize((80, 24));
    tmux.wait_for("1 Event 2 Request [3 Answer]");
    keep(&tmux, "answer-80x24");
    tmux.type_text("v");
    tmux.wait_for("SKIP  not checked with the secret at hand");
    keep(&tmux, "verified-80x24");
    tmux.type_text("q");
    tmux.press("Escape");
    tmux.type_text("/failed");
    tmux.wait_until("failures alone", |screen| !screen.contains("customer.created"));
    keep(&tmux, "filter-80x24");
    tmux.press("Escape");
    tmux.type_text("q");
    tmux.wait_until("the lines", |screen| screen.trim_end().ends_with("q quit"));
    keep(&tmux, "lines-again-120x30");
    tmux.press("C-c");
    assert_left(&tmux);
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_tmux), ignore = "needs node and tmux")]
fn it_is_suspended_with_the_terminal_as_it_was_and_goes_on() {
    let (fake, endpoint) = (FakeStripe::start(), endpoint());
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &[]);
    let tmux = up(&fake, &devtool, (120, 30));
    tmux.press("C-z");
    tmux.wait_until("the shell", |screen| screen.trim_end().ends_with('$'));
    let screen = tmux.screen();
    assert!(!screen.contains("q quit"), "the footer is still there: {screen}");
    tmux.type_line("clear; stty -a | grep -o -e '[ -]icanon' -e 'susp = ..'");
    let screen = tmux.wait_for("icanon\n");
    assert!(screen.contains("\n icanon\n") && screen.contains("susp = ^Z\n"), "{screen}");
    tmux.type_line("fg");
    tmux.wait_until("the footer again", |screen| screen.trim_end().ends_with("q quit"));
    fake.happen("invoice.voided");
    tmux.wait_for("✓ invoice.voided");
    keep(&tmux, "after-suspend-120x30");
    tmux.press("C-c");
    tmux.wait_until("the shell", |screen| screen.trim_end().ends_with('$'));
    keep(&tmux, "ended-120x30");
    assert_left(&tmux);
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_tmux), ignore = "needs node and tmux")]
fn a_signal_restores_the_terminal_from_the_lines_and_from_the_full_screen() {
    let fake = FakeStripe::start();
    let endpoint = endpoint();
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &[]).env("NO_COLOR", "1");
    for keys in ["", "u"] {
        let tmux = up(&fake, &devtool, (80, 24));
        fake.happen("charge.succeeded");
        tmux.wait_for("charge.succeeded");
        tmux.wait_for("0 waiting");
        tmux.type_text(keys);
        if !keys.is_empty() {
            tmux.wait_for("following");
        }
        keep(&tmux, &format!("no-colour-80x24{keys}"));
        let pid = tmux.devtool();
        signal(pid, "TERM");
        wait_until_gone(pid);
        assert_left(&tmux);
        fake.wait("no listener", |state| state.sockets.is_empty());
    }
}
