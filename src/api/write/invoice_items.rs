//! Invoice items: what a customer is billed besides subscriptions, on a draft or on the next invoice.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::billing::quantity;
use super::draft::Draft;
use super::input::Input;
use super::making::derive;
use super::prices::{self, check_fits, is_currency};
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

const NOT_EDITABLE: &str = "The specified invoice can no longer be edited. Instead, consider creating \
                            additional invoice items that will be applied to the next invoice. You can \
                            either manually generate the next invoice or wait for it to be automatically \
                            generated at the end of the billing cycle.";
/// The parameters of which one says what an item costs.
const COSTS: [&str; 4] = ["amount", "price_data", "pricing", "unit_amount_decimal"];

impl Draft<'_, '_> {
    pub(super) fn create_item(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let invoice = input.get("invoice").map(|id| self.draft_invoice(id)).transpose()?;
        let of_invoice = || invoice.as_ref().map(|invoice| &invoice["customer"]);
        let customer = input.get("customer").or_else(of_invoice).cloned().unwrap_or_default();
        quantity(input.get("quantity"), "quantity")?;
        let mut item = self.new_object(action, input)?;
        let priced = self.price_of(input, &customer)?;
        let (customer, currency) = self.billed(&customer, Some(&priced["currency"]))?;
        item["customer"] = customer["id"].clone();
        item["test_clock"] = customer["test_clock"].clone();
        item["currency"] = currency.into();
        if let Some(id) = input.get("subscription") {
            let id = self.billed_subscription(id, &customer)?["id"].clone();
            let details = json!({"subscription": id, "subscription_item": null});
            item["parent"] =
                json!({"subscription_details": details, "type": "subscription_details"});
        }
        self.set_cost(&mut item, &priced, input)?;
        self.set_item_taxes(&mut item, input)?;
        let Some(invoice) = invoice else {
            return Ok(self.note(action, ChangeKind::Created, (Value::Null, ordered(item))));
        };
        if invoice["customer"] != item["customer"] || invoice["currency"] != item["currency"] {
            let message = "The invoice belongs to another customer, or has another currency.";
            return Err(RequestError::invalid("invoice", message));
        }
        item["invoice"] = invoice["id"].clone();
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(item.clone())));
        let line = self.line_of(&item, &invoice["id"])?;
        self.edit_lines(invoice, |lines| lines.push(line));
        Ok(number)
    }

    /// The subscription that a call bills something of, which has to be that customer's.
    pub(super) fn billed_subscription(&self, id: &Value, customer: &Value) -> Result<Value> {
        let id = id.as_str().unwrap_or_default();
        let found = self.find("subscription", id);
        let own = found.filter(|subscription| subscription["customer"] == customer["id"]);
        own.ok_or_else(|| RequestError::missing_in("subscription", id, "subscription"))
    }

    pub(super) fn update_item(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        let invoice = self.invoice_of_item(&before)?;
        let number = self.change_known_item(action, input, before)?;
        if let Some(invoice) = invoice {
            let item = self.changes[number].after.clone();
            let new = self.line_of(&item, &invoice["id"])?;
            self.edit_lines(invoice, |lines| renew(lines, &new));
        }
        Ok(number)
    }

    /// An invoice item is different; returns where that is among the changes.
    pub(super) fn change_known_item(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
        before: Value,
    ) -> Result<usize> {
        let quantity = quantity(input.get("quantity"), "quantity")?;
        let mut item = before.clone();
        action.apply(input, &mut item);
        if COSTS.iter().any(|name| input.contains_key(*name)) {
            let priced = self.price_of(input, &before["customer"])?;
            if !is_currency(&priced["currency"], &before["currency"]) {
                return Err(RequestError::not_served("another currency of an invoice item"));
            }
            self.set_cost(&mut item, &priced, input)?;
        } else if let Some(quantity) = quantity {
            let price = before["pricing"]["price_details"]["price"].as_str();
            let price = price.and_then(|id| self.find("price", id));
            let unit = json!({"unit_amount": unit_amount(&before)});
            check_fits(price.as_ref().unwrap_or(&unit), quantity, "quantity")?;
            let packed = price.filter(|price| price["transform_quantity"].is_object());
            let amount = packed.map_or_else(
                || unit_amount(&before).saturating_mul(quantity),
                |price| prices::cost(&price, quantity),
            );
            set_amount(&mut item, amount, quantity);
        }
        self.set_item_taxes(&mut item, input)?;
        Ok(self.change((before, item), None))
    }

    pub(super) fn delete_item(
        &mut self,
        action: &'static WriteAction,
        _input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        let invoice = self.invoice_of_item(&before)?;
        let id = before["id"].clone();
        let number = self.note(action, ChangeKind::Deleted, (before.clone(), before));
        if let Some(invoice) = invoice {
            self.edit_lines(invoice, |lines| lines.retain(|line| !is_of(line, &id)));
        }
        Ok(number)
    }

    /// A draft, by its id.
    fn draft_invoice(&self, id: &Value) -> Result<Value> {
        let id = id.as_str().unwrap_or_default();
        let found = self.find("invoice", id);
        let invoice = found.ok_or_else(|| RequestError::missing_in("invoice", id, "invoice"))?;
        if invoice["status"] != "draft" {
            let error =
                RequestError::wrong_state(Some("invoice_not_editable"), NOT_EDITABLE.to_owned());
            return Err(error);
        }
        Ok(invoice)
    }

    fn invoice_of_item(&self, item: &Value) -> Result<Option<Value>> {
        let id = &item["invoice"];
        if id.is_null() { Ok(None) } else { self.draft_invoice(id).map(Some) }
    }

    /// A draft has other lines; returns where that is among the changes.
    pub(super) fn edit_lines(
        &mut self,
        before: Value,
        edit: impl FnOnce(&mut Vec<Value>),
    ) -> usize {
        let mut after = before.clone();
        if let Some(lines) = after["lines"]["data"].as_array_mut() {
            edit(lines);
        }
        self.recount(&mut after);
        self.change((before, after), Some("invoice.updated"))
    }

    /// The price that a call names, or the one that Stripe makes of an amount.
    pub(super) fn price_of(&mut self, input: &Input, customer: &Value) -> Result<Value> {
        if let Some(id) = input.get("pricing").and_then(|pricing| pricing["price"].as_str()) {
            let found = self.find("price", id);
            let price =
                found.ok_or_else(|| RequestError::missing_in("price", id, "pricing[price]"))?;
            if price["type"] != "one_time" {
                let message = "The price specified is set to `type=recurring` but this field only \
                               accepts prices with `type=one_time`.";
                return Err(RequestError::invalid("pricing[price]", message));
            }
            if price["unit_amount"].is_null() {
                return Err(RequestError::not_served("prices without a unit amount"));
            }
            return Ok(price);
        }
        let owner = self.find("customer", customer.as_str().unwrap_or_default());
        let own = owner.map(|owner| owner["currency"].clone()).filter(Value::is_string);
        let data = input.get("price_data");
        let named = data.map(|data| &data["currency"]).or_else(|| input.get("currency"));
        let amount = match data {
            Some(data) => &data["unit_amount"],
            None => ["amount", "unit_amount_decimal"]
                .iter()
                .find_map(|name| input.get(*name))
                .unwrap_or(&Value::Null),
        };
        let Some(amount) = amount.as_i64() else {
            return Err(RequestError::not_served("amounts of less than the smallest unit"));
        };
        let product = match data.map(|data| data["product"].clone()).filter(Value::is_string) {
            Some(product) => product,
            None => self.hidden_product(product_name(input).or(input.get("description")))?,
        };
        let mut price = self.blank("price")?;
        price["active"] = false.into();
        price["currency"] = named.cloned().or(own).unwrap_or_else(|| "usd".into());
        price["product"] = product;
        price["unit_amount"] = amount.into();
        derive("price", &mut price);
        self.add(price.clone(), None);
        Ok(price)
    }

    /// The product that Stripe makes of an amount alone; no event tells of it.
    fn hidden_product(&mut self, name: Option<&Value>) -> Result<Value> {
        let mut product = self.blank("product")?;
        product["active"] = false.into();
        product["name"] = name.cloned().unwrap_or_else(|| "Invoice item".into());
        let id = product["id"].clone();
        self.add(product, None);
        Ok(id)
    }

    fn set_cost(&self, item: &mut Value, price: &Value, input: &Input) -> Result<()> {
        item["pricing"] = pricing(price);
        let quantity = input.get("quantity").and_then(Value::as_i64);
        let known = item["quantity"].as_i64().unwrap_or(1);
        let is_whole = input.contains_key("amount");
        let quantity = if is_whole { 1 } else { quantity.unwrap_or(known) };
        check_fits(price, quantity, "quantity")?;
        set_amount(item, prices::cost(price, quantity), quantity);
        if item["description"].is_null() {
            let product = self.find("product", price["product"].as_str().unwrap_or_default());
            let product = product.filter(|product| product["active"] == true);
            let name = product.map(|product| product["name"].clone());
            let name = name.or_else(|| product_name(input).cloned());
            item["description"] = name.unwrap_or_default();
        }
        Ok(())
    }

    fn set_item_taxes(&self, item: &mut Value, input: &Input) -> Result<()> {
        if let Some(ids) = input.get("tax_rates") {
            item["tax_rates"] = self.tax_rates(ids, "tax_rates")?;
        }
        Ok(())
    }

    /// The line of an invoice that an item is.
    pub(super) fn line_of(&mut self, item: &Value, invoice: &Value) -> Result<Value> {
        let mut line = self.blank_beside("line_item", "invoice")?;
        for field in [
            "amount",
            "currency",
            "description",
            "discountable",
            "metadata",
            "period",
            "pricing",
            "quantity",
            "quantity_decimal",
        ] {
            line[field] = item[field].clone();
        }
        line["invoice"] = invoice.clone();
        let subscription = &item["parent"]["subscription_details"]["subscription"];
        line["parent"] = json!({
            "invoice_item_details": {
                "invoice_item": item["id"],
                "proration": item["proration"],
                "proration_details": {"credited_items": null},
                "subscription": subscription,
            },
            "subscription_item_details": null,
            "type": "invoice_item_details",
        });
        Ok(line)
    }
}

