//! Thin events, connected accounts, and earlier API versions.

use devtool::event::Catalogue;
use serde_json::{Value, json};

use crate::support::Devtool;
use crate::support::asking::ask;
use crate::support::endpoint::Endpoint;
use crate::support::local_api::{LocalApi, TestStory};

/// The event that `devtool trigger` prints, and stderr.
#[track_caller]
fn printed(arguments: &[&str]) -> (Value, String) {
    let run = Devtool::new(&["trigger", "--print", "--seed", "7"]).args(arguments).run().code(0);
    (run.json(), run.stderr)
}

#[test]
fn a_thin_event_names_its_object_and_carries_nothing_of_it() {
    let (event, stderr) = printed(&["v1.customer.created"]);
    let keys: Vec<&String> = event.as_object().unwrap().keys().collect();
    let expected =
        ["id", "object", "context", "created", "livemode", "reason", "related_object", "type"];
    assert_eq!(keys, expected);
    assert_eq!(event["object"], "v2.core.event");
    assert!(event["id"].as_str().unwrap().starts_with("evt_test_65"));
    assert!(event["created"].as_str().unwrap().ends_with('Z'));
    // The same customer as in the snapshot events of that seed.
    let (snapshot, _) = printed(&["customer.created"]);
    let id = snapshot["data"]["object"]["id"].as_str().unwrap();
    let related = json!({"id": id, "type": "customer", "url": format!("/v1/customers/{id}")});
    assert_eq!(event["related_object"], related);
    assert_eq!(event["reason"]["type"], "request");
    assert_eq!(stderr, "");
}

#[test]
fn what_there_is_one_of_has_no_id_and_some_events_are_about_nothing() {
    let (event, _) = printed(&["v1.balance.available"]);
    assert_eq!(event["related_object"], json!({"type": "balance", "url": "/v1/balance"}));
    assert_eq!(event["reason"], Value::Null);
    let (event, _) = printed(&["v1.invoice.upcoming"]);
    assert_eq!(event["related_object"], Value::Null);
    let (event, _) = printed(&["v2.core.account_person.created"]);
    let url = event["related_object"]["url"].as_str().unwrap();
    assert!(
        url.starts_with("/v2/core/accounts/acct_") && url.contains("/persons/person_"),
        "{url}"
    );
}

#[test]
fn thin_events_take_settings_and_unknown_ones_name_those_near() {
    let (event, _) = printed(&["v1.customer.created", "--set", "customer=cus_mine"]);
    assert_eq!(event["related_object"]["url"], "/v1/customers/cus_mine");
    let (event, _) = printed(&["v1.customer.created", "--set", "related_object.id=cus_other"]);
    assert_eq!(event["related_object"]["id"], "cus_other");
    let run = Devtool::new(&["trigger", "v1.customer.craeted"]).run().code(2);
    assert!(run.stderr.contains("did you mean `v1.customer.created`"), "{}", run.stderr);
}

#[test]
fn thin_types_are_listed_where_they_are_asked_for() {
    let names = |arguments: &[&str]| -> Vec<String> {
        let all = [&["events", "--format", "compact"], arguments].concat();
        Devtool::new(&all).run().code(0).stdout.lines().map(str::to_owned).collect()
    };
    let all = names(&[]);
    let is_thin = |name: &&String| name.starts_with("v1.") || name.starts_with("v2.");
    assert_eq!(all.iter().filter(is_thin).count(), 326);
    assert_eq!(names(&["v1.*"]).len() + names(&["v2.*"]).len(), 326);
    assert_eq!(
        names(&["v2.core.account.c"]),
        ["v2.core.account.closed", "v2.core.account.created"]
    );
    assert_eq!(names(&["customer.created"]), ["customer.created"]);
    assert_eq!(names(&["event_destination"]), ["v2.core.event_destination.ping"]);
    let json = Devtool::new(&["events", "v1.invoice.upcoming", "--format", "json"]).run().json();
    assert_eq!(json["events"][0]["object"], Value::Null);
    assert_eq!(json["events"][0]["payload"], "thin");
}

