//! Invoices that are final: paid by card or outside of Stripe, voided, given up.

use serde_json::Value;

use super::action::WriteAction;
use super::allowed::take_kind;
use super::charging::PaymentTerms;
use super::draft::{Draft, PaymentCause};
use super::finalizing;
use super::input::Input;
use super::pending_updates::UPDATED;
use super::subscriptions::paid_status;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::api::object::ObjectState;

const NO_METHOD: &str = "This customer has no attached payment source or default payment method. \
                         Please consider adding a default payment method. For more information, visit \
                         https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.";
const ACTION_REQUIRED: &str = "This payment requires additional user action before it can be completed \
                               successfully. Payment can be completed using the PaymentIntent \
                               associated with the invoice. For more details see: \
                               https://stripe.com/docs/billing/subscriptions/overview#requires-action";

/// How an invoice came to be paid.
#[derive(Debug)]
enum PaidBy {
    /// By a payment, which this links with it.
    Payment(Value),
    /// The same, before there was the invoice.
    Before(Value),
    /// Outside of Stripe.
    Outside,
    /// There was nothing to pay.
    Nothing,
}

impl Draft<'_, '_> {
    pub(super) fn pay_invoice(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let known = self.allowed(action, input)?;
        let before = self.made_final(known)?;
        if before["status"] == "paid" {
            return Ok(self.place_of(&before));
        }
        if input.get("paid_out_of_band") == Some(&Value::Bool(true)) {
            let number = self.invoice_is_paid(&before, &PaidBy::Outside);
            self.cancel_payment_of(&before);
            return Ok(number);
        }
        let method = self.method_of_invoice(&before, input)?;
        self.charge_invoice(&before, &method, &PaymentTerms::default())
    }

    /// Tries to pay an invoice by a card; returns where the invoice is among the changes.
    pub(super) fn charge_invoice(
        &mut self,
        before: &Value,
        method: &Value,
        terms: &PaymentTerms,
    ) -> Result<usize> {
        let payment = self.invoice_payment(before).unwrap_or_default();
        let mut intent = self.payment_of(before)?;
        take_kind(before, &mut intent, method);
        let paid = self.pay(&intent, method, terms)?;
        Ok(match self.changes[paid].after["status"].as_str() {
            Some("succeeded") => self.invoice_is_paid(before, &PaidBy::Payment(payment)),
            Some("requires_action") => self.invoice_waits(before),
            Some("processing") => self.invoice_is_pending(before),
            _ => self.invoice_is_unpaid(before),
        })
    }

    /// What becomes of an invoice whose payment was confirmed by itself.
    pub(super) fn follow_payment(&mut self, paid: usize) {
        let intent = self.changes[paid].after.clone();
        let Some((payment, invoice)) = self.invoice_of(&intent) else { return };
        if invoice["status"] != "open" && invoice["status"] != "uncollectible" {
            return;
        }
        match intent["status"].as_str() {
            Some("succeeded") => self.invoice_is_paid(&invoice, &PaidBy::Payment(payment)),
            Some("requires_payment_method") => self.invoice_is_unpaid(&invoice),
            _ => return,
        };
    }

    /// The invoice is paid by a payment that was made before.
    pub(super) fn invoice_is_paid_by(&mut self, invoice: &Value, payment: &Value) -> usize {
        self.invoice_is_paid(invoice, &PaidBy::Payment(payment.clone()))
    }

    /// The invoice is of a payment that was made before there was an invoice.
    pub(super) fn invoice_was_paid(&mut self, invoice: &Value, payment: &Value) {
        self.invoice_is_paid(invoice, &PaidBy::Before(payment.clone()));
    }

    /// There is nothing to pay.
    pub(super) fn invoice_needs_nothing(&mut self, invoice: &Value) {
        self.invoice_is_paid(invoice, &PaidBy::Nothing);
    }

