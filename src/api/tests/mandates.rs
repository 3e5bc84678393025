//! Mandates of debits: which payments and setups make one, go on by one, or are refused without one.

use serde_json::json;

use super::writes::{Refusal, Talk, id};
use super::*;

const OFFLINE: &str = "mandate_data[customer_acceptance][type]=offline";
const ONLINE: &str = "mandate_data[customer_acceptance][type]=online\
                      &mandate_data[customer_acceptance][accepted_at]=1791000000\
                      &mandate_data[customer_acceptance][online][ip_address]=198.51.100.7\
                      &mandate_data[customer_acceptance][online][user_agent]=Firefox";

/// A payment of 20.00 in the currency of a kind of debit.
fn payment(kind: &str, more: &str) -> String {
    let currency = if kind == "sepa_debit" { "eur" } else { "usd" };
    format!("amount=2000&currency={currency}&allowed_payment_method_types[]={kind}&{more}")
}

/// The mandate by which a payment was debited.
fn mandate_of(talk: &mut Talk, intent: &Value) -> Value {
    let path = format!("GET /v1/payment_intents/{}?expand[]=latest_charge", id(intent));
    let charge = talk.done(&path, "")["latest_charge"].clone();
    let kind = charge["payment_method_details"]["type"].as_str().unwrap().to_owned();
    let mandate = charge["payment_method_details"][kind]["mandate"].as_str().unwrap();
    talk.done(&format!("GET /v1/mandates/{mandate}"), "")
}

/// A payment method that is set up for later debits of a customer, by name; with its mandate.
fn set_up(talk: &mut Talk, kind: &str, name: &str) -> (Value, Value) {
    let customer = talk.done("POST /v1/customers", "");
    let body = format!(
        "allowed_payment_method_types[]={kind}&confirm=true&payment_method={name}&{OFFLINE}\
         &customer={}&expand[]=mandate",
        id(&customer)
    );
    let setup = talk.done("POST /v1/setup_intents", &body);
    (setup["payment_method"].clone(), setup["mandate"].clone())
}

#[test]
fn a_single_payment_has_a_mandate_of_its_own_as_it_was_accepted() {
    let offline = json!({"accepted_at": 1_792_000_000, "offline": {}, "type": "offline"});
    let online = json!({
        "accepted_at": 1_791_000_000,
        "online": {"ip_address": "198.51.100.7", "user_agent": "Firefox"},
        "type": "online",
    });
    for (how, acceptance) in [(OFFLINE, offline), (ONLINE, online)] {
        let mut talk = Talk::default();
        let name = "pm_usBankAccount_success";
        let body = payment("us_bank_account", &format!("confirm=true&payment_method={name}&{how}"));
        let paid = talk.done("POST /v1/payment_intents", &body);
        let mandate = mandate_of(&mut talk, &paid);
        let wanted = json!({
            "id": mandate["id"],
            "object": "mandate",
            "customer_acceptance": acceptance,
            "livemode": false,
            "payment_method": paid["payment_method"],
            "payment_method_details": {"type": "us_bank_account", "us_bank_account": {}},
            "single_use": {"amount": 2000, "currency": "usd"},
            "status": "active",
            "type": "single_use",
        });
        assert_eq!(mandate, wanted);
    }
}

#[test]
fn a_setup_has_a_mandate_by_which_later_payments_are_debited() {
    for (kind, name) in
        [("sepa_debit", "pm_success_de"), ("us_bank_account", "pm_usBankAccount_success")]
    {
        let mut talk = Talk::default();
        let (method, mandate) = set_up(&mut talk, kind, name);
        let mut details = mandate["payment_method_details"][kind].clone();
        if kind == "sepa_debit" {
            assert_eq!(details["reference"].as_str().unwrap().len(), 16);
            assert!(details["url"].as_str().unwrap().starts_with("https://hooks.stripe.com/"));
            details = json!({});
        }
        let said = json!([mandate["type"], mandate["multi_use"], mandate["status"], details]);
        assert_eq!(said, json!(["multi_use", {}, "active", {}]), "{kind}");
        let attached =
            talk.done(&format!("GET /v1/payment_methods/{}", method.as_str().unwrap()), "");
        let more = format!(
            "confirm=true&payment_method={}&customer={}",
            id(&attached),
            attached["customer"].as_str().unwrap()
        );
        for more in [
            more.clone(),
            format!("{more}&off_session=true"),
            format!("{more}&mandate={}", id(&mandate)),
            format!("{more}&{ONLINE}"),
            format!("{more}&setup_future_usage=off_session&{ONLINE}"),
        ] {
            let paid = talk.done("POST /v1/payment_intents", &payment(kind, &more));
            assert_eq!(mandate_of(&mut talk, &paid), mandate, "{more}");
        }
        let setup = ["created", "succeeded"].map(|verb| format!("setup_intent.{verb}"));
        let wanted = ["customer.created", &setup[0], "payment_method.attached", &setup[1]]
            .map(str::to_owned);
        assert_eq!(talk.events()[..4], wanted);
    }
}

