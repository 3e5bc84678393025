//! `stripe --version` takes its time: each command asks once, and nothing else waits for the answer.

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::stub::{self, KNOWS_ITS_ACCOUNT, LISTENS};
use crate::support::{Devtool, SECRET};

/// devtool with a stub that notes each time that it is asked for its version, and takes `seconds` then.
fn noting(arguments: &[&str], seconds: u32) -> Devtool {
    let devtool = stub::devtool(arguments, &[]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    let asked = devtool.home().join("asked");
    let noted = format!("--version) echo asked >> {}; sleep {seconds}; ", asked.display());
    let script = stub::script(stub::VERSION, &[KNOWS_ITS_ACCOUNT, LISTENS]);
    devtool.program("stripe", &script.replacen("--version) ", &noted, 1))
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn each_command_asks_the_stripe_cli_once_for_its_version() {
    let port = "9";
    let app = ["--", "sh", "-c", "exit 0"];
    let commands: [&[&str]; 7] = [
        &["doctor", "--offline"],
        &["setup", "--offline"],
        &["setup", "--offline", "--check"],
        &["login", "--status"],
        &["logout"],
        &[&["listen", "--port", port][..], &app].concat(),
        // The stub knows no trigger, so that the run ends there.
        &["trigger", "invoice.paid", "--via", "stripe", "--port", port],
    ];
    for arguments in commands {
        let devtool = noting(arguments, 0);
        let run = devtool.run();
        let asked = std::fs::read_to_string(devtool.home().join("asked")).unwrap_or_default();
        assert_eq!(asked, "asked\n", "{arguments:?}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_slow_stripe_cli_makes_no_endpoint_broken() {
    let endpoint = Endpoint::new(|received| {
        let is_signed = received.headers.contains_key("stripe-signature");
        if is_signed { Reply::new(200, "") } else { Reply::new(400, "no signature") }
    });
    let port = endpoint.port().to_string();
    let run = noting(&["doctor", "--offline", "--port", &port, "--timeout", "1s"], 3).run().code(0);
    let found = run.stdout.lines().find(|line| line.contains(" endpoint ")).unwrap_or_default();
    assert!(found.contains("good"), "{}", run.stdout);
}
