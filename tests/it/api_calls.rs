//! What the app asks the local API: shown, expected, and made to fail.

use std::sync::atomic::Ordering;

use serde_json::Value;

use crate::local_api::with_api;
use crate::support::asking::{Threads, ask, ask_with, free_port};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::{Devtool, SECRET};

/// A handler that asks for what the event's object names, and then for things that are not there.
pub(crate) fn curious(port: u16) -> Endpoint {
    Endpoint::new(move |request| {
        let event = request.event();
        let object = &event["data"]["object"];
        if let Some(customer) = object["customer"].as_str() {
            ask(port, &format!("GET /v1/customers/{customer}"));
        }
        if event["type"] == "charge.succeeded" {
            ask(port, "GET /v1/charges/ch_none");
            ask(port, "POST /v1/quotes");
            ask_with(port, "GET /v1/events/evt_1", "Stripe-Request-Trigger: event=evt_1\r\n");
        }
        Reply::new(200, "ok")
    })
}

/// The text with the ids of one seed made equal.
pub(crate) fn without_ids(text: &str) -> String {
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
    // Only the call outside of the deliveries is drawn in none.
    assert_eq!(page.matches("<rect class=\"call").count() + 1, page.matches("<td><code>").count());
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
fn a_call_that_names_an_event_of_which_copies_are_under_way_is_certain_of_none() {
    let api = free_port();
    let both = std::sync::Barrier::new(2);
    let app = Threads::new(move |event| {
        both.wait();
        let id = event["id"].as_str().unwrap();
        ask_with(api, "GET /v1/balance", &format!("Stripe-Request-Trigger: event={id}\r\n"));
        both.wait();
    });
    let steps = "[[step]]\nevent = \"customer.created\"\nrepeat = 2\n";
    let devtool = Devtool::sending(&["scenario", "a.toml", "--concurrency", "2"], app.port);
    let devtool = devtool.args(&["--api", "--api-port", &api.to_string(), "--format", "json"]);
    let json = devtool.file("a.toml", steps).run().code(0).json();
    for step in json["steps"].as_array().unwrap() {
        let calls = step["api_calls"].as_array().unwrap();
        let under_way: Vec<_> = calls.iter().map(|call| &call["under_way"]).collect();
        assert_eq!(under_way, [2, 2], "{json:#}");
    }
}

#[test]
fn a_call_that_is_told_to_its_event_is_not_told_to_a_later_copy() {
    let api = free_port();
    let asked = std::sync::atomic::AtomicBool::new(false);
    // The charge is under way until the copy is.
    let both = std::sync::Barrier::new(2);
    let app = Threads::new(move |event| {
        if event["type"] == "charge.succeeded" || asked.swap(true, Ordering::Relaxed) {
            both.wait();
            return;
        }
        let id = event["id"].as_str().unwrap();
        ask_with(api, "GET /v1/balance", &format!("Stripe-Request-Trigger: event={id}\r\n"));
    });
    let steps = "[[step]]\nevent = \"charge.succeeded\"\n\
                 [[step]]\nevent = \"customer.created\"\nrepeat = 2\n";
    let devtool = Devtool::sending(&["scenario", "a.toml", "--concurrency", "2"], app.port);
    let devtool = devtool.args(&["--api", "--api-port", &api.to_string(), "--format", "json"]);
    let json = devtool.file("a.toml", steps).run().code(0).json();
    let calls = json["steps"].as_array().unwrap().iter().map(|step| &step["api_calls"]);
    let calls: Vec<_> = calls.map(|calls| calls.as_array().unwrap().len()).collect();
    assert_eq!(calls, [0, 1, 0], "{json:#}");
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
    let devtool = devtool.args(&["-o", "a.md", "-o", "a.xml", "-o", "a.html"]);
    insta::assert_snapshot!("calls_outside", devtool.run().code(0).whole());
    let line = |name: &str| {
        let text = std::fs::read_to_string(devtool.directory().join(name)).unwrap();
        text.lines().find(|line| line.contains("/v1/nothing")).unwrap().trim().to_owned()
    };
    insta::assert_snapshot!(line("a.md"), @"- outside of the deliveries: `GET /v1/nothing?a=*** 404 T`");
    insta::assert_snapshot!(line("a.xml"), @"<system-out>API call outside of the deliveries: GET /v1/nothing?a=*** 404 T</system-out>");
    insta::assert_snapshot!(line("a.html"), @"<tr><td><code>GET /v1/nothing?a=***</code></td><td>404</td><td>T</td><td></td></tr>");
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
    insta::assert_snapshot!(devtool.run().code(3).stderr, @r#"
    error: a.toml:3:1: `expect` of step 1: the app's calls are known only with the local API
      3 | expect.api_calls = ["GET /v1/customers/{{customer}}", "GET /v1/no*"]
        | ^^^^^^
      hint: add `--api`:
            devtool scenario a.toml --port 1 --api
    "#);
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
    insta::assert_snapshot!(said.concat(), @r#"
    error: a.toml:3:20: `expect.api_calls` of step 1: expected a method and a path, such as `GET /v1/customers/*`
      3 | expect.api_calls = "/v1/customers"
        |                    ^^^^^^^^^^^^^^^
      hint: see what a scenario file can say:
            devtool help scenario-files
    error: a.toml:3:24: `expect.max_api_calls` of step 1: expected a whole number from 0 to 10000
      3 | expect.max_api_calls = -1
        |                        ^^
      hint: see what a scenario file can say:
            devtool help scenario-files
    error: a.toml:3:8: `expect.api_call` of step 1: unknown key
      3 | expect.api_call = "GET /"
        |        ^^^^^^^^
      hint: did you mean `api_calls` or `max_api_calls`?
    error: a.toml:5:8: `expect.max_api_calls` of check 1: unknown key
      5 | expect.max_api_calls = 0
        |        ^^^^^^^^^^^^^
      hint: valid keys are `status`, `max_latency`, `body`, `header`, `number`
    "#);
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
fn faults_of_a_step_end_with_it() {
    let api = free_port();
    let endpoint =
        Endpoint::new(move |_| Reply::new(200, &ask(api, "GET /v1/nothing").0.to_string()));
    let steps = "[[step]]\nevent = \"customer.created\"\napi_fault = \"GET /v1/nothing=500\"\n\
                 expect.body = \"500\"\n[[check]]\npath = \"/\"\nexpect.body = \"404\"\n";
    let devtool = with_api(&["scenario", "a.toml"], &endpoint, api);
    devtool.file("a.toml", steps).run().code(0);
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
    error: invalid value '/v1=500' for '--api-fault <CALLS=FAULT>': expected METHOD PATH=FAULT, such as `GET /v1/customers/*=500*2`; faults are 500, 500!, 429, lock_timeout, 404, timeout and close

    For more information, try '--help'.
    ");
    let step = "[[step]]\nevent = \"invoice.paid\"\napi_fault = \"GET /v1/customers/*=500\"\n";
    let devtool = Devtool::new(&["scenario", "a.toml", "--port", "1"]).file("a.toml", step);
    insta::assert_snapshot!(devtool.run().code(3).stderr, @r#"
    error: a.toml:3:13: `api_fault` of step 1: there is no local API in which calls could fail
      3 | api_fault = "GET /v1/customers/*=500"
        |             ^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: add `--api`:
            devtool scenario a.toml --port 1 --api
    "#);
}

/// An app in Python, ended with the test.
struct Asking(std::process::Child);

impl Asking {
    fn start(port: u16, api: u16) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdk/asking.py");
        let base = format!("http://127.0.0.1:{api}");
        let mut command = std::process::Command::new(crate::sdk::python());
        command.args([script, &port.to_string(), &base, SECRET]);
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut lines, &mut line).unwrap();
        assert_eq!(line.trim_end(), "up");
        Self(child)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn stripes_own_library_asks_the_api_and_its_retries_are_shown() {
    let _filters = filters();
    let (port, api) = (free_port(), free_port());
    let _app = Asking::start(port, api);
    let steps = "[[step]]\nevent = \"customer.created\"\napi_fault = \"GET /v1/customers/*=500*1\"\n\
                 [[step]]\nevent = \"v1.customer.updated\"\nexpect.api_calls = \"GET /v1/customers/*\"\n\
                 [[step]]\nevent = \"customer.updated\"\napi_fault = \"GET /v1/customers/*=404\"\nexpect.status = 500\n";
    let devtool = Devtool::sending(&["scenario", "a.toml", "--api"], port);
    let devtool = devtool.args(&["--api-port", &api.to_string(), "--report", "a.json"]);
    let devtool = devtool.file("a.toml", steps);
    insta::assert_snapshot!("stripes_library", without_ids(&devtool.run().code(0).whole()));
    let json = std::fs::read_to_string(devtool.directory().join("a.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    let call = &json["steps"][1]["api_calls"][0];
    assert!(call["under_way"].is_null(), "the library names the event: {call}");
}