#[test]
fn a_payment_that_is_set_up_for_later_has_a_mandate_for_all_of_them() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "");
    let more = format!(
        "confirm=true&payment_method=pm_success_fr&setup_future_usage=off_session&customer={}",
        id(&customer)
    );
    let message = "When confirming a PaymentIntent with a `sepa_debit` PaymentMethod and \
                   `setup_future_usage` value of off_session, `mandate_data` is required.";
    let call = "POST /v1/payment_intents";
    talk.refused((call, &payment("sepa_debit", &more)), (400, "", "", message));
    let first = talk.done(call, &payment("sepa_debit", &format!("{more}&{ONLINE}")));
    let mandate = mandate_of(&mut talk, &first);
    assert_eq!(
        json!([mandate["type"], mandate["multi_use"], mandate.get("single_use")]),
        json!(["multi_use", {}, null])
    );
    let method = first["payment_method"].as_str().unwrap();
    let more =
        format!("confirm=true&off_session=true&payment_method={method}&customer={}", id(&customer));
    let second = talk.done(call, &payment("sepa_debit", &more));
    assert_eq!(mandate_of(&mut talk, &second), mandate);
}

const NONE: &str = "This PaymentIntent requires a mandate, but no existing mandate was found.";
const REFUSED: [(&str, Refusal); 8] = [
    ("", (400, "", "", NONE)),
    ("off_session=true", (400, "", "", NONE)),
    ("mandate_data=", (400, "", "", NONE)),
    (
        "mandate_data[customer_acceptance][type]=online",
        (400, "parameter_missing", "mandate_data[customer_acceptance][online][ip_address]", ""),
    ),
    (
        "mandate_data[customer_acceptance][type]=online\
         &mandate_data[customer_acceptance][online][ip_address]=198.51.100.7",
        (400, "parameter_missing", "mandate_data[customer_acceptance][online][user_agent]", ""),
    ),
    (
        "mandate_data[customer_acceptance][type]=spoken",
        (400, "", "mandate_data[customer_acceptance][type]", "must be one of offline or online"),
    ),
    ("mandate=mandate_none", (400, "resource_missing", "mandate", "No such mandate")),
    (
        "mandate=OTHER",
        (400, "payment_intent_mandate_invalid", "mandate", "The provided mandate is invalid"),
    ),
];

#[test]
fn a_debit_without_a_mandate_is_refused_and_shown_as_it_was() {
    let mut talk = Talk::default();
    let (_, other) = set_up(&mut talk, "sepa_debit", "pm_success_at");
    let owner = talk.done(
        "POST /v1/customers",
        "payment_method=pm_success_de&invoice_settings[default_payment_method]=pm_success_de",
    );
    let method = owner["invoice_settings"]["default_payment_method"].as_str().unwrap();
    let whose = format!("customer={}&payment_method={method}", id(&owner));
    let body = payment("sepa_debit", &whose);
    let asked = talk.done("POST /v1/payment_intents", &body);
    let count = talk.events().len();
    let call = format!("POST /v1/payment_intents/{}/confirm", id(&asked));
    for (body, wanted) in REFUSED {
        talk.refused((&call, &body.replace("OTHER", id(&other))), wanted);
    }
    let (_, answer) = talk.ask(&call, "off_session=true");
    assert_eq!(answer["error"]["payment_intent"], asked);
    assert_eq!(talk.events().len(), count);
    // One that was for a single payment is not for another.
    talk.done(&call, OFFLINE);
    let single = mandate_of(&mut talk, &asked);
    let more = format!("confirm=true&{whose}&mandate={}", id(&single));
    let wanted = (400, "payment_intent_mandate_invalid", "mandate", "");
    talk.refused(("POST /v1/payment_intents", &payment("sepa_debit", &more)), wanted);
}

#[test]
fn a_setup_refuses_a_kind_that_it_does_not_take() {
    let mut talk = Talk::default();
    let call = "POST /v1/setup_intents";
    for (kind, name, wanted) in [
        ("card", "pm_success_de", "(sepa_debit) is not allowed for this SetupIntent."),
        ("sepa_debit", "pm_card_visa", "(card) is not allowed for this SetupIntent."),
    ] {
        let body =
            format!("allowed_payment_method_types[]={kind}&payment_method={name}&confirm=true");
        talk.refused((call, &body), (400, "", "", wanted));
    }
    let body =
        "allowed_payment_method_types[]=sepa_debit&payment_method=pm_success_de&confirm=true";
    let message = "This SetupIntent requires a mandate, but no existing mandate was found.";
    talk.refused((call, body), (400, "", "", message));
    assert_eq!(talk.events(), [""; 0]);
    let made = talk.done(call, &format!("{body}&{OFFLINE}&expand[]=latest_attempt"));
    let said =
        json!([made["payment_method_types"], made["status"], made["payment_method_options"]]);
    assert_eq!(said, json!([["sepa_debit"], "succeeded", {"sepa_debit": {}}]));
    let attempt = &made["latest_attempt"]["payment_method_details"];
    assert_eq!(*attempt, json!({"sepa_debit": {}, "type": "sepa_debit"}));
}
