//! Charges by themselves and ephemeral keys: what is made of a token or of a customer's card, and what is refused.

use serde_json::json;

use super::super::billing::unknown;
use super::super::*;
use super::{Refusal, Talk, id};

fn customer(talk: &mut Talk, card: &str) -> String {
    let body = match card {
        "" => String::new(),
        card => format!("payment_method={card}&invoice_settings[default_payment_method]={card}"),
    };
    id(&talk.done("POST /v1/customers", &body)).to_owned()
}

#[test]
fn a_token_is_charged_and_its_money_is_on_the_balance() {
    let mut talk = Talk::default();
    let body = "amount=2000&currency=USD&source=tok_mastercard&metadata[order]=7&description=Mug";
    let made = talk.done("POST /v1/charges", body);
    assert_eq!(talk.events(), ["charge.succeeded"]);
    let said = ["amount", "amount_captured", "captured", "currency", "paid", "status"];
    let said: Vec<Value> = said.iter().map(|name| made[*name].clone()).collect();
    assert_eq!(json!(said), json!([2000, 2000, true, "usd", true, "succeeded"]));
    assert_eq!(
        (&made["source"]["object"], &made["source"]["brand"]),
        (&json!("card"), &json!("MasterCard"))
    );
    assert_eq!(
        (&made["payment_method"], &made["payment_intent"]),
        (&made["source"]["id"], &Value::Null)
    );
    assert_eq!(made["metadata"], json!({"order": "7"}));
    let path =
        format!("GET /v1/balance_transactions/{}", made["balance_transaction"].as_str().unwrap());
    let moved = talk.done(&path, "");
    assert_eq!(
        (&moved["amount"], &moved["fee"], &moved["net"]),
        (&json!(2000), &json!(90), &json!(1910))
    );
    assert_eq!(moved["source"], made["id"]);
    let refund = talk.done("POST /v1/refunds", &format!("charge={}", id(&made)));
    assert_eq!(refund["amount"], 2000);
    let mut own = made.clone();
    own["source"] = Value::Null;
    assert_eq!(unknown("charge", &own), BTreeSet::new());
    assert_eq!(unknown("card", &made["source"]), BTreeSet::new());
}

#[test]
fn a_customer_is_charged_by_their_card_and_a_charge_is_captured_in_whole_or_in_part() {
    let mut talk = Talk::default();
    let customer = customer(&mut talk, "pm_card_visa");
    for (capture, amount) in [("", 1500), ("amount=400", 400)] {
        let body = format!("amount=1500&currency=eur&customer={customer}&capture=false");
        let held = talk.done("POST /v1/charges", &body);
        let is = ["captured", "amount_captured", "balance_transaction", "source"];
        assert_eq!(
            is.map(|name| held[name].clone()),
            [json!(false), json!(0), Value::Null, Value::Null]
        );
        assert!(held["payment_method"].as_str().unwrap().starts_with("pm_"), "{held}");
        let path = format!("POST /v1/charges/{}/capture", id(&held));
        talk.refused((&path, "amount=1501"), (400, "amount_too_large", "amount", "greater than"));
        let captured = talk.done(&path, capture);
        assert_eq!(
            (&captured["captured"], &captured["amount_captured"]),
            (&json!(true), &json!(amount))
        );
        assert_eq!(captured["amount"], 1500);
        assert!(captured["balance_transaction"].is_string(), "{captured}");
        talk.refused(
            (&path, ""),
            (400, "charge_already_captured", "", "has already been captured."),
        );
        assert_eq!(
            talk.events()[talk.events().len() - 2..],
            ["charge.succeeded", "charge.captured"]
        );
    }
}

