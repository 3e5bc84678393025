//! Prices in tiers: what creating one is refused for, and what a quantity costs by them
//! (docs.stripe.com/subscriptions/pricing-models/tiered-pricing).

use serde_json::{Value, json};

use super::decimal::Decimal;
use super::input::Input;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// What is billed by itself of what a price asks for: a line of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PricedPart {
    /// The number of the tier, from 1.
    pub(super) tier: Option<usize>,
    /// How many it is for; a flat amount is for none.
    pub(super) quantity: Option<i64>,
    /// What one of them costs, or all of it.
    pub(super) rate: Decimal,
    pub(super) amount: i64,
}

/// The parts of a quantity, in the order of an invoice's lines: of each tier that it reaches what is counted, then what
/// is flat. `None` where it cannot be counted. One of 0 is in the first tier.
pub(super) fn parts(price: &Value, quantity: i64) -> Option<Vec<PricedPart>> {
    let tiers = price["tiers"].as_array()?;
    let is_volume = price["tiers_mode"] == "volume";
    let mut parts = Vec::new();
    let mut below = 0;
    for (number, tier) in (1..).zip(tiers) {
        let up_to = tier["up_to"].as_i64().unwrap_or(i64::MAX);
        if !is_volume && number > 1 && quantity <= below {
            break;
        }
        if !is_volume || quantity <= up_to {
            let count = if is_volume { quantity } else { quantity.min(up_to) - below };
            parts.extend(parts_of_tier(tier, (number, count))?);
        }
        if is_volume && quantity <= up_to {
            break;
        }
        below = up_to;
    }
    Some(parts)
}

fn parts_of_tier(tier: &Value, (number, count): (usize, i64)) -> Option<Vec<PricedPart>> {
    let rate = Decimal::of(&tier["unit_amount_decimal"]).unwrap_or_default();
    let amount = rate.times(count)?;
    let tier_number = Some(number);
    let mut parts = vec![PricedPart { tier: tier_number, quantity: Some(count), rate, amount }];
    if let Some(rate) = Decimal::of(&tier["flat_amount_decimal"]) {
        let amount = rate.times(1)?;
        parts.push(PricedPart { tier: tier_number, quantity: None, rate, amount });
    }
    Some(parts)
}

/// The tiers of a new price, as it shows them where they are expanded; `None` for one without.
///
/// The texts for a missing and a doubled amount are those of terraform-provider-stripe's issues 45 and 10, that for
/// `transform_quantity` is of tierrun/node-sdk issue 15; the order of the tiers is the reference's, in our own words.
///
/// # Errors
/// There can be no such price.
pub(super) fn given(input: &Input) -> Result<Option<Value>> {
    let is_tiered = input.get("billing_scheme").is_some_and(|scheme| scheme == "tiered");
    let tiers = input.get("tiers").and_then(Value::as_array);
    if !is_tiered {
        let other = ["tiers", "tiers_mode"].into_iter().find(|name| input.contains_key(*name));
        return other.map_or(Ok(None), |name| {
            let message = format!("`{name}` can only be specified with `billing_scheme=tiered`.");
            Err(RequestError::invalid(name, message))
        });
    }
    let tiers = tiers.filter(|tiers| !tiers.is_empty());
    let tiers = tiers.ok_or_else(|| RequestError::missing_parameter("tiers"))?;
    if !input.contains_key("tiers_mode") {
        return Err(RequestError::missing_parameter("tiers_mode"));
    }
    for name in ["transform_quantity", "transform_usage", "unit_amount", "unit_amount_decimal"]
        .into_iter()
        .chain(["amount", "amount_decimal"])
    {
        if input.contains_key(name) {
            let names = ["tiers".to_owned(), name.to_owned()];
            return Err(RequestError::several_of(&names).about("tiers"));
        }
    }
    let mut below = 0;
    let mut shown = Vec::new();
    for (at, tier) in tiers.iter().enumerate() {
        let place = format!("tiers[{at}]");
        check_bound(tier, (below, at + 1 == tiers.len()), &place)?;
        below = tier["up_to"].as_i64().unwrap_or(i64::MAX);
        shown.push(shown_tier(tier, &place)?);
    }
    Ok(Some(Value::Array(shown)))
}

