//! Tells the calls of the local API to the events that the app was handling.

use std::collections::{BTreeMap, HashMap};

use super::result::StoryResult;
use super::step_call::StepCall;
use crate::api::{ApiCall, ApiLink, CausedEvent, EventAnswer, EventRelease};
use crate::event::Event;
use crate::protocol::ApiFault;

/// The calls of a run. Clones share what they know.
#[derive(Clone, Debug)]
pub(super) struct ApiCalls(ApiLink);

impl ApiCalls {
    /// The calls that come while a link lasts.
    pub(super) const fn new(link: ApiLink) -> Self {
        Self(link)
    }

    /// What happens to calls from now on, besides what happens to those of the whole run. An event that has such
    /// faults is under way alone, and they end with it.
    pub(super) async fn hamper(&self, faults: Vec<ApiFault>) {
        self.0.hamper_step(faults).await;
    }

    /// An event goes out; `None` where there is no API any more.
    pub(super) async fn begin(&self, event: &Event) -> Option<u64> {
        self.0.begin(&event.id, &event.body).await
    }

    /// Its answer is here, where there is one: the calls that it may have caused; `None` where they are not known.
    pub(super) async fn end(
        &self,
        delivery: Option<u64>,
        answer: Option<EventAnswer>,
    ) -> Option<Vec<StepCall>> {
        let calls = self.0.end(delivery?, answer).await?;
        Some(calls.into_iter().map(StepCall::during).collect())
    }

    /// The events that calls have caused, where they are this run's.
    pub(super) async fn caused(&self) -> Vec<CausedEvent> {
        self.0.caused().await
    }

    /// One of these is not delivered.
    pub(super) async fn give_up(&self, caused: &CausedEvent) {
        self.0.give_up(&caused.id).await;
    }

    /// Whether calls are answered only once their events were delivered.
    pub(super) fn wait_for_events(&self) -> bool {
        self.0.release() == Some(EventRelease::Before)
    }

    /// At the end of a run: tells the calls that name their event to it, however late they came, and returns those
    /// of no event; `None` where they are not known.
    pub(super) async fn finish(&self, stories: &mut [StoryResult]) -> Option<Vec<ApiCall>> {
        let calls = self.0.calls().await?;
        let (outside, told): (Vec<ApiCall>, Vec<_>) =
            calls.into_iter().partition(|call| call.deliveries.is_empty());
        update(stories, told);
        let mut places = HashMap::new();
        for (story, result) in stories.iter().enumerate() {
            let sent = result.steps.iter().enumerate().filter(|(_, step)| !step.sent.is_empty());
            places.extend(sent.map(|(at, step)| (step.event_id.clone(), (story, at))));
        }
        let mut of_none = Vec::new();
        for call in outside {
            let place = call.event.as_ref().and_then(|id| places.get(id));
            let Some((story, at)) = place else {
                of_none.push(call);
                continue;
            };
            let Some(calls) = &mut stories[*story].steps[*at].api_calls else { continue };
            calls.push(StepCall { call, under_way: None, is_late: true });
        }
        Some(of_none)
    }
}

/// Those that were still under way when their delivery ended have their answers by now.
fn update(stories: &mut [StoryResult], calls: Vec<ApiCall>) {
    let now: BTreeMap<u64, ApiCall> = calls.into_iter().map(|call| (call.number, call)).collect();
    let steps = stories.iter_mut().flat_map(|story| &mut story.steps);
    let calls = steps.filter_map(|step| step.api_calls.as_mut()).flatten();
    for told in calls.filter(|told| told.call.latency.is_none()) {
        if let Some(now) = now.get(&told.call.number) {
            told.call = now.clone();
        }
    }
}
