//! Event types that only Stripe's public preview has.

use std::path::Path;

use devtool::event::{Catalogue, preview};
use serde_json::Value;

use crate::support::Devtool;

/// What the catalogue's file of the preview holds.
fn file() -> Value {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog/preview.json");
    serde_json::from_str(&std::fs::read_to_string(place).unwrap()).unwrap()
}

#[test]
fn the_types_of_the_preview_are_listed_where_they_are_asked_for() {
    let run = Devtool::new(&["events", "--preview", "fx"]).run().code(0);
    assert_eq!(run.stdout, "fx_quote.expired  fx_quote  A quote of an exchange rate expired\n");
    let run = Devtool::new(&["events", "--preview", "--format", "compact"]).run().code(0);
    let file = file();
    let types = file["types"].as_object().unwrap();
    let mut names: Vec<&str> = run.stdout.lines().collect();
    names.sort_unstable();
    assert_eq!(names, types.keys().map(String::as_str).collect::<Vec<_>>());
    let usual = Devtool::new(&["events", "--format", "compact"]).run().code(0).stdout;
    assert!(!usual.lines().any(|name| names.contains(&name)), "{usual}");
    let none = Devtool::new(&["events", "--preview", "fx_quote.expird"]).run().code(2);
    assert!(none.stderr.contains("fx_quote.expired"), "{}", none.stderr);
}

#[test]
fn an_event_of_the_preview_is_sent_with_a_warning() {
    let devtool = Devtool::new(&["trigger", "--print", "capital.financing_offer.accepted"]);
    let run = devtool.args(&["--seed", "7"]).run().code(0);
    assert_eq!(
        run.stderr,
        "warning: only Stripe's public preview (2026-09-30.preview) has these events, and it may still \
         change: capital.financing_offer.accepted\n"
    );
    let offer = &run.json()["data"]["object"];
    assert_eq!(offer["object"], "capital.financing_offer");
    assert_eq!(offer["status"], "accepted");
    assert!(offer["id"].as_str().unwrap().starts_with("financingoffer_"));
    let usual = Devtool::new(&["trigger", "--print", "invoice.paid"]).run().code(0);
    assert_eq!(usual.stderr, "");
}

#[test]
fn every_event_of_the_preview_can_be_made() {
    let devtool = Devtool::new(&[]);
    for (name, found) in preview::types().unwrap() {
        let run = devtool.rerun(&["trigger", name, "--print"]).code(0);
        let event = run.json();
        assert_eq!(event["type"], name);
        if !found.object.is_empty() {
            let about = if found.is_thin() {
                &event["related_object"]["type"]
            } else {
                &event["data"]["object"]["object"]
            };
            assert_eq!(about, found.object.as_str(), "{name}");
        }
        assert!(Catalogue::names().all(|known| known != name), "{name}");
    }
}
