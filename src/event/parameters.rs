//! What a user may choose in a story.

/// What a user may choose in a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The price and every amount that follows from it, in the currency's smallest unit.
    pub amount: u32,
    /// A lower-case ISO code.
    pub currency: String,
    /// The customer's address.
    pub email: String,
    /// The customer's id, where the user has one in mind.
    pub customer: Option<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            amount: 2_900,
            currency: "usd".to_owned(),
            email: "mara.lindqvist@example.com".to_owned(),
            customer: None,
        }
    }
}

impl Parameters {
    /// The amount as Stripe shows it: with the currency's sign, where it has one of its own.
    pub(super) fn shown_amount(&self) -> String {
        const SIGNS: [(&str, &str); 4] = [("eur", "€"), ("gbp", "£"), ("jpy", "¥"), ("usd", "$")];
        // Currencies without a smaller unit.
        const WHOLE: [&str; 16] = [
            "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd",
            "vuv", "xaf", "xof", "xpf",
        ];
        let sign = SIGNS.iter().find(|(currency, _)| *currency == self.currency);
        let sign = sign.map_or_else(
            || format!("{} ", self.currency.to_uppercase()),
            |(_, sign)| (*sign).to_owned(),
        );
        if WHOLE.contains(&self.currency.as_str()) {
            return format!("{sign}{}", self.amount);
        }
        format!("{sign}{}.{:02}", self.amount / 100, self.amount % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
