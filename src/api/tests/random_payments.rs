//! Payments by calls at random: what charges, refunds, disputes and intents say agrees with each other and with the money
//! that moved.

use std::collections::BTreeMap;

use serde_json::json;

use super::writes::{Talk, id};
use super::*;
use crate::api::write::CustomerAnswer;

/// Calls; `$kind` is an object of that kind that there is.
const CALLS: &[(&str, &str)] = &[
    ("POST /v1/customers", "email=a%40example.com"),
    ("POST /v1/payment_methods", "type=card&card[token]=tok_visa"),
    ("POST /v1/payment_methods", "type=card&card[token]=tok_refundFail"),
    ("POST /v1/payment_methods", "type=card&card[token]=tok_chargeCustomerFail"),
    ("POST /v1/payment_methods/$payment_method/attach", "customer=$customer"),
    ("POST /v1/payment_methods/$payment_method/detach", ""),
    ("POST /v1/payment_intents", "amount=2000&currency=usd&allowed_payment_method_types[]=card"),
    (
        "POST /v1/payment_intents",
        "amount=1500&currency=usd&allowed_payment_method_types[]=card&confirm=true&\
         payment_method=pm_card_visa",
    ),
    (
        "POST /v1/payment_intents",
        "amount=1600&currency=usd&allowed_payment_method_types[]=card&confirm=true&\
         payment_method=pm_card_createDispute",
    ),
    (
        "POST /v1/payment_intents",
        "amount=900&currency=usd&allowed_payment_method_types[]=card&confirm=true&\
         payment_method=pm_card_refundFail",
    ),
    (
        "POST /v1/payment_intents",
        "amount=700&currency=usd&allowed_payment_method_types[]=card&confirm=true&\
         capture_method=manual&payment_method=pm_card_visa",
    ),
    (
        "POST /v1/payment_intents",
        "amount=800&currency=usd&allowed_payment_method_types[]=card&confirm=true&\
         customer=$customer&payment_method=$payment_method",
    ),
    (
        "POST /v1/payment_intents",
        "amount=600&currency=usd&allowed_payment_method_types[]=card&confirm=true&\
         payment_method=pm_card_threeDSecure2Required",
    ),
    ("POST /v1/payment_intents/$payment_intent/confirm", "payment_method=pm_card_visa"),
    (
        "POST /v1/payment_intents/$payment_intent/confirm",
        "payment_method=pm_card_chargeDeclinedInsufficientFunds",
    ),
    (
        "POST /v1/payment_intents/$payment_intent/confirm",
        "payment_method=pm_card_threeDSecure2Required",
    ),
    ("complete", "$payment_intent"),
    ("POST /v1/payment_intents/$payment_intent/capture", "amount_to_capture=500"),
    ("POST /v1/payment_intents/$payment_intent/cancel", ""),
    ("POST /v1/payment_intents/$payment_intent", "amount=2100"),
    ("POST /v1/setup_intents", "customer=$customer&allowed_payment_method_types[]=card"),
    ("POST /v1/setup_intents/$setup_intent/confirm", "payment_method=$payment_method"),
    ("POST /v1/setup_intents/$setup_intent/cancel", ""),
    ("POST /v1/charges", "amount=1100&currency=usd&source=tok_visa"),
    ("POST /v1/charges", "amount=1200&currency=usd&source=tok_visa&capture=false"),
    ("POST /v1/charges/$charge/capture", "amount=1000"),
    ("POST /v1/refunds", "payment_intent=$payment_intent&amount=300"),
    ("POST /v1/refunds", "payment_intent=$payment_intent"),
    ("POST /v1/refunds", "charge=$charge&amount=400"),
    ("POST /v1/disputes/$dispute", "evidence[uncategorized_text]=winning_evidence"),
    ("POST /v1/disputes/$dispute/close", ""),
    ("advance", "1h"),
    ("advance", "3d"),
];
const KINDS: [&str; 7] =
    ["charge", "customer", "dispute", "payment_intent", "payment_method", "refund", "setup_intent"];

/// Plays calls, each with the objects that a number chooses; returns what each came to.
fn played(calls: &[(usize, usize)]) -> (Talk, Vec<Value>) {
    let mut talk = Talk::default();
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut answers = Vec::new();
    for (number, choice) in calls {
        let (mut call, mut body) = (CALLS[*number].0.to_owned(), CALLS[*number].1.to_owned());
        for kind in KINDS {
            let ids = known.get(kind).map_or(&[][..], Vec::as_slice);
            let id = ids.iter().rev().nth(choice % ids.len().max(1)).map_or("none", String::as_str);
            call = call.replace(&format!("${kind}"), id);
            body = body.replace(&format!("${kind}"), id);
        }
        let answer = match call.as_str() {
            "complete" => {
                let decline = (choice % 3 == 0).then(|| "generic_decline".to_owned());
                let done = talk.api.complete(&CustomerAnswer { id: body, decline }, 1_792_000_000);
                done.unwrap_or_else(Value::from)
            }
            "advance" => {
                let done = talk.api.advance(body.parse().unwrap(), 1_792_000_000);
                done.unwrap_or_else(|why| panic!("{why}"))
            }
            _ => {
                let (status, answer) = talk.ask(&call, &body);
                assert!([200, 400, 402, 404].contains(&status), "{call} {body}: {answer}");
                answer
            }
        };
        for kind in ["charge", "dispute"] {
            let list = talk.done(&format!("GET /v1/{kind}s?limit=1"), "");
            note(&mut known, &list["data"][0]);
        }
        note(&mut known, &answer);
        answers.push(answer);
    }
    (talk, answers)
}

