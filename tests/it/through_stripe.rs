//! `--via stripe`, with the real Stripe CLI against the fake of Stripe's servers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, listen};
use crate::support::stripe::binary::{VERSIONS, devtool};
use crate::support::stripe::{ACCOUNT, FakeStripe, Fault};
use crate::support::stub;
use crate::support::terminal::Terminal;
use crate::support::{Devtool, SECRET};

/// The guide's events of a payment, in its order.
const PAYMENT: [&str; 9] = [
    "invoice.created",
    "customer.subscription.updated",
    "payment_intent.requires_action",
    "payment_intent.created",
    "payment_intent.processing",
    "charge.pending",
    "charge.succeeded",
    "payment_intent.succeeded",
    "transfer.created",
];

/// devtool through the fake, to this endpoint.
fn through(arguments: &[&str], fake: &FakeStripe, port: u16) -> Devtool {
    devtool(arguments, VERSIONS[0])
        .args(&["--via", "stripe", "--port", &port.to_string()])
        .env("DEVTOOL_STRIPE_API_BASE", &fake.url())
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
}

/// A port that nobody has.
fn nobody() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn steps(report: &Value) -> &Vec<Value> {
    report["steps"].as_array().unwrap()
}

/// Nine accepted steps, whose own events stand in the endpoint's log in the guide's order.
fn assert_is_payment(report: &Value, endpoint: &Endpoint) {
    assert_eq!((&report["via"], &report["account"]), (&"stripe".into(), &ACCOUNT.into()));
    assert_eq!(report["totals"]["accepted"], 9);
    let names: Vec<&str> = steps(report).iter().map(|s| s["event"].as_str().unwrap()).collect();
    assert_eq!(names, PAYMENT);
    let log: Vec<String> =
        endpoint.received().iter().map(|r| r.event()["id"].as_str().unwrap().to_owned()).collect();
    let places: Vec<usize> = steps(report)
        .iter()
        .map(|step| log.iter().position(|id| *id == step["event_id"]).unwrap())
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_payment_through_stripe_is_nine_accepted_steps_in_order() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let run = through(&["scenario", "payment", "--format", "json"], &fake, endpoint.port()).run();
    let report = run.code(0).json();
    assert_is_payment(&report, &endpoint);
    let updated = &steps(&report)[1];
    assert!(updated["side_events"].as_array().unwrap().len() > 5, "{updated}");
    assert!(
        updated["trigger_to_delivery_ms"].as_f64().is_some_and(|ms| ms < 30_000.0),
        "{updated}"
    );
    assert!(!updated["created_objects"].as_array().unwrap().is_empty(), "{updated}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_listen_that_runs_is_gone_by_without_being_asked() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], endpoint.port(), &[]));
    let port = endpoint.port().to_string();
    let run = listening.devtool.rerun(&["trigger", "invoice.paid", "--port", &port]).code(0);
    let first = run.stdout.lines().next().unwrap();
    let by = format!("via the running `devtool listen` (pid {})", listening.child.id());
    assert!(first.contains("through Stripe: Fake Shop") && first.contains(&by), "{first}");
    assert!(run.stdout.contains("\n        + customer.created"), "{}", run.stdout);
    assert!(run.stdout.contains("PASS 1 of 1 event accepted"), "{}", run.stdout);
    let payment = ["scenario", "payment", "--format", "json", "--port", &port];
    assert_is_payment(&listening.devtool.rerun(&payment).code(0).json(), &endpoint);
    let local = ["trigger", "invoice.paid", "--via", "local", "--port", &port];
    let run = listening.devtool.rerun(&local).code(0);
    assert!(run.stdout.starts_with("PASS invoice.paid to http://"), "{}", run.stdout);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn events_of_others_and_late_ones_are_never_taken_for_a_step() {
    let fake = Arc::new(FakeStripe::start());
    let others = Arc::new(Mutex::new(Vec::new()));
    let (at_stripe, theirs) = (Arc::clone(&fake), Arc::clone(&others));
    // While the first step is answered, somebody else's charge succeeds, and so does the debit.
    let endpoint = Endpoint::new(move |request| {
        if request.name() == "payment_intent.processing" {
            theirs.lock().unwrap().push(at_stripe.happen("charge.succeeded"));
            at_stripe.settle();
        }
        Reply::new(200, "ok")
    });
    let scenario = "purpose = \"a debit, then a card\"\n[[step]]\nevent = \"payment_intent.processing\"\n\
                    [[step]]\nevent = \"charge.succeeded\"\ndelay = \"300ms\"\n";
    let run = through(&["scenario", "./two.toml", "--format", "json"], &fake, endpoint.port())
        .file("two.toml", scenario);
    let report = run.run().code(0).json();
    let (first, second) = (&steps(&report)[0], &steps(&report)[1]);
    let sides = |step: &Value| -> Vec<String> {
        let sides = step["side_events"].as_array().unwrap();
        sides.iter().map(|side| side["event_id"].as_str().unwrap().to_owned()).collect()
    };
    let late: Vec<&Value> = first["side_events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["event"] == "charge.succeeded")
        .collect();
    assert_eq!(late.len(), 1, "{first}");
    assert!(!sides(second).contains(&late[0]["event_id"].as_str().unwrap().to_owned()));
    let unrelated = others.lock().unwrap()[0].clone();
    assert_ne!(second["event_id"], Value::from(unrelated.clone()));
    assert_eq!(report["stories"][0]["unrelated_events"][0]["event_id"], Value::from(unrelated));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn an_event_that_the_endpoint_rejects_fails_and_side_events_count_only_if_strict() {
    let fake = FakeStripe::start();
    let rejecting = Endpoint::new(|request| {
        let status = if request.name() == "invoice.paid" { 500 } else { 200 };
        Reply::new(status, "no")
    });
    let run = through(&["trigger", "invoice.paid"], &fake, rejecting.port()).run().code(1);
    assert!(run.stdout.contains("FAIL") && run.stdout.contains("500"), "{}", run.stdout);
    let picky = Endpoint::new(|request| {
        let status = if request.name() == "invoice.paid" { 200 } else { 500 };
        Reply::new(status, "no")
    });
    through(&["trigger", "invoice.paid"], &fake, picky.port()).run().code(0);
    let strict =
        through(&["trigger", "invoice.paid", "--strict"], &fake, picky.port()).run().code(1);
    assert!(strict.stdout.contains("was rejected"), "{}", strict.stdout);
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn what_stripe_cannot_do_is_told_before_anything_runs() {
    // The stub knows its version alone: whoever asks it for more fails otherwise.
    let port = nobody().to_string();
    let through = |arguments: &[&str]| {
        stub::devtool(arguments, &[])
            .args(&["--via", "stripe", "--port", &port])
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
    };
    for (arguments, code, message) in [
        (&["trigger", "subscription.triggered"][..], 2, "Stripe has no such event"),
        (&["trigger", "invoice.draft.paid"], 2, "Stripe has no such event"),
        (
            &["trigger", "v1.billing.meter.error_report_triggered"],
            2,
            "devtool waits for snapshot events only",
        ),
        (&["trigger", "customer.created", "--set", "amount=5"], 2, "cannot set it"),
        (&["trigger", "invoice.paid", "--set", "status=void"], 2, "`--set status` cannot go"),
        (&["trigger", "invoice.paid", "--account", "acct_1Other00000"], 2, "`--account` cannot go"),
        (&["scenario", "payment", "--order", "reverse"], 2, "the order reverse cannot go"),
    ] {
        let run = through(arguments).run().code(code);
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
    let near = through(&["trigger", "subscription.triggered"]).run();
    assert!(near.stderr.contains("`customer.subscription."), "{}", near.stderr);
    let live =
        through(&["trigger", "invoice.paid"]).env("STRIPE_API_KEY", "sk_live_0123456789012345");
    live.run().code(3);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn an_amount_and_metadata_reach_stripe() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let settings = ["--set", "amount=4200", "--set", "metadata.order=7"];
    let trigger = through(&["trigger", "payment_intent.succeeded"], &fake, endpoint.port());
    let report = trigger.args(&settings).args(&["--format", "json"]).run().code(0).json();
    let id = steps(&report)[0]["event_id"].clone();
    let received = endpoint.received();
    let event = received.iter().find(|r| r.event()["id"] == id).unwrap().event();
    assert_eq!(event["data"]["object"]["amount"], 4200);
    assert_eq!(event["data"]["object"]["metadata"]["order"], "7");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn each_failure_has_its_own_message_and_code() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let trigger = || through(&["trigger", "transfer.created"], &fake, endpoint.port());
    fake.fail("/v1/transfers", Fault::Unable("You have insufficient available funds."));
    let run = trigger().run().code(1);
    assert!(run.stdout.contains("You have insufficient available funds."), "{}", run.stdout);
    fake.heal();
    fake.fail("/v1/account", Fault::Expired);
    let run = trigger().run().code(5);
    assert!(run.stderr.contains("it has expired"), "{}", run.stderr);
    fake.heal();
    let run = trigger().env("STRIPE_API_KEY", "").run().code(5);
    assert!(run.stderr.contains("not logged in"), "{}", run.stderr);
    fake.fail_times(1, "/v1/transfers", Fault::RateLimited(None));
    trigger().run().code(0);
    fake.switch_off();
    let run = trigger().run().code(4);
    assert!(run.stderr.contains("cannot reach Stripe"), "{}", run.stderr);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_key_that_expires_midway_ends_the_run_and_keeps_the_report() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let scenario = "purpose = \"three\"\n[[step]]\nevent = \"customer.created\"\n\
                    [[step]]\nevent = \"product.created\"\n[[step]]\nevent = \"coupon.created\"\n";
    fake.fail("/v1/products", Fault::Expired);
    let devtool =
        through(&["scenario", "./three.toml", "--format", "json"], &fake, endpoint.port())
            .args(&["--report", "junit=three.xml"])
            .file("three.toml", scenario);
    let run = devtool.run().code(5);
    assert!(run.stderr.contains("expired"), "{}", run.stderr);
    let report = run.json();
    let verdicts: Vec<&Value> = steps(&report).iter().map(|step| &step["verdict"]).collect();
    assert_eq!(verdicts, ["pass", "fail", "skipped"]);
    let hint = steps(&report)[1]["hint"].as_str().unwrap();
    assert!(hint.contains("expired"), "{hint}");
    let junit = std::fs::read_to_string(devtool.directory().join("three.xml")).unwrap();
    assert!(junit.contains("<skipped"), "{junit}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn an_event_that_does_not_come_is_missing_with_what_came() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let trigger = through(&["trigger", "invoice.paid", "--wait", "300ms"], &fake, endpoint.port());
    fake.state(|state| state.muted = vec!["invoice.paid".to_owned()]);
    let run = trigger.run().code(1);
    assert!(run.stdout.contains("MISS"), "{}", run.stdout);
    assert!(run.stdout.contains("arrived within 300 ms"), "{}", run.stdout);
    assert!(run.stdout.contains("events that arrived: "), "{}", run.stdout);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_file_named_like_the_event_is_not_run() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let trigger = through(&["trigger", "customer.created"], &fake, endpoint.port())
        .file("customer.created", "{\"_meta\": {\"template_version\": 0}, \"fixtures\": []}");
    trigger.run().code(0);
    assert_eq!(fake.requests_to("POST", "/v1/customers").len(), 1);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_was_created_is_deleted_if_asked() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    let run = through(&["trigger", "customer.created", "--cleanup"], &fake, endpoint.port());
    let run = run.run().code(0);
    assert!(run.stdout.contains("cleaned up: 1 object\n"), "{}", run.stdout);
    assert!(
        fake.requests()
            .iter()
            .any(|r| r.method == "DELETE" && r.path.starts_with("/v1/customers/"))
    );
}

#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(any(tests_without_node, tests_without_util_linux), ignore = "needs node and util-linux")]
fn a_terminal_shows_what_is_waited_for() {
    let (fake, endpoint) = (FakeStripe::start(), Endpoint::accepting());
    fake.fail("/v1/", Fault::Slow(Duration::from_millis(500)));
    let trigger = through(&["trigger", "customer.created"], &fake, endpoint.port())
        .env("TERM", "xterm-256color");
    let mut terminal = Terminal::start(&trigger);
    terminal.wait_for("asking Stripe which account is logged in");
    terminal.wait_for("triggering customer.created");
    let (screen, code) = terminal.finish();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains(" 1 of 1 event accepted"), "{screen}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_run_can_be_interrupted() {
    let (fake, port) = (FakeStripe::start(), nobody());
    fake.fail("/v1/customers", Fault::Slow(Duration::from_secs(60)));
    let devtool = through(&["trigger", "customer.created"], &fake, port);
    let mut command = devtool.command();
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    fake.wait("the trigger's call", |state| {
        state.requests.iter().any(|request| request.path == "/v1/customers")
    });
    crate::support::interrupt(&child);
    let run = crate::support::Run::of(child.wait_with_output().unwrap()).code(130);
    assert!(run.stdout.contains("interrupted"), "{}", run.stdout);
}
