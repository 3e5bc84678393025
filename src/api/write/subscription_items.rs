//! The items of subscriptions: which are wanted, and what they look like.

use serde_json::{Value, json};

use super::billing::quantity;
use super::draft::Draft;
use super::input::Input;
use super::invoice_items::pricing;
use super::making::derive;
use super::periods;
use super::prices::{check_fits, is_currency, is_metered, plan, plan_of};
use super::tiers::PricedPart;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// An item that is wanted.
#[derive(Debug)]
pub(super) struct WantedItem {
    pub(super) price: Value,
    /// Nothing is said of what is metered.
    pub(super) quantity: Option<i64>,
    pub(super) metadata: Value,
    pub(super) tax_rates: Value,
}

impl Draft<'_, '_> {
    /// The items that a call asks for.
    pub(super) fn wanted_items(&mut self, input: &Input) -> Result<Vec<WantedItem>> {
        let given = input.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut wanted = Vec::new();
        for (at, item) in given.iter().enumerate() {
            wanted.push(self.wanted_item(item, &format!("items[{at}]"))?);
        }
        if wanted.is_empty() {
            return Err(RequestError::missing_parameter("items"));
        }
        let differs = |item: &WantedItem| item.price["currency"] != wanted[0].price["currency"];
        if wanted.iter().any(differs) {
            return Err(several_currencies("items"));
        }
        let (own, named) = (&wanted[0].price["currency"], input.get("currency"));
        if named.is_some_and(|named| !is_currency(named, own)) {
            return Err(several_currencies("currency"));
        }
        Ok(wanted)
    }

    pub(super) fn wanted_item(&mut self, item: &Value, parameter: &str) -> Result<WantedItem> {
        let price = self.recurring_price(item, parameter)?;
        self.wanted_of(price, item, parameter)
    }

    /// An item of that price, whatever is said of another.
    pub(super) fn wanted_of(
        &self,
        price: Value,
        item: &Value,
        parameter: &str,
    ) -> Result<WantedItem> {
        let known = ["metadata", "plan", "price", "price_data", "quantity", "tax_rates"];
        let names = item.as_object().into_iter().flatten().map(|(name, _)| name);
        if let Some(other) = names.into_iter().find(|name| !known.contains(&name.as_str())) {
            let what = format!("the parameter `{parameter}[{other}]`");
            return Err(RequestError::not_served(&what));
        }
        let quantity = quantity(item.get("quantity"), &format!("{parameter}[quantity]"))?;
        if quantity.is_some() && is_metered(&price) {
            let message = format!(
                "Quantity should not be specified where usage_type is `metered`. Remove quantity \
                 from `{parameter}`."
            );
            return Err(RequestError::invalid(&format!("{parameter}[quantity]"), message));
        }
        let priced = self.priced(&price);
        check_fits(&priced, quantity.unwrap_or(1), &format!("{parameter}[quantity]"))?;
        let tax_rates = self.tax_rates(&item["tax_rates"], &format!("{parameter}[tax_rates]"))?;
        let metadata = Some(item["metadata"].clone()).filter(Value::is_object);
        Ok(WantedItem {
            price,
            quantity,
            tax_rates,
            metadata: metadata.unwrap_or_else(|| json!({})),
        })
    }

    fn recurring_price(&mut self, item: &Value, parameter: &str) -> Result<Value> {
        let name =
            if item["price"].is_null() && item["plan"].is_string() { "plan" } else { "price" };
        let shown = format!("{parameter}[{name}]");
        if item["price_data"].is_object() {
            let made = self.price_of_data(&item["price_data"]);
            return made.map_err(|error| error.below(parameter));
        }
        let Some(id) = item[name].as_str() else {
            return Err(RequestError::missing_parameter(&shown));
        };
        let price = self.find("price", id);
        let price = price.ok_or_else(|| RequestError::missing_in("price", id, &shown))?;
        if price["type"] != "recurring" {
            let message = "The price specified is set to `type=one_time` but this field only accepts \
                           prices with `type=recurring`.";
            return Err(RequestError::invalid(&shown, message));
        }
        if !self.known_prices.contains(&price["id"]) {
            check_active(&price, &shown)?;
        }
        self.check_priced(&price)?;
        Ok(price)
    }

    /// The price that is made of what a parameter says of one.
    pub(super) fn price_of_data(&mut self, data: &Value) -> Result<Value> {
        if !data["unit_amount"].is_i64() {
            return Err(RequestError::not_served("price_data without unit_amount"));
        }
        let product = match (data["product"].as_str(), &data["product_data"]) {
            (Some(id), _) => {
                let found = self.find("product", id).map(|product| product["id"].clone());
                found
                    .ok_or_else(|| RequestError::missing_in("product", id, "price_data[product]"))?
            }
            (None, Value::Object(given)) => {
                let mut product = self.blank("product")?;
                for (name, value) in given {
                    product[name.as_str()] = value.clone();
                }
                let id = product["id"].clone();
                self.add(product, None);
                id
            }
            _ => return Err(RequestError::missing_parameter("price_data[product]")),
        };
        let mut price = self.blank("price")?;
        price["active"] = false.into();
        price["product"] = product;
        for field in ["currency", "unit_amount"] {
            price[field] = data[field].clone();
        }
        let recurring = &data["recurring"];
        if recurring.is_object() {
            price["recurring"] = json!({
                "interval": recurring["interval"],
                "interval_count": recurring["interval_count"].as_i64().unwrap_or(1),
                "meter": null,
                "trial_period_days": null,
                "usage_type": "licensed",
            });
        }
        derive("price", &mut price);
        self.add(price.clone(), None);
        if let Some(plan) = plan_of(&price) {
            self.add(plan, None);
        }
        Ok(price)
    }

