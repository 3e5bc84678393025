//! Cash balances of customers: what they send by bank transfer, and what it pays for.

use serde_json::json;

use super::billing::unknown;
use super::writes::{Refusal, Talk, id};
use super::*;

const FUNDED: [&str; 3] = [
    "customer.created",
    "customer_cash_balance_transaction.created",
    "cash_balance.funds_available",
];

/// A customer, and where their cash balance and its test funding are.
fn customer(talk: &mut Talk) -> (String, String, String) {
    let customer = talk.done("POST /v1/customers", "");
    let path = format!("/v1/customers/{}/cash_balance", id(&customer));
    let fund = format!("POST /v1/test_helpers/customers/{}/fund_cash_balance", id(&customer));
    (id(&customer).to_owned(), path, fund)
}

#[test]
fn money_that_a_customer_sends_is_on_their_cash_balance() {
    let mut talk = Talk::default();
    let (customer, path, fund) = customer(&mut talk);
    let get = format!("GET {path}");
    let mut wanted = json!({
        "object": "cash_balance", "available": null, "customer": customer,
        "customer_account": null, "livemode": false,
        "settings": {"reconciliation_mode": "automatic", "using_merchant_default": true},
    });
    assert_eq!(talk.done(&get, ""), wanted);
    let first = talk.done(&fund, "amount=1000&currency=usd&reference=ORDER-7");
    assert_eq!(unknown("customer_cash_balance_transaction", &first), BTreeSet::new());
    assert!(id(&first).starts_with("ccsbtxn_"), "{first}");
    let sent = json!({
        "bank_transfer": {
            "reference": "ORDER-7", "type": "us_bank_transfer",
            "us_bank_transfer": {"network": "ach", "sender_name": null},
        },
    });
    assert_eq!(
        json!([first["type"], first["net_amount"], first["ending_balance"], first["customer"]]),
        json!(["funded", 1000, 1000, customer])
    );
    assert_eq!(first["funded"], sent);
    let second = talk.done(&fund, "amount=500&currency=usd");
    assert_eq!(second["ending_balance"], 1500);
    let third = talk.done(&fund, "amount=70&currency=EUR");
    assert_eq!(third["funded"]["bank_transfer"]["type"], "eu_bank_transfer");
    wanted["available"] = json!({"eur": 70, "usd": 1500});
    assert_eq!(talk.done(&get, ""), wanted);
    let all = talk.done(&format!("GET {path}_transactions"), "");
    assert_eq!(all["data"], json!([third, second, first]));
    let one = format!("GET {path}_transactions/{}", id(&second));
    assert_eq!(talk.done(&one, ""), second);
    let whole = talk.done(&format!("GET /v1/customers/{customer}?expand[]=cash_balance"), "");
    assert_eq!(whole["cash_balance"], wanted);
    let events = [&FUNDED[..], &FUNDED[1..], &FUNDED[1..]].concat();
    assert_eq!(talk.events(), events);
    let told = talk.done("GET /v1/events?limit=1", "")["data"][0]["data"]["object"].clone();
    assert_eq!(told, wanted);
}

#[test]
fn each_customer_has_a_cash_balance_of_their_own_and_a_way_to_apply_it() {
    let mut talk = Talk::default();
    let (_, rich, fund) = customer(&mut talk);
    let (_, poor, _) = customer(&mut talk);
    talk.done(&fund, "amount=1000&currency=usd");
    assert_eq!(talk.done(&format!("GET {poor}"), "")["available"], json!(null));
    for (mode, wanted, is_default) in [
        ("manual", "manual", false),
        ("automatic", "automatic", false),
        ("merchant_default", "automatic", true),
    ] {
        let body = format!("settings[reconciliation_mode]={mode}");
        let said = talk.done(&format!("POST {poor}"), &body);
        let wanted = json!({"reconciliation_mode": wanted, "using_merchant_default": is_default});
        assert_eq!(said["settings"], wanted);
        assert_eq!(talk.done(&format!("GET {poor}"), ""), said);
    }
    assert_eq!(talk.done(&format!("GET {rich}"), "")["available"], json!({"usd": 1000}));
}

const REFUSED: [(&str, &str, Refusal); 5] = [
    (
        "",
        "amount=0&currency=usd",
        (400, "parameter_invalid_integer", "amount", "Invalid positive integer"),
    ),
    ("", "amount=5&currency=chf", (400, "", "currency", "chf are not supported")),
    ("", "amount=5", (400, "parameter_missing", "currency", "")),
    (
        "POST /v1/test_helpers/customers/cus_none/fund_cash_balance",
        "amount=5&currency=usd",
        (404, "resource_missing", "id", "No such customer: 'cus_none'"),
    ),
    (
        "GET /v1/customers/cus_none/cash_balance",
        "",
        (404, "resource_missing", "id", "No such customer: 'cus_none'"),
    ),
];

#[test]
fn funding_is_refused_and_leaves_no_trace() {
    let mut talk = Talk::default();
    let (_, path, fund) = customer(&mut talk);
    for (call, body, wanted) in REFUSED {
        talk.refused((if call.is_empty() { &fund } else { call }, body), wanted);
    }
    assert_eq!(talk.done(&format!("GET {path}"), "")["available"], json!(null));
    assert_eq!(talk.events(), ["customer.created"]);
}
