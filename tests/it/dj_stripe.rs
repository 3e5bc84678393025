//! dj-stripe, which asks Stripe for what each event is about before it stores it, pointed at the local API.

use std::path::{Path, PathBuf};
use std::process::Command;

use devtool::event::Catalogue;
use serde_json::Value;

use crate::sdk::{App, environment, root, scratch};
use crate::support::asking::free_port;
use crate::support::endpoint::Endpoint;
use crate::support::{Devtool, SECRET};

pub(crate) const PATH: &str = "/stripe/webhook/00000000-0000-4000-8000-000000000000/";

/// An app of its own, whose API is at a port.
struct DjStripe {
    app: App,
    api: u16,
    version: &'static str,
}

/// An app with a database of that name, and the port of the API that it asks.
pub(crate) fn app(version: &str, database: &Path, more: &[&str]) -> (App, u16) {
    let python = environment("dj_stripe", &["tests/dj_stripe/requirements.txt"]);
    let api = free_port();
    let mut command = Command::new(python);
    command.arg(root().join("tests/dj_stripe/app.py"));
    command.args([&format!("http://127.0.0.1:{api}"), version]).arg(database).args(more);
    (App::start(command), api)
}

impl DjStripe {
    fn start(version: &'static str) -> Self {
        let (app, api) = app(version, &database(version), &[]);
        Self { app, api, version }
    }

    /// What a run's events came to that the app did not accept.
    fn refused(&self, arguments: &[&str], thin: &Endpoint) -> Vec<String> {
        let url = |port: u16, path: &str| format!("url = \"http://127.0.0.1:{port}{path}\"\n");
        let file = [
            &url(self.app.port, PATH),
            "[[route]]\nevents = \"v1.*\"\n",
            &url(thin.port(), "/webhook"),
        ];
        let api = self.api.to_string();
        let all = ["--api", "--api-port", &api, "--api-version", self.version, "--timeout", "60s"];
        let devtool = Devtool::new(arguments).args(&all).args(&["--format", "json"]);
        let devtool =
            devtool.env("STRIPE_WEBHOOK_SECRET", SECRET).file("devtool.toml", &file.concat());
        let report = devtool.run().json();
        let steps = report["steps"].as_array().unwrap();
        assert!(!steps.is_empty(), "{report}");
        let failed = steps.iter().filter(|step| step["attempts"][0]["status"] != 200);
        failed.map(|step| told(arguments, step)).collect()
    }
}

fn told(arguments: &[&str], step: &Value) -> String {
    format!("{} of {arguments:?}: {}\n", step["event"], step["attempts"][0])
}

/// A file that is not there yet.
pub(crate) fn database(name: &str) -> PathBuf {
    let file = scratch("dj_stripe_data").join(format!("{name}.sqlite"));
    let _ = std::fs::remove_file(&file);
    file
}

#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn dj_stripe_accepts_every_event_with_a_local_api() {
    let scenarios = devtool::scenario::library::all().unwrap();
    let scenarios: Vec<&str> = scenarios.iter().map(|found| found.name.as_str()).collect();
    // The versions that dj-stripe asks in, and that the events have.
    let mut all = String::new();
    for version in ["2024-06-20", "2025-09-30.clover", Catalogue::api_version()] {
        let (app, thin) = (DjStripe::start(version), Endpoint::accepting());
        let mut refused = app.refused(&[&["scenario"], &scenarios[..]].concat(), &thin);
        for name in Catalogue::names() {
            refused.extend(app.refused(&["trigger", name], &thin));
        }
        all.push_str(&format!("{version}: {} refused\n{}", refused.len(), refused.concat()));
    }
    assert_eq!(all.matches(": 0 refused\n").count(), 3, "{all}");
}