#[test]
fn a_card_that_is_declined_leaves_a_failed_charge() {
    let mut talk = Talk::default();
    for (token, code, decline) in [
        ("tok_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("tok_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("tok_threeDSecure2Required", "authentication_required", "authentication_required"),
    ] {
        let body = format!("amount=900&currency=usd&source={token}");
        let (status, answer) = talk.ask("POST /v1/charges", &body);
        let error = &answer["error"];
        assert_eq!(
            (status, &error["code"], &error["decline_code"]),
            (402, &json!(code), &json!(decline)),
            "{answer}"
        );
        assert_eq!(error["type"], "card_error");
        let charge =
            talk.done(&format!("GET /v1/charges/{}", error["charge"].as_str().unwrap()), "");
        assert_eq!((&charge["status"], &charge["paid"]), (&json!("failed"), &json!(false)));
        let path = format!("POST /v1/charges/{}/capture", id(&charge));
        talk.refused((&path, ""), (400, "devtool_not_served", "", "a charge that failed"));
    }
    assert_eq!(talk.events(), ["charge.failed"; 3]);
}

const REFUSED: &[(&str, &str, Refusal)] = &[
    ("POST /v1/charges", "currency=usd&source=tok_visa", (400, "parameter_missing", "amount", "")),
    ("POST /v1/charges", "amount=900&source=tok_visa", (400, "parameter_missing", "currency", "")),
    (
        "POST /v1/charges",
        "amount=900&currency=usd",
        (400, "parameter_missing", "", "source or customer"),
    ),
    (
        "POST /v1/charges",
        "amount=9&currency=usd&source=tok_visa",
        (400, "amount_too_small", "amount", ""),
    ),
    (
        "POST /v1/charges",
        "amount=900&currency=usd&source=tok_x",
        (400, "resource_missing", "source", "No such token: 'tok_x'"),
    ),
    (
        "POST /v1/charges",
        "amount=900&currency=usd&customer=cus_x",
        (400, "resource_missing", "customer", "No such customer"),
    ),
    (
        "POST /v1/charges",
        "amount=900&currency=usd&source=tok_visa&on_behalf_of=acct_1",
        (400, "devtool_not_served", "", "on_behalf_of"),
    ),
    (
        "POST /v1/charges/ch_x/capture",
        "",
        (404, "resource_missing", "id", "No such charge: 'ch_x'"),
    ),
    (
        "POST /v1/ephemeral_keys",
        "customer=cus_x",
        (400, "resource_missing", "customer", "No such customer"),
    ),
    ("POST /v1/ephemeral_keys", "", (400, "parameter_missing", "customer", "")),
    (
        "POST /v1/ephemeral_keys",
        "issuing_card=ic_1",
        (400, "devtool_not_served", "", "issuing_card"),
    ),
    (
        "DELETE /v1/ephemeral_keys/ephkey_1",
        "",
        (404, "resource_missing", "id", "No such ephemeral_key"),
    ),
];

#[test]
fn charges_and_keys_are_refused_and_leave_no_trace() {
    let mut talk = Talk::default();
    for (call, body, wanted) in REFUSED {
        talk.refused((call, body), *wanted);
    }
    assert_eq!(talk.events(), [""; 0]);
    let customer = customer(&mut talk, "");
    let body = format!("amount=900&currency=usd&customer={customer}");
    talk.refused(("POST /v1/charges", &body), (402, "missing", "card", "no active card"));
    let body = format!("{body}&source=tok_visa");
    let wanted = (400, "missing", "source", "does not have a linked source with ID tok_visa");
    talk.refused(("POST /v1/charges", &body), wanted);
    let body = format!("customer={customer}");
    talk.refused(
        ("POST /v1/ephemeral_keys", &body),
        (400, "", "", "send the header Stripe-Version"),
    );
    assert_eq!(talk.events(), ["customer.created"]);
}

#[test]
fn an_ephemeral_key_tells_its_secret_once_and_is_answered_whole_when_it_is_deleted() {
    let mut talk = Talk::default();
    let customer = customer(&mut talk, "");
    talk.version = Some(Catalogue::api_version().to_owned());
    let made = talk.done("POST /v1/ephemeral_keys", &format!("customer={customer}"));
    assert!(made["secret"].as_str().unwrap().starts_with("ek_test_"), "{made}");
    assert_eq!(made["associated_objects"], json!([{"id": customer, "type": "customer"}]));
    let created = made["created"].as_i64().unwrap();
    assert_eq!(made["expires"], created + 3600);
    let call = format!("DELETE /v1/ephemeral_keys/{}", id(&made));
    let gone = talk.done(&call, "");
    assert_eq!((&gone["id"], gone.get("deleted"), gone.get("secret")), (&made["id"], None, None));
    talk.refused((&call, ""), (404, "resource_missing", "id", "No such ephemeral_key"));
    assert_eq!(talk.events(), ["customer.created"]);
}
