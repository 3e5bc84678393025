//! What prices ask for a quantity.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::decimal::Decimal;
use super::draft::Draft;
use super::input::Input;
use super::tiers::{self, PricedPart};
use crate::api::change::ObjectChange;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

/// What a price is said to have in tiers, which it shows only where they are expanded.
pub(super) const TIERS: &str = "tiers";

impl Draft<'_, '_> {
    pub(super) fn create_price(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let tiers = tiers::given(input)?;
        if tiers.is_some() && !input.contains_key("recurring") {
            return Err(RequestError::not_served("tiers of one-time prices"));
        }
        let input = &with_amounts(input, "unit_amount")?;
        let number = self.create(action, input)?;
        self.keep_tiers(number, tiers);
        let price = self.changes[number].after.clone();
        let Some(plan) = plan_of(&price) else { return Ok(number) };
        // The plan that a price is, is told of before it.
        let plan = self.add(plan, Some("plan.created"));
        let plan = self.changes.remove(plan);
        self.changes.insert(number, plan);
        Ok(number + 1)
    }

    /// A new price or plan has tiers that it does not show.
    pub(super) fn keep_tiers(&mut self, number: usize, tiers: Option<Value>) {
        if let Some(tiers) = tiers {
            self.changes[number].hidden = json!({TIERS: tiers});
        }
    }

    /// A price with its tiers, where it has some that are known.
    pub(super) fn priced(&self, price: &Value) -> Value {
        let mut price = price.clone();
        if price["billing_scheme"] == "tiered" {
            let id = price["id"].as_str().unwrap_or_default();
            let is_it = |change: &&ObjectChange| change.id() == id && !change.hidden.is_null();
            let mine = self.changes.iter().rfind(is_it).map(|change| &change.hidden);
            let hidden = mine.or_else(|| self.inquiry.store.hidden(id));
            if let Some(tiers) = hidden.and_then(hidden_tiers) {
                price[TIERS] = tiers.clone();
            }
        }
        price
    }

    /// Whether it is known what a price asks for.
    pub(super) fn check_priced(&self, price: &Value) -> Result<()> {
        let what = if price["billing_scheme"] == "tiered" {
            let is_known = self.priced(price)[TIERS].is_array();
            match (is_known, is_metered(price)) {
                (true, false) => return Ok(()),
                (true, true) => "metered prices in tiers",
                (false, _) => "prices in tiers that no call has made",
            }
        } else if unit(price).is_some() {
            return Ok(());
        } else {
            "prices without a unit amount"
        };
        Err(RequestError::not_served(what))
    }
}

/// The plan that a price is, where it recurs.
pub(super) fn plan_of(price: &Value) -> Option<Value> {
    price["recurring"].is_object().then(|| ordered(plan(price)))
}

/// A price in the form of before there were prices.
pub(super) fn plan(price: &Value) -> Value {
    let recurring = &price["recurring"];
    json!({
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": false,
        "metadata": price["metadata"],
        "meter": recurring["meter"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": price["tiers_mode"],
        "transform_usage": null,
        "trial_period_days": recurring["trial_period_days"],
        "usage_type": recurring["usage_type"],
    })
}

/// The tiers among what a price or a plan does not show.
pub(super) fn hidden_tiers(hidden: &Value) -> Option<&Value> {
    hidden.get(TIERS).filter(|tiers| tiers.is_array())
}

/// What a call says of a price per unit, as whole units and as a text where it says one of both; in tiers, it has none.
///
/// # Errors
/// It says neither, or both.
pub(super) fn with_amounts(input: &Input, name: &str) -> Result<Input> {
    let decimal = format!("{name}_decimal");
    let is_tiered = input.get("billing_scheme").is_some_and(|scheme| scheme == "tiered");
    let mut input = input.clone();
    input.shift_remove(TIERS);
    if is_tiered {
        return Ok(input);
    }
    let said = match (input.get(name), input.get(&decimal)) {
        (Some(_), Some(_)) => return Err(RequestError::several_of(&[name.to_owned(), decimal])),
        (None, None) => return Err(RequestError::missing_parameter(name)),
        (Some(said), None) | (None, Some(said)) => Decimal::of(said),
    };
    let invalid = || RequestError::invalid(&decimal, "Invalid decimal");
    let said = said.ok_or_else(invalid)?;
    input.insert(name.to_owned(), said.whole().into());
    input.insert(decimal, said.to_string().into());
    Ok(input)
}

/// What a quantity costs: `transform_quantity` counts packages in its place.
pub(super) fn cost(price: &Value, quantity: i64) -> i64 {
    counted(price, quantity).unwrap_or(i64::MAX)
}

/// The parts of which that is the sum, each rounded by itself.
pub(super) fn parts(price: &Value, quantity: i64) -> Option<Vec<PricedPart>> {
    if price[TIERS].is_array() {
        return tiers::parts(price, quantity);
    }
    let rate = unit(price).unwrap_or_default();
    let amount = rate.times(packages(&price["transform_quantity"], quantity))?;
    Some(vec![PricedPart { tier: None, quantity: Some(quantity), rate, amount }])
}

/// Whether what a quantity costs can be counted.
pub(super) fn check_fits(price: &Value, quantity: i64, parameter: &str) -> Result<()> {
    if counted(price, quantity).is_some() {
        return Ok(());
    }
    Err(RequestError::invalid_integer(parameter, &quantity.to_string()))
}

/// Whether what is used is billed, which nobody counts here.
pub(super) fn is_metered(price: &Value) -> bool {
    price["recurring"]["usage_type"] == "metered"
}

/// Whether a currency, in capitals or not, is that one.
pub(super) fn is_currency(named: &Value, own: &Value) -> bool {
    named.as_str().map(str::to_lowercase).as_deref() == own.as_str()
}

fn counted(price: &Value, quantity: i64) -> Option<i64> {
    parts(price, quantity)?.iter().try_fold(0_i64, |sum, part| sum.checked_add(part.amount))
}

/// What one costs.
fn unit(price: &Value) -> Option<Decimal> {
    Decimal::of(&price["unit_amount_decimal"]).or_else(|| Decimal::of(&price["unit_amount"]))
}

fn packages(transform: &Value, quantity: i64) -> i64 {
    let Some(by) = transform["divide_by"].as_i64().filter(|by| *by > 0) else { return quantity };
    let rest = if transform["round"] == "up" { by - 1 } else { 0 };
    quantity.saturating_add(rest) / by
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_quantity_is_billed_by_packages_where_the_price_says_so() {
        for (transform, quantity, wanted) in [
            (Value::Null, 7, 700),
            (json!({"divide_by": 5, "round": "up"}), 0, 0),
            (json!({"divide_by": 5, "round": "up"}), 1, 100),
            (json!({"divide_by": 5, "round": "up"}), 10, 200),
            (json!({"divide_by": 5, "round": "up"}), 11, 300),
            (json!({"divide_by": 5, "round": "down"}), 4, 0),
            (json!({"divide_by": 5, "round": "down"}), 11, 200),
            (json!({"divide_by": 0, "round": "down"}), 3, 300),
        ] {
            let price = json!({"unit_amount": 100, "transform_quantity": transform});
            assert_eq!(cost(&price, quantity), wanted, "{transform} {quantity}");
        }
    }
}
