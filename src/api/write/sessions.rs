//! Checkout Sessions: what is on sale in them. What follows when the customer pays is in `checkout`.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::debits::check_currencies;
use super::draft::Draft;
use super::input::Input;
use super::page_answers;
use super::payment_kinds::{check_kinds, set_kinds};
use super::payments::{LEAST_USD, MOST_PAID, too_large};
use super::periods;
use super::prices::{self, check_fits};
use super::promotions::DiscountFor;
use super::shipping;
use super::subscription_items::check_active;
use super::subscriptions::anchor_ahead;
use super::sums::{self, LineTerms, TaxTerms};
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;
use crate::event::id::BASE62;
use crate::protocol::ordered;

/// How long a session may be open, in seconds.
const LEAST_OPEN: i64 = 30 * 60;
const MOST_OPEN: i64 = 24 * 60 * 60;
/// How far ahead the end of a trial is at least (the library's description of `trial_end`).
const LEAST_TRIAL: i64 = 48 * 60 * 60;

/// What the mode of a session does not allow.
const RECURRING: &str = "You specified `payment` mode but passed a recurring price. Either switch to \
                         `subscription` mode or use only one-time prices.";
const ONE_TIME: &str =
    "You must provide at least one recurring price in `subscription` mode when using prices.";

impl Draft<'_, '_> {
    pub(super) fn create_session(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let mode = input["mode"].as_str().unwrap_or_default();
        check_kinds(input)?;
        let mut session = self.new_object(action, input)?;
        check_pages(&session)?;
        set_kinds(&mut session);
        session["custom_fields"] = page_answers::asked(&session["custom_fields"]);
        self.set_expiry(&mut session, input)?;
        self.set_page(&mut session);
        if mode == "setup" {
            self.begin_setup(&mut session, input)?;
        } else {
            self.put_on_sale(&mut session, mode, input)?;
            check_currencies(&session)?;
        }
        if mode == "subscription" {
            session["customer_creation"] = "always".into();
            session["invoice_creation"] = Value::Null;
            if !input.contains_key("payment_method_collection") {
                session["payment_method_collection"] = "always".into();
            }
        }
        if !session["customer"].is_null() {
            session["customer_creation"] = Value::Null;
        }
        let number = self.note(action, ChangeKind::Created, (Value::Null, ordered(session)));
        self.changes[number].hidden = hidden(input);
        Ok(number)
    }

    /// When nobody can pay any more.
    fn set_expiry(&self, session: &mut Value, input: &Input) -> Result<()> {
        let now = self.inquiry.request.second;
        let until = input.get("expires_at").and_then(Value::as_i64).unwrap_or(now + MOST_OPEN);
        if !(LEAST_OPEN..=MOST_OPEN).contains(&until.saturating_sub(now)) {
            let message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from \
                           Checkout Session creation.";
            return Err(RequestError::invalid("expires_at", message));
        }
        session["expires_at"] = until.into();
        Ok(())
    }

    /// Where the customer pays: a page of Stripe's, or the app's.
    fn set_page(&self, session: &mut Value) {
        let id = session["id"].as_str().unwrap_or_default().to_owned();
        let drawn = self.inquiry.store.next_name(0).0.characters(&format!("page/{id}"), BASE62, 80);
        if session["ui_mode"] == "hosted_page" {
            session["url"] = format!("https://checkout.stripe.com/c/pay/{id}#{drawn}").into();
        } else {
            session["client_secret"] = format!("{id}_secret_{drawn}").into();
        }
    }

    /// In setup mode, what is to be saved is there from the beginning.
    fn begin_setup(&mut self, session: &mut Value, input: &Input) -> Result<()> {
        if input.contains_key("line_items") {
            let message = "You can not pass `line_items` in `setup` mode.";
            return Err(RequestError::invalid("line_items", message));
        }
        let mut intent = self.blank("setup_intent")?;
        for (field, value) in
            input.get("setup_intent_data").and_then(Value::as_object).into_iter().flatten()
        {
            intent[field.as_str()] = value.clone();
        }
        intent["customer"] = session["customer"].clone();
        intent["usage"] = "off_session".into();
        for field in ["payment_method_options", "payment_method_types"] {
            if !session[field].is_null() {
                intent[field] = session[field].clone();
            }
        }
        session["setup_intent"] = intent["id"].clone();
        session["payment_status"] = "no_payment_required".into();
        session["currency"] = input.get("currency").cloned().unwrap_or_default();
        for field in ["amount_subtotal", "amount_total", "total_details"] {
            session[field] = Value::Null;
        }
        self.add(intent, Some("setup_intent.created"));
        Ok(())
    }

    /// What is on sale, of which there is something.
    pub(super) fn items_on_sale(&mut self, input: &Input) -> Result<Vec<Value>> {
        let given = input.get("line_items").and_then(Value::as_array).into_iter().flatten();
        let items: Vec<Value> =
            given.enumerate().map(|(at, one)| self.item_on_sale(one, at)).collect::<Result<_>>()?;
        if items.is_empty() {
            return Err(RequestError::missing_parameter("line_items"));
        }
        Ok(items)
    }

