//! Setup intents of bank accounts: they are saved for later debits, with a mandate.

use serde_json::Value;

use super::charging::PaymentTerms;
use super::draft::Draft;
use super::test_accounts;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

impl Draft<'_, '_> {
    /// Saves a bank account; returns where the setup is among the changes.
    pub(super) fn set_up_debit(
        &mut self,
        before: &Value,
        method: &Value,
        terms: &PaymentTerms,
    ) -> Result<usize> {
        let what = || RequestError::not_served("this kind of payment method, saved for later");
        let (kind, account) = test_accounts::of(method).ok_or_else(what)?;
        if terms.decline.is_some() {
            return Err(RequestError::not_served("a decline of a bank account that is saved"));
        }
        let mandate = self.mandate_for(before, (method, kind), &terms.mandate)?;
        let mut after = before.clone();
        after["payment_method"] = method["id"].clone();
        after["next_action"] = Value::Null;
        after["last_setup_error"] = Value::Null;
        after["mandate"] = mandate.clone();
        if terms.is_on_page {
            self.verify_method(method);
        } else if self.is_to_be_verified(&after, method, account)? {
            return self.send_deposits(after, (method, account), &mandate);
        }
        self.setup_succeeds(after, method)
    }
}
