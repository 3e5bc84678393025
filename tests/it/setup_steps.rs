//! What `devtool setup` does after the installation, and what the doctor finds of a login: with the real
//! Stripe CLI against the fake of Stripe's servers.

use crate::login::{assert_kept_private, assert_silent_about, keyless};
use crate::support::stripe::control::Refuses;
use crate::support::stripe::{ACCOUNT, FakeStripe, Fault, KEY};
use crate::support::stub;
use crate::support::terminal::Terminal;
use crate::support::{Run, SECRET};

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn setup_logs_nobody_in_without_a_terminal() {
    let fake = FakeStripe::start();
    let run = keyless(&["setup", "--yes"], &fake).run().code(5);
    assert!(run.stderr.contains("the Stripe CLI is not logged in"), "{}", run.stderr);
    assert!(run.stderr.contains("devtool login --api-key-stdin"), "{}", run.stderr);
    // The steps that need no login are done all the same.
    let told = "login      failed: the Stripe CLI is not logged in\n";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    assert!(run.stdout.contains("doctor\n") && run.stdout.contains("next: "), "{}", run.stdout);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_setup_that_does_not_reach_stripe_does_not_send_to_the_doctor_again() {
    let fake = FakeStripe::start();
    let setup = keyless(&["setup", "--yes"], &fake).env("STRIPE_API_KEY", KEY);
    fake.switch_off();
    let run = setup.run().code(4);
    let (_, error) = run.stderr.split_once("error: cannot reach Stripe\n").unwrap();
    let hint = "  hint: check the network and HTTPS_PROXY, then run `devtool login`\n";
    assert!(error.ends_with(hint), "{error}");
    assert!(!run.stdout.contains("`devtool doctor`"), "{}", run.stdout);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn yes_writes_the_secret_but_none_beside_one_of_another_name() {
    let fake = FakeStripe::start();
    let setup = keyless(&["setup", "--yes"], &fake).env("STRIPE_API_KEY", KEY);
    let run = setup.run().code(0);
    let written = std::fs::read_to_string(setup.directory().join(".env")).unwrap();
    assert_eq!(written, format!("STRIPE_WEBHOOK_SECRET={}\n", fake.secret()));
    assert!(run.stdout.contains("/.env; restart your app: "), "{}", run.stdout);
    // An empty variable that the app reads first is filled.
    let setup = keyless(&["setup", "--yes"], &fake).env("STRIPE_API_KEY", KEY);
    let setup = setup.file(".env.local", "STRIPE_WEBHOOK_SECRET=\n").file(".env", "PORT=5000\n");
    setup.run().code(0);
    assert_eq!(std::fs::read_to_string(setup.directory().join(".env.local")).unwrap(), written);
    let other = "WEBHOOK_SECRET=whsec_a99a99a99a99a99a99a99a99\n";
    let setup = keyless(&["setup", "--yes"], &fake).env("STRIPE_API_KEY", KEY).file(".env", other);
    let run = setup.run().code(0);
    let told = "secret     not written: .env has a signing secret as WEBHOOK_SECRET (whsec_a99a…); \
                to use that one, put `secret_env = \"WEBHOOK_SECRET\"` into devtool.toml\n";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    assert_eq!(std::fs::read_to_string(setup.directory().join(".env")).unwrap(), other);
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_secret_that_cannot_be_written_keeps_the_doctor_from_nothing() {
    let setup = stub::devtool(&["setup", "--offline", "--write-env", "no/such/.env"], &[]);
    let run = setup.env("STRIPE_WEBHOOK_SECRET", SECRET).run().code(3);
    assert!(run.stdout.contains("secret     failed: cannot write `"), "{}", run.stdout);
    assert!(run.stdout.contains("doctor\n") && run.stdout.contains("next: "), "{}", run.stdout);
    assert!(run.stderr.contains("error: cannot write `"), "{}", run.stderr);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn setup_gives_the_app_the_secret_and_a_second_run_changes_nothing() {
    let fake = FakeStripe::start();
    let setup = keyless(&["setup", "--yes", "--write-env", ".env"], &fake)
        .env("STRIPE_API_KEY", KEY)
        .file(".env", "PORT=5000\n");
    let run = setup.run().code(0);
    let secret = fake.secret();
    let env = setup.directory().join(".env");
    assert_eq!(
        std::fs::read_to_string(&env).unwrap(),
        format!("PORT=5000\nSTRIPE_WEBHOOK_SECRET={secret}\n")
    );
    assert!(
        run.stdout.contains(&format!("login      Fake Shop ({ACCOUNT}), test mode, ")),
        "{run:?}"
    );
    assert!(run.stdout.contains("… written to "), "{}", run.stdout);
    assert!(run.stdout.contains("the Stripe CLI signs with the same secret"), "{}", run.stdout);
    assert_silent_about(&run, &[KEY, &secret]);
    assert_kept_private(&setup, &[KEY, &secret]);
    let before = std::fs::metadata(&env).unwrap().modified().unwrap();
    let again = setup.run().code(0);
    assert!(again.stdout.contains("… is in "), "{}", again.stdout);
    assert_eq!(std::fs::metadata(&env).unwrap().modified().unwrap(), before);
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_util_linux), ignore = "needs node and util-linux")]
fn setup_asks_before_it_writes_a_secret() {
    let fake = FakeStripe::start();
    let setup = keyless(&["setup"], &fake).env("STRIPE_API_KEY", KEY);
    let mut terminal = Terminal::start(&setup);
    terminal.wait_for("/.env for your app? [Y/n] ");
    terminal.type_line("n");
    let (screen, code) = terminal.finish();
    assert_eq!(code, 0, "{screen}");
    assert!(!setup.directory().join(".env").exists());
    let mut terminal = Terminal::start(&setup);
    terminal.wait_for("[Y/n] ");
    terminal.type_line("");
    assert_eq!(terminal.finish().1, 0);
    let text = std::fs::read_to_string(setup.directory().join(".env")).unwrap();
    assert_eq!(text, format!("STRIPE_WEBHOOK_SECRET={}\n", fake.secret()));
    fake.change_secret();
    let mut terminal = Terminal::start(&setup);
    terminal.wait_for("…). Replace it? [y/N] ");
    terminal.type_line("");
    assert_eq!(terminal.finish().1, 0);
    assert_eq!(std::fs::read_to_string(setup.directory().join(".env")).unwrap(), text);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_doctor_knows_the_login_the_network_and_the_clock() {
    let fake = FakeStripe::start();
    let doctor = keyless(&["doctor", "--format", "json"], &fake).env("STRIPE_API_KEY", KEY);
    let health = |run: &Run, name: &str| {
        let document = run.json();
        let findings = document["findings"].as_array().unwrap().clone();
        let finding = findings.into_iter().find(|finding| finding["name"] == name).unwrap();
        (
            finding["health"].as_str().unwrap().to_owned(),
            finding["seen"].as_str().unwrap().to_owned(),
        )
    };
    let run = doctor.run();
    for name in ["login", "network", "websocket", "clock", "listen-secret", "stripe-cli"] {
        assert_eq!(health(&run, name).0, "good", "{}", run.stdout);
    }
    assert!(health(&run, "login").1.contains(ACCOUNT));
    assert!(health(&run, "listen-secret").1.contains("signs with another secret"));
    let answers =
        format!("{} answers a websocket request (none is opened without a session)", fake.url());
    assert_eq!(health(&run, "websocket").1, answers);
    fake.refuse_websockets(Refuses::Yes);
    let refused = format!("{} answers 503 to a websocket request", fake.url());
    assert_eq!(health(&doctor.run(), "websocket"), ("warning".to_owned(), refused));
    fake.fail("/v1/account", Fault::Expired);
    let run = doctor.run().code(1);
    assert_eq!(health(&run, "login").0, "broken");
    fake.switch_off();
    let run = doctor.run();
    for name in ["network", "websocket", "login"] {
        assert_eq!(health(&run, name).0, "warning", "{}", run.stdout);
    }
    assert!(!run.stdout.contains("`devtool doctor`"), "it is what runs: {}", run.stdout);
    let run = doctor.rerun_with(&["--offline"]);
    for name in ["login", "network", "websocket", "clock"] {
        assert_eq!(
            health(&run, name),
            ("skipped".to_owned(), "not checked (--offline)".to_owned())
        );
    }
}
