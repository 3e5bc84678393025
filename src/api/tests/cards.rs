//! Stripe's test cards: that all of its page of tests are here, and what becomes of payments by them.

use serde_json::json;

use super::writes::{Talk, id};
use super::*;

/// The tables of <https://docs.stripe.com/testing>: number (`-` where it tells none), brand, country, funding, and what
/// follows `pm_card_` and `tok_`. Brand, country and funding are the page's where it tells them, else the usual ones.
const PAGE: &str = include_str!("../../../tests/it/data/test_cards.txt");

#[test]
fn each_card_of_the_page_is_known_by_its_number_and_by_its_names() {
    let mut talk = Talk::default();
    let mut shown = |body: &str| {
        let card =
            talk.done("POST /v1/payment_methods", &format!("type=card&{body}"))["card"].clone();
        let words =
            ["brand", "country", "funding"].map(|name| card[name].as_str().unwrap().to_owned());
        (words.join(" "), card["fingerprint"].clone())
    };
    for line in PAGE.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (number, about, names) = (words[0], words[1..4].join(" "), &words[4..]);
        let mut prints = BTreeSet::new();
        if number != "-" {
            let body = format!("card[number]={number}&card[exp_month]=12&card[exp_year]=2034");
            let (said, print) = shown(&body);
            assert_eq!(said, about, "{line}");
            prints.insert(print.to_string());
        }
        for name in names {
            let (said, print) = shown(&format!("card[token]=tok_{name}"));
            assert_eq!(said, about, "{line}: {name}");
            prints.insert(print.to_string());
        }
        assert_eq!(prints.len(), 1, "{line}");
    }
}

fn pay(talk: &mut Talk, more: &str) -> (u16, Value) {
    let terms = "amount=2000&currency=usd&confirm=true&allowed_payment_method_types[]=card";
    talk.ask("POST /v1/payment_intents", &format!("{terms}&expand[]=latest_charge&{more}"))
}

/// Test cards, and of their charges: the level and the score of the risk, whether it is authorized, then the checks of the
/// first line of the address, of the postal code, and of the security code.
const CHARGED: [(&str, [&str; 6]); 12] = [
    ("visa", ["normal", "23", "authorized", "null", "null", "pass"]),
    ("riskLevelElevated", ["elevated", "70", "authorized", "null", "null", "pass"]),
    ("highFraudDisputeScore", ["normal", "23", "authorized", "null", "null", "pass"]),
    ("cvcCheckFail", ["normal", "23", "authorized", "null", "null", "fail"]),
    ("cvcCheckFailElevatedRisk", ["elevated", "70", "authorized", "null", "null", "fail"]),
    ("avsZipFail", ["normal", "23", "authorized", "null", "fail", "pass"]),
    ("avsZipFailElevatedRisk", ["elevated", "70", "authorized", "null", "fail", "pass"]),
    ("avsLine1Fail", ["normal", "23", "authorized", "fail", "null", "pass"]),
    ("avsFail", ["normal", "23", "authorized", "fail", "fail", "pass"]),
    ("avsUnchecked", ["normal", "23", "authorized", "unavailable", "unavailable", "pass"]),
    ("radarBlock", ["highest", "92", "blocked", "null", "null", "pass"]),
    ("riskLevelHighest", ["highest", "92", "blocked", "null", "null", "pass"]),
];

#[test]
fn a_charge_tells_its_risk_and_what_the_checks_said() {
    for (name, wanted) in CHARGED {
        let mut talk = Talk::default();
        let (status, answer) = pay(&mut talk, &format!("payment_method=pm_card_{name}"));
        let charge = match answer["error"]["charge"].as_str() {
            Some(charge) => talk.done(&format!("GET /v1/charges/{charge}"), ""),
            None => answer["latest_charge"].clone(),
        };
        let (outcome, card) = (&charge["outcome"], &charge["payment_method_details"]["card"]);
        let risk = ["risk_level", "risk_score", "type"].map(|part| outcome[part].clone());
        let checks = ["address_line1_check", "address_postal_code_check", "cvc_check"];
        let checks = checks.map(|part| card["checks"][part].clone());
        let said: Vec<String> =
            risk.iter().chain(&checks).map(|value| value.to_string().replace('"', "")).collect();
        assert_eq!(said, wanted, "{name}");
        let is_blocked = wanted[2] == "blocked";
        assert_eq!(status, if is_blocked { 402 } else { 200 }, "{name}");
        let seller = if is_blocked {
            "Stripe blocked this payment as too risky."
        } else {
            "Payment complete."
        };
        assert_eq!(outcome["seller_message"], seller, "{name}");
        if is_blocked {
            let said = ["code", "decline_code", "network_decline_code"];
            let said = said.map(|part| answer["error"][part].clone());
            assert_eq!(said, [json!("card_declined"), json!("fraudulent"), Value::Null], "{name}");
        }
    }
}

