//! A customer's balance: credit (less than nothing) pays for invoices, and what is owed is added to them.

use serde_json::Value;

use super::draft::Draft;
use super::making::TRANSACTION;
use super::payments::LEAST_USD;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

/// What an invoice of that total asks for, and the balance afterwards, by the one that it starts with: what is too
/// small to be charged stays owed, what is less than nothing is credit.
pub(super) fn settled(invoice: &Value, total: i64) -> (i64, i64) {
    let sum = total.saturating_add(number(invoice, "starting_balance"));
    let is_small = invoice["currency"] == "usd" && (1..LEAST_USD).contains(&sum);
    let due = if is_small { 0 } else { sum.max(0) };
    (due, sum.saturating_sub(due))
}

impl Draft<'_, '_> {
    /// Lets the balance of its customer count for an invoice that becomes final.
    pub(super) fn count_balance(&mut self, invoice: &mut Value) -> Result<()> {
        let id = invoice["customer"].as_str().unwrap_or_default();
        let customer = self.find("customer", id).unwrap_or_default();
        invoice["starting_balance"] = number(&customer, "balance").into();
        let (due, ending) = settled(invoice, number(invoice, "total"));
        invoice["amount_due"] = due.into();
        invoice["amount_remaining"] = due.saturating_sub(number(invoice, "amount_paid")).into();
        invoice["ending_balance"] = ending.into();
        let kind = if ending > 0 { "invoice_too_small" } else { "applied_to_invoice" };
        self.move_balance(invoice, ending.saturating_sub(number(&customer, "balance")), kind)
    }

    /// Gives back what a final invoice has taken from a balance, or added to it.
    pub(super) fn give_back(&mut self, invoice: &Value) -> Result<()> {
        let starting = number(invoice, "starting_balance");
        let taken = number(invoice, "ending_balance").saturating_sub(starting);
        self.move_balance(invoice, taken.saturating_neg(), "unapplied_from_invoice")
    }

    /// The balance of an invoice's customer is another, for a reason.
    fn move_balance(&mut self, invoice: &Value, amount: i64, kind: &str) -> Result<()> {
        // A customer who was deleted has no balance any more.
        let id = invoice["customer"].as_str().unwrap_or_default();
        if amount == 0 || self.find("customer", id).is_none() {
            return Ok(());
        }
        let mut transaction = self.blank(TRANSACTION)?;
        transaction["amount"] = amount.into();
        for field in ["currency", "customer"] {
            transaction[field] = invoice[field].clone();
        }
        transaction["invoice"] = invoice["id"].clone();
        transaction["type"] = kind.into();
        self.count(&mut transaction)?;
        self.add(transaction, None);
        Ok(())
    }

    /// A change of the balance that a call asks for.
    pub(super) fn count_adjustment(&mut self, transaction: &mut Value) -> Result<()> {
        self.currency_of(&transaction["customer"], Some(&transaction["currency"]))?;
        self.count(transaction)
    }

    fn count(&mut self, transaction: &mut Value) -> Result<()> {
        let id = transaction["customer"].as_str().unwrap_or_default();
        let before = self.find("customer", id);
        let before = before.ok_or_else(|| RequestError::missing("customer", id))?;
        let ending = number(&before, "balance").saturating_add(number(transaction, "amount"));
        transaction["ending_balance"] = ending.into();
        let mut after = before.clone();
        after["balance"] = ending.into();
        if after["currency"].is_null() {
            after["currency"] = transaction["currency"].clone();
        }
        self.change((before, after), Some("customer.updated"));
        self.recount_drafts(transaction);
        Ok(())
    }

    /// Drafts start with the balance that the customer has by then; but for the one that becomes final.
    fn recount_drafts(&mut self, transaction: &Value) {
        let drafts = self.every("invoice", |own| {
            own["customer"] == transaction["customer"]
                && own["status"] == "draft"
                && own["id"] != transaction["invoice"]
        });
        for before in drafts {
            let mut after = before.clone();
            self.recount(&mut after);
            self.change((before, after), None);
        }
    }
}

fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_default()
}
