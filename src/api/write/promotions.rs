//! For whom and for how much a promotion code counts, and which codes there may be.

use serde_json::Value;

use super::draft::Draft;
use super::input::Input;
use super::prices;
use super::subscription_items::WantedItem;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// The invoices that make a customer no new one: any that is not void, but for drafts.
const KNOWN_BY: [&str; 3] = ["open", "paid", "uncollectible"];

/// What a discount is for.
pub(super) struct DiscountFor<'v> {
    pub(super) customer: &'v Value,
    /// What is billed, and in which currency, where that is known.
    pub(super) bill: Option<(i64, &'v Value)>,
    /// The parameter that the discount is below.
    pub(super) place: &'v str,
}

impl Draft<'_, '_> {
    /// Whether the promotion code that a discount names, where it names one, counts for that.
    pub(super) fn check_restrictions(&self, one: &Value, of: &DiscountFor<'_>) -> Result<()> {
        let known = one["promotion_code"].as_str().and_then(|id| self.find("promotion_code", id));
        let Some(code) = known else { return Ok(()) };
        let parameter = match of.place {
            "" => "promotion_code".to_owned(),
            place => format!("{place}[promotion_code]"),
        };
        let refused = |why: &str| {
            let message = format!("This promotion code cannot be redeemed because {why}.");
            Err(RequestError::invalid(&parameter, message))
        };
        if !code["customer"].is_null() && code["customer"] != *of.customer {
            return refused("it is restricted to another customer");
        }
        let rules = &code["restrictions"];
        if rules["first_time_transaction"] == true && self.has_bought(of.customer) {
            return refused("the associated customer has prior transactions");
        }
        if let (Some(least), Some((amount, currency))) = (rules["minimum_amount"].as_i64(), of.bill)
            && (amount < least || rules["minimum_amount_currency"] != *currency)
        {
            return refused("the order does not meet the minimum amount");
        }
        Ok(())
    }

    /// The same of a subscription that begins with those items.
    pub(super) fn check_first_discount(
        &self,
        subscription: &Value,
        input: &Input,
        items: &[WantedItem],
    ) -> Result<()> {
        let Some(given) = input.get("discounts") else { return Ok(()) };
        let cost = |item: &WantedItem| {
            let usual = i64::from(!prices::is_metered(&item.price));
            prices::cost(&self.priced(&item.price), item.quantity.unwrap_or(usual))
        };
        let total = items.iter().map(cost).fold(0_i64, i64::saturating_add);
        let (customer, bill) =
            (&subscription["customer"], Some((total, &subscription["currency"])));
        self.check_restrictions(&given[0], &DiscountFor { customer, bill, place: "discounts[0]" })
    }

    /// Whether a customer has had a successful payment or an invoice.
    fn has_bought(&self, customer: &Value) -> bool {
        if customer.is_null() {
            return false;
        }
        let is_theirs = |own: &Value| own["customer"] == *customer;
        let has_paid = |own: &Value| is_theirs(own) && own["status"] == "succeeded";
        let is_billed =
            |own: &Value| is_theirs(own) && KNOWN_BY.iter().any(|status| own["status"] == **status);
        !self.every("charge", has_paid).is_empty() || !self.every("invoice", is_billed).is_empty()
    }

    /// A subscription that goes on is billed what is not known yet.
    pub(super) fn check_no_least_amount(&self, one: &Value, place: &str) -> Result<()> {
        let known = one["promotion_code"].as_str().and_then(|id| self.find("promotion_code", id));
        if known.is_some_and(|code| code["restrictions"]["minimum_amount"].is_i64()) {
            let message = "This promotion code cannot be redeemed on a subscription update because \
                           it uses the `minimum_amount` restriction and the amount may change.";
            return Err(RequestError::invalid(&format!("{place}[promotion_code]"), message));
        }
        Ok(())
    }

    /// Whether a promotion code may be made like that.
    pub(super) fn check_new_code(&self, input: &Input) -> Result<()> {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let code = input.get("code").and_then(Value::as_str).unwrap_or_default();
        if !code.chars().all(is_valid) {
            let message = "Promotion codes can only contain letters (a-z, A-Z), digits (0-9) and \
                           dashes (-).";
            return Err(RequestError::invalid("code", message));
        }
        let until = input.get("expires_at").and_then(Value::as_i64);
        if until.is_some_and(|until| until <= self.inquiry.request.second) {
            return Err(RequestError::not_ahead("expires_at"));
        }
        Ok(())
    }

    /// A promotion code can be active again only as long as it can be redeemed.
    pub(super) fn check_reactivated(&self, code: &Value, input: &Input) -> Result<()> {
        if input.get("active") != Some(&true.into()) || code["active"] == true {
            return Ok(());
        }
        let coupon = code["promotion"]["coupon"].as_str().unwrap_or_default();
        let is_valid = self.find("coupon", coupon).is_some_and(|coupon| coupon["valid"] == true);
        let number = |name: &str| code[name].as_i64();
        let is_over = number("expires_at").is_some_and(|end| end <= self.inquiry.request.second);
        let most = number("max_redemptions");
        let is_used_up = most.is_some_and(|most| number("times_redeemed") >= Some(most));
        if !is_valid || is_over || is_used_up {
            let message = "This promotion code cannot be reactivated because its coupon is not \
                           valid, or it is not redeemable otherwise.";
            return Err(RequestError::invalid("active", message));
        }
        Ok(())
    }
}
