//! The user's own objects in stories: `--id`, `[story] ids`, and metadata where Stripe copies it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Received};

/// The events of a run, as bytes of JSON.
fn sent(arguments: &[&str]) -> Vec<Value> {
    let endpoint = Endpoint::accepting();
    Devtool::sending(arguments, endpoint.port()).run().code(0);
    endpoint.received().iter().map(Received::event).collect()
}

fn refused(arguments: &[&str]) -> String {
    let run = Devtool::new(arguments).run().code(2);
    assert_eq!(run.stdout, "");
    run.stderr
}

/// What an error says in backticks on its line of hints.
fn listed(stderr: &str) -> Vec<String> {
    let hint = stderr.split("  hint: ").nth(1).expect(stderr);
    hint.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Ids of the user's own, in the form that each object's have.
struct Own(BTreeMap<String, String>);

impl Own {
    /// An id for an object by its name; the beginning is the one that the refusal of another id names.
    fn id(&mut self, name: &str, number: usize) -> String {
        let kind = name.split('/').next().unwrap();
        let beginning = self.0.entry(kind.to_owned()).or_insert_with(|| {
            let run = Devtool::new(&["trigger", "invoice.paid", "--print", "--id"])
                .args(&[&format!("{kind}=evt_1")])
                .run();
            let beginning = run.stderr.split("begins with `").nth(1);
            beginning.map_or("", |rest| rest.split('`').next().unwrap()).to_owned()
        });
        format!("{beginning}Mine{number}")
    }
}

/// Every text of one event with that at the same place of another.
fn pairs(one: &Value, other: &Value, found: &mut Vec<(String, String)>) {
    match (one, other) {
        (Value::String(one), Value::String(other)) => found.push((one.clone(), other.clone())),
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len());
            one.iter().zip(other).for_each(|(one, other)| pairs(one, other, found));
        }
        (Value::Object(one), Value::Object(other)) => {
            assert!(one.keys().eq(other.keys()), "{one:?} {other:?}");
            one.values().zip(other.values()).for_each(|(one, other)| pairs(one, other, found));
        }
        // The moments of two runs differ.
        _ => {}
    }
}

/// The drawn id in place of which each of the user's own stands, in all of a scenario's events.
fn replaced(scenario: &str, own: &mut Own, more: &[&str]) -> BTreeSet<String> {
    let base = [&["scenario", scenario], more].concat();
    let none = [&base[..], &["--id", "terminal.location=tml_1"]].concat();
    let names = listed(&refused(&none));
    assert!(!names.is_empty(), "{scenario}");
    let mut ids: BTreeMap<String, String> =
        names.iter().enumerate().map(|(at, name)| (name.clone(), own.id(name, at))).collect();
    // Steps may have set all fields of an object to others.
    let options = loop {
        let options: Vec<String> =
            ids.iter().flat_map(|(name, id)| ["--id".to_owned(), format!("{name}={id}")]).collect();
        let options_of = options.iter().map(String::as_str);
        let check: Vec<&str> = base.iter().copied().chain(["--check"]).chain(options_of).collect();
        let run = Devtool::new(&check).run();
        let Some(unused) = run.stderr.split('`').nth(1).filter(|_| run.code == 2) else {
            break options;
        };
        assert!(run.stderr.contains("has the id of") && ids.remove(unused).is_some(), "{run:?}");
    };
    assert!(ids.len() + 1 >= names.len(), "{scenario}: {names:?} {ids:?}");
    let given: Vec<&str> = base.iter().copied().chain(options.iter().map(String::as_str)).collect();
    let (drawn, mine) = (sent(&base), sent(&given));
    let mut found = Vec::new();
    drawn.iter().zip(&mine).for_each(|(one, other)| pairs(one, other, &mut found));
    // Some fields hold the first 25 characters of an id.
    let start = |id: &str| id[..id.len().min(25)].to_owned();
    let mut places: BTreeMap<&str, String> = BTreeMap::new();
    for (before, id) in found.iter().filter(|(_, after)| ids.values().any(|id| id == after)) {
        let known = places.insert(id, start(before));
        assert!(known.is_none_or(|known| known == start(before)), "{scenario}: {id}: {before}");
    }
    let text = serde_json::to_string(&mine).unwrap();
    for (name, id) in &ids {
        assert!(text.contains(id.as_str()), "{scenario}: no event has the id of {name}");
    }
    for (id, before) in &places {
        assert!(!text.contains(before), "{scenario}: {before} is left in place of {id}");
    }
    names.into_iter().collect()
}

