//! The example apps ask the local API. What `sdk.rs` says of missing programs holds here.

use std::process::Command;

use crate::api_calls::without_ids;
use crate::sdk::{App, express, python, root};
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
