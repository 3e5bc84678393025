//! Invoices by calls: drafts, what they become, and previews.

use serde_json::{Value, json};

use super::action::{self, WriteAction};
use super::draft::Draft;
use super::finalizing::waits_for_endpoint;
use super::input::Input;
use super::payments::{MOST_PAID, too_large};
use super::transfer_payments;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::event::id::BASE62;
use crate::protocol::ordered;

/// What the payment of an invoice that no subscription has made says.
const MANUAL_PAYMENT: &str = "Payment for Invoice";
const DAY: i64 = 24 * 60 * 60;

impl Draft<'_, '_> {
    pub(super) fn create_invoice(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let (customer, currency) = self.billed(&input["customer"], input.get("currency"))?;
        let mut invoice = self.new_object(action, input)?;
        address(&mut invoice, &customer, &currency);
        if let Some(id) = input.get("subscription") {
            invoice["parent"] = parent_of(&self.billed_subscription(id, &customer)?);
        }
        if !input.contains_key("discounts") {
            invoice["discounts"] = self.discounts_or_customers(&json!([]), &customer["id"]);
        }
        self.set_terms(&mut invoice, input)?;
        let pending = match input.get("pending_invoice_items_behavior") {
            Some(behavior) if behavior == "include" => self.pending(&invoice),
            _ => Vec::new(),
        };
        self.take_in(&mut invoice, &pending)?;
        Ok(self.draft_of(action, invoice, pending))
    }