/// Each tier goes further than the one before it, and the last one has no end.
fn check_bound(tier: &Value, (below, is_last): (i64, bool), place: &str) -> Result<()> {
    let up_to = tier["up_to"].as_i64();
    let message = match up_to {
        Some(_) if is_last => "The last tier must have `up_to` set to `inf`.",
        None if !is_last => "Only the last tier can have `up_to` set to `inf`.",
        Some(up_to) if up_to < 1 => "Invalid positive integer",
        Some(up_to) if up_to <= below => {
            "The `up_to` of a tier must be greater than that of the tier before it."
        }
        _ => return Ok(()),
    };
    Err(RequestError::invalid(&format!("{place}[up_to]"), message))
}

fn shown_tier(tier: &Value, place: &str) -> Result<Value> {
    let mut shown = json!({});
    for name in ["flat_amount", "unit_amount"] {
        let decimal = format!("{name}_decimal");
        if !tier[name].is_null() && !tier[&decimal].is_null() {
            let error = RequestError::several_of(&[name.to_owned(), decimal]);
            return Err(error.about(format!("{place}[{name}]")));
        }
        let said = Decimal::of(&tier[name]).or_else(|| Decimal::of(&tier[&decimal]));
        if said.is_some_and(Decimal::is_negative) {
            let message = "Invalid non-negative integer";
            return Err(RequestError::invalid(&format!("{place}[{name}]"), message));
        }
        shown[name] = said.and_then(Decimal::whole).into();
        shown[decimal] = said.map(|said| said.to_string()).into();
    }
    if shown["flat_amount_decimal"].is_null() && shown["unit_amount_decimal"].is_null() {
        let message = "An entry in the tiers array is missing an amount.";
        return Err(RequestError::invalid("tiers", message));
    }
    shown["up_to"] = tier["up_to"].as_i64().into();
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tiers of Stripe's own example: 7.00 up to 5, 6.50 up to 10, and 6.00 from there on.
    fn fonts(mode: &str) -> Value {
        let tiers = [(Some(5), "700"), (Some(10), "650"), (None, "600")];
        let tiers = tiers.map(|(up_to, amount)| {
            json!({"unit_amount_decimal": amount, "flat_amount_decimal": null, "up_to": up_to})
        });
        json!({"tiers": tiers, "tiers_mode": mode})
    }

    fn cost(price: &Value, quantity: i64) -> i64 {
        parts(price, quantity).unwrap().iter().map(|part| part.amount).sum()
    }

    #[test]
    fn a_quantity_costs_what_stripe_s_tables_say() {
        // The two tables of docs.stripe.com/subscriptions/pricing-models/tiered-pricing, …
        for (quantity, volume, graduated) in [
            (1, 700, 700),
            (5, 3500, 3500),
            (6, 3900, 4150),
            (20, 12000, 12750),
            (25, 15000, 15750),
            // … and what follows from them.
            (0, 0, 0),
            (10, 6500, 6750),
            (11, 6600, 7350),
        ] {
            assert_eq!(cost(&fonts("volume"), quantity), volume, "volume {quantity}");
            assert_eq!(cost(&fonts("graduated"), quantity), graduated, "graduated {quantity}");
        }
    }

    #[test]
    fn each_tier_has_its_parts() {
        let tier = |unit: Value, flat: Value, up_to: Value| json!({"unit_amount_decimal": unit, "flat_amount_decimal": flat, "up_to": up_to});
        let tiers = json!([
            tier(json!("0"), json!("900"), json!(1000)),
            tier(json!("3.6"), json!(null), json!(null)),
        ]);
        let of = |mode: &str, quantity: i64| -> Vec<(usize, Option<i64>, String, i64)> {
            let price = json!({"tiers": tiers, "tiers_mode": mode});
            let parts = parts(&price, quantity).unwrap().into_iter();
            let shown = |part: PricedPart| {
                (part.tier.unwrap(), part.quantity, part.rate.to_string(), part.amount)
            };
            parts.map(shown).collect()
        };
        let first =
            |count: i64| [(1, Some(count), "0".to_owned(), 0), (1, None, "900".to_owned(), 900)];
        let second = |count: i64, amount: i64| (2, Some(count), "3.6".to_owned(), amount);
        assert_eq!(of("graduated", 1031), [first(1000).to_vec(), vec![second(31, 112)]].concat());
        assert_eq!(of("graduated", 1000), first(1000));
        assert_eq!(of("graduated", 0), first(0));
        assert_eq!(of("volume", 1000), first(1000));
        assert_eq!(of("volume", 1001), [second(1001, 3604)]);
        assert_eq!(parts(&fonts("graduated"), i64::MAX), None);
    }
}
