//! `devtool api`: a local Stripe API that stays up and serves what is recorded.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::Devtool;
use crate::support::asking::{ask, ask_with, take_usual_port};
use crate::support::endpoint::Endpoint;
use crate::support::filters::{filtered, filters};
use crate::support::listening::Listening;
use crate::support::running_api::RunningApi;

fn event(id: &str, created: u32, status: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": "invoice.paid", "created": created,
        "data": {"object": {"id": "in_1", "object": "invoice", "status": status}},
    })
}

#[test]
fn it_says_where_it_is_and_how_each_library_is_pointed_at_it() {
    let _filters = filters();
    let mut running = RunningApi::start(&[]);
    running.process.wait_for_output("rust");
    let shown = running.process.stdout().join("\n");
    let shown = shown.replace(&running.port.to_string(), "PORT");
    insta::assert_snapshot!("heading", shown);
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/local-api.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    for shown in shown.split("\n\n").nth(1).unwrap().lines() {
        let (library, line) = shown.split_once("  ").unwrap();
        let base = match library.trim_end() {
            "php" => "$base",
            "dotnet" => "baseUrl",
            _ => "base",
        };
        let address = regex_lite::Regex::new("[\"']http://127.0.0.1:PORT[\"']").unwrap();
        let line = address.replace(line.trim_start(), regex_lite::NoExpand(base));
        assert!(docs.contains(&line.replace("PORT", "12111")), "{line}");
    }
    running.end();
    assert_eq!(ask(running.port, "GET /v1/customers").0, 0, "the API is up after its end");
}

