//! Plans: what prices were before there were prices. Each is a price, too, of the same id.

use serde_json::{Value, json};

use super::action::{self, WriteAction};
use super::draft::Draft;
use super::input::Input;
use super::making::derive;
use super::prices::{plan, with_amounts};
use super::tiers;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::ordered;

impl Draft<'_, '_> {
    pub(super) fn create_plan(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let product = match &input["product"] {
            Value::Object(given) => {
                let made = self.perform(action::required("POST /v1/products")?, given);
                let made = made.map_err(|error| error.below("product"))?;
                self.changes[made].after["id"].clone()
            }
            named => {
                let id = named.as_str().unwrap_or_default();
                let missing = || RequestError::missing_in("product", id, "product");
                self.find("product", id).ok_or_else(missing)?["id"].clone()
            }
        };
        let tiers = tiers::given(input)?;
        let input = &with_amounts(input, "amount")?;
        let mut said = self.new_object(action, input)?;
        said["product"] = product;
        let price = self.price_of_plan(&said)?;
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(plan(&price))));
        self.add(price, Some("price.created"));
        self.keep_tiers(number, tiers);
        Ok(number)
    }

    pub(super) fn update_plan(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let number = self.update_known(action, input)?;
        let after = self.changes[number].after.clone();
        if let Some(before) = self.find("price", after["id"].as_str().unwrap_or_default()) {
            let mut price = before.clone();
            for field in ["active", "metadata", "nickname", "product"] {
                price[field] = after[field].clone();
            }
            price["recurring"]["trial_period_days"] = after["trial_period_days"].clone();
            self.change((before, price), Some("price.updated"));
        }
        Ok(number)
    }

    pub(super) fn delete_plan(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        let number = self.delete_known(action, before.clone())?;
        if let Some(price) = self.find("price", before["id"].as_str().unwrap_or_default()) {
            let mut after = price.clone();
            after["active"] = false.into();
            self.push(ChangeKind::Deleted, (price, after), Some("price.deleted"));
        }
        Ok(number)
    }

    /// A price is different, and so is the plan that it is.
    pub(super) fn update_price(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let number = self.update_known(action, input)?;
        let price = self.changes[number].after.clone();
        if let Some(before) = self.find("plan", price["id"].as_str().unwrap_or_default()) {
            self.change((before, plan(&price)), Some("plan.updated"));
        }
        Ok(number)
    }

    /// The price that a plan is.
    fn price_of_plan(&self, plan: &Value) -> Result<Value> {
        let known = action::of_kind("price").ok_or_else(|| self.inquiry.not_served())?;
        let mut price = self.made(&known.new, plan["id"].as_str().unwrap_or_default());
        for field in [
            "active",
            "billing_scheme",
            "currency",
            "metadata",
            "nickname",
            "product",
            "tiers_mode",
        ] {
            price[field] = plan[field].clone();
        }
        price["unit_amount"] = plan["amount"].clone();
        price["unit_amount_decimal"] = plan["amount_decimal"].clone();
        price["recurring"] = json!({
            "interval": plan["interval"],
            "interval_count": plan["interval_count"],
            "meter": plan["meter"],
            "trial_period_days": plan["trial_period_days"],
            "usage_type": plan["usage_type"],
        });
        derive("price", &mut price);
        Ok(price)
    }
}

/// What older versions of the API say of a subscription that has one item, as what is said of that item.
pub(super) fn of_only_item(input: &Input, subscription: &Value) -> Result<Input> {
    let mut input = input.clone();
    let (price, quantity) = (input.shift_remove("plan"), input.shift_remove("quantity"));
    if price.is_none() && quantity.is_none() {
        return Ok(input);
    }
    let items = subscription["items"]["data"].as_array().map_or(&[][..], Vec::as_slice);
    let ([item], false) = (items, input.contains_key("items")) else {
        let what = "`plan` and `quantity` of a subscription with several items, or beside `items`";
        return Err(RequestError::not_served(what));
    };
    let mut said = json!({"id": item["id"]});
    for (name, value) in [("price", price), ("quantity", quantity)] {
        if let Some(value) = value {
            said[name] = value;
        }
    }
    input.insert("items".to_owned(), json!([said]));
    Ok(input)
}
