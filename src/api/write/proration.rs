//! What a change in the middle of a period costs: the unused rest of what was, and the rest of what is, to the second.

use serde_json::{Value, json};

use super::decimal::Decimal;
use super::draft::Draft;
use super::invoice_items::pricing;
use super::periods;
use super::prices::{self, is_metered};
use super::sums::{self, CouponTerms};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::protocol::Moment;

/// A change of an item of a subscription, at a second; null for what was not there, or is gone.
#[derive(Debug)]
pub(super) struct ItemChange {
    pub(super) before: Value,
    pub(super) after: Value,
}

/// What was charged for an item, and for which time.
#[derive(Debug)]
struct Debit {
    amount: i64,
    start: i64,
    end: i64,
    /// Whether that was since the period began.
    is_prorated: bool,
}

/// What coupons take off prorations.
#[derive(Debug)]
pub(super) struct ProrationDiscount {
    /// Off what the period began with.
    last: Option<CouponTerms>,
    /// Off what is charged now: a coupon for one invoice is for that of a period.
    next: Option<CouponTerms>,
}

impl ItemChange {
    /// Whether it costs something else.
    pub(super) fn is_priced_anew(&self) -> bool {
        let cost = |item: &Value| (item["price"]["id"].clone(), item["quantity"].clone());
        cost(&self.before) != cost(&self.after)
    }
}

impl Draft<'_, '_> {
    /// The invoice items that a change leads to, each with its event.
    pub(super) fn prorate(
        &mut self,
        change: &ItemChange,
        subscription: &Value,
        (second, off): (i64, &ProrationDiscount),
    ) -> Result<()> {
        let known = if change.before.is_null() { &change.after } else { &change.before };
        let number = |name: &str| known[name].as_i64().unwrap_or_default();
        let (start, end) = (number("current_period_start"), number("current_period_end"));
        // The user may hand in a period that ends before it begins.
        let time = end.saturating_sub(start).max(0);
        let left = end.saturating_sub(second).clamp(0, time);
        let whole_time = periods::whole(known, subscription);
        if change.before.is_object() && !is_metered(&change.before["price"]) {
            let debited = self.debited(&change.before, end);
            // What was charged since the period began was charged without a coupon for one invoice.
            let is_later = debited.as_ref().is_some_and(|debit| debit.is_prorated);
            let coupon = if is_later { off.next } else { off.last };
            let amount = sums::less(self.cost(&change.before), coupon);
            let is_flexible = subscription["billing_mode"]["type"] == "flexible";
            let start = end.saturating_sub(whole_time);
            // A subscription that begins with a free part has no invoice until its anchor.
            let is_free = is_flexible && subscription["latest_invoice"].is_null();
            let amount = if is_free { 0 } else { amount };
            let whole = Debit { amount, start, end, is_prorated: false };
            let debit = debited.filter(|_| is_flexible).unwrap_or(whole);
            let debited_time = debit.end.saturating_sub(debit.start);
            let amount = sums::part(debit.amount, left, debited_time).saturating_neg();
            self.proration(&change.before, subscription, ("Unused", amount), (end - left, end))?;
        }
        if change.after.is_object() && !is_metered(&change.after["price"]) {
            let amount =
                sums::part(sums::less(self.cost(&change.after), off.next), left, whole_time);
            self.proration(&change.after, subscription, ("Remaining", amount), (end - left, end))?;
        }
        Ok(())
    }

    /// What the discounts of a subscription take off its prorations.
    pub(super) fn proration_discount(&self, subscription: &Value) -> Result<ProrationDiscount> {
        let discounts = &self.discounts_of_subscription(subscription);
        let last = self.coupon_of(&self.discounts_of_period(subscription, discounts));
        let next = self.coupon_of(&self.lasting(discounts, self.inquiry.now));
        let has_several = subscription["items"]["data"].as_array().is_some_and(|all| all.len() > 1);
        if has_several && matches!(last, Some(CouponTerms::Amount(_))) {
            let what = "prorations of several items beside a coupon that takes an amount off";
            return Err(RequestError::not_served(what));
        }
        Ok(ProrationDiscount { last, next })
    }

    /// The discounts that the period of a subscription was billed with: those that it has, but for one invoice those that
    /// the period's has taken.
    fn discounts_of_period(&self, subscription: &Value, discounts: &Value) -> Value {
        let period = |of: &Value, start: &str, end: &str| (of[start].as_i64(), of[end].as_i64());
        let item = &subscription["items"]["data"][0];
        let wanted = period(item, "current_period_start", "current_period_end");
        let is_whole = |line: &Value| {
            line["parent"]["subscription_item_details"].is_object()
                && period(&line["period"], "start", "end") == wanted
        };
        let invoices = self.every("invoice", |invoice| {
            let lines = invoice["lines"]["data"].as_array();
            invoice["parent"]["subscription_details"]["subscription"] == subscription["id"]
                && invoice["status"] != "void"
                && self.is_once(&invoice["discounts"][0])
                && lines.is_some_and(|lines| lines.iter().any(is_whole))
        });
        let newest = invoices.into_iter().max_by_key(|invoice| invoice["created"].as_i64());
        if let Some(invoice) = newest {
            return invoice["discounts"].clone();
        }
        let all = discounts.as_array().into_iter().flatten();
        all.filter(|id| !self.is_once(id)).cloned().collect()
    }

