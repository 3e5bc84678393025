//! Stripe's test cards, as data in `catalog/api/test_cards.json`: what they are called, and what becomes of a payment.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::event::id::{BASE62, Seed};

const FILE: &str = include_str!("../../../catalog/api/test_cards.json");
/// How many characters a card's fingerprint has.
const FINGERPRINT_LENGTH: usize = 16;
/// What a check says as long as nobody has looked.
const UNCHECKED: &str = "unchecked";
/// Brands as `display_brand` has them, where `brand` has another word.
const DISPLAYED: [(&str, &str); 4] = [
    ("amex", "american_express"),
    ("diners", "diners_club"),
    ("unionpay", "union_pay"),
    ("unknown", "other"),
];

/// A test card.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestCard {
    #[serde(skip)]
    number: String,
    /// What follows `pm_card_` and `tok_`.
    names: Vec<String>,
    #[serde(default = "visa")]
    pub(super) brand: String,
    #[serde(default = "us")]
    pub(super) country: String,
    #[serde(default = "credit")]
    pub(super) funding: String,
    /// The networks, where there is more than that of its brand.
    #[serde(default)]
    networks: Vec<String>,
    #[serde(default)]
    pub(super) fingerprint: String,
    #[serde(default)]
    traits: Vec<TestTrait>,
    /// What the checks say that do not pass: that of the security code, and those of the address.
    #[serde(default)]
    pub(super) checks: BTreeMap<String, String>,
    /// What Radar thinks of it, where that is not the usual.
    pub(super) risk: Option<TestRisk>,
    decline: Option<String>,
    /// Whether it is declined only once money is asked for.
    #[serde(default)]
    pub(super) can_be_saved: bool,
    pub(super) authentication: Option<Authentication>,
    /// Whether its money is there at once.
    #[serde(default)]
    pub(super) is_available: bool,
    /// The dispute that follows where it is charged.
    pub(super) dispute: Option<TestDispute>,
    /// What becomes of its refunds later, where they are not simply done.
    pub(super) refund: Option<TestRefund>,
}

/// What else is so of a test card.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(super) enum TestTrait {
    /// Its bank warns of fraud where it is charged.
    #[serde(rename = "fraud_warning")]
    FraudWarning,
    /// 3-D Secure cannot be asked for.
    #[serde(rename = "no_3d_secure")]
    No3dSecure,
    /// Stripe documents its names alone, and no number.
    #[serde(rename = "unlisted")]
    Unlisted,
}

/// What Radar thinks of a payment, as `outcome` tells it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestRisk {
    pub(super) level: String,
    pub(super) score: i64,
}

/// A dispute that follows from a test card.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestDispute {
    pub(super) reason: String,
    /// The network's own code.
    pub(super) code: Option<String>,
    /// `inquiry` where the bank only asks, and no money moves.
    #[serde(default = "chargeback")]
    pub(super) case: String,
    /// What better evidence the network takes, and what is missing for that.
    #[serde(default)]
    pub(super) eligible: Map<String, Value>,
    /// How many there are.
    #[serde(default = "once")]
    pub(super) times: u8,
}

impl TestDispute {
    pub(super) fn is_inquiry(&self) -> bool {
        self.case == "inquiry"
    }
}

/// What becomes of the refunds of a test card (<https://docs.stripe.com/testing#refunds>).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum TestRefund {
    /// They are pending at first, and done later.
    Pends,
    /// They are done at first, and fail later.
    Fails,
}

/// When the bank asks for 3-D Secure.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Authentication {
    Always,
    /// It finds out without a question.
    Frictionless,
    /// Not for what is paid without the customer.
    OnSession,
    /// The same, once it was set up for that.
    UntilSetUp,
}

/// Why a card is declined.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardDecline {
    /// The decline code, where the data have another name for it.
    #[serde(default, rename = "decline_code")]
    pub(super) name: String,
    pub(super) code: String,
    pub(super) message: String,
    /// The network's own code.
    pub(super) network_code: Option<String>,
    #[serde(default = "later")]
    pub(super) advice: String,
    /// The parameter that is said to be wrong.
    pub(super) parameter: Option<String>,
    /// Whether Stripe itself has blocked it.
    #[serde(default)]
    pub(super) is_blocked: bool,
}

#[derive(Debug, Default, Deserialize)]
struct TestCards {
    cards: BTreeMap<String, TestCard>,
    declines: BTreeMap<String, CardDecline>,
}

fn visa() -> String {
    "visa".to_owned()
}

fn us() -> String {
    "US".to_owned()
}

fn credit() -> String {
    "credit".to_owned()
}

fn later() -> String {
    "try_again_later".to_owned()
}

fn chargeback() -> String {
    "chargeback".to_owned()
}

const fn once() -> u8 {
    1
}

impl TestCard {
    /// The members of a payment method's `card` that are the card's own.
    pub(super) fn fill(&self, card: &mut Value) {
        let last4 = &self.number[self.number.len() - 4..];
        let displayed = DISPLAYED.iter().find(|(brand, _)| *brand == self.brand);
        let displayed = displayed.map_or(self.brand.as_str(), |(_, displayed)| displayed);
        let own = [self.brand.clone()];
        let networks = if self.networks.is_empty() { &own[..] } else { &self.networks };
        for (name, value) in [
            ("brand", json!(self.brand)),
            ("country", json!(self.country)),
            ("display_brand", json!(displayed)),
            ("fingerprint", json!(self.fingerprint)),
            ("funding", json!(self.funding)),
            ("last4", json!(last4)),
            ("networks", json!({"available": networks, "preferred": null})),
            ("three_d_secure_usage", json!({"supported": !self.is(TestTrait::No3dSecure)})),
        ] {
            card[name] = value;
        }
    }

