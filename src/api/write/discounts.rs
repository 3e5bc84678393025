//! Discounts: coupons that are redeemed for a customer, a subscription or an invoice, and what they take off.

use serde_json::{Value, json};

use super::draft::Draft;
use super::periods;
use super::promotions::DiscountFor;
use super::sums::{CouponTerms, Percentage};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// A coupon that is redeemed, by its promotion code where one names it.
#[derive(Debug)]
pub(super) struct Redeemed {
    pub(super) discount: Value,
    coupon: Value,
    code: Option<Value>,
}

impl Draft<'_, '_> {
    /// The discounts that a parameter asks for, as ids: there may be one, for an object whose field and id are said.
    pub(super) fn discounts(
        &mut self,
        given: &Value,
        (field, owner): (&str, &Value),
        customer: &Value,
    ) -> Result<Value> {
        let given = given.as_array().map_or(&[][..], Vec::as_slice);
        let one = match given {
            [] => return Ok(json!([])),
            [one] if one["discount"].is_null() => one,
            _ => return Err(RequestError::not_served("several discounts, or one that is there")),
        };
        let of = DiscountFor { customer, bill: None, place: "discounts[0]" };
        self.check_restrictions(one, &of)?;
        let payer = self.find("customer", customer.as_str().unwrap_or_default());
        let currency = payer.map(|customer| customer["currency"].clone()).unwrap_or_default();
        let redeemed = self.redeem(one, (&currency, "discounts[0]"))?;
        let mut discount = redeemed.discount.clone();
        discount[field] = owner.clone();
        discount["customer"] = customer.clone();
        let ids = json!([discount["id"]]);
        self.add(discount, None);
        self.count_redemption(redeemed);
        Ok(ids)
    }

    /// A discount that begins now, of nobody yet, by a coupon or a promotion code; what is wrong with these is said by
    /// the parameter that they are below.
    pub(super) fn redeem(
        &mut self,
        one: &Value,
        (currency, place): (&Value, &str),
    ) -> Result<Redeemed> {
        let (coupon, code) = self.redeemable(one, (currency, place))?;
        let mut discount = self.blank_beside("discount", "invoice")?;
        discount["source"] = json!({"coupon": coupon["id"], "type": "coupon"});
        discount["promotion_code"] = one["promotion_code"].clone();
        let months = coupon["duration_in_months"].as_i64();
        if let Some(months) = months.filter(|_| coupon["duration"] == "repeating") {
            let start = discount["start"].as_i64().unwrap_or(self.inquiry.now);
            discount["end"] =
                periods::boundary(start, &json!({"interval": "month"}), months).into();
        }
        Ok(Redeemed { discount, coupon, code })
    }

    /// A coupon, and its promotion code, were redeemed once more.
    pub(super) fn count_redemption(&mut self, redeemed: Redeemed) {
        let Redeemed { coupon, code, .. } = redeemed;
        for (before, field) in [(Some(coupon), "valid"), (code, "active")] {
            let Some(before) = before else { continue };
            let mut after = before.clone();
            let times = before["times_redeemed"].as_i64().unwrap_or_default() + 1;
            after["times_redeemed"] = times.into();
            if before["max_redemptions"] == times {
                after[field] = false.into();
            }
            self.change((before, after), None);
        }
    }

    /// The coupon that a discount asks for, with its promotion code where that names one, for a bill in that currency.
    pub(super) fn redeemable(
        &self,
        one: &Value,
        (currency, place): (&Value, &str),
    ) -> Result<(Value, Option<Value>)> {
        let code = one["promotion_code"].as_str();
        let code = code.map(|id| self.promotion_code(id, place)).transpose()?;
        let id = code.as_ref().map_or(&one["coupon"], |code| &code["promotion"]["coupon"]);
        let id = id.as_str().unwrap_or_default();
        let parameter = &below(place, "coupon");
        let missing = || RequestError::missing_in("coupon", id, parameter);
        let coupon = self.find("coupon", id).ok_or_else(missing)?;
        let number = |name: &str| coupon[name].as_i64();
        if number("redeem_by").is_some_and(|until| until < self.inquiry.request.second) {
            let error = RequestError::invalid(parameter, format!("Coupon expired: {id}"));
            return Err(error.coded("coupon_expired"));
        }
        if number("max_redemptions").is_some_and(|most| number("times_redeemed") >= Some(most)) {
            let message = format!("Coupon {id} is used up and cannot be applied.");
            return Err(RequestError::invalid(parameter, message));
        }
        let is_known = currency.is_string() && coupon["currency"].is_string();
        if is_known && coupon["currency"] != *currency {
            let message = format!("The coupon {id} is in another currency than the bill.");
            return Err(RequestError::invalid(parameter, message));
        }
        Ok((coupon, code))
    }

