//! Refunds of test cards of which more is to be known: those that are pending at first, and those that fail.

use serde_json::json;

use super::super::billing::unknown;
use super::super::*;
use super::{Talk, id};

const KINDS: &str = "amount=2000&currency=usd&allowed_payment_method_types[]=card&confirm=true";

/// A payment by a test card, named or by its number; the id of its charge.
fn charged(talk: &mut Talk, card: &str) -> String {
    let by = match card.strip_prefix("400") {
        Some(_) => format!(
            "payment_method_data[type]=card&payment_method_data[card][number]={card}\
             &payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=2034"
        ),
        None => format!("payment_method=pm_card_{card}"),
    };
    let paid = talk.done("POST /v1/payment_intents", &format!("{KINDS}&{by}"));
    paid["latest_charge"].as_str().unwrap().to_owned()
}

fn parts(value: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| value[*name].clone()).collect()
}

/// Events beyond those of the payment: type, what they tell of before, and the state of their object.
fn told(talk: &mut Talk) -> Value {
    let list = talk.done("GET /v1/events?limit=100", "");
    let all: Vec<&Value> = list["data"].as_array().unwrap().iter().rev().skip(4).collect();
    let one = |event: &&Value| {
        let object = &event["data"]["object"];
        let state = if object["object"] == "charge" { "amount_refunded" } else { "status" };
        json!([event["type"], event["data"].get("previous_attributes"), object[state]])
    };
    all.iter().map(one).collect()
}

#[test]
fn a_refund_is_pending_at_first_and_then_done() {
    for card in ["pendingRefund", "4000000000007726"] {
        let mut talk = Talk::default();
        let charge = charged(&mut talk, card);
        let body = format!("charge={charge}&amount=500");
        let refund = talk.done("POST /v1/refunds", &body);
        let shown = ["amount", "status", "pending_reason", "failure_reason"];
        assert_eq!(parts(&refund, &shown), json!([500, "pending", "processing", null]), "{card}");
        assert_eq!(unknown("refund", &refund), BTreeSet::new());
        let now = talk.done(&format!("GET /v1/refunds/{}", id(&refund)), "");
        let mut done = refund.clone();
        done["status"] = "succeeded".into();
        done.as_object_mut().unwrap().remove("pending_reason");
        assert_eq!(now, done);
        let charge = talk.done(&format!("GET /v1/charges/{charge}"), "");
        assert_eq!(parts(&charge, &["amount_refunded", "refunded"]), json!([500, false]));
        let was = json!({"pending_reason": "processing", "status": "pending"});
        let wanted = json!([
            ["refund.created", null, "pending"],
            ["charge.refunded", {"amount_refunded": 0}, 500],
            ["refund.updated", was, "succeeded"],
            ["charge.refund.updated", was, "succeeded"],
        ]);
        assert_eq!(told(&mut talk), wanted, "{card}");
    }
}

#[test]
fn a_refund_that_fails_gives_the_money_back_to_the_balance() {
    for card in ["refundFail", "4000000000005126"] {
        let mut talk = Talk::default();
        let charge = charged(&mut talk, card);
        let refund = talk.done("POST /v1/refunds", &format!("charge={charge}"));
        assert_eq!(refund["status"], "succeeded");
        let path = format!("GET /v1/refunds/{}?expand[]=failure_balance_transaction", id(&refund));
        let failed = talk.done(&path, "");
        let wanted = json!(["failed", "expired_or_canceled_card", refund["balance_transaction"]]);
        let shown = ["status", "failure_reason", "balance_transaction"];
        assert_eq!(parts(&failed, &shown), wanted, "{card}");
        let back = &failed["failure_balance_transaction"];
        let shown = ["amount", "net", "fee", "currency", "source", "type", "reporting_category"];
        let wanted =
            json!([2000, 2000, 0, "usd", refund["id"], "refund_failure", "refund_failure"]);
        assert_eq!(parts(back, &shown), wanted);
        assert_eq!(unknown("balance_transaction", back), BTreeSet::new());
        let now = talk.done(&format!("GET /v1/charges/{charge}"), "");
        let shown = ["amount_refunded", "refunded", "status"];
        assert_eq!(parts(&now, &shown), json!([0, false, "succeeded"]));
        let was = json!({
            "failure_balance_transaction": null, "failure_reason": null, "status": "succeeded",
        });
        let wanted = json!([
            ["refund.created", null, "succeeded"],
            ["charge.refunded", {"amount_refunded": 0, "refunded": false}, 2000],
            ["refund.updated", was, "failed"],
            ["charge.refund.updated", was, "failed"],
            ["refund.failed", was, "failed"],
        ]);
        assert_eq!(told(&mut talk), wanted, "{card}");
        // The money is there again, and the next refund of it fails as well.
        let again = talk.done("POST /v1/refunds", &format!("charge={charge}&amount=700"));
        let now = talk.done(&format!("GET /v1/refunds/{}", id(&again)), "");
        assert_eq!(parts(&now, &["amount", "status"]), json!([700, "failed"]));
    }
}

#[test]
fn refunds_of_charges_by_themselves_and_by_a_customer_s_card_fail_as_well() {
    let mut talk = Talk::default();
    let made = talk.done("POST /v1/charges", "amount=900&currency=eur&source=tok_refundFail");
    let customer = talk.done("POST /v1/customers", "source=tok_refundFail");
    let body = format!("amount=800&currency=eur&customer={}", id(&customer));
    let of_customer = talk.done("POST /v1/charges", &body);
    for charge in [made, of_customer] {
        let refund = talk.done("POST /v1/refunds", &format!("charge={}", id(&charge)));
        let now = talk.done(&format!("GET /v1/refunds/{}", id(&refund)), "");
        let wanted = json!([charge["amount"], "failed"]);
        assert_eq!(parts(&now, &["amount", "status"]), wanted);
    }
}

#[test]
fn only_a_refund_that_waits_for_the_customer_is_canceled() {
    let mut talk = Talk::default();
    for card in ["visa", "pendingRefund", "refundFail"] {
        let charge = charged(&mut talk, card);
        let refund = talk.done("POST /v1/refunds", &format!("charge={charge}"));
        let count = talk.events().len();
        let path = format!("POST /v1/refunds/{}/cancel", id(&refund));
        let message = "Canceling this refund is unsupported.";
        talk.refused((&path, ""), (400, "", "", message));
        assert_eq!(talk.events().len(), count, "{card}");
    }
    let missing = (404, "resource_missing", "id", "No such refund");
    talk.refused(("POST /v1/refunds/re_none/cancel", ""), missing);
}
