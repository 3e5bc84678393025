//! The local Stripe API, asked by the official libraries. What `sdk.rs` says of missing programs holds here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use devtool::event::Catalogue;
use devtool::scenario::{Scenario, library};
use serde_json::Value;

use crate::sdk::{express, judge, python, root};
use crate::support::Devtool;
use crate::support::asking::{ask_with, free_port};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::local_api::{LocalApi, TestStory};
use crate::versions::{check_node, found_nothing, python_library};

/// Stories that tell of what handlers ask for most, each of its own seed.
const STORIES: [&str; 9] = [
    "renewal",
    "refund-full",
    "payout",
    "dispute-lost",
    "connect-direct",
    "setup-intent",
    "connect-transfer",
    "checkout",
    "checkout-subscription",
];

/// An API that was told them, and a file of the events of the last ones, which are the platform's own.
fn api(name: &str) -> (LocalApi, PathBuf) {
    let api = LocalApi::start();
    let stories = STORIES.iter().zip(1..);
    let played = stories.flat_map(|(name, seed)| api.play(&TestStory::of_scenario(name, seed)));
    let own: Vec<Value> = played.filter(|event| event.get("account").is_none()).collect();
    (api, written(name, &own))
}

/// A file of events.
fn written(name: &str, events: &[Value]) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    std::fs::write(&file, serde_json::to_vec(events).unwrap()).unwrap();
    file
}

/// A script under `tests/sdk` with the library for Python.
pub(crate) fn in_python(name: &str) -> Command {
    let mut program = Command::new(python());
    program.arg(root().join("tests/sdk").join(name));
    program
}

