//! Every row of the table of exit codes, produced.

use devtool::error::Exit;

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Reply};

/// A port that nothing listens on.
fn silent_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// How a row of the table is produced. A new row does not compile without a decision.
fn produce(exit: Exit) -> Option<i32> {
    let status = |status: u16| {
        let endpoint = Endpoint::new(move |_| Reply::new(status, ""));
        Devtool::sending(&["trigger", "invoice.paid"], endpoint.port()).run().code
    };
    Some(match exit {
        Exit::Done => status(204),
        Exit::Fail => status(500),
        Exit::Usage => Devtool::new(&["trigger", "--port", "0"]).run().code,
        Exit::Config => {
            Devtool::new(&["trigger", "invoice.paid"])
                .env("STRIPE_WEBHOOK_SECRET", "a b")
                .run()
                .code
        }
        Exit::Unreachable => Devtool::sending(&["scenario", "payment"], silent_port()).run().code,
        Exit::StripeCli => Devtool::new(&["scenario", "payment", "--via", "stripe"]).run().code,
        Exit::Interrupted => return interrupted(),
        Exit::Verification => {
            let archive = Devtool::new(&["setup", "--from", "stripe.tar.gz", "--sha256"]);
            archive
                .args(&[&"0".repeat(64), "--force"])
                .file("stripe.tar.gz", "no archive")
                .run()
                .code
        }
        Exit::Bug => panicked().status.code().unwrap(),
        // What ends by a signal is tested with the signals; a child's code is its own.
        Exit::Hangup | Exit::Terminated | Exit::Child(_) => return None,
    })
}

#[test]
fn every_code_comes_as_documented() {
    for exit in Exit::ALL {
        if let Some(code) = produce(exit) {
            assert_eq!(code, i32::from(exit.code()), "{exit:?}");
        }
    }
}

/// Says to this test that it is the process that panics.
const PANICS: &str = "DEVTOOL_TEST_PANICS";

/// A process that does what `main` does, with work that panics in a thread of its own first.
fn panicked() -> std::process::Output {
    let this = std::env::current_exe().unwrap();
    let name = concat!(module_path!(), "::a_panic_is_said_as_a_bug");
    let name = name.split_once("::").unwrap().1;
    let child = std::process::Command::new(this)
        .args(["--exact", name, "--nocapture"])
        .env(PANICS, "1")
        .env("NO_COLOR", "1")
        .output();
    child.unwrap()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "no environment of devtool's")]
#[expect(clippy::exit, reason = "as main ends")]
fn a_panic_is_said_as_a_bug() {
    if std::env::var_os(PANICS).is_some() {
        let exit = devtool::cli::guarded(|| {
            std::thread::spawn(|| panic!("in a thread")).join().unwrap_err();
            panic!("no {} at all", "event");
        });
        std::process::exit(exit.code().into());
    }
    let output = panicked();
    let said = String::from_utf8(output.stderr).unwrap().replace('\\', "/");
    let said = regex_lite::Regex::new(r":\d+\)").unwrap().replace_all(&said, ":LINE)").into_owned();
    insta::assert_snapshot!(said, @r"
    error: internal error (this is a bug in devtool)
      cause: in a thread (tests/it/exit_codes.rs:LINE)
      hint: please report it, with the command that you ran
    error: internal error (this is a bug in devtool)
      cause: no event at all (tests/it/exit_codes.rs:LINE)
      hint: please report it, with the command that you ran
    ");
}

/// The code of a run that Ctrl-C ends. Windows has no signal that a test could send.
#[cfg(unix)]
fn interrupted() -> Option<i32> {
    let endpoint = Endpoint::new(|_| Reply {
        after: std::time::Duration::from_secs(20),
        ..Reply::new(200, "")
    });
    let devtool = Devtool::sending(&["trigger", "invoice.paid", "-q"], endpoint.port());
    let mut child = devtool.command().stdout(std::process::Stdio::null()).spawn().unwrap();
    while endpoint.received().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    crate::support::interrupt(&child);
    let code = child.wait().unwrap().code();
    assert!(code.is_some(), "the signal ended it, not devtool itself");
    code
}

#[cfg(not(unix))]
fn interrupted() -> Option<i32> {
    None
}

#[test]
fn some_answers_are_a_fail_and_none_is_unreachable() {
    let endpoint = Endpoint::new(|request| Reply {
        after: std::time::Duration::from_secs(if request.name() == "invoice.paid" { 9 } else { 0 }),
        ..Reply::new(200, "")
    });
    let run = Devtool::sending(&["scenario", "billing", "--timeout", "100ms"], endpoint.port());
    run.run().code(1);
}

#[test]
fn help_and_the_documents_have_the_table() {
    let help = Devtool::new(&["help", "exit-codes"]).run().code(0).stdout;
    let chapter = include_str!("../../docs/ci.md");
    for exit in Exit::ALL {
        let row = format!("{:>3}  {}", exit.code(), exit.meaning());
        assert!(help.contains(&row), "{help}");
        let row = format!("| {} | {} |", exit.code(), exit.meaning());
        assert!(chapter.contains(&row), "docs/ci.md lacks `{row}`");
    }
}
