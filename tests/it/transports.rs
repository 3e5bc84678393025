//! One runner, two transports: what goes through Stripe is judged as what is sent locally is, and what
//! Stripe cannot do is never left out without a word.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::triggering::TriggeringStub;
use crate::support::{Devtool, Run, interrupt};

/// An event of the user's own.
const MINE: &str = r#"{"id": "evt_1Mine", "object": "event", "type": "invoice.paid",
    "created": 1700000000, "data": {"object": {"id": "in_1Mine", "object": "invoice"}}}"#;

/// A scenario that saves what an answer says, expects it later, and asks the app in the end.
const ORDERS: &str = r#"
[[step]]
event = "invoice.paid"
save = { order = "order" }

[[step]]
event = "customer.created"
expect = { body = { json = { order = "{{order}}" } } }

[[check]]
path = "/orders/{{order}}"
"#;

/// What is in Stripe's way: how it is typed, and which event arrives all the same.
const OBSTACLES: [(&[&str], &str); 18] = [
    (&["trigger", "--from", "mine.json", "--keep-id"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--header", "X-Mine: 1"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--api-version", "2024-06-20"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--seed", "7"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--retry", "1"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--timeout", "9s"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--account", "acct_1Other"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--set", "status=open"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--set", "invoice.*:status=open"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--id", "price=price_1Mine"], "invoice.paid"),
    (&["trigger", "invoice.paid", "--set", "subscription.metadata.a=1"], "invoice.paid"),
    (&["scenario", "ids.toml"], "invoice.paid"),
    (&["scenario", "metadata.toml"], "invoice.paid"),
    (&["trigger", "invoice.archived", "--object", "invoice"], "invoice.archived"),
    (&["trigger", "issuing_authorization.updated"], "issuing_authorization.updated"),
    (&["trigger", "invoice.paid", "--no-history"], "invoice.paid"),
    (&["scenario", "own.toml"], "customer.created"),
    (&["scenario", "orders.toml", "--concurrency", "2"], "invoice.paid"),
];

/// A scenario whose story has an amount that no trigger of its takes.
const OWN: &str = "[story]\namount = 4200\n[[step]]\nevent = \"customer.created\"\n";

/// Scenarios whose story has objects of the user's own, and metadata.
const IDS: &str = "[story]\nids.price = \"price_1Mine\"\n[[step]]\nevent = \"invoice.paid\"\n";
const METADATA: &str =
    "[story]\nmetadata.subscription.a = \"1\"\n[[step]]\nevent = \"invoice.paid\"\n";

/// The files that the commands name.
fn with_files(devtool: Devtool) -> Devtool {
    let files = [
        ("mine.json", MINE),
        ("orders.toml", ORDERS),
        ("own.toml", OWN),
        ("ids.toml", IDS),
        ("metadata.toml", METADATA),
    ];
    files.iter().fold(devtool, |devtool, (name, text)| devtool.file(name, text))
}

/// An app that knows the order of each event, and answers 404 for orders that it does not have.
fn app(has_orders: bool) -> Endpoint {
    Endpoint::new(move |request| match request.method.as_str() {
        "GET" => Reply::new(if has_orders { 200 } else { 404 }, "{}"),
        _ => Reply::new(200, r#"{"order": "o1"}"#),
    })
}

/// The requests for events, as their types.
fn events(endpoint: &Endpoint) -> Vec<String> {
    let posts = endpoint.received().into_iter().filter(|request| request.method == "POST");
    posts.map(|request| request.name()).collect()
}

#[test]
fn what_stripe_cannot_do_is_sent_locally_while_a_listen_runs_and_a_line_says_why() {
    let (stub, endpoint) = (TriggeringStub::start(), app(true));
    let port = endpoint.port();
    let listening = stub.listening(port);
    let devtool = with_files(stub.devtool(&[], port));
    let (mut notes, port) = (String::new(), port.to_string());
    for (arguments, event) in OBSTACLES {
        let before = events(&endpoint).len();
        let arguments = [arguments, &["--port", &port]].concat();
        let run = listening.rerun_in(&devtool, &arguments).code(0);
        let note = run.stderr.lines().find(|line| line.starts_with("sent locally: "));
        notes.push_str(&format!("{}\n", note.expect(&run.stderr)));
        let is_local = run.stdout.contains("(local, seed ") || run.stdout.starts_with("PASS ");
        assert!(is_local, "{}", run.stdout);
        assert_eq!(events(&endpoint)[before], event, "{arguments:?}");
    }
    assert_eq!(stub.triggers(), [""; 0]);
    insta::assert_snapshot!(notes);
}

#[test]
fn what_the_user_has_is_sent_as_it_is_while_a_listen_runs() {
    let (stub, endpoint) = (TriggeringStub::start(), app(true));
    let port = endpoint.port();
    let listening = stub.listening(port);
    let devtool = with_files(stub.devtool(&[], port));
    let port = port.to_string();
    let arguments = ["trigger", "--from", "mine.json", "--keep-id", "-q", "--port", &port];
    listening.rerun_in(&devtool, &arguments).code(0);
    assert_eq!(endpoint.received()[0].event()["id"], "evt_1Mine");
    let local = ["trigger", "invoice.paid", "--seed", "7", "--via", "local", "--port", &port];
    assert_eq!(listening.rerun_in(&devtool, &local).code(0).stderr, "");
}

#[test]
fn what_stripe_cannot_do_is_an_error_where_stripe_is_asked_for() {
    let stub = TriggeringStub::start();
    let mut messages = String::new();
    for (arguments, _) in OBSTACLES {
        let devtool = with_files(stub.devtool(arguments, 9).args(&["--via", "stripe"]));
        let is_of_listen = ["--header", "--retry", "--timeout", "--no-history"];
        if arguments.iter().any(|argument| is_of_listen.contains(argument)) {
            // A listen for the run does as it is told.
            continue;
        }
        let run = devtool.run().code(2);
        assert_eq!(run.stdout, "");
        messages.push_str(&run.stderr);
    }
    assert_eq!(stub.calls(), [""; 0], "nothing was started");
    insta::assert_snapshot!(messages);
}

#[test]
fn a_customer_and_metadata_of_some_events_reach_their_triggers() {
    let (stub, endpoint) = (TriggeringStub::start(), app(true));
    let arguments = ["scenario", "orders.toml", "--via", "stripe", "--id", "customer=cus_1Mine"];
    let more = ["--set", "customer.created:metadata.a=1", "--set", "1:metadata.b=2"];
    with_files(stub.devtool(&arguments, endpoint.port())).args(&more).run().code(0);
    let calls = stub.calls();
    let call = |name: &str| {
        let begins = format!("trigger {name}");
        calls.iter().find(|call| call.starts_with(&begins)).unwrap_or_else(|| panic!("{calls:?}"))
    };
    let (paid, created) = (call("invoice.paid"), call("customer.created"));
    assert!(paid.contains(":customer=cus_1Mine") && !created.contains("cus_1Mine"), "{calls:?}");
    assert!(paid.contains(":metadata.b=2") && !paid.contains(":metadata.a=1"), "{paid}");
    assert!(created.contains(":metadata.a=1") && !created.contains(":metadata.b=2"), "{created}");
}

#[test]
fn checks_and_saved_values_count_through_stripe() {
    for (has_orders, code, sum) in [(true, 0, "1 of 1 check"), (false, 1, "0 of 1 check")] {
        for own_listen in [true, false] {
            let (stub, endpoint) = (TriggeringStub::start(), app(has_orders));
            let listening = (!own_listen).then(|| stub.listening(endpoint.port()));
            let arguments = ["scenario", "orders.toml", "--via", "stripe"];
            let devtool = with_files(stub.devtool(&arguments, endpoint.port()));
            let run = match &listening {
                Some(listening) => {
                    let port = endpoint.port().to_string();
                    let arguments = [&arguments[..2], &["--port", &port]].concat();
                    listening.rerun_in(&devtool, &arguments)
                }
                None => devtool.run(),
            };
            let run = run.code(code);
            assert!(run.stdout.contains("through Stripe: Stub Shop"), "{}", run.stdout);
            assert!(run.stdout.contains(sum), "{}", run.stdout);
            let asked = endpoint.received().into_iter().filter(|r| r.method == "GET");
            let asked: Vec<String> = asked.map(|r| r.uri.to_string()).collect();
            assert_eq!(asked, ["/orders/o1"]);
        }
    }
}

#[test]
fn a_header_and_retries_reach_the_listen_of_a_run() {
    let stub = TriggeringStub::start();
    let endpoint = Endpoint::new(|_| Reply::new(500, ""));
    let more = ["--via", "stripe", "--header", "X-Mine: 1", "--retry", "1"];
    stub.devtool(&["trigger", "invoice.paid"], endpoint.port()).args(&more).run().code(1);
    let own: Vec<_> =
        endpoint.received().into_iter().filter(|r| r.name() == "invoice.paid").collect();
    assert_eq!(own.len(), 2);
    assert!(own.iter().all(|request| request.header("x-mine") == "1"));
}

/// Starts a run through Stripe, interrupts it when the stub was called with that, and returns its end.
fn interrupted(stub: &TriggeringStub, endpoint: &Endpoint, call: &str) -> (Run, String) {
    let arguments = ["scenario", "orders.toml", "--via", "stripe", "--cleanup"];
    let devtool = with_files(stub.devtool(&arguments, endpoint.port())).args(&[
        "--format",
        "json",
        "--report",
        "junit=r.xml",
    ]);
    let mut command = devtool.command();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    stub.wait_for_call(call);
    interrupt(&child);
    let run = Run::of(child.wait_with_output().unwrap()).code(130);
    let junit = std::fs::read_to_string(devtool.directory().join("r.xml")).unwrap();
    (run, junit)
}

#[test]
fn an_interrupt_before_anything_is_sent_leaves_a_report_of_skipped_steps() {
    for (silent, call) in [("get", "get /v1/account"), ("listen", "listen ")] {
        let (stub, endpoint) = (TriggeringStub::start(), app(true));
        stub.silence(silent);
        let (run, junit) = interrupted(&stub, &endpoint, call);
        let report = run.json();
        assert_eq!((&report["interrupted"], &report["via"]), (&json!(true), &json!("stripe")));
        assert_eq!(report["totals"]["skipped"], 2);
        assert_eq!(report["stories"][0]["checks"][0]["verdict"], "skipped");
        assert_eq!(junit.matches("<skipped").count(), 3, "{junit}");
        assert_eq!(stub.triggers(), [""; 0]);
        called(&endpoint);
    }
}

#[test]
fn an_event_that_is_awaited_through_stripe_when_an_interrupt_comes_has_its_time() {
    for has_listen in [true, false] {
        let after = Duration::from_millis(700);
        let endpoint = Endpoint::new(move |_| Reply { after, ..Reply::new(200, "") });
        let stub = TriggeringStub::start();
        let _listening = has_listen.then(|| stub.listening(endpoint.port()));
        let more = ["scenario", "payment", "--via", "stripe", "--format", "json"];
        let devtool = stub.devtool(&more, endpoint.port());
        let mut command = devtool.command();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while endpoint.received().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        interrupt(&child);
        let totals = &Run::of(child.wait_with_output().unwrap()).code(130).json()["totals"];
        assert_eq!((&totals["accepted"], &totals["skipped"]), (&json!(1), &json!(8)));
    }
}

#[test]
fn an_interrupt_during_the_cleanup_ends_it_and_keeps_what_was_found() {
    let (stub, endpoint) = (TriggeringStub::start(), app(true));
    stub.silence("delete");
    let report = interrupted(&stub, &endpoint, "delete ").0.json();
    assert_eq!((&report["interrupted"], &report["totals"]["passed"]), (&json!(true), &json!(2)));
    let cleanup = report["stories"][0]["cleanup"].as_array().unwrap();
    assert_eq!(cleanup[0]["error"], "interrupted");
}

/// An endpoint that nothing was to reach, so that it does not complain of that.
fn called(endpoint: &Endpoint) {
    assert_eq!(endpoint.received().len(), 0);
    std::net::TcpStream::connect(endpoint.address).unwrap();
    let client = crate::support::http_client().build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.get(format!("http://{}", endpoint.address)).send()).unwrap();
}

#[test]
fn the_listen_of_an_address_is_found_by_another_name_of_it() {
    let (stub, endpoint) = (TriggeringStub::start(), app(true));
    let listening = stub.listening(endpoint.port());
    let devtool = with_files(stub.devtool(&[], endpoint.port()));
    for host in ["localhost", "[::1]"] {
        let url = format!("http://{host}:{}/webhook", endpoint.port());
        let run = listening.rerun_in(&devtool, &["trigger", "invoice.paid", "--url", &url]).code(0);
        assert!(run.stdout.contains("through Stripe: Stub Shop"), "{}", run.stdout);
    }
    assert_eq!(stub.triggers(), ["invoice.paid", "invoice.paid"]);
}

#[test]
fn a_check_tells_what_cannot_go_through_stripe() {
    let stub = TriggeringStub::start();
    let check = |more: &[&str]| {
        with_files(stub.devtool(&["scenario", "orders.toml", "--check"], 9)).args(more).run()
    };
    check(&["--via", "stripe"]).code(0);
    let run = check(&["--via", "stripe", "--order", "reverse"]).code(2);
    assert!(run.stderr.contains("the order reverse cannot go through Stripe"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    check(&["--order", "reverse"]).code(0);
    check(&["--via", "stripe", "--api"]).code(2);
    let devtool = stub.devtool(&["scenario", "orders.toml", "--check", "--via", "stripe"], 9);
    with_files(devtool.env("DEVTOOL_API", "1").env("DEVTOOL_API_PORT", "0")).run().code(0);
}

#[test]
fn a_watch_through_stripe_goes_through_stripe_each_time() {
    let (stub, endpoint) = (TriggeringStub::start(), app(true));
    let arguments = ["scenario", "orders.toml", "--watch", "--via", "stripe"];
    let devtool = with_files(stub.devtool(&arguments, endpoint.port()));
    let mut command = devtool.command();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    assert!(first.contains("through Stripe: Stub Shop"), "{first}");
    lines.find(|line| line.starts_with("PASS 2 of 2 events accepted")).unwrap();
    std::fs::write(devtool.directory().join("orders.toml"), format!("# new\n{ORDERS}")).unwrap();
    lines.find(|line| line.starts_with("PASS as before: 2 of 2 events accepted")).unwrap();
    let twice = ["invoice.paid", "customer.created", "invoice.paid", "customer.created"];
    assert_eq!(stub.triggers(), twice);
    end(child);
}

fn end(mut child: Child) {
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn an_expectation_that_names_a_saved_value_waits_for_it() {
    let endpoint = Endpoint::new(|request| {
        let after =
            if request.method == "POST" && request.name() == "invoice.paid" { 300 } else { 0 };
        let after = std::time::Duration::from_millis(after);
        Reply { after, ..Reply::new(200, r#"{"order": "o1"}"#) }
    });
    let run = Devtool::sending(&["scenario", "orders.toml", "--concurrency", "2"], endpoint.port());
    let report = run.args(&["--format", "json"]).file("orders.toml", ORDERS).run().code(0).json();
    let mismatches: Vec<&Value> =
        report["steps"].as_array().unwrap().iter().map(|step| &step["mismatches"]).collect();
    assert_eq!(mismatches, [&json!([]), &json!([])]);
}
