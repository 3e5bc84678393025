//! Events of earlier API versions, held against the official libraries of those versions.
//!
//! These tests need python3, node and npm, and the registries of their packages.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use devtool::event::Catalogue;
use serde_json::Value;

use crate::sdk;
use crate::support::endpoint::Endpoint;
use crate::support::{Devtool, SECRET};

/// API versions with a shape of their own, each with what `tests/sdk/versions/package.json` calls its library
/// for Node, and the version of its library for Python.
const VERSIONS: [(&str, &str, &str); 4] = [
    ("2025-02-24.acacia", "acacia", "11.6.1"),
    ("2025-08-27.basil", "basil", "12.5.2"),
    ("2026-02-25.clover", "clover", "14.4.2"),
    ("2026-08-26.dahlia", "dahlia", "15.6.2"),
];

/// A delivery of each type, with each object and in each form that it may have, and of all scenarios.
fn everything(api_version: &str) -> Vec<Value> {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::new(&[]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    let port = endpoint.port().to_string();
    let run = |arguments: &[&str]| {
        let sending = ["--port", &port, "--api-version", api_version];
        devtool.rerun(&[arguments, &sending].concat()).code(0);
    };
    for (name, event_type) in Catalogue::embedded().unwrap().event_types().unwrap() {
        for object in std::iter::once(&event_type.object).chain(event_type.objects.keys()) {
            run(&["trigger", name, "--object", object]);
        }
        for form in event_type.form_names() {
            run(&["trigger", name, "--state", form]);
        }
    }
    let names: Vec<String> =
        devtool::scenario::library::all().unwrap().into_iter().map(|found| found.name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    run(&[&["scenario"], &names[..]].concat());
    sdk::snapshots(&endpoint)
}

/// A delivery of `invoice.paid` at a version, with a fault in it.
fn faulty(api_version: &str, setting: &str) -> Vec<Value> {
    let endpoint = Endpoint::accepting();
    let arguments = ["trigger", "invoice.paid", "--force", "--set", setting];
    Devtool::sending(&arguments, endpoint.port())
        .args(&["--api-version", api_version])
        .run()
        .code(0);
    sdk::deliveries(&endpoint)
}

/// Holds deliveries against the classes of a version of the library for Python.
fn check_python(library: &str, deliveries: &[Value]) -> (bool, String) {
    let mut program = Command::new(sdk::python());
    program.arg(sdk::root().join("tests/sdk/check_types.py")).arg("--known");
    sdk::judge(program.env("PYTHONPATH", python_library(library)), deliveries)
}

/// The folder of a version of the library for Python; what else it needs is in `sdk::python`.
pub(crate) fn python_library(version: &str) -> PathBuf {
    let place = sdk::scratch("stripe-python").join(version);
    if !place.join("stripe").is_dir() {
        let fresh = sdk::scratch("stripe-python").join(format!("{version}.new"));
        let _ = std::fs::remove_dir_all(&fresh);
        let mut pip = Command::new(sdk::python());
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip.arg("--target").arg(&fresh).arg(format!("stripe=={version}"));
        sdk::succeed(&mut pip, "python3");
        std::fs::rename(fresh, &place).unwrap();
    }
    place
}

/// Holds deliveries against the types of a version of the library for Node.
pub(crate) fn check_node(library: &str, deliveries: &[Value]) -> (bool, String) {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    let home =
        HOME.get_or_init(|| sdk::install("versions", "tests/sdk/versions", &["check_types.mjs"]));
    let mut program = Command::new("node");
    sdk::judge(program.arg("check_types.mjs").arg(library).current_dir(home), deliveries)
}

/// Has the strict types of async-stripe-webhook read deliveries.
fn check_async_stripe(deliveries: &[Value]) -> (bool, String) {
    sdk::judge(&mut Command::new(async_stripe("check")), deliveries)
}

/// A program with async-stripe-webhook, once it is built: that takes minutes.
pub(crate) fn async_stripe(name: &str) -> PathBuf {
    let home = sdk::root().join("tests/async_stripe");
    let target = sdk::scratch("async_stripe");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--quiet", "--manifest-path"]).arg(home.join("Cargo.toml"));
    sdk::succeed(cargo.arg("--target-dir").arg(&target), "cargo");
    target.join(format!("debug/async-stripe-{name}{}", std::env::consts::EXE_SUFFIX))
}

/// How many events were checked, where nothing was found.
#[track_caller]
pub(crate) fn found_nothing((passed, output): (bool, String)) -> usize {
    assert!(passed, "{output}");
    let last = output.lines().last().unwrap();
    let count =
        last.strip_prefix("checked ").and_then(|rest| rest.strip_suffix(" events, 0 findings"));
    count.unwrap_or_else(|| panic!("{last}")).parse().unwrap()
}

#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn events_of_earlier_versions_fit_their_libraries_for_python() {
    for (api_version, _, library) in VERSIONS {
        let checked = found_nothing(check_python(library, &everything(api_version)));
        assert!(checked > 500, "{api_version}: {checked}");
        for setting in ["invented=1", "status=enormous", "lines.data[0].invented=1"] {
            let (passed, output) = check_python(library, &faulty(api_version, setting));
            let (field, _) = setting.split_once('=').unwrap();
            assert!(!passed && output.contains(field), "{api_version} {setting}: {output}");
        }
    }
}

#[test]
#[cfg_attr(not(tests_without_node), ignore = "slow")]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn events_of_earlier_versions_fit_their_libraries_for_node() {
    for (api_version, library, _) in VERSIONS {
        let checked = found_nothing(check_node(library, &everything(api_version)));
        assert!(checked > 500, "{api_version}: {checked}");
        for setting in ["invented=1", "attempted=\"no\"", "lines.data[0].invented=1"] {
            let (passed, output) = check_node(library, &faulty(api_version, setting));
            let (field, _) = setting.split_once('=').unwrap();
            let field = field.rsplit('.').next().unwrap();
            assert!(!passed && output.contains(field), "{api_version} {setting}: {output}");
        }
    }
}

