//! `--api`: a local Stripe API for the time of a run, for handlers that ask Stripe.

use std::net::TcpListener;

use serde_json::Value;

use crate::support::asking::{Threads, ask, ask_with, free_port};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::{Devtool, SECRET};

/// A handler that fetches each event, and accepts it where that is what it got.
fn fetching(port: u16) -> Endpoint {
    Endpoint::new(move |request| {
        let event = request.event();
        let (status, fetched) =
            ask(port, &format!("GET /v1/events/{}", event["id"].as_str().unwrap()));
        match (status, fetched == event) {
            (200, true) => Reply::new(200, "ok"),
            _ => Reply::new(500, &format!("the API answered {status}: {fetched}")),
        }
    })
}

fn with_api(arguments: &[&str], endpoint: &Endpoint, api: u16) -> Devtool {
    Devtool::sending(arguments, endpoint.port()).args(&["--api", "--api-port", &api.to_string()])
}

#[test]
fn a_run_with_an_api_serves_what_it_sends_and_says_where() {
    let _filters = filters();
    let api = free_port();
    let endpoint = fetching(api);
    let run = with_api(&["scenario", "checkout"], &endpoint, api).run().code(0);
    insta::assert_snapshot!("scenario", run.whole());
    assert_eq!(ask(api, "GET /v1/customers").0, 0, "the API is up after the run");
}

#[test]
fn an_event_of_ones_own_and_one_that_is_replayed_can_be_fetched() {
    let api = free_port();
    let endpoint = fetching(api);
    let event = r#"{"id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1790000000,
        "data": {"object": {"id": "in_1", "object": "invoice"}}}"#;
    let devtool = with_api(&["trigger", "--from", "event.json", "--keep-id"], &endpoint, api);
    let devtool = devtool.file("event.json", event);
    devtool.run().code(0);
    let (port, api) = (endpoint.port().to_string(), api.to_string());
    let replay = ["replay", "--last", "1", "--port", &port, "--api", "--api-port", &api];
    devtool.rerun(&replay).code(0);
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn each_story_of_a_run_is_served() {
    let api = free_port();
    let endpoint = Endpoint::new(move |request| {
        let object = &request.event()["data"]["object"];
        let customer = object["customer"].as_str().unwrap_or("cus_none");
        let (status, _) = ask(api, &format!("GET /v1/customers/{customer}"));
        Reply::new(if status == 200 || object["customer"].is_null() { 200 } else { 500 }, "")
    });
    with_api(&["scenario", "payment", "billing", "--repeat", "2"], &endpoint, api).run().code(0);
}