    fn promotion_code(&self, id: &str, place: &str) -> Result<Value> {
        let parameter = &below(place, "promotion_code");
        let found = self.find("promotion_code", id);
        let code =
            found.ok_or_else(|| RequestError::missing_in("promotion_code", id, parameter))?;
        if code["active"] != true {
            return Err(RequestError::invalid(
                parameter,
                "This promotion code cannot be redeemed because it is inactive.",
            ));
        }
        Ok(code)
    }

    /// What a list of discounts takes off.
    pub(super) fn coupon_of(&self, discounts: &Value) -> Option<CouponTerms> {
        let discount = self.find("discount", discounts[0].as_str()?)?;
        self.coupon_terms(discount["source"]["coupon"].as_str()?)
    }

    /// What a coupon takes off.
    pub(super) fn coupon_terms(&self, id: &str) -> Option<CouponTerms> {
        let coupon = self.coupon(id)?;
        Some(coupon["amount_off"].as_i64().map_or_else(
            || CouponTerms::Percent(Percentage::of(&coupon["percent_off"])),
            CouponTerms::Amount,
        ))
    }

    /// A coupon, also one that was deleted since: what it was redeemed for keeps it.
    pub(super) fn coupon(&self, id: &str) -> Option<Value> {
        self.find("coupon", id).or_else(|| self.inquiry.own("coupon", id).cloned())
    }

    /// The discounts that count for more than one invoice, and still do at that second.
    pub(super) fn lasting(&self, discounts: &Value, second: i64) -> Value {
        let open = self.open(discounts, second);
        open.as_array().into_iter().flatten().filter(|id| !self.is_once(id)).cloned().collect()
    }

    /// The discounts that still count at that second: a coupon for one invoice does until an invoice has taken it
    /// (stripe-go issue 944).
    pub(super) fn open(&self, discounts: &Value, second: i64) -> Value {
        let is_open = |id: &&Value| {
            let discount = self.find("discount", id.as_str().unwrap_or_default());
            let Some(discount) = discount else { return false };
            let is_over = discount["end"].as_i64().is_some_and(|end| end <= second);
            let is_used = self.is_once(id) && self.is_taken(id);
            !is_over && !is_used
        };
        discounts.as_array().into_iter().flatten().filter(is_open).cloned().collect()
    }

    /// Whether a discount is by a coupon for one invoice.
    pub(super) fn is_once(&self, id: &Value) -> bool {
        let discount = self.find("discount", id.as_str().unwrap_or_default()).unwrap_or_default();
        let coupon = self.coupon(discount["source"]["coupon"].as_str().unwrap_or_default());
        coupon.is_some_and(|coupon| coupon["duration"] == "once")
    }

    fn is_taken(&self, id: &Value) -> bool {
        let has_it = |invoice: &Value| {
            invoice["discounts"].as_array().is_some_and(|discounts| discounts.contains(id))
        };
        !self.every("invoice", has_it).is_empty()
    }

    /// An invoice has taken what a subscription has for one invoice; but for one of a trial that nothing is taken off.
    pub(super) fn use_up_own(&self, subscription: &mut Value, invoice: &Value) {
        let off = invoice["total_discount_amounts"][0]["amount"].as_i64().unwrap_or_default();
        if subscription["status"] == "trialing" && off == 0 {
            return;
        }
        if let Some(all) = subscription["discounts"].as_array_mut() {
            all.retain(|id| !self.is_once(id));
        }
    }
}

/// A parameter below another one, or below none.
fn below(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}[{name}]") }
}
