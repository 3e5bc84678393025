//! Test clocks: their customers live by a time of their own, which goes on when the app says so.

use serde_json::{Value, json};

use super::action::{self, WriteAction};
use super::draft::Draft;
use super::input::Input;
use super::periods;
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::{Inquiry, Result};
use crate::protocol::ordered;

/// The type.
pub(crate) const CLOCK: &str = "test_helpers.test_clock";
/// How long a test clock is there.
const LIFETIME: i64 = 30 * 24 * 60 * 60;
/// How many customers may live by one clock, and how many subscriptions each of them may have
/// (docs.stripe.com/billing/testing/test-clocks).
const MOST_CUSTOMERS: usize = 3;
const MOST_SUBSCRIPTIONS: usize = 3;
/// The first second that no clock can show: that of the year 10000.
const END_OF_TIME: i64 = 253_402_300_800;
/// Objects that live by a test clock. Payments do not, as at Stripe.
const BY_CLOCK: [&str; 10] = [
    "customer",
    "customer_balance_transaction",
    "discount",
    "invoice",
    "invoice_payment",
    "invoiceitem",
    "line_item",
    "subscription",
    "subscription_item",
    "subscription_schedule",
];
/// Parameters that name an object of which the clock is that of the call.
const OWNERS: [(&str, &str); 5] = [
    ("customer", "customer"),
    ("invoice", "invoice"),
    ("subscription", "subscription"),
    ("test_clock", CLOCK),
    ("from_subscription", "subscription"),
];

impl Inquiry<'_> {
    /// What time it is for objects of a type.
    pub(super) fn time_of(&self, kind: &str) -> i64 {
        if BY_CLOCK.contains(&kind) { self.now } else { self.request.second }
    }

    /// The call happens at the time of the test clock of what it is about.
    ///
    /// # Errors
    /// The clock is on its way.
    pub(super) fn go_by_clock(&mut self) -> Result<()> {
        let Some(clock) = self.clock_of_call() else { return Ok(()) };
        if clock["status"] == "advancing" {
            let id = clock["id"].as_str().unwrap_or_default();
            return Err(RequestError::clock_underway(id));
        }
        self.now = clock["frozen_time"].as_i64().unwrap_or(self.now);
        Ok(())
    }

    /// It is as late as by the test clock of an object, where it has one.
    pub(super) fn go_by_clock_of(&mut self, own: &Value) {
        let frozen = self.clock_of(own).and_then(|clock| clock["frozen_time"].as_i64());
        self.now = frozen.unwrap_or(self.now);
    }

    fn clock_of_call(&self) -> Option<Value> {
        let objects = self.store.objects(&self.account)?;
        let mut of_path = self.route.variables.iter().filter_map(|(_, id)| objects.any(id));
        let named = |(name, kind): &(&str, &str)| self.own(kind, self.parameters.get(name)?);
        let clock = of_path.find_map(|state| self.clock_of(state.own()));
        clock.or_else(|| OWNERS.iter().filter_map(named).find_map(|own| self.clock_of(own)))
    }

    /// The test clock that an object lives by.
    fn clock_of(&self, own: &Value) -> Option<Value> {
        let find = |kind: &str, id: &Value| self.own(kind, id.as_str()?);
        if own["object"] == CLOCK {
            return Some(own.clone());
        }
        if own["test_clock"].is_string() {
            return find(CLOCK, &own["test_clock"]).cloned();
        }
        let owner =
            ["customer", "subscription"].into_iter().find_map(|kind| find(kind, &own[kind]));
        find(CLOCK, &owner?["test_clock"]).cloned()
    }
}

impl Draft<'_, '_> {
    pub(super) fn create_clock(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let mut clock = self.new_object(action, input)?;
        check_time(&clock["frozen_time"])?;
        clock["deletes_after"] = self.inquiry.request.second.saturating_add(LIFETIME).into();
        Ok(self.note(action, ChangeKind::Created, (Value::Null, ordered(clock))))
    }

    /// Whether another customer may live by the clock that is named.
    pub(super) fn check_room_for_customer(&self, clock: &Value) -> Result<()> {
        let Some(id) = clock.as_str() else { return Ok(()) };
        if self.every("customer", |own| own["test_clock"] == *clock).len() < MOST_CUSTOMERS {
            return Ok(());
        }
        let message =
            format!("Test clock {id} has reached the limit of {MOST_CUSTOMERS} customers.");
        Err(RequestError::invalid("test_clock", message))
    }

