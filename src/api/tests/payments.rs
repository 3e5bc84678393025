//! Payments and cards by calls: the objects, the errors, and the events in the order of the built-in scenarios.

use serde_json::json;

use super::writes::{Refusal, Talk, id};
use super::*;
use crate::api::write::CustomerAnswer;
use crate::scenario::library;

const CARD: &str = "amount=2000&currency=usd&allowed_payment_method_types[]=card";

/// The types of a built-in scenario's events.
pub(super) fn scenario(name: &str) -> Vec<String> {
    let steps = library::find(name).unwrap().steps;
    let sent = steps.iter().filter(|step| step.is_sent_at(Catalogue::api_version()));
    sent.map(|step| step.event.clone()).collect()
}

fn pay(talk: &mut Talk, more: &str) -> (u16, Value) {
    talk.ask("POST /v1/payment_intents", &format!("{CARD}&confirm=true&{more}"))
}

#[test]
fn a_payment_tells_its_events_in_the_order_of_the_scenario() {
    let mut talk = Talk::default();
    let body = format!("{CARD}&confirm=true&payment_method=pm_card_visa&expand[]=latest_charge");
    let paid = talk.done("POST /v1/payment_intents", &body);
    assert_eq!((&paid["status"], &paid["amount_received"]), (&json!("succeeded"), &json!(2000)));
    let charge = &paid["latest_charge"];
    assert_eq!(charge["payment_method_details"]["card"]["last4"], "4242");
    let path =
        format!("GET /v1/balance_transactions/{}", charge["balance_transaction"].as_str().unwrap());
    let money = talk.done(&path, "");
    let parts = ["amount", "fee", "net", "source"].map(|name| money[name].clone());
    assert_eq!(parts, [json!(2000), json!(90), json!(1910), charge["id"].clone()]);
    assert_eq!(talk.events(), scenario("payment-card"));
    talk.done("POST /v1/refunds", &format!("payment_intent={}&amount=500", id(&paid)));
}

#[test]
fn a_declined_card_leaves_the_payment_open_for_another() {
    let mut talk = Talk::default();
    let (status, answer) = pay(&mut talk, "payment_method=pm_card_visa_chargeDeclined");
    let error = &answer["error"];
    assert_eq!((status, &error["type"]), (402, &json!("card_error")));
    let (open, failed) = (&error["payment_intent"], error["charge"].as_str().unwrap());
    assert_eq!(
        (&open["status"], &open["payment_method"]),
        (&json!("requires_payment_method"), &Value::Null)
    );
    assert_eq!(open["last_payment_error"]["charge"], failed);
    assert_eq!(
        talk.done(&format!("GET /v1/charges/{failed}"), "")["outcome"]["reason"],
        "generic_decline"
    );
    let path = format!("POST /v1/payment_intents/{}/confirm", id(open));
    let paid = talk.done(&path, "payment_method=pm_card_mastercard");
    assert_eq!((&paid["status"], &paid["last_payment_error"]), (&json!("succeeded"), &Value::Null));
    assert_eq!(talk.events(), scenario("payment-failed-then-paid"));
}

#[test]
fn a_bank_that_asks_is_answered_by_the_customer() {
    for (decline, last) in [(None, "payment-3ds"), (Some("authentication_failure"), "")] {
        let mut talk = Talk::default();
        let more = "payment_method=pm_card_threeDSecure2Required&return_url=https://example.com";
        let (_, waiting) = pay(&mut talk, more);
        assert_eq!(
            (&waiting["status"], &waiting["latest_charge"]),
            (&json!("requires_action"), &Value::Null)
        );
        assert_eq!(waiting["next_action"]["type"], "redirect_to_url");
        let decline = decline.map(str::to_owned);
        talk.api
            .complete(&CustomerAnswer { id: id(&waiting).to_owned(), decline }, 1_792_000_000)
            .unwrap();
        let now = talk.done(&format!("GET /v1/payment_intents/{}", id(&waiting)), "");
        if last.is_empty() {
            assert_eq!(now["last_payment_error"]["code"], "payment_intent_authentication_failure");
            assert_eq!(talk.events().last().unwrap(), "payment_intent.payment_failed");
        } else {
            assert_eq!(now["status"], "succeeded");
            assert_eq!(talk.events(), scenario(last));
        }
    }
}

