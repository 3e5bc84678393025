//! Bank accounts that are given by their number are verified by small deposits, before they are debited or saved.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use super::test_accounts::{self, DebitKind, TestAccount};
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::event::id::BASE62;

/// What intents wait for.
const WAITING: &str = "verify_with_microdeposits";
/// What of a payment method is not shown: whether it is still to be verified.
const UNVERIFIED: &str = "unverified";
/// What stands for a result in test mode: two amounts, or the code of the one deposit
/// (<https://docs.stripe.com/testing#test-microdeposit-amounts-and-descriptor-codes>).
const RIGHT: ([i64; 2], &str) = ([32, 45], "SM11AA");
const EXCEEDING: ([i64; 2], &str) = ([10, 11], "SM33CC");
const TIMING_OUT: ([i64; 2], &str) = ([40, 41], "SM44DD");
/// How often one may be wrong, by amounts and by the code, and how long there is time
/// (<https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment>).
const MOST_ATTEMPTS: [(&str, i64); 2] = [("amounts", 3), ("descriptor_code", 10)];
const TIME: i64 = 10 * 24 * 60 * 60;
const DAY: i64 = 24 * 60 * 60;
/// When a day begins for Stripe, in seconds of the day.
const DAWN: i64 = 8 * 60 * 60;
/// The codes and messages of <https://docs.stripe.com/error-codes>.
const FAILED: (&str, &str) = (
    "payment_method_microdeposit_failed",
    "Microdeposits failed. Please check the account, institution and transit numbers provided.",
);
const INVALID: (&str, &str) = (
    "payment_method_microdeposit_verification_amounts_invalid",
    "You must provide exactly two microdeposit amounts.",
);
const OTHER_AMOUNTS: (&str, &str) = (
    "payment_method_microdeposit_verification_amounts_mismatch",
    "The amounts provided do not match the amounts that were sent to the bank account.",
);
const OTHER_CODE: (&str, &str) = (
    "payment_method_microdeposit_verification_descriptor_code_mismatch",
    "The verification code provided does not match the one sent to the bank account.",
);
const EXCEEDED: (&str, &str) = (
    "payment_method_microdeposit_verification_attempts_exceeded",
    "You have exceeded the number of allowed verification attempts.",
);
const TIMED_OUT: (&str, &str) = (
    "payment_method_microdeposit_verification_timeout",
    "Payment method should be verified with microdeposits within the required period.",
);

/// Whether an intent waits for the customer to say what was deposited.
pub(super) fn waits(intent: &Value) -> bool {
    intent["status"] == "requires_action" && intent["next_action"]["type"] == WAITING
}

/// The intents of a type that wait for that, and until when.
pub(super) fn under_way(
    inquiry: &Inquiry<'_>,
    kind: &'static str,
) -> impl Iterator<Item = (i64, String)> {
    let made = inquiry.states(kind).filter(|state| state.is_written && !state.is_deleted);
    made.filter_map(|state| {
        let id = state.own()["id"].as_str().filter(|_| waits(state.own()))?;
        let until = inquiry.store.hidden(id)?["until"].as_i64()?;
        Some((until, id.to_owned()))
    })
}

impl Draft<'_, '_> {
    /// A payment method by its number is still to be verified.
    pub(super) fn note_unverified(&mut self, number: usize, kind: &DebitKind) {
        if kind.is_verified() {
            self.changes[number].hidden = json!({UNVERIFIED: true});
        }
    }

    /// A payment method is verified from now on.
    pub(super) fn verify_method(&mut self, method: &Value) {
        let number = self.change((method.clone(), method.clone()), None);
        self.changes[number].hidden = json!({UNVERIFIED: false});
    }

    /// Whether a bank account has to be verified before it is debited or saved.
    pub(super) fn is_to_be_verified(
        &self,
        intent: &Value,
        method: &Value,
        account: &TestAccount,
    ) -> Result<bool> {
        let id = method["id"].as_str().unwrap_or_default();
        let is_open = self.hidden(id).is_some_and(|hidden| hidden[UNVERIFIED] == true);
        let way = "/payment_method_options/us_bank_account/verification_method";
        if is_open && intent.pointer(way) == Some(&"instant".into()) {
            let what = "instant verification of a bank account that is given by its number";
            return Err(RequestError::not_served(what));
        }
        Ok(is_open || account.is_unreachable)
    }