    /// What is on sale, and what it comes to.
    fn put_on_sale(&mut self, session: &mut Value, mode: &str, input: &Input) -> Result<()> {
        let mut items = self.items_on_sale(input)?;
        check_mode(mode, &items)?;
        if let Some(data) = input.get("subscription_data").filter(|_| mode == "subscription") {
            self.set_first_amounts(&mut items, data)?;
        }
        let id = session["id"].clone();
        if let Some(discounts) = input.get("discounts") {
            let amounts = items.iter().filter_map(|item| item["amount_subtotal"].as_i64());
            let is_free = input.get("subscription_data").is_some_and(has_trial);
            let total = Some(amounts.sum()).filter(|_| !is_free);
            self.set_discounts(session, discounts, (&items[0]["currency"], total))?;
        }
        let terms: Vec<LineTerms> = items.iter().map(line_terms).collect();
        let coupon = self.coupon_named(&session["discounts"]);
        let sum = sums::invoice(&terms, coupon);
        let mut tax = 0;
        for (item, of_line) in items.iter_mut().zip(&sum.lines) {
            let taxes = sums::total(of_line.taxes.iter().copied());
            tax = taxes.saturating_add(tax);
            item["amount_discount"] = of_line.discount.into();
            item["amount_tax"] = taxes.into();
            item["amount_total"] = of_line.taxable.saturating_add(taxes).into();
        }
        self.offer_shipping(session, (mode, input), &items[0]["currency"])?;
        let shipping = shipping::cost(session);
        let total = sum.total.saturating_add(shipping);
        check_sum(total, &items[0]["currency"])?;
        session["currency"] = items[0]["currency"].clone();
        session["amount_subtotal"] = sum.subtotal.into();
        session["amount_total"] = total.into();
        session["total_details"] = json!({"amount_discount": sum.discount, "amount_shipping": shipping, "amount_tax": tax});
        for mut item in items {
            if let Some(members) = item.as_object_mut() {
                members.shift_remove("tax_rates");
            }
            self.add_of(item, &id);
        }
        Ok(())
    }

    /// What items cost with which a subscription begins: nothing in a trial, a part where its first period goes to an
    /// anchor, or nothing until that (docs.stripe.com/payments/checkout/billing-cycle).
    fn set_first_amounts(&self, items: &mut [Value], data: &Value) -> Result<()> {
        let now = self.inquiry.request.second;
        let trial_end = data["trial_end"].as_i64();
        if trial_end.is_some_and(|end| end < now.saturating_add(LEAST_TRIAL)) {
            let message = "The `trial_end` date has to be at least 2 days in the future.";
            return Err(RequestError::invalid("subscription_data[trial_end]", message));
        }
        let said = data.as_object().cloned().unwrap_or_default();
        let mut recurring = items.iter().map(|item| &item["price"]["recurring"]);
        let recurring = recurring.find(|recurring| !recurring.is_null()).cloned();
        let recurring = recurring.unwrap_or_default();
        let anchor = anchor_ahead(&said, &recurring, now);
        let anchor = anchor.map_err(|error| error.below("subscription_data"))?;
        // What is sold once is paid at once.
        for item in items.iter_mut().filter(|item| item["price"]["type"] == "recurring") {
            if has_trial(data) {
                item["amount_subtotal"] = 0.into();
            } else if let Some(anchor) = anchor {
                let whole = periods::boundary(now, &recurring, 1).saturating_sub(now);
                let time = anchor.saturating_sub(now);
                let quantity = item["quantity"].as_i64().unwrap_or(1);
                let parts = prices::parts(&self.priced(&item["price"]), quantity);
                let amounts = parts.into_iter().flatten().map(|part| part.amount);
                let is_free = data["proration_behavior"] == "none" && time < whole;
                let part = |amount| if is_free { 0 } else { sums::part(amount, time, whole) };
                item["amount_subtotal"] = sums::total(amounts.map(part)).into();
            }
        }
        Ok(())
    }