/// The snapshot types that only the preview has.
#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn events_of_the_preview_fit_its_library_for_python() {
    let endpoint = Endpoint::accepting();
    let types = devtool::event::preview::types().unwrap().into_iter();
    let names: Vec<&str> =
        types.filter(|(_, found)| !found.is_thin()).map(|(name, _)| name).collect();
    for name in &names {
        Devtool::sending(&["trigger", name], endpoint.port()).run().code(0);
    }
    let sent = sdk::deliveries(&endpoint);
    assert_eq!(found_nothing(check_python("16.1.0b1", &sent)), names.len());
}

/// The current shape, as the library for Node has it.
#[test]
#[cfg_attr(not(tests_without_node), ignore = "slow")]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_field_of_every_event_fits_the_types_of_the_library_for_node() {
    let sent = everything(Catalogue::api_version());
    assert_eq!(found_nothing(check_node("stripe", &sent)), sent.len());
}

#[test]
#[ignore = "slow"]
fn every_event_is_read_by_async_stripe() {
    // First: it may take longer to build than a signature is good for.
    async_stripe("check");
    let sent = everything(Catalogue::api_version());
    let (passed, output) = check_async_stripe(&sent);
    assert!(passed, "{output}");
    let mut lines: Vec<&str> = output.lines().collect();
    let last = lines.pop().unwrap();
    let read =
        last.strip_prefix("parsed ").and_then(|rest| rest.strip_suffix(" events, 0 findings"));
    let read: usize = read.unwrap_or_else(|| panic!("{last}")).parse().unwrap();
    // It is of 2026-09-30.endive, when authentications were not there yet, and knows fewer sources.
    let unknown = ["three_d_secure.authentication.", "customer.source."];
    let is_expected = |line: &&str| unknown.iter().any(|start| line.contains(start));
    assert!(lines.iter().all(is_expected), "{output}");
    assert!(read + 20 > sent.len(), "{last} of {}", sent.len());
    for setting in ["attempted=\"no\"", "lines.data[0].period=null", "amount_due=\"many\""] {
        let (passed, output) = check_async_stripe(&faulty(Catalogue::api_version(), setting));
        assert!(!passed && output.contains("invoice.paid"), "{setting}: {output}");
    }
}
