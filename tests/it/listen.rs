//! `devtool listen` with the real Stripe CLI of both versions, against the fake of Stripe's servers.

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, listen};
use crate::support::stripe::binary::VERSIONS;
use crate::support::stripe::{ACCOUNT, FakeStripe, Fault};
use crate::support::{SECRET, stub, verified};
#[cfg(target_os = "linux")]
use crate::support::{listening::wait_until_gone, signal};

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn events_arrive_signed_with_the_apps_secret_and_are_shown() {
    for version in VERSIONS {
        let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
        let devtool = listen(&fake, version, endpoint.port(), &[]);
        let mut listening = Listening::ready(&fake, devtool);
        let id = fake.happen("customer.created");
        let row = listening.wait_for_output("customer.created");
        assert!(row.contains(&id) && row.contains("  200  "), "{row}");
        assert!(verified(&endpoint.received()[0], SECRET));
        // The answer is still on its way to Stripe when it is shown.
        fake.wait("the answer", |state| {
            state.frames.iter().any(|frame| frame["type"] == "webhook_response")
        });
        assert_eq!(listening.interrupt(), 0);
        let shown = listening.stdout().join("\n");
        let start = format!(
            "listen: Fake Shop ({ACCOUNT}) through Stripe CLI {version}, API version 2025-09-30.clover\n\
             to http://127.0.0.1:{}/webhook\nsecret: whsec_c0ff… (STRIPE_WEBHOOK_SECRET in the environment); \
             Stripe events are re-signed with it\n\n",
            endpoint.port()
        );
        assert!(shown.starts_with(&start), "{shown}");
        assert!(shown.contains("1 of 1 event accepted in "), "{shown}");
        assert_eq!(fake.webhook_responses()[0]["status"], 200);
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn lines_are_json_or_compact_or_failures_only() {
    let fake = FakeStripe::start();
    let endpoint = Endpoint::new(|received| match received.name().as_str() {
        "customer.deleted" => Reply::new(500, "no such\nuser"),
        _ => Reply::new(200, ""),
    });
    for (more, accepted, rejected) in [
        (vec!["--format", "json"], r#""event":"customer.created""#, r#""answer":"no such user""#),
        (vec!["--format", "compact"], " customer.created evt_", " 500 "),
        (vec!["-q"], "", "no such user"),
    ] {
        let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &more);
        let mut listening = Listening::start(devtool);
        fake.wait_for_listeners(1);
        fake.happen("customer.created");
        fake.happen("customer.deleted");
        listening.wait_for_rows(rejected, 1);
        if !accepted.is_empty() {
            listening.wait_for_rows(accepted, 1);
        }
        assert_eq!(listening.interrupt(), 0);
        fake.wait_for_listeners(0);
        let lines = listening.stdout();
        // In text, the hint of the failure stands below it; in JSON, the first line says that it is ready.
        assert_eq!(lines.len(), if more == ["--format", "json"] { 3 } else { 2 }, "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains(accepted)), "{lines:#?}");
        if more == ["--format", "json"] {
            let lines: Vec<Value> =
                lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
            let endpoint = format!("http://127.0.0.1:{}/webhook", endpoint.port());
            assert_eq!(
                (&lines[0]["type"], &lines[0]["endpoint"]),
                (&"ready".into(), &endpoint.into())
            );
            assert_eq!(lines[0]["account"], ACCOUNT);
            assert!(lines[0]["relay"].as_str().unwrap().starts_with("http://127.0.0.1:"));
            assert!(lines[0]["at"].as_str().unwrap().ends_with('Z'));
            let mut deliveries: Vec<i64> =
                lines[1..].iter().map(|row| row["delivery"].as_i64().unwrap()).collect();
            deliveries.sort_unstable();
            assert_eq!(deliveries, [1, 2]);
            for row in &lines[1..] {
                assert_eq!(row["type"], "attempt");
                assert_eq!((&row["via"], &row["source"]), (&"stripe".into(), &"snapshot".into()));
            }
        }
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn only_the_events_that_were_asked_for_come() {
    for version in VERSIONS {
        let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
        let more = ["--events", "invoice.*,customer.created", "--latest"];
        let devtool = listen(&fake, version, endpoint.port(), &more);
        let listening = Listening::ready(&fake, devtool);
        for name in ["product.created", "invoice.paid", "customer.created"] {
            fake.happen(name);
        }
        listening.wait_for_output("customer.created");
        listening.wait_for_output("invoice.paid");
        let mut names = endpoint.names();
        names.sort();
        assert_eq!(names, ["customer.created", "invoice.paid"]);
        assert_eq!(endpoint.received()[0].event()["api_version"], "2026-10-28.endive");
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn thin_and_connect_events_have_their_places() {
    for version in VERSIONS {
        let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
        let base = format!("http://{}", endpoint.address);
        let (connect, thin) = (format!("{base}/connect"), format!("{base}/thin"));
        let more = ["--thin-events", "*", "--thin-url", &thin, "--forward-connect-to", &connect];
        let listening = Listening::ready(&fake, listen(&fake, version, endpoint.port(), &more));
        let features = if version == VERSIONS[0] { 2 } else { 1 };
        fake.wait_for_listeners(features);
        fake.happen_thin("v1.customer.created");
        fake.happen_at("acct_1Connected", "account.updated");
        listening.wait_for_output("v1.customer.created");
        let row = listening.wait_for_output("account.updated");
        assert!(row.contains("of acct_1Connected, to http"), "{row}");
        listening.wait_for_output("missed Connect and thin events cannot be recovered");
        let received = endpoint.received();
        let mut places: Vec<String> =
            received.iter().map(|one| format!("{} {}", one.uri.path(), one.name())).collect();
        places.sort();
        assert_eq!(places, ["/connect account.updated", "/thin v1.customer.created"]);
        assert!(received.iter().all(|one| verified(one, SECRET)));
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn routes_send_types_to_endpoints_with_secrets_of_their_own() {
    let (fake, main, other) = (FakeStripe::start(), Endpoint::accepting(), Endpoint::accepting());
    let route = format!("charge.*=http://{}/charges?by=type", other.address);
    let toml = format!(
        "[[route]]\nevents = \"invoice.*\"\nurl = \"http://{}/invoices\"\nsecret = \"whsec_invoices\"\n",
        other.address
    );
    let devtool = listen(&fake, VERSIONS[0], main.port(), &["--route", &route]);
    let listening = Listening::ready(&fake, devtool.file("devtool.toml", &toml));
    for name in ["customer.created", "charge.failed", "invoice.paid"] {
        fake.happen(name);
        listening.wait_for_output(name);
    }
    assert_eq!(main.names(), ["customer.created"]);
    let received = other.received();
    let uris: Vec<String> = received.iter().map(|one| one.uri.to_string()).collect();
    assert_eq!(uris, ["/charges?by=type", "/invoices"]);
    assert!(verified(&received[0], SECRET) && verified(&received[1], "whsec_invoices"));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn stripes_own_signature_can_be_kept() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &["--no-resign"]);
    let listening = Listening::ready(&fake, devtool);
    fake.happen("customer.created");
    listening.wait_for_output("customer.created");
    assert!(verified(&endpoint.received()[0], &fake.secret()));
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_second_listen_for_an_endpoint_is_refused_and_the_first_is_shown() {
    let mut listening = Listening::start(stub::listen(59_123, &[]));
    listening.wait_for_output("secret: ");
    let pid = listening.child.id();
    let second = listening.devtool.run().code(3);
    let message = format!(
        "error: `devtool listen` is already running for http://127.0.0.1:59123/webhook (pid {pid})\n"
    );
    assert!(second.stderr.starts_with(&message), "{}", second.stderr);
    for host in ["localhost", "[::1]"] {
        let url = format!("http://{host}:59123/webhook");
        let second = listening.devtool.rerun(&["listen", "--url", &url]).code(3);
        assert!(second.stderr.starts_with(&message), "{}", second.stderr);
    }
    let status =
        |format: &str| listening.devtool.rerun(&["listen", "--status", "--format", format]);
    let json = status("json").code(0).json();
    assert_eq!(
        (&json["listens"][0]["pid"], &json["listens"][0]["account"]),
        (&pid.into(), &ACCOUNT.into())
    );
    assert!(status("text").code(0).stdout.contains(&format!("process {pid}")));
    listening.signal("KILL");
    listening.wait();
    let stale = listening.devtool.rerun(&["listen", "--status"]).code(0);
    assert_eq!((stale.stdout.as_str(), stale.stderr.as_str()), ("", "no listen is running\n"));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
#[cfg(target_os = "linux")]
fn no_stripe_process_outlives_devtool() {
    let fake = FakeStripe::start();
    for (name, code) in [("KILL", None), ("TERM", Some(0)), ("INT", Some(0))] {
        let devtool = listen(&fake, VERSIONS[0], 59_124, &[]);
        let mut listening = Listening::ready(&fake, devtool);
        let children = listening.children();
        // `stripe listen`, and what asks for missed events.
        assert!(!children.is_empty());
        listening.signal(name);
        assert_eq!(listening.wait().code(), code, "{name}");
        children.into_iter().for_each(wait_until_gone);
        fake.wait_for_listeners(0);
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
#[cfg(target_os = "linux")]
fn stripe_listen_is_started_again_when_it_is_killed() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let more = ["--catch-up-every", "1s"];
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &more);
    let listening = Listening::ready(&fake, devtool);
    signal(listening.children()[0], "KILL");
    let lost = listening.wait_for_output("restarting it");
    assert_eq!(lost, "warning: `stripe listen` ended with signal: 9 (SIGKILL); restarting it");
    listening.wait_for_output("`stripe listen` is back after ");
    let missed = fake.happen_unsent("customer.created");
    listening.wait_for_output("1 event was missed: Stripe resent it");
    listening.wait_for_rows("customer.created", 1);
    assert_eq!(endpoint.received()[0].event()["id"], Value::from(missed));
    let lost = listening.stderr().iter().filter(|line| line.contains("restarting it")).count();
    assert_eq!(lost, 1);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_login_that_does_not_hold_is_said_at_once() {
    let fake = FakeStripe::start();
    let devtool = || listen(&fake, VERSIONS[0], 59_125, &[]);
    fake.fail("/v1/account", Fault::Expired);
    let run = devtool().run().code(5);
    assert!(
        run.stderr.contains("Stripe rejects the API key sk_test_…0000: it has expired"),
        "{}",
        run.stderr
    );
    fake.heal();
    fake.fail("/v1/stripecli/sessions", Fault::UnknownKey);
    let run = devtool().run().code(5);
    assert!(run.stderr.contains("Invalid API Key provided"), "{}", run.stderr);
    fake.heal();
    fake.fail("/v1/stripecli/sessions", Fault::RateLimited(None));
    let run = devtool().run().code(5);
    assert!(run.stderr.contains("too many `stripe listen` sessions are open"), "{}", run.stderr);
    let run = devtool().env("STRIPE_API_KEY", "sk_live_0123456789abcdef").run().code(3);
    assert!(run.stderr.contains("live mode"), "{}", run.stderr);
}
