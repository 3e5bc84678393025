//! Recorded deliveries as plans: the same bytes again, freshly signed.

use super::job::Job;
use super::plan::Plan;
use crate::delivery::{Endpoint, EventTarget};
use crate::error::Result;
use crate::event::Event;
use crate::history::{Entry, Record};
use crate::protocol::Moment;
use crate::protocol::headers::SIGNATURE_HEADER;
use crate::scenario::Scenario;

/// Where recorded events go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To the endpoint of the job.
    Job,
    /// Each to the one that it went to.
    Recorded,
}

/// When recorded events are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timestamp {
    /// When they go out.
    Fresh,
    /// At the moment that their recorded signature names.
    Kept,
}

/// A plan for each endpoint, its events in the order in which they were recorded.
///
/// # Errors
/// A recorded endpoint is none that can be posted to.
pub(crate) fn plans(
    job: &Job,
    records: Vec<Record>,
    target: Destination,
    timestamp: Timestamp,
) -> Result<Vec<Plan>> {
    let mut groups: Vec<(EventTarget, Vec<Event>)> = Vec::new();
    for record in records {
        let target = match target {
            Destination::Job => job.main_target(),
            Destination::Recorded => recorded(&record.entry, job)?,
        };
        let event = event(record, timestamp);
        match groups.iter_mut().find(|(known, _)| is_same(known, &target)) {
            Some((_, events)) => events.push(event),
            None => groups.push((target, vec![event])),
        }
    }
    let several = groups.len() > 1;
    let plan = |(EventTarget { endpoint, secret }, events): (EventTarget, Vec<Event>)| {
        let name = several.then(|| endpoint.to_string());
        let scenario = Scenario::of_recorded(events.iter().map(|event| event.name.as_str()));
        // Where they go is decided.
        let routes = Vec::new();
        Plan::recorded(Job { scenario, name, endpoint, secret, routes, ..job.clone() }, events)
    };
    Ok(groups.into_iter().map(plan).collect())
}

/// The endpoint of a delivery; with the secret of the route that leads there, if one does. What is secret of its
/// URL is not recorded, and is that of the endpoint in force which looks the same.
fn recorded(entry: &Entry, job: &Job) -> Result<EventTarget> {
    let url = &entry.endpoint;
    let mut endpoint = Endpoint::parse(url)?;
    if endpoint.is_hidden() {
        let routed = job.routes.iter().map(|route| &route.target.endpoint);
        let known =
            [&job.endpoint].into_iter().chain(routed).find(|known| known.to_string() == *url);
        let reason = "what is secret of it was not recorded: give the URL with `--url`";
        endpoint = known.ok_or_else(|| Endpoint::unusable(url, reason))?.clone();
    }
    let secret = EventTarget::secret_of(&job.routes, &endpoint, &entry.event);
    let secret = secret.unwrap_or(&job.secret).clone();
    Ok(EventTarget { endpoint, secret })
}

fn is_same(one: &EventTarget, other: &EventTarget) -> bool {
    one.endpoint == other.endpoint && one.secret.secret == other.secret.secret
}

fn event(record: Record, timestamp: Timestamp) -> Event {
    let signature = record.headers.value(SIGNATURE_HEADER).unwrap_or_default();
    let signed_at = match timestamp {
        Timestamp::Fresh => None,
        Timestamp::Kept => named(&signature).or(Some(record.entry.received_at)),
    };
    let headers = record.headers.added();
    Event {
        id: record.entry.event_id,
        name: record.entry.event,
        body: record.body,
        signed_at,
        headers,
        is_stripes: record.is_stripes,
    }
}

/// The moment that a signature names.
fn named(signature: &str) -> Option<Moment> {
    let seconds = signature.split(',').find_map(|part| part.strip_prefix("t="))?;
    seconds.parse().ok().map(Moment::from_seconds)
}
