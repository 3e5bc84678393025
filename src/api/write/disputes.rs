//! Disputes: those that follow from Stripe's test cards, what is answered, and how they end.

use serde_json::{Value, json};

use super::action::WriteAction;
use super::draft::Draft;
use super::input::Input;
use super::test_cards::{self, TestDispute, TestTrait};
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

const DISPUTE: &str = "dispute";
const FRAUD_WARNING: &str = "radar.early_fraud_warning";
const CLOSED: &str = "charge.dispute.closed";
/// How long the account may take to answer, as in the catalogue.
const ANSWERED_WITHIN: i64 = 9 * 24 * 60 * 60;
/// What Stripe keeps of the account's money for a dispute, in the smallest unit: as in the catalogue, and as recorded in
/// euros; in pounds as on Stripe's page of prices.
const FEE: i64 = 1500;
const OTHER_FEES: [(&str, i64); 2] = [("eur", 2000), ("gbp", 2000)];
/// The text of the evidence that decides a dispute in test mode (<https://docs.stripe.com/testing#evidence>).
const WINNING: &str = "winning_evidence";
const LOSING: &str = "losing_evidence";
/// The evidence that makes a dispute of an inquiry.
const ESCALATING: &str = "escalate_inquiry_evidence";

impl Draft<'_, '_> {
    /// Notes what follows of a charge of a test card that stands for it.
    pub(super) fn follow_later(&mut self, charge: &Value) {
        let print = charge["payment_method_details"]["card"]["fingerprint"].as_str();
        let card = print.and_then(test_cards::of_fingerprint);
        let card = card.filter(|card| card.dispute.is_some() || card.is(TestTrait::FraudWarning));
        self.followed.extend(card.map(|card| (charge["id"].clone(), card)));
    }

    /// The charges of the test cards that stand for it are disputed, or warned of.
    pub(super) fn follow_charges(&mut self) -> Result<()> {
        for (id, card) in std::mem::take(&mut self.followed) {
            let id = id.as_str().unwrap_or_default();
            if card.is(TestTrait::FraudWarning) {
                self.warn_of_fraud(id)?;
            }
            let Some(terms) = &card.dispute else { continue };
            for _ in 0..terms.times {
                let missing = || RequestError::missing("charge", id);
                let charge = self.find("charge", id).ok_or_else(missing)?;
                self.dispute(charge, terms)?;
            }
        }
        Ok(())
    }

    /// The bank warns of a charge before anything else is done about it.
    fn warn_of_fraud(&mut self, charge: &str) -> Result<()> {
        let mut warning = self.blank_beside(FRAUD_WARNING, "charge")?;
        let known = self.find("charge", charge).unwrap_or_default();
        warning["charge"] = charge.into();
        warning["payment_intent"] = known["payment_intent"].clone();
        self.add(warning, Some("radar.early_fraud_warning.created"));
        Ok(())
    }

    fn dispute(&mut self, charge: Value, terms: &TestDispute) -> Result<()> {
        let mut dispute = self.blank(DISPUTE)?;
        for field in ["amount", "currency", "payment_intent"] {
            dispute[field] = charge[field].clone();
        }
        dispute["charge"] = charge["id"].clone();
        dispute["reason"] = terms.reason.as_str().into();
        let until = self.inquiry.request.second + ANSWERED_WITHIN;
        dispute["evidence_details"]["due_by"] = until.into();
        dispute["evidence_details"]["enhanced_eligibility"] = json!(terms.eligible);
        dispute["enhanced_eligibility_types"] = terms.eligible.keys().cloned().collect();
        let card = &mut dispute["payment_method_details"]["card"];
        for name in ["brand", "network"] {
            card[name] = charge["payment_method_details"]["card"][name].clone();
        }
        card["network_reason_code"] = json!(terms.code);
        card["case_type"] = terms.case.as_str().into();
        if terms.is_inquiry() {
            dispute["is_charge_refundable"] = true.into();
            dispute["status"] = "warning_needs_response".into();
        } else {
            let withdrawn = self.moved(&dispute, -1)?;
            dispute["balance_transaction"] = withdrawn["id"].clone();
            dispute["balance_transactions"] = json!([withdrawn]);
        }
        let mut disputed = charge.clone();
        disputed["dispute"] = dispute["id"].clone();
        disputed["disputed"] = true.into();
        self.change((charge, disputed), None);
        self.add(dispute.clone(), Some("charge.dispute.created"));
        if !terms.is_inquiry() {
            self.tell(dispute, Some("charge.dispute.funds_withdrawn"));
        }
        Ok(())
    }

