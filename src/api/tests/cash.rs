//! Cash balances of customers: what they send by bank transfer, and what it pays for.

use serde_json::json;

use super::billing::unknown;
use super::writes::{Refusal, Talk, id};
use super::*;
use crate::api::write::CustomerAnswer;

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
fn a_customer_is_shown_where_to_send_money() {
    let mut talk = Talk::default();
    let (customer, ..) = customer(&mut talk);
    let call = format!("POST /v1/customers/{customer}/funding_instructions");
    let body = |currency: &str, kind: &str| {
        format!("currency={currency}&funding_type=bank_transfer&bank_transfer[type]={kind}")
    };
    let before = talk.events().len();
    let pounds = talk.done(&call, &body("gbp", "gb_bank_transfer"));
    let number = &pounds["bank_transfer"]["financial_addresses"][0]["sort_code"]["account_number"];
    assert_eq!(number.as_str().map(str::len), Some(8));
    let nowhere = json!({
        "city": null, "country": "GB", "line1": null, "line2": null, "postal_code": null, "state": null,
    });
    let address = json!({
        "sort_code": {
            "account_holder_address": nowhere, "account_holder_name": "Harbor Light Studio",
            "account_number": number, "bank_address": nowhere, "sort_code": "990011",
        },
        "supported_networks": ["bacs", "fps"],
        "type": "sort_code",
    });
    let wanted = json!({
        "object": "funding_instructions",
        "bank_transfer": {
            "country": "GB", "financial_addresses": [address], "type": "gb_bank_transfer",
        },
        "currency": "gbp", "funding_type": "bank_transfer", "livemode": false,
    });
    assert_eq!(pounds, wanted);
    assert_eq!(talk.done(&call, &body("gbp", "gb_bank_transfer")), wanted);
    assert_eq!(talk.events().len(), before);
}

