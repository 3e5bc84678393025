//! What a user may choose in a story.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::catalogue::Catalogue;
use super::error::{EventError, Result};
use super::setting::Setting;

/// What a user may choose in a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The price and every amount that follows from it, in the currency's smallest unit.
    pub amount: u32,
    /// A lower-case ISO code.
    pub currency: String,
    /// The customer's address.
    pub email: String,
    /// The ids of the user's own objects, by the names of the story's.
    pub ids: BTreeMap<String, String>,
    /// Metadata of the story's objects.
    pub metadata: Vec<Metadata>,
}

/// One entry in the metadata of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The object's type; `None` for all.
    pub object: Option<String>,
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            amount: 2_900,
            currency: "usd".to_owned(),
            email: "mara.lindqvist@example.com".to_owned(),
            ids: BTreeMap::new(),
            metadata: Vec::new(),
        }
    }
}

impl Parameters {
    /// The parameters with the user's values; the last of several counts.
    ///
    /// # Errors
    /// A value does not fit its parameter.
    pub fn of(settings: &[Setting]) -> Result<Self> {
        let mut parameters = Self::default();
        for setting in settings {
            match setting {
                Setting::Parameter { name, value } => parameters.set(name, value)?,
                Setting::Id { object, id } => {
                    parameters.ids.insert(object.clone(), id.clone());
                }
                Setting::Metadata { object, key, value } => {
                    parameters.describe(Some(object), key, value);
                }
                // What every object has, those have that Stripe copies it from.
                Setting::Field { path, value } => {
                    if let Some(key) = path.metadata_key() {
                        parameters.describe(None, key, value);
                    }
                }
                Setting::Removal { .. } | Setting::Within { .. } => {}
            }
        }
        Ok(parameters)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let error = |reason: &str| EventError::InvalidSetting {
            setting: format!("{name} to `{value}`"),
            reason: reason.to_owned(),
        };
        match name {
            "amount" => self.amount = amount(value).map_err(error)?,
            "currency" => self.currency = currency(value).map_err(error)?,
            "customer" => {
                let id = word(value, "expected a customer's id, such as `cus_123`");
                self.ids.insert(name.to_owned(), id.map_err(error)?);
            }
            _ => self.email = word(value, "expected an e-mail address").map_err(error)?,
        }
        Ok(())
    }

    /// Checks that a payment method takes the currency.
    pub(super) fn check_currency(&self, payment_method: &str) -> Result<()> {
        let currency = &self.currency;
        match Catalogue::currencies(payment_method)? {
            Some(fitting) if !fitting.contains(currency) => Err(EventError::InvalidSetting {
                setting: format!("currency to `{currency}`"),
                reason: format!(
                    "this story pays by {payment_method}, which takes {} only",
                    fitting.join(", ")
                ),
            }),
            _ => Ok(()),
        }
    }

    fn describe(&mut self, object: Option<&str>, key: &str, value: &str) {
        let (object, key) = (object.map(str::to_owned), key.to_owned());
        self.metadata.push(Metadata { object, key, value: value.to_owned() });
    }

    /// The metadata of an object of a type.
    pub(super) fn metadata_of(&self, kind: &str) -> Value {
        let is_its = |of: &&Metadata| of.object.as_deref().is_none_or(|object| object == kind);
        let own = self.metadata.iter().filter(is_its);
        let entries: Map<String, Value> =
            own.map(|of| (of.key.clone(), of.value.clone().into())).collect();
        entries.into()
    }

    /// The amount as Stripe shows it.
    pub(super) fn shown_amount(&self) -> String {
        shown_amount(self.amount.into(), &self.currency)
    }
}

/// An amount as Stripe shows it: with the currency's sign, where it has one of its own.
pub(crate) fn shown_amount(amount: i64, currency: &str) -> String {
    const SIGNS: [(&str, &str); 4] = [("eur", "€"), ("gbp", "£"), ("jpy", "¥"), ("usd", "$")];
    // Currencies without a smaller unit.
    const WHOLE: [&str; 16] = [
        "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv",
        "xaf", "xof", "xpf",
    ];
    let sign = SIGNS.iter().find(|(known, _)| *known == currency);
    let sign = sign
        .map_or_else(|| format!("{} ", currency.to_uppercase()), |(_, sign)| (*sign).to_owned());
    if WHOLE.contains(&currency) {
        return format!("{sign}{amount}");
    }
    format!("{sign}{}.{:02}", amount / 100, (amount % 100).abs())
}

/// Stripe's own limit: eight digits.
fn amount(text: &str) -> std::result::Result<u32, &'static str> {
    let amount = text.parse().ok().filter(|amount| (1..=99_999_999).contains(amount));
    amount.ok_or("expected a whole number of cents from 1 to 99999999")
}

fn currency(text: &str) -> std::result::Result<String, &'static str> {
    let lower = text.to_ascii_lowercase();
    let is_code = lower.len() == 3 && lower.bytes().all(|b| b.is_ascii_lowercase());
    if is_code { Ok(lower) } else { Err("expected a code of three letters, such as `usd`") }
}

/// Text of one word; `expected` says what it should have been.
fn word(text: &str, expected: &'static str) -> std::result::Result<String, &'static str> {
    let plain = !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if plain { Ok(text.to_owned()) } else { Err(expected) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_do_not_fit_are_refused() {
        for text in ["amount=0", "amount=1.5", "currency=dollars", "customer=", "email=a b"] {
            assert!(Parameters::of(&[Setting::parse(text).unwrap()]).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_are_shown_in_their_currency() {
        for (amount, currency, shown) in [
            (2_900, "usd", "$29.00"),
            (5, "eur", "€0.05"),
            (2_900, "jpy", "¥2900"),
            (150, "chf", "CHF 1.50"),
        ] {
            let currency = currency.to_owned();
            assert_eq!(
                Parameters { amount, currency, ..Parameters::default() }.shown_amount(),
                shown
            );
        }
    }
}