    /// The invoice is voided, or given up; so is what waits for it.
    pub(super) fn close_invoice(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        let number = self.update(action, input, before.clone())?;
        if self.changes[number].after["status"] == "uncollectible" {
            // As Stripe's documentation of the statuses says.
            self.subscription_becomes("active", &["past_due"], &before);
            return Ok(number);
        }
        self.cancel_payment_of(&before);
        self.give_back(&before)?;
        if let Some(subscription) = self.waiting_for(&before) {
            self.drop_pending_update(&subscription, UPDATED);
        }
        let unpaid = self.subscription_of_invoice(&before);
        let unpaid = unpaid.filter(|subscription| {
            subscription["status"] == "incomplete" && subscription["latest_invoice"] == before["id"]
        });
        if let Some(subscription) = unpaid {
            self.expire_unpaid(subscription);
        }
        Ok(number)
    }

    /// The event tells of an invoice as it is.
    pub(super) fn send_invoice(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let known = self.allowed(action, input)?;
        let known = self.made_final(known)?;
        Ok(self.tell(known, action.call.event.as_deref()))
    }

    /// An event tells of an object that stays as it is.
    pub(super) fn tell(&mut self, object: Value, event: Option<&str>) -> usize {
        self.push(ChangeKind::Told, (object.clone(), object), event)
    }

    /// The invoice is paid, by its payment or outside of Stripe.
    fn invoice_is_paid(&mut self, before: &Value, by: &PaidBy) -> usize {
        let now = self.inquiry.now;
        let mut after = before.clone();
        after["amount_paid"] = before["amount_due"].clone();
        after["amount_remaining"] = 0.into();
        after["auto_advance"] = false.into();
        after["next_payment_attempt"] = Value::Null;
        after["status"] = "paid".into();
        after["status_transitions"]["paid_at"] = now.into();
        if matches!(by, PaidBy::Payment(_)) && self.counts(before) {
            count_attempt(&mut after);
        }
        if !matches!(by, PaidBy::Outside) {
            after["attempted"] = true.into();
        }
        // What is paid as soon as it is there is told once; so is what a subscription resumes with.
        let is_told_once = matches!(by, PaidBy::Before(_) | PaidBy::Nothing);
        let number = if is_told_once || before["billing_reason"].is_null() {
            self.change((before.clone(), after.clone()), Some("invoice.paid"))
        } else {
            let number = self.change((before.clone(), after.clone()), Some("invoice.updated"));
            self.tell(after.clone(), Some("invoice.paid"));
            number
        };
        self.tell(after.clone(), Some("invoice.payment_succeeded"));
        self.subscription_becomes("active", &["incomplete", "past_due"], before);
        self.apply_pending_update(before);
        if let PaidBy::Before(payment) | PaidBy::Payment(payment) = by {
            let mut paid = payment.clone();
            paid["amount_paid"] = after["amount_paid"].clone();
            paid["status"] = "paid".into();
            paid["status_transitions"]["paid_at"] = now.into();
            self.change((payment.clone(), paid), Some("invoice_payment.paid"));
        }
        number
    }

    /// The card was declined: the invoice stays open, and its payment is tried again later.
    pub(super) fn invoice_is_unpaid(&mut self, before: &Value) -> usize {
        let after = self.attempted(before);
        self.invoice_has_failed(before, after)
    }

    pub(super) fn invoice_has_failed(&mut self, before: &Value, after: Value) -> usize {
        let number = self.change((before.clone(), after.clone()), Some("invoice.updated"));
        self.tell(after, Some("invoice.payment_failed"));
        self.subscription_becomes("past_due", &["active"], before);
        number
    }

    /// The customer's bank asks: the call is refused, and the payment waits.
    fn invoice_waits(&mut self, before: &Value) -> usize {
        let after = self.attempted(before);
        let number = self.change((before.clone(), after.clone()), Some("invoice.updated"));
        self.tell(after, Some("invoice.payment_action_required"));
        self.subscription_becomes("past_due", &["active"], before);
        let code = "invoice_payment_intent_requires_action";
        self.refusal = Some(RequestError::card(code, ACTION_REQUIRED, None));
        number
    }

