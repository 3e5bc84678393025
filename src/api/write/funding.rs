//! Where a customer sends money by bank transfer: the bank addresses that are theirs, by currency.

use serde_json::{Map, Value, json};

use super::bank_transfers::{self, BankTransfer};
use super::draft::Draft;
use super::input::Input;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

const EUROPEAN: &str = "eu_bank_transfer";
/// The countries of addresses for euros (the library's description of `country`).
const COUNTRIES: [&str; 4] = ["DE", "FR", "IE", "NL"];
const DIGITS: &[u8] = b"0123456789";

impl Draft<'_, '_> {
    /// Shows the bank addresses of a customer; nothing is made, and the same call shows the same.
    pub(super) fn show_funding(&mut self, input: &Input) -> Result<usize> {
        let customer = self.named_by_path("customer").unwrap_or_default();
        if self.find("customer", &customer).is_none() {
            return Err(RequestError::missing("customer", &customer));
        }
        let currency = input["currency"].as_str().unwrap_or_default().to_lowercase();
        let transfer = bank_transfers::named_for(&currency)?;
        let country = country_of(transfer, &input["bank_transfer"])?;
        let seed = self.inquiry.store.next_name(0).0;
        let digits = |length: usize| {
            let name = format!("address/{customer}/{}/{length}", transfer.name);
            seed.characters(&name, DIGITS, length)
        };
        self.shown = Some(json!({
            "object": "funding_instructions",
            "bank_transfer": {
                "country": country,
                "financial_addresses": filled(&transfer.addresses, country, &digits),
                "type": transfer.name,
            },
            "currency": currency,
            "funding_type": "bank_transfer",
            "livemode": false,
        }));
        Ok(0)
    }
}

/// The country of the addresses that a call asks for.
fn country_of<'c>(transfer: &'c BankTransfer, given: &'c Value) -> Result<&'c str> {
    if given["type"] != transfer.name {
        let message = format!("Bank transfers of this currency have the type {}.", transfer.name);
        return Err(RequestError::invalid("bank_transfer[type]", message));
    }
    if let Some(country) = &transfer.country {
        return Ok(country);
    }
    let parameter = "bank_transfer[eu_bank_transfer][country]";
    let country = given[EUROPEAN]["country"].as_str();
    let country = country.ok_or_else(|| RequestError::missing_parameter(parameter))?;
    if !COUNTRIES.contains(&country) {
        let message = format!("Invalid country: must be one of {}.", COUNTRIES.join(", "));
        return Err(RequestError::invalid(parameter, message));
    }
    Ok(country)
}

/// The addresses with a country for `{country}`, and so many digits for a number in braces.
fn filled(addresses: &Value, country: &str, digits: &impl Fn(usize) -> String) -> Value {
    match addresses {
        Value::Array(all) => all.iter().map(|one| filled(one, country, digits)).collect(),
        Value::Object(members) => {
            let filled =
                |(name, value): (&String, &Value)| (name.clone(), filled(value, country, digits));
            Value::Object(members.iter().map(filled).collect::<Map<_, _>>())
        }
        Value::String(text) => {
            let text = text.replace("{country}", country);
            let drawn = text.strip_suffix('}').and_then(|text| text.split_once('{'));
            let length = drawn.and_then(|(before, length)| Some((before, length.parse().ok()?)));
            length
                .map_or_else(
                    || text.clone(),
                    |(before, length)| format!("{before}{}", digits(length)),
                )
                .into()
        }
        other => other.clone(),
    }
}