#[test]
fn events_of_a_connected_account_name_it_in_its_place() {
    let account = "acct_1Mb2Xk4dTz7RqW9e";
    let (event, _) = printed(&["invoice.paid", "--account", account]);
    let keys: Vec<&String> = event.as_object().unwrap().keys().collect();
    assert_eq!(keys[..4], ["id", "object", "account", "api_version"]);
    assert_eq!(event["account"], account);
    assert!(printed(&["invoice.paid"]).0.get("account").is_none());
    let (event, _) = printed(&["v1.invoice.paid", "--account", account]);
    assert_eq!(event["context"], account);
    for wrong in ["acct_", "cus_1", "acct_a b", "acct_ä"] {
        let run = Devtool::new(&["trigger", "invoice.paid", "--account", wrong]).run().code(2);
        assert!(run.stderr.contains("expected an account's id"), "{}", run.stderr);
    }
}

#[test]
fn before_basil_an_invoice_names_its_payment_and_its_subscription() {
    let (event, stderr) = printed(&["invoice.paid", "--api-version", "2025-02-24.acacia"]);
    assert_eq!(stderr, "");
    assert_eq!(event["api_version"], "2025-02-24.acacia");
    let invoice = &event["data"]["object"];
    for (field, prefix) in [("payment_intent", "pi_"), ("charge", "ch_"), ("subscription", "sub_")]
    {
        assert!(invoice[field].as_str().unwrap().starts_with(prefix), "{field}");
    }
    assert_eq!(invoice["paid"], true);
    assert!(invoice.get("parent").is_none() && invoice.get("total_taxes").is_none());
    let line = &invoice["lines"]["data"][0];
    assert_eq!(
        (&line["type"], &line["price"]["object"]),
        (&json!("subscription"), &json!("price"))
    );
    let (event, _) = printed(&["invoice.created", "--api-version", "2025-02-24.acacia"]);
    let draft = &event["data"]["object"];
    assert_eq!((&draft["payment_intent"], &draft["paid"]), (&Value::Null, &json!(false)));
    // A one-off payment has no invoice.
    let (event, _) = printed(&["charge.succeeded", "--api-version", "2024-06-20"]);
    assert_eq!(event["data"]["object"]["invoice"], Value::Null);
}

#[test]
fn before_basil_a_subscription_has_its_period_at_the_top() {
    let arguments = ["customer.subscription.updated", "--api-version", "2024-06-20"];
    let (event, _) = printed(&arguments);
    let subscription = &event["data"]["object"];
    assert!(subscription["current_period_end"].as_i64().unwrap() > 1_700_000_000);
    assert!(subscription["items"]["data"][0].get("current_period_end").is_none());
    let before = event["data"]["previous_attributes"].as_object().unwrap();
    assert!(before.contains_key("current_period_start") && !before.contains_key("items"));
}

#[test]
fn events_of_a_version_have_its_fields_and_none_of_later_ones() {
    let object = |name: &str, api_version: &str| {
        printed(&[name, "--api-version", api_version]).0["data"]["object"].take()
    };
    let session = object("checkout.session.completed", "2026-02-25.clover");
    assert_eq!(session["ui_mode"], "hosted");
    assert!(session.get("managed_payments").is_none());
    let refund = object("refund.created", "2026-02-25.clover");
    assert!(refund.get("customer").is_none() && refund.get("payment_method").is_none());
    let setup = object("setup_intent.succeeded", "2025-09-30.clover");
    assert_eq!(setup.get("flow_directions"), Some(&Value::Null));
    let payment = object("payment_intent.succeeded", "2025-08-27.basil");
    assert!(payment.get("payment_details").is_none());
    let discount = object("customer.discount.created", "2025-08-27.basil");
    assert_eq!(discount["coupon"]["object"], "coupon");
    assert!(discount.get("source").is_none());
    let subscription = object("customer.subscription.created", "2025-02-24.acacia");
    let plan = &subscription["items"]["data"][0]["plan"];
    assert_eq!(plan.get("aggregate_usage"), Some(&Value::Null));
    for name in ["checkout.session.completed", "refund.created"] {
        let (now, dahlia) = (object(name, "2026-10-28.endive"), object(name, "2026-03-25.dahlia"));
        assert_eq!(now["ui_mode"], dahlia["ui_mode"], "{name}");
        assert!(dahlia.get("allowed_payment_method_types").is_none(), "{name}");
    }
}

