//! The events that an app's own calls of the local API cause: delivered, shown, counted, and never without an end.

use serde_json::Value;

use crate::api_calls::without_ids;
use crate::local_api::with_api;
use crate::support::asking::{Threads, ask, ask_with, free_port};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::listening::{Listening, listen};
use crate::support::running_api::RunningApi;
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::{Devtool, SECRET, verified};

/// A handler that gives the money of each charge back, and answers the events of a type with a status.
fn refunding(api: u16, (refused, status): (&'static str, u16)) -> Endpoint {
    Endpoint::new(move |request| {
        let event = request.event();
        if event["type"] == "charge.succeeded" {
            let charge = event["data"]["object"]["id"].as_str().unwrap();
            let key = format!("Idempotency-Key: key-{charge}\r\n");
            let (status, refund) =
                ask_with(api, &format!("POST /v1/refunds?charge={charge}"), &key);
            assert_eq!(status, 200, "{refund}");
        }
        if event["type"] == refused { Reply::new(status, "no") } else { Reply::new(200, "ok") }
    })
}

/// The names of the events that came, and for each the key of the call that caused it.
fn came(endpoint: &Endpoint) -> Vec<(String, bool)> {
    let received = endpoint.received();
    let of = |event: Value| {
        let key = event["request"]["idempotency_key"].as_str();
        let is_caused = key.is_some_and(|key| key.starts_with("key-"));
        (event["type"].as_str().unwrap().to_owned(), is_caused)
    };
    received.iter().map(|one| of(one.event())).collect()
}

const REFUND: [(&str, bool); 3] =
    [("charge.succeeded", false), ("refund.created", true), ("charge.refunded", true)];

fn named(events: &[(&str, bool)]) -> Vec<(String, bool)> {
    events.iter().map(|(name, is_caused)| ((*name).to_owned(), *is_caused)).collect()
}

#[test]
fn the_events_of_a_call_are_delivered_after_it_and_each_report_names_the_call() {
    let _filters = filters();
    let api = free_port();
    let endpoint = refunding(api, ("", 0));
    let reports =
        ["--report", "a.json", "--report", "a.xml", "--report", "a.md", "--report", "a.html"];
    let devtool = with_api(&["trigger", "charge.succeeded"], &endpoint, api).args(&reports);
    let run = devtool.run().code(0);
    insta::assert_snapshot!("refund_text", without_ids(&run.whole()));
    assert_eq!(came(&endpoint), named(&REFUND));
    assert!(endpoint.received().iter().all(|one| verified(one, SECRET)));
    let read = |name: &str| std::fs::read_to_string(devtool.directory().join(name)).unwrap();
    let json: Value = serde_json::from_str(&read("a.json")).unwrap();
    crate::report_files::assert_valid(&json);
    let steps = json["steps"].as_array().unwrap();
    assert_eq!(json["totals"]["steps"], endpoint.count());
    assert_eq!(steps[0]["caused_by"], Value::Null);
    for (at, step) in steps.iter().enumerate().skip(1) {
        assert_eq!(step["caused_by"]["path"], "/v1/refunds");
        assert_eq!(step["caused_by"]["method"], "POST");
        let request = &endpoint.received()[at].event()["request"]["id"];
        assert_eq!(&step["caused_by"]["request"], request);
        assert!(step["delivery"].is_number(), "it is not recorded");
    }
    for file in ["a.xml", "a.md", "a.html"] {
        let text = read(file).replace("caused by `", "caused by ");
        assert!(text.contains("caused by POST /v1/refunds, req_devtool"), "{file}");
    }
}

#[test]
fn an_event_of_a_call_that_is_refused_fails_the_run() {
    let api = free_port();
    let endpoint = refunding(api, ("refund.created", 500));
    let run = with_api(&["trigger", "charge.succeeded"], &endpoint, api).run().code(1);
    assert!(run.whole().contains("refund.created"), "{}", run.whole());
}

#[test]
fn the_answer_to_a_call_can_wait_for_its_events() {
    let api = free_port();
    let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&order);
    let app = Threads::new(move |event| {
        let name = event["type"].as_str().unwrap().to_owned();
        if name == "charge.succeeded" {
            let charge = event["data"]["object"]["id"].as_str().unwrap();
            ask(api, &format!("POST /v1/refunds?charge={charge}"));
            seen.lock().unwrap().push("answered".to_owned());
        } else {
            seen.lock().unwrap().push(name);
        }
    });
    let before = ["trigger", "charge.succeeded", "--api-events", "before"];
    let port = api.to_string();
    Devtool::sending(&before, app.port).args(&["--api", "--api-port", &port]).run().code(0);
    let order = order.lock().unwrap();
    assert_eq!(order.last().map(String::as_str), Some("answered"), "{order:?}");
    assert!(order.contains(&"refund.created".to_owned()), "{order:?}");
}

#[test]
fn a_handler_whose_call_causes_the_event_that_it_answers_so_ends() {
    let api = free_port();
    let endpoint = Endpoint::new(move |_| {
        ask(api, "POST /v1/customers?name=again");
        Reply::new(200, "ok")
    });
    let run = with_api(&["trigger", "customer.created"], &endpoint, api).run().code(1);
    assert_eq!(endpoint.count(), 101);
    let shown = run.whole();
    assert!(shown.contains("100 events that calls of the app caused were delivered"), "{shown}");
}

