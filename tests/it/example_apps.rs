//! The example apps ask the local API. What `sdk.rs` says of missing programs holds here.

use std::fmt::Write as _;
use std::process::Command;

use devtool::event::thin;
use serde_json::{Value, json};

use crate::api_calls::without_ids;
use crate::sdk::{App, express, install, python, root};
use crate::support::Devtool;
use crate::support::asking::free_port;
use crate::support::filters::filters;

/// The address that an app is told to ask.
fn base(api: u16) -> String {
    format!("http://127.0.0.1:{api}")
}

/// The example app in Python, pointed at an API.
fn flask(name: &str, api: u16) -> App {
    let mut command = Command::new(python());
    command.arg(root().join("examples").join(name).join("app.py"));
    command.env("STRIPE_API_BASE", base(api));
    App::start(command)
}

/// The example app for Node, pointed at an API.
fn node(home: std::path::PathBuf, api: u16) -> App {
    let mut command = Command::new("node");
    command.arg("app.js").current_dir(home).env("STRIPE_API_BASE", base(api));
    App::start(command)
}

/// The app asks for the subscription and its customer, and the report says so.
fn asks_for_subscription_and_customer(app: &App, api: u16) {
    let _filters = filters();
    for (scenario, snapshot) in [("payment", "calls_payment"), ("billing", "calls_billing")] {
        let arguments = ["scenario", scenario, "--api", "--api-port", &api.to_string()];
        let run = Devtool::sending(&arguments, app.port).run().code(0);
        insta::assert_snapshot!(snapshot, without_ids(&run.whole()));
    }
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_flask_example_asks_the_local_api() {
    let api = free_port();
    asks_for_subscription_and_customer(&flask("flask", api), api);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_express_example_asks_the_local_api() {
    let api = free_port();
    asks_for_subscription_and_customer(&node(express(), api), api);
}

/// A step for each of these thin types of customers, subscriptions and invoices.
fn steps(wanted: impl Fn(&str) -> bool) -> String {
    let families = ["v1.customer", "v1.subscription", "v1.invoice"];
    let names = thin::names().unwrap().filter(|name| wanted(name));
    let names = names.filter(|name| families.iter().any(|family| name.starts_with(family)));
    names.fold("purpose = \"All of them\"\n\n".to_owned(), |steps, name| {
        steps + &format!("[[step]]\nevent = \"{name}\"\n")
    })
}

/// A line for each event, and below it what the app asked for it.
fn asked(report: &Value) -> String {
    let id = regex_lite::Regex::new(r"\b([a-z]+_(test_)?)[0-9A-Za-z]{14,}").unwrap();
    let mut text = String::new();
    for step in report["steps"].as_array().unwrap() {
        let _ = writeln!(text, "{}", step["event"].as_str().unwrap());
        for call in step["api_calls"].as_array().unwrap() {
            let path = id.replace_all(call["path"].as_str().unwrap(), "${1}ID");
            let _ =
                writeln!(text, "  {} {path} {}", call["method"].as_str().unwrap(), call["status"]);
        }
    }
    text
}

/// The app accepts each of the types, having asked for the event or for its object.
fn handles_every_thin_type(app: &App, api: u16) {
    // What is deleted has a story of its own: the objects of the others can be fetched.
    let arguments = ["scenario", "a.toml", "deleted.toml", "--api", "--api-port", &api.to_string()];
    let devtool = Devtool::sending(&arguments, app.port)
        .args(&["--format", "json"])
        .file("a.toml", &steps(|name| !name.ends_with(".deleted")))
        .file("deleted.toml", &steps(|name| name.ends_with(".deleted")));
    let report = devtool.run().code(0).json();
    assert_eq!(report["api_calls_outside"], json!([]));
    insta::assert_snapshot!("thin", asked(&report));
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_thin_flask_example_handles_every_type_of_customer_subscription_and_invoice() {
    let api = free_port();
    handles_every_thin_type(&flask("thin-flask", api), api);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_thin_express_example_handles_every_type_of_customer_subscription_and_invoice() {
    let api = free_port();
    let home = install("thin-express", "examples/thin-express", &["app.js"]);
    handles_every_thin_type(&node(home, api), api);
}