#[test]
fn what_is_not_given_with_a_number_is_not_checked() {
    let address = "&billing_details[address][line1]=418 Alder Street\
                   &billing_details[address][postal_code]=97204";
    for (number, more, checks) in [
        ("4242424242424242", "", [Value::Null, Value::Null, Value::Null]),
        ("4242424242424242", "&card[cvc]=123", [Value::Null, Value::Null, json!("pass")]),
        ("4242424242424242", address, [json!("pass"), json!("pass"), Value::Null]),
        ("4000000000000010", address, [json!("fail"), json!("fail"), Value::Null]),
        ("4000000000000101", "", [Value::Null, Value::Null, Value::Null]),
        ("4000000000000127", "", [Value::Null, Value::Null, Value::Null]),
    ] {
        let mut talk = Talk::default();
        let body =
            format!("type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=2034");
        let made = talk.done("POST /v1/payment_methods", &format!("{body}{more}"));
        let (status, paid) = pay(&mut talk, &format!("payment_method={}", id(&made)));
        assert_eq!(status, 200, "{number} {more}: {paid}");
        let said = &paid["latest_charge"]["payment_method_details"]["card"]["checks"];
        let names = ["address_line1_check", "address_postal_code_check", "cvc_check"];
        assert_eq!(names.map(|name| said[name].clone()), checks, "{number} {more}");
    }
    let mut talk = Talk::default();
    let body = "type=card&card[number]=4000000000000127&card[exp_month]=12&card[exp_year]=2034";
    let made = talk.done("POST /v1/payment_methods", &format!("{body}&card[cvc]=123"));
    let (status, answer) = pay(&mut talk, &format!("payment_method={}", id(&made)));
    let said = ["code", "network_decline_code"].map(|part| answer["error"][part].clone());
    assert_eq!((status, said), (402, [json!("incorrect_cvc"), json!("N7")]));
}

#[test]
fn a_bank_warns_of_fraud_and_a_charge_is_disputed_twice_once_it_is_captured() {
    let mut talk = Talk::default();
    let (_, paid) = pay(&mut talk, "payment_method=pm_card_createIssuerFraudRecord");
    let path = format!("GET /v1/radar/early_fraud_warnings?charge={}", id(&paid["latest_charge"]));
    let warnings = talk.done(&path, "")["data"].clone();
    let parts = ["actionable", "charge", "payment_intent"].map(|name| warnings[0][name].clone());
    assert_eq!(parts, [json!(true), paid["latest_charge"]["id"].clone(), paid["id"].clone()]);
    assert_eq!(talk.events().last().unwrap(), "radar.early_fraud_warning.created");
    let mut talk = Talk::default();
    let more = "payment_method=pm_card_createMultipleDisputes&capture_method=manual";
    let (_, held) = pay(&mut talk, more);
    let path = format!("GET /v1/disputes?payment_intent={}", id(&held));
    assert_eq!(talk.done(&path, "")["data"], json!([]));
    talk.done(&format!("POST /v1/payment_intents/{}/capture", id(&held)), "");
    assert_eq!(talk.done(&path, "")["data"].as_array().unwrap().len(), 2);
}

/// Disputes that follow: of what, of which case, by which brand, and the better evidence that the network takes.
const DISPUTED: [(&str, [&str; 3], &str); 4] = [
    ("createDispute", ["fraudulent", "chargeback", "visa"], ""),
    (
        "createCe3EligibleDispute",
        ["fraudulent", "chargeback", "visa"],
        "visa_compelling_evidence_3",
    ),
    ("createComplianceDispute", ["noncompliant", "compliance", "visa"], "visa_compliance"),
    (
        "createMastercardComplianceDispute",
        ["noncompliant", "compliance", "mastercard"],
        "mastercard_compliance",
    ),
];

#[test]
fn a_dispute_tells_its_case_and_what_evidence_the_network_takes() {
    for (name, wanted, eligible) in DISPUTED {
        let mut talk = Talk::default();
        let (_, paid) = pay(&mut talk, &format!("payment_method=pm_card_{name}"));
        let path = format!("GET /v1/disputes?payment_intent={}", id(&paid));
        let dispute = talk.done(&path, "")["data"][0].clone();
        let card = &dispute["payment_method_details"]["card"];
        assert_eq!([&dispute["reason"], &card["case_type"], &card["brand"]], wanted, "{name}");
        let types: Vec<&str> = eligible.split_whitespace().collect();
        assert_eq!(dispute["enhanced_eligibility_types"], json!(types), "{name}");
        let known = dispute["evidence_details"]["enhanced_eligibility"].as_object().unwrap();
        assert_eq!(known.keys().collect::<Vec<_>>(), types, "{name}");
    }
}

