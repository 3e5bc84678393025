//! The bank transfers that Stripe takes, as data in `catalog/api/bank_transfers.json`: one for each currency.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::error::RequestError;
use crate::api::inquiry::Result;

const FILE: &str = include_str!("../../../catalog/api/bank_transfers.json");

/// A kind of bank transfer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BankTransfer {
    #[serde(skip)]
    pub(super) name: String,
    currency: String,
    /// Where the bank is; for euros, the call says that.
    pub(super) country: Option<String>,
    /// The bank addresses: `{country}` stands for the country, a number in braces for so many digits.
    pub(super) addresses: Value,
    /// What is known of who has sent money.
    funded: Option<Value>,
}

fn all() -> &'static BTreeMap<String, BankTransfer> {
    static READ: OnceLock<BTreeMap<String, BankTransfer>> = OnceLock::new();
    READ.get_or_init(|| read().unwrap_or_default())
}

fn read() -> serde_json::Result<BTreeMap<String, BankTransfer>> {
    let mut all: BTreeMap<String, BankTransfer> = serde_json::from_str(FILE)?;
    for (name, transfer) in &mut all {
        transfer.name.clone_from(name);
    }
    Ok(all)
}

/// The transfer of a currency.
pub(super) fn of(currency: &str) -> Option<&'static BankTransfer> {
    all().values().find(|transfer| transfer.currency == currency)
}

/// The transfer of a currency, which has to have one.
pub(super) fn named_for(currency: &str) -> Result<&'static BankTransfer> {
    of(currency).ok_or_else(|| {
        let message = format!("Bank transfers in {currency} are not supported.");
        RequestError::invalid("currency", message)
    })
}

impl BankTransfer {
    /// What a transaction says of money that came that way.
    pub(super) fn funded(&self, reference: &Value) -> Value {
        let mut said = json!({"reference": reference, "type": self.name});
        if let Some(sender) = &self.funded {
            said[&self.name] = sender.clone();
        }
        json!({"bank_transfer": said})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_transfer_is_of_a_currency_of_its_own() {
        for (name, transfer) in read().unwrap() {
            assert_eq!(of(&transfer.currency).unwrap().name, name);
        }
    }
}
