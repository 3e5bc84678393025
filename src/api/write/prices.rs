//! What prices ask for a quantity.

use serde_json::Value;

use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// What a quantity costs: `transform_quantity` counts packages in its place.
pub(super) fn cost(price: &Value, quantity: i64) -> i64 {
    let unit = price["unit_amount"].as_i64().unwrap_or_default();
    unit.saturating_mul(packages(&price["transform_quantity"], quantity))
}

/// Whether what a quantity costs can be counted.
pub(super) fn check_fits(price: &Value, quantity: i64, parameter: &str) -> Result<()> {
    if fits(price, quantity) {
        return Ok(());
    }
    Err(RequestError::invalid_integer(parameter, &quantity.to_string()))
}

/// Whether a currency, in capitals or not, is that one.
pub(super) fn is_currency(named: &Value, own: &Value) -> bool {
    named.as_str().map(str::to_lowercase).as_deref() == own.as_str()
}

/// Whether a quantity costs no more than can be counted.
fn fits(price: &Value, quantity: i64) -> bool {
    let unit = price["unit_amount"].as_i64().unwrap_or_default();
    unit.checked_mul(packages(&price["transform_quantity"], quantity)).is_some()
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
