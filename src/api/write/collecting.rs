//! Payments of invoices that nobody asks for, and debits of which it is known later what became of them.

use serde_json::Value;

use super::charging::PaymentTerms;
use super::draft::{Draft, PaymentCause};
use super::input::Input;
use super::invoices::{count_attempt, plan_attempt};
use crate::api::inquiry::Result;

/// How many payments of an invoice are tried. The schedule is devtool's own: Stripe's is not published.
const MOST_ATTEMPTS: i64 = 3;

impl Draft<'_, '_> {
    /// Tries the customer's payment method; after some times in vain, the subscription ends.
    pub(super) fn try_payment(&mut self, open: &Value) -> Result<()> {
        self.cause = PaymentCause::Retry;
        match self.method_of_invoice(open, &Input::new()) {
            Ok(method) => {
                self.charge_invoice(open, &method, &PaymentTerms::default())?;
            }
            Err(_) => {
                self.invoice_is_unpaid(open);
            }
        }
        self.refusal = None;
        let is_pending = self.payment_of(open).is_ok_and(|intent| intent["status"] == "processing");
        if is_pending { Ok(()) } else { self.end_if_unpaid(open) }
    }

    fn end_if_unpaid(&mut self, open: &Value) -> Result<()> {
        let now = self.invoice_by_now(open);
        let attempts = now["attempt_count"].as_i64().unwrap_or_default();
        let subscription = self.subscription_of_invoice(&now);
        if let (Some(subscription), "open") =
            (subscription, now["status"].as_str().unwrap_or_default())
            && attempts >= MOST_ATTEMPTS
            && subscription["status"] == "past_due"
        {
            self.end_subscription(&subscription, Some("payment_failed"))?;
        }
        Ok(())
    }

    /// The bank is asked for the money of an invoice: it stays open, and so does its subscription, which is incomplete
    /// where this is its first payment (docs.stripe.com/billing/subscriptions/overview, the status `incomplete`).
    pub(super) fn invoice_is_pending(&mut self, before: &Value) -> usize {
        let mut after = before.clone();
        if self.counts(before) {
            count_attempt(&mut after);
        }
        after["next_payment_attempt"] = Value::Null;
        self.change((before.clone(), after), Some("invoice.updated"))
    }

    /// What becomes of an invoice when it is known what became of its debit.
    pub(super) fn follow_debit(&mut self, known: usize) -> Result<()> {
        let intent = self.changes[known].after.clone();
        let Some((_, before)) = self.invoice_of(&intent) else { return Ok(()) };
        if intent["status"] == "succeeded" || before["status"] != "open" {
            self.follow_payment(known);
            return Ok(());
        }
        let mut after = before.clone();
        if self.counts(&before) {
            count_attempt(&mut after);
        }
        plan_attempt(&mut after, self.inquiry.now);
        self.invoice_has_failed(&before, after);
        self.end_if_unpaid(&before)
    }
}
