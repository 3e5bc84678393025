//! Calls of the local Stripe API that change something, made by the official libraries.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::api_sdk::{in_python, node};
use crate::sdk::{judge, root};
use crate::support::local_api::{LocalApi, TestStory};

/// What the calls of a file came to, with ids left out.
fn transcript(program: &mut Command, file: &str) -> String {
    let api = LocalApi::start();
    let text = std::fs::read_to_string(root().join("tests/it/data").join(file)).unwrap();
    // Only of objects of stories, where the calls name some.
    let stories = STORIES.iter().zip(1..).filter(|_| text.contains("\"@"));
    let text = stories.fold(text.clone(), |text, (story, seed)| told(&api, &text, story, seed));
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("calls.json");
    std::fs::write(&file, text).unwrap();
    let (passed, output) = judge(program.arg(api.port.to_string()).arg(file), &[]);
    assert!(passed, "{output}");
    without_ids(&output)
}

/// The stories whose objects are changed: of a scenario, or of one event.
const STORIES: [&str; 21] = [
    "setup_intent.created",
    "payment_intent.created",
    "payment_method.attached",
    "checkout.session.completed",
    "renewal",
    "billing.credit_grant.created",
    "billing.meter.created",
    "climate.order.created",
    "credit_note.created",
    "entitlements.active_entitlement_summary.updated",
    "identity.verification_session.created",
    "issuing_authorization.created",
    "issuing_card.created",
    "issuing_cardholder.created",
    "issuing_dispute.created",
    "issuing_personalization_design.activated",
    "issuing_transaction.created",
    "quote.created",
    "terminal.reader.action_succeeded",
    "transfer.created",
    "treasury.financial_account.created",
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
        // A summary has none.
        let Some(id) = object["id"].as_str() else { return calls };
        let kind = object["object"].as_str().unwrap();
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
        let (prefix, rest) = word.rsplit_once('_')?;
        let is_drawn = rest.len() >= 14
            && rest.bytes().all(|b| b.is_ascii_alphanumeric())
            && rest.bytes().any(|b| !b.is_ascii_lowercase());
        is_drawn.then(|| format!("{prefix}_***"))
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let pieces = text.split_inclusive(|c| !is_word(c)).map(|piece| {
        let word = piece.trim_end_matches(|c| !is_word(c));
        drawn(word).map_or_else(|| piece.to_owned(), |new| piece.replacen(word, &new, 1))
    });
    pieces.collect()
}

/// A test for each language of each table of calls under `tests/it/data`; both come to one snapshot.
macro_rules! tables {
    ($($table:ident: $python:ident, $node:ident;)*) => {
        /// The tables' names.
        const TABLES: &[&str] = &[$(stringify!($table)),*];
        $(
            #[test]
            #[cfg_attr(tests_without_python3, ignore = "needs python3")]
            fn $python() {
                told_to(&mut in_python("api_writes.py"), stringify!($table));
            }

            #[test]
            #[cfg_attr(tests_without_node, ignore = "needs node")]
            fn $node() {
                told_to(&mut node("api_writes.mjs"), stringify!($table));
            }
        )*
    };
}

tables! {
    api_writes: customers_and_what_is_sold_for_python, customers_and_what_is_sold_for_node;
    api_changes: objects_of_stories_for_python, objects_of_stories_for_node;
    api_payments: payments_for_python, payments_for_node;
    api_invoices: invoices_for_python, invoices_for_node;
    api_clocks: test_clocks_for_python, test_clocks_for_node;
    api_upgrades: upgrades_for_python, upgrades_for_node;
    api_checkout: sessions_for_python, sessions_for_node;
    api_money: charges_and_balances_for_python, charges_and_balances_for_node;
    api_shop: links_and_portals_for_python, links_and_portals_for_node;
    api_plans: plans_and_schedules_for_python, plans_and_schedules_for_node;
    api_bills: lines_of_invoices_for_python, lines_of_invoices_for_node;
    api_cards: setups_for_python, setups_for_node;
    api_debits: debits_for_python, debits_for_node;
    api_metadata: metadata_for_python, metadata_for_node;
}

fn told_to(program: &mut Command, table: &str) {
    let told = transcript(program, &format!("{table}.json"));
    insta::assert_snapshot!(table, told);
}

/// What no call here comes to: a refund that waits for its customer.
const NEVER_DONE: [&str; 1] = ["POST /v1/refunds/{refund}/cancel"];

/// A call of the catalogue, and what the tables hold of it: whether it is done once, and refused once.
struct Covered {
    call: String,
    is_done: bool,
    is_refused: bool,
}

impl Covered {
    /// Whether the call is the one of a request.
    fn is_asked(&self, request: &str) -> bool {
        let (call, request) = (self.call.split('/'), request.split('/'));
        call.clone().count() == request.clone().count()
            && call.zip(request).all(|(part, asked)| part == asked || part.starts_with('{'))
    }
}

/// The calls of the catalogue that change something.
fn calls() -> Vec<Covered> {
    let files = std::fs::read_dir(root().join("catalog/api/writes")).unwrap();
    let calls = files.flat_map(|file| {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let calls = serde_json::from_str::<Value>(&text).unwrap()["calls"].take();
        serde_json::from_value::<BTreeMap<String, Value>>(calls).unwrap().into_keys()
    });
    let mut calls: Vec<String> = calls.collect();
    // A part that is named counts before one that is any.
    calls.sort_by_key(|call| (call.matches('{').count(), call.clone()));
    let covered = |call| Covered { call, is_done: false, is_refused: false };
    calls.into_iter().map(covered).collect()
}

#[test]
fn each_call_is_done_and_each_verb_refused_in_the_tables() {
    let mut calls = calls();
    for table in TABLES {
        let snapshot = format!("tests/it/snapshots/it__api_writes__{table}.snap");
        let told = std::fs::read_to_string(root().join(snapshot)).unwrap();
        for line in told.lines().filter(|line| !line.starts_with(' ')) {
            let Some((_, said)) = line.split_once(" (") else { continue };
            let Some((request, came_to)) = said.split_once("):") else { continue };
            let Some(call) = calls.iter_mut().find(|call| call.is_asked(request)) else { continue };
            let is_refusal = came_to.split_once(' ').is_some_and(|(_, words)| {
                words.split(' ').next().is_some_and(|kind| kind.ends_with("Error"))
            });
            call.is_refused |= is_refusal;
            call.is_done |= !is_refusal;
        }
    }
    let missing = |is_there: fn(&Covered) -> bool| -> Vec<&str> {
        calls.iter().filter(|call| !is_there(call)).map(|call| call.call.as_str()).collect()
    };
    assert_eq!(missing(|call| call.is_done), NEVER_DONE);
    assert!(missing(|call| call.is_refused).is_empty(), "{:?}", missing(|call| call.is_refused));
}