    /// An invoice whose payment was tried in vain.
    fn attempted(&self, before: &Value) -> Value {
        let mut after = before.clone();
        if self.counts(before) {
            count_attempt(&mut after);
            plan_attempt(&mut after, self.inquiry.now);
        }
        after
    }

    /// Whether an attempt counts: the first one does, whoever makes it, then only those of the schedule.
    pub(super) fn counts(&self, invoice: &Value) -> bool {
        self.cause == PaymentCause::Retry || invoice["attempt_count"] == 0
    }

    /// The subscription that an invoice is of.
    pub(super) fn subscription_of_invoice(&self, invoice: &Value) -> Option<Value> {
        let place = "/parent/subscription_details/subscription";
        let id = invoice.pointer(place).and_then(Value::as_str)?;
        self.find("subscription", id)
    }

    /// The subscription of an invoice goes on, or waits for its money.
    pub(super) fn subscription_becomes(&mut self, status: &str, from: &[&str], invoice: &Value) {
        let Some(before) = self.subscription_of_invoice(invoice) else { return };
        if self.beginning.as_deref() == before["id"].as_str() {
            return;
        }
        // What waits for a payment leaves the subscription as it is.
        if before["latest_invoice"] != invoice["id"]
            || (status == "past_due" && before["pending_update"].is_object())
            || !from.contains(&before["status"].as_str().unwrap_or_default())
        {
            return;
        }
        let mut after = before.clone();
        let paid = paid_status(&before, self.inquiry.now);
        after["status"] = if status == "active" { paid } else { status }.into();
        self.keep_method(&mut after, invoice);
        self.change((before, after), Some("customer.subscription.updated"));
    }

    /// With a subscription ends that its unpaid invoices advance by themselves.
    pub(super) fn stop_collecting(&mut self, subscription: &Value) {
        let place = "/parent/subscription_details/subscription";
        let advances = |own: &Value| {
            own.pointer(place) == Some(&subscription["id"])
                && own["auto_advance"] == true
                && (own["status"] == "draft" || own["status"] == "open")
        };
        for before in self.every("invoice", advances) {
            let mut after = before.clone();
            after["auto_advance"] = false.into();
            finalizing::plan(&mut after, &Value::Null);
            self.change((before, after), Some("invoice.updated"));
        }
    }

    /// A subscription keeps the card that has paid for it, where it is to.
    pub(super) fn keep_method(&self, subscription: &mut Value, invoice: &Value) {
        let kept = &subscription["payment_settings"]["save_default_payment_method"];
        if kept == "on_subscription"
            && ["active", "trialing"].contains(&subscription["status"].as_str().unwrap_or_default())
            && subscription["default_payment_method"].is_null()
            && let Ok(intent) = self.payment_of(invoice)
            // The card of a customer without payment methods stays their own choice.
            && intent["payment_method"].as_str().is_none_or(|id| self.find("card", id).is_none())
        {
            subscription["default_payment_method"] = intent["payment_method"].clone();
        }
    }

    /// Its payment is canceled with an invoice.
    pub(super) fn cancel_payment_of(&mut self, invoice: &Value) {
        let Ok(before) = self.payment_of(invoice) else { return };
        if before["status"] == "canceled" {
            return;
        }
        let now = self.inquiry.now;
        let now_of_payment = self.inquiry.time_of("payment_intent");
        if let Some(payment) = self.invoice_payment(invoice) {
            let mut canceled = payment.clone();
            canceled["status"] = "canceled".into();
            canceled["status_transitions"]["canceled_at"] = now.into();
            self.change((payment, canceled), None);
        }
        let mut after = before.clone();
        after["canceled_at"] = now_of_payment.into();
        after["cancellation_reason"] = "void_invoice".into();
        // What was not told yet is shown as it is to be.
        after["amount_received"] = 0.into();
        after["next_action"] = Value::Null;
        after["status"] = "canceled".into();
        self.change((before, after), Some("payment_intent.canceled"));
    }