    /// A draft is there, and the items that were pending lie on it.
    fn draft_of(&mut self, action: &WriteAction, invoice: Value, pending: Vec<Value>) -> usize {
        let id = invoice["id"].clone();
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(invoice)));
        self.lay_on(&id, pending);
        number
    }

    /// Items that were pending lie on an invoice from now on.
    pub(super) fn lay_on(&mut self, invoice: &Value, pending: Vec<Value>) {
        for before in pending {
            let mut after = before.clone();
            after["invoice"] = invoice.clone();
            self.change((before, after), None);
        }
    }

    pub(super) fn update_invoice(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        let mut after = before.clone();
        action.apply(input, &mut after);
        if before["status"] == "draft" {
            self.set_terms(&mut after, input)?;
            self.recount(&mut after);
        }
        Ok(self.note(action, ChangeKind::Updated, (before, ordered(after))))
    }

    pub(super) fn finalize_invoice(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        let mut draft = before.clone();
        action.apply(input, &mut draft);
        if input.contains_key("auto_advance") {
            self.plan_advance(&mut draft, &Input::new())?;
        }
        let invoice = self.finalize(&before, draft, Some(MANUAL_PAYMENT))?;
        Ok(self.place_of(&invoice))
    }

    /// An invoice that is to be paid or sent, which Stripe makes final by itself.
    pub(super) fn made_final(&mut self, known: Value) -> Result<Value> {
        if known["status"] == "draft" {
            self.finalize(&known, known.clone(), Some(MANUAL_PAYMENT))
        } else {
            Ok(known)
        }
    }

    /// Where the first change of an invoice is.
    pub(super) fn place_of(&self, invoice: &Value) -> usize {
        self.changes.iter().position(|change| change.id() == invoice["id"]).unwrap_or_default()
    }

    pub(super) fn delete_invoice(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        if !before["parent"].is_null() {
            let message = "You can't delete invoices created by subscriptions.";
            return Err(RequestError::wrong_state(None, message.to_owned()));
        }
        let delete = action::required("DELETE /v1/invoiceitems/{invoiceitem}")?;
        for item in self.every("invoiceitem", |item| item["invoice"] == before["id"]) {
            self.note(delete, ChangeKind::Deleted, (item.clone(), item));
        }
        Ok(self.note(action, ChangeKind::Deleted, (before.clone(), before)))
    }

    /// The items of a customer that lie on no invoice yet; those of one subscription are not for another one's.
    pub(super) fn pending(&self, invoice: &Value) -> Vec<Value> {
        let own = &invoice["parent"]["subscription_details"]["subscription"];
        self.every("invoiceitem", |item| {
            let of = &item["parent"]["subscription_details"]["subscription"];
            // An invoice that a call makes for a subscription takes in what is that one's alone.
            let is_its = own == of || (of.is_null() && invoice["billing_reason"] != "manual");
            item["invoice"].is_null()
                && item["customer"] == invoice["customer"]
                && item["currency"] == invoice["currency"]
                && (own.is_null() || is_its)
        })
    }

    /// Items become lines of an invoice.
    pub(super) fn take_in(&mut self, invoice: &mut Value, items: &[Value]) -> Result<()> {
        for item in items {
            let line = self.line_of(item, &invoice["id"])?;
            if let Some(lines) = invoice["lines"]["data"].as_array_mut() {
                lines.push(line);
            }
        }
        self.recount(invoice);
        Ok(())
    }

    /// How a draft is to be paid: by whom, until when, with which taxes and discounts.
    fn set_terms(&mut self, invoice: &mut Value, input: &Input) -> Result<()> {
        let now = self.inquiry.now;
        let is_sent = invoice["collection_method"] == "send_invoice";
        let due = input.get("due_date").and_then(Value::as_i64);
        if due.is_some_and(|due| due <= now) {
            return Err(RequestError::not_ahead("due_date"));
        }
        if let Some(days) = input.get("days_until_due").and_then(Value::as_i64) {
            invoice["due_date"] = now.saturating_add(days.saturating_mul(DAY)).into();
        }
        if is_sent && invoice["due_date"].is_null() {
            let message = "If invoice collection method is 'send_invoice', you must specify either \
                           'due_date' or 'days_until_due'.";
            return Err(RequestError::invalid("days_until_due", message));
        }
        if !is_sent && !invoice["due_date"].is_null() {
            let message = "You can only specify 'due_date' or 'days_until_due' if invoice collection \
                           method is 'send_invoice'.";
            return Err(RequestError::invalid("due_date", message));
        }
        if let Some(ids) = input.get("default_tax_rates") {
            invoice["default_tax_rates"] = self.tax_rates(ids, "default_tax_rates")?;
        }
        if let Some(given) = input.get("discounts") {
            let (id, customer) = (invoice["id"].clone(), invoice["customer"].clone());
            invoice["discounts"] = self.discounts(given, ("invoice", &id), &customer)?;
        }
        self.plan_advance(invoice, input)
    }

    /// A draft becomes final, with a payment of that description where there is something to pay; returns it as it is
    /// then. `known` is null where the draft was told by this call.
    pub(super) fn finalize(
        &mut self,
        known: &Value,
        mut invoice: Value,
        what: Option<&str>,
    ) -> Result<Value> {
        self.count_balance(&mut invoice)?;
        let due = invoice["amount_due"].as_i64().unwrap_or_default();
        if due > MOST_PAID {
            return Err(too_large());
        }
        self.number(&mut invoice);
        if let (true, Some(what)) = (due > 0, what) {
            self.ask_for(&invoice, what)?;
        }
        let told = if known.is_null() { "invoice.finalized" } else { "invoice.updated" };
        let before = self.invoice_by_now(&invoice);
        self.change((before, invoice.clone()), Some(told));
        if !known.is_null() {
            self.tell(invoice.clone(), Some("invoice.finalized"));
        }
        self.use_up_discount(&invoice);
        if due > 0 {
            return Ok(invoice);
        }
        self.invoice_needs_nothing(&invoice);
        Ok(self.invoice_by_now(&invoice))
    }

    pub(super) fn invoice_by_now(&self, invoice: &Value) -> Value {
        self.find("invoice", invoice["id"].as_str().unwrap_or_default()).unwrap_or_default()
    }

    /// What a final invoice has: a number among its customer's, and its pages.
    fn number(&mut self, invoice: &mut Value) {
        let now = self.inquiry.now;
        let id = invoice["customer"].as_str().unwrap_or_default();
        let before = self.find("customer", id).unwrap_or_default();
        let sequence = before["next_invoice_sequence"].as_i64().unwrap_or(1);
        let prefix = before["invoice_prefix"].as_str().unwrap_or("DEVTOOL");
        let (seed, _) = self.inquiry.store.next_name(0);
        let page = seed.characters(&format!("page/{}", invoice["id"]), BASE62, 100);
        let is_numbered = invoice["number"].is_string();
        if !is_numbered {
            invoice["number"] = format!("{prefix}-{sequence:04}").into();
        }
        invoice["hosted_invoice_url"] =
            format!("https://invoice.stripe.com/i/acct_devtool/test_{page}?s=ap").into();
        invoice["invoice_pdf"] =
            format!("https://pay.stripe.com/invoice/acct_devtool/test_{page}/pdf?s=ap").into();
        if invoice["webhooks_delivered_at"].is_null() && !waits_for_endpoint(invoice) {
            invoice["webhooks_delivered_at"] = invoice["created"].clone();
        }
        for (field, value) in [
            ("automatically_finalizes_at", Value::Null),
            ("effective_at", now.into()),
            ("status", "open".into()),
        ] {
            invoice[field] = value;
        }
        invoice["status_transitions"]["finalized_at"] = now.into();
        let mut after = before.clone();
        after["next_invoice_sequence"] = (sequence + 1).into();
        if before.is_object() && !is_numbered {
            self.change((before, after), None);
        }
    }

    /// The payment that an invoice asks for.
    fn ask_for(&mut self, invoice: &Value, what: &str) -> Result<()> {
        let mut intent = self.blank("payment_intent")?;
        for (field, of_invoice) in
            [("amount", "amount_due"), ("currency", "currency"), ("customer", "customer")]
        {
            intent[field] = invoice[of_invoice].clone();
        }
        intent["capture_method"] = "automatic".into();
        intent["description"] = what.into();
        if invoice["billing_reason"] == "subscription_create" {
            intent["setup_future_usage"] = "off_session".into();
        }
        let id = intent["id"].clone();
        self.add(intent, Some("payment_intent.created"));
        self.link_payment(invoice, &id, true)?;
        Ok(())
    }

    /// Links an invoice with a payment; returns the link.
    pub(super) fn link_payment(
        &mut self,
        invoice: &Value,
        intent: &Value,
        is_default: bool,
    ) -> Result<Value> {
        let mut payment = self.blank_beside("invoice_payment", "invoice")?;
        payment["amount_requested"] = invoice["amount_remaining"].clone();
        payment["currency"] = invoice["currency"].clone();
        payment["invoice"] = invoice["id"].clone();
        payment["is_default"] = is_default.into();
        payment["payment"]["payment_intent"] = intent.clone();
        self.add(payment.clone(), None);
        Ok(payment)
    }

    pub(super) fn attach_payment(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        let id = input["payment_intent"].as_str().unwrap_or_default();
        let intent = self.find("payment_intent", id).unwrap_or_default();
        let has_own = intent["customer"] == before["customer"];
        let is_all = intent["amount"] == before["amount_remaining"];
        if self.is_of_invoice(&intent) || !has_own || !is_all || intent["status"] == "canceled" {
            let what = "to attach a payment that is another invoice's, another customer's, canceled, or \
                        not of all that remains to be paid";
            return Err(RequestError::not_served(what));
        }
        if goes_on(&intent) {
            let what = "to attach a payment whose money is still to come: by a debit, by a bank \
                        transfer, or captured later";
            return Err(RequestError::not_served(what));
        }
        let payment = self.link_payment(&before, &intent["id"], false)?;
        if intent["status"] != "succeeded" {
            return Ok(self.change((before.clone(), before), None));
        }
        let number = self.invoice_is_paid_by(&before, &payment);
        self.cancel_payment_of(&before);
        Ok(number)
    }
}

/// What an invoice of a subscription says of that.
pub(super) fn parent_of(subscription: &Value) -> Value {
    json!({
        "quote_details": null,
        "subscription_details": {
            "metadata": subscription["metadata"],
            "subscription": subscription["id"],
        },
        "type": "subscription_details",
    })
}

/// Whether a payment becomes paid by itself, or by a call that does not look for its invoice.
fn goes_on(intent: &Value) -> bool {
    ["processing", "requires_capture"].contains(&intent["status"].as_str().unwrap_or_default())
        || transfer_payments::waits(intent)
}

/// Whom an invoice is for, and where its lines are.
pub(super) fn address(invoice: &mut Value, customer: &Value, currency: &str) {
    let id = invoice["id"].as_str().unwrap_or_default();
    invoice["lines"]["url"] = format!("/v1/invoices/{id}/lines").into();
    invoice["currency"] = currency.into();
    invoice["customer"] = customer["id"].clone();
    invoice["test_clock"] = customer["test_clock"].clone();
    for field in ["address", "email", "name", "phone", "shipping", "tax_exempt"] {
        invoice[format!("customer_{field}")] = customer[field].clone();
    }
}