#[test]
fn a_port_that_was_named_is_needed_and_the_usual_one_gives_way() {
    let _filters = filters();
    let endpoint = Endpoint::accepting();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = with_api(&["trigger", "invoice.paid"], &endpoint, port).run().code(3);
    let words = run.stderr.lines().filter(|line| !line.starts_with("  cause: "));
    let said = words.collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(said.replace(&port.to_string(), "PORT"), @r"
    error: cannot open port PORT for the local Stripe API
      hint: another program has it: choose another one with --api-port
    ");
    let file = format!("[api]\nport = {port}\n");
    let of_file = Devtool::sending(&["trigger", "invoice.paid", "--api"], endpoint.port());
    let of_file = of_file.file("devtool.toml", &file);
    assert_eq!(of_file.run().code(3).stderr, run.stderr);
    of_file.rerun_with(&["--api-port", "0"]).code(0);
    // It may be taken already, by another test as well.
    let _usual = TcpListener::bind("127.0.0.1:12111");
    let run =
        Devtool::sending(&["trigger", "invoice.paid", "--api"], endpoint.port()).run().code(0);
    insta::assert_snapshot!(run.stderr, @"warning: another program has port 12111: the local Stripe API is at http://127.0.0.1:PORT");
    assert!(run.stdout.contains("\napi: http://127.0.0.1:12"), "{}", run.stdout);
}

#[test]
fn the_api_is_said_beside_a_result_that_has_no_heading() {
    let _filters = filters();
    let endpoint = Endpoint::accepting();
    let arguments = ["trigger", "invoice.paid", "--api-port", "0", "--format", "compact"];
    let run = Devtool::sending(&arguments, endpoint.port()).env("DEVTOOL_API", "1").run().code(0);
    insta::assert_snapshot!(run.stderr, @"api: http://127.0.0.1:PORT (this run's Stripe API)");
}

#[test]
fn what_is_about_the_api_needs_it() {
    let run = Devtool::new(&["trigger", "invoice.paid", "--api-port", "1"]).run().code(2);
    insta::assert_snapshot!(run.stderr, @r"
    error: the argument '--api-port' needs '--api'

    Usage: devtool trigger [OPTIONS] [EVENT]

    For more information, try '--help'.
    ");
    let run = Devtool::new(&["trigger", "invoice.paid", "--api", "--via", "stripe"])
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .run();
    insta::assert_snapshot!(run.whole(), @r"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `--api` cannot go through Stripe: the local API serves the objects of devtool's own events
      hint: `--via local` sends it without Stripe
    ");
}

#[test]
fn the_demo_has_an_api_too() {
    let _filters = filters();
    let run = Devtool::new(&["demo", "--api", "--api-port", "0"]).run().code(0);
    insta::assert_snapshot!(run.stdout.lines().nth(2).unwrap(), @"api: http://127.0.0.1:PORT (this run's Stripe API)");
}

/// A handler that asks for what the event's object names, and then for things that are not there.
fn curious(port: u16) -> Endpoint {
    Endpoint::new(move |request| {
        let event = request.event();
        let object = &event["data"]["object"];
        if let Some(customer) = object["customer"].as_str() {
            ask(port, &format!("GET /v1/customers/{customer}"));
        }
        if event["type"] == "charge.succeeded" {
            ask(port, "GET /v1/charges/ch_none");
            ask(port, "POST /v1/refunds");
            ask_with(port, "GET /v1/events/evt_1", "Stripe-Request-Trigger: event=evt_1\r\n");
        }
        Reply::new(200, "ok")
    })
}

/// The text with the ids of one seed made equal.
fn without_ids(text: &str) -> String {
    let id = regex_lite::Regex::new(r"\b(cus|ch|evt|sub|in)_[0-9A-Za-z]{14,}").unwrap();
    id.replace_all(text, "${1}_ID").into_owned()
}

#[test]
fn a_report_shows_what_the_app_asked_for_each_event() {
    let _filters = filters();
    let api = free_port();
    let endpoint = curious(api);
    let reports =
        ["--report", "a.json", "--report", "a.xml", "--report", "a.md", "--report", "a.html"];
    let devtool = with_api(&["scenario", "payment"], &endpoint, api).args(&reports);
    let run = devtool.run().code(0);
    insta::assert_snapshot!("calls_text", without_ids(&run.whole()));
    let read = |name: &str| std::fs::read_to_string(devtool.directory().join(name)).unwrap();
    insta::assert_snapshot!("calls_markdown", without_ids(&read("a.md")));
    let json: Value = serde_json::from_str(&read("a.json")).unwrap();
    crate::report_files::assert_valid(&json);
    let calls = json["steps"].as_array().unwrap().iter().map(|step| &step["api_calls"]);
    let calls = serde_json::json!({
        "steps": calls.collect::<Vec<_>>(),
        "outside": json["api_calls_outside"],
    });
    insta::assert_snapshot!("calls_json", without_ids(&format!("{calls:#}")));
    let shown = |text: &str, mark: &str| {
        let lines = text.lines().filter(|line| line.contains(mark)).collect::<Vec<_>>().join("\n");
        without_ids(&lines)
    };
    insta::assert_snapshot!("calls_junit", shown(&read("a.xml"), "API call: "));
    let page = read("a.html");
    insta::assert_snapshot!("calls_html", shown(&page, "<td><code>"));
    assert_eq!(page.matches("<rect class=\"call").count(), page.matches("<td><code>").count());
}

#[test]
fn a_call_that_names_its_event_is_told_to_it_among_others_and_after_it() {
    let api = free_port();
    let first = std::sync::Mutex::new(None);
    // Both events are under way before the first call.
    let both = std::sync::Barrier::new(2);
    let app = Threads::new(move |event| {
        let id = event["id"].as_str().unwrap();
        let earlier = first.lock().unwrap().replace(id.to_owned());
        if event["type"] == "charge.succeeded" {
            // The first two are answered.
            let trigger = format!("Stripe-Request-Trigger: event={}\r\n", earlier.unwrap());
            ask_with(api, "GET /v1/balance", &trigger);
            return;
        }
        both.wait();
        let trigger = format!("Stripe-Request-Trigger: event={id}\r\n");
        ask_with(api, &format!("GET /v1/events/{id}"), &trigger);
        ask(api, "GET /v1/nothing");
        both.wait();
    });
    let steps = "[[step]]\nevent = \"customer.created\"\n[[step]]\nevent = \"customer.updated\"\n\
                 [[step]]\nevent = \"charge.succeeded\"\ndelay = \"300ms\"\n";
    let devtool = Devtool::sending(&["scenario", "a.toml", "--concurrency", "2"], app.port);
    let devtool = devtool.args(&["--api", "--api-port", &api.to_string(), "--format", "json"]);
    let json = devtool.file("a.toml", steps).run().code(0).json();
    for step in &json["steps"].as_array().unwrap()[..2] {
        let id = step["event_id"].as_str().unwrap();
        let calls = step["api_calls"].as_array().unwrap();
        let named: Vec<_> = calls.iter().filter(|call| call["under_way"].is_null()).collect();
        let path = format!("/v1/events/{id}");
        assert!(named.iter().any(|call| call["path"] == path), "{calls:#?}");
        let others = calls.iter().filter(|call| call["path"] == "/v1/nothing");
        assert!(others.clone().count() == 2 && others.clone().all(|call| call["under_way"] == 2));
        assert!(
            !calls.iter().any(|call| call["path"] != path
                && call["path"].as_str().unwrap().starts_with("/v1/events"))
        );
    }
    let late = json["steps"].as_array().unwrap()[..2].iter().filter(|step| {
        step["api_calls"].as_array().unwrap().iter().any(|call| call["path"] == "/v1/balance")
    });
    assert_eq!((late.count(), &json["steps"][2]["api_calls"]), (1, &serde_json::json!([])));
}

#[test]
fn many_calls_for_one_event_call_for_a_remark() {
    let api = free_port();
    let endpoint = Endpoint::new(move |request| {
        let calls = if request.name() == "customer.created" { 6 } else { 5 };
        (0..calls).for_each(|_| drop(ask(api, "GET /v1/nothing")));
        Reply::new(200, "ok")
    });
    let devtool = with_api(&["trigger", "customer.updated", "--strict"], &endpoint, api);
    assert!(!devtool.run().code(0).stdout.contains("remark:"));
    let devtool = with_api(&["trigger", "customer.created"], &endpoint, api);
    let run = devtool.run().code(0);
    insta::assert_snapshot!(run.stdout.lines().find(|line| line.starts_with("remark:")).unwrap(), @"remark: 1 event: more than 5 calls of the Stripe API: at Stripe, each takes its time and counts against the rate limit");
    devtool.rerun_with(&["--strict"]).code(1);
}

#[test]
fn what_is_asked_for_no_event_is_told_apart() {
    let _filters = filters();
    let api = free_port();
    let asked = std::sync::Mutex::new(None);
    let endpoint = Endpoint::new(move |_| {
        if let Some(thread) = asked.lock().unwrap().take() {
            std::thread::JoinHandle::<()>::join(thread).unwrap();
        } else {
            let after = std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(300));
                ask(api, "GET /v1/nothing?a=sk_test_abc");
            });
            *asked.lock().unwrap() = Some(after);
        }
        Reply::new(200, "ok")
    });
    let steps = "[[step]]\nevent = \"customer.created\"\n[[step]]\nevent = \"customer.updated\"\ndelay = \"1s\"\n";
    let devtool = with_api(&["scenario", "a.toml"], &endpoint, api).file("a.toml", steps);
    insta::assert_snapshot!("calls_outside", devtool.run().code(0).whole());
}

