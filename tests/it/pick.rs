//! Commands that were typed without what they are about: one picks on a terminal, and elsewhere they list.

use crate::support::Devtool;
use crate::support::endpoint::Endpoint;
#[cfg(unix)]
use crate::support::tmux::Tmux;

#[cfg(unix)]
fn at(devtool: &Devtool) -> Tmux {
    let tmux = Tmux::start(devtool, (100, 24));
    tmux.type_line("clear; ./run; echo code $?");
    tmux
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn an_event_type_is_picked_and_the_command_that_sends_it_is_said() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger"], endpoint.port());
    let tmux = at(&devtool);
    let screen = tmux.wait_for("Send which event?");
    assert!(screen.contains("> checkout.session.completed "), "{screen}");
    tmux.type_text("invpaid");
    tmux.wait_for("> invoice.paid ");
    tmux.press("Enter");
    let screen = tmux.wait_for("code 0");
    let port = endpoint.port();
    assert!(screen.contains(&format!("$ devtool trigger invoice.paid --port {port}")), "{screen}");
    assert!(screen.contains("PASS invoice.paid to "), "{screen}");
    assert_eq!(endpoint.names(), ["invoice.paid"]);
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn who_leaves_a_picker_sends_nothing() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario"], endpoint.port());
    for (key, code) in [("Escape", "code 0"), ("C-c", "code 130")] {
        let tmux = at(&devtool);
        // By a word of what it is about.
        tmux.wait_for("Send which scenario?");
        tmux.type_text("3-D Secure");
        tmux.wait_until("a purpose", |screen| screen.contains("\n> ") && screen.contains("3-D"));
        tmux.press(key);
        tmux.wait_for(code);
    }
    assert!(endpoint.received().is_empty());
    // An endpoint has to be called.
    devtool.rerun_with(&["payment"]).code(0);
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn a_delivery_is_picked_to_be_shown_and_to_be_sent_again() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    devtool.run().code(0);
    let tmux = at(&devtool);
    tmux.wait_for("code 0");
    let program = devtool.command().get_program().to_str().unwrap().to_owned();
    tmux.type_line(&format!(
        "clear; {program} history show --no-pager | head -1; {program} replay"
    ));
    // Piped, the last one is shown.
    let screen = tmux.wait_for("Replay which delivery?");
    assert!(screen.contains("> 18 ") && screen.contains("transfer.created"), "{screen}");
    tmux.type_text("charge.pending");
    tmux.press("Down");
    tmux.press("Enter");
    let screen = tmux.wait_for("$ devtool replay 6");
    tmux.wait_for("charge.pending to ");
    assert!(!screen.contains("Replay which"), "{screen}");
    assert_eq!(endpoint.names().last().unwrap(), "charge.pending");
    tmux.type_line(&format!("clear; {program} history show"));
    tmux.wait_for("Show which delivery?");
    tmux.press("Enter");
    // What it shows is longer than the screen, and begins with the verdict in the pager.
    let shown = |screen: &str| screen.contains("PASS delivery 19: charge.pending");
    tmux.wait_until("the delivery", |screen| shown(screen) && !screen.contains("Show which"));
}

#[test]
fn where_nobody_can_pick_commands_list_and_a_replay_says_what_it_needs() {
    assert!(Devtool::new(&["trigger"]).run().code(0).stdout.contains("invoice.paid"));
    assert!(Devtool::new(&["scenario"]).run().code(0).stdout.contains("payment"));
    let run = Devtool::new(&["replay"]).run().code(2);
    assert!(run.stderr.starts_with("error: no delivery was named\n"), "{}", run.stderr);
}
