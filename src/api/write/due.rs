//! What comes due as time goes by: renewals, ends of trials and of subscriptions, drafts that become final, payments
//! that are tried again, sessions and first invoices that nobody paid. Only of what calls have made.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::action;
use super::clocks::CLOCK;
use super::debits;
use super::draft::Draft;
use super::finalizing::{self, DRAFT_SECONDS};
use super::input::Input;
use super::lapses;
use super::microdeposits::under_way;
use super::periods::{self, TRIAL_NOTICE, TRIAL_WILL_END};
use super::prices::is_metered;
use super::refund;
use super::schedule_runs::{EXPIRING, NOTICE};
use super::schedules::SCHEDULE;
use super::subscriptions::set_items;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};

/// How long the first payment of a subscription may take.
const FIRST_PAYMENT: i64 = 23 * 60 * 60;
/// The types of the objects that say when something comes due.
const DATED: [&str; 8] = [
    "subscription",
    "invoice",
    "checkout.session",
    "customer",
    "coupon",
    "promotion_code",
    SCHEDULE,
    CLOCK,
];

/// Something that comes due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub(super) second: i64,
    what: Happening,
    pub(super) id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Happening {
    // What begins in that second has it no more.
    DiscountEnds,
    TrialWillEnd,
    FirstPaymentLapses,
    PendingUpdateExpires,
    CollectionResumes,
    ScheduleExpires,
    ScheduleStarts,
    PhaseEnds,
    Cancels,
    PeriodEnds,
    DraftBecomesFinal,
    PaymentIsTriedAgain,
    SessionExpires,
    ClockLapses,
    DebitIsKnown,
    RefundIsKnown,
    PaymentIsUnverified,
    SetupIsUnverified,
    HoldLapses,
    InvoiceIsOverdue,
    RedemptionEnds,
    PromotionEnds,
}

impl Happening {
    /// The type of the object that it happens to.
    const fn kind(self) -> &'static str {
        match self {
            Self::DraftBecomesFinal | Self::PaymentIsTriedAgain | Self::InvoiceIsOverdue => {
                "invoice"
            }
            Self::SessionExpires => "checkout.session",
            Self::ClockLapses => CLOCK,
            Self::DiscountEnds => "customer",
            Self::DebitIsKnown | Self::PaymentIsUnverified => "payment_intent",
            Self::SetupIsUnverified => "setup_intent",
            Self::RefundIsKnown => "refund",
            Self::HoldLapses => "charge",
            Self::RedemptionEnds => "coupon",
            Self::PromotionEnds => "promotion_code",
            Self::ScheduleExpires | Self::ScheduleStarts | Self::PhaseEnds => SCHEDULE,
            _ => "subscription",
        }
    }
}

/// The next that comes due in that time for what lives by that test clock, or by none; `None` where nothing is left.
/// `told` is what was told already, and leaves no trace by which that shows.
pub(super) fn next(
    inquiry: &Inquiry<'_>,
    clock: Option<&str>,
    (from, until): (i64, i64),
    told: &HashSet<(String, i64)>,
) -> Option<Due> {
    let states = DATED.into_iter().flat_map(|kind| inquiry.states(kind));
    let is_its = |own: &Value| own["test_clock"].as_str() == clock;
    let made = states.filter(|state| state.is_written && !state.is_deleted && is_its(state.own()));
    let dues = made.flat_map(|state| dues(state.own()));
    // Payments have the API's own time.
    let holds = lapses::holds(inquiry).map(due_of(Happening::HoldLapses));
    let dues = dues.chain(of_banks(inquiry).chain(holds).filter(|_| clock.is_none()));
    let overdue = lapses::overdue(inquiry, clock).map(due_of(Happening::InvoiceIsOverdue));
    let dues = dues.chain(overdue);
    let is_new = |due: &Due| {
        due.second <= until
            && !(due.is_notice()
                && (due.second <= from || told.contains(&(due.id.clone(), due.second))))
    };
    // Of one kind, in the order in which they were made.
    let first = dues.filter(is_new).min_by_key(|due| (due.second, due.what));
    first.map(|due| Due { second: due.second.max(from), ..due })
}

/// When it is known what became of the debits, refunds and verifications under way, each in the order of their making.
pub(super) fn of_banks(inquiry: &Inquiry<'_>) -> impl Iterator<Item = Due> {
    let debits = debits::under_way(inquiry).map(due_of(Happening::DebitIsKnown));
    let refunds = refund::under_way(inquiry).map(due_of(Happening::RefundIsKnown));
    let unverified = [Happening::PaymentIsUnverified, Happening::SetupIsUnverified];
    let lapsing = unverified.map(|what| under_way(inquiry, what.kind()).map(due_of(what)));
    debits.chain(refunds).chain(lapsing.into_iter().flatten())
}

fn due_of(what: Happening) -> impl Fn((i64, String)) -> Due {
    move |(second, id)| Due { second, what, id }
}