#[test]
fn one_library_is_shown_alone() {
    let running = RunningApi::start(&["--sdk", "ruby", "--no-history"]);
    running.process.wait_for_output("ruby");
    let shown = running.process.stdout().join("\n").replace(&running.port.to_string(), "PORT");
    insta::assert_snapshot!(shown.trim_end(), @r#"
    api: http://127.0.0.1:PORT (Ctrl-C to stop)
    serves: no recorded events
    key: any that begins with sk_test_

    ruby    Stripe::StripeClient.new(key, api_base: "http://127.0.0.1:PORT")
    "#);
}

#[test]
fn it_serves_what_was_recorded_before_and_what_is_recorded_now_in_the_newest_state() {
    let app = Endpoint::accepting();
    let mut running = RunningApi::start(&[]);
    let port = running.port;
    let invoice = || ask(port, "GET /v1/invoices/in_1");
    assert_eq!(invoice().0, 404);
    running.record(&app, &event("evt_2", 1_790_000_002, "paid"));
    assert_eq!(invoice().1["status"], "paid");
    running.record(&app, &event("evt_1", 1_790_000_001, "open"));
    assert_eq!(invoice().1["status"], "paid", "the API went back");
    assert_eq!(ask(running.port, "GET /v1/events/evt_1").1["data"]["object"]["status"], "open");
    running.end();
    let again = RunningApi::of(&running.devtool, running.port);
    assert_eq!(ask(again.port, "GET /v1/invoices/in_1").1["status"], "paid");
}

// Windows lets nobody delete an open file.
#[cfg(unix)]
#[test]
fn a_history_that_is_deleted_is_served_no_more_and_a_new_one_is() {
    let app = Endpoint::accepting();
    let running = RunningApi::start(&[]);
    running.record(&app, &event("evt_1", 1_790_000_001, "paid"));
    assert_eq!(ask(running.port, "GET /v1/events/evt_1").0, 200);
    let history = running.devtool.history();
    for ending in ["", "-wal", "-shm"] {
        let mut file = history.clone().into_os_string();
        file.push(ending);
        let _ = std::fs::remove_file(file);
    }
    assert_eq!(ask(running.port, "GET /v1/events/evt_1").0, 404);
    running.record(&app, &event("evt_2", 1_790_000_001, "paid"));
    assert_eq!(ask(running.port, "GET /v1/events/evt_2").0, 200);
}

#[test]
fn nothing_recorded_is_served_without_a_history() {
    let app = Endpoint::accepting();
    let mut running = RunningApi::start(&["--no-history"]);
    running.record(&app, &event("evt_1", 1_790_000_001, "paid"));
    assert_eq!(ask(running.port, "GET /v1/events/evt_1").0, 200, "the run told of it");
    running.end();
    let again = RunningApi::of(&running.devtool, running.port);
    assert_eq!(ask(again.port, "GET /v1/events/evt_1").0, 404);
}

#[test]
fn what_only_older_events_carry_is_looked_for_when_it_is_asked_for() {
    let app = Endpoint::accepting();
    let mut running = RunningApi::start(&[]);
    running.record(&app, &event("evt_1", 1_790_000_001, "open"));
    running.record(&app, &event("evt_2", 1_790_000_002, "paid"));
    running.end();
    many_events(&running, &app);
    let again = RunningApi::of(&running.devtool, running.port);
    let events = ask(again.port, "GET /v1/events?type=invoice.paid").1;
    assert_eq!(events["data"].as_array().unwrap().len(), 0, "all of them are served");
    assert_eq!(ask(again.port, "GET /v1/invoices/in_1").1["status"], "paid");
    assert_eq!(ask(again.port, "GET /v1/events/evt_1").1["id"], "evt_1");
    assert_eq!(ask(again.port, "GET /v1/invoices/in_2").0, 404);
}

#[test]
fn what_is_older_is_found_by_any_id_and_of_connected_accounts_too() {
    let app = Endpoint::accepting();
    let mut running = RunningApi::start(&[]);
    let mut of_account = event("evt_1", 1_790_000_001, "paid");
    of_account["account"] = "acct_old".into();
    running.record(&app, &of_account);
    let mut product = event("evt_2", 1_790_000_002, "");
    product["type"] = "product.updated".into();
    product["data"]["object"] = json!({"id": "gold", "object": "product"});
    running.record(&app, &product);
    running.end();
    many_events(&running, &app);
    let again = RunningApi::of(&running.devtool, running.port);
    let of = |account: &str, call: &str| {
        ask_with(again.port, call, &format!("Stripe-Account: {account}\r\n")).0
    };
    assert_eq!(of("acct_none", "GET /v1/invoices/in_1"), 403);
    assert_eq!(of("acct_old", "GET /v1/invoices/in_2"), 404);
    assert_eq!(of("acct_old", "GET /v1/invoices/in_1"), 200);
    assert_eq!(ask(again.port, "GET /v1/products/gold").1["id"], "gold");
    assert_eq!(ask(again.port, "GET /v1/products/gol").0, 404);
}

#[test]
fn what_could_not_be_looked_for_is_looked_for_again() {
    let app = Endpoint::accepting();
    let mut running = RunningApi::start(&[]);
    running.record(&app, &event("evt_1", 1_790_000_001, "paid"));
    running.end();
    many_events(&running, &app);
    let again = RunningApi::of(&running.devtool, running.port);
    let rename = |sql: &str| {
        let history = rusqlite::Connection::open(running.devtool.history()).unwrap();
        history.execute_batch(sql).unwrap();
    };
    rename("ALTER TABLE content RENAME TO elsewhere");
    assert_eq!(ask(again.port, "GET /v1/invoices/in_1").0, 404);
    again.process.wait_for_output("what is recorded now is not served");
    rename("ALTER TABLE elsewhere RENAME TO content");
    assert_eq!(ask(again.port, "GET /v1/invoices/in_1").0, 200);
}

/// Records so many events that older ones are not followed.
fn many_events(running: &RunningApi, app: &Endpoint) {
    let port = app.port().to_string();
    let many = ["scenario", "payment", "--repeat", "60", "--concurrency", "20", "--port", &port];
    running.devtool.rerun(&many).code(0);
}

#[test]
fn what_no_event_carries_is_served_after_a_restart_too() {
    let app = Endpoint::accepting();
    let mut running = RunningApi::start(&[]);
    let port = app.port().to_string();
    for name in ["charge.succeeded", "v1.product.updated"] {
        running.devtool.rerun(&["trigger", name, "--port", &port]).code(0);
    }
    let served = |api: &RunningApi| {
        let ask = |path: &str| {
            let (status, answer) = ask(api.port, &format!("GET {path}"));
            assert_eq!(status, 200, "{path}: {answer}");
            answer
        };
        let charge = ask("/v1/charges")["data"][0].clone();
        let customer = ask(&format!("/v1/customers/{}", charge["customer"].as_str().unwrap()));
        let thin = ask("/v2/core/events")["data"][0].clone();
        let event = ask(&format!("/v2/core/events/{}", thin["id"].as_str().unwrap()));
        let product = ask(thin["related_object"]["url"].as_str().unwrap());
        [charge, customer, thin, event, product]
    };
    let before = served(&running);
    running.end();
    assert_eq!(served(&RunningApi::of(&running.devtool, running.port)), before);
}

#[test]
fn each_call_is_a_line_without_keys() {
    let _filters = filters();
    let app = Endpoint::accepting();
    let running = RunningApi::start(&["--sdk", "node"]);
    running.record(&app, &event("evt_1", 1_790_000_001, "paid"));
    for call in [
        "GET /v1/invoices/in_1",
        "GET /v1/invoices/sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "POST /v1/quotes",
    ] {
        ask(running.port, call);
    }
    running.process.wait_for_output("/v1/quotes");
    let shown = running.process.stdout();
    let calls = shown.iter().skip_while(|line| !line.contains("GET ")).cloned();
    insta::assert_snapshot!(calls.collect::<Vec<_>>().join("\n"));
}

#[test]
fn calls_are_json_lines_for_programs() {
    let mut running = RunningApi::start(&["--format", "json"]);
    ask(running.port, "GET /v1/events/evt_1");
    running.process.wait_for_output("GET");
    running.end();
    let shown = running.process.stdout().join("\n").replace(&running.port.to_string(), "PORT");
    insta::assert_snapshot!(filtered(&shown));
}

#[test]
fn a_port_that_was_named_is_needed_and_the_usual_one_gives_way() {
    let _filters = filters();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = Devtool::new(&["api", "--api-port", &port]).run().code(3);
    let first = run.stderr.lines().next().unwrap();
    insta::assert_snapshot!(first.replace(&port, "PORT"), @"error: cannot open port PORT for the local Stripe API");
    take_usual_port();
    let usual = Listening::start(Devtool::new(&["api"]));
    usual.wait_for_output("another program has port");
    usual.wait_for_output("api: http://127.0.0.1:12");
    insta::assert_snapshot!(usual.stderr().join("\n"), @"warning: another program has port 12111: the local Stripe API is at http://127.0.0.1:PORT");
}

#[test]
fn a_file_that_is_no_history_is_refused() {
    let _filters = filters();
    let devtool = Devtool::new(&["api", "--api-port", "0", "--history", "notes.txt"]);
    let run = devtool.file("notes.txt", "no history").run();
    insta::assert_snapshot!("foreign", run.whole());
}
