//! Bank accounts that are verified by small deposits before they are saved or debited.

use serde_json::json;

use super::billing::unknown;
use super::payments::scenario;
use super::writes::{Refusal, Talk, id};
use super::*;
use crate::api::write::CustomerAnswer;

const NOW: i64 = 1_792_000_000;
const MANDATE: &str = "mandate_data[customer_acceptance][type]=offline";

/// What makes a payment method of an account's number.
fn method(number: &str) -> String {
    format!(
        "payment_method_data[type]=us_bank_account\
         &payment_method_data[us_bank_account][account_number]={number}\
         &payment_method_data[us_bank_account][routing_number]=110000000\
         &payment_method_data[billing_details][name]=Mara"
    )
}

/// A payment or a setup by an account of that number, which asks for its verification.
fn asking(talk: &mut Talk, path: &str, number: &str) -> Value {
    let amount = if path.ends_with("payment_intents") { "amount=2000&currency=usd&" } else { "" };
    let kinds = "allowed_payment_method_types[]=us_bank_account&confirm=true";
    talk.done(&format!("POST {path}"), &format!("{amount}{kinds}&{}&{MANDATE}", method(number)))
}

const BOTH: [&str; 2] = ["/v1/payment_intents", "/v1/setup_intents"];

#[test]
fn an_account_that_is_not_verified_waits_for_the_deposits() {
    for (path, kind, page) in
        [(BOTH[0], "payment_intent", "pacs_test_"), (BOTH[1], "setup_intent", "sacs_test_")]
    {
        let mut talk = Talk::default();
        let asked = asking(&mut talk, path, "000123456789");
        let own = &asked["next_action"]["verify_with_microdeposits"];
        let url = own["hosted_verification_url"].as_str().unwrap();
        assert!(
            url.starts_with(&format!("https://payments.stripe.com/microdeposit/{page}")),
            "{url}"
        );
        let wanted = json!({
            "type": "verify_with_microdeposits",
            "verify_with_microdeposits": {
                "arrival_date": 1_792_051_200,
                "hosted_verification_url": url,
                "microdeposit_type": "descriptor_code",
            },
        });
        assert_eq!((&asked["status"], &asked["next_action"]), (&json!("requires_action"), &wanted));
        let mut strange = unknown(kind, &asked);
        strange.retain(|path| !path.starts_with("next_action."));
        assert_eq!(strange, BTreeSet::new());
        assert_eq!(talk.events(), [format!("{kind}.created"), format!("{kind}.requires_action")]);
    }
}

#[test]
fn the_right_deposits_let_a_payment_or_a_setup_go_on() {
    for said in ["amounts[]=32&amounts[]=45", "amounts[]=45&amounts[]=32", "descriptor_code=SM11AA"]
    {
        let mut talk = Talk::default();
        let asked = asking(&mut talk, BOTH[0], "000123456789");
        let call = format!("POST {}/{}/verify_microdeposits", BOTH[0], id(&asked));
        let done = talk.done(&call, said);
        assert_eq!(json!([done["status"], done["next_action"]]), json!(["processing", null]));
        let mut events = scenario("bank-debit");
        events.insert(1, "payment_intent.requires_action".to_owned());
        assert_eq!(talk.events(), events, "{said}");
        let again = (400, "payment_intent_unexpected_state", "", "has a status of succeeded");
        talk.refused((&call, said), again);
    }
    let mut talk = Talk::default();
    let asked = asking(&mut talk, BOTH[1], "000222222227");
    let call = format!("POST {}/{}/verify_microdeposits", BOTH[1], id(&asked));
    let done = talk.done(&call, "descriptor_code=SM11AA");
    assert_eq!(
        json!([done["status"], done["next_action"], done["mandate"]]),
        json!(["succeeded", null, asked["mandate"]])
    );
    let verbs = ["created", "requires_action", "succeeded"];
    assert_eq!(talk.events(), verbs.map(|verb| format!("setup_intent.{verb}")));
    // It is verified from now on, also for a payment of whom it is attached to.
    let method = asked["payment_method"].as_str().unwrap();
    let whose = format!("customer={}", id(&talk.done("POST /v1/customers", "")));
    talk.done(&format!("POST /v1/payment_methods/{method}/attach"), &whose);
    let body = format!(
        "amount=900&currency=usd&allowed_payment_method_types[]=us_bank_account&confirm=true\
         &payment_method={method}&{whose}"
    );
    assert_eq!(talk.done("POST /v1/payment_intents", &body)["status"], "processing");
}

/// What is said, and the refusal; its message ends so where there is a next time.
const WRONG: [(&str, Refusal); 5] = [
    (
        "amounts[]=1&amounts[]=2",
        (
            400,
            "payment_method_microdeposit_verification_amounts_mismatch",
            "",
            "You have 2 verification attempts remaining.",
        ),
    ),
    (
        "descriptor_code=SM00AA",
        (
            400,
            "payment_method_microdeposit_verification_descriptor_code_mismatch",
            "",
            "You have 9 verification attempts remaining.",
        ),
    ),
    (
        "amounts[]=45&amounts[]=33",
        (
            400,
            "payment_method_microdeposit_verification_amounts_mismatch",
            "",
            "You have 1 verification attempts remaining.",
        ),
    ),
    (
        "amounts[]=32",
        (
            400,
            "payment_method_microdeposit_verification_amounts_invalid",
            "amounts",
            "You must provide exactly two microdeposit amounts.",
        ),
    ),
    (
        "amounts[]=7&amounts[]=8",
        (400, "payment_method_microdeposit_verification_attempts_exceeded", "", "exceeded"),
    ),
];