#[test]
fn an_authorization_is_captured_later_in_whole_or_in_part_or_let_go() {
    let mut talk = Talk::default();
    let authorize =
        |talk: &mut Talk| pay(talk, "payment_method=pm_card_visa&capture_method=manual").1;
    let held = authorize(&mut talk);
    assert_eq!(
        (&held["status"], &held["amount_capturable"]),
        (&json!("requires_capture"), &json!(2000))
    );
    let path = format!("POST /v1/payment_intents/{}/capture", id(&held));
    let too_much = (path.as_str(), "amount_to_capture=2001");
    talk.refused(too_much, (400, "amount_too_large", "amount_to_capture", "could not be captured"));
    let taken = talk.done(&path, "amount_to_capture=1500&expand[]=latest_charge");
    assert_eq!((&taken["status"], &taken["amount_received"]), (&json!("succeeded"), &json!(1500)));
    assert_eq!(taken["latest_charge"]["amount_captured"], 1500);
    assert_eq!(talk.events(), scenario("payment-capture-later"));
    let refused = (400, "payment_intent_unexpected_state", "", "has been released");
    talk.refused((&path, ""), refused);
    let held = authorize(&mut talk);
    let path = format!("POST /v1/payment_intents/{}/cancel", id(&held));
    let gone = talk.done(&path, "");
    assert_eq!((&gone["status"], &gone["amount_capturable"]), (&json!("canceled"), &json!(0)));
    assert_eq!(talk.events().last().unwrap(), "payment_intent.canceled");
}

#[test]
fn an_authorization_is_incremented_where_that_was_asked_for() {
    let mut talk = Talk::default();
    let more = "payment_method=pm_card_visa&capture_method=manual";
    let option = "payment_method_options[card][request_incremental_authorization]=if_available";
    let (_, held) = pay(&mut talk, &format!("{more}&{option}"));
    let path = format!("POST /v1/payment_intents/{}/increment_authorization", id(&held));
    talk.refused(
        (&path, "amount=2000"),
        (400, "parameter_invalid_integer", "amount", "greater than"),
    );
    let more_held = talk.done(&path, "amount=2500");
    assert_eq!(
        (&more_held["amount"], &more_held["amount_capturable"]),
        (&json!(2500), &json!(2500))
    );
    let (_, plain) = pay(&mut talk, more);
    let path = format!("POST /v1/payment_intents/{}/increment_authorization", id(&plain));
    talk.refused((&path, "amount=2500"), (400, "", "", "cannot be incremented"));
}