/// A script under `tests/sdk` with the library for Node, which looks for packages from where a module lies.
pub(crate) fn node(name: &str) -> Command {
    let copy = express().join(name);
    std::fs::copy(root().join("tests/sdk").join(name), &copy).unwrap();
    let mut program = Command::new("node");
    program.arg(copy);
    program
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn what_handlers_ask_most_is_answered_to_the_library_for_python() {
    let (api, events) = api("api_calls_python");
    let mut program = in_python("api_calls.py");
    let (passed, output) = judge(program.arg(api.port.to_string()).arg(events), &[]);
    assert!(passed && output == "51 calls as wanted\n", "{output}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_handlers_ask_most_is_answered_to_the_library_for_node() {
    let (api, events) = api("api_calls_node");
    let (passed, output) = judge(node("api_calls.mjs").arg(api.port.to_string()).arg(events), &[]);
    assert!(passed && output == "29 calls as wanted\n", "{output}");
}

/// An API with a story of each scenario, and a file of the events.
fn every_scenario(name: &str) -> (LocalApi, PathBuf) {
    let api = LocalApi::start();
    let all = library::all().unwrap().into_iter().zip(10_000..);
    let play = |(scenario, seed): (Scenario, u32)| {
        api.play(&TestStory::new(scenario, seed, Catalogue::api_version()))
    };
    let sent: Vec<Value> = all.flat_map(play).filter(|event| event["data"].is_object()).collect();
    (api, written(name, &sent))
}

/// An API with a story of each snapshot type and object, and a file of the events.
fn every_object(name: &str) -> (LocalApi, PathBuf) {
    let api = LocalApi::start();
    let sent = each_type(&api, 1);
    (api, written(name, &sent))
}

/// The events of stories of each snapshot type and object, with seeds from one on.
fn each_type(api: &LocalApi, first: u32) -> Vec<Value> {
    let mut sent = Vec::new();
    let catalogue = Catalogue::embedded().unwrap();
    for ((name, event_type), seed) in catalogue.event_types().unwrap().into_iter().zip(first..) {
        let objects = std::iter::once(&event_type.object).chain(event_type.objects.keys());
        for (object, other) in objects.zip(0..) {
            let story = TestStory::of_event(name, Some(object.clone()), seed + other * 1_000);
            sent.extend(api.play(&story));
        }
    }
    sent
}

/// An API with a story of each thin type, a file of the events, and how many there are, and name an object.
fn every_thin_event(name: &str) -> (LocalApi, PathBuf, [usize; 2]) {
    let api = LocalApi::start();
    let sent = each_thin_type(&api, usize::MAX);
    let about = sent.iter().filter(|event| event["related_object"].is_object()).count();
    (api, written(name, &sent), [sent.len(), about])
}

/// An API with two stories of each snapshot type and object and one of each thin type, and a file of the events.
fn every_kind(name: &str) -> (LocalApi, PathBuf) {
    let api = LocalApi::start();
    let mut sent: Vec<Value> =
        [1, 20_000].into_iter().flat_map(|first| each_type(&api, first)).collect();
    // There is no room for all stories at once.
    sent.extend(each_thin_type(&api, 2));
    (api, written(name, &sent))
}

/// So many at most of each type of object.
fn each_thin_type(api: &LocalApi, most: usize) -> Vec<Value> {
    let mut told: HashMap<String, usize> = HashMap::new();
    let stories = devtool::event::thin::names().unwrap().zip(1..).filter_map(|(name, seed)| {
        let story = TestStory::of_event(name, None, seed);
        let about = story.payloads()[0]["related_object"]["type"].to_string();
        let told = told.entry(about).or_default();
        *told += 1;
        (*told <= most).then_some(story)
    });
    stories.flat_map(|story| api.play(&story)).collect()
}

fn retrieves_every_object(program: &mut Command, (api, events): (LocalApi, PathBuf)) {
    program.arg(api.port.to_string()).arg(events).arg(root().join("catalog/api/calls.json"));
    let (passed, output) = judge(program, &[]);
    assert!(passed && !output.contains("failed"), "{output}");
    let served: usize = output.split(' ').next().unwrap().parse().unwrap();
    assert!(served > 250, "{output}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_object_is_retrieved_as_its_event_has_it() {
    retrieves_every_object(&mut in_python("api_objects.py"), every_scenario("api_newest_python"));
    retrieves_every_object(&mut in_python("api_objects.py"), every_object("api_objects_python"));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_object_is_retrieved_as_its_event_has_it_by_the_library_for_node() {
    retrieves_every_object(&mut node("api_objects.mjs"), every_scenario("api_newest_node"));
    retrieves_every_object(&mut node("api_objects.mjs"), every_object("api_objects_node"));
}

fn fetches_every_thin_event(
    program: &mut Command,
    (api, events, [sent, about]): (LocalApi, PathBuf, [usize; 2]),
) {
    let (passed, output) = judge(program.arg(api.port.to_string()).arg(events), &[]);
    assert!(passed && output == format!("{sent} events, {about} objects\n"), "{output}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_thin_event_and_its_object_is_fetched() {
    fetches_every_thin_event(&mut in_python("api_thin.py"), every_thin_event("api_thin_python"));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_thin_event_and_its_object_is_fetched_by_the_library_for_node() {
    fetches_every_thin_event(&mut node("api_thin.mjs"), every_thin_event("api_thin_node"));
}

#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_list_is_paged_through() {
    let (api, file) = every_kind("api_lists");
    let mut program = in_python("api_lists.py");
    program.arg(api.port.to_string()).arg(file).arg(root().join("catalog/api/calls.json"));
    let (passed, output) = judge(&mut program, &[]);
    assert!(passed, "{output}");
    insta::assert_snapshot!("lists", output);
}

/// Holds all objects of an API against the library for Python, or against an earlier version of it; how many.
fn typed(api: &LocalApi, events: &Path, version: Option<&str>) -> usize {
    let mut program = in_python("api_types.py");
    program.arg(api.port.to_string()).arg(events).arg(root().join("catalog/api/calls.json"));
    if let Some(version) = version {
        program.arg("--known").env("PYTHONPATH", python_library(version));
    }
    let (passed, output) = judge(&mut program, &[]);
    let last = output.lines().last().unwrap_or_default();
    assert!(passed && last.ends_with(" 0 findings"), "{version:?}: {output}");
    last.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_object_that_is_served_fits_the_types_of_the_library() {
    let (api, events) = every_object("api_types");
    let count = typed(&api, &events, None);
    assert!(count > 500, "{count}");
}

#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_object_that_is_served_fits_the_types_of_earlier_libraries() {
    let (api, events) = every_kind("api_types_earlier");
    // Those of clover, basil and acacia.
    for version in ["14.4.2", "12.5.2", "11.6.1"] {
        let count = typed(&api, &events, Some(version));
        assert!(count > 1_000, "{version}: {count}");
    }
}

/// The events with their objects as the API serves them at a version: those that have a call of their own.
fn served_at(api: &LocalApi, events: &[Value], version: &str) -> Vec<Value> {
    let calls: Value = serde_json::from_str(include_str!("../../catalog/api/calls.json")).unwrap();
    let mut folders = HashMap::new();
    for (path, actions) in calls.as_object().unwrap() {
        let folder = path.rsplit_once('/').filter(|(_, last)| last.starts_with('{'));
        let folder = folder.map(|(folder, _)| folder).filter(|folder| !folder.contains('{'));
        let kind = actions["GET"]["retrieve"].as_str();
        folders.extend(kind.zip(folder));
    }
    let served = |event: &Value| {
        let object = &event["data"]["object"];
        let folder = folders.get(object["object"].as_str()?)?;
        let account = event["account"].as_str().map(|id| format!("Stripe-Account: {id}\r\n"));
        let headers = format!("Stripe-Version: {version}\r\n{}", account.unwrap_or_default());
        let call = format!("GET {folder}/{}", object["id"].as_str()?);
        let (status, served) = ask_with(api.port, &call, &headers);
        let mut event = event.clone();
        event["data"]["object"] = served;
        let is_whole = status == 200 && event["data"]["object"]["deleted"] != true;
        is_whole.then(|| serde_json::json!({"body": event.to_string()}))
    };
    events.iter().filter_map(served).collect()
}

#[test]
#[cfg_attr(not(tests_without_node), ignore = "slow")]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_object_that_is_served_fits_the_types_of_two_libraries_for_node() {
    let (api, events) = every_object("api_types_node");
    let events: Vec<Value> = serde_json::from_slice(&std::fs::read(events).unwrap()).unwrap();
    for (version, library) in
        [(Catalogue::api_version(), "stripe"), ("2026-02-25.clover", "clover")]
    {
        let served = served_at(&api, &events, version);
        let checked = found_nothing(check_node(library, &served));
        assert!(checked > 200, "{version}: {checked} of {}", served.len());
    }
}

/// What befalls the calls of `api_retries`.
const FAULTS: [&str; 7] = [
    "GET /v1/customers/*=500*2",
    "GET /v1/invoices/*=close*2",
    "GET /v1/charges/*=lock_timeout*2",
    "GET /v1/payment_intents/*=429*1",
    "GET /v1/customers=500*1",
    "POST /v1/customers/*=500*1",
    "POST /v1/subscriptions/*=500!*1",
];

/// The ids that `api_retries` needs, where the events have told of all of them.
fn ids(events: &[Value]) -> Option<Vec<String>> {
    let kinds = ["invoice", "charge", "payment_intent", "subscription"];
    let id = |kind: &str| {
        let mut objects = events.iter().map(|event| &event["data"]["object"]);
        Some(objects.find(|object| object["object"] == kind)?["id"].as_str()?.to_owned())
    };
    let customer = events.iter().find_map(|event| event["data"]["object"]["customer"].as_str());
    let others = kinds.into_iter().map(id).collect::<Option<Vec<String>>>()?;
    Some(customer.map(str::to_owned).into_iter().chain(others).collect())
}

/// What the calls of a handler came to whose API fails, and what the report says of them, with ids left out.
fn retried(make: fn() -> Command) -> String {
    let api = free_port();
    let told = Arc::new(Mutex::new(None));
    let (own, events) = (Arc::clone(&told), Mutex::new(Vec::new()));
    let endpoint = Endpoint::new(move |request| {
        let (mut told, mut events) = (own.lock().unwrap(), events.lock().unwrap());
        events.push(request.event());
        if let (None, Some(ids)) = (told.as_ref(), ids(&events)) {
            let (passed, output) = judge(make().arg(api.to_string()).args(&ids), &[]);
            assert!(passed, "{output}");
            *told = Some((ids, output));
        }
        Reply::new(200, "")
    });
    let faults = FAULTS.iter().flat_map(|fault| ["--api-fault", fault]).collect::<Vec<_>>();
    let (api, port) = (api.to_string(), endpoint.port());
    let run = Devtool::sending(&["scenario", "renewal", "--format", "json"], port).args(&faults);
    let report = run.args(&["--api", "--api-port", &api, "--timeout", "60s"]).run().code(0).json();
    let steps = report["steps"].as_array().unwrap().iter();
    let calls = steps.flat_map(|step| step["api_calls"].as_array().unwrap());
    let calls = calls.map(|call| {
        let status = call["status"].as_u64().map_or("closed".to_owned(), |s| s.to_string());
        let fault = if call["fault"] == true { " (fault)" } else { "" };
        let text = |name: &str| call[name].as_str().unwrap().to_owned();
        format!("{} {} {status}{fault}\n", text("method"), text("path"))
    });
    let (ids, output) = told.lock().unwrap().take().unwrap();
    let all = format!("{output}\n{}", calls.collect::<String>());
    ids.iter().fold(all, |all, id| all.replace(id, "ID"))
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_library_for_python_tries_again_by_itself() {
    insta::assert_snapshot!("retries_python", retried(|| in_python("api_retries.py")));
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_library_for_node_tries_again_by_itself() {
    insta::assert_snapshot!("retries_node", retried(|| node("api_retries.mjs")));
}
