//! Calls of the local Stripe API that change something, made by the official libraries.

use std::process::Command;

use crate::api_sdk::{in_python, node};
use crate::sdk::{judge, root};
use crate::support::local_api::{LocalApi, TestStory};

/// What the calls of a file came to, with ids left out.
fn transcript(program: &mut Command, file: &str) -> String {
    let api = LocalApi::start();
    let text = std::fs::read_to_string(root().join("tests/it/data").join(file)).unwrap();
    let text =
        STORIES.iter().zip(1..).fold(text, |text, (story, seed)| told(&api, &text, story, seed));
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("calls.json");
    std::fs::write(&file, text).unwrap();
    let (passed, output) = judge(program.arg(api.port.to_string()).arg(file), &[]);
    assert!(passed, "{output}");
    without_ids(&output)
}

/// The stories whose objects are changed: of a scenario, or of one event.
const STORIES: [&str; 5] = [
    "setup_intent.created",
    "payment_intent.created",
    "payment_method.attached",
    "checkout.session.completed",
    "renewal",
];

/// Calls with the ids of a story's objects in the place of `@charge`, once the story was told.
fn told(api: &LocalApi, calls: &str, story: &str, seed: u32) -> String {
    let story = if story.contains('.') {
        TestStory::of_event(story, None, seed)
    } else {
        TestStory::of_scenario(story, seed)
    };
    api.play(&story).iter().rev().fold(calls.to_owned(), |calls, event| {
        let object = &event["data"]["object"];
        let (kind, id) = (object["object"].as_str().unwrap(), object["id"].as_str().unwrap());
        let calls = calls.replace(&format!("\"@{kind}\""), &format!("\"{id}\""));
        match (kind, object["customer"].as_str()) {
            ("subscription", Some(customer)) => {
                calls.replace("\"@customer\"", &format!("\"{customer}\""))
            }
            _ => calls,
        }
    })
}

/// Ids that were drawn, with stars for what was.
fn without_ids(text: &str) -> String {
    let drawn = |word: &str| {
        let mut parts = word.splitn(2, '_');
        let (prefix, rest) = (parts.next()?, parts.next()?);
        let is_drawn = rest.len() >= 14 && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        is_drawn.then(|| format!("{prefix}_***"))
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let pieces = text.split_inclusive(|c| !is_word(c)).map(|piece| {
        let word = piece.trim_end_matches(|c| !is_word(c));
        drawn(word).map_or_else(|| piece.to_owned(), |new| piece.replacen(word, &new, 1))
    });
    pieces.collect()
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn what_changes_something_is_done_for_the_library_for_python() {
    let told = transcript(&mut in_python("api_writes.py"), "api_writes.json");
    insta::assert_snapshot!("api_writes", told);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_changes_something_is_done_for_the_library_for_node() {
    let told = transcript(&mut node("api_writes.mjs"), "api_writes.json");
    insta::assert_snapshot!("api_writes", told);
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn what_changes_a_storys_objects_is_done_for_the_library_for_python() {
    let told = transcript(&mut in_python("api_writes.py"), "api_changes.json");
    insta::assert_snapshot!("api_changes", told);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn what_changes_a_storys_objects_is_done_for_the_library_for_node() {
    let told = transcript(&mut node("api_writes.mjs"), "api_changes.json");
    insta::assert_snapshot!("api_changes", told);
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn payments_are_made_for_the_library_for_python() {
    let told = transcript(&mut in_python("api_writes.py"), "api_payments.json");
    insta::assert_snapshot!("api_payments", told);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn payments_are_made_for_the_library_for_node() {
    let told = transcript(&mut node("api_writes.mjs"), "api_payments.json");
    insta::assert_snapshot!("api_payments", told);
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn invoices_are_made_for_the_library_for_python() {
    let told = transcript(&mut in_python("api_writes.py"), "api_invoices.json");
    insta::assert_snapshot!("api_invoices", told);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn invoices_are_made_for_the_library_for_node() {
    let told = transcript(&mut node("api_writes.mjs"), "api_invoices.json");
    insta::assert_snapshot!("api_invoices", told);
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn test_clocks_go_on_for_the_library_for_python() {
    let told = transcript(&mut in_python("api_writes.py"), "api_clocks.json");
    insta::assert_snapshot!("api_clocks", told);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn test_clocks_go_on_for_the_library_for_node() {
    let told = transcript(&mut node("api_writes.mjs"), "api_clocks.json");
    insta::assert_snapshot!("api_clocks", told);
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn subscriptions_change_for_the_library_for_python() {
    let told = transcript(&mut in_python("api_writes.py"), "api_upgrades.json");
    insta::assert_snapshot!("api_upgrades", told);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn subscriptions_change_for_the_library_for_node() {
    let told = transcript(&mut node("api_writes.mjs"), "api_upgrades.json");
    insta::assert_snapshot!("api_upgrades", told);
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn sessions_and_subscriptions_are_made_for_the_library_for_python() {
    let told = transcript(&mut in_python("api_writes.py"), "api_checkout.json");
    insta::assert_snapshot!("api_checkout", told);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn sessions_and_subscriptions_are_made_for_the_library_for_node() {
    let told = transcript(&mut node("api_writes.mjs"), "api_checkout.json");
    insta::assert_snapshot!("api_checkout", told);
}