/// Test cards that are declined: the name, then code, decline code, and parameter.
const DECLINES: [(&str, &str, &str, &str); 10] = [
    ("visa_chargeDeclined", "card_declined", "generic_decline", ""),
    ("visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", ""),
    ("visa_chargeDeclinedLostCard", "card_declined", "lost_card", ""),
    ("visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", ""),
    ("visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded", ""),
    ("chargeDeclinedExpiredCard", "expired_card", "expired_card", "exp_month"),
    ("chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "cvc"),
    ("chargeDeclinedProcessingError", "processing_error", "processing_error", ""),
    ("chargeCustomerFail", "card_declined", "generic_decline", ""),
    ("radarBlock", "card_declined", "fraudulent", ""),
];

#[test]
fn test_cards_are_declined_as_they_are_documented_and_some_cannot_be_saved() {
    for (name, code, decline, parameter) in DECLINES {
        let mut talk = Talk::default();
        let (status, answer) = pay(&mut talk, &format!("payment_method=pm_card_{name}"));
        let error = &answer["error"];
        let parts =
            ["code", "decline_code", "param"].map(|part| error[part].as_str().unwrap_or_default());
        assert_eq!((status, parts), (402, [code, decline, parameter]), "{name}");
        let customer = talk.done("POST /v1/customers", "");
        let call = format!("POST /v1/payment_methods/pm_card_{name}/attach");
        let (status, answer) = talk.ask(&call, &format!("customer={}", id(&customer)));
        let can_be_saved = ["chargeCustomerFail", "radarBlock"].contains(&name);
        assert_eq!(status, if can_be_saved { 200 } else { 402 }, "{name}: {answer}");
    }
}

#[test]
fn a_card_that_asks_is_declined_without_the_customer_unless_it_was_set_up() {
    let mut talk = Talk::default();
    let customer = talk.done("POST /v1/customers", "");
    let customer = id(&customer);
    let made = talk.done(
        "POST /v1/payment_methods",
        "type=card&card[token]=tok_authenticationRequiredOnSetup",
    );
    let terms = format!("customer={customer}&payment_method={}&off_session=true", id(&made));
    let (status, answer) = pay(&mut talk, &terms);
    assert_eq!((status, &answer["error"]["code"]), (402, &json!("authentication_required")));
    assert_eq!(answer["error"].get("charge"), None);
    let body = format!(
        "customer={customer}&payment_method={}&allowed_payment_method_types[]=card&confirm=true",
        id(&made)
    );
    let setup = talk.done("POST /v1/setup_intents", &body);
    assert_eq!(setup["status"], "requires_action");
    talk.api
        .complete(&CustomerAnswer { id: id(&setup).to_owned(), decline: None }, 1_792_000_000)
        .unwrap();
    let events = talk.events();
    assert_eq!(events[events.len() - 4..], scenario("setup-intent")[..4]);
    assert_eq!(pay(&mut talk, &terms).1["status"], "succeeded");
}

#[test]
fn a_card_that_fails_to_be_set_up_says_so() {
    let mut talk = Talk::default();
    let body = "payment_method=pm_card_visa_chargeDeclined&allowed_payment_method_types[]=card&confirm=true";
    let (status, answer) = talk.ask("POST /v1/setup_intents", body);
    let setup = &answer["error"]["setup_intent"];
    assert_eq!((status, &setup["status"]), (402, &json!("requires_payment_method")));
    assert_eq!(setup["last_setup_error"]["decline_code"], "generic_decline");
    assert_eq!(talk.events(), ["setup_intent.created", "setup_intent.setup_failed"]);
    let path = format!("POST /v1/setup_intents/{}/confirm", id(setup));
    assert_eq!(talk.done(&path, "payment_method=pm_card_visa&return_url=x")["status"], "succeeded");
    let again = (400, "setup_intent_unexpected_state", "", "has already succeeded");
    talk.refused((&path, ""), again);
}

#[test]
fn a_customer_begins_with_a_payment_method_and_payments_fall_back_to_it() {
    let mut talk = Talk::default();
    let body = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
    let customer = talk.done("POST /v1/customers", body);
    let method = customer["invoice_settings"]["default_payment_method"].as_str().unwrap();
    assert_eq!(
        talk.done(&format!("GET /v1/payment_methods/{method}"), "")["customer"],
        customer["id"]
    );
    let made = talk.done("POST /v1/payment_intents", &format!("{CARD}&customer={}", id(&customer)));
    let paid = talk.done(&format!("POST /v1/payment_intents/{}/confirm", id(&made)), "");
    assert_eq!(paid["payment_method"], method);
    assert_eq!(talk.events()[..2], ["customer.created", "payment_method.attached"]);
}

/// What is refused of anybody, with status, code, parameter and a part of the message.
const REFUSED: [(&str, &str, Refusal); 8] = [
    (
        "POST /v1/payment_intents",
        "amount=0&currency=usd",
        (400, "parameter_invalid_integer", "amount", "minimum"),
    ),
    (
        "POST /v1/payment_intents",
        "amount=49&currency=usd",
        (400, "amount_too_small", "amount", "$0.50"),
    ),
    (
        "POST /v1/payment_intents",
        "amount=90&currency=usd&confirm=true&payment_method=pm_card_visa",
        (400, "", "", "you must provide a `return_url`"),
    ),
    (
        "POST /v1/payment_intents",
        "amount=90&currency=usd&allowed_payment_method_types[]=ideal",
        (400, "devtool_not_served", "", "ideal"),
    ),
    (
        "POST /v1/payment_methods",
        "type=card&card[number]=4242424242424241&card[exp_month]=1&card[exp_year]=2031",
        (402, "incorrect_number", "number", "number is incorrect"),
    ),
    (
        "POST /v1/payment_methods",
        "type=card&card[number]=4242424242424242&card[exp_month]=13&card[exp_year]=2031",
        (402, "invalid_expiry_month", "exp_month", "month"),
    ),
    (
        "POST /v1/payment_methods",
        "type=card&card[number]=4111111111111111&card[exp_month]=1&card[exp_year]=2031",
        (402, "card_declined", "number", "non test card"),
    ),
    (
        "POST /v1/payment_methods",
        "type=card&card[token]=tok_x",
        (400, "resource_missing", "card[token]", "tok_x"),
    ),
];

#[test]
fn payments_and_cards_are_refused_as_stripe_refuses_them() {
    let mut talk = Talk::default();
    talk.version = Some(Catalogue::api_version().to_owned());
    for (call, body, wanted) in REFUSED {
        talk.refused((call, body), wanted);
    }
    assert_eq!(talk.events(), [""; 0]);
}

#[test]
fn a_payment_is_refused_what_its_state_and_its_customer_do_not_allow() {
    let mut talk = Talk::default();
    let made = talk.done("POST /v1/payment_intents", CARD);
    let owner = talk.done("POST /v1/customers", "payment_method=pm_card_visa");
    let list = talk.done(&format!("GET /v1/payment_methods?customer={}", id(&owner)), "");
    let foreign = format!("payment_method={}", id(&list["data"][0]));
    let payment = format!("POST /v1/payment_intents/{}", id(&made));
    let confirm = format!("{payment}/confirm");
    let state = "payment_intent_unexpected_state";
    for (body, wanted) in [
        ("", (400, state, "", "it's missing a payment method. You can either")),
        (&foreign, (400, "parameter_missing", "source", "belongs to the Customer")),
        ("payment_method=pm_x", (400, "resource_missing", "payment_method", "pm_x")),
    ] {
        talk.refused((&confirm, body), wanted);
    }
    talk.done(&confirm, "payment_method=pm_card_visa");
    for (call, body, wanted) in [
        (&confirm, "", (400, state, "", "already succeeded after being previously confirmed")),
        (&format!("{payment}/cancel"), "", (400, state, "", "has a status of succeeded")),
        (&payment, "amount=5000", (400, state, "amount", "PaymentIntent's amount could not")),
    ] {
        talk.refused((call, body), wanted);
    }
}

#[test]
fn the_least_amount_of_an_update_is_that_of_the_payments_currency() {
    let mut talk = Talk::default();
    for (currency, is_enough) in [("usd", false), ("jpy", true)] {
        let made =
            talk.done("POST /v1/payment_intents", &format!("amount=2000&currency={currency}"));
        let call = format!("POST /v1/payment_intents/{}", id(&made));
        let (status, answer) = talk.ask(&call, "amount=49");
        let code = if is_enough { Value::Null } else { json!("amount_too_small") };
        assert_eq!((status == 200, &answer["error"]["code"]), (is_enough, &code), "{currency}");
    }
}

/// What is said of a payment method, what the payment takes besides, and what becomes of it.
const GIVEN: [(&str, &str, &str, &str); 4] = [
    ("type]=card&payment_method_data[card][token]=tok_visa", CARD, "card", "succeeded"),
    (
        "type]=card&payment_method_data[card][number]=4000000000003220\
         &payment_method_data[card][exp_month]=5&payment_method_data[card][exp_year]=2030",
        CARD,
        "card",
        "requires_action",
    ),
    (
        "type]=sepa_debit&payment_method_data[sepa_debit][iban]=AT611904300234573201",
        "amount=2000&currency=eur&allowed_payment_method_types[]=sepa_debit\
         &mandate_data[customer_acceptance][type]=offline",
        "sepa_debit",
        "processing",
    ),
    (
        "type]=us_bank_account&payment_method_data[us_bank_account][account_number]=000123456789\
         &payment_method_data[us_bank_account][routing_number]=110000000",
        "amount=2000&currency=usd&allowed_payment_method_types[]=us_bank_account\
         &mandate_data[customer_acceptance][type]=offline",
        "us_bank_account",
        "requires_action",
    ),
];

#[test]
fn a_payment_takes_what_is_said_of_a_new_payment_method() {
    for (given, terms, kind, status) in GIVEN {
        let given = format!(
            "payment_method_data[{given}&payment_method_data[billing_details][name]=Mara\
                     &payment_method_data[billing_details][email]=mara%40example.com"
        );
        let mut talk = Talk::default();
        let body = format!("{terms}&{given}&confirm=true&expand[]=payment_method");
        let paid = talk.done("POST /v1/payment_intents", &body);
        let method = &paid["payment_method"];
        let said = json!([paid["status"], method["type"], method["billing_details"]["name"]]);
        assert_eq!(said, json!([status, kind, "Mara"]), "{given}");
        // The same by another call, and at once or later.
        let open = talk.done("POST /v1/payment_intents", terms.split("&mandate").next().unwrap());
        let call = format!("POST /v1/payment_intents/{}", id(&open));
        assert_eq!(talk.done(&call, &given)["status"], "requires_confirmation", "{given}");
        let mandate = terms
            .split_once("&mandate")
            .map_or(String::new(), |(_, rest)| format!("mandate{rest}"));
        assert_eq!(talk.done(&format!("{call}/confirm"), &mandate)["status"], status, "{given}");
    }
}

#[test]
fn a_setup_takes_what_is_said_of_a_new_payment_method() {
    let mut talk = Talk::default();
    let body = "confirm=true&allowed_payment_method_types[]=card&payment_method_data[type]=card\
                &payment_method_data[card][token]=tok_visa\
                &mandate_data[customer_acceptance][type]=offline";
    let made = talk.done("POST /v1/setup_intents", body);
    let method = made["payment_method"].as_str().unwrap();
    let method = talk.done(&format!("GET /v1/payment_methods/{method}"), "");
    assert_eq!((&made["status"], &method["card"]["last4"]), (&json!("succeeded"), &json!("4242")));
    let both = "allowed_payment_method_types[]=card&payment_method=pm_card_visa\
                &payment_method_data[type]=card&payment_method_data[card][token]=tok_visa";
    let before = talk.events();
    for call in ["POST /v1/setup_intents", "POST /v1/payment_intents"] {
        let body = if call.contains("setup") {
            both.to_owned()
        } else {
            format!("{both}&amount=900&currency=usd")
        };
        let (status, answer) = talk.ask(call, &body);
        assert_eq!(status, 400, "{answer}");
    }
    let odd = "payment_method_data[type]=klarna&confirm=true";
    talk.refused(("POST /v1/setup_intents", odd), (400, "devtool_not_served", "", "klarna"));
    assert_eq!(talk.events(), before);
}