    /// What was last charged for an item until the end of its period: flexible billing gives back a part of that.
    fn debited(&self, item: &Value, end: i64) -> Option<Debit> {
        let id = &item["id"];
        let is_debit = |of: &Value| {
            of["period"]["end"] == end && of["amount"].as_i64().is_some_and(|amount| amount >= 0)
        };
        let is_void = |of: &Value| {
            let id = of["invoice"].as_str();
            let invoice = id.and_then(|id| self.find("invoice", id));
            invoice.is_some_and(|invoice| invoice["status"] == "void")
        };
        let prorated = self.every("invoiceitem", |of| {
            of["parent"]["subscription_details"]["subscription_item"] == *id
                && is_debit(of)
                && !is_void(of)
        });
        let invoices = self.every("invoice", |invoice| {
            let details = &invoice["parent"]["subscription_details"];
            details["subscription"] == item["subscription"] && invoice["status"] != "void"
        });
        let lines = invoices.iter().filter_map(|invoice| invoice["lines"]["data"].as_array());
        let is_its = |line: &&Value| {
            line["parent"]["subscription_item_details"]["subscription_item"] == *id
                && is_debit(line)
        };
        // Each tier has lines of its own.
        let together = |lines: &Vec<Value>| {
            let all = lines.iter().filter(is_its).map(|line| debit(line, false));
            all.reduce(|sum, more| Debit { amount: sum.amount.saturating_add(more.amount), ..sum })
        };
        let whole = lines.filter_map(together);
        // Of one second, such as that of a test clock, the last one counts.
        whole.chain(prorated.iter().map(|item| debit(item, true))).max_by_key(|debit| debit.start)
    }

    /// What an item costs for a whole period.
    fn cost(&self, item: &Value) -> i64 {
        prices::cost(&self.priced(&item["price"]), item["quantity"].as_i64().unwrap_or(1))
    }

    fn proration(
        &mut self,
        item: &Value,
        subscription: &Value,
        (word, amount): (&str, i64),
        (start, end): (i64, i64),
    ) -> Result<()> {
        let product = self.find("product", item["price"]["product"].as_str().unwrap_or_default());
        let name = product.and_then(|product| product["name"].as_str().map(str::to_owned));
        let name = name.unwrap_or_else(|| "Subscription".to_owned());
        let quantity = item["quantity"].as_i64().unwrap_or(1);
        let count = if quantity == 1 { String::new() } else { format!("{quantity} × ") };
        let mut made = self.blank("invoiceitem")?;
        made["description"] = format!("{word} time on {count}{name} after {}", day(start)).into();
        made["amount"] = amount.into();
        made["net_amount"] = amount.into();
        made["currency"] = subscription["currency"].clone();
        for field in ["customer", "test_clock"] {
            made[field] = subscription[field].clone();
        }
        made["discountable"] = false.into();
        made["parent"] = json!({
            "subscription_details": {
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_details",
        });
        made["period"] = json!({"end": end, "start": start});
        made["pricing"] = pricing(&item["price"]);
        made["pricing"]["unit_amount_decimal"] = Decimal::each(amount, quantity).to_string().into();
        made["proration"] = true.into();
        made["quantity"] = quantity.into();
        made["quantity_decimal"] = quantity.to_string().into();
        made["tax_rates"] = item["tax_rates"].clone();
        self.add(made, Some("invoiceitem.created"));
        Ok(())
    }
}

/// What a line or an item was charged, without its discounts.
fn debit(of: &Value, is_prorated: bool) -> Debit {
    let number = |value: &Value| value.as_i64().unwrap_or_default();
    let discounts = of["discount_amounts"].as_array().into_iter().flatten();
    let off = sums::total(discounts.map(|discount| number(&discount["amount"])));
    let period = &of["period"];
    Debit {
        amount: number(&of["amount"]).saturating_sub(off),
        start: number(&period["start"]),
        end: number(&period["end"]),
        is_prorated,
    }
}

/// A day as invoices name it: `14 Oct 2026`.
fn day(second: i64) -> String {
    let date = Moment::from_seconds(second).date();
    let mut parts = date.split('-');
    let (year, month) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let names =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = month.parse::<usize>().unwrap_or(1).saturating_sub(1);
    let name = names.get(at).copied().unwrap_or_default();
    format!("{} {name} {year}", parts.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_named_as_on_invoices() {
        assert_eq!(day(1_792_000_000), "14 Oct 2026");
    }
}