    /// A new item of a subscription, for the period that the subscription says.
    pub(super) fn new_item(&mut self, wanted: &WantedItem, subscription: &Value) -> Result<Value> {
        let mut item = self.blank_beside("subscription_item", "subscription")?;
        let of_first = &subscription["items"]["data"][0];
        for field in ["current_period_end", "current_period_start"] {
            let own = &subscription[field];
            item[field] = if own.is_null() { of_first[field].clone() } else { own.clone() };
        }
        item["subscription"] = subscription["id"].clone();
        item["metadata"] = wanted.metadata.clone();
        item["tax_rates"] = wanted.tax_rates.clone();
        item["price"] = wanted.price.clone();
        item["plan"] = plan(&wanted.price);
        set_quantity(&mut item, wanted.quantity);
        Ok(item)
    }
}

/// Whether something can be sold by a price, which is named.
pub(super) fn check_active(price: &Value, parameter: &str) -> Result<()> {
    if price["active"] != false {
        return Ok(());
    }
    let id = price["id"].as_str().unwrap_or_default();
    let message =
        format!("The price specified is inactive. This field only accepts active prices. ({id})");
    Err(RequestError::invalid(parameter, message))
}

/// How many there are of an item: what is said, or what was; what is metered has no number.
pub(super) fn set_quantity(item: &mut Value, said: Option<i64>) {
    if is_metered(&item["price"]) {
        item.as_object_mut().map(|members| members.shift_remove("quantity"));
        return;
    }
    item["quantity"] = said.or_else(|| item["quantity"].as_i64()).unwrap_or(1).into();
}

/// How often a price recurs.
pub(super) fn interval(price: &Value) -> (&str, i64) {
    let recurring = &price["recurring"];
    let name = recurring["interval"].as_str().unwrap_or_default();
    (name, recurring["interval_count"].as_i64().unwrap_or(1))
}

/// That items do not recur alike, which classic billing does not allow (the text is that of stripe-node issue 682).
pub(super) fn several_intervals(is_classic: bool) -> RequestError {
    if !is_classic {
        return RequestError::not_served("items with several intervals");
    }
    let message = "Currency and interval fields must match across all plans on this subscription. \
                   Found mismatch in interval field.";
    RequestError::invalid("items", message)
}

/// That what is billed together is in several currencies (the same text).
pub(super) fn several_currencies(parameter: &str) -> RequestError {
    let message = "Currency and interval fields must match across all plans on this subscription. \
                   Found mismatch in currency field.";
    RequestError::invalid(parameter, message)
}

/// How many there are of an item that are billed when a period begins.
pub(super) fn billed_quantity(item: &Value) -> i64 {
    if is_metered(&item["price"]) { 0 } else { item["quantity"].as_i64().unwrap_or(1) }
}

/// What a line says of a part of what an item of a subscription costs; nothing while that is tried out. A flat amount
/// of a tier is for none, and has no unit amount (invoices of Stripe's show both).
pub(super) fn pricing_line(
    line: &mut Value,
    item: &Value,
    (name, part): (&str, &PricedPart),
    is_free: bool,
) {
    let price = &item["price"];
    let quantity = part.quantity.unwrap_or_default();
    line["currency"] = price["currency"].clone();
    line["quantity"] = quantity.into();
    line["quantity_decimal"] = quantity.to_string().into();
    line["pricing"] = pricing(price);
    line["pricing"]["unit_amount_decimal"] = part.quantity.map(|_| part.rate.to_string()).into();
    line["amount"] = part.amount.into();
    let rate = periods::rate(price, part);
    line["description"] = match part.quantity {
        Some(quantity) => format!("{quantity} × {name} ({rate})"),
        None => format!("{name} ({rate})"),
    }
    .into();
    if is_free {
        line["pricing"]["unit_amount_decimal"] = "0".into();
        line["amount"] = 0.into();
        line["description"] = format!("Trial period for {name}").into();
    }
    line["period"] =
        json!({"end": item["current_period_end"], "start": item["current_period_start"]});
    line["parent"] = json!({
        "invoice_item_details": null,
        "subscription_item_details": {
            "invoice_item": null,
            "proration": false,
            "proration_details": {"credited_items": null},
            "subscription": item["subscription"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
    });
}
