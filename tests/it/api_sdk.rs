//! The local Stripe API, asked by the official libraries. What `sdk.rs` says of missing programs holds here.

use std::path::PathBuf;
use std::process::Command;

use devtool::event::Catalogue;
use serde_json::Value;

use crate::sdk::{express, judge, python, root};
use crate::support::local_api::{LocalApi, TestStory};

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
fn api(name: &str) -> (LocalApi, PathBuf, usize) {
    let api = LocalApi::start();
    let stories = STORIES.iter().zip(1..);
    let played = stories.flat_map(|(name, seed)| api.play(&TestStory::of_scenario(name, seed)));
    let own: Vec<Value> = played.filter(|event| event.get("account").is_none()).collect();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    std::fs::write(&file, serde_json::to_vec(&own).unwrap()).unwrap();
    (api, file, own.len())
}

fn script(name: &str) -> PathBuf {
    root().join("tests/sdk").join(name)
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn what_handlers_ask_most_is_answered_to_the_library_for_python() {
    let (api, events, _) = api("api_calls_python");
    let mut program = Command::new(python());
    program.arg(script("api_calls.py")).arg(api.port.to_string()).arg(events);
    let (passed, output) = judge(&mut program, &[]);
    assert!(passed && output == "51 calls as wanted\n", "{output}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_handlers_ask_most_is_answered_to_the_library_for_node() {
    let (api, events, _) = api("api_calls_node");
    // Node looks for packages from where a module lies.
    let copy = express().join("api_calls.mjs");
    std::fs::copy(script("api_calls.mjs"), &copy).unwrap();
    let mut program = Command::new("node");
    program.arg(copy).arg(api.port.to_string()).arg(events);
    let (passed, output) = judge(&mut program, &[]);
    assert!(passed && output == "29 calls as wanted\n", "{output}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_object_is_retrieved_as_its_event_has_it() {
    let api = LocalApi::start();
    let mut sent = Vec::new();
    let catalogue = Catalogue::embedded().unwrap();
    for ((name, event_type), seed) in catalogue.event_types().unwrap().into_iter().zip(1..) {
        let objects = std::iter::once(&event_type.object).chain(event_type.objects.keys());
        for (object, other) in objects.zip(0..) {
            let story = TestStory::of_event(name, Some(object.clone()), seed + other * 1_000);
            sent.extend(api.play(&story));
        }
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("api_objects.json");
    std::fs::write(&file, serde_json::to_vec(&sent).unwrap()).unwrap();
    let mut program = Command::new(python());
    program.arg(script("api_objects.py")).arg(api.port.to_string()).arg(file);
    program.arg(root().join("catalog/api/calls.json"));
    let (passed, output) = judge(&mut program, &[]);
    assert!(passed && !output.contains("failed"), "{output}");
    let served: usize = output.split(' ').next().unwrap().parse().unwrap();
    assert!(served > 250, "{output}");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_thin_event_and_its_object_is_fetched() {
    let api = LocalApi::start();
    let names = devtool::event::thin::names().unwrap().zip(1..);
    let sent: Vec<Value> =
        names.flat_map(|(name, seed)| api.play(&TestStory::of_event(name, None, seed))).collect();
    let about = sent.iter().filter(|event| event["related_object"].is_object()).count();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("api_thin.json");
    std::fs::write(&file, serde_json::to_vec(&sent).unwrap()).unwrap();
    let mut program = Command::new(python());
    program.arg(script("api_thin.py")).arg(api.port.to_string()).arg(file);
    let (passed, output) = judge(&mut program, &[]);
    assert!(passed && output == format!("{} events, {about} objects\n", sent.len()), "{output}");
}