impl Due {
    /// It happens at the time of the test clock that it lives by, where it does.
    pub(super) fn go_by_its_clock(&self, inquiry: &mut Inquiry<'_>) {
        let own = inquiry.own(self.what.kind(), &self.id).cloned().unwrap_or_default();
        inquiry.go_by_clock_of(&own);
    }

    /// Whether it leaves no trace but its event.
    pub(super) fn is_notice(&self) -> bool {
        matches!(self.what, Happening::TrialWillEnd | Happening::ScheduleExpires)
    }
}

/// When things come due for an object.
fn dues(own: &Value) -> Vec<Due> {
    let second = |value: &Value| value.as_i64();
    let is = |status: &str| own["status"] == status;
    let goes_on = ["active", "past_due", "trialing"].iter().any(|status| is(status));
    let advances = own["auto_advance"] == true;
    let end = &own["items"]["data"][0]["current_period_end"];
    let found = match own["object"].as_str() {
        Some("subscription") if is("incomplete") => {
            let end = second(&own["created"]).map(|created| created.saturating_add(FIRST_PAYMENT));
            vec![(end, Happening::FirstPaymentLapses)]
        }
        Some("subscription") if goes_on => {
            let notice = second(&own["trial_end"]).filter(|_| is("trialing"));
            vec![
                (notice.map(|end| end.saturating_sub(TRIAL_NOTICE)), Happening::TrialWillEnd),
                (second(&own["pending_update"]["expires_at"]), Happening::PendingUpdateExpires),
                (second(&own["pause_collection"]["resumes_at"]), Happening::CollectionResumes),
                (second(&own["cancel_at"]), Happening::Cancels),
                (second(end), Happening::PeriodEnds),
            ]
        }
        Some("invoice") if is("draft") && advances => {
            vec![(second(&own["automatically_finalizes_at"]), Happening::DraftBecomesFinal)]
        }
        Some("invoice") if is("open") && advances => {
            vec![(second(&own["next_payment_attempt"]), Happening::PaymentIsTriedAgain)]
        }
        Some("customer") => vec![(second(&own["discount"]["end"]), Happening::DiscountEnds)],
        Some("coupon") => vec![(lapses::expiry(own), Happening::RedemptionEnds)],
        Some("promotion_code") => vec![(lapses::expiry(own), Happening::PromotionEnds)],
        Some(SCHEDULE) => dues_of_schedule(own),
        Some(CLOCK) => vec![(second(&own["deletes_after"]), Happening::ClockLapses)],
        Some("checkout.session") if is("open") => {
            vec![(second(&own["expires_at"]), Happening::SessionExpires)]
        }
        _ => Vec::new(),
    };
    let id = own["id"].as_str().unwrap_or_default();
    let due = |(second, what): (Option<i64>, Happening)| {
        second.map(|second| Due { second, what, id: id.to_owned() })
    };
    found.into_iter().filter_map(due).collect()
}

/// The same for a schedule of a subscription.
fn dues_of_schedule(own: &Value) -> Vec<(Option<i64>, Happening)> {
    let phases = own["phases"].as_array().map_or(&[][..], Vec::as_slice);
    let second = |phase: Option<&Value>, name: &str| phase.and_then(|phase| phase[name].as_i64());
    match own["status"].as_str() {
        Some("not_started") => {
            vec![(second(phases.first(), "start_date"), Happening::ScheduleStarts)]
        }
        Some("active") => {
            let end = second(phases.last(), "end_date");
            vec![
                (end.map(|end| end.saturating_sub(NOTICE)), Happening::ScheduleExpires),
                (second(Some(&own["current_phase"]), "end_date"), Happening::PhaseEnds),
            ]
        }
        _ => Vec::new(),
    }
}

/// What is metered is billed for the period that has ended.
fn bill_in_arrears(invoice: &mut Value, before: &Value) {
    let items = before["items"]["data"].as_array().into_iter().flatten();
    for item in items.filter(|item| is_metered(&item["price"])) {
        let lines = invoice["lines"]["data"].as_array_mut().into_iter().flatten();
        let place = "/parent/subscription_item_details/subscription_item";
        for line in lines.filter(|line| line.pointer(place) == Some(&item["id"])) {
            line["period"] =
                json!({"end": item["current_period_end"], "start": item["current_period_start"]});
        }
    }
}

