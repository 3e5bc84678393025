//! One-time charges that come with a subscription (`add_invoice_items`): invoice items for its next invoice.

use serde_json::{Map, Value, json};

use super::action;
use super::draft::Draft;
use super::input::Input;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

const CREATE: &str = "POST /v1/invoiceitems";
const SERVED: [&str; 5] = ["metadata", "price", "price_data", "quantity", "tax_rates"];

impl Draft<'_, '_> {
    /// Makes the invoice items that a call adds to a subscription.
    pub(super) fn add_invoice_items(&mut self, input: &Input, subscription: &Value) -> Result<()> {
        let given = input.get("add_invoice_items").and_then(Value::as_array);
        for (at, one) in given.cloned().unwrap_or_default().iter().enumerate() {
            let shown = format!("add_invoice_items[{at}]");
            let one = one.as_object().cloned().unwrap_or_default();
            self.add_invoice_item(&one, &shown, subscription)?;
        }
        Ok(())
    }

    fn add_invoice_item(
        &mut self,
        given: &Map<String, Value>,
        shown: &str,
        subscription: &Value,
    ) -> Result<()> {
        if let Some(other) = given.keys().find(|name| !SERVED.contains(&name.as_str())) {
            let what = format!("the parameter `{shown}[{other}]`");
            return Err(RequestError::not_served(&what));
        }
        if !given.contains_key("price") && !given.contains_key("price_data") {
            return Err(RequestError::missing_parameter(&format!("{shown}[price]")));
        }
        let by = action::required(CREATE)?;
        let mut wanted = given.clone();
        if let Some(price) = wanted.shift_remove("price") {
            wanted.insert("pricing".to_owned(), json!({"price": price}));
        }
        wanted.insert("customer".to_owned(), subscription["customer"].clone());
        let made = self.perform(by, &wanted).map_err(|error| of_call(error, shown))?;
        let item = &mut self.changes[made].after;
        item["parent"] = json!({
            "subscription_details": {"subscription": subscription["id"], "subscription_item": null},
            "type": "subscription_details",
        });
        Ok(())
    }

    /// Whether one-time charges by themselves are invoiced at once: in classic billing, where that is asked for.
    pub(super) fn invoices_added_items(input: &Input, subscription: &Value) -> bool {
        input.contains_key("add_invoice_items")
            && subscription["billing_mode"]["type"] == "classic"
            && input.get("proration_behavior").is_some_and(|behavior| behavior == "always_invoice")
    }
}

/// The error about an invoice item as one about what the call says of it.
pub(super) fn of_call(error: RequestError, shown: &str) -> RequestError {
    let parameter = match error.parameter.as_deref() {
        Some("pricing[price]") => "price",
        Some(other) => other,
        None => return error,
    };
    let name = parameter.split('[').next().unwrap_or_default();
    let about =
        SERVED.contains(&name).then(|| format!("{shown}[{name}]{}", &parameter[name.len()..]));
    match about {
        Some(about) => error.about(about),
        None => error,
    }
}
