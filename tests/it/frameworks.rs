//! What frameworks and Stripe's libraries really answer, and what devtool says of it. `data/answers` has those
//! that are not to be had from the registries of Python and Node.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::sdk::{App, express, install, python, root};
use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Reply};

/// An app in Python.
fn python_app(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(python());
    command.arg(root().join("tests/frameworks").join(name)).args(arguments);
    command
}

/// What a POST to each path comes to: its status, the word of the cause, and the cause.
fn told(app: &App, paths: &[&str]) -> String {
    let mut told = String::new();
    for path in paths {
        let arguments = ["trigger", "invoice.paid", "--path", path, "--format", "json"];
        let report = Devtool::sending(&arguments, app.port).run().json();
        let step = &report["steps"][0];
        let status = &step["attempts"][0]["status"];
        let word = |name: &str| step["diagnosis"][name].as_str().unwrap_or_default();
        let cause = word("cause").replace(&format!(":{}", app.port), ":PORT");
        let _ = writeln!(told, "{path} {status} {}\n  {cause}", word("id"));
    }
    told
}

const FLASK: [&str; 18] = [
    "/exception",
    "/wrong-secret",
    "/wrong-secret-told",
    "/no-secret",
    "/wrong-header",
    "/no-header",
    "/parsed",
    "/old",
    "/form",
    "/api-without-key",
    "/api",
    "/abort/400",
    "/abort/401",
    "/abort/403",
    "/abort/500",
    "/get",
    "/slash",
    "/nothing",
];

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn flask_and_its_debugger_are_understood() {
    let debug = App::start(python_app("flask_app.py", &["debug"]));
    insta::assert_snapshot!("flask_debug", told(&debug, &FLASK));
    let plain = App::start(python_app("flask_app.py", &[]));
    insta::assert_snapshot!("flask", told(&plain, &FLASK));
    let csrf = App::start(python_app("flask_app.py", &["csrf"]));
    insta::assert_snapshot!("flask_csrf", told(&csrf, &["/exception"]));
}

const DJANGO: [&str; 15] = [
    "/exception",
    "/does-not-exist",
    "/http404",
    "/denied",
    "/suspicious",
    "/wrong-secret",
    "/wrong-header",
    "/nothing-returned",
    "/stored",
    "/csrf",
    "/slash",
    "/get",
    "/private",
    "/forms",
    "/nothing",
];

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn django_and_its_debug_pages_are_understood() {
    let debug = App::start(python_app("django_app.py", &["127.0.0.1", "debug"]));
    insta::assert_snapshot!("django_debug", told(&debug, &DJANGO));
    let plain = App::start(python_app("django_app.py", &["127.0.0.1"]));
    insta::assert_snapshot!("django", told(&plain, &DJANGO));
    for arguments in [&["x.test", "debug"][..], &["x.test"]] {
        let other = App::start(python_app("django_app.py", arguments));
        insta::assert_snapshot!(
            format!("django_host_{}", arguments.len()),
            told(&other, &["/csrf"])
        );
    }
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn fastapi_is_understood() {
    let paths = [
        "/exception",
        "/model",
        "/other-header",
        "/untyped",
        "/wrong-secret",
        "/wrong-secret-told",
        "/status/400",
        "/status/401",
        "/bearer",
        "/get",
        "/slash",
        "/nothing",
    ];
    let debug = App::start(python_app("fastapi_app.py", &["debug"]));
    insta::assert_snapshot!("fastapi_debug", told(&debug, &paths));
    let plain = App::start(python_app("fastapi_app.py", &[]));
    insta::assert_snapshot!("fastapi", told(&plain, &["/exception", "/wrong-secret"]));
}

const EXPRESS: [&str; 19] = [
    "/exception",
    "/wrong-secret",
    "/wrong-secret-thrown",
    "/no-secret",
    "/secret-with-line-break",
    "/no-header",
    "/other-header",
    "/parsed",
    "/written-anew",
    "/no-body",
    "/other-type",
    "/old",
    "/thin-handler",
    "/snapshot-handler",
    "/api",
    "/api-without-key",
    "/own-404",
    "/limit",
    "/get",
];

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn express_with_stripes_library_is_understood() {
    // Node looks for packages from where a module lies.
    let script = express().join("express_app.js");
    std::fs::copy(root().join("tests/frameworks/express_app.js"), &script).unwrap();
    let start = |environment: &str| {
        let mut command = Command::new("node");
        command.arg(&script).env("NODE_ENV", environment);
        App::start(command)
    };
    insta::assert_snapshot!("express_development", told(&start("development"), &EXPRESS));
    let paths = ["/exception", "/wrong-secret-thrown", "/own-404"];
    insta::assert_snapshot!("express_production", told(&start("production"), &paths));
}

/// The packages of the frameworks for Node.
pub(crate) fn node_home() -> PathBuf {
    let next = [
        "next/app/layout.js",
        "next/app/page.js",
        "next/app/api/exception/route.js",
        "next/app/api/get/route.js",
        "next/app/api/wrong-secret/route.js",
        "next/pages/api/exception-of-pages.js",
        "next/app/webhook/route.js",
        "next/pages/api/parsed.js",
    ];
    install("frameworks", "tests/frameworks/node", &[&["servers.js"], &next[..]].concat())
}

#[test]
#[cfg_attr(not(tests_without_node), ignore = "slow")]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_frameworks_for_node_are_understood() {
    let home = node_home();
    let servers: [(&str, &[&str]); 6] = [
        (
            "fastify",
            &["/exception", "/schema", "/limit", "/own-400", "/no-parser", "/get", "/nothing"],
        ),
        (
            "nest",
            &["/exception", "/unauthorized", "/forbidden", "/refused", "/guarded", "/nothing"],
        ),
        ("hono", &["/exception", "/bearer", "/nothing"]),
        ("koa", &["/exception", "/unauthorized", "/nothing"]),
        ("csurf", &["/csrf"]),
        (
            "next",
            &[
                "/api/exception",
                "/api/wrong-secret",
                "/api/get",
                "/api/exception-of-pages",
                "/api/parsed",
                "/nothing",
                "/",
            ],
        ),
    ];
    for (name, paths) in servers {
        let mut command = Command::new("node");
        command.args(["servers.js", name]).current_dir(&home).env("NEXT_TELEMETRY_DISABLED", "1");
        insta::assert_snapshot!(name, told(&App::start(command), paths));
    }
}

