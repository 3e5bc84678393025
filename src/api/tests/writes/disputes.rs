//! Disputes that follow from test cards, how they are answered and end; payouts, top-ups and payment links.

use serde_json::json;

use super::super::billing::unknown;
use super::super::payments::scenario;
use super::super::*;
use super::{Refusal, Talk, id};

/// A payment by a card, and the dispute that follows.
fn disputed(talk: &mut Talk, card: &str) -> (Value, Value) {
    let kinds = "amount=2000&currency=usd&allowed_payment_method_types[]=card&confirm=true";
    let body = format!("{kinds}&payment_method=pm_card_{card}&expand[]=latest_charge");
    let paid = talk.done("POST /v1/payment_intents", &body);
    let list = talk.done(&format!("GET /v1/disputes?payment_intent={}", id(&paid)), "");
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    (paid, list["data"][0].clone())
}

#[test]
fn a_dispute_takes_the_money_and_is_won_or_lost_by_its_evidence() {
    for (text, wanted, status, moved) in [
        ("winning_evidence", "dispute-won", "won", json!([[-2000, 1500, -3500], [2000, 0, 2000]])),
        ("losing_evidence", "dispute-lost", "lost", json!([[-2000, 1500, -3500]])),
    ] {
        let mut talk = Talk::default();
        let (paid, dispute) = disputed(&mut talk, "createDispute");
        assert_eq!(unknown("dispute", &dispute), BTreeSet::new());
        let charge = &paid["latest_charge"];
        let said = ["amount", "charge", "payment_intent", "reason", "status"];
        assert_eq!(
            json!(said.map(|name| dispute[name].clone())),
            json!([2000, charge["id"], paid["id"], "fraudulent", "needs_response"])
        );
        assert_eq!([&charge["disputed"], &charge["dispute"]], [&json!(true), &dispute["id"]]);
        let due = dispute["evidence_details"]["due_by"].as_i64().unwrap();
        assert_eq!(due - dispute["created"].as_i64().unwrap(), 9 * 86_400);
        let path = format!("/v1/disputes/{}", id(&dispute));
        let body = format!("evidence[uncategorized_text]={text}");
        let after = talk.done(&format!("POST {path}"), &body);
        let parts = |one: &Value| json!([one["amount"], one["fee"], one["net"]]);
        let sums: Vec<Value> =
            after["balance_transactions"].as_array().unwrap().iter().map(parts).collect();
        assert_eq!((&after["status"], json!(sums)), (&json!(status), moved));
        assert_eq!(talk.events(), scenario(wanted));
        let refused = (400, "", "", "You cannot submit evidence for this dispute");
        talk.refused((&format!("POST {path}"), &body), refused);
        let refused = (400, "", "", "You cannot close this dispute because it has a status of");
        talk.refused((&format!("POST {path}/close"), ""), refused);
    }
}

#[test]
fn the_fee_of_a_dispute_is_that_of_its_currency() {
    for (currency, fee) in [("usd", 1500), ("eur", 2000), ("gbp", 2000), ("jpy", 1500)] {
        let mut talk = Talk::default();
        let body = format!("amount=2000&currency={currency}&source=tok_createDispute");
        let charge = talk.done("POST /v1/charges", &body);
        let dispute = charge["dispute"].as_str().unwrap();
        let dispute = talk.done(&format!("GET /v1/disputes/{dispute}"), "");
        let moved = &dispute["balance_transactions"][0];
        let details = &moved["fee_details"][0];
        assert_eq!(
            json!([moved["fee"], moved["net"], details["amount"], details["currency"]]),
            json!([fee, -2000 - fee, fee, currency])
        );
    }
}

