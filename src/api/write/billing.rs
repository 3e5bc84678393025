//! What bills share: the customer, tax rates, and what lines come to.

use serde_json::{Value, json};

use super::balance;
use super::draft::Draft;
use super::sums::{self, InvoiceSum, LineSum, LineTerms, TaxTerms};
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
        let (before, currency) = self.currency_of(id, currency)?;
        let mut after = before.clone();
        if before["currency"].is_null() {
            after["currency"] = currency.as_str().into();
            self.change((before, after.clone()), Some("customer.updated"));
        }
        Ok((after, currency))
    }

    /// A customer, and the currency in which they can be billed.
    pub(super) fn currency_of(
        &self,
        id: &Value,
        currency: Option<&Value>,
    ) -> Result<(Value, String)> {
        let id = id.as_str().unwrap_or_default();
        let customer = self.find("customer", id);
        let customer =
            customer.ok_or_else(|| RequestError::missing_in("customer", id, "customer"))?;
        let own = customer["currency"].as_str();
        let named = currency.and_then(Value::as_str).map(str::to_lowercase);
        let currency = named.or_else(|| own.map(str::to_owned));
        let currency = currency.unwrap_or_else(|| USUAL_CURRENCY.to_owned());
        if own.is_some_and(|own| own != currency) {
            return Err(RequestError::not_served("bills in another currency than the customer's"));
        }
        Ok((customer, currency))
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