    /// The payment intent of an invoice.
    pub(super) fn payment_of(&self, invoice: &Value) -> Result<Value> {
        let payment = self.invoice_payment(invoice).unwrap_or_default();
        let id = payment["payment"]["payment_intent"].as_str().unwrap_or_default();
        let none = || RequestError::not_served("invoices that have no payment intent here");
        self.find("payment_intent", id).ok_or_else(none)
    }

    /// What links an invoice with its own payment.
    fn invoice_payment(&self, invoice: &Value) -> Option<Value> {
        let is_its = |own: &Value| own["invoice"] == invoice["id"] && own["is_default"] != false;
        let written = self.every("invoice_payment", is_its).pop();
        written.or_else(|| {
            let id = invoice["id"].as_str()?;
            let is_its = |state: &&ObjectState| state.owner.as_deref() == Some(id);
            let state = self.inquiry.states("invoice_payment").find(is_its)?;
            Some(self.inquiry.seen(state).unwrap_or_else(|| state.own().clone()))
        })
    }

    /// The invoice of a payment, with what links them.
    pub(super) fn invoice_of(&self, intent: &Value) -> Option<(Value, Value)> {
        let is_its = |own: &Value| own["payment"]["payment_intent"] == intent["id"];
        let payment = self.every("invoice_payment", is_its).pop()?;
        let id = payment["invoice"].as_str().map(str::to_owned).or_else(|| {
            let mut states = self.inquiry.states("invoice_payment");
            states.find(|state| state.own()["id"] == payment["id"])?.owner.clone()
        });
        let invoice = self.find("invoice", &id?)?;
        Some((payment, invoice))
    }

    /// Whether a payment is that of an invoice.
    pub(super) fn is_of_invoice(&self, intent: &Value) -> bool {
        self.invoice_of(intent).is_some()
    }

    /// Whether a subscription has something to be paid by.
    pub(super) fn method_of_subscription(&self, subscription: &Value) -> bool {
        let own = &subscription["default_payment_method"];
        self.unless_detached(own, &subscription["customer"]).is_string()
            || self.usual_method(subscription).is_some()
    }

    /// What an invoice is paid by: what the call says, else the invoice, the subscription, or the customer.
    pub(super) fn method_of_invoice(&self, invoice: &Value, input: &Input) -> Result<Value> {
        if let Some(id) = input.get("payment_method").and_then(Value::as_str) {
            return self.method(id, "payment_method");
        }
        let subscription = self.subscription_of_invoice(invoice).unwrap_or_default();
        let named = [&invoice["default_payment_method"], &subscription["default_payment_method"]];
        let mut own = named.into_iter().filter_map(Value::as_str);
        let theirs = |method: &Value| method["customer"] == invoice["customer"];
        let own = own.find_map(|id| self.find("payment_method", id).filter(theirs));
        let none = || RequestError::wrong_state(Some("resource_missing"), NO_METHOD.to_owned());
        own.or_else(|| self.usual_method(invoice)).ok_or_else(none)
    }
}

/// When a payment is tried again, but for that of a subscription's first invoice: after 3 days, then 7, then no more.
/// Stripe's own schedule is not published.
pub(super) fn plan_attempt(invoice: &mut Value, now: i64) {
    let is_tried_again = ["manual", "subscription_cycle", "subscription_update"]
        .contains(&invoice["billing_reason"].as_str().unwrap_or_default());
    if invoice["auto_advance"] != true {
        return;
    }
    if !is_tried_again {
        // What stayed would come due again and again.
        invoice["next_payment_attempt"] = Value::Null;
        return;
    }
    let days = match invoice["attempt_count"].as_i64() {
        Some(1) => 3,
        Some(2) => 7,
        _ => {
            invoice["auto_advance"] = false.into();
            invoice["next_payment_attempt"] = Value::Null;
            return;
        }
    };
    invoice["next_payment_attempt"] = (now + days * 24 * 60 * 60).into();
}

pub(super) fn count_attempt(invoice: &mut Value) {
    let count = invoice["attempt_count"].as_i64().unwrap_or_default();
    invoice["attempt_count"] = (count + 1).into();
    invoice["attempted"] = true.into();
}