#[test]
fn a_version_whose_shape_is_not_known_says_which_one_was_sent() {
    let said = |version: &str, shape: &str, types: &str| {
        format!(
            "warning: the events say API version {version}, but have the shape of {shape}: {types}\n"
        )
    };
    let (event, stderr) = printed(&["reserve.hold.created", "--api-version", "2024-06-20"]);
    assert_eq!(event["api_version"], "2024-06-20");
    assert_eq!(stderr, said("2024-06-20", "2026-02-25.clover", "reserve.hold.created"));
    let (_, stderr) = printed(&["invoice.paid", "--api-version", "2020-08-27"]);
    assert_eq!(stderr, said("2020-08-27", "2025-02-24.acacia", "invoice.paid"));
    let endpoint = Endpoint::accepting();
    let arguments =
        ["scenario", "renewal", "checkout", "payment", "--api-version", "2027-01-01.fern"];
    let run = Devtool::sending(&arguments, endpoint.port()).run().code(0);
    let first = "charge.pending, charge.succeeded, charge.updated, checkout.session.completed";
    let start = said("2027-01-01.fern", "2026-10-28.endive", first);
    assert!(run.stderr.starts_with(start.trim_end()), "{}", run.stderr);
    assert_eq!(run.stderr.matches("warning").count(), 1, "{}", run.stderr);
    let (_, stderr) = printed(&["v1.invoice.paid", "--api-version", "2020-08-27"]);
    assert_eq!(stderr, "", "a thin event has no version");
    let run = Devtool::new(&["trigger", "invoice.paid", "--api-version", "latest"]).run().code(2);
    assert!(run.stderr.contains("expected an API version"), "{}", run.stderr);
}

/// The last words of types that name what became of their object, where another word is its status.
const STATUSES: [(&str, &str); 3] =
    [("activated", "active"), ("available", "succeeded"), ("under_review", "processing")];

#[test]
fn what_a_thin_event_is_about_can_be_fetched_as_the_event_says() {
    let mut checked = 0;
    for (name, found) in Catalogue::embedded().unwrap().thin_types().unwrap() {
        let word = name.rsplit('.').next().unwrap();
        let is_status = !["created", "updated", "deleted", "ping"].contains(&word);
        if !name.starts_with("v2.") || name.contains('[') || found.object.is_empty() || !is_status {
            continue;
        }
        let local = LocalApi::start();
        let event = &local.play(&TestStory::of_event(name, None, 1))[0];
        let url = event["related_object"]["url"].as_str().unwrap();
        let (status, object) = ask(local.port, &format!("GET {url}"));
        assert_eq!(status, 200, "{name}: {object}");
        let expected = STATUSES.iter().find(|(of, _)| *of == word).map_or(word, |(_, is)| is);
        if found.object.ends_with(".inbound_transfer") {
            let word = word.replace("available", "bank_debit_succeeded");
            assert_eq!(object["transfer_history"][0]["type"], word, "{name}");
        } else if found.object == "v2.core.account" {
            assert_eq!(object["closed"], word == "closed", "{name}");
        } else {
            assert_eq!(object["status"], expected, "{name}");
        }
        checked += 1;
    }
    assert_eq!(checked, 27);
}
