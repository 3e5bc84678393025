//! Without a home: an unknown user in a container, a home that cannot be written, the first process. What is
//! given is enough, and what is missing is said once.

use std::process::Stdio;
use std::sync::Arc;

use crate::support::apart::{Stranger, as_process_1};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::listening::Listening;
use crate::support::stripe::KEY;
use crate::support::stub::{self, KNOWS_ITS_ACCOUNT, VERSION, script};
use crate::support::{Devtool, Run, SECRET, verified};

/// An app that verifies with the tests' secret.
fn app() -> Endpoint {
    Endpoint::new(|received| {
        let is_signed = received.headers.contains_key("stripe-signature");
        let is_good = is_signed && verified(received, SECRET);
        if is_good { Reply::new(200, "") } else { Reply::new(400, "") }
    })
}

/// Ends at once where there is no home for it, as the real one does, and otherwise listens for ever.
fn stripe() -> String {
    let listens = r#"listen*)
    while [ $# -gt 1 ]; do [ "$1" != --forward-to ] || echo "$2" > "$TMPDIR/url"; shift; done
    echo 'Ready! Your webhook signing secret is whsec_0123456789abcdef' >&2
    exec sleep 300 ;;
"#;
    let script = script(VERSION, &[KNOWS_ITS_ACCOUNT, listens]);
    script.replacen(
        "#!/bin/sh\n",
        "#!/bin/sh\n[ \"$HOME\" ] || { echo exit status 2; exit 1; }\n",
        1,
    )
}

#[test]
fn what_is_given_is_enough() {
    let Some(stranger) = Stranger::new() else { return };
    let app = app();
    let port = app.port().to_string();
    let event = stranger.run(&["trigger", "invoice.paid", "--print"]).code(0);
    assert_eq!(event.stderr, "");
    std::fs::write(stranger.directory().join("event.json"), &event.stdout).unwrap();
    let signed = stranger.run(&["sign", "event.json", "--secret", SECRET]).code(0);
    let header = signed.stdout.trim();
    for arguments in [
        &["verify", "event.json", "--secret", SECRET, "--header", header][..],
        &["trigger", "invoice.paid", "--secret", SECRET, "--port", &port, "--no-history"],
        &["scenario", "payment", "--check"],
        &["demo", "-q"],
        &["events", "invoice.paid"],
        &["setup", "--uninstall"],
        &["logout"],
        &["listen", "--status"],
    ] {
        let run = stranger.run(arguments).code(0);
        assert!(!run.stderr.contains("HOME"), "{arguments:?}: {}", run.stderr);
    }
    let stranger = stranger.env("STRIPE_WEBHOOK_SECRET", SECRET);
    let told =
        "warning: this run is not recorded: devtool has no state directory (HOME is not set)\n";
    for arguments in [&["trigger", "invoice.paid"][..], &["scenario", "payment"]] {
        let run = stranger.run(&[arguments, &["--port", &port]].concat()).code(0);
        assert_eq!(run.stderr, told);
    }
}

#[test]
fn what_needs_a_directory_names_it_and_its_variable() {
    let Some(stranger) = Stranger::new() else { return };
    for (name, arguments) in [
        ("secret", &["trigger", "invoice.paid"][..]),
        ("history", &["history"]),
        ("setup", &["setup", "--from", "npm"]),
    ] {
        insta::assert_snapshot!(name, stranger.run(arguments).code(3).whole());
    }
    // The variables alone are enough.
    let own = stranger.directory().join("own");
    std::fs::create_dir(&own).unwrap();
    std::os::unix::fs::chown(&own, Some(12_345), None).unwrap();
    let own = own.to_str().unwrap().to_owned();
    let stranger = stranger.env("XDG_STATE_HOME", &own).env("XDG_DATA_HOME", &own);
    let app = Endpoint::accepting();
    let run = stranger.run(&["trigger", "invoice.paid", "--port", &app.port().to_string()]);
    assert_eq!(run.code(0).stderr, "");
    let history = stranger.run(&["history", "--format", "compact"]).code(0);
    assert_eq!(history.stdout.lines().count(), 1, "{}", history.stdout);
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn doctor_and_login_look_at_what_is_there() {
    let Some(stranger) = Stranger::new() else { return };
    let app = app();
    let port = app.port().to_string();
    let stranger = stranger.program("stripe", &stripe()).env("STRIPE_API_KEY", KEY);
    stranger.run(&["login", "--status"]).code(0);
    let run = stranger.run(&["setup", "--check", "--offline"]).code(0);
    assert!(run.stdout.starts_with("installed 1.52.0 at "), "{}", run.stdout);
    let doctor = ["doctor", "--offline", "--port", &port];
    let home = stranger.directory().to_str().unwrap().to_owned();
    let _filters = filters();
    let whole = |run: Run| run.whole().replace(&home, "DIRECTORY");
    insta::assert_snapshot!("doctor_without_a_secret", whole(stranger.run(&doctor).code(1)));
    let stranger = stranger.env("STRIPE_WEBHOOK_SECRET", SECRET);
    insta::assert_snapshot!("doctor_with_a_secret", whole(stranger.run(&doctor).code(0)));
}

/// A listen that gets ready and delivers, and the warnings that it gives.
fn warnings_of_a_listen(stranger: Stranger, port: u16) -> String {
    let stranger = stranger.program("stripe", &stripe()).env("STRIPE_API_KEY", KEY);
    let stranger = stranger.env("STRIPE_WEBHOOK_SECRET", SECRET);
    let own = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(own.path(), Some(12_345), None).unwrap();
    let stranger = stranger.env("TMPDIR", own.path().to_str().unwrap());
    let mut command = stranger.command(&["listen", "--port", &port.to_string(), "--no-catch-up"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut listen = Listening::of(child, Arc::new(Devtool::new(&[])));
    listen.wait_for_output("secret: ");
    let relay = std::fs::read_to_string(own.path().join("url")).unwrap();
    stub::post(relay.trim(), std::iter::once((1, "invoice.paid")));
    listen.wait_for_output("invoice.paid");
    assert_eq!(listen.interrupt(), 0);
    let warnings: Vec<String> =
        listen.stderr().into_iter().filter(|line| line.starts_with("warning")).collect();
    warnings.join("\n").replace(stranger.directory().to_str().unwrap(), "DIRECTORY")
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_listen_listens_and_says_once_what_it_lacks() {
    let app = Endpoint::accepting();
    let Some(stranger) = Stranger::new() else { return };
    insta::assert_snapshot!("listen_without_a_home", warnings_of_a_listen(stranger, app.port()));
    let Some(stranger) = Stranger::new() else { return };
    let home = stranger.directory().to_str().unwrap().to_owned();
    let read_only = stranger.env("HOME", &home);
    insta::assert_snapshot!(
        "listen_in_a_read_only_home",
        warnings_of_a_listen(read_only, app.port())
    );
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_home_that_cannot_be_written_is_no_reason_to_send_nothing() {
    let app = app();
    let port = app.port().to_string();
    let hidden = tempfile::tempdir().unwrap();
    let hidden = hidden.path().to_str().unwrap();
    let Some(stranger) = Stranger::new() else { return };
    let own = stranger.directory().to_str().unwrap().to_owned();
    // Root's, one that nobody else may look into, and one that is not there.
    for (name, home) in
        [("read_only", own.as_str()), ("hidden", hidden), ("absent", "/nonexistent")]
    {
        let Some(stranger) = Stranger::new() else { return };
        let stranger = stranger.program("stripe", &stripe()).env("HOME", home);
        let shown = |run: &Run| run.stderr.replace(home, "~");
        let run = stranger.run(&["trigger", "invoice.paid", "--print"]).code(0);
        assert_eq!(run.stderr, "", "{name}");
        insta::assert_snapshot!(
            format!("no_secret_{name}"),
            shown(&stranger.run(&["trigger", "invoice.paid"]).code(3))
        );
        let stranger = stranger.env("STRIPE_WEBHOOK_SECRET", SECRET).env("STRIPE_API_KEY", KEY);
        let run = stranger.run(&["trigger", "invoice.paid", "--port", &port]).code(0);
        insta::assert_snapshot!(format!("trigger_{name}"), shown(&run));
        stranger.run(&["login", "--status"]).code(0);
        stranger.run(&["doctor", "--offline", "--port", &port]).code(0);
    }
}

#[test]
#[cfg_attr(any(tests_without_sh, tests_without_util_linux), ignore = "needs sh and util-linux")]
fn the_first_process_looks_and_sets_up() {
    let app = app();
    let port = app.port().to_string();
    let doctor = stub::devtool(&["doctor", "--offline", "--port", &port], &[KNOWS_ITS_ACCOUNT]);
    let doctor = doctor.env("STRIPE_WEBHOOK_SECRET", SECRET);
    let Some(mut command) = as_process_1(&doctor) else { return };
    let run = Run::of(command.output().unwrap()).code(0);
    assert!(run.stdout.contains("1.52.0 at "), "{}", run.stdout);
    let setup = ["setup", "--yes", "--skip-login", "--offline", "--write-env", ".env"];
    let setup = stub::devtool(&setup, &[KNOWS_ITS_ACCOUNT]);
    let Some(mut command) = as_process_1(&setup) else { return };
    let run = Run::of(command.output().unwrap()).code(0);
    assert!(run.stdout.starts_with("Stripe CLI 1.52.0 at "), "{}", run.stdout);
    assert!(setup.directory().join(".env").is_file());
}
