//! Stripe's test accounts of banks, as data in `catalog/api/test_accounts.json`: what is debited days later, or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::event::id::{BASE62, Seed};

const FILE: &str = include_str!("../../../catalog/api/test_accounts.json");
/// What the names begin with, as payment methods.
const PREFIX: &str = "pm_";
const FINGERPRINT_LENGTH: usize = 16;

/// A way to pay by a debit of a bank account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DebitKind {
    #[serde(skip)]
    pub(super) name: String,
    /// The one that it takes.
    pub(super) currency: String,
    /// What has to be said of the customer (<https://docs.stripe.com/payments/sepa-debit>, and of ACH debits).
    pub(super) billing: Vec<String>,
    /// The parameter with the account's number.
    pub(super) number: String,
    /// What an intent says of it among its options.
    pub(super) options: Value,
    /// What a payment method shows of it.
    shown: Map<String, Value>,
    /// What of that a charge shows.
    pub(super) charged: Vec<String>,
    accounts: BTreeMap<String, TestAccount>,
}

/// What becomes of a debit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestAccount {
    /// What follows `pm_`.
    name: String,
    /// After how many seconds that is known.
    #[serde(default)]
    pub(super) after: i64,
    /// The code of the failure, where it fails.
    pub(super) failure: Option<String>,
    /// Whether nothing ever comes of it.
    #[serde(default)]
    pub(super) is_endless: bool,
    /// Whether no small deposit can be sent to it.
    #[serde(default)]
    pub(super) is_unreachable: bool,
}

/// The account of a payment method, with its kind.
pub(super) type Debited = (&'static DebitKind, &'static TestAccount);

fn all() -> &'static BTreeMap<String, DebitKind> {
    static READ: OnceLock<BTreeMap<String, DebitKind>> = OnceLock::new();
    READ.get_or_init(|| read().unwrap_or_default())
}

fn read() -> serde_json::Result<BTreeMap<String, DebitKind>> {
    let mut all: BTreeMap<String, DebitKind> = serde_json::from_str(FILE)?;
    for (name, kind) in &mut all {
        kind.name.clone_from(name);
    }
    Ok(all)
}

fn fingerprint(number: &str) -> String {
    Seed(0).characters(&format!("fingerprint/{number}"), BASE62, FINGERPRINT_LENGTH)
}

/// The kind of that name.
pub(super) fn kind(name: &str) -> Option<&'static DebitKind> {
    all().get(name)
}

/// The account that a name such as `pm_success_de` stands for: its kind and its number.
pub(super) fn named(name: &str) -> Option<(&'static DebitKind, &'static str)> {
    let name = name.strip_prefix(PREFIX)?;
    all().values().find_map(|kind| {
        let found = kind.accounts.iter().find(|(_, account)| account.name == name);
        found.map(|(number, _)| (kind, number.as_str()))
    })
}

/// The account of a payment method.
pub(super) fn of(method: &Value) -> Option<Debited> {
    let kind = kind(method["type"].as_str()?)?;
    let print = method[kind.name.as_str()]["fingerprint"].as_str()?;
    let found = kind.accounts.iter().find(|(number, _)| fingerprint(number) == print);
    found.map(|(_, account)| (kind, account))
}

impl DebitKind {
    /// The number of its account that can be debited.
    pub(super) fn usual(&self) -> Option<&str> {
        let good = |account: &TestAccount| {
            account.failure.is_none()
                && account.after == 0
                && !account.is_endless
                && !account.is_unreachable
        };
        let found = self.accounts.iter().find(|(_, account)| good(account));
        found.map(|(number, _)| number.as_str())
    }

    /// The number of an account whose debits fail with that code, at once.
    pub(super) fn failing(&self, code: &str) -> Option<&str> {
        let fails =
            |account: &TestAccount| account.after == 0 && account.failure.as_deref() == Some(code);
        let found = self.accounts.iter().find(|(_, account)| fails(account));
        found.map(|(number, _)| number.as_str())
    }

    /// The codes of failures that there are accounts for.
    pub(super) fn failures(&self) -> BTreeSet<&str> {
        self.accounts.values().filter_map(|account| account.failure.as_deref()).collect()
    }

    /// Whether an account has to be verified, unless Stripe's name for it stands for one that is.
    pub(super) fn is_verified(&self) -> bool {
        self.options.get("verification_method").is_some()
    }

    /// What a payment method shows of the account of that number; `None` where it is no test account.
    pub(super) fn account(&self, number: &str) -> Option<Value> {
        self.accounts.get(number)?;
        let mut shown = Value::Object(self.shown.clone());
        shown["fingerprint"] = fingerprint(number).into();
        shown["last4"] = number.get(number.len().saturating_sub(4)..).into();
        if self.name == "sepa_debit" {
            // Behind the country and two digits to check by, where the bank stands is each country's own.
            shown["country"] = number.get(..2).into();
            let length = if number.starts_with("DE") { 8 } else { 5 };
            shown["bank_code"] = number.get(4..4 + length).into();
        }
        Some(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The remainder that a number of the IBAN form has by 97, which is 1.
    fn remainder(iban: &str) -> u32 {
        let turned = iban[4..].chars().chain(iban[..4].chars());
        turned.fold(0, |rest, letter| {
            let digit = letter.to_digit(36).unwrap();
            (rest * if digit > 9 { 100 } else { 10 } + digit) % 97
        })
    }

    #[test]
    fn each_account_has_a_number_that_may_be_one_and_a_name_of_its_own() {
        let all = read().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for (kind, of_kind) in &all {
            assert!(of_kind.usual().is_some(), "{kind}");
            for (number, account) in &of_kind.accounts {
                assert!(seen.insert(&account.name), "{number}");
                assert!(kind != "sepa_debit" || remainder(number) == 1, "{number}");
                let shown = of_kind.account(number).unwrap();
                let named = named(&format!("pm_{}", account.name)).unwrap();
                assert_eq!((named.0.name.as_str(), named.1), (kind.as_str(), number.as_str()));
                assert_eq!(shown["last4"], number[number.len() - 4..]);
            }
        }
    }
}
