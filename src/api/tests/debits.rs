//! Debits of bank accounts: processing at first, then paid or failed, at once or as time goes by.

use serde_json::json;

use super::billing::unknown;
use super::payments::scenario;
use super::writes::{Refusal, Talk, id};
use super::*;
use crate::api::write::CustomerAnswer;

const MANDATE: &str = "mandate_data[customer_acceptance][type]=offline";

/// A payment that a bank is asked for.
fn debit(talk: &mut Talk, kind: &str, method: &str) -> Value {
    let currency = if kind == "sepa_debit" { "eur" } else { "usd" };
    let body = format!(
        "amount=2000&currency={currency}&allowed_payment_method_types[]={kind}&confirm=true\
         &payment_method={method}&{MANDATE}"
    );
    talk.done("POST /v1/payment_intents", &body)
}

/// The account, its kind, what it comes to, and after how many seconds.
const DEBITS: [(&str, &str, &str, &str); 8] = [
    ("success_at", "sepa_debit", "", "0s"),
    ("successDelayed_de", "sepa_debit", "", "3m"),
    ("failed_fr", "sepa_debit", "generic_could_not_process", "0s"),
    ("failedDelayed_be", "sepa_debit", "generic_could_not_process", "3m"),
    ("insufficientFunds_ie", "sepa_debit", "insufficient_funds", "0s"),
    ("usBankAccount_success", "us_bank_account", "", "0s"),
    ("usBankAccount_accountClosed", "us_bank_account", "account_closed", "0s"),
    ("usBankAccount_insufficientFunds", "us_bank_account", "insufficient_funds", "0s"),
];

#[test]
fn a_debit_is_processing_and_then_paid_or_failed_as_its_account_says() {
    for (name, kind, failure, after) in DEBITS {
        let mut talk = Talk::default();
        let asked = debit(&mut talk, kind, &format!("pm_{name}"));
        assert_eq!(asked["status"], "processing", "{name}");
        assert_eq!(asked["payment_method_types"], json!([kind]));
        if after != "0s" {
            let waits = ["payment_intent.created", "payment_intent.processing", "charge.pending"];
            assert_eq!(talk.events(), waits, "{name}");
            talk.api.advance("179s".parse().unwrap(), 1_792_000_000).unwrap();
            assert_eq!(talk.events(), waits, "{name}");
            talk.api.advance("1s".parse().unwrap(), 1_792_000_000).unwrap();
        }
        let path = format!("GET /v1/payment_intents/{}?expand[]=latest_charge", id(&asked));
        let now = talk.done(&path, "");
        let charge = &now["latest_charge"];
        assert!(id(charge).starts_with("py_"), "{charge}");
        let details = &charge["payment_method_details"];
        assert_eq!(details["type"], kind);
        let mandate = details[kind]["mandate"].as_str().unwrap();
        let mandate = talk.done(&format!("GET /v1/mandates/{mandate}"), "");
        assert_eq!(mandate["payment_method"], charge["payment_method"]);
        let said = json!([
            now["status"],
            charge["status"],
            charge["paid"],
            charge["failure_code"],
            now["last_payment_error"]["code"],
            charge["balance_transaction"].is_string(),
        ]);
        if failure.is_empty() {
            assert_eq!(said, json!(["succeeded", "succeeded", true, null, null, true]), "{name}");
            assert_eq!(talk.events(), scenario("bank-debit"), "{name}");
        } else {
            let wanted =
                json!(["requires_payment_method", "failed", false, failure, failure, false]);
            assert_eq!(said, wanted, "{name}");
            let wanted = [
                "payment_intent.created",
                "payment_intent.processing",
                "charge.pending",
                "charge.failed",
                "payment_intent.payment_failed",
            ];
            assert_eq!(talk.events(), wanted, "{name}");
        }
    }
}

#[test]
fn debits_of_one_second_are_told_in_the_order_in_which_their_banks_were_asked() {
    let mut talk = Talk::default();
    let body = "amount=2000&currency=eur&allowed_payment_method_types[]=sepa_debit";
    let made: Vec<Value> = (0..6).map(|_| talk.done("POST /v1/payment_intents", body)).collect();
    let asked: Vec<&str> = made.iter().rev().map(id).collect();
    for intent in &asked {
        let call = format!("POST /v1/payment_intents/{intent}/confirm");
        talk.done(&call, &format!("payment_method=pm_successDelayed_be&{MANDATE}"));
    }
    talk.api.advance("3m".parse().unwrap(), 1_792_000_000).unwrap();
    let list = talk.done("GET /v1/events?type=payment_intent.succeeded", "");
    let told = list["data"].as_array().unwrap().iter().rev();
    let told: Vec<&str> = told.map(|event| id(&event["data"]["object"])).collect();
    assert_eq!(told, asked);
}