#[test]
fn an_inquiry_moves_no_money_and_is_closed_by_the_account() {
    let mut talk = Talk::default();
    let (_, inquiry) = disputed(&mut talk, "createDisputeInquiry");
    let shown = ["balance_transaction", "balance_transactions", "is_charge_refundable", "status"];
    let wanted = json!([null, [], true, "warning_needs_response"]);
    assert_eq!(json!(shown.map(|name| inquiry[name].clone())), wanted);
    let path = format!("/v1/disputes/{}", id(&inquiry));
    let kept = talk.done(&format!("POST {path}"), "evidence[customer_name]=Mara&submit=false");
    assert_eq!(
        json!([kept["status"], kept["evidence"]["customer_name"], kept["evidence_details"]]),
        json!(["warning_needs_response", "Mara", {
            "due_by": inquiry["evidence_details"]["due_by"], "enhanced_eligibility": {},
            "has_evidence": true, "past_due": false, "submission_count": 0,
            "submission_method": "not_submitted",
        }])
    );
    assert_eq!(talk.done(&format!("POST {path}/close"), "")["status"], "warning_closed");
    assert_eq!(talk.events(), scenario("dispute-inquiry"));
}

#[test]
fn a_charge_by_itself_is_disputed_too_once_it_is_captured() {
    let mut talk = Talk::default();
    let body = "amount=900&currency=usd&source=tok_createDisputeProductNotReceived";
    let charge = talk.done("POST /v1/charges", body);
    assert_eq!(charge["disputed"], true);
    let dispute = charge["dispute"].as_str().unwrap();
    let dispute = talk.done(&format!("GET /v1/disputes/{dispute}"), "");
    assert_eq!(dispute["reason"], "product_not_received");
    let closed = talk.done(&format!("POST /v1/disputes/{}/close", id(&dispute)), "");
    assert_eq!(closed["status"], "lost");
    let held = talk.done("POST /v1/charges", &format!("{body}&capture=false"));
    assert_eq!(held["disputed"], false);
    let taken = talk.done(&format!("POST /v1/charges/{}/capture", id(&held)), "");
    assert_eq!((&taken["captured"], &taken["disputed"]), (&json!(true), &json!(true)));
    let wanted = [
        "charge.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
        "charge.succeeded",
        "charge.captured",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ];
    assert_eq!(talk.events(), wanted);
}

/// What is made, the fields that it has then, and what is canceled.
const MOVES: [(&str, &str); 2] = [("payout", "payouts"), ("topup", "topups")];

#[test]
fn payouts_and_top_ups_are_pending_until_they_are_canceled() {
    for (kind, folder) in MOVES {
        let mut talk = Talk::default();
        let call = format!("POST /v1/{folder}");
        let made = talk.done(&call, "amount=1100&currency=USD&metadata[a]=b&description=more");
        assert_eq!(unknown(kind, &made), BTreeSet::new());
        let said = ["object", "amount", "currency", "description", "metadata", "status"];
        assert_eq!(
            json!(said.map(|name| made[name].clone())),
            json!([kind, 1100, "usd", "more", {"a": "b"}, "pending"])
        );
        talk.refused((&call, "currency=usd"), (400, "parameter_missing", "amount", ""));
        let cancel = format!("{call}/{}/cancel", id(&made));
        assert_eq!(talk.done(&cancel, "")["status"], "canceled");
        talk.refused((&cancel, ""), (400, "", "", "because it has a status of canceled."));
        assert_eq!(talk.events(), ["created", "canceled"].map(|verb| format!("{kind}.{verb}")));
    }
}

/// What a call says of what happens after a purchase, and what a link shows of that.
const COMPLETIONS: [(&str, &str); 4] = [
    (
        "after_completion[type]=redirect&after_completion[redirect][url]=https%3A%2F%2Fa.example",
        r#"{"redirect": {"url": "https://a.example"}, "type": "redirect"}"#,
    ),
    (
        "after_completion[type]=hosted_confirmation\
         &after_completion[hosted_confirmation][custom_message]=Thanks",
        r#"{"hosted_confirmation": {"custom_message": "Thanks"}, "type": "hosted_confirmation"}"#,
    ),
    (
        "after_completion[type]=redirect&after_completion[redirect][url]=https%3A%2F%2Fb.example",
        r#"{"redirect": {"url": "https://b.example"}, "type": "redirect"}"#,
    ),
    (
        "after_completion[type]=hosted_confirmation",
        r#"{"hosted_confirmation": {"custom_message": null}, "type": "hosted_confirmation"}"#,
    ),
];