    /// Deposits are sent, and the customer is asked for them; returns where the intent is among the changes.
    pub(super) fn send_deposits(
        &mut self,
        mut after: Value,
        (method, account): (&Value, &TestAccount),
        mandate: &Value,
    ) -> Result<usize> {
        let is_setup = after["object"] == "setup_intent";
        let kind = if is_setup { "setup_intent" } else { "payment_intent" };
        let id = after["id"].as_str().unwrap_or_default().to_owned();
        let known = self.find(kind, &id).unwrap_or_default();
        if account.is_unreachable {
            return Ok(self.not_verified((known, method), FAILED));
        }
        let now = self.inquiry.request.second;
        let seed = self.inquiry.store.next_name(0).0;
        let page = seed.characters(&format!("deposits/{id}"), BASE62, 60);
        let prefix = if is_setup { "sacs" } else { "pacs" };
        after["next_action"] = json!({
            "type": WAITING,
            WAITING: {
                // They arrive on the next day.
                "arrival_date": now - now % DAY + DAY + DAWN,
                "hosted_verification_url":
                    format!("https://payments.stripe.com/microdeposit/{prefix}_test_{page}"),
                "microdeposit_type": "descriptor_code",
            },
        });
        after["status"] = "requires_action".into();
        if is_setup {
            after["latest_attempt"] = self.attempt(&after, "requires_action", None)?;
        }
        let number = self.change((known, after), Some(&format!("{kind}.requires_action")));
        self.changes[number].hidden = json!({"mandate": mandate, "until": now + TIME});
        Ok(number)
    }

    /// The customer says what was deposited.
    pub(super) fn verify_deposits(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        if !waits(&before) {
            let message = "This intent does not wait for the verification of a bank account with \
                           microdeposits.";
            return Err(RequestError::wrong_state(None, message.to_owned()));
        }
        let method = self.method_in(&before)?;
        let said = Said::of(input)?;
        if said.is(&RIGHT) {
            return self.deposits_are_right(&before);
        }
        for (meant, why) in [(&EXCEEDING, EXCEEDED), (&TIMING_OUT, TIMED_OUT)] {
            if said.is(meant) {
                return Ok(self.not_verified((before, &method), why));
            }
        }
        let (way, most) = MOST_ATTEMPTS[usize::from(said.amounts.is_none())];
        let mut hidden = self.hidden(before["id"].as_str().unwrap_or_default()).cloned();
        let mut hidden = hidden.take().unwrap_or_else(|| json!({}));
        let left = most - 1 - hidden[way].as_i64().unwrap_or_default();
        if left < 1 {
            return Ok(self.not_verified((before, &method), EXCEEDED));
        }
        hidden[way] = (most - left).into();
        let (code, why) = if said.amounts.is_some() { OTHER_AMOUNTS } else { OTHER_CODE };
        let message = format!("{why} You have {left} verification attempts remaining.");
        self.refusal = Some(RequestError::wrong_state(Some(code), message));
        let number = self.change((before.clone(), before), None);
        self.changes[number].hidden = hidden;
        Ok(number)
    }

    /// The account is the customer's: what waited for that goes on.
    pub(super) fn deposits_are_right(&mut self, before: &Value) -> Result<usize> {
        let method = self.method_in(before)?;
        let missing = || self.inquiry.not_served();
        let (kind, _) = test_accounts::of(&method).ok_or_else(missing)?;
        self.verify_method(&method);
        let mut after = before.clone();
        after["next_action"] = Value::Null;
        if before["object"] == "setup_intent" {
            return self.setup_succeeds(after, &method);
        }
        let hidden = self.hidden(before["id"].as_str().unwrap_or_default());
        let mandate = hidden.map(|hidden| hidden["mandate"].clone()).unwrap_or_default();
        self.ask_bank(after, (&method, kind), &mandate)
    }

    /// Nobody has said in time what was deposited.
    pub(super) fn deposits_lapse(&mut self, before: Value) -> Result<()> {
        let method = self.method_in(&before)?;
        self.not_verified((before, &method), TIMED_OUT);
        self.refusal = None;
        Ok(())
    }

    fn method_in(&self, intent: &Value) -> Result<Value> {
        self.method(intent["payment_method"].as_str().unwrap_or_default(), "payment_method")
    }

    /// The intent needs another payment method; returns where it is among the changes.
    fn not_verified(
        &mut self,
        (before, method): (Value, &Value),
        (code, message): (&'static str, &str),
    ) -> usize {
        let number = self.intent_fails(before, method, (code, message));
        self.follow_payment(number);
        let shown = self.changes[number].after.clone();
        let kind = shown["object"].as_str().unwrap_or_default().to_owned();
        let error = RequestError::wrong_state(Some(code), message.to_owned());
        self.refusal = Some(error.with(&kind, shown));
        number
    }
}

/// What the customer says: two amounts, or a code.
struct Said {
    amounts: Option<Vec<i64>>,
    code: String,
}

impl Said {
    fn of(input: &Input) -> Result<Self> {
        let amounts = input.get("amounts").and_then(Value::as_array);
        let amounts: Option<Vec<i64>> =
            amounts.map(|all| all.iter().filter_map(Value::as_i64).collect());
        if amounts.as_ref().is_some_and(|all| all.len() != 2) {
            let (code, message) = INVALID;
            return Err(RequestError::invalid("amounts", message).coded(code));
        }
        let code = input.get("descriptor_code").and_then(Value::as_str).unwrap_or_default();
        Ok(Self { amounts, code: code.to_owned() })
    }

    fn is(&self, (amounts, code): &([i64; 2], &str)) -> bool {
        match &self.amounts {
            Some(said) => {
                let mut said = said.clone();
                said.sort_unstable();
                said == amounts
            }
            None => self.code == *code,
        }
    }
}