    fn item_on_sale(&mut self, given: &Value, at: usize) -> Result<Value> {
        let shown = format!("line_items[{at}]");
        // How many there may be is the page's to ask: the customer takes as many as are there.
        let known = ["adjustable_quantity", "price", "price_data", "quantity", "tax_rates"];
        let names = given.as_object().into_iter().flatten().map(|(name, _)| name);
        if let Some(other) = names.into_iter().find(|name| !known.contains(&name.as_str())) {
            return Err(RequestError::not_served(&format!("the parameter `{shown}[{other}]`")));
        }
        let price = match given["price"].as_str() {
            Some(id) => {
                let parameter = format!("{shown}[price]");
                let missing = || RequestError::missing_in("price", id, &parameter);
                let price = self.find("price", id).ok_or_else(missing)?;
                check_active(&price, &parameter)?;
                price
            }
            None if given["price_data"].is_object() => {
                let made = self.price_of_data(&given["price_data"]);
                made.map_err(|error| error.below(&shown))?
            }
            None => return Err(RequestError::missing_parameter(&format!("{shown}[price]"))),
        };
        self.check_priced(&price)?;
        let Some(quantity) = given["quantity"].as_i64() else {
            return Err(RequestError::missing_parameter(&format!("{shown}[quantity]")));
        };
        if quantity < 1 {
            let message = "This value must be greater than or equal to 1.".to_owned();
            return Err(RequestError::out_of_range(&format!("{shown}[quantity]"), message));
        }
        let priced = self.priced(&price);
        check_fits(&priced, quantity, &format!("{shown}[quantity]"))?;
        let product = self.find("product", price["product"].as_str().unwrap_or_default());
        let mut item = self.blank_beside("item", "checkout.session")?;
        item["amount_subtotal"] = prices::cost(&priced, quantity).into();
        item["currency"] = price["currency"].clone();
        item["description"] = product.map(|product| product["name"].clone()).unwrap_or_default();
        item["quantity"] = quantity.into();
        item["price"] = price;
        item["tax_rates"] = self.tax_rates(&given["tax_rates"], &format!("{shown}[tax_rates]"))?;
        Ok(item)
    }

    /// The coupons of a session; they count as redeemed once it is paid.
    fn set_discounts(
        &self,
        session: &mut Value,
        given: &Value,
        (currency, total): (&Value, Option<i64>),
    ) -> Result<()> {
        let given = given.as_array().map_or(&[][..], Vec::as_slice);
        let [one] = given else {
            return Err(RequestError::not_served("several discounts"));
        };
        let place = "discounts[0]";
        self.redeemable(one, (currency, place))?;
        let bill = total.map(|total| (total, currency));
        let of = DiscountFor { customer: &session["customer"], bill, place };
        self.check_restrictions(one, &of)?;
        session["discounts"] =
            json!([{"coupon": one["coupon"], "promotion_code": one["promotion_code"]}]);
        Ok(())
    }

    fn coupon_named(&self, discounts: &Value) -> Option<sums::CouponTerms> {
        let one = &discounts[0];
        let code = one["promotion_code"].as_str().and_then(|id| self.find("promotion_code", id));
        let id =
            code.map_or_else(|| one["coupon"].clone(), |code| code["promotion"]["coupon"].clone());
        self.coupon_terms(id.as_str()?)
    }
}

/// Whether a subscription is free at first, by what a session says of it.
pub(super) fn has_trial(subscription_data: &Value) -> bool {
    subscription_data["trial_period_days"].as_i64() > Some(0)
        || subscription_data["trial_end"].is_i64()
}

/// What a session is to do later, and does not show.
fn hidden(input: &Input) -> Value {
    let names = ["line_items", "payment_intent_data", "subscription_data"];
    let said = names.into_iter().filter_map(|name| Some((name, input.get(name)?.clone())));
    said.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn check_pages(session: &Value) -> Result<()> {
    let (needed, other) = match session["ui_mode"].as_str() {
        Some("hosted_page") => ("success_url", "return_url"),
        Some("embedded_page") => ("return_url", "success_url"),
        _ => return Err(RequestError::not_served("sessions on pages of the app's own elements")),
    };
    if session[needed].is_null() {
        return Err(RequestError::missing_parameter(needed));
    }
    if session[other].is_string() {
        let mode = session["ui_mode"].as_str().unwrap_or_default();
        let message = format!("You can not pass `{other}` when `ui_mode` is `{mode}`.");
        return Err(RequestError::invalid(other, message));
    }
    Ok(())
}

pub(super) fn check_mode(mode: &str, items: &[Value]) -> Result<()> {
    let recurs = |item: &Value| item["price"]["type"] == "recurring";
    if mode == "payment" && items.iter().any(recurs) {
        return Err(RequestError::wrong_state(None, RECURRING.to_owned()));
    }
    if mode == "subscription" && !items.iter().any(recurs) {
        return Err(RequestError::wrong_state(None, ONE_TIME.to_owned()));
    }
    if items.iter().any(|item| item["currency"] != items[0]["currency"]) {
        let message = "All prices in a Checkout Session must have the same currency.";
        return Err(RequestError::wrong_state(None, message.to_owned()));
    }
    Ok(())
}

/// Whether so much can be charged, where there is something to pay.
fn check_sum(total: i64, currency: &Value) -> Result<()> {
    if currency == "usd" && (1..LEAST_USD).contains(&total) {
        let message = "The Checkout Session's total amount due must add up to at least $0.50 usd";
        return Err(RequestError::wrong_state(Some("amount_too_small"), message.to_owned()));
    }
    if total > MOST_PAID { Err(too_large()) } else { Ok(()) }
}

fn line_terms(item: &Value) -> LineTerms {
    let rates = item["tax_rates"].as_array().map_or(&[][..], Vec::as_slice);
    LineTerms {
        amount: item["amount_subtotal"].as_i64().unwrap_or_default(),
        is_discountable: true,
        taxes: rates.iter().map(TaxTerms::of).collect(),
    }
}