/// How often a payment method can be used that is nobody's.
#[test]
fn a_payment_method_of_nobody_pays_once_and_one_that_was_detached_never_again() {
    let paid_again = (400, "", "payment_method", "It may not be used again.");
    let attached_again = (400, "", "payment_method", "and may not be used again.");
    let terms = "amount=2000&currency=usd&confirm=true&allowed_payment_method_types[]=card";
    for name in ["visa", "visa_chargeDeclined"] {
        let mut talk = Talk::default();
        let body = format!("type=card&card[token]=tok_{name}");
        let made = talk.done("POST /v1/payment_methods", &body);
        let customer = talk.done("POST /v1/customers", "");
        let body = format!("{terms}&payment_method={}", id(&made));
        let (_, first) = talk.ask("POST /v1/payment_intents", &body);
        talk.refused(("POST /v1/payment_intents", &body), paid_again);
        let attach = format!("POST /v1/payment_methods/{}/attach", id(&made));
        let attach = (attach.as_str(), format!("customer={}", id(&customer)));
        talk.refused((attach.0, &attach.1), attached_again);
        let body = format!("payment_method={}", id(&made));
        talk.refused(("POST /v1/customers", &body), attached_again);
        if first["status"] == "succeeded" {
            let path = format!("POST /v1/payment_intents/{}", id(&first));
            talk.done(&path, "description=Mug");
        } else {
            let path = format!(
                "POST /v1/payment_intents/{}/confirm",
                id(&first["error"]["payment_intent"])
            );
            talk.refused((&path, &body), paid_again);
        }
    }
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "payment_method=pm_card_visa");
    let list = talk.done(&format!("GET /v1/payment_methods?customer={}", id(&customer)), "");
    let path = format!("POST /v1/payment_methods/{}", id(&list["data"][0]));
    for _ in 0..2 {
        let body =
            format!("{terms}&customer={}&payment_method={}", id(&customer), id(&list["data"][0]));
        talk.done("POST /v1/payment_intents", &body);
    }
    talk.done(&format!("{path}/detach"), "");
    let whose = format!("customer={}", id(&customer));
    talk.refused((&format!("{path}/attach"), &whose), attached_again);
}

#[test]
fn a_payment_method_that_was_set_up_for_nobody_pays_once_it_is_attached() {
    let mut talk = Talk::default();
    let made = talk.done("POST /v1/payment_methods", "type=card&card[token]=tok_visa");
    let body =
        format!("allowed_payment_method_types[]=card&confirm=true&payment_method={}", id(&made));
    assert_eq!(talk.done("POST /v1/setup_intents", &body)["status"], "succeeded");
    let pay = format!("amount=2000&currency=usd&{body}");
    let wanted = (400, "", "payment_method", "cannot be attached. To reuse a PaymentMethod");
    talk.refused(("POST /v1/payment_intents", &pay), wanted);
    let customer = talk.done("POST /v1/customers", "");
    let whose = format!("customer={}", id(&customer));
    talk.done(&format!("POST /v1/payment_methods/{}/attach", id(&made)), &whose);
    let paid = talk.done("POST /v1/payment_intents", &format!("{pay}&{whose}"));
    assert_eq!(paid["status"], "succeeded");
}

/// What the balance has that is pending and available, by currency.
fn sums(talk: &mut Talk, currency: &str) -> [i64; 2] {
    let balance = talk.done("GET /v1/balance", "");
    ["pending", "available"].map(|place| {
        let all = balance[place].as_array().unwrap();
        let own = all.iter().find(|sum| sum["currency"] == currency);
        own.map_or(0, |sum| sum["amount"].as_i64().unwrap())
    })
}

#[test]
fn money_is_pending_for_two_days_unless_the_card_says_otherwise() {
    let mut talk = Talk::default();
    let terms = "amount=2000&currency=sek&confirm=true&allowed_payment_method_types[]=card";
    let mut paid = Vec::new();
    for (card, wanted) in [("visa", [1910, 0]), ("bypassPending", [1910, 1910])] {
        let body = format!("{terms}&payment_method=pm_card_{card}&expand[]=latest_charge");
        paid.push(talk.done("POST /v1/payment_intents", &body));
        assert_eq!(sums(&mut talk, "sek"), wanted, "{card}");
    }
    let money = |talk: &mut Talk, paid: &Value| {
        let id = paid["latest_charge"]["balance_transaction"].as_str().unwrap();
        let known = talk.done(&format!("GET /v1/balance_transactions/{id}"), "");
        let later = known["available_on"].as_i64().unwrap() - known["created"].as_i64().unwrap();
        (known["status"].as_str().unwrap().to_owned(), later)
    };
    assert_eq!(money(&mut talk, &paid[0]), ("pending".to_owned(), 2 * 86_400));
    assert_eq!(money(&mut talk, &paid[1]), ("available".to_owned(), 0));
    talk.later = 2 * 86_400;
    assert_eq!(money(&mut talk, &paid[0]), ("available".to_owned(), 2 * 86_400));
    assert_eq!(sums(&mut talk, "sek"), [0, 3820]);
}

#[test]
fn a_bank_may_find_out_without_a_question() {
    let mut talk = Talk::default();
    let body = "type=card&card[number]=4000000032200000&card[exp_month]=12&card[exp_year]=2034";
    let made = talk.done("POST /v1/payment_methods", body);
    let (_, paid) = pay(&mut talk, &format!("payment_method={}", id(&made)));
    let asked = &paid["latest_charge"]["payment_method_details"]["card"]["three_d_secure"];
    assert_eq!(
        [&paid["status"], &asked["authentication_flow"], &asked["result"]],
        ["succeeded", "frictionless", "authenticated"]
    );
}