    /// The same of one that is known by a name: whatever would not pass was given with it.
    pub(super) fn fill_named(&self, card: &mut Value) {
        self.fill(card);
        for name in self.checks.keys() {
            card["checks"][name.as_str()] = UNCHECKED.into();
        }
    }

    pub(super) fn is(&self, one: TestTrait) -> bool {
        self.traits.contains(&one)
    }

    /// What a check says of it.
    pub(super) fn check(&self, name: &str) -> &str {
        self.checks.get(name).map_or("pass", String::as_str)
    }

    /// Why it is declined, if it is.
    pub(super) fn decline(&self) -> Option<&'static CardDecline> {
        self.decline.as_deref().and_then(decline)
    }

    /// The same where it cannot even be saved.
    pub(super) fn decline_to_save(&self) -> Option<&'static CardDecline> {
        self.decline().filter(|_| !self.can_be_saved)
    }

    /// Whether the customer's bank asks for 3-D Secure when it is set up.
    pub(super) fn asks(&self) -> bool {
        self.authentication.is_some_and(|when| when != Authentication::Frictionless)
    }
}

fn all() -> &'static TestCards {
    static READ: OnceLock<TestCards> = OnceLock::new();
    READ.get_or_init(|| read().unwrap_or_default())
}

fn read() -> Result<TestCards, serde_json::Error> {
    let mut all: TestCards = serde_json::from_str(FILE)?;
    for (number, card) in &mut all.cards {
        card.number.clone_from(number);
        if card.fingerprint.is_empty() {
            let name = format!("fingerprint/{number}");
            card.fingerprint = Seed(0).characters(&name, BASE62, FINGERPRINT_LENGTH);
        }
    }
    for (name, decline) in &mut all.declines {
        if decline.name.is_empty() {
            decline.name.clone_from(name);
        }
    }
    Ok(all)
}

/// The card of a name such as `pm_card_visa`, by its prefix.
pub(super) fn named(name: &str, prefix: &str) -> Option<&'static TestCard> {
    let name = name.strip_prefix(prefix)?;
    all().cards.values().find(|card| card.names.iter().any(|known| known == name))
}

/// The card of a number.
pub(super) fn numbered(number: &str) -> Option<&'static TestCard> {
    all().cards.get(number).filter(|card| !card.is(TestTrait::Unlisted))
}

/// The card of a payment method; those of stories are none of them, and good.
pub(super) fn of(method: &Value) -> Option<&'static TestCard> {
    of_fingerprint(method["card"]["fingerprint"].as_str()?)
}

/// The same by the card's fingerprint.
pub(super) fn of_fingerprint(fingerprint: &str) -> Option<&'static TestCard> {
    all().cards.values().find(|card| card.fingerprint == fingerprint)
}

/// Why the card of a payment method is declined, if it is: without a security code, that cannot be wrong
/// (<https://docs.stripe.com/testing#declined-payments>).
pub(super) fn decline_of(method: &Value) -> Option<&'static CardDecline> {
    let has_code = !method["card"]["checks"]["cvc_check"].is_null();
    of(method)?.decline().filter(|decline| has_code || decline.parameter.as_deref() != Some("cvc"))
}

/// What the checks of a payment method's card say once somebody has looked.
pub(super) fn checked(method: &Value) -> Value {
    let mut checks = method["card"]["checks"].clone();
    let card = of(method);
    for (name, said) in checks.as_object_mut().into_iter().flatten() {
        if *said == UNCHECKED {
            *said = card.map_or("pass", |card| card.check(name)).into();
        }
    }
    checks
}

/// What is given with a card is to be checked: its security code, and the address.
pub(super) fn check_given(method: &mut Value, has_code: bool) {
    let address = &method["billing_details"]["address"];
    let given = [
        ("address_line1_check", address["line1"].is_string()),
        ("address_postal_code_check", address["postal_code"].is_string()),
        ("cvc_check", has_code),
    ];
    for (name, is_given) in given {
        let known = &mut method["card"]["checks"][name];
        let is_known = name != "cvc_check" && !known.is_null();
        if !is_known {
            *known = if is_given { UNCHECKED.into() } else { Value::Null };
        }
    }
}

/// What a decline code means.
pub(super) fn decline(name: &str) -> Option<&'static CardDecline> {
    all().declines.get(name)
}

/// Whether a number may be that of a card, by its last digit.
pub(super) fn is_card_number(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|digit| digit.to_digit(10)).collect();
    let weigh = |(at, digit): (usize, u32)| match at % 2 {
        0 => digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    digits.filter(|digits| (12..=19).contains(&digits.len())).is_some_and(|digits| {
        let sum: u32 = digits.into_iter().rev().enumerate().map(weigh).sum();
        sum.is_multiple_of(10)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_card_has_a_number_a_decline_that_is_known_and_a_fingerprint_of_its_own() {
        let all = read().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for (number, card) in &all.cards {
            assert!(is_card_number(number), "{number}");
            assert!(card.decline.is_none() || card.decline().is_some(), "{number}");
            assert!(seen.insert(&card.fingerprint), "{number}");
            for name in &card.names {
                let named = named(&format!("pm_card_{name}"), "pm_card_").unwrap();
                assert_eq!(named.number, *number, "{name}");
            }
        }
        assert!(!is_card_number("4242424242424241"));
        assert!(!is_card_number("42"));
        assert!(!is_card_number("4242 4242 4242 4242"));
    }
}