#[test]
fn an_account_that_never_answers_stays_processing() {
    let mut talk = Talk::default();
    let asked = debit(&mut talk, "us_bank_account", "pm_usBankAccount_processing");
    talk.api.advance("1mo".parse().unwrap(), 1_792_000_000).unwrap();
    let now = talk.done(&format!("GET /v1/payment_intents/{}", id(&asked)), "");
    assert_eq!(now, asked);
}

#[test]
fn a_payment_method_is_made_of_a_test_account() {
    let mut talk = Talk::default();
    let body = "type=sepa_debit&sepa_debit[iban]=DE89370400440532013000\
                &billing_details[name]=Mara&billing_details[email]=mara%40example.com";
    let made = talk.done("POST /v1/payment_methods", body);
    let mut strange = unknown("payment_method", &made);
    strange.retain(|path| !path.starts_with("sepa_debit"));
    assert_eq!(strange, BTreeSet::new());
    let own = &made["sepa_debit"];
    assert_eq!(
        json!([made["type"], made.get("card"), made["billing_details"]["name"]]),
        json!(["sepa_debit", null, "Mara"])
    );
    assert_eq!(
        json!([own["bank_code"], own["country"], own["last4"]]),
        json!(["37040044", "DE", "3000"])
    );
    let body = "type=us_bank_account&us_bank_account[account_number]=000123456789\
                &us_bank_account[routing_number]=110000000\
                &us_bank_account[account_holder_type]=company&billing_details[name]=Mara";
    let made = talk.done("POST /v1/payment_methods", body);
    let own = &made["us_bank_account"];
    assert_eq!(
        json!([own["account_holder_type"], own["last4"], own["routing_number"]]),
        json!(["company", "6789", "110000000"])
    );
    let customer = talk.done("POST /v1/customers", "");
    let call = format!("POST /v1/payment_methods/{}/attach", id(&made));
    let attached = talk.done(&call, &format!("customer={}", id(&customer)));
    assert_eq!(attached["customer"], customer["id"]);
}

const REFUSED: [(&str, &str, Refusal); 14] = [
    (
        "POST /v1/payment_intents",
        "amount=900&currency=usd&allowed_payment_method_types[]=card\
         &allowed_payment_method_types[]=sepa_debit",
        (400, "", "currency", "Payments with sepa_debit support the following currencies: eur."),
    ),
    (
        "POST /v1/payment_intents",
        "amount=900&currency=EUR&allowed_payment_method_types[]=us_bank_account",
        (400, "", "currency", "The currency provided (eur) is invalid. Payments with us_bank_"),
    ),
    (
        "POST /v1/payment_methods",
        "type=us_bank_account&us_bank_account[account_number]=000123456789\
         &us_bank_account[routing_number]=110000000&billing_details[email]=a%40example.com",
        (400, "parameter_missing", "billing_details[name]", "Missing required param"),
    ),
    (
        "POST /v1/payment_methods",
        "type=sepa_debit&sepa_debit[iban]=DE89370400440532013000\
         &billing_details[email]=a%40example.com",
        (400, "parameter_missing", "billing_details[name]", "Missing required param"),
    ),
    (
        "POST /v1/payment_intents",
        "amount=900&currency=eur&allowed_payment_method_types[]=sepa_debit\
         &payment_method_data[type]=sepa_debit\
         &payment_method_data[sepa_debit][iban]=DE89370400440532013000\
         &payment_method_data[billing_details][name]=Mara",
        (400, "parameter_missing", "billing_details[email]", "Missing required param"),
    ),
    (
        "POST /v1/payment_intents",
        "amount=900&currency=eur&allowed_payment_method_types[]=sepa_debit&confirm=true\
         &payment_method=pm_card_visa",
        (400, "", "", "The PaymentMethod provided (card) is not allowed for this PaymentIntent."),
    ),
    (
        "POST /v1/payment_intents",
        "amount=900&currency=eur&allowed_payment_method_types[]=sepa_debit\
         &payment_method=pm_card_visa",
        (400, "", "", "one of the following types: sepa_debit."),
    ),
    (
        "POST /v1/payment_methods",
        "type=sepa_debit&sepa_debit[iban]=DE1",
        (400, "devtool_not_served", "", "none of Stripe's test accounts"),
    ),
    ("POST /v1/payment_methods", "type=sepa_debit", (400, "parameter_missing", "sepa_debit", "")),
    (
        "POST /v1/payment_intents",
        "amount=900&currency=eur&allowed_payment_method_types[]=sepa_debit&confirm=true\
         &payment_method=pm_success_at",
        (400, "", "", "requires a mandate"),
    ),
    (
        "POST /v1/payment_intents",
        "amount=900&currency=usd&allowed_payment_method_types[]=sepa_debit&confirm=true\
         &payment_method=pm_success_at&mandate_data[customer_acceptance][type]=offline",
        (400, "", "currency", "The currency provided (usd) is invalid"),
    ),
    (
        "POST /v1/payment_intents",
        "amount=900&currency=eur&allowed_payment_method_types[]=card&confirm=true\
         &payment_method=pm_success_at&mandate_data[customer_acceptance][type]=offline",
        (400, "", "", "one of the following types: card."),
    ),
    (
        "POST /v1/payment_intents",
        "amount=900&currency=eur&allowed_payment_method_types[]=sepa_debit&confirm=true\
         &payment_method=pm_success_at&mandate_data[customer_acceptance][type]=offline\
         &capture_method=manual",
        (400, "devtool_not_served", "", "captured later"),
    ),
    (
        "POST /v1/setup_intents",
        "allowed_payment_method_types[]=sepa_debit&confirm=true&payment_method=pm_success_at",
        (400, "", "", "This SetupIntent requires a mandate"),
    ),
];