    /// The money leaves the balance, or comes back.
    fn moved(&mut self, dispute: &Value, sign: i64) -> Result<Value> {
        let mut moved = self.blank_beside("balance_transaction", DISPUTE)?;
        let is_withdrawn = sign < 0;
        let amount = sign * dispute["amount"].as_i64().unwrap_or_default();
        let other = OTHER_FEES.iter().find(|(currency, _)| dispute["currency"] == *currency);
        let fee = if is_withdrawn { other.map_or(FEE, |(_, fee)| *fee) } else { 0 };
        let charge = dispute["charge"].as_str().unwrap_or_default();
        let what = if is_withdrawn { "withdrawal" } else { "reversal" };
        moved["amount"] = amount.into();
        moved["currency"] = dispute["currency"].clone();
        moved["description"] = format!("Chargeback {what} for {charge}").into();
        moved["fee"] = fee.into();
        moved["net"] = (amount - fee).into();
        moved["source"] = dispute["id"].clone();
        if is_withdrawn {
            moved["fee_details"] = json!([{
                "amount": fee, "application": null, "currency": dispute["currency"],
                "description": "Dispute fee", "type": "stripe_fee",
            }]);
        } else {
            moved["reporting_category"] = "dispute_reversal".into();
        }
        self.add(moved.clone(), None);
        Ok(moved)
    }

    /// Evidence goes to the bank at once, unless it is only kept (`submit=false`); in test mode, its text decides.
    pub(super) fn update_dispute(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        let mut after = before.clone();
        action.apply(input, &mut after);
        let given = input.get("evidence").and_then(Value::as_object);
        let submits = input.get("submit").map_or(given.is_some(), |submit| *submit == true);
        let status = before["status"].as_str().unwrap_or_default();
        if (given.is_some() || submits) && !status.ends_with("needs_response") {
            let message = format!(
                "You cannot submit evidence for this dispute because it has a status of {status}."
            );
            return Err(RequestError::wrong_state(None, message));
        }
        for (name, value) in given.into_iter().flatten() {
            after["evidence"][name.as_str()] = value.clone();
            after["evidence_details"]["has_evidence"] = true.into();
        }
        let text = after["evidence"]["uncategorized_text"].as_str().unwrap_or_default().to_owned();
        if submits && text == ESCALATING {
            return Err(RequestError::not_served("an inquiry that becomes a dispute"));
        }
        if submits {
            after["status"] = status.replace("needs_response", "under_review").into();
            after["evidence_details"]["submission_count"] = 1.into();
            after["evidence_details"]["submission_method"] = "manual".into();
        }
        let number = self.change((before, after.clone()), action.call.event.as_deref());
        if submits && [WINNING, LOSING].contains(&text.as_str()) {
            self.decide(after, text == WINNING)?;
        }
        Ok(number)
    }

    /// The account gives in.
    pub(super) fn close_dispute(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.allowed(action, input)?;
        self.decide(before, false)
    }

    /// A dispute ends; returns where it is among the changes.
    fn decide(&mut self, before: Value, is_won: bool) -> Result<usize> {
        let mut after = before.clone();
        let is_inquiry = before["status"].as_str().is_some_and(|text| text.starts_with("warning"));
        after["status"] = match (is_inquiry, is_won) {
            (true, _) => "warning_closed",
            (false, true) => "won",
            (false, false) => "lost",
        }
        .into();
        let number = self.change((before, after.clone()), Some(CLOSED));
        if is_won && !is_inquiry {
            let returned = self.moved(&after, 1)?;
            let known = after.clone();
            if let Some(moved) = after["balance_transactions"].as_array_mut() {
                moved.push(returned);
            }
            self.change((known, after), Some("charge.dispute.funds_reinstated"));
        }
        Ok(number)
    }
}
