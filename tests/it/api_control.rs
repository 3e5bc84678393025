//! Runs and a `devtool api` that runs: told of their events, asked by the app, and what becomes of both when one ends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::api_calls::without_ids;
use crate::support::asking::{ask, ask_with, free_port};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::listening::Listening;
use crate::support::local_api::{LocalApi, TestStory};
use crate::support::running_api::RunningApi;
use crate::support::{Devtool, Run};

/// A handler that asks for the customer that the event's object names, and tells the status.
fn curious(api: u16) -> Endpoint {
    Endpoint::new(move |request| {
        let event = request.event();
        let customer = event["data"]["object"]["customer"].as_str().unwrap_or_default().to_owned();
        match customer.as_str() {
            "" => Reply::new(200, "none"),
            customer => {
                let (status, _) = ask(api, &format!("GET /v1/customers/{customer}"));
                Reply::new(200, &status.to_string())
            }
        }
    })
}

/// Runs a command that sends to an endpoint, in the home of the API.
fn send(api: &RunningApi, endpoint: &Endpoint, arguments: &[&str]) -> Run {
    let port = endpoint.port().to_string();
    api.devtool.rerun(&[arguments, &["--port", &port]].concat())
}

/// The directory in which a running one is seen.
fn place(devtool: &Devtool) -> PathBuf {
    devtool.history().parent().unwrap().join("api")
}

/// What the app got of the API for each event.
fn answers(run: &Run) -> Vec<String> {
    let steps = run.json()["steps"].as_array().unwrap().clone();
    let body = |step: &Value| step["attempts"][0]["body"].as_str().unwrap().to_owned();
    steps.iter().map(body).collect()
}

#[test]
fn its_status_says_where_it_is_as_long_as_it_runs() {
    let mut api = RunningApi::start(&[]);
    let url = format!("http://127.0.0.1:{}", api.port);
    let told = api.devtool.rerun(&["api", "--status"]).code(0);
    assert!(told.stdout.starts_with(&format!("{url} (pid ")), "{}", told.stdout);
    let told = api.devtool.rerun(&["api", "--status", "--format", "json"]).code(0).json();
    assert_eq!(told["url"], url);
    api.end();
    let told = api.devtool.rerun(&["api", "--status"]).code(4);
    insta::assert_snapshot!(told.stderr, @r"
    error: no `devtool api` is running
      hint: start one:
            devtool api
    ");
}

#[test]
fn a_run_tells_the_one_that_runs_and_says_so() {
    let _filters = filters();
    let api = RunningApi::start(&[]);
    let endpoint = curious(api.port);
    let run = send(&api, &endpoint, &["scenario", "payment-card", "--seed", "7"]).code(0);
    insta::assert_snapshot!("told", run.whole());
    let asked = ["scenario", "payment-card", "--seed", "7", "--api"];
    let run = send(&api, &endpoint, &asked).code(0);
    insta::assert_snapshot!("asked", without_ids(&run.whole()));
    let json = ["trigger", "invoice.paid", "--format", "json"];
    let run = send(&api, &endpoint, &json).code(0);
    insta::assert_snapshot!(run.stderr.trim_end(), @"api: http://127.0.0.1:PORT (the `devtool api` that runs; --api shows what your app asks it)");
    assert_eq!(
        (answers(&run), &run.json()["api_calls_outside"]),
        (vec!["200".to_owned()], &Value::Null)
    );
}

#[test]
fn a_story_of_the_same_ids_is_told_anew() {
    let api = RunningApi::start(&[]);
    let (port, seen) = (api.port, Arc::new(Mutex::new(Vec::new())));
    let known = Arc::clone(&seen);
    let endpoint = Endpoint::new(move |request| {
        let object = request.event()["data"]["object"].clone();
        let path = format!("GET /v1/payment_intents/{}", object["id"].as_str().unwrap());
        known
            .lock()
            .unwrap()
            .push((object["status"].clone(), ask(port, &path).1["status"].clone()));
        Reply::new(200, "ok")
    });
    let steps = "[[step]]\nevent = \"payment_intent.created\"\n\
                 [[step]]\nevent = \"payment_intent.succeeded\"\n";
    std::fs::write(api.devtool.directory().join("a.toml"), steps).unwrap();
    for _ in 0..2 {
        send(&api, &endpoint, &["scenario", "a.toml", "--seed", "7"]).code(0);
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|(sent, served)| sent == served), "{seen:?}");
}

