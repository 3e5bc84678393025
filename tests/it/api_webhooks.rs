//! Webhook endpoints that an app makes by the local API: they get what its calls cause, signed with secrets of their own.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::local_api::with_api;
use crate::support::asking::{ask, free_port};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, listen};
use crate::support::running_api::RunningApi;
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::{SECRET, verified};

/// Makes one; returns its secret.
pub(crate) fn made(api: u16, url: &str, types: &str) -> String {
    let url = url.replace(':', "%3A").replace('/', "%2F");
    let call = format!("POST /v1/webhook_endpoints?url={url}&{types}");
    let (status, webhook) = ask(api, &call);
    assert_eq!(status, 200, "{webhook}");
    webhook["secret"].as_str().unwrap().to_owned()
}

/// Waits until so many events have come.
pub(crate) fn wait_for(endpoint: &Endpoint, count: usize) {
    let end = Instant::now() + Duration::from_secs(30);
    while endpoint.count() < count {
        assert!(Instant::now() < end, "{:?}", endpoint.names());
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn url(endpoint: &Endpoint) -> String {
    format!("http://127.0.0.1:{}/hooks", endpoint.port())
}

#[test]
fn one_that_stays_up_delivers_to_them_without_an_endpoint_of_its_own() {
    let (all, some) = (Endpoint::accepting(), Endpoint::accepting());
    let running = RunningApi::start(&[]);
    let secret = made(running.port, &url(&all), "enabled_events[]=*");
    let other = made(running.port, &url(&some), "enabled_events[]=product.created");
    assert_ne!(secret, other);
    made(running.port, "https://hooks.example.com/x", "enabled_events[]=*");
    ask(running.port, "POST /v1/customers?name=Ada");
    ask(running.port, "POST /v1/products?name=Mug");
    running.process.wait_for_output("do not go to the webhook endpoint we_");
    wait_for(&all, 2);
    wait_for(&some, 1);
    let mut names = all.names();
    names.sort();
    assert_eq!(names, ["customer.created", "product.created"]);
    assert_eq!(some.names(), ["product.created"]);
    assert!(all.received().iter().all(|one| verified(one, &secret)));
    assert!(some.received().iter().all(|one| verified(one, &other)));
    let shown = [running.process.stdout(), running.process.stderr()].concat().join("\n");
    assert_eq!(shown.matches("--allow-remote").count(), 1, "{shown}");
    assert!(!shown.contains(&secret) && !shown.contains(&other), "{shown}");
    assert!(!shown.contains("goes to nobody"), "{shown}");
}

#[test]
fn an_event_that_no_webhook_endpoint_takes_is_said_to_go_to_nobody() {
    let some = Endpoint::accepting();
    let running = RunningApi::start(&[]);
    made(running.port, &url(&some), "enabled_events[]=product.created");
    ask(running.port, "POST /v1/products?name=Mug");
    wait_for(&some, 1);
    ask(running.port, "POST /v1/customers?name=Ada");
    running.process.wait_for_output("customer.created of a call goes to nobody");
    let shown = [running.process.stdout(), running.process.stderr()].concat().join("\n");
    assert_eq!(shown.matches("goes to nobody").count(), 1, "{shown}");
}

/// A handler that makes a webhook endpoint and a customer when the first event comes.
fn making(api: u16, to: String) -> Endpoint {
    Endpoint::new(move |request| {
        if request.event()["type"] == "charge.succeeded" {
            made(api, &to, "enabled_events[]=customer.created");
            made(api, "https://hooks.example.com/x", "enabled_events[]=*");
            ask(api, "POST /v1/customers?name=Ada");
            ask(api, "POST /v1/customers?name=Bea");
        }
        Reply::new(200, "ok")
    })
}

#[test]
fn a_run_delivers_to_them_and_its_report_says_where_to() {
    let (api, webhook) = (free_port(), Endpoint::accepting());
    let endpoint = making(api, url(&webhook));
    let devtool =
        with_api(&["trigger", "charge.succeeded"], &endpoint, api).args(&["--report", "a.json"]);
    let run = devtool.run().code(0);
    assert_eq!(run.whole().matches("--allow-remote").count(), 1, "{}", run.whole());
    assert_eq!(webhook.names(), ["customer.created", "customer.created"]);
    assert!(!verified(&webhook.received()[0], SECRET));
    assert!(run.whole().contains(", to we_"), "{}", run.whole());
    let text = std::fs::read_to_string(devtool.directory().join("a.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let to = json["steps"].as_array().unwrap().iter().map(|step| step["endpoint"].as_str());
    let to: Vec<&str> = to.map(Option::unwrap).collect();
    let own = format!("http://127.0.0.1:{}/webhook", endpoint.port());
    let hooks = url(&webhook);
    assert_eq!(to, [own.as_str(), &own, &hooks, &own, &hooks]);
    assert!(json["steps"].as_array().unwrap().iter().all(|step| step["delivery"].is_number()));
}

#[test]
fn a_webhook_endpoint_that_refuses_fails_the_run() {
    let (api, webhook) = (free_port(), Endpoint::new(|_| Reply::new(400, "bad signature")));
    let endpoint = making(api, url(&webhook));
    let run = with_api(&["trigger", "charge.succeeded"], &endpoint, api).run().code(1);
    assert!(run.whole().contains("webhook endpoint we_"), "{}", run.whole());
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_listen_delivers_to_them() {
    let (fake, api) = (FakeStripe::start(), free_port());
    let (webhook, app) = (Endpoint::accepting(), Endpoint::accepting());
    let more = ["--api", "--api-port", &api.to_string()];
    let mut listening = Listening::ready(&fake, listen(&fake, VERSIONS[0], app.port(), &more));
    let secret = made(api, &url(&webhook), "enabled_events[]=*");
    made(api, "https://hooks.example.com/x", "enabled_events[]=*");
    ask(api, "POST /v1/customers?name=Ada");
    wait_for(&webhook, 1);
    wait_for(&app, 1);
    listening.wait_for_output("do not go to the webhook endpoint we_");
    assert_eq!(listening.interrupt(), 0);
    assert!(verified(&webhook.received()[0], &secret));
    assert!(!verified(&app.received()[0], &secret));
    assert_eq!([webhook.names(), app.names()].concat(), ["customer.created"; 2]);
}