/// How a line or an item says what it costs.
pub(super) fn pricing(price: &Value) -> Value {
    json!({
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    })
}

fn set_amount(item: &mut Value, amount: i64, quantity: i64) {
    item["quantity"] = quantity.into();
    item["quantity_decimal"] = quantity.to_string().into();
    item["amount"] = amount.into();
    item["net_amount"] = item["amount"].clone();
}

fn unit_amount(item: &Value) -> i64 {
    let text = item["pricing"]["unit_amount_decimal"].as_str().unwrap_or_default();
    text.parse().unwrap_or_default()
}

/// Whether a line is that of an invoice item.
pub(super) fn is_of(line: &Value, item: &Value) -> bool {
    line["parent"]["invoice_item_details"]["invoice_item"] == *item
}

/// Puts a line in the place of the one that there is of its item, whose id it keeps.
pub(super) fn renew(lines: &mut [Value], new: &Value) {
    let item = &new["parent"]["invoice_item_details"]["invoice_item"];
    for line in lines.iter_mut().filter(|line| is_of(line, item)) {
        let id = line["id"].clone();
        *line = new.clone();
        line["id"] = id;
    }
}

/// The name of a product that comes with an amount.
fn product_name(input: &Input) -> Option<&Value> {
    input.get("price_data")?.get("product_data")?.get("name")
}
