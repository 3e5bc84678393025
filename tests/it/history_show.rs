//! One delivery of the history: how it is found, and what is shown.

use crate::api_calls::{curious, without_ids};
use crate::history::recorded;
use crate::local_api::with_api;
use crate::support::asking::free_port;
use crate::support::filters::filters;

#[test]
fn one_delivery_is_shown_whole() {
    let devtool = recorded();
    let run = devtool.rerun(&["history", "show", "10", "--full"]).code(0);
    for part in [
        "FAIL delivery 10: invoice.paid evt_",
        "  session   2 (trigger)\n",
        "  Stripe-Signature: t=",
        "\n    \"type\": \"invoice.paid\"\n",
        "\nattempt 1: 500 after ",
        "\n  x-why: tired\n",
        "\n  out\n  of order\n",
    ] {
        assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
    }
    let shown = devtool.rerun(&["history", "show", "10", "--format", "json"]).code(0).json();
    let delivery = &shown["delivery"];
    assert_eq!(delivery["attempts"][0]["status"], 500);
    assert_eq!(delivery["attempts"][0]["body"], "out\nof order");
    let body: serde_json::Value = serde_json::from_str(delivery["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["type"], &body["id"]), (&delivery["event"], &delivery["event_id"]));
    let id = delivery["event_id"].as_str().unwrap();
    assert_eq!(devtool.rerun(&["history", "show", id, "--full"]).code(0).stdout, run.stdout);
    let unknown = devtool.rerun(&["history", "show", "99"]).code(2);
    assert!(unknown.stderr.contains("the history has no delivery `99`"), "{}", unknown.stderr);
}

#[test]
fn a_delivery_is_folded_unless_it_is_asked_for_whole() {
    let devtool = recorded();
    let folded = devtool.rerun(&["history", "show", "10"]).code(0).stdout;
    let whole = devtool.rerun(&["history", "show", "10", "--full"]).code(0).stdout;
    let last = folded.lines().last().unwrap();
    let (shown, more) = (folded.lines().count(), last.trim_start_matches("  … "));
    let more: usize = more.split(' ').next().unwrap().parse().unwrap();
    assert!(last.ends_with(" more lines (--full)"), "{folded}");
    assert!(!folded.contains("User-Agent") && whole.contains("User-Agent"), "{folded}");
    // Three headers of Stripe's and one of the answer are folded, too, and the last line is of no body.
    assert_eq!(whole.lines().count(), shown - 1 + more + 5, "{whole}");
}

#[test]
fn a_delivery_is_found_by_what_is_at_hand() {
    let devtool = recorded();
    let found = |name: &str| {
        let shown = devtool.rerun(&["history", "show", name, "--format", "json"]).code(0).json();
        shown["delivery"]["id"].as_i64().unwrap()
    };
    let id = |number: &str| {
        let shown = devtool.rerun(&["history", "show", number, "--format", "json"]).code(0).json();
        shown["delivery"]["event_id"].as_str().unwrap().to_owned()
    };
    let start = &id("10")[..12];
    assert_eq!([found("#10"), found("last"), found(start)], [10, 11, 10]);
    let several = devtool.rerun(&["history", "show", "evt_1"]).code(2).stderr;
    assert!(
        several.starts_with("error: several events' ids start with `evt_1`: evt_1"),
        "{several}"
    );
    assert!(several.ends_with("hint: type more of the id\n"), "{several}");
    let none = devtool.rerun(&["history", "show", "evt_9zzzz"]).code(2).stderr;
    assert!(none.starts_with("error: the history has no delivery `evt_9zzzz`\n"), "{none}");
    let replayed = devtool.rerun(&["replay", "2-4", "#9", "--dry-run", "--format", "json"]).code(0);
    let replayed = replayed.json();
    let numbers =
        replayed["deliveries"].as_array().unwrap().iter().map(|d| d["id"].as_i64().unwrap());
    assert_eq!(numbers.collect::<Vec<_>>(), [2, 3, 4, 9]);
    let beyond = devtool.rerun(&["replay", "20-30"]).code(2).stderr;
    assert!(beyond.starts_with("error: the history has no delivery from 20 to 30\n"), "{beyond}");
}

#[test]
fn the_history_keeps_what_the_app_asked_for_each_event() {
    let _filters = filters();
    let api = free_port();
    let endpoint = curious(api);
    let devtool = with_api(&["trigger", "charge.succeeded"], &endpoint, api);
    devtool.run().code(0);
    let shown = devtool.rerun(&["history", "show"]).code(0).stdout;
    let (_, calls) = shown.split_once("API calls").unwrap();
    let (calls, _) = calls.split_once("\nrequest").unwrap();
    insta::assert_snapshot!("kept_calls", without_ids(calls));
    let json = devtool.rerun(&["history", "show", "--format", "json"]).code(0).json();
    let calls = &json["delivery"]["attempts"][0]["api_calls"];
    insta::assert_snapshot!("kept_calls_json", without_ids(&format!("{calls:#}")));
    let (port, api) = (endpoint.port().to_string(), api.to_string());
    devtool.rerun(&["replay", "last", "--port", &port, "--api", "--api-port", &api]).code(0);
    let again = devtool.rerun(&["history", "show", "--format", "json"]).code(0).json();
    let again = again["delivery"]["attempts"][0]["api_calls"].as_array().unwrap().clone();
    assert_eq!((again.len(), &again[1]["path"]), (3, &calls[1]["path"]));
    devtool.rerun(&["replay", "last", "--port", &port]).code(0);
    let without = devtool.rerun(&["history", "show", "--format", "json"]).code(0).json();
    assert!(without["delivery"]["attempts"][0]["api_calls"].is_null());
}
