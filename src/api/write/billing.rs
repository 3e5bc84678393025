//! What bills share: the customer, tax rates, coupons, and what lines come to.

use serde_json::{Value, json};

use super::balance;
use super::draft::Draft;
use super::periods;
use super::sums::{self, CouponTerms, InvoiceSum, LineSum, LineTerms, Percentage, TaxTerms};
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::api::object::ObjectState;

/// The currency of an account whose customer has none yet.
const USUAL_CURRENCY: &str = "usd";

impl Draft<'_, '_> {
    /// The objects of a type that are meant, as they are by now.
    pub(super) fn every(&self, kind: &str, is_meant: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mine = self.changes.iter().filter(|change| change.object() == kind);
        let newest: Vec<_> = mine.collect();
        let is_mine = |id: &Value| newest.iter().any(|change| change.id() == *id);
        let states = self.inquiry.states(kind).filter(|state| !state.is_deleted);
        let others = states.map(ObjectState::own).filter(|own| !is_mine(&own["id"]));
        let is_last = |at: usize, id: &str| newest[at + 1..].iter().all(|later| later.id() != id);
        let changed = newest
            .iter()
            .enumerate()
            .filter(|(at, change)| change.kind != ChangeKind::Deleted && is_last(*at, change.id()));
        let changed = changed.map(|(_, change)| &change.after);
        others.chain(changed).filter(|own| is_meant(own)).cloned().collect()
    }

    /// A customer who is billed in a currency, which is theirs from now on.
    pub(super) fn billed(
        &mut self,
        id: &Value,
        currency: Option<&Value>,
    ) -> Result<(Value, String)> {
        let id = id.as_str().unwrap_or_default();
        let before = self.find("customer", id);
        let before = before.ok_or_else(|| RequestError::missing_in("customer", id, "customer"))?;
        let own = before["currency"].as_str();
        let named = currency.and_then(Value::as_str).map(str::to_lowercase);
        let currency = named.or_else(|| own.map(str::to_owned));
        let currency = currency.unwrap_or_else(|| USUAL_CURRENCY.to_owned());
        if own.is_some_and(|own| own != currency) {
            return Err(RequestError::not_served("bills in another currency than the customer's"));
        }
        let mut after = before.clone();
        if own.is_none() {
            after["currency"] = currency.as_str().into();
            self.change((before, after.clone()), Some("customer.updated"));
        }
        Ok((after, currency))
    }

    /// The tax rates that a parameter names.
    pub(super) fn tax_rates(&self, ids: &Value, parameter: &str) -> Result<Value> {
        let ids = ids.as_array().into_iter().flatten().enumerate();
        let found = ids.map(|(at, id)| {
            let id = id.as_str().unwrap_or_default();
            let missing =
                || RequestError::missing_in("tax_rate", id, &format!("{parameter}[{at}]"));
            self.find("tax_rate", id).ok_or_else(missing)
        });
        found.collect::<Result<Vec<Value>>>().map(Value::Array)
    }

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
        let payer = self.find("customer", customer.as_str().unwrap_or_default());
        let currency = payer.map(|customer| customer["currency"].clone()).unwrap_or_default();
        let (before, code) = self.redeemable(one, &currency)?;
        let mut discount = self.blank_beside("discount", "invoice")?;
        discount[field] = owner.clone();
        discount["customer"] = customer.clone();
        discount["source"] = json!({"coupon": before["id"], "type": "coupon"});
        discount["promotion_code"] = one["promotion_code"].clone();
        let months = before["duration_in_months"].as_i64();
        if let Some(months) = months.filter(|_| before["duration"] == "repeating") {
            let start = discount["start"].as_i64().unwrap_or(self.inquiry.now);
            discount["end"] =
                periods::boundary(start, &json!({"interval": "month"}), months).into();
        }
        let ids = json!([discount["id"]]);
        self.add(discount, None);
        for (before, field) in [(Some(before), "valid"), (code, "active")] {
            let Some(before) = before else { continue };
            let mut after = before.clone();
            let times = before["times_redeemed"].as_i64().unwrap_or_default() + 1;
            after["times_redeemed"] = times.into();
            if before["max_redemptions"] == times {
                after[field] = false.into();
            }
            self.change((before, after), None);
        }
        Ok(ids)
    }

    /// The coupon that a discount asks for, with its promotion code where that names one, for a bill in that currency.
    pub(super) fn redeemable(
        &self,
        one: &Value,
        currency: &Value,
    ) -> Result<(Value, Option<Value>)> {
        let code = one["promotion_code"].as_str().map(|id| self.promotion_code(id)).transpose()?;
        let id = code.as_ref().map_or(&one["coupon"], |code| &code["promotion"]["coupon"]);
        let id = id.as_str().unwrap_or_default();
        let parameter = "discounts[0][coupon]";
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
        if coupon["currency"].is_string() && coupon["currency"] != *currency {
            let message = format!("The coupon {id} is in another currency than the bill.");
            return Err(RequestError::invalid(parameter, message));
        }
        Ok((coupon, code))
    }

    fn promotion_code(&self, id: &str) -> Result<Value> {
        let parameter = "discounts[0][promotion_code]";
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

    /// The tax rates of a line: its own, else the invoice's.
    fn rates_of(&self, line: &Value, invoice: &Value) -> Vec<Value> {
        let parent = &line["parent"];
        let item = parent["invoice_item_details"]["invoice_item"].as_str();
        let of_subscription = parent["subscription_item_details"]["subscription_item"].as_str();
        let item = item.and_then(|id| self.find("invoiceitem", id));
        let item = item.or_else(|| self.find("subscription_item", of_subscription?));
        let own = item.map(|item| item["tax_rates"].clone()).unwrap_or_default();
        let own = own.as_array().filter(|rates| !rates.is_empty()).cloned();
        own.or_else(|| invoice["default_tax_rates"].as_array().cloned()).unwrap_or_default()
    }

    /// Works out what an invoice comes to by its lines.
    pub(super) fn recount(&self, invoice: &mut Value) {
        let mut lines = invoice["lines"]["data"].as_array().cloned().unwrap_or_default();
        let rates: Vec<Vec<Value>> =
            lines.iter().map(|line| self.rates_of(line, invoice)).collect();
        let terms: Vec<LineTerms> =
            lines.iter().zip(&rates).map(|(line, rates)| line_terms(line, rates)).collect();
        let sum = sums::invoice(&terms, self.coupon_of(&invoice["discounts"]));
        let discount = invoice["discounts"][0].clone();
        for ((line, of_line), rates) in lines.iter_mut().zip(&sum.lines).zip(&rates) {
            line["subtotal"] = line["amount"].clone();
            line["discount_amounts"] = discount_amounts(of_line.discount, &discount);
            line["pretax_credit_amounts"] = credits(of_line.discount, &discount);
            line["taxes"] = Value::Array(taxes(of_line, rates));
        }
        invoice["total_taxes"] = total_taxes(&lines);
        invoice["lines"]["total_count"] = lines.len().into();
        invoice["lines"]["data"] = Value::Array(lines);
        let payer = self.find("customer", invoice["customer"].as_str().unwrap_or_default());
        if let Some(balance) = payer.and_then(|payer| payer["balance"].as_i64()) {
            invoice["starting_balance"] = balance.into();
        }
        set_totals(invoice, &sum, &discount);
    }
}

