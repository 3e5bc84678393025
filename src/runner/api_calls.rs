//! Tells the calls of the local API to the events that the app was handling.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::result::StoryResult;
use super::step_call::StepCall;
use crate::api::{Api, ApiCall};
use crate::event::Event;
use crate::protocol::ApiFault;

/// The calls of a run. Clones share what they know.
#[derive(Clone)]
pub(super) struct ApiCalls(Arc<Shared>);

struct Shared {
    api: Api,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Those that are under way, and those that were at the same time.
    deliveries: Vec<OpenDelivery>,
    /// How many calls began before any that is still to be looked at.
    seen: u64,
    /// The calls that are told to no event so far.
    untold: BTreeMap<u64, ApiCall>,
}

/// A delivery that is under way: which calls began before it, and which before its end.
#[derive(Clone, Debug)]
pub(super) struct OpenDelivery {
    /// Its event's id, which the copies of an event share.
    event: String,
    after: u64,
    until: Option<u64>,
}

impl OpenDelivery {
    fn was_under_way(&self, call: u64) -> bool {
        self.after < call && self.until.is_none_or(|until| call <= until)
    }
}

impl Known {
    /// How many deliveries were under way of which one caused the call; `None` where it names the event of one alone.
    fn under_way(&self, call: &ApiCall) -> Option<usize> {
        let may_be = |known: &&OpenDelivery| {
            let is_named = call.event.as_ref().is_none_or(|id| *id == known.event);
            is_named && known.was_under_way(call.number)
        };
        let count = self.deliveries.iter().filter(may_be).count();
        (call.event.is_none() || count > 1).then_some(count)
    }
}

impl ApiCalls {
    /// The calls that come from now on.
    pub(super) fn new(api: &Api) -> Self {
        let known = Known { seen: api.call_count(), ..Known::default() };
        Self(Arc::new(Shared { api: api.clone(), known: Mutex::new(known) }))
    }

    /// What happens to calls from now on, besides what happens to those of the whole run. An event that has such
    /// faults is under way alone, and they end with it.
    pub(super) fn hamper(&self, faults: Vec<ApiFault>) {
        self.0.api.hamper_step(faults);
    }

    /// An event goes out.
    pub(super) fn begin(&self, event: &Event) -> OpenDelivery {
        let mut known = self.known();
        self.0.api.sent(&event.body);
        let after = self.0.api.call_count();
        let open = known.deliveries.iter().filter(|delivery| delivery.until.is_none());
        let earliest = open.map(|delivery| delivery.after).min();
        if earliest.is_none() {
            self.leave_untold(&mut known, after);
        }
        let earliest = earliest.unwrap_or(after);
        known.deliveries.retain(|known| known.until.is_none_or(|until| until > earliest));
        let delivery = OpenDelivery { event: event.id.clone(), after, until: None };
        known.deliveries.push(delivery.clone());
        delivery
    }

    /// Its answer is here: the calls that it may have caused.
    pub(super) fn end(&self, delivery: &OpenDelivery) -> Vec<StepCall> {
        let mut known = self.known();
        let until = self.0.api.call_count();
        let is_it = |known: &&mut OpenDelivery| {
            let is_open = known.until.is_none() && known.after == delivery.after;
            is_open && known.event == delivery.event
        };
        if let Some(delivery) = known.deliveries.iter_mut().find(is_it) {
            delivery.until = Some(until);
        }
        let mut told = Vec::new();
        for call in self.0.api.calls_since(delivery.after) {
            if call.number > until {
                break;
            }
            if call.event.as_ref().is_some_and(|id| *id != delivery.event) {
                known.untold.insert(call.number, call);
                continue;
            }
            let under_way = known.under_way(&call);
            told.push(StepCall { call, under_way, is_late: false });
        }
        if known.deliveries.iter().all(|delivery| delivery.until.is_some()) {
            known.seen = known.seen.max(until);
        }
        told
    }

    /// At the end of a run: tells the calls that name their event to it, however late they came, and returns those
    /// of no event.
    pub(super) fn finish(&self, stories: &mut [StoryResult]) -> Vec<ApiCall> {
        let mut known = self.known();
        self.leave_untold(&mut known, u64::MAX);
        let untold = std::mem::take(&mut known.untold);
        self.update(stories);
        let told = named(stories);
        let mut places = HashMap::new();
        for (story, result) in stories.iter().enumerate() {
            let sent = result.steps.iter().enumerate().filter(|(_, step)| !step.sent.is_empty());
            places.extend(sent.map(|(at, step)| (step.event_id.clone(), (story, at))));
        }
        let mut outside = Vec::new();
        // Those of one event that came while another was under way, too, are told already.
        for call in untold.into_values().filter(|call| !told.contains(&call.number)) {
            let place = call.event.as_ref().and_then(|id| places.get(id));
            let Some((story, at)) = place else {
                outside.push(call);
                continue;
            };
            let Some(calls) = &mut stories[*story].steps[*at].api_calls else { continue };
            calls.push(StepCall { call, under_way: None, is_late: true });
        }
        outside
    }

    /// Those that were still under way when their delivery ended have their answers by now.
    fn update(&self, stories: &mut [StoryResult]) {
        let steps = stories.iter_mut().flat_map(|story| &mut story.steps);
        let calls = steps.filter_map(|step| step.api_calls.as_mut()).flatten();
        for told in calls.filter(|told| told.call.latency.is_none()) {
            let now = self.0.api.calls_since(told.call.number - 1).into_iter().next();
            if let Some(now) = now.filter(|now| now.number == told.call.number) {
                told.call = now;
            }
        }
    }

    /// No delivery was under way when the calls up to that number began.
    fn leave_untold(&self, known: &mut Known, until: u64) {
        for call in self.0.api.calls_since(known.seen) {
            if call.number <= until {
                known.untold.insert(call.number, call);
            }
        }
        known.seen = known.seen.max(until.min(self.0.api.call_count()));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The numbers of the calls that name their event and are told to it, or to one of its copies.
fn named(stories: &[StoryResult]) -> HashSet<u64> {
    let steps = stories.iter().flat_map(|story| &story.steps);
    let calls = steps.flat_map(|step| step.api_calls.iter().flatten()).map(|told| &told.call);
    calls.filter(|call| call.event.is_some()).map(|call| call.number).collect()
}