impl Draft<'_, '_> {
    /// It happens, with the disputes of what it charges.
    pub(super) fn let_happen(&mut self, due: &Due) -> Result<()> {
        let kind = due.what.kind();
        let missing = || RequestError::missing(kind, &due.id);
        let before = self.find(kind, &due.id).ok_or_else(missing)?;
        match due.what {
            Happening::TrialWillEnd => {
                self.tell(before, Some(TRIAL_WILL_END));
            }
            Happening::FirstPaymentLapses => self.first_payment_lapses(&before)?,
            Happening::PendingUpdateExpires => self.pending_update_expires(&before)?,
            Happening::CollectionResumes => {
                let mut after = before.clone();
                after["pause_collection"] = Value::Null;
                self.change((before, after), Some("customer.subscription.updated"));
            }
            Happening::Cancels => self.end_subscription(&before, None)?,
            Happening::PeriodEnds => self.period_ends(&before)?,
            Happening::DraftBecomesFinal => self.draft_becomes_final(&before)?,
            Happening::PaymentIsTriedAgain => self.try_payment(&before)?,
            Happening::SessionExpires => {
                let expire = action::required("POST /v1/checkout/sessions/{session}/expire")?;
                self.update(expire, &Input::new(), before)?;
            }
            Happening::DiscountEnds => self.customer_discount_ends(before),
            Happening::ScheduleExpires => {
                self.tell(before, Some(EXPIRING));
            }
            Happening::ScheduleStarts => self.schedule_starts(before),
            Happening::PhaseEnds => self.phase_ends(before)?,
            Happening::DebitIsKnown => self.debit_is_known(before)?,
            Happening::RefundIsKnown => self.refund_is_known(before)?,
            Happening::HoldLapses => self.hold_lapses(&before),
            Happening::InvoiceIsOverdue => {
                self.subscription_becomes("past_due", &["active"], &before);
            }
            Happening::RedemptionEnds | Happening::PromotionEnds => self.redemption_ends(before),
            Happening::PaymentIsUnverified | Happening::SetupIsUnverified => {
                self.deposits_lapse(before)?;
            }
            Happening::ClockLapses => {
                let delete = action::required("DELETE /v1/test_helpers/test_clocks/{test_clock}")?;
                self.end_clock(delete, before)?;
            }
        }
        self.follow_charges()
    }

    fn first_payment_lapses(&mut self, before: &Value) -> Result<()> {
        self.expire_unpaid(before.clone());
        self.void_latest(before)
    }

    /// Nobody pays for a subscription any more that waits for its first payment.
    pub(super) fn expire_unpaid(&mut self, before: Value) {
        let mut after = before.clone();
        after["status"] = "incomplete_expired".into();
        after["ended_at"] = self.inquiry.now.into();
        self.change((before, after), Some("customer.subscription.updated"));
    }

    /// A subscription ends, because that was asked for, or for a reason.
    pub(super) fn end_subscription(&mut self, before: &Value, reason: Option<&str>) -> Result<()> {
        let now = self.inquiry.now;
        let mut after = before.clone();
        after["status"] = "canceled".into();
        after["ended_at"] = now.into();
        after["pending_update"] = Value::Null;
        if after["canceled_at"].is_null() {
            after["canceled_at"] = now.into();
        }
        if let Some(reason) = reason {
            after["cancellation_details"]["reason"] = reason.into();
        }
        self.change((before.clone(), after), Some("customer.subscription.deleted"));
        self.void_what_waits(before)?;
        self.stop_collecting(before);
        self.end_schedule_of(before, reason == Some("payment_failed"));
        Ok(())
    }

    fn period_ends(&mut self, before: &Value) -> Result<()> {
        if self.stops_after_trial(before) {
            return self.stop_after_trial(before);
        }
        self.renew(before)
    }

    /// A period begins: its invoice is a draft for an hour.
    fn renew(&mut self, before: &Value) -> Result<()> {
        let (after, invoice) = self.renewed(before)?;
        self.add(invoice, Some("invoice.created"));
        self.change((before.clone(), after), Some("customer.subscription.updated"));
        Ok(())
    }

    /// A subscription in its next period, and the invoice of that.
    pub(super) fn renewed(&mut self, before: &Value) -> Result<(Value, Value)> {
        let is_held = before["pause_collection"]["behavior"].as_str();
        if is_held.is_some_and(|behavior| behavior != "keep_as_draft") {
            return Err(RequestError::not_served(
                "pause_collection other than keep_as_draft, as time goes by",
            ));
        }
        let mut after = before.clone();
        let mut items = before["items"]["data"].as_array().cloned().unwrap_or_default();
        let anchor = before["billing_cycle_anchor"].as_i64().unwrap_or_default();
        for item in &mut items {
            let known = item.clone();
            let start = known["current_period_end"].as_i64().unwrap_or_default();
            item["current_period_start"] = start.into();
            item["current_period_end"] =
                periods::after(anchor, &known["price"]["recurring"], start).into();
            self.change((known, item.clone()), None);
        }
        let start = items.first().and_then(|item| item["current_period_start"].as_i64());
        let start = start.unwrap_or(self.inquiry.now);
        set_items(&mut after, items);
        after["status"] =
            if before["status"] == "trialing" { "active".into() } else { before["status"].clone() };
        after["discounts"] = self.open(&before["discounts"], start);
        let mut invoice = self.first_invoice(&mut after)?;
        bill_in_arrears(&mut invoice, before);
        let now = self.inquiry.now;
        invoice["billing_reason"] = "subscription_cycle".into();
        invoice["period_start"] = before["items"]["data"][0]["current_period_start"].clone();
        invoice["auto_advance"] = is_held.is_none().into();
        if is_held.is_none() {
            finalizing::plan(&mut invoice, &(now + DRAFT_SECONDS).into());
        }
        Ok((after, invoice))
    }
}
