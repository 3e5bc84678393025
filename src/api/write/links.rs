//! Payment links: what is on sale by them. Nobody can visit one.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use super::sessions::check_mode;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::event::id::BASE62;
use crate::protocol::ordered;

impl Draft<'_, '_> {
    pub(super) fn create_link(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let mut link = self.new_object(action, input)?;
        check_completion(&mut link)?;
        let items = self.items_on_sale(input)?;
        let recurs = items.iter().any(|item| item["price"]["type"] == "recurring");
        check_mode(if recurs { "subscription" } else { "payment" }, &items)?;
        if recurs {
            check_creation(input)?;
            link["customer_creation"] = "always".into();
            link["invoice_creation"] = Value::Null;
            link["subscription_data"] = json!({
                "description": null, "invoice_settings": {"issuer": {"type": "self"}},
                "metadata": {}, "trial_period_days": null, "trial_settings": null,
            });
        }
        link["currency"] = items[0]["currency"].clone();
        let id = link["id"].clone();
        let name = format!("page/{}", id.as_str().unwrap_or_default());
        let drawn = self.inquiry.store.next_name(0).0.characters(&name, BASE62, 18);
        link["url"] = format!("https://buy.stripe.com/test_{drawn}").into();
        for mut item in items {
            let subtotal = item["amount_subtotal"].clone();
            item["amount_total"] = subtotal;
            if let Some(members) = item.as_object_mut() {
                members.shift_remove("tax_rates");
            }
            self.add_of(item, &id);
        }
        Ok(self.note(action, ChangeKind::Created, (Value::Null, ordered(link))))
    }

    pub(super) fn update_link(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        if !before["subscription_data"].is_null() {
            check_creation(input)?;
        }
        let mut after = before.clone();
        action.apply(input, &mut after);
        check_completion(&mut after)?;
        Ok(self.note(action, ChangeKind::Updated, (before, ordered(after))))
    }
}

/// What happens after a purchase is said of one way alone: a page of Stripe's, or one of the app's.
fn check_completion(link: &mut Value) -> Result<()> {
    let said = &link["after_completion"];
    let way = said["type"].as_str().unwrap_or_default();
    if way == "redirect" && said["redirect"]["url"].is_null() {
        return Err(RequestError::missing_parameter("after_completion[redirect][url]"));
    }
    let mut how = said[way].clone();
    if way == "hosted_confirmation" && how.is_null() {
        how = json!({"custom_message": null});
    }
    link["after_completion"] = json!({way: how, "type": way});
    Ok(())
}

/// Whoever subscribes is a customer anyway.
fn check_creation(input: &Input) -> Result<()> {
    if input.contains_key("customer_creation") {
        let message = "`customer_creation` can only be used in `payment` mode.";
        return Err(RequestError::invalid("customer_creation", message));
    }
    Ok(())
}
