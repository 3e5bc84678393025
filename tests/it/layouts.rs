//! Whole outputs of the commands whose layout people read. `INSTA_UPDATE=always cargo test layouts` writes the
//! snapshots anew.

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::listening::{Listening, listen};
use crate::support::release::{from_mirror, honest_mirror, url};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::{Devtool, SECRET, stub};

/// A small event of the user's own.
const EVENT: &str = r#"{"id": "evt_1", "object": "event", "type": "invoice.paid",
 "data": {"object": {"id": "in_1", "object": "invoice"}}}"#;

/// A port that nothing listens on.
fn silent_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A home whose history has one accepted, one rejected and one unanswered delivery.
fn recorded() -> Devtool {
    let endpoint = Endpoint::new(|request| match request.name().as_str() {
        "invoice.paid" => Reply::new(200, "ok").header("content-type", "text/plain"),
        _ => Reply::new(500, "out of order"),
    });
    let arguments = ["trigger", "invoice.paid", "--from", "event.json", "--keep-id"];
    let devtool = Devtool::sending(&arguments, endpoint.port()).file("event.json", EVENT);
    devtool.run().code(0);
    let port = endpoint.port().to_string();
    devtool.rerun(&["trigger", "charge.succeeded", "--port", &port]).code(1);
    drop(endpoint);
    let silent = silent_port().to_string();
    let again = ["--retry", "1", "--retry-schedule", "0s"];
    devtool.rerun(&[&["trigger", "charge.failed", "--port", &silent], &again[..]].concat()).code(4);
    devtool
}

#[test]
fn history_in_rows() {
    let _filters = filters();
    let devtool = recorded();
    insta::assert_snapshot!("history", devtool.rerun(&["history"]).whole());
    let compact = devtool.rerun(&["history", "--format", "compact"]);
    insta::assert_snapshot!("history_compact", compact.whole());
    insta::assert_snapshot!("history_show", devtool.rerun(&["history", "show", "1"]).whole());
}

#[test]
fn an_empty_history() {
    let _filters = filters();
    insta::assert_snapshot!("history_empty", Devtool::new(&["history"]).run().whole());
}

/// A listen with an accepted and a rejected event, ended by Ctrl-C: all that it wrote.
fn listened(format: &str) -> String {
    let fake = FakeStripe::start();
    let endpoint = Endpoint::new(|request| match request.name().as_str() {
        "customer.created" => Reply::new(200, "ok"),
        _ => Reply::new(500, "out of order"),
    });
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &["--format", format]);
    let mut listening = Listening::start(devtool);
    fake.wait_for_listeners(1);
    for name in ["customer.created", "customer.updated"] {
        let id = fake.happen(name);
        listening.wait_for_rows(&id, 1);
    }
    let code = listening.interrupt();
    listening.wait_for_end();
    let (stdout, stderr) = (listening.stdout().join("\n"), listening.stderr().join("\n"));
    crate::support::Run { stdout, stderr, code }.whole()
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_listen_from_its_start_to_its_end() {
    let _filters = filters();
    for format in ["text", "compact", "json"] {
        insta::assert_snapshot!(format!("listen_{format}"), listened(format));
    }
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_login_and_what_it_is() {
    let _filters = filters();
    let login = stub::devtool(&["login", "--api-key-stdin"], &[stub::KNOWS_ITS_ACCOUNT])
        .env("STRIPE_API_KEY", "");
    let kept = login.run_with_stdin("sk_test_51AnotherKey000000000009876\n");
    insta::assert_snapshot!("login", kept.whole());
    insta::assert_snapshot!("login_status", login.rerun(&["login", "--status"]).whole());
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn an_installation() {
    let _filters = filters();
    let mirror = honest_mirror();
    let setup = from_mirror(&url(&mirror))
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .file("devtool.toml", &format!("url = \"http://127.0.0.1:{}/webhook\"\n", silent_port()));
    insta::assert_snapshot!("setup", setup.run().whole());
    let check = setup.rerun(&["setup", "--check", "--offline", "--dir", "stripe-cli"]);
    insta::assert_snapshot!("setup_check", check.whole());
}

#[test]
fn a_signature_that_verifies_and_one_that_does_not() {
    let _filters = filters();
    let header = "t=1700000000,v1=0000000000000000000000000000000000000000000000000000000000000000";
    let devtool =
        Devtool::new(&["sign", "event.json", "--secret", SECRET]).file("event.json", EVENT);
    let signed = devtool.run().code(0).stdout;
    let verify = |header: &str| {
        devtool.rerun(&["verify", "event.json", "--secret", SECRET, "--header", header])
    };
    let good = signed.trim().trim_start_matches("Stripe-Signature: ");
    insta::assert_snapshot!("verify", verify(good).whole());
    insta::assert_snapshot!("verify_fault", verify(header).whole());
}

#[test]
fn a_scenario_in_one_line_and_the_list_of_all() {
    let _filters = filters();
    let endpoint = Endpoint::new(|request| match request.name().as_str() {
        "invoice.paid" => Reply::new(500, "out of order"),
        _ => Reply::new(200, "ok"),
    });
    let arguments = ["scenario", "billing", "--format", "compact"];
    let compact = Devtool::sending(&arguments, endpoint.port()).run();
    insta::assert_snapshot!("scenario_compact", compact.whole());
    insta::assert_snapshot!("scenario_list", Devtool::new(&["scenario"]).run().whole());
}

#[test]
fn a_doctor_who_finds_nothing_listening() {
    let _filters = filters();
    let port = silent_port().to_string();
    let doctor = Devtool::new(&["doctor", "--offline", "--port", &port])
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .env("PATH", "");
    insta::assert_snapshot!("doctor_broken", doctor.run().whole());
    let compact = doctor.rerun_with(&["--format", "compact"]);
    insta::assert_snapshot!("doctor_broken_compact", compact.whole());
}