fn note(known: &mut BTreeMap<String, Vec<String>>, object: &Value) {
    let Some(kind) = object["object"].as_str().filter(|kind| KINDS.contains(kind)) else { return };
    let ids = known.entry(kind.to_owned()).or_default();
    if !ids.iter().any(|known| known == id(object)) {
        ids.push(id(object).to_owned());
    }
}

/// The objects of a kind that there are.
fn all(talk: &mut Talk, kind: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let list = talk.done(&format!("GET /v1/{kind}?limit=100{after}"), "");
        found.extend(list["data"].as_array().unwrap().clone());
        if list["has_more"] != true {
            return found;
        }
        after = format!("&starting_after={}", id(found.last().unwrap()));
    }
}

fn sum<'v>(values: impl Iterator<Item = &'v Value>, field: &str) -> i64 {
    values.map(|value| value[field].as_i64().unwrap()).sum()
}

/// Whether a charge agrees with its refunds and disputes.
fn check_charge(charge: &Value, refunds: &[Value], disputes: &[Value]) {
    let of_it = |one: &&Value| one["charge"] == charge["id"];
    let back = refunds.iter().filter(of_it);
    let back = sum(back.filter(|refund| refund["status"] != "failed"), "amount");
    let captured = charge["amount_captured"].as_i64().unwrap();
    assert!(back <= captured && captured <= charge["amount"].as_i64().unwrap(), "{charge}");
    // What was held for too long is given back, without a refund.
    let has_lapsed = captured == 0 && charge["refunded"] == true;
    let given_back = if has_lapsed { charge["amount"].clone() } else { back.into() };
    assert_eq!(charge["amount_refunded"], given_back, "{charge}");
    let is_refunded = has_lapsed || captured > 0 && back == captured;
    assert_eq!(charge["refunded"] == true, is_refunded, "{charge}");
    assert_eq!(charge["disputed"] == true, disputes.iter().any(|one| of_it(&one)), "{charge}");
    let (status, paid) = (charge["status"].as_str().unwrap(), charge["paid"] == true);
    assert_eq!(paid, status == "succeeded", "{charge}");
    assert_eq!(charge["captured"] == true, captured > 0 && paid, "{charge}");
}

/// Whether an intent agrees with its charges.
fn check_intent(intent: &Value, charges: &[Value]) {
    let status = intent["status"].as_str().unwrap();
    let known = [
        "canceled",
        "requires_action",
        "requires_capture",
        "requires_confirmation",
        "requires_payment_method",
        "succeeded",
    ];
    assert!(known.contains(&status), "{intent}");
    let own: Vec<&Value> =
        charges.iter().filter(|charge| charge["payment_intent"] == intent["id"]).collect();
    let paid = own.iter().copied().filter(|charge| charge["captured"] == true);
    let received = sum(paid, "amount_captured");
    assert_eq!(intent["amount_received"], received, "{intent}");
    assert_eq!(status == "succeeded", received > 0, "{intent}");
    assert_eq!(intent["amount_capturable"] != 0, status == "requires_capture", "{intent}");
    let latest = intent["latest_charge"].as_str();
    assert!(latest.is_none() || own.iter().any(|charge| Some(id(charge)) == latest), "{intent}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_calls_leave_payments_that_agree_with_the_money_that_moved(
        calls in prop::collection::vec((0..CALLS.len(), 0..6_usize), 0..200),
    ) {
        let (mut talk, answers) = played(&calls);
        prop_assert_eq!(&answers, &played(&calls).1);
        let (charges, refunds) = (all(&mut talk, "charges"), all(&mut talk, "refunds"));
        let disputes = all(&mut talk, "disputes");
        for charge in &charges {
            check_charge(charge, &refunds, &disputes);
        }
        for intent in all(&mut talk, "payment_intents") {
            check_intent(&intent, &charges);
        }
        let moved = all(&mut talk, "balance_transactions");
        let by = |kind: &str| sum(moved.iter().filter(|one| one["type"] == kind), "amount");
        prop_assert_eq!(by("charge"), sum(charges.iter().filter(|one| one["captured"] == true), "amount_captured"));
        let is_kept = |refund: &&Value| refund["status"] != "failed";
        prop_assert_eq!(by("refund") + by("refund_failure"), -sum(refunds.iter().filter(is_kept), "amount"));
        for one in &moved {
            let (amount, fee, net) = (&one["amount"], &one["fee"], &one["net"]);
            prop_assert_eq!(amount.as_i64().unwrap() - fee.as_i64().unwrap(), net.as_i64().unwrap());
        }
        prop_assert_eq!(json!(answers.len()), json!(calls.len()));
    }
}

#[test]
fn each_call_does_something_at_times() {
    // Numbers that a generator draws (its constants are those of Knuth's MMIX).
    let mut drawn = 1_u64;
    let mut draw = |most: usize| {
        drawn =
            drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(drawn >> 33).unwrap() % most
    };
    let mut idle: BTreeSet<usize> = (0..CALLS.len()).collect();
    for _ in 0..6 {
        let calls: Vec<_> = (0..150).map(|_| (draw(CALLS.len()), draw(6))).collect();
        let (_, answers) = played(&calls);
        for ((number, _), answer) in calls.iter().zip(answers) {
            let is_declined = answer["error"]["code"] == "card_declined";
            if answer.is_object() && (answer.get("error").is_none() || is_declined) {
                idle.remove(number);
            }
        }
    }
    let idle: Vec<_> = idle.iter().map(|number| CALLS[*number]).collect();
    assert_eq!(idle, []);
}
