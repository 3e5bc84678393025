//! Cash balances: money that a customer has sent by bank transfer, and that pays for nothing yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::action::WriteAction;
use super::bank_transfers;
use super::draft::Draft;
use super::input::Input;
use crate::api::answer::ApiAnswer;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::api::object::{Authority, CASH_BALANCE, ObjectState, Place, Shapes};

const CREATED: &str = "customer_cash_balance_transaction.created";
const AVAILABLE: &str = "cash_balance.funds_available";

/// The cash balance of the customer that the path names, who may never have sent anything.
pub(crate) fn cash_balance(inquiry: &Inquiry<'_>) -> Result<ApiAnswer> {
    if let Ok(state) = inquiry.retrieve(&[CASH_BALANCE.to_owned()]) {
        return inquiry.whole(state);
    }
    let draft = Draft::new(inquiry);
    let own = draft.cash_of(&draft.named_by_path("customer").unwrap_or_default())?;
    let shapes = Arc::new(Shapes::new(own, Arc::clone(&inquiry.version), BTreeMap::new()));
    inquiry.whole(&ObjectState::new(shapes, Place::FIRST, Authority::Event))
}

impl Draft<'_, '_> {
    /// A customer's cash balance as it is by now.
    fn cash_of(&self, customer: &str) -> Result<Value> {
        if let Some(known) = self.find(CASH_BALANCE, customer) {
            return Ok(known);
        }
        let owner = self.find("customer", customer);
        let owner = owner.ok_or_else(|| RequestError::missing("customer", customer))?;
        let template = super::action::of_kind(CASH_BALANCE).map(|known| &known.new);
        let mut made = self.made(template.ok_or_else(|| self.inquiry.not_served())?, "");
        made["customer"] = owner["id"].clone();
        Ok(made)
    }

    /// It is another from now on; returns where it is among the changes.
    fn set_cash(&mut self, after: Value) -> usize {
        let customer = after["customer"].as_str().unwrap_or_default();
        match self.find(CASH_BALANCE, customer) {
            Some(before) => self.change((before, after), None),
            None => self.add(after, None),
        }
    }

    /// Who says how money is applied: the account, unless the customer has a way of their own.
    pub(super) fn update_cash_balance(&mut self, input: &Input) -> Result<usize> {
        let mut after = self.cash_of(&self.named_by_path("customer").unwrap_or_default())?;
        let said = input.get("settings").and_then(|settings| settings.get("reconciliation_mode"));
        if let Some(said) = said {
            let is_default = *said == "merchant_default";
            let mode = if is_default { "automatic".into() } else { said.clone() };
            after["settings"]["reconciliation_mode"] = mode;
            after["settings"]["using_merchant_default"] = is_default.into();
        }
        Ok(self.set_cash(after))
    }

    /// Money comes by bank transfer.
    pub(super) fn fund_cash_balance(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let customer = self.named_by_path("customer").unwrap_or_default();
        let currency = input["currency"].as_str().unwrap_or_default().to_lowercase();
        let amount = input["amount"].as_i64().unwrap_or_default();
        let transfer = bank_transfers::named_for(&currency)?;
        self.cash_of(&customer)?;
        let reference = input.get("reference").cloned().unwrap_or_default();
        let mut transaction = self.new_object(action, &Map::new())?;
        transaction["funded"] = transfer.funded(&reference);
        let number = self.move_cash(transaction, (&customer, &currency), amount)?;
        self.reconcile(&customer, &currency, amount)?;
        let left = self.cash_of(&customer)?;
        if left["available"][&currency].as_i64() > Some(0) {
            self.tell(left, Some(AVAILABLE));
        }
        Ok(number)
    }

    /// A cash balance has more or less by a transaction; returns where that is among the changes.
    pub(super) fn move_cash(
        &mut self,
        mut transaction: Value,
        (customer, currency): (&str, &str),
        amount: i64,
    ) -> Result<usize> {
        let mut after = self.cash_of(customer)?;
        let before = after["available"][currency].as_i64().unwrap_or_default();
        let ending = before.saturating_add(amount);
        if !after["available"].is_object() {
            after["available"] = Value::Object(Map::new());
        }
        after["available"][currency] = ending.into();
        transaction["currency"] = currency.into();
        transaction["customer"] = after["customer"].clone();
        transaction["ending_balance"] = ending.into();
        transaction["net_amount"] = amount.into();
        self.set_cash(after);
        Ok(self.add(transaction, Some(CREATED)))
    }
}
