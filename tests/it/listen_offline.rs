//! `--offline`: the true Stripe CLI on the local API, with no account, no login and no network.

use std::process::Stdio;
use std::sync::Arc;

use crate::api_webhooks::{made, url, wait_for};
use crate::support::asking::{ask, free_port};
use crate::support::endpoint::{Endpoint, Received, Reply};
use crate::support::listening::Listening;
use crate::support::running_api::RunningApi;
use crate::support::stripe::binary::{VERSIONS, without_key};
use crate::support::{Devtool, SECRET, verified};

fn listen(app: &Endpoint, version: &str, more: &[&str]) -> Devtool {
    let port = app.port().to_string();
    let devtool = without_key(&["listen", "--offline", "--port", &port], version);
    devtool.args(more).env("STRIPE_WEBHOOK_SECRET", SECRET)
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_listen_gets_what_calls_and_triggers_cause_with_no_key() {
    for version in VERSIONS {
        let (app, port) = (Endpoint::accepting(), free_port());
        let number = port.to_string();
        let mut listening = Listening::start(listen(&app, version, &["--api-port", &number]));
        listening.wait_for_output("secret: ");
        assert_eq!(ask(port, "POST /v1/customers?email=mara@example.com").0, 200);
        let row = listening.wait_for_output("customer.created");
        assert!(row.contains("200"), "{row}");
        let app_port = app.port().to_string();
        let product = listening.devtool.rerun(&["trigger", "product.created", "--port", &app_port]);
        let product = product.code(0).stdout;
        assert!(product.contains("offline: the local API at"), "{product}");
        listening.wait_for_output("product.created");
        let received = app.received();
        assert_eq!(
            received.iter().map(Received::name).collect::<Vec<_>>(),
            ["customer.created", "product.created"]
        );
        assert!(received.iter().all(|event| verified(event, SECRET)));
        #[cfg(target_os = "linux")]
        for child in listening.children() {
            let line = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&line).contains("sk_test"), "the key is an argument");
        }
        listening.end();
        assert_eq!(ask(port, "GET /v1/customers").0, 0, "the API is up after the listen");
    }
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_listen_is_on_the_api_that_runs() {
    let (app, port) = (Endpoint::accepting(), free_port());
    let devtool = without_key(&["api", "--api-port", &port.to_string()], VERSIONS[0]);
    let devtool = Arc::new(devtool.env("STRIPE_WEBHOOK_SECRET", SECRET));
    let _api = RunningApi::of(&devtool, port);
    let mut listen =
        devtool.command_of(&["listen", "--offline", "--port", &app.port().to_string()]);
    let child = listen.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let listening = Listening::of(child, Arc::clone(&devtool));
    listening.wait_for_output("secret: ");
    assert_eq!(ask(port, "POST /v1/customers?email=mara@example.com").0, 200);
    listening.wait_for_output("customer.created");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_run_goes_through_the_stripe_cli_with_no_key() {
    let app = Endpoint::accepting();
    let port = app.port().to_string();
    let arguments = ["trigger", "payment_intent.succeeded", "--offline", "--port", &port];
    let devtool = without_key(&arguments, VERSIONS[0]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    let run = devtool.run().code(0);
    assert!(run.stdout.contains("offline: the local API at"), "{}", run.stdout);
    assert!(app.names().contains(&"payment_intent.succeeded".to_owned()), "{:?}", app.names());
    assert!(app.received().iter().all(|event| verified(event, SECRET)));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn webhook_endpoints_of_the_app_get_theirs_beside_the_stripe_cli() {
    let (app, webhook, port) = (Endpoint::accepting(), Endpoint::accepting(), free_port());
    let listen = listen(&app, VERSIONS[0], &["--api-port", &port.to_string()]);
    let listening = Listening::start(listen);
    listening.wait_for_output("secret: ");
    let secret = made(port, &url(&webhook), "enabled_events[]=*");
    assert_eq!(ask(port, "POST /v1/customers?email=mara@example.com").0, 200);
    listening.wait_for_output("customer.created");
    wait_for(&webhook, 1);
    wait_for(&app, 1);
    assert!(verified(&webhook.received()[0], &secret));
    assert!(verified(&app.received()[0], SECRET));
    assert_eq!([webhook.names(), app.names()].concat(), ["customer.created"; 2]);
}

#[test]
fn who_sends_without_the_stripe_cli_is_not_offline_with_it() {
    let run =
        Devtool::new(&["trigger", "invoice.paid", "--offline", "--via", "local"]).run().code(2);
    insta::assert_snapshot!(run.stderr, @r"
    error: `--offline` runs the Stripe CLI, and `--via local` sends without it
      hint: leave out `--offline`: without Stripe, devtool needs no network
    ");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_run_has_its_api_at_the_port_that_is_said_and_webhook_endpoints_get_theirs() {
    let (port, webhook) = (free_port(), Arc::new(Endpoint::accepting()));
    let to = Arc::clone(&webhook);
    // The app makes a webhook endpoint, and what its next call causes goes there.
    let app = Endpoint::new(move |_| {
        if ask(port, "GET /v1/webhook_endpoints").1["data"][0].is_null() {
            made(port, &url(&to), "enabled_events[]=*");
            ask(port, "POST /v1/products?name=Mug");
            wait_for(&to, 1);
        }
        Reply::new(200, "ok")
    });
    let (number, at) = (app.port().to_string(), port.to_string());
    let arguments =
        ["trigger", "customer.created", "--offline", "--api-port", &at, "--port", &number];
    let devtool = without_key(&arguments, VERSIONS[0]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    let run = devtool.run().code(0);
    let place = format!("offline: the local API at http://127.0.0.1:{port}");
    assert!(run.stdout.contains(&place), "{}", run.stdout);
    assert!(webhook.names().contains(&"product.created".to_owned()), "{:?}", webhook.names());
}