#[test]
fn a_run_whose_api_is_killed_says_so_and_goes_on() {
    let _filters = filters();
    let api = Arc::new(Mutex::new(RunningApi::start(&[])));
    let (own, port) = (Arc::clone(&api), api.lock().unwrap().port);
    let endpoint = Endpoint::new(move |request| {
        ask(port, "GET /v1/balance");
        if request.name() == "customer.updated" {
            let mut api = own.lock().unwrap();
            api.process.signal("KILL");
            api.process.wait();
        }
        Reply::new(200, "ok")
    });
    let steps = "[[step]]\nevent = \"customer.created\"\n[[step]]\nevent = \"customer.updated\"\n\
                 [[step]]\nevent = \"invoice.paid\"\nexpect.max_api_calls = 0\n";
    let devtool = Arc::clone(&api.lock().unwrap().devtool);
    std::fs::write(devtool.directory().join("a.toml"), steps).unwrap();
    let endpoint_port = endpoint.port().to_string();
    let run =
        ["scenario", "a.toml", "--api", "--port", &endpoint_port, "--seed", "7", "-o", "a.json"];
    let run = devtool.rerun(&run).code(1);
    insta::assert_snapshot!("killed", without_ids(&run.whole()));
    let json = std::fs::read_to_string(devtool.directory().join("a.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    crate::report_files::assert_valid(&json);
    let calls = json["steps"].as_array().unwrap().iter().map(|step| step["api_calls"].is_null());
    assert_eq!(calls.collect::<Vec<_>>(), [false, true, true], "{json:#}");
    assert!(json["api_calls_outside"].is_null());
    // The file that it left is stale.
    assert!(place(&devtool).join("running.json").exists());
    let run = devtool.rerun(&["trigger", "invoice.paid", "--port", &endpoint_port]).code(0);
    assert!(!run.whole().contains("api:"), "{}", run.whole());
}

#[test]
fn a_run_that_is_recorded_nowhere_or_is_to_have_another_port_has_its_own() {
    let _filters = filters();
    let api = RunningApi::start(&[]);
    let endpoint = curious(api.port);
    let heading = |more: &[&str]| {
        let arguments = [&["trigger", "charge.succeeded", "--format", "compact"], more].concat();
        let run = send(&api, &endpoint, &arguments).code(0);
        run.stderr.replace(&format!(":{}", api.port), ":APIPORT")
    };
    let own = free_port().to_string();
    let same = api.port.to_string();
    let headings = [
        heading(&["--no-history"]),
        heading(&["--api", "--no-history", "--api-port", "0"]),
        heading(&["--api", "--api-port", &own]),
        heading(&["--api", "--api-port", &same]),
    ];
    insta::assert_snapshot!(headings.concat(), @r"
    api: http://127.0.0.1:PORT (this run's Stripe API)
    api: http://127.0.0.1:PORT (this run's Stripe API)
    api: http://127.0.0.1:APIPORT (the `devtool api` that runs)
    ");
}

#[test]
fn what_a_run_wants_to_go_wrong_does_so_until_it_ends() {
    let api = RunningApi::start(&["--no-history"]);
    let endpoint = curious(api.port);
    let steps = "[[step]]\nevent = \"invoice.created\"\n\
                 [[step]]\nevent = \"invoice.paid\"\napi_fault = \"GET /v1/customers/*=429*1\"\n\
                 [[step]]\nevent = \"charge.succeeded\"\n";
    std::fs::write(api.devtool.directory().join("a.toml"), steps).unwrap();
    let faults = ["--api-fault", "GET /v1/customers/*=500*1", "--api-latency", "1ms"];
    let arguments = ["scenario", "a.toml", "--api", "--format", "json"];
    let run = send(&api, &endpoint, &[&arguments[..], &faults].concat()).code(0);
    assert_eq!(answers(&run), ["500", "429", "200"]);
    let kept = ["scenario", "a.toml", "--api", "--format", "json", "--api-fault", "* *=500"];
    let run = send(&api, &endpoint, &kept).code(0);
    assert_eq!(answers(&run), ["500", "429", "500"]);
    let run = send(&api, &endpoint, &["trigger", "invoice.paid", "--format", "json"]).code(0);
    assert_eq!(answers(&run), ["200"]);
}

#[test]
fn only_who_can_read_its_file_can_tell_it_anything() {
    let mut api = RunningApi::start(&[]);
    let directory = place(&api.devtool);
    let file = std::fs::read_to_string(directory.join("running.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(file["port"], api.port);
    let token = file["token"].as_str().unwrap();
    let post = |host: &str, token: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", api.port)).unwrap();
        let body = r#"{"link": 0, "operation": {"open": {"faults": [], "latency": {"secs": 0, "nanos": 0}}}}"#;
        let request = format!(
            "POST /_devtool/control HTTP/1.1\r\nHost: {host}\r\nDevtool-Token: {token}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(post("127.0.0.1", token), "200");
    assert_ne!(post("127.0.0.1", &token.to_uppercase()), "200");
    assert_ne!(post("127.0.0.1", ""), "200");
    assert_ne!(post("stripe.example", token), "200");
    assert_ne!(ask_with(api.port, "GET /_devtool/control", "").0, 200);
    api.process.wait_for_rows("/_devtool/control", 4);
    let shown = [api.process.stdout(), api.process.stderr()].concat().join("\n");
    assert!(!shown.to_lowercase().contains(token), "{shown}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&directory) & 0o777, 0o700);
        assert_eq!(mode(&directory.join("running.json")) & 0o777, 0o600);
    }
    api.end();
    assert!(!directory.join("running.json").exists());
}

#[test]
fn of_two_the_first_is_told() {
    let _filters = filters();
    let first = RunningApi::start(&[]);
    let port = free_port();
    let mut command = first.devtool.command_of(&["api", "--api-port", &port.to_string()]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let second = Listening::of(command.spawn().unwrap(), Arc::clone(&first.devtool));
    insta::assert_snapshot!(second.wait_for_output("warning"), @"warning: runs do not tell this API of their events: another `devtool api` runs, which they tell");
    second.wait_for_output("127.0.0.1:");
    let endpoint = curious(first.port);
    let run = send(&first, &endpoint, &["trigger", "charge.succeeded", "--format", "json"]).code(0);
    assert_eq!(answers(&run), ["200"]);
}

#[test]
fn the_doctor_sees_one_that_runs() {
    let _filters = filters();
    let mut api = RunningApi::start(&[]);
    let finding = |api: &RunningApi| {
        let run = api.devtool.rerun(&["doctor", "--offline", "--no-send", "--port", "9"]);
        run.stdout.lines().find(|line| line.contains("  api  ")).unwrap().to_owned()
    };
    let running = finding(&api).replace(&format!("pid {}", api.process.child.id()), "pid PID");
    insta::assert_snapshot!(running, @"  good      api         running at http://127.0.0.1:PORT (pid PID)");
    api.end();
    insta::assert_snapshot!(finding(&api), @"  optional  api         no `devtool api` is running");
}

#[test]
fn it_fails_and_is_slow_by_itself_where_that_is_asked_for() {
    let faults = ["--api-fault", "GET /v1/customers/*=500*1", "--api-latency", "1ms"];
    let api = RunningApi::start(&[&["--format", "json"], &faults[..]].concat());
    let endpoint = curious(api.port);
    let run = ["scenario", "payment-card", "--seed", "7", "--format", "json"];
    let run = send(&api, &endpoint, &run).code(0);
    assert_eq!(answers(&run), ["500", "200", "200", "200"]);
    api.process.wait_for_rows("\"method\"", 4);
    let shown = api.process.stdout();
    let calls = shown.iter().filter(|line| line.contains("\"method\""));
    let calls: Vec<Value> = calls.map(|line| serde_json::from_str(line).unwrap()).collect();
    let faults: Vec<_> = calls.iter().map(|call| &call["fault"]).collect();
    assert_eq!(faults, [true, false, false, false]);
}

#[test]
fn what_a_key_was_answered_is_forgotten_with_its_story() {
    let (api, story) = (LocalApi::start(), TestStory::of_event("customer.created", None, 7));
    let sent = api.play(&story);
    let path = format!("/v1/customers/{}", sent[0]["data"]["object"]["id"].as_str().unwrap());
    let update = || {
        let call = format!("POST {path}?metadata[told]=1");
        ask_with(api.port, &call, "Idempotency-Key: key\r\n").0
    };
    let told = || ask(api.port, &format!("GET {path}")).1["metadata"]["told"].clone();
    assert_eq!((update(), told()), (200, "1".into()));
    api.play(&story);
    assert_eq!(told(), Value::Null);
    assert_eq!((update(), told()), (200, "1".into()));
    api.api.clear();
    assert_eq!(update(), 404);
    api.play(&story);
    assert_eq!(update(), 200);
    // The history begins anew, and the story goes on: metadata that was changed meanwhile stays.
    api.api.clear_untold();
    let call = format!("POST {path}?metadata[told]=2");
    assert_eq!((ask(api.port, &call).0, update(), told()), (200, 200, "2".into()));
}

#[test]
fn the_history_is_looked_into_once_for_a_request_with_a_key() {
    let api = LocalApi::start();
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    api.api.before_answers(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let call = "POST /v1/customers/cus_1?metadata[told]=1";
    assert_eq!(ask_with(api.port, call, "Idempotency-Key: key\r\n").0, 404);
    assert_eq!(looks.load(Ordering::Relaxed), 1);
}

#[test]
fn the_customers_answer_is_given_by_a_command() {
    let api = RunningApi::start(&[]);
    let pay = "POST /v1/payment_intents?amount=900&currency=usd&confirm=true&return_url=https://a.example\
               &payment_method=pm_card_threeDSecure2Required";
    let waiting = || {
        let (status, payment) = ask(api.port, pay);
        assert_eq!((status, &payment["status"]), (200, &"requires_action".into()), "{payment}");
        payment["id"].as_str().unwrap().to_owned()
    };
    let first = waiting();
    let told = api.devtool.rerun(&["api", "complete", &first]).code(0);
    assert_eq!(told.stdout, format!("{first}: succeeded\n"));
    let told = api.devtool.rerun(&["api", "complete", &first]).code(2);
    assert!(told.stderr.contains("its status is succeeded"), "{}", told.stderr);
    let second = waiting();
    let decline =
        ["api", "complete", &second, "--decline", "insufficient_funds", "--format", "json"];
    let payment = api.devtool.rerun(&decline).code(0).json();
    assert_eq!(payment["last_payment_error"]["decline_code"], "insufficient_funds");
    api.devtool.rerun(&["api", "complete", "cs_1"]).code(2);
    let (_, events) = ask(api.port, "GET /v1/events?limit=1");
    assert_eq!(events["data"][0]["type"], "payment_intent.payment_failed");
    assert_eq!(events["data"][0]["request"]["id"], Value::Null);
}

#[test]
fn a_session_is_paid_and_time_goes_by_where_commands_say_so() {
    let api = RunningApi::start(&[]);
    let made = |call: &str| {
        let (status, object) = ask(api.port, call);
        assert_eq!(status, 200, "{object}");
        object
    };
    let price = made(
        "POST /v1/prices?currency=usd&unit_amount=500&recurring[interval]=month&product_data[name]=a",
    );
    let session = made(&format!(
        "POST /v1/checkout/sessions?mode=subscription&success_url=https://a.example\
         &line_items[0][price]={}&line_items[0][quantity]=1",
        price["id"].as_str().unwrap()
    ));
    let session = session["id"].as_str().unwrap();
    let told = api.devtool.rerun(&["api", "complete", session]).code(0);
    assert_eq!(told.stdout, format!("{session}: complete\n"));
    let told = api.devtool.rerun(&["api", "advance", "1mo 2h"]).code(0);
    assert!(told.stdout.ends_with("Z: 2 due\n"), "{}", told.stdout);
    let (_, events) = ask(api.port, "GET /v1/events?limit=1");
    assert_eq!(events["data"][0]["type"], "invoice_payment.paid");
    let customer = made("POST /v1/customers");
    let created = |object: &Value| object["created"].as_i64().unwrap();
    assert!(created(&customer) - created(&price) > 28 * 24 * 60 * 60, "{customer}");
    let told = api.devtool.rerun(&["api", "advance", "1h", "--format", "json"]).code(0).json();
    assert_eq!(told["happened"], 0);
    let told = api.devtool.rerun(&["api", "advance", "0s"]).code(2);
    assert!(told.stderr.contains("time goes forward only"), "{}", told.stderr);
}