#[test]
fn an_id_of_the_users_own_stands_everywhere_that_the_drawn_one_would() {
    let mut own = Own(BTreeMap::new());
    let mut all = BTreeSet::new();
    for scenario in devtool::scenario::library::all().unwrap() {
        all.extend(replaced(&scenario.name, &mut own, &[]));
    }
    for name in ["price", "price/upgraded", "product", "subscription_item", "invoice/first"] {
        assert!(all.contains(name), "{name}: {all:?}");
    }
    replaced("renewal", &mut own, &["--api-version", "2024-06-20"]);
}

#[test]
fn a_price_of_the_users_own_is_that_of_items_plans_lines_and_earlier_values() {
    let events = sent(&[
        "scenario",
        "subscription-lifecycle",
        "--id",
        "price=price_small",
        "--id",
        "price/upgraded=price_large",
    ]);
    let upgrade = events
        .iter()
        .find(|event| !event["data"]["previous_attributes"]["plan"].is_null())
        .unwrap();
    let (now, before) = (&upgrade["data"]["object"], &upgrade["data"]["previous_attributes"]);
    let ids = |subscription: &Value| {
        let item = &subscription["items"]["data"][0];
        json!([item["price"]["id"], item["plan"]["id"], subscription["plan"]["id"]])
    };
    assert_eq!(ids(now), json!(["price_large", "price_large", "price_large"]));
    assert_eq!(ids(before), json!(["price_small", "price_small", "price_small"]));
    let paid = events.iter().find(|event| event["type"] == "invoice.paid").unwrap();
    let line = &paid["data"]["object"]["lines"]["data"][0];
    assert_eq!(line["pricing"]["price_details"]["price"], "price_small");
}

#[test]
fn a_thin_event_names_the_users_own_object() {
    let run = Devtool::new(&["trigger", "v1.invoice.paid", "--id", "invoice=in_1Mine", "--print"]);
    let event = run.run().code(0).json();
    assert_eq!(event["related_object"]["id"], "in_1Mine");
    assert_eq!(event["related_object"]["url"], "/v1/invoices/in_1Mine");
}

