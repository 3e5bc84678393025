//! What a step comes to.

use std::time::Duration;

use super::arrivals::{Arrival, Arrivals};
use super::orders::Order;
use crate::delivery::probe::Findings;
use crate::delivery::{Request, diagnosis};
use crate::error::Error;
use crate::protocol::Moment;
use crate::runner::expectation::mismatches;
use crate::runner::plan::Plan;
use crate::runner::result::{Passage, Sent, SideEvent, StepResult, Verdict};
use crate::scenario::Values;
use crate::text::duration;

/// A step that was not tried.
pub(super) fn not_sent(index: usize, plan: &Plan) -> StepResult {
    StepResult::not_sent(index, &plan.events[plan.parcels[index].step].name)
}

/// A step whose event Stripe did not let happen.
pub(super) fn refused(index: usize, plan: &Plan, fault: &Error) -> StepResult {
    let hint = match std::error::Error::source(fault) {
        Some(cause) => format!("{fault}: {cause}"),
        None => fault.to_string(),
    };
    StepResult { verdict: Verdict::Fail, hint: Some(hint), ..not_sent(index, plan) }
}

/// A step whose event did not come.
pub(super) fn missing(
    index: usize,
    plan: &Plan,
    (order, wait): (&Order, Duration),
    came: &[String],
) -> StepResult {
    let came = if came.is_empty() { "nothing".to_owned() } else { came.join(", ") };
    let hint = format!(
        "{} has run, and no {} of it came within {} (`--wait`); what came of it: {came}",
        order.command(),
        order.event,
        duration::short(wait),
    );
    StepResult { verdict: Verdict::Missing, hint: Some(hint), ..not_sent(index, plan) }
}

/// A step whose event has come.
pub(super) fn arrived(index: usize, plan: &Plan, own: &Arrival) -> StepResult {
    let expect = &plan.step(plan.parcels[index]).expect;
    let attempts = own.attempts();
    let found = attempts
        .last()
        .map(|last| mismatches(expect, last, &Values::default()))
        .unwrap_or_default();
    let last = attempts.last().map(|attempt| &attempt.outcome);
    let status = last.and_then(|outcome| outcome.response()).map(|response| response.status);
    let is_taken = status.is_some_and(|status| expect.takes(status));
    let verdict = if is_taken && found.is_empty() { Verdict::Pass } else { Verdict::Fail };
    let hint = match last {
        _ if verdict == Verdict::Pass => None,
        Some(outcome) => diagnosis::hint(&plan.job.endpoint, outcome, &Findings::default()),
        None => Some("the event came, and the endpoint has not answered it yet".to_owned()),
    };
    let request = || Request {
        headers: own
            .record
            .headers
            .iter()
            .map(|(name, value)| (name, String::from_utf8_lossy(value).into_owned()))
            .collect(),
        body: own.record.body.clone(),
    };
    let sent = own.record.attempts.iter().map(|kept| Sent { at: kept.at, request: request() });
    StepResult {
        event_id: own.record.entry.event_id.clone(),
        verdict,
        sent: sent.collect(),
        attempts,
        hint,
        mismatches: found,
        ..not_sent(index, plan)
    }
}

/// How a step's event came, and what with it.
pub(super) fn passage(index: usize, order: &Order, arrivals: &Arrivals, began: Moment) -> Passage {
    let own = arrivals.of_step(index, &order.event);
    let until = own.map(|own| own.record.entry.received_at.milliseconds() - began.milliseconds());
    let until = until
        .map(|milliseconds| Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()));
    Passage {
        command: order.command(),
        trigger_to_delivery: until,
        created_objects: arrivals.objects_of(index),
        side_events: side_events(index, &order.event, arrivals),
    }
}

/// The events of a step besides its own.
pub(super) fn side_events(index: usize, event: &str, arrivals: &Arrivals) -> Vec<SideEvent> {
    let own = arrivals.of_step(index, event).map(|own| own.record.entry.id);
    let theirs = arrivals.all().filter(|arrival| arrival.step == Some(index));
    theirs.filter(|arrival| Some(arrival.record.entry.id) != own).map(side_event).collect()
}

/// An event that came along.
pub(super) fn side_event(arrival: &Arrival) -> SideEvent {
    let entry = &arrival.record.entry;
    let last = arrival.record.attempts.last();
    SideEvent {
        event: entry.event.clone(),
        event_id: entry.event_id.clone(),
        outcome: last.map_or_else(|| "open".to_owned(), |kept| kept.outcome.clone()),
        status: entry.status,
        latency: entry.latency,
        is_late: false,
    }
}
