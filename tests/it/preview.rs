//! Event types that only Stripe's public preview has.

use std::path::Path;

use devtool::event::{Catalogue, preview};
use serde_json::Value;

use crate::catalogue_meaning::{find, holds};
use crate::support::Devtool;

/// What the objects of events hold, by what their type means.
const MEANINGS: [(&str, &[&str]); 15] = [
    ("capital.financing_offer.accepted", &["status = accepted", "accepted_terms != null"]),
    ("capital.financing_offer.fully_repaid", &["status = fully_repaid", "accepted_terms != null"]),
    ("capital.financing_offer.paid_out", &["status = paid_out", "accepted_terms != null"]),
    ("capital.financing_offer.rejected", &["status = rejected", "accepted_terms = null"]),
    ("customer.subscription.collection_paused", &["pause_collection.behavior = keep_as_draft"]),
    ("customer.subscription.collection_resumed", &["pause_collection = null"]),
    (
        "invoice.payment.overpaid",
        &["status = paid", "number != null", "amount_overpaid > 0", "amount_paid > 0"],
    ),
    ("invoice_payment.detached", &["status = canceled", "status_transitions.canceled_at = at"]),
    ("quote.accept_failed", &["status = open", "number != null"]),
    ("quote.accepting", &["status = accepting", "number != null"]),
    ("quote.draft", &["status = draft", "number = null"]),
    ("quote.reestimate_failed", &["computed.last_reestimation_details.status = failed"]),
    ("quote.reestimated", &["computed.last_reestimation_details.status = succeeded"]),
    ("quote.stale", &["status = stale", "number != null"]),
    ("privacy.redaction_job.succeeded", &["status = succeeded"]),
];

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

#[test]
fn the_objects_of_the_preview_are_as_their_events_say() {
    let devtool = Devtool::new(&[]);
    let mut wrong = Vec::new();
    for (name, checks) in MEANINGS {
        let event = devtool.rerun(&["trigger", name, "--print"]).code(0).json();
        for check in checks.iter().filter(|check| !holds(&event, check)) {
            let field = check.split(' ').next().unwrap();
            wrong.push(format!("{name}: {check}: it is {:?}", find(&event, field)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