#[test]
fn an_id_that_has_no_place_is_an_error_that_names_what_is_near() {
    let told = |id: &str| {
        let words = ["trigger", "customer.subscription.updated", "--print", "--id", id];
        format!("$ --id {id}\n{}", refused(&words))
    };
    let ids = [
        "prise=price_1",
        "price=prod_1",
        "invoice=in_",
        "price/second=price_1",
        "charge=ch_1",
        "balance=ba_1",
        "price",
    ];
    let told: String = ids.iter().map(|id| told(id)).collect();
    insta::assert_snapshot!("ids", told);
    let several = ["scenario", "payout", "renewal", "--check", "--id", "price=price_1"];
    Devtool::new(&several).run().code(0);
    let given = Devtool::new(&["trigger", "--from", "mine.json", "--id", "customer=cus_1"])
        .file("mine.json", r#"{"object": "event", "type": "a.b", "data": {"object": {}}}"#);
    assert!(given.run().code(2).stderr.contains("`--id` cannot change the event of `--from`"));
}

const FILE: &str = r#"
[story]
ids = { price = "price_123", customer = "cus_123" }
metadata.subscription = { plan = "pro" }

[[step]]
event = "customer.subscription.created"

[[step]]
event = "invoice.paid"
"#;

#[test]
fn a_file_has_ids_and_metadata_of_its_story_and_the_command_line_comes_first() {
    let objects = |more: &[&str]| -> Vec<Value> {
        let endpoint = Endpoint::accepting();
        let devtool = Devtool::sending(&["scenario", "own.toml"], endpoint.port()).args(more);
        devtool.file("own.toml", FILE).run().code(0);
        endpoint.received().iter().map(|sent| sent.event()["data"]["object"].clone()).collect()
    };
    let [subscription, invoice] = &objects(&[])[..] else { panic!("two events") };
    assert_eq!(subscription["items"]["data"][0]["price"]["id"], "price_123");
    assert_eq!(invoice["customer"], "cus_123");
    assert_eq!(subscription["metadata"], json!({"plan": "pro"}));
    assert_eq!(invoice["parent"]["subscription_details"]["metadata"], json!({"plan": "pro"}));
    let more = ["--id", "price=price_456", "--set", "subscription.metadata.plan=free"];
    let [subscription, _] = &objects(&more)[..] else { panic!("two events") };
    assert_eq!(subscription["items"]["data"][0]["price"]["id"], "price_456");
    assert_eq!(subscription["metadata"], json!({"plan": "free"}));
}

#[test]
fn what_a_story_of_a_file_has_no_place_for_is_named_with_its_place() {
    let told = |from: &str, to: &str| {
        let file = FILE.replace(from, to);
        assert_ne!(file, FILE);
        let run = Devtool::new(&["scenario", "own.toml", "--check"]).file("own.toml", &file);
        run.run().code(3).stderr
    };
    let told: String = [
        ("price = \"price_123\"", "prise = \"price_123\""),
        ("\"price_123\"", "\"prod_123\""),
        ("price = \"price_123\"", "\"price/second\" = \"price_123\""),
        ("price = \"price_123\"", "charge = \"ch_123\""),
        ("\"price_123\"", "5"),
        ("metadata.subscription", "metadata.invoice"),
        ("metadata.subscription", "metadata.payment_intent"),
        ("\"pro\"", "7"),
    ]
    .iter()
    .map(|(from, to)| told(from, to))
    .collect();
    insta::assert_snapshot!("story", told);
}

/// The metadata of an invoice, of what it tells of its subscription, and of its line.
fn of_invoice(event: &Value) -> [&Value; 3] {
    let invoice = &event["data"]["object"];
    let told = [&invoice["parent"]["subscription_details"], &invoice["subscription_details"]];
    let told = told.into_iter().find(|told| told.is_object()).unwrap_or(&Value::Null);
    [&invoice["metadata"], &told["metadata"], &invoice["lines"]["data"][0]["metadata"]]
}

/// Stripe's support page about metadata of related objects, and the types' words on invoices.
#[test]
fn metadata_goes_where_stripe_copies_it_and_nowhere_else() {
    let (plan, none) = (json!({"plan": "pro"}), json!({}));
    for version in ["2026-10-28.endive", "2024-06-20"] {
        let events = sent(&[
            "scenario",
            "renewal",
            "--set",
            "subscription.metadata.plan=pro",
            "--set",
            "payment_intent.metadata.order=7",
            "--api-version",
            version,
        ]);
        for event in &events {
            let object = &event["data"]["object"];
            match object["object"].as_str().unwrap() {
                "subscription" => assert_eq!(object["metadata"], plan),
                "invoice" => assert_eq!(of_invoice(event), [&none, &plan, &plan]),
                "charge" | "payment_intent" => {
                    assert_eq!(object["metadata"], json!({"order": "7"}));
                }
                _ => assert!(object["metadata"].as_object().is_none_or(serde_json::Map::is_empty)),
            }
            assert!(event["data"]["previous_attributes"]["metadata"].is_null());
        }
    }
    let manual = sent(&["trigger", "invoice.paid", "--state", "manual", "--set", "metadata.a=1"]);
    let [own, _, line] = of_invoice(&manual[0]);
    assert_eq!((own, line), (&json!({"a": "1"}), &none), "its line is of no subscription");
    let checkout = sent(&["scenario", "checkout", "--set", "checkout.session.metadata.cart=6"]);
    for event in &checkout {
        let is_session = event["data"]["object"]["object"] == "checkout.session";
        let expected = if is_session { json!({"cart": "6"}) } else { json!({}) };
        assert_eq!(event["data"]["object"]["metadata"], expected, "{}", event["type"]);
    }
}

#[test]
fn metadata_of_every_object_is_in_the_copies_too() {
    let event = &sent(&["trigger", "invoice.paid", "--set", "metadata.order=7"])[0];
    let order = json!({"order": "7"});
    assert_eq!(of_invoice(event), [&order, &order, &order]);
    let error = refused(&["trigger", "payout.paid", "--set", "subscription.metadata.plan=pro"]);
    insta::assert_snapshot!(error, @r"
    error: no event of this run has the metadata of `subscription`
      hint: set it in one event: `--set 'EVENT:metadata.KEY=VALUE'`
    ");
    let error =
        refused(&["trigger", "charge.succeeded", "--set", "subscription.metadata.plan=pro"]);
    insta::assert_snapshot!(error, @r"
    error: no event of this run has the metadata of `subscription`
      hint: its events have that of `payment_intent`
    ");
}

#[test]
fn a_setting_with_events_in_front_changes_those_only() {
    let set = |setting: &str, option: &str| sent(&["scenario", "renewal", option, setting]);
    let changed = |events: &[Value]| -> Vec<String> {
        let own = |event: &&Value| event["data"]["object"]["metadata"] == json!({"x": "a:b"});
        let own = events.iter().enumerate().filter(|(_, event)| own(event));
        own.map(|(at, event)| format!("{} {}", at + 1, event["type"].as_str().unwrap())).collect()
    };
    assert_eq!(changed(&set("invoice.paid:metadata.x=a:b", "--set")), ["9 invoice.paid"]);
    let both = ["4 invoice.updated", "8 invoice.updated"];
    assert_eq!(changed(&set("invoice.up*:metadata.x=a:b", "--set")), both);
    assert_eq!(changed(&set("8:metadata.x=a:b", "--set")), ["8 invoice.updated"]);
    assert_eq!(changed(&set("*:metadata.x=a:b", "--set")).len(), 10, "one has none");
    let events = set("invoice.paid:amount_due=5", "--set");
    let amounts: Vec<i64> =
        events.iter().filter_map(|event| event["data"]["object"]["amount_due"].as_i64()).collect();
    assert_eq!(amounts.iter().filter(|amount| **amount == 5).count(), 1, "{amounts:?}");
    let events = set("invoice.paid:number", "--unset");
    let without: Vec<&Value> =
        events.iter().filter(|event| event["data"]["object"].get("number").is_none()).collect();
    assert!(without.iter().any(|event| event["type"] == "invoice.paid"));
    assert!(!without.iter().any(|event| event["type"] == "invoice.finalized"));
    let charge = &sent(&["trigger", "charge.succeeded", "--set", "charge.succeeded:amount=5"])[0];
    let object = &charge["data"]["object"];
    assert_eq!((&object["amount"], &object["amount_captured"]), (&json!(5), &json!(2900)));
}

#[test]
fn events_that_a_run_does_not_have_are_named() {
    let told = |arguments: &[&str]| {
        let run = Devtool::new(arguments).run().code(2);
        assert_eq!(run.stdout, "");
        format!("$ devtool {}\n{}", arguments.join(" "), run.stderr)
    };
    let lines: [&[&str]; 8] = [
        &["scenario", "renewal", "--set", "invoice.payd:metadata.x=1"],
        &["scenario", "renewal", "--set", "payout.*:metadata.x=1"],
        &["scenario", "renewal", "--set", "12:metadata.x=1"],
        &["scenario", "renewal", "--set", "0:metadata.x=1"],
        &["scenario", "renewal", "--set", "metadata.a:b=1"],
        &["scenario", "renewal", "--unset", "invoice.paid:"],
        &["scenario", "renewal", "--set", "payment_intent:metadata.x=1"],
        &["scenario", "renewal", "--set", "invoice.paid:numbr=1"],
    ];
    let told: String = lines.iter().map(|line| told(line)).collect();
    insta::assert_snapshot!("events", told);
    let several =
        ["scenario", "payout", "renewal", "--check", "--set", "invoice.paid:metadata.x=1"];
    Devtool::new(&several).run().code(0);
    let key = ["trigger", "invoice.paid", "--print", "--set", "metadata[\"a:b\"]=1"];
    let event = Devtool::new(&key).run().code(0).json();
    assert_eq!(event["data"]["object"]["metadata"]["a:b"], "1");
    let given = ["trigger", "--from", "e.json", "--print", "--set", "invoice.paid:total=1"];
    let file = r#"{"object": "event", "type": "invoice.paid", "data": {"object": {"total": 5}}}"#;
    let event = Devtool::new(&given).file("e.json", file).run().code(0).json();
    assert_eq!(event["data"]["object"]["total"], 1);
}