#[test]
fn where_to_send_money_is_by_currency_and_country() {
    let mut talk = Talk::default();
    let (customer, ..) = customer(&mut talk);
    let call = format!("POST /v1/customers/{customer}/funding_instructions");
    let body = |currency: &str, kind: &str| {
        format!("currency={currency}&funding_type=bank_transfer&bank_transfer[type]={kind}")
    };
    let french =
        format!("{}&bank_transfer[eu_bank_transfer][country]=FR", body("eur", "eu_bank_transfer"));
    let euros = talk.done(&call, &french)["bank_transfer"].clone();
    let iban = euros["financial_addresses"][0]["iban"]["iban"].as_str().unwrap_or_default();
    assert!((euros["country"] == "FR") && iban.starts_with("FR11") && iban.len() == 22, "{euros}");
    let refused: [(String, Refusal); 4] = [
        (body("chf", "eu_bank_transfer"), (400, "", "currency", "Bank transfers in chf")),
        (body("usd", "eu_bank_transfer"), (400, "", "bank_transfer[type]", "us_bank_transfer")),
        (
            body("eur", "eu_bank_transfer"),
            (400, "parameter_missing", "bank_transfer[eu_bank_transfer][country]", ""),
        ),
        (
            french.replace("=FR", "=IT"),
            (400, "", "bank_transfer[eu_bank_transfer][country]", "DE, FR"),
        ),
    ];
    for (body, wanted) in &refused {
        talk.refused((&call, body), *wanted);
    }
    talk.refused(
        ("POST /v1/customers/cus_none/funding_instructions", &body("usd", "us_bank_transfer")),
        (404, "resource_missing", "id", "No such customer"),
    );
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

const TRANSFER: &str = "amount=2000&currency=usd&allowed_payment_method_types[]=customer_balance\
                        &payment_method_data[type]=customer_balance&confirm=true\
                        &payment_method_options[customer_balance][funding_type]=bank_transfer\
                        &payment_method_options[customer_balance][bank_transfer][type]=us_bank_transfer";
const MOVED: &str = "customer_cash_balance_transaction.created";

/// What a payment says of itself.
fn said(talk: &mut Talk, intent: &Value) -> Value {
    let now = talk.done(&format!("GET /v1/payment_intents/{}", id(intent)), "");
    let open = &now["next_action"]["display_bank_transfer_instructions"]["amount_remaining"];
    json!([now["status"], open, now["amount_received"]])
}

#[test]
fn a_payment_by_bank_transfer_waits_is_funded_in_part_and_succeeds() {
    let mut talk = Talk::default();
    let (customer, path, fund) = customer(&mut talk);
    let body = format!("{TRANSFER}&customer={customer}");
    let asked = talk.done("POST /v1/payment_intents", &body);
    let told = &asked["next_action"]["display_bank_transfer_instructions"];
    assert_eq!(
        json!([told["amount_remaining"], told["currency"], told["type"]]),
        json!([2000, "usd", "us_bank_transfer"])
    );
    assert_eq!(
        asked["payment_method_options"],
        json!({"customer_balance": {
            "bank_transfer": {"type": "us_bank_transfer"}, "funding_type": "bank_transfer",
        }})
    );
    talk.done(&fund, "amount=500&currency=usd");
    assert_eq!(said(&mut talk, &asked), json!(["requires_action", 1500, 0]));
    talk.done(&fund, "amount=1800&currency=usd");
    assert_eq!(said(&mut talk, &asked), json!(["succeeded", null, 2000]));
    assert_eq!(talk.done(&format!("GET {path}"), "")["available"], json!({"usd": 300}));
    let moved = talk.done(&format!("GET {path}_transactions"), "");
    let moved = moved["data"].as_array().unwrap().iter();
    let moved: Vec<Value> =
        moved.map(|one| json!([one["type"], one["net_amount"], one["ending_balance"]])).collect();
    let wanted = json!([
        ["applied_to_payment", -1500, 300],
        ["funded", 1800, 1800],
        ["applied_to_payment", -500, 0],
        ["funded", 500, 500],
    ]);
    assert_eq!(json!(moved), wanted);
    let wanted = [
        "customer.created",
        "payment_intent.created",
        "payment_intent.requires_action",
        MOVED,
        MOVED,
        "payment_intent.partially_funded",
        MOVED,
        MOVED,
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "cash_balance.funds_available",
    ];
    assert_eq!(talk.events(), wanted);
}

#[test]
fn money_that_is_there_pays_at_once_unless_it_is_applied_by_hand() {
    for (mode, before) in [("automatic", "succeeded"), ("manual", "requires_action")] {
        let mut talk = Talk::default();
        let (customer, path, fund) = customer(&mut talk);
        talk.done(&format!("POST {path}"), &format!("settings[reconciliation_mode]={mode}"));
        talk.done(&fund, "amount=2500&currency=usd");
        let body = format!("{TRANSFER}&customer={customer}");
        let paid = talk.done("POST /v1/payment_intents", &body);
        assert_eq!(paid["status"], before);
        if mode == "manual" {
            let call = format!("POST /v1/payment_intents/{}/apply_customer_balance", id(&paid));
            talk.refused((&call, "amount=2001"), (400, "", "amount", "remains to be paid (2000)"));
            let part = talk.done(&call, "amount=900");
            assert_eq!(said(&mut talk, &part), json!(["requires_action", 1100, 0]));
            assert_eq!(talk.done(&call, "")["status"], "succeeded");
        }
        assert_eq!(talk.done(&format!("GET {path}"), "")["available"], json!({"usd": 500}));
    }
}

#[test]
fn a_canceled_payment_gives_the_money_back_to_the_cash_balance() {
    let mut talk = Talk::default();
    let (customer, path, fund) = customer(&mut talk);
    let body = format!("{TRANSFER}&customer={customer}");
    let asked = talk.done("POST /v1/payment_intents", &body);
    talk.done(&fund, "amount=500&currency=usd");
    let call = format!("POST /v1/payment_intents/{}/cancel", id(&asked));
    assert_eq!(talk.done(&call, "")["status"], "canceled");
    assert_eq!(talk.done(&format!("GET {path}"), "")["available"], json!({"usd": 500}));
    let events = talk.events();
    assert_eq!(events[events.len() - 2..], [MOVED, "payment_intent.canceled"]);
}

/// A payment of 10.00 that 4.00 came for already.
fn partly_funded(talk: &mut Talk) -> (Value, String, String) {
    let (customer, path, fund) = customer(talk);
    let body = TRANSFER.replace("amount=2000", "amount=1000");
    let body = format!("{body}&allowed_payment_method_types[]=card&customer={customer}");
    let asked = talk.done("POST /v1/payment_intents", &body);
    talk.done(&fund, "amount=400&currency=usd");
    assert_eq!(said(talk, &asked), json!(["requires_action", 600, 0]));
    (asked, path, fund)
}

/// What is on a cash balance.
fn there(talk: &mut Talk, path: &str) -> Value {
    talk.done(&format!("GET {path}"), "")["available"].clone()
}

#[test]
fn another_amount_counts_anew_what_is_missing() {
    for (amount, missing) in [(2000, 1600), (1000, 600), (700, 300)] {
        let mut talk = Talk::default();
        let (asked, path, fund) = partly_funded(&mut talk);
        let call = format!("POST /v1/payment_intents/{}", id(&asked));
        talk.done(&call, &format!("amount={amount}"));
        assert_eq!(said(&mut talk, &asked), json!(["requires_action", missing, 0]));
        talk.done(&fund, &format!("amount={}&currency=usd", missing - 1));
        assert_eq!(said(&mut talk, &asked), json!(["requires_action", 1, 0]));
        talk.done(&fund, "amount=1&currency=usd");
        assert_eq!(said(&mut talk, &asked), json!(["succeeded", null, amount]));
        assert_eq!(there(&mut talk, &path), json!({"usd": 0}));
    }
    let mut talk = Talk::default();
    let (asked, path, _) = partly_funded(&mut talk);
    let call = format!("POST /v1/payment_intents/{}", id(&asked));
    let refused = (400, "devtool_not_served", "", "applied to the payment already (400)");
    talk.refused((&call, "amount=400"), refused);
    assert_eq!(said(&mut talk, &asked), json!(["requires_action", 600, 0]));
    assert_eq!(there(&mut talk, &path), json!({"usd": 0}));
}

#[test]
fn money_that_was_applied_is_given_back_where_the_transfer_does_not_go_on() {
    for (call, body, status, left) in [
        ("/confirm", "payment_method=pm_card_visa", "succeeded", 400),
        ("/confirm", "", "requires_action", 0),
        ("", "payment_method=pm_card_visa", "requires_confirmation", 400),
        ("", "customer={other}", "requires_confirmation", 400),
        ("", "currency=eur", "requires_confirmation", 400),
        ("", "currency=USD&description=Mug", "requires_action", 0),
    ] {
        let mut talk = Talk::default();
        let (asked, path, _) = partly_funded(&mut talk);
        let (other, ..) = customer(&mut talk);
        let path_of_call = format!("POST /v1/payment_intents/{}{call}", id(&asked));
        let done = talk.ask(&path_of_call, &body.replace("{other}", &other)).1;
        assert_eq!(done["status"], status, "{call} {body}: {done}");
        assert_eq!(there(&mut talk, &path), json!({"usd": left}), "{call} {body}");
        let missing = if left == 0 { json!(600) } else { json!(null) };
        assert_eq!(said(&mut talk, &asked)[1], missing, "{call} {body}");
    }
}

#[test]
fn nobody_answers_for_a_payment_that_waits_for_money() {
    let mut talk = Talk::default();
    let (asked, path, _) = partly_funded(&mut talk);
    for decline in [None, Some("authentication_failure".to_owned())] {
        let answer = CustomerAnswer { id: id(&asked).to_owned(), decline };
        let error = talk.api.complete(&answer, 1_792_000_000).unwrap_err();
        let customer = asked["customer"].as_str().unwrap();
        let wanted = format!("customers/{customer}/fund_cash_balance");
        assert!(error.contains(&wanted), "{error}");
    }
    assert_eq!(said(&mut talk, &asked), json!(["requires_action", 600, 0]));
    assert_eq!(there(&mut talk, &path), json!({"usd": 0}));
}

#[test]
fn a_cash_balance_is_applied_in_the_currency_of_the_payment() {
    let mut talk = Talk::default();
    let (asked, path, fund) = partly_funded(&mut talk);
    talk.done(&format!("POST {path}"), "settings[reconciliation_mode]=manual");
    talk.done(&fund, "amount=600&currency=usd");
    let call = format!("POST /v1/payment_intents/{}/apply_customer_balance", id(&asked));
    talk.refused((&call, "currency=eur"), (400, "", "currency", "that of the payment (usd)"));
    assert_eq!(talk.done(&call, "currency=USD")["status"], "succeeded");
}