#[test]
fn a_payment_link_leads_to_one_place_after_a_purchase() {
    let mut talk = Talk::default();
    let price = "currency=eur&unit_amount=1500&product_data[name]=Mug";
    let price = talk.done("POST /v1/prices", price);
    let body = format!("line_items[0][price]={}&line_items[0][quantity]=2", id(&price));
    let link = talk.done("POST /v1/payment_links", &body);
    let update = format!("POST /v1/payment_links/{}", id(&link));
    for (said, shown) in COMPLETIONS {
        let shown: Value = serde_json::from_str(shown).unwrap();
        let made = talk.done("POST /v1/payment_links", &format!("{body}&{said}"));
        assert_eq!(made["after_completion"], shown);
        assert_eq!(talk.done(&update, said)["after_completion"], shown);
    }
    let wanted = (400, "parameter_missing", "after_completion[redirect][url]", "");
    let redirects = "after_completion[type]=redirect";
    talk.refused(("POST /v1/payment_links", &format!("{body}&{redirects}")), wanted);
    talk.refused((&update, redirects), wanted);
    assert_eq!(talk.done(&update, "customer_creation=always")["customer_creation"], "always");
    let price = "currency=eur&unit_amount=1500&product_data[name]=Mug&recurring[interval]=month";
    let price = talk.done("POST /v1/prices", price);
    let body = format!("line_items[0][price]={}&line_items[0][quantity]=1", id(&price));
    let link = talk.done("POST /v1/payment_links", &body);
    let update = format!("POST /v1/payment_links/{}", id(&link));
    let wanted = (400, "", "customer_creation", "can only be used in `payment` mode");
    for (call, body) in [("POST /v1/payment_links", format!("{body}&")), (&update, String::new())] {
        talk.refused((call, &format!("{body}customer_creation=if_required")), wanted);
    }
}

const REFUSED_LINKS: [(&str, Refusal); 3] = [
    ("", (400, "parameter_missing", "line_items", "")),
    (
        "line_items[0][price]=price_x&line_items[0][quantity]=1",
        (400, "resource_missing", "line_items[0][price]", "No such price"),
    ),
    (
        "line_items[0][price]=price_x&line_items[0][quantity]=1&currency=usd",
        (400, "devtool_not_served", "", "`currency`"),
    ),
];

#[test]
fn a_payment_link_has_its_items_and_says_what_it_sells() {
    for (recurring, creation) in [("", "if_required"), ("&recurring[interval]=month", "always")] {
        let mut talk = Talk::default();
        let body = format!("currency=eur&unit_amount=1500&product_data[name]=Mug{recurring}");
        let price = talk.done("POST /v1/prices", &body);
        let body = format!("line_items[0][price]={}&line_items[0][quantity]=2", id(&price));
        let link = talk.done("POST /v1/payment_links", &body);
        // Stories have no link of a subscription.
        let mut strange = unknown("payment_link", &link);
        strange.retain(|path| !path.starts_with("subscription_data."));
        assert_eq!(strange, BTreeSet::new());
        assert_eq!(
            json!([link["active"], link["currency"], link["customer_creation"]]),
            json!([true, "eur", creation])
        );
        assert_eq!(link["subscription_data"].is_object(), !recurring.is_empty());
        assert!(link["url"].as_str().unwrap().starts_with("https://buy.stripe.com/test_"));
        let path = format!("/v1/payment_links/{}", id(&link));
        let items = talk.done(&format!("GET {path}/line_items"), "");
        let item = &items["data"][0];
        assert_eq!(
            json!([item["amount_total"], item["description"], item["price"]["id"]]),
            json!([3000, "Mug", price["id"]])
        );
        let after = talk.done(&format!("POST {path}"), "allow_promotion_codes=true");
        assert_eq!(after["allow_promotion_codes"], true);
        for (body, wanted) in REFUSED_LINKS {
            talk.refused(("POST /v1/payment_links", body), wanted);
        }
        let plan = Some("plan.created").filter(|_| !recurring.is_empty());
        let last = ["price.created", "payment_link.created", "payment_link.updated"];
        let wanted: Vec<&str> = ["product.created"].into_iter().chain(plan).chain(last).collect();
        assert_eq!(talk.events(), wanted);
    }
}