#[test]
fn one_that_stays_up_delivers_to_its_endpoint_or_says_that_it_has_none() {
    let app = Endpoint::accepting();
    let running = RunningApi::start(&["--port", &app.port().to_string()]);
    let (status, customer) = ask(running.port, "POST /v1/customers?name=Ada");
    assert_eq!(status, 200, "{customer}");
    running.process.wait_for_output("(caused by POST /v1/customers, req_devtool0000001)");
    let received = app.received();
    assert_eq!(app.names(), ["customer.created"]);
    assert_eq!(received[0].event()["data"]["object"]["id"], customer["id"]);
    assert!(verified(&received[0], SECRET));
    drop(running);
    let without = RunningApi::start(&[]);
    for _ in 0..2 {
        ask(without.port, "POST /v1/customers?name=Ada");
    }
    without.process.wait_for_output("customer.created of a call goes to nobody");
}

#[test]
fn one_that_stays_up_delivers_in_order_and_time_goes_by_once_all_of_that_is_out() {
    let app = Endpoint::new(|_| {
        // Longer than it takes to set out for the next one.
        std::thread::sleep(std::time::Duration::from_millis(30));
        Reply::new(200, "ok")
    });
    let api = RunningApi::start(&["--port", &app.port().to_string()]);
    let card =
        "payment_method=pm_card_visa&invoice_settings%5Bdefault_payment_method%5D=pm_card_visa";
    let (_, customer) = ask(api.port, &format!("POST /v1/customers?{card}"));
    let price =
        "currency=usd&unit_amount=900&recurring%5Binterval%5D=month&product_data%5Bname%5D=A";
    let (_, price) = ask(api.port, &format!("POST /v1/prices?{price}"));
    let id = |object: &Value| object["id"].as_str().unwrap().to_owned();
    let items = format!("customer={}&items%5B0%5D%5Bprice%5D={}", id(&customer), id(&price));
    ask(api.port, &format!("POST /v1/subscriptions?{items}"));
    let told = |count: usize| {
        let (_, events) = ask(api.port, &format!("GET /v1/events?limit={count}"));
        let events = events["data"].as_array().unwrap().iter().rev();
        events.map(|event| event["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Everything up to then is out as well: it is delivered one after the other.
    let told_then = api.devtool.rerun(&["api", "advance", "1mo 2h"]).code(0);
    assert_eq!(app.names(), told(100), "{}", told_then.whole());
    assert!(app.count() > 20, "{:?}", app.names());
}

#[test]
fn what_waits_for_its_turn_is_left_when_it_ends() {
    let app = Endpoint::new(|_| {
        std::thread::sleep(std::time::Duration::from_secs(2));
        Reply::new(200, "ok")
    });
    let mut api = RunningApi::start(&["--port", &app.port().to_string()]);
    for _ in 0..20 {
        ask(api.port, "POST /v1/products?name=Mug");
    }
    api.process.wait_for_output("product.created");
    // One after the other would take 40 s.
    let start = std::time::Instant::now();
    api.end();
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert!(app.count() < 10, "{}", app.count());
}

#[test]
fn an_answer_does_not_wait_for_events_that_go_to_nobody() {
    let api = RunningApi::start(&["--api-events", "before"]);
    let start = std::time::Instant::now();
    assert_eq!(ask(api.port, "POST /v1/products?name=Mug").0, 200);
    // It would be a minute.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn a_run_takes_the_events_of_calls_from_the_api_that_stays_up() {
    let app = Endpoint::accepting().left_alone();
    let running = RunningApi::start(&["--port", &app.port().to_string()]);
    let endpoint = refunding(running.port, ("", 0));
    let port = endpoint.port().to_string();
    running.devtool.rerun(&["trigger", "charge.succeeded", "--api", "--port", &port]).code(0);
    assert!(endpoint.count() > 1, "{:?}", endpoint.names());
    assert_eq!(app.count(), 0, "the run's own events go to the run's endpoint");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_listen_with_an_api_delivers_the_events_of_calls() {
    let (fake, api) = (FakeStripe::start(), free_port());
    let app = Endpoint::accepting();
    let more = ["--api", "--api-port", &api.to_string()];
    let devtool = listen(&fake, VERSIONS[0], app.port(), &more);
    let mut listening = Listening::ready(&fake, devtool);
    let (status, customer) = ask(api, "POST /v1/customers?name=Ada");
    assert_eq!(status, 200, "{customer}");
    listening.wait_for_output("caused by an API call");
    assert_eq!(listening.interrupt(), 0);
    assert_eq!(app.names(), ["customer.created"]);
    assert_eq!(app.received()[0].event()["data"]["object"]["id"], customer["id"]);
}

#[test]
#[cfg(unix)]
fn a_delivery_that_is_under_way_when_it_ends_is_recorded_with_its_answer() {
    let (begins, begun) = std::sync::mpsc::channel();
    let begins = std::sync::Mutex::new(begins);
    let app = Endpoint::new(move |_| {
        begins.lock().unwrap().send(()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        Reply::new(202, "late")
    });
    let mut running = RunningApi::start(&["--port", &app.port().to_string()]);
    ask(running.port, "POST /v1/customers?name=Ada");
    begun.recv().unwrap();
    running.end();
    let history = running.devtool.rerun(&["history", "--format", "json"]).code(0);
    let history: Value = serde_json::from_str(history.stdout.trim()).unwrap();
    let delivery = &history["deliveries"][0];
    assert_eq!(delivery["event"], "customer.created", "{delivery}");
    assert_eq!(delivery["status"], 202, "{delivery}");
}