#[test]
fn debits_are_refused_and_leave_no_trace() {
    let mut talk = Talk::default();
    for (call, body, wanted) in REFUSED {
        talk.refused((call, body), wanted);
    }
    assert_eq!(talk.events(), [""; 0]);
}

#[test]
fn a_payment_of_no_named_kinds_shows_the_one_that_it_is_made_by() {
    let mut talk = Talk::default();
    let ways = "automatic_payment_methods[enabled]=true\
                &automatic_payment_methods[allow_redirects]=never";
    let body = format!(
        "amount=900&currency=usd&{ways}&confirm=true&payment_method=pm_usBankAccount_success\
         &{MANDATE}"
    );
    let made = talk.done("POST /v1/payment_intents", &body);
    assert_eq!(made["payment_method_types"], json!(["card", "us_bank_account"]));
}

#[test]
fn a_session_refuses_a_kind_that_it_does_not_take() {
    let mut talk = Talk::default();
    let price = "currency=eur&unit_amount=1500&product_data[name]=Mug";
    let price = talk.done("POST /v1/prices", price);
    let body = format!(
        "mode=payment&success_url=https%3A%2F%2Fa.example&line_items[0][quantity]=1\
         &line_items[0][price]={}&allowed_payment_method_types[]=sepa_debit",
        id(&price)
    );
    let session = talk.done("POST /v1/checkout/sessions", &body);
    let card = "type=card&card[token]=tok_visa";
    let card = talk.done("POST /v1/payment_methods", card);
    let count = talk.events().len();
    let call = format!("POST /v1/payment_pages/{}/confirm", id(&session));
    let body = format!("payment_method={}&expected_amount=1500", id(&card));
    let wanted = (400, "", "", "The PaymentMethod provided (card) is not allowed");
    talk.refused((&call, &body), wanted);
    assert_eq!(talk.events().len(), count);
}

#[test]
fn a_session_that_takes_a_debit_is_complete_before_it_is_paid() {
    for (account, status, wanted) in [
        ("usBankAccount_success", "paid", "checkout-async"),
        ("usBankAccount_noAccount", "unpaid", "checkout-async-failed"),
    ] {
        let mut talk = Talk::default();
        let price = "currency=usd&unit_amount=1500&product_data[name]=Mug";
        let price = talk.done("POST /v1/prices", price);
        let body = format!(
            "mode=payment&success_url=https%3A%2F%2Fa.example&line_items[0][quantity]=2\
             &line_items[0][price]={}&allowed_payment_method_types[]=us_bank_account",
            id(&price)
        );
        let session = talk.done("POST /v1/checkout/sessions", &body);
        assert_eq!(session["payment_method_types"], json!(["us_bank_account"]));
        let count = talk.events().len();
        if account.ends_with("success") {
            let answer = CustomerAnswer { id: id(&session).to_owned(), decline: None };
            let done = talk.api.complete(&answer, 1_792_000_000).unwrap();
            assert_eq!(
                (&done["status"], &done["payment_status"]),
                (&json!("complete"), &json!("unpaid"))
            );
        } else {
            let body = "type=us_bank_account&us_bank_account[account_number]=000111111116\
                        &us_bank_account[routing_number]=110000000&billing_details[name]=Mara";
            let method = talk.done("POST /v1/payment_methods", body);
            let call = format!("POST /v1/payment_pages/{}/confirm", id(&session));
            let body = format!("payment_method={}&expected_amount=3000", id(&method));
            assert_eq!(talk.done(&call, &body)["state"], "succeeded");
        }
        let now = talk.done(&format!("GET /v1/checkout/sessions/{}", id(&session)), "");
        assert_eq!((&now["status"], &now["payment_status"]), (&json!("complete"), &json!(status)));
        assert_eq!(talk.events()[count..], scenario(wanted), "{account}");
    }
}