const EXPECTING: &str = "[[step]]\nevent = \"customer.created\"\nexpect.api_calls = [\"GET /v1/customers/{{customer}}\", \"GET /v1/no*\"]\n\
                         [[step]]\nevent = \"customer.updated\"\nexpect.max_api_calls = 0\n\
                         [[step]]\nevent = \"invoice.paid\"\nexpect = { api_calls = \"GET /v1/invoices/*\", max_api_calls = 1 }\n";

#[test]
fn a_scenario_file_expects_calls_and_their_number() {
    let _filters = filters();
    let api = free_port();
    let endpoint = Endpoint::new(move |request| {
        let event = request.event();
        let object = &event["data"]["object"];
        if event["type"] != "customer.updated" {
            let (kind, id) = (object["object"].as_str().unwrap(), object["id"].as_str().unwrap());
            ask(api, &format!("GET /v1/{kind}s/{id}?a=b"));
            ask(api, "GET /v1/nothing");
        }
        Reply::new(200, "ok")
    });
    let devtool = with_api(&["scenario", "a.toml", "--concurrency", "5"], &endpoint, api);
    let run = devtool.file("a.toml", EXPECTING).run().code(1);
    insta::assert_snapshot!("expected_calls", without_ids(&run.whole()));
}

#[test]
fn calls_are_expected_only_of_an_api() {
    let devtool = Devtool::new(&["scenario", "a.toml", "--port", "1"]).file("a.toml", EXPECTING);
    insta::assert_snapshot!(devtool.run().code(3).stderr, @r"
    error: a.toml line 3, column 1: `expect` of step 1: the app's calls are known only with the local API
      hint: add `--api`:
            devtool scenario a.toml --port 1 --api
    ");
    devtool.rerun(&["scenario", "a.toml", "--check", "--api"]).code(0);
    let wrong = [
        "expect.api_calls = \"/v1/customers\"\n",
        "expect.max_api_calls = -1\n",
        "expect.api_call = \"GET /\"\n",
        "[[check]]\npath = \"/\"\nexpect.max_api_calls = 0\n",
    ];
    let said = wrong.map(|lines| {
        let text = format!("[[step]]\nevent = \"customer.created\"\n{lines}");
        Devtool::new(&["scenario", "a.toml", "--api"]).file("a.toml", &text).run().code(3).stderr
    });
    insta::assert_snapshot!(said.concat(), @r"
    error: a.toml line 3, column 20: `expect.api_calls` of step 1: expected a method and a path, such as `GET /v1/customers/*`
      hint: print a scenario to start from:
            devtool scenario payment --show
    error: a.toml line 3, column 24: `expect.max_api_calls` of step 1: expected a whole number from 0 to 10000
      hint: print a scenario to start from:
            devtool scenario payment --show
    error: a.toml line 3, column 8: `expect.api_call` of step 1: unknown key; valid keys are `status`, `max_latency`, `body`, `header`, `api_calls`, `max_api_calls`
      hint: did you mean `api_calls` or `max_api_calls`?
    error: a.toml line 5, column 8: `expect.max_api_calls` of check 1: unknown key; valid keys are `status`, `max_latency`, `body`, `header`
      hint: print a scenario to start from:
            devtool scenario payment --show
    ");
}

#[test]
fn faults_befall_the_calls_that_they_name_and_the_report_marks_them() {
    let _filters = filters();
    let api = free_port();
    let endpoint = Endpoint::new(move |request| {
        let id = request.event()["id"].as_str().unwrap().to_owned();
        let statuses: Vec<String> = (0..3)
            .map(|_| ask(api, &format!("GET /v1/events/{id}")).0.to_string())
            .chain([ask(api, "GET /v1/nothing").0.to_string()])
            .collect();
        Reply::new(200, &statuses.join(" "))
    });
    let steps = "[[step]]\nevent = \"customer.created\"\n[[step]]\nevent = \"customer.updated\"\n\
                 api_fault = [\"GET /v1/events/*=404*1\", \"GET /v1/events/*=429*1\"]\n\
                 [[step]]\nevent = \"invoice.paid\"\n";
    let faults = ["--api-fault", "GET /v1/events/*=500*2", "--api-fault", "GET /v1/no*=close"];
    let devtool = with_api(&["scenario", "a.toml", "--concurrency", "3"], &endpoint, api);
    let run = devtool.args(&faults).file("a.toml", steps).run().code(0);
    insta::assert_snapshot!("faults", without_ids(&run.whole()));
}

#[test]
fn a_call_without_an_answer_lasts_as_long_as_the_app_waits() {
    let api = free_port();
    let endpoint = Endpoint::new(move |_| {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", api)).unwrap();
        std::io::Write::write_all(
            &mut stream,
            b"GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_test_1\r\n\r\n",
        )
        .unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
        let read = std::io::Read::read(&mut stream, &mut [0; 9]);
        Reply::new(200, if read.is_err() { "none" } else { "some" })
    });
    let devtool = with_api(&["trigger", "invoice.paid"], &endpoint, api);
    let run = devtool.args(&["--api-fault", "* *=timeout", "--format", "json"]).run().code(0);
    let json = run.json();
    assert_eq!(json["steps"][0]["attempts"][0]["body"], "none");
    let call = &json["steps"][0]["api_calls"][0];
    assert!(call["status"].is_null() && call["fault"] == true, "{call}");
    let devtool = with_api(&["trigger", "invoice.paid"], &endpoint, api);
    let slow = devtool.args(&["--api-latency", "400ms", "--format", "json"]).run().code(0).json();
    assert_eq!(slow["steps"][0]["attempts"][0]["body"], "none");
}

#[test]
fn a_fault_that_cannot_be_read_is_named() {
    let run =
        Devtool::new(&["trigger", "invoice.paid", "--api", "--api-fault", "/v1=500"]).run().code(2);
    insta::assert_snapshot!(run.stderr, @r"
    error: invalid value '/v1=500' for '--api-fault <CALLS=FAULT>': expected METHOD PATH=FAULT, such as `GET /v1/customers/*=500*2`; faults are 500, 429, 404, timeout and close

    For more information, try '--help'.
    ");
    let step = "[[step]]\nevent = \"invoice.paid\"\napi_fault = \"GET /v1/customers/*=500\"\n";
    let devtool = Devtool::new(&["scenario", "a.toml", "--port", "1"]).file("a.toml", step);
    insta::assert_snapshot!(devtool.run().code(3).stderr, @r"
    error: a.toml line 3, column 13: `api_fault` of step 1: there is no local API in which calls could fail
      hint: add `--api`:
            devtool scenario a.toml --port 1 --api
    ");
}