#[test]
fn wrong_deposits_are_counted_and_at_last_the_payment_fails() {
    for path in BOTH {
        let mut talk = Talk::default();
        let asked = asking(&mut talk, path, "000123456789");
        let call = format!("POST {path}/{}/verify_microdeposits", id(&asked));
        for (body, wanted) in WRONG {
            assert_eq!(talk.events().len(), 2, "{body}");
            talk.refused((&call, body), wanted);
        }
        check_failed(&mut talk, path, &asked, WRONG[4].1.1);
    }
}

/// Whether an intent needs another payment method, for that reason.
fn check_failed(talk: &mut Talk, path: &str, asked: &Value, code: &str) {
    let now = talk.done(&format!("GET {path}/{}", id(asked)), "");
    let (field, event) = if path == BOTH[0] {
        ("last_payment_error", "payment_intent.payment_failed")
    } else {
        ("last_setup_error", "setup_intent.setup_failed")
    };
    let error = &now[field];
    let said = json!([
        now["status"],
        now["payment_method"],
        now["next_action"],
        error["code"],
        error["type"],
        error["payment_method"]["id"],
    ]);
    let method = &asked["payment_method"];
    let wanted =
        json!(["requires_payment_method", null, null, code, "invalid_request_error", method]);
    assert_eq!(said, wanted);
    assert_eq!(talk.events().last().unwrap(), event);
}

#[test]
fn the_values_of_test_mode_and_the_time_end_a_verification() {
    let exceeded = "payment_method_microdeposit_verification_attempts_exceeded";
    let timeout = "payment_method_microdeposit_verification_timeout";
    for path in BOTH {
        for (said, code) in [
            ("amounts[]=10&amounts[]=11", exceeded),
            ("descriptor_code=SM33CC", exceeded),
            ("amounts[]=40&amounts[]=41", timeout),
            ("descriptor_code=SM44DD", timeout),
        ] {
            let mut talk = Talk::default();
            let asked = asking(&mut talk, path, "000123456789");
            let call = format!("POST {path}/{}/verify_microdeposits", id(&asked));
            talk.refused((&call, said), (400, code, "", ""));
            check_failed(&mut talk, path, &asked, code);
        }
        let mut talk = Talk::default();
        let asked = asking(&mut talk, path, "000123456789");
        talk.api.advance("9d 23h 59m 59s".parse().unwrap(), NOW).unwrap();
        assert_eq!(talk.events().len(), 2);
        talk.api.advance("1s".parse().unwrap(), NOW).unwrap();
        check_failed(&mut talk, path, &asked, timeout);
    }
}

#[test]
fn deposits_that_cannot_be_sent_are_an_error_at_once() {
    for path in BOTH {
        let mut talk = Talk::default();
        let amount = if path == BOTH[0] { "amount=2000&currency=usd&" } else { "" };
        let kinds = "allowed_payment_method_types[]=us_bank_account&confirm=true";
        let body = format!("{amount}{kinds}&{}&{MANDATE}", method("000666666661"));
        let code = "payment_method_microdeposit_failed";
        let (status, answer) = talk.ask(&format!("POST {path}"), &body);
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(code)));
        let kind = if path == BOTH[0] { "payment_intent" } else { "setup_intent" };
        let shown = &answer["error"][kind];
        let mut asked = shown.clone();
        let field = if path == BOTH[0] { "last_payment_error" } else { "last_setup_error" };
        asked["payment_method"] = shown[field]["payment_method"]["id"].clone();
        check_failed(&mut talk, path, &asked, code);
    }
}

#[test]
fn the_customer_verifies_their_account_by_a_command_too() {
    for (path, status) in [(BOTH[0], "processing"), (BOTH[1], "succeeded")] {
        let mut talk = Talk::default();
        let asked = asking(&mut talk, path, "000123456789");
        let answer = |decline: Option<&str>| CustomerAnswer {
            id: id(&asked).to_owned(),
            decline: decline.map(str::to_owned),
        };
        let refused = talk.api.complete(&answer(Some("insufficient_funds")), NOW).unwrap_err();
        assert!(refused.contains("a decline of a bank account's verification"), "{refused}");
        let done = talk.api.complete(&answer(None), NOW).unwrap();
        assert_eq!(done["status"], status);
    }
}

const OPTIONS: &str = "payment_method_options[us_bank_account]";
const REFUSED: [(&str, Refusal); 3] = [
    ("[verification_method]=instant", (400, "devtool_not_served", "", "given by its number")),
    (
        "[verification_method]=soon",
        (
            400,
            "",
            "payment_method_options[us_bank_account][verification_method]",
            "must be one of automatic, instant, or microdeposits",
        ),
    ),
    (
        "[networks][requested][]=ach",
        (400, "devtool_not_served", "", "other than card[request_incremental_authorization]"),
    ),
];

#[test]
fn only_what_is_served_of_a_verification_is_taken() {
    let mut talk = Talk::default();
    for path in BOTH {
        let amount = if path == BOTH[0] { "amount=2000&currency=usd&" } else { "" };
        let kinds = "allowed_payment_method_types[]=us_bank_account&confirm=true";
        let body = format!("{amount}{kinds}&{}&{MANDATE}", method("000123456789"));
        for (option, wanted) in REFUSED {
            let body = format!("{body}&{OPTIONS}{option}");
            talk.refused((&format!("POST {path}"), &body), wanted);
        }
    }
    assert_eq!(talk.events(), [""; 0]);
    let body = format!(
        "amount=900&currency=usd&allowed_payment_method_types[]=us_bank_account\
         &{OPTIONS}[verification_method]=microdeposits"
    );
    let made = talk.done("POST /v1/payment_intents", &body);
    let wanted =
        json!({"us_bank_account": {"mandate_options": {}, "verification_method": "microdeposits"}});
    assert_eq!(made["payment_method_options"], wanted);
}
