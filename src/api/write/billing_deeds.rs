//! What calls do about bills: invoices, subscriptions, and what belongs to these.

use super::action::{Deed, WriteAction};
use super::draft::Draft;
use super::input::Input;
use crate::api::inquiry::Result;

impl Draft<'_, '_> {
    /// Does what a call about bills says; returns where the object that it is about is among the changes.
    pub(super) fn perform_billing(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        match action.call.does {
            Deed::UpdateCashBalance => self.update_cash_balance(input),
            Deed::ShowFunding => self.show_funding(input),
            Deed::FundCashBalance => self.fund_cash_balance(action, input),
            Deed::ApplyBalance => self.apply_balance(action, input),
            Deed::CreatePlan => self.create_plan(action, input),
            Deed::UpdatePlan => self.update_plan(action, input),
            Deed::DeletePlan => self.delete_plan(action, input),
            Deed::CreatePrice => self.create_price(action, input),
            Deed::UpdatePrice => self.update_price(action, input),
            Deed::PayInvoice => self.pay_invoice(action, input),
            Deed::CloseInvoice => self.close_invoice(action, input),
            Deed::SendInvoice => self.send_invoice(action, input),
            Deed::CreateInvoice => self.create_invoice(action, input),
            Deed::UpdateInvoice => self.update_invoice(action, input),
            Deed::FinalizeInvoice => self.finalize_invoice(action, input),
            Deed::DeleteInvoice => self.delete_invoice(action, input),
            Deed::AttachPayment => self.attach_payment(action, input),
            Deed::PreviewInvoice => self.preview_invoice(action, input),
            Deed::AddLines | Deed::UpdateLines | Deed::RemoveLines => {
                self.change_lines(action, input)
            }
            Deed::UpdateLine => self.update_line(action, input),
            Deed::CreateItem => self.create_item(action, input),
            Deed::UpdateItem => self.update_item(action, input),
            Deed::DeleteItem => self.delete_item(action, input),
            Deed::CreateSubscription => self.create_subscription(action, input),
            Deed::UpdateSubscription => self.update_subscription(action, input),
            Deed::CancelSubscription => self.cancel_subscription(action, input),
            Deed::PauseSubscription => self.pause_subscription(action, input),
            Deed::ResumeSubscription => self.resume_subscription(action, input),
            Deed::ChangeItem => self.change_item(input),
            Deed::UpdateCustomer => self.update_customer(action, input),
            Deed::DeleteDiscount => self.delete_discount(action),
            Deed::CreateSchedule => self.create_schedule(action, input),
            Deed::UpdateSchedule => self.update_schedule(action, input),
            Deed::CancelSchedule => self.cancel_schedule(action, input),
            Deed::ReleaseSchedule => self.release_schedule(action, input),
            Deed::CreateClock => self.create_clock(action, input),
            Deed::AdvanceClock => self.advance_clock(action, input),
            Deed::DeleteClock => self.delete_clock(action),
            _ => Err(self.inquiry.not_served()),
        }
    }
}
