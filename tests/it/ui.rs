//! The full screen on a terminal.
#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::wait_until_gone;
use crate::support::tmux::Tmux;
use crate::support::{Devtool, SECRET, signal, verified};

const SIZE: (u16, u16) = (120, 30);

/// Fails the first time at what is paid.
fn endpoint() -> Endpoint {
    let has_failed = AtomicBool::new(false);
    Endpoint::new(move |request| {
        let is_paid = request.name() == "payment_intent.succeeded";
        if is_paid && !has_failed.swap(true, Ordering::SeqCst) {
            return Reply::new(500, "KeyError: 'amount'");
        }
        Reply::new(200, "fine")
    })
}

/// `devtool ui` with a history of four deliveries, of which the third one failed.
fn ui(endpoint: &Endpoint) -> Devtool {
    let devtool = Devtool::new(&["ui"]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    let port = endpoint.port().to_string();
    for (event, code) in [
        ("customer.created", 0),
        ("payment_intent.created", 0),
        ("payment_intent.succeeded", 1),
        ("invoice.paid", 0),
    ] {
        devtool.rerun(&["trigger", event, "--port", &port]).code(code);
    }
    devtool
}

/// A terminal on which the full screen is up.
fn up(devtool: &Devtool) -> Tmux {
    let tmux = Tmux::start(devtool, SIZE);
    tmux.type_line("./run");
    tmux.wait_for("following");
    tmux.wait_for("> #4");
    tmux
}

/// Waits for the shell, and looks whether the terminal is as it was.
#[track_caller]
fn assert_left(tmux: &Tmux, code: i32) {
    tmux.wait_until("the shell", |screen| screen.trim_end().ends_with('$'));
    tmux.type_line("echo code $?; stty -a | grep -o -e '[ -]echo ' -e '[ -]icanon'");
    let screen = tmux.wait_for("\n echo\n");
    assert!(screen.contains(&format!("code {code}\n")), "{screen}");
    assert!(screen.contains("\n icanon\n echo\n"), "{screen}");
    assert!(!screen.contains("following"), "the full screen is still there: {screen}");
}

#[test]
fn without_a_terminal_it_names_what_prints_the_deliveries() {
    let run = Devtool::new(&["ui"]).run().code(2);
    insta::assert_snapshot!(run.stderr, @r"
    error: `devtool ui` needs a terminal that can show a full screen
      hint: print the deliveries instead:
            devtool history
    ");
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn a_failure_is_found_read_and_replayed() {
    let endpoint = endpoint();
    let devtool = ui(&endpoint);
    let tmux = up(&devtool);
    tmux.type_text("N");
    tmux.wait_for("> #3");
    tmux.type_text("3");
    tmux.wait_for("KeyError: 'amount'");
    tmux.type_text("r");
    tmux.wait_for("✓ #3 payment_intent.succeeded: 200");
    let received = endpoint.received();
    assert_eq!(received[4].body, received[2].body);
    assert!(verified(&received[4], SECRET));
    // What was sent appears, and the user stays where he was.
    let screen = tmux.wait_for("#5");
    assert!(screen.contains("> #3"), "{screen}");
    tmux.type_text("/failed");
    tmux.wait_until("failures alone", |screen| !screen.contains("#4"));
    tmux.press("Escape");
    tmux.wait_for("#4");
    tmux.type_text("q");
    assert_left(&tmux, 0);
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn it_fits_the_window_as_that_changes() {
    let endpoint = endpoint();
    let devtool = ui(&endpoint);
    let tmux = up(&devtool);
    assert!(tmux.screen().contains("[1 Event]"), "both panes");
    tmux.resize((60, 20));
    tmux.wait_until("one pane", |screen| !screen.contains("[1 Event]"));
    tmux.press("Enter");
    tmux.wait_for("[1 Event]");
    tmux.resize((120, 30));
    tmux.wait_for("> #4");
    tmux.press("C-c");
    assert_left(&tmux, 0);
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn a_key_that_comes_with_a_change_of_the_size_is_heard() {
    let endpoint = endpoint();
    let devtool = ui(&endpoint);
    let tmux = up(&devtool);
    // About one in ten had waited for the next key.
    for round in 0..20 {
        let (key, selected) = if round % 2 == 0 { ("k", "> #3") } else { ("j", "> #4") };
        tmux.resize_and_type((100 + round, 30), key);
        tmux.wait_for(selected);
    }
    tmux.type_text("q");
    assert_left(&tmux, 0);
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn it_is_suspended_and_comes_back() {
    let endpoint = endpoint();
    let devtool = ui(&endpoint);
    let tmux = up(&devtool);
    tmux.press("C-z");
    tmux.wait_until("the shell", |screen| screen.trim_end().ends_with('$'));
    tmux.type_line("stty -a | grep -o -e '[ -]icanon'; fg");
    tmux.wait_for("> #4");
    tmux.type_text("k");
    tmux.wait_for("> #3");
    tmux.type_text("q");
    assert_left(&tmux, 0);
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn signals_restore_the_terminal() {
    let endpoint = endpoint();
    let devtool = ui(&endpoint);
    for (name, code) in [("TERM", 143), ("INT", 130)] {
        let tmux = up(&devtool);
        let pid = tmux.devtool();
        signal(pid, name);
        wait_until_gone(pid);
        assert_left(&tmux, code);
    }
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn it_ends_with_its_terminal() {
    let endpoint = endpoint();
    let devtool = ui(&endpoint);
    let tmux = up(&devtool);
    let pid = tmux.devtool();
    tmux.close();
    wait_until_gone(pid);
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn an_event_is_changed_in_the_editor_and_sent() {
    let endpoint = endpoint();
    let devtool = ui(&endpoint).env("EDITOR", "sed -i s/customer.created/customer.deleted/");
    let tmux = up(&devtool);
    tmux.type_text("gR");
    tmux.wait_for("customer.deleted: 200");
    assert_eq!(endpoint.names()[4], "customer.deleted");
    assert!(verified(&endpoint.received()[4], SECRET));
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn an_event_is_picked_sent_and_copied() {
    let endpoint = endpoint();
    let port = endpoint.port().to_string();
    let devtool = ui(&endpoint).args(&["--port", &port]);
    let tmux = up(&devtool);
    tmux.type_text("e");
    // The types that most handlers take stand first.
    tmux.wait_for("> checkout.session.completed");
    tmux.type_text("chdispcre");
    tmux.wait_for("> charge.dispute.created");
    tmux.press("Enter");
    tmux.wait_for("✓ charge.dispute.created: 200");
    tmux.wait_for("> #5");
    tmux.type_text("ci");
    tmux.wait_for("the event's id is in the clipboard");
    let event = endpoint.received()[4].event();
    assert_eq!(tmux.clipboard(), event["id"].as_str().unwrap());
    tmux.type_text("cc");
    tmux.wait_for("the curl command is in the clipboard");
    assert!(tmux.clipboard().starts_with("curl http"), "{}", tmux.clipboard());
}

#[test]
#[cfg_attr(any(tests_without_tmux, tests_without_curl), ignore = "needs tmux and curl")]
fn what_is_copied_is_signed_with_the_secret_of_the_command_line() {
    const OTHER: &str = "whsec_of0another0endpoint0000000";
    let endpoint = endpoint();
    let devtool = ui(&endpoint).args(&["--secret", OTHER]);
    let tmux = up(&devtool);
    tmux.type_text("cc");
    tmux.wait_for("the curl command is in the clipboard");
    let mut sh = std::process::Command::new("sh");
    assert!(sh.args(["-c", &tmux.clipboard()]).output().unwrap().status.success());
    let received = endpoint.received();
    assert!(verified(received.last().unwrap(), OTHER), "{}", tmux.clipboard());
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn a_scenario_is_picked_and_sent_and_a_step_of_one_copied() {
    let endpoint = endpoint();
    let port = endpoint.port().to_string();
    let devtool = ui(&endpoint).args(&["--port", &port]);
    let tmux = up(&devtool);
    tmux.type_text("cs");
    tmux.wait_for("the scenario step is in the clipboard");
    let step = tmux.clipboard();
    assert!(step.starts_with("[[step]]\nevent = \"invoice.paid\"\n"), "{step}");
    let file = devtool.directory().join("one.toml");
    std::fs::write(file, format!("purpose = \"One step\"\n\n{step}\n")).unwrap();
    tmux.type_text("s");
    tmux.wait_for("\nsend:");
    tmux.type_text("invoice-void");
    tmux.wait_for("> invoice-void");
    tmux.press("Enter");
    tmux.wait_for("✓ invoice-void: ");
    let sent = endpoint.count();
    tmux.type_text(":scenario one.toml");
    tmux.press("Enter");
    tmux.wait_for("✓ one.toml: 200 in ");
    assert_eq!(endpoint.names()[sent..], ["invoice.paid"]);
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn a_signature_is_checked_at_the_time_when_it_was_sent() {
    let endpoint = endpoint();
    let devtool = ui(&endpoint);
    let tmux = up(&devtool);
    tmux.type_text("v");
    let screen = tmux.wait_for("PASS  Stripe's libraries accept it");
    assert!(screen.contains("Stripe-Signature: t="), "{screen}");
    assert!(!screen.contains(SECRET), "{screen}");
    tmux.type_text("qq");
    assert_left(&tmux, 0);
    let devtool = devtool.env("STRIPE_WEBHOOK_SECRET", "whsec_of0another0endpoint0000000");
    let tmux = up(&devtool);
    tmux.type_text("v");
    tmux.wait_for("FAIL  Stripe's libraries reject it");
    tmux.wait_for("the signature does not match this body and this secret");
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn an_event_of_devtools_own_has_a_page_that_nobody_else_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let endpoint = endpoint();
    let devtool = ui(&endpoint);
    let opened = devtool.home().join("opened");
    let script = format!(
        "#!/bin/sh\nprintf '%s' \"$1\" > '{0}.new'; mv '{0}.new' '{0}'\n",
        opened.display()
    );
    let devtool = devtool.program("xdg-open", &script);
    let tmux = up(&devtool);
    tmux.type_text("No");
    tmux.wait_for("✓ opening /");
    while !opened.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let page = std::path::PathBuf::from(std::fs::read_to_string(&opened).unwrap());
    assert_eq!(page, devtool.history().with_file_name("pages").join("delivery-3.html"));
    assert_eq!(std::fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    let page = std::fs::read_to_string(&page).unwrap();
    for text in [
        "<title>FAIL #3 payment_intent.succeeded</title>",
        "KeyError: &#39;amount&#39;",
        "data-copy=\"curl command\"",
        "devtool replay 3",
    ] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    assert!(!page.contains(SECRET));
}

#[test]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn a_history_that_is_not_there_yet_is_followed() {
    let endpoint = endpoint();
    let devtool = Devtool::new(&["ui"]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    let tmux = Tmux::start(&devtool, (60, 20));
    tmux.type_line("./run");
    tmux.wait_for("no deliveries yet");
    devtool.rerun(&["trigger", "invoice.paid", "--port", &endpoint.port().to_string()]).code(0);
    tmux.wait_for("> #1");
}
