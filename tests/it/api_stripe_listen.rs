//! The real `stripe listen` on devtool's own local API: the session, its websocket, and the events that calls cause.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::asking::{ask, ask_with};
use crate::support::endpoint::{Endpoint, Received};
use crate::support::listening::Listening;
use crate::support::running_api::RunningApi;
use crate::support::stripe::binary::{RealStripe, VERSIONS};
use crate::support::verified;

/// A `stripe listen` that forwards to an app, and the secret that it shows.
struct StripeListen {
    process: Listening,
    secret: String,
}

impl StripeListen {
    fn start(stripe: &RealStripe, api: &RunningApi, more: &[&str]) -> Self {
        let arguments = [&["listen", "--skip-update", "--log-level", "debug"], more].concat();
        let mut command = stripe.command(&arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let process = Listening::of(child, Arc::clone(&api.devtool));
        let ready = wait_for(|| process.stderr().into_iter().find(|line| line.contains("Ready!")));
        let secret = ready.split_whitespace().find(|word| word.starts_with("whsec_")).unwrap();
        Self { process, secret: secret.to_owned() }
    }
}

fn wait_for<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn received(app: &Endpoint, count: usize) -> Vec<Received> {
    wait_for(|| Some(app.received()).filter(|received| received.len() >= count))
}

fn forwarding(app: &Endpoint) -> [String; 4] {
    let url = format!("http://127.0.0.1:{}/webhook", app.port());
    [
        "--forward-to".to_owned(),
        url,
        "--events".to_owned(),
        "customer.created,price.created".to_owned(),
    ]
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_calls_cause_comes_by_every_version_signed_with_the_secret_that_it_shows() {
    for version in VERSIONS {
        let (app, api) = (Endpoint::accepting(), RunningApi::start(&["--no-history"]));
        let stripe = RealStripe::at(version, format!("http://127.0.0.1:{}", api.port));
        let forwarding = forwarding(&app);
        let arguments: Vec<&str> = forwarding.iter().map(String::as_str).collect();
        let listen = StripeListen::start(&stripe, &api, &arguments);
        let (status, customer) = ask(api.port, "POST /v1/customers?email=mara@example.com");
        assert_eq!(status, 200);
        ask(api.port, "POST /v1/products?name=left_out");
        ask(api.port, "POST /v1/prices?currency=usd&unit_amount=5&product_data[name]=x");
        let events = received(&app, 2);
        let names: Vec<String> = events.iter().map(Received::name).collect();
        assert!(names.contains(&"customer.created".to_owned()), "{names:?}");
        let event = events.iter().find(|event| event.name() == "customer.created").unwrap();
        assert_eq!(event.event()["data"]["object"]["id"], customer["id"]);
        assert!(events.iter().all(|event| verified(event, &listen.secret)));
        // As it is served, byte by byte.
        let id = event.event()["id"].as_str().unwrap().to_owned();
        assert_eq!(ask(api.port, &format!("GET /v1/events/{id}")).1, event.event());
        stripe.run(&["events", "resend", &id]).code(0);
        assert_eq!(received(&app, 3)[2].body, event.body);
        let said = api.process.stderr().join("\n");
        assert!(!said.contains("delivered"), "somebody hears of them: {said}");
        let printed = stripe.run(&["listen", "--print-secret"]).code(0);
        assert_eq!(printed.stdout.trim(), listen.secret);
        drop(listen);
        assert_eq!(app.count(), 3);
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_trigger_s_events_come_by_it_and_what_it_did_not_get_comes_when_it_is_back() {
    let (app, api) = (Endpoint::accepting(), RunningApi::start(&["--no-history"]));
    let stripe = RealStripe::at(VERSIONS[0], format!("http://127.0.0.1:{}", api.port));
    let url = format!("http://127.0.0.1:{}/webhook", app.port());
    let listen = StripeListen::start(&stripe, &api, &["--all-snapshot", "--forward-to", &url]);
    stripe.run(&["trigger", "payment_intent.succeeded"]).code(0);
    let mut names: Vec<String> = received(&app, 4).iter().map(Received::name).collect();
    names.sort();
    let wanted = [
        "charge.succeeded",
        "charge.updated",
        "payment_intent.created",
        "payment_intent.succeeded",
    ];
    assert_eq!(names, wanted);
    let log = listen.process.stdout().join("\n");
    assert!(log.contains("--> payment_intent.succeeded"), "{log}");
}

#[test]
fn sessions_are_for_keys_and_websockets_for_sessions_of_this_machine() {
    let api = RunningApi::start(&["--no-history"]);
    let session = "POST /v1/stripecli/sessions?device_name=box&websocket_features[]=webhooks";
    let (status, opened) = ask(api.port, session);
    assert_eq!(status, 200, "{opened}");
    assert!(opened["secret"].as_str().unwrap().starts_with("whsec_"));
    let url = format!("ws://127.0.0.1:{}/stripecli/subscribe", api.port);
    assert_eq!(opened["websocket_url"], url);
    let upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let (status, refused) = ask_with(api.port, "GET /stripecli/subscribe", "");
    assert_eq!(status, 426, "{refused}");
    let unknown = format!("{upgrade}Websocket-Id: cliws_none\r\n");
    let (status, refused) = ask_with(api.port, "GET /stripecli/subscribe", &unknown);
    // `Connection: close` is no upgrade.
    assert!([400, 426].contains(&status), "{refused}");
    let logs = "POST /v1/stripecli/sessions?device_name=box&websocket_features[]=request_logs";
    assert_eq!(ask(api.port, logs).1["error"]["code"], "devtool_not_served");
}