/// How many of something there are to be, where that is said: none at least.
pub(super) fn quantity(said: Option<&Value>, parameter: &str) -> Result<Option<i64>> {
    let said = said.and_then(Value::as_i64);
    if said.is_some_and(|said| said < 0) {
        return Err(RequestError::invalid(parameter, "Invalid non-negative integer"));
    }
    Ok(said)
}

fn line_terms(line: &Value, rates: &[Value]) -> LineTerms {
    LineTerms {
        amount: line["amount"].as_i64().unwrap_or_default(),
        is_discountable: line["discountable"] != false,
        taxes: rates.iter().map(TaxTerms::of).collect(),
    }
}

fn set_totals(invoice: &mut Value, sum: &InvoiceSum, discount: &Value) {
    let (due, _) = balance::settled(invoice, sum.total);
    let paid = invoice["amount_paid"].as_i64().unwrap_or_default();
    for (field, value) in [
        ("amount_due", due),
        ("amount_remaining", due - paid),
        ("subtotal", sum.subtotal),
        ("subtotal_excluding_tax", sum.subtotal_excluding_tax),
        ("total", sum.total),
        ("total_excluding_tax", sum.total_excluding_tax),
    ] {
        invoice[field] = value.into();
    }
    invoice["total_discount_amounts"] = discount_amounts(sum.discount, discount);
    invoice["total_pretax_credit_amounts"] = credits(sum.discount, discount);
}

fn discount_amounts(amount: i64, discount: &Value) -> Value {
    if discount.is_null() {
        return json!([]);
    }
    json!([{"amount": amount, "discount": discount}])
}

fn credits(amount: i64, discount: &Value) -> Value {
    if discount.is_null() {
        return json!([]);
    }
    json!([{"amount": amount, "discount": discount, "type": "discount"}])
}

fn taxes(of_line: &LineSum, rates: &[Value]) -> Vec<Value> {
    let tax = |(rate, amount): (&Value, &i64)| {
        let behavior = if rate["inclusive"] == true { "inclusive" } else { "exclusive" };
        json!({
            "amount": amount,
            "tax_behavior": behavior,
            "tax_rate_details": {"tax_rate": rate["id"]},
            "taxability_reason": "not_available",
            "taxable_amount": of_line.taxable,
            "type": "tax_rate_details",
        })
    };
    rates.iter().zip(&of_line.taxes).map(tax).collect()
}

/// The taxes of all lines, by rate.
fn total_taxes(lines: &[Value]) -> Value {
    let mut totals: Vec<Value> = Vec::new();
    for tax in lines.iter().filter_map(|line| line["taxes"].as_array()).flatten() {
        let is_same = |total: &&mut Value| total["tax_rate_details"] == tax["tax_rate_details"];
        let Some(total) = totals.iter_mut().find(is_same) else {
            totals.push(tax.clone());
            continue;
        };
        for field in ["amount", "taxable_amount"] {
            let more = tax[field].as_i64().unwrap_or_default();
            total[field] = total[field].as_i64().unwrap_or_default().saturating_add(more).into();
        }
    }
    Value::Array(totals)
}
