//! What came of a step, and what came along with it.

use std::time::Duration;

use super::arrivals::{Arrival, Arrivals};
use super::triggers::StepTrigger;
use crate::delivery::Request;
use crate::error::Error;
use crate::history::Receipt;
use crate::protocol::Moment;
use crate::runner::result::Sent;
use crate::runner::{Exchange, SideEvent, StepResult, StripeStep, Unsent};
use crate::text::duration;

/// A step whose event Stripe did not let happen.
pub(super) fn refused(error: &Error) -> Exchange {
    Exchange { unsent: Some(Unsent::Failed(error.with_cause())), ..Exchange::default() }
}

/// A step whose event did not come.
pub(super) fn missing(trigger: &StepTrigger, wait: Duration, came: &[String]) -> Exchange {
    let came = if came.is_empty() { "none".to_owned() } else { came.join(", ") };
    let hint = format!(
        "{} ran, but no {} arrived within {} (`--wait`); events that arrived: {came}",
        trigger.command(),
        trigger.event,
        duration::short(wait),
    );
    Exchange { unsent: Some(Unsent::Missing(hint)), ..Exchange::default() }
}

/// A step whose event has come.
pub(super) fn arrived(own: &Arrival) -> Exchange {
    let attempts = own.attempts();
    let unanswered =
        || Unsent::Failed("the event arrived, but the endpoint has not answered yet".to_owned());
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
    Exchange {
        event_id: Some(own.record.entry.event_id.clone()),
        endpoint: Some(own.record.entry.endpoint.clone()),
        sent: sent.collect(),
        unsent: attempts.is_empty().then(unanswered),
        attempts,
        receipt: Receipt::of(own.record.entry.id),
        api_calls: None,
        stripe: None,
    }
}

/// How a step's event came, and what with it.
pub(super) fn details(
    number: usize,
    trigger: &StepTrigger,
    arrivals: &Arrivals,
    began: Moment,
) -> StripeStep {
    let own = arrivals.of_step(number, &trigger.event);
    let until = own.map(|own| own.record.entry.received_at.milliseconds() - began.milliseconds());
    let until = until
        .map(|milliseconds| Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()));
    StripeStep {
        command: trigger.command(),
        trigger_to_delivery: until,
        created_objects: arrivals.objects_of(number),
        side_events: side_events(number, &trigger.event, arrivals),
    }
}

/// Adds what came for a step after its end.
pub(super) fn add_late_events(result: &mut StepResult, number: usize, arrivals: &Arrivals) {
    let Some(details) = &mut result.stripe else { return };
    let known: Vec<String> = details.side_events.iter().map(|side| side.event_id.clone()).collect();
    details.side_events = side_events(number, &result.event, arrivals);
    for side in &mut details.side_events {
        side.is_late = !known.contains(&side.event_id);
    }
    details.created_objects = arrivals.objects_of(number);
}

/// The events of a step besides its own.
fn side_events(number: usize, event: &str, arrivals: &Arrivals) -> Vec<SideEvent> {
    let own = arrivals.of_step(number, event).map(|own| own.record.entry.id);
    let theirs = arrivals.all().filter(|arrival| arrival.step == Some(number));
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
