//! Amounts that may have parts of the smallest unit of their currency: twelve places, as Stripe keeps them.

use std::fmt;

use serde_json::Value;

use crate::event::parameters::shown_amount;

/// How many parts a unit has.
const UNIT: i128 = 1_000_000_000_000;
const PLACES: usize = 12;

/// An amount, exactly as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Decimal(i128);

impl Decimal {
    /// Of a number, or of a text that has one.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let text = match value {
            Value::String(text) => text.clone(),
            // A fraction is written without an exponent.
            Value::Number(number) if number.is_f64() => number.as_f64()?.to_string(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let part: String = part.chars().chain("0".repeat(PLACES).chars()).take(PLACES).collect();
        let all = i128::from(whole.parse::<i64>().ok()?) * UNIT + part.parse::<i128>().ok()?;
        Some(Self(if digits.len() < text.len() { -all } else { all }))
    }

    /// What one of several costs that cost so much together.
    pub(super) fn each(amount: i64, quantity: i64) -> Self {
        Self(i128::from(amount) * UNIT / i128::from(quantity.max(1)))
    }

    /// Without the places; `None` where that is another amount.
    pub(super) fn whole(self) -> Option<i64> {
        i64::try_from(self.0 / UNIT).ok().filter(|_| self.0 % UNIT == 0)
    }

    pub(super) const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// What so many cost, with halves rounded away from zero; `None` where that cannot be counted.
    pub(super) fn times(self, quantity: i64) -> Option<i64> {
        let all = self.0.checked_mul(quantity.into())?;
        let half = if all < 0 { -UNIT / 2 } else { UNIT / 2 };
        i64::try_from(all.checked_add(half)? / UNIT).ok()
    }

    /// As readers see it: `$0.036`.
    pub(super) fn shown(self, currency: &str) -> String {
        let whole = i64::try_from(self.0 / UNIT).unwrap_or_default();
        let shown = shown_amount(whole, currency);
        let text = self.to_string();
        match text.split_once('.') {
            Some((_, part)) if shown.contains('.') => format!("{shown}{part}"),
            Some((_, part)) => format!("{shown}.{part}"),
            None => shown,
        }
    }
}

impl fmt::Display for Decimal {
    /// With the places that it needs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let all = self.0.unsigned_abs();
        let unit = UNIT.unsigned_abs();
        let text = format!("{sign}{}.{:012}", all / unit, all % unit);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_have_the_places_that_they_need() {
        let all = [(1000, 1), (-500, 1), (1000, 3), (-5, 2), (0, 4)];
        let all = all.map(|(amount, quantity)| Decimal::each(amount, quantity).to_string());
        assert_eq!(all, ["1000", "-500", "333.333333333333", "-2.5", "0"]);
    }

    #[test]
    fn fractions_of_the_smallest_unit_are_counted_exactly() {
        for (value, quantity, wanted, shown) in [
            (json!(700), 5, Some(3500), "$7.00"),
            (json!("3.6"), 31, Some(112), "$0.036"),
            (json!(0.02), 25, Some(1), "$0.0002"),
            (json!(0.02), 24, Some(0), "$0.0002"),
            (json!("0.000000000001"), i64::MAX, Some(9_223_372), "$0.00000000000001"),
            (json!(0.000_000_1), 5_000_000, Some(1), "$0.000000001"),
            (json!("-2.5"), 1, Some(-3), "$0.025"),
            (json!(i64::MAX), 2, None, "$92233720368547758.07"),
        ] {
            let amount = Decimal::of(&value).unwrap();
            assert_eq!(amount.times(quantity), wanted, "{value}");
            assert!(amount.shown("usd").ends_with(&shown[1..]), "{value} {}", amount.shown("usd"));
        }
        assert_eq!(Decimal::of(&json!("12.5")).unwrap().shown("jpy"), "¥12.5");
        for none in [json!(null), json!("abc"), json!(""), json!(1e30)] {
            assert_eq!(Decimal::of(&none), None, "{none}");
        }
    }
}