    /// Whether a customer who lives by a clock may have another subscription.
    pub(super) fn check_room_for_subscription(&self, customer: &Value) -> Result<()> {
        let Some(clock) = customer["test_clock"].as_str() else { return Ok(()) };
        let has_ended = |own: &Value| {
            ["canceled", "incomplete_expired"].iter().any(|ended| own["status"] == *ended)
        };
        let goes_on = |own: &Value| own["customer"] == customer["id"] && !has_ended(own);
        if self.every("subscription", goes_on).len() < MOST_SUBSCRIPTIONS {
            return Ok(());
        }
        let message = format!(
            "Customers of a test clock can have up to {MOST_SUBSCRIPTIONS} subscriptions. ({clock})"
        );
        Err(RequestError::invalid("customer", message))
    }

    /// A clock sets out; what comes due on its way happens after the answer (`go_on`).
    pub(super) fn advance_clock(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let before = self.known(action)?;
        let wanted = input.get("frozen_time").cloned().unwrap_or_default();
        check_time(&wanted)?;
        if before["status"] != "ready" {
            let message = "The test clock has failed to advance, and cannot be advanced any more.";
            return Err(RequestError::wrong_state(None, message.to_owned()));
        }
        let number = |value: &Value| value.as_i64().unwrap_or_default();
        let (from, until) = (number(&before["frozen_time"]), number(&wanted));
        if until <= from {
            let message =
                "Invalid frozen_time: it must be after the test clock's current frozen time.";
            return Err(RequestError::invalid("frozen_time", message));
        }
        if let Some(message) = self.is_too_far(&before["id"], from, until) {
            return Err(RequestError::invalid("frozen_time", message));
        }
        let mut after = before.clone();
        after["status"] = "advancing".into();
        after["status_details"] = json!({"advancing": {"target_frozen_time": until}});
        Ok(self.note(action, ChangeKind::Updated, (before, ordered(after))))
    }

    /// What is said of a time that is too far ahead: two intervals of the shortest subscription, or two years.
    fn is_too_far(&self, clock: &Value, from: i64, until: i64) -> Option<&'static str> {
        let goes_on = |own: &Value| {
            own["test_clock"] == *clock
                && !["canceled", "incomplete_expired"].iter().any(|ended| own["status"] == *ended)
        };
        let subscriptions = self.every("subscription", goes_on);
        let items = subscriptions.iter().filter_map(|own| own["items"]["data"].as_array());
        let ends =
            items.flatten().map(|item| periods::boundary(from, &item["price"]["recurring"], 2));
        let (end, message) = match ends.min() {
            Some(end) => (
                end,
                "Invalid frozen_time: it cannot be more than two intervals in the future from the \
                 shortest subscription in this test clock.",
            ),
            None => (
                periods::boundary(from, &json!({"interval": "year"}), 2),
                "Invalid frozen_time: it cannot be more than two years in the future, if there are no \
                 subscriptions in this test clock.",
            ),
        };
        (until > end).then_some(message)
    }

    pub(super) fn delete_clock(&mut self, action: &'static WriteAction) -> Result<usize> {
        let before = self.known(action)?;
        self.end_clock(action, before)
    }

    /// A clock goes, and before it its customers, with their subscriptions.
    pub(super) fn end_clock(
        &mut self,
        action: &'static WriteAction,
        before: Value,
    ) -> Result<usize> {
        let by = action::required("DELETE /v1/customers/{customer}")?;
        for customer in self.every("customer", |own| own["test_clock"] == before["id"]) {
            self.delete_known(by, customer)?;
        }
        self.delete_known(action, before)
    }

    /// A clock has got where it was to, or has failed to.
    pub(super) fn arrive(&mut self, before: Value, status: &str) {
        let mut after = before.clone();
        after["status"] = status.into();
        after["status_details"] = json!({});
        if status == "ready" {
            after["frozen_time"] = target(&before).into();
        }
        self.change((before, after), Some(&format!("{CLOCK}.{status}")));
    }
}

/// Whether a clock can show a time.
fn check_time(value: &Value) -> Result<()> {
    if value.as_i64().is_some_and(|second| (0..END_OF_TIME).contains(&second)) {
        return Ok(());
    }
    let message = "Invalid timestamp: must be an integer Unix timestamp.";
    Err(RequestError::invalid("frozen_time", message))
}

/// Where a clock is on its way to.
pub(super) fn target(clock: &Value) -> i64 {
    clock["status_details"]["advancing"]["target_frozen_time"].as_i64().unwrap_or_default()
}
