//! How an object is seen: in the shape of the request's version, with what calls have changed, and, where no event
//! carries it, as the objects beside it say.

use serde_json::{Value, json};

use super::earlier::at_version;
use super::inquiry::Inquiry;
use super::object::{Authority, ObjectState};

/// What a balance transaction is called, by the object that it belongs to and the field of that which names it:
/// its type, its reporting category, and whether money comes in.
const TRANSACTIONS: [(&str, &str, &str, &str, i64); 11] = [
    ("charge", "balance_transaction", "charge", "charge", 1),
    ("refund", "balance_transaction", "refund", "refund", -1),
    ("refund", "failure_balance_transaction", "refund_failure", "refund_failure", 1),
    ("payout", "balance_transaction", "payout", "payout", -1),
    ("payout", "failure_balance_transaction", "payout_failure", "payout_reversal", 1),
    ("transfer", "balance_transaction", "transfer", "transfer", -1),
    ("transfer_reversal", "balance_transaction", "transfer_refund", "transfer_reversal", 1),
    ("topup", "balance_transaction", "topup", "topup", 1),
    ("application_fee", "balance_transaction", "application_fee", "platform_earning", 1),
    ("fee_refund", "balance_transaction", "application_fee_refund", "platform_earning_refund", -1),
    ("issuing.transaction", "balance_transaction", "issuing_transaction", "issuing_transaction", 1),
];

/// Objects that are made as the objects beside them say, where no event carries them.
const MADE: [&str; 2] = ["balance_transaction", "invoice_payment"];

impl Inquiry<'_> {
    /// Whether an object is made as the objects beside it say.
    pub(super) fn is_made(state: &ObjectState) -> bool {
        state.source == Authority::Companion && MADE.contains(&state.kind())
    }

    /// The object as this request sees it; `None` where it is not there yet.
    pub(super) fn seen(&self, state: &ObjectState) -> Option<Value> {
        let mut value = state.at(&self.version).to_value();
        if state.is_written && *state.shapes.version != *self.version {
            value = self.in_version(value);
        }
        if state.is_written && state.kind() == "balance_transaction" {
            value["status"] = self.status_of(&value);
        }
        if state.source == Authority::Companion {
            match state.kind() {
                "balance" => self.count_money(&mut value),
                "balance_transaction" => self.agree_with_source(&mut value),
                "invoice_payment" => self.agree_with_invoice(&mut value, state)?,
                _ => {}
            }
        }
        Some(value)
    }

    /// The money that calls have moved is on the balance, or will be.
    fn count_money(&self, balance: &mut Value) {
        let all = self.states("balance_transaction");
        for state in all.filter(|state| state.is_written && !state.is_deleted) {
            let moved = state.own();
            let place = if self.status_of(moved) == "pending" { "pending" } else { "available" };
            let net = moved["net"].as_i64().unwrap_or_default();
            let Some(sums) = balance[place].as_array_mut() else { continue };
            let known = sums.iter().position(|sum| sum["currency"] == moved["currency"]);
            let at = known.unwrap_or(sums.len());
            if known.is_none() {
                let currency = &moved["currency"];
                let none = json!({"amount": 0, "currency": currency, "source_types": {"card": 0}});
                sums.push(none);
            }
            for path in ["/amount", "/source_types/card"] {
                if let Some(sum) = sums[at].pointer_mut(path) {
                    *sum = sum.as_i64().unwrap_or_default().saturating_add(net).into();
                }
            }
        }
    }

    /// The status of a balance transaction by now: money that was pending is available some day.
    fn status_of(&self, transaction: &Value) -> Value {
        let is_due = transaction["available_on"].as_i64().is_some_and(|from| from <= self.now);
        if is_due { "available".into() } else { transaction["status"].clone() }
    }

    /// An object of the newest shape, in that of the request's version.
    pub(super) fn in_version(&self, value: Value) -> Value {
        match self.store.objects(&self.account) {
            Some(beside) => at_version(value, &self.version, beside),
            None => value,
        }
    }

    /// The money that a balance transaction moves is that of the object which names it.
    fn agree_with_source(&self, transaction: &mut Value) {
        let Some(id) = transaction["id"].as_str() else { return };
        let found = TRANSACTIONS.iter().find_map(|row| {
            let source = self.states(row.0).find(|state| state.look().names(row.1, id))?;
            Some((row, source.own()))
        });
        let Some(((kind, _, name, category, sign), source)) = found else { return };
        let amount = sign * source["amount"].as_i64().unwrap_or_default();
        let fee =
            if *kind == "charge" { transaction["fee"].as_i64().unwrap_or_default() } else { 0 };
        if *kind != "charge" {
            transaction["fee_details"] = json!([]);
        }
        for (field, value) in [
            ("amount", amount.into()),
            ("currency", source["currency"].clone()),
            ("created", source["created"].clone()),
            ("fee", fee.into()),
            ("net", (amount - fee).into()),
            ("reporting_category", (*category).into()),
            ("source", source["id"].clone()),
            ("type", (*name).into()),
        ] {
            transaction[field] = value;
        }
    }

    /// An invoice's payment is as far as the invoice is; a draft has none, nor has one with nothing to pay.
    fn agree_with_invoice(&self, payment: &mut Value, state: &ObjectState) -> Option<()> {
        let invoice = state.owner.as_deref().or_else(|| payment["invoice"].as_str())?;
        let kinds = ["invoice".to_owned()];
        let invoice = self.store.objects(&self.account)?.find(&kinds, invoice)?.own();
        let is_tried = invoice["attempted"] == true || invoice["status"] == "open";
        let status = match invoice["status"].as_str()? {
            "paid" if is_tried => "paid",
            "open" | "uncollectible" => "open",
            "void" => "canceled",
            _ => return None,
        };
        if invoice["amount_due"] == 0 {
            return None;
        }
        let transitions = &invoice["status_transitions"];
        let (paid, voided) = (transitions["paid_at"].clone(), transitions["voided_at"].clone());
        payment["status"] = status.into();
        payment["amount_requested"] = invoice["amount_due"].clone();
        payment["currency"] = invoice["currency"].clone();
        let is_paid = status == "paid";
        payment["amount_paid"] = if is_paid { invoice["amount_paid"].clone() } else { Value::Null };
        payment["status_transitions"] = json!({
            "canceled_at": if status == "canceled" { voided } else { Value::Null },
            "paid_at": if is_paid { paid } else { Value::Null },
        });
        Some(())
    }
}