/// The diagnosis of the first failure of the scenario `payment`.
fn first_failure(app: &App, arguments: &[&str]) -> Value {
    let devtool = Devtool::sending(&["scenario", "payment", "--format", "json"], app.port);
    let report = devtool.args(arguments).run().code(1).json();
    let failed = report["steps"].as_array().unwrap().iter().find(|step| step["verdict"] == "fail");
    failed.unwrap()["diagnosis"].clone()
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn a_handler_that_stores_an_event_twice_is_told_that_it_is_not_idempotent() {
    let app = App::start(python_app("flask_app.py", &["debug"]));
    let found = first_failure(&app, &["--path", "/store", "--duplicate", "100%"]);
    assert_eq!(found["id"], "database.second_delivery", "{found}");
    let cause = found["cause"].as_str().unwrap();
    assert!(cause.contains("IntegrityError: UNIQUE constraint failed: events.id"), "{cause}");
    // The same ids in another run are no second delivery.
    let found = first_failure(&app, &["--path", "/store"]);
    assert_eq!(found["id"], "database.unique", "{found}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn a_handler_that_asks_stripes_api_is_told_what_it_asked_for() {
    let error = |status: u16, error: Value| {
        let stripe = Endpoint::new(move |_| {
            Reply::new(status, &json!({"error": error}).to_string())
                .header("content-type", "application/json")
        });
        let mut command = python_app("flask_app.py", &["debug"]);
        command.env("STRIPE_API", format!("http://{}", stripe.address));
        let app = App::start(command);
        first_failure(&app, &["--path", "/api"])
    };
    let kind = "invalid_request_error";
    let missing = json!({"code": "resource_missing", "message": "No such customer: 'cus_1'", "param": "id", "type": kind});
    let found = error(404, missing);
    assert_eq!(found["id"], "stripe.no_such_object", "{found}");
    assert!(found["fix"].as_str().unwrap().contains("--via stripe"), "{found}");
    let key =
        json!({"message": "Invalid API Key provided: sk_test_************test", "type": kind});
    let found = error(401, key);
    assert_eq!(found["id"], "stripe.api_key", "{found}");
}
