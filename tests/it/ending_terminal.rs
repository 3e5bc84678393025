//! How commands end on a terminal: by Ctrl-C as it is typed, and by the terminal's own end.
#![cfg(target_os = "linux")]

use crate::support::endpoint::Endpoint;
use crate::support::listening::{children, wait_until_gone};
use crate::support::stub::{self, KNOWS_ITS_ACCOUNT, LISTENS};
use crate::support::terminal::Terminal;
use crate::support::{Devtool, signal};

/// Shows the exit code, and whether the terminal shows what is typed.
const THEN: &str = "; echo code $?; stty -a | grep -o -e '[ -]echo '";
const SECRET_CASE: &str =
    "\"listen --print-secret\"*) echo whsec_0123456789abcdef0123456789abcdef ;;\n";

/// Whether the terminal shows what is typed, and the code, after a command's end.
#[track_caller]
fn assert_ended(terminal: Terminal, code: i32) {
    let screen = terminal.finish().0;
    assert!(screen.contains(&format!("code {code}\r\n")), "{screen}");
    assert!(screen.ends_with(" echo \r\n"), "{screen}");
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_setup_ends_at_its_question() {
    let cases = [KNOWS_ITS_ACCOUNT, SECRET_CASE];
    for (typed, code) in [(true, 130), (false, 143)] {
        let setup = stub::devtool(&["setup"], &cases);
        let mut terminal = Terminal::start_before(&setup, THEN);
        terminal.wait_for("/.env for your app? [Y/n] ");
        if typed {
            terminal.type_interrupt();
        } else {
            signal(terminal.devtool(), "TERM");
        }
        assert_ended(terminal, code);
        assert!(!setup.directory().join(".env").exists());
    }
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_login_ends_while_it_asks_for_a_key_and_shows_again_what_is_typed() {
    for (typed, code) in [(true, 130), (false, 143)] {
        let login = Devtool::new(&["login", "--interactive"]);
        let mut terminal = Terminal::start_before(&login, THEN);
        terminal.wait_for("not shown): ");
        terminal.wait_until_hidden();
        if typed {
            terminal.type_interrupt();
        } else {
            signal(terminal.devtool(), "TERM");
        }
        assert_ended(terminal, code);
    }
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_login_in_the_browser_ends_with_the_stripe_cli() {
    for (typed, code) in [(true, 130), (false, 143)] {
        let cases = ["whoami*) echo '{}' ;;\n", "login*) echo \"stripe $$\"; exec sleep 300 ;;\n"];
        let login = Devtool::new(&["login"]);
        let login = login.program("stripe", &stub::script(stub::VERSION, &cases));
        let mut terminal = Terminal::start_before(&login, THEN);
        terminal.wait_for("stripe ");
        let devtool = terminal.devtool();
        let stripe = children(devtool)[0];
        if typed {
            terminal.type_interrupt();
        } else {
            signal(devtool, "TERM");
        }
        assert_ended(terminal, code);
        wait_until_gone(stripe);
    }
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_listen_on_a_terminal_ends_with_ctrl_c_and_with_the_terminal() {
    let (cases, endpoint) = ([KNOWS_ITS_ACCOUNT, LISTENS], Endpoint::accepting());
    for closed in [false, true] {
        let arguments = ["listen", "--port", &endpoint.port().to_string()];
        let app = ["--", "sh", "-c", "sleep 300 & echo up; wait"];
        let listen = stub::devtool(&arguments, &cases).args(&app);
        let mut terminal = Terminal::start_before(&listen, THEN);
        terminal.wait_for("app |\u{1b}[0m up");
        terminal.wait_for("secret: ");
        let devtool = terminal.devtool();
        let started = all_below(devtool);
        assert!(started.len() >= 5, "the listener, the app, what that started, two supervisors");
        if closed {
            terminal.close();
        } else {
            terminal.type_interrupt();
            terminal.wait_for("0 events");
            assert_ended(terminal, 0);
        }
        started.into_iter().chain([devtool]).for_each(wait_until_gone);
    }
    Devtool::sending(&["trigger", "invoice.paid"], endpoint.port()).run().code(0);
}

/// All processes that came of one.
fn all_below(pid: u32) -> Vec<u32> {
    let own = children(pid);
    let below: Vec<u32> = own.iter().copied().flat_map(all_below).collect();
    own.into_iter().chain(below).collect()
}
